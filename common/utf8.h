/*
 * Checks UTF-8 (RFC 3629), for text from arguments and pipes that goes into JSON.
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

/*
 * How many of the n bytes at s a text has that is cut there: all, but for a character at their end
 * that isn't whole.
 */
size_t utf8_fit(const char *s, size_t n);

#endif
