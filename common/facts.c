#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "jointoken.h"
#include "mirror.h"
#include "natural.h"
#include "token.h"

static const size_t all_groups = (size_t)-1; /* under which every host is in by_name */

static struct map_entry *
put(struct facts *s, struct map *m, size_t group, const char *key)
{
	struct map_entry *e = map_put(m, group, key);

	if (!e)
		fail_memory(s->f);
	return e;
}

/* What the entry of that key has, made and put there if need be; *fresh: it was. NULL: no memory.
 */
static void *
item(struct facts *s, struct map *m, size_t group, const char *key, size_t size, bool *fresh)
{
	struct map_entry *e = put(s, m, group, key);

	*fresh = e && !e->item;
	if (*fresh) {
		e->item = pool_make(&s->sides.pool, size);
		if (!e->item)
			fail_memory(s->f);
	}
	return e ? e->item : NULL;
}

static size_t
number(const struct facts *s, const struct facts_group *g)
{
	return (size_t)(g - s->groups);
}

static struct facts_unit *
take_unit(struct facts *s, struct facts_group *g, const char *name, enum side side)
{
	bool fresh;
	struct facts_unit *u = item(s, &s->units, number(s, g), name, sizeof *u, &fresh);
	const char *app;

	if (!u || !fresh)
		return u;
	app = pool_copy(&s->sides.pool, name, strcspn(name, "/"));
	*u = (struct facts_unit){.name = name, .app = app, .group = g, .side = side};
	*(g->units ? &g->last_unit->next : &g->units) = u;
	g->last_unit = u;
	if (!app)
		fail_memory(s->f);
	return app ? u : NULL;
}

static struct facts_host *
take_host(struct facts *s, struct facts_group *g, const char *name)
{
	bool fresh;
	struct facts_host *h = item(s, &s->by_name, number(s, g), name, sizeof *h, &fresh);

	if (!h || !fresh)
		return h;
	*h = (struct facts_host){.name = name, .group = g};
	s->nhosts++;
	g->nhosts++;
	return put(s, &s->by_name, all_groups, name) ? h : NULL;
}

static enum facts_state
state_of(const char *value)
{
	return !value[0] ? FACTS_UNSET : strcmp(value, "up") == 0 ? FACTS_UP : FACTS_DOWN;
}

static enum facts_kind
kind_of(const char *value)
{
	if (!value[0])
		return FACTS_NONE;
	if (strcmp(value, MIRROR_EMPTY) == 0)
		return FACTS_EMPTY;
	if (strcmp(value, MIRROR_MEMBER) == 0)
		return FACTS_MEMBER;
	return token_valid(value) ? FACTS_TOKEN : FACTS_OTHER;
}

/* What a unit publishes of itself. */
static void
take_published(struct facts_unit *u, const char *key, const char *value)
{
	if (strcmp(key, "hostname") == 0)
		u->hostname = value;
	else if (strcmp(key, "member") == 0) {
		u->member |= strcmp(value, "true") == 0;
		u->left |= strcmp(value, "left") == 0;
	} else if (strcmp(key, "bootstrap") == 0)
		u->ready |= strcmp(value, "ready") == 0;
	else if (strcmp(key, "rejected") == 0)
		u->rejected = value;
	else if (strcmp(key, "mirror") == 0)
		u->mirror = state_of(value);
}

/* What a databag holds, as a mirror and of its unit. */
static void
take_data(struct facts_mirror *m, const cJSON *data)
{
	const cJSON *e;

	m->data = data;
	m->unit->known |= data != NULL;
	for (e = doc_first(data); e; e = doc_next(e)) {
		if (!e->valuestring[0])
			continue;
		if (m->unit->side == SIDE_CONSUMER)
			take_published(m->unit, e->string, e->valuestring);
		if (strcmp(e->string, "mirror") == 0)
			m->state = state_of(e->valuestring);
		if (!mirror_host(e->string))
			continue;
		m->hosts++;
		m->tokens += kind_of(e->valuestring) == FACTS_TOKEN;
		m->members += kind_of(e->valuestring) == FACTS_MEMBER;
	}
}

