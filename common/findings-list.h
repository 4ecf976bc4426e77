/*
 * What td-status can find, as FINDING(KIND, scope, level, code, subject, detail, when, what, what
 * to do): when that holds for one of the scope's things, the subject has it, and the detail is
 * shown beside it. Findings of one level are shown in this order: what holds up most comes first.
 * findings.c makes its rules from this, and fills in {words}.
 */

#define COPIES "the distributor's next hook does that; if not: <juju status {distributor}>"
#define LEFT_OUT                                                                      \
	"Juju 4.0.0 to 4.0.5 leaves them out: upgrade it, or take the document with " \
	"<juju exec -u UNIT -- 'PATH=$PATH:$JUJU_CHARM_DIR/usr/bin; td-snapshot ENDPOINT'>"
#define UNMADE                                                                                    \
	(of->members ? "the unit on the cluster's first ONLINE voter does, in its next hook; if " \
		       "not: <juju status {app}>"                                                 \
		     : "the unit on the cluster's first ONLINE voter should, and no unit says "   \
		       "that it is in the cluster: <juju status {app}>")
#define RENAME                                                                                \
	"its unit finds out in its next hook; if not, another machine has joined under that " \
	"name: rename one of them, and leave the member alone"
#define REMOVE "remove it with the cluster's own command, on another member: <remove HOST --force>"
#define ANEW "install it anew, without its old data"
#define FROM_ALL "remove mirror-HOST from all databags, in this order: "
#define FORGET FROM_ALL "{forget}"
#define LATER                                                                                     \
	"it gets a new one, in three hours at most: the cluster makes none while the old one is " \
	"good"
#define LOG                                                                         \
	"{communicator} makes it in its next hook; if not: <juju status {maker}>; " \
	"<juju debug-log --replay --include {maker} | grep "
#define REASON "the reason is in its unit's status and log: <juju status {app}>"
#define FREE_TURN                                                                               \
	"; a token counts for two minutes at most. If this stays, see why the hosts that have " \
	"one don't join: <juju status {app}>"

FINDING(DISTRIBUTORS, WHOLE, STUCK, "several-relations",
    g->distributor ? g->distributor : "(unknown)", "", g && j->s->ngroups > 1,
    "the documents are of relations with different distributors",
    "look at one at a time: -u UNIT, -e NAME or -r ID")
FINDING(RELATIONS, BAG, STUCK, "several-relations", m->unit->name,
    text(j, "relation %s, %s in %s", m->relation->name, name_of(j->first->unit->name).s,
	j->first->relation->name),
    true, "the documents are of different relations",
    "look at one at a time with -r ID, or take all documents at one time from one model")
FINDING(NO_RELATION, WHOLE, STUCK, "no-relation", NULL, "", !g,
    "no relation with a distributor in the documents",
    "check -u, -e and -r, if you gave them; otherwise juju integrate the application with one. If "
    "it is integrated, see whether that distributor has a unit; if not, juju add-unit it")
FINDING(HIDDEN, UNIT, g->counting ? NOTE : WAITING, "hidden-relation", u->name, "", u->hidden,
    g->counting ? "Juju doesn't show the units at the relation's other end"
		: "unknown: Juju doesn't show the units at the relation's other end",
    LEFT_OUT)
FINDING(NO_MIRROR_UNIT, GROUP, WAITING, "no-mirror", NULL, "", of->deaf && !of->distributors,
    "no mirror is up: no unit of the distributor is in the relation yet",
    "if none comes: <juju status {distributor}>")
FINDING(MIRRORS_DOWN, UNIT, g->library ? STUCK : WAITING, "no-mirror", u->name,
    u->mirror == FACTS_DOWN ? "down" : "not set",
    of->deaf && of->down && u->side == SIDE_DISTRIBUTOR && u->known, "no mirror is up",
    "the distributor's leader sets mirror to up in its next hook; if this stays, it has no "
    "leader, or its leader's hooks fail: <juju status {distributor}>")
FINDING(MIRRORS_UNSET, UNIT, WAITING, "no-mirror", u->name, "not set",
    of->deaf && !of->down && u->side == SIDE_DISTRIBUTOR && u->known, "no mirror is up yet",
    "the distributor's leader sets mirror to up in its first hook; if not: <juju status "
    "{distributor}>")
FINDING(NOTHING_SHOWN, GROUP, WAITING, "unknown-mirrors", NULL, "",
    !g->mirrors_known && !g->hidden && !of->anybody, "the documents show no mirror and no host",
    "ask for a unit of the distributor and a consumer together: juju show-unit")
