#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/memory.h"
#include "consumer.h"
#include "doc.h"
#include "provider.h"
#include "sim.h"
#include "state.h"
#include "stepevent.h"
#include "token.h"

enum {
	MAX_DEPTH = 2,
	MAX_JOINS = 40, /* levels of hooks that are run while others' joins are under way */
	AT_ONCE_OF = 8, /* of so many units one runs a hook in a second besides the first */
	AT_ONCE = 3,	/* hooks that are run in a second of a join, at most */
	MOST = 4,	/* and before another command */
	PENDING_TIMEOUT = 60,
	OP_LIST = 3, /* after enum consumer_command */
	OP_ADD,
	OPS,
};

/* A hook that is being run. */
struct turn {
	struct world *w;
	struct unit *u;
	struct hook h;
	struct rng r;
	int budget;	 /* effects before it is cut off; -1: it isn't */
	int fault_op;	 /* the kind of command that goes wrong in this hook, -1: none */
	int nest;	 /* before so many commands another unit's hook is run; -1: none */
	int counts[OPS]; /* of the commands so far */
	const struct act *recorded; /* it is done as it was, or NULL */
	size_t next;		    /* in the script that is replayed: of what nests in it */
	size_t at;		    /* its own, in the script that is recorded */
	long stop;		    /* how often others could run so far */
	bool again;		    /* the step is run again on what it left: it must set nothing */
	bool touched;	  /* a command failed for a reason that is gone, or others ran meanwhile */
	const char *list; /* the last one, as the command printed it; "": none, or it failed */
	bool list_failed;
	struct trace trace;
};

/* The hook as an act. */
static struct act
act_of(const struct unit *u, const struct hook *h)
{
	return (struct act){.name = "hook",
	    .who = u->name,
	    .what = resolve_name(h->kind),
	    .relation = h->scope ? h->scope->relation->id : 0,
	    .peer = h->remote ? h->remote->its->unit->name : "",
	    .fault = ""};
}

static struct turn
turn_of(struct world *w, struct unit *u, const struct hook *h)
{
	return (struct turn){
	    .w = w, .u = u, .h = *h, .budget = -1, .fault_op = -1, .nest = -1, .list = ""};
}

static int
spend(struct turn *t, struct fail *f)
{
	if (world_over(t->w))
		return fail_set(f, STATUS_SYSTEM, "over");
	if (t->budget < 0 || t->budget-- > 0)
		return 0;
	t->budget = 0;
	return fail_set(f, STATUS_SYSTEM, "cut off");
}

static void
take_set(struct turn *t, const struct action *a)
{
	const struct bag **set;
	struct scope *s = t->u->scopes;

	while (s && s->relation->id != a->relation_id)
		s = s->next;
	if (!s) {
		world_violation(
		    t->w, "%s sets relation %ld, which it isn't in", t->u->name, a->relation_id);
		return;
	}
	set = a->app ? &s->app_set : &s->set;
	if (!*set)
		*set = a->app ? s->relation->app_bag : s->bag;
	for (const cJSON *e = a->data->child; e; e = e->next) {
		if (world_is(*set, e->string, e->valuestring))
			world_violation(t->w, "%s sets %s to %s, which it is already", t->u->name,
			    e->string, e->valuestring);
		else
			*set = world_with(t->w, *set, e->string, e->valuestring);
	}
}

/* A row goes, or the operator is told to remove it: never that of a member that is ONLINE, as the
 * step saw it. micro_list has put its row. */
static void
check_removal(struct turn *t, const char *host)
{
	const char *row = strstr(t->list, memory_brief("{\"name\":\"%s\",", host));
	const char *status = row ? strstr(row, "\"status\":") : NULL;

	if (status && strncmp(status, "\"status\":\"ONLINE\"", 17) == 0)
		world_violation(
		    t->w, "%s has %s removed, which is an ONLINE member", t->u->name, host);
}

