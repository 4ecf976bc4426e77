/*
 * What must hold: tokens, the number of joins at once, the permission to bootstrap, what a unit
 * believes, and how all is in the end. And the limits of what the contract can hold.
 */
#include <string.h>

#include "sim.h"

enum {
	PARALLEL = 4,
	PARALLEL_TIMEOUT = 120, /* seconds after which a token doesn't count any more */
	BREAKS = 17,		/* joins at once that cost a cluster its quorum */
};

const char *const limit_words[LIMITS] = {
    /* What the distributor hasn't met it can't know, and the unit hasn't heard of a cluster over
     * another relation either: check_bootstrap sees to that. */
    [LIMIT_BLIND] =
	"the permission was given when the distributor had no relation with the cluster",
    /* An application without units must not keep the others waiting for ever, so an update-status
     * doesn't wait for it. */
    [LIMIT_EARLY] = "the permission was given in an update-status, while a relation had no unit",
    /* A unit that lost its state file, or whose hook was cut off once it was in, has to ask its
     * daemon first; and its next databag is in the distributor's hands with its own hook alone. */
    [LIMIT_SILENT] =
	"the permission was given when a unit of the cluster hadn't said yet that it is "
	"in one",
    /* It was given the permission before there was a cluster, and nothing that the unit can see has
     * a word of the cluster any more. */
    [LIMIT_FORGETFUL] = "the unit that has the permission has lost the state file that knew of the "
			"cluster",
    /* A unit hears nothing of the next distributor while its relation with the last one ends. */
    [LIMIT_TWO_GAVE] =
	"a distributor that is being removed gave the permission to one unit, and the "
	"next distributor to another",
    /* Between models a unit recognises itself by its host name alone. */
    [LIMIT_NAMESAKE] = "a unit of another model bootstraps in place of one with its host name",
    /* Of two units with one host name member wins; one that was taken out of the cluster says
     * member until its next hook; and what a unit showed before it became leader is in its peers'
     * caches until their relation-changed for it. */
    [LIMIT_TOLD_MEMBER] = "a token was dropped because the mirror said member",
    /* A unit that is no communicator sets its mirror up only where it was set before. */
    [LIMIT_STRAY] = "a good token is shown where nobody looks",
    [LIMIT_BROKEN] = "old, tried or several units' tokens: so many joins at once that the cluster "
		     "breaks",
    /* From here on the history goes on. */
    [LIMIT_DESTROYED] = "a token was lost with all who held it",
    [LIMIT_OLDER_TRIED] =
	"a token was dropped that its host couldn't join with, and an older one is "
	"shown in its place",
    /* That a join is under way the state file alone tells. */
    [LIMIT_OVERLAP] = "a join was begun beside one that no state file knows of",
    /* A host doesn't count any more when its token has been seen for two minutes, nor while it
     * rejects it; and one unit doesn't see another one's tokens before they are mirrored. */
    [LIMIT_AT_ONCE] =
	"old, tried or several units' tokens: more joins at once than one unit lets in",
};

void
limit_meet(struct world *w, enum limit l)
{
	w->figures[MET + l] = 1;
	w->limit |= l < LIMIT_DESTROYED;
	world_say(w, "limit: %s", limit_words[l]);
}

/* A distributor unit's databag counts if it is the leader's alone. */
static bool
counts(const struct world *w, const struct unit *u, const struct scope *s)
{
	if (s->relation->gone || s->broken)
		return false;
	return u->side == SIDE_CONSUMER || (w->td && u->app == w->td && u->app->leader == u);
}

/* Does the unit hold the token where others can find it again? */
static bool
holds(const struct world *w, const struct unit *u, const struct record *r)
{
	if (u->alive && !u->lost &&
	    ((u->state && strstr(u->state, r->token)) || world_is(u->added, r->name, r->token)))
		return true;
	for (const struct scope *s = u->scopes; s; s = s->next)
		if (u->alive && counts(w, u, s) &&
		    strcmp(world_mirrored(s->bag, r->name), r->token) == 0)
			return true;
	return false;
}

/* Does the relation's application data name u as the mirror that counts? */
static bool
is_named(const struct unit *u, const struct relation *r)
{
	return world_is(r->app_bag, "mirror-unit", u->name);
}

/* Does the distributor show a token for the token's host, as its leader or the unit that consumers
 * still take for it has it? */
static bool
shows(const struct world *w, const struct record *r)
{
	for (const struct unit *u = w->units; u < w->end; u++)
		for (const struct scope *s = u->scopes; s; s = s->next)
			if (u->alive && u->side == SIDE_TD && !s->relation->gone && !s->broken &&
			    (counts(w, u, s) || is_named(u, s->relation)) &&
			    strncmp(world_mirrored(s->bag, r->name), "tok-", 4) == 0)
				return true;
	return false;
}

