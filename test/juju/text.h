#ifndef JUJU_TEXT_H
#define JUJU_TEXT_H

#include <stddef.h>

/*
 * A string that grows. Start from {0}; s is never NULL after the first addition and always ends
 * in '\0'. Without memory the process aborts: a stand-in has nothing better to do.
 */
struct text {
	char *s;
	size_t n;
	size_t cap;
};

void *text_alloc(void *old, size_t size); /* realloc() that doesn't return NULL */
char *text_dup(const char *s, size_t n);
void text_add(struct text *t, const char *s, size_t n);
void text_str(struct text *t, const char *s);
void text_fmt(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *text_make(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * U+0000 in a string stands there as the bytes C0 80, which no UTF-8 has. text_raw adds the string
 * with the character itself.
 */
void text_raw(struct text *t, const char *s);
/* A JSON string, escaped as Go's encoding/json does: <, > and & too. */
void text_json(struct text *t, const char *s);
void text_free(struct text *t);

#endif
