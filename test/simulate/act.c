/*
 * What a history is made of, done one by one: each act names what it is done to, and does nothing
 * where that isn't there.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/memory.h"
#include "sim.h"

bool
machine_is_free(const struct world *w, const struct machine *m)
{
	for (const struct unit *u = w->units; u < w->end; u++)
		if (u->alive && !u->lost && u->machine == m)
			return false;
	return !m->no_unit;
}

static void
deploy_td(struct world *w)
{
	struct app *td;

	if (w->td && !w->td->removed)
		return;
	td = world_keep(w, sizeof *td);
	td->name = td->far_name = "td";
	td->next_unit = w->td ? w->td->next_unit : 0;
	w->td = td;
	world_add_unit(w, td, NULL);
}

/* n: 1 by force */
static void
remove_td(struct world *w, const struct act *a)
{
	if (!w->td || w->td->removed)
		return;
	world_say(w, "the distributor is removed%s", a->n == 1 ? " by force" : "");
	w->td->removed = true;
	w->td_changed = true;
	for (struct unit *u = w->units; u < w->end; u++) {
		if (u->app != w->td || !u->alive)
			continue;
		u->dying = u->struck = true;
		if (a->n == 1 || u->stage < 3)
			world_unit_gone(w, u);
	}
	for (struct relation *r = w->relations; r; r = r->next)
		world_end_relation(w, r);
}

/* n: 1 in another model */
static void
add_app(struct world *w, const struct act *a)
{
	struct app *app = &w->apps[w->napps];

	if (world_app(w, a->who) || w->napps == MAX_APPS)
		return;
	w->napps++;
	app->name = world_text(w, "%s", a->who);
	app->far_name = a->n == 1 ? world_text(w, "remote-%s", a->who) : app->name;
}

static void
relate(struct world *w, const struct act *a)
{
	struct relation **at = &w->relations, *r;
	long id = 1;

	for (; *at; at = &(*at)->next, id++)
		if ((*at)->apps[SIDE_CONSUMER] == a->app && !(*at)->gone)
			return;
	if (!w->td || w->td->removed)
		return;
	r = *at = world_keep(w, sizeof *r);
	*r = (struct relation){.id = id, .apps = {a->app, w->td}};
	for (struct unit *u = w->units; u < w->end; u++)
		if (u->alive && !u->dying && u->app == r->apps[u->side])
			world_add_scope(w, u, r);
	world_say(w, "%s is related to %s: relation %ld", a->who, w->td->name, id);
}

/* who: an application, what: a machine; n: 1 newly installed */
static void
add_unit(struct world *w, const struct act *a)
{
	struct machine *m = world_machine(w, a->what);

	if (!machine_is_free(w, m))
		return;
	if (!m->up || a->n == 1)
		micro_reset(m);
	m->up = true;
	world_add_unit(w, a->app, m);
}

static void
add_td(struct world *w)
{
	if (w->td && !w->td->removed && w->td->next_unit < 20)
		world_add_unit(w, w->td, NULL);
}

/* n: 1 its machine is installed anew, 2 it goes as well */
static void
force_unit(struct world *w, const struct act *a)
{
	struct unit *u = a->unit;

	if (a->n > 0)
		micro_reset(u->machine);
	if (a->n == 2) {
		world_say(w, "machine %s goes as well", u->machine->name);
		u->machine->up = false;
	}
	w->td_changed |= u->side == SIDE_TD;
	world_unit_gone(w, u);
}

static void
lose_machine(struct world *w, struct unit *u)
{
	world_say(w, "machine %s of %s is away for good", u->machine->name, u->name);
	u->lost = true;
	u->machine->up = false;
	micro_reset(u->machine);
	if (u->app->leader == u)
		u->app->leader = NULL;
	u->struck = true;
}

/* n: 1 by force */
static void
remove_member(struct world *w, const struct act *a)
{
	struct machine *m = a->machine;
	bool force = a->n == 1;

	if (!micro_row(m->cluster, m->name) || !m->cluster->rows->next)
		return;
	/* without force it fails where the member doesn't answer */
	if (!force && !micro_online(w, m->cluster, m))
		return;
	world_say(
	    w, "an operator removes %s from the cluster%s", m->name, force ? " by force" : "");
	micro_drop_row(w, m->cluster, m, !force);
}

