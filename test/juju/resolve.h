#ifndef JUJU_RESOLVE_H
#define JUJU_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Which hook does a unit's agent run next? This is the one rule for the stand-in for Juju (agent.c)
 * and for the simulation (test/simulate/agent.c). Both describe a unit's situation in the terms
 * below, and run what the answer names. Nothing is kept or changed here.
 *
 * The order is that of Juju 3.6 and 4. Its source is in internal/worker/uniter: resolver.go,
 * relation/resolver.go and operation/runhook.go (Commit).
 *
 *   1. A hook that failed runs again, and no other hook runs before it.
 *   2. start follows the unit's first config-changed at once.
 *   3. relation-created of new relations; not if the relation or the unit is to go.
 *   4. leader-elected, if the unit leads and isn't to go.
 *   5. A unit that is to go leaves its relations (step 8). Then come stop, if it ever started,
 *      and remove.
 *   6. install. Steps 2 to 4 are for installed units alone.
 *   7. config-changed; then hooks that a test fires.
 *   8. In each relation the first that is due of
 *      - the relation-changed that follows a relation-joined,
 *      - relation-departed of units that have gone (of all units, if this unit or the relation
 *        is to go), and then relation-broken if this unit or the relation is to go,
 *      - relation-changed of the application's databag,
 *      - relation-joined of new units,
 *      - relation-changed of units.
 *      Units come in the order of strings. Of several relations any may come first.
 *   9. update-status, if nothing else is due.
 */
enum hook_kind {
	HOOK_NONE,
	HOOK_INSTALL,
	HOOK_CREATED,
	HOOK_LEADER_ELECTED,
	HOOK_CONFIG_CHANGED,
	HOOK_START,
	HOOK_FIRED, /* by a test */
	HOOK_JOINED,
	HOOK_CHANGED,
	HOOK_APP_CHANGED,
	HOOK_DEPARTED,
	HOOK_BROKEN,
	HOOK_UPDATE_STATUS,
	HOOK_STOP,
	HOOK_REMOVE,
	HOOK_AGAIN, /* the one that failed */
};

/* A unit of the other side. */
struct resolve_member {
	const char *name;
	bool joined;  /* its relation-joined has run, and its relation-departed hasn't */
	bool present; /* it is in the relation, and is to stay */
	bool changed; /* since its last hook */
};

struct resolve_relation {
	bool entered; /* so the agent knows of it */
	bool created; /* its relation-created has run */
	bool closing; /* it is to go */
	bool app_changed;
	const struct resolve_member *pending; /* joined, its relation-changed hasn't run; NULL */
	const struct resolve_member *member;
	size_t members;
};

struct resolve_agent {
	bool failed; /* a hook has */
	bool installed;
	bool dying;
	bool stopped;
	bool elected; /* it leads, and leader-elected hasn't run */
	bool config;  /* config-changed is due */
	bool start;   /* it never started */
	bool fired;
	bool status; /* update-status is due */
	/*
	 * News may reach the agent late: of its election, of a relation that it hasn't entered, of
	 * some units' changes. So what would be next without such news is an answer, too.
	 */
	bool late;
	const struct resolve_relation *relation;
	size_t relations;
};

struct resolve_hook {
	enum hook_kind kind;
	const struct resolve_relation *relation; /* NULL: none */
	const struct resolve_member *member;	 /* NULL: none */
};

/* Any of the hooks put into due may be the next. Returns how many they are, at most room. */
size_t resolve_due(const struct resolve_agent *a, struct resolve_hook *due, size_t room);

/* The hook's name; a relation's has the endpoint and a dash before it. */
const char *resolve_name(enum hook_kind kind);

#endif
