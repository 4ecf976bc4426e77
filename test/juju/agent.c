#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/fault.h"
#include "../lib/options.h"
#include "agent.h"
#include "text.h"
#include "folder.h"
#include "io.h"
#include "run.h"

enum { BAG_MAX = 16 << 20 };

extern char **environ;

static bool
closing(const struct side *s)
{
	return s->relation->dying || s->relation->gone || s->unit->dying;
}

/* That unit's part in the relation; NULL: it is gone. */
static const struct side *
side_of(const struct model *m, const struct relation *r, const char *unit)
{
	const struct unit *u = model_unit(m, unit);

	return u == NULL ? NULL : model_side(u, r);
}

/*
 * The members as the unit knows them, and the units of the other side that it doesn't know yet. to
 * has room for all of them.
 */
static struct resolve_member *
put_members(const struct model *m, const struct side *s, struct resolve_relation *r,
    struct resolve_member *to)
{
	const struct app *remote = s->relation->end[1 - s->end].app;
	const struct member *known;
	const struct unit *unit;
	const struct side *v;
	size_t i;

	r->member = to;
	for (i = 0; i < s->members; i++, to++) {
		known = &s->member[i];
		v = side_of(m, s->relation, known->unit);
		*to = (struct resolve_member){.name = known->unit,
		    .joined = true,
		    .present = v != NULL && !v->unit->dying,
		    .changed = v != NULL && !v->unit->dying && v->version != known->seen};
		if (s->pending != NULL && strcmp(s->pending, to->name) == 0)
			r->pending = to;
	}
	for (i = 0; i < remote->units; i++) {
		unit = remote->unit[i];
		if (unit != s->unit && !unit->dying && model_side(unit, s->relation) != NULL &&
		    model_member(s, unit->name) == NULL)
			*to++ = (struct resolve_member){.name = unit->name, .present = true};
	}
	r->members = (size_t)(to - r->member);
	return to;
}

/* The version of a unit's databag; of one that is gone, as it was last seen. */
static unsigned long
bag_version(const struct model *m, const struct side *s, const char *unit)
{
	const struct side *v = side_of(m, s->relation, unit);
	const struct member *known = model_member(s, unit);

	return v != NULL ? v->version : known != NULL ? known->seen : 0;
}

/* s: of a relation's hook; NULL. */
static struct hook
hook_of(const struct model *m, const struct unit *u, const struct side *s,
    const struct resolve_hook *due)
{
	struct hook h = {.kind = due->kind, .relation = -1};

	if (due->kind == HOOK_AGAIN)
		return u->failed;
	snprintf(h.name, sizeof h.name, "%s%s%s",
	    s == NULL ? "" : s->relation->end[s->end].endpoint, s == NULL ? "" : "-",
	    due->kind == HOOK_FIRED ? u->fired[0] : resolve_name(due->kind));
	if (s != NULL)
		h.relation = (int)s->relation->id;
	if (due->kind == HOOK_APP_CHANGED)
		h.version = s->relation->version[1 - s->end];
	if (due->member != NULL) {
		snprintf(h.remote, sizeof h.remote, "%s", due->member->name);
		h.version = bag_version(m, s, due->member->name);
	}
	return h;
}

