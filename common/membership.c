#include <string.h>

#include "host.h"
#include "keys.h"
#include "membership.h"
#include "mirror.h"
#include "token.h"
#include "utf8.h"

enum {
	FAILURES_MAX = 2, /* after so many failed joins in a row, only reconcile tries */
	JOIN_MAX = 35,	  /* seconds after which a daemon has ended a join */
};

/* Does what follows a join or a bootstrap that succeeded. */
static int
joined(struct turn *t, bool bootstrapper)
{
	struct action_event bootstrapped = {.name = "bootstrapped"};
	struct action_event e = {
	    .name = "joined", .has_bootstrapper = true, .bootstrapper = bootstrapper};

	if (turn_status(
		t, "active", bootstrapper ? "Cluster bootstrapped" : "Joined cluster", NULL) ||
	    (bootstrapper && turn_event(t, &bootstrapped)) || turn_event(t, &e))
		return -1;
	/* saved only now, so that an observer that is cut off runs again */
	state_join(t->s);
	return turn_save(t);
}

/* Runs a cluster command. *done: it succeeded. Logs a failure. */
static int
command(struct turn *t, enum consumer_command which, const char *arg, bool *done)
{
	static const char *const names[] = {"bootstrap", "join", "remove"};
	struct consumer_reason why = {0};
	struct fail first;
	int r;

	t->listed = false;
	r = t->ops->command(t->ops->ctx, which, arg, &why, t->f);
	*done = r == 0;
	if (r < 0 && !why.started && t->s->joining) {
		/* it wasn't started, so there is no join to wait for */
		first = *t->f;
		state_set_joining(t->s, 0);
		turn_save(t);
		*t->f = first;
	}
	if (r <= 0)
		return r;
	t->why = why;
	return turn_log(t, "WARNING", "%s failed: %s", names[which], why.text);
}

/*
 * As command, for bootstrap and join. If the command failed, the daemon may have succeeded, or may
 * still go on. The list tells; if it can't be had, the unit is unsure.
 */
static int
attempt(struct turn *t, enum consumer_command which, const char *arg, bool *done)
{
	struct consumer_reason why;

	if (command(t, which, arg, done))
		return -1;
	if (*done)
		return 0;
	why = t->why;
	if (turn_ask(t))
		return -1;
	*done = turn_on_list(t);
	if (t->answer == TURN_UNKNOWN)
		state_set_unsure(t->s, true);
	t->why = why;
	return 0;
}

int
membership_bootstrap(struct turn *t, enum stepevent work)
{
	struct action_event e = {.name = "prebootstrap"};
	bool done;

	if (turn_ask(t))
		return -1;
	if (turn_on_list(t))
		return joined(t, true);
	if (turn_event(t, &e))
		return -1;
	if (t->opts->dry_run)
		return turn_log(t, "INFO", "would run bootstrap") ? -1 : TURN_END;
	if (attempt(t, CONSUMER_BOOTSTRAP, NULL, &done))
		return -1;
	if (done)
		return joined(t, true);
	if (turn_status(t, "blocked", "Unable to bootstrap cluster", t->why.text) ||
	    turn_defer(t, work, "bootstrap failed"))
		return -1;
	return TURN_END;
}

/* Of the tokens that this host hasn't rejected, sets *token to the one that most mirrors hold. If
 * there is none, *token stays. */
static int
other_token(struct turn *t, const char *rejected, const char **token)
{
	const struct doc_relation *r = t->r;
	const char *key = arena_join(&t->arena, MIRROR_PREFIX, t->hostname), *value;
	const struct map_entry *winner = NULL;
	struct map votes = {0};
	int failed = !key;
	size_t i;

	for (i = 0; !failed && i < r->nunits; i++) {
		value = mirror_counts(r, &r->units[i]) ? doc_get(r->units[i].data, key) : "";
		if (token_is_good(value, rejected))
			failed = mirror_vote(&votes, 0, value);
	}
	mirror_elect(&votes, &winner);
	if (winner)
		*token = winner->key;
	map_free(&votes);
	return failed ? fail_memory(t->f) : 0;
}

