#include <string.h>

#include "mirror.h"
#include "token.h"

/* What follows prefix in key, or NULL. */
static const char *
after(const char *key, const char *prefix, size_t n)
{
	return strncmp(key, prefix, n) == 0 ? key + n : NULL;
}

const char *
mirror_host(const char *key)
{
	return after(key, MIRROR_PREFIX, sizeof MIRROR_PREFIX - 1);
}

const char *
mirror_rejected_host(const char *key)
{
	return after(key, REJECTED_PREFIX, sizeof REJECTED_PREFIX - 1);
}

bool
mirror_is_mirrored(const char *value)
{
	return value[0] && strcmp(value, MIRROR_EMPTY) != 0;
}

bool
mirror_counts(const struct doc_relation *r, const struct doc_unit *u)
{
	return r->mirror_unit ? u == r->mirror_unit : u->up;
}

bool
mirror_any_up(const struct doc_relation *r)
{
	size_t i;

	for (i = 0; i < r->nunits; i++)
		if (r->units[i].up)
			return true;
	return false;
}

bool
mirror_any_data(const struct doc_relation *r)
{
	const cJSON *e;
	size_t i;

	for (i = 0; i < r->nunits; i++)
		for (e = doc_first(r->units[i].data); e; e = doc_next(e))
			if (mirror_host(e->string) && strcmp(e->valuestring, MIRROR_EMPTY) != 0)
				return true;
	return false;
}

/* Has the value a vote? "empty" is what is left when none has. */
static bool
votes(const char *value, bool no_empty)
{
	return no_empty ? token_valid(value) : mirror_is_mirrored(value);
}

/*
 * Counts value for the group-th key. Of those with the highest count the first one seen is to win,
 * which is known once all are counted.
 */
static int
vote(struct map *counts, size_t group, const char *value)
{
	struct map_entry *e = map_put(counts, group, value);

	if (!e)
		return -1;
	e->count++;
	return 0;
}

int
mirror_find_value(const struct doc_relation *r, const char *host, bool no_empty, const char **value,
    struct fail *f)
{
	struct map counts = {0};
	const char *h, *empty = NULL;
	const cJSON *e;
	size_t i, best = 0;
	int failed = 0;

	*value = NULL;
	for (i = 0; i < r->nunits; i++) {
		if (!mirror_counts(r, &r->units[i]))
			continue;
		for (e = doc_first(r->units[i].data); e; e = doc_next(e)) {
			h = mirror_host(e->string);
			if (!h || strcmp(h, host) != 0)
				continue;
			if (votes(e->valuestring, no_empty))
				failed |= vote(&counts, 0, e->valuestring);
			else if (!no_empty && e->valuestring[0])
				empty = e->valuestring;
			break;
		}
	}
	for (i = 0; i < counts.n; i++) {
		if (counts.entries[i].count > best) {
			best = counts.entries[i].count;
			*value = counts.entries[i].key;
		}
	}
	if (!*value)
		*value = empty;
	map_free(&counts);
	return failed ? fail_memory(f) : 0;
}

/* Puts the hosts of out's order, and the votes for each, group being the host's place in out. */
static int
collect(const struct doc_relation *r, bool no_empty, struct map *out, struct map *counts)
{
	struct map_entry *host;
	const cJSON *e;
	const char *h;
	size_t i;

	for (i = 0; i < r->nunits; i++) {
		if (!mirror_counts(r, &r->units[i]))
			continue;
		for (e = doc_first(r->units[i].data); e; e = doc_next(e)) {
			h = mirror_host(e->string);
			if (!h || !e->valuestring[0] || (no_empty && !votes(e->valuestring, true)))
				continue;
			host = map_put(out, 0, h);
			if (!host)
				return -1;
			if (votes(e->valuestring, no_empty)) {
				if (vote(counts, (size_t)(host - out->entries), e->valuestring))
					return -1;
			} else if (!host->value) {
				host->value = e->valuestring;
			}
		}
	}
	return 0;
}

int
mirror_data(const struct doc_relation *r, bool no_empty, struct map *out, struct fail *f)
{
	struct map counts = {0};
	struct map_entry *host, *e;
	size_t i;
	int failed = collect(r, no_empty, out, &counts);

	for (i = 0; !failed && i < counts.n; i++) {
		e = &counts.entries[i];
		host = &out->entries[e->group];
		if (e->count > host->count) {
			host->count = e->count;
			host->value = e->key;
		}
	}
	map_free(&counts);
	return failed ? fail_memory(f) : 0;
}

static int
take_tokens(const cJSON *node, struct token_set *set)
{
	const cJSON *e;

	for (e = node->child; e; e = e->next) {
		if (!cJSON_IsString(e)
			? take_tokens(e, set)
			: e->string && mirror_host(e->string) && token_set_add(set, e->valuestring))
			return -1;
	}
	return 0;
}

int
mirror_tokens(const struct doc *d, struct token_set *set)
{
	return take_tokens(d->json.root, set);
}
