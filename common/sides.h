/*
 * The relations of unit documents that are between a distributor and its consumers: which they are,
 * on which side of each its document's unit is, and which belong to one distributor.
 */
#ifndef TD_SIDES_H
#define TD_SIDES_H

#include <stdbool.h>
#include <stddef.h>

#include "doc.h"
#include "map.h"
#include "pool.h"

struct facts_relation;

enum side { SIDE_UNKNOWN, SIDE_CONSUMER, SIDE_DISTRIBUTOR };

/* A relation as one unit's document shows it. */
struct sides_relation {
	const struct doc_view *view;
	const struct doc_relation *r;
	const cJSON *related; /* "related-units" of the document, those out of scope too; or NULL */
	const char *app;      /* the view's unit's application */
	const char *distributor; /* the distributor application's name, or NULL: not known */
	const cJSON *shared;	 /* the distributor application's databag, or NULL: not known */
	size_t group;		 /* place of its distributor in groups */
	enum side side;		 /* the view's unit's */
	struct facts_relation *merged; /* facts.c's own */
	bool cross_model;
};

struct sides {
	struct sides_relation *relations;
	size_t n;
	struct map groups; /* distributors' names, "" for one that isn't known */
	struct pool pool;
};

/*
 * Finds those relations in n documents, narrowed to sel, whose strings s borrows. Where sel names
 * no relation, those that are none of a distributor's are passed over. Returns 0, or -1: no memory,
 * in f. sides_free is needed in both cases.
 */
int sides_find(struct sides *s, const struct doc *docs, size_t n, const struct doc_select *sel,
    struct fail *f);

void sides_free(struct sides *s);

enum side sides_other(enum side side);

#endif
