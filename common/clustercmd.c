#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "array.h"
#include "clock.h"
#include "clustercmd.h"
#include "keeper.h"
#include "mirror.h"
#include "relay.h"
#include "run.h"
#include "token.h"
#include "utf8.h"

enum {
	HELD_MAX = 1 << 20,    /* bytes of what add says before its token is known */
	KEEPER_MAX = 3 * 3600, /* seconds; the cluster keeps a token for so long */
};

/* An argument vector that is being put together. If there is no memory, failed is set. */
struct vector {
	const char **s;
	size_t n;
	size_t cap;
	bool failed;
};

static void
vector_add(struct vector *v, const char *arg)
{
	const char **more = array_room(v->s, v->n + 1, &v->cap, sizeof *more);

	if (!more) {
		v->failed = true;
		return;
	}
	v->s = more;
	v->s[v->n++] = arg;
	v->s[v->n] = NULL;
}

/* The cluster's command with that verb. */
static struct vector
vector_of(const struct clustercmd *c, const char *verb)
{
	struct vector v = {0};
	size_t i;

	for (i = 0; i < c->argc; i++)
		vector_add(&v, c->argv[i]);
	vector_add(&v, verb);
	return v;
}

/* execve takes its vector as changeable strings, and changes none. */
static char *const *
vector_argv(const struct vector *v)
{
	char *const *argv;

	memcpy(&argv, &v->s, sizeof argv);
	return argv;
}

/* Standard error of a command: passed on, and looked through for a daemon in no cluster. */
struct listener {
	struct relay relay; /* first: lines of standard output go to it alone */
	bool holds;	    /* lines wait in held: the token to be cut out isn't known yet */
	struct buf held;
	bool not_initialized;
};

static void
hear_line(void *ctx, const char *s, size_t n)
{
	struct listener *l = ctx;

	if (strstr(s, "not yet initialized"))
		l->not_initialized = true;
	if (!l->holds) {
		relay_error(&l->relay, s, n);
		return;
	}
	/* if it prints too much, the last part is kept */
	if (l->held.n > HELD_MAX)
		buf_clear(&l->held);
	/* whole lines or none: release_held looks for their ends */
	if (buf_reserve(&l->held, n + 1))
		return;
	buf_put(&l->held, s, n);
	buf_putc(&l->held, '\n');
}

static void
release_held(struct listener *l)
{
	char *s = l->held.s, *end = l->held.n ? s + l->held.n : s, *eol;

	for (; s < end; s = eol + 1) {
		eol = memchr(s, '\n', (size_t)(end - s));
		*eol = '\0';
		relay_error(&l->relay, s, (size_t)(eol - s));
	}
	buf_free(&l->held);
}

/* How many bytes of the text fit into most without cutting a character; for printf. */
static int
fit(const char *text, size_t most)
{
	size_t n = strlen(text);

	return (int)(n > most ? utf8_fit(text, most) : n);
}

/* Why it can't be run: the text of f. */
static void
tell_failure(struct consumer_reason *why, const struct fail *f)
{
	snprintf(why->text, sizeof why->text, "%.*s", fit(f->text, sizeof why->text - 1), f->text);
}

static bool
ended_by_itself(const struct run *r)
{
	return !r->timed_out && r->exit < 128;
}

/* Why the run failed: its own last line if it ended by itself and said anything. */
static void
tell(const struct clustercmd *c, struct consumer_reason *why, const struct run *r,
    const struct listener *l)
{
	memset(why, 0, sizeof *why);
	why->started = r->started;
	why->timed_out = r->timed_out;
	why->cut_off = r->started && !ended_by_itself(r);
	/* a command that we ended may have said so before it could answer */
	why->not_initialized = l->not_initialized && ended_by_itself(r);
	if (!r->started)
		snprintf(why->text, sizeof why->text, "cannot run %s: %s", name_of(c->argv[0]).s,
		    r->reason);
	else if (!l->relay.last[0])
		snprintf(why->text, sizeof why->text, "%s", r->reason);
	else if (ended_by_itself(r))
		snprintf(why->text, sizeof why->text, "%s", l->relay.last);
	else
		snprintf(why->text, sizeof why->text, "%s: %s", r->reason, l->relay.last);
}

/* Runs one command of the cluster's, and frees v. Returns 0 or -1. r's out is the caller's to free.
 */
static int
run_command(
    struct clustercmd *c, struct vector *v, struct run *r, struct listener *l, struct fail *f)
{
	int result;

	l->relay.known = &c->tokens;
	r->argv = vector_argv(v);
	r->timeout = c->timeout;
	r->line = hear_line;
	r->ctx = l;
	result = v->failed ? fail_memory(f) : run(r, f);
	free(v->s);
	r->argv = NULL;
	r->ctx = NULL;
	return result;
}

/* As run_command, but returns 1 with why if the command failed. */
static int
run_and_tell(struct clustercmd *c, struct vector *v, struct run *r, struct consumer_reason *why,
    struct fail *f)
{
	struct listener l = {0};