struct hook *
agent_due(const struct model *m, const struct unit *u, size_t *n)
{
	struct resolve_agent a = {.failed = u->failed.kind != HOOK_NONE,
	    .installed = u->installed,
	    .dying = u->dying,
	    .stopped = u->stopped,
	    .elected = u->elected && model_leads(u),
	    .config = u->config,
	    .start = u->start,
	    .fired = u->fires > 0,
	    .status = u->status,
	    .relations = u->sides};
	struct resolve_relation *relation;
	struct resolve_member *member, *end;
	struct resolve_hook *due;
	struct hook *hook;
	const struct side *s;
	size_t i, all;

	for (i = all = 0; i < u->sides; i++) {
		s = u->side[i];
		all += s->members + s->relation->end[1 - s->end].app->units;
	}
	relation = memory_zeros(u->sides * sizeof *relation);
	member = end = memory_zeros(all * sizeof *member);
	due = memory_zeros((u->sides + 1) * sizeof *due);
	for (i = 0; i < u->sides; i++) {
		s = u->side[i];
		relation[i] = (struct resolve_relation){.entered = true,
		    .created = s->created,
		    .closing = closing(s),
		    .app_changed = s->relation->version[1 - s->end] != s->app_seen};
		end = put_members(m, s, &relation[i], end);
	}
	a.relation = relation;
	*n = resolve_due(&a, due, u->sides + 1);
	hook = *n == 0 ? NULL : memory_zeros(*n * sizeof *hook);
	for (i = 0; i < *n; i++) {
		s = due[i].relation == NULL ? NULL : u->side[due[i].relation - relation];
		hook[i] = hook_of(m, u, s, &due[i]);
	}
	free(due);
	free(member);
	free(relation);
	return hook;
}

static void
hook_env(const struct model *m, const struct unit *u, const struct hook *h, const char *bin,
    const char *context)
{
	const struct relation *r =
	    h->relation < 0 ? NULL : model_relation(m, (unsigned)h->relation);
	const struct side *s = r == NULL ? NULL : model_side(u, r);
	const char *dir = memory_text("%s/units/%s", m->path, u->file);
	const char *charm = memory_text("%s/charm", dir), *path = getenv("PATH");
	/* Restricted hooks aren't told the version. */
	bool restricted = options_is_word(h->name, "meter-status-changed collect-metrics");
	/* NULL: it isn't set. */
	const char *const vars[][2] = {
	    {"PATH", memory_text("%s:%s", bin, path == NULL ? "/usr/bin:/bin" : path)},
	    {"CHARM_DIR", charm}, {"JUJU_CHARM_DIR", charm}, {"JUJU_CONTEXT_ID", context},
	    {"JUJU_HOOK_NAME", h->name}, {"JUJU_UNIT_NAME", u->name},
	    {"JUJU_DISPATCH_PATH", h->kind == HOOK_NONE ? NULL : memory_text("hooks/%s", h->name)},
	    {"JUJU_AGENT_SOCKET_ADDRESS", memory_text("@%s/agent.socket", dir)},
	    {"JUJU_AGENT_SOCKET_NETWORK", "unix"}, {"JUJU_MODEL_NAME", strrchr(m->path, '/') + 1},
	    {"JUJU_MODEL_UUID", "5ca1ab1e-0000-4000-8000-000000000000"},
	    {"JUJU_MACHINE_ID", memory_text("%u", u->machine_id)},
	    {"JUJU_PRINCIPAL_UNIT", u->principal == NULL ? "" : u->principal},
	    {"JUJU_API_ADDRESSES", "10.0.0.254:17070"}, {"JUJU_AVAILABILITY_ZONE", "default"},
	    {"JUJU_VERSION",
		restricted ? NULL
			   : memory_text("%d.%d.%d", m->juju.major, m->juju.minor, m->juju.patch)},
	    {"CLOUD_API_VERSION", ""}, {"JUJU_CHARM_HTTP_PROXY", ""},
	    {"JUJU_CHARM_HTTPS_PROXY", ""}, {"JUJU_CHARM_FTP_PROXY", ""},
	    {"JUJU_CHARM_NO_PROXY", ""}, {"MACHINE_NAME", u->machine}, {"MODEL_DIR", m->path},
	    {"JUJU_RELATION", s == NULL ? NULL : r->end[s->end].endpoint},
	    {"JUJU_RELATION_ID", s == NULL ? NULL : memory_text("%s", model_relation_name(s))},
	    {"JUJU_REMOTE_UNIT", s == NULL ? NULL : h->remote},
	    {"JUJU_REMOTE_APP", s == NULL ? NULL : r->end[1 - s->end].name},
	    {"JUJU_DEPARTING_UNIT", s == NULL || h->kind != HOOK_DEPARTED ? NULL
				    : u->dying				  ? u->name
									  : h->remote}};
	size_t i;

	for (i = 0; environ[i] != NULL;) {
		if (strncmp(environ[i], "JUJU_", 5) == 0)
			unsetenv(memory_brief("%.*s", (int)strcspn(environ[i], "="), environ[i]));
		else
			i++;
	}
	for (i = 0; i < sizeof vars / sizeof *vars; i++)
		if (vars[i][1] != NULL)
			setenv(vars[i][0], vars[i][1], 1);
}

