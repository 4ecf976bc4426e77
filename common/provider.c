#include <string.h>

#include "arena.h"
#include "mirror.h"
#include "provider.h"
#include "token.h"
#include "utf8.h"

enum { HOST_MAX = 255 }; /* bytes */

/* A databag of the document, and what its unit publishes. */
struct bag {
	const struct doc_relation *r;
	const struct doc_unit *unit; /* NULL: it is our own */
	const cJSON *data;
	struct mirror_published says;
};

/* A host, and what is known and decided about it. */
struct host {
	size_t units; /* the number of units that publish its name */
	bool member;  /* one of them publishes member = true */
	bool left_out;
	/*
	 * The ID of the token with which its unit failed to join, or NULL. The unit publishes it;
	 * if no unit in the document publishes the host, our own databags have it.
	 */
	const char *rejected;
	const char *value;    /* of mirror-HOST in all our databags; NULL: none */
	const char *fallback; /* its first rejected token: the value if there is no other */
	/* What our databag in the relation that is being written has; "": nothing. */
	const char *have;
	const char *have_rejected;
};

struct provider {
	const struct doc_view *v;
	enum stepevent event;
	const struct action_out *out;
	struct fail *f;
	struct bag *bags; /* in each relation, our own is the first */
	size_t nbags;
	bool partial;	       /* not all units are in the document */
	bool has_member;       /* some unit publishes member = true */
	bool has_left;	       /* some unit publishes member = left */
	bool all_have_host;    /* every unit publishes a hostname */
	bool all_have_unit;    /* every relation has a unit in scope */
	bool mirrored;	       /* some databag has, or will have, a mirrored value */
	struct map hosts;      /* item: struct host */
	size_t left_out;       /* how many hosts can't be mirrored */
	const char *app;       /* bootstrap-app, or NULL */
	const char *unit;      /* bootstrap-unit, or NULL */
	const char *unit_host; /* bootstrap-host */
	struct arena arena;
};

static int
list_bags(struct provider *p)
{
	const struct doc_relation *r, *end = p->v->relations + p->v->nrelations;
	const struct doc_unit *u;
	size_t n = 0;

	for (r = p->v->relations; r < end; r++)
		n += 1 + r->nunits;
	p->bags = arena_make(&p->arena, n * sizeof *p->bags);
	if (!p->bags)
		return fail_memory(p->f);
	for (r = p->v->relations; r < end; r++) {
		p->bags[p->nbags++] = (struct bag){.r = r, .data = r->local_data};
		for (u = r->units; u < r->units + r->nunits; u++)
			p->bags[p->nbags++] =
			    (struct bag){r, u, u->data, mirror_published(u->data)};
	}
	return 0;
}

/* What is known about the host of that name; at first nothing. NULL: no memory. */
static struct host *
host_of(struct provider *p, const char *name)
{
	struct map_entry *e = map_put(&p->hosts, 0, name);
	struct host *h;

	if (e && !e->item && (h = arena_make(&p->arena, sizeof *h))) {
		h->have = h->have_rejected = "";
		e->item = h;
	}
	if (e && e->item)
		return e->item;
	fail_memory(p->f);
	return NULL;
}

/* Can a databag have a key for this host? */
static bool
fits(const char *host)
{
	size_t i;

	for (i = 0; host[i]; i++)
		if (i == HOST_MAX || utf8_control(host + i))
			return false;
	return true;
}

/* Sets *h to the host of that name; to NULL if it doesn't fit, which a WARNING says once. */
static int
find_fitting(struct provider *p, const char *name, struct host **h)
{
	struct host *found = host_of(p, name);

	if (!found)
		return -1;
	*h = fits(name) ? found : NULL;
	if (*h || found->left_out)
		return 0;
	found->left_out = true;
	return action_warn(p->out, &p->left_out, p->f,
	    "%s is left out: a host name has at most 255 bytes and no control characters",
	    name_of(name).s);
}

