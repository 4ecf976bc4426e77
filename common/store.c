#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "io.h"
#include "store.h"
#include "token.h"

enum {
	LOCK_POLL = 10,	     /* milliseconds */
	ORPHAN = 600,	     /* seconds; twice the timeout, if that is longer */
	ADDED_MAX = 1 << 20, /* bytes: what is longer is no token */
};

static const char add_suffix[] = ".add-";

static char *
join(const char *a, const char *b, const char *c)
{
	size_t n = strlen(a) + strlen(b) + strlen(c) + 1;
	char *s = malloc(n);

	if (s)
		snprintf(s, n, "%s%s%s", a, b, c);
	return s;
}

static char *
dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = join(slash ? path : ".", "", "");

	if (dir && slash)
		dir[slash == path ? 1 : slash - path] = '\0';
	return dir;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
open_again(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* Is what fd is open on a file that nobody else could have written? */
static int
check_ours(int fd, const char *path, struct fail *f)
{
	struct stat sb;

	if (fstat(fd, &sb))
		return fail_errno(f, "cannot look at %s", path);
	if (!S_ISREG(sb.st_mode))
		return fail_set(f, STATUS_SYSTEM, "cannot use %s: it is no regular file", path);
	if (sb.st_uid != geteuid())
		return fail_set(
		    f, STATUS_SYSTEM, "cannot use %s: it belongs to another user", path);
	if (sb.st_mode & (S_IWGRP | S_IWOTH))
		return fail_set(f, STATUS_SYSTEM, "cannot use %s: others may write to it", path);
	return 0;
}

/* Opens a file that must be ours. -1 with f filled; with missing_ok also for one that isn't there,
 * errno ENOENT. */
static int
open_ours(const char *path, int flags, bool missing_ok, struct fail *f)
{
	int fd = open_again(path, flags);

	if (fd < 0 && missing_ok && errno == ENOENT)
		return -1;
	if (fd < 0 && (errno == ELOOP || errno == EMLINK))
		fail_set(f, STATUS_SYSTEM, "cannot use %s: it is a symbolic link", path);
	else if (fd < 0)
		fail_errno(f, "cannot open %s", path);
	if (fd >= 0 && check_ours(fd, path, f)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		errno = EACCES;
	return fd;
}

static int
take_lock(struct store *st, double timeout, struct fail *f)
{
	struct timespec pause = {0, LOCK_POLL * 1000000};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *path = join(st->path, ".lock", "");
	double end = now() + timeout;
	int r = -1;

	if (!path)
		return fail_memory(f);
	st->lock = open_ours(path, O_RDWR | O_CREAT, false, f);
	while (st->lock >= 0 && (r = fcntl(st->lock, F_SETLK, &lock)) < 0) {
		if (errno != EACCES && errno != EAGAIN && errno != EINTR) {
			fail_errno(f, "cannot lock %s", path);
			break;
		}
		if (now() >= end) {
			fail_set(f, STATUS_SYSTEM,
			    "cannot lock %s: another step holds it after %g s", path, timeout);
			break;
		}
		nanosleep(&pause, NULL);
	}
	free(path);
	return r < 0 ? -1 : 0;
}

int
store_open(struct store *st, const char *path, bool lock, double timeout, struct fail *f)
{
	memset(st, 0, sizeof *st);
	st->lock = -1;
	st->orphan = 2 * timeout > ORPHAN ? 2 * timeout : ORPHAN;
	st->path = join(path, "", "");
	st->dir = dir_of(path);
	if (!st->path || !st->dir)
		fail_memory(f);
	else if (!lock || take_lock(st, timeout, f) == 0)
		return 0;
	store_close(st);
	return -1;
}

int
store_read(struct store *st, struct state *s, struct fail *f)
{
	struct buf b = {0};
	int fd, r;

	state_new(s);
	fd = open_ours(st->path, O_RDONLY, true, f);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	r = io_read(fd, &b, st->path, f);
	close(fd);
	if (r == 0)
		r = state_read(s, b.s, b.n, st->path, f);
	buf_free(&b);
	return r;
}

static int
sync_dir(struct store *st, struct fail *f)
{
	int fd, r;

	do
		fd = open(st->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return fail_errno(f, "cannot open %s", st->dir);
	do
		r = fsync(fd);
	while (r && errno == EINTR);
	/* not every file system can sync a folder, and one that can't says so */
	if (r && errno != EINVAL)
		fail_errno(f, "cannot sync %s", st->dir);
	else
		r = 0;
	close(fd);
	return r;
}

static int
sync_file(int fd, const char *path, struct fail *f)
{
	int r;

	do
		r = fsync(fd);
	while (r && errno == EINTR);
	return r ? fail_errno(f, "cannot sync %s", path) : 0;
}

/* A new file, in place of what a step that was cut off left. */
static int
create(const char *path, struct fail *f)
{
	int fd;

	if (unlink(path) && errno != ENOENT)
		return fail_errno(f, "cannot remove %s", path);
	fd = open_again(path, O_RDWR | O_CREAT | O_EXCL);
	return fd < 0 ? fail_errno(f, "cannot create %s", path) : fd;
}

static int
write_new(struct store *st, const char *path, const struct state *s, struct fail *f)
{
	struct buf b = {0};
	int fd, r = -1;

	state_put(&b, s);
	if (b.failed) {
		buf_free(&b);
		return fail_memory(f);
	}
	fd = create(path, f);
	if (fd >= 0) {
		r = io_write(fd, b.s, b.n, path, f);
		if (r == 0)
			r = sync_file(fd, path, f);
		if (close(fd) && r == 0 && errno != EINTR)
			r = fail_errno(f, "cannot write %s", path);
	}
	if (r == 0 && rename(path, st->path))
		r = fail_errno(f, "cannot rename %s to %s", path, st->path);
	if (r && fd >= 0)
		unlink(path);
	buf_free(&b);
	return r;
}

int
store_save(struct store *st, const struct state *s, struct fail *f)
{
	char *path = join(st->path, ".new", "");
	size_t i;
	int r;

	if (!path)
		return fail_memory(f);
	r = write_new(st, path, s, f);
	if (r == 0)
		r = sync_dir(st, f);
	free(path);
	if (r)
		return -1;
	for (i = 0; i < st->added.n; i++)
		unlink(st->added.strings[i]);
	pool_free(&st->added);
	return 0;
}

static char *
add_path(const struct store *st, const char *host)
{
	return join(st->path, add_suffix, host);
}

/*
 * Takes the room that a token may need, with blanks that it overwrites: on a disk that is full when
 * add has done its part the token would be lost.
 */
static int
reserve(int fd, const char *path, struct fail *f)
{
	char *blanks = malloc(TOKEN_MAX + 1);
	int r;

	if (!blanks)
		return fail_memory(f);
	memset(blanks, '\n', TOKEN_MAX + 1);
	r = io_write(fd, blanks, TOKEN_MAX + 1, path, f);
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = fail_errno(f, "cannot write %s", path);
	free(blanks);
	return r;
}

/* Does the file hold blanks alone? */
static bool
is_blank(int fd)
{
	char bytes[4096];
	off_t at = 0;
	ssize_t n, i;

	while ((n = pread(fd, bytes, sizeof bytes, at)) > 0) {
		for (i = 0; i < n; i++)
			if (bytes[i] != '\n')
				return false;
		at += n;
	}
	return n == 0;
}

/*
 * Was the file that fd is on made lately, and does it hold blanks alone? Then the add that it was
 * made for may outlive its step, and still print its token there. One without its whole room was
 * made by a step that was killed before it started the add.
 */
static bool
is_awaited(const struct store *st, int fd)
{
	struct stat sb;

	return fstat(fd, &sb) == 0 && sb.st_size > TOKEN_MAX &&
	       difftime(time(NULL), sb.st_mtime) < st->orphan && is_blank(fd);
}

/* The file that an earlier add was to print to, and may have, or -1. */
static int
open_earlier(const struct store *st, const char *path, enum store_add *what)
{
	struct fail ignored;
	int fd = open_ours(path, O_RDWR, true, &ignored);

	*what = STORE_ADD_NEW;
	if (fd >= 0 && !is_blank(fd))
		*what = STORE_ADD_PRINTED;
	else if (fd >= 0 && is_awaited(st, fd))
		*what = STORE_ADD_AWAITED;
	if (fd < 0 || *what != STORE_ADD_NEW)
		return fd;
	close(fd);
	return -1;
}

static int
new_add(struct store *st, const char *path, struct fail *f)
{
	int fd = create(path, f);

	if (fd >= 0 && (reserve(fd, path, f) || sync_file(fd, path, f) || sync_dir(st, f))) {
		close(fd);
		unlink(path);
		fd = -1;
	}
	return fd;
}

int
store_add_begin(struct store *st, const char *host, enum store_add *what, struct fail *f)
{
	char *path = add_path(st, host);
	int fd;

	if (!path)
		return fail_memory(f);
	fd = open_earlier(st, path, what);
	if (fd < 0)
		fd = new_add(st, path, f);
	free(path);
	return fd;
}

/* Appends to out what add printed; nothing where that is too much for a token. */
static int
read_added(int fd, const char *path, struct buf *out, struct fail *f)
{
	struct stat sb;

	if (fstat(fd, &sb) || lseek(fd, 0, SEEK_SET) < 0)
		return fail_errno(f, "cannot read %s", path);
	return sb.st_size > ADDED_MAX ? 0 : io_read(fd, out, path, f);
}

int
store_add_end(struct store *st, const char *host, int fd, struct buf *out, struct fail *f)
{
	char *path = add_path(st, host);
	int r = -1;

	if (!path || !pool_copy(&st->added, path, strlen(path)))
		fail_memory(f);
	else
		r = read_added(fd, path, out, f);
	close(fd);
	free(path);
	return r;
}

void
store_add_drop(struct store *st, const char *host, bool keep)
{
	char *path = add_path(st, host);
	size_t i;

	if (!path)
		return;
	for (i = 0; i < st->added.n; i++)
		if (strcmp(st->added.strings[i], path) == 0)
			st->added.strings[i][0] = '\0';
	if (!keep)
		unlink(path);
	free(path);
}

/* Takes the token in FILE.add-HOST, if it is one, into s. */
static int
take_one(struct store *st, struct state *s, const char *host, struct fail *f)
{
	char *path = add_path(st, host);
	const char *token;
	struct buf b = {0};
	int fd, r = -1;

	if (!path)
		return fail_memory(f);
	fd = open_ours(path, O_RDONLY, false, f);
	if (fd >= 0 && is_awaited(st, fd)) {
		close(fd);
		free(path);
		return 0;
	}
	if (fd >= 0) {
		r = read_added(fd, path, &b, f);
		close(fd);
	}
	token = r == 0 ? token_strip(&b) : NULL;
	if (token && !host_fault(host) && state_set_token(s, host, token))
		r = fail_memory(f);
	if (r == 0 && !pool_copy(&st->added, path, strlen(path)))
		r = fail_memory(f);
	buf_free(&b);
	free(path);
	return r;
}

int
store_take_added(struct store *st, struct state *s, struct fail *f)
{
	const char *slash = strrchr(st->path, '/'), *base = slash ? slash + 1 : st->path;
	size_t n = strlen(base), i;
	struct dirent *entry;
	DIR *dir = opendir(st->dir);
	int r = 0;

	if (!dir)
		return fail_errno(f, "cannot open %s", st->dir);
	while (!r) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (strncmp(entry->d_name, base, n) == 0 &&
		    strncmp(entry->d_name + n, add_suffix, sizeof add_suffix - 1) == 0)
			r = take_one(st, s, entry->d_name + n + sizeof add_suffix - 1, f);
	}
	if (!r && errno)
		r = fail_errno(f, "cannot read %s", st->dir);
	closedir(dir);
	if (r)
		return -1;
	if (s->changed && store_save(st, s, f))
		return -1;
	/* what held no token goes as well */
	for (i = 0; i < st->added.n; i++)
		unlink(st->added.strings[i]);
	pool_free(&st->added);
	s->changed = false;
	return 0;
}

void
store_close(struct store *st)
{
	if (st->lock >= 0)
		close(st->lock);
	free(st->path);
	free(st->dir);
	pool_free(&st->added);
	memset(st, 0, sizeof *st);
	st->lock = -1;
}
