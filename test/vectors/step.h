/*
 * A step run over a vector: its action lines carried out, its calls and its state file taken down,
 * and what holds for every step checked: it ends in 0 with `done`, prints nothing that is so
 * already, shows no token, leaves nothing but its state, mode 0600.
 */
#ifndef STEP_H
#define STEP_H

#include <cjson/cJSON.h>

/* A step's action lines, carried out. */
struct outcome {
	cJSON *unit; /* relation's id: databag of the unit */
	cJSON *app;  /* relation's id: databag of its application */
	cJSON *statuses;
	cJSON *logs;
	cJSON *events;
	int nsets;
	int defers;
};

/* A vector that was run. */
struct trial {
	const cJSON *vector;
	const cJSON *expect;
	struct outcome outcome;
	cJSON *calls; /* what the scripted cluster was asked for */
	cJSON *state; /* the state file after the step; NULL: there is none */
};

typedef void compare_function(const struct trial *trial);

enum way {
	BY_OPTIONS,   /* arguments with -J and -B */
	BY_OBSERVERS, /* arguments by DIR/join-args and DIR/bootstrap-args, events observed */
	DRY,
	AS_HOOK, /* td-consumer-hook (hook.h), events observed */
};

/* Makes what steps need in the work folder. */
void step_prepare(void);

/* Runs a provider's vector, and once more over its result, which has to change nothing. */
void step_check_provider(const cJSON *vector, compare_function *compare);

/* Runs td-provider-hook (hook.h). */
void step_check_provider_hook(const cJSON *vector, compare_function *compare);

void step_check_consumer(const cJSON *vector, enum way way, compare_function *compare);

/* A dry run asks `list` alone, and leaves nothing behind. */
void step_check_dry_run(const cJSON *vector);

/* A vector's `relation-info`. */
const cJSON *step_relations(const cJSON *vector);

/* The calls of the cluster's command, but `list`, as arrays of arguments. */
cJSON *step_calls(const cJSON *calls);

#endif