/*
 * Runs argv as the unit's agent does: in a context, with the hook's environment, in the charm's
 * folder, in a process group of its own. This process becomes the agent.
 */
static void
play(const struct model *m, const struct unit *u, const struct hook *h, const char *bin,
    const char *context, struct run *r)
{
	/* The group's number is known to the program alone. */
	static char shell[] = "/bin/sh", c[] = "-c",
		    enter[] = "export HOOK_PGID=$$; exec \"$0\" \"$@\"";
	char **argv;
	struct fail f;
	size_t n;

	signal(SIGPIPE, SIG_IGN);
	hook_env(m, u, h, bin, context);
	if (chdir(memory_brief("%s/units/%s/charm", m->path, u->file)) < 0)
		model_die("cannot enter %s's charm: %s", u->name, strerror(errno));
	for (n = 0; r->argv[n] != NULL; n++)
		continue;
	argv = memory_zeros((n + 4) * sizeof *argv);
	argv[0] = shell;
	argv[1] = c;
	argv[2] = enter;
	memcpy(argv + 3, r->argv, n * sizeof *argv);
	r->argv = argv;
	if (run(r, &f) < 0)
		model_die("%s: %s", u->name, f.text);
}

static char *
new_context(struct model *m, const struct unit *u, const char *name)
{
	char *context =
	    memory_text("%s-%s-%lx%lx", u->file, name, (unsigned long)getpid(), m->next_context++);

	if (mkdirat(m->dir, memory_brief("hooks/%s", context), 0777) < 0)
		model_die("cannot make a context for %s: %s", u->name, strerror(errno));
	return context;
}

static void
log_line(void *ctx, const char *line, size_t n)
{
	const struct running *r = ctx;

	(void)n;
	folder_log(
	    r->dir, r->unit, "WARNING", memory_brief("unit.%s.%s", r->unit, r->hook.name), line);
}

/* The agent's process: passes on to the log what the hook prints. */
static _Noreturn void
serve(const struct model *m, const struct unit *u, const char *bin, struct running *running)
{
	static char dispatch[] = "./dispatch";
	char *file = memory_text("hooks/%s", running->hook.name);
	const char *charm = memory_text("units/%s/charm", u->file);
	char *argv[2] = {dispatch, NULL};
	struct run r = {.argv = argv, .line = log_line, .ctx = running};
	int fds[2];
	struct fail f;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (faccessat(m->dir, memory_brief("%s/dispatch", charm), X_OK, 0) < 0)
		argv[0] = file;
	if (faccessat(m->dir, memory_brief("%s/%s", charm, argv[0]), X_OK, 0) < 0)
		_exit(0);
	if (io_pipe(fds, 0, &f) < 0)
		model_die("%s: %s", u->name, f.text);
	r.err = fds;
	r.out_fd = fds[1];
	play(m, u, &running->hook, bin, running->context, &r);
	_exit(r.exit);
}

void
agent_start(
    struct model *m, struct unit *u, const struct hook *h, const char *bin, struct running *r)
{
	*r = (struct running){.unit = memory_text("%s", u->name),
	    .hook = *h,
	    .dir = m->dir,
	    .machine = u->machine_id,
	    .context = new_context(m, u, h->name)};
	/* The agent forgets what it knows of the unit that the hook is for. */
	if (h->remote[0] != '\0')
		unlinkat(m->dir,
		    memory_brief(
			"units/%s/cache/%d/%s", u->file, h->relation, folder_unit(h->remote)),
		    0);
	r->pid = fork();
	if (r->pid < 0)
		model_die("cannot start a hook of %s: %s", u->name, strerror(errno));
	if (r->pid == 0)
		serve(m, u, bin, r);
}

