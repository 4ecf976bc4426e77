#include <string.h>

#include "communicator.h"
#include "host.h"
#include "keys.h"
#include "membership.h"
#include "mirror.h"

enum {
	SLOW_MAX = 2, /* after so many hosts that took long, others are left to the next hook */
	STRANDED_MIN = 60, /* seconds before a stranded row is removed */
};

/* What making tokens needs. */
struct round {
	struct turn *t;
	struct map made; /* the new tokens that aren't in the saved state yet, by host */
	size_t pending;	 /* bytes of these tokens */
	size_t saved;	 /* bytes of the tokens in the saved state */
	size_t limit;	 /* how many hosts may have a token and not be in; 0: no limit */
	size_t joining;	 /* hosts that aren't in, and have had a token for less than
			    --parallel-timeout */
	size_t waiting;	 /* how many hosts got no token because of the limit */
	size_t warned;	 /* how many hosts get no token for another reason */
	size_t slow;	 /* how many hosts took TURN_CLIENT_MAX, or until the timeout */
	bool timed_out;	 /* the last add did */
};

/* Is the host a member, so that it needs no token? */
static bool
is_done(const struct turn *t, const char *host)
{
	return mirror_member_counts(t->r) && turn_mirrors_say_member(t, host);
}

static int
show_member(struct turn *t)
{
	if (turn_change(t, KEY_MEMBER, MEMBER_TRUE) || turn_change(t, KEY_REJECTED, "") ||
	    turn_change(t, KEY_BOOTSTRAP, ""))
		return -1;
	return turn_print(t);
}

static int
show_saved_tokens(struct turn *t)
{
	struct map *tokens = &t->s->tokens;
	struct map_entry *e;

	for (e = tokens->entries; e < tokens->entries + tokens->n; e++) {
		if (!e->value)
			continue;
		if (is_done(t, e->key) || turn_is_rejected(t, e->key, e->value))
			state_drop_token(t->s, e);
		else if (turn_show(t, e->key, e->value))
			return -1;
	}
	return turn_print(t);
}

/* Removes the keys of members. With rejected_too, also removes rejected tokens. */
static int
drop_shown(struct turn *t, bool rejected_too)
{
	const struct map_entry *e;
	size_t i;

	for (i = 0; i < t->shown.n; i++) {
		e = &t->shown.entries[i];
		if ((is_done(t, e->key) ||
			(rejected_too && turn_is_rejected(t, e->key, e->value))) &&
		    turn_show(t, e->key, ""))
			return -1;
	}
	return turn_print(t);
}

/* Does the host of e ask for a token: has it none, or a rejected one? */
static bool
asks(const struct turn *t, const struct map_entry *e)
{
	return !mirror_is_mirrored(e->value) || turn_is_rejected(t, e->key, e->value);
}

static bool
anything_asked(const struct turn *t)
{
	const struct map_entry *e;

	for (e = t->data.entries; e < t->data.entries + t->data.n; e++)
		if (asks(t, e))
			return true;
	return false;
}

static bool
can_make_tokens(const void *ctx, const char *name)
{
	const struct turn *t = ctx;

	return strcmp(name, t->hostname) == 0 || turn_mirrors_say_member(t, name);
}

static const char *
first_candidate(const struct turn *t)
{
	return cluster_communicator(
	    &t->list, t->has_mirror_unit, t->has_mirror_unit ? can_make_tokens : NULL, t);
}

/* Can the communicator change when PENDING members get their roles? */
static bool
is_open(const struct turn *t)
{
	const struct cluster_member *own_row = cluster_find(&t->list, t->hostname);
	const char *first = first_candidate(t);
	bool pending = false;
	size_t i;

	for (i = 0; i < t->list.n; i++)
		pending |= cluster_is_pending(&t->list.members[i]);
	return pending && (!first || (own_row && cluster_is_pending(own_row) &&
					 strcmp(own_row->name, first) < 0));
}

/* Sets the status waiting, if this step has set another one. That is in the state file first: if
 * this step is killed, another one brings it back. */
static int
say_waiting(struct turn *t)
{
	if (!t->status || t->s->waiting)
		return 0;
	if (state_set_waiting(t->s, t->message.s))
		return fail_memory(t->f);
	return turn_save(t) || turn_status(t, "waiting", "Waiting on pending nodes", NULL) ? -1 : 0;
}

/* Brings back the status that waiting replaced. */
static int
end_waiting(struct turn *t)
{
	const char *message = t->s->waiting;

	if (!message)
		return 0;
	state_set_waiting(t->s, NULL);
	return turn_status(t, "active", message, NULL);
}

