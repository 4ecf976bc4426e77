/*
 * A growing run of bytes. The first allocation that fails is remembered in failed and later calls
 * do nothing, so that a caller may write on and ask once at the end.
 */
#ifndef TD_BUF_H
#define TD_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *s; /* n bytes and, when anything was put, a NUL after them */
	size_t n;
	size_t cap;
	bool failed;
};

/* Makes room for n bytes more (and a NUL). Returns 0, or -1 with failed set. */
int buf_reserve(struct buf *b, size_t n);

void buf_put(struct buf *b, const char *s, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts s as a JSON string with its quotes, escaped as SPEC "Common to all tools" says. s is UTF-8.
 */
void buf_json(struct buf *b, const char *s);

/* Wipes and empties b, and keeps its memory, and that it failed. */
void buf_clear(struct buf *b);

/* Wipes and frees b, which is then as new. */
void buf_free(struct buf *b);

/* Overwrites n bytes at p with zeros in a way that the compiler keeps. */
void buf_wipe(void *p, size_t n);

#endif
