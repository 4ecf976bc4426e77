/*
 * The distributor's turn: decides, from the unit document only, what is to be in its databags.
 */
#ifndef TD_PROVIDER_H
#define TD_PROVIDER_H

#include "action.h"
#include "doc.h"
#include "fail.h"
#include "stepevent.h"

/*
 * Prints the actions that v's databags need after event, without the last line (done). When they
 * have been carried out, a second call prints none. Returns 0, or -1 with f filled: STATUS_INPUT
 * because a relation has no ID or lacks the unit's own databag, STATUS_SYSTEM, or out failed.
 */
int provider_step(
    const struct doc_view *v, enum stepevent event, const struct action_out *out, struct fail *f);

#endif
