#ifndef JUJU_STATUS_H
#define JUJU_STATUS_H

#include <cjson/cJSON.h>

#include "model.h"
#include "text.h"

/* A table for people, of units alone. */
void status_table(const struct model *m, struct buf *t);

/*
 * What "juju status --format json" prints: of Juju 2.9 with relations as names alone, of Juju 3 and
 * 4 as objects. A subordinate's units stand under their principals', another model's applications
 * under application-endpoints.
 */
cJSON *status_json(const struct model *m, const struct version *juju);

#endif
