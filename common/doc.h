/*
 * The unit document: what juju show-unit prints, and what td-snapshot adds (td-document(5)).
 * Reading it checks every databag, so that later code needn't. Strings belong to the document.
 * Everything is in document order.
 */
#ifndef TD_DOC_H
#define TD_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"
#include "json.h"

enum { DOC_ID_MAX = 2147483647 }; /* the largest relation ID */

/* A related unit that is in scope. */
struct doc_unit {
	const char *name;
	const cJSON *data; /* its databag, or NULL: not known. Use doc_first and doc_next. */
	bool up;	   /* its "mirror" is "up" */
};

struct doc_relation {
	long id;	   /* -1: not in the document */
	const cJSON *node; /* the relation in the document, with all its members */
	const char *endpoint;
	const char *related_endpoint;
	const char *related_app;     /* NULL: not known */
	const cJSON *app_data;	     /* the other application's databag, or NULL */
	const cJSON *local_app_data; /* the own application's databag, from td-snapshot on a
					leader; or NULL */
	const cJSON *local_data;     /* the unit's own databag; NULL: not known */
	size_t place;		     /* index in the document's relation-info */
	bool partial;		     /* not all related units are listed */
	bool unknown;		     /* the related units aren't known: see doc_check_known */
	struct doc_unit *units;
	size_t nunits;
	bool derived_app;		    /* related_app is from a related unit's name */
	const struct doc_unit *mirror_unit; /* the only mirror (td-document(5), bootstrap-app and
					       mirror-unit); NULL: all units that are up are */
};

/* One unit's part of a document. */
struct doc_view {
	const char *unit;
	bool leader;
	bool leader_known;
	struct doc_relation *relations;
	size_t nrelations;
	bool listed;   /* relation-info is there; if it is empty, there is no relation */
	bool narrowed; /* -r left out other relations of the same kind */
};

struct doc {
	struct json json;
	struct doc_view *views;
	size_t nviews;
};

/* What -u, -e and -r ask for. All zero: nothing. */
struct doc_select {
	const char *unit;
	const char *endpoint;
	const char *relation; /* "4" or "cluster:4" */
	long id;	      /* relation's number, from doc_relation_id */
};

/*
 * Reads a document of any number of units from b, which it takes over (see json_take). Returns 0,
 * or -1 with STATUS_INPUT or STATUS_SYSTEM in f.
 */
int doc_take(struct doc *d, struct buf *b, const char *name, struct fail *f);

void doc_free(struct doc *d);

/*
 * Do the units that sel asks for have a relation that it asks for? A misspelt name mustn't look
 * like a missing relation. Returns 0; or -1 with STATUS_INPUT, and the relations that there are, in
 * f. Also 0 if sel asks for no relation, if there is no such unit (doc_narrow fails then), and if a
 * unit has an empty relation-info, as from td-snapshot.
 */
int doc_check_asked(const struct doc *d, const struct doc_select *sel, struct fail *f);

/*
 * Removes from d the units and relations that sel doesn't ask for; if it has no endpoint or
 * relation, the peer relations. Returns 0, or -1 with STATUS_INPUT in f: no such unit.
 */
int doc_narrow(struct doc *d, const struct doc_select *sel, struct fail *f);

/* The only unit of d; NULL, with STATUS_INPUT and the units' names in f, if there are several or
 * none. */
struct doc_view *doc_one_unit(struct doc *d, struct fail *f);

/*
 * Sets *r to the only relation of v, or to NULL if there is none. Returns 0; or -1, with
 * STATUS_INPUT and the relations in f, if there are several.
 */
int doc_one_relation(struct doc_view *v, struct doc_relation **r, struct fail *f);

/*
 * Are the related units of r, a relation of v, known? show-unit of Juju 4.0.0 to 4.0.5 leaves
 * related-units out and prints the own databag, unless r is a peer relation. Returns 0, or -1 with
 * STATUS_INPUT and the place in f.
 */
int doc_check_known(const struct doc_view *v, const struct doc_relation *r, struct fail *f);

/*
 * Do all relations of v have an ID and the unit's own databag? The steps need them. Returns 0, or
 * -1 with STATUS_INPUT and the place in f.
 */
int doc_check_own(const struct doc_view *v, struct fail *f);

/* Sets *n to the number of id, such as "4" or "cluster:4". Returns 0, or -1: it isn't an ID. */
int doc_relation_id(const char *id, long *n);

/* The length of the application's name in a unit's name: up to the '/'. */
size_t doc_app_length(const char *unit);

/* Is app the unit's application? NULL: no. */
bool doc_is_unit_of(const char *unit, const char *app);

/* Do the names of two units end in the same number? Across models an application has several names,
 * but its units keep their numbers. */
bool doc_same_number(const char *unit, const char *other);

/* Is this the name that the offering model gives to a unit or application of another model? */
bool doc_is_remote(const char *name);

/* The entries of a databag, without nulls: for (e = doc_first(bag); e; e = doc_next(e)) use
 * e->string and e->valuestring. */
const cJSON *doc_first(const cJSON *bag);
const cJSON *doc_next(const cJSON *entry);

/* The value of key in the databag, or "". Searches the whole bag. */
const char *doc_get(const cJSON *bag, const char *key);

#endif
