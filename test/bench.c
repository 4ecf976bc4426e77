/*
 * bench - the time and memory that commands need, one beside the other
 *
 * Runs each command in turn, again and again, so that what else the machine does meets all alike.
 * Prints a line for each: the medians of the time passed and of processor time, in microseconds,
 * and the largest amount of memory, in bytes. A command may begin with <FILE: its own input.
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { COMMANDS = 16, ROUNDS_MIN = 3, ROUNDS_MAX = 1000 };

static const char usage[] =
    "usage: bench SECONDS INPUT COMMAND [ARG ...] [+ COMMAND [ARG ...]] ...\n";

struct command {
	char **argv;
	const char *input;
	double wall[ROUNDS_MAX];
	double cpu[ROUNDS_MAX];
	long rss;
};

static struct command commands[COMMANDS];
extern char **environ;

static double
micros(struct timeval t)
{
	return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

static void
run(struct command *c, size_t round)
{
	posix_spawn_file_actions_t files;
	struct rusage usage_of;
	double start;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, c->input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	start = clock_now();
	if (posix_spawnp(&pid, c->argv[0], &files, NULL, c->argv, environ) ||
	    wait4(pid, &status, 0, &usage_of) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > 1) {
		fprintf(stderr, "bench: cannot run %s\n", c->argv[0]);
		exit(4);
	}
	c->wall[round] = (clock_now() - start) * 1e6;
	c->cpu[round] = micros(usage_of.ru_utime) + micros(usage_of.ru_stime);
	if (usage_of.ru_maxrss > c->rss)
		c->rss = usage_of.ru_maxrss;
	posix_spawn_file_actions_destroy(&files);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, size_t n)
{
	qsort(values, n, sizeof *values, compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

int
main(int argc, char **argv)
{
	bool wrong = argc < 4;
	size_t n = 0, i, round;
	double start, seconds;
	struct command *c;
	int arg = 2;

	while (!wrong && arg < argc && n < COMMANDS) {
		c = &commands[n++];
		c->input = argv[2];
		c->argv = argv + ++arg;
		while (arg < argc && strcmp(argv[arg], "+") != 0)
			arg++;
		argv[arg] = NULL;
		if (c->argv[0] && c->argv[0][0] == '<')
			c->input = *c->argv++ + 1;
		wrong = !c->argv[0];
	}
	if (wrong) {
		fputs(usage, stderr);
		return 2;
	}
	seconds = strtod(argv[1], NULL);
	start = clock_now();
	for (round = 0; round < ROUNDS_MAX; round++) {
		if (round >= ROUNDS_MIN && clock_now() - start >= seconds)
			break;
		for (i = 0; i < n; i++)
			run(&commands[i], round);
	}
	for (c = commands; c < commands + n; c++)
		printf("%.0f %.0f %ld\n", median(c->wall, round), median(c->cpu, round),
		    c->rss * 1024);
	return fclose(stdout) ? 4 : 0;
}
