#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
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
	unsigned line;
	size_t i;

	line = 1;
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

/* Bytes of the character at p, its code point in c; 0: not UTF-8. */
static size_t
yaml_decode(const unsigned char *p, size_t n, unsigned long *c)
{
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len, i;

	*c = *p;
	len = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
	if (len == 0 || len > n)
		return 0;
	if (len > 1)
		*c = *p & (0xFFU >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3FU);
	}
	if (*c < least[len] || (*c >= 0xD800 && *c <= 0xDFFF) || *c > 0x10FFFF)
		return 0;
	return len;
}

static void
yaml_encode(struct text *t, unsigned long c)
{
	char s[4];

	if (c < 0x80) {
		s[0] = (char)c;
		text_add(t, s, 1);
	} else if (c < 0x800) {
		s[0] = (char)(0xC0 | c >> 6);
		s[1] = (char)(0x80 | (c & 0x3F));
		text_add(t, s, 2);
	} else if (c < 0x10000) {
		s[0] = (char)(0xE0 | c >> 12);
		s[1] = (char)(0x80 | (c >> 6 & 0x3F));
		s[2] = (char)(0x80 | (c & 0x3F));
		text_add(t, s, 3);
	} else {
		s[0] = (char)(0xF0 | c >> 18);
		s[1] = (char)(0x80 | (c >> 12 & 0x3F));
		s[2] = (char)(0x80 | (c >> 6 & 0x3F));
		s[3] = (char)(0x80 | (c & 0x3F));
		text_add(t, s, 4);
	}
}

static int
yaml_check(struct reader *r)
{
	unsigned long c;
	size_t len;

	for (r->at = 0; r->at < r->n; r->at += len) {
		len = yaml_decode(r->s + r->at, r->n - r->at, &c);
		if (len == 0)
			return yaml_fail(r, "invalid UTF-8");
		if (c == 0xFEFF && r->at == 0)
			continue;
		if (c == '\t' || c == '\n' || c == '\r' || c == 0x85)
			continue;
		if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xFEFF || c == 0xFFFE ||
		    c == 0xFFFF) {
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
	const unsigned char *p;
	size_t left;

	p = r->s + r->at;
	left = r->n - r->at;
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

/* Blanks, line breaks and comments. */
static void
yaml_skip(struct reader *r)
{
	size_t n;

	while (r->at < r->n) {
		n = yaml_break(r);
		if (n > 0)
			r->at += n;
		else if (r->s[r->at] == ' ' || r->s[r->at] == '\t')
			r->at++;
		else if (r->s[r->at] == '#')
			while (r->at < r->n && yaml_break(r) == 0)
				r->at++;
		else
			return;
	}
}

static int
yaml_escape(struct reader *r, struct text *t)
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
	if (c == '0')
		return yaml_fail(r, "this reader holds no U+0000");
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
	if (value == 0)
		return yaml_fail(r, "this reader holds no U+0000");
	yaml_encode(t, value);
	return 0;
}

/* A line break in a quoted scalar is a blank; further ones count. */
static void
yaml_fold(struct reader *r, struct text *t)
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
		text_str(t, " ");
	while (breaks-- > 1)
		text_str(t, "\n");
}

static int
yaml_quoted(struct reader *r, struct text *t)
{
	unsigned char quote;
	size_t from;

	quote = r->s[r->at++];
	text_str(t, "");
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
			text_str(t, "'");
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
		text_add(t, (const char *)r->s + from, r->at - from);
	}
}

static int
yaml_plain(struct reader *r, struct text *t)
{
	size_t from, end;
	int c;

	text_str(t, "");
	c = yaml_peek(r);
	if (c == ',' || c == '}' || c == ':')
		return 0;
	if (strchr("&*!|>%@`", c) != NULL)
		return yaml_fail(r, "this reader knows no tags, anchors or blocks");
	if (c == ']' || c == '?')
		return yaml_fail(r, "did not find expected node content");
	from = end = r->at;
	for (; r->at < r->n && yaml_break(r) == 0; r->at++) {
		c = r->s[r->at];
		if (strchr(",[]{}", c) != NULL || (c == '#' && r->s[r->at - 1] == ' '))
			break;
		if (c == ':' &&
		    (r->at + 1 == r->n || strchr(" \t\r\n,[]{}", r->s[r->at + 1]) != NULL))
			break;
		if (c != ' ' && c != '\t')
			end = r->at + 1;
	}
	text_add(t, (const char *)r->s + from, end - from);
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
yaml_scalar(struct reader *r, struct text *t)
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
yaml_value(struct reader *r, struct text *t)
{
	int c;

	yaml_skip(r);
	c = yaml_peek(r);
	if (c != '{' && c != '[')
		return yaml_scalar(r, t);
	snprintf(r->error, r->size,
	    "yaml: unmarshal errors:\n  line %u: cannot unmarshal %s into string", yaml_line(r),
	    c == '{' ? "!!map" : "!!seq");
	return -1;
}

static int
yaml_key(struct reader *r, struct text *t)
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
	struct text key = {0}, value = {0};
	int c, result;

	r->at++;
	for (result = 0; result == 0;) {
		text_free(&key);
		text_free(&value);
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
	text_free(&key);
	text_free(&value);
	return result;
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
		if (strncmp(s + r.at, "null", 4) == 0 || strncmp(s + r.at, "...", 3) == 0)
			return 0;
		type = "!!str";
		break;
	}
	snprintf(error, size,
	    "yaml: unmarshal errors:\n  line 1: cannot unmarshal %s into map[string]string", type);
	return -1;
}
