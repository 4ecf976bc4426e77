#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "mirror.h"
#include "provider.h"
#include "token.h"

enum {
	HOST_MAX = 255, /* bytes */
	WARNINGS = 8,	/* the number of left-out hosts that are named in the log */
};

/* What the units that publish this host name say about it. */
struct host {
	size_t units; /* the number of units that publish it */
	bool member;
	const char *rejected; /* the ID of the token with which its unit failed to join, or NULL */
};

struct provider {
	const struct doc_view *v;
	enum provider_event event;
	const struct action_out *out;
	struct fail *f;
	bool partial;	    /* not all units are in the document */
	bool has_member;    /* some unit publishes member = true */
	bool has_left;	    /* some unit publishes member = left */
	bool all_have_host; /* every unit publishes a hostname */
	bool all_have_unit; /* every relation has a unit in scope */
	bool mirrored;	    /* some databag has, or will have, a mirrored value */
	struct map hosts;   /* item: what is said of the host */
	struct arena arena;
	struct map merge;      /* the value for each host; NULL: none */
	struct map rejected;   /* a host's first rejected token: merged if there is no other */
	struct map left_out;   /* host names that can't be mirrored */
	const char *app;       /* bootstrap-app, or NULL */
	const char *unit;      /* bootstrap-unit, or NULL */
	const char *unit_host; /* bootstrap-host */
};

int
provider_event(const char *name, enum provider_event *event)
{
	int found = stepevent_find(
	    name, STEPEVENT_BIT(STEPEVENT_CHANGED) | STEPEVENT_BIT(STEPEVENT_LEADER) |
		      STEPEVENT_BIT(STEPEVENT_UPDATE_STATUS) | STEPEVENT_BIT(STEPEVENT_RECONCILE));

	if (found < 0)
		return -1;
	*event = (enum provider_event)found;
	return 0;
}

/* Can a databag have a key for this host? */
static bool
fits(const char *host)
{
	const unsigned char *s = (const unsigned char *)host;
	size_t i;

	for (i = 0; s[i]; i++)
		if (i == HOST_MAX || s[i] < 0x20 || s[i] == 0x7f ||
		    (s[i] == 0xc2 && s[i + 1] >= 0x80 && s[i + 1] <= 0x9f))
			return false;
	return true;
}

/* Sets *takes to fits(host); logs one WARNING for each host that doesn't fit. */
static int
takes_host(struct provider *p, const char *host, bool *takes)
{
	struct map_entry *e;
	struct buf b = {0};
	size_t n = p->left_out.n;
	int r = 0;

	*takes = fits(host);
	if (*takes)
		return 0;
	e = map_put(&p->left_out, 0, host);
	if (!e)
		return fail_memory(p->f);
	if (p->left_out.n == n || n >= WARNINGS)
		return 0; /* logged before, or counted at the end */
	buf_printf(&b,
	    "%s is left out: a host name has at most 255 bytes and no control characters",
	    name_of(host).s);
	r = b.failed ? fail_memory(p->f) : action_log(p->out, "WARNING", b.s, p->f);
	buf_free(&b);
	return r;
}

static int
count_left_out(struct provider *p)
{
	char text[64];

	if (p->left_out.n <= WARNINGS)
		return 0;
	snprintf(text, sizeof text, "%zu more host names are left out", p->left_out.n - WARNINGS);
	return action_log(p->out, "WARNING", text, p->f);
}

static struct host *
host_of(const struct provider *p, const char *name)
{
	struct map_entry *e = map_get(&p->hosts, 0, name);

	return e ? e->item : NULL;
}

static int
note_host(struct provider *p, const struct mirror_published *u)
{
	struct map_entry *e = map_put(&p->hosts, 0, u->hostname);
	struct host *h;

	if (e && !e->item)
		e->item = arena_make(&p->arena, sizeof *h);
	if (!e || !e->item)
		return fail_memory(p->f);
	h = e->item;
	h->units++;
	h->member |= u->member;
	if (!h->rejected)
		h->rejected = u->rejected;
	return 0;
}

