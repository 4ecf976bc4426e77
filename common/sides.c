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

/* How sure a side is, by what tells it. */
enum {
	BY_OWN_BAG = 1,
	BY_MIRRORS = 2,	 /* related units with keys of mirrors */
	BY_ENDPOINT = 3, /* its name */
	BY_HOSTNAME = 4, /* of a related unit */
	BY_APP_DATA = 5,
};

/*
 * An endpoint of an application. weight says on which side it is, and how sure that is: above 0 a
 * consumer's, below 0 a distributor's, 0 not known. sure: it has a relation that is surely between
 * a distributor and a consumer.
 */
struct end {
	int weight;
	bool sure;
};

struct search {
	struct sides *l;
	const struct doc_select *sel;
	struct map endpoints; /* their names; the index of one is its group in ends */
	struct map ends;      /* by application and endpoint */
};

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
static int
weigh_shared(const struct sides_relation *p)
{
	const char *first = doc_get(p->r->app_data, KEY_BOOTSTRAP_APP);
	const char *leader = doc_get(p->r->app_data, KEY_MIRROR_UNIT);

	if (doc_is_unit_of(leader, p->app) || equal(first, p->r->related_app))
		return -BY_APP_DATA;
	if (doc_is_unit_of(leader, p->r->related_app) || equal(first, p->app))
		return BY_APP_DATA;
	return 0;
}

static int
weigh_endpoints(const struct doc_relation *r)
{
	if (equal(r->endpoint, charm_endpoint))
		return -BY_ENDPOINT;
	return equal(r->related_endpoint, charm_endpoint) ? BY_ENDPOINT : 0;
}

/*
 * Finds out on which side the relation's unit is. What the applications' databags say comes first,
 * because a distributor's unit may publish a hostname, and a consumer with a mirror may have lost
 * its own.
 */
static void
weigh(struct sides_relation *p)
{
	const struct doc_relation *r = p->r;
	unsigned unit, related = 0, mirrors = 0, local = bag_traits(r->local_data);
	bool own_shared = is_shared(r->local_app_data);
	size_t i;

	for (i = 0; i < r->nunits; i++) {
		unit = bag_traits(r->units[i].data);
		related |= unit;
		mirrors |= unit & HOSTNAME ? 0 : unit & MIRROR;
	}
	p->traits = related | local;
	p->sure = p->traits & MIRROR || is_shared(r->app_data) || own_shared || weigh_endpoints(r);
	p->weight = weigh_shared(p);
	if (!p->weight && own_shared)
		p->weight = -BY_APP_DATA;
	if (!p->weight && related & HOSTNAME)
		p->weight = -BY_HOSTNAME;
	if (!p->weight)
		p->weight = weigh_endpoints(r);
	if (!p->weight && mirrors)
		p->weight = BY_MIRRORS;
	if (!p->weight && local & (HOSTNAME | MIRROR))
		p->weight = local & HOSTNAME ? BY_OWN_BAG : -BY_OWN_BAG;
}

/* The end of that application and endpoint, which is made if there is none yet. NULL: no memory. */
static struct end *
end_of(struct search *s, const char *app, const char *endpoint)
{
	struct map_entry *e = map_put(&s->endpoints, 0, endpoint ? endpoint : "");

	e = e ? map_put(&s->ends, (size_t)(e - s->endpoints.entries), app) : NULL;
	if (e && !e->item)
		e->item = arena_make(&s->l->arena, sizeof(struct end));
	return e ? e->item : NULL;
}

/* Adds what a relation says about one of its ends. Returns 0, or -1: no memory. */
static int
note_end(struct search *s, const char *app, const char *endpoint, int weight, bool sure)
{
	struct end *end = app ? end_of(s, app, endpoint) : NULL;

	if (!end)
		return app ? -1 : 0;
	if (abs(weight) > abs(end->weight))
		end->weight = weight;
	end->sure |= sure && endpoint;
	return 0;
}

/*
 * Is the document from Juju 4? There, databags have no private-address, and the unit's own databag
 * is shown. A document without any of Juju's keys is taken for an older Juju's.
 */
static bool
is_juju4(const struct sides_relation *p)
{
	const struct doc_relation *r = p->r;
	bool snapshot = r->partial || r->local_app_data || (r->related_app && !r->derived_app);

	return !snapshot && p->traits & OTHER_ADDRESS &&
	       (!(p->traits & PRIVATE_ADDRESS) || r->local_data);
}

/* application-data is the other side's databag; in Juju 4 it is the own side's. */
static const cJSON *
shared_bag(const struct sides_relation *p)
{
	bool own = p->side == SIDE_DISTRIBUTOR;

	if (own && p->r->local_app_data)
		return p->r->local_app_data;
	return is_shared(p->r->app_data) || is_juju4(p) == own ? p->r->app_data : NULL;
}

