#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

void *
text_alloc(void *old, size_t size)
{
	void *p;

	p = realloc(old, size);
	if (p == NULL)
		abort();
	return p;
}

char *
text_dup(const char *s, size_t n)
{
	char *p;

	p = text_alloc(NULL, n + 1);
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

void
text_add(struct text *t, const char *s, size_t n)
{
	if (t->n + n + 1 > t->cap) {
		t->cap = (t->n + n + 1) * 2;
		t->s = text_alloc(t->s, t->cap);
	}
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

void
text_str(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

static void __attribute__((format(printf, 2, 0)))
text_vfmt(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		abort();
	s = text_alloc(NULL, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	text_add(t, s, (size_t)n);
	free(s);
}

void
text_fmt(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vfmt(t, fmt, ap);
	va_end(ap);
}

char *
text_make(const char *fmt, ...)
{
	struct text t = {0};
	va_list ap;

	va_start(ap, fmt);
	text_vfmt(&t, fmt, ap);
	va_end(ap);
	return t.s;
}

static bool
is_nul(const unsigned char *p)
{
	return p[0] == 0xC0 && p[1] == 0x80;
}

void
text_raw(struct text *t, const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++) {
		if (is_nul((const unsigned char *)p)) {
			p++;
			text_add(t, "", 1);
		} else {
			text_add(t, p, 1);
		}
	}
}

void
text_json(struct text *t, const char *s)
{
	const unsigned char *p;
	const char *from;

	text_add(t, "\"", 1);
	for (p = (const unsigned char *)s; *p != '\0';) {
		from = (const char *)p;
		while (*p >= 0x20 && *p != '"' && *p != '\\' && *p != '<' && *p != '>' &&
		       *p != '&' && *p != 0xE2 && *p != 0xC0)
			p++;
		text_add(t, from, (size_t)((const char *)p - from));
		if (*p == '\0')
			break;
		if (*p == 0xC0) {
			if (is_nul(p)) {
				text_str(t, "\\u0000");
				p += 2;
			} else {
				text_add(t, (const char *)p++, 1);
			}
			continue;
		}
		if (*p == 0xE2) {
			if (p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9)) {
				text_fmt(t, "\\u20%02x", p[2] - 0x80);
				p += 3;
			} else {
				text_add(t, (const char *)p++, 1);
			}
			continue;
		}
		if (*p == '"' || *p == '\\')
			text_fmt(t, "\\%c", *p);
		else if (*p == '\n')
			text_str(t, "\\n");
		else if (*p == '\r')
			text_str(t, "\\r");
		else if (*p == '\t')
			text_str(t, "\\t");
		else
			text_fmt(t, "\\u%04x", *p);
		p++;
	}
	text_add(t, "\"", 1);
}

void
text_free(struct text *t)
{
	free(t->s);
	t->s = NULL;
	t->n = t->cap = 0;
}
