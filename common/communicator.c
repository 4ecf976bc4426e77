#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "communicator.h"
#include "host.h"
#include "keys.h"
#include "membership.h"
#include "mirror.h"

enum {
	TIMEOUTS_MAX = 2, /* after so many timeouts of add, other hosts are left to the next hook */
	WARNINGS = 8,	  /* log so many hosts that get no token; each line runs a command */
	STRANDED_MIN = 60, /* seconds before a stranded row is removed */
};

/* A token that the cluster made in this step. */
struct made {
	const char *host;
	const char *token;
};

/* What making tokens needs. */
struct round {
	struct turn *t;
	struct made *made; /* n tokens that aren't in the saved state yet */
	size_t n;
	size_t cap;
	size_t pending; /* bytes of these tokens */
	size_t saved;	/* bytes of the tokens in the saved state */
	size_t limit;	/* how many hosts may have a token and not be in; 0: no limit */
	size_t out;	/* how many hosts have a token and aren't in */
	size_t waiting; /* how many hosts got no token because of the limit */
	size_t warned;
	size_t timeouts;
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
	struct map set = {0};
	int failed = turn_change(t, &set, KEY_MEMBER, MEMBER_TRUE) ||
		     turn_change(t, &set, KEY_REJECTED, "") ||
		     turn_change(t, &set, KEY_BOOTSTRAP, "");

	return turn_print(t, &set, failed);
}

static int
show_tokens(struct turn *t)
{
	struct map *tokens = &t->s->tokens, set = {0};
	struct map_entry *e;
	int failed = 0;

	for (e = tokens->entries; !failed && e < tokens->entries + tokens->n; e++) {
		if (!e->value)
			continue;
		if (is_done(t, e->key) || turn_is_rejected(t, e->key, e->value))
			state_drop_token(t->s, e);
		else
			failed = turn_change(t, &set, turn_mirror_key(t, e->key), e->value);
	}
	return turn_print(t, &set, failed);
}

