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
		v.mirrored |= check_mirrors(s->bag);
		empty = true;
		for (const struct peer *p = s->peers; p; p = p->next) {
			if (!p->cache)
				continue;
			empty = false;
			o = p->its->unit;
			member = world_is(p->cache, "member", "true");
			v.member |= member;
			v.left |= world_is(p->cache, "member", "left");
			v.mirrored |= check_mirrors(p->cache);
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
	struct unit *to = world_unit(w, new);

	if (why)
		world_violation(w, "%s lets %s bootstrap, though %s", u->name, new, why);
	if (!to)
		return;
	to->beside = !v.member && any_cluster(w);
	to->deaf = v.in_cluster ? LIMIT_SILENT : v.empty ? LIMIT_EARLY : LIMIT_BLIND;
}

/* Why u must not bootstrap, whatever there is, or NULL. */
static const char *
refusal(const struct unit *u, const struct scope *s)
{
	const char *unit = s ? world_get(s->app_read, "bootstrap-unit") : "";
	bool named = strcmp(unit, u->far_name) == 0;

	if (s && strncmp(unit, "remote-", 7) == 0)
		named = world_is(s->app_read, "bootstrap-host", u->machine->name);
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
	const struct scope *s = check_scope(u, false);
	const char *why = refusal(u, s);
	const struct unit *to;

	if (why)
		world_violation(w, "%s bootstraps, though %s", u->name, why);
	if (why || !any_cluster(w))
		return;
	to = world_unit(w, world_get(s->app_read, "bootstrap-unit"));
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
