#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "jointoken.h"
#include "natural.h"
#include "token.h"

/* Puts the key into m. NULL: no memory. */
static struct map_entry *
put(struct facts *s, struct map *m, size_t group, const char *key)
{
	struct map_entry *e = map_put(m, group, key);

	s->failed |= !e;
	return e;
}

/* The item of that key in m. If there is none, makes one: size bytes of zeros. NULL: no memory. */
static void *
item(struct facts *s, struct map *m, size_t group, const char *key, size_t size)
{
	struct map_entry *e = put(s, m, group, key);

	if (e && !e->item)
		e->item = arena_make(&s->sides.arena, size);
	s->failed |= !e || !e->item;
	return e ? e->item : NULL;
}

/* Maps have relations, and bags, by the relation's ID. */
static size_t
relation_group(long id)
{
	return (size_t)(id + 1);
}

static void *
found(const struct map *m, const char *key)
{
	const struct map_entry *e = map_get(m, 0, key);

	return e ? e->item : NULL;
}

void *
facts_item(const struct map *m, size_t i)
{
	return i < m->n ? m->entries[i].item : NULL;
}

const struct facts_unit *
facts_unit(const struct facts_group *g, const char *name)
{
	return found(&g->units, name);
}

static const char *
copy(struct facts *s, const char *text, size_t n)
{
	const char *c = arena_copy(&s->sides.arena, text, n);

	s->failed |= !c;
	return c ? c : "";
}

static struct facts_unit *
take_unit(struct facts *s, struct facts_group *g, const char *name, enum side side)
{
	struct facts_unit *u = item(s, &g->units, 0, name, sizeof *u);

	if (!u || u->name)
		return u;
	*u = (struct facts_unit){.name = name, .side = side, .says.hostname = ""};
	if (side == SIDE_CONSUMER) {
		u->app = copy(s, name, doc_app_length(name));
		put(s, &g->apps, 0, u->app);
	}
	return u;
}

static struct facts_host *
take_host(struct facts *s, struct facts_group *g, const char *name)
{
	struct facts_host *h = item(s, &g->hosts, 0, name, sizeof *h);

	if (h && !h->name) {
		h->name = name;
		put(s, &s->hosts, 0, name);
	}
	return h;
}

static struct facts_relation *
take_relation(struct facts *s, struct facts_group *g, long id)
{
	struct facts_relation *r = item(s, &g->relations, relation_group(id), "", sizeof *r);

	if (r && !r->name[0]) {
		r->id = id;
		if (id < 0)
			r->name[0] = '?';
		else
			snprintf(r->name, sizeof r->name, "%ld", id);
		s->nrelations++;
	}
	return r;
}

enum facts_kind
facts_kind_of(const char *value)
{
	if (!value[0])
		return FACTS_NONE;
	if (strcmp(value, MIRROR_EMPTY) == 0)
		return FACTS_EMPTY;
	if (strcmp(value, MIRROR_MEMBER) == 0)
		return FACTS_MEMBER;
	return token_valid(value) ? FACTS_TOKEN : FACTS_OTHER;
}

