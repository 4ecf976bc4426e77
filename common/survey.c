#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jointoken.h"
#include "mirror.h"
#include "natural.h"
#include "survey.h"
#include "token.h"

enum { FIRST_CAP = 16 };

static const size_t all_groups = (size_t)-1; /* the group under which every host is in host_index */

/* Room for one more of size bytes after n: where the array is then, or NULL with it as it was. */
static void *
room(struct survey *s, void *array, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : FIRST_CAP;
	void *moved;

	if (n < *cap)
		return array;
	moved = realloc(array, more * size);
	if (moved)
		*cap = more;
	else
		fail_memory(s->f);
	return moved;
}

static struct map_entry *
put(struct survey *s, struct map *m, size_t group, const char *key)
{
	struct map_entry *e = map_put(m, group, key);

	if (!e)
		fail_memory(s->f);
	return e;
}

/* The unit's index + 1, made if need be; 0: no memory. */
static size_t
take_unit(struct survey *s, size_t group, const char *name, enum part_side side)
{
	struct map_entry *e = put(s, &s->unit_index, group, name);
	struct survey_unit *units;
	const char *app;

	if (!e || e->count)
		return e ? e->count : 0;
	units = room(s, s->units, s->nunits, &s->unit_cap, sizeof *s->units);
	if (!units)
		return 0;
	s->units = units;
	app = part_app(&s->parts, name);
	if (!app) {
		fail_memory(s->f);
		return 0;
	}
	units[s->nunits++] =
	    (struct survey_unit){.name = name, .app = app, .group = group, .side = side};
	e->count = s->nunits;
	return e->count;
}

static size_t
take_host(struct survey *s, size_t group, const char *name)
{
	struct map_entry *e = put(s, &s->host_index, group, name);
	struct survey_host *hosts;
	size_t place;

	if (!e || e->count)
		return e ? e->count : 0;
	place = e->count = s->nhosts + 1;
	hosts = room(s, s->hosts, s->nhosts, &s->host_cap, sizeof *s->hosts);
	if (!hosts)
		return 0;
	s->hosts = hosts;
	if (!put(s, &s->host_index, all_groups, name))
		return 0;
	hosts[s->nhosts++] = (struct survey_host){.name = name, .group = group};
	return place;
}

/* A hash of the databag that doesn't depend on the order of its keys. */
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

static enum survey_mirror_state
mirror_state(const char *value)
{
	return !value[0] ? SURVEY_UNSET : strcmp(value, "up") == 0 ? SURVEY_UP : SURVEY_DOWN;
}

static enum survey_kind
kind_of(const char *value)
{
	if (!value[0])
		return SURVEY_NONE;
	if (strcmp(value, MIRROR_EMPTY) == 0)
		return SURVEY_EMPTY;
	if (strcmp(value, MIRROR_MEMBER) == 0)
		return SURVEY_MEMBER;
	return token_valid(value) ? SURVEY_TOKEN : SURVEY_OTHER;
}

/* What a mirror's databag holds. */
static void
count_values(struct survey_mirror *m)
{
	const cJSON *e;

	for (e = doc_first(m->data); e; e = doc_next(e)) {
		if (strcmp(e->string, "mirror") == 0)
			m->state = mirror_state(e->valuestring);
		if (!mirror_host(e->string) || !e->valuestring[0])
			continue;
		m->hosts++;
		m->tokens += kind_of(e->valuestring) == SURVEY_TOKEN;
		m->members += kind_of(e->valuestring) == SURVEY_MEMBER;
	}
}

static void
take_published(struct survey_unit *u, const cJSON *bag)
{
	const cJSON *e;

	for (e = doc_first(bag); e; e = doc_next(e)) {
		if (!e->valuestring[0])
			continue;
		if (strcmp(e->string, "hostname") == 0)
			u->hostname = e->valuestring;
		else if (strcmp(e->string, "member") == 0)
			u->member |= strcmp(e->valuestring, "true") == 0;
		else if (strcmp(e->string, "bootstrap") == 0)
			u->ready |= strcmp(e->valuestring, "ready") == 0;
		else if (strcmp(e->string, "rejected") == 0)
			u->rejected = e->valuestring;
		else if (strcmp(e->string, "mirror") == 0)
			u->mirror = mirror_state(e->valuestring);
	}
}

