/*
 * Running another program: from an argument vector, never through a shell, with a bound on its
 * time.
 */
#ifndef TD_RUN_H
#define TD_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "fail.h"
#include "token.h"

struct run {
	char *const *argv; /* argv[0] is looked up on PATH; ends in NULL */
	const char *in;	   /* what it reads from standard input; NULL: /dev/null */
	size_t in_len;
	int out_fd;	  /* where its standard output goes; -1: it is read into out */
	double timeout;	  /* seconds, for the whole run; 0: none */
	bool keep_stderr; /* its standard error is ours, untouched and unseen */
	/*
	 * When set, is called with each line (no newline, n bytes, NUL after them) of its standard
	 * error as it comes; out_line, when set, with those of its standard output, which then
	 * doesn't go into out. Of a line over 128 KiB the beginning, without what could be a part
	 * of a token at its end. NULL, without keep_stderr: its standard error is thrown away.
	 */
	void (*line)(void *ctx, const char *s, size_t n);
	void *ctx;
	void (*out_line)(void *ctx, const char *s, size_t n);

	/* Results, whatever was there before. */
	struct buf
	    out;  /* the caller's to free; over 128 MiB the program is ended, and has failed */
	int exit; /* its exit status; 128 + N: ended by signal N */
	bool started;
	bool timed_out;
	bool ok;	  /* started, not timed out, exit 0 */
	char reason[160]; /* when not ok: "exit status 1", "killed by signal 9", "timed out after
			     300 s", "No such file or directory" */
};

/*
 * Runs it to its end. SIGPIPE is to be ignored (tool_start sees to it). The program gets a process
 * group of its own, SIGPIPE and SIGCHLD at their default, and of our descriptors 0 to 2 alone. At
 * the timeout the whole group is sent SIGTERM, and SIGKILL when the program is gone or after 2
 * seconds. A SIGINT, SIGTERM or SIGHUP for us meanwhile ends the group, and then us. The run is
 * over when the program has ended: what it left behind, in or out of the group, isn't waited for,
 * even if it holds a pipe. That it doesn't read its input is no failure. Returns 0 if r tells how
 * it went, also when it failed or couldn't be found; -1 with STATUS_SYSTEM in f when our own system
 * calls failed (pipe, fork, memory, reading).
 */
int run(struct run *r, struct fail *f);

/* Passing a program's lines on: run_relay is a struct run's line, with a struct run_relay as ctx.
 */
struct run_relay {
	struct token_set *known; /* cut out, as token_cut does */
	bool quiet;		 /* lines are kept in last alone */
	bool heard;		 /* last is from standard error */
	/*
	 * The last line that wasn't blank, of standard error if there was one there, fit for a
	 * message, a log or a status: tokens cut out, UTF-8, no control characters, 512 bytes at
	 * most. "" before there was one.
	 */
	char last[513];
};

/* Each writes the line to standard error, tokens cut out, unless quiet, and keeps it in last. */
void run_relay(void *ctx, const char *s, size_t n);
void run_relay_out(void *ctx, const char *s, size_t n);

#endif