/* n: 1 FILE.add-HOST too */
static void
lose_state(struct world *w, const struct act *a)
{
	struct unit *u = a->unit;

	world_say(w, "%s loses its state file", u->name);
	micro_weaken(w, u);
	if (u->machine->join.unit == u)
		u->machine->join.known = false;
	u->state = NULL;
	u->forgetful |= u->was_in;
	u->in_cluster = u->unsure = false;
	if (a->n == 1)
		u->added = NULL;
	u->struck = true;
}

static void
restart_agent(struct world *w, struct unit *u)
{
	for (struct scope *s = u->scopes; s; s = s->next)
		for (struct peer *p = s->peers; p; p = p->next)
			p->cache = NULL;
	world_say(w, "the agent of %s restarts", u->name);
}

/* who: a machine, what: one that is in the cluster */
static void
add_member(struct world *w, const struct act *a)
{
	struct micro *c = world_machine(w, a->what)->cluster;
	struct machine *m;

	if (!micro_row(c, a->what))
		return;
	m = world_machine(w, a->who);
	if (m->cluster)
		return;
	m->no_unit = true;
	m->cluster = c;
	micro_add_row(w, c, m, "voter");
	world_say(w, "an operator has %s join the cluster", m->name);
}

static void
skip_hook(struct world *w, struct unit *u)
{
	struct hook failed = u->failed;

	if (!failed.kind)
		return;
	world_say(w, "%s: the failed hook is skipped", u->name);
	u->failed = (struct hook){0};
	agent_start(u, &failed);
	u->busy = false;
	agent_done(w, u, &failed);
}

static void
odd_role(struct world *w, const struct act *a)
{
	struct row *r = micro_row(a->machine->cluster, a->who);

	if (r && strcmp(r->role, "PENDING") != 0) {
		r->role = "";
		world_say(w, "%s has no role", a->who);
	}
}

/* what: how; n: with what text */
static void
break_machine(struct world *w, const struct act *a)
{
	struct machine *m = a->machine;

	if (strcmp(a->what, "list") == 0)
		m->list_broken = a->n > 0 && a->n < LIST_TEXTS ? (int)a->n + 1 : 1;
	m->unreachable |= strcmp(a->what, "unreachable") == 0;
	m->stays_pending |= strcmp(a->what, "pending") == 0;
	world_say(w, "%s: %s", m->name, a->what);
}

/* The daemons of one machine, or of all, start; they know of no cluster for n seconds, and of n % 2
 * for as long again that they are starting. */
static void
start_daemons(struct world *w, const struct act *a)
{
	long n = a->n;

	for (struct machine *m = w->machines; m; m = m->next) {
		if (!m->up || (a->who && strcmp(a->who, m->name) != 0))
			continue;
		m->none_for = n + (w->clock < m->none_until ? m->none_for : 0);
		m->none_until = w->clock + n;
		m->starting_until = m->none_until + (n % 2 ? n : 0);
	}
	world_say(w, "%s starts, for %ld s", a->who ? a->who : "everything", n);
}

static void
mend(struct world *w, const struct act *a)
{
	struct machine *m = a->machine;

	(void)w;
	m->list_broken = 0;
	m->unreachable = m->stays_pending = false;
	m->none_until = m->starting_until = m->offline_until = 0;
}

static void
remove_unit(struct world *w, struct unit *u)
{
	world_say(w, "%s is to go", u->name);
	u->dying = true;
	u->leader_due = false;
	w->td_changed |= u->side == SIDE_TD;
	u->struck = true;
}

static void
elect(struct world *w, struct unit *u)
{
	if (u->dying || u->lost || u->app->leader == u)
		return;
	u->app->leader = u;
	u->leader_due = true;
	world_say(w, "%s is leader", u->name);
}

/* Away from one that works: what the old leader's mirror alone had is lost. */
static void
move_leader(struct world *w, struct unit *u)
{
	if (u->app->leader)
		u->app->leader->struck = true;
	w->td_changed |= u->app == w->td;
	elect(w, u);
}

