#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "pool.h"

static char *
take(struct pool *p, size_t n)
{
	char **more, *s;
	size_t cap;

	if (p->n == p->cap) {
		cap = p->cap ? p->cap * 2 : 16;
		more = realloc(p->strings, cap * sizeof *more);
		if (!more)
			return NULL;
		p->strings = more;
		p->cap = cap;
	}
	s = malloc(n + 1);
	if (s)
		p->strings[p->n++] = s;
	return s;
}

char *
pool_copy(struct pool *p, const char *s, size_t n)
{
	char *copy = take(p, n);

	if (!copy)
		return NULL;
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

void *
pool_make(struct pool *p, size_t n)
{
	char *s = take(p, n);

	return s ? memset(s, 0, n + 1) : NULL;
}

char *
pool_join(struct pool *p, const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	char *s = take(p, na + nb);

	if (!s)
		return NULL;
	memcpy(s, a, na);
	memcpy(s + na, b, nb + 1);
	return s;
}

void
pool_free(struct pool *p)
{
	while (p->n) {
		p->n--;
		buf_wipe(p->strings[p->n], strlen(p->strings[p->n]));
		free(p->strings[p->n]);
	}
	free(p->strings);
	memset(p, 0, sizeof *p);
}
