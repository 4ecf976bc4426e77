/*
 * Histories as text: an act a line, what nests in a hook indented by a tab a level, NAME=VALUE for
 * what isn't who and what it is done to. "#" begins a comment.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/memory.h"
#include "sim.h"

static const char *const kinds[ACTS] = {
    [ACT_DEPLOY_TD] = "deploy-td",
    [ACT_REMOVE_TD] = "remove-td",
    [ACT_ADD_APP] = "add-app",
    [ACT_RELATE] = "relate",
    [ACT_ADD_UNIT] = "add-unit",
    [ACT_ADD_TD] = "add-td",
    [ACT_LEADER] = "leader",
    [ACT_LEADER_MOVES] = "leader-moves",
    [ACT_REMOVE_UNIT] = "remove-unit",
    [ACT_FORCE_UNIT] = "force-unit",
    [ACT_LOSE_MACHINE] = "lose-machine",
    [ACT_LOSE_STATE] = "lose-state",
    [ACT_REMOVE_MEMBER] = "remove-member",
    [ACT_ADD_MEMBER] = "add-member",
    [ACT_TIME] = "time",
    [ACT_HEARTBEAT] = "heartbeat",
    [ACT_BREAK] = "break",
    [ACT_START] = "start",
    [ACT_MEND] = "mend",
    [ACT_ODD_ROLE] = "odd-role",
    [ACT_RESTART_AGENT] = "restart-agent",
    [ACT_SKIP_HOOK] = "skip-hook",
    [ACT_HOOK] = "hook",
    [ACT_SETTLE] = "settle",
    [ACT_EXPIRE] = "expire",
    [ACT_CHECK] = "check",
    [ACT_ADVISED] = "advised",
};

static char *
keep(const char *s)
{
	return s ? memory_text("%s", s) : NULL;
}

void
script_push(struct script *s, const struct act *a)
{
	struct act *new;

	s->acts = memory_grow(s->acts, &s->n, sizeof *s->acts);
	new = &s->acts[s->n - 1];
	*new = *a;
	new->who = keep(a->who);
	new->what = keep(a->what);
	new->peer = keep(a->peer);
	new->fault = keep(a->fault);
}

void
script_add(struct world *w, const struct act *a)
{
	if (!w->record)
		return;
	script_push(w->record, a);
	w->record->acts[w->record->n - 1].depth = (unsigned)w->depth;
	w->record->acts[w->record->n - 1].stop = w->stop;
}

void
script_add_fault(struct script *s, size_t i, const char *text)
{
	const char *old = s->acts[i].fault;

	s->acts[i].fault = memory_text("%s%s%s", old ? old : "", old ? "," : "", text);
	free((char *)old);
}

static void
put_number(FILE *f, const char *name, long n)
{
	if (n != NO_NUMBER)
		fprintf(f, " %s=%ld", name, n);
}

static void
put_act(FILE *f, const struct act *a)
{
	unsigned i;

	for (i = 0; i < a->depth; i++)
		putc('\t', f);
	fputs(kinds[a->kind], f);
	if (a->who)
		fprintf(f, " %s", a->who);
	if (a->what)
		fprintf(f, " %s", a->what);
	put_number(f, "n", a->n);
	put_number(f, "relation", a->relation);
	if (a->peer)
		fprintf(f, " peer=%s", a->peer);
	put_number(f, "cut", a->cut);
	if (a->fault)
		fprintf(f, " fault=%s", a->fault);
	if (a->depth)
		put_number(f, "stop", a->stop);
	putc('\n', f);
}

void
script_put(FILE *f, const struct script *s)
{
	size_t i;

	fprintf(f, "seed %llu\n", (unsigned long long)s->seed);
	for (i = 0; i < s->n; i++)
		if (!s->acts[i].off)
			put_act(f, &s->acts[i]);
}

static bool
read_named(struct act *a, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return false;
	*value++ = '\0';
	if (strcmp(word, "peer") == 0)
		a->peer = value;
	else if (strcmp(word, "fault") == 0)
		a->fault = value;
	else if (strcmp(word, "n") == 0)
		a->n = strtol(value, NULL, 10);
	else if (strcmp(word, "relation") == 0)
		a->relation = strtol(value, NULL, 10);
	else if (strcmp(word, "cut") == 0)
		a->cut = strtol(value, NULL, 10);
	else if (strcmp(word, "stop") == 0)
		a->stop = strtol(value, NULL, 10);
	return true;
}

/* Returns 0, or -1: there is no such act. */
static int
read_act(struct script *s, char *line)
{
	struct act a = {.n = NO_NUMBER, .relation = NO_NUMBER, .cut = NO_NUMBER};
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
	while (a.kind < ACTS && strcmp(kinds[a.kind], word) != 0)
		a.kind++;
	if (a.kind == ACTS)
		return -1;
	while ((word = strtok(NULL, " \n"))) {
		if (read_named(&a, word))
			continue;
		if (!a.who)
			a.who = word;
		else
			a.what = word;
	}
	script_push(s, &a);
	return 0;
}

/* What is used without looking is there. */
static bool
is_whole(const struct act *a)
{
	if (a->kind == ACT_HOOK || a->kind == ACT_ADD_UNIT || a->kind == ACT_ADD_MEMBER ||
	    a->kind == ACT_BREAK)
		return a->who && a->what;
	return a->who || a->kind == ACT_DEPLOY_TD || a->kind == ACT_REMOVE_TD ||
	       a->kind == ACT_ADD_TD || a->kind == ACT_TIME || a->kind == ACT_START ||
	       a->kind == ACT_HEARTBEAT || a->kind == ACT_SETTLE || a->kind == ACT_EXPIRE ||
	       a->kind == ACT_CHECK || a->kind == ACT_ADVISED;
}

int
script_read(struct script *s, FILE *f)
{
	unsigned long number = 0;
	char line[1024];

	while (fgets(line, sizeof line, f)) {
		number++;
		if (read_act(s, line) || (s->n && !is_whole(&s->acts[s->n - 1]))) {
			fprintf(stderr, "simulate: line %lu: no act\n", number);
			return -1;
		}
	}
	return ferror(f) ? -1 : 0;
}

void
script_free(struct script *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free((char *)s->acts[i].who);
		free((char *)s->acts[i].what);
		free((char *)s->acts[i].peer);
		free((char *)s->acts[i].fault);
	}
	free(s->acts);
	*s = (struct script){0};
}

void
script_play(struct world *w, const struct script *s, size_t *i, unsigned depth, long stop)
{
	while (*i < s->n && s->acts[*i].depth >= depth) {
		const struct act *a = &s->acts[*i];

		if (a->depth > depth || a->off) {
			(*i)++;
			continue;
		}
		if (depth && a->stop > stop)
			return;
		if (!world_over(w))
			act_replay(w, s, *i);
		(*i)++;
	}
}
