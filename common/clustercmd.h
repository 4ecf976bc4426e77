/*
 * Runs the cluster's command and the observers as processes. These are the consumer_ops of the real
 * step; the simulation has its own.
 */
#ifndef TD_CLUSTERCMD_H
#define TD_CLUSTERCMD_H

#include "arena.h"
#include "consumer.h"
#include "doc.h"
#include "redact.h"
#include "store.h"

/* Arguments. The strings are borrowed. */
struct clustercmd_args {
	const char **s;
	size_t n;
};

struct clustercmd {
	char *const *argv; /* COMMAND ARG...: argc strings */
	size_t argc;
	struct clustercmd_args join_args;
	struct clustercmd_args bootstrap_args;
	const char *observers; /* folder, or NULL */
	double timeout;	       /* seconds for one command; 0: no limit */
	struct store *store;
	struct redact_set tokens; /* cut out of everything that is printed */
	struct arena arena;
};

/*
 * Adds all tokens of the document and the state to c->tokens. Returns 0, or -1 with f filled: no
 * memory, or observers isn't a folder.
 */
int clustercmd_start(
    struct clustercmd *c, const struct doc *d, const struct state *s, struct fail *f);

/* The ops, with c as their ctx. They print action lines on standard output. */
struct consumer_ops clustercmd_ops(struct clustercmd *c);

void clustercmd_free(struct clustercmd *c);

#endif
