/*
 * Texts of microcluster, for the programs of test/cluster, the simulation and the scripted cluster.
 * A client prints a fault as "Error: FAULT". The texts were measured: versions 2 and 3, with the
 * command line of MicroOVN 25.03 (test/vectors/cluster).
 */
#ifndef MICRO_H
#define MICRO_H

/* A daemon's answers while its database isn't online. */
#define MICRO_NOT_INITIALIZED "Database is not yet initialized"
#define MICRO_STARTING "Database is still starting"
#define MICRO_OFFLINE "Database is offline"
#define MICRO_SOCKET "http://control.socket/core/"
#define MICRO_NO_SOCKET "/common/state/control.socket: connect: no such file or directory"
#define MICRO_NO_LEADER                                                        \
	"Failed to begin transaction: failed to create dqlite connection: no " \
	"available dqlite leader server found"
#define MICRO_NO_LIST "Failed to get cluster members: "

/* The client has waited as long as it does. */
#define MICRO_LATE "context deadline exceeded"

/* bootstrap and join; after it the state of the database: online, offline, still starting. */
#define MICRO_NOT_NEW "Unable to initialize cluster: Database is "

/* add */
#define MICRO_TAKEN                                       \
	"Failed to create \"core_token_records\" entry: " \
	"UNIQUE constraint failed: core_token_records.name"

/* join: "N", MICRO_JOIN, and one of the texts below; N is how many addresses the token has. */
#define MICRO_JOIN " join attempts were unsuccessful. Last error: "
#define MICRO_NO_RECORD "CoreTokenRecord not found"
#define MICRO_EXPIRED "Token expired"
#define MICRO_OTHER_NAME "Joining server certificate SAN does not contain join token name"
#define MICRO_IS_MEMBER "This \"core_cluster_members\" entry already exists"
#define MICRO_NO_ANSWER "%!w(<nil>)" /* no address answered */

/* remove */
#define MICRO_NO_REMOTE "No remote exists with the given name"
#define MICRO_LAST "Cannot leave a cluster with 1 members"

#define MICRO_PENDING "PENDING"
#define MICRO_VOTER "voter"
#define MICRO_STAND_BY "stand-by"
#define MICRO_SPARE "spare"
#define MICRO_STATUS(online) ((online) ? "ONLINE" : "UNREACHABLE")

#endif
