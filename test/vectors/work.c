#include "work.h"

#include "../lib/file.h"

#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	TOOL_SECONDS = 120, /* a tool that takes longer is stuck */
	MAX_SHOWN = 300,    /* bytes of standard error in a message */
};

static char build_dir[PATH_MAX];
static char work_dir[PATH_MAX - 64];

char *
work_read(const char *path)
{
	return file_read(AT_FDCWD, path, NULL);
}

void
work_write(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	size_t size = strlen(text);

	if (fd < 0 || write(fd, text, size) != (ssize_t)size || close(fd) < 0)
		tap_bail("write", path);
}

const char *
work_path(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned n;
	char *path = paths[n++ % 8];

	snprintf(path, PATH_MAX, "%s/%s", work_dir, name);
	return path;
}

void
work_for_each(const char *path, void (*one)(const char *path))
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[PATH_MAX];

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) < (int)sizeof(name))
			one(name);
	}
	if (dir)
		closedir(dir);
}

void
work_remove(const char *path)
{
	file_remove(AT_FDCWD, path);
}

static void
child(const char *const argv[])
{
	int in = open(work_path("in"), O_RDONLY);
	int out = open(work_path("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int err = open(work_path("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (in < 0 || out < 0 || err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	close(in);
	close(out);
	close(err);
	alarm(TOOL_SECONDS);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

struct output
work_run(const char *input, const char *argv[])
{
	char path[PATH_MAX];
	struct output output;
	int status;
	pid_t pid;

	if (snprintf(path, sizeof(path), "%s/%s", build_dir, argv[0]) >= (int)sizeof(path))
		tap_bail("run", argv[0]);
	argv[0] = path;
	work_write(work_path("in"), input, 0600);
	pid = fork();
	if (pid == 0)
		child(argv);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		tap_bail("run", path);
	output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	output.out = tap_check(work_read(work_path("out")));
	output.err = tap_check(work_read(work_path("err")));
	return output;
}

void
work_free(struct output *output)
{
	free(output->out);
	free(output->err);
}

void
work_want_status(const char *tool, int expected, const struct output *output)
{
	if (output->status == expected)
		return;
	tap_complain("%s: expected exit status %d, got %d", tool, expected, output->status);
	tap_complain("  %.*s", MAX_SHOWN, output->err);
}

cJSON *
work_json(const char *path)
{
	char *text = work_read(path);
	cJSON *json = text ? cJSON_Parse(text) : NULL;

	if (text && !json)
		json = cJSON_CreateRaw(text);
	free(text);
	return json;
}

const char *
work_program(const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", build_dir, name);
	return path;
}

void
work_begin(const char *build)
{
	const char *tmp = getenv("TMPDIR");

	if (build[0] != '/' && !getcwd(build_dir, sizeof(build_dir) - 1))
		tap_bail("find", ".");
	if (strlen(build_dir) + strlen(build) + 2 > sizeof(build_dir)) {
		errno = ENAMETOOLONG;
		tap_bail("find", build);
	}
	strcat(strcat(build_dir, *build_dir ? "/" : ""), build);
	snprintf(work_dir, sizeof(work_dir), "%s/vectors.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(work_dir))
		tap_bail("make", work_dir);
}

void
work_end(void)
{
	work_remove(work_dir);
}
