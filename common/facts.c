#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "jointoken.h"
#include "natural.h"
#include "token.h"

/* Puts the key into m. NULL: there was no memory for it. */
static void
put(struct facts *s, struct map *m, const char *key)
{
	s->failed |= !key || !map_put(m, 0, key);
}

/* The item of that key in m. If there is none, makes one: size bytes of zeros. NULL: no memory. */
static void *
item(struct facts *s, struct map *m, uint64_t group, const char *key, size_t size)
{
	void *found = map_item(m, &s->sides.arena, group, key, size);

	s->failed |= !found;
	return found;
}

void *
facts_item(const struct map *m, size_t i)
{
	return i < m->n ? m->entries[i].item : NULL;
}

bool
facts_is_out(const struct facts_group *g, const struct facts_unit *u)
{
	return u->side == SIDE_CONSUMER &&
	       (u->in_scope == FACTS_NO ||
		   (u->in_scope == FACTS_UNKNOWN && g->complete && !g->remote));
}

static struct facts_unit *
take_unit(struct facts *s, struct facts_group *g, const char *name, enum side side)
{
	struct facts_unit *u = item(s, &g->units, 0, name, sizeof *u);

	if (u && !u->name)
		*u = (struct facts_unit){.name = name, .side = side, .says.hostname = ""};
	return u;
}

static struct facts_host *
take_host(struct facts *s, struct facts_group *g, const char *name)
{
	struct facts_host *h = item(s, &g->hosts, 0, name, sizeof *h);

	if (h && !h->name) {
		h->name = name;
		h->last = &h->values;
	}
	return h;
}

static struct facts_relation *
take_relation(struct facts *s, struct facts_group *g, long id)
{
	struct facts_relation *r = item(s, &g->relations, (uint64_t)id, "", sizeof *r);

	if (r && !r->name[0]) {
		r->id = id;
		if (id < 0)
			r->name[0] = '?';
		else
			snprintf(r->name, sizeof r->name, "%ld", id);
	}
	return r;
}

enum facts_kind
facts_kind_of(const char *value)
{
	return !value[0]			   ? FACTS_NONE
	       : strcmp(value, MIRROR_EMPTY) == 0  ? FACTS_EMPTY
	       : strcmp(value, MIRROR_MEMBER) == 0 ? FACTS_MEMBER
	       : token_valid(value)		   ? FACTS_TOKEN
						   : FACTS_OTHER;
}

/* Reads a databag: what it holds as a mirror, and what it says about its unit. */
static void
read_bag(struct facts_bag *m, const cJSON *data)
{
	const char *mirror = doc_get(data, KEY_MIRROR);
	struct facts_unit *u = m->unit;
	enum facts_kind kind;
	const cJSON *e;

	if (mirror[0])
		m->state = strcmp(mirror, MIRROR_UP) == 0 ? FACTS_UP : FACTS_DOWN;
	m->seen = (struct doc_unit){u->name, data, m->state == FACTS_UP};
	u->known = true;
	if (m->state > u->mirror)
		u->mirror = m->state;
	if (u->side == SIDE_CONSUMER && !u->says.hostname[0])
		u->says = mirror_published(data);
	for (e = doc_first(data); e; e = doc_next(e)) {
		if (!mirror_host(e->string) || !e->valuestring[0])
			continue;
		kind = facts_kind_of(e->valuestring);
		m->hosts++;
		m->tokens += kind == FACTS_TOKEN;
		m->members += kind == FACTS_MEMBER;
	}
}

/* A hash of the databag. The order of the keys doesn't matter. */
static uint64_t
bag_hash(const cJSON *bag)
{
	const cJSON *e;
	uint64_t h = 0;

	for (e = doc_first(bag); e; e = doc_next(e))
		h += map_hash(e->string, strlen(e->string),
		    map_hash(e->valuestring, strlen(e->valuestring), 1));
	return h;
}

/* Takes a unit's databag in p's relation. The first one that is known counts; later ones are
 * compared with it. NULL: no memory. */
