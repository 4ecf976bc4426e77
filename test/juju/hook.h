#ifndef JUJU_HOOK_H
#define JUJU_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "../lib/options.h"
#include "model.h"
#include "text.h"

/*
 * What all hook commands do alike: options, errors, output. They free nothing: a command is over
 * soon.
 */
enum { OK, FAILED, USAGE };

/* The hook that the command runs in. */
extern struct context {
	struct model m;
	int dir; /* the context's folder */
	const struct unit *u;
	const char *app; /* its application's name */
	const char *name;
	const char *relation; /* ID, "" */
	const char *remote_unit;
	const char *remote_app;
} hook;

/* What options were given; options.h has the format of the names. */
extern struct options hook_given;
const char *hook_option(const char *name); /* its value; NULL: not given, or false */

/* Those of a command that prints. */
#define HOOK_OUTPUT "format= o output= "

/* Says what is wrong; returns the status. */
int hook_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *hook_env(const char *name); /* "": not set */

/* Takes the options out of the arguments. OK, or USAGE and said why. */
int hook_options(char **arg, const char *known);
/* USAGE and said so, if there are arguments; else OK. */
int hook_unrecognized(char **arg);

/* Is this the format that is asked for? */
bool hook_prints(const char *format);
/* Each prints in that format: OK or FAILED. */
int hook_print(const cJSON *node);
int hook_print_string(const char *s); /* NULL: nil */
int hook_print_list(char **item, size_t n);

/* The relation of --relation, or else the hook's own. OK, or USAGE and said why. */
int hook_relation(const struct side **s);
const char *hook_remote_app(const struct side *s);
/* The members as of this hook: a unit is one from its joined hook on until before its departed. */
char **hook_members(const struct side *s, size_t *n);

#endif
