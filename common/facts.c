#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "jointoken.h"
#include "natural.h"
#include "token.h"

static const size_t all_groups = (size_t)-1; /* under which every host is in by_name */

/* The entry of that key in m; NULL: no memory. */
static struct map_entry *
put(struct facts *s, struct map *m, size_t group, const char *key)
{
	struct map_entry *e = map_put(m, group, key);

	if (!e)
		fail_memory(s->f);
	return e;
}

/* What the entry of that key has, size bytes of zeros at first: then *fresh. NULL: no memory. */
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

static void *
found(const struct map *m, size_t group, const char *key)
{
	const struct map_entry *e = map_get(m, group, key);

	return e ? e->item : NULL;
}

static char *
copy(struct facts *s, const char *text, size_t n)
{
	char *c = pool_copy(&s->sides.pool, text, n);

	if (!c)
		fail_memory(s->f);
	return c;
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

	if (!u || !fresh)
		return u;
	*u = (struct facts_unit){.name = name,
	    .app = copy(s, name, doc_app_length(name)),
	    .group = g,
	    .side = side,
	    .says.hostname = ""};
	*g->end = u;
	g->end = &u->next;
	return u->app ? u : NULL;
}

static struct facts_host *
take_host(struct facts *s, struct facts_group *g, const char *name)
{
	bool fresh;
	struct facts_host *h = item(s, &s->by_name, number(s, g), name, sizeof *h, &fresh);

	if (!h || !fresh)
		return h;
	*h = (struct facts_host){.name = name, .group = g, .end = &h->values};
	s->nhosts++;
	g->nhosts++;
	return put(s, &s->by_name, all_groups, name) ? h : NULL;
}

