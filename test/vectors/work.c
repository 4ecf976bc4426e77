#include "work.h"

#include "../lib/file.h"
#include "../lib/memory.h"
#include "run.h"
#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TOOL_SECONDS = 120, /* a tool that takes longer is stuck */
	MAX_SHOWN = 300,    /* bytes of standard error in a message */
};

static char *build_dir;
static char *work_dir;

/* A copy that lasts as long as the vector. */
static char *
keep(const char *text, size_t n)
{
	char *copy = tap_make(n + 1);

	if (n)
		memcpy(copy, text, n);
	return copy;
}

char *
work_read(const char *path)
{
	size_t n;
	char *text = file_read(AT_FDCWD, path, &n), *copy = text ? keep(text, n) : NULL;

	free(text);
	return copy;
}

void
work_write(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || file_write_fd(fd, text, strlen(text)) < 0 || close(fd) < 0)
		tap_bail("write", path);
}

void
work_remove(const char *path)
{
	if (file_remove(AT_FDCWD, path) < 0)
		tap_bail("remove", path);
}

static void
add_line(void *ctx, const char *s, size_t n)
{
	buf_put(ctx, s, n);
	buf_putc(ctx, '\n');
}

struct output
work_run(const char *input, const char *argv[], int expected)
{
	struct buf err = {0};
	struct run r = {.argv = (char *const *)argv,
	    .in = input,
	    .in_len = strlen(input),
	    .out_fd = -1,
	    .timeout = TOOL_SECONDS,
	    .line = add_line,
	    .ctx = &err};
	const char *tool = argv[0];
	struct output output;
	struct fail f;

	argv[0] = work_program(tool);
	if (run(&r, &f) < 0)
		tap_bail("run", tool);
	output.out = keep(r.out.s, r.out.n);
	output.err = keep(err.s, err.n);
	if (r.exit != expected || !r.started) {
		tap_complain("%s: expected exit status %d, got %d", tool, expected, r.exit);
		tap_complain("  %.*s", MAX_SHOWN, output.err);
	}
	buf_free(&r.out);
	buf_free(&err);
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
	char *name;

	signal(SIGPIPE, SIG_IGN);
	build_dir = realpath(build, NULL);
	if (!build_dir)
		tap_bail("find", build);
	name = memory_text("%s/vectors.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(name) || !(work_dir = realpath(name, NULL)) || chdir(work_dir) < 0)
		tap_bail("make", name);
	free(name);
}

void
work_end(void)
{
	if (chdir("/") == 0)
		work_remove(work_dir);
}
