/*
 * Join tokens: what is one, its ID, and keeping them out of what people read.
 */
#ifndef TD_TOKEN_H
#define TD_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum {
	TOKEN_MAX = 65536,  /* bytes */
	TOKEN_RUN_MIN = 40, /* of so many characters a run is taken for a token */
};

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

/* Is token valid, and not the one whose ID is rejected? rejected may be NULL. */
bool token_is_good(const char *token, const char *rejected);

/* How many of the n bytes at text are [A-Za-z0-9+/=_-] before the first that isn't. */
size_t token_run(const char *text, size_t n);

/* Has text a run that token_cut takes for a token, and that is no path (begins with '/')? */
bool token_has_run(const char *text);

#endif
