/*
 * The distributor's turn: decides, from the unit document only, what is to be in its databags.
 */
#ifndef TD_PROVIDER_H
#define TD_PROVIDER_H

#include "action.h"
#include "doc.h"
#include "fail.h"
#include "stepevent.h"

enum provider_event {
	PROVIDER_CHANGED = STEPEVENT_CHANGED,
	PROVIDER_LEADER = STEPEVENT_LEADER,
	PROVIDER_UPDATE_STATUS = STEPEVENT_UPDATE_STATUS,
	PROVIDER_RECONCILE = STEPEVENT_RECONCILE,
};

/* Sets *event to the event of that name. Returns 0, or -1: there is none. */
int provider_event(const char *name, enum provider_event *event);

/*
 * Prints the actions that v's databags need after event, without the last line (done). When they
 * have been carried out, a second call prints none. Returns 0, or -1 with f filled: STATUS_INPUT
 * because a relation has no ID or lacks the unit's own databag, STATUS_SYSTEM, or out failed.
 */
int provider_step(const struct doc_view *v, enum provider_event event, const struct action_out *out,
    struct fail *f);

#endif
