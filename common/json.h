/*
 * Strict reading of JSON (RFC 8259) into libcjson's nodes, in one pass and without libcjson's
 * parser, which would let pass what is refused here: what isn't UTF-8, a byte order mark, trailing
 * text, duplicate member names, raw control characters, lone surrogates, malformed numbers and
 * literals, more than 512 levels, empty input; and what would take too much memory, more than
 * JSON_VALUES values. \u0000 is read as U+FFFD: a unit can put it into its databag. Members that
 * have one name then alone are no duplicates: the first stays.
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
	JSON_VALUES = 1 << 24, /* a node has 64 bytes */
	JSON_NUMBER_TEXT =
	    1, /* flag: valuestring of each number node is the number as it was written */
};

struct json {
	cJSON *root; /* not to be given to cJSON_Delete */
	struct json_block *blocks;
	char *text; /* in which most strings are */
	size_t size;
};

/*
 * Reads the one JSON value in the n bytes at text, which may be freed afterwards.
 * name stands for the text in messages, which begin "NAME:LINE:COLUMN: " (columns count characters
 * from 1). Returns 0, or -1 with STATUS_INPUT or STATUS_SYSTEM in f; j is then empty.
 */
int json_read(struct json *j, char *text, size_t n, const char *name, int flags, struct fail *f);

/* As json_read, of text that begins in that line of what name stands for. */
int json_read_line(
    struct json *j, char *text, size_t n, const char *name, size_t line, int flags, struct fail *f);

/*
 * As json_read, of what b holds: the tree takes the text over, and b is empty afterwards, also on
 * failure.
 */
int json_take(struct json *j, struct buf *b, const char *name, int flags, struct fail *f);

/* Wipes and frees what json_read made; an empty j is fine. */
void json_free(struct json *j);

/* The value's kind with its article, for "expected a string, got a number". */
const char *json_kind(const cJSON *node);

/* The member of that name, or NULL: a walk over the object, not for use in loops over the same
 * object. */
const cJSON *json_member(const cJSON *object, const char *name);

/* Puts the value as compact JSON. Numbers need the text that JSON_NUMBER_TEXT keeps. */
void json_put(struct buf *b, const cJSON *node);

#endif