/* A databag that another document showed before. */
static void
compare(struct survey *s, struct survey_mirror *m, const cJSON *data)
{
	if (!m->repeated)
		m->hash = bag_hash(m->data);
	m->repeated = true;
	s->units[m->unit - 1].differs |= m->hash != bag_hash(data);
}

/* The number of the part's relation within its group, from 1; 0: no memory. */
static size_t
take_relation(struct survey *s, const struct part *p)
{
	struct map_entry *e;
	const char *copy;
	char id[24];

	snprintf(id, sizeof id, "%ld", p->r->id);
	e = map_get(&s->relations, p->group, id);
	if (!e) {
		copy = pool_copy(&s->pool, id, strlen(id));
		e = copy ? put(s, &s->relations, p->group, copy) : NULL;
	}
	if (!e) {
		fail_memory(s->f);
		return 0;
	}
	return (size_t)(e - s->relations.entries) + 1;
}

static int
take_bag(struct survey *s, const struct part *p, const char *unit, enum part_side side,
    const cJSON *data)
{
	size_t relation = take_relation(s, p), place = take_unit(s, p->group, unit, side);
	struct map_entry *e = relation && place ? put(s, &s->mirror_index, relation, unit) : NULL;
	struct survey_mirror *m;

	if (!e)
		return -1;
	s->units[place - 1].in_scope |= data || p->view->unit != unit;
	if (e->count && (!data || s->mirrors[e->count - 1].data)) {
		if (data)
			compare(s, &s->mirrors[e->count - 1], data);
		return 0;
	}
	if (!e->count) {
		m = room(s, s->mirrors, s->nmirrors, &s->mirror_cap, sizeof *s->mirrors);
		if (!m)
			return -1;
		s->mirrors = m;
		e->count = ++s->nmirrors;
	}
	m = &s->mirrors[e->count - 1];
	*m = (struct survey_mirror){.unit = place,
	    .name = unit,
	    .side = side,
	    .group = p->group,
	    .relation = relation,
	    .data = data};
	count_values(m);
	s->units[place - 1].known |= data != NULL;
	if (side == PART_CONSUMER)
		take_published(&s->units[place - 1], data);
	return 0;
}

static enum part_side
other_side(enum part_side side)
{
	return side == PART_CONSUMER ? PART_DISTRIBUTOR : PART_CONSUMER;
}

/* The unit whose document it is; its own databag goes before what others see of it. */
static int
take_own(struct survey *s, const struct part *p)
{
	size_t place = take_unit(s, p->group, p->view->unit, p->side);

	if (!place)
		return -1;
	s->units[place - 1].has_view = true;
	if (p->view->leader_known)
		s->units[place - 1].leader = p->view->leader ? SURVEY_YES : SURVEY_NO;
	return take_bag(s, p, p->view->unit, p->side, p->r->local_data);
}

static int
take_related(struct survey *s, const struct part *p)
{
	const cJSON *node;
	size_t i, place;

	for (i = 0; i < p->r->nunits; i++)
		if (take_bag(s, p, p->r->units[i].name, other_side(p->side), p->r->units[i].data))
			return -1;
	for (node = p->related && p->side == PART_DISTRIBUTOR ? p->related->child : NULL; node;
	     node = node->next) {
		place = take_unit(s, p->group, node->string, PART_CONSUMER);
		if (!place)
			return -1;
		s->units[place - 1].listed = true;
	}
	return 0;
}

static void
first_of(const char **value, const cJSON *bag, const char *key)
{
	if (!**value)
		*value = doc_get(bag, key);
}

static int
take_groups(struct survey *s, const struct doc_select *sel)
{
	struct survey_group *g;
	const struct part *p;
	size_t i;

	s->ngroups = s->parts.ngroups;
	s->groups = calloc(s->ngroups ? s->ngroups : 1, sizeof *s->groups);
	if (!s->groups)
		return fail_memory(s->f);
	for (i = 0; i < s->ngroups; i++)
		s->groups[i] = (struct survey_group){.distributor = s->parts.groups[i].distributor,
		    .has_view = s->parts.groups[i].has_view,
		    .complete = s->parts.groups[i].has_view && !sel->relation,
		    .remote = s->parts.groups[i].remote,
		    .bootstrap_app = "",
		    .bootstrap_unit = "",
		    .bootstrap_host = "",
		    .mirror_unit = ""};
	for (i = 0; i < s->parts.n; i++) {
		p = &s->parts.parts[i];
		g = &s->groups[p->group];
		if (p->side == PART_DISTRIBUTOR)
			g->complete &= p->related_known;
		else
			g->sees_distributor |= p->related_known;
		g->shared_known |= p->shared != NULL;
		first_of(&g->bootstrap_app, p->shared, "bootstrap-app");
		first_of(&g->bootstrap_unit, p->shared, "bootstrap-unit");
		first_of(&g->bootstrap_host, p->shared, "bootstrap-host");
		first_of(&g->mirror_unit, p->shared, "mirror-unit");
	}
	return 0;
}

