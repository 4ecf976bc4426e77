#ifndef JUJU_HOOK_H
#define JUJU_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

/*
 * What all hook commands do alike: options, errors, output. They free nothing: a command is over
 * soon.
 */
enum { OK, FAILED, USAGE };

/* The hook that the command runs in. */
extern struct hook {
	int model; /* folders */
	int dir;
	const char *unit, *name, *relation, *remote_unit, *remote_app;
	char *file, *app; /* the unit's */
} hook;

/* The options of a command that prints. */
#define HOOK_OUTPUT " o output= format= "

/* words has blanks around each word. */
bool hook_is_one_of(const char *word, const char *words);

/* Says what is wrong; returns the status. */
int hook_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *hook_env(const char *name); /* "": not set */

/*
 * Takes the options out of the arguments; they may stand anywhere. known has the names of those
 * that the command takes, with blanks around each. A letter is another name of the option after it.
 * "=" is after what takes a value; the others are booleans. OK, or USAGE and said why.
 */
int hook_options(char **arg, const char *known);
/* What the option is set to, which a command has; NULL: not given, or it is a boolean and false. */
const char *hook_option(const char *name);
/* USAGE and said so, if there are arguments; else OK. */
int hook_unrecognized(char **arg);

/* Each prints in the format that is asked for: OK or FAILED. */
int hook_print(const cJSON *node);
int hook_print_string(const char *s); /* NULL: nil */
int hook_print_list(char **item, size_t n);

bool hook_is_leader(void);

/* Does the text begin with the name and a colon? */
bool hook_begins(const char *text, const char *name);
/* The names of the unit's relations, ENDPOINT:ID, sorted; of that endpoint, or, if NULL, of all. */
char **hook_relations(const char *endpoint, size_t *n);

/* A relation as the hook's unit knows it. */
struct relation {
	char *id; /* the number, as text */
	char *name;
	const char *app; /* at the other end */
	char **member;	 /* sorted */
	size_t n;
};

/* The members as of this hook: a unit is one from its joined hook on until before its departed. */
struct relation hook_relation(const char *name);
/* The one that the option -r names, or else the hook's own. OK, or USAGE and said why. */
int hook_find_relation(struct relation *r);
/* The controller has forgotten it, its units haven't yet. */
bool hook_relation_gone(const struct relation *r);

#endif
