#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum {
	MAX_ROUNDS = 40,
	HOOKS_A_ROUND = 60000, /* a hook that is due for ever */
};

/* Faults, and how often each is drawn where a history has it. */
static const struct {
	enum event_kind kind;
	unsigned weight;
} faults[] = {
    {EVENT_LEADER_MOVES, 8},
    {EVENT_REMOVE_UNIT, 4},
    {EVENT_FORCE_UNIT, 4},
    {EVENT_LOSE_MACHINE, 3},
    {EVENT_UNIT_BACK, 6},
    {EVENT_ADD_UNIT, 5},
    {EVENT_ADD_TD, 3},
    {EVENT_REMOVE_TD, 3},
    {EVENT_FORCE_TD, 2},
    {EVENT_OPERATOR_REMOVES, 4},
    {EVENT_OPERATOR_FORCES, 2},
    {EVENT_STATE_LOST, 4},
    {EVENT_TIME_GOES_BY, 2},
    {EVENT_LIST_BREAKS, 4},
    {EVENT_UNREACHABLE, 4},
    {EVENT_STAYS_PENDING, 4},
    {EVENT_ODD_ROLE, 2},
    {EVENT_AGENT_RESTARTS, 2},
    {EVENT_REDEPLOY_TD, 1},
    {EVENT_MEMBER_WITHOUT_UNIT, 2},
    {EVENT_SKIP_HOOK, 4},
};

enum { FAULTS = sizeof faults / sizeof *faults };

static const char *const app_names[] = {"ovn", "ceph", "arm"};

static void
plan_event(struct plan *p, struct rng *r, enum event_kind kind, int app)
{
	struct event *e;

	if (p->n == MAX_EVENTS)
		return;
	e = &p->events[p->n++];
	*e = (struct event){.kind = kind, .draw = world_draw(r), .app = app};
	if (kind == EVENT_RUN)
		e->hooks = 1u << (world_draw(r) % 7);
}

static int
by_draw(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->draw > y->draw) - (x->draw < y->draw);
}

/* What is deployed: in about this order, with hooks in between. */
static void
plan_start(struct plan *p, struct rng *r, int apps, unsigned units, unsigned tds)
{
	struct plan start = {0};
	size_t i;
	int a;

	plan_event(&start, r, EVENT_DEPLOY_TD, 0);
	start.events[0].draw %= 60;
	for (a = 0; a < apps; a++) {
		plan_event(&start, r, EVENT_ADD_APP, a);
		start.events[start.n - 1].draw %= 30;
		plan_event(&start, r, EVENT_RELATE, a);
		start.events[start.n - 1].draw = 30 + start.events[start.n - 1].draw % 70;
	}
	while (--tds) {
		plan_event(&start, r, EVENT_ADD_TD, 0);
		start.events[start.n - 1].draw = 40 + start.events[start.n - 1].draw % 60;
	}
	while (units--) {
		plan_event(&start, r, EVENT_ADD_UNIT,
		    (int)(units < (unsigned)apps ? units : world_draw(r) % (unsigned)apps));
		start.events[start.n - 1].draw = 20 + start.events[start.n - 1].draw % 80;
	}
	qsort(start.events, start.n, sizeof *start.events, by_draw);
	for (i = 0; i < start.n; i++) {
		plan_event(p, r, start.events[i].kind, start.events[i].app);
		if (world_chance(r, 400))
			plan_event(p, r, EVENT_RUN, 0);
	}
}

static void
plan_fault(struct plan *p, struct rng *r, const unsigned *weights, int apps)
{
	unsigned sum = 0, at;
	size_t i;

	for (i = 0; i < FAULTS; i++)
		sum += weights[i];
	if (!sum)
		return;
	at = (unsigned)(world_draw(r) % sum);
	for (i = 0; at >= weights[i]; i++)
		at -= weights[i];
	plan_event(p, r, faults[i].kind, (int)(world_draw(r) % (unsigned)apps));
}

