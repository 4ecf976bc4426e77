#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "map.h"
#include "redact.h"
#include "token.h"

/*
 * Finds the longest known token at a place of the text by a binary search over its length, the
 * largest power of two first. For each token, a map holds the hashes of the prefixes that this
 * search tries: those whose length is the token's with low bits cleared. If the text's prefix is in
 * the map, a longer one is tried next, else a shorter one. Each prefix notes the longest token that
 * it begins with, because the text may go on differently from there. The hash of a part of the text
 * is worked out from those of its beginnings, so no byte is hashed twice. A match is compared byte
 * by byte before it is cut.
 *
 * Tokens come one at a time, and text between them. So there are several such maps, levels, each
 * of no more than half as many tokens as the one before. A token is moved to a larger one a few
 * times (log n) in all.
 */
enum {
	KNOWN_MIN = 8, /* shorter ones aren't cut out of texts */
	LENGTH_BITS = 17,
	LEVELS_MAX = 64, /* each is half as large as the one before */
};

static const uint64_t prime = ((uint64_t)1 << 61) - 1, base = 0x0b3a7c15f39cc060u;

struct redact_known {
	const char *s;
	size_t n;
	size_t shorter; /* index + 1 of the longest other one that it begins with; 0: none */
};

struct redact_level {
	size_t start; /* in known */
	size_t n;
	struct map prefixes; /* group: a prefix's hash; count: the index + 1 of the longest token
				that it begins with, or 0 */
	int top;	     /* bit of the longest token's length */
};

/* A ring with the hashes of the text's prefixes: only the latest, as many as the longest token
 * needs. */
struct hashes {
	const char *text;
	size_t n;
	size_t done; /* ring has the hash of the first done bytes, and those before */
	uint64_t *ring;
	size_t mask;
	uint64_t power[LENGTH_BITS]; /* of base, by 1 << index */
};

int
redact_add(struct redact_set *set, const char *token)
{
	struct redact_known *more;

	if (!token_valid(token) || strlen(token) < KNOWN_MIN)
		return 0;
	more = array_room(set->known, set->n, &set->cap, sizeof *more);
	if (!more)
		return -1;
	set->known = more;
	set->known[set->n++] = (struct redact_known){token, strlen(token), 0};
	return 0;
}

int
redact_keep(struct redact_set *set, const char *token)
{
	const char *copy;

	if (map_get(&set->copied, 0, token))
		return 0;
	copy = arena_copy(&set->copies, token, strlen(token));
	return copy && map_put(&set->copied, 0, copy) ? redact_add(set, copy) : -1;
}

void
redact_free(struct redact_set *set)
{
	while (set->nlevels)
		map_free(&set->levels[--set->nlevels].prefixes);
	free(set->levels);
	free(set->known);
	map_free(&set->copied);
	arena_free(&set->copies);
	memset(set, 0, sizeof *set);
}

/* a * b modulo prime, which both are smaller than. */
static uint64_t
multiply(uint64_t a, uint64_t b)
{
	const uint64_t low = ((uint64_t)1 << 31) - 1, half = ((uint64_t)1 << 30) - 1;
	uint64_t middle = (a >> 31) * (b & low) + (a & low) * (b >> 31);
	uint64_t x = (a >> 31) * (b >> 31) * 2 + (middle >> 30) + ((middle & half) << 31) +
		     (a & low) * (b & low);

	x = (x & prime) + (x >> 61);
	return x < prime ? x : x - prime;
}

static uint64_t
append(uint64_t hash, char c)
{
	hash = multiply(hash, base) + (unsigned char)c + 1;
	return hash < prime ? hash : hash - prime;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const struct redact_known *)a)->s, ((const struct redact_known *)b)->s);
}

static bool
begins_with(const char *text, size_t n, const struct redact_known *k)
{
	return k->n <= n && memcmp(text, k->s, k->n) == 0;
}

/* Sorts the known ones from start on, which are to be a level, drops duplicates, and finds which
 * ones others begin with. */
static void
sort(struct redact_set *set, size_t start)
{
	struct redact_known *k;
	size_t i, n = start, shorter;

	qsort(set->known + start, set->n - start, sizeof *set->known, by_text);
	for (i = start; i < set->n; i++)
		if (n == start || strcmp(set->known[n - 1].s, set->known[i].s) != 0)
			set->known[n++] = set->known[i];
	set->n = n;
	for (i = start; i < set->n; i++) {
		k = &set->known[i];
		for (shorter = i > start ? i : 0; shorter;
		     shorter = set->known[shorter - 1].shorter)
			if (begins_with(k->s, k->n, &set->known[shorter - 1]))
				break;
		k->shorter = shorter;
	}
}

/* Is the token's prefix of that length in the level's map? The shortest one is there for all
 * tokens, so that where no token is, one look is enough. */
static bool
is_looked_up(const struct redact_known *k, size_t length)
{
	return length == KNOWN_MIN || (length > KNOWN_MIN && k->n - length < (length & -length));
}

/* The prefix with that hash, or NULL. */
static const struct map_entry *
find(const struct redact_level *level, uint64_t hash)
{
	return map_get(&level->prefixes, hash, "");
}