FINDING(TWO_CLUSTERS, TOKEN, STUCK, "two-clusters", h->name, text(j, "cluster %zu's", v->cluster),
    v->cluster && g->clusters.n > 1, "tokens of different clusters (their fingerprints differ)",
    "find out who made them (cluster list on each unit whose mirror is up), and take one "
    "cluster down")
FINDING(NO_BOOTSTRAP_APP, GROUP, g->cluster ? NOTE : STUCK, "no-bootstrap-app", NULL, "",
    g->shared && g->counting && !*g->bootstrap_app,
    "no bootstrap-app: no application may bootstrap",
    g->cluster
	? "nothing, while there is a cluster"
	: "is the distributor too old? Upgrade it, or give td-consumer-step -a: <juju status "
	  "{distributor}>")
FINDING(BOOTSTRAP_APP_GONE, GROUP, STUCK, "bootstrap-app-not-related", g->bootstrap_app, "",
    of->app_gone && !g->cluster && g->library, "bootstrap-app isn't related to the distributor",
    "relate that application. Or choose another, and have all join anew: {choose}; <juju add-unit "
    "{distributor}>")
FINDING(BOOTSTRAP_APP_ANEW, GROUP, WAITING, "bootstrap-app-not-related", g->bootstrap_app, "",
    of->app_gone && !g->cluster && !g->library, "bootstrap-app isn't related to the distributor",
    "the leader's next update-status chooses another")
FINDING(BOOTSTRAP_APP_NOTE, GROUP, NOTE, "bootstrap-app-not-related", g->bootstrap_app, "",
    of->app_gone && g->cluster, "bootstrap-app isn't related to the distributor",
    "nothing, while there is a cluster")
FINDING(MIRROR_UNIT_GONE, GROUP, g->cluster ? NOTE : WAITING, "mirror-unit-gone", g->mirror_unit,
    "", *g->mirror_unit && !of->leader && g->counting && g->sees_distributor && !g->remote,
    "mirror-unit names a unit of the distributor's that is gone or down",
    "the new leader sets it in its next hook. If this stays, the leader doesn't write mirror-unit: "
    "upgrade it. Meanwhile all mirrors that are up count: <juju status {distributor}>")
FINDING(HAS_LEFT, UNIT, STUCK, "has-left", u->name, "", u->says.left && of->barred,
    "no unit may bootstrap: one has been in a cluster, which may be there still",
    "bring that cluster's daemons back. If it is gone for good, juju remove-unit each of these "
    "units, or remove each one's state file: <juju exec -u UNIT -- rm .td-consumer.json>")
FINDING(BOOTSTRAP_UNUSED, GROUP, WAITING, "bootstrap-unused", g->bootstrap_unit,
    shown(j, g->bootstrap_host), *g->bootstrap_unit && of->fresh && !of->unit_gone,
    "may bootstrap, and hasn't",
    "it does in its next hook; if this stays for minutes: <juju status {bootstrap-unit}>. If its "
    "machine is gone for good, juju remove-unit it, with --force, and another gets the "
    "permission")
FINDING(BOOTSTRAP_UNIT_GONE, GROUP, WAITING, "bootstrap-unit-gone", g->bootstrap_unit,
    shown(j, g->bootstrap_host), *g->bootstrap_unit && of->fresh && of->unit_gone,
    "the unit that may bootstrap isn't in the relation",
    "the distributor's next update-status gives the permission to another; if not: <juju status "
    "{distributor}>")
FINDING(NO_HOSTNAME, UNIT, WAITING, "no-hostname", u->name, "",
    u->side == SIDE_CONSUMER && u->known && !u->says.hostname[0] && !facts_is_out(g, u),
    of->gives ? "publishes no hostname, and holds up the first unit's bootstrap"
	      : "publishes no hostname",
    "its next hook does; if not: <juju status {app}>")
FINDING(NOT_IN_SCOPE, UNIT, WAITING, "not-in-scope", u->name, "", facts_is_out(g, u),
    "not in the relation", "it is being installed or removed: <juju status {app}>")
FINDING(BOOTSTRAP_LIBRARY, GROUP, WAITING, "bootstrap", NULL, "",
    of->fresh && g->library && !*g->bootstrap_unit, "no cluster yet",
    "the unit that led {bootstrap-app} when it joined the relation bootstraps it; if the leader or "
    "bootstrap-app has changed since, nobody may: <juju add-unit {distributor}> has all join anew. "
    "Otherwise: <juju status {bootstrap-app}>")
