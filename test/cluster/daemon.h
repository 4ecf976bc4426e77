/*
 * What the daemon of a microcluster program does and answers. Texts and exit statuses are those of
 * microovn or of microceph, and of microcluster beneath them.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include "store.h"

#include "buf.h"

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
	long wait;		 /* how long the command waits, in ms of the clock */
	long slow;		 /* how long the daemon is to need for a join or bootstrap */
	struct buf out;
	struct buf err;
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

/* Reads the arguments, does it and gives the exit status. Faults that are its own: `consume`,
 * `strand`, `slow`, and `kill-during` of what the daemon goes on with. */
int daemon_run(struct call *call, const struct command *command, char *const args[],
    const struct fault *fault);

/* The command's help, on `out`. */
void daemon_print_help(struct call *call, const struct command *command);

/* The record of the token with this text, or NULL: no such token was ever made. */
const struct token *daemon_token(const struct call *call, const char *text);

/* The rest is what the commands have in common. */

/* Error: FORMAT on standard error. Gives 1. */
__attribute__((format(printf, 2, 3))) int daemon_refuse(struct call *call, const char *format, ...);

/* The client has waited for its daemon as long as it does. */
int daemon_refuse_late(struct call *call);

/* ADDRESS:PORT of a machine; see memory_brief */
const char *daemon_address(const struct call *call, const struct machine *machine);

/* Why nothing answers at ADDRESS, as connect(2) has it. */
const char *daemon_connect_fault(struct call *call, const char *address);

/* Whether bootstrap or join may begin; else says why not. */
int daemon_is_new(struct call *call);

#endif
