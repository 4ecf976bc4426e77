/*
 * The keeper: a process of the step that saves the output of add. It outlives the step, so that the
 * token isn't lost, whatever is killed (td-document(5), FILE.add-HOST).
 *
 *	        standard output
 *	add  ---------------------->  keeper  ------> FILE.add-HOST
 *	 |      standard error           ^  (and when the step is gone, standard error into nothing)
 *	 '-----------------> step <------'
 *	                          control: locked; done; its output has ended, or not
 *
 * It is forked before add starts, in a session of its own. It locks FILE.add-HOST (fcntl) and tells
 * the step, which starts add only then. The keeper writes what add prints to the file at once, and
 * syncs it. It releases the lock when add's output has ended: when every process has closed it, in
 * any session. So a locked file means that a token may still come; an unlocked file is complete.
 * Only the keeper has the lock: such locks aren't inherited, and a process that closes the file
 * drops only its own locks.
 *
 * The step reads add's standard error itself. The keeper holds that pipe, too, and reads on when
 * the step is gone; otherwise add would die of SIGPIPE.
 */
#ifndef TD_KEEPER_H
#define TD_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "fail.h"

struct keeper {
	int out;    /* for add's standard output */
	int err[2]; /* the pipe of its standard error, for struct run's err */
	int control;
	pid_t pid;
};

/*
 * Starts a keeper that writes what comes to k->out to the file at fd, from offset at. It leaves out
 * blanks at the start, and reads and drops what is more than a token can have; a NUL then makes the
 * text invalid. It ends after that many seconds at the latest. What is in the file after at is
 * reserved room. What isn't needed of it is given back when the output ends. When the step asks or
 * has ended, up to 4 KiB stay reserved. Returns 0, or -1 with STATUS_SYSTEM in f.
 */
int keeper_start(struct keeper *k, int fd, off_t at, double seconds, struct fail *f);

enum keeper_end {
	KEEPER_ENDED = 'e', /* the output has ended */
	KEEPER_BLANK = 'b', /* more may be printed; what came is in the file, and a blank ends it */
	KEEPER_OPEN = 'o',  /* more may be printed, and what came last may be a part of a word */
	KEEPER_FAILED = 'f', /* as KEEPER_OPEN, but what came isn't all in the file yet */
};

/*
 * Call this when add has ended or was killed. Asks the keeper to write what has come, and whether
 * more may come. With wait, gives processes that were killed a moment to end. Waits for the answer
 * that many seconds, but 30 at most (0: 30): a disk may hang, and the keeper with it.
 */
enum keeper_end keeper_end(struct keeper *k, bool wait, double seconds);

#endif
