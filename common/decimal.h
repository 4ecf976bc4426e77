/*
 * Compares JSON numbers (RFC 8259, section 6) by their exact value, whatever their size.
 */
#ifndef TD_DECIMAL_H
#define TD_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

enum { DECIMAL_GROWTH = 24 }; /* a key may be longer than its number by so many bytes, with NUL */

/*
 * Writes a text that is the same for all numbers of equal value: the digits, without zeros at
 * either end, and the power of ten, such as -15e-1; 0 for zero. out has room for
 * strlen(number) + DECIMAL_GROWTH. Returns the number of bytes written, with the NUL.
 */
size_t decimal_key(char *out, const char *number);

/* Is the number its own key? It is an integer that doesn't end in 0, or is 0. */
bool decimal_is_key(const char *number);

#endif
