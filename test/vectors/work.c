#include "vectors.h"

#include "../lib/file.h"
#include "../lib/memory.h"

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
};

static char *build_dir;
static char *work_dir;

char *
work_read(const char *path)
{
	return file_read(AT_FDCWD, path, NULL);
}

void
work_folders(const char *path)
{
	char *dir = memory_text("%s", path);

	for (char *p = dir + strlen(work_dir) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			tap_bail("make", dir);
	}
	free(dir);
}

void
work_write(const char *path, const char *text, mode_t mode)
{
	size_t size = strlen(text);
	int fd;

	work_folders(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, text, size) != (ssize_t)size || close(fd) < 0)
		tap_bail("write", path);
}

const char *
work_path(const char *name)
{
	return memory_brief("%s/%s", work_dir, name);
}

static _Noreturn void
child(const char *const argv[])
{
	static const char *const files[] = {"in", "out", "err"};

	for (int i = 0; i < 3; i++) {
		int fd = open(work_path(files[i]),
		    O_CLOEXEC | (i == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC), 0600);

		if (fd < 0 || dup2(fd, i) < 0)
			_exit(126);
	}
	alarm(TOOL_SECONDS);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

struct output
work_run(const char *input, const char *argv[], int expected)
{
	const char *tool = argv[0], *path = work_program(tool);
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
	status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	output.out = work_read(work_path("out"));
	output.err = work_read(work_path("err"));
	if (!output.out || !output.err)
		tap_bail("read what was printed by", path);
	if (status != expected) {
		tap_complain("%s: expected exit status %d, got %d", tool, expected, status);
		tap_complain("  %.*s", MAX_SHOWN, output.err);
	}
	return output;
}

cJSON *
work_json(const char *path)
{
	char *text = work_read(path);
	cJSON *json = text ? cJSON_Parse(text) : NULL;

	return text && !json ? cJSON_CreateRaw(text) : json;
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
	file_remove(AT_FDCWD, work_dir);
}
