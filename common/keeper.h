/*
 * The keeper of what add prints: a process of the step's own that outlives it, so that nothing of
 *it is lost, whatever is killed (SPEC "add outlives the step").
 *
 *	        standard output
 *	add  ---------------------->  keeper  ------> FILE.add-HOST
 *	 |      standard error           ^  (and when the step is gone, standard error into nothing)
 *	 '-----------------> step <------'
 *	                          control: locked; done; its output has ended, or not
 *
 * It is forked before add is started, in a session of its own. It locks FILE.add-HOST (fcntl) and
 * says so; only then add is started. It writes what add prints to the file at once, syncs it, and
 * releases the lock when add's output has ended: that every process has closed it, whatever session
 * it is in. So who finds the file locked knows that a token may still come, and who doesn't, that
 * it is all there. The lock is the keeper's alone: such locks aren't inherited, and a process that
 * closes a file drops its own alone.
 *
 * The step reads standard error itself for as long as it is there; the keeper holds that pipe as
 * well, and reads on when the step is gone, for add would die of SIGPIPE.
 */
#ifndef TD_KEEPER_H
#define TD_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "fail.h"

struct keeper {
	int out;    /* for add's standard output */
	int err[2]; /* the pipe of its standard error, as struct run's err */
	int control;
	pid_t pid;
};

/*
 * Starts a keeper of what comes to k->out for the file that fd is open on, from offset at: no more
 * than a token can be (the rest is read and dropped; what is too long is made invalid by a NUL),
 * without the blanks before it. It ends after so many seconds at the latest. What the file has
 * behind at is room that was reserved; what isn't needed is given back when the output ends, and
 * all but one block of it when the step asks or is gone. Returns 0, or -1 with STATUS_SYSTEM in f.
 */
int keeper_start(struct keeper *k, int fd, off_t at, double seconds, struct fail *f);

enum keeper_end {
	KEEPER_ENDED,  /* the output has ended */
	KEEPER_OPEN,   /* somebody can still print; all until now is in the file, if it answered */
	KEEPER_FAILED, /* the same, but the file can't be written for now */
};

/*
 * The step is done with add, which has ended or has been killed: asks the keeper to write what has
 * come and what is to be expected. With wait, it is given a moment for the end of what was killed.
 * One that doesn't answer within so many seconds (30 at most; 0: 30), as the disk hangs, or that is
 * gone, isn't waited for.
 */
enum keeper_end keeper_end(struct keeper *k, bool wait, double seconds);

#endif