void
events_plan(struct plan *p, uint64_t seed)
{
	static const unsigned sizes[] = {6, 6, 6, 8, 8, 12, 12, 16, 24, 38};
	static const unsigned rates[] = {0, 30, 100, 300};
	struct rng r = {world_mix(seed, 1)};
	unsigned weights[FAULTS], units, tds;
	size_t i, n;
	int apps;

	memset(p, 0, sizeof *p);
	p->seed = seed;
	apps = 1 + (int)(world_draw(&r) % MAX_APPS);
	units = 3 + (unsigned)(world_draw(&r) % sizes[world_draw(&r) % 10]);
	tds = 1 + (unsigned)(world_draw(&r) % 3);
	for (i = 0; i < MAX_APPS; i++)
		p->cross[i] = world_chance(&r, 100);
	p->cut = rates[world_draw(&r) % 4];
	p->fault = rates[world_draw(&r) % 4];
	p->nest = rates[world_draw(&r) % 4];
	/* each history has some kinds of faults alone: they hide each other */
	for (i = 0; i < FAULTS; i++)
		weights[i] = world_chance(&r, 400) ? faults[i].weight : 0;
	plan_start(p, &r, apps, units, tds);
	n = 10 + world_draw(&r) % 80;
	for (i = 0; i < n; i++) {
		if (world_chance(&r, 600))
			plan_event(p, &r, EVENT_RUN, 0);
		else if (world_chance(&r, 400))
			plan_event(p, &r, EVENT_UPDATE_STATUS, 0);
		else if (world_chance(&r, 300))
			plan_event(p, &r, EVENT_HEARTBEAT, 0);
		else if (world_chance(&r, 100))
			plan_event(p, &r, world_chance(&r, 500) ? EVENT_DEPLOY_TD : EVENT_RELATE,
			    (int)(world_draw(&r) % (unsigned)apps));
		else if (world_chance(&r, 100))
			plan_event(p, &r,
			    (enum event_kind[]){EVENT_LIST_WORKS, EVENT_REACHABLE,
				EVENT_PENDING_ENDS}[world_draw(&r) % 3],
			    0);
		else
			plan_fault(p, &r, weights, apps);
	}
}

/*
 * Choices are made by rank under a draw, so that those of one event stay what they are when another
 * is left out.
 */
static struct unit *
pick_unit(struct world *w, const struct event *e, bool (*fits)(const struct unit *u))
{
	uint64_t score, best = 0;
	struct unit *chosen = NULL;
	size_t i;

	for (i = 0; i < w->nunits; i++) {
		score = world_mix(e->draw, w->units[i]->id) | 1;
		if (w->units[i]->alive && score > best && fits(w->units[i])) {
			best = score;
			chosen = w->units[i];
		}
	}
	return chosen;
}

static struct machine *
pick_machine(
    struct world *w, const struct event *e, bool (*fits)(struct world *w, const struct machine *m))
{
	uint64_t score, best = 0;
	struct machine *chosen = NULL;
	size_t i;

	for (i = 0; i < w->nmachines; i++) {
		score = world_mix(e->draw, i) | 1;
		if (score > best && fits(w, &w->machines[i])) {
			best = score;
			chosen = &w->machines[i];
		}
	}
	return chosen;
}

static bool
is_consumer(const struct unit *u)
{
	return u->side == SIDE_CONSUMER && !u->lost;
}

static bool
is_running_consumer(const struct unit *u)
{
	return is_consumer(u) && !u->dying && u->stage == 3;
}

static bool
is_running_td(const struct unit *u)
{
	return u->side == SIDE_TD && !u->dying && u->stage == 3;
}

static bool
is_any(const struct unit *u)
{
	(void)u;
	return true;
}

static bool
is_idle(const struct unit *u)
{
	struct hook due[MAX_DUE];

	return u->stage == 3 && !u->dying && !u->lost && !u->in_error &&
	       agent_due((struct unit *)u, due) == 0;
}

static bool
is_idle_td(const struct unit *u)
{
	return u->side == SIDE_TD && is_idle(u);
}

static bool
is_in_error(const struct unit *u)
{
	return u->in_error && !u->lost;
}

static bool
is_up(struct world *w, const struct machine *m)
{
	(void)w;
	return m->up;
}

static bool
is_member(struct world *w, const struct machine *m)
{
	(void)w;
	return m->cluster && micro_row(m->cluster, m->name);
}

static bool
is_faulty(struct world *w, const struct machine *m)
{
	(void)w;
	return m->list_broken || m->unreachable || m->stays_pending;
}

static bool
is_free(struct world *w, const struct machine *m)
{
	size_t i;

	for (i = 0; i < w->nunits; i++)
		if (w->units[i]->alive && !w->units[i]->lost && w->units[i]->machine == m)
			return false;
	return !m->no_unit;
}