/* First pass: what each unit publishes. */
static int
survey(struct provider *p)
{
	const struct doc_relation *r;
	struct mirror_published u;
	size_t i, j;
	bool takes;

	p->all_have_host = p->all_have_unit = true;
	for (i = 0; i < p->v->nrelations; i++) {
		r = &p->v->relations[i];
		p->partial |= r->partial || r->unknown;
		p->all_have_unit &= r->nunits > 0;
		for (j = 0; j < r->nunits; j++) {
			u = mirror_published(r->units[j].data);
			p->has_member |= u.member;
			p->has_left |= u.left;
			p->all_have_host &= u.hostname[0] != '\0';
			p->mirrored |= mirror_bag_mirrors(r->units[j].data);
			if (!u.hostname[0])
				continue;
			if (takes_host(p, u.hostname, &takes) || (takes && note_host(p, &u)))
				return -1;
		}
	}
	return 0;
}

/* The ID of host's rejected token, or NULL. Its unit publishes it; if no unit in the document
 * publishes host, our own databags have it. */
static const char *
rejected_of(const struct provider *p, const char *host)
{
	const struct host *h = host_of(p, host);

	if (h)
		return h->member ? NULL : h->rejected;
	return map_value(&p->rejected, host);
}

/* Takes rejected-HOST from our own databags for hosts that no unit in the document publishes. */
static int
keep_rejected(struct provider *p)
{
	const struct doc_relation *r;
	struct map_entry *entry;
	const cJSON *e;
	const char *host;
	size_t i;

	for (i = 0; i < p->v->nrelations; i++) {
		r = &p->v->relations[i];
		for (e = doc_first(r->local_data); e; e = doc_next(e)) {
			host = mirror_rejected_host(e->string);
			if (!host || !e->valuestring[0] || host_of(p, host))
				continue;
			entry = map_put(&p->rejected, 0, host);
			if (!entry)
				return fail_memory(p->f);
			if (!entry->value)
				entry->value = e->valuestring;
		}
	}
	return 0;
}

/*
 * Does a mirrored "member" count for host? If units publish the host name, only their word counts.
 * In update-status with all units, a host that no unit publishes is gone.
 */
static bool
takes_member(const struct provider *p, const char *host)
{
	const struct host *h = host_of(p, host);

	return h ? h->member : p->partial || p->event != PROVIDER_UPDATE_STATUS;
}

static int
merge_bag(struct provider *p, const cJSON *bag, struct map *fallback)
{
	struct map_entry *entry;
	const char *host;
	const cJSON *e;
	bool takes;

	for (e = doc_first(bag); e; e = doc_next(e)) {
		host = mirror_host(e->string);
		if (!host || !e->valuestring[0])
			continue;
		if (takes_host(p, host, &takes))
			return -1;
		if (!takes ||
		    (strcmp(e->valuestring, MIRROR_MEMBER) == 0 && !takes_member(p, host)))
			continue;
		entry = map_put(&p->merge, 0, host);
		if (!entry)
			return fail_memory(p->f);
		if (token_has_id(e->valuestring, rejected_of(p, host))) {
			entry = map_put(fallback, 0, host);
			if (!entry)
				return fail_memory(p->f);
			if (!entry->value)
				entry->value = e->valuestring;
		} else if (!entry->value || !mirror_is_mirrored(entry->value)) {
			entry->value = e->valuestring;
		}
	}
	return 0;
}

/*
 * Takes tokens from a unit in the cluster whose mirror isn't up. It may have made one for a host
 * that waits, and the cluster makes no other while that one is good.
 */
static int
merge_silent(struct provider *p, const struct doc_unit *u)
{
	struct map_entry *entry;
	const char *host;
	const cJSON *e;

	if (u->up || !mirror_published(u->data).member)
		return 0;
	for (e = doc_first(u->data); e; e = doc_next(e)) {
		host = mirror_host(e->string);
		if (!host || !host_of(p, host) ||
		    !token_is_good(e->valuestring, rejected_of(p, host)))
			continue;
		entry = map_put(&p->merge, 0, host);
		if (!entry)
			return fail_memory(p->f);
		if (!entry->value || !mirror_is_mirrored(entry->value))
			entry->value = e->valuestring;
	}
	return 0;
}

