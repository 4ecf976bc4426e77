/*
 * bench-floor - standard input through libcjson, and nothing else
 *
 * The floor that the tools are measured against: reads the input in one piece where its size is
 * known, parses it with memory that is never freed, and ends. Without strictness, of course.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

enum { BLOCK = 16 << 20, READ = 1 << 16 };

static char *block;
static size_t left;

static void *
take(size_t n)
{
	char *p;

	n = (n + 15) & ~(size_t)15;
	if (left < n) {
		left = n > BLOCK ? n : BLOCK;
		block = malloc(left);
		if (!block)
			abort();
	}
	p = block;
	block += n;
	left -= n;
	return p;
}

static void
keep(void *p)
{
	(void)p;
}

static bool
read_all(char **text, size_t *n)
{
	struct stat st;
	size_t cap = READ;
	ssize_t got;

	if (fstat(0, &st) == 0 && S_ISREG(st.st_mode))
		cap = (size_t)st.st_size + 1;
	*text = malloc(cap);
	*n = 0;
	while (*text && (got = read(0, *text + *n, cap - *n)) > 0) {
		*n += (size_t)got;
		if (*n == cap)
			*text = realloc(*text, cap *= 2);
	}
	return *text != NULL;
}

int
main(void)
{
	cJSON_Hooks hooks = {take, keep};
	char *text;
	size_t n;

	if (!read_all(&text, &n))
		return 4;
	cJSON_InitHooks(&hooks);
	return cJSON_ParseWithLength(text, n) ? 0 : 3;
}
