#include "tap.h"

#include "value.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_SHOWN = 300, /* bytes of a value in a message, unless verbose */
};

int tap_verbose;
char *const *tap_names;

static unsigned ran, failed;
static char *why; /* what there is to say of the vector that is being run */
static size_t why_size;
static FILE *why_file;
static int differs;
static const char *exempted; /* the row by which something didn't count */

_Noreturn void
tap_bail(const char *what, const char *object)
{
	printf("Bail out! cannot %s %s: %s\n", what, object, strerror(errno));
	exit(4);
}

void *
tap_check(void *memory)
{
	if (!memory)
		tap_bail("allocate", "memory");
	return memory;
}

void
tap_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(why_file, format, args);
	va_end(args);
	fputc('\n', why_file);
}

void
tap_complain(const char *format, ...)
{
	va_list args;

	differs = 1;
	va_start(args, format);
	vfprintf(why_file, format, args);
	va_end(args);
	fputc('\n', why_file);
}

static void
show(const char *what, const cJSON *json)
{
	char *text = json ? cJSON_PrintUnformatted(json) : NULL;

	tap_note("  %s %.*s", what, tap_verbose ? INT_MAX : MAX_SHOWN, text ? text : "nothing");
	free(text);
}

void
tap_differ(const char *part, const cJSON *expected, const cJSON *actual)
{
	tap_complain("%s:", part);
	show("expected", expected);
	show("got     ", actual);
}

void
tap_want(const char *part, const cJSON *expected, const cJSON *actual)
{
	if (!value_is_same(expected, actual))
		tap_differ(part, expected, actual);
	else if (tap_verbose)
		show(part, actual);
}

static int
is_wanted(const char *name)
{
	if (!*tap_names)
		return 1;
	for (char *const *wanted = tap_names; *wanted; wanted++)
		if (fnmatch(*wanted, name, 0) == 0)
			return 1;
	return 0;
}

int
tap_begin(const char *name)
{
	if (!is_wanted(name))
		return 0;
	exempted = NULL;
	differs = 0;
	free(why);
	why_file = tap_check(open_memstream(&why, &why_size));
	return 1;
}

void
tap_finish(const char *file, const char *name)
{
	char *rest = NULL;

	fclose(why_file);
	ran++;
	failed += (unsigned)differs;
	printf("%sok %u - %s %s", differs ? "not " : "", ran, file, name);
	if (exempted)
		printf(": differs on purpose, \"%s\"", exempted);
	putchar('\n');
	for (char *line = strtok_r(why, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		printf("#   %s\n", line);
	fflush(stdout);
}

void
tap_exempt(const char *row)
{
	exempted = row;
}

void
tap_point(int ok, const char *what)
{
	ran++;
	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ran, what);
}

int
tap_end(void)
{
	free(why);
	why = NULL;
	printf("1..%u\n", ran);
	if (failed)
		printf("# %u of %u failed\n", failed, ran);
	return failed || ran == 0 || fflush(stdout) != 0;
}
