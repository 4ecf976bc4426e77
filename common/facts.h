/*
 * What a unit document and the cluster's list say about a distributor, its mirrors, its consumers
 * and their hosts. findings.h says what is wrong. Where a step works out the same thing, the rule
 * is the step's own: mirror.h and cluster.h have them.
 */
#ifndef TD_FACTS_H
#define TD_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster.h"
#include "doc.h"
#include "map.h"
#include "mirror.h"
#include "sides.h"

/* The kind of a mirrored value. */
enum facts_kind {
	FACTS_NONE,
	FACTS_EMPTY,
	FACTS_TOKEN,
	FACTS_MEMBER,
	FACTS_OTHER, /* none of these: it can't be given to join */
};

enum facts_answer { FACTS_UNKNOWN, FACTS_NO, FACTS_YES };

enum facts_state { FACTS_UNSET, FACTS_DOWN, FACTS_UP };

struct facts_unit {
	const char *name;
	enum side side;
	enum facts_answer leader;
	enum facts_answer in_scope;
	bool hidden;		      /* its document doesn't show the units at the other end */
	bool known;		      /* its databag is known */
	bool differs;		      /* its databag is shown with different contents */
	struct mirror_published says; /* what a consumer publishes */
	enum facts_state mirror;      /* up if it is in any relation */
	struct facts_unit *twin;      /* the next that publishes the same host */
};

/* A relation, put together from all documents. */
struct facts_relation {
	long id;       /* -1: not known */
	char name[24]; /* the ID as text, or "?" */
	/* as a step on a consumer sees it: application-data and the only mirror */
	struct doc_relation seen;
};

/* A unit's databag in a relation. */
struct facts_bag {
	struct facts_unit *unit;
	struct facts_relation *relation;
	struct doc_unit seen; /* as the unit at the other end sees it */
	uint64_t hash;	      /* of its data */
	enum facts_state state;
	bool counts; /* it is one of its relation's mirrors (td-document(5), mirror-unit) */
	size_t hosts;
	size_t tokens;
	size_t members;
};

/* A value that mirrors hold for a host, except "empty". */
struct facts_value {
	const char *text; /* secret */
	enum facts_kind kind;
	size_t mirrors; /* how many mirrors that count hold it */
	bool decoded;	/* the token is microcluster's, and the following is known */
	size_t addresses;
	bool dead;	/* no address is an ONLINE member's on the list */
	size_t cluster; /* the number of its cluster, if it is the first token of that; else 0 */
	struct facts_value *next;
};

struct facts_host {
	const char *name;
	struct facts_unit *unit;    /* the first unit that publishes it */
	struct facts_value *values; /* in the order in which mirrors have them */
	struct facts_value **last;  /* where the next one goes */
	size_t held;		    /* how many mirrors that count have it, also as empty */
	struct facts_value *token;  /* what its unit would join with, or NULL */
	enum facts_kind kind;	    /* of what the mirrors say, as td-find-value has it */
	const char *rejected;	    /* ID of the token that it couldn't join with, or NULL */
	const char *made; /* a token that the distributor is about to mirror, or NULL: a secret */
	const struct facts_unit *stray; /* a consumer whose databag nobody reads holds a token */
	const struct cluster_member *member; /* or NULL */
	enum facts_answer joined;
	enum facts_answer says; /* do its units say that it is in the cluster? */
};

/* A distributor and its consumers. Items of the maps are in document order unless it says
 * otherwise: see facts_item. */
struct facts_group {
	const char *distributor; /* application, or NULL: not known */
	struct map units;	 /* of facts_unit */
	struct map apps;	 /* the consumer applications; no items */
	struct map relations;	 /* of facts_relation, by ID */
	struct map bags;	 /* of facts_bag, by relation and unit; in the order of sides, the
				    distributor first, and names */
	struct map hosts;	 /* of facts_host; in natural order */
	struct map clusters;	 /* the fingerprints of the tokens */
	bool incomplete;	 /* a document of the distributor's doesn't show all units */
	bool complete;		 /* all consumer units are known */
	bool sees_distributor;	 /* a consumer's document shows its units */
	bool hidden;		 /* a document doesn't show the other side's units */
	bool mirrors_known;	 /* it is known what the mirrors hold, even if it is nothing */
	bool remote;		 /* across models */
	bool library;		 /* the distributor is the reference, which renews no token */
	bool trusted;		 /* no mirror that counts is a former leader's */
	size_t counting;	 /* mirrors that count */
	size_t joined;		 /* hosts in the cluster */
	size_t joining;		 /* hosts that have a token and aren't in yet */
	const cJSON *shared; /* the distributor application's databag, one with mirror-unit if any
				has it; or NULL: not known */
	const char *bootstrap_app; /* this and the next three: "": not set or not known */
	const char *bootstrap_unit;
	const char *bootstrap_host;
	const char *mirror_unit;
	bool tells_members;		       /* units publish when they are in the cluster */
	bool cluster;			       /* there is one */
	const struct facts_host *communicator; /* by the list, or NULL */
};

struct facts {
	struct sides sides;
	const struct cluster *list; /* or NULL */
	struct facts_group *groups;
	size_t ngroups;
	struct map online; /* the addresses of the list's ONLINE members */
	bool online_known; /* all of them are in it */
	bool failed;	   /* no memory */
};

/*
 * Collects the facts from d, which is narrowed to sel, and list, which may be NULL. Both are
 * borrowed. Returns 0, or -1 with f filled: no memory. Call facts_free in both cases.
 */
int facts_find(struct facts *s, const struct doc *d, const struct doc_select *sel,
    const struct cluster *list, struct fail *f);

void facts_free(struct facts *s);

/* The i-th item of a group's map, or NULL: it has no more. */
void *facts_item(const struct map *m, size_t i);

/* The kind of a value of mirror-HOST. "": FACTS_NONE. */
enum facts_kind facts_kind_of(const char *value);

/* Is it known that the consumer unit isn't in the relation? */
bool facts_is_out(const struct facts_group *g, const struct facts_unit *u);

#endif