/* A hash of the databag that doesn't depend on the order of its keys; not 0. */
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

/* The entry of key, of which a copy is put there if need be; *count is to number it. */
static struct map_entry *
put_copy(struct facts *s, struct map *m, size_t group, const char *key, size_t *count)
{
	struct map_entry *e = map_get(m, group, key);
	const char *copy;

	if (e)
		return e;
	copy = pool_copy(&s->sides.pool, key, strlen(key));
	e = copy ? map_put(m, group, copy) : NULL;
	if (e)
		e->count = ++*count;
	else
		fail_memory(s->f);
	return e;
}

/* The part's relation: key is its ID, "?" when that isn't known; count is its number. */
static struct map_entry *
take_relation(struct facts *s, const struct sides_relation *p)
{
	char id[24] = "?";

	if (p->r->id >= 0)
		snprintf(id, sizeof id, "%ld", p->r->id);
	return put_copy(s, &s->relations, p->group, id, &s->nrelations);
}

/* A unit's databag; one that is known goes before one that isn't, and the first before others. */
static int
take_bag(struct facts *s, const struct sides_relation *p, const char *unit, enum side side,
    const cJSON *data)
{
	struct facts_unit *u = take_unit(s, &s->groups[p->group], unit, side);
	struct map_entry *relation = take_relation(s, p);
	struct facts_mirror *m;
	bool fresh;

	if (!u || !relation)
		return -1;
	m = item(s, &s->by_unit, relation->count, unit, sizeof *m, &fresh);
	if (!m)
		return -1;
	u->in_scope |= data || p->view->unit != unit;
	if (fresh) {
		*m = (struct facts_mirror){
		    .unit = u, .relation = relation->count, .id = relation->key};
		u->group->nmirrors++;
		s->nmirrors++;
	}
	if (!m->data) {
		take_data(m, data);
	} else if (data) {
		if (!m->hash)
			m->hash = bag_hash(m->data);
		u->differs |= m->hash != bag_hash(data);
	}
	return 0;
}

/* The unit whose document it is; its own databag goes before what others see of it. */
static int
take_own(struct facts *s, const struct sides_relation *p)
{
	struct facts_unit *u = take_unit(s, &s->groups[p->group], p->view->unit, p->side);

	if (!u)
		return -1;
	u->hidden |= p->hidden;
	if (p->view->leader_known)
		u->leader = p->view->leader ? FACTS_YES : FACTS_NO;
	return take_bag(s, p, p->view->unit, p->side, p->r->local_data);
}

static int
take_related(struct facts *s, const struct sides_relation *p)
{
	const cJSON *node = p->related && p->side == SIDE_DISTRIBUTOR ? p->related->child : NULL;
	struct facts_unit *u;
	size_t i;

	for (i = 0; i < p->r->nunits; i++)
		if (take_bag(s, p, p->r->units[i].name, sides_other(p->side), p->r->units[i].data))
			return -1;
	for (; node; node = node->next) {
		u = take_unit(s, &s->groups[p->group], node->string, SIDE_CONSUMER);
		if (!u)
			return -1;
		u->listed = true;
	}
	return 0;
}

static void
first_of(const char **value, const cJSON *bag, const char *key)
{
	if (!**value)
		*value = doc_get(bag, key);
}

static void
take_group(struct facts_group *g, const struct sides_relation *p)
{
	bool related_known = !p->r->partial && !p->hidden;

	if (p->side == SIDE_DISTRIBUTOR)
		g->complete &= related_known;
	else
		g->sees_distributor |= related_known;
	g->hidden |= p->hidden;
	g->remote |= p->cross_model || (p->r->related_app && doc_is_remote(p->r->related_app));
	g->shared_known |= p->shared != NULL;
	first_of(&g->bootstrap_app, p->shared, "bootstrap-app");
	first_of(&g->bootstrap_unit, p->shared, "bootstrap-unit");
	first_of(&g->bootstrap_host, p->shared, "bootstrap-host");
	first_of(&g->mirror_unit, p->shared, "mirror-unit");
}

