/*
 * The state file on disk: locked while a step runs, replaced as a whole, refused when somebody else
 *could have written it; and the files beside it that keep a token from the moment that the cluster
 *prints it.
 *
 *	FILE		the state, 0600
 *	FILE.new	the next one, until it is renamed
 *	FILE.lock	the lock (fcntl); stays
 *	FILE.add-HOST	standard output of the command that makes HOST's token
 */
#ifndef TD_STORE_H
#define TD_STORE_H

#include <stdbool.h>

#include "fail.h"
#include "pool.h"
#include "state.h"

struct store {
	char *path;
	char *dir;
	int lock;	   /* -1: none */
	double orphan;	   /* seconds that an add may go on after its step was killed */
	struct pool added; /* FILE.add-HOST whose tokens the next save keeps */
};

/* What FILE.add-HOST is. */
enum store_add {
	STORE_ADD_NEW,	   /* empty, for the output of an add to come */
	STORE_ADD_AWAITED, /* the same, but an add whose step was killed may still print to it */
	STORE_ADD_PRINTED, /* the output of such an add */
};

/*
 * Opens the store at path and locks it, waiting timeout seconds at most for another step; with lock
 * false (a dry run) it is only for reading. Returns 0, or -1 with STATUS_SYSTEM in f.
 */
int store_open(struct store *st, const char *path, bool lock, double timeout, struct fail *f);

/*
 * Reads the state, a new one where there is no file. -1 with STATUS_INPUT (damaged) or
 * STATUS_SYSTEM (a link, not ours, writable by others) in f.
 */
int store_read(struct store *st, struct state *s, struct fail *f);

/* Takes the tokens in FILE.add-HOST, left by a step that was cut off, into s, and saves it. Returns
 * 0 or -1. */
int store_take_added(struct store *st, struct state *s, struct fail *f);

/* Replaces the state file, on disk when this returns, and removes FILE.add-HOST of the tokens in
 * it. Returns 0 or -1. */
int store_save(struct store *st, const struct state *s, struct fail *f);

/*
 * Opens FILE.add-HOST, on disk with room for a token when this returns: a new one, unless one is
 * there that an earlier add may still print its token to, or has by now; *what tells. The
 * descriptor, or -1.
 */
int store_add_begin(struct store *st, const char *host, enum store_add *what, struct fail *f);

/*
 * Appends to out what was written to it and closes fd; it stays until the next save. Returns 0 or
 * -1.
 */
int store_add_end(struct store *st, const char *host, int fd, struct buf *out, struct fail *f);

/* There is no token in it: removes it, or, with keep, leaves it to what may still print to it. */
void store_add_drop(struct store *st, const char *host, bool keep);

/* Releases the lock. */
void store_close(struct store *st);

#endif
