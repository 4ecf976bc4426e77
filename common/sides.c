#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "mirror.h"
#include "sides.h"

static const char charm_endpoint[] = "microcluster-cluster";

/* What the keys of a databag say. */
enum {
	HOSTNAME = 1,
	MIRROR = 2, /* mirror or mirror-HOST */
	PRIVATE_ADDRESS = 4,
	OTHER_ADDRESS = 8, /* the others of Juju's own keys */
};

/* An endpoint of an application: its side, and how sure that is. */
struct end {
	enum side side;
	int weight;
	bool sure; /* it has a relation that is surely a distributor's */
};

/* A relation that may be between a distributor and a consumer. */
struct candidate {
	struct sides_relation relation;
	unsigned keys; /* of all databags */
	bool snapshot; /* td-snapshot made the document */
	bool shared;   /* application-data has what a distributor writes */
	struct end evidence;
	struct end *own;
	struct end *related; /* NULL: the application isn't known */
};

struct search {
	struct sides *l;
	const struct doc_select *sel;
	struct candidate *c;
	size_t n;
	struct map ends; /* by application and endpoint */
	struct fail *f;
};

enum side
sides_other(enum side side)
{
	return side == SIDE_UNKNOWN    ? side
	       : side == SIDE_CONSUMER ? SIDE_DISTRIBUTOR
				       : SIDE_CONSUMER;
}

static unsigned
key_trait(const cJSON *e)
{
	if (!e->valuestring[0])
		return 0;
	if (strcmp(e->string, KEY_HOSTNAME) == 0)
		return HOSTNAME;
	if (strcmp(e->string, KEY_MIRROR) == 0 || mirror_host(e->string))
		return MIRROR;
	if (strcmp(e->string, "private-address") == 0)
		return PRIVATE_ADDRESS;
	if (strcmp(e->string, "ingress-address") == 0 || strcmp(e->string, "egress-subnets") == 0)
		return OTHER_ADDRESS;
	return 0;
}

static unsigned
bag_traits(const cJSON *bag)
{
	unsigned t = 0;
	const cJSON *e;

	for (e = doc_first(bag); e; e = doc_next(e))
		t |= key_trait(e);
	return t;
}

/* Is this the databag of a distributor's application? */
static bool
is_shared(const cJSON *bag)
{
	return *doc_get(bag, KEY_BOOTSTRAP_APP) || *doc_get(bag, KEY_MIRROR_UNIT);
}

