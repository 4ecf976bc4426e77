/*
 * Finds the units whose documents td-status needs, in the output of juju status --format json
 * (cmd/juju/status/formatted.go) of Juju 2.9 to 4.
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
	struct map names; /* the units, in document order; value: the charm's name, or "" if the
			     status has none */
	struct map apps;  /* for units.c only */
};

/* Which units to find. */
struct units_ask {
	bool all;	   /* every unit */
	char *const *apps; /* the units of these applications and of those related to them */
	size_t napps;	   /* 0: the units of applications related over worker-cluster */
};

/*
 * Finds the units in n bytes of text (see json_read). A subordinate comes after its principal. Each
 * unit's name is APPLICATION/NUMBER, as Juju names units, and a charm's name has only letters,
 * digits and hyphens. So both are safe to print and to use as words of a shell.
 *
 * Juju 2.9 doesn't print a relation's interface. Such a relation counts if one end has the
 * distributor's charm or the endpoint microcluster-cluster. If there is none, and nothing else is
 * found, all relations between different applications count: td-status ignores those without a
 * distributor.
 *
 * Returns 0, also if there is no such unit; or -1 with STATUS_INPUT or STATUS_SYSTEM in f: the text
 * isn't such a status, or an application of ask isn't in it.
 */
int units_find(struct units *u, char *text, size_t n, const char *name, const struct units_ask *ask,
    struct fail *f);

void units_free(struct units *u);

#endif
