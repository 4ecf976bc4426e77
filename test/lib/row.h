/*
 * Text files of rows. A row is a line: a word that says what it is of, and values, which are
 * members of a struct.
 */
#ifndef ROW_H
#define ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

enum {
	ROW_WORDS = 12, /* at most, in a line */
	ROW_NAME = 128, /* bytes of a name that is in the struct itself, with its NUL */
};

enum row_kind {
	ROW_BOOL = 1,
	ROW_INT,   /* or unsigned, or an enum */
	ROW_LONG,  /* or unsigned long */
	ROW_TEXT,  /* char *; without blanks; NULL and "" are the same */
	ROW_ARRAY, /* char[ROW_NAME], likewise */
};

struct row {
	const char *word;
	struct row_value {
		enum row_kind kind;
		size_t at;  /* offsetof */
	} value[ROW_WORDS]; /* a kind of 0 ends them */
};

/* The kind that a member's type has. */
#define ROW_KIND(x) (sizeof(x) == ROW_NAME ? ROW_ARRAY : ROW_SIMPLE(x))
#define ROW_SIMPLE(x) \
	_Generic((x), bool: ROW_BOOL, int: ROW_INT, unsigned: ROW_INT, long: ROW_LONG,      \
		 unsigned long: ROW_LONG, char *: ROW_TEXT, const char *: ROW_TEXT)

/* A value of a row. */
#define ROW(type, member)                                             \
	{                                                             \
		ROW_KIND(((type *)0)->member), offsetof(type, member) \
	}

void row_put(struct buf *b, const struct row *row, const void *object);

/*
 * Cuts the next line off *text and splits it into words. Returns how many they are; 0: no line is
 * left. *text may be NULL.
 */
size_t row_next(char **text, char *words[ROW_WORDS]);

/* Reads the n words into the object if they are such a row. Texts point to the words. */
bool row_get(const struct row *row, char *const words[], size_t n, void *object);

#endif
