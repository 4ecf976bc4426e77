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

enum { RUN_LINE_MAX = 1 << 17 }; /* bytes */

struct run {
	char *const *argv; /* argv[0] is looked up on PATH; ends in NULL */
	const char *in;	   /* what it reads from standard input; NULL: /dev/null */
	size_t in_len;
	int out_fd;	/* where its standard output goes; -1: it is read into out */
	double timeout; /* seconds, for the whole run; 0: none */
	/*
	 * When set, is called with each line (no newline, n bytes, NUL after them) of its standard
	 * error as it comes; out_line, when set, with those of its standard output, which then
	 * doesn't go into out. A line of more than RUN_LINE_MAX bytes is cut there. NULL: its
	 * standard error is thrown away.
	 */
	void (*line)(void *ctx, const char *s, size_t n);
	void *ctx;
	void (*out_line)(void *ctx, const char *s, size_t n);
	/*
	 * The pipe of its standard error, with line; NULL: one is made. The end to read from
	 * doesn't block. run closes both ends and sets them to -1; another process may read on.
	 */
	int *err;

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
 * Runs it to its end. SIGPIPE is to be ignored (tool_start sees to it). The program gets a session
 * of its own, so that it has no terminal to ask on; SIGPIPE, SIGXFSZ and SIGCHLD at their default;
 * and of our descriptors 0 to 2 alone. At the timeout its process group is sent SIGTERM, and
 * SIGKILL when the program is gone or after 2 seconds. A SIGINT, SIGTERM or SIGHUP for us meanwhile
 * ends the group, and then us. The run is over when the program has ended: what it left behind, in
 * or out of the group, isn't waited for, even if it holds a pipe. That it doesn't read its input is
 * no failure. Returns 0 if r tells how it went, also when it failed or couldn't be found; -1 with
 * STATUS_SYSTEM in f when our own system calls failed (pipe, fork, memory, reading).
 */
int run(struct run *r, struct fail *f);

#endif
