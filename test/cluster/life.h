/*
 * What time does to the clusters of a folder, and to the daemons of their machines.
 *
 * The clock is the folder's own. It counts milliseconds and moves only when it is told to: by 20 ms
 * with each command, by what a command waits (30 s at most), and by `clusterctl clock` or
 * `heartbeat`, with which a new turn begins. Every ten seconds of it a cluster that has its quorum
 * has a heartbeat, the first one ten seconds after its bootstrap: who is PENDING gets a role.
 *
 * Commands run one after the other, but what many nodes do in one turn they do at the same time. So
 * joins are at once if no heartbeat has come between them, or if one of the nodes alone waited for
 * it, in the turn of them all.
 */
#ifndef LIFE_H
#define LIFE_H

#include "store.h"

enum {
	LIFE_COMMAND = 20, /* what a command takes */
	LIFE_HEARTBEAT = 10 * 1000,
	LIFE_AT_ONCE = 16, /* with one join more a cluster breaks */
};

/* What a machine's daemon says of its database. */
enum life_status {
	LIFE_NO_SOCKET,
	LIFE_FROZEN,
	LIFE_NOT_INITIALIZED, /* in no cluster; a member, too, for 50 ms after its daemon's start */
	LIFE_STARTING, /* for a second more, or while there is no quorum; without a row: 30 s, then
			  the daemon ends */
	LIFE_OFFLINE,  /* a failed join is being taken back */
	LIFE_ONLINE,
};

/* The clock moves on by MS, and what is due in that time happens. */
void life_pass(struct store *store, long ms);

enum life_status life_status(const struct store *store, const struct machine *machine);

/* When what the machine's daemon answers may change by itself; 0: never. */
long life_next(const struct store *store, const struct machine *machine);

/* More than half of the voters' daemons run, and too many joins haven't broken it. */
int life_has_quorum(struct store *store, int cluster);

/* Finds out who is online: those whose daemon runs, is ready, and is in the row's cluster. */
void life_probe(struct store *store);

/* Whether that member's daemon is to be had. */
int life_answers(struct store *store, const struct member *member);

/* The daemon starts; it has no socket for MS from now, and its database is offline for OFFLINE. */
void life_start(struct store *store, struct machine *machine, long ms, long offline);

/* A join that failed: the daemon throws away what it has, and starts. */
void life_revert(struct store *store, struct machine *machine, long offline);

#endif
