#include <string.h>

#include "sim.h"

static bool
is_present(const struct scope *s)
{
	return s->entered && !s->broken && s->unit->alive && !s->unit->dying;
}

/* The next hook of a relation, in the order of Juju's relation resolver. */
static bool
scope_due(struct scope *s, struct hook *h)
{
	struct relation *r = s->relation;
	struct scope *const *others = r->scopes[!s->side];
	const char *first = NULL;
	size_t i, n = r->nscopes[!s->side];
	bool ending = s->unit->dying || r->dying;

	*h = (struct hook){.scope = s};
	if (s->broken || r->gone || (ending && !s->entered))
		return false;
	h->kind = HOOK_CREATED;
	if (!s->created)
		return true;
	for (i = 0; i < n; i++) {
		if (s->peers[i].joined && s->peers[i].changed_due) {
			h->kind = HOOK_CHANGED;
			h->peer = &s->peers[i];
			return true;
		}
	}
	for (i = 0; i < n; i++) {
		if (s->peers[i].joined && (ending || !is_present(others[i]))) {
			h->kind = HOOK_DEPARTED;
			h->peer = &s->peers[i];
			return true;
		}
	}
	h->kind = ending ? HOOK_BROKEN : HOOK_APP_CHANGED;
	if (ending || (s->side == SIDE_CONSUMER && s->app_seen != r->app_version))
		return true;
	for (i = 0; i < n; i++) {
		if (!s->peers[i].joined && is_present(others[i]) &&
		    (!first || strcmp(others[i]->unit->name, first) < 0)) {
			first = others[i]->unit->name;
			h->kind = HOOK_JOINED;
			h->peer = &s->peers[i];
		}
	}
	return first != NULL;
}

/* The changes of units of one relation, of which any may be the next. */
static size_t
changes_due(struct scope *s, struct hook *due, size_t room)
{
	struct scope *const *others = s->relation->scopes[!s->side];
	size_t i, n = 0;

	if (s->broken || s->relation->gone)
		return 0;
	for (i = 0; i < s->relation->nscopes[!s->side] && n < room; i++)
		if (s->peers[i].joined && s->peers[i].seen != others[i]->version)
			due[n++] = (struct hook){HOOK_CHANGED, s, &s->peers[i]};
	return n;
}

size_t
agent_due(struct unit *u, struct hook *due)
{
	static const enum hook_kind first[] = {HOOK_INSTALL, HOOK_CONFIG_CHANGED, HOOK_START};
	size_t i, n = 0;
	bool scopes = false;

	if (!u->alive || u->lost || u->busy)
		return 0;
	if (u->in_error) {
		due[0] = u->failed;
		return 1;
	}
	if (u->leader_due && u->stage > 0 && !u->dying)
		due[n++] = (struct hook){.kind = HOOK_LEADER_ELECTED};
	if (u->stage < 3) {
		/* relations that were there when the unit came are created before it starts */
		for (i = 0; i < u->nscopes && n < MAX_DUE; i++)
			if (u->scopes[i]->entered && !u->scopes[i]->created &&
			    !u->scopes[i]->relation->gone)
				due[n++] = (struct hook){HOOK_CREATED, u->scopes[i], NULL};
		if (!n)
			due[n++] = (struct hook){.kind = first[u->stage]};
		return n;
	}
	for (i = 0; i < u->nscopes; i++) {
		scopes |=
		    u->scopes[i]->entered && !u->scopes[i]->broken && !u->scopes[i]->relation->gone;
		if (n < MAX_DUE && scope_due(u->scopes[i], &due[n]))
			n++;
		else
			n += changes_due(u->scopes[i], due + n, MAX_DUE - n);
	}
	if (u->dying && !n && !scopes)
		due[n++] = (struct hook){.kind = u->stopped ? HOOK_REMOVE : HOOK_STOP};
	return n;
}

static const struct scope *
theirs(const struct hook *h)
{
	return h->scope->relation->scopes[!h->scope->side][h->peer - h->scope->peers];
}

void
agent_start(struct unit *u, const struct hook *h, unsigned *version)
{
	size_t i;

	*version = 0;
	u->busy = true;
	/* an agent enters all new relations at once, before it runs a hook for any */
	for (i = 0; u->stage == 3 && i < u->nscopes; i++)
		u->scopes[i]->entered |= !u->scopes[i]->relation->dying && !u->dying;
	if (h->kind == HOOK_CREATED)
		h->scope->entered = true;
	if (h->kind == HOOK_APP_CHANGED)
		*version = h->scope->relation->app_version;
	if (!h->peer)
		return;
	/* the agent forgets what it has of a unit when a hook for it is run */
	h->peer->cache = NULL;
	*version = theirs(h)->version;
}

void
agent_done(struct world *w, struct unit *u, const struct hook *h, unsigned version)
{
	size_t i;

	switch (h->kind) {
	case HOOK_INSTALL:
		for (i = 0; i < u->nscopes; i++)
			u->scopes[i]->entered |= !u->scopes[i]->relation->dying;
		u->stage++;
		break;
	case HOOK_CONFIG_CHANGED:
	case HOOK_START:
		u->stage++;
		break;
	case HOOK_LEADER_ELECTED:
		u->leader_due = false;
		break;
	case HOOK_CREATED:
		h->scope->created = true;
		break;
	case HOOK_JOINED:
		h->peer->joined = true;
		h->peer->changed_due = true;
		break;
	case HOOK_CHANGED:
		h->peer->changed_due = false;
		h->peer->seen = version;
		break;
	case HOOK_APP_CHANGED:
		h->scope->app_seen = version;
		break;
	case HOOK_DEPARTED:
		*h->peer = (struct peer){0};
		break;
	case HOOK_BROKEN:
		h->scope->broken = true;
		u->struck |= u->dying;
		world_end_relation(w, h->scope->relation);
		break;
	case HOOK_STOP:
		u->stopped = true;
		break;
	case HOOK_REMOVE:
		world_unit_gone(w, u);
		break;
	case HOOK_UPDATE_STATUS:
		break;
	}
}

const char *
agent_hook_name(const struct hook *h)
{
	static const char *const names[] = {"install", "config-changed", "start", "leader-elected",
	    "update-status", "relation-created", "relation-joined", "relation-changed",
	    "relation-changed", "relation-departed", "relation-broken", "stop", "remove"};

	return names[h->kind];
}
