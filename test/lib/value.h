/*
 * What looking at and comparing JSON values takes beside cJSON.
 */
#ifndef VALUE_H
#define VALUE_H

#include <cjson/cJSON.h>

/* An object's member, or NULL; JSON may be NULL. */
cJSON *value_get(const cJSON *json, const char *name);

/* The member's string; "" if it has none. */
const char *value_string(const cJSON *json, const char *name);

/* The first of a call's `args`, which says what the command is to do; "" if there is none. */
const char *value_command(const cJSON *call);

/* Whether both are there and equal, members of objects in any order. */
int value_is_same(const cJSON *a, const cJSON *b);

/* Whether two arrays have equal elements in any order. */
int value_is_same_set(const cJSON *a, const cJSON *b);

/* An array of JSON texts, one a line of TEXT, which may be NULL; what is no JSON is a raw element.
 */
cJSON *value_parse_lines(const char *text);

#endif