static void
deploy_td(struct world *w)
{
	struct app *a;
	size_t i;

	if (w->td && !w->td->gone)
		return;
	a = world_keep(w, sizeof *a);
	a->name = a->far_name = "td";
	a->next_unit = w->td ? w->td->next_unit : 0;
	w->td = a;
	w->td_anew = false;
	for (i = 0; i < w->nclusters; i++)
		w->td_anew |= micro_alive(w, w->clusters[i], false);
	world_add_unit(w, a, SIDE_TD, NULL);
}

static void
redeploy_td(struct world *w, bool force)
{
	struct unit *u;
	size_t i;

	if (!w->td || w->td->gone)
		return;
	world_say(w, "the distributor is removed%s", force ? " by force" : "");
	w->td->gone = true;
	w->td_changed = true;
	for (i = 0; i < w->nrelations; i++)
		if (w->relations[i]->apps[SIDE_TD] == w->td)
			w->relations[i]->dying = true;
	for (i = 0; i < w->nunits; i++) {
		u = w->units[i];
		if (u->app != w->td || !u->alive)
			continue;
		u->dying = true;
		if (force || u->stage < 3)
			world_unit_gone(w, u);
	}
	for (i = 0; i < w->nrelations; i++)
		world_end_relation(w, w->relations[i]);
	w->destroyed = true;
}

static struct app *
event_app(struct world *w, const struct event *e)
{
	char name[16];
	size_t i;

	snprintf(name, sizeof name, "%s", app_names[e->app]);
	for (i = 0; i < w->napps; i++)
		if (strcmp(w->apps[i].name, name) == 0)
			return &w->apps[i];
	return NULL;
}

static void
add_app(struct world *w, const struct event *e)
{
	if (!event_app(w, e))
		world_add_app(w, app_names[e->app], w->plan->cross[e->app]);
}

/* Names that sort otherwise than the units' do. */
static void
add_unit(struct world *w, const struct event *e)
{
	struct app *a = event_app(w, e);
	struct machine *m;
	char name[32];

	if (!a)
		return;
	if (world_mix(e->draw, 3) % 50 == 0)
		snprintf(name, sizeof name, "bad_%02d", (int)(e->draw % 90) + 10);
	else
		snprintf(name, sizeof name, "n%03d", (int)(e->draw % 1000));
	m = world_machine(w, name);
	if (!m || !is_free(w, m))
		return;
	if (!m->up) {
		m->up = true;
		m->cluster = NULL;
	}
	world_add_unit(w, a, SIDE_CONSUMER, m);
}

static void
unit_back(struct world *w, const struct event *e)
{
	struct machine *m = pick_machine(w, e, is_free);
	struct app *a = event_app(w, e);

	if (!m || !a)
		return;
	m->up = true;
	if (world_mix(e->draw, 1) % 2)
		m->cluster = NULL;
	world_add_unit(w, a, SIDE_CONSUMER, m);
}

static void
add_td(struct world *w)
{
	if (w->td && !w->td->gone && w->td->next_unit < 20)
		world_add_unit(w, w->td, SIDE_TD, NULL);
}

static void
force_unit(struct world *w, const struct event *e)
{
	struct unit *u = pick_unit(w, e, is_consumer);

	if (!u)
		return;
	if (e->draw % 3 == 0) {
		world_say(w, "machine %s goes as well", u->machine->name);
		u->machine->up = false;
		u->machine->cluster = NULL;
	} else if (e->draw % 3 == 1) {
		u->machine->cluster = NULL;
	}
	world_unit_gone(w, u);
}

static void
lose_machine(struct world *w, struct unit *u)
{
	if (!u)
		return;
	world_say(w, "machine %s of %s is away for good", u->machine->name, u->name);
	u->lost = true;
	u->machine->up = false;
	u->machine->cluster = NULL;
	if (u->app->leader == u)
		u->app->leader = NULL;
	w->destroyed = true;
}

static void
operator_removes(struct world *w, const struct event *e, bool force)
{
	struct machine *m = pick_machine(w, e, is_member);

	if (!m || m->cluster->nrows == 1)
		return;
	world_say(
	    w, "an operator removes %s from the cluster%s", m->name, force ? " by force" : "");
	micro_drop_row(w, m->cluster, m->name, !force && m->up && !m->unreachable);
}