/* Does the unit that counts alone have its mirror up in that relation? */
static bool
leader_is_up(const struct survey *s, const struct survey_mirror *m, size_t group)
{
	const struct map_entry *e =
	    map_get(&s->mirror_index, m->relation, s->groups[group].mirror_unit);

	return e && s->mirrors[e->count - 1].state == SURVEY_UP;
}

/* Which mirrors count; and of consumers, which databags are mirrors at all. */
static void
choose_mirrors(struct survey *s)
{
	const struct survey_unit *u;
	struct survey_group *g;
	struct survey_mirror *m;

	for (m = s->mirrors; m < s->mirrors + s->nmirrors; m++) {
		u = &s->units[m->unit - 1];
		g = &s->groups[u->group];
		g->cluster |= !s->list && (m->tokens || m->members);
		if (u->side == PART_CONSUMER)
			continue;
		m->counts = m->state == SURVEY_UP &&
			    (!leader_is_up(s, m, u->group) || strcmp(u->name, g->mirror_unit) == 0);
		g->counting += m->counts;
	}
	for (g = s->groups; g < s->groups + s->ngroups; g++)
		g->mirrors_known = g->counting || g->sees_distributor;
}

static void
count_units(struct survey *s)
{
	struct survey_group *g;
	struct survey_mirror *m;
	struct survey_unit *u;

	for (m = s->mirrors; m < s->mirrors + s->nmirrors; m++) {
		u = &s->units[m->unit - 1];
		if (u->side == PART_DISTRIBUTOR && u->mirror != SURVEY_UP)
			u->mirror = m->state;
	}
	for (u = s->units; u < s->units + s->nunits; u++) {
		g = &s->groups[u->group];
		if (u->side == PART_DISTRIBUTOR) {
			g->distributors += u->known;
			g->up += u->mirror == SURVEY_UP;
			g->down += u->mirror == SURVEY_DOWN;
			continue;
		}
		u->out_of_scope = !u->in_scope && (u->listed || (g->complete && !g->remote));
		g->consumers++;
		g->communicators += u->mirror == SURVEY_UP;
		g->tells_members |= u->member || u->ready || u->rejected;
	}
}

static int
take_published_hosts(struct survey *s)
{
	struct survey_unit *u;
	size_t i, place;

	/* from the last, as each becomes the first of its host's units */
	for (i = s->nunits; i-- > 0;) {
		u = &s->units[i];
		if (u->side != PART_CONSUMER || !u->hostname)
			continue;
		place = take_host(s, u->group, u->hostname);
		if (!place)
			return -1;
		u->next = s->hosts[place - 1].unit;
		s->hosts[place - 1].unit = i + 1;
	}
	return 0;
}

static int
vote(struct survey *s, struct map *votes, size_t host, const char *text)
{
	struct map_entry *e = put(s, votes, host, text);
	struct survey_value *values;

	if (!e)
		return -1;
	if (!e->count) {
		values = room(s, s->values, s->nvalues, &s->value_cap, sizeof *s->values);
		if (!values)
			return -1;
		s->values = values;
		values[s->nvalues++] =
		    (struct survey_value){.text = text, .host = host, .kind = kind_of(text)};
		e->count = s->nvalues;
	}
	s->values[e->count - 1].mirrors++;
	return 0;
}

/* Where no distributor unit's databag is known, what a communicator holds is what will be mirrored.
 */
static bool
has_vote(const struct survey *s, const struct survey_mirror *m)
{
	const struct survey_unit *u = &s->units[m->unit - 1];

	if (u->side == PART_DISTRIBUTOR)
		return m->counts;
	return !s->groups[u->group].mirrors_known && m->state == SURVEY_UP;
}

