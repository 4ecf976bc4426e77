/*
 * Join tokens: what a token is, its ID, and how tokens are found in text.
 */
#ifndef TD_TOKEN_H
#define TD_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum {
	TOKEN_MAX = 65536,  /* bytes */
	TOKEN_RUN_MIN = 40, /* a run of so many characters counts as a token */
};

/*
 * 1 to TOKEN_MAX bytes of [A-Za-z0-9+/=_.-], not beginning with '-', neither "empty" nor "member".
 * Asked of all input: databags, action lines, the state file, a command's output. Other functions
 * expect tokens that are valid.
 */
bool token_valid(const char *s);

/* Is c one of the blanks that token_strip cuts off? */
bool token_is_blank(char c);

/* Is c one of the characters that tokens are made of? */
bool token_has_char(char c);

/*
 * Finds the token in the output of a command, n bytes and a NUL: cuts off the blanks around it.
 * NULL: it isn't a token.
 */
const char *token_strip(char *s, size_t n);

/* Is token as long as a cluster's, and not a word that a failing command printed? */
bool token_is_long(const char *token);

struct token_id {
	char s[17];
};

/* The 64-bit FNV-1a hash of the token's text, in hexadecimal. */
struct token_id token_id(const char *token);

/* Is value a token, and id its ID? No, if one of them is NULL. */
bool token_has_id(const char *value, const char *id);

/* Is token valid, and not the one whose ID is rejected? rejected may be NULL. */
bool token_is_good(const char *token, const char *rejected);

/* The length of the run of [A-Za-z0-9+/=_-] at the start of the n bytes at text. */
size_t token_run(const char *text, size_t n);

/*
 * Does text have a run that redact_cut would cut out, and that isn't a path? A path begins with a
 * slash, and each of its parts between slashes is shorter than TOKEN_RUN_MIN.
 */
bool token_has_run(const char *text);

#endif
