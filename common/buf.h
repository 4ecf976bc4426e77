/*
 * A growing buffer of bytes. If an allocation fails, failed is set and later calls do nothing. So a
 * caller checks failed once, at the end.
 */
#ifndef TD_BUF_H
#define TD_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *s; /* n bytes, then a NUL; NULL if nothing was put */
	size_t n;
	size_t cap;
	bool failed;
};

/* Makes room for n more bytes and a NUL. Returns 0, or -1 with failed set. */
int buf_reserve(struct buf *b, size_t n);

void buf_put(struct buf *b, const char *s, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts s as a JSON string with its quotes, escaped as td(7) says at Input and output. s is
 * UTF-8. */
void buf_json(struct buf *b, const char *s);

/*
 * Puts a member of a JSON object or, if name is NULL, an element of an array: a comma if another is
 * before it, the name, and text, which is JSON or its beginning, such as "[" or "".
 */
void buf_item(struct buf *b, const char *name, const char *text);

/* As buf_item, for the string value; NULL is null. */
void buf_string(struct buf *b, const char *name, const char *value);

/* Wipes and empties b. Keeps its memory and failed. */
void buf_clear(struct buf *b);

/* Wipes and frees b, which may be used again. */
void buf_free(struct buf *b);

/* Overwrites n bytes at p with zeros. The compiler can't optimise this away. */
void buf_wipe(void *p, size_t n);

#endif
