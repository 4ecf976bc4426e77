/*
 * The events that the steps take with -E, and their names.
 */
#ifndef TD_STEPEVENT_H
#define TD_STEPEVENT_H

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

/* Bits: the consumer's step takes the event; the provider's does; it may be deferred. */
enum { STEPEVENT_CONSUMER = 1, STEPEVENT_PROVIDER = 2, STEPEVENT_DEFERRED = 4 };

const char *stepevent_name(enum stepevent event);

/* Sets *event to the event of that name that has the bit. Returns 0, or -1: there is none. */
int stepevent_find(const char *name, unsigned bit, enum stepevent *event);

#endif
