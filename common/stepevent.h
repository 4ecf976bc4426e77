/*
 * The events that the steps take with -E, and their names.
 */
#ifndef TD_STEPEVENT_H
#define TD_STEPEVENT_H

/* consumer.h, provider.h and state.h name those of them that they use. */
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

/* The event's bit in a set of events. */
#define STEPEVENT_BIT(event) (1u << (event))

const char *stepevent_name(int event);

/* The event of that name; -1: none in the set has it. */
int stepevent_find(const char *name, unsigned set);

#endif