static void
lose_state(struct world *w, struct unit *u, bool added_too)
{
	if (!u)
		return;
	world_say(w, "%s loses its state file", u->name);
	micro_weaken(w, u, false);
	u->state = NULL;
	u->forgetful |= u->was_in;
	u->ntokens = 0;
	u->in_cluster = false;
	u->seen = -1;
	if (added_too)
		u->nadded = 0;
	w->destroyed = true;
}

static void
restart_agent(struct world *w, struct unit *u)
{
	size_t i, j;

	if (!u)
		return;
	for (i = 0; i < u->nscopes; i++)
		for (j = 0; j < MAX_SIDE; j++)
			u->scopes[i]->peers[j].cache = NULL;
	world_say(w, "the agent of %s restarts", u->name);
}

static void
member_without_unit(struct world *w, const struct event *e)
{
	struct machine *m, *of = pick_machine(w, e, is_member);
	struct micro *c;
	size_t i;

	if (!of || of->cluster->nrows == MAX_ROWS)
		return;
	/* sorts before or after the units' */
	m = world_machine(w, world_text(w, "%s%d", e->draw % 2 ? "a" : "z", (int)(e->draw % 97)));
	if (!m || m->cluster)
		return;
	c = of->cluster;
	m->no_unit = true;
	m->cluster = c;
	for (i = c->nrows++; i > 0 && strcmp(c->rows[i - 1].name, m->name) > 0; i--)
		c->rows[i] = c->rows[i - 1];
	c->rows[i] = (struct row){m->name, "voter"};
	world_say(w, "an operator has %s join the cluster", m->name);
}

static void
skip_hook(struct world *w, struct unit *u)
{
	unsigned version;

	if (!u)
		return;
	world_say(w, "%s: the failed hook is skipped", u->name);
	u->in_error = false;
	agent_start(u, &u->failed, &version);
	u->busy = false;
	agent_done(w, u, &u->failed, version);
}

static void
odd_role(struct world *w, const struct event *e)
{
	struct machine *m = pick_machine(w, e, is_member);

	if (m && strcmp(micro_row(m->cluster, m->name)->role, "PENDING") != 0) {
		micro_row(m->cluster, m->name)->role = "";
		world_say(w, "%s has no role", m->name);
	}
}

static void
set_flag(struct world *w, const struct event *e, size_t offset, const char *what)
{
	struct machine *m = pick_machine(w, e, is_up);

	if (!m)
		return;
	*(bool *)((char *)m + offset) = true;
	world_say(w, "%s: %s", m->name, what);
}

static void
clear_flags(struct machine *m)
{
	if (m)
		m->list_broken = m->unreachable = m->stays_pending = false;
}

static void
update_status(struct world *w, const struct event *e)
{
	struct unit *u = pick_unit(w, e, e->draw % 3 ? is_idle : is_idle_td);
	struct hook h = {.kind = HOOK_UPDATE_STATUS};

	if (u)
		hook_run(w, u, &h, (struct rng){e->draw});
}

static void
run(struct world *w, const struct event *e)
{
	struct rng r;
	unsigned i;

	for (i = 0; i < e->hooks; i++) {
		r.s = world_mix(e->draw, i);
		if (!hook_run_any(w, &r))
			return;
	}
}

static void
elect_missing(struct world *w, const struct event *e)
{
	struct rng r = {e->draw};
	size_t i;

	for (i = 0; i < w->napps; i++)
		if (!w->apps[i].leader)
			world_elect(w, &w->apps[i], &r);
	if (w->td && !w->td->leader)
		world_elect(w, w->td, &r);
}

static void
force_td(struct world *w, struct unit *u)
{
	w->td_changed |= u != NULL;
	if (u)
		world_unit_gone(w, u);
}

static void
remove_unit(struct world *w, struct unit *u)
{
	if (!u)
		return;
	world_say(w, "%s is to go", u->name);
	u->dying = true;
	u->leader_due = false;
	w->td_changed |= u->side == SIDE_TD;
	w->destroyed = true;
}

static void
move_leader(struct world *w, const struct event *e)
{
	struct rng r = {e->draw};

	w->td_changed |= e->draw % 2;
	if (e->draw % 2 && w->td)
		world_elect(w, w->td, &r);
	else if (event_app(w, e))
		world_elect(w, event_app(w, e), &r);
	w->destroyed = true; /* what the old leader's mirror alone had */
}

