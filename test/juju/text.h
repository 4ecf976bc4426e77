#ifndef JUJU_TEXT_H
#define JUJU_TEXT_H

#include <cjson/cJSON.h>

#include "../lib/memory.h"
#include "buf.h"

/* U+0000 in a string stands there as these bytes, which no UTF-8 has. */
#define TEXT_NUL "\xC0\x80"

/* Adds the string with the character U+0000 itself. */
void text_raw(struct buf *b, const char *s);
/* As JSON, whose strings are escaped as Go's encoding/json does: <, > and & too. */
void text_tree(struct buf *b, const cJSON *node);
/* Adds members to an object: as JSON without its braces, in which ' stands for ". Returns it. */
cJSON *text_put(cJSON *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds the value to an object whose members are sorted by name, in place of one of that name.
 * Returns it. */
cJSON *text_add(cJSON *o, const char *name, cJSON *value);

/*
 * A databag is an object of strings. Its file is a line of JSON with the keys sorted bytewise, as
 * Go's encoding/json prints a map. It is replaced, never rewritten, so that a hard link to it is
 * the bag as it was.
 */
cJSON *text_read(char *text); /* which it changes; NULL: that isn't a file of a bag, or is NULL */
void text_line(struct buf *t, const cJSON *b);
const char *text_get(const cJSON *b, const char *key);	     /* NULL: not there */
void text_set(cJSON *b, const char *key, const char *value); /* NULL: removes it */

#endif
