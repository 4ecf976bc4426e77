/*
 * Cutting tokens out of text that people read. The time is linear in the text, and in the tokens
 * that are added, in whatever order.
 */
#ifndef TD_CUT_H
#define TD_CUT_H

#include <stddef.h>

#include "buf.h"

/* Tokens to be cut out of text. The strings are borrowed. All zero: none are known. */
struct token_set {
	struct token_known *known;
	size_t n;
	size_t cap;
	struct token_level *levels;
	size_t nlevels;
};

/* Adds token if it is one, of 8 bytes or more. Returns 0, or -1: no memory. */
int token_set_add(struct token_set *set, const char *token);

void token_set_free(struct token_set *set);

/* Is a token of the set in the n bytes at text? 1: yes; 0: no; -1: no memory. */
int token_is_in(struct token_set *set, const char *text, size_t n);

/*
 * Puts the n bytes at text into out, each token of the set, and each run of 40 or more of
 * [A-Za-z0-9+/=_-], as "[token]". Without the memory for that nothing is put, and out has failed.
 */
void token_cut(struct token_set *set, const char *text, size_t n, struct buf *out);

#endif