static struct facts_bag *
take_bag(struct facts *s, const struct sides_relation *p, const char *name, enum side side,
    const cJSON *data)
{
	struct facts_group *g = &s->groups[p->group];
	struct facts_unit *u = take_unit(s, g, name, side);
	struct facts_relation *r = take_relation(s, g, p->r->id);
	struct facts_bag *m = u && r ? item(s, &g->bags, (uint64_t)r->id, name, sizeof *m) : NULL;
	uint64_t hash = bag_hash(data);

	if (!m)
		return NULL;
	m->unit = u;
	m->relation = r;
	if (data && !m->seen.data) {
		m->hash = hash;
		read_bag(m, data);
	}
	u->differs |= data && m->hash != hash;
	return m;
}

/* Takes the distributor's application's databag. The first one with mirror-unit counts; if there is
 * none, the first one. */
static void
take_shared(const cJSON **taken, const cJSON *shared)
{
	if (!*taken || (*doc_get(shared, KEY_MIRROR_UNIT) && !*doc_get(*taken, KEY_MIRROR_UNIT)))
		*taken = shared;
}

/* Takes the document's own unit, and what the document tells about the distributor. */
static void
take_own(struct facts *s, const struct sides_relation *p)
{
	struct facts_group *g = &s->groups[p->group];
	struct facts_bag *m = take_bag(s, p, p->view->unit, p->side, p->r->local_data);
	bool related_known = !p->r->partial && !p->r->unknown;

	if (!m)
		return;
	if (p->side == SIDE_CONSUMER) {
		g->sees_distributor |= related_known;
		put(s, &g->apps, p->app);
	} else {
		g->complete = true;
		g->incomplete |= !related_known;
		/* an application is related before its first unit is */
		if (p->r->related_app)
			put(s, &g->apps, p->r->related_app);
	}
	g->hidden |= p->r->unknown;
	g->remote |= p->cross_model || (p->r->related_app && doc_is_remote(p->r->related_app));
	if (p->shared) {
		take_shared(&g->shared, p->shared);
		take_shared(&m->relation->seen.app_data, p->shared);
	}
	m->unit->hidden |= p->r->unknown;
	if (p->view->leader_known)
		m->unit->leader = p->view->leader ? FACTS_YES : FACTS_NO;
	if (p->r->local_data)
		m->unit->in_scope = FACTS_YES;
}

/* Takes the units at the other end. */
static void
take_related(struct facts *s, const struct sides_relation *p)
{
	enum side side = p->side == SIDE_CONSUMER ? SIDE_DISTRIBUTOR : SIDE_CONSUMER;
	const cJSON *node = json_member(p->r->node, "related-units");
	struct facts_unit *u;
	struct facts_bag *m;
	size_t i;

	for (i = 0; i < p->r->nunits; i++) {
		m = take_bag(s, p, p->r->units[i].name, side, p->r->units[i].data);
		if (m)
			m->unit->in_scope = FACTS_YES;
	}
	/* those that aren't in scope */
	for (node = node && side == SIDE_CONSUMER ? node->child : NULL; node; node = node->next) {
		u = take_unit(s, &s->groups[p->group], node->string, side);
		if (u && !u->in_scope)
			u->in_scope = FACTS_NO;
	}
}

/* A unit's own document comes before what others show of the unit. */
static void
take_documents(struct facts *s, const struct doc_select *sel)
{
	struct sides_relation *p, *end = s->sides.relations + s->sides.n;
	struct facts_group *g;
	const char *name;

	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		name = s->sides.groups.entries[g - s->groups].key;
		*g = (struct facts_group){.distributor = *name ? name : NULL, .trusted = true};
	}
	for (p = s->sides.relations; p < end; p++)
		take_own(s, p);
	for (p = s->sides.relations; p < end; p++)
		take_related(s, p);
	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		g->complete &= !g->incomplete && !sel->relation;
		g->bootstrap_app = doc_get(g->shared, KEY_BOOTSTRAP_APP);
		g->bootstrap_unit = doc_get(g->shared, KEY_BOOTSTRAP_UNIT);
		g->bootstrap_host = doc_get(g->shared, KEY_BOOTSTRAP_HOST);
		g->mirror_unit = doc_get(g->shared, KEY_MIRROR_UNIT);
		g->library = g->shared && !*g->mirror_unit;
	}
}