/* Second pass: one value for each host, over all relations. */
static int
merge(struct provider *p, struct map *fallback)
{
	const struct doc_relation *r;
	struct map_entry *e;
	struct host *h;
	size_t i, j;

	for (i = 0; i < p->v->nrelations; i++) {
		r = &p->v->relations[i];
		if (merge_bag(p, r->local_data, fallback))
			return -1;
		for (j = 0; j < r->nunits; j++)
			if (r->units[j].up && merge_bag(p, r->units[j].data, fallback))
				return -1;
	}
	for (i = 0; i < p->v->nrelations; i++) {
		r = &p->v->relations[i];
		for (j = 0; j < r->nunits; j++)
			if (merge_silent(p, &r->units[j]))
				return -1;
	}
	for (i = 0; i < p->hosts.n; i++)
		if (!map_put(&p->merge, 0, p->hosts.entries[i].key))
			return fail_memory(p->f);
	for (e = p->merge.entries; e < p->merge.entries + p->merge.n; e++) {
		h = host_of(p, e->key);
		if (h && h->member)
			e->value = MIRROR_MEMBER;
		else if ((!e->value || !mirror_is_mirrored(e->value)) &&
			 map_value(fallback, e->key))
			e->value = map_value(fallback, e->key);
		else if (!e->value && h)
			e->value = MIRROR_EMPTY;
		p->mirrored |= e->value && mirror_is_mirrored(e->value);
	}
	return 0;
}

/* The first value of key in a relation's own application databag, or NULL. */
static const char *
app_value(const struct provider *p, const char *key)
{
	const char *value;
	size_t i;

	for (i = 0; i < p->v->nrelations; i++) {
		value = doc_get(p->v->relations[i].local_app_data, key);
		if (value[0])
			return value;
	}
	return NULL;
}

static bool
is_app(const struct doc_relation *r, const char *app)
{
	return app && r->related_app && strcmp(r->related_app, app) == 0;
}

static void
choose_app(struct provider *p)
{
	bool related = false;
	size_t i;

	p->app = app_value(p, KEY_BOOTSTRAP_APP);
	for (i = 0; i < p->v->nrelations; i++)
		related |= is_app(&p->v->relations[i], p->app);
	if (p->app && !related && !p->partial && !p->has_member && !p->mirrored)
		p->app = NULL;
	for (i = 0; !p->app && i < p->v->nrelations; i++)
		p->app = p->v->relations[i].related_app;
}

/* Is bootstrap-unit in the document, and does it publish member = true? */
static void
find_unit(const struct provider *p, bool *there, bool *member)
{
	const struct doc_relation *r;
	size_t i, j;

	*there = *member = false;
	for (i = 0; p->unit && i < p->v->nrelations; i++) {
		r = &p->v->relations[i];
		for (j = 0; j < r->nunits; j++) {
			if (strcmp(r->units[j].name, p->unit) == 0) {
				*there = true;
				*member |= mirror_published(r->units[j].data).member;
			}
		}
	}
}

static void
give_permission(struct provider *p, const struct doc_unit *u, const struct mirror_published *pub)
{
	p->unit = u->name;
	p->unit_host = pub->hostname;
}

/* Gives the permission to the first unit by name that publishes member = true. */
static void
give_to_member(struct provider *p)
{
	const struct doc_unit *u, *first = NULL;
	struct mirror_published pub, first_pub = {0};
	size_t i, j;

	for (i = 0; i < p->v->nrelations; i++) {
		for (j = 0; j < p->v->relations[i].nunits; j++) {
			u = &p->v->relations[i].units[j];
			pub = mirror_published(u->data);
			if (pub.member && (!first || strcmp(u->name, first->name) < 0)) {
				first = u;
				first_pub = pub;
			}
		}
	}
	if (first)
		give_permission(p, first, &first_pub);
}

/*
 * A unit of another model recognises itself only by bootstrap-host. So it can't have the permission
 * if another unit publishes the same host name.
 */
static bool
is_told_apart(
    const struct provider *p, const struct doc_unit *u, const struct mirror_published *pub)
{
	const struct host *h = host_of(p, pub->hostname);

	return !doc_is_remote(u->name) || !h || h->units == 1;
}

/* Gives the permission to the first unit of bootstrap-app that asks for it. */
static void
give_to_ready(struct provider *p)
{
	const struct doc_relation *r;
	struct mirror_published pub;
	size_t i, j;

	for (i = 0; i < p->v->nrelations; i++) {
		r = &p->v->relations[i];
		for (j = 0; is_app(r, p->app) && j < r->nunits; j++) {
			pub = mirror_published(r->units[j].data);
			if (pub.ready && pub.hostname[0] && is_told_apart(p, &r->units[j], &pub)) {
				give_permission(p, &r->units[j], &pub);
				return;
			}
		}
	}
}

