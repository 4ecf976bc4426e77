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
	int app;
	struct rng *r;
};

/* Whom it happens to: a unit that Juju has, or a machine, of which all of these hold; or the
 * application that is drawn. */
enum {
	ANY_UNIT = 1,
	CONSUMER = 2,
	TD = 4,
	IDLE = 8,
	IN_ERROR = 16,
	STAYING = 32,
	RUNNING = 64,  /* and to stay */
	PRESENT = 128, /* its machine isn't lost */
	UP = 256,
	MEMBER = 512,
	FAULTY = 1024,
	FREE = 2048,
	MACHINE = UP | MEMBER | FAULTY | FREE,
	APPLICATION = 4096,
};

/* What happens: an act, to the unit, machine or application that is chosen, if one is; or more. */
struct event_kind {
	unsigned weight; /* of a fault: how often it is drawn where a history has it */
	unsigned whom;
	const char *act;
	const char *what;
	long n[8]; /* one of them is drawn */
	size_t nn; /* so many; 0: the first */
	/* completes a, which is what is known of the act so far; false: it isn't to be done */
	bool (*happen)(struct world *w, const struct event *e, struct act *a);
};

static bool
unit_is(const struct unit *u, unsigned whom)
{
	return !(whom & CONSUMER && u->side != SIDE_CONSUMER) &&
	       !(whom & TD && u->side != SIDE_TD) && !(whom & RUNNING && u->stage < 3) &&
	       !(whom & (RUNNING | STAYING) && u->dying) && !(whom & PRESENT && u->lost) &&
	       !(whom & IN_ERROR && !u->failed.kind) && !(whom & IDLE && !agent_is_idle(u));
}

static bool
machine_is(const struct world *w, const struct machine *m, unsigned whom)
{
	return !(whom & UP && !m->up) && !(whom & MEMBER && !micro_row(m->cluster, m->name)) &&
	       !(whom & FAULTY && !m->list_broken && !m->unreachable && !m->stays_pending) &&
	       !(whom & FREE && !machine_is_free(w, m));
}

/* Of several one is chosen by its rank under the draw: all have the same chance. */
static bool
outdoes(uint64_t draw, size_t i, uint64_t *best)
{
	uint64_t score = world_mix(draw, i) | 1;

	if (score <= *best)
		return false;
	*best = score;
	return true;
}

/* app: one of its units, NULL: of any's. */
static struct unit *
pick_unit(struct world *w, uint64_t draw, unsigned whom, const struct app *app)
{
	struct unit *chosen = NULL;
	uint64_t best = 0;
	size_t i = 0;

	for (struct unit *u = w->units; u < w->end; u++, i++)
		if (u->alive && (!app || u->app == app) && unit_is(u, whom) &&
		    outdoes(draw, i, &best))
			chosen = u;
	return chosen;
}

/* The name of whom the event happens to, or NULL. */
static const char *
choose(struct world *w, const struct event *e)
{
	unsigned whom = e->kind->whom;
	const char *chosen = NULL;
	const struct machine *m = whom & MACHINE ? w->machines : NULL;
	const struct unit *u;
	uint64_t best = 0;

	if (whom == APPLICATION)
		return app_names[e->app];
	for (size_t i = 0; m; m = m->next, i++)
		if (machine_is(w, m, whom) && outdoes(e->draw, i, &best))
			chosen = m->name;
	u = whom && !(whom & MACHINE) ? pick_unit(w, e->draw, whom, NULL) : NULL;
	return u ? u->name : chosen;
}

/* One of the application leads it, another than before. */
static void
lead(struct world *w, const char *act, const struct app *app, struct rng *r)
{
	const struct unit *u = pick_unit(w, world_draw(r), STAYING | PRESENT, app);

	if (u && u != app->leader)
		act_do(w, (struct act){.name = act, .who = u->name});
}

static void
elect_missing(struct world *w, uint64_t draw)
{
	struct rng r = {draw};

	for (struct app *a = w->apps; a < w->apps + w->napps; a++)
		if (!a->leader)
			lead(w, "leader", a, &r);
	if (w->td && !w->td->leader)
		lead(w, "leader", w->td, &r);
}

