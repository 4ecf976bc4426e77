/*
 * A hash table of strings that keeps their order, so that results are in document order. A key is a
 * string and a group, which is a number; 0 if one group is enough. Strings are borrowed and must
 * outlive the map. Each process has a random seed for its hashes, because databags come from other
 * units, which must not be able to choose keys that collide.
 */
#ifndef TD_MAP_H
#define TD_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

struct map_entry {
	const char *key;
	uint64_t group;
	union { /* for the caller to use, like count */
		const char *value;
		void *item;
	};
	size_t count;
	uint64_t hash;
};

struct map {
	struct map_entry *entries; /* n of them, in the order they were put */
	size_t n;
	size_t cap;
	uint32_t *slots;
	size_t nslots;
	size_t last; /* the last entry that was put or found */
};

/* The entry of that group and key, or NULL. */
struct map_entry *map_get(const struct map *m, uint64_t group, const char *key);

/* The item of that group and key, or NULL. */
void *map_found(const struct map *m, uint64_t group, const char *key);

/* The value of key in group 0, or NULL. */
const char *map_value(const struct map *m, const char *key);

/*
 * The entry of that group and key. If there is none, makes one with value NULL and count 0. NULL:
 * no memory. The pointer is valid until the next put.
 */
struct map_entry *map_put(struct map *m, uint64_t group, const char *key);

/* Sets the value of key in group 0. Returns 0, or -1: no memory. */
int map_set(struct map *m, const char *key, const char *value);

/* Sorts the entries. compare gets two of them. */
void map_sort(struct map *m, int (*compare)(const void *, const void *));

void map_free(struct map *m);

/*
 * The item of that group and key. If there is none, makes one: size bytes of zeros in a. NULL: no
 * memory. The pointer is valid as long as a is.
 */
void *map_item(struct map *m, struct arena *a, uint64_t group, const char *key, size_t size);

/* The hash of n bytes that maps use, for other kinds of tables. */
uint64_t map_hash(const char *s, size_t n, uint64_t group);

#endif
