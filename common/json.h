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
#include "pool.h"

enum {
	JSON_DEPTH = 512,
	JSON_VALUES = 1 << 24, /* a node has 64 bytes */
};

/*
 * What was read. Nodes have libcjson's types and predicates, but type may have other bits set and
 * valueint isn't. valuestring of a number is the number as it was written.
 */
struct json {
	cJSON *root;	  /* not to be given to cJSON_Delete */
	struct buf text;  /* most strings are in it */
	struct pool pool; /* the nodes and the other strings */
};

/*
 * Reads the one JSON value in the n bytes at text, which may be freed afterwards.
 * name stands for the text in messages, which begin "NAME:LINE:COLUMN: " (columns count characters
 * from 1). Returns 0, or -1 with STATUS_INPUT or STATUS_SYSTEM in f; j is then empty.
 */
int json_read(struct json *j, const char *text, size_t n, const char *name, struct fail *f);

/* As json_read, of text that begins in that line of what name stands for. */
int json_read_line(
    struct json *j, const char *text, size_t n, const char *name, size_t line, struct fail *f);

/*
 * As json_read, of what b holds: the tree takes the text over, and b is empty afterwards, also on
 * failure.
 */
int json_take(struct json *j, struct buf *b, const char *name, struct fail *f);

/* Wipes and frees what json_read made; an empty j is fine. */
void json_free(struct json *j);

/* The value's kind with its article, for "expected a string, got a number". */
const char *json_kind(const cJSON *node);

/* The member of that name, or NULL: a walk over the object, not for use in loops over the same
 * object. */
const cJSON *json_member(const cJSON *object, const char *name);

/* Puts the value as compact JSON, numbers as they were written. */
void json_put(struct buf *b, const cJSON *node);

#endif