/* Finds each relation's only mirror, as a step on a consumer does: see mirror_choose. */
static void
choose_mirrors(struct facts_group *g)
{
	struct facts_relation *r;
	struct facts_bag *m;
	size_t i;

	for (i = 0; (r = facts_item(&g->relations, i)); i++)
		if (!r->seen.app_data)
			r->seen.app_data = g->shared;
	for (i = 0; (m = facts_item(&g->bags, i)); i++)
		if (m->unit->side == SIDE_DISTRIBUTOR && m->seen.up &&
		    mirror_is_named(m->relation->seen.app_data, m->unit->name))
			m->relation->seen.mirror_unit = &m->seen;
}

static void
take_published_hosts(struct facts *s, struct facts_group *g)
{
	struct facts_host *h;
	struct facts_unit *u;
	size_t i;

	/* backwards, because each becomes the first of its host's units */
	for (i = g->units.n; i-- > 0;) {
		u = facts_item(&g->units, i);
		if (!u)
			continue;
		g->tells_members |=
		    u->says.member || u->says.left || u->says.ready || u->says.rejected;
		h = u->says.hostname[0] ? take_host(s, g, u->says.hostname) : NULL;
		if (!h)
			continue;
		u->twin = h->unit;
		h->unit = u;
		if (u->says.member || u->mirror != FACTS_UNSET)
			h->says = FACTS_YES;
		if (u->says.rejected)
			h->rejected = u->says.rejected;
	}
}

/* Takes what one more mirror holds for the host. values has all values, by host. */
static void
take_value(struct facts *s, struct facts_group *g, struct facts_host *h, const char *text,
    struct map *values)
{
	struct facts_value *v;

	h->held++;
	if (!mirror_is_mirrored(text))
		return;
	v = item(s, values, (uintptr_t)h, text, sizeof *v);
	if (!v)
		return;
	v->mirrors++;
	if (v->text)
		return;
	v->text = text;
	v->kind = facts_kind_of(text);
	g->tells_members |= v->kind == FACTS_MEMBER;
	*h->last = v;
	h->last = &v->next;
}

/*
 * Takes what a mirror that counts holds. If no distributor unit's databag is known, takes what a
 * communicator holds: it will be mirrored. If no mirror counts, takes the hosts of those that
 * don't.
 */
static void
read_mirror(struct facts *s, struct facts_group *g, const struct facts_bag *m, struct map *values)
{
	bool distributor = m->unit->side == SIDE_DISTRIBUTOR;
	bool votes = m->counts || (!distributor && !g->mirrors_known && m->seen.up);
	bool shows = votes || (distributor && !g->counting);
	struct facts_host *h;
	const char *name;
	const cJSON *e;

	for (e = doc_first(m->seen.data); shows && e; e = doc_next(e)) {
		name = mirror_host(e->string);
		h = name && *name && e->valuestring[0] ? take_host(s, g, name) : NULL;
		if (h && votes)
			take_value(s, g, h, e->valuestring, values);
		name = m->counts ? mirror_rejected_host(e->string) : NULL;
		h = name && *name ? take_host(s, g, name) : NULL;
		/* where a unit publishes the host, it says itself what it has rejected */
		if (h && !h->unit && !h->rejected)
			h->rejected = e->valuestring;
	}
}

/*
 * Finds tokens for others in a consumer's databag. If its mirror is up, the distributor takes all
 * of them. From other members, a distributor of these tools takes tokens for hosts that units
 * publish (td-provider-step); the library's takes none. From other consumers neither takes any.
 */
