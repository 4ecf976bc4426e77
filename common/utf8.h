/*
 * UTF-8 (RFC 3629), for what comes from argument lists and pipes and is to go into JSON.
 */
#ifndef TD_UTF8_H
#define TD_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The number of bytes of the sequence that [p, end) begins with, or 0 when it is none. p < end. */
size_t utf8_length(const char *p, const char *end);

/* The number of bytes of the control character, C0, DEL or C1, that the UTF-8 text at s begins
 * with, or 0. NUL is none. */
size_t utf8_control(const char *s);

/* Are the n bytes at s UTF-8? */
bool utf8_valid(const char *s, size_t n);

/*
 * How many of the n bytes at s a text has that is cut there: all, but for a character at their end
 * that isn't whole.
 */
size_t utf8_fit(const char *s, size_t n);

#endif
