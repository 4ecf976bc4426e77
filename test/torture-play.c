#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "lib/file.h"
#include "lib/memory.h"
#include "torture.h"

static const char uninitialized[] = "Error: Database is not yet initialized\n";

char *
slurp(const char *path)
{
	return file_read(AT_FDCWD, path, NULL);
}

void
spill(const char *path, const char *mode, const char *text)
{
	FILE *f = fopen(path, mode);

	if (!f || fputs(text, f) < 0 || fclose(f)) {
		fprintf(stderr, "torture: cannot write %s: %s\n", path, strerror(errno));
		exit(2);
	}
}

static void
note(const char *name, char *const *args)
{
	struct buf line = {0};

	buf_puts(&line, name);
	for (; *args; args++)
		buf_printf(&line, " <%s>", *args);
	buf_putc(&line, '\n');
	spill("calls", "a", line.s);
	buf_free(&line);
}

/* Puts a member into the list. */
static void
enlist(const char *name)
{
	char *list = slurp("list.json");
	int n = list ? (int)strlen(list) - 1 : 0;

	spill("list.json", "w",
	    memory_brief("%.*s%s{\"name\":\"%s\",\"role\":\"voter\",\"status\":\"ONLINE\"}]", n,
		n ? list : "", n ? "," : "[", name));
	free(list);
}

/* Makes a token, once for each host, and tells of it before it has printed it. */
static int
add(const char *host)
{
	struct timespec while_printing = {0, 3000000};
	const char *path = memory_brief("made-%s", host), *token;

	if (access(path, F_OK) == 0) {
		fprintf(stderr, "Error: a token for %s exists already\n", host);
		return 1;
	}
	token =
	    memory_brief("eyJuYW1lIjoi.%s.0123456789abcdefghijklmnopqrstuvwxyz0123456789", host);
	spill(path, "w", token);
	fprintf(stderr, "making a token for %s\n", host);
	nanosleep(&while_printing, NULL);
	printf("%s\n", token);
	return 0;
}

static int
cluster(char *const *args)
{
	char *list = slurp("list.json");
	int status = 0;

	if (!args[0])
		status = 2;
	else if (strcmp(args[0], "list") == 0 && !list)
		status = 1, fputs(uninitialized, stderr);
	else if (strcmp(args[0], "list") == 0)
		fputs(list, stdout);
	else if (strcmp(args[0], "add") == 0)
		status = add(args[1]);
	else if (list && (strcmp(args[0], "join") == 0 || strcmp(args[0], "bootstrap") == 0))
		status = 1, fputs("Error: in a cluster already\n", stderr);
	else if (strcmp(args[0], "join") == 0)
		printf("joining with %s\n", args[1]), enlist("n0"), enlist("n1");
	else if (strcmp(args[0], "bootstrap") == 0)
		enlist("n1");
	free(list);
	return fflush(stdout) ? 3 : status;
}

/* What a hook command is asked for, as the name of the file that has the answer. */
static int
answer(const char *name, char *const *args)
{
	struct buf path = {0};
	char *text, *slash;

	buf_puts(&path, name);
	for (; *args; args++)
		if (strcmp(*args, "--format") != 0 && strcmp(*args, "json") != 0)
			buf_printf(&path, " %s", *args);
	while ((slash = strchr(path.s, '/')))
		*slash = '_';
	text = slurp(path.s);
	buf_free(&path);
	if (!text) {
		fprintf(stderr, "ERROR permission denied\n");
		return 1;
	}
	fputs(text, stdout);
	free(text);
	return fflush(stdout) ? 3 : 0;
}

/* Notes what is on standard input, too. */
static int
take(void)
{
	char *text = file_read_fd(STDIN_FILENO, NULL);

	spill("calls", "a", text ? text : "");
	free(text);
	return 0;
}

int
play(const char *name, char *const *args)
{
	static const char *const takers[] = {
	    "relation-set", "prejoin", "joined", "bootstrapped", "prebootstrap", "token-generated"};

	if (strcmp(name, "cluster") == 0)
		return cluster(args);
	if (strcmp(name, "is-leader") == 0 || strncmp(name, "relation-", 9) == 0)
		if (strcmp(name, "relation-set") != 0)
			return answer(name, args);
	if (strcmp(name, "join-args") == 0)
		return puts("--from-observer\n--twice") < 0 || fflush(stdout);
	note(name, args);
	for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
		if (strcmp(name, takers[i]) == 0)
			return take();
	printf("said by %s\n", name);
	return fflush(stdout) ? 3 : 0;
}
