/* NOLINTNEXTLINE(bugprone-reserved-identifier): POSIX has wcwidth for those who ask for XSI */
#define _XOPEN_SOURCE 700

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "table.h"

enum {
	NAME_MAX_BYTES = 64,
	GAP = 2,
	NARROWEST = 6, /* a column isn't cut further */
};

/* The width of the first character of s, 0 if it must not be shown. *n is its length in bytes. */
static size_t
character(const char *s, size_t left, size_t *n)
{
	mbstate_t state;
	wchar_t c;
	int width;

	/* nearly all characters are such ones, and what follows is slow */
	if (*s >= ' ' && *s <= '~') {
		*n = 1;
		return 1;
	}
	memset(&state, 0, sizeof state);
	*n = mbrtowc(&c, s, left, &state);
	if (*n == 0 || *n > left) {
		*n = 1;
		return 0;
	}
	width = iswprint((wint_t)c) ? wcwidth(c) : 0;
	return width > 0 ? (size_t)width : 0;
}

void
table_name(struct buf *b, const char *name)
{
	size_t i, n, width, left = strlen(name);

	for (i = 0; i < left; i += n) {
		width = character(name + i, left - i, &n);
		if (i + n > NAME_MAX_BYTES)
			break;
		buf_put(b, width ? name + i : "?", width ? n : 1);
	}
}

/* How many of the first left bytes of text fit into width columns. *used: so many columns they
 * take. */
static size_t
fitting(const char *text, size_t left, size_t width, size_t *used)
{
	size_t i, n, w;

	*used = 0;
	for (i = 0; i < left; i += n) {
		w = character(text + i, left - i, &n);
		if (*used + w > width)
			break;
		*used += w;
	}
	return i;
}

static size_t
width_of(const char *text, size_t n)
{
	size_t used;

	fitting(text, n, SIZE_MAX, &used);
	return used;
}

size_t
table_screen(int fd)
{
	const char *columns = getenv("COLUMNS");
	long n = columns ? strtol(columns, NULL, 10) : 0;
#ifdef TIOCGWINSZ
	struct winsize size;

	if (n <= 0 && isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0)
		n = size.ws_col;
#endif
	return n > 0 && n < 10000 ? (size_t)n : SIZE_MAX;
}

bool
table_colour(const char *when, int fd)
{
	const char *term = getenv("TERM");

	if (getenv("NO_COLOR") || strcmp(when, "never") == 0)
		return false;
	return strcmp(when, "always") == 0 || (isatty(fd) && term && strcmp(term, "dumb") != 0);
}

struct buf *
table_cell(struct table *t)
{
	if (t->ncells++)
		buf_putc(&t->cells, '\0');
	return &t->cells;
}

/* The width of each column. 0: no row has text there, so it is left out. */
static void
measure(const struct table *t, size_t *width)
{
	const char *cell = t->cells.s;
	size_t i, w, n = strlen(t->columns);

	for (i = 0; i < t->ncells; i++, cell += strlen(cell) + 1) {
		w = width_of(cell, strlen(cell));
		if (w > width[i % n])
			width[i % n] = w;
	}
	for (i = 0, cell = t->titles; i < n; i++, cell += strlen(cell) + 1)
		if (width[i] && width[i] < strlen(cell))
			width[i] = strlen(cell);
}

/* Makes the widest column that may be cut narrower, until all columns fit or none can be cut. */
static void
shrink(const struct table *t, size_t *width, size_t screen)
{
	size_t i, sum, *widest;

	for (;;) {
		widest = NULL;
		sum = 0;
		for (i = 0; t->columns[i]; i++) {
			sum += width[i] ? width[i] + (sum ? GAP : 0) : 0;
			if (t->columns[i] == '~' && width[i] > NARROWEST &&
			    (!widest || width[i] > *widest))
				widest = &width[i];
		}
		if (sum <= screen || !widest)
			return;
		--*widest;
	}
}

static void
pad(struct buf *b, size_t n)
{
	while (n--)
		buf_putc(b, ' ');
}

/* Puts the text in width columns, and returns how many it takes. If it doesn't fit, a '~' stands
 * for its middle, because names differ at their ends. */
