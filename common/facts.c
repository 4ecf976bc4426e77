#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "jointoken.h"
#include "natural.h"
#include "token.h"

static const size_t all_groups = (size_t)-1; /* under which every host is in by_name */

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

static void *
found(const struct map *m, size_t group, const char *key)
{
	const struct map_entry *e = map_get(m, group, key);

	return e ? e->item : NULL;
}

static const char *
copy(struct facts *s, const char *text, size_t n)
{
	const char *c = arena_copy(&s->sides.arena, text, n);

	s->failed |= !c;
	return c ? c : "";
}

static size_t
number(const struct facts *s, const struct facts_group *g)
{
	return (size_t)(g - s->groups);
}

static struct facts_app *
take_app(struct facts *s, struct facts_group *g, const char *unit)
{
	const char *name = copy(s, unit, doc_app_length(unit));
	struct facts_app *app = item(s, &s->apps, number(s, g), name, sizeof *app);

	if (app && !app->name) {
		app->name = name;
		*g->apps_end = app;
		g->apps_end = &app->next;
	}
	return app;
}

static struct facts_unit *
take_unit(struct facts *s, struct facts_group *g, const char *name, enum side side)
{
	struct facts_unit *u = item(s, &s->units, number(s, g), name, sizeof *u);

	if (!u || u->name)
		return u;
	*u = (struct facts_unit){.name = name,
	    .app = side == SIDE_CONSUMER ? take_app(s, g, name) : NULL,
	    .group = g,
	    .side = side,
	    .says.hostname = ""};
	*g->end = u;
	g->end = &u->next;
	return u;
}

static struct facts_host *
take_host(struct facts *s, struct facts_group *g, const char *name)
{
	struct facts_host *h = item(s, &s->by_name, number(s, g), name, sizeof *h);

	if (!h || h->name)
		return h;
	*h = (struct facts_host){.name = name, .group = g, .end = &h->values};
	s->nhosts++;
	g->nhosts++;
	put(s, &s->by_name, all_groups, name);
	return h;
}

