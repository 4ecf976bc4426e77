/*
 * bench-floor - standard input through libcjson, and nothing else
 *
 * The floor that the tools are measured against: reads the input in one piece, parses it with
 * memory that is never freed, and ends. Without strictness, of course.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "arena.h"

static void *
take(size_t n)
{
	static struct arena memory;

	return arena_make(&memory, n);
}

static void
keep(void *p)
{
	(void)p;
}

int
main(void)
{
	cJSON_Hooks hooks = {take, keep};
	struct stat st;
	char *text;

	/* standard input is a file, which is read in one piece */
	if (fstat(0, &st) < 0 || !(text = malloc((size_t)st.st_size)) ||
	    read(0, text, (size_t)st.st_size) != st.st_size)
		return 4;
	cJSON_InitHooks(&hooks);
	return cJSON_ParseWithLength(text, (size_t)st.st_size) ? 0 : 3;
}
