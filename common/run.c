#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "run.h"

enum {
	CHUNK = 1 << 16,       /* bytes read or written at once */
	DRAIN_LIMIT = 1 << 21, /* what a pipe can hold, and more */
	OUT_LIMIT = 1 << 27,   /* several times the largest databag that Juju takes */
};

static const double grace =
    2; /* seconds from SIGTERM to SIGKILL, and for what SIGKILL can't end at once */
static const double forever = 1e6; /* seconds, of one wait */

/* What comes through a pipe from the program. */
struct stream {
	int fd;						/* -1: none, or at its end */
	void (*to)(void *ctx, const char *s, size_t n); /* gets its lines; NULL: it goes into out */
	bool skipping;					/* the rest of a line that was too long */
	bool deaf;					/* what comes is thrown away */
	struct buf line;
};

struct child {
	pid_t pid;
	int in; /* our end of its standard input's pipe, or -1 */
	const char *feed;
	size_t left;
	struct stream out;
	struct stream err;
	bool too_much; /* it printed more than is kept */
	bool ending;   /* was sent SIGTERM */
	bool killed;   /* was sent SIGKILL */
	double deadline;
};

/* They reach us within pselect alone, so that none comes between a look and the wait. SIGCHLD only
 * ends pselect; the others end the program, and then us. */
static const int watched[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};

enum { NWATCHED = sizeof watched / sizeof *watched };

static volatile sig_atomic_t caught;

/* What was in place before. */
struct signals {
	sigset_t mask;
	struct sigaction actions[NWATCHED];
};

static void
on_signal(int sig)
{
	if (sig != SIGCHLD)
		caught = sig;
}

static void
signals_hold(struct signals *old)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_NOCLDSTOP};
	sigset_t set;
	size_t i;

	caught = 0;
	sigemptyset(&set);
	for (i = 0; i < NWATCHED; i++)
		sigaddset(&set, watched[i]);
	sigprocmask(SIG_BLOCK, &set, &old->mask);
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < NWATCHED; i++) {
		sigaction(watched[i], &sa, &old->actions[i]);
		if (watched[i] != SIGCHLD && old->actions[i].sa_handler == SIG_IGN)
			sigaction(watched[i], &old->actions[i], NULL);
	}
}

static void
signals_release(const struct signals *old)
{
	size_t i;

	for (i = 0; i < NWATCHED; i++)
		sigaction(watched[i], &old->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &old->mask, NULL);
}

/* The errors that tell of us and not of the program. */
static bool
is_ours(int err)
{
	return err == EAGAIN || err == ENOMEM || err == EMFILE || err == ENFILE;
}

/* Runs the program in place of this process, found on PATH as by a shell, but never by one. Returns
 * errno. */
static int
execute(char *const argv[])
{
	const char *name = argv[0], *dir = getenv("PATH");
	char path[PATH_MAX];
	bool denied = false;
	size_t n;

	if (strchr(name, '/')) {
		execv(name, argv);
		return errno;
	}
	for (dir = dir ? dir : "/bin:/usr/bin"; *name; dir += n + 1) {
		n = strcspn(dir, ":");
		if (n + strlen(name) + 2 <= sizeof path) {
			snprintf(path, sizeof path, "%.*s%s%s", (int)n, dir, n ? "/" : "", name);
			execv(path, argv);
			if (errno == EACCES)
				denied = true;
			else if (errno != ENOENT && errno != ENOTDIR)
				return errno;
		}
		if (!dir[n])
			break;
	}
	return denied ? EACCES : ENOENT;
}

/* Puts each of fds in its place as a standard file; -1 is /dev/null. */
static int
place(const int fds[3])
{
	int i, fd;

	/* standard error last: standard output may go to ours */
	for (i = 0; i < 3; i++) {
		fd = fds[i] < 0 ? open("/dev/null", i ? O_WRONLY : O_RDONLY) : fds[i];
		if (fd < 0 || dup2(fd, i) < 0)
			return errno;
	}
	return 0;
}

/* The child's part. What keeps the program from starting is told through tell. */
static void
become(char *const argv[], const int fds[3], int tell, const struct signals *old)
{
	int err;

	setsid();
	signals_release(old);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	err = place(fds);
	io_close_others(&tell, 1);
	if (!err)
		err = execute(argv);
	io_write_some(tell, &err, sizeof err);
	_exit(127);
}

/* What the child said: 0, it has become the program; or an errno, and it is no more. */
static int
outcome(pid_t pid, int from)
{
	int err = 0;

	if (io_read_some(from, &err, sizeof err) != sizeof err)
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return err;
}

