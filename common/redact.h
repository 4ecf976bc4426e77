/*
 * Cuts tokens out of text that people read. The time is linear in the length of the text and of the
 * tokens, whatever order they are added in.
 */
#ifndef TD_REDACT_H
#define TD_REDACT_H

#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "map.h"

/* Tokens to cut out of text. All zero: no token. */
struct redact_set {
	struct redact_known *known;
	size_t n;
	size_t cap;
	struct redact_level *levels;
	size_t nlevels;
	struct map copied; /* what redact_keep has added; copies has the text */
	struct arena copies;
};

/* Adds token, which is borrowed, if it is valid and has 8 bytes or more. Returns 0, or -1: no
 * memory. */
int redact_add(struct redact_set *set, const char *token);

/* As redact_add, but adds a copy, unless this has been called with the same token before. */
int redact_keep(struct redact_set *set, const char *token);

void redact_free(struct redact_set *set);

/* Do the n bytes at text contain a token of the set? 1: yes; 0: no; -1: no memory. */
int redact_finds(struct redact_set *set, const char *text, size_t n);

/*
 * Puts the n bytes at text into out, with "[token]" for each token of the set and for each run of
 * 40 or more of [A-Za-z0-9+/=_-]. If there is no memory, puts nothing and sets out->failed.
 */
void redact_cut(struct redact_set *set, const char *text, size_t n, struct buf *out);

#endif
