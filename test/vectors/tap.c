#include "tap.h"

#include "arena.h"
#include "buf.h"
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
const char *const *tap_names;

static unsigned ran, failed;
static struct buf why; /* what there is to say of the vector that is being run */
static int differs;
static struct arena of_files, of_vector, *memory = &of_files;

_Noreturn void
tap_bail(const char *what, const char *object)
{
	printf("Bail out! cannot %s %s: %s\n", what, object, strerror(errno));
	exit(4);
}

void *
tap_make(size_t size)
{
	void *made = arena_make(memory, size);

	if (!made)
		tap_bail("allocate", "memory");
	return made;
}

static void
leave(void *made)
{
	(void)made;
}

void
tap_start(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){tap_make, leave});
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
tap_differ(const char *part, const cJSON *expected, const cJSON *actual)
{
	tap_complain("%s:", part);
	show("expected", expected);
	show("got     ", actual);
}

void
tap_agree(const char *part, const cJSON *actual)
{
	if (tap_verbose)
		show(part, actual);
}

void
tap_want(const char *part, const cJSON *expected, const cJSON *actual)
{
	if (!value_is_same(expected, actual))
		tap_differ(part, expected, actual);
	else
		tap_agree(part, actual);
}

int
tap_matches(const char *name, const char *const patterns[])
{
	for (; *patterns; patterns++)
		if (fnmatch(*patterns, name, 0) == 0)
			return 1;
	return 0;
}

int
tap_begin(const char *name)
{
	if (*tap_names && !tap_matches(name, tap_names))
		return 0;
	differs = 0;
	memory = &of_vector;
	return 1;
}

void
tap_finish(const char *format, ...)
{
	char *rest = NULL;
	va_list args;

	ran++;
	failed += (unsigned)differs;
	printf("%sok %u - ", differs ? "not " : "", ran);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	for (char *line = why.n ? strtok_r(why.s, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		printf("#   %s\n", line);
	fflush(stdout);
	buf_free(&why);
	arena_free(&of_vector);
	memory = &of_files;
}

int
tap_end(void)
{
	arena_free(&of_files);
	printf("1..%u\n", ran);
	if (failed)
		printf("# %u of %u failed\n", failed, ran);
	return failed || ran == 0 || fflush(stdout) != 0;
}
