/*
 * Memory for the tests' own programs. Where there is none the program aborts: a stand-in has
 * nothing better to do.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *memory_check(void *p); /* p, if it isn't NULL */
void *memory_zeros(size_t size);

/*
 * The array with room for one element more, which is zeroed and counted in n. The array grows by
 * doubling, so all its elements are to come by this call.
 */
void *memory_grow(void *array, size_t *n, size_t size);

/* Takes the element at that place out. */
void memory_remove(void *array, size_t *n, size_t size, size_t at);

/*
 * The place of key in a sorted array, or where it belongs, there telling which. Each element begins
 * with its key, a char *.
 */
size_t memory_place(const void *array, size_t n, size_t size, const char *key, bool *there);

/* Sorts strings bytewise. */
void memory_sort(char **s, size_t n);

/* Both are to be freed. */
char *memory_copy(const char *s, size_t n);
char *memory_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, of which nobody has to free anything: it lasts until sixteen more are asked for. */
const char *memory_brief(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
