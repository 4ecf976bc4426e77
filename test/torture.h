/*
 * The parts of the torture: the library that is loaded into a tool (torture.c), the driver
 * (torture-run.c), the scenarios (torture-cases.c) and the commands that tools run
 * (torture-play.sh).
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <stdbool.h>

/* How every token of the scenarios begins. */
#define TORTURE_TOKEN "eyJuYW1lIjoi"

enum { TORTURE_SHORT = 0 }; /* as err: the call does a part of its work */

/* The page of memory that the driver and the library share: what fails, and what came of it. */
struct torture {
	char call[16]; /* the function that fails; "message": write to standard error; "lock" */
	int err;       /* with this errno */
	bool soft;     /* the tool has to survive it */
	bool sticky;   /* and all that follow fail */
	long nth;      /* its call that fails, from 1 */
	long fired;    /* calls that failed so */
	long live;     /* allocations that weren't freed */
	long files;    /* descriptors above 2 that were open at the end */
	long unwiped;  /* allocations that were freed with a token in them */
};

struct file {
	const char *name;
	const char *text;
};

/* What a tool is called with. */
struct scenario {
	const char *name;
	/* It is a consumer's step: what counts is where it gets to when it is run again. */
	bool is_step;
	const char *argv[20]; /* argv[0] is the tool */
	const char *input;    /* NULL: none; the own databag goes to where it has %s */
	const char *env[4];   /* NAME=VALUE */
	struct file files[9]; /* in the work folder to begin with */
	const char *own;      /* the own databag to begin with; NULL: {} */
	int status;	      /* how it ends where nothing fails */
};

/* All of them, scenarios_n. scenarios_fill makes the large inputs of some first. */
extern const struct scenario scenarios[];
extern const unsigned scenarios_n;
void scenarios_fill(void);

#endif
