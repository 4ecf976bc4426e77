/*
 * What the daemon of a microcluster program does and answers. Texts and exit statuses are those of
 * microovn or of microceph, and of microcluster beneath them.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include "../lib/fault.h"
#include "../lib/options.h"
#include "buf.h"
#include "store.h"

#include <cjson/cJSON.h>

/* One call of the command: where it runs, and what it has to say. */
struct call {
	struct store store;
	int ceph;		 /* microceph, not microovn */
	const char *node;	 /* the machine */
	struct machine *machine; /* its row */
	struct options given;
	struct fault fault;	/* that strikes it */
	const char *token_text; /* made by add or given to join; NULL: none */
	long wait;		/* how long the command waits, in ms of the clock */
	long slow;		/* how long the daemon is to need for a join or bootstrap */
	struct buf out;
	struct buf err;
};

struct command {
	const char *name;
	const char *operand; /* NULL: takes none */
	const char *about;
	const char *options; /* as options.h has them */
	int (*run)(struct call *call, const char *operand);
};

/* The command of that name (bootstrap, add, join, list, remove), or NULL. */
const struct command *daemon_find(const char *name);

/* Does a fault of that kind strike? */
int daemon_fault(const struct call *call, const char *kind);

/* Reads the arguments, does it and gives the exit status. Faults that are its own: `consume`,
 * `strand`, `slow`, and `kill-during` of what the daemon goes on with. */
int daemon_run(struct call *call, const struct command *command, char *args[]);

/* The command's help, on `out`. */
void daemon_print_help(struct call *call, const struct command *command);

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

/* The machine's daemon has that cluster from now on, or from when a slow one is done. */
void daemon_enter(struct call *call, int cluster);

/* join.c: what the client, the joiner's daemon and the members that its token names say and do. */
int join_run(struct call *call, const char *text);

/* token.c: join tokens, base64 (RFC 4648, section 4) of JSON. */

/* The text of a token, with the addresses of all members. */
const char *token_text(const struct store *store, const struct token *token);

/* Its JSON; NULL: *fault says what is wrong. */
cJSON *token_parse(const char *text, const char **fault);

/* The record of the token with this JSON, or NULL: no such token was ever made. */
struct token *token_find(const struct store *store, const cJSON *json);

/* show.c: prints members as `json`, `table` or `yaml`; 0 when there is no such format. */
int show_members(
    struct buf *out, const char *format, const struct member *const members[], size_t count);

#endif
