#ifndef JUJU_HOOK_H
#define JUJU_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "../lib/options.h"
#include "text.h"

/*
 * What all hook commands do alike: options, errors, output. They free nothing: a command is over
 * soon.
 */
enum { OK, FAILED, USAGE };

/* The hook that the command runs in. */
extern struct hook {
	int model; /* folders */
	int dir;
	const char *unit;
	char *file;
	char *app;
	const char *name;
	const char *relation;
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

bool hook_is_leader(void);

#endif
