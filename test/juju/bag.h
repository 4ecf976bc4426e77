#ifndef JUJU_BAG_H
#define JUJU_BAG_H

#include <stddef.h>

#include <cjson/cJSON.h>

/* A databag: strings by key, sorted bytewise, as Go's encoding/json prints a map. */
struct bag {
	struct bag_pair {
		char *key;
		char *value;
	} * pair;
	size_t n;
};

/*
 * A databag's file holds its version, ten digits and a newline, and then the bag as one line of
 * JSON with its keys sorted. It is replaced, never rewritten, so that a hard link to it is the bag
 * as it was.
 */
#define BAG_HEAD 11

/* Reads into an empty bag. 0, or -1: that isn't a file of a bag. */
int bag_read(struct bag *b, const char *file);
cJSON *bag_tree(const struct bag *b); /* to be deleted */
char *bag_file(const struct bag *b, unsigned long version, size_t *n);
const char *bag_get(const struct bag *b, const char *key); /* NULL: not there */
void bag_set(struct bag *b, const char *key, const char *value);
void bag_remove(struct bag *b, const char *key);
void bag_free(struct bag *b);

#endif
