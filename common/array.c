#include <stdlib.h>

#include "array.h"

enum { FIRST = 16 };

void *
array_room(void *items, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : FIRST;
	void *moved;

	if (n < *cap)
		return items;
	moved = realloc(items, more * size);
	if (moved)
		*cap = more;
	return moved;
}
