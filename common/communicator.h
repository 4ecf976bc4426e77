/*
 * What a unit in the cluster does for the others (td-consumer-step(1), The mirror part). It
 * publishes the tokens that it holds. If it is the communicator, it has the cluster make tokens for
 * hosts that ask, a few at a time.
 */
#ifndef TD_COMMUNICATOR_H
#define TD_COMMUNICATOR_H

#include "turn.h"

/* The mirror part: a worker (turn.h). Defers work if members stay PENDING for too long. */
int communicator_work(struct turn *t, enum stepevent work);

#endif
