#include <string.h>

#include "stepevent.h"

static const char *const names[STEPEVENTS] = {"install", "relation-joined", "relation-changed",
    "remove", "leader-elected", "update-status", "reconcile"};

const char *
stepevent_name(int event)
{
	return names[event];
}

int
stepevent_find(const char *name, unsigned set)
{
	int i;

	for (i = 0; i < STEPEVENTS; i++)
		if (set & STEPEVENT_BIT(i) && strcmp(names[i], name) == 0)
			return i;
	return -1;
}
