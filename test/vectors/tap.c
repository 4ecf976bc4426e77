#include "vectors.h"

#include "../lib/memory.h"
#include "buf.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tap_verbose;
char *const *tap_names;
const char *tap_exempted;

static unsigned ran, failed;
static struct buf why; /* what there is to say of the vector that is being run */
static int differs;

_Noreturn void
tap_bail(const char *what, const char *object)
{
	printf("Bail out! cannot %s %s: %s\n", what, object, strerror(errno));
	exit(4);
}

void
tap_note(int is_wrong, const char *format, ...)
{
	va_list args;

	differs |= is_wrong;
	va_start(args, format);
	buf_vprintf(&why, format, args);
	va_end(args);
	buf_putc(&why, '\n');
}

static void
show(const char *what, const cJSON *json)
{
	char *text = json ? cJSON_PrintUnformatted(json) : NULL;

	tap_note(0, "  %s %.*s", what, tap_verbose ? INT_MAX : MAX_SHOWN, text ? text : "nothing");
}

void
tap_compare(const char *part, int is_same, const cJSON *expected, const cJSON *actual)
{
	if (!is_same) {
		tap_complain("%s:", part);
		show("expected", expected);
		show("got     ", actual);
	} else if (tap_verbose) {
		show(part, actual);
	}
}

void
tap_want(const char *part, const cJSON *expected, const cJSON *actual)
{
	tap_compare(part, value_is_same(expected, actual), expected, actual);
}

int
tap_begin(const char *name)
{
	char *const *wanted = tap_names;

	while (*wanted && fnmatch(*wanted, name, 0) != 0)
		wanted++;
	if (*tap_names && !*wanted)
		return 0;
	differs = 0;
	return 1;
}

void
tap_point(int ok, const char *what)
{
	ran++;
	failed += !ok;
	printf("%sok %u - %s", ok ? "" : "not ", ran, what);
	if (tap_exempted)
		printf(": differs on purpose, \"%s\"", tap_exempted);
	tap_exempted = NULL;
	putchar('\n');
}

void
tap_finish(const char *file, const char *name)
{
	char *rest = NULL;

	tap_point(!differs, memory_brief("%s %s", file, name));
	for (char *line = why.n ? strtok_r(why.s, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		printf("#   %s\n", line);
	fflush(stdout);
	buf_free(&why);
}

int
tap_end(void)
{
	printf("1..%u\n", ran);
	if (failed)
		printf("# %u of %u failed\n", failed, ran);
	return failed || ran == 0 || fflush(stdout) != 0;
}
