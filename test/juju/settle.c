#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "folder.h"
#include "settle.h"
#include "text.h"

static struct model *model;
static struct settle opt;
static unsigned long random_state;
static volatile sig_atomic_t interrupted;

static unsigned long
any_of(unsigned long n)
{
	random_state ^= random_state << 13 & 0xFFFFFFFFUL;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5 & 0xFFFFFFFFUL;
	return (random_state >> 3) % n;
}

static bool
due(const struct unit *u)
{
	size_t n;

	free(agent_due(model, u, &n));
	return n > 0;
}

static struct run *running;
static long runs;
static unsigned long round_now = 1;
static unsigned long round_left; /* with a seed: hooks to go */
static unsigned long round_ran;
static size_t cursor;
static int held = -1;
static int progress_fd = -1;
static off_t events_at;

static void
on_signal(int sig)
{
	if (sig != SIGCHLD)
		interrupted = sig;
}

static bool
machine_busy(const struct unit *u)
{
	long i;

	for (i = 0; i < runs; i++) {
		if (running[i].machine == u->machine_id)
			return true;
	}
	return false;
}

static bool
ready(const struct unit *u)
{
	return !u->running && !u->stuck && (opt.unit == NULL || strcmp(u->name, opt.unit) == 0) &&
	       !machine_busy(u) && due(u);
}

/* Whose turn it is, or whose turn was begun in this round and isn't over. */
static struct unit *
pick_in_turn(void)
{
	struct unit *u;
	size_t i;

	for (i = 0; i < model->units; i++) {
		u = model->unit[i];
		if (!u->begun || u->running)
			continue;
		if (ready(u))
			return u;
		if (!machine_busy(u)) {
			u->begun = false;
			u->turn = round_now;
		}
	}
	for (i = 0; i < model->units; i++) {
		u = model->unit[(cursor + i) % model->units];
		if (u->turn != round_now && ready(u)) {
			cursor = (cursor + i + 1) % model->units;
			u->begun = true;
			return u;
		}
	}
	return NULL;
}

static struct unit *
pick(void)
{
	struct unit *found;
	unsigned long n;
	size_t i;

	if (opt.seed < 0)
		return pick_in_turn();
	found = NULL;
	for (i = n = 0; i < model->units; i++) {
		if (ready(model->unit[i]) && any_of(++n) == 0)
			found = model->unit[i];
	}
	if (round_ran == 0)
		round_left = n + (unsigned long)runs;
	return round_left > 0 ? found : NULL;
}

/* Another command may have changed the model while a hook or --between ran. */
static void
refresh(void)
{
	struct model old;
	struct unit *u;
	size_t i;
	long k;

	if (!model_stale(model))
		return;
	old = *model;
	model_load(model);
	for (i = 0; i < old.units; i++) {
		u = model_unit(model, old.unit[i]->name);
		if (u == NULL)
			continue;
		u->running = old.unit[i]->running;
		u->stuck = old.unit[i]->stuck;
		u->tries = old.unit[i]->tries;
		u->begun = old.unit[i]->begun;
		u->turn = old.unit[i]->turn;
	}
	for (k = 0; k < runs; k++) {
		if (model_unit(model, running[k].unit) == NULL)
			kill(-running[k].pid, SIGKILL);
	}
}

static void
hold(void)
{
	held = model_lock(model);
	refresh();
}

static void
release(void)
{
	close(held);
}