/* Asks for the list again until the communicator is known. Sets t->answer. */
static int
wait_for_pending(struct turn *t, enum stepevent work)
{
	double end = t->ops->now(t->ops->ctx) + t->opts->pending_timeout;

	while (t->answer == TURN_ROWS && is_open(t)) {
		if (t->opts->dry_run || t->ops->now(t->ops->ctx) >= end) {
			if (turn_defer(t, work, "members are pending"))
				return -1;
			break;
		}
		if (say_waiting(t))
			return -1;
		turn_wait(t, end);
		if (turn_ask_again(t) || turn_ask_patiently(t))
			return -1;
	}
	return end_waiting(t);
}

/* Does the own databag have a token for a host that waits? */
static bool
holds_what_is_asked(const struct turn *t)
{
	const struct map_entry *e;
	const char *want;

	for (e = t->shown.entries; e < t->shown.entries + t->shown.n; e++) {
		want = map_value(&t->data, e->key);
		if (want && strcmp(want, MIRROR_EMPTY) == 0 && mirror_is_mirrored(e->value) &&
		    !turn_is_rejected(t, e->key, e->value))
			return true;
	}
	return false;
}

static int
show_mirror(struct turn *t, bool communicator)
{
	const char *hostname = t->hostname, *value = map_value(&t->data, hostname);

	if (!communicator) {
		if (!turn_own(t, KEY_MIRROR)[0])
			return 0;
		return turn_set(t, KEY_MIRROR, holds_what_is_asked(t) ? MIRROR_UP : MIRROR_DOWN);
	}
	if (turn_change(t, KEY_MIRROR, MIRROR_UP))
		return -1;
	if (!t->has_mirror_unit && cluster_find(&t->list, hostname) &&
	    (!value || !mirror_is_mirrored(value)) && turn_show(t, hostname, MIRROR_MEMBER))
		return -1;
	return turn_print(t);
}

/* May the host be joining: does it have a token, and isn't it in the cluster? */
static bool
may_be_joining(const struct turn *t, const char *host, const char *own, const char *mirrored)
{
	const char *rejected = map_value(&t->rejected, host);

	return !cluster_is_in(cluster_find(&t->list, host)) &&
	       (mirror_lets_join(host, mirrored, rejected) ||
		   mirror_lets_join(host, own, rejected));
}

/* Counts the host if it may be joining, and notes when that was first seen. */
static int
count_host(struct round *r, const char *host, const char *own, const char *mirrored)
{
	struct turn *t = r->t;
	long since = state_date(&t->s->token_dates, host);

	if (!may_be_joining(t, host, own, mirrored))
		since = 0;
	else if (!since)
		since = turn_date(t);
	if (turn_set_date(t, &t->s->token_dates, host, since))
		return -1;
	r->joining += since && (double)turn_age(t, since) < t->opts->parallel_timeout;
	return 0;
}

/* Drops the dates of hosts that are in neither the mirrors nor the own databag any more. */
static int
forget_dates(struct turn *t, struct map *dates)
{
	struct map_entry *e;

	for (e = dates->entries; e < dates->entries + dates->n; e++)
		if (e->count && !map_value(&t->data, e->key) && !turn_shown(t, e->key)[0] &&
		    turn_set_date(t, dates, e->key, 0))
			return -1;
	return 0;
}

/* Drops the dates that only a communicator goes on watching: when it is one again, it doesn't know
 * what happened meanwhile. */
static int
forget_watched(struct turn *t)
{
	struct map *stranded = &t->s->stranded, *tokens = &t->s->token_dates;
	struct map_entry *e;

	for (e = stranded->entries; e < stranded->entries + stranded->n; e++)
		if (turn_set_date(t, stranded, e->key, 0))
			return -1;
	for (e = tokens->entries; e < tokens->entries + tokens->n; e++)
		if (cluster_is_in(cluster_find(&t->list, e->key)) &&
		    turn_set_date(t, tokens, e->key, 0))
			return -1;
	return 0;
}

static size_t
limit_of(const struct turn *t)
{
	size_t limit = t->has_mirror_unit ? CLUSTER_PARALLEL : CLUSTER_PARALLEL_LIBRARY;

	return cluster_parallel(
	    &t->list, t->opts->parallel_given ? (size_t)t->opts->parallel : limit);
}

/* Counts the hosts that have a token and aren't in yet. */
static int
count_out(struct round *r)
{
	struct turn *t = r->t;
	const struct map_entry *e;

	r->limit = limit_of(t);
	if (forget_dates(t, &t->s->token_dates))
		return -1;
	for (e = t->data.entries; e < t->data.entries + t->data.n; e++)
		if (count_host(r, e->key, turn_shown(t, e->key), e->value))
			return -1;
	for (e = t->shown.entries; e < t->shown.entries + t->shown.n; e++)
		if (!map_get(&t->data, 0, e->key) && count_host(r, e->key, e->value, NULL))
			return -1;
	return 0;
}

