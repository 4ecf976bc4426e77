/*
 * Makes the unit document (td-document(5)) from what Juju's hook commands print.
 */
#ifndef TD_SNAPSHOT_H
#define TD_SNAPSHOT_H

#include <stdbool.h>

#include "buf.h"
#include "fail.h"

/* A hook's environment. NULL or "": not set. */
struct snapshot_hook {
	const char *unit;	 /* JUJU_UNIT_NAME */
	const char *name;	 /* JUJU_HOOK_NAME */
	const char *relation_id; /* JUJU_RELATION_ID */
	const char *remote_unit; /* JUJU_REMOTE_UNIT */
};

/*
 * Asks is-leader, relation-ids, relation-list and relation-get for the unit's relations of the
 * endpoint, and when all is read, puts the document and a newline into out. With changed, reads
 * only those related units that td-snapshot(1) names at -c. Calls warn with one line of text
 * for each relation that Juju refuses. Returns 0, or -1 with STATUS_SYSTEM in f.
 */
int snapshot_take(const struct snapshot_hook *hook, const char *endpoint, bool changed,
    void (*warn)(void *ctx, const char *text), void *ctx, struct buf *out, struct fail *f);

#endif
