#include <string.h>

#include "resolve.h"

struct list {
	struct resolve_hook *due;
	size_t n;
	size_t room;
};

static void
add(struct list *l, enum hook_kind kind, const struct resolve_relation *r,
    const struct resolve_member *m)
{
	if (l->n < l->room)
		l->due[l->n++] = (struct resolve_hook){kind, r, m};
}

static bool
is_closing(const struct resolve_agent *a, const struct resolve_relation *r)
{
	return a->dying || r->closing;
}

/* The first of both in the order of strings; a may be NULL. */
static const struct resolve_member *
first(const struct resolve_member *a, const struct resolve_member *b)
{
	return a == NULL || strcmp(b->name, a->name) < 0 ? b : a;
}

static void
relation_due(const struct resolve_agent *a, const struct resolve_relation *r, struct list *l)
{
	const struct resolve_member *m, *departed = NULL, *joined = NULL, *changed = NULL;
	bool closing = is_closing(a, r);

	if (r->pending != NULL) {
		add(l, HOOK_CHANGED, r, r->pending);
		return;
	}
	for (m = r->member; m < r->member + r->members; m++) {
		if (m->joined && (closing || !m->present))
			departed = first(departed, m);
		else if (m->joined && m->changed)
			changed = first(changed, m);
		else if (!m->joined && m->present)
			joined = first(joined, m);
	}
	if (departed != NULL)
		add(l, HOOK_DEPARTED, r, departed);
	else if (closing)
		add(l, HOOK_BROKEN, r, NULL);
	else if (r->app_changed)
		add(l, HOOK_APP_CHANGED, r, NULL);
	else if (joined != NULL)
		add(l, HOOK_JOINED, r, joined);
	else if (changed != NULL && !a->late)
		add(l, HOOK_CHANGED, r, changed);
	else if (changed != NULL)
		for (m = r->member; m < r->member + r->members; m++)
			if (m->joined && m->changed)
				add(l, HOOK_CHANGED, r, m);
}

/* Is relation-created due for one that the agent surely knows of? */
static bool
created_due(const struct resolve_agent *a, struct list *l)
{
	const struct resolve_relation *r;
	bool sure = false;

	for (r = a->relation; r < a->relation + a->relations; r++) {
		if (r->created || is_closing(a, r))
			continue;
		add(l, HOOK_CREATED, r, NULL);
		sure |= r->entered || !a->late;
	}
	return sure;
}

static enum hook_kind
plain_due(const struct resolve_agent *a)
{
	return a->dying	       ? HOOK_NONE
	       : !a->installed ? HOOK_INSTALL
	       : a->config     ? HOOK_CONFIG_CHANGED
	       : a->fired      ? HOOK_FIRED
			       : HOOK_NONE;
}

static void
next(const struct resolve_agent *a, struct list *l)
{
	const struct resolve_relation *r;
	enum hook_kind kind;

	if (a->failed || (a->installed && a->start && !a->config)) {
		add(l, a->failed ? HOOK_AGAIN : HOOK_START, NULL, NULL);
		return;
	}
	if (a->installed && created_due(a, l))
		return;
	if (a->installed && a->elected && !a->dying) {
		add(l, HOOK_LEADER_ELECTED, NULL, NULL);
		if (!a->late)
			return;
	}
	kind = plain_due(a);
	if (kind != HOOK_NONE) {
		add(l, kind, NULL, NULL);
		return;
	}
	for (r = a->relation; r < a->relation + a->relations; r++)
		if (r->created || is_closing(a, r))
			relation_due(a, r, l);
	if (l->n > 0)
		return;
	if (a->dying)
		add(l, a->start || a->stopped ? HOOK_REMOVE : HOOK_STOP, NULL, NULL);
	else if (a->status)
		add(l, HOOK_UPDATE_STATUS, NULL, NULL);
}

size_t
resolve_due(const struct resolve_agent *a, struct resolve_hook *due, size_t room)
{
	struct list l = {due, 0, room};

	next(a, &l);
	return l.n;
}

const char *
resolve_name(enum hook_kind kind)
{
	static const char *const names[] = {"", "install", "relation-created", "leader-elected",
	    "config-changed", "start", "", "relation-joined", "relation-changed",
	    "relation-changed", "relation-departed", "relation-broken", "update-status", "stop",
	    "remove", ""};

	return names[kind];
}
