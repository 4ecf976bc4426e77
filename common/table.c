/* NOLINTNEXTLINE(bugprone-reserved-identifier): POSIX has wcwidth for those who ask for XSI */
#define _XOPEN_SOURCE 700

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

static void
put_shown(struct buf *b, const char *text, size_t max)
{
	size_t i, n, width, left = strlen(text);

	for (i = 0; i < left; i += n) {
		width = character(text + i, left - i, &n);
		if (i + n > max)
			break;
		if (width)
			buf_put(b, text + i, n);
		else
			buf_putc(b, '?');
	}
}

void
table_name(struct buf *b, const char *name)
{
	put_shown(b, name, NAME_MAX_BYTES);
}

void
table_text(struct buf *b, const char *text)
{
	put_shown(b, text, (size_t)-1);
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

size_t
table_width(const char *text)
{
	size_t used;

	fitting(text, strlen(text), (size_t)-1, &used);
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
	return n > 0 && n < 10000 ? (size_t)n : 0;
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
	size_t i, w;

	for (i = 0; i < t->ncells; i++, cell += strlen(cell) + 1) {
		w = table_width(cell);
		if (w > width[i % t->ncolumns])
			width[i % t->ncolumns] = w;
	}
	for (i = 0; i < t->ncolumns; i++) {
		w = table_width(t->columns[i].title);
		if (width[i] && width[i] < w)
			width[i] = w;
	}
}

/* Makes the widest column that may be cut narrower, until all columns fit or none can be cut. */
static void
shrink(const struct table *t, size_t *width, size_t screen)
{
	size_t i, sum, *widest;

	for (;;) {
		widest = NULL;
		sum = 0;
		for (i = 0; i < t->ncolumns; i++) {
			sum += width[i] ? width[i] + (sum ? GAP : 0) : 0;
			if (t->columns[i].shrink && width[i] > NARROWEST &&
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

/* Puts the text in width columns. If it doesn't fit, it is cut off and ends in '~'. */
static void
put_cut(struct buf *b, const char *text, size_t width)
{
	size_t used, n = fitting(text, strlen(text), width, &used);

	if (text[n])
		n = fitting(text, strlen(text), width - 1, &used);
	buf_put(b, text, n);
	buf_puts(b, text[n] ? "~" : "");
}

/* Puts the text in width columns, and returns how many it takes. If it doesn't fit, a '~' stands
 * for its middle, because names differ at their ends. */
static size_t
put_shortened(struct buf *b, const char *text, size_t width)
{
	size_t all = table_width(text), left = all, n, head;
	const char *end = text + strlen(text);

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

/* A row of ncolumns texts. */
static void
put_row(const struct table *t, const char *const *texts, const size_t *width, size_t screen,
    struct buf *b)
{
	struct buf cell = {0}, line = {0};
	size_t i, used, blanks = 0;

	for (i = 0; i < t->ncolumns; i++) {
		if (!width[i])
			continue;
		buf_clear(&cell);
		used = put_shortened(&cell, texts[i], width[i]);
		pad(&line, blanks + (t->columns[i].right ? width[i] - used : 0));
		buf_put(&line, cell.n ? cell.s : "", cell.n);
		blanks = GAP + (t->columns[i].right ? 0 : width[i] - used);
	}
	while (!line.failed && line.n && line.s[line.n - 1] == ' ')
		line.s[--line.n] = '\0';
	put_cut(b, line.n && !line.failed ? line.s : "", screen ? screen : (size_t)-1);
	b->failed |= line.failed || cell.failed;
	buf_putc(b, '\n');
	buf_free(&cell);
	buf_free(&line);
}

void
table_put(struct table *t, struct buf *b, size_t screen, const char *otherwise)
{
	const char *texts[TABLE_COLUMNS], *cell;
	size_t i, k, width[TABLE_COLUMNS] = {0};

	if (t->ncells)
		table_cell(t); /* ends the last one */
	else
		buf_puts(b, otherwise);
	b->failed |= t->cells.failed;
	if (t->ncells && !b->failed) {
		t->ncells--;
		measure(t, width);
		if (screen)
			shrink(t, width, screen);
		for (i = 0; i < t->ncolumns; i++)
			texts[i] = t->columns[i].title;
		put_row(t, texts, width, screen, b);
		for (k = 0, cell = t->cells.s; k < t->ncells; k += t->ncolumns) {
			for (i = 0; i < t->ncolumns; i++, cell += strlen(cell) + 1)
				texts[i] = cell;
			put_row(t, texts, width, screen, b);
		}
	}
	buf_free(&t->cells);
	t->ncells = 0;
}

void
table_wrap(struct buf *b, const char *text, size_t used, size_t indent, size_t width)
{
	size_t n, w, done;

	if (indent + NARROWEST > width)
		indent = 0;
	for (; *text; text += n) {
		n = strcspn(text, " ");
		fitting(text, n, (size_t)-1, &w);
		if (width && used + w > width && used > indent) {
			while (b->n && b->s[b->n - 1] == ' ')
				b->s[--b->n] = '\0';
			buf_putc(b, '\n');
			pad(b, indent);
			used = indent;
		}
		/* a word that is wider than the screen is broken */
		while (
		    width && used + w > width && (done = fitting(text, n, width - used, &w)) > 0) {
			buf_put(b, text, done);
			buf_putc(b, '\n');
			used = 0;
			text += done;
			n -= done;
			fitting(text, n, (size_t)-1, &w);
		}
		buf_put(b, text, n);
		used += w;
		if (text[n]) {
			buf_putc(b, ' ');
			used++;
			n++;
		}
	}
	buf_putc(b, '\n');
}