FINDING(BOOTSTRAP_UNKNOWN, GROUP, WAITING, "bootstrap", NULL, "", of->fresh && !g->shared,
    "no cluster yet",
    "the leader of {bootstrap-app} bootstraps it, if it may: juju show-unit of a unit of "
    "{distributor} tells; if it doesn't: <juju status {bootstrap-app}>")
FINDING(BOOTSTRAP_UNASKED, GROUP, WAITING, "bootstrap", NULL, "",
    of->fresh && of->gives && !of->asked,
    "no cluster yet, and no unit asks for the permission to bootstrap",
    "the leader's next hook does. It doesn't while its status is Waiting for the cluster's daemon, "
    "or once it has seen another cluster: <juju status {bootstrap-app}>")
FINDING(BOOTSTRAP_UNGIVEN, GROUP, WAITING, "bootstrap", NULL, "",
    of->fresh && of->gives && of->asked,
    "no cluster yet, and no unit has the permission to bootstrap",
    "the distributor gives it once every unit publishes a hostname, in update-status at the "
    "latest; if not: <juju status {distributor}>")
FINDING(NO_CANDIDATE, HOST, j->settles ? WAITING : STUCK, "no-communicator", h->name, "",
    x->waits && !j->candidate,
    "waits for a token, and no member can make it: none is ONLINE, a voter and published",
    j->settles
	? "the cluster is changing; if this stays: check its members"
	: "check the members' machines and daemons. If an ONLINE member has no unit, give it one: "
	  "<juju add-unit {one-app} --to MACHINE>")
FINDING(NOBODY, HOST, of->members ? WAITING : STUCK, "nobody-fills", h->name, "",
    x->waits && of->unmade,
    "waits for a token, and nobody makes any: no consumer has its mirror up", UNMADE)
FINDING(SAME_HOST, HOST, STUCK, "same-host", h->name, publishers(j, h), machines(h) > 1,
    "several units publish one host name",
    "rename a machine, or remove a unit: only one can join under that name")
FINDING(BAD_NAME, HOST, STUCK, "bad-name", h->name, host_fault(h->name), x->at == BADLY_NAMED,
    "not a name that the cluster accepts",
    "rename the machine: it joins under its own name, whatever td-consumer-step -H says")
FINDING(NOT_A_TOKEN, HOST, STUCK, "not-a-token", h->name, holders(j, h->name), x->at == HAS_OTHER,
    "the mirrors hold something for it that is no token", FROM_ALL "{clear}")
FINDING(STRANDED, HOST, STUCK, "stranded", h->name, shown(j, h->member->status),
    x->at == LISTED && !x->online && !x->joined && !x->upgraded && !x->joins,
    "can't join: the cluster's list has it, and not ONLINE",
    "if that machine is gone, or its join failed, " REMOVE ", or have td-consumer-step -c do "
    "that")
FINDING(MEMBER_ASKS, HOST, WAITING, "is-member", h->name, publishers(j, h),
    x->unaware && h->kind == FACTS_EMPTY, "asks for a token, but is an ONLINE member", RENAME)
FINDING(MEMBER_UNKNOWING, HOST, WAITING, "is-member", h->name, publishers(j, h),
    x->unaware && h->kind != FACTS_EMPTY, "a member on the list, but its unit doesn't know that",
    RENAME)
FINDING(DEAD_TOKEN, HOST, of->renewed ? WAITING : STUCK, "dead-token", h->name, publishers(j, h),
    x->at == HAS_DEAD, "none of its token's join addresses is an ONLINE member's",
    of->renewed ? "its join fails, and " LATER : "for another token, " FORGET)
FINDING(REJECTED, HOST, of->renewed ? WAITING : STUCK, "rejected", h->name, publishers(j, h),
    x->at == HAS_REFUSED && (of->renewed || !of->unmade || g->library),
    "fails to join with its token",
    !of->renewed ? REASON ". For another token, " FORGET
    : j->s->list ? LATER "; " REASON
		 : LATER "; " REASON ". If it gets none, give the cluster's list: -l LIST.json")
FINDING(REJECTED_NOBODY, HOST, of->members ? WAITING : STUCK, "rejected", h->name, publishers(j, h),
    x->at == HAS_REFUSED && of->unmade && !g->library,
    "fails to join with its token, and nobody makes another", UNMADE)