/* Does the mirror that counts say, as far as the unit has heard, that the host is a member? */
static bool
is_told_member(const struct unit *u, const char *host)
{
	for (const struct scope *s = u ? u->scopes : NULL; s; s = s->next)
		for (const struct peer *p = s->peers; p; p = p->next)
			if (u->side == SIDE_CONSUMER && !s->relation->gone && !s->broken &&
			    is_named(p->its->unit, s->relation) &&
			    strcmp(world_mirrored(p->cache, host), "member") == 0)
				return true;
	return false;
}

static bool
is_held(struct world *w, struct record *r)
{
	bool held = r->holder && holds(w, r->holder, r);

	for (struct unit *u = w->units; u < w->end && !held; u++)
		if ((held = holds(w, u, r)))
			r->holder = u;
	return held;
}

/* Nobody can be blamed for it. */
static void
excuse(struct world *w, struct record *r, enum limit l)
{
	r->excused = true;
	limit_meet(w, l);
}

static void
check_token(struct world *w, const struct micro *c, struct record *r)
{
	if (r->excused || r->expires <= w->clock || is_held(w, r))
		return;
	/* a member needs none */
	if (micro_row(c, r->name))
		r->excused = true;
	else if (r->holder && r->holder->struck)
		excuse(w, r, LIMIT_DESTROYED);
	else if (r->weak && (w->td_changed || shows(w, r)))
		excuse(w, r, LIMIT_OLDER_TRIED);
	else if (is_told_member(r->holder, r->name))
		limit_meet(w, LIMIT_TOLD_MEMBER);
	else
		world_violation(w, "the cluster keeps %s's name, and nobody has its token %s",
		    r->name, r->token);
}

void
check_tokens(struct world *w)
{
	for (struct micro *c = w->clusters; c; c = c->next)
		for (struct record *r = c->records; r; r = r->next)
			check_token(w, c, r);
	for (struct unit *u = w->units; u < w->end; u++)
		u->struck = false;
}

/* More than 16 joins at once break a cluster, so a unit lets in few at a time of those for which it
 * has tokens made (td-consumer-step(1), Few at a time): how many. */
static size_t
bound(const struct world *w, bool away)
{
	size_t n = w->plan->parallel < 0 ? PARALLEL : (size_t)w->plan->parallel;

	return n && away ? 1 : n;
}

/* Joins under way with tokens that u had made, and that count. Those that were tried before, and
 * those that a client gave up, have been rejected. */
static size_t
joins_of(const struct world *w, const struct unit *u, const struct micro *c)
{
	const struct join *j;
	size_t n = 0;

	for (const struct machine *m = w->machines; m; m = m->next) {
		j = &m->join;
		n += j->cluster == c && j->record->maker == u && !j->tried &&
		     w->clock - j->record->made < PARALLEL_TIMEOUT &&
		     w->clock < j->began + JOIN_CLIENT;
	}
	return n;
}

/* Tokens that u had made, and that it knows of, of hosts that aren't in. */
static size_t
tokens_of(struct world *w, const struct unit *u, struct micro *c)
{
	const struct row *row;
	bool in; /* with a role */
	size_t n = 0;

	for (const struct record *r = c->records; r; r = r->next) {
		row = micro_row(c, r->name);
		in = row && row->role[0] && strcmp(row->role, "PENDING") != 0 &&
		     micro_online(w, c, row->machine);
		n += r->maker == u && !r->weak && w->clock - r->made < PARALLEL_TIMEOUT && !in &&
		     !is_told_member(u, r->name) && holds(w, u, r);
	}
	return n;
}

void
check_add(struct world *w, const struct unit *u, const char *host, bool away)
{
	struct micro *c = u->machine->cluster;
	size_t max = bound(w, away), n = tokens_of(w, u, c) + joins_of(w, u, c);

	if (max && n >= max)
		world_violation(w,
		    "%s has a token made for %s, while %zu hosts have one and aren't in", u->name,
		    host, n);
}

void
check_join(struct world *w, const struct machine *m)
{
	const struct micro *c = m->join.cluster;
	const struct unit *maker = m->join.record->maker;
	size_t max = bound(w, false), all = micro_joins(w, c);
	size_t one = joins_of(w, maker, c);

	if (!max || all <= max)
		return;
	if (one > max)
		world_violation(w, "%zu joins at once with tokens of %s's", one, maker->name);
	else
		limit_meet(w, all >= BREAKS ? LIMIT_BROKEN : LIMIT_AT_ONCE);
}

