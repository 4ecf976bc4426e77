/*
 * Numbers as JSON writes them (RFC 8259, section 6), by their exact value whatever their size.
 */
#ifndef TD_DECIMAL_H
#define TD_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

enum { DECIMAL_GROWTH = 24 }; /* bytes by which a key may be longer than the number, with its NUL */

/*
 * Writes the one text that all numbers of the value of number have: its digits, without zeros at
 * their ends, and the power of ten that they count, as in -15e-1; 0 for zero. out has room for
 * strlen(number) + DECIMAL_GROWTH. Returns the bytes written, with the NUL.
 */
size_t decimal_key(char *out, const char *number);

/* Is that text the number itself? An integer that doesn't end in 0, or 0. */
bool decimal_is_key(const char *number);

#endif
