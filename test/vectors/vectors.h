/*
 * The parts of the runner of vectors: tap.c prints results; work.c runs programs; step.c runs a
 * step over a vector; hook.c makes a hook of it.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include "../lib/value.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * Results in TAP: a vector is a test point, with what differs in it as a comment beneath. Nobody
 * frees texts and JSON values: the process is over soon.
 */

enum { MAX_SHOWN = 300 }; /* bytes of a value or of output, in a message */

/* Values in full, and those that agree, too. */
extern int tap_verbose;

/* The vectors to run, up to NULL, as patterns of fnmatch; none: all of them. */
extern char *const *tap_names;

/* The row of the contract by which a difference in the vector doesn't count: told beside its
 * result.
 */
extern const char *tap_exempted;

/* Begins a vector; 0 if it isn't one to run. */
int tap_begin(const char *name);

/* Ends it: it has failed if there was a complaint. */
void tap_finish(const char *file, const char *name);

/* A line beneath the vector's result; if it says that something is wrong, the vector has failed. */
void tap_note(int is_wrong, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define tap_complain(...) tap_note(1, __VA_ARGS__)

/* Complains that PART isn't what is expected, or shows it if verbose. Values may be NULL. */
void tap_compare(const char *part, int is_same, const cJSON *expected, const cJSON *actual);

/* The same; two values are the same if they are there and equal. */
void tap_want(const char *part, const cJSON *expected, const cJSON *actual);

/* A test point of its own. */
void tap_point(int ok, const char *what);

/* The plan; gives the exit status. */
int tap_end(void);

/* Ends the process: the test itself can't go on, for errno's reason. */
_Noreturn void tap_bail(const char *verb, const char *object);

/* What a program printed. */
struct output {
	char *out;
	char *err;
};

/* Makes the folder to run vectors in; programs will be those of the folder BUILD. */
void work_begin(const char *build);

/* Removes it. */
void work_end(void);

/* The path of a file in the folder, and of a program; good for the next few calls. */
const char *work_path(const char *name);
const char *work_program(const char *name);

/* A file's text; NULL when it can't be opened. */
char *work_read(const char *path);

/* A file's JSON; a raw value if it is none, NULL when it can't be opened. */
cJSON *work_json(const char *path);

/* Makes the folders in the folder that PATH is in. */
void work_folders(const char *path);

/* Writes a file, in folders that are made if need be. */
void work_write(const char *path, const char *text, mode_t mode);

/*
 * Runs the program argv[0] with the arguments up to NULL and INPUT on standard input. Complains if
 * it doesn't end with that exit status.
 */
struct output work_run(const char *input, const char *argv[], int status);

/*
 * A step run over a vector: its action lines carried out, its calls and its state file taken down,
 * and what holds for every step checked: it ends in 0 with `done`, prints nothing that is so
 * already, shows no token, leaves nothing but its state, mode 0600.
 */

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
	AGAIN,	      /* a provider over its own result, which has to change nothing */
	BY_OBSERVERS, /* arguments by DIR/join-args and DIR/bootstrap-args, events observed */
	DRY,
	AS_HOOK, /* td-consumer-hook or td-provider-hook (see hook_begin), events observed */
};

/* Makes what steps need in the work folder. */
void step_prepare(void);

int step_is_provider(const cJSON *vector);

struct trial step_run(const cJSON *vector, enum way way);

/* Runs a provider AGAIN. */
void step_run_again(const struct trial *trial);

/* A dry run asks `list` alone, and leaves nothing behind. */
void step_run_dry(const cJSON *vector);

/* A vector's `relation-info`. */
const cJSON *step_relations(const cJSON *vector);

/* The relation's id, as databags are named by it; good for the next few calls. */
const char *step_key(const cJSON *relation);

/*
 * The hook of a vector over the stand-ins for Juju's hook commands (test/juju/jujuc.c): the model
 * in which td-snapshot has to find the vector's document, and what became of it. The vector's
 * `hook` says what Juju ran: {"endpoint": the unit's, "name": NAME}; of a relation's hook
 * {"relation-id": N, "remote-app": APP, "remote-unit": UNIT or ""}, too.
 */

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
