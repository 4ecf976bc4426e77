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
struct sides_end {
	int weight;
	bool sure;
};

static unsigned
bag_traits(const cJSON *bag)
{
	bool mirror = *doc_get(bag, KEY_MIRROR);
	bool others = *doc_get(bag, "ingress-address") || *doc_get(bag, "egress-subnets");
	const cJSON *e;

	for (e = doc_first(bag); e && !mirror; e = doc_next(e))
		mirror = mirror_host(e->string) && e->valuestring[0];
	return (*doc_get(bag, KEY_HOSTNAME) ? HOSTNAME : 0) | (mirror ? MIRROR : 0) |
	       (*doc_get(bag, "private-address") ? PRIVATE_ADDRESS : 0) |
	       (others ? OTHER_ADDRESS : 0);
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
	return is_shared(p->r->local_app_data) ? -BY_APP_DATA : 0;
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
	int shared = weigh_shared(p), endpoints = weigh_endpoints(r);
	size_t i;

	for (i = 0; i < r->nunits; i++) {
		unit = bag_traits(r->units[i].data);
		related |= unit;
		mirrors |= unit & HOSTNAME ? 0 : unit & MIRROR;
	}
	p->traits = related | local;
	p->sure = p->traits & MIRROR || is_shared(r->app_data) || is_shared(r->local_app_data) ||
		  endpoints;
	p->weight = shared		 ? shared
		    : related & HOSTNAME ? -BY_HOSTNAME
		    : endpoints		 ? endpoints
		    : mirrors		 ? BY_MIRRORS
		    : local & HOSTNAME	 ? BY_OWN_BAG
		    : local & MIRROR	 ? -BY_OWN_BAG
					 : 0;
}

static int
surer(int a, int b)
{
	return abs(b) > abs(a) ? b : a;
}

/* The end of that application and endpoint, with what a relation says about it. NULL: no memory. */
static struct sides_end *
note_end(struct sides *s, const char *app, const char *endpoint, int weight, bool sure)
{
	size_t n = endpoint ? strlen(endpoint) : 0;
	uint64_t group = n ? map_hash(endpoint, n, 0) : 0;
	struct sides_end *end = map_item(&s->ends, &s->arena, group, app, sizeof *end);

	if (end) {
		end->weight = surer(end->weight, weight);
		end->sure |= sure && endpoint;
	}
	return end;
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
static void
settle(struct sides_relation *p)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): add_view has set it */
	int weight = surer(p->weight, p->own->weight);

	if (p->related)
		weight = surer(weight, -p->related->weight);
	p->sure |= p->r->endpoint && p->own->sure;
	p->side = weight < 0 ? SIDE_DISTRIBUTOR : SIDE_CONSUMER;
	p->shared = shared_bag(p);
	p->distributor = p->side == SIDE_DISTRIBUTOR ? p->app : p->r->related_app;
}

/* Adds the view's relations, with what each says by itself. */
static int
add_view(struct sides *s, const struct doc_view *v)
{
	const char *app = arena_copy(&s->arena, v->unit, doc_app_length(v->unit));
	const struct doc_relation *r;
	struct sides_relation *p;

	for (r = v->relations; app && r < v->relations + v->nrelations; r++) {
		p = &s->relations[s->n++];
		*p = (struct sides_relation){.view = v,
		    .r = r,
		    .app = app,
		    .cross_model = cJSON_IsTrue(json_member(r->node, "cross-model"))};
		weigh(p);
		p->own = note_end(s, app, r->endpoint, p->weight, p->sure);
		if (r->related_app)
			p->related =
			    note_end(s, r->related_app, r->related_endpoint, -p->weight, p->sure);
		if (!p->own || (r->related_app && !p->related))
			return -1;
	}
	return app ? 0 : -1;
}

/* Settles the n relations of a view. Chooses those that are surely a distributor's; if there is
 * none, those with a hostname; if there is none, all. Keeps these alone. */
static void
choose(struct sides *s, struct sides_relation *p, size_t n, const struct doc_select *sel)
{
	bool all = sel->endpoint || sel->relation, any_sure = false;
	unsigned hostname = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		settle(&p[i]);
		any_sure |= p[i].sure;
		hostname |= p[i].traits & HOSTNAME;
	}
	for (i = 0; i < n; i++)
		if (all || (any_sure ? p[i].sure : (p[i].traits & HOSTNAME) == hostname))
			s->relations[s->n++] = p[i];
}

static int
find_relations(struct sides *s, const struct doc *d, const struct doc_select *sel)
{
	const struct doc_view *v, *end = d->views + d->nviews;
	struct sides_relation *p;
	size_t n = 1;

	for (v = d->views; v < end; v++)
		n += v->nrelations;
	s->relations = calloc(n, sizeof *s->relations);
	if (!s->relations)
		return -1;
	for (v = d->views; v < end; v++)
		if (add_view(s, v))
			return -1;
	s->n = 0;
	for (v = d->views, p = s->relations; v < end; v++) {
		choose(s, p, v->nrelations, sel);
		p += v->nrelations;
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
find_groups(struct sides *s)
{
	struct sides_relation *p, *end = s->relations + s->n;
	const char *only = NULL, *offering = NULL, *name;
	struct map views = {0}; /* distributors of whose units documents are here */
	bool several = false, failed = false;
	struct map_entry *e;

	for (p = s->relations; p < end; p++) {
		if (p->side == SIDE_DISTRIBUTOR) {
			failed |= !map_put(&views, 0, p->app);
			if (p->r->related_app && doc_is_remote(p->r->related_app))
				offering = p->app;
		}
		several |= only && p->distributor && strcmp(only, p->distributor) != 0;
		if (!only)
			only = p->distributor;
	}
	for (p = s->relations; p < end; p++) {
		name = p->distributor;
		if (offering && p->side == SIDE_CONSUMER &&
		    (p->cross_model || !name || !map_get(&views, 0, name)))
			name = offering;
		if (!name)
			name = only && !several ? only : "";
		e = map_put(&s->groups, 0, name);
		failed |= !e;
		if (e)
			p->group = (size_t)(e - s->groups.entries);
	}
	map_free(&views);
	return failed ? -1 : 0;
}

int
sides_find(struct sides *s, const struct doc *d, const struct doc_select *sel, struct fail *f)
{
	memset(s, 0, sizeof *s);
	return find_relations(s, d, sel) || find_groups(s) ? fail_memory(f) : 0;
}

void
sides_free(struct sides *s)
{
	free(s->relations);
	map_free(&s->groups);
	map_free(&s->ends);
	arena_free(&s->arena);
	memset(s, 0, sizeof *s);
}
