/*
 * The unit document (td-document(5)) as Juju's hook commands tell it.
 */
#ifndef TD_SNAPSHOT_H
#define TD_SNAPSHOT_H

#include <stdbool.h>

#include "buf.h"
#include "fail.h"

/* What Juju tells a hook in its environment. NULL and "" are the same: not told. */
struct snapshot_hook {
	const char *unit;	 /* JUJU_UNIT_NAME */
	const char *name;	 /* JUJU_HOOK_NAME */
	const char *relation_id; /* JUJU_RELATION_ID */
	const char *remote_unit; /* JUJU_REMOTE_UNIT */
};

/*
 * Asks is-leader, relation-ids, relation-list and relation-get for the unit's relations of the
 * endpoint, and puts the document and a newline into out. With changed, of related units no more
 * than SPEC "td-snapshot" lets -c read. warn is called with a line of text for each relation that
 * is left out. Returns 0, or -1 with STATUS_SYSTEM in f.
 */
int snapshot_take(const struct snapshot_hook *hook, const char *endpoint, bool changed,
    void (*warn)(void *ctx, const char *text), void *ctx, struct buf *out, struct fail *f);

#endif
