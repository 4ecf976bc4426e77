/*
 * The permission to bootstrap (td-document(5), A token's life), judged by what was in the databags
 * that the units had met, not by what they made of it.
 */
#include <string.h>

#include "sim.h"

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

static void
look_at(struct world *w, struct view *v, const struct unit *u, const struct bag *bag,
    const char *old, const char *new)
{
	const char *member = world_get(bag, "member");

	v->member |= strcmp(member, "true") == 0;
	v->left |= strcmp(member, "left") == 0;
	v->mirrored |= check_mirrors(bag);
	v->nameless |= !world_get(bag, "hostname")[0];
	v->old_is_met |= strcmp(u->far_name, old) == 0;
	v->new_is_member |= strcmp(u->far_name, new) == 0 && strcmp(member, "true") == 0;
	v->in_cluster |= micro_has(u->machine) && micro_alive(w, u->machine->cluster, true);
}

static struct view
look(struct world *w, const struct unit *u, const struct hook *h, const char *old, const char *new)
{
	const struct scope *s;
	struct view v = {0};
	size_t i, j, n;

	for (i = 0; i < u->nscopes; i++) {
		s = u->scopes[i];
		if (!document_sees(s, h))
			continue;
		v.mirrored |= check_mirrors(s->bag);
		for (j = n = 0; j < s->relation->nscopes[SIDE_CONSUMER]; j++) {
			if (!s->peers[j].cache)
				continue;
			look_at(w, &v, s->relation->scopes[SIDE_CONSUMER][j]->unit,
			    s->peers[j].cache, old, new);
			n++;
		}
		v.empty |= n == 0;
	}
	return v;
}

static struct unit *
by_far_name(struct world *w, const char *name)
{
	size_t i;

	for (i = w->nunits; i-- > 0;)
		if (strcmp(w->units[i]->far_name, name) == 0)
			return w->units[i];
	return NULL;
}

static bool
any_cluster(struct world *w)
{
	size_t i;

	for (i = 0; i < w->nclusters; i++)
		if (micro_alive(w, w->clusters[i], true))
			return true;
	return false;
}

/* Why the permission must not be given, or NULL. */
static const char *
objection(const struct view *v, const struct hook *h, const char *old)
{
	if (v->member)
		return v->new_is_member ? NULL : "a unit says that it is a member";
	if (v->left)
		return "a unit says that it has left";
	if (v->mirrored)
		return "something is mirrored";
	if (old[0] && (v->old_is_met || h->kind != HOOK_UPDATE_STATUS))
		return "another unit has it";
	if (h->kind == HOOK_UPDATE_STATUS)
		return NULL;
	if (v->nameless)
		return "a unit hasn't said its host name";
	return v->empty ? "a relation has no unit yet" : NULL;
}

void
permission_given(
    struct world *w, const struct unit *u, const struct hook *h, const char *old, const char *new)
{
	struct view v = look(w, u, h, old, new);
	const char *why = objection(&v, h, old);
	struct unit *to = by_far_name(w, new);

	if (why)
		world_violation(w, "%s lets %s bootstrap, though %s", u->name, new, why);
	if (!to)
		return;
	to->beside = !v.member && any_cluster(w);
	to->deaf = v.in_cluster ? LIMIT_SILENT : v.empty ? LIMIT_EARLY : LIMIT_BLIND;
}

/* The relation over which u has the permission, or NULL. */
static const struct scope *
scope_of(const struct unit *u)
{
	size_t i;

	for (i = 0; i < u->nscopes; i++)
		if (u->scopes[i]->entered && !u->scopes[i]->broken && !u->scopes[i]->relation->gone)
			return u->scopes[i];
	return NULL;
}

/* Why u must not bootstrap, whatever there is, or NULL. */
static const char *
refusal(const struct unit *u, const struct scope *s)
{
	const char *unit = s ? world_get(s->app_read, "bootstrap-unit") : "";
	bool named = strcmp(unit, u->far_name) == 0;

	if (s && strncmp(unit, "remote-", 7) == 0)
		named = strcmp(world_get(s->app_read, "bootstrap-host"), u->machine->name) == 0;
	if (!named)
		return "it hasn't the permission";
	if (u->was_in && !u->forgetful)
		return "it has been in a cluster";
	if (check_sees_data(s))
		return "it sees something mirrored";
	return NULL;
}

void
permission_used(struct world *w, const struct unit *u)
{
	const struct scope *s = scope_of(u);
	const char *why = refusal(u, s);
	const struct unit *to;

	if (why)
		world_violation(w, "%s bootstraps, though %s", u->name, why);
	if (why || !any_cluster(w))
		return;
	to = by_far_name(w, world_get(s->app_read, "bootstrap-unit"));
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
