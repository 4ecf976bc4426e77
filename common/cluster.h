/*
 * The cluster's list: what its command prints for "list -f json".
 */
#ifndef TD_CLUSTER_H
#define TD_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"
#include "json.h"
#include "map.h"

struct cluster_member {
	const char *name;
	const char *address; /* "": not in the list */
	const char *role;    /* "voter", "stand-by", "spare", "PENDING" or "" */
	const char *status;  /* "ONLINE", "UNREACHABLE", ... */
};

struct cluster {
	struct json json;
	struct cluster_member *members;
	size_t n;
	struct map by_name; /* item: the member */
};

/* Reads the list from n bytes of text (see json_read). Returns 0, or -1 with STATUS_INPUT or
 * STATUS_SYSTEM in f. */
int cluster_read(struct cluster *c, char *text, size_t n, const char *name, struct fail *f);

void cluster_free(struct cluster *c);

/* The member of that name, or NULL. */
const struct cluster_member *cluster_find(const struct cluster *c, const char *name);

/* Is the member's status ONLINE? */
bool cluster_is_online(const struct cluster_member *m);

/* Can the member of that name make tokens: is it known that one of our units is there? */
typedef bool cluster_can_make(const void *ctx, const char *name);

/*
 * The communicator, which is the member that makes tokens (td-consumer-step(1), The mirror part).
 * Only members for which can_make returns true count; if it is NULL, all do. It is the ONLINE voter
 * whose name sorts first. If there is none and non_voters is true, it is the first ONLINE member
 * with another role except PENDING. NULL: there is none now.
 */
const char *cluster_communicator(
    const struct cluster *c, bool non_voters, cluster_can_make *can_make, const void *ctx);

/* Which of the two would be the communicator, by that rule? best may be NULL; so may m, and it is
 * passed over then. */
const struct cluster_member *cluster_better(
    const struct cluster_member *best, const struct cluster_member *m);

bool cluster_is_voter(const struct cluster_member *m);

bool cluster_is_pending(const struct cluster_member *m);

/* Is the member ONLINE, with a role other than PENDING? NULL: no. */
bool cluster_is_in(const struct cluster_member *m);

/* How many hosts may join at once by default (td-consumer-step(1), Few at a time). */
enum {
	CLUSTER_PARALLEL = 4,	       /* if the distributor says when a host has joined */
	CLUSTER_PARALLEL_LIBRARY = 10, /* if it doesn't: the library's */
};

/* How many may join now: limit, or 1 while a member isn't ONLINE. 0, no limit, stays 0. */
size_t cluster_parallel(const struct cluster *c, size_t limit);

#endif