/* "HOST can't join: ...; if that machine is gone, run: COMMAND remove HOST --force" */
static void
take_advice(struct turn *t, const char *message)
{
	const char *command = strstr(message, "run: microovn cluster remove ");
	char host[256];
	int end = 0;

	if (!command || t->again)
		return;
	sscanf(command, "run: microovn cluster remove %255s --force%n", host, &end);
	if (!end)
		return;
	check_removal(t, host);
	world_machine(t->w, host)->advised = true;
}

static int
take_line(void *ctx, const char *s, size_t n, struct fail *f)
{
	struct turn *t = ctx;
	struct action a;

	if (!t->again)
		world_say(t->w, "  %.*s", (int)n - 1, s);
	if (spend(t, f))
		return -1;
	buf_put(&t->trace.lines, s, n);
	if (action_read(&a, memory_check(arena_copy(&t->w->memory, s, n)), n - 1, 1, f)) {
		world_violation(t->w, "%s prints what is no action: %s", t->u->name, f->text);
		return -1;
	}
	if (a.kind == ACTION_SET)
		take_set(t, &a);
	else if (a.kind == ACTION_LOG)
		take_advice(t, a.message);
	else if (a.kind == ACTION_STATUS && !t->again)
		t->u->status = world_text(t->w, "%s: %s", a.word, a.message);
	action_free(&a);
	return 0;
}

/* Steps on other machines run at the same time: before one of the commands up to most hooks, and in
 * each second of a join (joining) so many. */
static void
let_others_run(struct turn *t, unsigned most, bool joining)
{
	struct rng r = {0};
	unsigned n;

	if (t->again)
		return;
	t->w->stop = t->stop++;
	if (t->recorded) {
		script_play(t->w, &t->next, t->recorded->depth + 1, t->stop - 1);
		return;
	}
	r.s = world_draw(&t->r);
	n = 1 + (unsigned)(world_draw(&r) % most);
	if (joining ? t->w->depth >= MAX_JOINS || !world_chance(&r, t->w->plan->together)
		    : t->nest < 0 || t->nest-- > 0)
		return;
	t->touched = true;
	t->w->depth++;
	while (n-- && hook_run_any(t->w, &r))
		t->w->stop = t->stop - 1;
	t->w->depth--;
}

/* The cluster's commands, and in how many ways each goes wrong: the first of enum fault, without
 * FAULT_LOST if it is a join. */
static const struct {
	const char *name;
	unsigned faults;
} commands[OPS] = {
    [CONSUMER_BOOTSTRAP] = {"bootstrap", FAULT_AFTER},
    [CONSUMER_JOIN] = {"join", FAULTS - 2},
    [CONSUMER_REMOVE_HOST] = {"remove", FAULT_AFTER},
    [OP_LIST] = {"list", FAULT_AFTER},
    [OP_ADD] = {"add", FAULT_LOST},
};

static const char *const fault_names[FAULTS] = {"none", "before", "after", "lost", "used",
    "stranded", "slow", "slow-fails", "cut", "cut-fails"};

static const char *
fault_text(const struct turn *t, int op, enum fault f)
{
	return memory_brief("%s:%s@%d", commands[op].name, fault_names[f], t->counts[op]);
}

static enum fault
fault_of(struct turn *t, int op)
{
	enum fault f = t->recorded ? FAULTS : FAULT_NONE;
	const char *all = t->recorded ? world_text(t->w, ",%s,", t->recorded->fault) : "";

	if (t->recorded)
		while (--f && !strstr(all, memory_brief(",%s,", fault_text(t, op, f))))
			;
	else if (t->fault_op == op && !world_chance(&t->r, 300)) {
		f = FAULT_BEFORE + world_draw(&t->r) % commands[op].faults;
		f += op == CONSUMER_JOIN && f >= FAULT_LOST;
	}
	if (f && t->w->record)
		script_add_fault(t->w, t->at, fault_text(t, op, f));
	t->counts[op]++;
	t->touched |= f != FAULT_NONE;
	return f;
}

