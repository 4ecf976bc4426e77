/*
 * What is wrong with what a survey found, and what to do about it, the worst first.
 */
#ifndef TD_VERDICT_H
#define TD_VERDICT_H

#include <stddef.h>

#include "fail.h"
#include "pool.h"
#include "survey.h"

enum verdict_level {
	VERDICT_STUCK,	 /* stays so until somebody does something */
	VERDICT_WAITING, /* settles by itself, as far as one can tell */
	VERDICT_NOTE,	 /* no node is missing for it */
	VERDICT_HEALTHY, /* of the whole: nothing but notes */
};

/* A host, unit, application or relation that a finding is of. */
struct verdict_subject {
	const char *name;
	const char *detail; /* or "" */
};

struct verdict_finding {
	enum verdict_level level;
	int kind;	  /* their order */
	const char *code; /* the kind's name, "no-mirror" */
	size_t group;
	const char *what;
	const char *todo;
	struct verdict_subject *subjects;
	size_t n;
	size_t cap;
};

struct verdict {
	enum verdict_level level;
	const char
	    *reason; /* in a few words, without subjects, of the first finding or of the healthy */
	struct verdict_finding *findings;
	size_t n;
	size_t cap;
	struct pool pool;
};

/* Judges the survey, from which names are borrowed. Returns 0, or -1: no memory, in f. verdict_free
 * in both cases. */
int verdict_make(struct verdict *v, const struct survey *s, struct fail *f);

void verdict_free(struct verdict *v);

/* "stuck", "waiting", "note" or "healthy". */
const char *verdict_level_name(enum verdict_level level);

#endif
