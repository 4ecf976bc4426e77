/*
 * A growing array.
 */
#ifndef TD_ARRAY_H
#define TD_ARRAY_H

#include <stddef.h>

/*
 * Makes room for one more item of size bytes in an array with n items and room for *cap. Returns
 * the array, which may have moved. Returns NULL if there is no memory; the array is unchanged then.
 * Begin with NULL and a *cap of 0. Free the array with free.
 */
void *array_room(void *items, size_t n, size_t *cap, size_t size);

#endif
