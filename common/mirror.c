#include <stdlib.h>
#include <string.h>

#include "host.h"
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
mirror_bag_mirrors(const cJSON *bag)
{
	const cJSON *e;

	for (e = doc_first(bag); e; e = doc_next(e))
		if (mirror_host(e->string) && mirror_is_mirrored(e->valuestring))
			return true;
	return false;
}

bool
mirror_lets_join(const char *host, const char *value, const char *rejected)
{
	return value && token_is_good(value, rejected) && !host_fault(host);
}

static bool
is_id(const char *s)
{
	return strlen(s) == 16 && strspn(s, "0123456789abcdef") == 16;
}

struct mirror_published
mirror_published(const cJSON *bag)
{
	struct mirror_published p = {.hostname = ""};
	const cJSON *e;

	for (e = doc_first(bag); e; e = doc_next(e)) {
		if (strcmp(e->string, KEY_HOSTNAME) == 0) {
			p.hostname = e->valuestring;
		} else if (strcmp(e->string, KEY_MEMBER) == 0) {
			p.member = strcmp(e->valuestring, MEMBER_TRUE) == 0;
			p.left = strcmp(e->valuestring, MEMBER_LEFT) == 0;
		} else if (strcmp(e->string, KEY_BOOTSTRAP) == 0) {
			p.ready = strcmp(e->valuestring, BOOTSTRAP_READY) == 0;
		} else if (strcmp(e->string, KEY_REJECTED) == 0 && is_id(e->valuestring)) {
			p.rejected = e->valuestring;
		}
	}
	return p;
}

bool
mirror_is_named(const cJSON *app_data, const char *unit)
{
	const char *name = doc_get(app_data, KEY_MIRROR_UNIT);

	return name[0] && doc_same_number(unit, name);
}

void
mirror_choose(struct doc_relation *r)
{
	size_t i;

	for (i = 0; i < r->nunits; i++)
		if (r->units[i].up && mirror_is_named(r->app_data, r->units[i].name))
			r->mirror_unit = &r->units[i];
}

bool
mirror_counts(const struct doc_relation *r, const struct doc_unit *u)
{
	return r->mirror_unit ? u == r->mirror_unit : u->up;
}

bool
mirror_member_counts(const struct doc_relation *r)
{
	return r->mirror_unit || !doc_get(r->app_data, KEY_MIRROR_UNIT)[0];
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

/* Does the value have a vote? "empty" has none: it is the result only where nothing else is. */
static bool
has_vote(const char *value, bool no_empty)
{
	return no_empty ? token_valid(value) : mirror_is_mirrored(value);
}

int
mirror_vote(struct map *votes, size_t group, const char *value)
{
	struct map_entry *e = map_put(votes, group, value);

	if (!e)
		return -1;
	e->count++;
	return 0;
}

void
mirror_elect(const struct map *votes, const struct map_entry *winners[])
{
	const struct map_entry *e, **winner;

	/* in the order in which they were seen */
	for (e = votes->entries; e < votes->entries + votes->n; e++) {
		winner = &winners[e->group];
		if (!*winner || e->count > (*winner)->count)
			*winner = e;
	}
}

int
mirror_find_value(const struct doc_relation *r, const char *host, bool no_empty, const char **value,
    struct fail *f)
{
	const struct map_entry *winner = NULL;
	const char *h, *empty = NULL;
	struct map votes = {0};
	const cJSON *e;
	int failed = 0;
	size_t i;

	*value = NULL;
	for (i = 0; i < r->nunits; i++) {
		if (!mirror_counts(r, &r->units[i]))
			continue;
		for (e = doc_first(r->units[i].data); e; e = doc_next(e)) {
			h = mirror_host(e->string);
			if (!h || strcmp(h, host) != 0)
				continue;
			if (has_vote(e->valuestring, no_empty))
				failed |= mirror_vote(&votes, 0, e->valuestring);
			else if (!no_empty && e->valuestring[0])
				empty = e->valuestring;
			break;
		}
	}
	mirror_elect(&votes, &winner);
	*value = winner ? winner->key : empty;
	map_free(&votes);
	return failed ? fail_memory(f) : 0;
}

/*
 * Collects the mirror- keys of one mirror's databag. Puts each host into out, with the first value
 * that has no vote, or NULL. Counts the values that have a vote in votes, under the host's index in
 * out. With no_empty, only tokens have a vote, and other values are ignored.
 */
static int
collect(const cJSON *bag, bool no_empty, struct map *out, struct map *votes)
{
	struct map_entry *host;
	const cJSON *e;
	const char *h;

	for (e = doc_first(bag); e; e = doc_next(e)) {
		h = mirror_host(e->string);
		if (!h || !e->valuestring[0] || (no_empty && !has_vote(e->valuestring, true)))
			continue;
		host = map_put(out, 0, h);
		if (!host)
			return -1;
		if (!has_vote(e->valuestring, no_empty)) {
			if (!host->value)
				host->value = e->valuestring;
		} else if (mirror_vote(votes, (size_t)(host - out->entries), e->valuestring)) {
			return -1;
		}
	}
	return 0;
}

static int
collect_all(const struct doc_relation *r, bool no_empty, struct map *out, struct map *votes)
{
	size_t i;

	for (i = 0; i < r->nunits; i++)
		if (mirror_counts(r, &r->units[i]) &&
		    collect(r->units[i].data, no_empty, out, votes))
			return -1;
	return 0;
}

int
mirror_rejected(const struct doc_relation *r, struct map *out)
{
	struct map_entry *host;
	const cJSON *e;
	const char *h;
	size_t i;

	for (i = 0; i < r->nunits; i++) {
		if (!mirror_counts(r, &r->units[i]))
			continue;
		for (e = doc_first(r->units[i].data); e; e = doc_next(e)) {
			h = mirror_rejected_host(e->string);
			if (!h)
				continue;
			host = map_put(out, 0, h);
			if (!host)
				return -1;
			if (!host->value)
				host->value = e->valuestring;
		}
	}
	return 0;
}

int
mirror_data(const struct doc_relation *r, bool no_empty, struct map *out, struct fail *f)
{
	const struct map_entry **winners = NULL;
	struct map votes = {0};
	int failed = collect_all(r, no_empty, out, &votes);
	size_t i;

	if (!failed && votes.n) {
		winners = calloc(out->n, sizeof(const struct map_entry *));
		failed = !winners;
	}
	if (!failed && votes.n)
		mirror_elect(&votes, winners);
	for (i = 0; winners && i < out->n; i++)
		if (winners[i])
			out->entries[i].value = winners[i]->key;
	free(winners);
	map_free(&votes);
	return failed ? fail_memory(f) : 0;
}

static int
take_tokens(const cJSON *node, struct redact_set *set)
{
	const cJSON *e;

	for (e = node->child; e; e = e->next) {
		if (!cJSON_IsString(e)
			? take_tokens(e, set)
			: e->string && mirror_host(e->string) && redact_add(set, e->valuestring))
			return -1;
	}
	return 0;
}

int
mirror_tokens(const struct doc *d, struct redact_set *set)
{
	return take_tokens(d->json.root, set);
}
