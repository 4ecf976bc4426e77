/*
 * Runs the cluster's command and the observers as processes. These are the consumer_ops of the real
 * step; the simulation has its own.
 */
#ifndef TD_COMMAND_H
#define TD_COMMAND_H

#include "consumer.h"
#include "cut.h"
#include "doc.h"
#include "pool.h"
#include "store.h"

/* Arguments. The strings are borrowed. */
struct command_args {
	const char **s;
	size_t n;
};

struct command {
	char *const *argv; /* COMMAND ARG...: argc strings */
	size_t argc;
	struct command_args join_args;
	struct command_args bootstrap_args;
	const char *observers; /* folder, or NULL */
	double timeout;	       /* seconds for one command; 0: no limit */
	struct store *store;
	struct token_set tokens; /* cut out of everything that is printed */
	struct pool pool;
};

/*
 * Adds all tokens of the document and the state to c->tokens. Returns 0, or -1 with f filled: no
 * memory, or observers isn't a folder.
 */
int command_start(struct command *c, const struct doc *d, const struct state *s, struct fail *f);

/* The ops, with c as their ctx. They print action lines on standard output. */
struct consumer_ops command_ops(struct command *c);

void command_free(struct command *c);

#endif