FINDING(REJECTED_BEFORE, HOST, WAITING, "rejected", h->name, publishers(j, h), x->at == HAS_ANOTHER,
    "failed to join; a new token is there",
    "its unit tries the new one, after two failures in update-status; " REASON)
FINDING(GONE_MEMBER, HOST, STUCK, "gone-member", h->name, shown(j, h->member->status),
    x->at == UNPUBLISHED && h->member && !x->online,
    "a member that no unit publishes, and that isn't ONLINE",
    "if its machine is gone for good, " REMOVE)
FINDING(NOT_TRUSTED, HOST, STUCK, "not-trusted", h->name, shown(j, h->member->status),
    has_status(h->member, "NOT TRUSTED") && x->away, "a member that the cluster doesn't trust",
    REMOVE ", and let it join anew: " ANEW)
FINDING(DISAGREE, HOST, x->joined ? NOTE : WAITING, "mirrors-disagree", h->name, "",
    x->at != UNPUBLISHED && h->values && h->values->next, "the mirrors hold different values",
    x->joined ? "nothing: it is in the cluster"
    : of->up > 1
	? "its unit takes the one that most hold; if it can't join with that, set an old leader's "
	  "mirror to down: {down}"
	: "its unit takes the one that most hold")
FINDING(NOT_ON_LIST, HOST, WAITING, "not-on-list", h->name, publishers(j, h), x->at == NOT_LISTED,
    "says that it is in the cluster, but isn't on the list",
    "take the list and the documents again, at one time. Its unit finds out in update-status; if "
    "its status is Waiting for the cluster's daemon, start that daemon. If it was removed by "
    "force, its daemon ends when it is started: " ANEW ". If its machine is gone for good, juju "
    "remove-unit the unit, with --force. If this stays, it may be in a second cluster: take the "
    "list there, and take one of the two down")
FINDING(LEFT, HOST, WAITING, "left", h->name, publishers(j, h), x->at == HAS_MEMBER && !x->unsure,
    "the mirrors say member, but its unit doesn't",
    "the distributor's next hook sets empty for it, which asks for a token; if not: <juju status "
    "{distributor}>")
FINDING(FORMER_ONLY, HOST, WAITING, "joined-unknown", h->name, publishers(j, h),
    x->at == HAS_MEMBER && x->unsure,
    "the mirrors say member, and may be a former leader's; whether it is a member isn't known",
    "give the cluster's list: -l LIST.json, with what its list -f json prints")
FINDING(UNCOUNTED, GROUP, WAITING, "unit-not-mirrored", NULL, "",
    of->unseen > of->unpublished && g->counting && g->hosts.n && !g->complete && !g->remote,
    "more units than hosts in the mirrors ({units}, {hosts}): a unit's host isn't mirrored yet",
    "juju show-unit of the distributor's unit tells which; <juju status {app}>")
FINDING(NO_HOSTS, GROUP, WAITING, "no-hosts", NULL, "", !g->joined && !g->hidden && !of->bad,
    "no unit has published a hostname", "its first hook does; if not: <juju status {app}>")
FINDING(UNMIRRORED, HOST, WAITING, "not-mirrored", h->name, publishers(j, h),
    x->at == HAS_NONE && g->counting, "not in the mirrors yet", COPIES)
FINDING(UNKNOWN_TOKEN, HOST, WAITING, "unknown-mirrors", h->name, publishers(j, h),
    x->at == HAS_NONE && g->cluster && !g->mirrors_known && !g->hidden && !x->unsure,
    "not in the cluster; whether it has a token isn't known",
    "ask for a consumer, too: juju show-unit of a consumer shows what the mirrors hold")
FINDING(UNKNOWN_ALL, HOST, WAITING, "unknown-mirrors", h->name, publishers(j, h),
    x->at == HAS_NONE && g->cluster && !g->mirrors_known && !g->hidden && x->unsure,
    "whether it has a token or has joined isn't known",
    "ask for a consumer, too: juju show-unit of a consumer shows what the mirrors hold")
FINDING(UNCOPIED, HOST, WAITING, "not-copied", h->name, "", x->at == ASKS && h->made,
    "its token is made, but not in the mirrors yet", COPIES)
FINDING(STRAY, HOST, WAITING, "stray-token", h->name, shown(j, h->stray->name),
    x->at == ASKS && !h->made && h->stray,
    "its token is in the databag of a unit that is no mirror",
    "have the distributor read it there: {read}")
