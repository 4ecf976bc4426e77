#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "memory.h"

void *
memory_check(void *p)
{
	if (p == NULL) {
		fputs("cannot allocate memory\n", stderr);
		abort();
	}
	return p;
}

void *
memory_zeros(size_t size)
{
	return memory_check(calloc(1, size > 0 ? size : 1));
}

void *
memory_grow(void *array, size_t *n, size_t size)
{
	if ((*n & (*n - 1)) == 0)
		array = memory_check(realloc(array, (*n > 0 ? *n * 2 : 1) * size));
	memset((char *)array + *n * size, 0, size);
	++*n;
	return array;
}

void *
memory_add(void *array, size_t *n, void *element)
{
	void **pointer = memory_grow(array, n, sizeof *pointer);

	pointer[*n - 1] = element;
	return pointer;
}

void
memory_take(void *array, size_t *n, const void *element)
{
	const void **pointer = array;
	size_t i;

	for (i = 0; i < *n && pointer[i] != element; i++)
		continue;
	if (i < *n)
		memory_remove(array, n, sizeof *pointer, i);
}

void
memory_remove(void *array, size_t *n, size_t size, size_t at)
{
	char *gap = (char *)array + at * size;

	--*n;
	memmove(gap, gap + size, (*n - at) * size);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
memory_sort(char **s, size_t n)
{
	if (n > 1)
		qsort(s, n, sizeof *s, compare);
}

static __attribute__((format(printf, 1, 0))) char *
vtext(const char *fmt, va_list ap)
{
	struct buf b = {0};

	buf_vprintf(&b, fmt, ap);
	return memory_check(b.failed ? NULL : b.s);
}

char *
memory_text(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = vtext(fmt, ap);
	va_end(ap);
	return s;
}

const char *
memory_brief(const char *fmt, ...)
{
	static char *kept[16];
	static unsigned next;
	char **slot = &kept[next++ % 16];
	va_list ap;

	free(*slot);
	va_start(ap, fmt);
	*slot = vtext(fmt, ap);
	va_end(ap);
	return *slot;
}
