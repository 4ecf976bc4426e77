/*
 * Strict reading of JSON (RFC 8259). libcjson builds the tree; before it sees the text, json_read
 * refuses what libcjson would let pass: what isn't UTF-8, a byte order mark, trailing text,
 * duplicate member names, raw control characters, lone surrogates, malformed numbers and literals,
 * more than 512 levels, empty input. \u0000 is read as U+FFFD: a unit can put it into its databag.
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
	JSON_NUMBER_TEXT =
	    1, /* flag: valuestring of each number node is the number as it was written */
};

struct json {
	cJSON *root; /* not to be changed or given to cJSON_Delete */
	struct json_block *blocks;
};

/*
 * Reads the one JSON value in the n bytes at text, which are changed and may be freed afterwards.
 * name stands for the text in messages, which begin "NAME:LINE:COLUMN: " (columns count characters
 * from 1). Returns 0, or -1 with STATUS_INPUT or STATUS_SYSTEM in f; j is then empty.
 */
int json_read(struct json *j, char *text, size_t n, const char *name, int flags, struct fail *f);

/* As json_read, of text that begins in that line of what name stands for. */
int json_read_line(
    struct json *j, char *text, size_t n, const char *name, size_t line, int flags, struct fail *f);

/*
 * Is a string to be read that is a member of an object, depth levels deep (the root's members: 1),
 * with a name of n bytes at s?
 */
typedef bool json_wants(const void *ctx, size_t depth, const char *s, size_t n);

/*
 * As json_read; but though the whole text is checked, members that are strings and not wanted are
 * left out of the tree, which saves most of its time and memory where much isn't. wants isn't asked
 * about names with escapes; these are kept.
 */
int json_read_wanted(struct json *j, char *text, size_t n, const char *name, json_wants *wants,
    const void *ctx, struct fail *f);

enum json_type {
	JSON_STRING,
	JSON_STRING_ESCAPED, /* json.c's own, while it reads */
	JSON_NUMBER,
	JSON_LITERAL, /* true, false or null */
	JSON_OBJECT,
	JSON_ARRAY,
};

struct json_element {
	char *s; /* a string decoded, a number or literal as written; the others' text is gone */
	enum json_type type;
};

/* An array without a tree. */
struct json_array {
	struct json_element *elements;
	size_t n;
};

/*
 * Reads the n bytes at text, which are changed and must outlive a, as an array; of what is within
 * its elements nothing is kept. Strictness, name and failures as in json_read; that it is no array
 * is one, too. a->elements is the caller's to free.
 */
int json_read_array(struct json_array *a, char *text, size_t n, const char *name, struct fail *f);

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
