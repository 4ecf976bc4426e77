#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "mirror.h"
#include "part.h"

static const char charm_endpoint[] = "microcluster-cluster";

/* What the keys of a databag, or of several, tell. */
enum {
	HOSTNAME = 1,
	MIRROR = 2, /* mirror or mirror-HOST */
	PRIVATE_ADDRESS = 4,
	OTHER_ADDRESS = 8, /* the others of Juju's own keys */
};

struct traits {
	unsigned local;
	unsigned related; /* of all related units together */
	unsigned mirrors; /* of those without hostname */
	bool shared;	  /* application-data has what a distributor writes */
	bool own_shared;  /* local-application-data has */
};

/* On which side a relation's unit is, and how surely. */
struct evidence {
	enum part_side side;
	int weight;
};

/* A relation that may be a part. */
struct candidate {
	struct part part;
	struct traits traits;
	struct evidence evidence;
	const char *own;     /* application and endpoint, for roles; or NULL */
	const char *related; /* the same of the other end */
	bool sure;	     /* and not just one of those where a hostname is published */
};

/* While the parts are looked for. */
struct search {
	struct part_list *l;
	const struct doc_select *sel;
	struct candidate *c;
	size_t n;
	size_t cap;
	struct map roles;  /* by application and endpoint; count: its side and the weight of that
			      (see  role) */
	struct map sure;   /* those of roles that have a sure relation */
	struct map views;  /* distributors' applications, of units whose documents are here */
	struct map groups; /* distributor application: count is its index + 1 */
	struct fail *f;
};

static unsigned
key_traits(const cJSON *e)
{
	if (!e->valuestring[0])
		return 0;
	if (strcmp(e->string, "hostname") == 0)
		return HOSTNAME;
	if (strcmp(e->string, "mirror") == 0 || mirror_host(e->string))
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
		t |= key_traits(e);
	return t;
}

/* Is it a distributor application's databag? */
static bool
is_shared(const cJSON *bag)
{
	return *doc_get(bag, "bootstrap-app") || *doc_get(bag, "mirror-unit");
}

static struct traits
part_traits(const struct part *p)
{
	struct traits t = {.local = bag_traits(p->r->local_data)};
	unsigned unit;
	size_t i;

	for (i = 0; i < p->r->nunits; i++) {
		unit = bag_traits(p->r->units[i].data);
		t.related |= unit;
		if (!(unit & HOSTNAME))
			t.mirrors |= unit;
	}
	t.shared = is_shared(p->r->app_data);
	t.own_shared = is_shared(p->r->local_app_data);
	return t;
}

static bool
is_app_of(const char *app, const char *unit)
{
	size_t n = strcspn(unit, "/");

	return app && strlen(app) == n && strncmp(app, unit, n) == 0;
}