/* The relation that a consumer is in, or NULL; with staying, one that isn't on its way out. */
static const struct scope *
scope_of(const struct unit *u, bool staying)
{
	const struct scope *s = u->scopes;

	while (s && (!s->entered || s->broken || s->relation->gone))
		s = s->next;
	return s && staying && s->relation->apps[SIDE_TD]->removed ? NULL : s;
}

/* Does it mirror a token or a member? */
static bool
mirrors(const struct bag *bag)
{
	for (size_t i = 0; bag && i < bag->n; i++)
		if (strncmp(bag->pairs[i].key, "mirror-", 7) == 0 &&
		    strcmp(bag->pairs[i].value, "empty") != 0)
			return true;
	return false;
}

/* Does anybody of the distributor's, as far as the unit has heard, have anything mirrored? */
static bool
sees_data(const struct scope *s)
{
	for (const struct peer *p = s->peers; p; p = p->next)
		if (mirrors(p->cache))
			return true;
	return false;
}

/*
 * The permission to bootstrap (td-document(5), A token's life), judged by what was in the databags
 * that the units had met, not by what they made of it.
 */

/* What a distributor's unit sees of the units that it has met. */
struct view {
	bool member, left;  /* somebody publishes it */
	bool mirrored;	    /* a databag has a token or member */
	bool nameless;	    /* a unit publishes no host name */
	bool empty;	    /* a relation has no unit */
	bool old_is_met;    /* the one that has the permission */
	bool new_is_member; /* the one that gets it */
	bool in_cluster;    /* one of them is in a living cluster */
};

static struct view
look(const struct world *w, const struct unit *u, const struct hook *h, const char *old,
    const char *new)
{
	struct view v = {0};
	const struct unit *o;
	bool member, empty;

	for (const struct scope *s = u->scopes; s; s = s->next) {
		if (!document_sees(s, h))
			continue;
		v.mirrored |= mirrors(s->bag);
		empty = true;
		for (const struct peer *p = s->peers; p; p = p->next) {
			if (!p->cache)
				continue;
			empty = false;
			o = p->its->unit;
			member = world_is(p->cache, "member", "true");
			v.member |= member;
			v.left |= world_is(p->cache, "member", "left");
			v.mirrored |= mirrors(p->cache);
			v.nameless |= world_is(p->cache, "hostname", "");
			v.old_is_met |= strcmp(o->far_name, old) == 0;
			v.new_is_member |= strcmp(o->far_name, new) == 0 && member;
			v.in_cluster |=
			    micro_has(o->machine) && micro_alive(w, o->machine->cluster, true);
		}
		v.empty |= empty;
	}
	return v;
}

static bool
any_cluster(const struct world *w)
{
	const struct micro *c = w->clusters;

	while (c && !micro_alive(w, c, true))
		c = c->next;
	return c;
}

void
check_permission(
    struct world *w, const struct unit *u, const struct hook *h, const char *old, const char *new)
{
	struct view v = look(w, u, h, old, new);
	struct unit *to = world_unit(w, new);
	bool late = h->kind == HOOK_UPDATE_STATUS;
	const char *why = NULL;

	if (v.member)
		why = v.new_is_member ? NULL : "a unit says that it is a member";
	else if (v.left)
		why = "a unit says that it has left";
	else if (v.mirrored)
		why = "something is mirrored";
	else if (old[0] && (v.old_is_met || !late))
		why = "another unit has it";
	else if (v.nameless && !late)
		why = "a unit hasn't said its host name";
	else if (v.empty && !late)
		why = "a relation has no unit yet";
	if (why)
		world_violation(w, "%s lets %s bootstrap, though %s", u->name, new, why);
	if (!to)
		return;
	to->beside = !v.member && any_cluster(w);
	to->deaf = v.in_cluster ? LIMIT_SILENT : v.empty ? LIMIT_EARLY : LIMIT_BLIND;
}

void
check_bootstrap(struct world *w, const struct unit *u)
{
	const struct scope *s = scope_of(u, false);
	const char *unit = s ? world_get(s->app_read, "bootstrap-unit") : "", *why = NULL;
	const struct unit *to;

	if (strncmp(unit, "remote-", 7) == 0
		? !world_is(s->app_read, "bootstrap-host", u->machine->name)
		: strcmp(unit, u->far_name) != 0)
		why = "it hasn't the permission";
	else if (u->was_in && !u->forgetful)
		why = "it has been in a cluster";
	else if (sees_data(s))
		why = "it sees something mirrored";
	if (why)
		world_violation(w, "%s bootstraps, though %s", u->name, why);
	if (why || !any_cluster(w))
		return;
	to = world_unit(w, unit);
	if (to && to->beside)
		limit_meet(w, to->deaf);
	else if (u->forgetful)
		limit_meet(w, LIMIT_FORGETFUL);
	else if (s->relation->apps[SIDE_TD] != w->td)
		limit_meet(w, LIMIT_TWO_GAVE);
	else if (to != u)
		limit_meet(w, LIMIT_NAMESAKE);
	else
		world_violation(w, "%s bootstraps beside a cluster", u->name);
}