/* Starts the program with its standard files on fds, of which -1 is /dev/null. */
static int
spawn(struct run *r, struct child *c, const int fds[3], const struct signals *old, struct fail *f)
{
	int tell[2], err;

	if (io_pipe(tell, -1, f))
		return -1;
	c->pid = fork();
	if (c->pid == 0)
		become(r->argv, fds, tell[1], old);
	err = errno;
	close(tell[1]);
	if (c->pid > 0)
		err = outcome(c->pid, tell[0]);
	close(tell[0]);
	r->started = c->pid > 0 && err == 0;
	if (r->started)
		return 0;
	if (c->pid < 0 || is_ours(err)) {
		errno = err;
		return fail_errno(f, "cannot start %s", name_of(r->argv[0]).s);
	}
	/* it may be what is to be the standard input that isn't there */
	snprintf(r->reason, sizeof r->reason, "%s%s",
	    access("/dev/null", F_OK) ? "/dev/null: " : "", strerror(err));
	return 0;
}

static int
start(struct run *r, struct child *c, const struct signals *old, struct fail *f)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, made[2] = {-1, -1}, fds[3] = {-1, r->out_fd, -1},
	    *err = r->err ? r->err : made, result = -1;
	bool read_out = r->out_fd < 0 || r->out_line;

	if ((!r->in || io_pipe(in, 1, f) == 0) && (!read_out || io_pipe(out, 0, f) == 0) &&
	    (!r->line || r->err || io_pipe(made, 0, f) == 0)) {
		fds[0] = in[0];
		if (read_out)
			fds[1] = out[1];
		fds[2] = err[1];
		result = spawn(r, c, fds, old, f);
	}
	io_shut(&in[0]);
	io_shut(&out[1]);
	io_shut(&err[1]);
	c->in = in[1];
	c->out.fd = out[0];
	c->err.fd = err[0];
	err[0] = -1;
	return result;
}

static int
end_line(struct run *r, struct stream *s, struct fail *f)
{
	if (s->line.failed)
		return fail_memory(f);
	if (!s->skipping)
		s->to(r->ctx, s->line.s ? s->line.s : "", s->line.n);
	s->skipping = false;
	buf_clear(&s->line);
	return 0;
}

static int
take_line_bytes(struct run *r, struct stream *s, const char *p, size_t n, struct fail *f)
{
	const char *newline;
	size_t len, room;

	for (; n; p += len, n -= len) {
		newline = memchr(p, '\n', n);
		len = newline ? (size_t)(newline - p) : n;
		room = RUN_LINE_MAX - s->line.n;
		if (!s->skipping)
			buf_put(&s->line, p, len < room ? len : room);
		if (newline) {
			if (end_line(r, s, f))
				return -1;
			len++;
		} else if (s->line.n == RUN_LINE_MAX) {
			if (end_line(r, s, f))
				return -1;
			s->skipping = true;
		}
	}
	return s->line.failed ? fail_memory(f) : 0;
}

/* Reads what the stream has, a chunk at most. 1: there was something. 0: nothing for now, or the
 * end. */
static int
read_chunk(struct run *r, struct stream *s, struct fail *f)
{
	char chunk[CHUNK];
	ssize_t n = io_read_some(s->fd, chunk, sizeof chunk);
	int result = 1;

	if (n < 0)
		return errno == EAGAIN ? 0 : fail_errno(f, "cannot read from %s", r->argv[0]);
	if (n == 0) {
		io_shut(&s->fd);
		return 0;
	}
	if (s->deaf) {
		;
	} else if (s->to) {
		if (take_line_bytes(r, s, chunk, (size_t)n, f))
			result = -1;
	} else {
		buf_put(&r->out, chunk, (size_t)n);
		if (r->out.failed)
			result = fail_memory(f);
	}
	buf_wipe(chunk, (size_t)n);
	return result;
}

static int
feed(struct run *r, struct child *c, struct fail *f)
{
	ssize_t n = write(c->in, c->feed, c->left < CHUNK ? c->left : CHUNK);

	if (n >= 0) {
		c->feed += n;
		c->left -= (size_t)n;
	} else if (errno == EPIPE) {
		c->left = 0;
	} else if (errno != EAGAIN && errno != EINTR) {
		return fail_errno(f, "cannot write to %s", r->argv[0]);
	}
	if (!c->left)
		io_shut(&c->in);
	return 0;
}

/* Sends the group its next signal. */
static void
end_group(struct child *c)
{
	kill(-c->pid, c->ending ? SIGKILL : SIGTERM);
	kill(-c->pid, SIGCONT);
	c->killed = c->ending;
	c->ending = true;
	c->deadline = clock_now() + grace;
}

/* Has it ended? It isn't reaped here: until it is, its ID isn't used again, and names the group. */
static bool
has_ended(const struct child *c)
{
	siginfo_t info;

	do
		memset(&info, 0, sizeof info);
	while (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) && errno == EINTR);
	return info.si_pid == c->pid;
}

static void
want(int fd, fd_set *set, int *top)
{
	if (fd < 0)
		return;
	FD_SET(fd, set);
	if (fd > *top)
		*top = fd;
}

