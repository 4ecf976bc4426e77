/*
 * The consumer's turn: a node's way into the cluster, and what it does for the others once it is
 * in. The decisions are made here from the unit document and the state; whatever touches the world
 * goes through struct consumer_ops.
 */
#ifndef TD_CONSUMER_H
#define TD_CONSUMER_H

#include <stdbool.h>

#include "action.h"
#include "cluster.h"
#include "doc.h"
#include "stepevent.h"
#include "fail.h"
#include "state.h"

enum consumer_event {
	CONSUMER_INSTALL = STEPEVENT_INSTALL,
	CONSUMER_JOINED = STEPEVENT_JOINED,
	CONSUMER_CHANGED = STEPEVENT_CHANGED,
	CONSUMER_REMOVE = STEPEVENT_REMOVE,
	CONSUMER_RECONCILE = STEPEVENT_RECONCILE,
};

/* CONSUMER_REMOVE_DEAD is a remove with --force, of a member that doesn't answer. */
enum consumer_command {
	CONSUMER_BOOTSTRAP,
	CONSUMER_JOIN,
	CONSUMER_REMOVE_HOST,
	CONSUMER_REMOVE_DEAD,
};

/* Why a command of the cluster's failed. */
struct consumer_reason {
	char text[700]; /* printable, tokens cut out */
	/* of a list: the daemon says that it is in no cluster, or has only just been started (SPEC
	 * "None"); any other failure tells nothing */
	bool not_initialised;
	bool timed_out;
	bool started; /* of a command: it ran, however it ended */
	bool awaited; /* of an add: an earlier one for the host may still print its token */
};

/* What a step acts through. Each returns 0: done; 1: the command failed, see why; -1: the step ends
 * with f. */
struct consumer_ops {
	void *ctx;
	struct action_out out;
	/* Asks the cluster for its list; c is then the caller's to free. */
	int (*list)(void *ctx, struct cluster *c, struct consumer_reason *why, struct fail *f);
	/* arg: the token of a join, the host of a remove, NULL. */
	int (*command)(void *ctx, enum consumer_command command, const char *arg,
	    struct consumer_reason *why, struct fail *f);
	/*
	 * Has the cluster make a token for host. *token is valid (token_valid), lasts as long as
	 * ctx, and is on disk, in a place of its own, until save has been called with a state that
	 * holds it. 1 also when what was printed is no token, and when why->awaited.
	 */
	int (*add)(void *ctx, const char *host, const char **token, struct consumer_reason *why,
	    struct fail *f);
	/* Keeps the state. Returns 0 or -1. */
	int (*save)(void *ctx, const struct state *s, struct fail *f);
	/* Runs the observer of the event. Returns 0 or -1. */
	int (*observe)(void *ctx, const struct action_event *e, struct fail *f);
	/* Seconds on a clock that only goes forward. */
	double (*now)(void *ctx);
	/* Seconds since 1970, for times that are kept. */
	double (*date)(void *ctx);
	void (*wait)(void *ctx, double seconds);
};

struct consumer_options {
	const char *hostname;
	const char *command; /* the cluster's, for operators to type: "microovn cluster" */
	bool any_app;	     /* bootstrap where the application data has no bootstrap-app */
	bool dry_run; /* commands but list, save and observe aren't called; log lines say what would
			 run */
	double pending_timeout; /* seconds, of a wait for what is about to change */
	double poll;		/* seconds, between two lists while it waits */
	long parallel;	     /* hosts that hold a token and aren't in yet, at most; 0: no bound */
	bool parallel_given; /* else parallel is 4, or 10 without mirror-unit */
	double parallel_timeout; /* seconds after which such a host doesn't count any more */
	bool clear_stranded;	 /* removes rows that keep a host from joining */
};

/* The event of that name in *event. Returns 0, or -1: there is none. */
int consumer_event(const char *name, enum consumer_event *event);

/*
 * Takes the turn of v's unit, with its one relation r (NULL: none), and leaves s as it is to be
 * kept, saved. The last line (done) is the caller's to print. Returns 0, or -1 with f filled: by an
 * op or out, for want of memory, or STATUS_INPUT for a relation without ID or own databag.
 */
int consumer_step(const struct doc_view *v, const struct doc_relation *r, enum consumer_event event,
    const struct consumer_options *opts, struct state *s, const struct consumer_ops *ops,
    struct fail *f);

#endif
