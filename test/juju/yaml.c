#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "utf8.h"
#include "yaml.h"

enum { KEY_LIMIT = 1024 };

struct reader {
	const unsigned char *s;
	size_t n;
	size_t at;
	char *error;
	size_t size;
};

static unsigned
yaml_line(const struct reader *r)
{
	unsigned line = 1;
	size_t i;

	for (i = 0; i < r->at && i < r->n; i++)
		line += r->s[i] == '\n';
	return line;
}

static int
yaml_fail(struct reader *r, const char *what)
{
	snprintf(r->error, r->size, "yaml: line %u: %s", yaml_line(r), what);
	return -1;
}

static void
yaml_encode(struct buf *t, unsigned long c)
{
	char s[4];

	if (c == 0) {
		buf_put(t, "\xC0\x80", 2);
	} else if (c < 0x80) {
		s[0] = (char)c;
		buf_put(t, s, 1);
	} else if (c < 0x800) {
		s[0] = (char)(0xC0 | c >> 6);
		s[1] = (char)(0x80 | (c & 0x3F));
		buf_put(t, s, 2);
	} else if (c < 0x10000) {
		s[0] = (char)(0xE0 | c >> 12);
		s[1] = (char)(0x80 | (c >> 6 & 0x3F));
		s[2] = (char)(0x80 | (c & 0x3F));
		buf_put(t, s, 3);
	} else {
		s[0] = (char)(0xF0 | c >> 18);
		s[1] = (char)(0x80 | (c >> 12 & 0x3F));
		s[2] = (char)(0x80 | (c >> 6 & 0x3F));
		s[3] = (char)(0x80 | (c & 0x3F));
		buf_put(t, s, 4);
	}
}

static bool
yaml_has(const struct reader *r, const char *bytes)
{
	return r->n - r->at >= strlen(bytes) &&
	       strncmp((const char *)r->s + r->at, bytes, strlen(bytes)) == 0;
}

static int
yaml_check(struct reader *r)
{
	const char *p, *end = (const char *)r->s + r->n;
	size_t len;

	for (r->at = 0; r->at < r->n; r->at += len) {
		p = (const char *)r->s + r->at;
		len = utf8_length(p, end);
		if (len == 0)
			return yaml_fail(r, "invalid UTF-8");
		if (yaml_has(r, "\t") || yaml_has(r, "\n") || yaml_has(r, "\r") ||
		    yaml_has(r, "\xC2\x85"))
			continue;
		if (*p == '\0' || utf8_control(p) > 0 || yaml_has(r, "\xEF\xBF\xBE") ||
		    yaml_has(r, "\xEF\xBF\xBF") || (r->at > 0 && yaml_has(r, "\xEF\xBB\xBF"))) {
			snprintf(r->error, r->size, "yaml: control characters are not allowed");
			return -1;
		}
	}
	return 0;
}

/* Bytes of the line break at the place; 0: none. */
static size_t
yaml_break(const struct reader *r)
{
	const unsigned char *p = r->s + r->at;
	size_t left = r->n - r->at;

	if (left > 1 && p[0] == '\r' && p[1] == '\n')
		return 2;
	if (left > 0 && (*p == '\n' || *p == '\r'))
		return 1;
	if (left > 1 && p[0] == 0xC2 && p[1] == 0x85)
		return 2;
	if (left > 2 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9))
		return 3;
	return 0;
}

static int
yaml_peek(const struct reader *r)
{
	return r->at < r->n ? r->s[r->at] : -1;
}

static void
yaml_blanks(struct reader *r)
{
	while (yaml_peek(r) == ' ' || yaml_peek(r) == '\t')
		r->at++;
}

/* Blanks, and a comment. */
static void
yaml_rest(struct reader *r)
{
	yaml_blanks(r);
	if (yaml_peek(r) == '#')
		while (r->at < r->n && yaml_break(r) == 0)
			r->at++;
}

/* Blanks, line breaks and comments. */
static void
yaml_skip(struct reader *r)
{
	for (yaml_rest(r); yaml_break(r) > 0; yaml_rest(r))
		r->at += yaml_break(r);
}