static size_t
put_shortened(struct buf *b, const char *text, size_t width)
{
	const char *end = text + strlen(text);
	size_t all = width_of(text, strlen(text)), left = all, n, head;

	if (all <= width) {
		buf_puts(b, text);
		return all;
	}
	buf_put(b, text, fitting(text, strlen(text), (width - 1) / 2, &head));
	buf_putc(b, '~');
	for (; text < end && left > width - 1 - head; text += n)
		left -= character(text, (size_t)(end - text), &n);
	buf_puts(b, text);
	return head + 1 + left;
}

/* Drops the blanks at the end of the line that begins at start. */
static void
drop_blanks(struct buf *b, size_t start)
{
	while (!b->failed && b->n > start && b->s[b->n - 1] == ' ')
		b->s[--b->n] = '\0';
}

/* Ends the line that begins at start, without those blanks. */
static void
end_line(struct buf *b, size_t start)
{
	drop_blanks(b, start);
	buf_putc(b, '\n');
}

/* Puts the row whose first cell that is. Returns the next row's. */
static const char *
put_row(const struct table *t, const char *cell, const size_t *width, size_t screen, struct buf *b)
{
	size_t i, used, blanks = 0, start = b->n;

	for (i = 0; t->columns[i]; i++, cell += strlen(cell) + 1) {
		if (!width[i])
			continue;
		used = t->columns[i] == '>' ? width_of(cell, strlen(cell)) : width[i];
		pad(b, blanks + width[i] - used);
		blanks = GAP + used - put_shortened(b, cell, width[i]);
	}
	drop_blanks(b, start);
	if (!b->failed && fitting(b->s + start, b->n - start, screen, &used) < b->n - start) {
		b->n = start + fitting(b->s + start, b->n - start, screen - 1, &used);
		buf_putc(b, '~');
	}
	end_line(b, start);
	return cell;
}

void
table_put(struct table *t, struct buf *b, size_t screen, const char *otherwise)
{
	size_t i, width[TABLE_COLUMNS] = {0};
	const char *cell;

	if (!t->ncells)
		buf_puts(b, otherwise);
	buf_putc(&t->cells, '\0'); /* ends the last one */
	b->failed |= t->cells.failed;
	if (t->ncells && !b->failed) {
		measure(t, width);
		shrink(t, width, screen);
		put_row(t, t->titles, width, screen, b);
		cell = t->cells.s;
		for (i = 0; i < t->ncells; i += strlen(t->columns))
			cell = put_row(t, cell, width, screen, b);
	}
	buf_free(&t->cells);
}

void
table_glue(struct buf *b, size_t start)
{
	for (; !b->failed && start < b->n; start++)
		if (b->s[start] == ' ')
			b->s[start] = TABLE_GLUE;
}

bool
table_unglue(char *s, size_t n)
{
	bool any = false;
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] == TABLE_GLUE) {
			s[i] = ' ';
			any = true;
		}
	return any;
}

void
table_wrap(struct buf *b, size_t start, size_t used, size_t indent, size_t width)
{
	struct buf text = {0};
	size_t n, w;
	bool glued;
	char *s;

	if (b->failed)
		return;
	buf_puts(&text, b->s + start);
	b->failed |= text.failed;
	b->n = start;
	if (indent + NARROWEST > width)
		indent = 0;
	for (s = text.s; !text.failed && *s; s += n) {
		n = strcspn(s, " ");
		glued = table_unglue(s, n);
		w = width_of(s, n);
		if (used + w > width && used > indent) {
			end_line(b, start);
			pad(b, indent);
			used = indent;
		}
		/* a word that is wider than the screen is broken */
		if (used + w > width && !glued && fitting(s, n, width - used, &w)) {
			n = fitting(s, n, width - used, &w);
			buf_put(b, s, n);
			buf_putc(b, '\n');
			used = 0;
			continue;
		}
		buf_put(b, s, n);
		used += w;
		if (s[n]) {
			buf_putc(b, ' ');
			used++;
			n++;
		}
	}
	buf_putc(b, '\n');
	buf_free(&text);
}
