#include "sim.h"

static const char *const words[LIMITS] = {
    [LIMIT_BLIND] = "the permission to bootstrap was given when no unit of the cluster had met the "
		    "distributor",
    [LIMIT_FORGETFUL] = "the unit that has the permission has lost the state file that knew of the "
			"cluster",
    [LIMIT_TWO_GAVE] =
	"a distributor that is being removed gave the permission to one unit, and the "
	"next distributor to another",
    [LIMIT_NAMESAKE] = "a unit of another model bootstraps in place of one with its host name",
    [LIMIT_TOLD_MEMBER] = "a token was dropped because the mirror said member",
    [LIMIT_STRAY] = "a good token is shown where nobody looks",
    [LIMIT_BROKEN] = "old, tried or several units' tokens: so many joins at once that the cluster "
		     "breaks",
    [LIMIT_DESTROYED] = "a token was lost with all who held it",
    [LIMIT_OLDER_TRIED] =
	"a token was dropped that its host couldn't join with, and an older one is "
	"shown in its place",
    [LIMIT_OVERLAP] = "a join was begun beside one that no state file knows of",
    [LIMIT_AT_ONCE] =
	"old, tried or several units' tokens: more joins at once than one unit lets in",
};

void
limit_meet(struct world *w, enum limit l)
{
	w->met[l] = true;
	w->limit |= l < LIMIT_DESTROYED;
	world_say(w, "limit: %s", words[l]);
}

const char *
limit_words(enum limit l)
{
	return words[l];
}
