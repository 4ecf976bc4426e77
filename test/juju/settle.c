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

#include "../lib/memory.h"
#include "agent.h"
#include "folder.h"
#include "settle.h"

static struct model *model;
static struct settle opt;
static unsigned long random_state;
static volatile sig_atomic_t interrupted;
static sigset_t caught; /* blocked, but while this waits */

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
static int last_result;
static bool failed; /* a hook has, once too often; or there were too many */

static void
on_signal(int sig)
{
	if (sig != SIGCHLD)
		interrupted = sig;
}

/* Its own hook, or a neighbour's, runs. */
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
is_stuck(const struct unit *u)
{
	return u->drive.tries > (unsigned long)opt.max_retries;
}

static bool
ready(const struct unit *u)
{
	return !is_stuck(u) && (opt.unit == NULL || strcmp(u->name, opt.unit) == 0) &&
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
		if (!u->drive.begun || machine_busy(u))
			continue;
		if (ready(u))
			return u;
		u->drive.begun = false;
		u->drive.turn = round_now;
	}
	for (i = 0; i < model->units; i++) {
		u = model->unit[(cursor + i) % model->units];
		if (u->drive.turn != round_now && ready(u)) {
			cursor = (cursor + i + 1) % model->units;
			u->drive.begun = true;
			return u;
		}
	}
	return NULL;
}

