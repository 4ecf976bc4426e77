/*
 * What is in databags: what a consumer unit publishes, which units are mirrors, and what the
 * mirrors hold. The rules are those of the reference, which is the Python library
 * token_distributor, and of td-document(5), A token's life.
 */
#ifndef TD_MIRROR_H
#define TD_MIRROR_H

#include <stdbool.h>

#include "doc.h"
#include "keys.h"
#include "map.h"
#include "redact.h"

/* HOST, if key is "mirror-HOST"; else NULL. */
const char *mirror_host(const char *key);

/* HOST, if key is "rejected-HOST"; else NULL. */
const char *mirror_rejected_host(const char *key);

/* Is the value of a mirror- key "mirrored": neither "empty" nor ""? */
bool mirror_is_mirrored(const char *value);

/* Does the databag have a mirrored value? */
bool mirror_bag_mirrors(const cJSON *bag);

/* Can host join with value: is it a token, not the rejected one, and does the cluster accept the
 * host's name? value and rejected may be NULL. */
bool mirror_lets_join(const char *host, const char *value, const char *rejected);

/* What a consumer unit publishes about itself. The strings belong to the document. */
struct mirror_published {
	const char *hostname; /* "": none */
	bool member;	      /* it is in the cluster */
	bool left;	      /* it has been in a cluster, which may still exist */
	bool ready;	      /* it asks for the permission to bootstrap */
	const char *rejected; /* a token's ID; NULL: none, or not an ID */
};

struct mirror_published mirror_published(const cJSON *bag);

/*
 * Does mirror-unit, in the databag of a distributor's application, name that unit of it? Its number
 * decides: across models the application has several names.
 */
bool mirror_is_named(const cJSON *app_data, const char *unit);

/* Sets r->mirror_unit: the only unit that is a mirror, or NULL. The units of r must be known. */
void mirror_choose(struct doc_relation *r);

/* Is u a mirror: r->mirror_unit if that is set, else any unit whose mirror is up? */
bool mirror_counts(const struct doc_relation *r, const struct doc_unit *u);

/*
 * Is a mirrored "member" a reason to drop or remove a token? Not if mirror-unit is set but isn't
 * up: then all mirrors count, and "member" may come from a former leader, about a host that has
 * left since.
 */
bool mirror_member_counts(const struct doc_relation *r);

/* Is any mirror up? */
bool mirror_any_up(const struct doc_relation *r);

/* td-any-data: does any related unit have a mirror- key with a value that isn't "empty"? */
bool mirror_any_data(const struct doc_relation *r);

/*
 * The vote: for each group (a host, or 0), the value wins that most mirrors hold; if several are
 * equally frequent, the first. mirror_vote counts value once for the group. votes is empty at
 * first, and the caller frees it. Returns 0, or -1: no memory. mirror_elect sets winners[group] to
 * the entry of the winner, whose key is the value; it doesn't change winners of groups without
 * votes.
 */
int mirror_vote(struct map *votes, size_t group, const char *value);
void mirror_elect(const struct map *votes, const struct map_entry *winners[]);

/* Puts each host's rejected-HOST, of the first mirror that has it, into out. Returns 0,
 * or -1: no memory. */
int mirror_rejected(const struct doc_relation *r, struct map *out);

/*
 * td-find-value: sets *value to the value of mirror-HOST that most mirrors hold; to "empty" only if
 * there is no other; to NULL if there is none. With no_empty only tokens count. The string belongs
 * to the document. Returns 0, or -1 with f filled: no memory.
 */
int mirror_find_value(const struct doc_relation *r, const char *host, bool no_empty,
    const char **value, struct fail *f);

/*
 * td-mirror-data: puts each host of the mirrors and its value into out, which must be empty and
 * which the caller frees. Returns 0, or -1 with f filled: no memory.
 */
int mirror_data(const struct doc_relation *r, bool no_empty, struct map *out, struct fail *f);

/* Adds to set all tokens in the document's databags. Returns 0, or -1: no memory. */
int mirror_tokens(const struct doc *d, struct redact_set *set);

#endif
