/*
 * A hash table of strings that keeps the order in which they came, so that results are in document
 * order. A key is a string within a group (a number, 0 where one group will do). Strings are
 * borrowed and must outlive the map. Hashes are seeded per process: databags come from other units,
 * which must not choose collisions.
 */
#ifndef TD_MAP_H
#define TD_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
	const char *key;
	size_t group;
	union { /* the user's, as is count */
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
	size_t last; /* the entry that was put or found last */
};

/* The entry of that group and key, or NULL. */
struct map_entry *map_get(const struct map *m, size_t group, const char *key);

/* The value of key in group 0, or NULL. */
const char *map_value(const struct map *m, const char *key);

/*
 * The entry of that group and key, made with value NULL and count 0 if it wasn't there. NULL: no
 * memory. A pointer to an entry holds until the next put.
 */
struct map_entry *map_put(struct map *m, size_t group, const char *key);

/* Puts value under key in group 0, over what is there. Returns 0, or -1: no memory. */
int map_set(struct map *m, const char *key, const char *value);

void map_free(struct map *m);

/* The hash that maps use, of n bytes, for tables of another shape. */
uint64_t map_hash(const char *s, size_t n, uint64_t group);

#endif
