/*
 * A step run over a vector: its action lines carried out, its calls and its state file taken down,
 * and what holds for every step checked: it ends in 0 with `done`, prints nothing that is so
 * already, shows no token, leaves nothing but its state, mode 0600.
 */
#ifndef STEP_H
#define STEP_H

#include <cjson/cJSON.h>

/* A vector that was run. */
struct trial {
	const cJSON *vector;
	cJSON *expect; /* the vector's, and its `calls` as they are in actual */
	/*
	 * The same of what came out: `unit-data` and `application-data` by the relation's id;
	 * `statuses`, `logs`, `events`; `defer`; `state` (if there is a file) and `in-cluster` of
	 * it; `commands` and `calls`, both the arguments of the cluster's command, but for `list`.
	 */
	cJSON *actual;
	cJSON *calls; /* what the scripted cluster was asked for */
	int nsets;
	int defers;
};

enum way {
	BY_OPTIONS,   /* arguments with -J and -B */
	BY_OBSERVERS, /* arguments by DIR/join-args and DIR/bootstrap-args, events observed */
	DRY,
	AS_HOOK, /* td-consumer-hook or td-provider-hook (hook.h), events observed */
};

/* Makes what steps need in the work folder. */
void step_prepare(void);

int step_is_provider(const cJSON *vector);

struct trial step_run(const cJSON *vector, enum way way);

/* Runs a provider once more over its result, which has to change nothing. */
void step_run_again(const struct trial *trial);

/* A dry run asks `list` alone, and leaves nothing behind. */
void step_run_dry(const cJSON *vector);

/* A vector's `relation-info`. */
const cJSON *step_relations(const cJSON *vector);

/* The relation's id, as databags are named by it; good for the next few calls. */
const char *step_key(const cJSON *relation);

#endif