/* A command's end: what it printed, and why it failed, if it did. */
static int
command_ends(struct turn *t, int op, const char *arg, const char *out, const char *fault,
    struct consumer_reason *why)
{
	struct trace *trace = &t->trace;
	const struct answer answer = {commands[op].name, arg ? world_text(t->w, "%s", arg) : NULL,
	    out ? world_text(t->w, "%s", out) : "", fault};

	trace->answers = memory_grow(trace->answers, &trace->nanswers, sizeof answer);
	trace->answers[trace->nanswers - 1] = answer;
	if (op == OP_LIST)
		t->list = fault ? "" : answer.out;
	if (!t->again && (fault || arg || t->w->plan->log_all))
		world_say(t->w, "  $ %s%s%s%s%s", commands[op].name, arg ? " " : "", arg ? arg : "",
		    fault ? ": " : "", fault ? fault : "");
	if (!fault)
		return 0;
	snprintf(why->text, sizeof why->text, "%s", fault);
	why->not_initialized = strstr(fault, "not yet initialized") != NULL;
	return 1;
}

static int
op_list(void *ctx, struct cluster *c, struct consumer_reason *why, struct fail *f)
{
	struct turn *t = ctx;
	struct buf out = {0};
	const char *fault;
	int r;

	if (spend(t, f))
		return -1;
	fault = micro_list(t->w, t->u->machine, t->again ? FAULT_NONE : fault_of(t, OP_LIST), &out);
	memset(why, 0, sizeof *why);
	r = command_ends(t, OP_LIST, NULL, out.s, fault, why);
	if (r == 0 && cluster_read(c, out.s, out.n, "<list>", f)) {
		snprintf(why->text, sizeof why->text, "%.600s", f->text);
		r = 1;
	}
	t->list_failed |= r && !why->not_initialized;
	buf_free(&out);
	let_others_run(t, MOST, false);
	return r;
}

/* A join, and its client's wait for the daemon; the step may be killed in it. */
static int
join(struct turn *t, const char *token, const char **fault, struct consumer_reason *why,
    struct fail *f)
{
	struct machine *m = t->u->machine;
	enum fault kind = fault_of(t, CONSUMER_JOIN);
	struct join began;

	why->started = true;
	*fault = micro_join(t->w, t->u, token, kind);
	if (*fault)
		return 0;
	began = m->join;
	if (kind == FAULT_CUT || kind == FAULT_CUT_FAILS) {
		t->budget = 0;
		return spend(t, f);
	}
	while (m->join.cluster && t->w->clock < began.began + JOIN_CLIENT && !world_over(t->w)) {
		let_others_run(t, AT_ONCE, true);
		micro_pass(t->w, 1);
	}
	*fault = micro_joined(m, &began);
	t->touched |= *fault != NULL;
	return 0;
}

static int
op_command(void *ctx, enum consumer_command command, const char *arg, struct consumer_reason *why,
    struct fail *f)
{
	int op = command == CONSUMER_REMOVE_DEAD ? CONSUMER_REMOVE_HOST : command;
	struct turn *t = ctx;
	const char *fault;

	if (spend(t, f))
		return -1;
	/* a join begins right after it is saved that it does */
	if (command != CONSUMER_JOIN)
		let_others_run(t, MOST, false);
	if (command == CONSUMER_REMOVE_DEAD && !t->again)
		check_removal(t, arg);
	if (t->again)
		fault = "Error: not again";
	else if (command == CONSUMER_BOOTSTRAP)
		fault = micro_bootstrap(t->w, t->u, fault_of(t, CONSUMER_BOOTSTRAP));
	else if (command != CONSUMER_JOIN)
		fault = micro_remove(t->w, t->u->machine, arg, command == CONSUMER_REMOVE_DEAD,
		    fault_of(t, CONSUMER_REMOVE_HOST));
	else if (join(t, arg, &fault, why, f))
		return -1;
	return command_ends(t, op, arg, NULL, fault, why);
}

