#include "sim.h"

const char *const limit_words[LIMITS] = {
    /* What the distributor hasn't met it can't know, and the unit hasn't heard of a cluster over
     * another relation either: permission_used sees to that. */
    [LIMIT_BLIND] =
	"the permission was given when the distributor had no relation with the cluster",
    /* An application without units must not keep the others waiting for ever, so an update-status
     * doesn't wait for it. */
    [LIMIT_EARLY] = "the permission was given in an update-status, while a relation had no unit",
    /* A unit that lost its state file, or whose hook was cut off once it was in, has to ask its
     * daemon first; and its next databag is in the distributor's hands with its own hook alone. */
    [LIMIT_SILENT] =
	"the permission was given when a unit of the cluster hadn't said yet that it is "
	"in one",
    /* It was given the permission before there was a cluster, and nothing that the unit can see has
     * a word of the cluster any more. */
    [LIMIT_FORGETFUL] = "the unit that has the permission has lost the state file that knew of the "
			"cluster",
    /* A unit hears nothing of the next distributor while its relation with the last one ends. */
    [LIMIT_TWO_GAVE] =
	"a distributor that is being removed gave the permission to one unit, and the "
	"next distributor to another",
    /* Between models a unit recognises itself by its host name alone. */
    [LIMIT_NAMESAKE] = "a unit of another model bootstraps in place of one with its host name",
    /* Of two units with one host name member wins; one that was taken out of the cluster says
     * member until its next hook; and what a unit showed before it became leader is in its peers'
     * caches until their relation-changed for it. */
    [LIMIT_TOLD_MEMBER] = "a token was dropped because the mirror said member",
    /* A unit that is no communicator sets its mirror up only where it was set before. */
    [LIMIT_STRAY] = "a good token is shown where nobody looks",
    [LIMIT_BROKEN] = "old, tried or several units' tokens: so many joins at once that the cluster "
		     "breaks",
    /* From here on the history goes on. */
    [LIMIT_DESTROYED] = "a token was lost with all who held it",
    [LIMIT_OLDER_TRIED] =
	"a token was dropped that its host couldn't join with, and an older one is "
	"shown in its place",
    /* That a join is under way the state file alone tells. */
    [LIMIT_OVERLAP] = "a join was begun beside one that no state file knows of",
    /* A host doesn't count any more when its token has been seen for two minutes, nor while it
     * rejects it; and one unit doesn't see another one's tokens before they are mirrored. */
    [LIMIT_AT_ONCE] =
	"old, tried or several units' tokens: more joins at once than one unit lets in",
};

void
limit_meet(struct world *w, enum limit l)
{
	w->figures[MET + l] = 1;
	w->limit |= l < LIMIT_DESTROYED;
	world_say(w, "limit: %s", limit_words[l]);
}