static int
take_groups(struct facts *s, const struct doc_select *sel)
{
	struct facts_group *g;
	const char *name;
	size_t i;

	s->ngroups = s->sides.groups.n;
	s->groups = calloc(s->ngroups + 1, sizeof *s->groups);
	if (!s->groups)
		return fail_memory(s->f);
	for (i = 0; i < s->ngroups; i++) {
		g = &s->groups[i];
		name = s->sides.groups.entries[i].key;
		g->distributor = name[0] ? name : NULL;
		g->bootstrap_app = g->bootstrap_unit = g->bootstrap_host = g->mirror_unit = "";
	}
	for (i = 0; i < s->sides.n; i++)
		if (s->sides.relations[i].side == SIDE_DISTRIBUTOR)
			s->groups[s->sides.relations[i].group].complete = !sel->relation;
	for (i = 0; i < s->sides.n; i++)
		take_group(&s->groups[s->sides.relations[i].group], &s->sides.relations[i]);
	return 0;
}

static struct facts_mirror *
next_mirror(const struct facts *s, size_t *i)
{
	return *i < s->by_unit.n ? s->by_unit.entries[(*i)++].item : NULL;
}

static void
count_unit(struct facts_unit *u)
{
	struct facts_group *g = u->group;

	if (u->side == SIDE_DISTRIBUTOR) {
		g->distributors += u->known;
		g->up += u->mirror == FACTS_UP;
		g->down += u->mirror == FACTS_DOWN;
		return;
	}
	u->out_of_scope = !u->in_scope && (u->listed || (g->complete && !g->remote));
	g->consumers++;
	g->communicators += u->mirror == FACTS_UP;
	g->left += u->left;
	g->tells_members |= u->member || u->left || u->ready || u->rejected;
}

/* Which mirrors count. In each relation the leader's alone does, if its mirror is up there. */
static void
choose_mirrors(struct facts *s)
{
	const struct map_entry *leader;
	struct facts_group *g;
	struct facts_mirror *m;
	size_t i = 0;

	for (g = s->groups; g < s->groups + s->ngroups; g++)
		g->trusted = true;
	while ((m = next_mirror(s, &i))) {
		g = m->unit->group;
		g->cluster |= !s->list && (m->tokens || m->members);
		if (m->unit->side == SIDE_CONSUMER)
			continue;
		if (m->unit->mirror != FACTS_UP)
			m->unit->mirror = m->state;
		leader = map_get(&s->by_unit, m->relation, g->mirror_unit);
		if (leader && ((struct facts_mirror *)leader->item)->state != FACTS_UP)
			leader = NULL;
		m->counts = m->state == FACTS_UP && (!leader || leader->item == m);
		g->counting += m->counts;
		g->trusted &= !m->counts || leader || !*g->mirror_unit;
	}
	for (i = 0; i < s->units.n; i++)
		count_unit(s->units.entries[i].item);
	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		g->mirrors_known = g->counting || g->sees_distributor;
		g->library = g->shared_known && !*g->mirror_unit;
	}
}

static int
take_published_hosts(struct facts *s)
{
	struct facts_host *h;
	struct facts_unit *u;
	size_t i;

	/* from the last, as each becomes the first of its host's units */
	for (i = s->units.n; i-- > 0;) {
		u = s->units.entries[i].item;
		if (u->side != SIDE_CONSUMER || !u->hostname)
			continue;
		h = take_host(s, u->group, u->hostname);
		if (!h)
			return -1;
		u->twin = h->unit;
		h->unit = u;
	}
	return 0;
}

static int
vote(struct facts *s, struct map *votes, struct facts_host *h, const char *text)
{
	bool fresh;
	struct facts_value *v = item(s, votes, (size_t)(uintptr_t)h, text, sizeof *v, &fresh);

	if (!v)
		return -1;
	if (fresh) {
		v->text = text;
		v->kind = kind_of(text);
		*(h->values ? &h->last->next : &h->values) = v;
		h->last = v;
		h->nvalues++;
		h->group->tells_members |= v->kind == FACTS_MEMBER;
	}
	v->mirrors++;
	return 0;
}