static void
forward_events(void)
{
	char buf[8192];
	ssize_t n;
	int fd;

	if (progress_fd < 0 && !opt.verbose)
		return;
	fd = openat(model->dir, "events", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while ((n = pread(fd, buf, sizeof buf, events_at)) > 0) {
		events_at += n;
		if (progress_fd >= 0)
			file_write_fd(progress_fd, buf, (size_t)n);
		if (opt.verbose)
			file_write_fd(STDOUT_FILENO, buf, (size_t)n);
	}
	close(fd);
}

/* Waits for hooks to print or end; 100 ms at most while somebody watches. */
static void
wait_hooks(void)
{
	struct timespec tick = {.tv_nsec = 100000000};
	sigset_t none;
	fd_set set;
	long i;
	int max;

	FD_ZERO(&set);
	for (i = 0, max = -1; i < runs; i++) {
		if (running[i].fd < 0)
			continue;
		FD_SET(running[i].fd, &set);
		max = running[i].fd > max ? running[i].fd : max;
	}
	sigemptyset(&none);
	if (pselect(max + 1, &set, NULL, NULL, progress_fd >= 0 || opt.verbose ? &tick : NULL,
		&none) < 0)
		return;
	for (i = 0; i < runs; i++) {
		if (running[i].fd >= 0 && FD_ISSET(running[i].fd, &set))
			agent_output(model, &running[i]);
	}
}

static void
end_all(void)
{
	long i;

	for (i = 0; i < runs; i++)
		kill(-running[i].pid, SIGKILL);
	for (i = 0; i < runs; i++)
		waitpid(running[i].pid, NULL, 0);
	exit(128 + interrupted);
}

/* Takes in the hooks that have ended; true: one has failed once too often. */
static bool
reap(void)
{
	struct unit *u;
	char *unit;
	long i;
	int status, result;
	bool stuck = false;

	for (i = 0; i < runs;) {
		if (waitpid(running[i].pid, &status, WNOHANG) != running[i].pid) {
			i++;
			continue;
		}
		hold();
		unit = memory_text("%s", running[i].unit);
		result = agent_finish(model, &running[i], status);
		u = result == 0 ? NULL : model_unit(model, unit);
		if (u != NULL) {
			u->begun = false;
			u->turn = round_now;
		}
		if (u != NULL && u->tries > (unsigned long)opt.max_retries) {
			u->stuck = stuck = true;
			fprintf(stderr, "juju: %s: hook %s failed %u times, last with %d\n",
			    u->name, u->failed.name, u->tries, result);
		}
		free(unit);
		running[i] = running[--runs];
		release();
	}
	return stuck;
}

static void
start(struct unit *u)
{
	size_t n, i, chosen;
	struct hook *hook = agent_due(model, u, &n);

	for (i = chosen = 0; opt.seed >= 0 && i < n; i++)
		chosen = i == 0 || any_of(i + 1) == 0 ? i : chosen;
	agent_start(model, u, &hook[chosen], opt.bin, &running[runs]);
	free(hook);
	runs++;
	round_ran++;
	if (round_left > 0)
		round_left--;
}

static void
between(void)
{
	int status;
	pid_t pid;

	if (opt.between == NULL)
		return;
	pid = fork();
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setenv("MODEL_DIR", model->path, 1);
		execl("/bin/sh", "sh", "-c", opt.between, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		model_die("--between failed");
}

void
settle_stand_aside(struct model *m)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	int fd = openat(m->dir, "driver", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		model_die("cannot open %s/driver: %s", m->path, strerror(errno));
	/* One that runs already has begun. */
	fcntl(fd, F_SETLK, &lock);
}

static void
settle_prepare(struct model *m, const struct settle *options)
{
	struct sigaction act = {.sa_handler = on_signal};
	static const int caught[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	sigset_t set;
	struct stat st;
	char *end;
	size_t i;
	int fd;

	model = m;
	opt = *options;
	fd = openat(model->dir, "driver", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || fcntl(fd, F_SETLK, &lock) < 0)
		model_die("another process runs this model's hooks");
	/* what a process left that was killed */
	if (file_remove(model->dir, "hooks") < 0 || mkdirat(model->dir, "hooks", 0777) < 0)
		model_die("cannot empty %s/hooks: %s", model->path, strerror(errno));
	sigemptyset(&set);
	for (i = 0; i < sizeof caught / sizeof *caught; i++) {
		sigaddset(&set, caught[i]);
		sigaction(caught[i], &act, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	running = memory_zeros((size_t)opt.jobs * sizeof *running);
	random_state = (unsigned long)opt.seed * 2654435761UL + 88675123UL;
	random_state &= 0xFFFFFFFFUL;
	random_state |= 1;
	events_at = fstatat(model->dir, "events", &st, 0) == 0 ? st.st_size : 0;
	if (opt.progress != NULL) {
		progress_fd = (int)strtol(opt.progress, &end, 10);
		if (*end != '\0')
			progress_fd = open(opt.progress, O_WRONLY | O_CREAT | O_APPEND, 0666);
		if (progress_fd < 0 || fcntl(progress_fd, F_SETFD, FD_CLOEXEC) < 0)
			model_die("cannot write to %s: %s", opt.progress, strerror(errno));
	}
}

static bool
any_due(void)
{
	size_t i;

	for (i = 0; i < model->units; i++) {
		if (!model->unit[i]->stuck && due(model->unit[i]))
			return true;
	}
	return false;
}

static bool
fire_update_status(void)
{
	size_t i;

	if (!opt.update_status)
		return false;
	opt.update_status = false;
	for (i = 0; i < model->units; i++) {
		if (model->unit[i]->stuck || model->unit[i]->dying)
			continue;
		model->unit[i]->status = true;
		model_save_unit(model, model->unit[i]);
	}
	return model->units > 0;
}

/* A round is over and no hook runs; false: and nothing more is to be done. */
static bool
next_round(void)
{
	unsigned long ran = round_ran;
	bool more;

	round_ran = 0;
	round_now++;
	if (ran > 0 && opt.between != NULL) {
		release();
		between();
		hold();
	}
	more = any_due() || fire_update_status();
	return more;
}

int
settle_run(struct model *m, const struct settle *options)
{
	struct unit *u;
	long hooks;
	size_t i;
	bool failed, more;

	settle_prepare(m, options);
	hold();
	failed = false;
	for (hooks = 0, more = true; more;) {
		while (runs < opt.jobs && hooks < opt.max_hooks && (!failed || opt.keep_going) &&
		       (u = pick()) != NULL) {
			start(u);
			hooks++;
		}
		if (runs == 0 && failed && !opt.keep_going)
			break;
		if (runs == 0 && hooks == opt.max_hooks && any_due()) {
			fprintf(stderr, "juju: not settled after %ld hooks\n", hooks);
			failed = true;
			break;
		}
		if (runs == 0) {
			more = next_round();
			continue;
		}
		release();
		wait_hooks();
		if (interrupted)
			end_all();
		failed = reap() || failed;
		forward_events();
		hold();
	}
	release();
	forward_events();
	for (i = 0; i < model->units; i++)
		failed = failed || model->unit[i]->stuck;
	return failed;
}

int
settle_step(struct model *m, const struct settle *options)
{
	struct unit *u;
	char *s, *what;
	int status, result;

	settle_prepare(m, options);
	hold();
	s = file_read(model->dir, "cursor", NULL);
	cursor = s == NULL || model->units == 0 ? 0 : strtoul(s, NULL, 10) % model->units;
	u = pick();
	if (u == NULL) {
		fputs("juju: no hook is due\n", stderr);
		release();
		return 1;
	}
	start(u);
	release();
	what = memory_text("%s %s", running[0].unit, running[0].hook.name);
	while (waitpid(running[0].pid, &status, WNOHANG) == 0) {
		wait_hooks();
		if (interrupted)
			end_all();
		forward_events();
	}
	hold();
	result = agent_finish(model, &running[0], status);
	s = memory_text("%zu\n", cursor);
	file_write(model->dir, "cursor", s, strlen(s));
	release();
	forward_events();
	printf("%s %d\n", what, result);
	return 0;
}