static bool
equal(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* The side, by the applications that the distributor's application names. */
static enum side
side_by_shared(const struct sides_relation *p)
{
	const char *first = doc_get(p->r->app_data, KEY_BOOTSTRAP_APP);
	const char *leader = doc_get(p->r->app_data, KEY_MIRROR_UNIT);

	if (doc_is_unit_of(leader, p->app) || equal(first, p->r->related_app))
		return SIDE_DISTRIBUTOR;
	if (doc_is_unit_of(leader, p->r->related_app) || equal(first, p->app))
		return SIDE_CONSUMER;
	return SIDE_UNKNOWN;
}

static enum side
side_by_endpoint(const struct doc_relation *r)
{
	if (equal(r->endpoint, charm_endpoint))
		return SIDE_DISTRIBUTOR;
	return equal(r->related_endpoint, charm_endpoint) ? SIDE_CONSUMER : SIDE_UNKNOWN;
}

/*
 * Finds out which side the relation's unit is on. What the applications' databags say comes first,
 * because a distributor's unit may publish a hostname, and a consumer with a mirror may have lost
 * its own.
 */
static void
take_evidence(struct candidate *c)
{
	const struct doc_relation *r = c->relation.r;
	unsigned unit, related = 0, mirrors = 0, local = bag_traits(r->local_data);
	bool own_shared = is_shared(r->local_app_data), sure;
	enum side endpoint = side_by_endpoint(r), shared;
	size_t i;

	for (i = 0; i < r->nunits; i++) {
		unit = bag_traits(r->units[i].data);
		related |= unit;
		mirrors |= unit & HOSTNAME ? 0 : unit & MIRROR;
	}
	c->keys = related | local;
	c->shared = is_shared(r->app_data);
	shared = c->shared ? side_by_shared(&c->relation) : SIDE_UNKNOWN;
	sure = c->keys & MIRROR || c->shared || own_shared || endpoint;
	if (shared)
		c->evidence = (struct end){shared, 5, sure};
	else if (own_shared)
		c->evidence = (struct end){SIDE_DISTRIBUTOR, 5, sure};
	else if (related & HOSTNAME)
		c->evidence = (struct end){SIDE_DISTRIBUTOR, 4, sure};
	else if (endpoint)
		c->evidence = (struct end){endpoint, 3, sure};
	else if (mirrors)
		c->evidence = (struct end){SIDE_CONSUMER, 2, sure};
	else if (local & HOSTNAME)
		c->evidence = (struct end){SIDE_CONSUMER, 1, sure};
	else if (local & MIRROR)
		c->evidence = (struct end){SIDE_DISTRIBUTOR, 1, sure};
}

/*
 * Is the document from Juju 4? There, databags have no private-address, and the unit's own databag
 * is shown. A document without any of Juju's keys is taken for an older Juju's.
 */
static bool
is_juju4(const struct candidate *c)
{
	return !c->snapshot && c->keys & OTHER_ADDRESS &&
	       (!(c->keys & PRIVATE_ADDRESS) || c->relation.r->local_data);
}

/* application-data is the other side's databag; in Juju 4 it is the own side's. */
static const cJSON *
shared_bag(const struct candidate *c)
{
	const struct doc_relation *r = c->relation.r;
	bool own = c->relation.side == SIDE_DISTRIBUTOR;

	if (own && r->local_app_data)
		return r->local_app_data;
	return c->shared || is_juju4(c) == own ? r->app_data : NULL;
}

/* Adds what a relation says about one of its ends. Sets *end, or leaves it NULL if the application
 * isn't known. */
static int
note_end(
    struct search *s, const char *app, const char *endpoint, struct end evidence, struct end **end)
{
	struct map_entry *e = NULL;
	struct buf b = {0};
	const char *name;

	if (!app)
		return 0;
	buf_printf(&b, "%s %s", app, endpoint ? endpoint : "");
	name = b.failed ? NULL : arena_copy(&s->l->arena, b.s, b.n);
	buf_free(&b);
	e = name ? map_put(&s->ends, 0, name) : NULL;
	if (e && !e->item)
		e->item = arena_make(&s->l->arena, sizeof **end);
	if (!e || !e->item)
		return fail_memory(s->f);
	*end = e->item;
	evidence.sure = (*end)->sure || (evidence.sure && endpoint);
	if (evidence.weight <= (*end)->weight)
		(*end)->sure = evidence.sure;
	else
		**end = evidence;
	return 0;
}

static int
add_candidate(
    struct search *s, const struct doc_view *v, const struct doc_relation *r, const char *app)
{
	struct candidate *c = &s->c[s->n++];
	const cJSON *related = json_member(r->node, "related-units");
	struct end other;

	c->snapshot = r->partial || r->local_app_data || (r->related_app && !r->derived_app);
	c->relation = (struct sides_relation){.view = v,
	    .r = r,
	    .app = app,
	    .related = related && cJSON_IsObject(related) ? related : NULL,
	    .cross_model = cJSON_IsTrue(json_member(r->node, "cross-model"))};
	take_evidence(c);
	other = c->evidence;
	other.side = sides_other(other.side);
	return note_end(s, app, r->endpoint, c->evidence, &c->own) ||
		       note_end(s, r->related_app, r->related_endpoint, other, &c->related)
		   ? -1
		   : 0;
}

/* An application is on the same side in all relations of an endpoint. So the surest one counts. */
static enum side
find_side(const struct candidate *c)
{
	const struct end *own = c->own->weight > c->evidence.weight ? c->own : &c->evidence;
	enum side side = own->side;

	if (c->related && c->related->weight > own->weight)
		side = sides_other(c->related->side);
	return side == SIDE_UNKNOWN ? SIDE_CONSUMER : side;
}

static void
settle(struct search *s, struct candidate *c)
{
	struct sides_relation *p = &c->relation;

	p->side = find_side(c);
	p->shared = shared_bag(c);
	p->distributor = p->side == SIDE_DISTRIBUTOR ? p->app : p->r->related_app;
	s->l->relations[s->l->n++] = *p;
}

/* Is the relation surely a distributor's, or another one on the application's endpoint? */
static bool
is_sure(const struct candidate *c)
{
	return c->evidence.sure || (c->relation.r->endpoint && c->own->sure);
}

/* Chooses from the n relations of a view those that are surely a distributor's; if there is none,
 * those with a hostname; if there is none, all. */
static void
choose(struct search *s, struct candidate *c, size_t n)
{
	bool all = s->sel->endpoint || s->sel->relation, any_sure = false;
	unsigned keys = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		any_sure |= is_sure(&c[i]);
		keys |= c[i].keys;
	}
	for (i = 0; i < n; i++)
		if (all || (any_sure ? is_sure(&c[i]) : !(keys & HOSTNAME) || c[i].keys & HOSTNAME))
			settle(s, &c[i]);
}

