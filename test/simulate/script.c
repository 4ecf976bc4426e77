/*
 * Histories as text: an act a line, what nests in a hook indented by a tab a level, NAME=VALUE for
 * what isn't who and what it is done to. "#" begins a comment.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/memory.h"
#include "sim.h"

static const char *
keep(struct script *s, const char *text)
{
	return text ? memory_check(arena_copy(&s->texts, text, strlen(text))) : NULL;
}

static void
push(struct script *s, const struct act *a)
{
	struct act *new;

	s->acts = memory_grow(s->acts, &s->n, sizeof *s->acts);
	new = &s->acts[s->n - 1];
	*new = *a;
	new->name = keep(s, a->name);
	new->who = keep(s, a->who);
	new->what = keep(s, a->what);
	new->peer = keep(s, a->peer);
	new->fault = keep(s, a->fault);
}

void
script_add(struct world *w, const struct act *a)
{
	struct act new = *a;

	if (!w->record)
		return;
	new.depth = (unsigned)w->depth;
	new.stop = w->depth ? w->stop : NO_NUMBER;
	push(w->record, &new);
}

void
script_add_fault(struct script *s, size_t i, const char *text)
{
	const char *old = s->acts[i].fault;

	s->acts[i].fault = keep(s, memory_brief("%s%s%s", old ? old : "", old ? "," : "", text));
}

static void
put_text(FILE *f, const char *name, const char *text)
{
	if (text)
		fprintf(f, " %s%s", name, text);
}

static void
put_number(FILE *f, const char *name, long n, long none)
{
	if (n != none)
		fprintf(f, " %s%ld", name, n);
}

static void
put_act(FILE *f, const struct act *a)
{
	for (unsigned i = 0; i < a->depth; i++)
		putc('\t', f);
	fputs(a->name, f);
	put_text(f, "", a->who);
	put_text(f, "", a->what);
	put_number(f, "n=", a->n, 0);
	put_number(f, "relation=", a->relation, 0);
	put_text(f, "peer=", a->peer);
	put_number(f, "cut=", a->cut, NO_NUMBER);
	put_text(f, "fault=", a->fault);
	put_number(f, "stop=", a->stop, NO_NUMBER);
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
	struct act a = {.cut = NO_NUMBER, .stop = NO_NUMBER};
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
	if (!act_is_whole(&a))
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
		if (read_act(s, line)) {
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
	const struct act *a;

	for (; *i < s->n && s->acts[*i].depth >= depth; ++*i) {
		a = &s->acts[*i];
		if (a->depth > depth)
			continue;
		if (depth && a->stop > stop)
			return;
		if (!world_over(w))
			act_perform(w, &s->acts[*i]);
	}
}
