/*
 * Which roles microcluster gives the members of a cluster. This is the one rule for the stand-in
 * for a cluster and for the simulation. It was measured with versions 2 and 3:
 *
 *   - Who joins is PENDING until the next heartbeat. It then becomes a voter, whatever the number
 * of voters; but a spare if it is away, or if fewer than three members are there.
 *   - Of two members one is a voter, of three or more three are. A voter that missed two heartbeats
 *     is replaced by a member that is there, rather by a stand-by than by a spare.
 *   - Two heartbeats after the last such change three voters are left: the first one that is there,
 *     which is the leader, and the last two. Three of the others become stand-bys, the rest spares.
 */
#ifndef ROLE_H
#define ROLE_H

#include <stdbool.h>
#include <stddef.h>

enum role { ROLE_PENDING, ROLE_SPARE, ROLE_STAND_BY, ROLE_VOTER };

/* A member, as its cluster's heartbeats see it. */
struct role_member {
	enum role role;
	int missed;  /* heartbeats in a row that it didn't answer */
	bool online; /* it answers the next one; for the caller to set */
};

/* As lists of members print it. */
const char *role_name(enum role role);

/*
 * A heartbeat. The n members come in the order in which they joined. calm counts the heartbeats
 * since a new member got a role; it is the cluster's, and 0 at first.
 */
void role_beat(struct role_member *const members[], size_t n, int *calm);

#endif
