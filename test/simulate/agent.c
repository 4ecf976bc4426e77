#include <string.h>

#include "sim.h"

static bool
is_present(const struct scope *s)
{
	return s->entered && !s->broken && s->unit->alive && !s->unit->dying;
}

long
hook_relation(const struct hook *h)
{
	return h->scope ? h->scope->relation->id : 0;
}

const char *
hook_remote(const struct hook *h)
{
	return h->remote ? h->remote->unit->name : "";
}

/* What the agent knows of the hook's remote unit, or NULL. */
static struct peer *
peer_of(const struct hook *h)
{
	return h->remote ? &h->scope->peers[h->remote->index] : NULL;
}

/* What an agent knows of its relations: those that it can't enter any more it never will. */
struct view {
	struct resolve_relation relation[MAX_SCOPES];
	struct resolve_member member[MAX_SCOPES][MAX_SIDE];
	struct scope *scopes[MAX_SCOPES];
	size_t n;
};

static void
put_relation(struct view *v, struct scope *s)
{
	struct scope *const *others = s->relation->scopes[!s->unit->side];
	struct resolve_relation *r = &v->relation[v->n];
	struct resolve_member *m = v->member[v->n];
	size_t i;

	*r = (struct resolve_relation){.entered = s->entered,
	    .created = s->created,
	    .closing = s->relation->apps[SIDE_TD]->removed,
	    .app_changed = s->unit->side == SIDE_CONSUMER && s->app_seen != s->relation->app_bag,
	    .member = m,
	    .members = s->relation->nscopes[!s->unit->side]};
	for (i = 0; i < r->members; i++, m++) {
		*m = (struct resolve_member){.name = others[i]->unit->name,
		    .joined = s->peers[i].joined,
		    .present = is_present(others[i]),
		    .changed = s->peers[i].seen != others[i]->bag};
		if (m->joined && s->peers[i].changed_due)
			r->pending = m;
	}
	v->scopes[v->n++] = s;
}

size_t
agent_due(struct unit *u, bool status, struct hook *due)
{
	struct resolve_hook found[MAX_DUE];
	struct resolve_agent a = {.failed = u->failed.kind,
	    .installed = u->stage > 0,
	    .dying = u->dying,
	    .stopped = u->stopped,
	    .elected = u->leader_due && u->app->leader == u,
	    .config = u->stage < 2,
	    .start = u->stage < 3,
	    .status = status,
	    .late = true};
	struct scope *s;
	struct view v;
	size_t i, k, n;

	if (!u->alive || u->lost || u->busy)
		return 0;
	for (v.n = i = 0; i < u->nscopes; i++) {
		s = u->scopes[i];
		if (!s->broken && !s->relation->gone &&
		    (s->entered || (!u->dying && !s->relation->apps[SIDE_TD]->removed)))
			put_relation(&v, s);
	}
	a.relation = v.relation;
	a.relations = v.n;
	n = resolve_due(&a, found, MAX_DUE);
	for (i = 0; i < n; i++) {
		due[i] = (struct hook){.kind = found[i].kind};
		if (found[i].kind == HOOK_AGAIN)
			due[i] = u->failed;
		if (!found[i].relation)
			continue;
		k = (size_t)(found[i].relation - v.relation);
		due[i].scope = v.scopes[k];
		if (found[i].member)
			due[i].remote =
			    v.scopes[k]->relation->scopes[!u->side][found[i].member - v.member[k]];
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

void
agent_start(struct unit *u, const struct hook *h)
{
	struct peer *peer = peer_of(h);
	size_t i;

	u->busy = true;
	/* an agent enters all new relations at once, before it runs a hook for any */
	for (i = 0; u->stage == 3 && i < u->nscopes; i++)
		u->scopes[i]->entered |=
		    !u->scopes[i]->relation->apps[SIDE_TD]->removed && !u->dying;
	if (h->kind == HOOK_CREATED)
		h->scope->entered = true;
	if (h->kind == HOOK_APP_CHANGED)
		h->scope->app_seen = h->scope->relation->app_bag;
	/* the agent forgets what it has of a unit when a hook for it is run */
	if (peer)
		peer->cache = NULL;
	if (h->kind == HOOK_CHANGED)
		peer->seen = h->remote->bag;
}

void
agent_done(struct world *w, struct unit *u, const struct hook *h)
{
	struct peer *peer = peer_of(h);
	size_t i;

	switch (h->kind) {
	case HOOK_INSTALL:
		for (i = 0; i < u->nscopes; i++)
			u->scopes[i]->entered |= !u->scopes[i]->relation->apps[SIDE_TD]->removed;
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
		peer->joined = true;
		peer->changed_due = true;
		break;
	case HOOK_CHANGED:
		peer->changed_due = false;
		break;
	case HOOK_DEPARTED:
		*peer = (struct peer){0};
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
	default:
		break;
	}
}