static bool
update_status(struct world *w, const struct event *e, struct act *a)
{
	struct unit *u = pick_unit(w, e->draw, e->draw % 3 ? IDLE : IDLE | TD, NULL);
	struct hook h = {.kind = HOOK_UPDATE_STATUS};

	(void)a;
	if (u)
		hook_run(w, u, &h, (struct rng){e->draw});
	return false;
}

static bool
run(struct world *w, const struct event *e, struct act *a)
{
	unsigned hooks = 1u << (world_draw(e->r) % 7), i = 0;
	struct rng r;

	(void)a;
	do {
		r.s = world_mix(e->draw, i++);
	} while (hook_run_any(w, &r) && i < hooks);
	return false;
}

/* On a machine whose name sorts otherwise than the units' do. */
static bool
add_unit(struct world *w, const struct event *e, struct act *a)
{
	bool valid = world_mix(e->draw, 3) % 50 != 0;

	a->what = valid ? world_text(w, "n%03d", (int)(e->draw % 1000))
			: world_text(w, "bad_%02d", (int)(e->draw % 90) + 10);
	return world_app(w, a->who);
}

static bool
unit_back(struct world *w, const struct event *e, struct act *a)
{
	a->what = a->who;
	a->who = app_names[e->app];
	a->n = world_mix(e->draw, 1) % 2;
	return world_app(w, a->who);
}

static bool
move_leader(struct world *w, const struct event *e, struct act *a)
{
	struct app *app = e->draw % 2 && w->td ? w->td : world_app(w, app_names[e->app]);
	struct rng r = {e->draw};

	if (app)
		lead(w, a->name, app, &r);
	return false;
}

/* Its name sorts before or after the units'. */
static bool
add_member(struct world *w, const struct event *e, struct act *a)
{
	a->what = a->who;
	a->who = world_text(w, "%s%d", e->draw % 2 ? "a" : "z", (int)(e->draw % 97));
	return true;
}

static bool
break_list(struct world *w, const struct event *e, struct act *a)
{
	(void)w;
	a->n = world_mix(e->draw, 4) % LIST_TEXTS;
	return true;
}

static bool
add_app(struct world *w, const struct event *e, struct act *a)
{
	a->n = w->plan->cross[e->app];
	return true;
}

static bool
beat(struct world *w, const struct event *e, struct act *a)
{
	(void)e;
	act_do(w, *a);
	*a = (struct act){.name = "heartbeat"};
	return true;
}

/* n of "start" are seconds; after odd ones a daemon says for as long again that it is starting. */
static const struct event_kind faults[] = {
    {8, 0, "leader-moves", .happen = move_leader},
    {4, .whom = CONSUMER | RUNNING | PRESENT, .act = "remove-unit"},
    {4, CONSUMER | PRESENT, "force-unit", .n = {2, 1, 0}, .nn = 3},
    {3, .whom = CONSUMER | PRESENT, .act = "lose-machine"},
    {6, FREE, "add-unit", .happen = unit_back},
    {5, APPLICATION, "add-unit", .happen = add_unit},
    {3, .act = "add-td"},
    {3, .whom = TD | RUNNING, .act = "remove-unit"},
    {2, .whom = TD | RUNNING, .act = "force-unit"},
    {4, .whom = MEMBER, .act = "remove-member"},
    {2, MEMBER, "remove-member", .n = {1}},
    {4, CONSUMER | RUNNING | PRESENT, "lose-state", .n = {0, 1}, .nn = 2},
    {2, 0, "time", .n = {3 * 3600}},
    {4, UP, "break", "list", .happen = break_list},
    {4, UP, "break", .what = "unreachable"},
    {4, UP, "break", .what = "pending"},
    {2, .whom = MEMBER, .act = "odd-role"},
    {2, .whom = ANY_UNIT, .act = "restart-agent"},
    {1, 0, "remove-td", .n = {0, 1}, .nn = 2},
    {2, MEMBER, "add-member", .happen = add_member},
    {4, .whom = IN_ERROR | PRESENT, .act = "skip-hook"},
    {8, MEMBER, "start", .n = {1, 2, 2, 3, 10, 11, 200, 201}, .nn = 8},
    {3, 0, "start", .n = {1, 2, 2, 3, 10, 11, 200, 201}, .nn = 8},
    {3, .act = "advised"},
};

enum { KINDS = sizeof faults / sizeof *faults };

