/*
 * The distributor's turn: what its databags are to become, decided from the unit document alone.
 */
#ifndef TD_PROVIDER_H
#define TD_PROVIDER_H

#include "action.h"
#include "doc.h"
#include "stepevent.h"
#include "fail.h"

enum provider_event {
	PROVIDER_CHANGED = STEPEVENT_CHANGED,
	PROVIDER_LEADER = STEPEVENT_LEADER,
	PROVIDER_UPDATE_STATUS = STEPEVENT_UPDATE_STATUS,
	PROVIDER_RECONCILE = STEPEVENT_RECONCILE,
};

/* The event of that name in *event. Returns 0, or -1: there is none. */
int provider_event(const char *name, enum provider_event *event);

/*
 * Gives out the actions, without the last line (done), that make v's databags what they are to be
 * after event; run on the result it gives none. Returns 0, or -1 with STATUS_INPUT (a relation
 * without ID or own databag), STATUS_SYSTEM, or what out gave in f.
 */
int provider_step(const struct doc_view *v, enum provider_event event, const struct action_out *out,
    struct fail *f);

#endif
