#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bag.h"
#include "folder.h"
#include "text.h"

unsigned long
folder_bag_version(int dir, const char *path)
{
	char head[BAG_HEAD + 1] = "";
	ssize_t n;
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	n = read(fd, head, BAG_HEAD);
	close(fd);
	return n == BAG_HEAD ? strtoul(head, NULL, 10) : 0;
}

const char *
folder_app(const char *unit)
{
	return memory_brief("%.*s", (int)strcspn(unit, "/"), unit);
}

const char *
folder_unit(const char *unit)
{
	const char *slash = strchr(unit, '/');

	return slash == NULL ? unit : memory_brief("%s-%s", folder_app(unit), slash + 1);
}

void
folder_log(int dir, const char *unit, const char *level, const char *module, const char *message)
{
	time_t clock = time(NULL);
	char now[16];

	strftime(now, sizeof now, "%H:%M:%S", localtime(&clock));
	file_append(
	    dir, "log", "unit-%s: %s %s %s %s\n", folder_unit(unit), now, level, module, message);
}

char *
folder_status(int dir, const char *path, const char **message)
{
	char *s, *end;

	s = file_read(dir, path, NULL);
	if (s == NULL)
		s = memory_text("unknown\n");
	end = s + strcspn(s, "\n");
	if (*end == '\n')
		*end++ = '\0';
	*message = end;
	return s;
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
	f->text = memory_text("%s", line);
	return true;
}

char *
folder_fault(int model, const char *kind, const char *unit, const char *hook, const char *command)
{
	struct fault fault = {0};
	struct buf rest = {0};
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
			buf_printf(&rest, "%s\n", line);
		else if (fault.left > 0)
			buf_printf(
			    &rest, "%.*s %ld %s\n", (int)fault.head, line, fault.left, fault.text);
	}
	if (fault.text != NULL && (lseek(fd, 0, SEEK_SET) < 0 || ftruncate(fd, 0) < 0 ||
				      file_write_fd(fd, rest.s, rest.n) < 0)) {
		free(fault.text);
		fault.text = NULL;
	}
	free(s);
	buf_free(&rest);
	close(fd);
	return fault.text;
}
