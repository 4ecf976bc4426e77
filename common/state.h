/*
 * What a consumer unit remembers from hook to hook: the content of the state file (td-document(5),
 * The state file). store.h keeps the file on disk.
 */
#ifndef TD_STATE_H
#define TD_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "fail.h"
#include "json.h"
#include "map.h"
#include "stepevent.h"

enum { STATE_EVENTS = 2 }; /* how many events a step may defer */

struct state {
	bool in_cluster;
	struct map tokens; /* host to token; NULL: dropped */
	enum stepevent deferred[STATE_EVENTS];
	size_t ndeferred;
	long failed; /* joins that failed in a row */
	long seen;   /* ID of the relation in which a cluster was seen last; -1: none */
	bool left;   /* has been in a cluster that it lost */
	bool unsure; /* may be in the cluster: its daemon couldn't be asked */
	/* While a step waits for PENDING members: the message of the status that is to come back.
	 * Else NULL. */
	const char *waiting;
	/* Dates are whole seconds since 1970. */
	long joining;		/* when a join began that may still run; 0: none */
	struct map token_dates; /* count: when a token for the host was first seen; 0: never */
	struct map stranded; /* count: when a row was first seen that keeps the host from joining */
	bool there;	     /* there was a state file */
	bool changed;
	struct json json; /* as read */
	struct arena arena;
};

/* The state of a unit that has no state file. */
void state_new(struct state *s);

/* Reads the state from text (see json_read). Returns 0, or -1 with STATUS_INPUT or STATUS_SYSTEM in
 * f; s is then as after state_new. */
int state_read(struct state *s, char *text, size_t n, const char *name, struct fail *f);

/* Puts s as JSON and a newline, with the members that state_read didn't know. */
void state_put(struct buf *b, const struct state *s);

/* Wipes and frees s. */
void state_free(struct state *s);

bool state_is_deferred(const struct state *s, enum stepevent event);
void state_defer(struct state *s, enum stepevent event);
void state_undefer(struct state *s, enum stepevent event);

/* Saves a copy of token for host in s, and drops the date that s->token_dates has of an older
 * token. Returns 0, or -1: no memory. */
int state_set_token(struct state *s, const char *host, const char *token);

/* Drops the token of e, an entry of s->tokens. */
void state_drop_token(struct state *s, struct map_entry *e);

/* The unit is in the cluster. */
void state_join(struct state *s);

/* The unit isn't in a cluster any more. Its tokens stay: the cluster may still know them, and would
 * make no others for their hosts. */
void state_leave(struct state *s);

void state_set_unsure(struct state *s, bool unsure);

/* Keeps a copy of message as s->waiting; NULL drops it. Returns 0, or -1: no memory. */
int state_set_waiting(struct state *s, const char *message);

void state_set_joining(struct state *s, long date);

/* Sets the date of host in dates, which is s->token_dates or s->stranded; 0 drops it. Returns 0, or
 * -1: no memory. */
int state_set_date(struct state *s, struct map *dates, const char *host, long date);

/* Takes now for each date that is later: the clock has been set back since. */
void state_limit_dates(struct state *s, long now);

/* The date of host, or 0. */
long state_date(const struct map *dates, const char *host);

void state_set_failed(struct state *s, long failed);
void state_set_seen(struct state *s, long relation);

#endif
