/*
 * What the mirrors of a relation hold: the questions that the reference's functions answer, with "A
 * token's life" of SPEC.md.
 */
#ifndef TD_MIRROR_H
#define TD_MIRROR_H

#include <stdbool.h>

#include "doc.h"
#include "map.h"
#include "token.h"

#define MIRROR_PREFIX "mirror-"
#define REJECTED_PREFIX "rejected-"
#define MIRROR_EMPTY "empty"
#define MIRROR_MEMBER "member"

/* HOST of a key "mirror-HOST", or NULL. */
const char *mirror_host(const char *key);

/* HOST of a key "rejected-HOST", or NULL. */
const char *mirror_rejected_host(const char *key);

/* Is the value of a mirror- key one that says more than that a token is wanted? Neither "empty" nor
 * "". */
bool mirror_is_mirrored(const char *value);

/* Does u's databag count: is it a mirror that is up, and, where one counts alone, that one? */
bool mirror_counts(const struct doc_relation *r, const struct doc_unit *u);

/* Is any mirror up? */
bool mirror_any_up(const struct doc_relation *r);

/* td-any-data: has any related unit a mirror- key with a value that isn't "empty"? */
bool mirror_any_data(const struct doc_relation *r);

/*
 * td-find-value: the value of mirror-HOST that most mirrors hold, "empty" only where nothing else
 * is; NULL: none. With no_empty tokens alone count. The string belongs to the document. Returns 0,
 * or -1: no memory, in f.
 */
int mirror_find_value(const struct doc_relation *r, const char *host, bool no_empty,
    const char **value, struct fail *f);

/*
 * td-mirror-data: puts each mirrored host with its value into out, which is to be empty and is the
 * caller's to free. Returns 0, or -1: no memory, in f.
 */
int mirror_data(const struct doc_relation *r, bool no_empty, struct map *out, struct fail *f);

/* Makes all tokens known to set that databags have anywhere in the document, whoever's they are.
 * Returns 0, or -1: no memory. */
int mirror_tokens(const struct doc *d, struct token_set *set);

#endif
