#include <string.h>

#include "stepevent.h"

static const struct {
	const char *name;
	unsigned bits;
} events[STEPEVENTS] = {
    [STEPEVENT_INSTALL] = {"install", STEPEVENT_CONSUMER},
    [STEPEVENT_JOINED] = {"relation-joined", STEPEVENT_CONSUMER | STEPEVENT_DEFERRED},
    [STEPEVENT_CHANGED] = {"relation-changed",
	STEPEVENT_CONSUMER | STEPEVENT_PROVIDER | STEPEVENT_DEFERRED},
    [STEPEVENT_REMOVE] = {"remove", STEPEVENT_CONSUMER},
    [STEPEVENT_LEADER] = {"leader-elected", STEPEVENT_PROVIDER},
    [STEPEVENT_UPDATE_STATUS] = {"update-status", STEPEVENT_PROVIDER},
    [STEPEVENT_RECONCILE] = {"reconcile", STEPEVENT_CONSUMER | STEPEVENT_PROVIDER},
};

const char *
stepevent_name(enum stepevent event)
{
	return events[event].name;
}

int
stepevent_find(const char *name, unsigned bit, enum stepevent *event)
{
	int i;

	for (i = 0; i < STEPEVENTS; i++) {
		if (events[i].bits & bit && strcmp(events[i].name, name) == 0) {
			*event = (enum stepevent)i;
			return 0;
		}
	}
	return -1;
}