static struct unit *
pick(void)
{
	struct unit *found = NULL;
	unsigned long n;
	size_t i;

	if (opt.seed < 0)
		return pick_in_turn();
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
hold(void)
{
	struct model old = *model;
	struct unit *u;
	size_t i;
	long k;

	held = model_lock(model);
	if (!model_stale(model))
		return;
	model_load(model);
	for (i = 0; i < old.units; i++) {
		u = model_unit(model, old.unit[i]->name);
		if (u != NULL)
			u->drive = old.unit[i]->drive;
	}
	for (k = 0; k < runs; k++) {
		if (model_unit(model, running[k].unit) == NULL)
			kill(-running[k].pid, SIGKILL);
	}
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

static _Noreturn void
end_all(void)
{
	long i;

	for (i = 0; i < runs; i++)
		kill(-running[i].pid, SIGKILL);
	for (i = 0; i < runs; i++)
		waitpid(running[i].pid, NULL, 0);
	exit(128 + interrupted);
}

/* Takes in a hook that has ended. */
static void
finish(struct run *r, int status)
{
	struct unit *u;

	last_result = agent_finish(model, r, status);
	u = last_result == 0 ? NULL : model_unit(model, r->unit);
	if (u == NULL)
		return;
	u->drive.begun = false;
	u->drive.turn = round_now;
	if (is_stuck(u)) {
		failed = true;
		fprintf(stderr, "juju: %s: hook %s failed %u times, last with %d\n", u->name,
		    u->failed.name, u->drive.tries, last_result);
	}
}

/*
 * Waits for hooks to print or end, 100 ms at most while somebody watches, and takes in those that
 * have ended.
 */
static void
serve(void)
{
	struct timespec tick = {.tv_nsec = 100000000};
	sigset_t none;
	fd_set set;
	long i;
	int max = -1, status;

	FD_ZERO(&set);
	for (i = 0; i < runs; i++) {
		if (running[i].fd < 0)
			continue;
		FD_SET(running[i].fd, &set);
		max = running[i].fd > max ? running[i].fd : max;
	}
	sigemptyset(&none);
	pselect(max + 1, &set, NULL, NULL, progress_fd >= 0 || opt.verbose ? &tick : NULL, &none);
	for (i = 0; i < runs; i++)
		agent_output(model, &running[i]);
	if (interrupted)
		end_all();
	for (i = 0; i < runs;) {
		if (waitpid(running[i].pid, &status, WNOHANG) != running[i].pid) {
			i++;
			continue;
		}
		hold();
		finish(&running[i], status);
		running[i] = running[--runs];
		release();
	}
	forward_events();
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

	release();
	setenv("MODEL_DIR", model->path, 1);
	sigprocmask(SIG_UNBLOCK, &caught, NULL);
	status = system(opt.between);
	sigprocmask(SIG_BLOCK, &caught, NULL);
	if (status != 0)
		model_die("--between failed");
	hold();
}

/* Takes the lock of whoever runs hooks (F_WRLCK), or of those who keep him from it (F_RDLCK). */
static int
lock_driver(const struct model *m, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
	int fd = openat(m->dir, "driver", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		model_die("cannot open %s/driver: %s", m->path, strerror(errno));
	return fcntl(fd, F_SETLK, &lock);
}

void
settle_stand_aside(struct model *m)
{
	/* If it fails, a driver runs already, and has begun. */
	lock_driver(m, F_RDLCK);
}

static void
prepare(struct model *m, const struct settle *options)
{
	static const int signals[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
	struct sigaction act = {.sa_handler = on_signal};
	struct stat st;
	char *end;
	size_t i;

	model = m;
	opt = *options;
	if (lock_driver(m, F_WRLCK) < 0)
		model_die("another process runs this model's hooks");
	/* what a process left that was killed */
	if (file_remove(model->dir, "hooks") < 0 || mkdirat(model->dir, "hooks", 0777) < 0)
		model_die("cannot empty %s/hooks: %s", model->path, strerror(errno));
	sigemptyset(&caught);
	for (i = 0; i < sizeof signals / sizeof *signals; i++) {
		sigaddset(&caught, signals[i]);
		sigaction(signals[i], &act, NULL);
	}
	sigprocmask(SIG_BLOCK, &caught, NULL);
	running = memory_zeros((size_t)opt.jobs * sizeof *running);
	random_state = ((unsigned long)opt.seed * 2654435761UL + 88675123UL) & 0xFFFFFFFFUL;
	random_state |= 1;
	events_at = fstatat(model->dir, "events", &st, 0) == 0 ? st.st_size : 0;
	if (opt.progress != NULL) {
		progress_fd = (int)strtol(opt.progress, &end, 10);
		if (*end != '\0')
			progress_fd = open(opt.progress, O_WRONLY | O_CREAT | O_APPEND, 0666);
		if (progress_fd < 0 || fcntl(progress_fd, F_SETFD, FD_CLOEXEC) < 0)
			model_die("cannot write to %s: %s", opt.progress, strerror(errno));
	}
	hold();
}

static bool
any_due(void)
{
	size_t i;

	for (i = 0; i < model->units; i++) {
		if (!is_stuck(model->unit[i]) && due(model->unit[i]))
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
		if (is_stuck(model->unit[i]) || model->unit[i]->dying)
			continue;
		model->unit[i]->status = true;
	}
	model_save(model);
	return model->units > 0;
}

/* A round is over and no hook runs; false: and nothing more is to be done. */
static bool
next_round(void)
{
	bool ran = round_ran > 0;

	round_ran = 0;
	round_now++;
	if (ran && opt.between != NULL)
		between();
	return any_due() || fire_update_status();
}

int
settle_run(struct model *m, const struct settle *options)
{
	struct unit *u;
	long hooks = 0;
	bool stop;

	prepare(m, options);
	do {
		stop = failed && !opt.keep_going;
		while (!stop && runs < opt.jobs && hooks < opt.max_hooks && (u = pick()) != NULL) {
			start(u);
			hooks++;
		}
		if (runs > 0) {
			release();
			serve();
			hold();
		} else if (!stop && hooks == opt.max_hooks && any_due()) {
			fprintf(stderr, "juju: not settled after %ld hooks\n", hooks);
			stop = failed = true;
		} else if (!stop) {
			stop = !next_round();
		}
	} while (runs > 0 || !stop);
	release();
	forward_events();
	return failed;
}

int
settle_step(struct model *m, const struct settle *options)
{
	struct unit *u;
	char *s;

	prepare(m, options);
	s = file_read(model->dir, "cursor", NULL);
	cursor = s == NULL || model->units == 0 ? 0 : strtoul(s, NULL, 10) % model->units;
	u = pick();
	if (u == NULL) {
		fputs("juju: no hook is due\n", stderr);
		return 1;
	}
	start(u);
	release();
	while (runs > 0)
		serve();
	file_write(model->dir, "cursor", memory_brief("%zu\n", cursor));
	/* its place still has it */
	printf("%s %s %d\n", running[0].unit, running[0].hook.name, last_result);
	return 0;
}