	if (run_command(c, v, r, &l, f)) {
		why->started = r->started;
		return -1;
	}
	if (!r->ok)
		tell(c, why, r, &l);
	return !r->ok;
}

static int
list(void *ctx, struct cluster *cluster, struct consumer_reason *why, struct fail *f)
{
	struct run r = {.out_fd = -1};
	struct clustercmd *c = ctx;
	struct vector v = vector_of(c, "list");
	struct fail bad;
	int result;

	vector_add(&v, "-f");
	vector_add(&v, "json");
	result = run_and_tell(c, &v, &r, why, f);
	if (result == 0 && cluster_read(cluster, r.out.s, r.out.n, "<list>", &bad)) {
		memset(why, 0, sizeof *why);
		tell_failure(why, &bad);
		result = 1;
		if (bad.status == STATUS_SYSTEM) {
			*f = bad;
			result = -1;
		}
	}
	buf_free(&r.out);
	return result;
}

/*
 * Runs an executable in the folder of observers; what it prints goes into out, or, where that is
 * NULL, to standard error. 0: it ran well; 1: it isn't there; -1.
 */
static int
run_observer(
    struct clustercmd *c, const char *name, const char *in, struct buf *out, struct fail *f)
{
	struct relay relay = {.known = &c->tokens};
	struct run r = {.out_fd = -1, .timeout = c->timeout, .line = relay_error, .ctx = &relay};
	char *path, *argv[2] = {NULL, NULL};
	const char *slash;
	struct stat sb;
	int failed;

	if (!c->observers)
		return 1;
	slash = arena_join(&c->arena, "/", name);
	path = slash ? arena_join(&c->arena, c->observers, slash) : NULL;
	if (!path)
		return fail_memory(f);
	if (stat(path, &sb) && errno == ENOENT)
		return 1;
	argv[0] = path;
	r.argv = argv;
	r.in = in;
	r.in_len = in ? strlen(in) : 0;
	r.out_line = out ? NULL : relay_out;
	failed = run(&r, f);
	if (out)
		*out = r.out;
	else
		buf_free(&r.out);
	if (failed)
		return -1;
	if (r.ok)
		return 0;
	return fail_set(f, STATUS_SYSTEM, "cannot run %s: %s%s%.*s", path, r.reason,
	    relay.last[0] ? ": " : "", fit(relay.last, 400), relay.last);
}

/* Adds each line of out as an argument. */
static int
add_lines(
    struct clustercmd *c, struct vector *v, const char *name, const struct buf *out, struct fail *f)
{
	char *line, *end;
	size_t i;

	for (i = 0; i < out->n; i++)
		if (!out->s[i] || (out->s[i] != '\n' && utf8_control(out->s + i)))
			return fail_set(f, STATUS_SYSTEM,
			    "cannot use what %s printed: a control character is in it", name);
	line = arena_copy(&c->arena, out->s, out->n);
	if (!line)
		return fail_memory(f);
	for (; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		vector_add(v, line);
	}
	return 0;
}

/* What the caller's options give, then what the executable NAME prints. */
static int
add_args(struct clustercmd *c, struct vector *v, const struct clustercmd_args *args,
    const char *name, struct fail *f)
{
	struct buf out = {0};
	size_t i;
	int result;

	for (i = 0; i < args->n; i++)
		vector_add(v, args->s[i]);
	result = run_observer(c, name, NULL, &out, f);
	if (result == 0)
		result = add_lines(c, v, name, &out, f);
	buf_free(&out);
	return result < 0 ? -1 : 0;
}

static int
command(void *ctx, enum consumer_command which, const char *arg, struct consumer_reason *why,
    struct fail *f)
{
	static const char *const verbs[] = {"bootstrap", "join", "remove", "remove"};
	struct run r = {.out_fd = -1, .out_line = relay_out};
	struct clustercmd *c = ctx;
	struct vector v = vector_of(c, verbs[which]);
	int failed = 0;

	if (arg)
		vector_add(&v, arg);
	if (which == CONSUMER_REMOVE_DEAD)
		vector_add(&v, "--force");
	else if (which == CONSUMER_BOOTSTRAP)
		failed = add_args(c, &v, &c->bootstrap_args, "bootstrap-args", f);
	else if (which == CONSUMER_JOIN)
		failed = add_args(c, &v, &c->join_args, "join-args", f);
	if (!failed)
		return run_and_tell(c, &v, &r, why, f);
	free(v.s);
	return -1;
}

/*
 * A file for the token, or a keeper, that can't be had is a reason not to run add, and no more.
 * With what an earlier add printed there is no keeper.
 */
static int
begin_add(struct clustercmd *c, const char *host, struct store_add *added, struct keeper *k,
    struct consumer_reason *why)
{
	struct fail f;
	int r = store_add_begin(c->store, host, added, &f);