FINDING(HELD_BACK, HOST, WAITING, "held-back", h->name, "",
    x->queues && g->joining >= of->limit && of->limit != 1,
    "waits for its turn: {out} hosts have a token and aren't in yet",
    "{limit} join at a time, unless td-consumer-step -p says otherwise" FREE_TURN)
FINDING(HELD_BACK_DOWN, HOST, WAITING, "held-back", h->name, "",
    x->queues && g->joining >= of->limit && of->limit == 1,
    "waits for its turn: another host joins, and a member isn't ONLINE",
    "one joins at a time until all members are ONLINE: check that member" FREE_TURN)
FINDING(UNMADE_YET, HOST, WAITING, "not-filled", h->name, "", x->queues && g->joining < of->limit,
    "waits for a token",
    j->s->list ? LOG "'cannot add'>" : LOG "-E \"cannot add|can't join|a token\">")
FINDING(UNUSED, HOST, WAITING, "unused-token", h->name, publishers(j, h),
    x->at == HAS_TOKEN && !x->unsure, "has a token and isn't in the cluster",
    g->library
	? "its unit joins in its next hook; if not, its status says why: <juju status {app}>. The "
	  "library's distributor never renews a token, which is used up by one join and expires in "
	  "three "
	  "hours: for another token, " FORGET
	: "its unit joins in its next hook; if not, its status says why: <juju status {app}>")
FINDING(JOINED_UNKNOWN, HOST, WAITING, "joined-unknown", h->name, publishers(j, h),
    x->at == HAS_TOKEN && x->unsure, "has a token; whether it joined isn't known",
    "give the cluster's list: -l LIST.json, with what its list -f json prints")
FINDING(PENDING, HOST, WAITING, "pending", h->name, publishers(j, h),
    x->joins && (x->at == LISTED || (x->at == UNPUBLISHED && x->online)),
    "its join isn't finished: PENDING on the list",
    "that takes seconds; if it stays, and isn't ONLINE: " REMOVE ", and let it join anew")
FINDING(NOT_ONLINE, HOST, WAITING, "not-online", h->name, shown(j, h->member->status),
    x->away && !has_status(h->member, "NOT TRUSTED"), "a member that isn't ONLINE",
    "its daemon restarts, or its machine is down: check the machine. Meanwhile its unit's status "
    "is Waiting for the cluster's daemon. If the machine is gone for good, juju remove-unit the "
    "unit, with --force, and " REMOVE)
FINDING(UPGRADED, HOST, WAITING, "not-online", h->name, shown(j, h->member->status),
    x->at == LISTED && x->upgraded, "a member that isn't ONLINE",
    "the cluster is being upgraded; that ends when all members are: check those that aren't")
FINDING(HAS_LEFT_NOTE, UNIT, NOTE, "has-left", u->name, "", u->says.left && !of->barred,
    "has been in a cluster, and its daemon is in none now",
    "nothing, if it was removed from the cluster: it joins anew")
FINDING(TWO_MIRRORS, UNIT, NOTE, "two-mirrors", u->name, u == of->leader ? "leader" : "",
    of->up > 1 && u->side == SIDE_DISTRIBUTOR && u->known && u->mirror == FACTS_UP,
    "several mirrors are up",
    of->leader ? "nothing: only the leader's counts"
	       : "what an old leader's holds may be out of date; set its mirror to down: {down}")
FINDING(STALE_MEMBER, HOST, NOTE, "stale", h->name, "",
    x->at == UNPUBLISHED && !h->member && h->held && g->mirrors_known && h->kind == FACTS_MEMBER,
    "in the mirrors, but no unit publishes it any more",
    "nothing: the distributor's next update-status removes it")
FINDING(STALE, HOST, NOTE, "stale", h->name, "",
    x->at == UNPUBLISHED && !h->member && h->held && g->mirrors_known && h->kind != FACTS_MEMBER,
    "in the mirrors, but no unit publishes it any more",
    g->complete && !g->library && !of->members && !j->s->list
	? "if there is no cluster any more, this keeps a new one from being bootstrapped: " FORGET
	: "this is harmless; to remove it, " FORGET)
FINDING(FOREIGN_MEMBER, HOST, NOTE, "unpublished-member", h->name, "",
    x->at == UNPUBLISHED && x->online && !x->joins, "in the cluster, but no unit publishes it",
    "nothing, if it belongs there: it is ONLINE. Whose machine is it?")
FINDING(DIFFERENT_TIMES, UNIT, NOTE, "different-times", u->name, "", u->differs,
    "documents show its databag differently", "take them at one time, with one juju show-unit")