/*
 * May a unit get the permission? Not if there may be a cluster. In update-status all units have
 * been met; before that, a unit without hostname, or one that hasn't been met, may be in a cluster.
 */
static bool
may_grant(const struct provider *p, bool there)
{
	if (p->has_member || p->has_left || p->mirrored)
		return false;
	if (p->event == PROVIDER_UPDATE_STATUS)
		return !p->unit || !there;
	return !p->unit && p->all_have_host && p->all_have_unit;
}

static void
choose_unit(struct provider *p)
{
	bool there, member;

	p->unit = app_value(p, KEY_BOOTSTRAP_UNIT);
	p->unit_host = app_value(p, KEY_BOOTSTRAP_HOST);
	if (p->partial)
		return;
	find_unit(p, &there, &member);
	if (p->has_member && !member)
		give_to_member(p);
	else if (may_grant(p, there))
		give_to_ready(p);
}

static int
set_if_other(
    struct provider *p, struct map *set, const cJSON *bag, const char *key, const char *value)
{
	if (!value || strcmp(doc_get(bag, key), value) == 0)
		return 0;
	return map_set(set, key, value) ? fail_memory(p->f) : 0;
}

static int
app_changes(struct provider *p, const struct doc_relation *r, struct map *set)
{
	if (set_if_other(p, set, r->local_app_data, KEY_BOOTSTRAP_APP, p->app) ||
	    set_if_other(p, set, r->local_app_data, KEY_MIRROR_UNIT, p->v->unit) ||
	    set_if_other(p, set, r->local_app_data, KEY_BOOTSTRAP_UNIT, p->unit) ||
	    set_if_other(
		p, set, r->local_app_data, KEY_BOOTSTRAP_HOST, p->unit ? p->unit_host : NULL))
		return -1;
	return 0;
}

struct changes {
	struct map set;
	struct arena keys;
	bool matter; /* some change can't be delayed */
	bool waits;  /* the databag now shows a host that waits for a token */
};

static int
change(struct provider *p, struct changes *c, const char *prefix, const char *host,
    const char *value, bool matters)
{
	const char *key = arena_join(&c->keys, prefix, host);

	if (!key || map_set(&c->set, key, value))
		return fail_memory(p->f);
	c->matter |= matters;
	return 0;
}

/* The hosts of a databag's keys with that prefix, each with its value. */
static int
bag_hosts(
    struct provider *p, const cJSON *bag, const char *(*host_in)(const char *), struct map *own)
{
	const cJSON *e;
	const char *host;

	for (e = doc_first(bag); e; e = doc_next(e)) {
		host = host_in(e->string);
		if (host && map_set(own, host, e->valuestring))
			return fail_memory(p->f);
	}
	return 0;
}

static int
mirror_changes(struct provider *p, const struct map *own, struct changes *c)
{
	const struct map_entry *e;
	const char *have;

	for (e = p->merge.entries; e < p->merge.entries + p->merge.n; e++) {
		have = map_value(own, e->key);
		if (e->value && (!have || strcmp(have, e->value) != 0) &&
		    change(p, c, MIRROR_PREFIX, e->key, e->value,
			strcmp(e->value, MIRROR_MEMBER) != 0))
			return -1;
	}
	for (e = own->entries; e < own->entries + own->n; e++)
		if (strcmp(e->value, MIRROR_MEMBER) == 0 && !map_value(&p->merge, e->key) &&
		    change(p, c, MIRROR_PREFIX, e->key, "", true))
			return -1;
	return 0;
}

static int
rejected_changes(struct provider *p, const struct map *own, struct changes *c)
{
	const struct map_entry *e;
	const char *want, *have;
	size_t i;

	for (i = 0; i < p->hosts.n; i++) {
		want = rejected_of(p, p->hosts.entries[i].key);
		have = map_value(own, p->hosts.entries[i].key);
		if (want && (!have || strcmp(have, want) != 0) &&
		    change(p, c, REJECTED_PREFIX, p->hosts.entries[i].key, want, true))
			return -1;
	}
	for (i = 0; i < p->rejected.n; i++) {
		e = &p->rejected.entries[i];
		have = map_value(own, e->key);
		if ((!have || strcmp(have, e->value) != 0) &&
		    change(p, c, REJECTED_PREFIX, e->key, e->value, true))
			return -1;
	}
	for (e = own->entries; e < own->entries + own->n; e++)
		if (e->value[0] && !rejected_of(p, e->key) &&
		    change(p, c, REJECTED_PREFIX, e->key, "", false))
			return -1;
	return 0;
}

