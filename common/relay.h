/*
 * Passes on what programs print: writes their lines to standard error without tokens, and keeps the
 * last line for a message.
 */
#ifndef TD_RELAY_H
#define TD_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "redact.h"

/* For struct run: relay_error is its line, relay_out its out_line, and ctx a struct relay. */
struct relay {
	struct redact_set *known; /* tokens to cut out, see redact_cut */
	bool quiet;		  /* keep the last line, and write none */
	bool heard;		  /* last is from standard error */
	/*
	 * The last line that wasn't blank; a line of standard error if there was one. Safe for a
	 * message, a log or a status: without tokens, UTF-8, no control characters, at most 512
	 * bytes. "": none yet.
	 */
	char last[513];
};

/*
 * Each writes the line to standard error without tokens, unless quiet, and keeps it in last. If run
 * has cut the line, an end that may be part of a token is left out. If nobody reads standard error,
 * the line is dropped (io_say).
 */
void relay_error(void *ctx, const char *s, size_t n);
void relay_out(void *ctx, const char *s, size_t n);

#endif
