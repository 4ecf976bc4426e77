/*
 * One turn of a consumer: what the unit sees, what it has published so far, and functions to
 * publish more. The decisions are in consumer.c (events, and the permission to bootstrap),
 * membership.c (into the cluster and out of it) and communicator.c (what a member does for others).
 *
 * Workers return 0: go on; TURN_END: the turn ends here with success; -1: it fails, see t->f.
 */
#ifndef TD_TURN_H
#define TD_TURN_H

#include <stdbool.h>

#include "arena.h"
#include "cluster.h"
#include "consumer.h"
#include "map.h"

enum {
	TURN_END = 1,
	TURN_CLIENT_MAX = 30, /* seconds after which the cluster's client gives up, and its daemon
				 goes on */
};

/* What the cluster's list says (td-consumer-step(1), The cluster's list). */
enum turn_list {
	TURN_ROWS,
	TURN_NONE,    /* the daemon is in no cluster, or has only just started */
	TURN_UNKNOWN, /* any other failure: it tells nothing */
};

struct turn {
	const struct doc_view *v;
	const struct doc_relation *r; /* NULL: none */
	enum stepevent event;
	const struct consumer_options *opts;
	const char *hostname; /* this host's name; see also communicator.c, find_name */
	const struct consumer_ops *ops;
	struct state *s;
	struct fail *f;
	/* The distributor is one of these tools, and sets mirror-unit. false: it is the library's,
	 * which gives no permission to bootstrap and renews no token. */
	bool has_mirror_unit;
	/* The unit's databag, with its changes; "" as a value: the key isn't there. */
	struct map own;	     /* its keys, except mirror-HOST */
	struct map shown;    /* mirror-HOST, for each HOST */
	struct map changes;  /* that aren't printed yet */
	struct map data;     /* what the mirrors hold for each host */
	struct map rejected; /* rejected-HOST of the mirrors */
	struct cluster list; /* the last list that had rows */
	enum turn_list answer;
	bool listed;		    /* list and answer are still valid */
	struct consumer_reason why; /* of the last command that failed */
	const char *status;	    /* the last status that was set, or NULL */
	struct buf message;
	struct arena arena; /* memory for strings until the turn ends */
};

/* Reads the unit's own databag and what the mirrors hold. Returns 0 or -1. */
int turn_start(struct turn *t);

void turn_free(struct turn *t);

/* The value of key in the unit's own databag, or "". For mirror-HOST there is turn_shown. */
const char *turn_own(const struct turn *t, const char *key);

/* The value of mirror-HOST in the unit's own databag, or "". */
const char *turn_shown(const struct turn *t, const char *host);

/* If key or mirror-HOST doesn't have that value yet ("": is removed), notes the change in t->own or
 * t->shown, and in t->changes. Returns 0 or -1. */
int turn_change(struct turn *t, const char *key, const char *value);
int turn_show(struct turn *t, const char *host, const char *value);

/* Prints t->changes and empties it. Returns 0 or -1. */
int turn_print(struct turn *t);

/* turn_change and turn_print. */
int turn_set(struct turn *t, const char *key, const char *value);

/* Prints a status, with ": REASON" unless reason is NULL or "". */
int turn_status(struct turn *t, const char *status, const char *message, const char *reason);

int turn_log(struct turn *t, const char *level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints the event and runs its observer. */
int turn_event(struct turn *t, const struct action_event *e);

/* Saves the state. */
int turn_save(struct turn *t);

int turn_defer(struct turn *t, enum stepevent work, const char *reason);

/* Asks for the list, unless t->listed; sets t->answer and, with rows, t->list. Returns 0 or -1. */
int turn_ask(struct turn *t);

/* As turn_ask, but always asks. */
int turn_ask_again(struct turn *t);

/* As turn_ask. While the answer is TURN_NONE, asks again every --poll, up to --pending-timeout: a
 * daemon that has just started gives that answer, too. */
int turn_ask_patiently(struct turn *t);

/* Waits --poll, or until end on the ops' clock if that is sooner. False: end has come already, or
 * this is a dry run, which never waits. */
bool turn_wait(struct turn *t, double end);

/* Is this host on the last list? */
bool turn_on_list(const struct turn *t);

/* Whole seconds since 1970. */
long turn_date(const struct turn *t);

/* Seconds since that date; a date in the future counts as now. */
long turn_age(const struct turn *t, long date);

/* Sets the date of host in dates, as state_set_date. Returns 0 or -1. */
int turn_set_date(struct turn *t, struct map *dates, const char *host, long date);

bool turn_mirrors_say_member(const struct turn *t, const char *host);

/* Is this the token with which host couldn't join? */
bool turn_is_rejected(const struct turn *t, const char *host, const char *token);

#endif
