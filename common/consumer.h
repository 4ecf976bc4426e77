/*
 * The consumer's turn: how a node gets into the cluster, and what it does for other nodes then. It
 * decides from the unit document and the state, and acts only through struct consumer_ops.
 */
#ifndef TD_CONSUMER_H
#define TD_CONSUMER_H

#include <stdbool.h>

#include "action.h"
#include "cluster.h"
#include "doc.h"
#include "fail.h"
#include "state.h"
#include "stepevent.h"

/* CONSUMER_REMOVE_DEAD is remove --force, for a member that doesn't answer. */
enum consumer_command {
	CONSUMER_BOOTSTRAP,
	CONSUMER_JOIN,
	CONSUMER_REMOVE_HOST,
	CONSUMER_REMOVE_DEAD,
};

/* Why a cluster command failed. */
struct consumer_reason {
	char text[700]; /* printable, tokens cut out */
	/* list: the daemon says that it is in no cluster, or that it has only just started. false:
	 * nothing is known about the cluster. */
	bool not_initialized;
	bool timed_out;
	bool cut_off; /* it didn't end by itself, so the daemon may go on with what it began */
	bool started; /* the command was started, however it ended */
	bool awaited; /* add: an earlier add for the host may still print its token */
};

/* What a step does outside its own memory. Each op returns 0: done; 1: the command failed, see why;
 * -1: the step fails with f. */
struct consumer_ops {
	void *ctx;
	struct action_out out;
	/* Asks the cluster for its list; c is then the caller's to free. */
	int (*list)(void *ctx, struct cluster *c, struct consumer_reason *why, struct fail *f);
	/* arg: the token for join, the host for remove, else NULL. */
	int (*command)(void *ctx, enum consumer_command command, const char *arg,
	    struct consumer_reason *why, struct fail *f);
	/*
	 * Has the cluster make a token for host. *token is valid (token_valid) and lasts as long as
	 * ctx. It is on disk, in a file of its own, until save has been called with a state that
	 * has it. Also returns 1 if the command printed no token, and with why->awaited.
	 */
	int (*add)(void *ctx, const char *host, const char **token, struct consumer_reason *why,
	    struct fail *f);
	/* Saves the state. Returns 0 or -1. */
	int (*save)(void *ctx, const struct state *s, struct fail *f);
	/* Runs the observer of the event. Returns 0 or -1. */
	int (*observe)(void *ctx, const struct action_event *e, struct fail *f);
	/* Seconds on a clock that never goes back. */
	double (*now)(void *ctx);
	/* Seconds since 1970, for times in the state. */
	double (*date)(void *ctx);
	void (*wait)(void *ctx, double seconds);
};

struct consumer_options {
	const char *hostname;
	const char *command;	/* the cluster's, as an operator types it: "microovn cluster" */
	bool any_app;		/* bootstrap even if the application data has no bootstrap-app */
	bool dry_run;		/* call only list, now and date; log what would run */
	double pending_timeout; /* seconds that the step waits for PENDING members or a daemon */
	double poll;		/* seconds between two lists while it waits */
	long parallel;		/* how many hosts may have a token and not be in yet; 0: no limit */
	bool parallel_given;	/* else parallel is 4, or 10 without mirror-unit */
	double parallel_timeout; /* seconds after which such a host doesn't count any more */
	bool clear_stranded;	 /* remove rows that keep a host from joining */
};

/*
 * Takes one turn of v's unit, with its one relation r (NULL: none). Changes s and saves it. The
 * caller prints the last line (done). Returns 0, or -1 with f filled: an op or out failed, no
 * memory, or STATUS_INPUT because the relation has no ID or lacks the unit's own databag.
 */
int consumer_step(const struct doc_view *v, const struct doc_relation *r, enum stepevent event,
    const struct consumer_options *opts, struct state *s, const struct consumer_ops *ops,
    struct fail *f);

#endif
