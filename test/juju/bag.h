#ifndef JUJU_BAG_H
#define JUJU_BAG_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "../lib/memory.h"
#include "buf.h"

/*
 * A databag is an object of strings. Its file holds its version, ten digits and a newline, and then
 * the bag as one line of JSON with its keys sorted bytewise, as Go's encoding/json prints a map. It
 * is replaced, never rewritten, so that a hard link to it is the bag as it was.
 */
#define BAG_HEAD 11
#define BAG_EMPTY "0000000000\n{}\n"

/* U+0000 in a string stands there as these bytes, which no UTF-8 has. */
#define BAG_NUL "\xC0\x80"

cJSON *bag_read(char *file); /* changes it; NULL: that isn't a file of a bag, or is NULL */
char *bag_text(cJSON *b);    /* its file, of version 0; sorts b */
const char *bag_get(const cJSON *b, const char *key);	    /* NULL: not there */
void bag_set(cJSON *b, const char *key, const char *value); /* NULL: removes it */

/* What else is printed as JSON. */
/* Adds members to the object: a name, a string, and so on, and NULL. Those whose string is NULL are
 * left out. Returns the object. */
cJSON *bag_put(cJSON *object, ...) __attribute__((sentinel));
/* Sorts an object's members by name. */
void bag_sort(cJSON *object);
/* Prints it as Go's encoding/json does: it escapes <, > and & too. */
void bag_print(struct buf *b, const cJSON *node);

#endif