static enum facts_state
state_of(const char *value)
{
	return !value[0] ? FACTS_UNSET : strcmp(value, MIRROR_UP) == 0 ? FACTS_UP : FACTS_DOWN;
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

/* What a consumer publishes in one more of its databags. */
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

/* What a databag holds, as a mirror and of its unit. */
static void
take_data(struct facts_mirror *m, const cJSON *data)
{
	enum facts_kind kind;
	const cJSON *e;

	m->data = data;
	m->unit->known = true;
	m->state = state_of(doc_get(data, KEY_MIRROR));
	/* a distributor's mirror is up if it is in any relation; of a consumer's the last is known
	 */
	if (m->state && (m->unit->side == SIDE_CONSUMER || m->unit->mirror != FACTS_UP))
		m->unit->mirror = m->state;
	if (m->unit->side == SIDE_CONSUMER)
		take_published(m->unit, data);
	for (e = doc_first(data); e; e = doc_next(e)) {
		if (!mirror_host(e->string) || !e->valuestring[0])
			continue;
		kind = kind_of(e->valuestring);
		m->hosts++;
		m->tokens += kind == FACTS_TOKEN;
		m->members += kind == FACTS_MEMBER;
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

static struct facts_relation *
take_relation(struct facts *s, const struct sides_relation *p)
{
	struct facts_relation *r;
	char id[24] = "?";
	const char *key;
	bool fresh;

	if (p->r->id >= 0)
		snprintf(id, sizeof id, "%ld", p->r->id);
	r = found(&s->relations, p->group, id);
	if (r)
		return r;
	key = copy(s, id, strlen(id));
	r = key ? item(s, &s->relations, p->group, key, sizeof *r, &fresh) : NULL;
	if (r)
		*r =
		    (struct facts_relation){.id = key, .number = s->relations.n, .group = p->group};
	return r;
}

/* A unit's databag; one that is known goes before one that isn't, and the first before others. */
static int
take_bag(struct facts *s, const struct sides_relation *p, const char *unit, enum side side,
    const cJSON *data)
{
	struct facts_unit *u = take_unit(s, &s->groups[p->group], unit, side);
	struct facts_relation *r = take_relation(s, p);
	struct facts_mirror *m;
	bool fresh;

	m = u && r ? item(s, &s->by_unit, r->number, unit, sizeof *m, &fresh) : NULL;
	if (!m)
		return -1;
	u->in_scope |= data || p->view->unit != unit;
	if (fresh) {
		*m = (struct facts_mirror){.unit = u, .relation = r};
		u->group->nmirrors++;
	}
	if (data && !m->data) {
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
	u->hidden |= p->r->unknown;
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

static const char *
first_of(const char *value, const cJSON *bag, const char *key)
{
	return *value ? value : doc_get(bag, key);
}

/* The distributor's application's databag, as one document has it. */
static void
take_shared(struct facts_group *g, struct facts_relation *r, const struct sides_relation *p)
{
	bool leads = *doc_get(p->shared, KEY_MIRROR_UNIT);

	if (!r->seen.app_data || (leads && !r->leads))
		r->seen.app_data = p->shared;
	r->leads |= leads;
	if (!g->shared || (leads && !*g->mirror_unit))
		g->shared = p->shared;
	g->bootstrap_app = first_of(g->bootstrap_app, p->shared, KEY_BOOTSTRAP_APP);
	g->bootstrap_unit = first_of(g->bootstrap_unit, p->shared, KEY_BOOTSTRAP_UNIT);
	g->bootstrap_host = first_of(g->bootstrap_host, p->shared, KEY_BOOTSTRAP_HOST);
	g->mirror_unit = first_of(g->mirror_unit, p->shared, KEY_MIRROR_UNIT);
}

static int
take_group(struct facts *s, const struct sides_relation *p)
{
	struct facts_relation *r = take_relation(s, p);
	struct facts_group *g = &s->groups[p->group];
	bool related_known = !p->r->partial && !p->r->unknown;

	if (p->side == SIDE_DISTRIBUTOR)
		g->complete &= related_known;
	else
		g->sees_distributor |= related_known;
	g->hidden |= p->r->unknown;
	g->remote |= p->cross_model || (p->r->related_app && doc_is_remote(p->r->related_app));
	if (p->shared && r)
		take_shared(g, r, p);
	return r ? 0 : -1;
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
		*g = (struct facts_group){.distributor = name[0] ? name : NULL,
		    .trusted = true,
		    .bootstrap_app = "",
		    .bootstrap_unit = "",
		    .bootstrap_host = "",
		    .mirror_unit = "",
		    .end = &g->units};
	}
	for (i = 0; i < s->sides.n; i++)
		if (s->sides.relations[i].side == SIDE_DISTRIBUTOR)
			s->groups[s->sides.relations[i].group].complete = !sel->relation;
	for (i = 0; i < s->sides.n; i++)
		if (take_group(s, &s->sides.relations[i]))
			return -1;
	return 0;
}

static struct facts_mirror *
next_mirror(const struct facts *s, size_t *i)
{
	return *i < s->by_unit.n ? s->by_unit.entries[(*i)++].item : NULL;
}

static struct facts_relation *
relation(const struct facts *s, size_t i)
{
	return s->relations.entries[i].item;
}

/* Puts each relation together as a step on a consumer sees it. */
static int
put_together(struct facts *s)
{
	struct doc_relation *seen;
	struct facts_mirror *m;
	size_t i = 0;

	while ((m = next_mirror(s, &i))) {
		seen = &m->relation->seen;
		seen->nunits += m->unit->side == SIDE_DISTRIBUTOR && m->data;
		if (!seen->app_data)
			seen->app_data = m->unit->group->shared;
	}
	for (i = 0; i < s->relations.n; i++) {
		seen = &relation(s, i)->seen;
		seen->units = pool_make(&s->sides.pool, (seen->nunits + 1) * sizeof *seen->units);
		seen->nunits = 0;
		if (!seen->units)
			return fail_memory(s->f);
	}
	for (i = 0; (m = next_mirror(s, &i));) {
		seen = &m->relation->seen;
		if (m->unit->side != SIDE_DISTRIBUTOR || !m->data)
			continue;
		m->seen = &seen->units[seen->nunits++];
		*m->seen = (struct doc_unit){m->unit->name, m->data, m->state == FACTS_UP};
	}
	for (i = 0; i < s->relations.n; i++)
		mirror_choose(&relation(s, i)->seen);
	return 0;
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

/* Which mirrors count, and is there a cluster, by what is mirrored. */
static int
choose_mirrors(struct facts *s)
{
	struct facts_group *g;
	struct facts_mirror *m;
	size_t i = 0;

	if (put_together(s))
		return -1;
	while ((m = next_mirror(s, &i))) {
		g = m->unit->group;
		g->cluster |= !s->list && mirror_bag_mirrors(m->data);
		m->counts = m->seen && mirror_counts(&m->relation->seen, m->seen);
		g->counting += m->counts;
		g->trusted &= !m->counts || mirror_member_counts(&m->relation->seen);
	}
	for (i = 0; i < s->units.n; i++)
		count_unit(s->units.entries[i].item);
	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		g->mirrors_known = g->counting || g->sees_distributor;
		g->library = g->shared && !*g->mirror_unit;
	}
	return 0;
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
		if (!u->says.hostname[0])
			continue;
		h = take_host(s, u->group, u->says.hostname);
		if (!h)
			return -1;
		u->twin = h->unit;
		h->unit = u;
		h->known |= u->known;
		h->says_yes |= u->says.member || u->mirror != FACTS_UNSET;
		if (u->says.rejected)
			h->rejected = u->says.rejected;
	}
	return 0;
}

/* What is mirrored, each map by group. Of votes the group is the host's index in hosts. */
struct mirrored {
	struct map hosts;
	struct map votes;
	struct map good; /* votes for tokens that their hosts haven't rejected; item: the value */
	struct map rejected;
};

/* A mirror that doesn't count, of a group where none does: its hosts are shown. */
static int
take_silent(struct facts *s, const struct facts_mirror *m)
{
	const cJSON *e;
	const char *name;

	for (e = doc_first(m->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		if (name && name[0] && e->valuestring[0] && !take_host(s, m->unit->group, name))
			return -1;
	}
	return 0;
}

/* Where no distributor unit's databag is known, what a communicator holds is what will be mirrored.
 */
static int
read_mirrors(struct facts *s, struct mirrored *in)
{
	struct facts_relation *r;
	struct facts_mirror *m;
	struct facts_group *g;
	size_t i = 0;

	while ((m = next_mirror(s, &i))) {
		g = m->unit->group;
		if (m->counts || (!m->seen && !g->mirrors_known && m->state == FACTS_UP)) {
			if (mirror_collect(m->data, false, number(s, g), &in->hosts, &in->votes))
				return fail_memory(s->f);
		} else if (m->seen && !g->counting && take_silent(s, m)) {
			return -1;
		}
	}
	for (i = 0; i < s->relations.n; i++) {
		r = relation(s, i);
		if (mirror_rejected(&r->seen, r->group, &in->rejected))
			return fail_memory(s->f);
	}
	return 0;
}

/* The hosts; what a unit publishes of its own goes before what the mirrors show of it. */
static int
take_hosts(struct facts *s, struct mirrored *in)
{
	struct facts_host *h;
	struct map_entry *e;

	for (e = in->hosts.entries; e < in->hosts.entries + in->hosts.n; e++) {
		h = take_host(s, &s->groups[e->group], e->key);
		if (!h)
			return -1;
		h->held = e->count;
		h->kind = e->value ? FACTS_EMPTY : FACTS_NONE;
		e->item = h;
	}
	for (e = in->rejected.entries; e < in->rejected.entries + in->rejected.n; e++) {
		h = take_host(s, &s->groups[e->group], e->key);
		if (!h)
			return -1;
		if (!h->known && e->value[0])
			h->rejected = e->value;
	}
	return 0;
}

static int
take_value(struct facts *s, struct mirrored *in, const struct map_entry *vote, bool chosen)
{
	struct facts_host *h = in->hosts.entries[vote->group].item;
	struct facts_value *v = pool_make(&s->sides.pool, sizeof *v);
	struct map_entry *e;

	if (!v)
		return fail_memory(s->f);
	*v = (struct facts_value){vote->key, kind_of(vote->key), .mirrors = vote->count};
	*h->end = v;
	h->end = &v->next;
	h->nvalues++;
	h->group->tells_members |= v->kind == FACTS_MEMBER;
	if (chosen) {
		h->chosen = v;
		h->kind = v->kind;
	}
	if (!token_is_good(v->text, h->rejected)) {
		if (v->kind == FACTS_TOKEN && !h->token)
			h->token = v;
		return 0;
	}
	e = put(s, &in->good, vote->group, vote->key);
	if (!e)
		return -1;
	e->item = v;
	e->count = vote->count;
	return 0;
}

/* What the mirrors say of each host, and which token its unit finds there. */
static int
take_values(struct facts *s, struct mirrored *in)
{
	size_t i, n = in->hosts.n;
	const struct map_entry *e, **winners = calloc(2 * n + 1, sizeof *winners);
	const struct map_entry **good = winners + n;
	struct facts_host *h;
	int r = winners ? 0 : fail_memory(s->f);

	if (!r)
		mirror_elect(&in->votes, winners);
	for (i = 0; !r && i < in->votes.n; i++) {
		e = &in->votes.entries[i];
		r = take_value(s, in, e, e == winners[e->group]);
	}
	if (!r)
		mirror_elect(&in->good, good);
	for (i = 0; !r && i < n; i++) {
		h = in->hosts.entries[i].item;
		if (good[i])
			h->token = good[i]->item;
	}
	free(winners);
	return r;
}

static int
take_mirrored(struct facts *s)
{
	struct mirrored in = {0};
	int r = read_mirrors(s, &in) || take_hosts(s, &in) || take_values(s, &in) ? -1 : 0;

	map_free(&in.hosts);
	map_free(&in.votes);
	map_free(&in.good);
	map_free(&in.rejected);
	return r;
}

/*
 * What a consumer's databag holds for others. Of one whose mirror is up the distributor takes all
 * that is mirrored; of another member's, unless it is the library's, tokens for hosts that units
 * publish (td-provider-step).
 */
static int
take_made(struct facts *s, const struct facts_mirror *m)
{
	struct facts_group *g = m->unit->group;
	bool up = m->state == FACTS_UP, read = up || (m->unit->says.member && !g->library);
	struct facts_host *h;
	const char *name;
	const cJSON *e;

	for (e = doc_first(m->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		if (!name || !name[0] || !mirror_is_mirrored(e->valuestring))
			continue;
		h = up ? take_host(s, g, name) : found(&s->by_name, number(s, g), name);
		if (up && !h)
			return -1;
		if (!h || !token_is_good(e->valuestring, h->rejected))
			continue;
		if (up || (read && h->unit))
			h->made = e->valuestring;
		else if (m->state == FACTS_UNSET)
			h->stray = m->unit;
	}
	return 0;
}

static int
take_all_made(struct facts *s)
{
	struct facts_mirror *m;
	size_t i = 0;

	while ((m = next_mirror(s, &i)))
		if (m->unit->side == SIDE_CONSUMER && take_made(s, m))
			return -1;
	return 0;
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
	for (i = 0; s->list && i < s->list->n; i++) {
		m = &s->list->members[i];
		if (!cluster_is_online(m))
			continue;
		*usable &= m->address[0] != '\0';
		if (!put(s, addresses, 0, m->address))
			return -1;
	}
	return 0;
}

/* The number of the cluster with that fingerprint, from 1; 0: no memory. */
static size_t
cluster_number(struct facts *s, struct facts_group *g, const char *fingerprint)
{
	struct map_entry *e = map_get(&s->clusters, number(s, g), fingerprint);
	const char *key;

	if (e)
		return e->count;
	key = copy(s, fingerprint, strlen(fingerprint));
	e = key ? put(s, &s->clusters, number(s, g), key) : NULL;
	return e ? e->count = ++g->clusters : 0;
}

static int
read_token(struct facts *s, struct facts_group *g, struct facts_value *v, const struct map *online)
{
	const cJSON *address;
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
	v->cluster = cluster_number(s, g, j.fingerprint);
	jointoken_free(&j);
	return v->cluster ? 0 : -1;
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
	/* a token stays in the mirrors for a while after it was used */
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

/* Does a unit speak for the member? In the mirrors' eyes, and then in a host's own: each counts
 * itself (SPEC, mirror part 3). */
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

/* Who makes the group's tokens, of the members that are its hosts. */
static int
find_communicator(struct facts *s, struct facts_group *g)
{
	struct voice v = {s, g, false};
	struct cluster members = {0};
	bool by_unit = *g->mirror_unit;
	const char *name;
	size_t i;

	members.members = malloc((g->nhosts + 1) * sizeof *members.members);
	if (!members.members)
		return fail_memory(s->f);
	for (i = 0; i < g->nhosts; i++)
		if (g->hosts[i]->member)
			members.members[members.n++] = *g->hosts[i]->member;
	name = cluster_communicator(&members, by_unit, by_unit ? speaks : NULL, &v);
	v.own = true;
	if (!name && by_unit)
		name = cluster_communicator(&members, false, speaks, &v);
	g->communicator = name ? found(&s->by_name, number(s, g), name) : NULL;
	free(members.members);
	return 0;
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

/* Gives each group its mirrors and hosts, sorted. */
static int
share_out(struct facts *s)
{
	struct facts_group *g;
	size_t i, n = 0, mirrors = 0, hosts = 0;

	s->mirrors = calloc(s->by_unit.n + 1, sizeof(struct facts_mirror *));
	s->hosts = calloc(s->nhosts + 1, sizeof(struct facts_host *));
	if (!s->mirrors || !s->hosts)
		return fail_memory(s->f);
	for (i = 0; i < s->by_unit.n; i++)
		s->mirrors[i] = s->by_unit.entries[i].item;
	for (i = 0; i < s->by_name.n; i++)
		if (s->by_name.entries[i].group != all_groups)
			s->hosts[n++] = s->by_name.entries[i].item;
	qsort(s->mirrors, s->by_unit.n, sizeof(struct facts_mirror *), by_side_and_name);
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
	struct facts_value *v;
	bool usable;
	size_t i;
	int r = online_addresses(s, &online, &usable);

	for (i = 0; !r && i < s->nhosts; i++) {
		for (v = s->hosts[i]->values; !r && v; v = v->next)
			r = read_token(s, s->hosts[i]->group, v, usable ? &online : NULL);
		judge_host(s, s->hosts[i]);
	}
	map_free(&online);
	for (i = 0; !r && s->list && i < s->ngroups; i++)
		r = find_communicator(s, &s->groups[i]);
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
	return choose_mirrors(s) || take_published_hosts(s) || take_mirrored(s) ||
		       take_all_made(s) || take_members(s) || share_out(s) || judge_hosts(s)
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
	return found(&s->units, number(s, g), name);
}
