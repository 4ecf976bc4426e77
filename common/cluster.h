/*
 * The cluster's own view: the output of its command's "list -f json".
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
	const char *address; /* "" when the list has none */
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

/* Does a unit speak for the member of that name? */
typedef bool cluster_voice(const void *ctx, const char *name);

/*
 * The member that makes tokens (SPEC "communicator"), or NULL while there is none: of the ONLINE
 * voters that a unit speaks for, the one whose name sorts first; with others, if there is none, of
 * all ONLINE members with a role that a unit speaks for. voice NULL: units speak for all.
 */
const char *cluster_communicator(
    const struct cluster *c, bool others, cluster_voice *voice, const void *ctx);

bool cluster_is_pending(const struct cluster_member *m);

/* Is the member, which may be NULL, in the cluster for good: ONLINE, and with a role but PENDING?
 */
bool cluster_is_in(const struct cluster_member *m);

/* How many hosts may join at once, unless told otherwise (SPEC "Few at a time"). */
enum {
	CLUSTER_PARALLEL = 4,	       /* where the distributor tells when one is in */
	CLUSTER_PARALLEL_LIBRARY = 10, /* where it doesn't */
};

/* So many of them as things are: 1 while a member isn't ONLINE, else limit; 0, no bound, stays 0.
 */
size_t cluster_parallel(const struct cluster *c, size_t limit);

#endif
