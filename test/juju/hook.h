#ifndef JUJU_HOOK_H
#define JUJU_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "text.h"

/* What all hook commands do alike: options, errors, output. */
enum { OK, FAILED, USAGE };

struct hook_flag {
	const char *name; /* of one letter: after one dash */
	const char **value;
	bool *set; /* instead of value: a boolean */
};

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

extern const char *hook_output;
extern const char *hook_format;

#define HOOK_OUTPUT                                                \
	{"format", &hook_format, NULL}, {"o", &hook_output, NULL}, \
	{                                                          \
		"output", &hook_output, NULL                       \
	}

/* Says what is wrong; returns the status. */
int hook_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *hook_env(const char *name); /* "": not set */

/* Takes the options out of the arguments; they may stand anywhere. OK or USAGE. */
int hook_options(int *argc, char **argv, const struct hook_flag *flag);
int hook_unrecognized(char **arg);

/* Each prints in the format that is asked for: OK or FAILED. */
int hook_print_string(const char *s); /* NULL: nil */
int hook_print_list(char **item, size_t n);
int hook_print_bool(bool b);
int hook_print_bag(const char *file);
int hook_print_tree(const cJSON *node);

bool hook_is_leader(void);

#endif
