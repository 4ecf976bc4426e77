#ifndef JUJU_TEXT_H
#define JUJU_TEXT_H

#include <cjson/cJSON.h>

#include "../lib/memory.h"
#include "buf.h"

/*
 * U+0000 in a string stands there as the bytes C0 80, which no UTF-8 has. text_raw adds the string
 * with the character itself.
 */
void text_raw(struct buf *b, const char *s);
/* A JSON string, escaped as Go's encoding/json does: <, > and & too. */
void text_json(struct buf *b, const char *s);
/* Strings in it are escaped so, too. */
void text_tree(struct buf *b, const cJSON *node);

#endif
