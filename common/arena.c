#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buf.h"

enum {
	BLOCK_MIN = 1 << 13, /* bytes */
	BLOCK_MAX = 16 << 20,
	ALIGNMENT = alignof(max_align_t),
};

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) char bytes[];
};

/* Adds a block with room for n bytes, twice as large as the last one. */
static struct arena_block *
add_block(struct arena *p, size_t n)
{
	size_t size = p->blocks ? p->blocks->size * 2 : BLOCK_MIN;
	struct arena_block *block;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (size < n)
		size = n;
	block = calloc(1, sizeof *block + size);
	if (!block)
		return NULL;
	block->size = size;
	block->next = p->blocks;
	p->blocks = block;
	return block;
}

void *
arena_make(struct arena *p, size_t n)
{
	struct arena_block *block = p->blocks;
	void *made;

	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!block || block->size - block->used < n)
		block = add_block(p, n);
	if (!block)
		return NULL;
	made = block->bytes + block->used;
	block->used += n;
	return made;
}

char *
arena_copy(struct arena *p, const char *s, size_t n)
{
	char *copy = arena_make(p, n + 1);

	if (copy && n)
		memcpy(copy, s, n);
	return copy;
}

char *
arena_join(struct arena *p, const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	char *s = arena_make(p, na + nb + 1);

	if (!s)
		return NULL;
	memcpy(s, a, na);
	memcpy(s + na, b, nb);
	return s;
}

void
arena_free(struct arena *p)
{
	struct arena_block *block;

	while ((block = p->blocks)) {
		p->blocks = block->next;
		buf_wipe(block->bytes, block->used);
		free(block);
	}
}
