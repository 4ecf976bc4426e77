#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "keeper.h"
#include "token.h"

enum {
	CHUNK = 1 << 16,
	DRAIN_LIMIT = 1 << 21, /* what a pipe can hold, and more */
	RETRY = 1000,	       /* milliseconds, to the next write after one that failed */
	MOMENT = 200,	       /* milliseconds that what was killed may take to end */
	ANSWER = 30,	       /* seconds that a keeper may take for an answer */
	REAP = 1,	       /* seconds that one may take to end */
	ROOM = 4096,	       /* bytes of the file that stay reserved when the step is done */
};

/* What goes through the control socket, a byte each, besides enum keeper_end. */
enum { LOCKED = 'l', ASK = 'a', ASK_AND_WAIT = 'w' };

/* What is heard if nothing comes through it: the other end is gone, or silent. */
enum { GONE = 0, SILENT = 's' };

/* The keeper's own. Descriptors are -1 when they are done with. */
struct keeping {
	int file;
	off_t at;
	int out;
	int err;
	int control; /* -1: the step is gone, or has asked */
	bool asked;
	double deadline;
	char text[TOKEN_MAX + 1]; /* one more than a token has */
	size_t n;
	size_t written; /* of text, to the file; it is to be written again from there */
	bool dirty;	/* text isn't all in the file, on disk */
};

/* Adds output to the text. Leaves out blanks at its start, and those for which there is no room. If
 * there is no room for anything else, this is no token: the text becomes empty, in the file too. */
static void
take(struct keeping *k, const char *s, size_t n)
{
	size_t part = sizeof k->text - k->n;

	for (; n && !k->n && token_is_blank(*s); n--)
		s++;
	if (part > n)
		part = n;
	memcpy(k->text + k->n, s, part);
	k->n += part;
	k->dirty |= part > 0;
	for (s += part, n -= part; n && token_is_blank(*s); n--)
		s++;
	if (!n || !k->text[0])
		return;
	k->text[0] = '\0';
	k->written = 0;
	k->dirty = true;
}

/* Reads what a pipe has, as much as one can hold at most. At its end it is closed. */
static void
drain(struct keeping *k, int *fd)
{
	size_t left = DRAIN_LIMIT;
	char chunk[CHUNK];
	ssize_t n;

	while (*fd >= 0 && left) {
		n = io_read_some(*fd, chunk, sizeof chunk);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			io_shut(fd);
			return;
		}
		if (fd == &k->out)
			take(k, chunk, (size_t)n);
		left -= (size_t)n < left ? (size_t)n : left;
	}
}

/* Writes what isn't in the file yet, on disk when this returns. A write that fails is tried again.
 */
static void
keep(struct keeping *k)
{
	ssize_t n;

	if (!k->dirty)
		return;
	while (k->written < k->n) {
		n = pwrite(
		    k->file, k->text + k->written, k->n - k->written, k->at + (off_t)k->written);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		k->written += (size_t)n;
	}
	while ((n = fsync(k->file)) && errno == EINTR)
		;
	/* what didn't get to the disk may be gone from memory, too */
	if (n)
		k->written = 0;
	k->dirty = n;
}

/* Cuts the file to what is needed, but not below least. */
static void
trim(struct keeping *k, off_t least)
{
	off_t end = k->at + (off_t)k->n;
	struct stat sb;

	if (end < least)
		end = least;
	if (fstat(k->file, &sb) || sb.st_size <= end || ftruncate(k->file, end))
		return; /* blanks are left behind the token */
}

/* Others need room, too: the next step for its state. */
static void
make_room(struct keeping *k)
{
	if (k->file >= 0)
		trim(k, ROOM);
}

/* The output has ended: with the file goes its lock. */
static void
finish(struct keeping *k)
{
	if (k->out >= 0 || k->dirty || k->file < 0)
		return;
	trim(k, 0);
	io_shut(&k->file);
}

/* Returns 0, or -1: nobody hears it. */
static int
say(int fd, char what)
{
	return io_write_some(fd, &what, 1) == 1 ? 0 : -1;
}

/* What has come of the output. */
static enum keeper_end
progress(const struct keeping *k)
{
	if (k->dirty)
		return KEEPER_FAILED;
	if (k->out < 0)
		return KEEPER_ENDED;
	return k->n && token_is_blank(k->text[k->n - 1]) ? KEEPER_BLANK : KEEPER_OPEN;
}

static void
answer(struct keeping *k, bool wait)
{
	struct pollfd p = {k->out, POLLIN, 0};
	double end = clock_now() + MOMENT / 1e3;

	drain(k, &k->out);
	while (wait && k->out >= 0 && clock_now() < end) {
		poll(&p, 1, MOMENT / 10);
		drain(k, &k->out);
	}
	keep(k);
	finish(k);
	make_room(k);
	if (say(k->control, (char)progress(k)))
		io_shut(&k->control);
	k->asked = true;
}

