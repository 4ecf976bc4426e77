/*
 * What is wrong with the facts, and what to do about it, the worst first; and the verdict.
 */
#ifndef TD_FINDINGS_H
#define TD_FINDINGS_H

#include <stddef.h>

#include "facts.h"
#include "fail.h"
#include "pool.h"

enum findings_level {
	FINDINGS_STUCK,	  /* stays so until somebody does something */
	FINDINGS_WAITING, /* settles by itself, as far as one can tell */
	FINDINGS_NOTE,	  /* no node is missing for it */
	FINDINGS_HEALTHY, /* of the whole: nothing but notes */
};

/* A host, unit, application or relation that a finding is of. */
struct findings_subject {
	const char *name;
	const char *detail; /* or "" */
};

struct finding {
	enum findings_level level;
	int kind;			 /* their order */
	const char *code;		 /* "no-mirror" */
	const struct facts_group *group; /* NULL: none */
	const char *what;
	const char *todo;
	struct findings_subject *subjects;
	size_t n;
	size_t cap;
};

struct findings {
	enum findings_level level;
	const char *reason; /* in a few words: of the first finding, or of the healthy */
	struct finding **list;
	size_t n;
	size_t cap;
	struct pool pool;
};

/* Judges the facts, from which names are borrowed. Returns 0, or -1: no memory, in f. findings_free
 * is needed in both cases. */
int findings_make(struct findings *v, const struct facts *s, struct fail *f);

void findings_free(struct findings *v);

/* "stuck", "waiting", "note" or "healthy". */
const char *findings_level(enum findings_level level);

#endif
