#ifndef JUJU_SETTLE_H
#define JUJU_SETTLE_H

#include "model.h"

struct settle {
	const char *bin;  /* the hook commands' folder */
	const char *unit; /* step: this unit's hook; NULL: any */
	long seed;	  /* -1: none */
	long jobs;	  /* hooks at a time; never two on one machine */
	long max_hooks;
	long max_retries;
	int keep_going;	   /* leave a unit whose hook fails for good, and go on with the others */
	int update_status; /* run update-status everywhere once nothing else is due */
	int verbose;
	char *progress; /* a file or a descriptor's number, which gets the lines of events */
	char *between;	/* a shell command, run after each round */
};

/*
 * Runs hooks until none is due. 0; 1: a hook failed once too often, or there were too many hooks.
 * Without a seed one unit after another runs all that is due for it, so that its changes reach the
 * others in few hooks; with one, any unit may be next, and any relation of it. A round is over when
 * every unit had its turn, or might have had.
 */
int settle_run(struct model *m, const struct settle *options);
/* Runs one hook and prints "UNIT HOOK STATUS". 0, whatever its status; 1: none is due. */
int settle_step(struct model *m, const struct settle *options);

/* No driver begins while this process is there, for it would take its contexts for left ones. */
void settle_stand_aside(struct model *m);

#endif
