/*
 * Finds the relations between a distributor and its consumers in a unit document: on which side
 * each unit is, and which relations belong to the same distributor.
 */
#ifndef TD_SIDES_H
#define TD_SIDES_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "doc.h"
#include "map.h"

enum side { SIDE_CONSUMER, SIDE_DISTRIBUTOR };

/* A relation as one unit's part of the document shows it. */
struct sides_relation {
	const struct doc_view *view;
	const struct doc_relation *r;
	const char *app;	 /* the application of view's unit */
	const char *distributor; /* the distributor application's name, or NULL: not known */
	const cJSON *shared;	 /* the distributor application's databag, or NULL: not known */
	size_t group;		 /* index of its distributor in groups */
	enum side side;		 /* of view's unit */
	bool cross_model;
	unsigned traits; /* for sides.c only, like the next four */
	int weight;
	bool sure;
	struct sides_end *own;
	struct sides_end *related;
};

struct sides {
	struct sides_relation *relations;
	size_t n;
	struct map groups; /* the distributors' names; "": not known */
	struct map ends;   /* for sides.c only */
	struct arena arena;
};

/*
 * Finds those relations in d, which is narrowed to sel. s borrows its strings. If sel names no
 * relation, relations without a distributor are ignored. Returns 0, or -1 with f filled: no memory.
 * Call sides_free in both cases.
 */
int sides_find(struct sides *s, const struct doc *d, const struct doc_select *sel, struct fail *f);

void sides_free(struct sides *s);

#endif
