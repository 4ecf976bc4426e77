/* A cluster's list of members, in the formats of its `list`. */
#ifndef SHOW_H
#define SHOW_H

#include "buf.h"
#include "store.h"

/* Prints them to OUT as `json`, `table` or `yaml`; 0 when there is no such format. */
int show_members(
    struct buf *out, const char *format, const struct member *const members[], size_t count);

#endif
