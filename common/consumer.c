#include <stdio.h>
#include <string.h>

#include "consumer.h"
#include "host.h"
#include "mirror.h"
#include "token.h"
#include "utf8.h"

enum {
	FAILURES_MAX = 2, /* joins that fail in a row before reconcile alone tries */
	TIMEOUTS_MAX = 2, /* adds that time out before the others are left to the next step */
	WARNINGS = 8,	  /* so many hosts that get no token are named: each line is a command */
};

/* Workers return 0: go on; END: the step ends here, well; -1: it fails, see f. */
enum { END = 1 };

struct step {
	const struct doc_view *v;
	const struct doc_relation *r;
	enum consumer_event event;
	const struct consumer_options *opts;
	const struct consumer_ops *ops;
	struct state *s;
	struct fail *f;
	bool by_unit;	 /* the application data has mirror-unit: "A token's life" holds in full */
	struct map own;	 /* own databag as it is after what was printed; "" as value: not there */
	struct map data; /* what the mirrors say, host by host */
	struct map rejected; /* rejected-HOST of the mirrors */
	struct cluster list;
	struct consumer_reason why; /* the last list failed so */
	bool listed;		    /* list or why are of the cluster as it is */
	bool list_works;
	const char *status; /* the last one set, or NULL */
	struct buf message;
	struct pool keys;
};

int
consumer_event(const char *name, enum consumer_event *event)
{
	static const char *const names[] = {
	    "install", "relation-joined", "relation-changed", "remove", "reconcile"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i], name) == 0) {
			*event = (enum consumer_event)i;
			return 0;
		}
	}
	return -1;
}

/* The value of key in the own databag, "" for none. */
static const char *
own(const struct step *st, const char *key)
{
	const char *value = map_value(&st->own, key);

	return value ? value : "";
}

/* The key for a host, in memory of the step's; NULL: no memory. */
static const char *
mirror_key(struct step *st, const char *host)
{
	return pool_join(&st->keys, MIRROR_PREFIX, host);
}

/* Notes in set, and in the own databag, that key becomes value, if it isn't so. */
static int
change(struct step *st, struct map *set, const char *key, const char *value)
{
	if (!key)
		return fail_memory(st->f);
	if (strcmp(own(st, key), value) == 0)
		return 0;
	if (map_set(set, key, value) || map_set(&st->own, key, value))
		return fail_memory(st->f);
	return 0;
}

/* Prints what set has, and empties it. */
static int
print_set(struct step *st, struct map *set)
{
	int r = action_set(&st->ops->out, st->r->id, false, set, st->f);

	map_free(set);
	return r;
}

static int
set_key(struct step *st, const char *key, const char *value)
{
	struct map set = {0};

	if (change(st, &set, key, value)) {
		map_free(&set);
		return -1;
	}
	return print_set(st, &set);
}

static int
set_status(struct step *st, const char *status, const char *message, const char *reason)
{
	buf_clear(&st->message);
	buf_puts(&st->message, message);
	if (reason && *reason) {
		buf_puts(&st->message, ": ");
		buf_puts(&st->message, reason);
	}
	if (st->message.failed)
		return fail_memory(st->f);
	st->status = status;
	return action_status(&st->ops->out, status, st->message.s, st->f);
}

