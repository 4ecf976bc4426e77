/*
 * Text for a terminal: safe names, columns, and lines of limited width. Widths are those of the
 * locale's characters (LC_CTYPE, wcwidth); a wide one counts as two.
 */
#ifndef TD_TABLE_H
#define TD_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

enum {
	TABLE_COLUMNS = 12,
	TABLE_GLUE = '\037', /* a blank at which no line is broken: in a command that people copy */
};

struct table {
	/* A character for each column, at most TABLE_COLUMNS: '>' aligns it to the right, '<' to
	 * the left; '~', too, and it may be cut if the screen is narrow. */
	const char *columns;
	const char *titles; /* with a NUL between them, as the cells; a row has a cell a column */
	struct buf cells;
	size_t ncells;
};

/* Puts at most 64 bytes of a name that somebody else wrote, with '?' for what the locale can't
 * print.
 */
void table_name(struct buf *b, const char *name);

/* The width of the screen at fd: $COLUMNS, or what the terminal says; SIZE_MAX:
 * unlimited. */
size_t table_screen(int fd);

/* Should text to fd have colours? when: "always", "never", or "auto": on a terminal. */
bool table_colour(const char *when, int fd);

/* Begins the next cell, row by row. Put its text, which must be safe to show, into the result. */
struct buf *table_cell(struct table *t);

/* Puts titles and rows, cut to width, or otherwise, if there are no rows. Leaves out
 * columns without text in any row. Frees the cells. */
void table_put(struct table *t, struct buf *b, size_t width, const char *otherwise);

/* Makes TABLE_GLUE of the blanks that b has from start on; and blanks again of that in n bytes,
 * true: there was one. */
void table_glue(struct buf *b, size_t start);
bool table_unglue(char *s, size_t n);

/*
 * Makes a line of what b has from start on. If it is wider than width, breaks it at
 * blanks into several lines, and indents all but the first. used columns of the first line are
 * taken already. A word with TABLE_GLUE is never broken, even if it is wider than width.
 */
void table_wrap(struct buf *b, size_t start, size_t used, size_t indent, size_t width);

#endif
