/*
 * The cluster's command and the observers as processes: what a consumer's step acts through when it
 * isn't simulated.
 */
#ifndef TD_COMMAND_H
#define TD_COMMAND_H

#include "consumer.h"
#include "cut.h"
#include "doc.h"
#include "pool.h"
#include "store.h"

/* Arguments, borrowed. */
struct command_args {
	const char **s;
	size_t n;
};

struct command {
	char *const *argv; /* COMMAND ARG..., argc of them */
	size_t argc;
	struct command_args join_args;
	struct command_args bootstrap_args;
	const char *observers; /* folder, or NULL */
	double timeout;	       /* seconds, for one command; 0: none */
	struct store *store;
	struct token_set tokens; /* cut out of what is passed on */
	struct pool pool;
};

/*
 * Makes all tokens known that the document and the state hold. Returns 0, or -1 with f filled: no
 * memory, or observers is no folder.
 */
int command_start(struct command *c, const struct doc *d, const struct state *s, struct fail *f);

/* The ops over c, which prints action lines on standard output. */
struct consumer_ops command_ops(struct command *c);

void command_free(struct command *c);

#endif
