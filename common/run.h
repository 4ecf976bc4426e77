/*
 * Runs another program from an argument vector, never through a shell, with a time limit.
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
	int out_fd;	/* its standard output; -1: read it into out */
	double timeout; /* seconds, for the whole run; 0: no limit */
	/*
	 * line is called with each line of its standard error as it comes: n bytes without newline,
	 * then a NUL. NULL: standard error is discarded. out_line is called with the lines of its
	 * standard output, which doesn't go into out then. A line of more than RUN_LINE_MAX bytes
	 * is cut there.
	 */
	void (*line)(void *ctx, const char *s, size_t n);
	void *ctx;
	void (*out_line)(void *ctx, const char *s, size_t n);
	/*
	 * The pipe of its standard error, if line is set; NULL: run makes one. The reading end
	 * doesn't block. run closes both ends and sets them to -1; another process may read on.
	 */
	int *err;

	/* Results */
	struct buf
	    out;  /* for the caller to free. At 128 MiB the program is ended, and has failed. */
	int exit; /* its exit status; 128 + N: ended by signal N */
	bool started;
	bool timed_out;
	bool ok;	  /* started, not timed out, exit 0 */
	char reason[160]; /* when not ok: "exit status 1", "killed by signal 9", "timed out after
			     300 s", "No such file or directory" */
};

/*
 * Runs the program and waits for its end. SIGPIPE must be ignored (cli_start does that). The
 * program has a session of its own, and so no terminal; SIGPIPE, SIGXFSZ and SIGCHLD at their
 * default; and no open descriptors except 0 to 2. At the timeout, its process group gets SIGTERM,
 * then SIGKILL when the program is gone or after 2 seconds. If we get SIGINT, SIGTERM or SIGHUP,
 * the group is ended, and then we are. The run is over when the program has ended: processes that
 * it left aren't waited for, even if they hold a pipe. It may leave its input unread. Returns 0 if
 * r tells the result, also if the program failed or wasn't found; -1 with STATUS_SYSTEM in f if our
 * own system calls failed (pipe, fork, memory, reading).
 */
int run(struct run *r, struct fail *f);

#endif