static bool
has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Whether the controller takes what is in the context; else logs why. */
static bool
commit_allowed(struct model *m, const struct unit *u, const char *context, char **name, size_t n)
{
	const char *const fail_it[] = {"commit", u->name, NULL};
	const char *why = NULL;
	struct fault fault;
	struct stat st;
	size_t i;

	if (fault_take(m->dir, fail_it, true, &fault))
		why = *fault.text == '\0' ? "permission denied" : fault.text;
	for (i = 0; i < n && why == NULL; i++) {
		if (has_prefix(name[i], "app-") && !model_leads(u))
			why = "permission denied";
		else if (has_prefix(name[i], "app-") || has_prefix(name[i], "unit-")) {
			if (fstatat(m->dir, memory_brief("hooks/%s/%s", context, name[i]), &st,
				0) == 0 &&
			    st.st_size > BAG_MAX)
				why = memory_brief(
				    "max relation settings size (%d) exceeded", BAG_MAX);
		}
	}
	if (why == NULL)
		return true;
	folder_log(m->dir, u->name, "ERROR", "juju.worker.uniter.context",
	    memory_brief(
		"cannot apply changes: updating unit and application settings for \"%s\": %s",
		u->name, why));
	return false;
}

static void
commit_relation(struct model *m, struct unit *u, const char *from, const char *name)
{
	bool app = has_prefix(name, "app-");
	struct relation *r = model_relation(m, (unsigned)atoi(strchr(name, '-') + 1));
	struct side *s = r == NULL || r->gone ? NULL : model_side(u, r);
	struct buf new = {0};
	const char *to;
	char *old;

	if (s == NULL)
		return;
	to = app ? model_app_bag(r, s->end) : model_unit_bag(r, u);
	old = file_read(m->dir, to, NULL);
	new.s = file_read(m->dir, from, &new.n);
	if (old != NULL && new.s != NULL && strcmp(old, new.s) != 0) {
		++*(app ? &r->version[s->end] : &s->version);
		/* Of its own change a unit isn't told. */
		if (app && r->peer)
			r->version[1 - s->end] = s->app_seen = r->version[s->end];
		/* Should this process end here, the others are told for nothing, but are told. */
		model_save(m);
		model_write(m, to, &new);
	}
	free(old);
	buf_free(&new);
}

/* Commits what the context has, if status is 0, and removes the context. The status, or 1. */
static int
commit(struct model *m, struct unit *u, const char *context, int status)
{
	const char *dir = memory_text("hooks/%s", context), *from;
	char **name;
	size_t n, i;

	name = file_list(m->dir, dir, &n);
	if (status == 0 && u != NULL && !commit_allowed(m, u, context, name, n))
		status = 1;
	for (i = 0; i < n && status == 0 && u != NULL; i++) {
		from = memory_brief("%s/%s", dir, name[i]);
		if (has_prefix(name[i], "app-") || has_prefix(name[i], "unit-"))
			commit_relation(m, u, from, name[i]);
		else if (strcmp(name[i], "state") == 0)
			renameat(m->dir, from, m->dir, memory_brief("units/%s/state-set", u->file));
	}
	file_list_free(name, n);
	file_remove(m->dir, dir);
	return status;
}

void
agent_forget(struct model *m, struct unit *u)
{
	size_t i;

	for (i = 0; i < u->sides;) {
		if (closing(u->side[i]) && !u->side[i]->created) {
			if (u->failed.relation == (int)u->side[i]->relation->id)
				u->failed.kind = HOOK_NONE;
			model_leave(m, u->side[i]);
		} else {
			i++;
		}
	}
}

