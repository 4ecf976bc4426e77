#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* What an agent knows of the relation; members is room for its units. */
static struct resolve_relation
known(const struct scope *s, struct resolve_member *members)
{
	struct resolve_relation r = {.entered = s->entered,
	    .created = s->created,
	    .closing = s->relation->apps[SIDE_TD]->removed,
	    .app_changed = s->unit->side == SIDE_CONSUMER && s->app_seen != s->relation->app_bag,
	    .member = members};
	const struct scope *o;

	for (const struct peer *p = s->peers; p; p = p->next) {
		o = p->its;
		if (p->joined && p->changed_due)
			r.pending = &members[r.members];
		members[r.members++] = (struct resolve_member){.name = o->unit->name,
		    .joined = p->joined,
		    .present = o->entered && !o->broken && o->unit->alive && !o->unit->dying,
		    .changed = p->seen != o->bag};
	}
	return r;
}

size_t
agent_due(struct unit *u, bool status, struct hook *due)
{
	/* an application is in one relation at a time; those that it can't enter it never will */
	struct resolve_relation relations[MAX_APPS];
	struct resolve_member members[MAX_APPS][MAX_UNITS];
	struct scope *scopes[MAX_APPS];
	struct resolve_hook found[MAX_DUE];
	struct resolve_agent a = {.failed = u->failed.kind,
	    .installed = u->stage > 0,
	    .dying = u->dying,
	    .stopped = u->stopped,
	    .elected = u->leader_due && u->app->leader == u,
	    .config = u->stage < 2,
	    .start = u->stage < 3,
	    .status = status,
	    .late = true,
	    .relation = relations};
	struct peer *p;
	size_t n;

	if (!u->alive || u->lost || u->busy)
		return 0;
	for (struct scope *s = u->scopes; s; s = s->next) {
		if (s->broken || s->relation->gone ||
		    (!s->entered && (u->dying || s->relation->apps[SIDE_TD]->removed)))
			continue;
		if (a.relations == MAX_APPS)
			abort();
		scopes[a.relations] = s;
		relations[a.relations] = known(s, members[a.relations]);
		a.relations++;
	}
	n = resolve_due(&a, found, MAX_DUE);
	for (size_t i = 0; i < n; i++) {
		due[i] = (struct hook){.kind = found[i].kind};
		if (found[i].relation)
			due[i].scope = scopes[found[i].relation - relations];
		p = found[i].member ? due[i].scope->peers : NULL;
		while (p && p->its->unit->name != found[i].member->name)
			p = p->next;
		due[i].remote = p;
		if (due[i].kind == HOOK_AGAIN)
			due[i] = u->failed;
	}
	return n;
}

bool
agent_is_idle(const struct unit *u)
{
	struct hook due[MAX_DUE];

	return agent_due((struct unit *)u, true, due) == 1 && due[0].kind == HOOK_UPDATE_STATUS &&
	       !u->failed.kind;
}

/* It enters all new relations at once, before it runs a hook for any. */
static void
enter(struct unit *u)
{
	for (struct scope *s = u->scopes; s; s = s->next)
		s->entered |= !s->relation->apps[SIDE_TD]->removed && !u->dying;
}

void
agent_start(struct unit *u, const struct hook *h)
{
	u->busy = true;
	if (u->stage == 3)
		enter(u);
	if (h->kind == HOOK_CREATED)
		h->scope->entered = true;
	if (h->kind == HOOK_APP_CHANGED)
		h->scope->app_seen = h->scope->relation->app_bag;
	/* the agent forgets what it has of a unit when a hook for it is run */
	if (h->remote)
		h->remote->cache = NULL;
	if (h->kind == HOOK_CHANGED)
		h->remote->seen = h->remote->its->bag;
}

void
agent_done(struct world *w, struct unit *u, const struct hook *h)
{
	struct peer *remote = h->remote;

	if (h->kind == HOOK_INSTALL)
		enter(u);
	u->stage +=
	    h->kind == HOOK_INSTALL || h->kind == HOOK_CONFIG_CHANGED || h->kind == HOOK_START;
	u->leader_due &= h->kind != HOOK_LEADER_ELECTED;
	u->stopped |= h->kind == HOOK_STOP;
	if (h->kind == HOOK_CREATED)
		h->scope->created = true;
	if (h->kind == HOOK_JOINED)
		remote->joined = true;
	if (h->kind == HOOK_JOINED || h->kind == HOOK_CHANGED)
		remote->changed_due = h->kind == HOOK_JOINED;
	if (h->kind == HOOK_DEPARTED)
		*remote = (struct peer){.next = remote->next, .its = remote->its};
	if (h->kind == HOOK_BROKEN) {
		h->scope->broken = true;
		u->struck |= u->dying;
		world_end_relation(w, h->scope->relation);
	}
	if (h->kind == HOOK_REMOVE)
		world_unit_gone(w, u);
}
