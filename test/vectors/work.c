#include "work.h"

#include "../lib/file.h"
#include "../lib/memory.h"

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

static char *build_dir;
static char *work_dir;

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
	return memory_brief("%s/%s", work_dir, name);
}

void
work_for_each(const char *path, void (*one)(const char *path))
{
	char *folder = memory_text("%s", path);
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			one(memory_brief("%s/%s", folder, entry->d_name));
	if (dir)
		closedir(dir);
	free(folder);
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
	const char *path = work_program(argv[0]);
	struct output output;
	int status;
	pid_t pid;

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
	return memory_brief("%s/%s", build_dir, name);
}

void
work_begin(const char *build)
{
	const char *tmp = getenv("TMPDIR");

	build_dir = realpath(build, NULL);
	if (!build_dir)
		tap_bail("find", build);
	work_dir = memory_text("%s/vectors.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(work_dir))
		tap_bail("make", work_dir);
}

void
work_end(void)
{
	work_remove(work_dir);
}