	memset(why, 0, sizeof *why);
	if (r == 0 && added->what == STORE_ADD_AWAITED) {
		why->awaited = true;
		strcpy(why->text, "an earlier add for it still runs");
		return 1;
	}
	if (r == 0 && added->what == STORE_ADD_NEW) {
		r = keeper_start(k, added->fd, added->at, KEEPER_MAX, &f);
		if (r) {
			close(added->fd);
			store_add_drop(c->store, host, false);
		}
	}
	if (r == 0)
		return 0;
	tell_failure(why, &f);
	return 1;
}

/* Sets *token to the token in what add printed, which is cut out from now on; NULL: there is none.
 * Returns 0 or -1. */
static int
learn_token(struct clustercmd *c, struct buf *out, const char **token, struct fail *f)
{
	*token = token_strip(out->s, out->n);
	if (!*token)
		return 0;
	*token = arena_copy(&c->arena, *token, strlen(*token));
	return *token && redact_add(&c->tokens, *token) == 0 ? 0 : fail_memory(f);
}

/* Runs add with its output going to the keeper, and lets that come to its end. */
static int
run_add(struct clustercmd *c, const char *host, struct run *r, struct keeper *k, struct listener *l,
    enum keeper_end *end, struct fail *f)
{
	struct vector v = vector_of(c, "add");
	int result;

	vector_add(&v, host);
	r->out_fd = k->out;
	r->err = k->err;
	result = run_command(c, &v, r, l, f);
	*end = keeper_end(k, !r->ok, c->timeout);
	return result;
}

/* Why there is no token, though add was run. */
static void
tell_add(const struct clustercmd *c, struct consumer_reason *why, const struct run *r,
    const struct listener *l, enum keeper_end end)
{
	tell(c, why, r, l);
	if (end == KEEPER_FAILED)
		strcpy(why->text, "what it printed can't be written beside the state file for now");
	else if (r->ok)
		strcpy(why->text, end == KEEPER_ENDED ? "what it printed is no token"
						      : "what it prints hasn't ended yet");
}

static int
add(void *ctx, const char *host, const char **token, struct consumer_reason *why, struct fail *f)
{
	enum keeper_end end = KEEPER_ENDED;
	struct buf out = {0};
	struct listener l = {.holds = true};
	struct run r = {.started = true, .ok = true};
	struct clustercmd *c = ctx;
	struct store_add added;
	struct fail ignored;
	struct keeper k;
	bool is_token;
	int result = 0;

	if (begin_add(c, host, &added, &k, why))
		return 1;
	if (added.what == STORE_ADD_NEW)
		result = run_add(c, host, &r, &k, &l, &end, f);
	*token = NULL;
	if (store_add_end(c->store, host, &added, &out, result ? &ignored : f))
		result = -1;
	else if (result == 0)
		result = learn_token(c, &out, token, f);
	release_held(&l);
	/* one that reports failure and yet prints a token has made it */
	is_token = *token && (r.ok || token_is_long(*token)) &&
		   (end == KEEPER_ENDED || end == KEEPER_BLANK);
	if (result == 0 && !is_token) {
		store_add_drop(c->store, host, end != KEEPER_ENDED);
		tell_add(c, why, &r, &l, end);
		result = 1;
	}
	buf_free(&out);
	return result;
}

static int
save(void *ctx, const struct state *s, struct fail *f)
{
	struct clustercmd *c = ctx;

	return store_save(c->store, s, f);
}

static int
observe(void *ctx, const struct action_event *e, struct fail *f)
{
	struct clustercmd *c = ctx;
	struct buf in = {0};
	int result;

	action_put_event(&in, e);
	buf_putc(&in, '\n');
	result = in.failed ? fail_memory(f) : run_observer(c, e->name, in.s, NULL, f);
	buf_free(&in);
	return result < 0 ? -1 : 0;
}

static double
now(void *ctx)
{
	(void)ctx;
	return clock_now();
}

static double
date(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec;
}

static void
wait_for(void *ctx, double seconds)
{
	(void)ctx;
	clock_wait(seconds);
}

struct consumer_ops
clustercmd_ops(struct clustercmd *c)
{
	struct consumer_ops ops = {
	    c, action_stdout, list, command, add, save, observe, now, date, wait_for};

	return ops;
}

int
clustercmd_start(struct clustercmd *c, const struct doc *d, const struct state *s, struct fail *f)
{
	struct stat sb;
	size_t i;

	if (c->observers && (stat(c->observers, &sb) || !S_ISDIR(sb.st_mode)))
		return fail_set(
		    f, STATUS_SYSTEM, "cannot use observers %s: it is no folder", c->observers);
	if (mirror_tokens(d, &c->tokens))
		return fail_memory(f);
	for (i = 0; i < s->tokens.n; i++)
		if (redact_add(&c->tokens, s->tokens.entries[i].value))
			return fail_memory(f);
	return 0;
}

void
clustercmd_free(struct clustercmd *c)
{
	redact_free(&c->tokens);
	arena_free(&c->arena);
}