static void
happen(struct world *w, const struct event *e)
{
	switch (e->kind) {
	case EVENT_DEPLOY_TD:
		deploy_td(w);
		break;
	case EVENT_ADD_APP:
		add_app(w, e);
		break;
	case EVENT_RELATE:
		if (event_app(w, e))
			world_relate(w, event_app(w, e));
		break;
	case EVENT_ADD_UNIT:
		add_unit(w, e);
		break;
	case EVENT_RUN:
		run(w, e);
		break;
	case EVENT_UPDATE_STATUS:
		update_status(w, e);
		break;
	case EVENT_HEARTBEAT:
		w->clock += 10;
		micro_heartbeat(w);
		break;
	case EVENT_LEADER_MOVES:
		move_leader(w, e);
		break;
	case EVENT_REMOVE_UNIT:
		remove_unit(w, pick_unit(w, e, is_running_consumer));
		break;
	case EVENT_FORCE_UNIT:
		force_unit(w, e);
		break;
	case EVENT_LOSE_MACHINE:
		lose_machine(w, pick_unit(w, e, is_consumer));
		break;
	case EVENT_UNIT_BACK:
		unit_back(w, e);
		break;
	case EVENT_ADD_TD:
		add_td(w);
		break;
	case EVENT_REMOVE_TD:
		remove_unit(w, pick_unit(w, e, is_running_td));
		break;
	case EVENT_FORCE_TD:
		force_td(w, pick_unit(w, e, is_running_td));
		break;
	case EVENT_OPERATOR_REMOVES:
		operator_removes(w, e, false);
		break;
	case EVENT_OPERATOR_FORCES:
		operator_removes(w, e, true);
		break;
	case EVENT_STATE_LOST:
		lose_state(w, pick_unit(w, e, is_running_consumer), e->draw % 2);
		break;
	case EVENT_TIME_GOES_BY:
		w->clock += 3 * 3600;
		world_say(w, "three hours go by");
		break;
	case EVENT_LIST_BREAKS:
		set_flag(w, e, offsetof(struct machine, list_broken),
		    "the daemon only says that it is starting");
		break;
	case EVENT_UNREACHABLE:
		set_flag(w, e, offsetof(struct machine, unreachable), "unreachable");
		break;
	case EVENT_STAYS_PENDING:
		set_flag(w, e, offsetof(struct machine, stays_pending), "stays PENDING");
		break;
	case EVENT_LIST_WORKS:
	case EVENT_REACHABLE:
	case EVENT_PENDING_ENDS:
		clear_flags(pick_machine(w, e, is_faulty));
		break;
	case EVENT_ODD_ROLE:
		odd_role(w, e);
		break;
	case EVENT_AGENT_RESTARTS:
		restart_agent(w, pick_unit(w, e, is_any));
		break;
	case EVENT_REDEPLOY_TD:
		redeploy_td(w, e->draw % 2);
		break;
	case EVENT_MEMBER_WITHOUT_UNIT:
		member_without_unit(w, e);
		break;
	case EVENT_SKIP_HOOK:
		skip_hook(w, pick_unit(w, e, is_in_error));
		break;
	case EVENTS:
		break;
	}
}

/* Nothing breaks any more, and people mend what no step can. */
static void
heal_machines(struct world *w)
{
	struct machine *m;
	struct micro *c;
	struct unit *u;
	size_t i, j;

	for (i = 0; i < w->nunits; i++)
		if (w->units[i]->alive && w->units[i]->lost)
			world_unit_gone(w, w->units[i]);
	for (m = w->machines; m < w->machines + w->nmachines; m++) {
		clear_flags(m);
		if (m->cluster && !micro_row(m->cluster, m->name))
			m->cluster = NULL;
	}
	for (i = 0; i < w->nclusters; i++) {
		c = w->clusters[i];
		/* the name of a machine that came back anew: the steps say that it is to be removed
		 * first */
		for (j = 0; j < w->nunits; j++) {
			u = w->units[j];
			if (u->alive && u->machine && u->machine->cluster != c &&
			    micro_row(c, u->machine->name)) {
				world_say(w, "an operator removes %s's old row", u->machine->name);
				micro_drop_row(w, c, u->machine->name, false);
			}
		}
	}
	micro_bury(w);
}

