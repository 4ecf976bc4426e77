#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

enum { READ_FIRST = 1 << 14 }; /* bytes: a small input fits into what the heap begins with */

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
