#ifndef JUJU_AGENT_H
#define JUJU_AGENT_H

#include <sys/types.h>

#include "buf.h"
#include "model.h"

/* A unit's agent: which hook is next, and running it. A running hook: */
struct run {
	char unit[ROW_NAME];
	struct hook hook;
	char *context;
	unsigned machine;
	pid_t pid;
	int fd; /* what the hook prints */
	struct buf line;
};

/*
 * The hooks of which any could be the unit's next one, by the rule of resolve.h: one, but for
 * relations, between which the order is open. Returns NULL with *n = 0, or an array to be freed.
 */
struct hook *agent_due(const struct model *m, const struct unit *u, size_t *n);

/* Starts the hook in a process group of its own; bin goes first in its PATH. */
void agent_start(
    struct model *m, struct unit *u, const struct hook *h, const char *bin, struct run *r);
/* Passes on what there is to read to the log. */
void agent_output(struct model *m, struct run *r);
/*
 * Commits the hook if it ended well, and sets what is due next; frees what r holds. The hook's
 * exit status, as a shell gives it; 1 when the commit failed; -1 when the unit is gone by now.
 */
int agent_finish(struct model *m, struct run *r, int status);

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
