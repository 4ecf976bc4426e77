#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum {
	MAX_ROUNDS = 40,
	QUIET = 2,	       /* rounds without a change */
	HOOKS_A_ROUND = 60000, /* a hook that is due for ever */
};

static const char *const app_names[] = {"ovn", "ceph", "arm"};

struct event {
	const struct event_kind *kind;
	uint64_t draw;
	unsigned hooks; /* that are run, where it is that some are */
	int app;
};

/* Choices are made by rank under a draw: all have the same chance. */
static struct unit *
pick_unit(struct world *w, uint64_t draw, bool (*fits)(const struct unit *u), const struct app *app)
{
	uint64_t score, best = 0;
	struct unit *u, *chosen = NULL;
	size_t i;

	for (i = 0; i < w->nunits; i++) {
		u = w->units[i];
		score = world_mix(draw, i) | 1;
		if (u->alive && score > best && (!app || u->app == app) && fits(u)) {
			best = score;
			chosen = u;
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
	return u->failed.kind && !u->lost;
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
is_staying(const struct unit *u)
{
	return !u->dying && !u->lost;
}

/* One of the application leads it, another than before. */
static void
lead(struct world *w, const char *act, const struct app *app, struct rng *r)
{
	const struct unit *u = pick_unit(w, world_draw(r), is_staying, app);

	if (u && u != app->leader)
		act_do(w, (struct act){.name = act, .who = u->name});
}

static void
update_status(struct world *w, const struct event *e)
{
	struct unit *u = pick_unit(w, e->draw, e->draw % 3 ? agent_is_idle : is_idle_td, NULL);
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
			lead(w, "leader", &w->apps[i], &r);
	if (w->td && !w->td->leader)
		lead(w, "leader", w->td, &r);
}

/* Names that sort otherwise than the units' do. */
static void
add_unit(struct world *w, const struct event *e)
{
	struct app *a = world_app(w, app_names[e->app]);
	char name[32];

	if (!a)
		return;
	if (world_mix(e->draw, 3) % 50 == 0)
		snprintf(name, sizeof name, "bad_%02d", (int)(e->draw % 90) + 10);
	else
		snprintf(name, sizeof name, "n%03d", (int)(e->draw % 1000));
	act_do(w, (struct act){.name = "add-unit", .who = a->name, .what = name});
}

static void
unit_back(struct world *w, const struct event *e)
{
	struct machine *m = pick_machine(w, e, machine_is_free);
	struct app *a = world_app(w, app_names[e->app]);

	if (m && a)
		act_do(w, (struct act){.name = "add-unit",
			      .who = a->name,
			      .what = m->name,
			      .n = world_mix(e->draw, 1) % 2});
}

static void
move_leader(struct world *w, const struct event *e)
{
	struct app *a = e->draw % 2 && w->td ? w->td : world_app(w, app_names[e->app]);
	struct rng r = {e->draw};

	if (a)
		lead(w, "leader-moves", a, &r);
}

static void
member_without_unit(struct world *w, const struct event *e)
{
	struct machine *of = pick_machine(w, e, is_member);
	char name[32];

	/* sorts before or after the units' */
	snprintf(name, sizeof name, "%s%d", e->draw % 2 ? "a" : "z", (int)(e->draw % 97));
	if (of)
		act_do(w, (struct act){.name = "add-member", .who = name, .what = of->name});
}

static void
break_list(struct world *w, const struct event *e)
{
	const struct machine *m = pick_machine(w, e, is_up);

	if (m)
		act_do(w, (struct act){.name = "break",
			      .who = m->name,
			      .what = "list",
			      .n = world_mix(e->draw, 4) % LIST_TEXTS});
}

static void
add_app(struct world *w, const struct event *e)
{
	act_do(w,
	    (struct act){.name = "add-app", .who = app_names[e->app], .n = w->plan->cross[e->app]});
}

static void
beat(struct world *w, const struct event *e)
{
	(void)e;
	act_do(w, (struct act){.name = "time", .n = 10});
	act_do(w, (struct act){.name = "heartbeat"});
}

/* What happens: an act, to the unit, machine or application that is chosen, if one is; or more. */
struct event_kind {
	unsigned weight; /* of a fault: how often it is drawn where a history has it */
	const char *act;
	bool (*unit)(const struct unit *u);
	bool (*machine)(struct world *w, const struct machine *m);
	bool app;
	const char *what;
	long n[8]; /* one of them is drawn */
	size_t nn; /* so many; 0: the first */
	void (*happen)(struct world *w, const struct event *e);
};

/* n of "start" are seconds; after odd ones a daemon says for as long again that it is starting. */
static const struct event_kind faults[] = {
    {8, .happen = move_leader},
    {4, "remove-unit", .unit = is_running_consumer},
    {4, "force-unit", .unit = is_consumer, .n = {2, 1, 0}, .nn = 3},
    {3, "lose-machine", .unit = is_consumer},
    {6, .happen = unit_back},
    {5, .happen = add_unit},
    {3, .act = "add-td"},
    {3, "remove-unit", .unit = is_running_td},
    {2, "force-unit", .unit = is_running_td},
    {4, "remove-member", .machine = is_member},
    {2, "remove-member", .machine = is_member, .n = {1}},
    {4, "lose-state", .unit = is_running_consumer, .n = {0, 1}, .nn = 2},
    {2, "time", .n = {3 * 3600}},
    {4, .happen = break_list},
    {4, "break", .machine = is_up, .what = "unreachable"},
    {4, "break", .machine = is_up, .what = "pending"},
    {2, "odd-role", .machine = is_member},
    {2, "restart-agent", .unit = is_any},
    {1, "remove-td", .n = {0, 1}, .nn = 2},
    {2, .happen = member_without_unit},
    {4, "skip-hook", .unit = is_in_error},
    {8, "start", .machine = is_member, .n = {1, 2, 2, 3, 10, 11, 200, 201}, .nn = 8},
    {3, "start", .n = {1, 2, 2, 3, 10, 11, 200, 201}, .nn = 8},
    {3, .act = "advised"},
};

enum { FAULTS = sizeof faults / sizeof *faults };

/* What happens in every history. */
static const struct event_kind deploys_td = {.act = "deploy-td"}, adds_td = {.act = "add-td"},
			       removes_td = {.act = "remove-td", .n = {0, 1}, .nn = 2},
			       adds_app = {.happen = add_app},
			       relates = {.act = "relate", .app = true},
			       adds_unit = {.happen = add_unit}, runs = {.happen = run},
			       updates_status = {.happen = update_status}, beats = {.happen = beat},
			       mends = {.act = "mend", .machine = is_faulty};

static void
happen(struct world *w, const struct event *e)
{
	const struct event_kind *k = e->kind;
	const struct unit *u = k->unit ? pick_unit(w, e->draw, k->unit, NULL) : NULL;
	const struct machine *m = k->machine ? pick_machine(w, e, k->machine) : NULL;
	struct act a = {.name = k->act, .what = k->what, .n = k->n[k->nn ? e->draw % k->nn : 0]};

	if (k->happen) {
		k->happen(w, e);
		return;
	}
	if ((k->unit && !u) || (k->machine && !m))
		return;
	a.who = u ? u->name : m ? m->name : k->app ? app_names[e->app] : NULL;
	act_do(w, a);
}

/* An event, unless the history is over. */
static void
next(struct world *w, struct rng *r, const struct event_kind *kind, int app)
{
	struct event e = {.kind = kind, .draw = world_draw(r), .app = app};

	if (kind == &runs)
		e.hooks = 1u << (world_draw(r) % 7);
	if (world_over(w))
		return;
	happen(w, &e);
	act_do(w, (struct act){.name = "check"});
	/* Juju elects a new leader some time later */
	if (e.draw % 4 == 0)
		elect_missing(w, &e);
}

static int
by_draw(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->draw > y->draw) - (x->draw < y->draw);
}

/* What is deployed: in about this order, with hooks in between. */
static void
deploy(struct world *w, struct rng *r)
{
	struct event start[1 + 2 * MAX_APPS + MAX_UNITS];
	int apps = w->plan->apps, a;
	unsigned units = w->plan->units, tds = w->plan->tds;
	size_t i, n = 0;

	start[n++] = (struct event){&deploys_td, world_draw(r) % 60, 0, 0};
	for (a = 0; a < apps; a++) {
		start[n++] = (struct event){&adds_app, world_draw(r) % 30, 0, a};
		start[n++] = (struct event){&relates, 30 + world_draw(r) % 70, 0, a};
	}
	while (--tds)
		start[n++] = (struct event){&adds_td, 40 + world_draw(r) % 60, 0, 0};
	while (units--) {
		a = (int)(units < (unsigned)apps ? units : world_draw(r) % (unsigned)apps);
		start[n++] = (struct event){&adds_unit, 20 + world_draw(r) % 80, 0, a};
	}
	qsort(start, n, sizeof *start, by_draw);
	for (i = 0; i < n; i++) {
		next(w, r, start[i].kind, start[i].app);
		if (world_chance(r, 400))
			next(w, r, &runs, 0);
	}
}

static void
next_fault(struct world *w, struct rng *r)
{
	unsigned weights[FAULTS], sum = 0, at;
	size_t i;

	for (i = 0; i < FAULTS; i++) {
		weights[i] = w->plan->faults >> i & 1 ? faults[i].weight : 0;
		sum += weights[i];
	}
	if (!sum)
		return;
	at = (unsigned)(world_draw(r) % sum);
	for (i = 0; at >= weights[i]; i++)
		at -= weights[i];
	next(w, r, &faults[i], (int)(world_draw(r) % (unsigned)w->plan->apps));
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
deploy_anew(struct world *w, struct rng *r)
{
	int apps = w->plan->apps, newcomer = apps % MAX_APPS, i;
	unsigned between = world_chance(r, 300) ? 1000 : 100;

	for (i = 0; i < 3; i++)
		next(w, r, &runs, 0);
	next(w, r, &removes_td, 0);
	next(w, r, &adds_app, newcomer);
	next(w, r, &adds_unit, newcomer);
	for (i = 0; i < 6; i++)
		next(w, r, &runs, 0);
	next(w, r, &deploys_td, 0);
	next(w, r, &relates, newcomer);
	for (i = 0; i < apps; i++) {
		if (world_chance(r, between))
			next(w, r, &runs, 0);
		next(w, r, &relates, (newcomer + 1 + i) % MAX_APPS);
	}
	next(w, r, &runs, 0);
	next(w, r, &updates_status, 0);
}

void
events_plan(struct plan *p, uint64_t seed)
{
	static const unsigned sizes[] = {6, 6, 6, 8, 8, 12, 12, 16, 24, 38};
	static const unsigned rates[] = {0, 30, 100, 300};
	struct rng *r = &p->r;
	size_t i;

	*p = (struct plan){.seed = seed, .r = {world_mix(seed, 1)}};
	p->apps = 1 + (int)(world_draw(r) % MAX_APPS);
	p->units = 3 + (unsigned)(world_draw(r) % sizes[world_draw(r) % 10]);
	p->tds = 1 + (unsigned)(world_draw(r) % 3);
	for (i = 0; i < MAX_APPS; i++)
		p->cross[i] = world_chance(r, 100);
	p->cut = rates[world_draw(r) % 4];
	p->fault = rates[world_draw(r) % 4];
	p->nest = rates[world_draw(r) % 4];
	plan_joins(p);
	if (p->crowd) {
		p->apps = 1;
		p->units = 20 + p->units % 21;
	}
	/* each history has some kinds of faults alone: they hide each other */
	for (i = 0; i < FAULTS; i++)
		p->faults |= (unsigned long)world_chance(r, p->crowd ? 50 : 400) << i;
}

static void
go_on(struct world *w, struct rng *r)
{
	const struct event_kind *kind;
	size_t n = 10 + world_draw(r) % 80;
	int app;

	while (n--) {
		if (world_chance(r, 600)) {
			next(w, r, &runs, 0);
		} else if (world_chance(r, 400)) {
			next(w, r, &updates_status, 0);
		} else if (world_chance(r, 300)) {
			next(w, r, &beats, 0);
		} else if (world_chance(r, 100)) {
			app = (int)(world_draw(r) % (unsigned)w->plan->apps);
			kind = world_chance(r, 500) ? &deploys_td : &relates;
			next(w, r, kind, app);
		} else if (world_chance(r, 100)) {
			next(w, r, &mends, (int)(world_draw(r) % 3));
		} else {
			next_fault(w, r);
		}
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
		act_do(w, (struct act){.name = "add-unit",
			      .who = a->name,
			      .what = world_text(w, "late-%s", a->name)});
	while (!a->leader || !a->leader->machine->valid || a->leader->dying) {
		a->leader = NULL;
		lead(w, "leader", a, &r);
	}
}

static void
heal_apps(struct world *w)
{
	struct event e = {.draw = w->plan->seed};
	size_t i, n;

	act_do(w, (struct act){.name = "deploy-td"});
	for (i = n = 0; i < w->nunits; i++)
		n += w->units[i]->alive && !w->units[i]->dying && w->units[i]->app == w->td;
	if (!n)
		act_do(w, (struct act){.name = "add-td"});
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
			world_violation(w, "hooks have no end");
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
	act_do(w, (struct act){.name = "settle"});
	if (world_mix(w->plan->seed, 3) % 2)
		act_do(w, (struct act){.name = "time", .n = 3 * 3600});
	for (w->rounds = 0; w->rounds < MAX_ROUNDS && !world_over(w); w->rounds++) {
		before = w->changes;
		run_due(w, &r);
		heal_apps(w);
		act_do(w, (struct act){.name = "expire"});
		act_do(w, (struct act){.name = "advised"});
		for (i = 0; i < w->napps; i++)
			act_do(w, (struct act){.name = "relate", .who = w->apps[i].name});
		act_do(w, (struct act){.name = "time", .n = 300});
		act_do(w, (struct act){.name = "heartbeat"});
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
		world_violation(w, "after %d rounds of update-status it still changes", MAX_ROUNDS);
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
	struct rng r = p->r;

	begin(w, p, record, log, log_all);
	deploy(w, &r);
	go_on(w, &r);
	if (p->anew)
		deploy_anew(w, &r);
	if (!world_over(w))
		settle(w);
}

void
events_replay(
    struct world *w, const struct plan *p, const struct script *s, FILE *log, bool log_all)
{
	size_t i = 0;

	begin(w, p, NULL, log, log_all);
	w->replayed = s;
	script_play(w, &i, 0, LONG_MAX);
	w->replayed = NULL;
	if (!world_over(w))
		settle(w);
}
