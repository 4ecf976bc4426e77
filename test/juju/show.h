#ifndef JUJU_SHOW_H
#define JUJU_SHOW_H

#include <cjson/cJSON.h>

#include "bag.h"
#include "model.h"

/*
 * Nothing here frees memory: the command is over soon.
 *
 * What "juju show-unit UNIT --format json" prints of the unit. Juju 3: application-data is the
 * other side's, and nothing is known of the unit's own databag but in peer relations. Juju 4:
 * application-data is the own application's, and the own databag is shown; 4.0.0 to 4.0.5 leave out
 * related-units but in peer relations. endpoint: only this one's relations; NULL: those that have
 * something to show.
 */
cJSON *show_unit(
    const struct model *m, const struct unit *u, const struct version *juju, const char *endpoint);

/*
 * What "juju status --format json" prints: of Juju 2.9 with relations as names alone, of Juju 3 and
 * 4 as objects. A subordinate's units stand under their principals', another model's applications
 * under application-endpoints.
 */
cJSON *show_status(const struct model *m, const struct version *juju);

/* A table for people, of units alone. */
void show_table(const struct model *m, struct buf *t);

#endif
