#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "host.h"
#include "io.h"
#include "store.h"
#include "token.h"

enum {
	LOCK_POLL = 10,	     /* milliseconds */
	ADDED_MAX = 1 << 20, /* bytes: what is longer is no token */
	NAME_LIMIT = 255,    /* bytes of a file's name, where the system doesn't tell */
};

static const char add_suffix[] = ".add-", add_hashed[] = ".add-#";

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

static int
open_again(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static int
refuse(const char *path, const char *why, struct fail *f)
{
	fail_set(f, STATUS_SYSTEM, "cannot use %s: %s", path, why);
	errno = EPERM;
	return -1;
}

/* Is what fd is open on a file that nobody else could have written? */
static int
check_ours(int fd, const char *path, struct fail *f)
{
	struct stat sb;
	int err;

	if (fstat(fd, &sb)) {
		err = errno;
		fail_errno(f, "cannot look at %s", path);
		errno = err;
		return -1;
	}
	if (!S_ISREG(sb.st_mode))
		return refuse(path, "it is no regular file", f);
	if (sb.st_uid != geteuid())
		return refuse(path, "it belongs to another user", f);
	if (sb.st_mode & (S_IWGRP | S_IWOTH))
		return refuse(path, "others may write to it", f);
	return 0;
}

/* -1 with f filled, and errno EPERM where what is there is none of ours, whatever it is. */
static int
refuse_unopened(const char *path, struct fail *f)
{
	int err = errno;

	if (err == ELOOP || err == EMLINK)
		return refuse(path, "it is a symbolic link", f);
	if (err == EISDIR || err == ENXIO)
		return refuse(path, "it is no regular file", f);
	fail_errno(f, "cannot open %s", path);
	errno = err == EACCES ? EPERM : err;
	return -1;
}

/* Opens a file that must be ours. -1 with f filled and errno, as refuse_unopened; with missing_ok
 * also for one that isn't there, ENOENT. */
static int
open_ours(const char *path, int flags, bool missing_ok, struct fail *f)
{
	int fd = open_again(path, flags), err;

	if (fd < 0)
		return missing_ok && errno == ENOENT ? -1 : refuse_unopened(path, f);
	if (check_ours(fd, path, f) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static int
take_lock(struct store *st, double timeout, struct fail *f)
{
	struct timespec pause = {0, LOCK_POLL * 1000000};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *path = join(st->path, ".lock", "");
	double end = clock_now() + timeout;
	int r = -1;

	if (!path)
		return fail_memory(f);
	st->lock = open_ours(path, O_RDWR | O_CREAT, false, f);
	while (st->lock >= 0 && (r = fcntl(st->lock, F_SETLK, &lock)) < 0) {
		if (errno != EACCES && errno != EAGAIN && errno != EINTR) {
			fail_errno(f, "cannot lock %s", path);
			break;
		}
		if (timeout > 0 && clock_now() >= end) {
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

/* Is a name so long that its host's is hashed? */
static bool
is_too_long(const struct store *st, const char *host)
{
	const char *slash = strrchr(st->path, '/');
	long most = pathconf(st->dir, _PC_NAME_MAX);

	return strlen(slash ? slash + 1 : st->path) + strlen(add_suffix) + strlen(host) >
	       (size_t)(most > 0 ? most : NAME_LIMIT);
}

/* The path of FILE.add-HOST, to be freed; or NULL. '#' is in no host's name. */
static char *
add_path(const struct store *st, const char *host)
{
	return is_too_long(st, host) ? join(st->path, add_hashed, token_id(host).s)
				     : join(st->path, add_suffix, host);
}

static void
remove_add(const struct store *st, const char *host)
{
	char *path = add_path(st, host);

	if (path)
		unlink(path);
	free(path);
}

/* Removes FILE.add-HOST of the hosts whose token s has. */
static void
remove_kept(struct store *st, const struct state *s)
{
	struct map_entry *e;

	for (e = st->added.entries; e < st->added.entries + st->added.n; e++) {
		if (!e->value || !map_value(&s->tokens, e->key))
			continue;
		remove_add(st, e->key);
		e->value = NULL;
	}
}

int
store_save(struct store *st, const struct state *s, struct fail *f)
{
	char *path = join(st->path, ".new", "");
	int r;

	if (!path)
		return fail_memory(f);
	r = write_new(st, path, s, f);
	if (r == 0)
		r = sync_dir(st, f);
	free(path);
	if (r)
		return -1;
	remove_kept(st, s);
	return 0;
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
	free(blanks);
	return r;
}

/* Is its keeper still there? */
static bool
is_locked(int fd)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_GETLK, &lock) || lock.l_type != F_UNLCK;
}

/* Appends to out what the file holds from offset at; nothing where that is too much for a token. */
static int
read_added(int fd, off_t at, const char *path, struct buf *out, struct fail *f)
{
	struct stat sb;

	if (fstat(fd, &sb) || lseek(fd, at, SEEK_SET) < 0)
		return fail_errno(f, "cannot read %s", path);
	return sb.st_size > ADDED_MAX ? 0 : io_read(fd, out, path, f);
}

/* How much of a file whose name is hashed is the host's, or 0. */
static off_t
head_of(const struct store *st, const char *host)
{
	return is_too_long(st, host) ? (off_t)strlen(host) + 1 : 0;
}

/* Does the file begin with the host, where its name is hashed? */
static bool
is_of(int fd, const struct store *st, const char *host)
{
	size_t n = strlen(host), head = (size_t)head_of(st, host);
	char line[NAME_LIMIT + 1];

	return !head || (head <= sizeof line && pread(fd, line, head, 0) == (ssize_t)head &&
			    memcmp(line, host, n) == 0 && line[n] == '\n');
}

static bool
has_token(const struct store_add *add, const char *path)
{
	struct buf b = {0};
	struct fail ignored;
	const char *token = NULL;
	bool is_long;

	if (read_added(add->fd, add->at, path, &b, &ignored) == 0)
		token = token_strip(b.s, b.n);
	is_long = token && token_is_long(token);
	buf_free(&b);
	return is_long;
}

/* Looks at what an earlier add left, if anything. The descriptor stays only if it has printed. What
 * can't be looked at may have a token, and stays. */
static int
look_at_earlier(const struct store *st, const char *host, const char *path, struct store_add *add,
    struct fail *f)
{
	struct fail why;

	add->what = STORE_ADD_NEW;
	add->fd = open_ours(path, O_RDWR, true, &why);
	if (add->fd < 0 && errno == ENOENT)
		return 0;
	if (add->fd < 0)
		return fail_set(
		    f, STATUS_SYSTEM, errno == EPERM ? "%s; remove it" : "%s", why.text);
	if (is_locked(add->fd) || !is_of(add->fd, st, host))
		add->what = STORE_ADD_AWAITED;
	else if (has_token(add, path))
		add->what = STORE_ADD_PRINTED;
	if (add->what == STORE_ADD_PRINTED)
		return 0;
	close(add->fd);
	add->fd = -1;
	return 0;
}

/* If the file's name is a hash, writes the host as its first line. Then reserves room. */
static int
fill(int fd, const char *host, off_t head, const char *path, struct fail *f)
{
	if (head &&
	    (io_write(fd, host, (size_t)head - 1, path, f) || io_write(fd, "\n", 1, path, f)))
		return -1;
	return reserve(fd, path, f);
}

static int
new_add(struct store *st, const char *host, const char *path, struct store_add *add, struct fail *f)
{
	int fd = create(path, f);

	if (fd < 0)
		return -1;
	if (fill(fd, host, add->at, path, f) || sync_file(fd, path, f) || sync_dir(st, f)) {
		close(fd);
		unlink(path);
		return -1;
	}
	add->fd = fd;
	return 0;
}

int
store_add_begin(struct store *st, const char *host, struct store_add *add, struct fail *f)
{
	char *path = add_path(st, host);
	int r;

	if (!path)
		return fail_memory(f);
	add->at = head_of(st, host);
	r = look_at_earlier(st, host, path, add, f);
	if (r == 0 && add->what == STORE_ADD_NEW)
		r = new_add(st, host, path, add, f);
	free(path);
	return r;
}

int
store_add_end(
    struct store *st, const char *host, struct store_add *add, struct buf *out, struct fail *f)
{
	char *path = add_path(st, host), *added = arena_copy(&st->arena, host, strlen(host));
	int r = -1;

	if (!path || !added || map_set(&st->added, added, added))
		fail_memory(f);
	else
		r = read_added(add->fd, add->at, path, out, f);
	close(add->fd);
	free(path);
	return r;
}

void
store_add_drop(struct store *st, const char *host, bool keep)
{
	struct map_entry *e = map_get(&st->added, 0, host);

	if (e)
		e->value = NULL;
	if (!keep)
		remove_add(st, host);
}

/* Finds the host of a file in the end of its name or, if that is a hash, in its first line. Sets
 * *output to what add printed. */
static const char *
host_of(const char *suffix, struct buf *b, char **output)
{
	const char *hash = suffix + strlen(add_suffix);
	char *end;

	*output = b->s;
	if (*hash != '#')
		return hash;
	end = memchr(b->s, '\n', b->n);
	if (!end)
		return "";
	*end = '\0';
	*output = end + 1;
	return strcmp(token_id(b->s).s, hash + 1) == 0 ? b->s : "";
}

/* Takes the token in what FILE.add-HOST holds, if it is one, into s. */
static int
take_token(struct state *s, const char *suffix, struct buf *b, struct fail *f)
{
	const char *host, *token;
	char *output;

	if (!b->n)
		return 0;
	host = host_of(suffix, b, &output);
	token = token_strip(output, b->n - (size_t)(output - b->s));
	if (!token || !token_is_long(token) || host_fault(host))
		return 0;
	return state_set_token(s, host, token) ? fail_memory(f) : 0;
}

/* Takes FILE.add-HOST, whose name ends so, if nothing more can come. It is noted in done. */
static int
take_one(struct store *st, struct state *s, const char *suffix, struct map *done, struct fail *f)
{
	char *path = arena_join(&st->arena, st->path, suffix);
	struct buf b = {0};
	int fd, r;

	if (!path)
		return fail_memory(f);
	fd = open_ours(path, O_RDONLY, false, f);
	/* a warning tells of what isn't ours when its host asks for a token */
	if (fd < 0)
		return errno == EPERM ? 0 : -1;
	if (is_locked(fd)) {
		close(fd);
		return 0;
	}
	r = read_added(fd, 0, path, &b, f);
	close(fd);
	if (r == 0)
		r = take_token(s, suffix, &b, f);
	if (r == 0 && !map_put(done, 0, path))
		r = fail_memory(f);
	buf_free(&b);
	return r;
}

/* take_one of each of them. */
static int
take_all(struct store *st, struct state *s, struct map *done, struct fail *f)
{
	const char *slash = strrchr(st->path, '/'), *base = slash ? slash + 1 : st->path;
	size_t n = strlen(base);
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
		    strncmp(entry->d_name + n, add_suffix, strlen(add_suffix)) == 0)
			r = take_one(st, s, entry->d_name + n, done, f);
	}
	if (!r && errno)
		r = fail_errno(f, "cannot read %s", st->dir);
	closedir(dir);
	return r;
}

int
store_take_added(struct store *st, struct state *s, struct fail *f)
{
	struct map done = {0};
	size_t i;
	int r = take_all(st, s, &done, f);

	if (r == 0 && s->changed)
		r = store_save(st, s, f);
	for (i = 0; r == 0 && i < done.n; i++)
		unlink(done.entries[i].key);
	if (r == 0)
		s->changed = false;
	map_free(&done);
	return r;
}

void
store_close(struct store *st)
{
	if (st->lock >= 0)
		close(st->lock);
	free(st->path);
	free(st->dir);
	map_free(&st->added);
	arena_free(&st->arena);
	memset(st, 0, sizeof *st);
	st->lock = -1;
}
