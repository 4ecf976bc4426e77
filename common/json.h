/*
 * Reads JSON (RFC 8259) strictly into libcjson's nodes, in one pass. It doesn't use libcjson's
 * parser, which accepts much that must be refused: text that isn't UTF-8, a byte order mark,
 * trailing text, duplicate member names, raw control characters, lone surrogates, malformed numbers
 * and literals, more than 512 levels, empty input. More than JSON_VALUES values are refused, too,
 * because they take too much memory. \u0000 is read as U+FFFD, because a unit can put it into its
 * databag. If two names are equal only for that reason, the first member stays.
 */
#ifndef TD_JSON_H
#define TD_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "buf.h"
#include "fail.h"

enum {
	JSON_DEPTH = 512,
	JSON_VALUES = 1 << 24, /* of 64 bytes each */
	JSON_NUMBER_TEXT =
	    1, /* flag: a number node's valuestring is the number as it was written */
};

struct json {
	cJSON *root; /* never call cJSON_Delete on it */
	struct json_block *blocks;
	char *text; /* most strings are in it */
	size_t size;
};

/*
 * Reads the one JSON value in the n bytes at text, which may be freed afterwards. Messages begin
 * "NAME:LINE:COLUMN: "; columns count characters from 1. Returns 0, or -1 with STATUS_INPUT or
 * STATUS_SYSTEM in f; j is empty then.
 */
int json_read(struct json *j, char *text, size_t n, const char *name, int flags, struct fail *f);

/* As json_read; the text begins in that line of name. */
int json_read_line(
    struct json *j, char *text, size_t n, const char *name, size_t line, int flags, struct fail *f);

/* As json_read, but reads b and takes it over: b is empty afterwards, also on failure. */
int json_take(struct json *j, struct buf *b, const char *name, int flags, struct fail *f);

/* Wipes and frees what json_read made; an empty j is fine. */
void json_free(struct json *j);

/* The value's kind with its article, as in "expected a string, got a number". */
const char *json_kind(const cJSON *node);

/* The member of that name, or NULL. Searches the whole object, so don't use it in a loop over the
 * same object. */
const cJSON *json_member(const cJSON *object, const char *name);

/* Puts the value as compact JSON. Numbers need the text that JSON_NUMBER_TEXT keeps. */
void json_put(struct buf *b, const cJSON *node);

#endif
