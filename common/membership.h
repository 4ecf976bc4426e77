/*
 * A unit's own way into the cluster and out of it: what its state file says of that, what the
 * cluster says, and the commands that change it. The functions are workers (turn.h).
 */
#ifndef TD_MEMBERSHIP_H
#define TD_MEMBERSHIP_H

#include "turn.h"

/*
 * First of all that a turn does: asks the cluster where the state file may not tell how it is (SPEC
 * "Cut off in a join", "Doubt"). TURN_END: it can't be told yet; this turn's event is deferred.
 */
int membership_check(struct turn *t);

/* Bootstraps the cluster, unless that was done. work is deferred where that fails. */
int membership_bootstrap(struct turn *t, enum state_event work);

/* Joins with the token that the mirrors hold, if there is one. */
int membership_join(struct turn *t);

/* The cluster's answer was TURN_NONE, patiently asked, though the state file has the unit in one:
 * it is in none any more. */
int membership_leave(struct turn *t);

/* Publishes the host name, and with it what the unit is. */
int membership_publish(struct turn *t);

/* Shows again that the unit has left, as it did when it found out; that may have been cut off. */
int membership_hide(struct turn *t);

/* Has the cluster remove this host, if it is in. A failure is logged. */
int membership_remove(struct turn *t);

#endif
