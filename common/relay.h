/*
 * Passing on what programs say: their lines go to standard error with the tokens cut out, and the
 * last one is kept for a message.
 */
#ifndef TD_RELAY_H
#define TD_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "cut.h"

/* relay_error is a struct run's line, relay_out its out_line, with a struct relay as ctx. */
struct relay {
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

/*
 * Each writes the line to standard error, tokens cut out, unless quiet, and keeps it in last. Of a
 * line that run cut, what could be a part of a token at its end is left out. When nobody reads
 * standard error, the line is dropped (io_say).
 */
void relay_error(void *ctx, const char *s, size_t n);
void relay_out(void *ctx, const char *s, size_t n);

#endif