static int
op_add(void *ctx, const char *host, const char **out, struct consumer_reason *why, struct fail *f)
{
	struct turn *t = ctx;
	struct unit *u = t->u;
	const char *fault = "Error: not again", *token = NULL;

	if (spend(t, f))
		return -1;
	let_others_run(t, MOST, false);
	if (!t->again)
		fault = micro_add(
		    t->w, u, host, fault_of(t, OP_ADD), strstr(t->list, "UNREACHABLE"), &token);
	/* one that reports failure and yet prints a token has made it (clustercmd.c) */
	if (command_ends(t, OP_ADD, host, token, fault, why) && !token)
		return 1;
	u->added = world_with(t->w, u->added, host, token);
	*out = token;
	return 0;
}

static int
op_save(void *ctx, const struct state *s, struct fail *f)
{
	struct turn *t = ctx;
	struct unit *u = t->u;
	struct buf b = {0};

	if (t->again)
		return 0;
	if (spend(t, f))
		return -1;
	if (!t->w->plan->broken) {
		state_put(&b, s);
		u->state = world_text(t->w, "%s", b.s);
		world_say(t->w, "  > %.*s", (int)b.n - 1, b.s);
		buf_free(&b);
		u->in_cluster = s->in_cluster;
		u->unsure = s->unsure;
		u->was_in |= s->in_cluster;
		/* its folder's entries go one by one after the rename */
		if (u->added && spend(t, f))
			return -1;
	}
	u->added = NULL;
	return 0;
}

static int
op_observe(void *ctx, const struct action_event *e, struct fail *f)
{
	struct turn *t = ctx;

	(void)e;
	return spend(t, f);
}

static double
op_now(void *ctx)
{
	struct turn *t = ctx;

	return (double)t->w->clock;
}

static void
op_wait(void *ctx, double seconds)
{
	struct turn *t = ctx;

	t->trace.waited = true;
	if (t->again) {
		t->w->clock += (long)seconds;
		return;
	}
	micro_pass(t->w, (long)seconds);
	let_others_run(t, MOST, false);
}

/* store_read and store_take_added. */
static int
read_state(struct turn *t, struct state *s, struct fail *f)
{
	struct unit *u = t->u;
	char *text;

	state_new(s);
	if (u->state) {
		text = memory_check(arena_copy(&t->w->memory, u->state, strlen(u->state)));
		if (state_read(s, text, strlen(text), "state", f))
			return -1;
	}
	if (!u->added || t->again)
		return 0;
	for (size_t i = 0; i < u->added->n; i++)
		if (state_set_token(s, u->added->pairs[i].key, u->added->pairs[i].value))
			return fail_memory(f);
	if (op_save(t, s, f))
		return -1;
	s->changed = false;
	return 0;
}

static int
consumer_turn(struct turn *t, struct doc *d, enum stepevent event, struct fail *f)
{
	const struct consumer_ops ops = {t, {take_line, t}, op_list, op_command, op_add, op_save,
	    op_observe, op_now, op_now, op_wait};
	const struct consumer_options opts = {.hostname = t->u->machine->name,
	    .command = "microovn cluster",
	    .pending_timeout = PENDING_TIMEOUT,
	    .poll = 1,
	    .parallel = t->w->plan->parallel,
	    .parallel_given = t->w->plan->parallel >= 0,
	    .parallel_timeout = 120,
	    .clear_stranded = t->w->plan->clear};
	struct doc_relation *r;
	struct state s;
	int failed;

	if (doc_one_relation(d->views, &r, f))
		return -1;
	failed = read_state(t, &s, f) || consumer_step(d->views, r, event, &opts, &s, &ops, f);
	state_free(&s);
	return failed;
}

