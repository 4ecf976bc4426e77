/*
 * What databags say: what a consumer unit publishes, which units are mirrors, and what the mirrors
 * hold. The rules are the reference's functions and "A token's life" of SPEC.md.
 */
#ifndef TD_MIRROR_H
#define TD_MIRROR_H

#include <stdbool.h>

#include "cut.h"
#include "doc.h"
#include "keys.h"
#include "map.h"

/* HOST of a key "mirror-HOST", or NULL. */
const char *mirror_host(const char *key);

/* HOST of a key "rejected-HOST", or NULL. */
const char *mirror_rejected_host(const char *key);

/* Is the value of a mirror- key "mirrored": neither "empty" nor ""? */
bool mirror_is_mirrored(const char *value);

/* Has the databag a mirrored value? */
bool mirror_bag_mirrors(const cJSON *bag);

/* Would the host join with value: is it a token, not the rejected one, and has the host a name that
 * the cluster accepts? value and rejected may be NULL. */
bool mirror_lets_join(const char *host, const char *value, const char *rejected);

/* What a consumer unit's databag says of it. The strings belong to the document. */
struct mirror_published {
	const char *hostname; /* "": none */
	bool member;	      /* it is in the cluster */
	bool left;	      /* it has been in one, which may still be there */
	bool ready;	      /* it asks for the permission to bootstrap */
	const char *rejected; /* a token's ID; NULL: none, or not an ID */
};

struct mirror_published mirror_published(const cJSON *bag);

/* Finds the unit whose mirror counts alone, once the units of r are known: sets r->mirror_unit. */
void mirror_choose(struct doc_relation *r);

/* Does u's databag count: is it a mirror that is up, and, where one counts alone, that one? */
bool mirror_counts(const struct doc_relation *r, const struct doc_unit *u);

/*
 * Is a mirrored "member" a reason to drop or remove a token? Not where mirror-unit is set, but
 * isn't up: then all mirrors count, and a former leader's may speak of a host that has left since.
 */
bool mirror_member_counts(const struct doc_relation *r);

/* Is any mirror up? */
bool mirror_any_up(const struct doc_relation *r);

/* td-any-data: has any related unit a mirror- key with a value that isn't "empty"? */
bool mirror_any_data(const struct doc_relation *r);

/*
 * The vote: of the values of a group (a host; 0 where one will do) the one that most mirrors hold
 * wins, and between equals the one seen first. mirror_vote counts value once for the group in
 * votes, which is empty at first and the caller's to free; it returns 0, or -1: no memory.
 * mirror_elect sets winners[group] to the winner's entry, whose key is the value; it leaves those
 * of groups that nobody voted in.
 */
int mirror_vote(struct map *votes, size_t group, const char *value);
void mirror_elect(const struct map *votes, const struct map_entry *winners[]);

/*
 * Takes the mirror- keys of one mirror's databag: each host is put into out under group, count
 * being how many databags have it and value the first that has no vote, or NULL; votes get what has
 * one, their group being the host's index in out. Without no_empty that is all but "empty", with it
 * tokens alone, and nothing else is taken. Returns 0, or -1: no memory.
 */
int mirror_collect(
    const cJSON *bag, bool no_empty, size_t group, struct map *out, struct map *votes);

/* Puts the ID of each host's rejected token, by the first mirror that has it, into out under group.
 * Returns 0, or -1: no memory. */
int mirror_rejected(const struct doc_relation *r, size_t group, struct map *out);

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

/* Adds to set all tokens in the document's databags. Returns 0, or -1: no memory. */
int mirror_tokens(const struct doc *d, struct token_set *set);

#endif
