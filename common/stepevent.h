/*
 * The events of the two sides, and their names, which the steps' -E takes.
 */
#ifndef TD_STEPEVENT_H
#define TD_STEPEVENT_H

/* consumer.h, provider.h and state.h have those that are theirs, under the same numbers. */
enum stepevent {
	STEPEVENT_INSTALL,
	STEPEVENT_JOINED,
	STEPEVENT_CHANGED,
	STEPEVENT_REMOVE,
	STEPEVENT_LEADER,
	STEPEVENT_UPDATE_STATUS,
	STEPEVENT_RECONCILE, /* any other hook */
	STEPEVENTS,
};

/* An event in a set of events. */
#define STEPEVENT_BIT(event) (1u << (event))

const char *stepevent_name(int event);

/* The event of that name, if it is in the set; else -1. */
int stepevent_find(const char *name, unsigned set);

#endif