/* What happens in every history. */
static const struct event_kind deploys_td = {.act = "deploy-td"}, adds_td = {.act = "add-td"},
			       removes_td = {.act = "remove-td", .n = {0, 1}, .nn = 2},
			       adds_app = {0, APPLICATION, "add-app", .happen = add_app},
			       relates = {.whom = APPLICATION, .act = "relate"},
			       adds_unit = {0, APPLICATION, "add-unit", .happen = add_unit},
			       runs = {.happen = run}, updates_status = {.happen = update_status},
			       beats = {.act = "time", .n = {10}, .happen = beat},
			       mends = {.whom = FAULTY, .act = "mend"};

/* An event, unless the history is over. */
static void
next(struct world *w, struct rng *r, const struct event_kind *kind, int app)
{
	struct event e = {kind, world_draw(r), app, r};
	struct act a = {
	    .name = kind->act, .what = kind->what, .n = kind->n[kind->nn ? e.draw % kind->nn : 0]};

	if (world_over(w))
		return;
	a.who = choose(w, &e);
	if ((a.who || !kind->whom) && (!kind->happen || kind->happen(w, &e, &a)))
		act_do(w, a);
	act_do(w, (struct act){.name = "check"});
	/* Juju elects a new leader some time later */
	if (e.draw % 4 == 0)
		elect_missing(w, e.draw);
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

	start[n++] = (struct event){&deploys_td, world_draw(r) % 60, 0, r};
	for (a = 0; a < apps; a++) {
		start[n++] = (struct event){&adds_app, world_draw(r) % 30, a, r};
		start[n++] = (struct event){&relates, 30 + world_draw(r) % 70, a, r};
	}
	while (--tds)
		start[n++] = (struct event){&adds_td, 40 + world_draw(r) % 60, 0, r};
	while (units--) {
		a = (int)(units < (unsigned)apps ? units : world_draw(r) % (unsigned)apps);
		start[n++] = (struct event){&adds_unit, 20 + world_draw(r) % 80, a, r};
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
	unsigned weights[KINDS], sum = 0, at;
	size_t i;

	for (i = 0; i < KINDS; i++) {
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
	static const unsigned rates[] = {0, 30, 100, 300}, together[] = {0, 100, 500, 1000};
	static const long parallel[] = {-1, -1, -1, -1, 1, 2, 8, 12};
	struct rng *r = &p->r, joins = {world_mix(seed, 7)};
	bool crowd; /* many units, that all get in, and little that goes wrong */

	*p = (struct plan){.seed = seed, .r = {world_mix(seed, 1)}};
	p->apps = 1 + (int)(world_draw(r) % MAX_APPS);
	p->units = 3 + (unsigned)(world_draw(r) % sizes[world_draw(r) % 10]);
	p->tds = 1 + (unsigned)(world_draw(r) % 3);
	for (size_t i = 0; i < MAX_APPS; i++)
		p->cross[i] = world_chance(r, 100);
	p->cut = rates[world_draw(r) % 4];
	p->fault = rates[world_draw(r) % 4];
	p->nest = rates[world_draw(r) % 4];
	p->together = together[world_draw(&joins) % 4];
	p->parallel = parallel[world_draw(&joins) % 8];
	p->clear = world_chance(&joins, 500);
	crowd = world_chance(&joins, 40);
	p->anew = world_chance(&joins, 80);
	if (crowd) {
		p->together = 1000;
		p->apps = 1;
		p->units = 20 + p->units % 21;
	}
	/* each history has some kinds of faults alone: they hide each other */
	for (size_t i = 0; i < KINDS; i++)
		p->faults |= (unsigned long)world_chance(r, crowd ? 50 : 400) << i;
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

/* How many units of the application are to stay, on machines that the cluster takes. */
static size_t
count_staying(const struct world *w, const struct app *app)
{
	size_t n = 0;

	for (const struct unit *u = w->units; u < w->end; u++)
		n += u->alive && !u->dying && u->app == app && (!u->machine || u->machine->valid);
	return n;
}

/* An application that has nobody to lead it, or to bootstrap, gets one. */
static void
heal_apps(struct world *w)
{
	struct rng r;
	struct app *a;
	size_t i;

	act_do(w, (struct act){.name = "deploy-td"});
	if (!count_staying(w, w->td))
		act_do(w, (struct act){.name = "add-td"});
	for (i = 0; i < w->napps; i++) {
		a = &w->apps[i];
		r.s = i;
		if (!count_staying(w, a))
			act_do(w, (struct act){.name = "add-unit",
				      .who = a->name,
				      .what = world_text(w, "late-%s", a->name)});
		while (!a->leader || !a->leader->machine->valid || a->leader->dying) {
			a->leader = NULL;
			lead(w, "leader", a, &r);
		}
	}
	if (!w->td->leader || w->td->leader->dying) {
		w->td->leader = NULL;
		elect_missing(w, w->plan->seed);
	}
}

static void
run_due(struct world *w, struct rng *r)
{
	unsigned long end = w->figures[HOOKS] + HOOKS_A_ROUND;

	while (hook_run_any(w, r))
		if (w->figures[HOOKS] > end)
			world_violation(w, "hooks have no end");
}

/* A turn of update-status hooks, which Juju runs where nothing else is due. */
static void
round_of_status(struct world *w, struct rng *r)
{
	struct hook h = {.kind = HOOK_UPDATE_STATUS};
	uint64_t start = world_draw(r);
	size_t n = (size_t)(w->end - w->units);
	struct unit *u;

	for (size_t i = 0; i < n; i++) {
		u = &w->units[(start + i) % n];
		if (world_chance(r, 300))
			run_due(w, r);
		if (u->alive && agent_is_idle(u))
			hook_run(w, u, &h, (struct rng){world_draw(r)});
	}
}

/* A round; false: nothing changed in it. */
static bool
settle_round(struct world *w, struct rng *r)
{
	unsigned long before = w->changes;

	run_due(w, r);
	heal_apps(w);
	/* the name of a token that is gone without anybody's fault is free when it expires */
	for (struct micro *c = w->clusters; c; c = c->next)
		for (struct record *t = c->records; t; t = t->next)
			t->expires = t->excused ? w->clock : t->expires;
	act_do(w, (struct act){.name = "advised"});
	for (size_t i = 0; i < w->napps; i++)
		act_do(w, (struct act){.name = "relate", .who = w->apps[i].name});
	act_do(w, (struct act){.name = "time", .n = 300});
	act_do(w, (struct act){.name = "heartbeat"});
	round_of_status(w, r);
	run_due(w, r);
	micro_bury(w);
	return before != w->changes;
}

static void
settle(struct world *w)
{
	struct rng r = {world_mix(w->plan->seed, 2)};
	unsigned long *rounds = &w->figures[ROUNDS], hooks = w->figures[HOOKS];
	unsigned quiet = 0;

	/* a replay comes to rest by itself */
	w->record = NULL;
	act_do(w, (struct act){.name = "settle"});
	if (world_mix(w->plan->seed, 3) % 2)
		act_do(w, (struct act){.name = "time", .n = 3 * 3600});
	/* once more, for what a step does when it has seen a thing for a minute */
	while (quiet < QUIET && *rounds < MAX_ROUNDS && !world_over(w)) {
		quiet = settle_round(w, &r) ? 0 : quiet + 1;
		*rounds += quiet < QUIET;
	}
	w->figures[SETTLE_HOOKS] = w->figures[HOOKS] - hooks;
	if (*rounds == MAX_ROUNDS)
		world_violation(w, "after %d rounds of update-status it still changes", MAX_ROUNDS);
	if (!world_over(w))
		check_end(w);
}

const char *
events_run(struct world *w, const struct plan *p, struct script *record, const struct script *again)
{
	struct rng r = p->r;
	size_t i = 0;

	memset(w, 0, sizeof *w);
	w->end = w->units;
	w->plan = p;
	w->record = record;
	w->replayed = again;
	if (record)
		record->seed = p->seed;
	if (again) {
		script_play(w, &i, 0, LONG_MAX);
	} else {
		deploy(w, &r);
		go_on(w, &r);
		if (p->anew)
			deploy_anew(w, &r);
	}
	if (!world_over(w))
		settle(w);
	w->figures[HISTORIES] = 1;
	w->figures[AT_LIMITS] = w->limit;
	w->figures[FAILURES] = w->violation != NULL;
	if (record)
		record->texts = w->memory;
	else
		arena_free(&w->memory);
	return w->violation;
}
