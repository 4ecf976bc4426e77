/*
 * Memory for strings and other objects that are freed all at once. They lie in a few large blocks.
 */
#ifndef TD_POOL_H
#define TD_POOL_H

#include <stddef.h>

struct pool {
	struct pool_block *blocks; /* the newest first */
};

/* A copy of n bytes at s, with a NUL after them; NULL: no memory. */
char *pool_copy(struct pool *p, const char *s, size_t n);

/* n bytes of zeros, aligned for any type; NULL: no memory. */
void *pool_make(struct pool *p, size_t n);

/* a and b as one string; NULL: no memory. */
char *pool_join(struct pool *p, const char *a, const char *b);

/* Wipes and frees all of them. */
void pool_free(struct pool *p);

#endif
