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
check_holds(struct world *w, const struct unit *u, const struct record *r)
{
	size_t i;

	if (!u->alive)
		return false;
	if (!u->lost && ((u->state && strstr(u->state, r->token)) ||
			    strcmp(world_get(u->added, r->name), r->token) == 0))
		return true;
	for (i = 0; i < u->nscopes; i++)
		if (counts(w, u, u->scopes[i]) &&
		    strcmp(world_mirrored(u->scopes[i]->bag, r->name), r->token) == 0)
			return true;
	return false;
}

/* Does the relation's application data name u as the mirror that counts? */
static bool
is_named(const struct unit *u, const struct scope *s)
{
	return !s->relation->gone && !s->broken &&
	       strcmp(world_get(s->relation->app_bag, "mirror-unit"), u->name) == 0;
}

/* Does the distributor show a value that begins so for the token's host, as its leader or the unit
 * that consumers still take for it has it? */
static bool
shows(struct world *w, const struct record *r, const char *beginning)
{
	const struct scope *s;
	const struct unit *u;
	const char *value;
	size_t i, j;

	for (i = 0; i < w->nunits; i++) {
		u = w->units[i];
		for (j = 0; u->alive && u->side == SIDE_TD && j < u->nscopes; j++) {
			s = u->scopes[j];
			value = world_mirrored(s->bag, r->name);
			if ((counts(w, u, s) || is_named(u, s)) &&
			    strncmp(value, beginning, strlen(beginning)) == 0)
				return true;
		}
	}
	return false;
}

bool
check_is_told_member(const struct unit *u, const char *host)
{
	const struct scope *s;
	size_t i, j;

	for (i = 0; u && u->side == SIDE_CONSUMER && i < u->nscopes; i++) {
		s = u->scopes[i];
		for (j = 0; j < s->relation->nscopes[SIDE_TD]; j++)
			if (is_named(s->relation->scopes[SIDE_TD][j]->unit, s) &&
			    strcmp(world_mirrored(s->peers[j].cache, host), "member") == 0)
				return true;
	}
	return false;
}

