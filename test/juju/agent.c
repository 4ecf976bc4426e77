#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "bag.h"
#include "folder.h"
#include "io.h"

enum { BAG_MAX = 16 << 20 };

extern char **environ;

static bool
closing(const struct side *s)
{
	return s->relation->dying || s->relation->gone || s->unit->dying;
}

/*
 * The members as the unit knows them, and the units of the other side; both are sorted by name.
 * to has room for all of them.
 */
static struct resolve_member *
put_members(const struct side *s, struct resolve_relation *r, struct resolve_member *to)
{
	const struct app *remote = s->relation->end[1 - s->end].app;
	const struct member *known;
	const struct unit *unit;
	const struct side *v;
	size_t i, j;
	int c;

	r->member = to;
	for (i = j = 0; i < s->members || j < remote->units;) {
		known = i < s->members ? s->member[i] : NULL;
		unit = j < remote->units ? remote->unit[j] : NULL;
		c = known == NULL ? 1 : unit == NULL ? -1 : strcmp(known->unit, unit->name);
		i += c <= 0;
		j += c >= 0;
		if (c >= 0 && unit == s->unit)
			continue;
		v = c < 0 || unit->dying ? NULL : model_side(unit, s->relation);
		*to = (struct resolve_member){.name = c <= 0 ? known->unit : unit->name,
		    .joined = c <= 0,
		    .present = v != NULL,
		    .changed = c == 0 && v != NULL && v->version != known->seen};
		if (s->pending != NULL && strcmp(s->pending, to->name) == 0)
			r->pending = to;
		to++;
	}
	r->members = (size_t)(to - r->member);
	return to;
}

