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

enum { BLOCK = 16 << 20 };

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

/* Standard input, which is a file. */
static char *
read_all(size_t *n)
{
	struct stat st;
	char *text;
	ssize_t got;

	if (fstat(0, &st) < 0 || !(text = malloc((size_t)st.st_size)))
		return NULL;
	for (*n = 0; *n < (size_t)st.st_size; *n += (size_t)got)
		if ((got = read(0, text + *n, (size_t)st.st_size - *n)) <= 0)
			return NULL;
	return text;
}

int
main(void)
{
	cJSON_Hooks hooks = {take, keep};
	size_t n;
	char *text = read_all(&n);

	if (!text)
		return 4;
	cJSON_InitHooks(&hooks);
	return cJSON_ParseWithLength(text, n) ? 0 : 3;
}
