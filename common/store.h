/*
 * The state file on disk. It is locked while a step runs, replaced as a whole, and refused if
 * somebody else could have written it. The files beside it keep a token from the moment that the
 * cluster prints it.
 *
 *	FILE		the state, 0600
 *	FILE.new	the next state, until it is renamed
 *	FILE.lock	the lock (fcntl); stays
 *	FILE.add-HOST	what the command that makes HOST's token has printed (keeper.h)
 *	FILE.add-#HASH	the same for a host whose name would make too long a file name: the host's
 *			name and a newline, then what was printed
 *
 * Its keeper locks FILE.add-HOST (fcntl) until the command's output ends. A locked file is left
 * alone. An unlocked file is complete: the next step takes the token from it, and removes it. If
 * somebody else may have put it there (a link, a folder, a file that others may write to), it is
 * left alone, and no add is run for its host.
 */
#ifndef TD_STORE_H
#define TD_STORE_H

#include <stdbool.h>
#include <sys/types.h>

#include "arena.h"
#include "fail.h"
#include "map.h"
#include "state.h"

struct store {
	const char *path;
	const char *dir;
	const char *base;   /* path without the folder */
	int lock;	    /* -1: none */
	struct map added;   /* hosts whose FILE.add-HOST the next save with their token removes; no
			       value: the file is kept */
	struct arena arena; /* all text */
};

/* What FILE.add-HOST is. */
enum store_add_what {
	STORE_ADD_NEW,	   /* empty: add can be run */
	STORE_ADD_AWAITED, /* locked: an add of an earlier step may still print; or another host's
			    */
	STORE_ADD_PRINTED, /* unlocked, with a token that came since this step began */
};

struct store_add {
	enum store_add_what what;
	const char *path;
	int fd;	  /* -1 if awaited */
	off_t at; /* where in the file the output begins */
};

/*
 * Opens the store at path and locks it. Waits at most timeout seconds for another step; 0: no
 * limit. With lock false (a dry run), the store is only for reading. Returns 0, or -1 with
 * STATUS_SYSTEM in f.
 */
int store_open(struct store *st, const char *path, bool lock, double timeout, struct fail *f);

/*
 * Reads the state; without a file, it is a new one. If others can read the file, and this isn't a
 * dry run, they can't afterwards. Returns 0, or -1 with STATUS_INPUT (damaged) or
 * STATUS_SYSTEM (a link, not ours, writable by others) in f.
 */
int store_read(struct store *st, struct state *s, struct fail *f);

/*
 * Takes the tokens from all unlocked FILE.add-HOST, which steps that were cut off have left, into
 * s, and saves it. Removes those files, also if there is no token in them that is as long as a
 * cluster's (token_is_long). Leaves out files that somebody else may have put there. Returns 0 or
 * -1.
 */
int store_take_added(struct store *st, struct state *s, struct fail *f);

/*
 * Replaces the state file and syncs it. Then removes FILE.add-HOST of each host whose token s has.
 * Returns 0 or -1.
 */
int store_save(struct store *st, const struct state *s, struct fail *f);

/*
 * Opens FILE.add-HOST and sets add->what. If there is none that is locked or has a token, makes a
 * new one, with room for a token, and syncs it. Returns 0 or -1; -1 also if somebody else may have
 * put it there.
 */
int store_add_begin(struct store *st, const char *host, struct store_add *add, struct fail *f);

/*
 * Appends what is in the file to out and closes it. The file stays until a save has the token.
 * Returns 0 or -1.
 */
int store_add_end(
    struct store *st, const char *host, struct store_add *add, struct buf *out, struct fail *f);

/* For a file without a token: removes it; with keep, leaves it, because a token may still come. */
void store_add_drop(struct store *st, const char *host, bool keep);

/* Releases the lock. */
void store_close(struct store *st);

#endif
