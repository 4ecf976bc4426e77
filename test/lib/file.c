#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"
#include "io.h"
#include "memory.h"

char *
file_read_fd(int fd, size_t *n)
{
	struct buf b = {0};
	struct fail f;

	if (io_read(fd, &b, "", &f) < 0) {
		buf_free(&b);
		return NULL;
	}
	if (n != NULL)
		*n = b.n;
	return b.s;
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
	struct fail f;

	return io_write(fd, s, n, "", &f);
}

int
file_write(int dir, const char *path, const char *text)
{
	const char *tmp = memory_brief("%s.%ld~", path, (long)getpid());
	int fd, r;

	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return -1;
	r = text == NULL ? 0 : file_write_fd(fd, text, strlen(text));
	if (close(fd) < 0 || r < 0 || renameat(dir, tmp, dir, path) < 0) {
		unlinkat(dir, tmp, 0);
		return -1;
	}
	return 0;
}

int
file_append(int dir, const char *path, const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;
	int fd, r;

	fd = openat(dir, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		return -1;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	r = file_write_fd(fd, b.s, b.n);
	buf_free(&b);
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

static DIR *
open_folder(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && d == NULL)
		close(fd);
	return d;
}

char **
file_list(int dir, const char *path, size_t *n)
{
	struct dirent *entry;
	char **name = NULL;
	DIR *d = open_folder(dir, path);

	*n = 0;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		/* "~" is a file that somebody is about to rename. */
		if (entry->d_name[0] == '.' || strchr(entry->d_name, '~') != NULL)
			continue;
		name = memory_add(name, n, memory_text("%s", entry->d_name));
	}
	if (d != NULL)
		closedir(d);
	memory_sort(name, *n);
	return name;
}

int
file_remove(int dir, const char *path)
{
	struct dirent *entry;
	DIR *d;

	if (unlinkat(dir, path, 0) == 0 || errno == ENOENT)
		return 0;
	d = open_folder(dir, path);
	if (d == NULL)
		return -1;
	while ((entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			file_remove(dirfd(d), entry->d_name);
	}
	closedir(d);
	return unlinkat(dir, path, AT_REMOVEDIR);
}