static bool
is_held(struct world *w, struct record *r)
{
	size_t i;

	if (r->holder && check_holds(w, r->holder, r))
		return true;
	for (i = 0; i < w->nunits; i++) {
		if (check_holds(w, w->units[i], r)) {
			r->holder = w->units[i];
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

void
check_tokens(struct world *w)
{
	struct record *r;
	struct micro *c;
	size_t i, j;

	for (i = 0; i < w->nclusters; i++) {
		c = w->clusters[i];
		for (j = 0; j < c->nrecords; j++) {
			r = &c->records[j];
			if (r->excused || r->expires <= w->clock || is_held(w, r))
				continue;
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
				world_violation(w,
				    "the cluster keeps %s's name, and nobody has its token %s",
				    r->name, r->token);
		}
	}
	for (i = 0; i < w->nunits; i++)
		w->units[i]->struck = false;
}

const struct scope *
check_scope(const struct unit *u)
{
	size_t i;

	for (i = 0; i < u->nscopes; i++)
		if (u->scopes[i]->entered && !u->scopes[i]->broken &&
		    !u->scopes[i]->relation->apps[SIDE_TD]->removed)
			return u->scopes[i];
	return NULL;
}

static bool
counts_as_up(const struct scope *s)
{
	return s->unit->alive && !s->unit->dying && s->bag &&
	       strcmp(world_get(s->bag, "mirror"), "up") == 0;
}

/* Has the unit met a mirror that is up? What it can't hear of it can't know. */
static bool
has_mirror(const struct scope *s)
{
	const struct relation *r = s->relation;
	size_t i;

	for (i = 0; i < r->nscopes[SIDE_TD]; i++)
		if (s->peers[i].joined && counts_as_up(r->scopes[SIDE_TD][i]))
			return true;
	return false;
}

bool
check_mirrors(const struct bag *bag)
{
	size_t i;

	for (i = 0; bag && i < bag->n; i++)
		if (strncmp(bag->pairs[i].key, "mirror-", 7) == 0 &&
		    strcmp(bag->pairs[i].value, "empty") != 0)
			return true;
	return false;
}

bool
check_sees_data(const struct scope *s)
{
	size_t i;

	for (i = 0; i < s->relation->nscopes[SIDE_TD]; i++)
		if (check_mirrors(s->peers[i].cache))
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
	const struct scope *s = check_scope(u);
	const struct machine *m = u->machine;
	bool member = micro_has(m);

	if (!s || !has_mirror(s) || !m->valid || m->list_broken || m->unreachable ||
	    micro_starts(w, m) || (m->cluster && !member) ||
	    (member && !w->settled && is_unaware(u, s)))
		return;
	if (u->in_cluster != member)
		world_violation(
		    w, "%s believes that it is %s the cluster", u->name, member ? "not in" : "in");
	else if ((strcmp(world_get(s->bag, "member"), "true") == 0) != member)
		world_violation(
		    w, "%s publishes that it is %s the cluster", u->name, member ? "not in" : "in");
}

static void
check_unit_end(struct world *w, const struct unit *u)
{
	const struct scope *s = check_scope(u);
	const struct machine *m;
	const char *value;
	size_t i;

	if (!u->machine->valid)
		return;
	if (!micro_has(u->machine)) {
		world_violation(w, "%s on %s isn't in the cluster", u->name, u->machine->name);
		return;
	}
	check_belief(w, u);
	if (!s || strcmp(world_get(s->bag, "member"), "true") != 0)
		world_violation(w, "%s doesn't publish that it is in the cluster", u->name);
	if (world_over(w))
		return;
	if (world_get(s->bag, "rejected")[0] || world_get(s->bag, "bootstrap")[0])
		world_violation(w, "%s still publishes rejected or bootstrap", u->name);
	for (i = 0; w->td->leader && i < w->td->leader->nscopes; i++) {
		if (w->td->leader->scopes[i]->relation != s->relation)
			continue;
		value = world_mirrored(w->td->leader->scopes[i]->bag, u->machine->name);
		if (strcmp(value, "member") != 0)
			world_violation(w, "the mirror has %s for %s, which is a member", value,
			    u->machine->name);
	}
	for (i = 0; i < w->nunits; i++) {
		m = w->units[i]->alive ? w->units[i]->machine : NULL;
		if (m && m->valid && world_mirrored(s->bag, m->name)[0])
			world_violation(w, "%s still shows mirror-%s", u->name, m->name);
	}
}

/* Does a unit show a good token where nobody looks, in a relation with a distributor that was
 * deployed anew, or after a first hook whose changes were dropped? It has to expire. */
static bool
has_stray(struct world *w, const struct micro *c)
{
	const struct scope *s;
	const struct record *r;
	size_t i, j;

	for (i = 0; i < c->nrecords; i++) {
		r = &c->records[i];
		for (j = 0; r->expires > w->clock && j < w->nunits; j++) {
			s = w->units[j]->alive ? check_scope(w->units[j]) : NULL;
			if (s && s->bag && !world_get(s->bag, "mirror")[0] &&
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
	size_t i;

	w->settled = true;
	for (i = 0; i < w->nclusters; i++)
		if (has_stray(w, w->clusters[i]))
			limit_meet(w, LIMIT_STRAY);
	if (w->limit)
		return;
	for (i = 0; i < w->nclusters; i++) {
		died |= w->clusters[i]->buried;
		if (!micro_alive(w, w->clusters[i], true))
			continue;
		if (alive)
			world_violation(w, "there are two clusters in the end");
		alive = w->clusters[i];
	}
	if (!alive && !died && w->napps)
		world_violation(w, "nobody bootstraps");
	for (i = 0; alive && i < w->nunits && !world_over(w); i++)
		if (w->units[i]->alive && w->units[i]->side == SIDE_CONSUMER)
			check_unit_end(w, w->units[i]);
}
