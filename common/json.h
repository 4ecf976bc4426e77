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

#include "arena.h"
#include "buf.h"
#include "fail.h"

enum {
	JSON_DEPTH = 512,
	JSON_VALUES = 1 << 24, /* of 64 bytes each */
};

/*
 * What was read. Nodes have libcjson's types and predicates, but type may have other bits set and
 * valueint isn't. valuestring of a number is the number as it was written.
 */
struct json {
	cJSON *root;	    /* never call cJSON_Delete on it */
	struct buf text;    /* most strings are in it */
	struct arena arena; /* the nodes and the other strings */
};

/*
 * Reads the one JSON value in the n bytes at text, which may be freed afterwards. Messages begin
 * "NAME:LINE:COLUMN: "; columns count characters from 1. Returns 0, or -1 with STATUS_INPUT or
 * STATUS_SYSTEM in f; j is empty then.
 */
int json_read(struct json *j, const char *text, size_t n, const char *name, struct fail *f);

/* As json_read; the text begins in that line of name. */
int json_read_line(
    struct json *j, const char *text, size_t n, const char *name, size_t line, struct fail *f);

/* As json_read, but reads b and takes it over: b is empty afterwards, also on failure. */
int json_take(struct json *j, struct buf *b, const char *name, struct fail *f);

/* Wipes and frees what json_read made; an empty j is fine. */
void json_free(struct json *j);

/* The value's kind with its article, as in "expected a string, got a number". */
const char *json_kind(const cJSON *node);

/* The member of that name, or NULL. Searches the whole object, so don't use it in a loop over the
 * same object. */
const cJSON *json_member(const cJSON *object, const char *name);

/* As json_member, but NULL also if the member is null. */
const cJSON *json_value(const cJSON *object, const char *name);

/* Fills f with "NAME: expected WHAT, got a number"; NAME only if got is a member. Returns -1. */
int json_expected(const cJSON *got, const char *what, struct fail *f);

/*
 * Each takes the value of m, which is NULL where a member is absent: *out is NULL or false then.
 * Returns 0, or -1 with f filled as by json_expected: m is of another kind.
 */
int json_string(const cJSON *m, const char **out, struct fail *f);
int json_bool(const cJSON *m, bool *out, struct fail *f);
int json_object(const cJSON *m, const cJSON **out, struct fail *f);
int json_array(const cJSON *m, const cJSON **out, struct fail *f);

/* Puts the value as compact JSON, numbers as they were written. */
void json_put(struct buf *b, const cJSON *node);

#endif