/* Reads a databag: what it holds as a mirror, and what it says about its unit. */
static void
read_bag(struct facts_bag *m, const cJSON *data)
{
	const char *mirror = doc_get(data, KEY_MIRROR);
	struct facts_unit *u = m->unit;
	enum facts_kind kind;
	const cJSON *e;

	m->data = data;
	u->known = true;
	if (mirror[0])
		m->state = strcmp(mirror, MIRROR_UP) == 0 ? FACTS_UP : FACTS_DOWN;
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

/* A hash of the databag, never 0. The order of the keys doesn't matter. */
static uint64_t
bag_hash(const cJSON *bag)
{
	const cJSON *e;
	uint64_t h = 0;

	for (e = doc_first(bag); e; e = doc_next(e))
		h += map_hash(e->string, strlen(e->string),
		    map_hash(e->valuestring, strlen(e->valuestring), 1));
	return h ? h : 1;
}

/* Takes a unit's databag. The first one that is known counts; later ones are compared with it. */
static void
take_bag(struct facts *s, const struct sides_relation *p, const char *unit, enum side side,
    const cJSON *data)
{
	struct facts_group *g = &s->groups[p->group];
	struct facts_unit *u = take_unit(s, g, unit, side);
	struct facts_relation *r = take_relation(s, g, p->r->id);
	struct facts_bag *m =
	    u && r ? item(s, &g->bags, relation_group(r->id), unit, sizeof *m) : NULL;

	if (!m)
		return;
	u->in_scope |= data || p->view->unit != unit;
	if (!m->unit) {
		*m = (struct facts_bag){.unit = u, .relation = r, .next = r->bags};
		r->bags = m;
		r->nbags++;
	}
	if (data && !m->data) {
		read_bag(m, data);
	} else if (data) {
		if (!m->hash)
			m->hash = bag_hash(m->data);
		u->differs |= m->hash != bag_hash(data);
	}
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
	struct facts_unit *u = take_unit(s, g, p->view->unit, p->side);
	struct facts_relation *r = take_relation(s, g, p->r->id);
	bool related_known = !p->r->partial && !p->r->unknown;

	if (p->side == SIDE_CONSUMER) {
		g->sees_distributor |= related_known;
	} else {
		g->complete = true;
		g->incomplete |= !related_known;
		/* an application is related before its first unit is */
		if (p->r->related_app)
			put(s, &g->apps, 0, p->r->related_app);
	}
	g->hidden |= p->r->unknown;
	g->remote |= p->cross_model || (p->r->related_app && doc_is_remote(p->r->related_app));
	if (!u || !r)
		return;
	if (p->shared) {
		take_shared(&g->shared, p->shared);
		take_shared(&r->seen.app_data, p->shared);
	}
	u->hidden |= p->r->unknown;
	if (p->view->leader_known)
		u->leader = p->view->leader ? FACTS_YES : FACTS_NO;
	take_bag(s, p, u->name, p->side, p->r->local_data);
}

/* Takes the units at the other end. */
static void
take_related(struct facts *s, const struct sides_relation *p)
{
	bool distributor = p->side == SIDE_DISTRIBUTOR;
	const cJSON *related = distributor ? json_member(p->r->node, "related-units") : NULL, *node;
	struct facts_unit *u;
	size_t i;

	for (i = 0; i < p->r->nunits; i++)
		take_bag(s, p, p->r->units[i].name, distributor ? SIDE_CONSUMER : SIDE_DISTRIBUTOR,
		    p->r->units[i].data);
	for (node = related && cJSON_IsObject(related) ? related->child : NULL; node;
	     node = node->next) {
		u = take_unit(s, &s->groups[p->group], node->string, SIDE_CONSUMER);
		if (u)
			u->listed = true;
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
	}
}

/* Is it a distributor unit's databag that is known? */
static bool
is_seen(const struct facts_bag *m)
{
	return m->unit->side == SIDE_DISTRIBUTOR && m->data;
}

/* Puts the relation together as a step on a consumer sees it, and finds which mirrors count. */
static void
put_together(struct facts *s, struct facts_group *g, struct facts_relation *r)
{
	struct doc_relation *seen = &r->seen;
	struct doc_unit *u = arena_make(&s->sides.arena, (r->nbags + 1) * sizeof *u);
	struct facts_bag *m;

	s->failed |= !u;
	if (!u)
		return;
	u += r->nbags;
	for (m = r->bags; m; m = m->next) {
		if (!is_seen(m))
			continue;
		*--u = (struct doc_unit){m->unit->name, m->data, m->state == FACTS_UP};
		seen->nunits++;
	}
	seen->units = u;
	if (!seen->app_data)
		seen->app_data = g->shared;
	mirror_choose(seen);
	u += seen->nunits;
	for (m = r->bags; m; m = m->next) {
		m->counts = is_seen(m) && mirror_counts(seen, --u);
		g->counting += m->counts;
		g->trusted &= !m->counts || mirror_member_counts(seen);
		g->cluster |= !s->list && mirror_bag_mirrors(m->data);
	}
}

static void
count_unit(struct facts_group *g, struct facts_unit *u)
{
	if (u->side == SIDE_DISTRIBUTOR) {
		g->distributors += u->known;
		g->up += u->mirror == FACTS_UP;
		g->down += u->mirror == FACTS_DOWN;
		return;
	}
	u->out_of_scope = !u->in_scope && (u->listed || (g->complete && !g->remote));
	g->consumers++;
	g->communicators += u->mirror == FACTS_UP;
	g->left += u->says.left;
	g->tells_members |= u->says.member || u->says.left || u->says.ready || u->says.rejected;
}

static void
take_published_hosts(struct facts *s, struct facts_group *g)
{
	struct facts_host *h;
	struct facts_unit *u;
	size_t i;

	/* backwards, because each becomes the first of its host's units */
	for (i = g->units.n; i-- > 0;) {
		u = g->units.entries[i].item;
		h = u && u->says.hostname[0] ? take_host(s, g, u->says.hostname) : NULL;
		if (!h)
			continue;
		u->twin = h->unit;
		h->unit = u;
		h->known |= u->known;
		h->says_yes |= u->says.member || u->mirror != FACTS_UNSET;
		if (u->says.rejected)
			h->rejected = u->says.rejected;
	}
}

/*
 * Collects what the mirrors hold: hosts, and votes under the host's index in hosts. If no
 * distributor unit's databag is known, takes what a communicator holds: it will be mirrored. If no
 * mirror counts, adds the hosts of those that don't.
 */
static void
read_mirrors(struct facts *s, struct facts_group *g, struct map *hosts, struct map *votes)
{
	struct facts_bag *m;
	const char *name;
	const cJSON *e;
	size_t i;

	for (i = 0; (m = facts_item(&g->bags, i)); i++) {
		if (m->counts ||
		    (m->unit->side == SIDE_CONSUMER && !g->mirrors_known && m->state == FACTS_UP)) {
			s->failed |= mirror_collect(m->data, false, hosts, votes) != 0;
			continue;
		}
		for (e = is_seen(m) && !g->counting ? doc_first(m->data) : NULL; e;
		     e = doc_next(e)) {
			name = mirror_host(e->string);
			if (name && name[0] && e->valuestring[0])
				take_host(s, g, name);
		}
	}
}

/* Adds what the mirrors say is rejected. If the databag of a unit that publishes the host is known,
 * what that says counts, and not the mirrors. */
static void
take_rejected(struct facts *s, struct facts_group *g)
{
	struct facts_relation *r;
	struct map rejected = {0};
	struct facts_host *h;
	struct map_entry *e;
	size_t i;

	for (i = 0; (r = facts_item(&g->relations, i)); i++)
		s->failed |= mirror_rejected(&r->seen, &rejected) != 0;
	for (e = rejected.entries; e < rejected.entries + rejected.n; e++) {
		h = e->key[0] ? take_host(s, g, e->key) : NULL;
		if (h && !h->known && e->value[0])
			h->rejected = e->value;
	}
	map_free(&rejected);
}

/* Adds the values that have votes to their hosts, in the order of the votes. */
static void
take_values(struct facts *s, struct facts_group *g, const struct map *hosts, struct map *votes)
{
	struct facts_host *h;
	struct facts_value *v;
	struct map_entry *e;
	size_t i;

	/* backwards, because each becomes the first of its host's values */
	for (i = votes->n; i-- > 0;) {
		e = &votes->entries[i];
		h = hosts->entries[e->group].item;
		v = e->item = h ? arena_make(&s->sides.arena, sizeof *v) : NULL;
		s->failed |= h && !v;
		if (!v)
			continue;
		*v = (struct facts_value){
		    e->key, facts_kind_of(e->key), e->count, .next = h->values};
		h->values = v;
		h->nvalues++;
		g->tells_members |= v->kind == FACTS_MEMBER;
		if (v->kind == FACTS_TOKEN)
			h->token = v;
	}
}

/* Finds what the mirrors say about each host, and which token its unit would take: a rejected one
 * only if there is no other. Takes the votes from all other values. */
static void
elect(struct facts *s, const struct map *hosts, struct map *votes)
{
	const struct map_entry **winners, **good;
	struct facts_host *h;
	struct map_entry *e;
	size_t i;

	winners = calloc(2 * hosts->n + 1, sizeof(const struct map_entry *));
	s->failed |= !winners;
	if (!winners)
		return;
	mirror_elect(votes, winners);
	for (e = votes->entries; e < votes->entries + votes->n; e++) {
		h = hosts->entries[e->group].item;
		if (!h || !token_is_good(e->key, h->rejected))
			e->count = 0;
	}
	good = winners + hosts->n;
	mirror_elect(votes, good);
	for (i = 0; i < hosts->n; i++) {
		h = hosts->entries[i].item;
		if (!h || !winners[i])
			continue;
		h->chosen = winners[i]->item;
		h->kind = h->chosen->kind;
		if (good[i]->count)
			h->token = good[i]->item;
	}
	free(winners);
}

static void
take_mirrored(struct facts *s, struct facts_group *g)
{
	struct map hosts = {0}, votes = {0};
	struct facts_host *h;
	struct map_entry *e;

	read_mirrors(s, g, &hosts, &votes);
	for (e = hosts.entries; e < hosts.entries + hosts.n; e++) {
		h = e->key[0] ? take_host(s, g, e->key) : NULL;
		if (h) {
			h->held = e->count;
			h->kind = e->value ? FACTS_EMPTY : FACTS_NONE;
		}
		e->item = h;
	}
	take_rejected(s, g);
	take_values(s, g, &hosts, &votes);
	if (!s->failed)
		elect(s, &hosts, &votes);
	map_free(&hosts);
	map_free(&votes);
}

/*
 * Finds tokens for others in a consumer's databag. If its mirror is up, the distributor takes all
 * of them. From other members, a distributor of these tools takes tokens for hosts that units
 * publish (td-provider-step); the library's takes none. From other consumers neither takes any.
 */
static void
take_made(struct facts *s, struct facts_group *g, const struct facts_bag *m)
{
	bool up = m->state == FACTS_UP, lends = m->unit->says.member && !g->library;
	struct facts_host *h;
	const char *name;
	const cJSON *e;

	for (e = doc_first(m->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		if (!name || !name[0] || !mirror_is_mirrored(e->valuestring))
			continue;
		h = up ? take_host(s, g, name) : found(&g->hosts, name);
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
	struct facts_relation *r;
	struct facts_unit *u;
	struct facts_bag *m;
	size_t i;

	for (i = 0; (r = facts_item(&g->relations, i)); i++)
		put_together(s, g, r);
	for (i = 0; (u = facts_item(&g->units, i)); i++)
		count_unit(g, u);
	g->mirrors_known = g->counting || g->sees_distributor;
	g->library = g->shared && !*g->mirror_unit;
	take_published_hosts(s, g);
	take_mirrored(s, g);
	for (i = 0; (m = facts_item(&g->bags, i)); i++)
		if (m->unit->side == SIDE_CONSUMER)
			take_made(s, g, m);
}

/* Adds the members that no unit publishes. */
static void
take_members(struct facts *s)
{
	size_t i;

	for (i = 0; s->ngroups && s->list && i < s->list->n; i++)
		if (!map_get(&s->hosts, 0, s->list->members[i].name))
			take_host(s, s->groups, s->list->members[i].name);
}

/* Collects the addresses of ONLINE members. Returns false if they aren't known. */
static bool
online_addresses(struct facts *s, struct map *addresses)
{
	bool all = s->list != NULL;
	const struct cluster_member *m;
	size_t i;

	for (i = 0; s->list && i < s->list->n; i++) {
		m = &s->list->members[i];
		if (!cluster_is_online(m))
			continue;
		all &= m->address[0] != '\0';
		put(s, addresses, 0, m->address);
	}
	return all;
}

/* Reads what is in a token. online is NULL if the addresses of the members aren't known. */
static void
read_token(struct facts *s, struct facts_group *g, struct facts_value *v, const struct map *online)
{
	const struct map_entry *e;
	const cJSON *address;
	struct fail f;
	struct jointoken j;

	s->failed |= jointoken_read(&j, v->text, &v->decoded, &f) != 0;
	if (s->failed || !v->decoded)
		return;
	v->addresses = j.naddresses;
	v->dead = online != NULL;
	for (address = j.addresses->child; v->dead && address; address = address->next)
		v->dead = !map_get(online, 0, address->valuestring);
	e = map_get(&g->clusters, 0, j.fingerprint);
	if (!e)
		e = put(s, &g->clusters, 0, copy(s, j.fingerprint, strlen(j.fingerprint)));
	v->cluster = e ? (size_t)(e - g->clusters.entries) + 1 : 0;
	jointoken_free(&j);
}

static enum facts_answer
has_joined(const struct facts *s, const struct facts_group *g, const struct facts_host *h)
{
	if (s->list)
		return h->member && !cluster_is_pending(h->member) &&
			       ((!h->says_no && h->kind != FACTS_EMPTY) ||
				   cluster_is_online(h->member))
			   ? FACTS_YES
			   : FACTS_NO;
	if (g->complete && !h->unit)
		return FACTS_UNKNOWN;
	if (h->says_yes)
		return FACTS_YES;
	if (h->kind == FACTS_MEMBER && !h->says_no)
		return g->trusted ? FACTS_YES : FACTS_UNKNOWN;
	/* a used token stays in the mirrors for a while */
	if (h->says_no || h->kind == FACTS_EMPTY || (h->kind == FACTS_NONE && g->mirrors_known))
		return FACTS_NO;
	return FACTS_UNKNOWN;
}

static void
judge_host(struct facts *s, struct facts_group *g, struct facts_host *h, const struct map *online)
{
	struct facts_value *v;

	for (v = h->values; v; v = v->next)
		if (v->kind == FACTS_TOKEN)
			read_token(s, g, v, online);
	h->member = s->list ? cluster_find(s->list, h->name) : NULL;
	h->says_no = h->known && !h->says_yes && g->tells_members;
	h->joined = has_joined(s, g, h);
	g->joined += h->joined == FACTS_YES;
	g->joining += h->joined == FACTS_NO &&
		      (mirror_lets_join(h->name, h->made, h->rejected) ||
			  (h->chosen && mirror_lets_join(h->name, h->chosen->text, h->rejected)));
	g->cluster |= s->list ? s->list->n > 0 : h->says_yes || h->values || h->made;
}

/* Can the member make tokens: do the mirrors say member? (td-consumer-step(1), The mirror part) */
static bool
is_mirrored(const void *group, const char *name)
{
	const struct facts_host *h = found(&((const struct facts_group *)group)->hosts, name);

	return h && h->kind == FACTS_MEMBER;
}

/* Or is the member at least the host of a unit, which takes itself for the communicator? */
static bool
is_published(const void *group, const char *name)
{
	const struct facts_host *h = found(&((const struct facts_group *)group)->hosts, name);

	return h && (h->unit || h->held);
}

/* Finds the communicator among the members that are hosts of the group. */
static void
find_communicator(struct facts *s, struct facts_group *g)
{
	struct cluster members = {.members = malloc((g->hosts.n + 1) * sizeof *members.members)};
	bool has_mirror_unit = *g->mirror_unit;
	const struct facts_host *h;
	const char *name;
	size_t i;

	s->failed |= !members.members;
	for (i = 0; members.members && (h = facts_item(&g->hosts, i)); i++)
		if (h->member)
			members.members[members.n++] = *h->member;
	name = cluster_communicator(
	    &members, has_mirror_unit, has_mirror_unit ? is_mirrored : NULL, g);
	if (!name && has_mirror_unit)
		name = cluster_communicator(&members, false, is_published, g);
	g->communicator = name ? found(&g->hosts, name) : NULL;
	free(members.members);
}

static int
by_name(const void *a, const void *b)
{
	const struct facts_host *x = *(struct facts_host *const *)a,
				*y = *(struct facts_host *const *)b;

	return natural_compare(x->name, y->name);
}

static int
by_side_and_name(const void *a, const void *b)
{
	const struct facts_bag *x = *(struct facts_bag *const *)a,
			       *y = *(struct facts_bag *const *)b;
	int order;

	if (x->unit->side != y->unit->side)
		return x->unit->side == SIDE_DISTRIBUTOR ? -1 : 1;
	order = natural_compare(x->unit->name, y->unit->name);
	if (order)
		return order;
	return x->relation->id < y->relation->id ? -1 : x->relation != y->relation;
}

/* The items of m in order, and NULL. */
static void *
sorted(struct facts *s, const struct map *m, int (*compare)(const void *, const void *))
{
	void **items = arena_make(&s->sides.arena, (m->n + 1) * sizeof *items);
	size_t i;

	s->failed |= !items;
	for (i = 0; items && i < m->n; i++)
		items[i] = m->entries[i].item;
	if (items && !s->failed)
		qsort(items, m->n, sizeof *items, compare);
	return items;
}

static void
judge_groups(struct facts *s)
{
	struct map online = {0};
	bool known = online_addresses(s, &online);
	struct facts_host **h;
	struct facts_group *g;

	for (g = s->groups; !s->failed && g < s->groups + s->ngroups; g++) {
		g->sorted_bags = sorted(s, &g->bags, by_side_and_name);
		g->sorted_hosts = sorted(s, &g->hosts, by_name);
		for (h = g->sorted_hosts; !s->failed && *h; h++)
			judge_host(s, g, *h, known ? &online : NULL);
		if (s->list)
			find_communicator(s, g);
	}
	map_free(&online);
}

int
facts_find(struct facts *s, const struct doc *docs, size_t n, const struct doc_select *sel,
    const struct cluster *list, struct fail *f)
{
	size_t i;

	memset(s, 0, sizeof *s);
	s->list = list;
	if (sides_find(&s->sides, docs, n, sel, f))
		return -1;
	s->groups = calloc(s->sides.groups.n + 1, sizeof *s->groups);
	if (!s->groups)
		return fail_memory(f);
	s->ngroups = s->sides.groups.n;
	take_documents(s, sel);
	for (i = 0; !s->failed && i < s->ngroups; i++)
		take_group(s, &s->groups[i]);
	if (!s->failed)
		take_members(s);
	judge_groups(s);
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
	map_free(&s->hosts);
	sides_free(&s->sides);
	memset(s, 0, sizeof *s);
}
