/*
 * Memory for strings and other objects that are freed all at once. They lie in a few large blocks.
 */
#ifndef TD_ARENA_H
#define TD_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *blocks; /* the newest first */
};

/* A copy of n bytes at s, with a NUL after them; NULL: no memory. */
char *arena_copy(struct arena *p, const char *s, size_t n);

/* n bytes of zeros, aligned for any type; NULL: no memory. */
void *arena_make(struct arena *p, size_t n);

/* a and b as one string; NULL: no memory. */
char *arena_join(struct arena *p, const char *a, const char *b);

/* Wipes and frees all of them. */
void arena_free(struct arena *p);

#endif
