/*
 * Text for people on a terminal: names made fit to be shown, columns, lines of a width. Widths are
 * those of the locale's characters (LC_CTYPE, wcwidth), two for a wide one.
 */
#ifndef TD_TABLE_H
#define TD_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

enum { TABLE_COLUMNS = 12 };

struct table_column {
	const char *title;
	bool right;  /* aligned */
	bool shrink; /* may be cut where the screen is narrow */
};

struct table {
	struct table_column columns[TABLE_COLUMNS];
	size_t ncolumns;
	struct buf cells; /* texts, with a NUL between them; a row is ncolumns of them */
	size_t ncells;
};

/* Puts the first 64 bytes, at most, of what somebody else wrote, with '?' for what the locale can't
 * print. */
void table_name(struct buf *b, const char *name);

/* As table_name, of any length. */
void table_text(struct buf *b, const char *text);

/* How many columns of a screen the text takes. */
size_t table_width(const char *text);

/* The screen's width where fd goes: $COLUMNS, or what the terminal says; 0: unlimited. */
size_t table_screen(int fd);

/* Is what goes to fd to have colours? when: "always", "never", or "auto": on a terminal. */
bool table_colour(const char *when, int fd);

/* Begins the next cell, row by row. Put its text, fit to be shown, into what is returned. */
struct buf *table_cell(struct table *t);

/* Puts title and rows, cut where a line is wider than width (0: unlimited), or otherwise, if there
 * are no rows. A column without a text in any row is left out. Frees the cells. */
void table_put(struct table *t, struct buf *b, size_t width, const char *otherwise);

/*
 * Puts text as one line, or, where it is wider than width (0: unlimited), as several, broken at
 * blanks and indented from the second. used columns of the first are taken already.
 */
void table_wrap(struct buf *b, const char *text, size_t used, size_t indent, size_t width);

#endif
