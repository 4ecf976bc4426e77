/*
 * Histories as text: an act a line, what nests in a hook indented by a tab a level, NAME=VALUE for
 * what isn't who and what it is done to. "#" begins a comment.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/memory.h"
#include "sim.h"

/* What an act has: the words after which it is called first, then NAME=VALUE. A text that is NULL
 * and a number that is as in none aren't told. */
static const struct field {
	const char *name;
	size_t at;
	bool number;
} fields[] = {
    {"", offsetof(struct act, name), false},
    {"", offsetof(struct act, who), false},
    {"", offsetof(struct act, what), false},
    {"n=", offsetof(struct act, n), true},
    {"relation=", offsetof(struct act, relation), true},
    {"peer=", offsetof(struct act, peer), false},
    {"cut=", offsetof(struct act, cut), true},
    {"fault=", offsetof(struct act, fault), false},
    {"stop=", offsetof(struct act, stop), true},
};
static const struct act none = {.cut = NO_NUMBER, .stop = NO_NUMBER};

enum { FIELDS = sizeof fields / sizeof *fields };

static long *
number_of(const struct act *a, const struct field *f)
{
	return (long *)((char *)a + f->at);
}

static const char **
text_of(const struct act *a, const struct field *f)
{
	return (const char **)((char *)a + f->at);
}

static const char *
keep(struct script *s, const char *text)
{
	return text ? memory_check(arena_copy(&s->texts, text, strlen(text))) : NULL;
}

static void
push(struct script *s, const struct act *a)
{
	const struct field *f;
	struct act *new;

	s->acts = memory_grow(s->acts, &s->n, sizeof *s->acts);
	new = &s->acts[s->n - 1];
	*new = *a;
	for (f = fields; f < fields + FIELDS; f++)
		if (!f->number)
			*text_of(new, f) = keep(s, *text_of(a, f));
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
put_act(FILE *out, const struct act *a)
{
	const struct field *f;
	unsigned i;

	for (i = 0; i < a->depth; i++)
		putc('\t', out);
	for (f = fields; f < fields + FIELDS; f++) {
		if (f->number ? *number_of(a, f) == *number_of(&none, f) : !*text_of(a, f))
			continue;
		fprintf(out, "%s%s", f == fields ? "" : " ", f->name);
		if (f->number)
			fprintf(out, "%ld", *number_of(a, f));
		else
			fputs(*text_of(a, f), out);
	}
	putc('\n', out);
}

void
script_put(FILE *f, const struct script *s)
{
	size_t i;

	fprintf(f, "seed %llu\n", (unsigned long long)s->seed);
	for (i = 0; i < s->n; i++)
		put_act(f, &s->acts[i]);
}

/* A word is of the field whose name it begins with: those without a name take one each. */
static void
read_word(struct act *a, const char *word)
{
	const struct field *f;
	size_t n;

	for (f = fields; f < fields + FIELDS; f++) {
		n = strlen(f->name);
		if (n ? strncmp(word, f->name, n) != 0 : strchr(word, '=') || *text_of(a, f))
			continue;
		if (f->number)
			*number_of(a, f) = strtol(word + n, NULL, 10);
		else
			*text_of(a, f) = word + n;
		return;
	}
}

/* Returns 0, or -1: there is no such act, or it lacks an operand. */
static int
read_act(struct script *s, char *line)
{
	struct act a = none;
	char *word;
	int operands;

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
	operands = act_operands(a.name);
	if (operands < 0 || (operands > 0 && !a.who) || (operands > 1 && !a.what))
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