/* Sets *token to the token for this host, or NULL; to a rejected one only if there is no other. */
static int
own_token(struct turn *t, const char **token)
{
	const char *rejected = turn_own(t, KEY_REJECTED);

	if (mirror_find_value(t->r, t->hostname, true, token, t->f))
		return -1;
	return *token && token_has_id(*token, rejected) ? other_token(t, rejected, token) : 0;
}

/* Ends a join that failed. If the client gave up or was killed, the daemon may go on, and joining
 * stays. */
static int
end_join(struct turn *t, const char *token, double began)
{
	const char *id = arena_copy(&t->arena, token_id(token).s, 16);

	if (!id)
		return fail_memory(t->f);
	if (!t->why.cut_off && t->ops->now(t->ops->ctx) - began < TURN_CLIENT_MAX)
		state_set_joining(t->s, 0);
	state_set_failed(t->s, t->s->failed + 1);
	if (turn_status(t, "blocked", "Joining cluster failed", t->why.text) ||
	    turn_set(t, KEY_REJECTED, id) || turn_defer(t, STEPEVENT_CHANGED, "join failed"))
		return -1;
	return TURN_END;
}

/* Joins. The state file has the time, for the next step if this one is cut off. */
static int
join_with(struct turn *t, const char *token)
{
	double began = t->ops->now(t->ops->ctx);
	bool done;

	state_set_joining(t->s, turn_date(t));
	if (turn_save(t) || attempt(t, CONSUMER_JOIN, token, &done))
		return -1;
	return done ? joined(t, false) : end_join(t, token, began);
}

int
membership_join(struct turn *t)
{
	struct action_event e = {.name = "prejoin"};
	const char *token;

	if (own_token(t, &token))
		return -1;
	if (!token)
		return turn_status(t, "maintenance", "Token not in mirror", NULL);
	if (t->s->failed >= FAILURES_MAX && t->event != STEPEVENT_RECONCILE)
		return 0;
	if (turn_ask(t))
		return -1;
	if (turn_on_list(t))
		return joined(t, false);
	if (turn_event(t, &e) || turn_status(t, "maintenance", "Joining cluster", NULL))
		return -1;
	if (t->opts->dry_run)
		return turn_log(t, "INFO", "would run join") ? -1 : TURN_END;
	return join_with(t, token);
}

/* If the state file was lost, saves a token of the own databag in the state: the cluster that made
 * it may still keep its host's name. */
static int
keep_shown(struct turn *t, const char *host, const char *value)
{
	const struct map_entry *e = map_get(&t->s->tokens, 0, host);
	long seen = state_date(&t->s->token_dates, host);

	if (t->s->there || (e && e->value) || !token_valid(value) ||
	    turn_is_rejected(t, host, value))
		return 0;
	if (state_set_token(t->s, host, value))
		return fail_memory(t->f);
	return turn_set_date(t, &t->s->token_dates, host, seen);
}

int
membership_hide(struct turn *t)
{
	const struct map_entry *e;
	size_t i;

	if (turn_change(t, KEY_MEMBER, MEMBER_LEFT) || turn_change(t, KEY_MIRROR, ""))
		return -1;
	for (i = 0; i < t->shown.n; i++) {
		e = &t->shown.entries[i];
		if (keep_shown(t, e->key, e->value) || turn_show(t, e->key, ""))
			return -1;
	}
	return turn_print(t);
}

int
membership_leave(struct turn *t)
{
	state_leave(t->s);
	if (membership_hide(t) || turn_status(t, "maintenance", "Token not in mirror", NULL))
		return -1;
	return TURN_END;
}

int
membership_publish(struct turn *t)
{
	const struct state *s = t->s;
	const char *member = s->in_cluster	     ? MEMBER_TRUE
			     : s->left && !s->unsure ? MEMBER_LEFT
						     : NULL;

	/* a machine can have any name, but a databag takes only UTF-8 */
	if (!utf8_valid(t->hostname, strlen(t->hostname)))
		return 0;
	if (turn_change(t, KEY_HOSTNAME, t->hostname) ||
	    (member && turn_change(t, KEY_MEMBER, member)))
		return -1;
	return turn_print(t);
}

/* Waits for a join that an earlier step began and whose end it didn't see. A second join beside it
 * would wreck the node. */
