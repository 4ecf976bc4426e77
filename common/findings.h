/*
 * Finds each problem in the facts and its remedy, the worst first; and the verdict.
 */
#ifndef TD_FINDINGS_H
#define TD_FINDINGS_H

#include <stddef.h>

#include "arena.h"
#include "facts.h"
#include "fail.h"

enum findings_level {
	FINDINGS_STUCK,	  /* somebody has to do something */
	FINDINGS_WAITING, /* probably settles by itself */
	FINDINGS_NOTE,	  /* keeps no node out */
	FINDINGS_HEALTHY, /* the verdict if there are only notes */
};

/* A problem of one subject. */
struct finding {
	enum findings_level level;
	int kind;			 /* findings of one level are in this order */
	const char *code;		 /* "no-mirror" */
	const struct facts_group *group; /* NULL: none */
	const char *what;
	const char *todo;    /* with TABLE_GLUE for the blanks of commands */
	const char *subject; /* a host, unit, application or relation; NULL: none */
	const char *detail;  /* of the subject, or "" */
};

struct findings {
	enum findings_level level;
	const char *reason; /* in a few words: of the first finding, or that all is well */
	struct finding *list;
	size_t n;
	size_t cap;
	struct arena arena;
};

/* Finds the problems in s, whose strings v borrows. Returns 0, or -1 with f filled: no memory. Call
 * findings_free in both cases. */
int findings_make(struct findings *v, const struct facts *s, struct fail *f);

void findings_free(struct findings *v);

/* How many findings from the i-th on differ only in their subjects. */
size_t findings_same(const struct findings *v, size_t i);

/* "stuck", "waiting", "note" or "healthy". */
const char *findings_level(enum findings_level level);

#endif