static int
yaml_escape(struct reader *r, struct buf *t)
{
	static const char from[] = "abt\tnvfre \"'\\N_LP";
	static const unsigned to[] = {
	    7, 8, 9, 9, 10, 11, 12, 13, 27, ' ', '"', '\'', '\\', 0x85, 0xA0, 0x2028, 0x2029};
	unsigned long value;
	const char *known;
	int c, len;

	c = yaml_peek(r);
	known = c > 0 ? strchr(from, c) : NULL;
	if (known != NULL) {
		yaml_encode(t, to[known - from]);
		r->at++;
		return 0;
	}
	len = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
	if (c == '0') {
		yaml_encode(t, 0);
		r->at++;
		return 0;
	}
	if (len == 0)
		return yaml_fail(r, "found unknown escape character");
	r->at++;
	for (value = 0; len > 0; len--, r->at++) {
		c = yaml_peek(r);
		if (c >= '0' && c <= '9')
			value = value << 4 | (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value << 4 | (unsigned)((c | 0x20) - 'a' + 10);
		else
			return yaml_fail(r, "did not find expected hexdecimal number");
	}
	if ((value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF)
		return yaml_fail(r, "found invalid Unicode character escape code");
	yaml_encode(t, value);
	return 0;
}

/* A line break in a quoted scalar is a blank; further ones count. */
static void
yaml_fold(struct reader *r, struct buf *t)
{
	size_t n, breaks;

	while (t->n > 0 && (t->s[t->n - 1] == ' ' || t->s[t->n - 1] == '\t'))
		t->s[--t->n] = '\0';
	for (breaks = 0; r->at < r->n; r->at += n) {
		n = yaml_break(r);
		if (n > 0)
			breaks++;
		else if (r->s[r->at] == ' ' || r->s[r->at] == '\t')
			n = 1;
		else
			break;
	}
	if (breaks == 1)
		buf_puts(t, " ");
	while (breaks-- > 1)
		buf_puts(t, "\n");
}

static int
yaml_quoted(struct reader *r, struct buf *t)
{
	unsigned char quote = r->s[r->at++];
	size_t from;

	buf_puts(t, "");
	for (;;) {
		if (r->at >= r->n)
			return yaml_fail(r, "found unexpected end of stream");
		if (yaml_break(r) > 0) {
			yaml_fold(r, t);
			continue;
		}
		if (r->s[r->at] == quote) {
			r->at++;
			if (quote == '"' || yaml_peek(r) != quote)
				return 0;
			buf_puts(t, "'");
			r->at++;
			continue;
		}
		if (quote == '"' && r->s[r->at] == '\\') {
			r->at++;
			if (yaml_break(r) > 0) {
				yaml_fold(r, t);
				if (t->n > 0 && t->s[t->n - 1] == ' ')
					t->s[--t->n] = '\0';
			} else if (yaml_escape(r, t) < 0) {
				return -1;
			}
			continue;
		}
		for (from = r->at; r->at < r->n && r->s[r->at] != quote && r->s[r->at] != '\\' &&
				   yaml_break(r) == 0;)
			r->at++;
		if (r->at == from)
			r->at++;
		buf_put(t, (const char *)r->s + from, r->at - from);
	}
}

static bool
yaml_at_space(const struct reader *r, size_t at)
{
	struct reader there = *r;

	there.at = at;
	return at >= r->n || r->s[at] == ' ' || r->s[at] == '\t' || yaml_break(&there) > 0;
}

/* A plain scalar up to the end of the line, to ": ", or in brackets to what ends it there. */
static void
yaml_plain_text(struct reader *r, struct buf *t, bool brackets)
{
	size_t from, end;
	int c;

	for (from = end = r->at; r->at < r->n && yaml_break(r) == 0; r->at++) {
		c = r->s[r->at];
		if (brackets && strchr(",[]{}", c) != NULL)
			break;
		if (c == ':' && (yaml_at_space(r, r->at + 1) ||
				    (brackets && strchr(",[]{}", r->s[r->at + 1]) != NULL)))
			break;
		if (c == '#' && r->at > from && yaml_at_space(r, r->at - 1))
			break;
		if (c != ' ' && c != '\t')
			end = r->at + 1;
	}
	buf_put(t, (const char *)r->s + from, end - from);
}

static int
yaml_plain(struct reader *r, struct buf *t)
{
	int c = yaml_peek(r);

	buf_puts(t, "");
	if (c == ',' || c == '}' || c == ':')
		return 0;
	if (strchr("&*!|>%@`", c) != NULL)
		return yaml_fail(r, "this reader knows no tags, anchors or blocks");
	if (c == ']' || c == '?')
		return yaml_fail(r, "did not find expected node content");
	yaml_plain_text(r, t, true);
	return 0;
}

static bool
yaml_null(const char *s)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	size_t i;

	for (i = 0; i < sizeof nulls / sizeof *nulls; i++) {
		if (strcmp(s, nulls[i]) == 0)
			return true;
	}
	return false;
}

static int
yaml_scalar(struct reader *r, struct buf *t)
{
	int c;

	yaml_skip(r);
	c = yaml_peek(r);
	if (c < 0)
		return yaml_fail(r, "did not find expected node content");
	if (c == '"' || c == '\'')
		return yaml_quoted(r, t);
	if (yaml_plain(r, t) < 0)
		return -1;
	if (yaml_null(t->s))
		t->s[t->n = 0] = '\0';
	return 0;
}

static int
yaml_no_scalar(struct reader *r, const char *type)
{
	snprintf(r->error, r->size,
	    "yaml: unmarshal errors:\n  line %u: cannot unmarshal %s into string", yaml_line(r),
	    type);
	return -1;
}

static int
yaml_value(struct reader *r, struct buf *t)
{
	int c;

	yaml_skip(r);
	c = yaml_peek(r);
	if (c != '{' && c != '[')
		return yaml_scalar(r, t);
	return yaml_no_scalar(r, c == '{' ? "!!map" : "!!seq");
}

static int
yaml_key(struct reader *r, struct buf *t)
{
	size_t from, chars, i;
	bool broken;

	yaml_skip(r);
	from = r->at;
	if (yaml_peek(r) == '{' || yaml_peek(r) == '[')
		return yaml_fail(r, "invalid map key");
	if (yaml_scalar(r, t) < 0)
		return -1;
	broken = memchr(r->s + from, '\n', r->at - from) != NULL;
	yaml_skip(r);
	if (yaml_peek(r) == ':') {
		for (i = from, chars = 0; i < r->at; i++)
			chars += (r->s[i] & 0xC0) != 0x80;
		if (broken || chars > KEY_LIMIT)
			return yaml_fail(r, "did not find expected ',' or '}'");
	}
	return 0;
}

static int
yaml_map(struct reader *r, struct bag *b)
{
	struct buf key = {0}, value = {0};
	int c, result;

	r->at++;
	for (result = 0; result == 0;) {
		buf_free(&key);
		buf_free(&value);
		yaml_skip(r);
		if (yaml_peek(r) == '}')
			break;
		result = yaml_key(r, &key);
		if (result == 0 && yaml_peek(r) == ':') {
			r->at++;
			result = yaml_value(r, &value);
		}
		if (result < 0)
			break;
		bag_set(b, key.s, value.s == NULL ? "" : value.s);
		yaml_skip(r);
		c = yaml_peek(r);
		if (c == ',')
			r->at++;
		else if (c != '}')
			result = yaml_fail(r, "did not find expected ',' or '}'");
	}
	buf_free(&key);
	buf_free(&value);
	return result;
}

static size_t
yaml_column(const struct reader *r)
{
	size_t at;

	for (at = r->at; at > 0 && r->s[at - 1] != '\n' && r->s[at - 1] != '\r'; at--)
		continue;
	return r->at - at;
}

/* What may follow a value on its line. */
static int
yaml_line_end(struct reader *r)
{
	yaml_rest(r);
	if (r->at < r->n && yaml_break(r) == 0)
		return yaml_fail(r, "did not find expected comment or line break");
	r->at += yaml_break(r);
	return 0;
}

/* Takes a line break, which counts as a newline but for U+2028 and U+2029. */
static void
yaml_take_break(struct reader *r, struct buf *t)
{
	size_t n = yaml_break(r);

	if (n == 3)
		buf_put(t, (const char *)r->s + r->at, n);
	else if (n > 0)
		buf_puts(t, "\n");
	r->at += n;
}

/* Takes empty lines and the indentation of the next one; finds out indent where it is 0. */
static int
yaml_indentation(struct reader *r, size_t parent, size_t *indent, struct buf *breaks)
{
	size_t column, most;

	for (most = 0;; yaml_take_break(r, breaks)) {
		column = yaml_column(r);
		for (; (*indent == 0 || column < *indent) && yaml_peek(r) == ' '; column++)
			r->at++;
		most = column > most ? column : most;
		if ((*indent == 0 || column < *indent) && yaml_peek(r) == '\t')
			return yaml_fail(
			    r, "found a tab character where an indentation space is expected");
		if (yaml_break(r) == 0)
			break;
	}
	if (*indent == 0)
		*indent = most > parent + 1 ? most : parent + 1;
	return 0;
}

/* "|" or ">", with what follows it on its line; keep: 1, with "+"; -1, with "-". */
static int
yaml_block_head(struct reader *r, size_t parent, bool *literal, int *keep, size_t *indent)
{
	int c;

	*literal = r->s[r->at++] == '|';
	*keep = 0;
	*indent = 0;
	for (c = yaml_peek(r);; c = yaml_peek(r)) {
		if (*keep == 0 && (c == '+' || c == '-'))
			*keep = c == '+' ? 1 : -1;
		else if (*indent == 0 && c >= '1' && c <= '9')
			*indent = parent + (size_t)(c - '0');
		else
			break;
		r->at++;
	}
	if (c == '0')
		return yaml_fail(r, "found an indentation indicator equal to 0");
	return yaml_line_end(r);
}

static int
yaml_block(struct reader *r, size_t parent, struct buf *t)
{
	struct buf line_break = {0}, empty = {0};
	size_t indent, from;
	int keep, result;
	bool literal, blank, before;

	buf_puts(t, "");
	result = yaml_block_head(r, parent, &literal, &keep, &indent);
	if (result == 0)
		result = yaml_indentation(r, parent, &indent, &empty);
	for (before = false; result == 0 && yaml_column(r) == indent && r->at < r->n;) {
		blank = yaml_peek(r) == ' ' || yaml_peek(r) == '\t';
		/* Two lines become one, but for such as begin with a blank. */
		if (!literal && !before && !blank && line_break.n == 1)
			buf_puts(t, empty.n == 0 ? " " : "");
		else if (line_break.n > 0)
			buf_put(t, line_break.s, line_break.n);
		if (empty.n > 0)
			buf_put(t, empty.s, empty.n);
		buf_free(&line_break);
		buf_free(&empty);
		before = blank;
		for (from = r->at; r->at < r->n && yaml_break(r) == 0;)
			r->at++;
		buf_put(t, (const char *)r->s + from, r->at - from);
		yaml_take_break(r, &line_break);
		result = yaml_indentation(r, parent, &indent, &empty);
	}
	if (keep >= 0 && line_break.n > 0)
		buf_put(t, line_break.s, line_break.n);
	if (keep > 0 && empty.n > 0)
		buf_put(t, empty.s, empty.n);
	buf_free(&line_break);
	buf_free(&empty);
	return result;
}

static int
yaml_plain_line(struct reader *r, struct buf *t)
{
	int c = yaml_peek(r);

	if (c < 0 || strchr("&*!|>%@`", c) != NULL)
		return yaml_fail(r, "this reader knows no tags or anchors");
	if (strchr(",]}", c) != NULL || (c == '?' && yaml_at_space(r, r->at + 1)))
		return yaml_fail(r, "did not find expected node content");
	yaml_plain_text(r, t, false);
	return 0;
}

static bool
yaml_is_item(const struct reader *r)
{
	return yaml_peek(r) == '-' && yaml_at_space(r, r->at + 1);
}

/* A document's end or the next one's beginning. */
static bool
yaml_is_over(const struct reader *r)
{
	const char *p = (const char *)r->s + r->at;

	return r->at >= r->n || (yaml_column(r) == 0 && r->n - r->at >= 3 &&
				    (strncmp(p, "---", 3) == 0 || strncmp(p, "...", 3) == 0) &&
				    yaml_at_space(r, r->at + 3));
}

/* A plain value, which goes on over lines that are indented. */
static int
yaml_plain_lines(struct reader *r, size_t parent, struct buf *t)
{
	struct buf breaks = {0};
	struct reader next;
	int result;

	for (result = yaml_plain_line(r, t); result == 0;) {
		if (yaml_peek(r) == ':') {
			result = yaml_fail(r, "mapping values are not allowed in this context");
			break;
		}
		next = *r;
		buf_free(&breaks);
		while (yaml_break(&next) > 0) {
			yaml_take_break(&next, &breaks);
			yaml_blanks(&next);
		}
		if (breaks.n == 0 || yaml_is_over(&next) || yaml_column(&next) <= parent ||
		    yaml_peek(&next) == '#')
			break;
		buf_puts(t, breaks.n == 1 ? " " : breaks.s + 1);
		*r = next;
		result = yaml_plain_line(r, t);
	}
	buf_free(&breaks);
	if (result == 0 && yaml_null(t->s))
		t->s[t->n = 0] = '\0';
	return result;
}

/* What follows "key:" in a mapping of that indentation. */
static int
yaml_block_value(struct reader *r, size_t indent, struct buf *t)
{
	size_t from;
	int c;

	yaml_blanks(r);
	from = r->at;
	yaml_skip(r);
	if (r->at > from && yaml_is_item(r) && yaml_column(r) >= indent)
		return yaml_no_scalar(r, "!!seq");
	if (yaml_is_over(r) || (r->at > from && yaml_column(r) <= indent)) {
		buf_puts(t, "");
		return 0;
	}
	c = yaml_peek(r);
	if (c == '|' || c == '>')
		return yaml_block(r, indent, t);
	if (c == '{' || c == '[')
		return yaml_no_scalar(r, c == '{' ? "!!map" : "!!seq");
	if (c == '"' || c == '\'')
		return yaml_quoted(r, t) < 0 ? -1 : yaml_line_end(r);
	return yaml_plain_lines(r, indent, t) < 0 ? -1 : yaml_line_end(r);
}

static int
yaml_block_key(struct reader *r, struct buf *t)
{
	size_t from = r->at;
	int c = yaml_peek(r);

	buf_puts(t, "");
	if (c == '{' || c == '[')
		return yaml_fail(r, "invalid map key");
	if ((c == '"' || c == '\'' ? yaml_quoted(r, t) : yaml_plain_line(r, t)) < 0)
		return -1;
	yaml_blanks(r);
	if (yaml_peek(r) != ':' || !yaml_at_space(r, r->at + 1) || r->at - from > KEY_LIMIT ||
	    memchr(r->s + from, '\n', r->at - from) != NULL)
		return yaml_fail(r, "could not find expected ':'");
	r->at++;
	return 0;
}

static int
yaml_block_map(struct reader *r, struct bag *b)
{
	struct buf key = {0}, value = {0};
	size_t indent = yaml_column(r);
	int result;

	for (result = 0; result == 0 && !yaml_is_over(r); yaml_skip(r)) {
		buf_free(&key);
		buf_free(&value);
		if (yaml_column(r) != indent)
			result = yaml_fail(r, "did not find expected key");
		if (result == 0)
			result = yaml_block_key(r, &key);
		if (result == 0)
			result = yaml_block_value(r, indent, &value);
		if (result == 0)
			bag_set(b, key.s, value.s);
	}
	buf_free(&key);
	buf_free(&value);
	return result;
}

/* Does a key of a block mapping stand here? */
static bool
yaml_is_key(const struct reader *r)
{
	struct reader ahead = *r;
	struct buf t = {0};
	char error[80];
	bool is;

	ahead.error = error;
	ahead.size = sizeof error;
	is = yaml_block_key(&ahead, &t) == 0;
	buf_free(&t);
	return is;
}

int
yaml_read(struct bag *b, const char *s, size_t n, char *error, size_t size)
{
	struct reader r = {.s = (const unsigned char *)s, .n = n, .error = error, .size = size};
	const char *type;

	if (yaml_check(&r) < 0)
		return -1;
	r.at = n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	yaml_skip(&r);
	if (n - r.at >= 3 && strncmp(s + r.at, "---", 3) == 0) {
		r.at += 3;
		yaml_skip(&r);
	}
	switch (yaml_peek(&r)) {
	case -1:
		return 0;
	case '{':
		return yaml_map(&r, b);
	case '[':
		type = "!!seq";
		break;
	default:
		if (!yaml_is_item(&r) && yaml_is_key(&r))
			return yaml_block_map(&r, b);
		if (strncmp(s + r.at, "null", 4) == 0 || strncmp(s + r.at, "...", 3) == 0)
			return 0;
		type = yaml_is_item(&r) ? "!!seq" : "!!str";
		break;
	}
	snprintf(error, size,
	    "yaml: unmarshal errors:\n  line 1: cannot unmarshal %s into map[string]string", type);
	return -1;
}
