#include <string.h>

#include "sim.h"

/* A distributor unit's databag counts if it is the leader's alone. */
static bool
counts(const struct world *w, const struct unit *u, const struct scope *s)
{
	if (s->relation->gone || s->broken)
		return false;
	return u->side == SIDE_CONSUMER || (w->td && u->app == w->td && u->app->leader == u);
}

bool
check_holds(const struct world *w, const struct unit *u, const struct record *r)
{
	if (!u->alive)
		return false;
	if (!u->lost &&
	    ((u->state && strstr(u->state, r->token)) || world_is(u->added, r->name, r->token)))
		return true;
	for (const struct scope *s = u->scopes; s; s = s->next)
		if (counts(w, u, s) && strcmp(world_mirrored(s->bag, r->name), r->token) == 0)
			return true;
	return false;
}

/* Does the relation's application data name u as the mirror that counts? */
static bool
is_named(const struct unit *u, const struct relation *r)
{
	return world_is(r->app_bag, "mirror-unit", u->name);
}

/* Does the distributor show a value that begins so for the token's host, as its leader or the unit
 * that consumers still take for it has it? */
static bool
shows(const struct world *w, const struct record *r, const char *beginning)
{
	for (const struct unit *u = w->units; u; u = u->next)
		for (const struct scope *s = u->scopes; s; s = s->next)
			if (u->alive && u->side == SIDE_TD && !s->relation->gone && !s->broken &&
			    (counts(w, u, s) || is_named(u, s->relation)) &&
			    strncmp(
				world_mirrored(s->bag, r->name), beginning, strlen(beginning)) == 0)
				return true;
	return false;
}

bool
check_is_told_member(const struct unit *u, const char *host)
{
	for (const struct scope *s = u && u->side == SIDE_CONSUMER ? u->scopes : NULL; s;
	     s = s->next)
		for (const struct peer *p = s->peers; p; p = p->next)
			if (!s->relation->gone && !s->broken &&
			    is_named(p->its->unit, s->relation) &&
			    strcmp(world_mirrored(p->cache, host), "member") == 0)
				return true;
	return false;
}

static bool
is_held(const struct world *w, struct record *r)
{
	if (r->holder && check_holds(w, r->holder, r))
		return true;
	for (struct unit *u = w->units; u; u = u->next) {
		if (check_holds(w, u, r)) {
			r->holder = u;
			return true;
		}
	}
	return false;
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
	else if (r->weak && (w->td_changed || shows(w, r, "tok-")))
		excuse(w, r, LIMIT_OLDER_TRIED);
	else if (check_is_told_member(r->holder, r->name))
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
	for (struct unit *u = w->units; u; u = u->next)
		u->struck = false;
}

const struct scope *
check_scope(const struct unit *u, bool staying)
{
	const struct scope *s = u->scopes;

	while (s && (!s->entered || s->broken || s->relation->gone))
		s = s->next;
	return s && staying && s->relation->apps[SIDE_TD]->removed ? NULL : s;
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

bool
check_mirrors(const struct bag *bag)
{
	for (size_t i = 0; bag && i < bag->n; i++)
		if (strncmp(bag->pairs[i].key, "mirror-", 7) == 0 &&
		    strcmp(bag->pairs[i].value, "empty") != 0)
			return true;
	return false;
}

bool
check_sees_data(const struct scope *s)
{
	for (const struct peer *p = s->peers; p; p = p->next)
		if (check_mirrors(p->cache))
			return true;
	return false;
}

/* A new unit on a machine that is in the cluster asked its daemon when that had just been started.
 * Without a word of a cluster it asks again before it bootstraps, no sooner. */
static bool
is_unaware(const struct unit *u, const struct scope *s)
{
	return u->state && !u->was_in && u->machine->none_for && !check_sees_data(s);
}

void
check_belief(struct world *w, const struct unit *u)
{
	const struct scope *s = check_scope(u, true);
	const struct machine *m = u->machine;
	bool member = micro_has(m);

	if (!s || !has_mirror(s) || !m->valid || m->list_broken || m->unreachable ||
	    micro_starts(w, m) || (m->cluster && !member) ||
	    (member && !w->settled && is_unaware(u, s)))
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
	const struct scope *s = check_scope(u, true);
	const char *value;

	if (!u->machine->valid)
		return;
	if (!micro_has(u->machine)) {
		world_violation(w, "%s on %s isn't in the cluster", u->name, u->machine->name);
		return;
	}
	check_belief(w, u);
	if (!s || !world_is(s->bag, "member", "true"))
		world_violation(w, "%s doesn't publish that it is in the cluster", u->name);
	if (world_over(w))
		return;
	if (world_get(s->bag, "rejected")[0] || world_get(s->bag, "bootstrap")[0])
		world_violation(w, "%s still publishes rejected or bootstrap", u->name);
	for (const struct peer *p = s->peers; p; p = p->next) {
		value = world_mirrored(p->its->bag, u->machine->name);
		if (p->its->unit == w->td->leader && strcmp(value, "member") != 0)
			world_violation(w, "the mirror has %s for %s, which is a member", value,
			    u->machine->name);
	}
	for (const struct unit *o = w->units; o; o = o->next)
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
		for (const struct unit *u = w->units; u; u = u->next) {
			s = u->alive ? check_scope(u, true) : NULL;
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
	for (const struct unit *u = w->units; u && alive && !world_over(w); u = u->next)
		if (u->alive && u->side == SIDE_CONSUMER)
			check_unit_end(w, u);
}