static bool
equal(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* By what the distributor's application says of itself: whose side is told by the applications that
 * it names. */
static enum part_side
side_by_shared(const struct part *p)
{
	const char *first = doc_get(p->r->app_data, "bootstrap-app");
	const char *leader = doc_get(p->r->app_data, "mirror-unit");

	if (is_app_of(p->app, leader) || equal(first, p->r->related_app))
		return PART_DISTRIBUTOR;
	if (is_app_of(p->r->related_app, leader) || equal(first, p->app))
		return PART_CONSUMER;
	return PART_UNKNOWN;
}

static enum part_side
side_by_endpoint(const struct part *p)
{
	if (equal(p->r->endpoint, charm_endpoint))
		return PART_DISTRIBUTOR;
	return equal(p->r->related_endpoint, charm_endpoint) ? PART_CONSUMER : PART_UNKNOWN;
}

static struct evidence
evidence(enum part_side side, int weight)
{
	return (struct evidence){side, weight};
}

/*
 * A distributor's unit may publish a hostname as well, so what the applications say goes first; and
 * a consumer that has a mirror may have lost its hostname.
 */
static struct evidence
find_evidence(const struct part *p, const struct traits *t)
{
	enum part_side side = t->shared ? side_by_shared(p) : PART_UNKNOWN;

	if (side != PART_UNKNOWN)
		return evidence(side, 5);
	if (t->own_shared)
		return evidence(PART_DISTRIBUTOR, 5);
	if (t->related & HOSTNAME)
		return evidence(PART_DISTRIBUTOR, 4);
	if (side_by_endpoint(p) != PART_UNKNOWN)
		return evidence(side_by_endpoint(p), 3);
	if (t->mirrors & MIRROR)
		return evidence(PART_CONSUMER, 2);
	if (t->local & HOSTNAME)
		return evidence(PART_CONSUMER, 1);
	return evidence(
	    t->local & MIRROR ? PART_DISTRIBUTOR : PART_UNKNOWN, t->local & MIRROR ? 1 : 0);
}

/*
 * Does the document come from Juju 4, whose databags have no private-address, and which shows the
 * unit's own? One without any of Juju's keys is taken for an older one's.
 */
static bool
is_juju4(const struct part *p, const struct traits *t)
{
	unsigned keys = t->related | t->local;

	return !p->snapshot && keys & OTHER_ADDRESS &&
	       (!(keys & PRIVATE_ADDRESS) || p->r->local_data);
}

/* application-data is the other side's databag, but in Juju 4 the own side's. */
static const cJSON *
shared_bag(const struct part *p, const struct traits *t)
{
	bool own = p->side == PART_DISTRIBUTOR;

	if (own && p->r->local_app_data)
		return p->r->local_app_data;
	return t->shared || is_juju4(p, t) == own ? p->r->app_data : NULL;
}

/* The relation's node, at node or after it. */
static const cJSON *
find_node(const struct doc_relation *r, const cJSON *node)
{
	const cJSON *endpoint, *id;

	for (; node; node = node->next) {
		endpoint = json_member(node, "endpoint");
		id = json_member(node, "relation-id");
		if ((endpoint ? endpoint->valuestring : NULL) == r->endpoint &&
		    (r->id < 0 || (id && (long)id->valuedouble == r->id)))
			break;
	}
	return node;
}

/* What doc_read doesn't keep. */
static void
take_node(struct part *p, const cJSON *node)
{
	const cJSON *related = json_member(node, "related-units");

	p->related = related && cJSON_IsObject(related) ? related : NULL;
	p->cross_model = cJSON_IsTrue(json_member(node, "cross-model"));
	p->snapshot =
	    p->r->partial || p->r->local_app_data || (p->r->related_app && !p->r->derived_app);
}

/* What the map of roles has for an application that is on that side. */
static size_t
role(struct evidence e)
{
	return (size_t)e.weight << 2 | e.side;
}

static int
note_role(struct search *s, const char *end, struct evidence evidence)
{
	struct map_entry *e = end ? map_put(&s->roles, 0, end) : NULL;

	if (end && !e)
		return fail_memory(s->f);
	if (e && (size_t)evidence.weight > e->count >> 2)
		e->count = role(evidence);
	return 0;
}

static enum part_side
other_side(enum part_side side)
{
	return side == PART_UNKNOWN    ? side
	       : side == PART_CONSUMER ? PART_DISTRIBUTOR
				       : PART_CONSUMER;
}

/* "application endpoint" in *end; NULL there when the application isn't known. */
static int
name_end(struct search *s, const char *app, const char *endpoint, const char **end)
{
	struct buf b = {0};

	*end = NULL;
	if (!app)
		return 0;
	buf_printf(&b, "%s %s", app, endpoint ? endpoint : "");
	if (!b.failed)
		*end = pool_copy(&s->l->pool, b.s, b.n);
	buf_free(&b);
	return *end ? 0 : fail_memory(s->f);
}

/* The end's role is the relation's, and that of the other end the opposite. */
static int
note_roles(struct search *s, struct candidate *c)
{
	const struct doc_relation *r = c->part.r;
	struct evidence e = c->evidence;

	if (name_end(s, c->part.app, r->endpoint, &c->own) ||
	    name_end(s, r->related_app, r->related_endpoint, &c->related) ||
	    note_role(s, c->own, e))
		return -1;
	if (c->sure &&
	    ((r->endpoint && !map_put(&s->sure, 0, c->own)) ||
		(r->related_endpoint && c->related && !map_put(&s->sure, 0, c->related))))
		return fail_memory(s->f);
	e.side = other_side(e.side);
	return note_role(s, c->related, e);
}

static int
add_candidate(struct search *s, struct candidate *c)
{
	struct candidate *more;
	struct part *p = &c->part;
	size_t cap;

	c->traits = part_traits(p);
	c->evidence = find_evidence(p, &c->traits);
	c->sure = (c->traits.related | c->traits.local) & MIRROR || c->traits.shared ||
		  c->traits.own_shared || side_by_endpoint(p) != PART_UNKNOWN;
	if (note_roles(s, c))
		return -1;
	if (s->n == s->cap) {
		cap = s->cap ? s->cap * 2 : 16;
		more = realloc(s->c, cap * sizeof *more);
		if (!more)
			return fail_memory(s->f);
		s->c = more;
		s->cap = cap;
	}
	s->c[s->n++] = *c;
	return 0;
}

static int
search_view(struct search *s, const struct doc_view *v, const cJSON *node)
{
	struct candidate c = {.part = {.view = v, .app = part_app(s->l, v->unit)}};
	const cJSON *relations = json_member(node, "relation-info");
	size_t i;

	if (!c.part.app)
		return fail_memory(s->f);
	node = relations ? relations->child : NULL;
	for (i = 0; i < v->nrelations; i++) {
		c.part.r = &v->relations[i];
		node = find_node(c.part.r, node);
		take_node(&c.part, node);
		if (add_candidate(s, &c))
			return -1;
		node = node ? node->next : NULL;
	}
	return 0;
}

static int
search_doc(struct search *s, const struct doc *d)
{
	const cJSON *node = d->json.root->child;
	size_t i;

	for (i = 0; i < d->nviews; i++, node = node->next) {
		while (node->string != d->views[i].unit)
			node = node->next;
		if (search_view(s, &d->views[i], node))
			return -1;
	}
	return 0;
}

/* An application is on one side in all relations of an endpoint: the surest of them tells. */
static enum part_side
find_side(struct search *s, const struct candidate *c)
{
	const struct map_entry *own = map_get(&s->roles, 0, c->own);
	const struct map_entry *other = c->related ? map_get(&s->roles, 0, c->related) : NULL;
	struct evidence e = c->evidence;

	if (own && own->count >> 2 > (size_t)e.weight)
		e = evidence((enum part_side)(own->count & 3), (int)(own->count >> 2));
	if (other && other->count >> 2 > (size_t)e.weight)
		e.side = other_side((enum part_side)(other->count & 3));
	return e.side == PART_UNKNOWN ? PART_CONSUMER : e.side;
}

static void
settle(struct search *s, struct candidate *c)
{
	struct part *p = &c->part;

	p->side = find_side(s, c);
	p->shared = shared_bag(p, &c->traits);
	p->distributor = p->side == PART_DISTRIBUTOR ? p->app : p->r->related_app;
	/* Juju 4.0 may show a relation without its related units, but with the own databag */
	p->related_known = !p->r->partial && (p->snapshot || p->related || !p->r->local_data);
	s->l->parts[s->l->n++] = *p;
}

/* Is it sure, or on an endpoint where another relation of the application is? */
static bool
is_sure(struct search *s, const struct candidate *c)
{
	return c->sure || (c->part.r->endpoint && map_get(&s->sure, 0, c->own));
}

/* Of the n relations of a view, at c, those that are sure; if none is, those with a hostname; else
 * all may be parts. */
static void
choose(struct search *s, struct candidate *c, size_t n)
{
	bool asked = s->sel->endpoint || s->sel->relation, any_sure = false, any_hostname = false;
	size_t i;

	for (i = 0; i < n; i++) {
		any_sure |= is_sure(s, &c[i]);
		any_hostname |= ((c[i].traits.related | c[i].traits.local) & HOSTNAME) != 0;
	}
	for (i = 0; i < n; i++)
		if (asked || (any_sure ? is_sure(s, &c[i])
				       : !any_hostname ||
					     (c[i].traits.related | c[i].traits.local) & HOSTNAME))
			settle(s, &c[i]);
}

static int
choose_all(struct search *s)
{
	size_t first, end;

	s->l->parts = calloc(s->n ? s->n : 1, sizeof *s->l->parts);
	if (!s->l->parts)
		return fail_memory(s->f);
	for (first = 0; first < s->n; first = end) {
		for (end = first + 1; end < s->n && s->c[end].part.view == s->c[first].part.view;
		     end++)
			;
		choose(s, &s->c[first], end - first);
	}
	return 0;
}

/* The group of a distributor of that name, "" when it isn't known. */
static int
group_of(struct search *s, const char *distributor, size_t *group)
{
	struct map_entry *e = map_put(&s->groups, 0, distributor);

	if (!e)
		return fail_memory(s->f);
	if (!e->count)
		e->count = s->groups.n;
	*group = e->count - 1;
	return 0;
}

/* Is a document of a unit of that distributor here? */
static bool
has_view(const struct search *s, const char *distributor)
{
	return map_get(&s->views, 0, distributor) != NULL;
}

/*
 * What a consumer's document doesn't name belongs to the one distributor there is. And across
 * models the consumers know the distributor by another name than its own: they belong to the one
 * that has consumers of other models.
 */
static int
find_groups(struct search *s)
{
	struct part_list *l = s->l;
	struct part *p;
	const char *only = NULL, *offering = NULL, *name;
	bool several = false;
	size_t i;

	for (i = 0; i < l->n; i++) {
		p = &l->parts[i];
		if (p->side == PART_DISTRIBUTOR && !map_put(&s->views, 0, p->app))
			return fail_memory(s->f);
		if (p->side == PART_DISTRIBUTOR && p->r->related_app &&
		    doc_is_remote(p->r->related_app))
			offering = p->app;
		several |= only && p->distributor && strcmp(only, p->distributor) != 0;
		if (!only)
			only = p->distributor;
	}
	for (i = 0; i < l->n; i++) {
		p = &l->parts[i];
		name = p->distributor;
		if (offering && p->side == PART_CONSUMER &&
		    (p->cross_model || !name || !has_view(s, name)))
			name = offering;
		if (!name)
			name = only && !several ? only : "";
		if (group_of(s, name, &p->group))
			return -1;
	}
	return 0;
}

static int
fill_groups(struct search *s)
{
	struct part_list *l = s->l;
	struct part_group *g;
	size_t i;

	l->ngroups = s->groups.n;
	l->groups = calloc(l->ngroups ? l->ngroups : 1, sizeof *l->groups);
	if (!l->groups)
		return fail_memory(s->f);
	for (i = 0; i < l->ngroups; i++)
		l->groups[i].distributor =
		    s->groups.entries[i].key[0] ? s->groups.entries[i].key : NULL;
	for (i = 0; i < l->n; i++) {
		g = &l->groups[l->parts[i].group];
		g->has_view |= l->parts[i].side == PART_DISTRIBUTOR;
		g->remote |=
		    l->parts[i].cross_model ||
		    (l->parts[i].r->related_app && doc_is_remote(l->parts[i].r->related_app));
	}
	return 0;
}

int
part_find(struct part_list *l, const struct doc *docs, size_t n, const struct doc_select *sel,
    struct fail *f)
{
	struct search s = {.l = l, .sel = sel, .f = f};
	size_t i;
	int r = 0;

	memset(l, 0, sizeof *l);
	for (i = 0; !r && i < n; i++)
		r = search_doc(&s, &docs[i]);
	if (!r && (choose_all(&s) || find_groups(&s) || fill_groups(&s)))
		r = -1;
	free(s.c);
	map_free(&s.roles);
	map_free(&s.sure);
	map_free(&s.views);
	map_free(&s.groups);
	if (r)
		part_free(l);
	return r;
}

void
part_free(struct part_list *l)
{
	free(l->parts);
	free(l->groups);
	pool_free(&l->pool);
	memset(l, 0, sizeof *l);
}

const char *
part_app(struct part_list *l, const char *unit)
{
	return pool_copy(&l->pool, unit, strcspn(unit, "/"));
}
