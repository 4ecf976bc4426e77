/*
 * What a unit in the cluster does for the others (SPEC "The mirror part"): it shows the tokens that
 * it holds, and, if it is the communicator, has the cluster make those that are asked for, few at a
 * time.
 */
#ifndef TD_COMMUNICATOR_H
#define TD_COMMUNICATOR_H

#include "turn.h"

/* The mirror part: a worker (turn.h). work is deferred while members are PENDING for too long. */
int communicator_work(struct turn *t, enum state_event work);

#endif
