#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "map.h"

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0x9e3779b97f4a7c15u;
	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9u;
	return x ^ (x >> 32);
}

/* 0: not made yet */
static uint64_t seed, other_seed;

/* Where the process's memory, clock and id are can't be known to the sender of a databag. */
static void
make_seed(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_MONOTONIC, &ts);
	seed =
	    mix((uint64_t)(uintptr_t)&ts ^ (uint64_t)ts.tv_nsec << 20 ^ (uint64_t)getpid() << 48) |
	    1;
	other_seed = mix(seed + (uint64_t)ts.tv_sec);
}

/*
 * The halves of the product of 128 bits, xored. In a product of 64 bits the high bits of a factor
 * stay in its high bits, so that strings could be made that collide whatever the seed is.
 */
static uint64_t
fold(uint64_t a, uint64_t b)
{
	uint64_t ah = a >> 32, al = a & 0xffffffff, bh = b >> 32, bl = b & 0xffffffff;
	uint64_t low = al * bl, one = ah * bl, two = al * bh,
		 middle = (low >> 32) + (one & 0xffffffff) + (two & 0xffffffff);

	return (ah * bh + (one >> 32) + (two >> 32) + (middle >> 32)) ^
	       (middle << 32 | (low & 0xffffffff));
}

uint64_t
map_hash(const char *s, size_t n, uint64_t group)
{
	uint64_t h, w[2];

	if (!seed)
		make_seed();
	h = seed ^ group * 0x9e3779b97f4a7c15u ^ n;
	for (; n >= 16; n -= 16, s += 16) {
		memcpy(w, s, 16);
		h = fold(w[0] ^ other_seed, w[1] ^ h);
	}
	w[0] = w[1] = 0;
	memcpy(w, s, n);
	return mix(fold(w[0] ^ other_seed, w[1] ^ h));
}

/*
 * A slot has, in its low bits, an entry's index + 1, which is below nslots, or 0: it is free. Its
 * other bits are the hash's, so that entries, which are elsewhere in memory, are looked at only
 * when they are likely the right ones.
 */
static uint32_t
slot_for(const struct map *m, size_t i, uint64_t hash)
{
	uint32_t mask = (uint32_t)(m->nslots - 1);

	return ((uint32_t)(hash >> 32) & ~mask) | (uint32_t)(i + 1);
}

static bool
is_entry(const struct map_entry *e, uint64_t group, const char *key)
{
	return e->group == group && strcmp(e->key, key) == 0;
}

static uint32_t *
slot_of(const struct map *m, uint64_t group, const char *key, uint64_t hash)
{
	uint32_t mask = (uint32_t)(m->nslots - 1), tag = (uint32_t)(hash >> 32) & ~mask, slot;
	size_t i;

	for (i = hash & mask; (slot = m->slots[i]); i = (i + 1) & mask)
		if ((slot & ~mask) == tag && is_entry(&m->entries[(slot & mask) - 1], group, key))
			break;
	return &m->slots[i];
}

static struct map_entry *
entry_in(const struct map *m, uint32_t slot)
{
	return &m->entries[(slot & (uint32_t)(m->nslots - 1)) - 1];
}

/* Puts all entries into the slots, which are zeros. */
static void
fill_slots(struct map *m)
{
	size_t i, j, mask = m->nslots - 1;

	for (i = 0; i < m->n; i++) {
		for (j = m->entries[i].hash & mask; m->slots[j]; j = (j + 1) & mask)
			;
		m->slots[j] = slot_for(m, i, m->entries[i].hash);
	}
}

static int
grow(struct map *m)
{
	size_t cap = m->cap ? m->cap * 2 : 16;
	struct map_entry *entries;
	uint32_t *slots;

	slots = cap <= UINT32_MAX / 2 ? calloc(cap * 2, sizeof *slots) : NULL;
	if (!slots)
		return -1;
	entries = realloc(m->entries, cap * sizeof *entries);
	if (!entries) {
		free(slots);
		return -1;
	}
	free(m->slots);
	m->entries = entries;
	m->slots = slots;
	m->cap = cap;
	m->nslots = cap * 2;
	fill_slots(m);
	return 0;
}

struct map_entry *
map_get(const struct map *m, uint64_t group, const char *key)
{
	uint32_t *slot;

	if (!m->n)
		return NULL;
	slot = slot_of(m, group, key, map_hash(key, strlen(key), group));
	return *slot ? entry_in(m, *slot) : NULL;
}

void *
map_found(const struct map *m, uint64_t group, const char *key)
{
	struct map_entry *e = map_get(m, group, key);

	return e ? e->item : NULL;
}

const char *
map_value(const struct map *m, const char *key)
{
	struct map_entry *e = map_get(m, 0, key);

	return e ? e->value : NULL;
}

struct map_entry *
map_put(struct map *m, uint64_t group, const char *key)
{
	uint32_t *slot;
	struct map_entry *e;
	uint64_t hash;

	/* databags have their keys in the same order, mostly */
	if (m->last + 1 < m->n && is_entry(&m->entries[m->last + 1], group, key))
		return &m->entries[++m->last];
	if (m->n == m->cap && grow(m))
		return NULL;
	hash = map_hash(key, strlen(key), group);
	slot = slot_of(m, group, key, hash);
	if (*slot) {
		e = entry_in(m, *slot);
		m->last = (size_t)(e - m->entries);
		return e;
	}
	m->last = m->n++;
	*slot = slot_for(m, m->last, hash);
	e = &m->entries[m->last];
	memset(e, 0, sizeof *e);
	e->key = key;
	e->group = group;
	e->hash = hash;
	return e;
}

int
map_set(struct map *m, const char *key, const char *value)
{
	struct map_entry *e = map_put(m, 0, key);

	if (!e)
		return -1;
	e->value = value;
	return 0;
}

void *
map_item(struct map *m, struct arena *a, uint64_t group, const char *key, size_t size)
{
	struct map_entry *e = map_put(m, group, key);

	if (e && !e->item)
		e->item = arena_make(a, size);
	return e ? e->item : NULL;
}

void
map_sort(struct map *m, int (*compare)(const void *, const void *))
{
	if (!m->n)
		return;
	qsort(m->entries, m->n, sizeof *m->entries, compare);
	memset(m->slots, 0, m->nslots * sizeof *m->slots);
	fill_slots(m);
}

void
map_free(struct map *m)
{
	free(m->entries);
	free(m->slots);
	memset(m, 0, sizeof *m);
}
