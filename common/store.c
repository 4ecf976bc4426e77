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

/* Flags for a path where others may have put something. */
enum { SAFELY = O_NOFOLLOW | O_NOCTTY | O_NONBLOCK };

static const char add_suffix[] = ".add-", add_hashed[] = ".add-#";

/* open(2), again where a signal interrupts it. */
static int
open_again(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static int
sync_again(int fd)
{
	int r;

	do
		r = fsync(fd);
	while (r && errno == EINTR);
	return r;
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
	int fd = open_again(path, flags | SAFELY), err;

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
	const char *path = arena_join(&st->arena, st->path, ".lock");
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
	return r < 0 ? -1 : 0;
}

int
store_open(struct store *st, const char *path, bool lock, double timeout, struct fail *f)
{
	const char *slash = strrchr(path, '/');

	memset(st, 0, sizeof *st);
	st->lock = -1;
	st->path = arena_join(&st->arena, path, "");
	st->dir =
	    slash ? arena_copy(&st->arena, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
	if (!st->path || !st->dir) {
		fail_memory(f);
	} else {
		st->base = slash ? st->path + (slash - path) + 1 : st->path;
		if (!lock || take_lock(st, timeout, f) == 0)
			return 0;
	}
	store_close(st);
	return -1;
}

/* Tokens are in the file. If others can read it, they can't afterwards. */
static int
protect(int fd, const char *path, struct fail *f)
{
	struct stat sb;

	return fstat(fd, &sb) || (sb.st_mode & (S_IRWXG | S_IRWXO) && fchmod(fd, 0600))
		   ? fail_errno(f, "cannot set the mode of %s", path)
		   : 0;
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
	if (r == 0)
		r = state_read(s, b.s, b.n, st->path, f);
	if (r == 0 && st->lock >= 0)
		r = protect(fd, st->path, f);
	close(fd);
	buf_free(&b);
	return r;
}

static int
sync_dir(struct store *st, struct fail *f)
{
	int fd = open_again(st->dir, O_RDONLY | O_DIRECTORY), r = 0;

	if (fd < 0)
		return fail_errno(f, "cannot open %s", st->dir);
	/* not every file system can sync a folder, and one that can't says so */
	if (sync_again(fd) && errno != EINVAL)
		r = fail_errno(f, "cannot sync %s", st->dir);
	close(fd);
	return r;
}

static int
sync_file(int fd, const char *path, struct fail *f)
{
	return sync_again(fd) ? fail_errno(f, "cannot sync %s", path) : 0;
}

/* A new file, in place of what a step that was cut off left. */
static int
create(const char *path, struct fail *f)
{
	int fd;

	if (unlink(path) && errno != ENOENT)
		return fail_errno(f, "cannot remove %s", path);
	fd = open_again(path, O_RDWR | O_CREAT | O_EXCL | SAFELY);
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
	long most = pathconf(st->dir, _PC_NAME_MAX);

	return strlen(st->base) + strlen(add_suffix) + strlen(host) >
	       (size_t)(most > 0 ? most : NAME_LIMIT);
}

/* The path of FILE.add-HOST, or NULL: no memory. '#' is in no host's name. */
static const char *
add_path(struct store *st, const char *host)
{
	const char *end = is_too_long(st, host)
			      ? arena_join(&st->arena, add_hashed, token_id(host).s)
			      : arena_join(&st->arena, add_suffix, host);

	return end ? arena_join(&st->arena, st->path, end) : NULL;
}

static void
remove_add(struct store *st, const char *host)
{
	const char *path = add_path(st, host);

	if (path)
		unlink(path);
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
	const char *path = arena_join(&st->arena, st->path, ".new");

	if (!path)
		return fail_memory(f);
	if (write_new(st, path, s, f) || sync_dir(st, f))
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
has_token(const struct store_add *add)
{
	struct buf b = {0};
	struct fail ignored;
	const char *token = NULL;
	bool is_long;

	if (read_added(add->fd, add->at, add->path, &b, &ignored) == 0)
		token = token_strip(b.s, b.n);
	is_long = token && token_is_long(token);
	buf_free(&b);
	return is_long;
}

/* Looks at what an earlier add left, if anything. The descriptor stays only if it has printed. What
 * can't be looked at may have a token, and stays. */
static int
look_at_earlier(const struct store *st, const char *host, struct store_add *add, struct fail *f)
{
	struct fail why;

	add->what = STORE_ADD_NEW;
	add->fd = open_ours(add->path, O_RDWR, true, &why);
	if (add->fd < 0 && errno == ENOENT)
		return 0;
	if (add->fd < 0)
		return fail_set(
		    f, STATUS_SYSTEM, errno == EPERM ? "%s; remove it" : "%s", why.text);
	if (is_locked(add->fd) || !is_of(add->fd, st, host))
		add->what = STORE_ADD_AWAITED;
	else if (has_token(add))
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
new_add(struct store *st, const char *host, struct store_add *add, struct fail *f)
{
	add->fd = create(add->path, f);
	if (add->fd < 0)
		return -1;
	if (fill(add->fd, host, add->at, add->path, f) == 0 &&
	    sync_file(add->fd, add->path, f) == 0 && sync_dir(st, f) == 0)
		return 0;
	close(add->fd);
	unlink(add->path);
	return -1;
}

int
store_add_begin(struct store *st, const char *host, struct store_add *add, struct fail *f)
{
	add->path = add_path(st, host);
	if (!add->path)
		return fail_memory(f);
	add->at = head_of(st, host);
	if (look_at_earlier(st, host, add, f))
		return -1;
	return add->what == STORE_ADD_NEW ? new_add(st, host, add, f) : 0;
}

int
store_add_end(
    struct store *st, const char *host, struct store_add *add, struct buf *out, struct fail *f)
{
	const char *added = arena_join(&st->arena, host, "");
	int r;

	if (!added || map_set(&st->added, added, added))
		r = fail_memory(f);
	else
		r = read_added(add->fd, add->at, add->path, out, f);
	close(add->fd);
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
	const char *path = arena_join(&st->arena, st->path, suffix);
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
	size_t n = strlen(st->base);
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
		if (strncmp(entry->d_name, st->base, n) == 0 &&
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
	map_free(&st->added);
	arena_free(&st->arena);
	memset(st, 0, sizeof *st);
	st->lock = -1;
}
