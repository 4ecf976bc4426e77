#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "utf8.h"

int
buf_reserve(struct buf *b, size_t n)
{
	size_t cap;
	char *s;

	if (b->failed)
		return -1;
	if (n < b->cap - b->n)
		return 0;
	if (n > SIZE_MAX / 2 - b->n) {
		b->failed = true;
		return -1;
	}
	cap = b->cap < 64 ? 64 : b->cap;
	while (cap <= b->n + n)
		cap *= 2;
	/* not realloc: the old copy may hold a token, and is to be wiped */
	s = malloc(cap);
	if (!s) {
		b->failed = true;
		return -1;
	}
	if (b->n)
		memcpy(s, b->s, b->n);
	s[b->n] = '\0';
	if (b->s)
		buf_wipe(b->s, b->n);
	free(b->s);
	b->s = s;
	b->cap = cap;
	return 0;
}

void
buf_put(struct buf *b, const char *s, size_t n)
{
	if (buf_reserve(b, n))
		return;
	if (n)
		memcpy(b->s + b->n, s, n);
	b->n += n;
	b->s[b->n] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	b->failed |= n < 0;
	if (n >= 0 && buf_reserve(b, (size_t)n) == 0) {
		vsnprintf(b->s + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

/* The code point of those that YAML readers refuse or fold at s, or 0; its bytes in *n. */
static unsigned
special(const unsigned char *s, size_t *n)
{
	if (s[0] < 0x20 || s[0] == 0x7f) {
		*n = 1;
		return s[0];
	}
	if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f) {
		*n = 2;
		return s[1];
	}
	*n = 3;
	if (s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9))
		return 0x2000u + s[2] - 0x80u;
	if (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf)
		return 0xfeff;
	if (s[0] == 0xef && s[1] == 0xbf && (s[2] == 0xbe || s[2] == 0xbf))
		return 0xffc0u + s[2] - 0x80u;
	return 0;
}

void
buf_json(struct buf *b, const char *s)
{
	const char *rest = s, *end = s + strlen(s); /* rest: what isn't put yet */
	unsigned code;
	size_t n;

	buf_putc(b, '"');
	while ((s += utf8_plain(s, (size_t)(end - s))) < end) {
		code = special((const unsigned char *)s, &n);
		if (*s == '"' || *s == '\\') {
			buf_put(b, rest, (size_t)(s - rest));
			buf_putc(b, '\\');
			rest = s;
		} else if (code) {
			buf_put(b, rest, (size_t)(s - rest));
			buf_printf(b, "\\u%04x", code);
			rest = s + n;
		}
		s += code ? n : 1;
	}
	buf_put(b, rest, (size_t)(s - rest));
	buf_putc(b, '"');
}

void
buf_item(struct buf *b, const char *name, const char *text)
{
	if (!b->failed && b->n && !strchr("{[", b->s[b->n - 1]))
		buf_putc(b, ',');
	if (name) {
		buf_json(b, name);
		buf_putc(b, ':');
	}
	buf_puts(b, text);
}

void
buf_string(struct buf *b, const char *name, const char *value)
{
	buf_item(b, name, value ? "" : "null");
	if (value)
		buf_json(b, value);
}

void
buf_clear(struct buf *b)
{
	if (b->s)
		buf_wipe(b->s, b->n);
	b->n = 0;
}

void
buf_free(struct buf *b)
{
	if (b->s)
		buf_wipe(b->s, b->n);
	free(b->s);
	memset(b, 0, sizeof *b);
}

void
buf_wipe(void *p, size_t n)
{
	static void *(*const volatile set)(void *, int, size_t) = memset;

	set(p, 0, n);
}
