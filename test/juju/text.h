#ifndef JUJU_TEXT_H
#define JUJU_TEXT_H

#include <cjson/cJSON.h>

#include "../lib/memory.h"
#include "buf.h"

/* U+0000 in a string stands there as these bytes, which no UTF-8 has. */
#define TEXT_NUL "\xC0\x80"

/* Adds the string with the character U+0000 itself. */
void text_raw(struct buf *b, const char *s);
/* A JSON string, escaped as Go's encoding/json does: <, > and & too. */
void text_json(struct buf *b, const char *s);
/* Strings in it are escaped so, too. */
void text_tree(struct buf *b, const cJSON *node);
/* Sorts an object's members by name. */
void text_sort(cJSON *object);

#endif