static int log_line(struct step *st, const char *level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
log_line(struct step *st, const char *level, const char *fmt, ...)
{
	struct buf line = {0};
	va_list ap;
	int r;

	va_start(ap, fmt);
	buf_vprintf(&line, fmt, ap);
	va_end(ap);
	r = line.failed ? fail_memory(st->f) : action_log(&st->ops->out, level, line.s, st->f);
	buf_free(&line);
	return r;
}

static int
event(struct step *st, const struct action_event *e)
{
	if (action_event(&st->ops->out, e, st->f))
		return -1;
	return st->opts->dry_run ? 0 : st->ops->observe(st->ops->ctx, e, st->f);
}

static int
save(struct step *st)
{
	if (st->opts->dry_run)
		return 0;
	if (st->ops->save(st->ops->ctx, st->s, st->f))
		return -1;
	st->s->changed = false;
	return 0;
}

static int
defer(struct step *st, enum state_event work, const char *reason)
{
	state_defer(st->s, work);
	return action_defer(&st->ops->out, state_event_name(work), reason, st->f);
}

/* Asks for the list anew. 0: it is in st->list; 1: it failed, st->why tells; -1. */
static int
ask_again(struct step *st)
{
	struct cluster list = {0};
	int r = st->ops->list(st->ops->ctx, &list, &st->why, st->f);

	if (r == 0) {
		cluster_free(&st->list);
		st->list = list;
	}
	return r;
}

/* As ask_again, once for as long as nothing was done that changes it. */
static int
ask(struct step *st)
{
	int r;

	if (!st->listed) {
		r = ask_again(st);
		if (r < 0)
			return -1;
		st->listed = true;
		st->list_works = r == 0;
	}
	return st->list_works ? 0 : 1;
}

/* Is this host on the cluster's list? 1: yes; 0: no, or it can't be told; -1. */
static int
on_list(struct step *st)
{
	int r = ask(st);

	return r < 0 ? -1 : r == 0 && cluster_find(&st->list, st->opts->hostname);
}

/* Goes on as after a join or a bootstrap that succeeded. */
static int
joined(struct step *st, bool bootstrapper)
{
	struct action_event bootstrapped = {.name = "bootstrapped"};
	struct action_event e = {
	    .name = "joined", .has_bootstrapper = true, .bootstrapper = bootstrapper};

	if (set_status(
		st, "active", bootstrapper ? "Cluster bootstrapped" : "Joined cluster", NULL) ||
	    (bootstrapper && event(st, &bootstrapped)) || event(st, &e))
		return -1;
	/* saved only now: an observer that was cut off is to be run again */
	state_join(st->s);
	return save(st);
}

/* Runs bootstrap or join. What it meets is logged; 1: it failed. */
static int
command(struct step *st, enum consumer_command command, const char *arg)
{
	static const char *const names[] = {"bootstrap", "join", "remove", "remove --force"};
	struct consumer_reason why = {0};
	int r;

	if (st->opts->dry_run)
		return log_line(st, "INFO", "would run %s", names[command]);
	st->listed = false;
	r = st->ops->command(st->ops->ctx, command, arg, &why, st->f);
	if (r > 0) {
		st->why = why;
		if (log_line(st, "WARNING", "%s failed: %s", names[command], why.text))
			return -1;
	}
	return r;
}

static int
bootstrap(struct step *st, enum state_event work)
{
	struct action_event e = {.name = "prebootstrap"};
	int r = on_list(st);

	if (r < 0)
		return -1;
	if (r == 0) {
		if (event(st, &e))
			return -1;
		r = command(st, CONSUMER_BOOTSTRAP, NULL);
		if (r < 0)
			return -1;
		if (st->opts->dry_run)
			return END;
		if (r > 0)
			return set_status(
				   st, "blocked", "Unable to bootstrap cluster", st->why.text) ||
				       defer(st, work, "bootstrap failed")
				   ? -1
				   : END;
	}
	return joined(st, true);
}

/* The ID of the token that this host couldn't join with, by its own databag. */
static const char *
own_rejected(const struct step *st)
{
	return own(st, "rejected");
}

/* The token for this host: what most mirrors hold; of one that was rejected, another one if any
 * mirror has it. */
static int
own_token(struct step *st, const char **token)
{
	const struct doc_relation *r = st->r;
	const char *key = mirror_key(st, st->opts->hostname), *value;
	struct map votes = {0};
	struct map_entry *e;
	size_t i, best = 0;
	int failed = 0;

	if (mirror_find_value(r, st->opts->hostname, true, token, st->f))
		return -1;
	if (!*token || !token_has_id(*token, own_rejected(st)))
		return 0;
	for (i = 0; key && !failed && i < r->nunits; i++) {
		value = mirror_counts(r, &r->units[i]) ? doc_get(r->units[i].data, key) : "";
		if (!token_valid(value) || token_has_id(value, own_rejected(st)))
			continue;
		e = map_put(&votes, 0, value);
		if (e)
			e->count++;
		failed = !e;
	}
	for (e = votes.entries; e < votes.entries + votes.n; e++) {
		if (e->count > best) {
			best = e->count;
			*token = e->key;
		}
	}
	map_free(&votes);
	return failed || !key ? fail_memory(st->f) : 0;
}

static int
join(struct step *st)
{
	struct action_event e = {.name = "prejoin"};
	const char *token, *id;
	int r;

	if (own_token(st, &token))
		return -1;
	if (!token)
		return set_status(st, "maintenance", "Token not in mirror", NULL);
	if (st->s->failed >= FAILURES_MAX && st->event != CONSUMER_RECONCILE)
		return 0;
	r = on_list(st);
	if (r < 0)
		return -1;
	if (r > 0)
		return joined(st, false);
	if (event(st, &e) || set_status(st, "maintenance", "Joining cluster", NULL))
		return -1;
	r = command(st, CONSUMER_JOIN, token);
	if (r < 0)
		return -1;
	if (st->opts->dry_run)
		return END;
	if (r == 0)
		return joined(st, false);
	state_set_failed(st->s, st->s->failed + 1);
	id = pool_copy(&st->keys, token_id(token).s, 16);
	if (!id)
		return fail_memory(st->f);
	if (set_status(st, "blocked", "Joining cluster failed", st->why.text) ||
	    set_key(st, "rejected", id) || defer(st, STATE_CHANGED, "join failed"))
		return -1;
	return END;
}

static bool
mirrors_say_member(const struct step *st, const char *host)
{
	const char *value = map_value(&st->data, host);

	return value && strcmp(value, MIRROR_MEMBER) == 0;
}

/* Is the token the one that its host couldn't join with? */
static bool
is_rejected(const struct step *st, const char *host, const char *token)
{
	return token_has_id(token, map_value(&st->rejected, host));
}

/* Mirror part, 2. */
static int
show_tokens(struct step *st)
{
	struct state *s = st->s;
	struct map set = {0};
	struct map_entry *e;
	size_t i;

	for (i = 0; i < s->tokens.n; i++) {
		e = &s->tokens.entries[i];
		if (!e->value)
			continue;
		if (mirrors_say_member(st, e->key) || is_rejected(st, e->key, e->value)) {
			state_drop_token(s, e);
		} else if (change(st, &set, mirror_key(st, e->key), e->value)) {
			map_free(&set);
			return -1;
		}
	}
	return print_set(st, &set);
}

/* Mirror part, 5: of a unit that is communicator, or where nothing was asked, the first half alone.
 */
static int
drop_own(struct step *st, bool rejected_too)
{
	struct map set = {0};
	const struct map_entry *e;
	const char *host, *key, *value;
	size_t i, n = st->own.n;

	for (i = 0; i < n; i++) {
		e = &st->own.entries[i];
		key = e->key;
		value = e->value;
		host = mirror_host(key);
		if (!host || !value[0])
			continue;
		if ((mirrors_say_member(st, host) ||
			(rejected_too && is_rejected(st, host, value))) &&
		    change(st, &set, key, "")) {
			map_free(&set);
			return -1;
		}
	}
	return print_set(st, &set);
}

/* Does a mirrored value ask for anything that a communicator does? */
static bool
anything_asked(const struct step *st)
{
	const struct map_entry *e;

	for (e = st->data.entries; e < st->data.entries + st->data.n; e++)
		if (!mirror_is_mirrored(e->value) || is_rejected(st, e->key, e->value))
			return true;
	return false;
}

static bool
is_voter(const struct cluster_member *m)
{
	return strcmp(m->role, "voter") == 0;
}

/* May a member other than a voter make tokens, where no voter has a unit that speaks for it? */
static bool
is_other(const struct cluster_member *m)
{
	return !is_voter(m) && !cluster_is_pending(m) && m->role[0];
}

static bool
has_voice(const struct step *st, const struct cluster_member *m)
{
	return !st->by_unit || strcmp(m->name, st->opts->hostname) == 0 ||
	       mirrors_say_member(st, m->name);
}

/* The name of the candidate that sorts first, or NULL. */
static const char *
first_candidate(const struct step *st)
{
	const struct cluster_member *m;
	const char *voter = NULL, *other = NULL, **which;

	for (m = st->list.members; m < st->list.members + st->list.n; m++) {
		if (strcmp(m->status, "ONLINE") != 0 || !has_voice(st, m) ||
		    !(is_voter(m) || is_other(m)))
			continue;
		which = is_voter(m) ? &voter : &other;
		if (!*which || strcmp(m->name, *which) < 0)
			*which = m->name;
	}
	return voter || !st->by_unit ? voter : other;
}

/* Can the answer still change when members that are PENDING get their roles? */
static bool
is_open(const struct step *st)
{
	const struct cluster_member *own_row = cluster_find(&st->list, st->opts->hostname);
	const char *first = first_candidate(st);
	bool pending = false;
	size_t i;

	for (i = 0; i < st->list.n; i++)
		pending |= cluster_is_pending(&st->list.members[i]);
	return pending && (!first || (own_row && cluster_is_pending(own_row) &&
					 strcmp(own_row->name, first) < 0));
}

static int
wait_for_pending(struct step *st, enum state_event work)
{
	const struct consumer_ops *ops = st->ops;
	double end = ops->now(ops->ctx) + st->opts->pending_timeout;
	const char *status = st->status;
	struct buf message = {0};
	double left;
	bool told = false;
	int r = 0;

	buf_put(&message, st->message.s, st->message.n);
	while (is_open(st)) {
		if (st->opts->dry_run || ops->now(ops->ctx) >= end) {
			r = defer(st, work, "members are pending");
			break;
		}
		if (status && !told)
			r = set_status(st, "waiting", "Waiting on pending nodes", NULL);
		told = true;
		if (r)
			break;
		left = end - ops->now(ops->ctx);
		ops->wait(ops->ctx, left < st->opts->poll ? left : st->opts->poll);
		r = ask_again(st);
		st->list_works = r == 0;
		if (r < 0)
			break;
		r = 0;
		if (!st->list_works)
			break;
	}
	if (r == 0 && told && status)
		r = message.failed ? fail_memory(st->f) : set_status(st, status, message.s, NULL);
	buf_free(&message);
	return r;
}

/* Has the own databag a token that a host waits for? */
static bool
holds_what_is_asked(const struct step *st)
{
	const struct map_entry *e;
	const char *want, *host;

	for (e = st->own.entries; e < st->own.entries + st->own.n; e++) {
		host = mirror_host(e->key);
		want = host ? map_value(&st->data, host) : NULL;
		if (want && (strcmp(want, MIRROR_EMPTY) == 0 || is_rejected(st, host, want)) &&
		    mirror_is_mirrored(e->value) && !is_rejected(st, host, e->value))
			return true;
	}
	return false;
}

/* Mirror part, 4. */
static int
show_mirror(struct step *st, bool communicator)
{
	const char *hostname = st->opts->hostname, *value = map_value(&st->data, hostname);
	struct map set = {0};
	int r = 0;

	if (communicator) {
		r = change(st, &set, "mirror", "up");
		if (!r && !st->by_unit && cluster_find(&st->list, hostname) &&
		    (!value || !mirror_is_mirrored(value)))
			r = change(st, &set, mirror_key(st, hostname), MIRROR_MEMBER);
	} else if (own(st, "mirror")[0]) {
		r = change(st, &set, "mirror", holds_what_is_asked(st) ? "up" : "down");
	}
	if (r == 0)
		return print_set(st, &set);
	map_free(&set);
	return -1;
}

/* Keeps the token that the cluster made, and shows it. */
static int
take_token(struct step *st, const char *host, const char *token)
{
	struct action_event e = {.name = "token-generated", .host = host};
	const char *kept;

	if (state_set_token(st->s, host, token))
		return fail_memory(st->f);
	kept = map_value(&st->s->tokens, host); /* token itself goes with the command's output */
	/* saved before it is printed: the hook's relation-set may be thrown away, and the cluster
	 * makes no second one */
	if (save(st) || set_key(st, mirror_key(st, host), kept) || event(st, &e) ||
	    log_line(st, "INFO", "added token for %s", name_of(host).s))
		return -1;
	return 0;
}

/* Counts in *timeouts those that time out. */
static int
add(struct step *st, const char *host, size_t *timeouts)
{
	struct consumer_reason why = {0};
	const char *token;
	int r;

	if (st->opts->dry_run)
		return log_line(st, "INFO", "would run add %s", name_of(host).s);
	r = st->ops->add(st->ops->ctx, host, &token, &why, st->f);
	if (r == 0) {
		r = take_token(st, host, token);
	} else if (r > 0) {
		r = log_line(st, "WARNING", "cannot add %s: %s", name_of(host).s, why.text);
		*timeouts += why.timed_out;
	}
	return r;
}

/* Mirror part, 6. */
static int
make_tokens(struct step *st)
{
	const struct map_entry *e;
	const char *have, *key, *fault;
	size_t i, warned = 0, timeouts = 0;

	for (i = 0; i < st->data.n && timeouts < TIMEOUTS_MAX; i++) {
		e = &st->data.entries[i];
		if (mirror_is_mirrored(e->value) && !is_rejected(st, e->key, e->value))
			continue;
		if (cluster_find(&st->list, e->key)) {
			if (strcmp(e->key, st->opts->hostname) != 0 && warned++ < WARNINGS &&
			    log_line(st, "WARNING",
				"%s is a member already; remove it from the cluster first",
				name_of(e->key).s))
				return -1;
			continue;
		}
		fault = host_fault(e->key);
		if (fault) {
			if (warned++ < WARNINGS &&
			    log_line(st, "WARNING", "%s is not a name the cluster accepts: %s",
				name_of(e->key).s, fault))
				return -1;
			continue;
		}
		key = mirror_key(st, e->key);
		if (!key)
			return fail_memory(st->f);
		have = own(st, key);
		if ((!have[0] || is_rejected(st, e->key, have)) && add(st, e->key, &timeouts))
			return -1;
	}
	/* what has been made waits for the end of this hook */
	if (timeouts == TIMEOUTS_MAX)
		return log_line(
		    st, "WARNING", "add times out; other hosts are left to the next hook");
	return warned > WARNINGS
		   ? log_line(st, "WARNING", "%zu more hosts get no token", warned - WARNINGS)
		   : 0;
}

/* Removes what a unit that is in no cluster any more showed of it. */
static int
hide_cluster(struct step *st)
{
	struct map set = {0};
	const char *key;
	size_t i, n = st->own.n;
	int r = 0;

	for (i = 0; !r && i < n; i++) {
		key = st->own.entries[i].key;
		if (strcmp(key, "member") == 0 || strcmp(key, "mirror") == 0 || mirror_host(key))
			r = change(st, &set, key, "");
	}
	if (r) {
		map_free(&set);
		return -1;
	}
	return print_set(st, &set);
}

/* The daemon is in no cluster any more. */
static int
leave(struct step *st)
{
	state_leave(st->s);
	if (hide_cluster(st) || set_status(st, "maintenance", "Token not in mirror", NULL))
		return -1;
	return END;
}

static int
show_member(struct step *st)
{
	struct map set = {0};

	if (change(st, &set, "member", "true") || change(st, &set, "rejected", "") ||
	    change(st, &set, "bootstrap", "")) {
		map_free(&set);
		return -1;
	}
	return print_set(st, &set);
}

/* What a unit in the cluster does for the others. */
static int
mirror_part(struct step *st, enum state_event work)
{
	const char *first;
	bool communicator;

	if (show_member(st) || show_tokens(st))
		return -1;
	if (st->by_unit && st->event != CONSUMER_RECONCILE && !own(st, "mirror")[0] &&
	    !anything_asked(st))
		return drop_own(st, false);
	if (ask(st) < 0 || (st->list_works && wait_for_pending(st, work)))
		return -1;
	if (!st->list_works)
		return st->why.not_initialised
			   ? leave(st)
			   : log_line(st, "WARNING", "list failed: %s", st->why.text);
	first = first_candidate(st);
	communicator = first && strcmp(first, st->opts->hostname) == 0;
	if (show_mirror(st, communicator) || drop_own(st, !communicator))
		return -1;
	return communicator ? make_tokens(st) : 0;
}

/* Is this unit the one that may bootstrap, and should it still? */
static bool
may_bootstrap(const struct step *st)
{
	const char *unit = doc_get(st->r->app_data, "bootstrap-unit");
	bool named = strcmp(unit, st->v->unit) == 0;

	/* across models the distributor knows units by names of its own model's */
	if (doc_is_remote(unit))
		named = strcmp(doc_get(st->r->app_data, "bootstrap-host"), st->opts->hostname) == 0;
	return st->by_unit && named && !st->s->in_cluster && !st->s->left && mirror_any_up(st->r) &&
	       !mirror_any_data(st->r);
}

static int
bootstrap_and_mirror(struct step *st, enum state_event work)
{
	int r = bootstrap(st, work);

	return r ? r : mirror_part(st, work);
}

static int
publish_host(struct step *st)
{
	struct map set = {0};

	/* a machine may be called anything, but what isn't text can't go into a databag */
	if (!utf8_valid(st->opts->hostname, strlen(st->opts->hostname)))
		return 0;
	if (change(st, &set, "hostname", st->opts->hostname) ||
	    (st->s->in_cluster && change(st, &set, "member", "true"))) {
		map_free(&set);
		return -1;
	}
	return print_set(st, &set);
}

static int
work_joined(struct step *st)
{
	const char *app = doc_get(st->r->app_data, "bootstrap-app");
	size_t n = strcspn(st->v->unit, "/");
	bool own_app = strlen(app) == n && strncmp(app, st->v->unit, n) == 0;

	if (publish_host(st))
		return -1;
	if (st->s->in_cluster)
		return 0;
	if (st->by_unit)
		return may_bootstrap(st) ? bootstrap_and_mirror(st, STATE_JOINED) : 0;
	if (!mirror_any_up(st->r))
		return defer(st, STATE_JOINED, "no mirror is up");
	if (!app[0] && !st->opts->any_app)
		return defer(st, STATE_JOINED, "no bootstrap-app is set");
	if (!st->v->leader || mirror_any_data(st->r) || (app[0] && !own_app))
		return 0;
	return bootstrap_and_mirror(st, STATE_JOINED);
}

static int
work_changed(struct step *st)
{
	int r;

	if (!st->s->in_cluster) {
		r = may_bootstrap(st) ? bootstrap(st, STATE_CHANGED) : join(st);
		if (r || !st->s->in_cluster)
			return r;
	}
	return mirror_part(st, STATE_CHANGED);
}

static int
work(struct step *st, enum state_event event_of)
{
	state_undefer(st->s, event_of);
	return event_of == STATE_JOINED ? work_joined(st) : work_changed(st);
}

/* The events put off earlier, each once, and then this one's work. */
static int
work_all(struct step *st)
{
	enum state_event this = st->event == CONSUMER_JOINED ? STATE_JOINED : STATE_CHANGED,
			 deferred[STATE_EVENTS];
	size_t i, n = st->s->ndeferred;
	int r;

	memcpy(deferred, st->s->deferred, sizeof deferred);
	for (i = 0; i < n; i++) {
		if (deferred[i] == this)
			continue;
		r = work(st, deferred[i]);
		if (r)
			return r;
	}
	return work(st, this);
}

/*
 * Might this unit be in the cluster, and not know it? Its state file may be lost, or an earlier run
 * cut off.
 */
static bool
is_unsure(const struct step *st)
{
	const struct state *s = st->s;

	return !s->in_cluster &&
	       (!s->there || own(st, "member")[0] || mirrors_say_member(st, st->opts->hostname) ||
		   (st->event == CONSUMER_RECONCILE && mirror_any_data(st->r)));
}

static int
check_membership(struct step *st)
{
	int r;

	if (!is_unsure(st))
		return 0;
	r = on_list(st);
	if (r > 0)
		return joined(st, false);
	if (r < 0 || set_key(st, "member", ""))
		return -1;
	/* a new unit that bootstraps now and is cut off isn't to be taken for one that joined */
	return st->s->there ? 0 : save(st);
}

/* Asks for the permission to bootstrap, for as long as it may be given to this unit. */
static int
ask_permission(struct step *st)
{
	const struct state *s = st->s;
	bool ready = st->by_unit && st->v->leader && !s->in_cluster && !s->left &&
		     !mirror_any_data(st->r) && (s->seen < 0 || s->seen == st->r->id);

	return set_key(st, "bootstrap", ready ? "ready" : "");
}

/* The own databag and what the mirrors hold, as maps. */
static int
read_relation(struct step *st)
{
	const struct doc_relation *r = st->r;
	const cJSON *e;
	const char *host;
	size_t i;

	st->by_unit = doc_get(r->app_data, "mirror-unit")[0] != '\0';
	for (e = doc_first(r->local_data); e; e = doc_next(e))
		if (map_set(&st->own, e->string, e->valuestring))
			return fail_memory(st->f);
	for (i = 0; i < r->nunits; i++) {
		if (!mirror_counts(r, &r->units[i]))
			continue;
		for (e = doc_first(r->units[i].data); e; e = doc_next(e)) {
			host = mirror_rejected_host(e->string);
			if (host && !map_value(&st->rejected, host) &&
			    map_set(&st->rejected, host, e->valuestring))
				return fail_memory(st->f);
		}
	}
	return mirror_data(r, false, &st->data, st->f);
}

static int
refuse_name(struct step *st)
{
	char message[128];

	snprintf(message, sizeof message, "%s is not a name the cluster accepts",
	    name_of(st->opts->hostname).s);
	return set_status(st, "blocked", message, NULL);
}

static int
step_in_relation(struct step *st)
{
	int r;

	if (read_relation(st))
		return -1;
	if (st->event != CONSUMER_REMOVE &&
	    ((st->by_unit && !own(st, "hostname")[0]) ||
		(st->event == CONSUMER_RECONCILE && !own(st, "hostname")[0])))
		if (publish_host(st))
			return -1;
	if (host_fault(st->opts->hostname))
		return st->event == CONSUMER_JOINED && publish_host(st) ? -1 : refuse_name(st);
	if (st->event == CONSUMER_REMOVE || st->event == CONSUMER_INSTALL)
		return 0;
	if (st->s->in_cluster || mirror_any_data(st->r))
		state_set_seen(st->s, st->r->id);
	r = check_membership(st);
	/* the hook in which it left may have been cut off once the state was saved */
	if (r == 0 && st->s->left && !st->s->in_cluster)
		r = hide_cluster(st);
	if (r == 0)
		r = work_all(st);
	if (r < 0)
		return -1;
	return ask_permission(st);
}

static int
remove_host(struct step *st)
{
	int member = st->s->in_cluster;

	if (host_fault(st->opts->hostname))
		return 0;
	if (is_unsure(st))
		member = on_list(st);
	if (member > 0)
		return command(st, CONSUMER_REMOVE_HOST, st->opts->hostname) < 0 ? -1 : 0;
	return member;
}

static int
step(struct step *st)
{
	if (st->r && step_in_relation(st))
		return -1;
	if (!st->r && st->event == CONSUMER_INSTALL &&
	    set_status(st, "maintenance", "Waiting for token distributor relation", NULL))
		return -1;
	if (st->event == CONSUMER_REMOVE && remove_host(st))
		return -1;
	return st->s->changed ? save(st) : 0;
}

int
consumer_step(const struct doc_view *v, const struct doc_relation *r, enum consumer_event event,
    const struct consumer_options *opts, struct state *s, const struct consumer_ops *ops,
    struct fail *f)
{
	struct step st = {.v = v, .r = r, .event = event, .opts = opts, .ops = ops, .s = s, .f = f};
	int failed;

	if (r && doc_check_own(v, f))
		return -1;
	failed = step(&st);
	map_free(&st.own);
	map_free(&st.data);
	map_free(&st.rejected);
	cluster_free(&st.list);
	buf_free(&st.message);
	pool_free(&st.keys);
	return failed ? -1 : 0;
}
