/*
 * A library for LD_PRELOAD that makes one system call or allocation of the program fail, as the
 * page that $TORTURE names says, and counts what the program doesn't give back. Children of the
 * program are left alone. For glibc.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

enum { FILES = 64 }; /* descriptors that are looked at in the end */

/* glibc's own, under names that need no dlsym, which allocates */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static struct torture none, *page = &none;
static long calls; /* of the function that fails */
static bool inherited[FILES];
static bool is_child; /* forked, and not a program of its own yet */

/* The function of that name that would be called without this library. */
#define REAL(name) ((__typeof__(&name))real(#name))

static void *
real(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f)
		abort();
	return f;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("TORTURE");
	int fd = path ? REAL(open)(path, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd < 0)
		return;
	p = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REAL(close)(fd);
	for (fd = 3; fd < FILES; fd++)
		inherited[fd] = REAL(fcntl)(fd, F_GETFD) >= 0;
	unsetenv("TORTURE");
	unsetenv("LD_PRELOAD");
	if (p != MAP_FAILED)
		page = p;
}

__attribute__((destructor)) static void
end(void)
{
	for (int fd = 3; fd < FILES; fd++)
		page->files += !inherited[fd] && REAL(fcntl)(fd, F_GETFD) >= 0;
}

/* Is this the call that fails? If so, errno is set. */
static bool
fails(const char *function)
{
	if (strcmp(page->call, function) != 0)
		return false;
	calls++;
	if (page->sticky ? calls < page->nth : calls != page->nth)
		return false;
	page->fired++;
	errno = page->err;
	return true;
}

static void *
counted(void *p)
{
	page->live += p && !is_child;
	return p;
}

/* Looks for a token in what is given back. */
static void
given_back(void *p)
{
	if (!p || is_child)
		return;
	page->live--;
	page->unwiped +=
	    memmem(p, malloc_usable_size(p), TORTURE_TOKEN, strlen(TORTURE_TOKEN)) != NULL;
}

void *
malloc(size_t size)
{
	return fails("malloc") ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return fails("calloc") ? NULL : counted(__libc_calloc(n, size));
}

void *
realloc(void *p, size_t size)
{
	if (fails("realloc"))
		return NULL;
	given_back(p);
	return counted(__libc_realloc(p, size));
}

void
free(void *p)
{
	given_back(p);
	__libc_free(p);
}

/* Can the call go on? If it is the one that fails, with errno, or with a part of its n bytes. */
static bool
goes_on(const char *function, size_t *n, size_t most)
{
	if (!fails(function))
		return true;
	if (page->err != TORTURE_SHORT)
		return false;
	*n = *n < most ? *n : most;
	*n -= *n / 2;
	return *n > 0;
}

ssize_t
read(int fd, void *buf, size_t n)
{
	/* a pipe that select has spoken of has something */
	if (page->err == EAGAIN && fd != 0)
		return REAL(read)(fd, buf, n);
	return goes_on("read", &n, 7) ? REAL(read)(fd, buf, n) : -1;
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	bool message = fd == STDERR_FILENO;

	return goes_on(message ? "message" : "write", &n, n) ? REAL(write)(fd, buf, n) : -1;
}

ssize_t
pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return goes_on("pwrite", &n, n) ? REAL(pwrite)(fd, buf, n, at) : -1;
}

int
open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fails("open") ? -1 : REAL(open)(path, flags, mode);
}

int
fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	if ((cmd == F_SETLK || cmd == F_SETLKW) && fails("lock"))
		return -1;
	return REAL(fcntl)(fd, cmd, arg);
}

/* What a forked child has is a copy: it fails as its parent does, and counts nothing. */
pid_t
fork(void)
{
	pid_t pid;

	if (fails("fork"))
		return -1;
	pid = REAL(fork)();
	is_child |= pid == 0;
	return pid;
}

/* The descriptor is gone, as it is on Linux whatever close says. */
int
close(int fd)
{
	bool failed = fails("close");
	int err = errno, result = REAL(close)(fd);

	if (!failed)
		return result;
	errno = err;
	return -1;
}

int
nanosleep(const struct timespec *ts, struct timespec *left)
{
	if (!fails("nanosleep"))
		return REAL(nanosleep)(ts, left);
	if (left)
		*left = *ts;
	return -1;
}

/* The calls that do nothing at all where they fail. */
#define PLAIN(type, name, failure, parameters, arguments)               \
	type name parameters                                            \
	{                                                               \
		return fails(#name) ? (failure) : REAL(name) arguments; \
	}

PLAIN(int, fsync, -1, (int fd), (fd))
PLAIN(int, rename, -1, (const char *from, const char *to), (from, to))
PLAIN(int, pipe, -1, (int fds[2]), (fds))
PLAIN(pid_t, waitpid, -1, (pid_t pid, int *status, int options), (pid, status, options))
PLAIN(int, waitid, -1, (idtype_t type, id_t id, siginfo_t *info, int options),
    (type, id, info, options))
PLAIN(int, pselect, -1,
    (int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *ts, const sigset_t *mask),
    (n, r, w, e, ts, mask))
PLAIN(int, poll, -1, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))
PLAIN(int, unlink, -1, (const char *path), (path))
PLAIN(int, fstat, -1, (int fd, struct stat *sb), (fd, sb))
PLAIN(int, stat, -1, (const char *path, struct stat *sb), (path, sb))
PLAIN(off_t, lseek, -1, (int fd, off_t at, int whence), (fd, at, whence))
PLAIN(DIR *, opendir, NULL, (const char *path), (path))
PLAIN(struct dirent *, readdir, NULL, (DIR * dir), (dir))
PLAIN(int, ftruncate, -1, (int fd, off_t size), (fd, size))
PLAIN(int, socketpair, -1, (int domain, int type, int protocol, int fds[2]),
    (domain, type, protocol, fds))
