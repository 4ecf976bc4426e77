/*
 * What the driver (torture-run.c) and the library that it loads into a tool (torture.c) share: one
 * page of memory.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <stdbool.h>

enum torture_call {
	CALL_MALLOC,
	CALL_CALLOC,
	CALL_REALLOC,
	CALL_READ,
	CALL_WRITE,
	CALL_SAY, /* write to standard error */
	CALL_FSYNC,
	CALL_RENAME,
	CALL_OPEN,
	CALL_LOCK,
	CALL_PIPE,
	CALL_SPAWN,
	CALL_WAITPID,
	CALL_WAITID,
	CALL_PSELECT,
	CALL_POLL,
	CALL_UNLINK,
	CALL_FSTAT,
	CALL_STAT,
	CALL_LSEEK,
	CALL_CLOSE,
	CALL_OPENDIR,
	CALL_READDIR,
	CALL_NANOSLEEP,
	CALL_PWRITE,
	CALL_TRUNCATE,
	CALL_SOCKETPAIR,
	CALL_NONE, /* so many kinds */
};

/* How every token of the scenarios begins. */
#define TORTURE_TOKEN "eyJuYW1lIjoi"

enum { TORTURE_SHORT = 0 }; /* as err: the call does a part of its work */

struct torture {
	enum torture_call call; /* the kind that fails */
	long nth;		/* the one of that kind, from 1 */
	int err;		/* with this errno */
	bool sticky;		/* and all that follow */
	long fired;		/* calls that failed so */
	long live;		/* allocations that weren't freed */
	long files;		/* descriptors above 2 that were open at the end */
	long unwiped;		/* allocations that were freed with a token in them */
};

#endif
