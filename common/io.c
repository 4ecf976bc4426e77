#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

enum {
	READ_FIRST = 1 << 14, /* bytes: a small input fits into what the heap begins with */
	PATIENCE = 1000,      /* milliseconds */
	FILES_MAX = 1 << 16,
};

/* What is said is dropped for now. */
static bool unheard;

/* May the call be made again? Waits for fd where it would block. */
static int
again(int fd, short events)
{
	struct pollfd p = {fd, events, 0};

	if (errno == EINTR)
		return 1;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return 0;
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

int
io_read(int fd, struct buf *b, const char *name, struct fail *f)
{
	size_t want = READ_FIRST;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		want = (size_t)st.st_size + 1;
	for (;;) {
		if (buf_reserve(b, want))
			return fail_memory(f);
		n = read(fd, b->s + b->n, b->cap - b->n - 1);
		if (n == 0)
			return 0;
		if (n < 0 && !again(fd, POLLIN))
			return fail_errno(f, "cannot read %s", name);
		if (n > 0) {
			b->n += (size_t)n;
			b->s[b->n] = '\0';
		}
		want = 1;
	}
}

int
io_read_file(const char *path, struct buf *b, struct fail *f)
{
	int fd, r;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return fail_errno(f, "cannot open %s", path);
	r = io_read(fd, b, path, f);
	close(fd);
	return r;
}

int
io_write(int fd, const char *s, size_t n, const char *name, struct fail *f)
{
	ssize_t w;

	while (n) {
		w = write(fd, s, n);
		if (w < 0 && !again(fd, POLLOUT))
			return fail_errno(f, "cannot write %s", name);
		if (w > 0) {
			s += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

int
io_print(const struct buf *b, struct fail *f)
{
	if (b->failed)
		return fail_memory(f);
	return io_write(STDOUT_FILENO, b->s, b->n, "standard output", f);
}

/* Its work is to end a write. One that comes just before the write begins is followed by another.
 */
static void
on_alarm(int sig)
{
	(void)sig;
	alarm(1);
}

/* A write that ends after a second or so, with EINTR. */
static ssize_t
write_for_a_second(int fd, const char *s, size_t n)
{
	struct sigaction sa = {.sa_handler = on_alarm}, old;
	sigset_t set, mask;
	unsigned left;
	ssize_t w;
	int err;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigaction(SIGALRM, &sa, &old);
	sigprocmask(SIG_UNBLOCK, &set, &mask);
	left = alarm(1);
	w = write(fd, s, n);
	err = errno;
	alarm(0);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGALRM, &old, NULL);
	alarm(left);
	errno = err;
	return w;
}

/*
 * A pipe that poll calls writable takes PIPE_BUF bytes at once, unless others that write to it are
 * faster. For their sake it isn't made non-blocking.
 */
void
io_say(const char *s, size_t n)
{
	struct pollfd p = {STDERR_FILENO, POLLOUT, 0};
	bool cut = false;
	ssize_t w;
	int r;

	while (n) {
		r = poll(&p, 1, unheard ? 0 : PATIENCE);
		if (r < 0 && errno == EINTR)
			continue;
		unheard = r == 0;
		/* where it can't be asked, it is tried */
		if (r == 0 || (r > 0 && !(p.revents & POLLOUT)))
			return;
		w = write_for_a_second(STDERR_FILENO, s, n < PIPE_BUF ? n : PIPE_BUF);
		if (w < 0 && errno != EAGAIN && (errno != EINTR || cut)) {
			unheard = errno == EINTR;
			return;
		}
		/* a signal that was for something else is no reason to be silent */
		cut = w < 0 && errno == EINTR;
		if (w > 0) {
			s += w;
			n -= (size_t)w;
		}
	}
}

int
io_pipe(int fds[2], int ours, struct fail *f)
{
	int i, flags;

	if (pipe(fds)) {
		fds[0] = fds[1] = -1;
		return fail_errno(f, "cannot make a pipe");
	}
	for (i = 0; i < 2; i++)
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	if (ours < 0)
		return 0;
	flags = fcntl(fds[ours], F_GETFL);
	if (flags >= 0 && fcntl(fds[ours], F_SETFL, flags | O_NONBLOCK) == 0 &&
	    fds[ours] < FD_SETSIZE)
		return 0;
	io_shut(&fds[0]);
	io_shut(&fds[1]);
	return fail_set(f, STATUS_SYSTEM, "cannot make a pipe: too many files are open");
}

ssize_t
io_read_some(int fd, void *p, size_t n)
{
	ssize_t r;

	do
		r = read(fd, p, n);
	while (r < 0 && errno == EINTR);
	return r;
}

ssize_t
io_write_some(int fd, const void *p, size_t n)
{
	ssize_t w;

	do
		w = write(fd, p, n);
	while (w < 0 && errno == EINTR);
	return w;
}

void
io_shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
close_unless(int fd, const int *keep, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (keep[i] == fd)
			return;
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Returns 0, or -1: the system doesn't tell, or not all of it, which ones are open. */
static int
close_listed(const int *keep, size_t n)
{
	DIR *dir = opendir("/dev/fd");
	struct dirent *entry;
	int err;

	if (!dir)
		return -1;
	while (errno = 0, (entry = readdir(dir)))
		if (strtol(entry->d_name, NULL, 10) != dirfd(dir))
			close_unless((int)strtol(entry->d_name, NULL, 10), keep, n);
	err = errno;
	closedir(dir);
	return err ? -1 : 0;
}

void
io_close_others(const int *keep, size_t n)
{
	long fd, end = sysconf(_SC_OPEN_MAX);

	if (close_listed(keep, n) == 0)
		return;
	for (fd = STDERR_FILENO + 1; fd < (end > 0 && end < FILES_MAX ? end : FILES_MAX); fd++)
		close_unless((int)fd, keep, n);
}
