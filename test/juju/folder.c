#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bag.h"
#include "folder.h"

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

/* Ends the line with a NUL; returns what follows it. */
static char *
line_end(char *line)
{
	char *end = line + strcspn(line, "\n");

	if (*end == '\n')
		*end++ = '\0';
	return end;
}

char *
folder_status(int dir, const char *path, const char **message)
{
	char *s = file_read(dir, path, NULL);

	if (s == NULL)
		s = memory_text("unknown");
	*message = line_end(s);
	return s;
}

const struct tm *
folder_time(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, 0) < 0 ? NULL : gmtime(&st.st_mtime);
}

static bool
fault_word(const char *word, const char *want)
{
	return strcmp(word, "*") == 0 || strcmp(word, want) == 0;
}

/*
 * The text of a line's fault, if it is the one asked for, else NULL. head: bytes of "COMMAND UNIT".
 * left: times that it will strike still.
 */
static const char *
fault_text(const char *line, const char *kind, const char *unit, const char *hook,
    const char *command, int *head, long *left)
{
	char a[64], b[256], c[256], d[64];
	int n, digits;

	n = sscanf(line, "%63s %255s%n", a, b, head);
	if (n < 2 || strcmp(a, kind) != 0 || !fault_word(b, unit))
		return NULL;
	*left = 0;
	line += *head;
	if (strcmp(kind, "kill") == 0) {
		n = sscanf(line, "%255s %63s", c, d);
		return n < 1 || !fault_word(c, hook) || (n == 2 && !fault_word(d, command)) ? NULL
											    : "";
	}
	if (sscanf(line, " %255[0-9]%n", c, &digits) == 1) {
		*left = strtol(c, NULL, 10) - 1;
		line += digits;
	}
	return line + strspn(line, " ");
}

const char *
folder_fault(int model, const char *kind, const char *unit, const char *hook, const char *command)
{
	const char *found, *text = NULL;
	char *s, *line, *next;
	struct buf rest = {0};
	struct stat st;
	long left;
	int fd, head;

	if (fstatat(model, "faults", &st, 0) < 0 || st.st_size == 0)
		return NULL;
	fd = file_lock(model, "faults");
	s = fd < 0 ? NULL : file_read_fd(fd, NULL);
	for (line = s; line != NULL && *line != '\0'; line = next) {
		next = line_end(line);
		found =
		    text != NULL ? NULL : fault_text(line, kind, unit, hook, command, &head, &left);
		if (found != NULL)
			text = memory_brief("%s", found);
		if (found == NULL)
			buf_printf(&rest, "%s\n", line);
		else if (left > 0)
			buf_printf(&rest, "%.*s %ld %s\n", head, line, left, text);
	}
	if (text != NULL && (lseek(fd, 0, SEEK_SET) < 0 || ftruncate(fd, 0) < 0 ||
				file_write_fd(fd, rest.s, rest.n) < 0))
		text = NULL;
	free(s);
	buf_free(&rest);
	if (fd >= 0)
		close(fd);
	return text;
}
