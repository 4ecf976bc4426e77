/*
 * The unit document: what juju show-unit prints, and what td-snapshot adds (td-document(5)).
 * Reading it checks every databag, so that what follows need not. Strings belong to the document.
 * Order is document order.
 */
#ifndef TD_DOC_H
#define TD_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"
#include "json.h"

enum { DOC_ID_MAX = 2147483647 }; /* of a relation */

/* A related unit that is in scope. */
struct doc_unit {
	const char *name;
	const cJSON *data; /* its databag, or NULL: none known. Use doc_first and doc_next. */
	bool up;	   /* its "mirror" is "up" */
};

struct doc_relation {
	long id;	   /* -1: not in the document */
	const cJSON *node; /* as the document has it, with what isn't kept here */
	const char *endpoint;
	const char *related_endpoint;
	const char *related_app;     /* NULL: not known */
	const cJSON *app_data;	     /* the other application's databag, or NULL */
	const cJSON *local_app_data; /* the unit's own application's, which td-snapshot gives a
					leader; or NULL */
	const cJSON *local_data;     /* the unit's own databag; NULL: not known */
	size_t place;		     /* in the document's relation-info */
	bool partial;		     /* not all related units are listed */
	bool unknown;		     /* who is related isn't known: see doc_check_known */
	struct doc_unit *units;
	size_t nunits;
	char *derived_app; /* doc.c's own */
	const struct doc_unit
	    *mirror_unit; /* that counts alone (SPEC "Mirrors"), or NULL: all that are up */
};

/* One unit's part of a document. */
struct doc_view {
	const char *unit;
	bool leader;
	bool leader_known;
	struct doc_relation *relations;
	size_t nrelations;
	bool listed;   /* relation-info is there: where it is empty, there is no relation */
	bool narrowed; /* what -r asks for left out others of the same kind */
};

struct doc {
	struct json json;
	struct doc_view *views;
	size_t nviews;
};

/* What -u, -e and -r ask for; all zero: nothing. */
struct doc_select {
	const char *unit;
	const char *endpoint;
	const char *relation; /* "4" or "cluster:4" */
	long id;	      /* of relation, by doc_relation_id */
};

/* Reads a document of any number of units from text (see json_read). -1: STATUS_INPUT or
 * STATUS_SYSTEM in f. */
int doc_read(struct doc *d, char *text, size_t n, const char *name, struct fail *f);

/* As doc_read, of what b holds, which d takes over: b is empty afterwards, also on failure. */
int doc_take(struct doc *d, struct buf *b, const char *name, struct fail *f);

void doc_free(struct doc *d);

/*
 * Do the units that sel asks for have a relation that it asks for? Returns 0; or -1 with
 * STATUS_INPUT and the relations that are there in f: a misspelt name is no missing relation. 0
 * also where sel asks for no relation, where there is no such unit (doc_narrow says so), and where
 * a unit's relations are listed and there is none, as td-snapshot does for its endpoint.
 */
int doc_check_asked(const struct doc *d, const struct doc_select *sel, struct fail *f);

/*
 * Leaves in d the units and relations that sel asks for; without endpoint and relation, all but
 * peer relations. -1 with STATUS_INPUT: no such unit.
 */
int doc_narrow(struct doc *d, const struct doc_select *sel, struct fail *f);

/* The one unit of d; NULL with STATUS_INPUT and the units' names in f when there are several or
 * none. */
struct doc_view *doc_one_unit(struct doc *d, struct fail *f);

/*
 * The one relation of v in *r, or NULL there when it has none. -1 with STATUS_INPUT and the
 * relations in f when there are several.
 */
int doc_one_relation(struct doc_view *v, struct doc_relation **r, struct fail *f);

/*
 * Is it known who is related in r, of v? show-unit of Juju 4.0.0 to 4.0.5 leaves out related-units,
 * and has the own databag, of relations that aren't peer relations. Returns 0, or -1 with
 * STATUS_INPUT and the place in f.
 */
int doc_check_known(const struct doc_view *v, const struct doc_relation *r, struct fail *f);

/*
 * Have all relations of v what a step needs, an ID and the own databag? Returns 0, or -1 with
 * STATUS_INPUT and the place in f.
 */
int doc_check_own(const struct doc_view *v, struct fail *f);

/* Is id what --relation takes? Gives its number in *n, or -1 returned. */
int doc_relation_id(const char *id, long *n);

/* The length of the application's name in a unit's name: up to the '/'. */
size_t doc_app_length(const char *unit);

/* Is app the unit's application? NULL: no. */
bool doc_is_unit_of(const char *unit, const char *app);

/* Does the name come from another model, as the offering side has it? */
bool doc_is_remote(const char *name);

/* The entries of a databag, null ones left out: for (e = doc_first(bag); e; e = doc_next(e))
 * e->string, e->valuestring. */
const cJSON *doc_first(const cJSON *bag);
const cJSON *doc_next(const cJSON *entry);

/* The value of key in the databag, "" when there is none: a walk over the bag. */
const char *doc_get(const cJSON *bag, const char *key);

#endif
