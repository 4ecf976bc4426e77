/*
 * What the daemon of a microcluster program does and answers. Texts and exit statuses are those of
 * microovn or of microceph, and of microcluster beneath them.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include "store.h"

#include <stdio.h>

enum {
	MAX_OPTIONS = 8,
};

/* One call of the command: where it runs, and what it has to say. */
struct call {
	struct store store;
	int ceph;		 /* microceph, not microovn */
	const char *node;	 /* the machine */
	struct machine *machine; /* its row */
	const char *token_text;	 /* made by add or given to join; NULL: none */
	FILE *out;
	FILE *err;
};

struct option {
	const char *name;
	int has_value;
};

struct command {
	const char *name;
	const char *operand; /* NULL: takes none */
	const char *about;
	struct option options[MAX_OPTIONS];
	int (*run)(struct call *call, const char *operand, const char *const values[]);
};

/* The command of that name (bootstrap, add, join, list, remove), or NULL. */
const struct command *daemon_find(const char *name);

/* Reads the arguments, does it and gives the exit status. FAULT `consume` or `strand` makes a join
 * fail when the cluster has taken the token, `strand` when it has made the member's row too. */
int daemon_run(struct call *call, const struct command *command, char *const args[],
    const struct fault *fault);

/* The command's help, on `out`. */
void daemon_print_help(const struct call *call, const struct command *command);

/* The record of the token with this text, or NULL: no such token was ever made. */
const struct token *daemon_token(const struct call *call, const char *text);

#endif