/* An operator does what the steps' warnings say, where the machine is gone indeed. */
static void
do_as_told(struct world *w)
{
	for (struct machine *m = w->machines; m; m = m->next) {
		for (struct micro *c = w->clusters; c && m->advised && !m->join.cluster;
		     c = c->next) {
			if (!micro_row(c, m->name) || micro_online(w, c, m))
				continue;
			world_say(w, "an operator removes %s's row, as told", m->name);
			micro_drop_row(w, c, m, false);
		}
		m->advised = false;
	}
}

/* Nothing breaks any more, and people mend what no step can. */
static void
stop_faults(struct world *w)
{
	world_say(w, "--- the faults stop");
	w->settling = true;
	for (struct unit *u = w->units; u < w->end; u++)
		if (u->alive && u->lost)
			world_unit_gone(w, u);
	for (struct machine *m = w->machines; m; m = m->next) {
		mend(w, &(struct act){.machine = m});
		if (m->cluster && !micro_row(m->cluster, m->name))
			micro_reset(m);
	}
	micro_bury(w);
}

/* n: seconds */
static void
let_time_pass(struct world *w, const struct act *a)
{
	micro_pass(w, a->n);
	world_say(w, "%ld s go by", a->n);
}

static void
check(struct world *w)
{
	micro_bury(w);
	check_tokens(w);
}

/* What an act is. Its first operand may have to name what is there (of units: in Juju, too), and it
 * needs that many operands at least. */
static const struct kind {
	const char *name;
	enum { ANY, UNIT, MACHINE, APP } whose;
	int operands;
	/* one of them */
	void (*act)(struct world *w, const struct act *a);
	void (*unit)(struct world *w, struct unit *u);
	void (*world)(struct world *w);
} kinds[] = {
    {"deploy-td", .world = deploy_td},
    {"remove-td", .act = remove_td},
    {"add-app", ANY, 1, .act = add_app},
    {"relate", APP, 1, .act = relate},
    {"add-unit", APP, 2, .act = add_unit},
    {"add-td", .world = add_td},
    {"leader", UNIT, 1, .unit = elect},
    {"leader-moves", UNIT, 1, .unit = move_leader},
    {"remove-unit", UNIT, 1, .unit = remove_unit},
    {"force-unit", UNIT, 1, .act = force_unit},
    {"lose-machine", UNIT, 1, .unit = lose_machine},
    {"lose-state", UNIT, 1, .act = lose_state},
    {"remove-member", MACHINE, 1, .act = remove_member},
    {"add-member", ANY, 2, .act = add_member},
    {"time", .act = let_time_pass},
    {"heartbeat", .world = micro_heartbeat},
    {"break", MACHINE, 2, .act = break_machine},
    {"start", .act = start_daemons},
    {"mend", MACHINE, 1, .act = mend},
    {"odd-role", MACHINE, 1, .act = odd_role},
    {"restart-agent", UNIT, 1, .unit = restart_agent},
    {"skip-hook", UNIT, 1, .unit = skip_hook},
    {"hook", UNIT, 2, .act = hook_replay},
    {"settle", .world = stop_faults},
    {"check", .world = check},
    {"advised", .world = do_as_told},
};

static const struct kind *
kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* An act that is recorded, and may be of a script that is replayed, is done. */
static void
perform(struct world *w, struct act *a)
{
	const struct kind *k = kind_of(a->name);

	a->unit = k->whose == UNIT ? world_unit(w, a->who) : NULL;
	a->machine = k->whose == MACHINE ? world_machine(w, a->who) : NULL;
	a->app = k->whose == APP ? world_app(w, a->who) : NULL;
	if (k->whose && !(a->unit && a->unit->alive) && !a->machine && !a->app)
		return;
	if (k->unit)
		k->unit(w, a->unit);
	else if (k->world)
		k->world(w);
	else
		k->act(w, a);
}

static void
push(struct script *s, const struct act *a)
{
	s->acts = memory_grow(s->acts, &s->n, sizeof *a);
	s->acts[s->n - 1] = *a;
}

void
script_add(struct world *w, struct act a)
{
	if (!w->record)
		return;
	a.depth = (unsigned)w->depth;
	a.stop = w->depth ? w->stop : NO_NUMBER;
	push(w->record, &a);
}