/* Waits for the pipes, a signal or the deadline, and serves the pipes. */
static int
serve(struct run *r, struct child *c, const sigset_t *mask, struct fail *f)
{
	double left = c->deadline - clock_now();
	struct timespec ts = {0};
	sigset_t open = *mask;
	fd_set reading, writing;
	int top = -1;

	if (left > forever)
		left = forever;
	if (left > 0) {
		ts.tv_sec = (time_t)left;
		ts.tv_nsec = (long)((left - (double)ts.tv_sec) * 1e9);
	}
	sigdelset(&open, SIGCHLD);
	FD_ZERO(&reading);
	FD_ZERO(&writing);
	want(c->out.fd, &reading, &top);
	want(c->err.fd, &reading, &top);
	want(c->in, &writing, &top);
	if (pselect(top + 1, &reading, &writing, NULL, &ts, &open) < 0)
		return errno == EINTR ? 0 : fail_errno(f, "cannot wait for %s", r->argv[0]);
	if (c->in >= 0 && FD_ISSET(c->in, &writing) && feed(r, c, f))
		return -1;
	if (c->err.fd >= 0 && FD_ISSET(c->err.fd, &reading) && read_chunk(r, &c->err, f) < 0)
		return -1;
	if (c->out.fd >= 0 && FD_ISSET(c->out.fd, &reading) && read_chunk(r, &c->out, f) < 0)
		return -1;
	return 0;
}

/*
 * Until the program has ended. Where we fail, it may be in the middle of something that can't be
 * done twice, such as making a token. So we let it finish, and discard its output. We give up at
 * once only if it may wait for our input.
 */
static int
attend(struct run *r, struct child *c, const sigset_t *mask, struct fail *f)
{
	struct fail ignored;
	int result = 0;

	while (!has_ended(c)) {
		if (caught && !c->ending)
			end_group(c);
		if (r->out.n > OUT_LIMIT && !c->out.deaf) {
			c->too_much = c->out.deaf = true;
			if (!c->ending)
				end_group(c);
		}
		if (clock_now() >= c->deadline) {
			if (c->killed)
				return fail_set(result ? &ignored : f, STATUS_SYSTEM,
				    "cannot end %s: it survived SIGKILL", name_of(r->argv[0]).s);
			if (!c->ending)
				r->timed_out = !caught;
			end_group(c);
		}
		if (serve(r, c, mask, result ? &ignored : f)) {
			if (c->in >= 0)
				return -1;
			c->out.deaf = c->err.deaf = true;
			result = -1;
			clock_wait(0.01);
		}
	}
	return result;
}

/* Takes what was written before the end. Others may hold the pipe, and write on. */
static int
drain(struct run *r, struct stream *s, struct fail *f)
{
	size_t i;
	int some = 1;

	for (i = 0; i < DRAIN_LIMIT / CHUNK && some == 1 && s->fd >= 0; i++)
		some = read_chunk(r, s, f);
	if (some < 0)
		return -1;
	return s->line.n ? end_line(r, s, f) : 0;
}

static void
judge(struct run *r, const struct child *c, int status)
{
	r->exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	r->ok = r->exit == 0 && !r->timed_out && !c->too_much && !caught;
	if (c->too_much)
		snprintf(r->reason, sizeof r->reason, "it printed over %d MiB", OUT_LIMIT >> 20);
	else if (r->timed_out)
		snprintf(r->reason, sizeof r->reason, "timed out after %g s", r->timeout);
	else if (WIFSIGNALED(status))
		snprintf(r->reason, sizeof r->reason, "killed by signal %d", WTERMSIG(status));
	else if (!r->ok)
		snprintf(r->reason, sizeof r->reason, "exit status %d", r->exit);
}

/* Sees a started program to its end, whatever goes wrong. */
static int
follow(struct run *r, struct child *c, const sigset_t *mask, struct fail *f)
{
	int result, status;
	bool ended;

	result = attend(r, c, mask, f);
	ended = has_ended(c);
	if (c->ending || !ended)
		kill(-c->pid, SIGKILL);
	if (c->killed && !ended)
		return result;
	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(f, "cannot wait for %s", r->argv[0]);
	if (result == 0 && (drain(r, &c->err, f) || drain(r, &c->out, f)))
		result = -1;
	judge(r, c, status);
	return result;
}

int
run(struct run *r, struct fail *f)
{
	struct child c = {0};
	struct signals old;
	int result, sig;

	memset(&r->out, 0, sizeof r->out);
	r->exit = 0;
	r->started = r->timed_out = r->ok = false;
	r->reason[0] = '\0';
	c.feed = r->in;
	c.left = r->in_len;
	c.out.to = r->out_line;
	c.err.to = r->line;
	c.err.deaf = !r->line;
	signals_hold(&old);
	c.deadline = r->timeout > 0 ? clock_now() + r->timeout : HUGE_VAL;
	result = start(r, &c, &old, f);
	if (r->started)
		result = follow(r, &c, &old.mask, f);
	io_shut(&c.in);
	io_shut(&c.out.fd);
	io_shut(&c.err.fd);
	buf_free(&c.out.line);
	buf_free(&c.err.line);
	sig = caught;
	signals_release(&old);
	if (sig)
		raise(sig);
	return result;
}