/* The step over the document of the hook, up to its last line. */
static int
step(struct turn *t, struct fail *f)
{
	const struct action_out out = {take_line, t};
	bool td = t->u->side == SIDE_TD;
	enum stepevent event;
	struct buf text = {0};
	struct doc d = {0};
	int failed;

	if (stepevent_find(
		resolve_name(t->h.kind), td ? STEPEVENT_PROVIDER : STEPEVENT_CONSUMER, &event))
		event = STEPEVENT_RECONCILE;
	failed = document_put(t->w, &text, t->u, &t->h, f);
	t->trace.clock = t->w->clock;
	t->trace.event = stepevent_name(event);
	t->trace.state = t->u->state;
	if (t->w->plan->vectors)
		t->trace.document = world_text(t->w, "%s", text.s);
	failed = failed || doc_take(&d, &text, "<stdin>", f);
	if (failed)
		world_violation(t->w, "%s: %s", t->u->name, f->text);
	buf_free(&text);
	if (!failed)
		failed =
		    td ? provider_step(d.views, event, &out, f) : consumer_turn(t, &d, event, f);
	doc_free(&d);
	if (failed && t->budget != 0 && !world_over(t->w))
		world_violation(t->w, "%s fails: %s", t->u->name, f->text);
	return failed || spend(t, f) ? -1 : 0;
}

/* What is left of a hook that has ended. */
static void
forget(struct turn *t)
{
	free(t->trace.answers);
	buf_free(&t->trace.lines);
	for (struct scope *s = t->u->scopes; s; s = s->next)
		s->set = s->app_set = NULL;
}

/* Juju takes all that the hook set, or nothing. */
static int
commit(struct turn *t)
{
	const char *unit = "", *new; /* that may bootstrap, as the distributor's unit has it */
	const struct machine *m = t->u->machine;

	for (const struct scope *s = t->u->scopes; s; s = s->next) {
		if (s->app_set && t->u->app->leader != t->u)
			return -1;
		if (!unit[0] && document_sees(s, &t->h))
			unit = world_get(s->relation->app_bag, "bootstrap-unit");
	}
	for (struct scope *s = t->u->scopes; s; s = s->next) {
		if (s->app_set && s->app_set != s->relation->app_bag) {
			t->w->changes++;
			new = world_get(s->app_set, "bootstrap-unit");
			if (new[0] && strcmp(new, unit) != 0)
				check_permission(t->w, t->u, &t->h, unit, new);
			unit = new[0] ? new : unit;
			s->relation->app_bag = s->app_set;
		}
		if (s->set && s->set != s->bag) {
			t->w->changes++;
			/* a unit that the cluster has stays a member in all eyes, unless its daemon
			 * denies it for as long as the step waits, or nobody can know it any more
			 */
			if (m && world_is(s->bag, "member", "true") &&
			    !world_is(s->set, "member", "true") && micro_has(m) &&
			    m->none_for < PENDING_TIMEOUT)
				world_violation(t->w, "%s, which the cluster has, withdraws member",
				    t->u->name);
			s->bag = s->set;
		}
	}
	return 0;
}

static void
run_again(const struct turn *first)
{
	struct turn t = turn_of(first->w, first->u, &first->h);
	long clock = t.w->clock;
	struct fail f;

	t.again = true;
	step(&t, &f);
	t.w->clock = clock;
	if (t.trace.lines.n && strstr(t.trace.lines.s, "{\"relation-set\":"))
		world_violation(t.w, "%s, run again on what it left, sets something", t.u->name);
	forget(&t);
}

/* What hook it is; later, once anything happens in it, unless all are to be told of. */
static void
say_hook(struct world *w, const struct unit *u, const struct hook *h, const struct act *a)
{
	const struct scope *s = h->scope;
	const char *text;

	if (!w->plan->log)
		return;
	text = world_text(w, "%s: %s%s%s%s%s", a->who, a->what, s ? " " : "",
	    s ? s->relation->apps[!u->side]->name : "", h->remote ? " " : "", a->peer);
	if (w->plan->log_all)
		world_say(w, "%s", text);
	else
		w->unsaid = text;
}