static void
advance_relation(struct model *m, struct side *s, const struct hook *h)
{
	struct member *member;

	switch (h->kind) {
	case HOOK_CREATED:
		s->created = true;
		break;
	case HOOK_JOINED:
		model_member_add(s, h->remote, h->version);
		s->pending = memory_text("%s", h->remote);
		break;
	case HOOK_CHANGED:
		member = model_member(s, h->remote);
		if (member != NULL)
			member->seen = h->version;
		break;
	case HOOK_APP_CHANGED:
		s->app_seen = h->version;
		break;
	case HOOK_DEPARTED:
		model_member_remove(s, h->remote);
		break;
	case HOOK_BROKEN:
		model_leave(m, s);
		return;
	default:
		return;
	}
	if (s->pending != NULL && h->kind != HOOK_JOINED && strcmp(s->pending, h->remote) == 0)
		s->pending = NULL;
}

/* The hook is done. */
static void
advance(struct model *m, struct unit *u, const struct hook *h)
{
	struct relation *r;
	struct side *s;
	size_t i;

	u->failed.kind = HOOK_NONE;
	u->elected &= h->kind != HOOK_LEADER_ELECTED;
	u->config &= h->kind != HOOK_CONFIG_CHANGED;
	u->start &= h->kind != HOOK_START;
	u->status &= h->kind != HOOK_UPDATE_STATUS;
	switch (h->kind) {
	case HOOK_INSTALL:
		u->installed = true;
		for (i = 0; i < m->relations; i++) {
			r = m->relation[i];
			if (model_end(r, u->app) >= 0 && !r->dying && !u->dying)
				model_enter(m, u, r);
		}
		return;
	case HOOK_FIRED:
		memory_remove(u->fired, &u->fires, sizeof *u->fired, 0);
		return;
	case HOOK_STOP:
		u->stopped = true;
		return;
	case HOOK_REMOVE:
		model_remove_unit(m, u);
		return;
	default:
		r = model_relation(m, (unsigned)h->relation);
		s = r == NULL ? NULL : model_side(u, r);
		if (s != NULL)
			advance_relation(m, s, h);
		return;
	}
}

void
agent_skip(struct model *m, struct unit *u)
{
	struct hook h = u->failed;

	if (h.kind != HOOK_REMOVE)
		advance(m, u, &h);
}

static void
log_failure(const struct running *r, int status)
{
	const char *how = memory_brief(
	    status > 128 ? "signal: %d" : "exit status %d", status > 128 ? status - 128 : status);

	folder_log(r->dir, r->unit, "ERROR", "juju.worker.uniter.operation",
	    memory_brief("hook \"%s\" (via hook dispatching script: dispatch) failed: %s",
		r->hook.name, how));
}

int
agent_finish(struct model *m, struct running *r, int status)
{
	struct unit *u = model_unit(m, r->unit);
	int result;

	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (status != 0 && u != NULL)
		log_failure(r, status);
	result = commit(m, u, r->context, status);
	if (u != NULL) {
		if (result != 0)
			u->failed = r->hook;
		else
			advance(m, u, &r->hook);
		file_append(m->dir, "events", "hook %s %s %d\n", r->unit, r->hook.name, result);
	}
	free(r->context);
	free(r->unit);
	return u == NULL ? -1 : result;
}

static void
add_line(void *err, const char *line, size_t n)
{
	(void)n;
	buf_printf(err, "%s\n", line);
}

int
agent_exec(struct model *m, const char *unit, char **argv, const char *bin, struct buf *out,
    struct buf *err)
{
	static char shell[] = "/bin/sh", c[] = "-c";
	char *script[] = {shell, c, argv[0], NULL};
	struct hook none = {.kind = HOOK_NONE, .relation = -1};
	const struct unit *u = model_unit(m, unit);
	char *context = new_context(m, u, "exec");
	struct run r = {.argv = argv, .out_fd = -1, .line = add_line, .ctx = err};
	int lock;

	if (argv[1] == NULL)
		r.argv = script;
	play(m, u, &none, bin, context, &r);
	*out = r.out;
	/* Others may have changed everything meanwhile. */
	lock = model_lock(m);
	model_load(m);
	r.exit = commit(m, model_unit(m, unit), context, r.exit);
	model_save(m);
	close(lock);
	return r.exit;
}