static enum facts_state
state_of(const char *value)
{
	return !value[0] ? FACTS_UNSET : strcmp(value, MIRROR_UP) == 0 ? FACTS_UP : FACTS_DOWN;
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

/* Adds what a consumer publishes in one of its databags. */
static void
take_published(struct facts_unit *u, const cJSON *data)
{
	struct mirror_published p = mirror_published(data);

	if (p.hostname[0])
		u->says.hostname = p.hostname;
	if (p.rejected)
		u->says.rejected = p.rejected;
	u->says.member |= p.member;
	u->says.left |= p.left;
	u->says.ready |= p.ready;
}

/* Reads a databag: what it holds as a mirror, and what it says about its unit. */
static void
take_data(struct facts_mirror *m, const cJSON *data)
{
	enum facts_kind kind;
	const cJSON *e;

	m->data = data;
	m->unit->known = true;
	m->state = state_of(doc_get(data, KEY_MIRROR));
	/* a distributor's unit is up if it is up in any relation */
	if (m->state && (m->unit->side == SIDE_CONSUMER || m->unit->mirror != FACTS_UP))
		m->unit->mirror = m->state;
	if (m->unit->side == SIDE_CONSUMER)
		take_published(m->unit, data);
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
	struct facts_unit *u = take_unit(s, &s->groups[p->group], unit, side);
	struct facts_relation *r = p->merged;
	struct facts_mirror *m = u ? item(s, &s->by_unit, r->number, unit, sizeof *m) : NULL;

	if (!m)
		return;
	u->in_scope |= data || p->view->unit != unit;
	if (!m->unit) {
		*m = (struct facts_mirror){.unit = u, .relation = r};
		*r->end = m;
		r->end = &m->next;
		r->nmirrors++;
		u->group->nmirrors++;
	}
	if (data && !m->data) {
		take_data(m, data);
	} else if (data) {
		if (!m->hash)
			m->hash = bag_hash(m->data);
		u->differs |= m->hash != bag_hash(data);
	}
}

/* Takes the unit that the document is of, before what others see of its databag. */
static void
take_own(struct facts *s, const struct sides_relation *p)
{
	struct facts_unit *u = take_unit(s, &s->groups[p->group], p->view->unit, p->side);

	if (!u)
		return;
	u->hidden |= p->r->unknown;
	if (p->view->leader_known)
		u->leader = p->view->leader ? FACTS_YES : FACTS_NO;
	take_bag(s, p, p->view->unit, p->side, p->r->local_data);
}

static void
take_related(struct facts *s, const struct sides_relation *p)
{
	const cJSON *node = p->related && p->side == SIDE_DISTRIBUTOR ? p->related->child : NULL;
	struct facts_unit *u;
	size_t i;

	for (i = 0; i < p->r->nunits; i++)
		take_bag(s, p, p->r->units[i].name, sides_other(p->side), p->r->units[i].data);
	for (; node; node = node->next) {
		u = take_unit(s, &s->groups[p->group], node->string, SIDE_CONSUMER);
		if (u)
			u->listed = true;
	}
}

/* Finds the relation among those that other documents have shown, or adds it. */
static void
take_relation(struct facts *s, struct sides_relation *p)
{
	struct facts_relation *r;
	char id[24] = "?";

	if (p->r->id >= 0)
		snprintf(id, sizeof id, "%ld", p->r->id);
	r = found(&s->relations, p->group, id);
	if (!r) {
		r = item(s, &s->relations, p->group, copy(s, id, strlen(id)), sizeof *r);
		if (r)
			*r = (struct facts_relation){
			    .id = s->relations.entries[s->relations.n - 1].key,
			    .number = s->relations.n,
			    .group = &s->groups[p->group],
			    .end = &r->mirrors};
	}
	p->merged = r;
}

static void
first_of(const char **value, const cJSON *bag, const char *key)
{
	if (!**value)
		*value = doc_get(bag, key);
}

/* Takes the distributor's application's databag, as one document shows it. */
static void
take_shared(struct facts_relation *r, const cJSON *shared)
{
	struct facts_group *g = r->group;
	bool leads = *doc_get(shared, KEY_MIRROR_UNIT);

	if (!r->seen.app_data || (leads && !r->leads))
		r->seen.app_data = shared;
	r->leads |= leads;
	if (!g->shared || (leads && !*g->mirror_unit))
		g->shared = shared;
	first_of(&g->bootstrap_app, shared, KEY_BOOTSTRAP_APP);
	first_of(&g->bootstrap_unit, shared, KEY_BOOTSTRAP_UNIT);
	first_of(&g->bootstrap_host, shared, KEY_BOOTSTRAP_HOST);
	first_of(&g->mirror_unit, shared, KEY_MIRROR_UNIT);
}

static void
take_group(struct facts *s, struct facts_group *g, const struct sides_relation *p)
{
	bool related_known = !p->r->partial && !p->r->unknown;

	if (p->side == SIDE_CONSUMER) {
		g->sees_distributor |= related_known;
	} else {
		g->complete = true;
		g->incomplete |= !related_known;
		/* an application is related before its first unit is */
		if (p->r->related_app)
			take_app(s, g, p->r->related_app);
	}
	g->hidden |= p->r->unknown;
	g->remote |= p->cross_model || (p->r->related_app && doc_is_remote(p->r->related_app));
	if (p->shared)
		take_shared(p->merged, p->shared);
}

static void
take_documents(struct facts *s, const struct doc_select *sel)
{
	struct sides_relation *p, *end = s->sides.relations + s->sides.n;
	struct facts_group *g;
	size_t i;

	for (i = 0; i < s->ngroups; i++)
		s->groups[i] = (struct facts_group){
		    .distributor =
			*s->sides.groups.entries[i].key ? s->sides.groups.entries[i].key : NULL,
		    .trusted = true,
		    .bootstrap_app = "",
		    .bootstrap_unit = "",
		    .bootstrap_host = "",
		    .mirror_unit = "",
		    .end = &s->groups[i].units,
		    .apps_end = &s->groups[i].apps};
	for (p = s->sides.relations; p < end; p++)
		take_relation(s, p);
	for (p = s->sides.relations; !s->failed && p < end; p++) {
		take_group(s, &s->groups[p->group], p);
		take_own(s, p);
	}
	for (p = s->sides.relations; !s->failed && p < end; p++)
		take_related(s, p);
	for (g = s->groups; g < s->groups + s->ngroups; g++)
		g->complete &= !g->incomplete && !sel->relation;
}

static struct facts_mirror *
next_mirror(const struct facts *s, size_t *i)
{
	return *i < s->by_unit.n ? s->by_unit.entries[(*i)++].item : NULL;
}

/* Puts the relation together as a step on a consumer sees it, and finds which mirrors count. */
static void
put_together(struct facts *s, struct facts_relation *r)
{
	struct doc_relation *seen = &r->seen;
	struct facts_mirror *m;

	seen->units = arena_make(&s->sides.arena, (r->nmirrors + 1) * sizeof *seen->units);
	s->failed |= !seen->units;
	if (!seen->app_data)
		seen->app_data = r->group->shared;
	for (m = r->mirrors; seen->units && m; m = m->next) {
		if (m->unit->side != SIDE_DISTRIBUTOR || !m->data)
			continue;
		m->seen = &seen->units[seen->nunits++];
		*m->seen = (struct doc_unit){m->unit->name, m->data, m->state == FACTS_UP};
	}
	mirror_choose(seen);
	for (m = r->mirrors; m; m = m->next) {
		m->counts = m->seen && mirror_counts(seen, m->seen);
		r->group->counting += m->counts;
		r->group->trusted &= !m->counts || mirror_member_counts(seen);
		r->group->cluster |= !s->list && mirror_bag_mirrors(m->data);
	}
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
	g->left += u->says.left;
	g->tells_members |= u->says.member || u->says.left || u->says.ready || u->says.rejected;
}

static struct facts_relation *
relation(const struct facts *s, size_t i)
{
	return s->relations.entries[i].item;
}

static void
choose_mirrors(struct facts *s)
{
	struct facts_group *g;
	size_t i;

	for (i = 0; i < s->relations.n; i++)
		put_together(s, relation(s, i));
	for (i = 0; i < s->units.n; i++)
		count_unit(s->units.entries[i].item);
	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		g->mirrors_known = g->counting || g->sees_distributor;
		g->library = g->shared && !*g->mirror_unit;
	}
}

