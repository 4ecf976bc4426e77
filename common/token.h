/*
 * Join tokens: what is one, its ID, and keeping them out of what people read.
 */
#ifndef TD_TOKEN_H
#define TD_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum { TOKEN_MAX = 65536 }; /* bytes */

/* 1 to TOKEN_MAX bytes of [A-Za-z0-9+/=_.-], not beginning with '-', neither "empty" nor "member".
 */
bool token_valid(const char *s);

/* Is c one of the characters that tokens are made of? */
bool token_has_char(char c);

/*
 * The token in what a command printed, n bytes and a NUL after them: cuts the blanks around it.
 * NULL: it is none.
 */
const char *token_strip(char *s, size_t n);

/* A token, and long enough to be a cluster's: not some word that a failing command printed. */
bool token_is_long(const char *s);

struct token_id {
	char s[17];
};

/* The 64-bit FNV-1a hash of the token's text, in hexadecimal. */
struct token_id token_id(const char *token);

/* Is id the ID of that token? NULL as either: no. */
bool token_has_id(const char *token, const char *id);

/* Tokens to be cut out of text. The strings are borrowed. All zero: none are known. */
struct token_set {
	struct token_known *known;
	size_t n;
	size_t cap;
	bool sorted;
};

/* Adds token if it is one, of 8 bytes or more. Returns 0, or -1: no memory. */
int token_set_add(struct token_set *set, const char *token);

void token_set_free(struct token_set *set);

/* Has text a run that token_cut takes for a token, and that is no path (begins with '/')? */
bool token_has_run(const char *text);

/*
 * Puts the n bytes at text into out, each token of the set, and each run of 40 or more of
 * [A-Za-z0-9+/=_-], as
 * "[token]".
 */
void token_cut(struct token_set *set, const char *text, size_t n, struct buf *out);

#endif