/* Puts the prefixes of a token that are looked up. Returns 0, or -1: no memory. */
static int
enter(const struct redact_set *set, struct redact_level *level, size_t index)
{
	const struct redact_known *k = &set->known[index];
	struct map_entry *prefix;
	uint64_t hash = 0;
	size_t length, longest;

	for (length = 1; length <= k->n; length++) {
		hash = append(hash, k->s[length - 1]);
		if (!is_looked_up(k, length))
			continue;
		for (longest = index + 1; longest && set->known[longest - 1].n > length;)
			longest = set->known[longest - 1].shorter;
		prefix = map_put(&level->prefixes, hash, "");
		if (!prefix)
			return -1;
		prefix->count = longest;
	}
	return 0;
}

static int
make_level(struct redact_set *set, size_t start)
{
	struct redact_level *level = &set->levels[set->nlevels];
	size_t i;

	sort(set, start);
	*level = (struct redact_level){.start = start, .n = set->n - start};
	for (i = start; i < set->n; i++) {
		while (set->known[i].n >> level->top > 1)
			level->top++;
		if (enter(set, level, i)) {
			map_free(&level->prefixes);
			return -1;
		}
	}
	set->nlevels++;
	return 0;
}

/* Makes a level of those that are new. */
static int
make_levels(struct redact_set *set)
{
	struct redact_level *last;
	size_t start = 0;

	if (!set->n)
		return 0;
	if (!set->levels) {
		set->levels = calloc(LEVELS_MAX, sizeof *set->levels);
		if (!set->levels)
			return -1;
	}
	while (set->nlevels) {
		last = &set->levels[set->nlevels - 1];
		start = last->start + last->n;
		if (start == set->n || last->n / 2 >= set->n - start)
			break;
		start = last->start;
		map_free(&last->prefixes);
		set->nlevels--;
	}
	return start < set->n ? make_level(set, start) : 0;
}

/* Returns 0, or -1: no memory. */
static int
hashes_start(struct hashes *h, const struct redact_set *set, const char *text, size_t n)
{
	int i, top = 0;

	memset(h, 0, sizeof *h);
	h->text = text;
	h->n = n;
	for (i = 0; (size_t)i < set->nlevels; i++)
		if (set->levels[i].top > top)
			top = set->levels[i].top;
	/* a token has less than 2 << top bytes */
	for (h->mask = 1; h->mask < n && h->mask >> (top + 1) == 0;)
		h->mask = h->mask * 2 + 1;
	h->power[0] = base;
	for (i = 1; i < LENGTH_BITS; i++)
		h->power[i] = multiply(h->power[i - 1], h->power[i - 1]);
	h->ring = calloc(h->mask + 1, sizeof *h->ring);
	return h->ring ? 0 : -1;
}

/* The hash of length bytes of the text; power is base's, by length. */
static uint64_t
hash_of(struct hashes *h, size_t at, size_t length, uint64_t power)
{
	uint64_t before, all;

	for (; h->done < at + length; h->done++)
		h->ring[(h->done + 1) & h->mask] =
		    append(h->ring[h->done & h->mask], h->text[h->done]);
	before = multiply(h->ring[at & h->mask], power);
	all = h->ring[(at + length) & h->mask];
	return all < before ? all + prime - before : all - before;
}

/* Index + 1 of the longest token of the level at that place of the text, or 0. */
static size_t
look_up(const struct redact_level *level, struct hashes *h, size_t at)
{
	const struct map_entry *prefix;
	size_t length = 0, longest = 0, next;
	uint64_t power = 1, next_power;
	int bit;

	if (!find(level, hash_of(h, at, KNOWN_MIN, h->power[3])))
		return 0;
	for (bit = level->top; bit >= 0; bit--) {
		next = length + ((size_t)1 << bit);
		if (next < KNOWN_MIN || next > h->n - at)
			continue;
		next_power = multiply(power, h->power[bit]);
		prefix = find(level, hash_of(h, at, next, next_power));
		if (!prefix)
			continue;
		length = next;
		power = next_power;
		longest = prefix->count;
	}
	return longest;
}

/* The length of the longest known token at that place, or 0. */
static size_t
known_at(const struct redact_set *set, struct hashes *h, size_t at)
{
	size_t i, k, n = 0;

	if (h->n - at < KNOWN_MIN)
		return 0;
	for (i = 0; i < set->nlevels; i++) {
		k = look_up(&set->levels[i], h, at);
		if (k && set->known[k - 1].n > n &&
		    begins_with(h->text + at, h->n - at, &set->known[k - 1]))
			n = set->known[k - 1].n;
	}
	return n;
}

int
redact_finds(struct redact_set *set, const char *text, size_t n)
{
	struct hashes h;
	size_t i;

	if (make_levels(set) || hashes_start(&h, set, text, n))
		return -1;
	for (i = 0; i < n; i++)
		if (known_at(set, &h, i))
			break;
	free(h.ring);
	return i < n;
}

void
redact_cut(struct redact_set *set, const char *text, size_t n, struct buf *out)
{
	size_t i, cut, run_end = 0;
	struct hashes h;

	if (make_levels(set) || hashes_start(&h, set, text, n)) {
		out->failed = true;
		return;
	}
	for (i = 0; i < n; i += cut ? cut : 1) {
		cut = known_at(set, &h, i);
		if (i >= run_end) {
			run_end = i + token_run(text + i, n - i);
			if (run_end - i >= TOKEN_RUN_MIN && run_end - i > cut)
				cut = run_end - i;
		}
		if (cut)
			buf_puts(out, "[token]");
		else
			buf_putc(out, text[i]);
	}
	free(h.ring);
}