static void
take_made(struct facts *s, struct facts_group *g, const struct facts_bag *m)
{
	bool up = m->seen.up, lends = m->unit->says.member && !g->library;
	struct facts_host *h;
	const char *name;
	const cJSON *e;

	for (e = doc_first(m->seen.data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		if (!name || !name[0] || !mirror_is_mirrored(e->valuestring))
			continue;
		h = up ? take_host(s, g, name) : map_found(&g->hosts, 0, name);
		if (!h || !token_is_good(e->valuestring, h->rejected))
			continue;
		if (up || (lends && h->unit))
			h->made = e->valuestring;
		else if (m->state == FACTS_UNSET)
			h->stray = m->unit;
	}
}

static void
take_group(struct facts *s, struct facts_group *g)
{
	struct map values = {0};
	struct facts_bag *m;
	size_t i;

	choose_mirrors(g);
	for (i = 0; (m = facts_item(&g->bags, i)); i++) {
		m->counts = m->unit->side == SIDE_DISTRIBUTOR &&
			    mirror_counts(&m->relation->seen, &m->seen);
		g->counting += m->counts;
		g->trusted &= !m->counts || mirror_member_counts(&m->relation->seen);
		g->cluster |= !s->list && mirror_bag_mirrors(m->seen.data);
	}
	g->mirrors_known = g->counting || g->sees_distributor;
	take_published_hosts(s, g);
	for (i = 0; (m = facts_item(&g->bags, i)); i++)
		read_mirror(s, g, m, &values);
	map_free(&values);
	for (i = 0; (m = facts_item(&g->bags, i)); i++)
		if (m->unit->side == SIDE_CONSUMER)
			take_made(s, g, m);
}

/* Adds the members that no unit publishes and no mirror has to the first group. Collects the
 * addresses of those that are ONLINE. */
static void
take_members(struct facts *s)
{
	const struct cluster_member *m;
	struct map hosts = {0};
	struct facts_group *g;
	size_t i;

	for (g = s->groups; g < s->groups + s->ngroups; g++)
		for (i = 0; i < g->hosts.n; i++)
			put(s, &hosts, g->hosts.entries[i].key);
	s->online_known = true;
	for (m = s->list->members; m < s->list->members + s->list->n; m++) {
		if (s->ngroups && !map_get(&hosts, 0, m->name))
			take_host(s, s->groups, m->name);
		if (!cluster_is_online(m))
			continue;
		s->online_known &= m->address[0] != '\0';
		put(s, &s->online, m->address);
	}
	map_free(&hosts);
}

/* Reads what is in a token. */
static void
read_token(struct facts *s, struct facts_group *g, struct facts_value *v)
{
	const char *fingerprint;
	size_t known = g->clusters.n;
	const cJSON *address;
	struct jointoken j;
	struct fail f;

	if (jointoken_read(&j, v->text, &v->decoded, &f)) {
		s->failed = true;
		return;
	}
	if (!v->decoded)
		return;
	v->addresses = j.naddresses;
	v->dead = s->online_known;
	for (address = j.addresses->child; v->dead && address; address = address->next)
		v->dead = !map_get(&s->online, 0, address->valuestring);
	fingerprint = arena_copy(&s->sides.arena, j.fingerprint, strlen(j.fingerprint));
	put(s, &g->clusters, fingerprint);
	v->cluster = g->clusters.n > known ? g->clusters.n : 0;
	jointoken_free(&j);
}

/*
 * Elects what the mirrors say about the host, as mirror_elect does, and returns it; NULL: nothing,
 * or "empty". Finds which token its unit would take: a rejected one only if there is no other.
 */
static const struct facts_value *
elect(struct facts_host *h)
{
	const struct facts_value *chosen = NULL;
	struct facts_value *v, *good = NULL;

	for (v = h->values; v; v = v->next) {
		if (!chosen || v->mirrors > chosen->mirrors)
			chosen = v;
		if (v->kind != FACTS_TOKEN)
			continue;
		if (!h->token)
			h->token = v;
		if (token_is_good(v->text, h->rejected) && (!good || v->mirrors > good->mirrors))
			good = v;
	}
	h->token = good ? good : h->token;
	h->kind = chosen ? chosen->kind : h->held ? FACTS_EMPTY : FACTS_NONE;
	return chosen;
}

static enum facts_answer
has_joined(const struct facts *s, const struct facts_group *g, const struct facts_host *h)
{
	bool no = h->says == FACTS_NO || h->kind == FACTS_EMPTY;

	if (s->list)
		return h->member && !cluster_is_pending(h->member) &&
			       (!no || cluster_is_online(h->member))
			   ? FACTS_YES
			   : FACTS_NO;
	if ((g->complete && !h->unit) || (h->kind == FACTS_MEMBER && !h->says && !g->trusted))
		return FACTS_UNKNOWN;
	if (h->says == FACTS_YES || (h->kind == FACTS_MEMBER && !no))
		return FACTS_YES;
	/* a used token stays in the mirrors for a while */
	return no || (h->kind == FACTS_NONE && g->mirrors_known) ? FACTS_NO : FACTS_UNKNOWN;
}

static void
judge_host(struct facts *s, struct facts_group *g, struct facts_host *h)
{
	const struct facts_value *chosen = elect(h);
	struct facts_value *v;

	if (h->rejected && !*h->rejected)
		h->rejected = NULL;
	for (v = h->values; v; v = v->next)
		if (v->kind == FACTS_TOKEN)
			read_token(s, g, v);
	h->member = s->list ? cluster_find(s->list, h->name) : NULL;
	if (!h->says && h->unit && g->tells_members)
		h->says = FACTS_NO;
	h->joined = has_joined(s, g, h);
	g->joined += h->joined == FACTS_YES;
	g->joining += h->joined == FACTS_NO &&
		      (mirror_lets_join(h->name, h->made, h->rejected) ||
			  (chosen && mirror_lets_join(h->name, chosen->text, h->rejected)));
	g->cluster |= s->list ? s->list->n > 0 : h->says == FACTS_YES;
}

/*
 * Finds the communicator among the group's members. With mirror-unit, it needs a mirror that says
 * member of its host (td-consumer-step(1), The mirror part); until there is one, the first voter
 * that is a host of a unit is it in its own eyes.
 */
static void
find_communicator(struct facts_group *g)
{
	const struct cluster_member *voter = NULL, *able = NULL;
	const struct facts_host *h;
	size_t i;

	for (i = 0; (h = facts_item(&g->hosts, i)); i++) {
		if (!*g->mirror_unit || h->unit || h->held)
			voter = cluster_better(voter, h->member);
		if (*g->mirror_unit && h->kind == FACTS_MEMBER)
			able = cluster_better(able, h->member);
	}
	if (!able && voter && cluster_is_voter(voter))
		able = voter;
	g->communicator = able ? map_found(&g->hosts, 0, able->name) : NULL;
}

static int
by_name(const void *a, const void *b)
{
	const struct map_entry *x = a, *y = b;

	return natural_compare(x->key, y->key);
}

/* The distributor's bags first. */
static int
by_side_and_name(const void *a, const void *b)
{
	const struct facts_bag *x = ((const struct map_entry *)a)->item;
	const struct facts_bag *y = ((const struct map_entry *)b)->item;
	int order;

	if (x->unit->side != y->unit->side)
		return x->unit->side == SIDE_DISTRIBUTOR ? -1 : 1;
	order = natural_compare(x->unit->name, y->unit->name);
	if (order)
		return order;
	return x->relation->id < y->relation->id ? -1 : x->relation != y->relation;
}

static void
judge_group(struct facts *s, struct facts_group *g)
{
	struct facts_host *h;
	size_t i;

	map_sort(&g->bags, by_side_and_name);
	map_sort(&g->hosts, by_name);
	for (i = 0; (h = facts_item(&g->hosts, i)); i++)
		judge_host(s, g, h);
	find_communicator(g);
}

int
facts_find(struct facts *s, const struct doc *d, const struct doc_select *sel,
    const struct cluster *list, struct fail *f)
{
	size_t i;

	memset(s, 0, sizeof *s);
	s->list = list;
	if (sides_find(&s->sides, d, sel, f))
		return -1;
	s->groups = calloc(s->sides.groups.n + 1, sizeof *s->groups);
	if (!s->groups)
		return fail_memory(f);
	s->ngroups = s->sides.groups.n;
	take_documents(s, sel);
	for (i = 0; i < s->ngroups; i++)
		take_group(s, &s->groups[i]);
	if (list)
		take_members(s);
	for (i = 0; !s->failed && i < s->ngroups; i++)
		judge_group(s, &s->groups[i]);
	return s->failed ? fail_memory(f) : 0;
}

void
facts_free(struct facts *s)
{
	struct facts_group *g;

	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		map_free(&g->units);
		map_free(&g->apps);
		map_free(&g->relations);
		map_free(&g->bags);
		map_free(&g->hosts);
		map_free(&g->clusters);
	}
	free(s->groups);
	map_free(&s->online);
	sides_free(&s->sides);
	memset(s, 0, sizeof *s);
}
