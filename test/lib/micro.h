/*
 * What microcluster says, in its own words: for the programs of test/cluster, the simulation, and
 * scripted clusters. A client prints a fault as "Error: FAULT". Measured texts are those of
 * versions 2 and 3 under the command line of MicroOVN 25.03 (test/vectors/cluster).
 */
#ifndef MICRO_H
#define MICRO_H

/* What a daemon answers whose database isn't there. */
#define MICRO_NOT_INITIALIZED "Database is not yet initialized"
#define MICRO_STARTING "Database is still starting"
#define MICRO_OFFLINE "Database is offline"
#define MICRO_SOCKET "http://control.socket/core/"
#define MICRO_NO_SOCKET "/common/state/control.socket: connect: no such file or directory"
#define MICRO_NO_LEADER                                                        \
	"Failed to begin transaction: failed to create dqlite connection: no " \
	"available dqlite leader server found"
#define MICRO_NO_LIST "Failed to get cluster members: "

/* A client's limit is over. */
#define MICRO_LATE "context deadline exceeded"

/* bootstrap and join: with MICRO_NOT_NEW and what the database is. */
#define MICRO_NOT_NEW "Unable to initialize cluster: Database is "

/* add */
#define MICRO_TAKEN                                       \
	"Failed to create \"core_token_records\" entry: " \
	"UNIQUE constraint failed: core_token_records.name"

/* join: the number of addresses in the token, MICRO_JOIN, and one of what follows it here */
#define MICRO_JOIN " join attempts were unsuccessful. Last error: "
#define MICRO_NO_RECORD "CoreTokenRecord not found"
#define MICRO_EXPIRED "Token expired"
#define MICRO_OTHER_NAME "Joining server certificate SAN does not contain join token name"
#define MICRO_IS_MEMBER "This \"core_cluster_members\" entry already exists"
#define MICRO_NO_ANSWER "%!w(<nil>)" /* of any address */

/* remove */
#define MICRO_NO_REMOTE "No remote exists with the given name"
#define MICRO_LAST "Cannot leave a cluster with 1 members"

#define MICRO_PENDING "PENDING"
#define MICRO_VOTER "voter"
#define MICRO_STAND_BY "stand-by"
#define MICRO_SPARE "spare"
#define MICRO_STATUS(online) ((online) ? "ONLINE" : "UNREACHABLE")

#endif
