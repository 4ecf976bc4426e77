#ifndef JUJU_BAG_H
#define JUJU_BAG_H

#include <cjson/cJSON.h>

#include "buf.h"

/*
 * A databag is an object of strings. Its file is a line of JSON with the keys sorted bytewise, as
 * Go's encoding/json prints a map. It is replaced, never rewritten, so that a hard link to it is
 * the bag as it was.
 */
cJSON *bag_read(char *text); /* which it changes; NULL: that isn't a file of a bag, or is NULL */
void bag_put(struct buf *t, const cJSON *b);
const char *bag_get(const cJSON *b, const char *key);	    /* NULL: not there */
void bag_set(cJSON *b, const char *key, const char *value); /* NULL: removes it */

#endif