/* Asks for the list. Returns 1 if the host is on it, and isn't ONLINE; else 0, or -1. */
static int
is_dead_now(struct turn *t, const char *host)
{
	const struct cluster_member *m;

	if (turn_ask_again(t))
		return -1;
	m = t->answer == TURN_ROWS ? cluster_find(&t->list, host) : NULL;
	return m && !cluster_is_online(m);
}

/* Removes a row that keeps its host from joining. Returns 1 if the row is gone, else 0, or -1. */
static int
clear_row(struct turn *t, const char *host)
{
	struct consumer_reason why = {0};
	int r;

	if (t->opts->dry_run)
		return turn_log(t, "INFO", "would run remove %s --force", name_of(host).s);
	/* making tokens for others took time, and the machine may be back */
	r = is_dead_now(t, host);
	if (r <= 0)
		return r;
	r = t->ops->command(t->ops->ctx, CONSUMER_REMOVE_DEAD, host, &why, t->f);
	if (r < 0 || turn_set_date(t, &t->s->stranded, host, 0))
		return -1;
	if (r == 0)
		return turn_log(t, "WARNING",
			   "%s couldn't join: its row on the cluster's list was removed by force",
			   name_of(host).s)
			   ? -1
			   : 1;
	if (turn_log(t, "WARNING", "remove %s --force failed: %s", name_of(host).s, why.text) ||
	    turn_ask_again(t))
		return -1;
	/* with a second dead member, the command removes the row and fails */
	return t->answer == TURN_ROWS && !cluster_find(&t->list, host);
}

/* The host asks, but has a row that isn't ONLINE: it can't join while the row is there. Returns 1
 * if the row is gone, else 0, or -1. */
static int
free_stranded(struct round *r, const char *host, const char *status)
{
	struct turn *t = r->t;
	long since = state_date(&t->s->stranded, host);

	if (!t->opts->clear_stranded)
		return action_warn(&t->ops->out, &r->warned, t->f,
		    "%s can't join: the cluster's list has it, as %s; if that machine is gone, "
		    "run: %s remove %s --force",
		    name_of(host).s, name_of(status).s, t->opts->command, name_of(host).s);
	if (since && turn_age(t, since) >= STRANDED_MIN)
		return clear_row(t, host);
	return since ? 0 : turn_set_date(t, &t->s->stranded, host, turn_date(t));
}

/* May the host get a token, if the limit allows it? Returns 1, 0, or -1. */
static int
check_host(struct round *r, const char *host)
{
	struct turn *t = r->t;
	const struct cluster_member *m = cluster_find(&t->list, host);
	const char *fault = host_fault(host);

	if (fault)
		return action_warn(&t->ops->out, &r->warned, t->f,
		    "%s is not a name the cluster accepts: %s", name_of(host).s, fault);
	if (strcmp(host, t->hostname) == 0 && m)
		return 0;
	if (m && !cluster_is_online(m))
		return free_stranded(r, host, m->status);
	if (turn_set_date(t, &t->s->stranded, host, 0))
		return -1;
	if (m)
		return action_warn(&t->ops->out, &r->warned, t->f,
		    "%s asks for a token, but is an ONLINE member", name_of(host).s);
	return 1;
}

/* Prints a token that has been saved. Juju may discard the hook's relation-set, and the cluster
 * makes no second token. */
static int
show_made(struct turn *t, const char *host, const char *token)
{
	struct action_event e = {.name = "token-generated", .host = host};

	if (turn_show(t, host, token) || turn_print(t) || turn_event(t, &e))
		return -1;
	return turn_log(t, "INFO", "added token for %s", name_of(host).s);
}

/* Saves the new tokens and prints them. */
static int
save_made(struct round *r)
{
	const struct map_entry *e;

	if (!r->made.n)
		return 0;
	if (turn_save(r->t))
		return -1;
	for (e = r->made.entries; e < r->made.entries + r->made.n; e++)
		if (show_made(r->t, e->key, e->value))
			return -1;
	map_free(&r->made);
	r->saved += r->pending;
	r->pending = 0;
	return 0;
}

/* Keeps a new token. Each save writes all tokens, so it is done only when the new ones are as much
 * as the saved ones. Until then each is on disk in a file of its own. */
static int
keep_made(struct round *r, const char *host, const char *token)
{
	struct turn *t = r->t;

	if (map_set(&r->made, host, token) || state_set_token(t->s, host, token))
		return fail_memory(t->f);
	if (turn_set_date(t, &t->s->token_dates, host, turn_date(t)))
		return -1;
	r->pending += strlen(host) + strlen(token);
	r->joining++;
	return r->pending >= r->saved ? save_made(r) : 0;
}

