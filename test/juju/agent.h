#ifndef JUJU_AGENT_H
#define JUJU_AGENT_H

#include <sys/types.h>

#include "model.h"
#include "text.h"

/* A unit's agent: which hook is next, and running it. A running hook: */
struct running {
	pid_t pid; /* its agent's */
	char *unit;
	struct hook hook;
	char *context;
	int dir; /* the model's */
	unsigned machine;
};

/*
 * The hooks of which any could be the unit's next one, by the rule of resolve.h: one, but for
 * relations, between which the order is open. Returns NULL with *n = 0, or an array to be freed.
 */
struct hook *agent_due(const struct model *m, const struct unit *u, size_t *n);

/* Starts a process that runs the hook, logs what it prints, and ends with its exit status, as a
 * shell gives it. SIGTERM ends both. bin goes first in the hook's PATH. */
void agent_start(
    struct model *m, struct unit *u, const struct hook *h, const char *bin, struct running *r);
/*
 * Commits the hook if it ended well, and sets what is due next; frees what r holds. status: as
 * waitpid has it. Returns the hook's exit status; 1 when the commit failed; -1 when the unit is
 * gone by now.
 */
int agent_finish(struct model *m, struct running *r, int status);

/*
 * Runs a command in a context of the unit's, as juju exec does, and commits what it leaves if it
 * ends in 0. The model is loaded anew after it. Its exit status, as a shell gives it.
 */
int agent_exec(struct model *m, const char *unit, char **argv, const char *bin, struct buf *out,
    struct buf *err);

/* As if the failed hook had done well, but that it never ran. */
void agent_skip(struct model *m, struct unit *u);
/* Leaves the relations that a unit, or relation, on its way out hasn't told the charm about. */
void agent_forget(struct model *m, struct unit *u);

#endif
