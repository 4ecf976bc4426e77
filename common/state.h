/*
 * What a consumer unit remembers from hook to hook (SPEC "The state file"): the content of the
 * state file. How it is kept on disk is store.h's.
 */
#ifndef TD_STATE_H
#define TD_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "fail.h"
#include "json.h"
#include "map.h"
#include "stepevent.h"
#include "pool.h"

/* The events that a step may put off. */
enum state_event { STATE_JOINED = STEPEVENT_JOINED, STATE_CHANGED = STEPEVENT_CHANGED };

enum { STATE_EVENTS = 2 }; /* so many are these */

struct state {
	bool in_cluster;
	struct map tokens; /* host to token; NULL as token: none any more */
	enum state_event deferred[STATE_EVENTS];
	size_t ndeferred;
	long failed; /* joins that failed in a row */
	long seen;   /* the relation in which a cluster was seen last; -1: none */
	bool left;   /* has been in a cluster that it lost */
	bool unsure; /* may be in the cluster: its daemon could not be asked */
	/* Dates are whole seconds since 1970. */
	long joining;	     /* when a join was begun that may still be under way; 0: none */
	struct map out;	     /* count: when a token for the host was seen first; 0: not kept */
	struct map stranded; /* the same of a row on the list that keeps the host from joining */
	bool there;	     /* it was read, not new */
	bool changed;
	struct json json; /* as read */
	struct pool pool;
};

/* A unit's first state. */
void state_new(struct state *s);

/* Reads it from text (see json_read). Returns 0, or -1 with STATUS_INPUT or STATUS_SYSTEM in f; s
 * is then as new. */
int state_read(struct state *s, char *text, size_t n, const char *name, struct fail *f);

/* Puts s as JSON and a newline, members that state_read didn't know included. */
void state_put(struct buf *b, const struct state *s);

/* Wipes and frees s. */
void state_free(struct state *s);

bool state_is_deferred(const struct state *s, enum state_event event);
void state_defer(struct state *s, enum state_event event);
void state_undefer(struct state *s, enum state_event event);

/* Keeps a copy of token for host. Returns 0, or -1: no memory. */
int state_set_token(struct state *s, const char *host, const char *token);

/* Drops the token of e, an entry of s->tokens; without value it is none. */
void state_drop_token(struct state *s, struct map_entry *e);

/* The unit is in the cluster. */
void state_join(struct state *s);

/* The unit isn't in a cluster any more. Its tokens stay: that cluster may still keep their names.
 */
void state_leave(struct state *s);

void state_set_unsure(struct state *s, bool unsure);
void state_set_joining(struct state *s, long date);

/* Of s->out or s->stranded: keeps the date for host, or drops it (0). Returns 0, or -1: no memory.
 */
int state_set_date(struct state *s, struct map *dates, const char *host, long date);

/* The date kept for host, or 0. */
long state_date(const struct map *dates, const char *host);

void state_set_failed(struct state *s, long failed);
void state_set_seen(struct state *s, long relation);

#endif
