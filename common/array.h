/*
 * A growing array.
 */
#ifndef TD_ARRAY_H
#define TD_ARRAY_H

#include <stddef.h>

/*
 * Makes room for one more item of size bytes in an array that has n items and room for *cap.
 * Returns the array, which may have moved; or NULL: no memory, and the array is as it was. Start
 * with NULL and a cap of 0, and free it with free.
 */
void *array_room(void *items, size_t n, size_t *cap, size_t size);

#endif
