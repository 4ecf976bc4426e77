#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "folder.h"
#include "text.h"

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

const struct tm *
folder_time(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, 0) < 0 ? NULL : gmtime(&st.st_mtime);
}
