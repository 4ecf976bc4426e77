/*
 * What the driver (torture-run.c) and the library that it loads into a tool (torture.c) share: one
 * page of memory.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <stdbool.h>

/* How every token of the scenarios begins. */
#define TORTURE_TOKEN "eyJuYW1lIjoi"

enum { TORTURE_SHORT = 0 }; /* as err: the call does a part of its work */

struct torture {
	char call[16]; /* the function that fails; "message": write to standard error; "lock" */
	long nth;      /* its call that fails, from 1 */
	int err;       /* with this errno */
	bool sticky;   /* and all that follow */
	long fired;    /* calls that failed so */
	long live;     /* allocations that weren't freed */
	long files;    /* descriptors above 2 that were open at the end */
	long unwiped;  /* allocations that were freed with a token in them */
};

#endif