static int
make_token(struct round *r, const char *host)
{
	struct turn *t = r->t;
	struct consumer_reason why = {0};
	const char *token;
	int failed;

	if (t->opts->dry_run) {
		r->joining++;
		return turn_log(t, "INFO", "would run add %s", name_of(host).s);
	}
	failed = t->ops->add(t->ops->ctx, host, &token, &why, t->f);
	if (failed <= 0)
		return failed < 0 ? -1 : keep_made(r, host, token);
	r->timed_out = why.timed_out;
	return turn_log(t, "WARNING", "cannot add %s: %s", name_of(host).s, why.text);
}

/* Makes a token for the host of e, if it asks and may have one. */
static int
serve(struct round *r, const struct map_entry *e)
{
	struct turn *t = r->t;
	const char *shown;
	int may;

	if (!asks(t, e))
		return turn_set_date(t, &t->s->stranded, e->key, 0);
	may = check_host(r, e->key);
	shown = turn_shown(t, e->key);
	if (may <= 0 || (shown[0] && !turn_is_rejected(t, e->key, shown)))
		return may < 0 ? -1 : 0;
	if (r->limit && r->joining >= r->limit) {
		r->waiting++;
		return 0;
	}
	return make_token(r, e->key);
}

/* serve, and counts those that took long. */
static int
serve_timed(struct round *r, const struct map_entry *e)
{
	const struct consumer_ops *ops = r->t->ops;
	double began = ops->now(ops->ctx);

	r->timed_out = false;
	if (serve(r, e))
		return -1;
	r->slow += r->timed_out || ops->now(ops->ctx) - began >= TURN_CLIENT_MAX;
	return 0;
}

static int
serve_all(struct round *r)
{
	const struct map *data = &r->t->data;
	bool left = false;
	size_t i;

	if (count_out(r) || forget_dates(r->t, &r->t->s->stranded))
		return -1;
	for (i = 0; i < data->n && r->slow < SLOW_MAX; i++)
		if (serve_timed(r, &data->entries[i]))
			return -1;
	if (save_made(r))
		return -1;
	for (; i < data->n; i++)
		left |= asks(r->t, &data->entries[i]);
	/* the tokens that were made reach nobody before this hook ends */
	if (left &&
	    turn_log(r->t, "WARNING", "the cluster is slow; other hosts are left to the next hook"))
		return -1;
	if (action_warn_rest(&r->t->ops->out, r->warned, "more hosts get no token", r->t->f))
		return -1;
	if (!r->waiting)
		return 0;
	return turn_log(r->t, "INFO",
	    "%zu hosts have a token and aren't in yet; %zu wait for theirs", r->joining,
	    r->waiting);
}

static int
make_tokens(struct turn *t)
{
	struct round r = {.t = t};
	const struct map_entry *e;
	int failed;

	for (e = t->s->tokens.entries; e < t->s->tokens.entries + t->s->tokens.n; e++)
		r.saved += e->value ? strlen(e->value) : 0;
	failed = serve_all(&r);
	map_free(&r.made);
	return failed;
}

/*
 * A machine may have been renamed since it joined. If the list has the name that the unit has
 * published, and not the machine's, the cluster knows it by that. If it is the other way round, the
 * machine has joined anew, and its name is published.
 */
static int
find_name(struct turn *t)
{
	const char *now = t->hostname, *published = turn_own(t, KEY_HOSTNAME);

	if (strcmp(published, now) == 0)
		return 0;
	if (cluster_find(&t->list, now))
		return t->has_mirror_unit ? turn_set(t, KEY_HOSTNAME, now) : 0;
	if (!cluster_find(&t->list, published))
		return 0;
	t->hostname = published;
	return turn_log(t, "WARNING", "this machine is called %s now; the cluster knows it as %s",
	    name_of(now).s, name_of(published).s);
}

int
communicator_work(struct turn *t, enum stepevent work)
{
	const char *first;
	bool communicator;

	if (end_waiting(t) || show_member(t) || show_saved_tokens(t))
		return -1;
	if (t->has_mirror_unit && t->event != STEPEVENT_RECONCILE && !turn_own(t, KEY_MIRROR)[0] &&
	    !anything_asked(t))
		return drop_shown(t, false);
	if (turn_ask_patiently(t) || wait_for_pending(t, work))
		return -1;
	if (t->answer == TURN_NONE)
		return membership_leave(t);
	if (t->answer == TURN_UNKNOWN)
		return turn_log(t, "WARNING", "list failed: %s", t->why.text);
	if (find_name(t))
		return -1;
	first = first_candidate(t);
	communicator = first && strcmp(first, t->hostname) == 0;
	if (show_mirror(t, communicator) || drop_shown(t, !communicator))
		return -1;
	return communicator ? make_tokens(t) : forget_watched(t);
}