void
script_add_fault(struct world *w, size_t i, const char *text)
{
	struct act *a = &w->record->acts[i];

	a->fault = world_text(w, "%s%s%s", a->fault, a->fault[0] ? "," : "", text);
}

void
act_do(struct world *w, struct act a)
{
	a.cut = NO_NUMBER;
	a.peer = a.fault = "";
	script_add(w, a);
	perform(w, &a);
}

/*
 * Histories as text: an act a line, what nests in a hook indented by a tab a level, NAME=VALUE for
 * what isn't who and what it is done to. "#" begins a comment.
 */
static void
put_act(FILE *f, const struct act *a)
{
	for (unsigned i = 0; i < a->depth; i++)
		putc('\t', f);
	fputs(a->name, f);
	if (a->who)
		fprintf(f, " %s", a->who);
	if (a->what)
		fprintf(f, " %s", a->what);
	if (a->n)
		fprintf(f, " n=%ld", a->n);
	if (a->relation)
		fprintf(f, " relation=%ld", a->relation);
	if (a->peer[0])
		fprintf(f, " peer=%s", a->peer);
	if (a->cut != NO_NUMBER)
		fprintf(f, " cut=%ld", a->cut);
	if (a->fault[0])
		fprintf(f, " fault=%s", a->fault);
	if (a->stop != NO_NUMBER)
		fprintf(f, " stop=%ld", a->stop);
	putc('\n', f);
}

void
script_put(FILE *f, const struct script *s)
{
	fprintf(f, "seed %llu\n", (unsigned long long)s->seed);
	for (size_t i = 0; i < s->n; i++)
		put_act(f, &s->acts[i]);
}

static void
read_word(struct act *a, const char *word)
{
	if (sscanf(word, "n=%ld", &a->n) == 1 || sscanf(word, "cut=%ld", &a->cut) == 1 ||
	    sscanf(word, "stop=%ld", &a->stop) == 1 ||
	    sscanf(word, "relation=%ld", &a->relation) == 1)
		return;
	if (strncmp(word, "peer=", 5) == 0)
		a->peer = word + 5;
	else if (strncmp(word, "fault=", 6) == 0)
		a->fault = word + 6;
	else if (!a->name)
		a->name = word;
	else if (!a->who)
		a->who = word;
	else
		a->what = word;
}

/* Returns 0, or -1: there is no such act, or it lacks an operand. */
static int
read_act(struct script *s, char *line)
{
	struct act a = {.peer = "", .fault = "", .cut = NO_NUMBER, .stop = NO_NUMBER};
	const struct kind *k;
	char *word;

	while (line[a.depth] == '\t')
		a.depth++;
	word = strtok(line, " \t\n");
	if (!word || word[0] == '#')
		return 0;
	if (strcmp(word, "seed") == 0) {
		word = strtok(NULL, " \n");
		s->seed = word ? strtoull(word, NULL, 10) : 0;
		return 0;
	}
	for (; word; word = strtok(NULL, " \n"))
		read_word(&a, word);
	k = kind_of(a.name);
	if (!k || (k->operands > 0 && !a.who) || (k->operands > 1 && !a.what))
		return -1;
	push(s, &a);
	return 0;
}

int
script_read(struct script *s, FILE *f)
{
	unsigned long number = 0;
	char line[1024];

	while (fgets(line, sizeof line, f)) {
		number++;
		if (read_act(s, memory_check(arena_copy(&s->texts, line, strlen(line))))) {
			fprintf(stderr, "simulate: line %lu: no act\n", number);
			return -1;
		}
	}
	return ferror(f) ? -1 : 0;
}

void
script_free(struct script *s)
{
	arena_free(&s->texts);
	free(s->acts);
	*s = (struct script){0};
}

void
script_play(struct world *w, size_t *i, unsigned depth, long stop)
{
	const struct script *s = w->replayed;
	int outer = w->depth;
	struct act *a;

	w->depth = (int)depth;
	for (; *i < s->n && s->acts[*i].depth >= depth; ++*i) {
		a = &s->acts[*i];
		if (a->depth == depth && depth && a->stop > stop)
			break;
		if (a->depth == depth && !world_over(w))
			perform(w, a);
	}
	w->depth = outer;
}
