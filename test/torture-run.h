/*
 * The parts of the torture: cases, the commands that tools run, and the files that both know of.
 */
#ifndef TORTURE_RUN_H
#define TORTURE_RUN_H

#include <stdbool.h>

#include <cjson/cJSON.h>

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

/*
 * Acts as the command of that name: "cluster", one of Juju's hook commands, or an observer. Files
 * are in the current folder: what was called goes to calls, the cluster is in list.json, and
 * made-HOST is there when the cluster has made HOST's token.
 */
int play(const char *name, char *const *args);

/* The whole file as a string that the caller frees; NULL: it can't be read. */
char *slurp(const char *path);

/* Makes the file, or appends to it. */
void spill(const char *path, const char *mode, const char *text);

#endif
