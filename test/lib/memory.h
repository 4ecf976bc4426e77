/*
 * Memory for the tests' own programs. A program that gets none aborts.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

void *memory_check(void *p); /* p, if it isn't NULL */
void *memory_zeros(size_t size);

/*
 * Adds a zeroed element at the array's end, and counts it in n. Returns the array, which may have
 * moved. The array grows by doubling: add all its elements by this call.
 */
void *memory_grow(void *array, size_t *n, size_t size);

/* Of an array of pointers: adds one as memory_grow does; removes one. */
void *memory_add(void *array, size_t *n, void *element);
void memory_take(void *array, size_t *n, const void *element);

/* Removes the element at that place. */
void memory_remove(void *array, size_t *n, size_t size, size_t at);

/* Sorts strings bytewise. */
void memory_sort(char **s, size_t n);

/* The caller frees what this returns. */
char *memory_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* As memory_text, but nobody frees it: the text lasts for the next fifteen calls. */
const char *memory_brief(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