/* s: of a relation's hook; NULL. */
static struct hook
hook_of(const struct model *m, const struct unit *u, const struct side *s,
    const struct resolve_hook *due)
{
	struct hook h = {.kind = due->kind, .relation = -1};
	const struct unit *v = due->member == NULL ? NULL : model_unit(m, due->member->name);
	const struct side *vs = v == NULL ? NULL : model_side(v, s->relation);

	if (due->kind == HOOK_AGAIN)
		return u->failed;
	snprintf(h.name, sizeof h.name, "%s%s%s",
	    s == NULL ? "" : s->relation->end[s->end].endpoint, s == NULL ? "" : "-",
	    due->kind == HOOK_FIRED ? u->fired[0] : resolve_name(due->kind));
	if (s != NULL)
		h.relation = (int)s->id;
	if (due->kind == HOOK_APP_CHANGED)
		h.version = s->relation->version[1 - s->end];
	if (due->member != NULL)
		snprintf(h.remote, sizeof h.remote, "%s", due->member->name);
	if (vs != NULL)
		h.version = vs->version;
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
		end = put_members(s, &relation[i], end);
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
	bool restricted =
	    strcmp(h->name, "meter-status-changed") == 0 || strcmp(h->name, "collect-metrics") == 0;
	/* NULL: it isn't set. */
	const char *const vars[][2] = {
	    {"PATH", memory_text("%s:%s", bin, path == NULL ? "/usr/bin:/bin" : path)},
	    {"CHARM_DIR", charm}, {"JUJU_CHARM_DIR", charm}, {"JUJU_CONTEXT_ID", context},
	    {"JUJU_HOOK_NAME", h->name}, {"JUJU_UNIT_NAME", u->name},
	    {"JUJU_AGENT_SOCKET_ADDRESS", memory_text("@%s/agent.socket", dir)},
	    {"JUJU_AGENT_SOCKET_NETWORK", "unix"}, {"JUJU_MODEL_NAME", strrchr(m->path, '/') + 1},
	    {"JUJU_MODEL_UUID", "5ca1ab1e-0000-4000-8000-000000000000"},
	    {"JUJU_MACHINE_ID", memory_text("%u", u->machine_id)},
	    {"JUJU_PRINCIPAL_UNIT", u->principal == NULL ? "" : u->principal},
	    {"JUJU_API_ADDRESSES", "10.0.0.254:17070"}, {"JUJU_AVAILABILITY_ZONE", "default"},
	    {"CLOUD_API_VERSION", ""}, {"JUJU_CHARM_HTTP_PROXY", ""},
	    {"JUJU_CHARM_HTTPS_PROXY", ""}, {"JUJU_CHARM_FTP_PROXY", ""},
	    {"JUJU_CHARM_NO_PROXY", ""}, {"MACHINE_ADDRESS", model_address(u)},
	    {"MACHINE_NAME", u->machine}, {"MODEL_DIR", m->path},
	    {"HOOK_PGID", memory_text("%ld", (long)getpid())},
	    {"JUJU_DISPATCH_PATH", h->kind == HOOK_NONE ? NULL : memory_text("hooks/%s", h->name)},
	    {"JUJU_VERSION",
		restricted ? NULL
			   : memory_text("%d.%d.%d", m->juju.major, m->juju.minor, m->juju.patch)},
	    {"JUJU_RELATION", s == NULL ? NULL : r->end[s->end].endpoint},
	    {"JUJU_RELATION_ID",
		s == NULL ? NULL : memory_text("%s:%u", r->end[s->end].endpoint, r->id)},
	    {"JUJU_REMOTE_UNIT", s == NULL ? NULL : h->remote},
	    {"JUJU_REMOTE_APP", s == NULL ? NULL : s->remote},
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

/* Becomes the hook, or argv if it isn't NULL, in a context. */
static _Noreturn void
play(const struct model *m, const struct unit *u, const struct hook *h, char **argv,
    const char *bin, const char *context, int out, int err)
{
	const char *file = "./dispatch";
	sigset_t none;
	int in;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	hook_env(m, u, h, bin, context);
	in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
	    chdir(memory_brief("%s/units/%s/charm", m->path, u->file)) < 0)
		_exit(126);
	if (argv == NULL) {
		if (access(file, X_OK) != 0)
			file = memory_brief("hooks/%s", h->name);
		if (access(file, X_OK) != 0)
			_exit(0);
		execl(file, file, (char *)NULL);
		perror(*file == '.' ? file + 2 : file);
		_exit(126);
	}
	/* One argument alone is a script. */
	if (argv[1] == NULL)
		execl("/bin/sh", "sh", "-c", argv[0], (char *)NULL);
	else
		execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* Starts that in a process and a context of its own. */
static struct run
spawn(struct model *m, const struct unit *u, const struct hook *h, char **argv, const char *bin,
    int out, int err)
{
	struct run r = {.hook = *h,
	    .machine = u->machine_id,
	    .context = memory_text("%s-%s-%lx%lx", u->file, argv == NULL ? h->name : "exec",
		(unsigned long)getpid(), m->next_context++),
	    .pid = -1};

	snprintf(r.unit, sizeof r.unit, "%s", u->name);
	if (mkdirat(m->dir, memory_brief("hooks/%s", r.context), 0777) == 0)
		r.pid = fork();
	if (r.pid < 0)
		model_die("cannot start a hook of %s: %s", u->name, strerror(errno));
	if (r.pid == 0)
		play(m, u, h, argv, bin, r.context, out, err);
	setpgid(r.pid, r.pid);
	close(out);
	if (err != out)
		close(err);
	return r;
}

static void
forget(struct model *m, struct run *r)
{
	file_remove(m->dir, memory_brief("hooks/%s", r->context));
	free(r->context);
	buf_free(&r->line);
}

/* Both ends are closed in what is executed. Reading doesn't wait. */
static void
open_pipe(int fd[2])
{
	if (pipe(fd) < 0)
		model_die("cannot make a pipe: %s", strerror(errno));
	fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
}

/* Reads what there is. At its end it is closed, and -1. */
static void
drain(int *fd, struct buf *b)
{
	char s[4096];
	ssize_t n;

	while ((n = read(*fd, s, sizeof s)) > 0)
		buf_put(b, s, (size_t)n);
	if (n == 0)
		io_shut(fd);
}

void
agent_start(struct model *m, struct unit *u, const struct hook *h, const char *bin, struct run *r)
{
	int fd[2];

	/* The agent forgets what it knows of the unit that the hook is for. */
	if (h->remote[0] != '\0')
		unlinkat(m->dir,
		    memory_brief(
			"units/%s/cache/%d/%s", u->file, h->relation, folder_unit(h->remote)),
		    0);
	open_pipe(fd);
	*r = spawn(m, u, h, NULL, bin, fd[1], fd[1]);
	r->fd = fd[0];
}

static void
log_line(struct model *m, const struct run *r, const char *line)
{
	folder_log(
	    m->dir, r->unit, "WARNING", memory_brief("unit.%s.%s", r->unit, r->hook.name), line);
}

void
agent_output(struct model *m, struct run *r)
{
	struct buf *b = &r->line;
	char *end;
	size_t used = 0;

	if (r->fd < 0)
		return;
	drain(&r->fd, b);
	while (b->n > used && (end = memchr(b->s + used, '\n', b->n - used)) != NULL) {
		*end = '\0';
		log_line(m, r, b->s + used);
		used = (size_t)(end + 1 - b->s);
	}
	if (used > 0)
		memmove(b->s, b->s + used, b->n - used + 1);
	b->n -= used;
}

static bool
has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool
is_bag(const char *name)
{
	return has_prefix(name, "app-") || has_prefix(name, "unit-");
}

/* Why the controller doesn't take what the hook has set; NULL: it does. See memory_brief. */
static const char *
refusal(struct model *m, const struct unit *u, const struct run *r, char **name, size_t n)
{
	const char *why = folder_fault(m->dir, "commit", u->name, r->hook.name, "");
	struct stat st;
	size_t i;

	for (i = 0; i < n && why == NULL; i++) {
		if (has_prefix(name[i], "app-") && !model_leads(u))
			why = "";
		else if (is_bag(name[i]) &&
			 fstatat(m->dir, memory_brief("hooks/%s/%s", r->context, name[i]), &st,
			     0) == 0 &&
			 st.st_size > BAG_MAX)
			why = memory_brief("max relation settings size (%d) exceeded", BAG_MAX);
	}
	return why == NULL || *why != '\0' ? why : "permission denied";
}

static void
commit_bag(struct model *m, struct unit *u, const char *from, const char *name)
{
	bool app = has_prefix(name, "app-");
	struct relation *r = model_relation(m, (unsigned)atoi(strchr(name, '-') + 1));
	struct side *s = r == NULL || r->gone ? NULL : model_side(u, r);
	unsigned long *version;
	const char *to;
	char *old, *new;

	if (s == NULL)
		return;
	version = app ? &r->version[s->end] : &s->version;
	to = memory_brief(
	    "relations/%u/%s/%s", r->id, app ? "app" : "unit", app ? u->app->name : u->file);
	old = file_read(m->dir, to, NULL);
	new = file_read(m->dir, from, NULL);
	if (new == NULL)
		model_die("cannot read %s/%s: %s", m->path, from, strerror(errno));
	if (old == NULL || strcmp(old + BAG_HEAD, new + BAG_HEAD) != 0) {
		memcpy(new, memory_brief("%0*lu\n", BAG_HEAD - 1, ++*version), BAG_HEAD);
		model_write(m, to, new);
		if (app && r->peer) {
			/* Of its own change a unit isn't told. */
			r->version[1 - s->end] = s->app_seen = *version;
			model_save_side(m, s);
		}
	}
	free(old);
	free(new);
}

/* Takes in what the hook has set; false: logs why that is refused. */
static bool
commit(struct model *m, struct unit *u, const struct run *r)
{
	size_t n, i;
	char **name = file_list(m->dir, memory_brief("hooks/%s", r->context), &n);
	const char *why = refusal(m, u, r, name, n), *from;
	bool ok = why == NULL;

	if (!ok)
		folder_log(m->dir, u->name, "ERROR", "juju.worker.uniter.context",
		    memory_brief("cannot apply changes: updating unit and application settings "
				 "for \"%s\": %s",
			u->name, why));
	for (i = 0; i < n && ok; i++) {
		from = memory_brief("hooks/%s/%s", r->context, name[i]);
		if (is_bag(name[i]))
			commit_bag(m, u, from, name[i]);
		else if (strcmp(name[i], "state") == 0)
			renameat(m->dir, from, m->dir, memory_brief("units/%s/state-set", u->file));
	}
	return ok;
}

void
agent_forget(struct model *m, struct unit *u)
{
	size_t i;

	for (i = 0; i < u->sides;) {
		if (closing(u->side[i]) && !u->side[i]->created) {
			if (u->failed.relation == (int)u->side[i]->id)
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
	struct member *member = model_member(s, h->remote);

	if (h->kind == HOOK_BROKEN) {
		model_leave(m, s);
		return;
	}
	s->created |= h->kind == HOOK_CREATED;
	if (h->kind == HOOK_APP_CHANGED)
		s->app_seen = h->version;
	else if (h->kind == HOOK_JOINED)
		model_member_add(s, h->remote, h->version);
	else if (h->kind == HOOK_CHANGED && member != NULL)
		member->seen = h->version;
	else if (h->kind == HOOK_DEPARTED && member != NULL)
		memory_take(s->member, &s->members, member);
	if (h->kind == HOOK_JOINED)
		s->pending = memory_text("%s", h->remote);
	else if (s->pending != NULL && strcmp(s->pending, h->remote) == 0)
		s->pending = NULL;
	model_save_side(m, s);
}

/* The hook is done. */
static void
advance(struct model *m, struct unit *u, const struct hook *h)
{
	struct relation *r = model_relation(m, (unsigned)h->relation);
	struct side *s = r == NULL ? NULL : model_side(u, r);
	size_t i;

	if (h->kind == HOOK_REMOVE) {
		model_remove_unit(m, u);
		return;
	}
	u->failed.kind = HOOK_NONE;
	u->elected &= h->kind != HOOK_LEADER_ELECTED;
	u->config &= h->kind != HOOK_CONFIG_CHANGED;
	u->start &= h->kind != HOOK_START;
	u->status &= h->kind != HOOK_UPDATE_STATUS;
	u->installed |= h->kind == HOOK_INSTALL;
	u->stopped |= h->kind == HOOK_STOP;
	for (i = 0; h->kind == HOOK_INSTALL && i < m->relations; i++) {
		r = m->relation[i];
		if (model_end(r, u->app) >= 0 && !r->dying && !u->dying)
			model_enter(m, u, r);
	}
	if (h->kind == HOOK_FIRED)
		memory_take(u->fired, &u->fires, u->fired[0]);
	if (s != NULL)
		advance_relation(m, s, h);
}

void
agent_skip(struct model *m, struct unit *u)
{
	struct hook h = u->failed;

	if (h.kind != HOOK_REMOVE)
		advance(m, u, &h);
}

static void
log_failure(struct model *m, const struct run *r, int status)
{
	bool killed = WIFSIGNALED(status);

	folder_log(m->dir, r->unit, "ERROR", "juju.worker.uniter.operation",
	    memory_brief("hook \"%s\" (via hook dispatching script: dispatch) failed: %s %d",
		r->hook.name, killed ? "signal:" : "exit status",
		killed ? WTERMSIG(status) : WEXITSTATUS(status)));
}

/* As a shell gives it. */
static int
exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int
agent_finish(struct model *m, struct run *r, int status)
{
	struct unit *u = model_unit(m, r->unit);
	int result = exit_status(status);

	agent_output(m, r);
	if (r->line.n > 0)
		log_line(m, r, r->line.s);
	io_shut(&r->fd);
	if (u == NULL) {
		result = -1;
	} else {
		if (result != 0)
			log_failure(m, r, status);
		else if (!commit(m, u, r))
			result = 1;
		u->drive.tries = result == 0 ? 0 : u->drive.tries + 1;
		if (result != 0)
			u->failed = r->hook;
		else
			advance(m, u, &r->hook);
		model_save(m);
		file_append(m->dir, "events", "hook %s %s %d\n", r->unit, r->hook.name, result);
	}
	forget(m, r);
	return result;
}

static void
exec_read(int out_fd, int err_fd, struct buf *out, struct buf *err)
{
	struct pollfd p[2] = {{out_fd, POLLIN, 0}, {err_fd, POLLIN, 0}};

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		poll(p, 2, -1);
		if (p[0].fd >= 0)
			drain(&p[0].fd, out);
		if (p[1].fd >= 0)
			drain(&p[1].fd, err);
	}
}

int
agent_exec(struct model *m, const char *unit, char **argv, const char *bin, struct buf *out,
    struct buf *err)
{
	struct hook none = {.kind = HOOK_NONE, .relation = -1};
	struct unit *u = model_unit(m, unit);
	int out_pipe[2], err_pipe[2], lock, status;
	struct run r;

	open_pipe(out_pipe);
	open_pipe(err_pipe);
	r = spawn(m, u, &none, argv, bin, out_pipe[1], err_pipe[1]);
	exec_read(out_pipe[0], err_pipe[0], out, err);
	while (waitpid(r.pid, &status, 0) < 0)
		continue;
	status = exit_status(status);
	/* Others may have changed everything meanwhile. */
	lock = model_lock(m);
	model_load(m);
	u = model_unit(m, unit);
	if (u != NULL && status == 0 && !commit(m, u, &r))
		status = 1;
	forget(m, &r);
	model_save(m);
	close(lock);
	return status;
}
