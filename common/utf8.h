/*
 * Checks and writes UTF-8 (RFC 3629), for text from arguments and pipes that goes into JSON.
 */
#ifndef TD_UTF8_H
#define TD_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the UTF-8 sequence at the start of [p, end), or 0 if it is invalid. p < end. */
size_t utf8_length(const char *p, const char *end);

/* The length of the control character (C0, DEL or C1) at the start of the UTF-8 text s, or 0. NUL
 * doesn't count. */
size_t utf8_control(const char *s);

/* Are the n bytes at s UTF-8? */
bool utf8_valid(const char *s, size_t n);

/* The length of the n bytes at s without a character at their end that isn't whole. For text that
 * is cut there. */
size_t utf8_fit(const char *s, size_t n);

/*
 * The number of bytes at s, n at most, before the first that isn't plain. Plain is what needs no
 * escape in JSON and YAML: printable ASCII except '"' and '\\'.
 */
size_t utf8_plain(const char *s, size_t n);

/* Writes the code point as UTF-8. Returns the number of bytes, at most 4. */
size_t utf8_encode(char *out, unsigned long code);

#endif
