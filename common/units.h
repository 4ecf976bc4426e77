/*
 * The units of a model whose documents td-status needs, found in what juju status --format json
 * prints (cmd/juju/status/formatted.go), of Juju 2.9 to 4.
 */
#ifndef TD_UNITS_H
#define TD_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"
#include "json.h"
#include "map.h"

struct units {
	struct json json;
	struct map names; /* the units' names in document order, with their charms' as values, ""
			     where the status has none */
	struct map apps;  /* units.c's own */
};

/* What is asked for. */
struct units_ask {
	bool all;	   /* every unit */
	char *const *apps; /* the units of these napps applications and of what relates to them */
	size_t napps;	   /* 0: of those that are related over worker-cluster */
};

/*
 * Finds the units in n bytes of text (see json_read); a subordinate is after its principal. Each
 * name is one that Juju gives, APPLICATION/NUMBER, and a charm's is of letters, digits and hyphens,
 * so that both may be printed and handed to a shell's words.
 *
 * Where Juju doesn't tell a relation's interface, as 2.9 doesn't, the relation counts if it has the
 * distributor's charm or its endpoint microcluster-cluster at one end; where none has, and nothing
 * else is found, all relations between different applications count: td-status passes over those
 * that aren't a distributor's.
 *
 * Returns 0, also with no unit found, or -1 with STATUS_INPUT or STATUS_SYSTEM in f: the text isn't
 * such a status, or has no application of a name that is asked for.
 */
int units_find(struct units *u, char *text, size_t n, const char *name, const struct units_ask *ask,
    struct fail *f);

void units_free(struct units *u);

#endif
