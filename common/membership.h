/*
 * How a unit gets into the cluster and out of it: by its state file, the cluster's list, and the
 * commands that change them. The functions are workers (turn.h).
 */
#ifndef TD_MEMBERSHIP_H
#define TD_MEMBERSHIP_H

#include "turn.h"

/*
 * The first thing in a turn: asks the cluster if the state file may be wrong (td-consumer-step(1),
 * The cluster's list). TURN_END: the answer isn't known yet, and this turn's event is deferred.
 */
int membership_check(struct turn *t);

/* Bootstraps the cluster, unless an earlier step did. If that fails, defers work. */
int membership_bootstrap(struct turn *t, enum stepevent work);

/* Joins, if the mirrors hold a token. */
int membership_join(struct turn *t);

/* The unit isn't in the cluster any more: turn_ask_patiently answered TURN_NONE, although the unit
 * is in the cluster by its state file. */
int membership_leave(struct turn *t);

/* Publishes hostname, and member if it has a value. */
int membership_publish(struct turn *t);

/* Publishes that the unit has left, and removes mirror and all tokens. A second call does what a
 * step that was cut off has left to do. */
int membership_hide(struct turn *t);

/* Has the cluster remove this host, if it is a member. A failure is logged. */
int membership_remove(struct turn *t);

#endif
