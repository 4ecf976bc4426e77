/*
 * The hook of a vector over the stand-ins for Juju's hook commands (test/juju/jujuc.c): the model
 * in which td-snapshot has to find the vector's document, and what became of it. The vector's
 * `hook` says what Juju ran: {"endpoint": the unit's, "name": NAME}; of a relation's hook
 * {"relation-id": N, "remote-app": APP, "remote-unit": UNIT or ""}, too.
 */
#ifndef HOOK_H
#define HOOK_H

#include "step.h"

/* Puts the stand-ins and then the tools into PATH. */
void hook_prepare(void);

/* Makes the model and the environment of the vector's hook; gives the endpoint for its command. */
const char *hook_begin(const cJSON *vector);

/*
 * Takes what the hook has done into TRIAL, which has the databags as they were: those that Juju
 * would commit, all statuses, the log. Complains if td-snapshot's document wasn't the vector's.
 */
void hook_end(struct trial *trial);

#endif