static int
search_view(struct search *s, const struct doc_view *v)
{
	const char *app = arena_copy(&s->l->arena, v->unit, doc_app_length(v->unit));
	size_t i;

	if (!app)
		return fail_memory(s->f);
	for (i = 0; i < v->nrelations; i++)
		if (add_candidate(s, v, &v->relations[i], app))
			return -1;
	return 0;
}

static int
search_docs(struct search *s, const struct doc *docs, size_t n)
{
	size_t i, j, total = 1;

	for (i = 0; i < n; i++)
		for (j = 0; j < docs[i].nviews; j++)
			total += docs[i].views[j].nrelations;
	s->c = calloc(total, sizeof *s->c);
	s->l->relations = calloc(total, sizeof *s->l->relations);
	if (!s->c || !s->l->relations)
		return fail_memory(s->f);
	for (i = 0; i < n; i++)
		for (j = 0; j < docs[i].nviews; j++)
			if (search_view(s, &docs[i].views[j]))
				return -1;
	for (i = 0; i < s->n; i += j) {
		for (j = 1; i + j < s->n && s->c[i + j].relation.view == s->c[i].relation.view; j++)
			;
		choose(s, &s->c[i], j);
	}
	return 0;
}

/*
 * Finds out which relations belong to the same distributor. If a consumer's document doesn't name
 * its distributor, and there is only one, it is that one. Across models, consumers know the
 * distributor by another name. So they belong to the distributor that has consumers of other
 * models.
 */
static int
find_groups(struct sides *l, struct fail *f)
{
	struct sides_relation *p, *end = l->relations + l->n;
	const char *only = NULL, *offering = NULL, *name;
	struct map views = {0}; /* distributors of whose units documents are here */
	bool several = false;
	struct map_entry *e;
	int r = 0;

	for (p = l->relations; p < end; p++) {
		if (p->side == SIDE_DISTRIBUTOR && !map_put(&views, 0, p->app))
			r = fail_memory(f);
		if (p->side == SIDE_DISTRIBUTOR && p->r->related_app &&
		    doc_is_remote(p->r->related_app))
			offering = p->app;
		several |= only && p->distributor && strcmp(only, p->distributor) != 0;
		if (!only)
			only = p->distributor;
	}
	for (p = l->relations; !r && p < end; p++) {
		name = p->distributor;
		if (offering && p->side == SIDE_CONSUMER &&
		    (p->cross_model || !name || !map_get(&views, 0, name)))
			name = offering;
		if (!name)
			name = only && !several ? only : "";
		e = map_put(&l->groups, 0, name);
		if (e)
			p->group = (size_t)(e - l->groups.entries);
		else
			r = fail_memory(f);
	}
	map_free(&views);
	return r;
}

int
sides_find(
    struct sides *l, const struct doc *docs, size_t n, const struct doc_select *sel, struct fail *f)
{
	struct search s = {.l = l, .sel = sel, .f = f};
	int r;

	memset(l, 0, sizeof *l);
	r = search_docs(&s, docs, n) || find_groups(l, f) ? -1 : 0;
	free(s.c);
	map_free(&s.ends);
	return r;
}

void
sides_free(struct sides *l)
{
	free(l->relations);
	map_free(&l->groups);
	arena_free(&l->arena);
	memset(l, 0, sizeof *l);
}
