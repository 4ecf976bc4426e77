/*
 * The state file on disk: locked while a step runs, replaced as a whole, refused when somebody else
 * could have written it; and the files beside it that keep a token from the moment that the cluster
 * prints it.
 *
 *	FILE		the state, 0600
 *	FILE.new	the next one, until it is renamed
 *	FILE.lock	the lock (fcntl); stays
 *	FILE.add-HOST	what the command that makes HOST's token has printed (keeper.h)
 *	FILE.add-#HASH	the same for a host whose name would make too long a file name: the host's
 *			name and a newline, then what was printed
 *
 * FILE.add-HOST is locked (fcntl) by its keeper until the command's output ends. One that is locked
 * is left alone. One that isn't is complete: the next step takes the token in it, and removes it.
 * What stands there and is none of ours (a link, a folder, writable by others) is left as it is,
 * and so is its host: no add is run for it.
 */
#ifndef TD_STORE_H
#define TD_STORE_H

#include <stdbool.h>
#include <sys/types.h>

#include "fail.h"
#include "pool.h"
#include "state.h"

struct store {
	char *path;
	char *dir;
	int lock; /* -1: none */
	struct pool
	    added; /* hosts whose FILE.add-HOST is to be removed once a save has kept the token */
};

/* FILE.add-HOST. */
enum store_add_what {
	STORE_ADD_NEW,	   /* empty, for the output of an add to come */
	STORE_ADD_AWAITED, /* locked: what an earlier step ran for the host may still print */
	STORE_ADD_PRINTED, /* unlocked, with a token that came since this step began */
};

struct store_add {
	enum store_add_what what;
	int fd;	  /* -1 if it is awaited */
	off_t at; /* where in the file the output begins */
};

/*
 * Opens the store at path and locks it, waiting timeout seconds at most for another step (0: for as
 * long as it takes); with lock false (a dry run) it is only for reading. Returns 0, or -1 with
 * STATUS_SYSTEM in f.
 */
int store_open(struct store *st, const char *path, bool lock, double timeout, struct fail *f);

/*
 * Reads the state, a new one where there is no file. -1 with STATUS_INPUT (damaged) or
 * STATUS_SYSTEM (a link, not ours, writable by others) in f.
 */
int store_read(struct store *st, struct state *s, struct fail *f);

/*
 * Takes the tokens in FILE.add-HOST that isn't locked, left by a step that was cut off, into s, and
 * saves it. What isn't long enough to be a cluster's token (token_is_long) is removed; what is none
 * of ours is left out. Returns 0 or -1.
 */
int store_take_added(struct store *st, struct state *s, struct fail *f);

/*
 * Replaces the state file, on disk when this returns, and removes FILE.add-HOST of each host whose
 * token s has. Returns 0 or -1.
 */
int store_save(struct store *st, const struct state *s, struct fail *f);

/*
 * Opens FILE.add-HOST, on disk with room for a token when this returns: a new one, unless one is
 * there that is awaited, or has a token by now; add->what tells. Returns 0, or -1, also where what
 * is there is none of ours or can't be looked at.
 */
int store_add_begin(struct store *st, const char *host, struct store_add *add, struct fail *f);

/*
 * Appends to out what was written to it and closes it; it stays until a save has kept the token.
 * Returns 0 or -1.
 */
int store_add_end(
    struct store *st, const char *host, struct store_add *add, struct buf *out, struct fail *f);

/* There is no token in it: removes it, or, with keep, leaves it to what may still print to it. */
void store_add_drop(struct store *st, const char *host, bool keep);

/* Releases the lock. */
void store_close(struct store *st);

#endif
