/*
 * A consumer's turn while it is taken: what the unit sees, what it has said so far, and the means
 * to say more. The decisions are in consumer.c (events and the permission to bootstrap),
 * membership.c (the unit's own way into the cluster and out of it) and communicator.c (what it does
 * there for the others).
 *
 * Workers return 0: go on; TURN_END: the turn ends here, well; -1: it fails, see t->f.
 */
#ifndef TD_TURN_H
#define TD_TURN_H

#include <stdbool.h>

#include "cluster.h"
#include "consumer.h"
#include "map.h"
#include "pool.h"

enum { TURN_END = 1 };

/* What the cluster's list says (SPEC "What the state file doesn't know, the cluster does"). */
enum turn_list {
	TURN_ROWS,
	TURN_NONE,    /* the daemon is in no cluster, or has only just been started */
	TURN_UNKNOWN, /* any other failure: nothing follows from it */
};

struct turn {
	const struct doc_view *v;
	const struct doc_relation *r; /* NULL: none */
	enum consumer_event event;
	const struct consumer_options *opts;
	const struct consumer_ops *ops;
	struct state *s;
	struct fail *f;
	bool by_unit;	 /* the application data has mirror-unit: "A token's life" holds in full */
	struct map own;	 /* own databag as it is after what was printed; "" as value: not there */
	struct map data; /* what the mirrors say, host by host */
	struct map rejected; /* rejected-HOST of the mirrors */
	struct cluster list; /* the last one that had rows */
	enum turn_list answer;
	bool listed;		    /* list and answer are of the cluster as it is */
	struct consumer_reason why; /* of the last command that failed */
	const char *status;	    /* the last one set, or NULL */
	struct buf message;
	struct pool keys;
};

/* Reads the own databag, and what the mirrors hold. Returns 0 or -1. */
int turn_start(struct turn *t);

void turn_free(struct turn *t);

/* The value of key in the own databag, "" for none. */
const char *turn_own(const struct turn *t, const char *key);

/* The key "mirror-HOST", in memory of the turn's; NULL: no memory. */
const char *turn_mirror_key(struct turn *t, const char *host);

/*
 * Notes in set, and in the own databag, that key becomes value ("": goes), if it isn't so. key NULL
 * is memory that was not to be had. Returns 0 or -1.
 */
int turn_change(struct turn *t, struct map *set, const char *key, const char *value);

/* Prints what set has and empties it; with failed it only empties it. Returns 0, or -1, also when
 * failed. */
int turn_print(struct turn *t, struct map *set, int failed);

/* turn_change and turn_print for one key. */
int turn_set(struct turn *t, const char *key, const char *value);

/* Prints a status, with ": REASON" where there is a reason (NULL or "": none). */
int turn_status(struct turn *t, const char *status, const char *message, const char *reason);

int turn_log(struct turn *t, const char *level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints the event and has it observed. */
int turn_event(struct turn *t, const struct action_event *e);

/* Has the state saved. */
int turn_save(struct turn *t);

int turn_defer(struct turn *t, enum state_event work, const char *reason);

/* The list as it is now, in t->answer, asked for once as long as nothing was done that changes it.
 * Returns 0 or -1. */
int turn_ask(struct turn *t);

/* As turn_ask, anew. */
int turn_ask_again(struct turn *t);

/* As turn_ask, and again every --poll while the answer is TURN_NONE, up to --pending-timeout:
 * a daemon that has just been started gives that answer, too. */
int turn_ask_patiently(struct turn *t);

/* Waits --poll, or until end on the ops' clock if that is sooner. False: it is end already, or a
 * dry run, which never waits. */
bool turn_wait(struct turn *t, double end);

/* Is this host on the list as it was last told? */
bool turn_on_list(const struct turn *t);

/* Whole seconds since 1970. */
long turn_date(const struct turn *t);

/* Seconds since that date; one in the future counts as now. */
long turn_age(const struct turn *t, long date);

bool turn_mirrors_say_member(const struct turn *t, const char *host);

/* Is the token the one that its host couldn't join with? */
bool turn_is_rejected(const struct turn *t, const char *host, const char *token);

#endif