/* Does the databag show a host that waits for a token: "empty", or a rejected token? */
static bool
shows_waiting(const struct map *own, const struct map *own_rejected)
{
	const struct map_entry *e;

	for (e = own->entries; e < own->entries + own->n; e++)
		if (strcmp(e->value, MIRROR_EMPTY) == 0 ||
		    token_has_id(e->value, map_value(own_rejected, e->key)))
			return true;
	return false;
}

static int
unit_changes(struct provider *p, const struct doc_relation *r, struct changes *c)
{
	struct map own = {0}, own_rejected = {0};
	int failed = -1;

	if (set_if_other(p, &c->set, r->local_data, KEY_MIRROR, MIRROR_UP))
		return -1;
	c->matter = c->set.n > 0;
	if (bag_hosts(p, r->local_data, mirror_host, &own) == 0 &&
	    bag_hosts(p, r->local_data, mirror_rejected_host, &own_rejected) == 0)
		failed =
		    mirror_changes(p, &own, c) || rejected_changes(p, &own_rejected, c) ? -1 : 0;
	c->waits = shows_waiting(&own, &own_rejected);
	map_free(&own);
	map_free(&own_rejected);
	return failed;
}

static int
step_relation(struct provider *p, const struct doc_relation *r)
{
	struct changes c = {0};
	struct map app = {0};
	int failed = -1;

	if (unit_changes(p, r, &c) == 0 && app_changes(p, r, &app) == 0) {
		/*
		 * Each change runs a hook on every node, so changes that nobody waits for are
		 * delayed until a hook has all units. While a host waits, the communicator needs to
		 * know who has joined. A databag in which nothing is mirrored yet is written.
		 */
		if (p->partial && !c.matter && !c.waits && !app.n &&
		    mirror_bag_mirrors(r->local_data))
			failed = 0;
		else
			failed = action_set(p->out, r->id, true, &app, p->f) ||
					 action_set(p->out, r->id, false, &c.set, p->f)
				     ? -1
				     : 0;
	}
	arena_free(&c.keys);
	map_free(&c.set);
	map_free(&app);
	return failed;
}

static int
leader_step(struct provider *p)
{
	struct map fallback = {0};
	int failed = -1;
	size_t i;

	if (survey(p) == 0 && keep_rejected(p) == 0 && merge(p, &fallback) == 0 &&
	    count_left_out(p) == 0) {
		choose_app(p);
		choose_unit(p);
		for (failed = 0, i = 0; !failed && i < p->v->nrelations; i++)
			failed = step_relation(p, &p->v->relations[i]);
	}
	map_free(&fallback);
	return failed;
}

/* For a unit that isn't leader: its mirror may still be up because it was leader before. */
static int
mirrors_down(struct provider *p)
{
	const struct doc_relation *r;
	struct map set = {0};
	int failed = 0;
	size_t i;

	if (map_set(&set, KEY_MIRROR, MIRROR_DOWN))
		return fail_memory(p->f);
	for (i = 0; !failed && i < p->v->nrelations; i++) {
		r = &p->v->relations[i];
		if (doc_get(r->local_data, KEY_MIRROR)[0] &&
		    strcmp(doc_get(r->local_data, KEY_MIRROR), MIRROR_DOWN) != 0)
			failed = action_set(p->out, r->id, false, &set, p->f);
	}
	map_free(&set);
	return failed;
}

int
provider_step(const struct doc_view *v, enum provider_event event, const struct action_out *out,
    struct fail *f)
{
	struct provider p = {.v = v, .event = event, .out = out, .f = f};
	int failed = 0;

	if (doc_check_own(v, f))
		return -1;
	if (v->leader)
		failed = leader_step(&p);
	else if (event == PROVIDER_LEADER)
		failed = mirrors_down(&p);
	map_free(&p.hosts);
	arena_free(&p.arena);
	map_free(&p.merge);
	map_free(&p.rejected);
	map_free(&p.left_out);
	return failed;
}
