#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "fault.h"
#include "file.h"
#include "memory.h"

static char *
next_word(char **line)
{
	char *word = *line + strspn(*line, " ");

	*line = word + strcspn(word, " ");
	return memory_copy(word, (size_t)(*line - word));
}

/* Is the line a fault that is wanted? *text is what follows after its words. */
static bool
matches(char *line, const char *const want[], char **text)
{
	char *word;

	for (; *want != NULL; want++) {
		word = next_word(&line);
		if (**want != '\0' && strcmp(word, "*") != 0 && *word != '\0' &&
		    strcmp(word, *want) != 0)
			return false;
	}
	*text = line + strspn(line, " ");
	return true;
}

/* The fault strikes. If that was not the last time, a line for the others goes to rest. */
static void
strike(char *line, char *text, bool counted, struct fault *f, struct buf *rest)
{
	char *end = text;
	long count = counted ? strtol(text, &end, 10) : 0;

	end += strspn(end, " ");
	if (count > 1)
		buf_printf(rest, "%.*s%ld %s\n", (int)(text - line), line, count - 1, end);
	f->kind = next_word(&line);
	f->text = memory_text("%s", end);
}

bool
fault_take(int dir, const char *const want[], bool counted, struct fault *f)
{
	char *s, *line, *text, *next = NULL;
	struct buf rest = {0};
	struct stat st;
	int fd = -1;

	*f = (struct fault){NULL, NULL};
	if (fstatat(dir, "faults", &st, 0) == 0 && st.st_size > 0)
		fd = file_lock(dir, "faults");
	if (fd < 0)
		return false;
	s = file_read_fd(fd, NULL);
	for (line = strtok_r(s, "\n", &next); line != NULL; line = strtok_r(NULL, "\n", &next)) {
		if (f->kind == NULL && matches(line, want, &text))
			strike(line, text, counted, f, &rest);
		else
			buf_printf(&rest, "%s\n", line);
	}
	if (f->kind != NULL && (lseek(fd, 0, SEEK_SET) < 0 || ftruncate(fd, 0) < 0 ||
				   file_write_fd(fd, rest.s, rest.n) < 0))
		*f = (struct fault){NULL, NULL};
	close(fd);
	return f->kind != NULL;
}