static void
take_published_hosts(struct facts *s)
{
	struct facts_host *h;
	struct facts_unit *u;
	size_t i;

	/* backwards, because each becomes the first of its host's units */
	for (i = s->units.n; i-- > 0;) {
		u = s->units.entries[i].item;
		h = u->says.hostname[0] ? take_host(s, u->group, u->says.hostname) : NULL;
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

/* What is mirrored. The maps are by group, but those of votes by the host's index in hosts. */
struct mirrored {
	struct map hosts;
	struct map votes;
	struct map good; /* votes for tokens that their hosts haven't rejected; item: the value */
	struct map rejected;
};

/* If no distributor unit's databag is known, counts what a communicator holds: it will be mirrored.
 * If no mirror counts, adds the hosts of those that don't. */
static void
read_mirrors(struct facts *s, struct mirrored *in)
{
	struct facts_relation *r;
	struct facts_mirror *m;
	struct facts_group *g;
	const cJSON *e;
	const char *name;
	size_t i = 0;

	while ((m = next_mirror(s, &i))) {
		g = m->unit->group;
		if (m->counts || (!m->seen && !g->mirrors_known && m->state == FACTS_UP)) {
			s->failed |= mirror_collect(
					 m->data, false, number(s, g), &in->hosts, &in->votes) != 0;
			continue;
		}
		for (e = m->seen && !g->counting ? doc_first(m->data) : NULL; e; e = doc_next(e)) {
			name = mirror_host(e->string);
			if (name && name[0] && e->valuestring[0])
				take_host(s, g, name);
		}
	}
	for (i = 0; i < s->relations.n; i++) {
		r = relation(s, i);
		s->failed |= mirror_rejected(&r->seen, number(s, r->group), &in->rejected) != 0;
	}
}

/* Adds the hosts that are mirrored. If a unit publishes a host, what the unit says about a rejected
 * token counts, and not what the mirrors say. */
static void
take_hosts(struct facts *s, struct mirrored *in)
{
	struct facts_host *h;
	struct map_entry *e;

	for (e = in->hosts.entries; e < in->hosts.entries + in->hosts.n; e++) {
		h = e->key[0] ? take_host(s, &s->groups[e->group], e->key) : NULL;
		if (h) {
			h->held = e->count;
			h->kind = e->value ? FACTS_EMPTY : FACTS_NONE;
		}
		e->item = h;
	}
	for (e = in->rejected.entries; e < in->rejected.entries + in->rejected.n; e++) {
		h = e->key[0] ? take_host(s, &s->groups[e->group], e->key) : NULL;
		if (h && !h->known && e->value[0])
			h->rejected = e->value;
	}
}

static void
take_value(struct facts *s, struct mirrored *in, const struct map_entry *vote, bool chosen)
{
	struct facts_host *h = in->hosts.entries[vote->group].item;
	struct facts_value *v = h ? arena_make(&s->sides.arena, sizeof *v) : NULL;
	struct map_entry *e;

	s->failed |= h && !v;
	if (!v)
		return;
	*v = (struct facts_value){vote->key, facts_kind_of(vote->key), .mirrors = vote->count};
	*h->end = v;
	h->end = &v->next;
	h->nvalues++;
	h->group->tells_members |= v->kind == FACTS_MEMBER;
	if (chosen) {
		h->chosen = v;
		h->kind = v->kind;
	}
	if (v->kind != FACTS_TOKEN)
		return;
	if (!h->token)
		h->token = v;
	e = token_is_good(v->text, h->rejected) ? put(s, &in->good, vote->group, vote->key) : NULL;
	if (e) {
		e->item = v;
		e->count = vote->count;
	}
}

/* Finds what the mirrors say about each host, and which token its unit would take: a rejected one
 * only if there is no other. winners and good have room for all hosts. */
static void
elect(struct facts *s, struct mirrored *in, const struct map_entry **winners,
    const struct map_entry **good)
{
	const struct map_entry *e;
	size_t i;

	mirror_elect(&in->votes, winners);
	for (e = in->votes.entries; e < in->votes.entries + in->votes.n; e++)
		take_value(s, in, e, e == winners[e->group]);
	mirror_elect(&in->good, good);
	for (i = 0; i < in->hosts.n; i++)
		if (good[i])
			((struct facts_host *)in->hosts.entries[i].item)->token = good[i]->item;
}

static void
take_mirrored(struct facts *s)
{
	struct mirrored in = {0};
	const struct map_entry **winners;

	read_mirrors(s, &in);
	take_hosts(s, &in);
	winners = calloc(2 * in.hosts.n + 1, sizeof(const struct map_entry *));
	s->failed |= !winners;
	if (!s->failed)
		elect(s, &in, winners, winners + in.hosts.n);
	free(winners);
	map_free(&in.hosts);
	map_free(&in.votes);
	map_free(&in.good);
	map_free(&in.rejected);
}

/*
 * Finds tokens for others in a consumer's databag. If its mirror is up, the distributor takes all
 * of them. From other members, a distributor of these tools takes tokens for hosts that units
 * publish (td-provider-step); the library's takes none. From other consumers neither takes any.
 */
static void
take_made(struct facts *s, const struct facts_mirror *m)
{
	struct facts_group *g = m->unit->group;
	bool up = m->state == FACTS_UP, lends = m->unit->says.member && !g->library;
	struct facts_host *h;
	const char *name;
	const cJSON *e;

	for (e = doc_first(m->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		if (!name || !name[0] || !mirror_is_mirrored(e->valuestring))
			continue;
		h = up ? take_host(s, g, name) : found(&s->by_name, number(s, g), name);
		if (!h || !token_is_good(e->valuestring, h->rejected))
			continue;
		if (up || (lends && h->unit))
			h->made = e->valuestring;
		else if (m->state == FACTS_UNSET)
			h->stray = m->unit;
	}
}

static void
take_all_made(struct facts *s)
{
	struct facts_mirror *m;
	size_t i = 0;

	while ((m = next_mirror(s, &i)))
		if (m->unit->side == SIDE_CONSUMER)
			take_made(s, m);
}

/* Adds the members that no unit publishes. */
static void
take_members(struct facts *s)
{
	size_t i;

	for (i = 0; s->ngroups && s->list && i < s->list->n; i++)
		if (!map_get(&s->by_name, all_groups, s->list->members[i].name))
			take_host(s, s->groups, s->list->members[i].name);
}

/* Collects the addresses of ONLINE members. Returns false if the list lacks one. */
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

/* The number, from 1, of the cluster with that fingerprint. */
static size_t
cluster_number(struct facts *s, struct facts_group *g, const char *fingerprint)
{
	struct map_entry *e = map_get(&s->clusters, number(s, g), fingerprint);

	if (e)
		return e->count;
	e = put(s, &s->clusters, number(s, g), copy(s, fingerprint, strlen(fingerprint)));
	return e ? e->count = ++g->clusters : 0;
}

/* Reads what is in a token. online is NULL if the addresses of the members aren't known. */
static void
read_token(struct facts *s, struct facts_group *g, struct facts_value *v, const struct map *online)
{
	const cJSON *address;
	struct jointoken j;

	if (v->kind != FACTS_TOKEN)
		return;
	s->failed |= jointoken_read(&j, v->text, &v->decoded, s->f) != 0;
	if (s->failed || !v->decoded)
		return;
	v->addresses = j.naddresses;
	v->dead = online != NULL;
	for (address = j.addresses->child; v->dead && address; address = address->next)
		v->dead = !map_get(online, 0, address->valuestring);
	v->cluster = cluster_number(s, g, j.fingerprint);
	jointoken_free(&j);
}

static enum facts_answer
has_joined(const struct facts *s, const struct facts_host *h)
{
	const struct facts_group *g = h->group;

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
judge_host(struct facts *s, struct facts_host *h)
{
	struct facts_group *g = h->group;

	h->member = s->list ? cluster_find(s->list, h->name) : NULL;
	h->says_no = h->known && !h->says_yes && g->tells_members;
	h->joined = has_joined(s, h);
	g->joined += h->joined == FACTS_YES;
	g->out += h->joined == FACTS_NO &&
		  (mirror_lets_join(h->name, h->made, h->rejected) ||
		      (h->chosen && mirror_lets_join(h->name, h->chosen->text, h->rejected)));
	g->cluster |= s->list ? s->list->n > 0 : h->says_yes || h->values || h->made;
}

/* Does a unit speak for the member? The mirrors say so; or, with own, each unit for itself
 * (td-consumer-step(1), The mirror part). */
struct voice {
	const struct facts *s;
	const struct facts_group *g;
	bool own;
};

static bool
speaks(const void *ctx, const char *name)
{
	const struct voice *v = ctx;
	const struct facts_host *h = found(&v->s->by_name, number(v->s, v->g), name);

	return h && (v->own ? h->unit || h->held : h->kind == FACTS_MEMBER);
}

/* Finds the communicator among the members that are hosts of the group. */
static void
find_communicator(struct facts *s, struct facts_group *g)
{
	struct voice v = {s, g, false};
	struct cluster members = {0};
	bool by_unit = *g->mirror_unit;
	const char *name = NULL;
	size_t i;

	members.members = malloc((g->nhosts + 1) * sizeof *members.members);
	s->failed |= !members.members;
	for (i = 0; members.members && i < g->nhosts; i++)
		if (g->hosts[i]->member)
			members.members[members.n++] = *g->hosts[i]->member;
	name = cluster_communicator(&members, by_unit, by_unit ? speaks : NULL, &v);
	v.own = true;
	if (!name && by_unit)
		name = cluster_communicator(&members, false, speaks, &v);
	g->communicator = name ? found(&s->by_name, number(s, g), name) : NULL;
	free(members.members);
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
	if (order)
		return order;
	return x->relation->number < y->relation->number ? -1 : x->relation != y->relation;
}

/* Sorts mirrors and hosts, and gives each group its own. */
static void
share_out(struct facts *s)
{
	struct facts_group *g;
	size_t i, n = 0, mirrors = 0, hosts = 0;

	s->mirrors = calloc(s->by_unit.n + 1, sizeof(struct facts_mirror *));
	s->hosts = calloc(s->nhosts + 1, sizeof(struct facts_host *));
	s->failed |= !s->mirrors || !s->hosts;
	if (s->failed)
		return;
	for (i = 0; i < s->by_unit.n; i++)
		s->mirrors[i] = s->by_unit.entries[i].item;
	for (i = 0; i < s->by_name.n; i++)
		if (s->by_name.entries[i].group != all_groups)
			s->hosts[n++] = s->by_name.entries[i].item;
	qsort(s->mirrors, s->by_unit.n, sizeof(struct facts_mirror *), by_side_and_name);
	qsort(s->hosts, s->nhosts, sizeof(struct facts_host *), by_name);
	for (i = 0; i < s->by_unit.n; i++)
		if (s->mirrors[i]->unit->app && !s->mirrors[i]->unit->app->first)
			s->mirrors[i]->unit->app->first = s->mirrors[i];
	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		g->mirrors = s->mirrors + mirrors;
		g->hosts = s->hosts + hosts;
		mirrors += g->nmirrors;
		hosts += g->nhosts;
	}
}

static void
judge_hosts(struct facts *s)
{
	struct map online = {0};
	bool known = online_addresses(s, &online);
	struct facts_value *v;
	size_t i;

	for (i = 0; i < s->nhosts; i++) {
		for (v = s->hosts[i]->values; v; v = v->next)
			read_token(s, s->hosts[i]->group, v, known ? &online : NULL);
		judge_host(s, s->hosts[i]);
	}
	map_free(&online);
	for (i = 0; s->list && i < s->ngroups; i++)
		find_communicator(s, &s->groups[i]);
}

int
facts_find(struct facts *s, const struct doc *docs, size_t n, const struct doc_select *sel,
    const struct cluster *list, struct fail *f)
{
	static void (*const steps[])(struct facts *) = {choose_mirrors, take_published_hosts,
	    take_mirrored, take_all_made, take_members, share_out, judge_hosts};
	size_t i;

	memset(s, 0, sizeof *s);
	s->list = list;
	s->f = f;
	if (sides_find(&s->sides, docs, n, sel, f))
		return -1;
	s->ngroups = s->sides.groups.n;
	s->groups = calloc(s->ngroups + 1, sizeof *s->groups);
	if (!s->groups)
		return fail_memory(f);
	take_documents(s, sel);
	for (i = 0; !s->failed && i < sizeof steps / sizeof *steps; i++)
		steps[i](s);
	return s->failed ? fail_memory(f) : 0;
}

void
facts_free(struct facts *s)
{
	sides_free(&s->sides);
	free(s->groups);
	free(s->mirrors);
	free(s->hosts);
	map_free(&s->relations);
	map_free(&s->apps);
	map_free(&s->units);
	map_free(&s->clusters);
	map_free(&s->by_unit);
	map_free(&s->by_name);
	memset(s, 0, sizeof *s);
}

const struct facts_unit *
facts_unit(const struct facts *s, const struct facts_group *g, const char *name)
{
	return found(&s->units, number(s, g), name);
}