/* Are the hosts in it shown? Where no mirror counts, those of mirrors that don't are. */
static bool
is_shown(const struct survey *s, const struct survey_mirror *m)
{
	const struct survey_unit *u = &s->units[m->unit - 1];

	if (u->side == PART_DISTRIBUTOR)
		return m->counts || !s->groups[u->group].counting;
	return m->state == SURVEY_UP;
}

static int
take_mirrored(struct survey *s, const struct survey_mirror *m, struct map *votes)
{
	const struct survey_unit *u = &s->units[m->unit - 1];
	bool counts = has_vote(s, m), consumer = u->side == PART_CONSUMER;
	const char *name;
	const cJSON *e;
	size_t place;

	for (e = doc_first(m->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		if (!name)
			name = counts ? mirror_rejected_host(e->string) : NULL;
		if (!name || !name[0] || !e->valuestring[0] ||
		    (consumer && !mirror_is_mirrored(e->valuestring)))
			continue;
		place = take_host(s, u->group, name);
		if (!place)
			return -1;
		if (!mirror_host(e->string)) {
			s->hosts[place - 1].rejected = e->valuestring;
			continue;
		}
		if (consumer)
			s->hosts[place - 1].made |= kind_of(e->valuestring) == SURVEY_TOKEN;
		s->hosts[place - 1].held += counts;
		if (counts && strcmp(e->valuestring, MIRROR_EMPTY) == 0)
			s->hosts[place - 1].kind = SURVEY_EMPTY;
		else if (counts && vote(s, votes, place, e->valuestring))
			return -1;
	}
	return 0;
}

/* A token in the databag of a consumer that has never been a mirror: nobody reads it there. */
static void
take_stray(struct survey *s, const struct survey_mirror *m)
{
	const struct survey_unit *u = &s->units[m->unit - 1];
	const struct map_entry *host;
	const char *name;
	const cJSON *e;

	if (u->side != PART_CONSUMER || m->state != SURVEY_UNSET || !m->tokens)
		return;
	for (e = doc_first(m->data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		host = name ? map_get(&s->host_index, u->group, name) : NULL;
		if (host && kind_of(e->valuestring) == SURVEY_TOKEN)
			s->hosts[host->count - 1].stray = m->unit;
	}
}

/* Of values held equally often it is the first, as td-find-value has it. */
static void
choose_values(struct survey *s)
{
	struct survey_value *v;
	struct survey_host *h;
	size_t i;

	for (i = s->nvalues; i-- > 0;) {
		v = &s->values[i];
		h = &s->hosts[v->host - 1];
		v->next = h->value;
		h->value = i + 1;
		h->nvalues++;
		if (!h->chosen || v->mirrors >= s->values[h->chosen - 1].mirrors) {
			h->chosen = i + 1;
			h->kind = v->kind;
		}
		s->groups[h->group].tells_members |= v->kind == SURVEY_MEMBER;
	}
}

static int
take_mirrored_hosts(struct survey *s)
{
	struct map votes = {0};
	size_t i;
	int r = 0;

	for (i = 0; !r && i < s->nmirrors; i++)
		if (is_shown(s, &s->mirrors[i]))
			r = take_mirrored(s, &s->mirrors[i], &votes);
	map_free(&votes);
	for (i = 0; i < s->nmirrors; i++)
		take_stray(s, &s->mirrors[i]);
	choose_values(s);
	return r;
}

static bool
is_online(const struct cluster_member *m)
{
	return strcmp(m->status, "ONLINE") == 0;
}

/* The addresses of members that are ONLINE; *usable: all of them have one. */
static int
online_addresses(struct survey *s, struct map *addresses, bool *usable)
{
	size_t i;

	*usable = s->list != NULL;
	for (i = 0; s->list && i < s->list->n; i++) {
		if (!is_online(&s->list->members[i]))
			continue;
		*usable &= s->list->members[i].address[0] != '\0';
		if (!put(s, addresses, 0, s->list->members[i].address))
			return -1;
	}
	return 0;
}

static int
note_cluster(struct survey *s, size_t group, const char *fingerprint, size_t *number)
{
	struct map_entry *e = map_get(&s->clusters, group, fingerprint);
	const char *copy;

	if (!e) {
		copy = pool_copy(&s->pool, fingerprint, strlen(fingerprint));
		e = copy ? put(s, &s->clusters, group, copy) : NULL;
		if (!e)
			return fail_memory(s->f);
		e->count = ++s->groups[group].clusters;
	}
	*number = e->count;
	return 0;
}

static int
read_token(struct survey *s, struct survey_value *v, const struct map *online)
{
	const cJSON *address;
	struct jointoken j;
	int r;

	if (v->kind != SURVEY_TOKEN)
		return 0;
	if (jointoken_read(&j, v->text, &v->decoded, s->f))
		return -1;
	if (!v->decoded)
		return 0;
	v->addresses = j.naddresses;
	v->dead = online != NULL;
	for (address = j.addresses->child; v->dead && address; address = address->next)
		v->dead = !map_get(online, 0, address->valuestring);
	r = note_cluster(s, s->hosts[v->host - 1].group, j.fingerprint, &v->cluster);
	jointoken_free(&j);
	return r;
}

static int
read_tokens(struct survey *s)
{
	struct map online = {0};
	bool usable;
	size_t i;
	int r = online_addresses(s, &online, &usable);

	for (i = 0; !r && i < s->nvalues; i++)
		r = read_token(s, &s->values[i], usable ? &online : NULL);
	map_free(&online);
	return r;
}

/* Members that nobody publishes are hosts, too. */
static int
take_members(struct survey *s)
{
	struct survey_host *h;
	size_t i;

	for (i = 0; s->ngroups && s->list && i < s->list->n; i++)
		if (!map_get(&s->host_index, all_groups, s->list->members[i].name) &&
		    !take_host(s, 0, s->list->members[i].name))
			return -1;
	for (h = s->hosts; h < s->hosts + s->nhosts; h++)
		h->member = s->list ? cluster_find(s->list, h->name) : NULL;
	return 0;
}

static enum survey_answer
has_joined(const struct survey *s, const struct survey_host *h, bool said_yes)
{
	const struct survey_group *g = &s->groups[h->group];

	if (s->list)
		return h->member && !cluster_is_pending(h->member) &&
			       ((!h->unit_says_no && h->kind != SURVEY_EMPTY) ||
				   is_online(h->member))
			   ? SURVEY_YES
			   : SURVEY_NO;
	if (g->complete && !h->unit)
		return SURVEY_UNKNOWN;
	if (said_yes || (h->kind == SURVEY_MEMBER && !h->unit_says_no))
		return SURVEY_YES;
	/* a token stays in the mirrors for a while after it was used */
	if (h->unit_says_no || h->kind == SURVEY_EMPTY ||
	    (h->kind == SURVEY_NONE && g->mirrors_known))
		return SURVEY_NO;
	return SURVEY_UNKNOWN;
}

static void
judge_host(struct survey *s, struct survey_host *h)
{
	struct survey_group *g = &s->groups[h->group];
	const struct survey_unit *u = NULL;
	bool known = false, said_yes = false;
	size_t i;

	for (i = h->unit; i; i = u->next) {
		u = &s->units[i - 1];
		known |= u->known;
		said_yes |= u->member || u->mirror != SURVEY_UNSET;
	}
	h->unit_says_no = known && !said_yes && g->tells_members;
	h->joined = has_joined(s, h, said_yes);
	g->joined += h->joined == SURVEY_YES;
	g->cluster |= s->list ? s->list->n > 0 : said_yes || h->value || h->made;
}

/* Does the distributor write mirror-unit? */
static bool
tells_leader(const struct survey *s, const struct survey_host *h)
{
	const char *unit = s->groups[h->group].mirror_unit;

	return unit && unit[0];
}

/*
 * How near the host is to being communicator, 0: not at all. With mirror-unit a voter that the
 * mirrors say is a member goes first, then such a member of another role (SPEC, mirror part 3);
 * each host counts in its own eyes, whatever the mirrors say.
 */
static int
rank(const struct survey *s, const struct survey_host *h)
{
	const struct cluster_member *m = h->member;
	bool voter = m && strcmp(m->role, "voter") == 0;

	if (!m || !is_online(m))
		return 0;
	if (!tells_leader(s, h))
		return voter ? 3 : 0;
	if (h->kind == SURVEY_MEMBER)
		return voter ? 3 : m->role[0] && !cluster_is_pending(m) ? 2 : 0;
	return voter && (h->unit || h->held) ? 1 : 0;
}

static int
find_communicators(struct survey *s)
{
	struct survey_host *h, *other,
	    **best = calloc(s->ngroups + 1, sizeof(struct survey_host *));
	size_t i;

	if (!best)
		return fail_memory(s->f);
	for (h = s->hosts; h < s->hosts + s->nhosts; h++) {
		other = best[h->group];
		if (rank(s, h) &&
		    (!other || rank(s, h) > rank(s, other) ||
			(rank(s, h) == rank(s, other) && strcmp(h->name, other->name) < 0)))
			best[h->group] = h;
	}
	for (i = 0; i < s->ngroups; i++)
		if (best[i])
			best[i]->communicator = true;
	free(best);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct survey_host *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return natural_compare(x->name, y->name);
}

static int
by_side_and_name(const void *a, const void *b)
{
	const struct survey_mirror *x = a, *y = b;
	int order;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->side != y->side)
		return x->side == PART_DISTRIBUTOR ? -1 : 1;
	order = natural_compare(x->name, y->name);
	return order ? order : x->relation < y->relation ? -1 : x->relation > y->relation;
}

static void
sort(struct survey *s)
{
	struct survey_value *v;
	size_t i, j;

	if (s->nhosts)
		qsort(s->hosts, s->nhosts, sizeof *s->hosts, by_name);
	if (s->nmirrors)
		qsort(s->mirrors, s->nmirrors, sizeof *s->mirrors, by_side_and_name);
	for (i = 0; i < s->nhosts; i++) {
		for (j = s->hosts[i].value; j; j = v->next) {
			v = &s->values[j - 1];
			v->host = i + 1;
		}
	}
	/* what they say of hosts and mirrors is no longer true */
	map_free(&s->host_index);
	map_free(&s->mirror_index);
}

/* Gives each group what is its own, so that nobody walks over all of it for each of many groups. */
static void
share_out(struct survey *s)
{
	struct survey_group *g;
	size_t i;

	for (i = s->nunits; i-- > 0;) {
		g = &s->groups[s->units[i].group];
		s->units[i].next_unit = g->units;
		g->units = &s->units[i];
	}
	for (i = 0; i < s->nmirrors; i++) {
		g = &s->groups[s->mirrors[i].group];
		if (!g->nmirrors++)
			g->mirrors = &s->mirrors[i];
	}
	for (i = 0; i < s->nhosts; i++) {
		g = &s->groups[s->hosts[i].group];
		if (!g->nhosts++)
			g->hosts = &s->hosts[i];
	}
}

static int
survey_all(struct survey *s, const struct doc_select *sel)
{
	struct survey_host *h;
	size_t i;

	if (take_groups(s, sel))
		return -1;
	for (i = 0; i < s->parts.n; i++)
		if (take_own(s, &s->parts.parts[i]))
			return -1;
	for (i = 0; i < s->parts.n; i++)
		if (take_related(s, &s->parts.parts[i]))
			return -1;
	choose_mirrors(s);
	count_units(s);
	if (take_published_hosts(s) || take_mirrored_hosts(s) || take_members(s) || read_tokens(s))
		return -1;
	for (h = s->hosts; h < s->hosts + s->nhosts; h++)
		judge_host(s, h);
	if (find_communicators(s))
		return -1;
	sort(s);
	share_out(s);
	return 0;
}

int
survey_make(struct survey *s, const struct doc *docs, size_t n, const struct doc_select *sel,
    const struct cluster *list, struct fail *f)
{
	memset(s, 0, sizeof *s);
	s->list = list;
	s->f = f;
	return part_find(&s->parts, docs, n, sel, f) ? -1 : survey_all(s, sel);
}

void
survey_free(struct survey *s)
{
	part_free(&s->parts);
	free(s->groups);
	free(s->units);
	map_free(&s->unit_index);
	free(s->mirrors);
	map_free(&s->mirror_index);
	map_free(&s->relations);
	free(s->hosts);
	map_free(&s->host_index);
	free(s->values);
	map_free(&s->clusters);
	pool_free(&s->pool);
	memset(s, 0, sizeof *s);
}

bool
survey_is_mirror(const struct survey_mirror *m)
{
	return m->side == PART_DISTRIBUTOR || m->state != SURVEY_UNSET || m->hosts;
}

const struct survey_unit *
survey_unit(const struct survey *s, size_t group, const char *name)
{
	const struct map_entry *e = map_get(&s->unit_index, group, name);

	return e ? &s->units[e->count - 1] : NULL;
}
