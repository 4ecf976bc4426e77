/*
 * What unit documents, and the cluster's own list, tell together of a distributor, its mirrors, its
 * consumers and their hosts. Facts alone: what is wrong with them, verdict.h tells.
 */
#ifndef TD_SURVEY_H
#define TD_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster.h"
#include "doc.h"
#include "map.h"
#include "part.h"
#include "pool.h"

enum survey_kind {
	SURVEY_NONE,
	SURVEY_EMPTY,
	SURVEY_TOKEN,
	SURVEY_MEMBER,
	SURVEY_OTHER, /* neither of these: it can't be handed to join */
};

enum survey_answer { SURVEY_UNKNOWN, SURVEY_NO, SURVEY_YES };

enum survey_mirror_state { SURVEY_UNSET, SURVEY_UP, SURVEY_DOWN };

/* Indices into the arrays below are kept as index + 1; 0 is none. */

/* A value, not empty, that mirrors hold for a host. */
struct survey_value {
	const char *text; /* a secret */
	size_t host;
	enum survey_kind kind;
	size_t mirrors; /* so many of those that count hold it */
	size_t next;	/* of the same host */
	bool decoded;	/* the token is microcluster's, so that what follows is known */
	size_t addresses;
	bool dead;	/* the list has none of its addresses ONLINE */
	size_t cluster; /* which fingerprint it has: a number from 1 */
};

struct survey_unit {
	const char *name;
	const char *app;
	size_t group;
	enum part_side side;
	enum survey_answer leader;
	bool has_view;
	bool listed;	      /* in a distributor's document, in scope or not */
	bool in_scope;	      /* somebody's document, or its own databag, shows it so */
	bool out_of_scope;    /* it is known not to be */
	bool known;	      /* its databag is */
	bool differs;	      /* documents have its databag with different contents */
	const char *hostname; /* or NULL */
	bool member;
	bool ready;			     /* asks for the permission to bootstrap */
	const char *rejected;		     /* ID, or NULL */
	enum survey_mirror_state mirror;     /* in a consumer's databag */
	size_t next;			     /* of the same host */
	const struct survey_unit *next_unit; /* of the same group */
};

/* A unit's databag in a relation: a mirror, if it is a distributor's or has such keys. */
struct survey_mirror {
	size_t unit;
	const char *name; /* the unit's, and its side and group */
	enum part_side side;
	size_t group;
	size_t relation;   /* index + 1 into relations, whose key is its ID, "-1" when not known */
	const cJSON *data; /* NULL: not known */
	bool repeated;	   /* hash is known */
	uint64_t hash;
	enum survey_mirror_state state;
	bool counts; /* for its relation (SPEC "Mirrors") */
	size_t hosts;
	size_t tokens;
	size_t members;
};

struct survey_host {
	const char *name;
	size_t group;
	size_t unit;  /* first of those that publish it */
	size_t value; /* first of the values */
	size_t nvalues;
	size_t held;   /* so many mirrors that count have it, empty included */
	size_t chosen; /* the value that a unit would find, a member's or token's; or none */
	enum survey_kind kind;		     /* of what it would find */
	bool made;			     /* a consumer whose mirror is up holds a token */
	size_t stray;			     /* a consumer that is no mirror holds a token */
	const char *rejected;		     /* ID that the mirrors show, or NULL */
	const struct cluster_member *member; /* or NULL */
	enum survey_answer joined;
	bool unit_says_no; /* a unit that would publish member publishes none */
	bool communicator; /* by the list */
};

struct survey_group {
	const char *distributor;	     /* application, or NULL: not known */
	bool has_view;			     /* a distributor unit's document is here */
	bool complete;			     /* all consumer units are known */
	bool sees_distributor;		     /* a consumer's document shows its units */
	bool mirrors_known;		     /* what the mirrors hold is known, if it is nothing */
	bool remote;			     /* across models */
	size_t counting;		     /* mirrors that count */
	size_t distributors;		     /* its units whose databag is known */
	size_t up;			     /* of these, with mirror up */
	size_t down;			     /* with another value */
	size_t communicators;		     /* consumer units whose mirror is up */
	size_t consumers;		     /* consumer units */
	const struct survey_unit *units;     /* the first of its units */
	const struct survey_mirror *mirrors; /* these and the hosts stand together */
	size_t nmirrors;
	const struct survey_host *hosts;
	size_t nhosts;
	size_t joined;
	bool shared_known;	   /* the distributor application's databag is */
	const char *bootstrap_app; /* these are "" when not set or not known */
	const char *bootstrap_unit;
	const char *bootstrap_host;
	const char *mirror_unit;
	bool tells_members; /* units publish when they are in the cluster */
	bool cluster;	    /* there is one */
	size_t clusters;    /* fingerprints */
};

struct survey {
	struct part_list parts;
	const struct cluster *list; /* or NULL */
	struct survey_group *groups;
	size_t ngroups;
	struct survey_unit *units;
	size_t nunits;
	size_t unit_cap;
	struct map unit_index; /* by group and name; count: index + 1 */
	struct survey_mirror
	    *mirrors; /* by group: the distributor's, then the consumers', by name */
	size_t nmirrors;
	size_t mirror_cap;
	struct map mirror_index;   /* by relation and unit's name, while the survey is made */
	struct map relations;	   /* by group and ID */
	struct survey_host *hosts; /* by group, and naturally by name */
	size_t nhosts;
	size_t host_cap;
	struct map host_index; /* by group and name, while the survey is made */
	struct survey_value *values;
	size_t nvalues;
	size_t value_cap;
	struct map clusters; /* by group and fingerprint; count: number from 1 */
	struct pool pool;
	struct fail *f;
};

/*
 * Takes n documents, narrowed to sel, and list, which may be NULL. All are borrowed. Returns 0, or
 * -1: no memory, in f. survey_free is needed in both cases.
 */
int survey_make(struct survey *s, const struct doc *docs, size_t n, const struct doc_select *sel,
    const struct cluster *list, struct fail *f);

void survey_free(struct survey *s);

/* Is it one of a distributor, or a consumer's that has been communicator? */
bool survey_is_mirror(const struct survey_mirror *m);

/* The unit of that name in the group, or NULL. */
const struct survey_unit *survey_unit(const struct survey *s, size_t group, const char *name);

#endif