static void
run(struct turn *t)
{
	struct world *w = t->w;
	struct unit *u = t->u;
	const struct hook *h = &t->h;
	struct fail f = {0};
	bool was_in = u->in_cluster, was_unsure = u->unsure, added = u->added != NULL;
	/* nothing is done in a hook of one's own departure (td-consumer-hook, td-provider-hook) */
	bool idle = h->kind == HOOK_DEPARTED && u->dying;
	struct act a = act_of(u, h);
	int failed = 0;

	w->figures[HOOKS]++;
	/* what nests runs at the same time; the more machines there are, the more runs at once */
	if (!w->depth && ++w->moment > (unsigned)(w->end - w->units) / AT_ONCE_OF) {
		w->moment = 0;
		micro_pass(w, 1);
	}
	a.cut = t->budget;
	t->at = w->record ? w->record->n : 0;
	script_add(w, a);
	say_hook(w, u, h, &a);
	agent_start(u, h);
	if (!idle) {
		failed = step(t, &f);
		if (!failed && !added && w->plan->vectors)
			document_vector(w, u, h, &t->trace);
		failed = failed || commit(t);
	}
	forget(t);
	u->busy = false;
	u->failed = failed ? *h : (struct hook){0};
	if (failed) {
		world_say(w, "  the hook fails: %s", f.text[0] ? f.text : "not leader any more");
	} else {
		/* before Juju forgets the unit or relation; a step that ends with the cluster's
		 * loss, or not sure of it, leaves work to the next; a daemon that starts soon says
		 * other things */
		if (!t->touched && !idle && h->kind != HOOK_REMOVE && !(was_in && !u->in_cluster) &&
		    !(u->unsure && !was_unsure) && !(u->machine && micro_starts(w, u->machine)) &&
		    (t->recorded || world_draw(&t->r) % 4 == 0))
			run_again(t);
		agent_done(w, u, h);
		if (!t->touched && !t->list_failed && u->side == SIDE_CONSUMER &&
		    h->kind == HOOK_UPDATE_STATUS)
			check_belief(w, u);
	}
	check_tokens(w);
}

void
hook_run(struct world *w, struct unit *u, const struct hook *h, struct rng r)
{
	struct turn t = turn_of(w, u, h);
	const struct plan *p = w->plan;

	if (world_chance(&r, p->nest) && w->depth < MAX_DEPTH)
		t.nest = (int)(world_draw(&r) % 3);
	if (!w->settling && world_chance(&r, p->cut))
		t.budget = (int)(world_draw(&r) % (world_chance(&r, 500) ? 6 : 16));
	if (!w->settling && world_chance(&r, p->fault))
		t.fault_op = (int)(world_draw(&r) % OPS);
	t.r = r;
	run(&t);
}

void
hook_replay(struct world *w, const struct act *a)
{
	struct hook due[MAX_DUE];
	size_t n = agent_due(a->unit, strcmp(a->what, "update-status") == 0, due);
	struct turn t;
	struct act other;

	for (size_t i = 0; i < n; i++) {
		other = act_of(a->unit, &due[i]);
		if (strcmp(other.what, a->what) != 0 || other.relation != a->relation ||
		    strcmp(other.peer, a->peer) != 0)
			continue;
		t = turn_of(w, a->unit, &due[i]);
		t.recorded = a;
		t.next = (size_t)(a - w->replayed->acts) + 1;
		t.budget = (int)a->cut;
		run(&t);
		script_play(w, &t.next, a->depth + 1, LONG_MAX);
		return;
	}
}

bool
hook_run_any(struct world *w, struct rng *r)
{
	struct hook due[MAX_DUE];
	size_t n, units = (size_t)(w->end - w->units);
	uint64_t start;
	struct unit *u;

	if (!units || world_over(w))
		return false;
	start = world_draw(r) % units;
	for (size_t i = 0; i < units; i++) {
		u = &w->units[(start + i) % units];
		n = agent_due(u, false, due);
		if (n) {
			hook_run(w, u, &due[world_draw(r) % n], (struct rng){world_draw(r)});
			return true;
		}
	}
	return false;
}
