#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

char *
file_read_fd(int fd, size_t *n)
{
	struct text t = {0};
	struct stat st;
	ssize_t got;

	t.cap = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size + 2 : 4096;
	t.s = text_alloc(NULL, t.cap);
	for (;;) {
		if (t.n + 1 == t.cap) {
			t.cap *= 2;
			t.s = text_alloc(t.s, t.cap);
		}
		got = read(fd, t.s + t.n, t.cap - t.n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		t.n += (size_t)got;
	}
	if (got < 0) {
		text_free(&t);
		return NULL;
	}
	t.s[t.n] = '\0';
	if (n != NULL)
		*n = t.n;
	return t.s;
}

char *
file_read(int dir, const char *path, size_t *n)
{
	char *s;
	int fd;

	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	s = file_read_fd(fd, n);
	close(fd);
	return s;
}

int
file_write_fd(int fd, const char *s, size_t n)
{
	ssize_t put;

	while (n > 0) {
		put = write(fd, s, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		s += put;
		n -= (size_t)put;
	}
	return 0;
}

int
file_write(int dir, const char *path, const char *s, size_t n)
{
	struct text tmp = {0};
	int fd, r;

	text_fmt(&tmp, "%s.%ld~", path, (long)getpid());
	r = -1;
	fd = openat(dir, tmp.s, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd >= 0) {
		r = file_write_fd(fd, s, n);
		if (close(fd) < 0 || r < 0 || renameat(dir, tmp.s, dir, path) < 0) {
			unlinkat(dir, tmp.s, 0);
			r = -1;
		}
	}
	text_free(&tmp);
	return r;
}

int
file_append(int dir, const char *path, const char *s, size_t n)
{
	int fd, r;

	fd = openat(dir, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		return -1;
	r = file_write_fd(fd, s, n);
	close(fd);
	return r;
}

int
file_lock(int dir, const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd;

	fd = openat(dir, path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return -1;
	while (fcntl(fd, F_SETLKW, &lock) < 0) {
		if (errno != EINTR) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
file_list(int dir, const char *path, size_t *n)
{
	struct dirent *entry;
	char **name;
	DIR *d;
	int fd;

	*n = 0;
	fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return NULL;
	}
	name = text_alloc(NULL, sizeof *name);
	while ((entry = readdir(d)) != NULL) {
		/* "~" is a file that somebody is about to rename. */
		if (entry->d_name[0] == '.' || strchr(entry->d_name, '~') != NULL)
			continue;
		name = text_alloc(name, (*n + 1) * sizeof *name);
		name[(*n)++] = text_dup(entry->d_name, strlen(entry->d_name));
	}
	closedir(d);
	qsort(name, *n, sizeof *name, by_name);
	return name;
}

void
file_list_free(char **name, size_t n)
{
	while (n > 0)
		free(name[--n]);
	free(name);
}

int
file_remove(int dir, const char *path)
{
	struct dirent *entry;
	DIR *d;
	int fd;

	if (unlinkat(dir, path, 0) == 0 || errno == ENOENT)
		return 0;
	fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return -1;
	}
	while ((entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			file_remove(dirfd(d), entry->d_name);
	}
	closedir(d);
	return unlinkat(dir, path, AT_REMOVEDIR);
}

unsigned long
file_bag_version(int dir, const char *path)
{
	char head[FILE_BAG_HEAD + 1] = "";
	ssize_t n;
	int fd;

	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, head, FILE_BAG_HEAD);
	close(fd);
	return n == FILE_BAG_HEAD ? strtoul(head, NULL, 10) : 0;
}

static bool
fault_word(const char *word, const char *want)
{
	return strcmp(word, "*") == 0 || strcmp(word, want) == 0;
}

struct fault {
	char *text;
	long left;   /* times that it will strike still */
	size_t head; /* bytes of "COMMAND UNIT" */
};

static bool
fault_match(const char *line, const char *kind, const char *unit, const char *hook,
    const char *command, struct fault *f)
{
	char a[64], b[256], c[256], d[64];
	int n, at;

	n = sscanf(line, "%63s %255s%n", a, b, &at);
	if (n < 2 || strcmp(a, kind) != 0 || !fault_word(b, unit))
		return false;
	f->head = (size_t)at;
	f->left = 0;
	line += at;
	if (strcmp(kind, "kill") == 0) {
		n = sscanf(line, "%255s %63s", c, d);
		if (n < 1 || !fault_word(c, hook) || (n == 2 && !fault_word(d, command)))
			return false;
		line = "";
	} else if (sscanf(line, " %255[0-9]%n", c, &at) == 1) {
		f->left = strtol(c, NULL, 10) - 1;
		line += at;
	}
	line += strspn(line, " ");
	f->text = text_dup(line, strlen(line));
	return true;
}

char *
file_fault(int model, const char *kind, const char *unit, const char *hook, const char *command)
{
	struct fault fault = {0};
	struct text rest = {0};
	char *s, *line, *next;
	struct stat st;
	int fd;

	if (fstatat(model, "faults", &st, 0) < 0 || st.st_size == 0)
		return NULL;
	fd = file_lock(model, "faults");
	if (fd < 0)
		return NULL;
	s = file_read_fd(fd, NULL);
	for (line = s; line != NULL && *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next == '\n')
			*next++ = '\0';
		if (fault.text != NULL || !fault_match(line, kind, unit, hook, command, &fault))
			text_fmt(&rest, "%s\n", line);
		else if (fault.left > 0)
			text_fmt(
			    &rest, "%.*s %ld %s\n", (int)fault.head, line, fault.left, fault.text);
	}
	if (fault.text != NULL && (lseek(fd, 0, SEEK_SET) < 0 || ftruncate(fd, 0) < 0 ||
				      file_write_fd(fd, rest.s, rest.n) < 0)) {
		free(fault.text);
		fault.text = NULL;
	}
	free(s);
	text_free(&rest);
	close(fd);
	return fault.text;
}