static int
wait_for_join(struct turn *t)
{
	double end;

	if (!t->s->joining)
		return 0;
	end = t->ops->now(t->ops->ctx) + (double)(JOIN_MAX - turn_age(t, t->s->joining));
	if (turn_ask(t))
		return -1;
	while (!turn_on_list(t) && turn_wait(t, end))
		if (turn_ask_again(t))
			return -1;
	return 0;
}

/* Is there a sign, besides in_cluster of the state, that the unit is in the cluster? */
static bool
has_evidence(const struct turn *t)
{
	return t->s->unsure || strcmp(turn_own(t, KEY_MEMBER), MEMBER_TRUE) == 0 ||
	       turn_mirrors_say_member(t, t->hostname);
}

static bool
is_in_doubt(const struct turn *t)
{
	const struct state *s = t->s;

	return !s->in_cluster &&
	       (!s->there || has_evidence(t) || s->failed || s->joining ||
		   (t->event == STEPEVENT_RECONCILE && (s->left || mirror_any_data(t->r))));
}

/* The unit may be in the cluster. Until that is known, it doesn't join or bootstrap or ask to. */
static int
stay_unsure(struct turn *t)
{
	enum stepevent work = t->event == STEPEVENT_JOINED ? STEPEVENT_JOINED : STEPEVENT_CHANGED;

	state_set_unsure(t->s, true);
	if (turn_save(t) || turn_set(t, KEY_BOOTSTRAP, "") || membership_publish(t) ||
	    turn_log(t, "WARNING", "list failed: %s", t->why.text) ||
	    turn_status(t, "waiting", "Waiting for the cluster's daemon", NULL) ||
	    turn_defer(t, work, "the cluster's daemon can't be asked"))
		return -1;
	return TURN_END;
}

/* keep_shown for the hosts that aren't on the list. */
static int
keep_unused(struct turn *t)
{
	const struct map_entry *e;

	for (e = t->shown.entries; e < t->shown.entries + t->shown.n; e++)
		if (!cluster_find(&t->list, e->key) && keep_shown(t, e->key, e->value))
			return -1;
	return 0;
}

/* The unit is in no cluster. */
static int
be_sure(struct turn *t)
{
	bool is_new = !t->s->there;

	state_set_unsure(t->s, false);
	state_set_joining(t->s, 0);
	/* its databag says that it was in one: without this it could bootstrap another */
	if (is_new && strcmp(turn_own(t, KEY_MEMBER), MEMBER_TRUE) == 0 && !mirror_any_data(t->r))
		state_leave(t->s);
	if (turn_set(t, KEY_MEMBER, t->s->left ? MEMBER_LEFT : ""))
		return -1;
	/* if it is cut off in bootstrap, the next step must not take it for a unit that joined */
	return is_new ? turn_save(t) : 0;
}

int
membership_check(struct turn *t)
{
	int failed;

	if (!is_in_doubt(t))
		return 0;
	if (wait_for_join(t))
		return -1;
	failed = has_evidence(t) ? turn_ask_patiently(t) : turn_ask(t);
	if (failed)
		return -1;
	/* one that is alone in its cluster has most likely bootstrapped it, and an event that comes
	 * twice does less harm than one that never comes */
	if (turn_on_list(t))
		return keep_unused(t) ? -1 : joined(t, t->list.n == 1);
	/* a daemon may be back at any moment, so bootstrap and join ask it again first */
	t->listed = false;
	if (t->answer != TURN_UNKNOWN)
		return be_sure(t);
	/* a join that was cut off may have succeeded, too */
	return !t->s->there || has_evidence(t) || t->s->joining ? stay_unsure(t) : 0;
}

int
membership_remove(struct turn *t)
{
	bool ignored;

	if (host_fault(t->hostname))
		return 0;
	if (!t->s->in_cluster) {
		if (!is_in_doubt(t))
			return 0;
		if (turn_ask(t))
			return -1;
		if (!turn_on_list(t))
			return 0;
	}
	if (t->opts->dry_run)
		return turn_log(t, "INFO", "would run remove");
	return command(t, CONSUMER_REMOVE_HOST, t->hostname, &ignored);
}
