#include <stdio.h>
#include <string.h>

#include "communicator.h"
#include "consumer.h"
#include "host.h"
#include "keys.h"
#include "membership.h"
#include "mirror.h"
#include "turn.h"

/* Is the distributor in another model, so that unit can be its name for this unit? */
static bool
is_seen_from_afar(const struct turn *t, const char *unit)
{
	return t->r->related_app && doc_is_remote(t->r->related_app) &&
	       doc_same_number(unit, t->v->unit);
}

/*
 * Does bootstrap-unit name this unit? A unit of another model may have the same name, so the host
 * must be this one, too. Across models the distributor may have another name for this unit: then
 * the host decides.
 */
static bool
is_named(const struct turn *t)
{
	const char *unit = doc_get(t->r->app_data, KEY_BOOTSTRAP_UNIT),
		   *host = doc_get(t->r->app_data, KEY_BOOTSTRAP_HOST);
	bool here = strcmp(host, t->hostname) == 0;

	if (strcmp(unit, t->v->unit) == 0)
		return here || !host[0];
	return here && (doc_is_remote(unit) || is_seen_from_afar(t, unit));
}

/* Does this unit have the permission to bootstrap, and may it use it now? Never with the library's
 * distributor, which gives none: see work_joined. */
static bool
may_bootstrap(const struct turn *t)
{
	return t->has_mirror_unit && is_named(t) && !t->s->in_cluster && !t->s->left &&
	       mirror_any_up(t->r) && !mirror_any_data(t->r);
}

static int
bootstrap_and_mirror(struct turn *t, enum stepevent work)
{
	int r = membership_bootstrap(t, work);

	return r ? r : communicator_work(t, work);
}

static int
work_joined(struct turn *t)
{
	const char *app = doc_get(t->r->app_data, KEY_BOOTSTRAP_APP);

	if (membership_publish(t))
		return -1;
	if (t->s->in_cluster)
		return 0;
	if (t->has_mirror_unit)
		return may_bootstrap(t) ? bootstrap_and_mirror(t, STEPEVENT_JOINED) : 0;
	if (!mirror_any_up(t->r))
		return turn_defer(t, STEPEVENT_JOINED, "no mirror is up");
	if (!app[0] && !t->opts->any_app)
		return turn_defer(t, STEPEVENT_JOINED, "no bootstrap-app is set");
	/* the library's distributor gives no permission: the leader of bootstrap-app bootstraps */
	if (!t->v->leader || mirror_any_data(t->r) || (app[0] && !doc_is_unit_of(t->v->unit, app)))
		return 0;
	return bootstrap_and_mirror(t, STEPEVENT_JOINED);
}

static int
work_changed(struct turn *t)
{
	int r;

	if (!t->s->in_cluster) {
		r = may_bootstrap(t) ? membership_bootstrap(t, STEPEVENT_CHANGED)
				     : membership_join(t);
		if (r || !t->s->in_cluster)
			return r;
	}
	return communicator_work(t, STEPEVENT_CHANGED);
}

static int
work(struct turn *t, enum stepevent event_of)
{
	state_undefer(t->s, event_of);
	return event_of == STEPEVENT_JOINED ? work_joined(t) : work_changed(t);
}

/* Does the work of the events that were deferred earlier, each once, and then of this event. */
static int
work_all(struct turn *t)
{
	enum stepevent this = t->event == STEPEVENT_JOINED ? STEPEVENT_JOINED : STEPEVENT_CHANGED,
		       deferred[STATE_EVENTS];
	size_t i, n = t->s->ndeferred;
	int r;

	memcpy(deferred, t->s->deferred, sizeof deferred);
	for (i = 0; i < n; i++) {
		if (deferred[i] == this)
			continue;
		r = work(t, deferred[i]);
		if (r)
			return r;
	}
	return work(t, this);
}

/* Asks for the permission to bootstrap while this unit may get it; else asks no more. */
static int
ask_permission(struct turn *t)
{
	const struct state *s = t->s;
	bool ready = t->has_mirror_unit && t->v->leader && !s->in_cluster && !s->left &&
		     !mirror_any_data(t->r) && (s->seen < 0 || s->seen == t->r->id);

	return turn_set(t, KEY_BOOTSTRAP, ready ? BOOTSTRAP_READY : "");
}

static int
refuse_name(struct turn *t)
{
	char message[128];

	if (turn_set(t, KEY_BOOTSTRAP, ""))
		return -1;
	snprintf(message, sizeof message, "%s is not a name the cluster accepts",
	    name_of(t->hostname).s);
	return turn_status(t, "blocked", message, NULL);
}

/* Is the host's name missing in the databag? With mirror-unit, a unit that hasn't joined also
 * publishes a new name of its machine. */
static bool
has_to_publish(const struct turn *t)
{
	const char *published = turn_own(t, KEY_HOSTNAME);

	if (!published[0])
		return t->has_mirror_unit || t->event == STEPEVENT_RECONCILE;
	return t->has_mirror_unit && strcmp(published, t->hostname) != 0 && !t->s->in_cluster &&
	       strcmp(turn_own(t, KEY_MEMBER), MEMBER_TRUE) != 0;
}

static int
in_relation(struct turn *t)
{
	int r;

	state_limit_dates(t->s, turn_date(t));
	if (turn_start(t))
		return -1;
	if (t->event != STEPEVENT_REMOVE && has_to_publish(t) && membership_publish(t))
		return -1;
	if (host_fault(t->hostname))
		return t->event == STEPEVENT_JOINED && membership_publish(t) ? -1 : refuse_name(t);
	if (t->event == STEPEVENT_REMOVE || t->event == STEPEVENT_INSTALL)
		return 0;
	if (t->s->in_cluster || mirror_any_data(t->r))
		state_set_seen(t->s, t->r->id);
	r = membership_check(t);
	if (r)
		return r < 0 ? -1 : 0;
	/* the hook in which it left may have been cut off after the state was saved */
	if (t->s->left && !t->s->in_cluster && membership_hide(t))
		return -1;
	return work_all(t) < 0 ? -1 : ask_permission(t);
}

static int
take_turn(struct turn *t)
{
	if (t->r && in_relation(t))
		return -1;
	if (!t->r && t->event == STEPEVENT_INSTALL &&
	    turn_status(t, "maintenance", "Waiting for token distributor relation", NULL))
		return -1;
	if (t->event == STEPEVENT_REMOVE && membership_remove(t))
		return -1;
	return t->s->changed ? turn_save(t) : 0;
}

int
consumer_step(const struct doc_view *v, const struct doc_relation *r, enum stepevent event,
    const struct consumer_options *opts, struct state *s, const struct consumer_ops *ops,
    struct fail *f)
{
	struct turn t = {.v = v,
	    .r = r,
	    .event = event,
	    .opts = opts,
	    .hostname = opts->hostname,
	    .ops = ops,
	    .s = s,
	    .f = f};
	int failed;

	if (r && doc_check_own(v, f))
		return -1;
	failed = take_turn(&t);
	turn_free(&t);
	return failed ? -1 : 0;
}