/* An application is on the same side in all relations of an endpoint. So the surest one counts. */
static int
settle(struct search *s, struct sides_relation *p)
{
	const struct doc_relation *r = p->r;
	const struct end *own = end_of(s, p->app, r->endpoint), *related = NULL;
	int weight;

	if (r->related_app)
		related = end_of(s, r->related_app, r->related_endpoint);
	if (!own || (r->related_app && !related))
		return -1;
	weight = abs(own->weight) > abs(p->weight) ? own->weight : p->weight;
	if (related && abs(related->weight) > abs(weight))
		weight = -related->weight;
	p->sure |= r->endpoint && own->sure;
	p->side = weight < 0 ? SIDE_DISTRIBUTOR : SIDE_CONSUMER;
	p->shared = shared_bag(p);
	p->distributor = p->side == SIDE_DISTRIBUTOR ? p->app : r->related_app;
	return 0;
}

/* Chooses from the n relations of a view those that are surely a distributor's; if there is none,
 * those with a hostname; if there is none, all. Keeps these alone. */
static void
choose(struct search *s, const struct sides_relation *p, size_t n)
{
	bool all = s->sel->endpoint || s->sel->relation, any_sure = false;
	unsigned traits = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		any_sure |= p[i].sure;
		traits |= p[i].traits & HOSTNAME;
	}
	for (i = 0; i < n; i++)
		if (all || (any_sure ? p[i].sure : (p[i].traits & HOSTNAME) == traits))
			s->l->relations[s->l->n++] = p[i];
}

/* Adds the view's relations, with what each says by itself. */
static int
add_view(struct search *s, const struct doc_view *v)
{
	const char *app = arena_copy(&s->l->arena, v->unit, doc_app_length(v->unit));
	const struct doc_relation *r;
	struct sides_relation *p;

	for (r = v->relations; app && r < v->relations + v->nrelations; r++) {
		p = &s->l->relations[s->l->n++];
		*p = (struct sides_relation){.view = v,
		    .r = r,
		    .app = app,
		    .cross_model = cJSON_IsTrue(json_member(r->node, "cross-model"))};
		weigh(p);
		if (note_end(s, app, r->endpoint, p->weight, p->sure) ||
		    note_end(s, r->related_app, r->related_endpoint, -p->weight, p->sure))
			return -1;
	}
	return app ? 0 : -1;
}

static int
search_docs(struct search *s, const struct doc *docs, size_t n)
{
	const struct doc_view *v;
	const struct doc *d;
	struct sides *l = s->l;
	size_t i, all, end, total = 1;

	for (d = docs; d < docs + n; d++)
		for (v = d->views; v < d->views + d->nviews; v++)
			total += v->nrelations;
	l->n = 0;
	l->relations = calloc(total, sizeof *l->relations);
	if (!l->relations)
		return -1;
	for (d = docs; d < docs + n; d++)
		for (v = d->views; v < d->views + d->nviews; v++)
			if (add_view(s, v))
				return -1;
	all = l->n;
	l->n = 0;
	for (i = 0; i < all; i++)
		if (settle(s, &l->relations[i]))
			return -1;
	for (i = 0; i < all; i = end) {
		for (end = i; end < all && l->relations[end].view == l->relations[i].view; end++)
			;
		choose(s, &l->relations[i], end - i);
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
find_groups(struct sides *l)
{
	struct sides_relation *p, *end = l->relations + l->n;
	const char *only = NULL, *offering = NULL, *name;
	struct map views = {0}; /* distributors of whose units documents are here */
	bool several = false, failed = false;
	struct map_entry *e;

	for (p = l->relations; p < end; p++) {
		if (p->side == SIDE_DISTRIBUTOR) {
			failed |= !map_put(&views, 0, p->app);
			if (p->r->related_app && doc_is_remote(p->r->related_app))
				offering = p->app;
		}
		several |= only && p->distributor && strcmp(only, p->distributor) != 0;
		if (!only)
			only = p->distributor;
	}
	for (p = l->relations; p < end; p++) {
		name = p->distributor;
		if (offering && p->side == SIDE_CONSUMER &&
		    (p->cross_model || !name || !map_get(&views, 0, name)))
			name = offering;
		if (!name)
			name = only && !several ? only : "";
		e = map_put(&l->groups, 0, name);
		failed |= !e;
		if (e)
			p->group = (size_t)(e - l->groups.entries);
	}
	map_free(&views);
	return failed ? -1 : 0;
}

int
sides_find(
    struct sides *l, const struct doc *docs, size_t n, const struct doc_select *sel, struct fail *f)
{
	struct search s = {.l = l, .sel = sel};
	int r;

	memset(l, 0, sizeof *l);
	r = search_docs(&s, docs, n) || find_groups(l) ? fail_memory(f) : 0;
	map_free(&s.endpoints);
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