/* An entry mirror-HOST of a mirror; counts: it has a vote. */
static int
take_value(struct facts *s, struct facts_host *h, const char *value, bool counts, bool consumer,
    struct map *votes)
{
	h->made |= consumer && kind_of(value) == FACTS_TOKEN;
	h->held += counts;
	if (counts && strcmp(value, MIRROR_EMPTY) == 0)
		h->kind = FACTS_EMPTY;
	else if (counts)
		return vote(s, votes, h, value);
	return 0;
}

/*
 * The hosts in a mirror. Where no distributor unit's databag is known, what a communicator holds is
 * what will be mirrored; and where none counts, hosts of those that don't are shown.
 */
static int
take_mirrored(struct facts *s, const struct facts_mirror *m, struct map *votes)
{
	struct facts_group *g = m->unit->group;
	bool consumer = m->unit->side == SIDE_CONSUMER;
	bool counts = consumer ? !g->mirrors_known && m->state == FACTS_UP : m->counts;
	struct facts_host *h;
	const char *name, *rejected;
	const cJSON *e;

	if (consumer ? m->state != FACTS_UP : !m->counts && g->counting)
		return 0;
	for (e = doc_first(m->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		rejected = name || !counts ? NULL : mirror_rejected_host(e->string);
		if (rejected)
			name = rejected;
		if (!name || !name[0] || !e->valuestring[0] ||
		    (consumer && !mirror_is_mirrored(e->valuestring)))
			continue;
		h = take_host(s, g, name);
		if (!h)
			return -1;
		if (rejected)
			h->rejected = e->valuestring;
		else if (take_value(s, h, e->valuestring, counts, consumer, votes))
			return -1;
	}
	return 0;
}

/* A token in the databag of a consumer that has never been a mirror: nobody reads it there. */
static void
take_stray(struct facts *s, const struct facts_mirror *m)
{
	const struct map_entry *host;
	const char *name;
	const cJSON *e;

	if (m->unit->side != SIDE_CONSUMER || m->state != FACTS_UNSET || !m->tokens)
		return;
	for (e = doc_first(m->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		host = name ? map_get(&s->by_name, number(s, m->unit->group), name) : NULL;
		if (host && kind_of(e->valuestring) == FACTS_TOKEN)
			((struct facts_host *)host->item)->stray = m->unit;
	}
}

static int
take_mirrored_hosts(struct facts *s)
{
	struct map votes = {0};
	struct facts_mirror *m;
	size_t i = 0;
	int r = 0;

	while (!r && (m = next_mirror(s, &i)))
		r = take_mirrored(s, m, &votes);
	map_free(&votes);
	for (i = 0; !r && (m = next_mirror(s, &i));)
		take_stray(s, m);
	return r;
}

bool
facts_is_online(const struct cluster_member *m)
{
	return strcmp(m->status, "ONLINE") == 0;
}

/* Members that nobody publishes are hosts, too. */
static int
take_members(struct facts *s)
{
	size_t i;

	for (i = 0; s->ngroups && s->list && i < s->list->n; i++)
		if (!map_get(&s->by_name, all_groups, s->list->members[i].name) &&
		    !take_host(s, s->groups, s->list->members[i].name))
			return -1;
	return 0;
}

/* The addresses of members that are ONLINE; *usable: all of them have one. */
static int
online_addresses(struct facts *s, struct map *addresses, bool *usable)
{
	const struct cluster_member *m;
	size_t i;

	*usable = s->list != NULL;
	s->all_online = true;
	for (i = 0; s->list && i < s->list->n; i++) {
		m = &s->list->members[i];
		s->all_online &= facts_is_online(m);
		if (!facts_is_online(m))
			continue;
		*usable &= m->address[0] != '\0';
		if (!put(s, addresses, 0, m->address))
			return -1;
	}
	return 0;
}

static int
read_token(struct facts *s, struct facts_group *g, struct facts_value *v, const struct map *online)
{
	const cJSON *address;
	struct map_entry *e;
	struct jointoken j;

	if (v->kind != FACTS_TOKEN)
		return 0;
	if (jointoken_read(&j, v->text, &v->decoded, s->f))
		return -1;
	if (!v->decoded)
		return 0;
	v->addresses = j.naddresses;
	v->dead = online != NULL;
	for (address = j.addresses->child; v->dead && address; address = address->next)
		v->dead = !map_get(online, 0, address->valuestring);
	e = put_copy(s, &s->clusters, number(s, g), j.fingerprint, &g->clusters);
	v->cluster = e ? e->count : 0;
	jointoken_free(&j);
	return e ? 0 : -1;
}

/* Of values held equally often it is the first, as td-find-value has it. */
static int
read_values(struct facts *s, struct facts_host *h, const struct map *online)
{
	struct facts_value *v;

	for (v = h->values; v; v = v->next) {
		if (read_token(s, h->group, v, online))
			return -1;
		if (!h->chosen || v->mirrors > h->chosen->mirrors)
			h->chosen = v;
	}
	if (h->chosen)
		h->kind = h->chosen->kind;
	return 0;
}

static enum facts_answer
has_joined(const struct facts *s, const struct facts_host *h)
{
	const struct facts_group *g = h->group;

	if (s->list)
		return h->member && !cluster_is_pending(h->member) &&
			       ((!h->says_no && h->kind != FACTS_EMPTY) ||
				   facts_is_online(h->member))
			   ? FACTS_YES
			   : FACTS_NO;
	if (g->complete && !h->unit)
		return FACTS_UNKNOWN;
	if (h->says_yes)
		return FACTS_YES;
	if (h->kind == FACTS_MEMBER && !h->says_no)
		return g->trusted ? FACTS_YES : FACTS_UNKNOWN;
	/* a token stays in the mirrors for a while after it was used */
	if (h->says_no || h->kind == FACTS_EMPTY || (h->kind == FACTS_NONE && g->mirrors_known))
		return FACTS_NO;
	return FACTS_UNKNOWN;
}

static bool
has_token(const struct facts_host *h)
{
	return h->made || (h->kind == FACTS_TOKEN && !token_has_id(h->chosen->text, h->rejected));
}

static void
judge_host(struct facts *s, struct facts_host *h)
{
	struct facts_group *g = h->group;
	const struct facts_unit *u;
	bool known = false;

	h->member = s->list ? cluster_find(s->list, h->name) : NULL;
	for (u = h->unit; u; u = u->twin) {
		known |= u->known;
		h->says_yes |= u->member || u->mirror != FACTS_UNSET;
		if (u->rejected)
			h->rejected = u->rejected;
	}
	h->says_no = known && !h->says_yes && g->tells_members;
	h->joined = has_joined(s, h);
	g->joined += h->joined == FACTS_YES;
	g->out += h->joined == FACTS_NO && has_token(h);
	g->cluster |= s->list ? s->list->n > 0 : h->says_yes || h->values || h->made;
}

/*
 * How near the host is to being communicator, 0: not at all. With mirror-unit a voter that the
 * mirrors say is a member goes first, then such a member of another role (SPEC, mirror part 3);
 * each host counts in its own eyes, whatever the mirrors say.
 */
static int
rank(const struct facts_host *h)
{
	const struct cluster_member *m = h->member;
	bool voter = m && strcmp(m->role, "voter") == 0;

	if (!m || !facts_is_online(m))
		return 0;
	if (!*h->group->mirror_unit)
		return voter ? 3 : 0;
	if (h->kind == FACTS_MEMBER)
		return voter ? 3 : m->role[0] && !cluster_is_pending(m) ? 2 : 0;
	return voter && (h->unit || h->held) ? 1 : 0;
}

static void
find_communicator(struct facts_group *g)
{
	struct facts_host *h, *best = NULL;
	size_t i;

	for (i = 0; i < g->nhosts; i++) {
		h = g->hosts[i];
		if (rank(h) && (!best || rank(h) > rank(best) ||
				   (rank(h) == rank(best) && strcmp(h->name, best->name) < 0)))
			best = h;
	}
	if (best)
		best->communicator = true;
}

static int
by_name(const void *a, const void *b)
{
	const struct facts_host *x = *(struct facts_host *const *)a,
				*y = *(struct facts_host *const *)b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return natural_compare(x->name, y->name);
}

static int
by_side_and_name(const void *a, const void *b)
{
	const struct facts_mirror *x = *(struct facts_mirror *const *)a,
				  *y = *(struct facts_mirror *const *)b;
	int order;

	if (x->unit->group != y->unit->group)
		return x->unit->group < y->unit->group ? -1 : 1;
	if (x->unit->side != y->unit->side)
		return x->unit->side == SIDE_DISTRIBUTOR ? -1 : 1;
	order = natural_compare(x->unit->name, y->unit->name);
	return order ? order : x->relation < y->relation ? -1 : x->relation > y->relation;
}

/* Gives each group its mirrors and hosts, sorted. */
static int
share_out(struct facts *s)
{
	struct facts_group *g;
	size_t i, n = 0, mirrors = 0, hosts = 0;

	s->mirrors = calloc(s->nmirrors + 1, sizeof(struct facts_mirror *));
	s->hosts = calloc(s->nhosts + 1, sizeof(struct facts_host *));
	if (!s->mirrors || !s->hosts)
		return fail_memory(s->f);
	for (i = 0; i < s->nmirrors; i++)
		s->mirrors[i] = s->by_unit.entries[i].item;
	for (i = 0; i < s->by_name.n; i++)
		if (s->by_name.entries[i].group != all_groups)
			s->hosts[n++] = s->by_name.entries[i].item;
	qsort(s->mirrors, s->nmirrors, sizeof(struct facts_mirror *), by_side_and_name);
	qsort(s->hosts, s->nhosts, sizeof(struct facts_host *), by_name);
	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		g->mirrors = s->mirrors + mirrors;
		g->hosts = s->hosts + hosts;
		mirrors += g->nmirrors;
		hosts += g->nhosts;
	}
	return 0;
}

static int
judge_hosts(struct facts *s)
{
	struct map online = {0};
	bool usable;
	size_t i;
	int r = online_addresses(s, &online, &usable);

	for (i = 0; !r && i < s->nhosts; i++) {
		r = read_values(s, s->hosts[i], usable ? &online : NULL);
		judge_host(s, s->hosts[i]);
	}
	map_free(&online);
	for (i = 0; i < s->ngroups; i++)
		find_communicator(&s->groups[i]);
	return r;
}

int
facts_find(struct facts *s, const struct doc *docs, size_t n, const struct doc_select *sel,
    const struct cluster *list, struct fail *f)
{
	size_t i;

	memset(s, 0, sizeof *s);
	s->list = list;
	s->f = f;
	if (sides_find(&s->sides, docs, n, sel, f) || take_groups(s, sel))
		return -1;
	for (i = 0; i < s->sides.n; i++)
		if (take_own(s, &s->sides.relations[i]))
			return -1;
	for (i = 0; i < s->sides.n; i++)
		if (take_related(s, &s->sides.relations[i]))
			return -1;
	choose_mirrors(s);
	return take_published_hosts(s) || take_mirrored_hosts(s) || take_members(s) ||
		       share_out(s) || judge_hosts(s)
		   ? -1
		   : 0;
}

void
facts_free(struct facts *s)
{
	sides_free(&s->sides);
	free(s->groups);
	free(s->mirrors);
	free(s->hosts);
	map_free(&s->relations);
	map_free(&s->units);
	map_free(&s->clusters);
	map_free(&s->by_unit);
	map_free(&s->by_name);
	memset(s, 0, sizeof *s);
}

const struct facts_unit *
facts_unit(const struct facts *s, const struct facts_group *g, const char *name)
{
	const struct map_entry *e = map_get(&s->units, number(s, g), name);

	return e ? e->item : NULL;
}