/* The name of a token that is gone without anybody's fault is free again when it expires. */
static void
expire_excused(struct world *w)
{
	struct micro *c;
	size_t i, j;

	for (i = 0; i < w->nclusters; i++)
		for (c = w->clusters[i], j = c->nrecords; j-- > 0;)
			if (c->records[j].excused)
				c->records[j] = c->records[--c->nrecords];
}

static void
heal_apps(struct world *w)
{
	struct event e = {.draw = w->plan->seed};
	size_t i, j, n;
	struct rng r;

	deploy_td(w);
	for (i = n = 0; i < w->nunits; i++)
		n += w->units[i]->alive && !w->units[i]->dying && w->units[i]->app == w->td;
	if (!n)
		world_add_unit(w, w->td, SIDE_TD, NULL);
	for (i = 0; i < w->napps; i++) {
		for (j = n = 0; j < w->nunits; j++)
			n += w->units[j]->alive && !w->units[j]->dying &&
			     w->units[j]->app == &w->apps[i] && w->units[j]->machine->valid;
		if (!n)
			world_add_unit(w, &w->apps[i], SIDE_CONSUMER,
			    world_machine(w, world_text(w, "late-%s", w->apps[i].name)));
		r.s = i;
		while (!w->apps[i].leader || !w->apps[i].leader->machine->valid ||
		       w->apps[i].leader->dying) {
			w->apps[i].leader = NULL;
			world_elect(w, &w->apps[i], &r);
		}
	}
	if (!w->td->leader || w->td->leader->dying) {
		w->td->leader = NULL;
		elect_missing(w, &e);
	}
}

static void
run_due(struct world *w, struct rng *r)
{
	unsigned long end = w->hooks + HOOKS_A_ROUND;

	while (hook_run_any(w, r))
		if (w->hooks > end)
			world_violation(w, VIOLATION_RESTLESS, "hooks have no end");
}

/* A turn of update-status hooks, which Juju runs where nothing else is due. */
static void
round_of_status(struct world *w, struct rng *r)
{
	struct hook h = {.kind = HOOK_UPDATE_STATUS};
	size_t i, n, start = world_draw(r);
	struct unit *u;

	for (i = 0, n = w->nunits; i < n; i++) {
		u = w->units[(start + i) % n];
		if (world_chance(r, 300))
			run_due(w, r);
		if (u->alive && is_idle(u))
			hook_run(w, u, &h, (struct rng){world_draw(r)});
	}
}

static void
settle(struct world *w)
{
	struct rng r = {world_mix(w->plan->seed, 2)};
	unsigned long before, hooks = w->hooks;
	size_t i;

	world_say(w, "--- the faults stop");
	w->settling = true;
	heal_machines(w);
	if (world_mix(w->plan->seed, 3) % 2)
		w->clock += 3 * 3600;
	for (w->rounds = 0; w->rounds < MAX_ROUNDS && !world_over(w); w->rounds++) {
		before = w->changes;
		run_due(w, &r);
		heal_apps(w);
		expire_excused(w);
		for (i = 0; i < w->napps; i++)
			world_relate(w, &w->apps[i]);
		w->clock += 300;
		micro_heartbeat(w);
		round_of_status(w, &r);
		run_due(w, &r);
		micro_bury(w);
		if (before == w->changes && w->rounds > 1)
			break;
	}
	w->settle_hooks = w->hooks - hooks;
	if (w->rounds == MAX_ROUNDS)
		world_violation(w, VIOLATION_RESTLESS,
		    "after %d rounds of update-status it still changes", MAX_ROUNDS);
}

void
events_run(struct world *w, const struct plan *p, FILE *log, bool log_all)
{
	const struct event *e;

	memset(w, 0, sizeof *w);
	w->plan = p;
	w->log = log;
	w->log_all = log_all;
	for (e = p->events; e < p->events + p->n && !world_over(w); e++) {
		if (e->off)
			continue;
		happen(w, e);
		micro_bury(w);
		check_tokens(w);
		/* Juju elects a new leader some time later */
		if (e->draw % 4 == 0)
			elect_missing(w, e);
	}
	if (!world_over(w))
		settle(w);
	if (!world_over(w))
		check_end(w);
}
