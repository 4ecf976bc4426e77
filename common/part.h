/*
 * The relations of one or several unit documents that are between a distributor and its consumers:
 * which they are, from which side each is seen, and which belong together.
 */
#ifndef TD_PART_H
#define TD_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "doc.h"
#include "pool.h"

enum part_side { PART_UNKNOWN, PART_CONSUMER, PART_DISTRIBUTOR };

/* A relation as one unit's document shows it. */
struct part {
	const struct doc_view *view;
	const struct doc_relation *r;
	const cJSON *related; /* "related-units" of the document, those out of scope too; or NULL */
	const char *app;      /* the view's unit's application */
	enum part_side side;  /* the view's unit's */
	size_t group;	      /* index into part_list's groups */
	const cJSON *shared;  /* the distributor application's databag, or NULL: not known */
	const char *distributor; /* the distributor application's name, or NULL: not known */
	bool snapshot;		 /* made by td-snapshot */
	bool cross_model;
	bool related_known; /* the related units that it shows are all that are in scope */
};

/* A distributor, with all that relates to it. */
struct part_group {
	const char *distributor; /* its application's name, or NULL: not known */
	bool remote;		 /* consumers of other models relate to it */
	bool has_view;		 /* a document of one of its units is here */
};

struct part_list {
	struct part *parts;
	size_t n;
	struct part_group *groups;
	size_t ngroups;
	struct pool pool;
};

/*
 * Finds the parts in n documents, narrowed to sel, whose related units in scope and databags they
 * borrow. Where sel names no relation, those that are none of a distributor's are passed over.
 * Returns 0, or -1: no memory, in f.
 */
int part_find(struct part_list *l, const struct doc *docs, size_t n, const struct doc_select *sel,
    struct fail *f);

void part_free(struct part_list *l);

/* The application of a unit: a copy of the name up to "/", l's own. NULL: no memory. */
const char *part_app(struct part_list *l, const char *unit);

#endif