/* Has the unit met a mirror that is up? What it can't hear of it can't know. */
static bool
has_mirror(const struct scope *s)
{
	for (const struct peer *p = s->peers; p; p = p->next)
		if (p->joined && p->its->unit->alive && !p->its->unit->dying &&
		    world_is(p->its->bag, "mirror", "up"))
			return true;
	return false;
}

void
check_belief(struct world *w, const struct unit *u)
{
	const struct scope *s = scope_of(u, true);
	const struct machine *m = u->machine;
	bool member = micro_has(m);

	if (!s || !has_mirror(s) || !m->valid || m->list_broken || m->unreachable ||
	    micro_starts(w, m) || (m->cluster && !member))
		return;
	/* A new unit on a machine that is in the cluster asked its daemon when that had just been
	 * started. Without a word of a cluster it asks again before it bootstraps, no sooner. */
	if (member && !w->settled && u->state && !u->was_in && m->none_for && !sees_data(s))
		return;
	if (u->in_cluster != member)
		world_violation(
		    w, "%s believes that it is %s the cluster", u->name, member ? "not in" : "in");
	else if (world_is(s->bag, "member", "true") != member)
		world_violation(
		    w, "%s publishes that it is %s the cluster", u->name, member ? "not in" : "in");
}

static void
check_unit_end(struct world *w, const struct unit *u)
{
	const struct scope *s = scope_of(u, true);
	const char *value;

	if (!u->machine->valid)
		return;
	if (!micro_has(u->machine))
		world_violation(w, "%s on %s isn't in the cluster", u->name, u->machine->name);
	check_belief(w, u);
	if (!s || !world_is(s->bag, "member", "true"))
		world_violation(w, "%s doesn't publish that it is in the cluster", u->name);
	if (world_over(w))
		return;
	if (strncmp(u->status, "active:", 7) != 0)
		world_violation(
		    w, "%s is in the cluster, and its status is %s", u->name, u->status);
	if (world_get(s->bag, "rejected")[0] || world_get(s->bag, "bootstrap")[0])
		world_violation(w, "%s still publishes rejected or bootstrap", u->name);
	for (const struct peer *p = s->peers; p; p = p->next) {
		value = world_mirrored(p->its->bag, u->machine->name);
		if (p->its->unit == w->td->leader && strcmp(value, "member") != 0)
			world_violation(w, "the mirror has %s for %s, which is a member", value,
			    u->machine->name);
	}
	for (const struct unit *o = w->units; o < w->end; o++)
		if (o->alive && o->machine && o->machine->valid &&
		    world_mirrored(s->bag, o->machine->name)[0])
			world_violation(w, "%s still shows mirror-%s", u->name, o->machine->name);
}

/* Does a unit show a good token where nobody looks, in a relation with a distributor that was
 * deployed anew, or after a first hook whose changes were dropped? It has to expire. */
static bool
has_stray(const struct world *w, const struct micro *c)
{
	const struct scope *s;

	for (const struct record *r = c->records; r; r = r->next) {
		for (const struct unit *u = w->units; u < w->end; u++) {
			s = u->alive ? scope_of(u, true) : NULL;
			if (r->expires > w->clock && s && s->bag &&
			    world_is(s->bag, "mirror", "") &&
			    strcmp(world_mirrored(s->bag, r->name), r->token) == 0)
				return true;
		}
	}
	return false;
}

void
check_end(struct world *w)
{
	const struct micro *alive = NULL;
	bool died = false;

	w->settled = true;
	for (const struct micro *c = w->clusters; c; c = c->next)
		if (has_stray(w, c))
			limit_meet(w, LIMIT_STRAY);
	if (w->limit)
		return;
	for (const struct micro *c = w->clusters; c; c = c->next) {
		died |= c->buried;
		if (!micro_alive(w, c, true))
			continue;
		if (alive)
			world_violation(w, "there are two clusters in the end");
		alive = c;
	}
	if (!alive && !died && w->napps)
		world_violation(w, "nobody bootstraps");
	for (const struct unit *u = w->units; u < w->end && alive && !world_over(w); u++)
		if (u->alive && u->side == SIDE_CONSUMER)
			check_unit_end(w, u);
}