/* Removes the keys of members. With rejected_too, also removes rejected tokens. */
static int
drop_own(struct turn *t, bool rejected_too)
{
	struct map set = {0};
	const struct map_entry *e;
	const char *host;
	size_t i, n = t->own.n;
	int failed = 0;

	for (i = 0; !failed && i < n; i++) {
		e = &t->own.entries[i];
		host = mirror_host(e->key);
		if (!host || !e->value[0])
			continue;
		if (is_done(t, host) || (rejected_too && turn_is_rejected(t, host, e->value)))
			failed = turn_change(t, &set, e->key, "");
	}
	return turn_print(t, &set, failed);
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
speaks(const void *ctx, const char *name)
{
	const struct turn *t = ctx;

	return strcmp(name, t->opts->hostname) == 0 || turn_mirrors_say_member(t, name);
}

static const char *
first_candidate(const struct turn *t)
{
	return cluster_communicator(&t->list, t->by_unit, t->by_unit ? speaks : NULL, t);
}

/* Can the communicator change when PENDING members get their roles? */
static bool
is_open(const struct turn *t)
{
	const struct cluster_member *own_row = cluster_find(&t->list, t->opts->hostname);
	const char *first = first_candidate(t);
	bool pending = false;
	size_t i;

	for (i = 0; i < t->list.n; i++)
		pending |= cluster_is_pending(&t->list.members[i]);
	return pending && (!first || (own_row && cluster_is_pending(own_row) &&
					 strcmp(own_row->name, first) < 0));
}

/* Sets the status waiting, if this step has set another one before. */
static int
say_waiting(struct turn *t, const char *before)
{
	return before ? turn_status(t, "waiting", "Waiting on pending nodes", NULL) : 0;
}

/* Asks for the list again until the communicator is known. Sets t->answer. */
static int
wait_for_pending(struct turn *t, enum state_event work)
{
	double end = t->ops->now(t->ops->ctx) + t->opts->pending_timeout;
	const char *status = t->status, *message = NULL;
	bool told = false;

	if (status && !(message = arena_copy(&t->keys, t->message.s, t->message.n)))
		return fail_memory(t->f);
	while (t->answer == TURN_ROWS && is_open(t)) {
		if (t->opts->dry_run || t->ops->now(t->ops->ctx) >= end) {
			if (turn_defer(t, work, "members are pending"))
				return -1;
			break;
		}
		if (!told && say_waiting(t, status))
			return -1;
		told = true;
		turn_wait(t, end);
		if (turn_ask_again(t) || turn_ask_patiently(t))
			return -1;
	}
	return told && status ? turn_status(t, status, message, NULL) : 0;
}

/* Does the own databag have a token for a host that waits? */
static bool
holds_what_is_asked(const struct turn *t)
{
	const struct map_entry *e;
	const char *host, *want;

	for (e = t->own.entries; e < t->own.entries + t->own.n; e++) {
		host = mirror_host(e->key);
		want = host ? map_value(&t->data, host) : NULL;
		if (want && strcmp(want, MIRROR_EMPTY) == 0 && mirror_is_mirrored(e->value) &&
		    !turn_is_rejected(t, host, e->value))
			return true;
	}
	return false;
}

static int
show_mirror(struct turn *t, bool communicator)
{
	const char *hostname = t->opts->hostname, *value = map_value(&t->data, hostname);
	struct map set = {0};
	int failed = 0;

	if (communicator) {
		failed = turn_change(t, &set, KEY_MIRROR, MIRROR_UP);
		if (!failed && !t->by_unit && cluster_find(&t->list, hostname) &&
		    (!value || !mirror_is_mirrored(value)))
			failed = turn_change(t, &set, turn_mirror_key(t, hostname), MIRROR_MEMBER);
	} else if (turn_own(t, KEY_MIRROR)[0]) {
		failed = turn_change(
		    t, &set, KEY_MIRROR, holds_what_is_asked(t) ? MIRROR_UP : MIRROR_DOWN);
	}
	return turn_print(t, &set, failed);
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
	long since = state_date(&t->s->out, host);

	if (!may_be_joining(t, host, own, mirrored))
		since = 0;
	else if (!since)
		since = turn_date(t);
	if (state_set_date(t->s, &t->s->out, host, since))
		return fail_memory(t->f);
	r->out += since && (double)turn_age(t, since) < t->opts->parallel_timeout;
	return 0;
}

/* Drops the dates of hosts that are in neither the mirrors nor the own databag any more. */
static int
forget_dates(struct turn *t, struct map *dates)
{
	struct map_entry *e;
	const char *key;

	for (e = dates->entries; e < dates->entries + dates->n; e++) {
		key = turn_mirror_key(t, e->key);
		if (!key)
			return fail_memory(t->f);
		if (e->count && !map_value(&t->data, e->key) && !turn_own(t, key)[0] &&
		    state_set_date(t->s, dates, e->key, 0))
			return fail_memory(t->f);
	}
	return 0;
}

static size_t
limit_of(const struct turn *t)
{
	size_t limit = t->by_unit ? CLUSTER_PARALLEL : CLUSTER_PARALLEL_LIBRARY;

	return cluster_parallel(
	    &t->list, t->opts->parallel_given ? (size_t)t->opts->parallel : limit);
}

/* Counts the hosts that have a token and aren't in yet. */
static int
count_out(struct round *r)
{
	struct turn *t = r->t;
	const struct map_entry *e;
	const char *host, *key;
	size_t i, n = t->own.n;

	r->limit = limit_of(t);
	if (forget_dates(t, &t->s->out))
		return -1;
	for (e = t->data.entries; e < t->data.entries + t->data.n; e++) {
		key = turn_mirror_key(t, e->key);
		if (!key)
			return fail_memory(t->f);
		if (count_host(r, e->key, map_value(&t->own, key), e->value))
			return -1;
	}
	for (i = 0; i < n; i++) {
		e = &t->own.entries[i];
		host = mirror_host(e->key);
		if (host && !map_get(&t->data, 0, host) && count_host(r, host, e->value, NULL))
			return -1;
	}
	return 0;
}

/* Warns about a host that gets no token. After WARNINGS of them, only counts. */
#define warn(r, ...) ((r)->warned++ < WARNINGS ? turn_log((r)->t, "WARNING", __VA_ARGS__) : 0)

/* Asks for the list. *dead: the host is on it, and isn't ONLINE. */
static int
is_dead_now(struct turn *t, const char *host, bool *dead)
{
	const struct cluster_member *m;

	if (turn_ask_again(t))
		return -1;
	m = t->answer == TURN_ROWS ? cluster_find(&t->list, host) : NULL;
	*dead = m && !cluster_is_online(m);
	return 0;
}

/* Removes a row that keeps its host from joining. *free: the row is gone. */
static int
clear_row(struct round *r, const char *host, bool *free)
{
	struct turn *t = r->t;
	struct consumer_reason why = {0};
	bool dead;
	int failed;

	if (t->opts->dry_run)
		return turn_log(t, "INFO", "would run remove %s --force", name_of(host).s);
	/* making tokens for others took time, and the machine may be back */
	if (is_dead_now(t, host, &dead))
		return -1;
	if (!dead)
		return 0;
	failed = t->ops->command(t->ops->ctx, CONSUMER_REMOVE_DEAD, host, &why, t->f);
	if (failed < 0 || state_set_date(t->s, &t->s->stranded, host, 0))
		return failed < 0 ? -1 : fail_memory(t->f);
	if (!failed) {
		*free = true;
		return turn_log(t, "WARNING",
		    "%s couldn't join: its row on the cluster's list was removed by force",
		    name_of(host).s);
	}
	if (turn_log(t, "WARNING", "remove %s --force failed: %s", name_of(host).s, why.text) ||
	    turn_ask_again(t))
		return -1;
	/* with a second dead member, the command removes the row and fails */
	*free = t->answer == TURN_ROWS && !cluster_find(&t->list, host);
	return 0;
}

/* The host asks, but has a row that isn't ONLINE: it can't join while the row is there. */
static int
free_stranded(struct round *r, const char *host, const char *status, bool *free)
{
	struct turn *t = r->t;
	long since = state_date(&t->s->stranded, host);

	if (!t->opts->clear_stranded)
		return warn(r,
		    "%s can't join: the cluster's list has it, as %s; if that machine is gone, "
		    "run: "
		    "%s remove %s --force",
		    name_of(host).s, name_of(status).s, t->opts->command, name_of(host).s);
	if (since && turn_age(t, since) >= STRANDED_MIN)
		return clear_row(r, host, free);
	if (!since && state_set_date(t->s, &t->s->stranded, host, turn_date(t)))
		return fail_memory(t->f);
	return 0;
}

/* *may: the host may get a token, if the limit allows it. */
static int
check_host(struct round *r, const char *host, bool *may)
{
	struct turn *t = r->t;
	const struct cluster_member *m = cluster_find(&t->list, host);
	const char *fault = host_fault(host);

	*may = false;
	if (fault)
		return warn(r, "%s is not a name the cluster accepts: %s", name_of(host).s, fault);
	if (strcmp(host, t->opts->hostname) == 0 && m)
		return 0;
	if (m && !cluster_is_online(m))
		return free_stranded(r, host, m->status, may);
	if (state_set_date(t->s, &t->s->stranded, host, 0))
		return fail_memory(t->f);
	if (m)
		return warn(r, "%s asks for a token, but is an ONLINE member", name_of(host).s);
	*may = true;
	return 0;
}

/* Prints a token that has been saved. Juju may discard the hook's relation-set, and the cluster
 * makes no second token. */
static int
show_made(struct turn *t, const struct made *made)
{
	struct action_event e = {.name = "token-generated", .host = made->host};

	if (turn_set(t, turn_mirror_key(t, made->host), made->token) || turn_event(t, &e))
		return -1;
	return turn_log(t, "INFO", "added token for %s", name_of(made->host).s);
}

/* Saves the new tokens and prints them. */
static int
flush(struct round *r)
{
	size_t i;

	if (!r->n)
		return 0;
	if (turn_save(r->t))
		return -1;
	for (i = 0; i < r->n; i++)
		if (show_made(r->t, &r->made[i]))
			return -1;
	r->saved += r->pending;
	r->n = r->pending = 0;
	return 0;
}

/* Keeps a new token. Each save writes all tokens, so it is done only when the new ones are as much
 * as the saved ones. Until then each is on disk in a file of its own. */
static int
keep(struct round *r, const char *host, const char *token)
{
	struct turn *t = r->t;
	struct made *more = array_room(r->made, r->n, &r->cap, sizeof *more);

	if (!more)
		return fail_memory(t->f);
	r->made = more;
	if (state_set_token(t->s, host, token) ||
	    state_set_date(t->s, &t->s->out, host, turn_date(t)))
		return fail_memory(t->f);
	r->made[r->n++] = (struct made){host, token};
	r->pending += strlen(host) + strlen(token);
	r->out++;
	return r->pending >= r->saved ? flush(r) : 0;
}

static int
add(struct round *r, const char *host)
{
	struct turn *t = r->t;
	struct consumer_reason why = {0};
	const char *token;
	int failed;

	if (t->opts->dry_run) {
		r->out++;
		return turn_log(t, "INFO", "would run add %s", name_of(host).s);
	}
	failed = t->ops->add(t->ops->ctx, host, &token, &why, t->f);
	if (failed <= 0)
		return failed < 0 ? -1 : keep(r, host, token);
	r->timeouts += why.timed_out;
	return turn_log(t, "WARNING", "cannot add %s: %s", name_of(host).s, why.text);
}

/* Makes a token for the host of e, if it asks and may have one. */
static int
serve(struct round *r, const struct map_entry *e)
{
	struct turn *t = r->t;
	const char *key = turn_mirror_key(t, e->key), *have;
	bool may;

	if (!key)
		return fail_memory(t->f);
	if (!asks(t, e))
		return state_set_date(t->s, &t->s->stranded, e->key, 0) ? fail_memory(t->f) : 0;
	if (check_host(r, e->key, &may))
		return -1;
	have = turn_own(t, key);
	if (!may || (have[0] && !turn_is_rejected(t, e->key, have)))
		return 0;
	if (r->limit && r->out >= r->limit) {
		r->waiting++;
		return 0;
	}
	return add(r, e->key);
}

static int
serve_all(struct round *r)
{
	const struct map *data = &r->t->data;
	size_t i;

	if (count_out(r) || forget_dates(r->t, &r->t->s->stranded))
		return -1;
	for (i = 0; i < data->n && r->timeouts < TIMEOUTS_MAX; i++)
		if (serve(r, &data->entries[i]))
			return -1;
	if (flush(r))
		return -1;
	/* the tokens that were made reach nobody before this hook ends */
	if (r->timeouts == TIMEOUTS_MAX &&
	    turn_log(r->t, "WARNING", "add times out; other hosts are left to the next hook"))
		return -1;
	if (r->warned > WARNINGS &&
	    turn_log(r->t, "WARNING", "%zu more hosts get no token", r->warned - WARNINGS))
		return -1;
	if (!r->waiting)
		return 0;
	return turn_log(r->t, "INFO",
	    "%zu hosts have a token and aren't in yet; %zu wait for theirs", r->out, r->waiting);
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
	free(r.made);
	return failed;
}

int
communicator_work(struct turn *t, enum state_event work)
{
	const char *first;
	bool communicator;

	if (show_member(t) || show_tokens(t))
		return -1;
	if (t->by_unit && t->event != CONSUMER_RECONCILE && !turn_own(t, KEY_MIRROR)[0] &&
	    !anything_asked(t))
		return drop_own(t, false);
	if (turn_ask_patiently(t) || wait_for_pending(t, work))
		return -1;
	if (t->answer == TURN_NONE)
		return membership_leave(t);
	if (t->answer == TURN_UNKNOWN)
		return turn_log(t, "WARNING", "list failed: %s", t->why.text);
	first = first_candidate(t);
	communicator = first && strcmp(first, t->opts->hostname) == 0;
	if (show_mirror(t, communicator) || drop_own(t, !communicator))
		return -1;
	return communicator ? make_tokens(t) : 0;
}