/* Notes what a unit publishes about its host. */
static int
note_published(struct provider *p, const struct mirror_published *says)
{
	struct host *h;

	if (!says->hostname[0])
		return 0;
	if (find_fitting(p, says->hostname, &h))
		return -1;
	if (!h)
		return 0;
	h->units++;
	h->member |= says->member;
	if (!h->rejected)
		h->rejected = says->rejected;
	return 0;
}

/* First pass: what each unit publishes. */
static int
survey(struct provider *p)
{
	const struct bag *b;

	p->all_have_host = p->all_have_unit = true;
	for (b = p->bags; b < p->bags + p->nbags; b++) {
		if (!b->unit) {
			p->partial |= b->r->partial || b->r->unknown;
			p->all_have_unit &= b->r->nunits > 0;
			continue;
		}
		p->has_member |= b->says.member;
		p->has_left |= b->says.left;
		p->all_have_host &= b->says.hostname[0] != '\0';
		p->mirrored |= mirror_bag_mirrors(b->data);
		if (note_published(p, &b->says))
			return -1;
	}
	return 0;
}

/* Takes rejected-HOST from our own databags for hosts that no unit in the document publishes. */
static int
keep_rejected(struct provider *p)
{
	const struct bag *b;
	const char *name;
	const cJSON *e;
	struct host *h;

	for (b = p->bags; b < p->bags + p->nbags; b++) {
		for (e = b->unit ? NULL : doc_first(b->data); e; e = doc_next(e)) {
			name = mirror_rejected_host(e->string);
			if (!name || !e->valuestring[0])
				continue;
			h = host_of(p, name);
			if (!h)
				return -1;
			if (!h->units && !h->rejected)
				h->rejected = e->valuestring;
		}
	}
	return 0;
}

/* What rejected-HOST says, or NULL. */
static const char *
rejected_of(const struct host *h)
{
	return h->member ? NULL : h->rejected;
}

/*
 * Does a mirrored "member" count for the host? If units publish the host name, only their word
 * counts. In update-status with all units, a host that no unit publishes is gone.
 */
static bool
takes_member(const struct provider *p, const struct host *h)
{
	return h->units ? h->member : p->partial || p->event != STEPEVENT_UPDATE_STATUS;
}

static bool
is_mirrored(const char *value)
{
	return value && mirror_is_mirrored(value);
}

/* Takes a value of mirror-HOST: of all, the first that is mirrored and not rejected. */
static void
merge_value(const struct provider *p, struct host *h, const char *value)
{
	const char **place = token_has_id(value, rejected_of(h)) ? &h->fallback : &h->value;

	if (strcmp(value, MIRROR_MEMBER) == 0 && !takes_member(p, h))
		return;
	if (!*place || (place == &h->value && !is_mirrored(*place)))
		*place = value;
}

