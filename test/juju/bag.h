#ifndef JUJU_BAG_H
#define JUJU_BAG_H

#include <stddef.h>

#include <cjson/cJSON.h>

/*
 * A databag is an object of strings. Its file holds its version, ten digits and a newline, and then
 * the bag as one line of JSON with its keys sorted bytewise, as Go's encoding/json prints a map. It
 * is replaced, never rewritten, so that a hard link to it is the bag as it was.
 */
#define BAG_HEAD 11

cJSON *bag_read(const char *file); /* NULL: that isn't a file of a bag, or is NULL */
char *bag_file(cJSON *b, unsigned long version, size_t *n); /* sorts b */
const char *bag_get(const cJSON *b, const char *key);	    /* NULL: not there */
void bag_set(cJSON *b, const char *key, const char *value); /* NULL: removes it */

#endif
