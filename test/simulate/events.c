#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum {
	MAX_ROUNDS = 40,
	QUIET = 2,	       /* rounds without a change */
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
    {EVENT_DAEMON_STARTS, 8},
    {EVENT_POWER_CUT, 3},
    {EVENT_OPERATOR_TOLD, 3},
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

/* How the steps are called, and how much of the joins is at the same time. */
static void
plan_joins(struct plan *p)
{
	static const unsigned together[] = {0, 100, 500, 1000};
	static const long parallel[] = {-1, -1, -1, -1, 1, 2, 8, 12};
	struct rng r = {world_mix(p->seed, 7)};

	p->together = together[world_draw(&r) % 4];
	p->parallel = parallel[world_draw(&r) % 8];
	p->clear = world_chance(&r, 500);
	p->crowd = world_chance(&r, 40);
	p->anew = world_chance(&r, 80);
	if (p->crowd)
		p->together = 1000;
}

/* A distributor is deployed anew beside the cluster, if there is one, and related to an application
 * that is in no cluster, and then to the others. */
static void
plan_anew(struct plan *p, struct rng *r, int apps)
{
	int newcomer = apps % MAX_APPS, i;
	unsigned between = world_chance(r, 300) ? 1000 : 100;

	for (i = 0; i < 3; i++)
		plan_event(p, r, EVENT_RUN, 0);
	plan_event(p, r, EVENT_REDEPLOY_TD, 0);
	plan_event(p, r, EVENT_ADD_APP, newcomer);
	plan_event(p, r, EVENT_ADD_UNIT, newcomer);
	for (i = 0; i < 6; i++)
		plan_event(p, r, EVENT_RUN, 0);
	plan_event(p, r, EVENT_DEPLOY_TD, 0);
	plan_event(p, r, EVENT_RELATE, newcomer);
	for (i = 0; i < apps; i++) {
		if (world_chance(r, between))
			plan_event(p, r, EVENT_RUN, 0);
		plan_event(p, r, EVENT_RELATE, (newcomer + 1 + i) % MAX_APPS);
	}
	plan_event(p, r, EVENT_RUN, 0);
	plan_event(p, r, EVENT_UPDATE_STATUS, 0);
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
	plan_joins(p);
	if (p->crowd) {
		apps = 1;
		units = 20 + units % 21;
	}
	/* each history has some kinds of faults alone: they hide each other */
	for (i = 0; i < FAULTS; i++)
		weights[i] = world_chance(&r, p->crowd ? 50 : 400) ? faults[i].weight : 0;
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
	if (p->anew)
		plan_anew(p, &r, apps);
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
is_idle_td(const struct unit *u)
{
	return u->side == SIDE_TD && agent_is_idle(u);
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

/* Who of the application may lead it next. */
static struct unit *
pick_leader(struct world *w, const struct app *app, struct rng *r)
{
	uint64_t draw = world_draw(r), score, best = 0;
	struct unit *u, *chosen = NULL;
	size_t i;

	for (i = 0; i < w->nunits; i++) {
		u = w->units[i];
		score = world_mix(draw, u->id) | 1;
		if (u->app == app && u->alive && !u->dying && !u->lost && score > best) {
			best = score;
			chosen = u;
		}
	}
	return chosen == app->leader ? NULL : chosen;
}

static void
update_status(struct world *w, const struct event *e)
{
	struct unit *u = pick_unit(w, e, e->draw % 3 ? agent_is_idle : is_idle_td);
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

static struct app *
event_app(struct world *w, const struct event *e)
{
	size_t i;

	for (i = 0; i < w->napps; i++)
		if (strcmp(w->apps[i].name, app_names[e->app]) == 0)
			return &w->apps[i];
	return NULL;
}

/* Something happens to u, if there is one. */
static void
to_unit(struct world *w, enum act_kind kind, const struct unit *u, long n)
{
	if (u)
		act_on(w, kind, u->name, NULL, n);
}

static void
to_machine(struct world *w, enum act_kind kind, const struct machine *m, const char *what)
{
	if (m)
		act_on(w, kind, m->name, what, NO_NUMBER);
}

static void
elect_missing(struct world *w, const struct event *e)
{
	struct rng r = {e->draw};
	size_t i;

	for (i = 0; i < w->napps; i++)
		if (!w->apps[i].leader)
			to_unit(w, ACT_LEADER, pick_leader(w, &w->apps[i], &r), NO_NUMBER);
	if (w->td && !w->td->leader)
		to_unit(w, ACT_LEADER, pick_leader(w, w->td, &r), NO_NUMBER);
}

/* Names that sort otherwise than the units' do. */
static void
add_unit(struct world *w, const struct event *e)
{
	struct app *a = event_app(w, e);
	char name[32];

	if (!a)
		return;
	if (world_mix(e->draw, 3) % 50 == 0)
		snprintf(name, sizeof name, "bad_%02d", (int)(e->draw % 90) + 10);
	else
		snprintf(name, sizeof name, "n%03d", (int)(e->draw % 1000));
	act_on(w, ACT_ADD_UNIT, a->name, name, NO_NUMBER);
}

static void
unit_back(struct world *w, const struct event *e)
{
	struct machine *m = pick_machine(w, e, machine_is_free);
	struct app *a = event_app(w, e);

	if (m && a)
		act_on(w, ACT_ADD_UNIT, a->name, m->name, world_mix(e->draw, 1) % 2);
}

static void
move_leader(struct world *w, const struct event *e)
{
	struct app *a = e->draw % 2 && w->td ? w->td : event_app(w, e);
	struct rng r = {e->draw};

	if (a)
		to_unit(w, ACT_LEADER_MOVES, pick_leader(w, a, &r), NO_NUMBER);
}

static void
member_without_unit(struct world *w, const struct event *e)
{
	struct machine *of = pick_machine(w, e, is_member);
	char name[32];

	/* sorts before or after the units' */
	snprintf(name, sizeof name, "%s%d", e->draw % 2 ? "a" : "z", (int)(e->draw % 97));
	if (of)
		act_on(w, ACT_ADD_MEMBER, name, of->name, NO_NUMBER);
}

/* Seconds; after odd ones a daemon says for as long again that it is starting. */
static const long starts[] = {1, 2, 2, 3, 10, 11, 200, 201};

enum { STARTS = sizeof starts / sizeof *starts };

static void
happen(struct world *w, const struct event *e)
{
	struct unit *u;

	switch (e->kind) {
	case EVENT_DEPLOY_TD:
		act_plain(w, ACT_DEPLOY_TD, NO_NUMBER);
		break;
	case EVENT_ADD_APP:
		act_on(w, ACT_ADD_APP, app_names[e->app], NULL,
		    w->plan->cross[e->app] ? 1 : NO_NUMBER);
		break;
	case EVENT_RELATE:
		if (event_app(w, e))
			act_on(w, ACT_RELATE, app_names[e->app], NULL, NO_NUMBER);
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
		act_plain(w, ACT_TIME, 10);
		act_plain(w, ACT_HEARTBEAT, NO_NUMBER);
		break;
	case EVENT_LEADER_MOVES:
		move_leader(w, e);
		break;
	case EVENT_REMOVE_UNIT:
		to_unit(w, ACT_REMOVE_UNIT, pick_unit(w, e, is_running_consumer), NO_NUMBER);
		break;
	case EVENT_FORCE_UNIT:
		to_unit(w, ACT_FORCE_UNIT, pick_unit(w, e, is_consumer), 2 - (long)(e->draw % 3));
		break;
	case EVENT_LOSE_MACHINE:
		to_unit(w, ACT_LOSE_MACHINE, pick_unit(w, e, is_consumer), NO_NUMBER);
		break;
	case EVENT_UNIT_BACK:
		unit_back(w, e);
		break;
	case EVENT_ADD_TD:
		act_plain(w, ACT_ADD_TD, NO_NUMBER);
		break;
	case EVENT_REMOVE_TD:
		to_unit(w, ACT_REMOVE_UNIT, pick_unit(w, e, is_running_td), NO_NUMBER);
		break;
	case EVENT_FORCE_TD:
		to_unit(w, ACT_FORCE_UNIT, pick_unit(w, e, is_running_td), NO_NUMBER);
		break;
	case EVENT_OPERATOR_REMOVES:
	case EVENT_OPERATOR_FORCES:
		if (pick_machine(w, e, is_member))
			act_on(w, ACT_REMOVE_MEMBER, pick_machine(w, e, is_member)->name, NULL,
			    e->kind == EVENT_OPERATOR_FORCES ? 1 : NO_NUMBER);
		break;
	case EVENT_STATE_LOST:
		u = pick_unit(w, e, is_running_consumer);
		to_unit(w, ACT_LOSE_STATE, u, e->draw % 2 ? 1 : NO_NUMBER);
		break;
	case EVENT_TIME_GOES_BY:
		act_plain(w, ACT_TIME, 3 * 3600);
		break;
	case EVENT_LIST_BREAKS:
		if (pick_machine(w, e, is_up))
			act_on(w, ACT_BREAK, pick_machine(w, e, is_up)->name, "list",
			    (long)(world_mix(e->draw, 4) % LIST_TEXTS));
		break;
	case EVENT_UNREACHABLE:
		to_machine(w, ACT_BREAK, pick_machine(w, e, is_up), "unreachable");
		break;
	case EVENT_STAYS_PENDING:
		to_machine(w, ACT_BREAK, pick_machine(w, e, is_up), "pending");
		break;
	case EVENT_LIST_WORKS:
	case EVENT_REACHABLE:
	case EVENT_PENDING_ENDS:
		to_machine(w, ACT_MEND, pick_machine(w, e, is_faulty), NULL);
		break;
	case EVENT_ODD_ROLE:
		to_machine(w, ACT_ODD_ROLE, pick_machine(w, e, is_member), NULL);
		break;
	case EVENT_AGENT_RESTARTS:
		to_unit(w, ACT_RESTART_AGENT, pick_unit(w, e, is_any), NO_NUMBER);
		break;
	case EVENT_REDEPLOY_TD:
		act_plain(w, ACT_REMOVE_TD, e->draw % 2 ? 1 : NO_NUMBER);
		break;
	case EVENT_MEMBER_WITHOUT_UNIT:
		member_without_unit(w, e);
		break;
	case EVENT_DAEMON_STARTS:
		if (pick_machine(w, e, is_member))
			act_on(w, ACT_START, pick_machine(w, e, is_member)->name, NULL,
			    starts[e->draw % STARTS]);
		break;
	case EVENT_POWER_CUT:
		act_on(w, ACT_START, NULL, NULL, starts[e->draw % STARTS]);
		break;
	case EVENT_OPERATOR_TOLD:
		act_plain(w, ACT_ADVISED, NO_NUMBER);
		break;
	case EVENT_SKIP_HOOK:
		to_unit(w, ACT_SKIP_HOOK, pick_unit(w, e, is_in_error), NO_NUMBER);
		break;
	case EVENTS:
		break;
	}
}

/* An application that has nobody to lead it, or to bootstrap, gets one. */
static void
heal_app(struct world *w, struct app *a, struct rng r)
{
	const struct unit *u;
	size_t i, n = 0;

	for (i = 0; i < w->nunits; i++) {
		u = w->units[i];
		n += u->alive && !u->dying && u->app == a && u->machine->valid;
	}
	if (!n)
		act_on(w, ACT_ADD_UNIT, a->name, world_text(w, "late-%s", a->name), NO_NUMBER);
	while (!a->leader || !a->leader->machine->valid || a->leader->dying) {
		a->leader = NULL;
		to_unit(w, ACT_LEADER, pick_leader(w, a, &r), NO_NUMBER);
	}
}

static void
heal_apps(struct world *w)
{
	struct event e = {.draw = w->plan->seed};
	size_t i, n;

	act_plain(w, ACT_DEPLOY_TD, NO_NUMBER);
	for (i = n = 0; i < w->nunits; i++)
		n += w->units[i]->alive && !w->units[i]->dying && w->units[i]->app == w->td;
	if (!n)
		act_plain(w, ACT_ADD_TD, NO_NUMBER);
	for (i = 0; i < w->napps; i++)
		heal_app(w, &w->apps[i], (struct rng){i});
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
		if (u->alive && agent_is_idle(u))
			hook_run(w, u, &h, (struct rng){world_draw(r)});
	}
}

static void
settle(struct world *w)
{
	struct rng r = {world_mix(w->plan->seed, 2)};
	unsigned long before, hooks = w->hooks;
	unsigned quiet = 0;
	size_t i;

	/* a replay comes to rest by itself */
	w->record = NULL;
	act_plain(w, ACT_SETTLE, NO_NUMBER);
	if (world_mix(w->plan->seed, 3) % 2)
		act_plain(w, ACT_TIME, 3 * 3600);
	for (w->rounds = 0; w->rounds < MAX_ROUNDS && !world_over(w); w->rounds++) {
		before = w->changes;
		run_due(w, &r);
		heal_apps(w);
		act_plain(w, ACT_EXPIRE, NO_NUMBER);
		act_plain(w, ACT_ADVISED, NO_NUMBER);
		for (i = 0; i < w->napps; i++)
			act_on(w, ACT_RELATE, w->apps[i].name, NULL, NO_NUMBER);
		act_plain(w, ACT_TIME, 300);
		act_plain(w, ACT_HEARTBEAT, NO_NUMBER);
		round_of_status(w, &r);
		run_due(w, &r);
		micro_bury(w);
		quiet = before == w->changes ? quiet + 1 : 0;
		/* once more, for what a step does when it has seen a thing for a minute */
		if (quiet >= QUIET)
			break;
	}
	w->settle_hooks = w->hooks - hooks;
	if (w->rounds == MAX_ROUNDS)
		world_violation(w, VIOLATION_RESTLESS,
		    "after %d rounds of update-status it still changes", MAX_ROUNDS);
	if (!world_over(w))
		check_end(w);
}

static void
begin(struct world *w, const struct plan *p, struct script *record, FILE *log, bool log_all)
{
	memset(w, 0, sizeof *w);
	w->plan = p;
	w->record = record;
	w->log = log;
	w->log_all = log_all;
	if (record)
		record->seed = p->seed;
}

void
events_run(struct world *w, const struct plan *p, struct script *record, FILE *log, bool log_all)
{
	const struct event *e;

	begin(w, p, record, log, log_all);
	for (e = p->events; e < p->events + p->n && !world_over(w); e++) {
		happen(w, e);
		act_plain(w, ACT_CHECK, NO_NUMBER);
		/* Juju elects a new leader some time later */
		if (e->draw % 4 == 0)
			elect_missing(w, e);
	}
	if (!world_over(w))
		settle(w);
}

void
events_replay(
    struct world *w, const struct plan *p, const struct script *s, FILE *log, bool log_all)
{
	size_t i = 0;

	begin(w, p, NULL, log, log_all);
	script_play(w, s, &i, 0, LONG_MAX);
	if (!world_over(w))
		settle(w);
}