static int
merge_bag(struct provider *p, const struct bag *b)
{
	const char *name;
	const cJSON *e;
	struct host *h;

	for (e = doc_first(b->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		if (!name || !e->valuestring[0])
			continue;
		if (find_fitting(p, name, &h))
			return -1;
		if (h)
			merge_value(p, h, e->valuestring);
	}
	return 0;
}

/*
 * Takes tokens from a unit in the cluster whose mirror isn't up. It may have made one for a host
 * that waits, and the cluster makes no other while that one is good.
 */
static void
merge_not_up(struct provider *p, const struct bag *b)
{
	const struct map_entry *entry;
	const char *name;
	const cJSON *e;
	struct host *h;

	for (e = doc_first(b->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		entry = name ? map_get(&p->hosts, 0, name) : NULL;
		h = entry ? entry->item : NULL;
		if (h && h->units && token_is_good(e->valuestring, rejected_of(h)))
			merge_value(p, h, e->valuestring);
	}
}

/* Second pass: one value for each host, over all relations. */
static int
merge(struct provider *p)
{
	const struct bag *b, *end = p->bags + p->nbags;
	struct host *h;
	size_t i;

	for (b = p->bags; b < end; b++)
		if ((!b->unit || b->unit->up) && merge_bag(p, b))
			return -1;
	for (b = p->bags; b < end; b++)
		if (b->unit && !b->unit->up && b->says.member)
			merge_not_up(p, b);
	for (i = 0; i < p->hosts.n; i++) {
		h = p->hosts.entries[i].item;
		if (h->member)
			h->value = MIRROR_MEMBER;
		else if (h->fallback && !is_mirrored(h->value))
			h->value = h->fallback;
		else if (h->units && !h->value)
			h->value = MIRROR_EMPTY;
		p->mirrored |= is_mirrored(h->value);
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

/*
 * Can bootstrap-host tell the unit of b? A unit of another model recognises itself only by that. So
 * it can't if another unit publishes the same host name.
 */
static bool
has_own_host(const struct provider *p, const struct bag *b)
{
	const struct map_entry *e = map_get(&p->hosts, 0, b->says.hostname);
	const struct host *h = e ? e->item : NULL;

	return h && !h->left_out && (!doc_is_remote(b->unit->name) || h->units <= 1);
}

/* Does the unit of b ask for the permission, and may it have it? */
static bool
is_ready(const struct provider *p, const struct bag *b)
{
	return b->unit && is_app(b->r, p->app) && b->says.ready && has_own_host(p, b);
}

/* The unit that gets the permission: where there is a cluster, the first member by name, else the
 * first unit of bootstrap-app that is ready. NULL: none. */
static const struct bag *
choose_bag(const struct provider *p)
{
	const struct bag *b, *first = NULL;

	for (b = p->bags; b < p->bags + p->nbags; b++) {
		if (p->has_member) {
			if (b->says.member &&
			    (!first || strcmp(b->unit->name, first->unit->name) < 0))
				first = b;
		} else if (is_ready(p, b)) {
			return b;
		}
	}
	return first;
}

/*
 * May a unit get the permission? in_document: bootstrap-unit is in the document; member: it is in
 * the cluster. If there is a cluster, the permission goes to a member, which has no use for it. If
 * there may be one, it stays. In update-status all units have been met; before that, a unit without
 * hostname, or one that hasn't been met, may be in a cluster.
 */
static bool
may_grant(const struct provider *p, bool in_document, bool member)
{
	if (p->partial)
		return false;
	if (p->has_member)
		return !member;
	if (p->has_left || p->mirrored)
		return false;
	if (p->event == STEPEVENT_UPDATE_STATUS)
		return !p->unit || !in_document;
	return !p->unit && p->all_have_host && p->all_have_unit;
}

static void
choose_unit(struct provider *p)
{
	bool in_document = false, member = false;
	const struct bag *b;

	p->unit = app_value(p, KEY_BOOTSTRAP_UNIT);
	p->unit_host = app_value(p, KEY_BOOTSTRAP_HOST);
	for (b = p->bags; p->unit && b < p->bags + p->nbags; b++) {
		if (b->unit && strcmp(b->unit->name, p->unit) == 0) {
			in_document = true;
			member |= b->says.member;
			if (has_own_host(p, b))
				p->unit_host = b->says.hostname;
		}
	}
	b = may_grant(p, in_document, member) ? choose_bag(p) : NULL;
	if (b) {
		p->unit = b->unit->name;
		p->unit_host = b->says.hostname;
	}
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
	const char *host = p->unit ? p->unit_host : NULL;

	if (set_if_other(p, set, r->local_app_data, KEY_BOOTSTRAP_APP, p->app) ||
	    set_if_other(p, set, r->local_app_data, KEY_MIRROR_UNIT, p->v->unit) ||
	    set_if_other(p, set, r->local_app_data, KEY_BOOTSTRAP_UNIT, p->unit) ||
	    set_if_other(p, set, r->local_app_data, KEY_BOOTSTRAP_HOST, host))
		return -1;
	return 0;
}

struct changes {
	struct map set;
	bool matter; /* some change can't be delayed */
	bool waits;  /* the databag now shows a host that waits for a token */
};

/* Sets each host's have and have_rejected. */
static int
look_up_own(struct provider *p, const cJSON *bag)
{
	const char *name, *rejected;
	struct host *h;
	const cJSON *e;
	size_t i;

	for (i = 0; i < p->hosts.n; i++) {
		h = p->hosts.entries[i].item;
		h->have = h->have_rejected = "";
	}
	for (e = doc_first(bag); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		rejected = mirror_rejected_host(e->string);
		if (!name && !rejected)
			continue;
		h = host_of(p, name ? name : rejected);
		if (!h)
			return -1;
		*(name ? &h->have : &h->have_rejected) = e->valuestring;
	}
	return 0;
}

/* If the databag has another value, notes the change. */
static int
change(struct provider *p, struct changes *c, const char *prefix, const char *name,
    const char *have, const char *value, bool matters)
{
	const char *key;

	if (strcmp(have, value) == 0)
		return 0;
	key = arena_join(&p->arena, prefix, name);
	if (!key || map_set(&c->set, key, value))
		return fail_memory(p->f);
	c->matter |= matters;
	return 0;
}

static int
host_changes(struct provider *p, struct changes *c, const char *name, const struct host *h)
{
	const char *value = h->value, *rejected = rejected_of(h);
	bool is_member = value && strcmp(value, MIRROR_MEMBER) == 0;

	/* only "member" is taken back */
	if (!value)
		value = strcmp(h->have, MIRROR_MEMBER) == 0 ? "" : h->have;
	c->waits |= strcmp(h->have, MIRROR_EMPTY) == 0 || token_has_id(h->have, h->have_rejected);
	return change(p, c, MIRROR_PREFIX, name, h->have, value, !is_member) ||
		       change(p, c, REJECTED_PREFIX, name, h->have_rejected,
			   rejected ? rejected : "", rejected)
		   ? -1
		   : 0;
}

static int
unit_changes(struct provider *p, const struct doc_relation *r, struct changes *c)
{
	const struct map_entry *e;

	if (set_if_other(p, &c->set, r->local_data, KEY_MIRROR, MIRROR_UP) ||
	    look_up_own(p, r->local_data))
		return -1;
	c->matter = c->set.n > 0;
	for (e = p->hosts.entries; e < p->hosts.entries + p->hosts.n; e++)
		if (host_changes(p, c, e->key, e->item))
			return -1;
	return 0;
}

static int
step_relation(struct provider *p, const struct doc_relation *r)
{
	struct changes c = {0};
	struct map app = {0};
	int failed = unit_changes(p, r, &c) || app_changes(p, r, &app);

	/*
	 * Each change runs a hook on every node, so changes that nobody waits for are delayed until
	 * a hook has all units. While a host waits, the communicator needs to know who has joined.
	 * A databag in which nothing is mirrored yet is written.
	 */
	if (!failed &&
	    (!p->partial || c.matter || c.waits || app.n || !mirror_bag_mirrors(r->local_data)))
		failed = action_set(p->out, r->id, true, &app, p->f) ||
			 action_set(p->out, r->id, false, &c.set, p->f);
	map_free(&c.set);
	map_free(&app);
	return failed ? -1 : 0;
}

static int
leader_step(struct provider *p)
{
	size_t i;

	if (list_bags(p) || survey(p) || keep_rejected(p) || merge(p) ||
	    action_warn_rest(p->out, p->left_out, "more host names are left out", p->f))
		return -1;
	choose_app(p);
	choose_unit(p);
	for (i = 0; i < p->v->nrelations; i++)
		if (step_relation(p, &p->v->relations[i]))
			return -1;
	return 0;
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
provider_step(
    const struct doc_view *v, enum stepevent event, const struct action_out *out, struct fail *f)
{
	struct provider p = {.v = v, .event = event, .out = out, .f = f};
	int failed = 0;

	if (doc_check_own(v, f))
		return -1;
	if (v->leader)
		failed = leader_step(&p);
	else if (event == STEPEVENT_LEADER)
		failed = mirrors_down(&p);
	map_free(&p.hosts);
	arena_free(&p.arena);
	return failed;
}