static void
hear(struct keeping *k)
{
	char what;
	ssize_t n = read(k->control, &what, 1);

	if (n < 0 && errno == EINTR)
		return;
	if (n == 1)
		answer(k, what == ASK_AND_WAIT);
	make_room(k);
	io_shut(&k->control);
}

/* Is there nothing left to do? */
static bool
is_done(const struct keeping *k)
{
	return clock_now() >= k->deadline ||
	       (k->file < 0 && k->control < 0 && (k->asked || k->err < 0));
}

static int
patience(const struct keeping *k)
{
	double left = (k->deadline - clock_now()) * 1e3;

	if (k->dirty && left > RETRY)
		return RETRY;
	return left < 0 ? 0 : left < 1e9 ? (int)left + 1 : (int)1e9;
}

static void
serve(struct keeping *k)
{
	struct pollfd fds[] = {{k->out, POLLIN, 0}, {k->control < 0 ? k->err : -1, POLLIN, 0},
	    {k->control, POLLIN, 0}};

	if (poll(fds, sizeof fds / sizeof *fds, patience(k)) < 0)
		return;
	if (fds[0].revents)
		drain(k, &k->out);
	keep(k);
	finish(k);
	if (fds[1].revents)
		drain(k, &k->err);
	if (fds[2].revents)
		hear(k);
}

/* The keeper leaves all that was its parent's, but for what it keeps. */
static void
detach(const struct keeping *k)
{
	const int ours[] = {k->file, k->out, k->err, k->control};
	int fd, null = open("/dev/null", O_RDWR);

	setsid();
	/* add that goes on is not to be left alone by what ends a whole service or session */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	io_close_others(ours, sizeof ours / sizeof *ours);
	if (chdir("/"))
		return;
}

static void
be_keeper(struct keeping *k)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	detach(k);
	if (fcntl(k->file, F_SETLK, &lock))
		_exit(STATUS_SYSTEM);
	if (say(k->control, LOCKED))
		_exit(STATUS_SYSTEM);
	while (!is_done(k))
		serve(k);
	_exit(STATUS_OK);
}

static int
open_socket(int fds[2], struct fail *f)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return fail_errno(f, "cannot start the keeper of what add prints");
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

/* Returns whether it has ended. */
static bool
reap(const struct keeper *k)
{
	double end = clock_now() + REAP;
	pid_t got;

	while ((got = waitpid(k->pid, NULL, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
		if (clock_now() >= end)
			return false;
		clock_wait(0.001);
	}
	return true;
}

/* What the keeper says within so many seconds. */
static char
listen_to(const struct keeper *k, double seconds)
{
	struct pollfd p = {k->control, POLLIN, 0};
	double end = clock_now() + seconds, left;
	char what = GONE;
	int r;

	do {
		left = end - clock_now();
		r = poll(&p, 1, left > 0 ? (int)(left * 1e3) + 1 : 0);
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return SILENT;
	io_read_some(k->control, &what, 1);
	return what;
}

static void
abandon(struct keeper *k)
{
	io_shut(&k->out);
	io_shut(&k->err[0]);
	io_shut(&k->err[1]);
	io_shut(&k->control);
}

int
keeper_start(struct keeper *k, int fd, off_t at, double seconds, struct fail *f)
{
	struct keeping own = {.file = fd, .at = at, .deadline = clock_now() + seconds};
	int out[2] = {-1, -1}, control[2] = {-1, -1};

	k->err[0] = k->err[1] = -1;
	k->pid = -1;
	if (io_pipe(out, 0, f) == 0 && io_pipe(k->err, 0, f) == 0 && open_socket(control, f) == 0) {
		own.out = out[0];
		own.err = k->err[0];
		own.control = control[1];
		k->pid = fork();
		if (k->pid == 0)
			be_keeper(&own);
		if (k->pid < 0)
			fail_errno(f, "cannot start the keeper of what add prints");
	}
	k->out = out[1];
	k->control = control[0];
	io_shut(&out[0]);
	io_shut(&control[1]);
	if (k->pid > 0 && listen_to(k, ANSWER) == LOCKED)
		return 0;
	/* no add was started: the keeper ends when it is left */
	abandon(k);
	if (k->pid > 0) {
		kill(k->pid, SIGKILL);
		reap(k);
		fail_set(f, STATUS_SYSTEM, "cannot keep what add prints: its file can't be locked");
	}
	return -1;
}

enum keeper_end
keeper_end(struct keeper *k, bool wait, double seconds)
{
	char what = GONE;
	bool ended;

	io_shut(&k->out);
	if (say(k->control, wait ? ASK_AND_WAIT : ASK) == 0)
		what = listen_to(k, seconds > 0 && seconds < ANSWER ? seconds : ANSWER);
	abandon(k);
	if (what == KEEPER_FAILED || what == KEEPER_BLANK || what == KEEPER_OPEN)
		return (enum keeper_end)what;
	if (what == SILENT)
		return KEEPER_OPEN;
	ended = reap(k);
	return ended || what == KEEPER_ENDED ? KEEPER_ENDED : KEEPER_OPEN;
}
