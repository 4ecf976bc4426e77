/*
 * What td-status can find, as FINDING(KIND, level, code, detail, what, what to do). Findings of one
 * level are shown in this order: what holds up most comes first. If hosts have it, the detail is
 * shown beside each of them. findings.c makes its tables from this, and fills in {words}.
 */

#define COPIES "the distributor's next hook does that; if not: juju status {distributor}"
#define LEFT_OUT                                                                                   \
	"Juju 4.0.0 to 4.0.5 leaves them out: upgrade it, or take the document with juju exec -u " \
	"UNIT -- td-snapshot ENDPOINT"
#define UNMADE "the unit on the cluster's first ONLINE voter should: juju status {app}"
#define RENAME                                                                                \
	"its unit finds out in its next hook; if not, another machine has joined under that " \
	"name: rename one of them, and leave the member alone"
#define REMOVE "remove it with the cluster's own command: remove HOST --force"
#define FORGET                                                                                   \
	"remove mirror-HOST from all databags, a consumer's first, and from all of a unit's at " \
	"once: "                                                                                 \
	"juju exec -u UNIT -- 'relation-set -r ID mirror-HOST=; relation-set -r ID mirror-HOST='"
#define REASON "the reason is in its unit's status and log: juju status {app}"
#define FREE_TURN                                                                               \
	"; a token counts for two minutes at most. If this stays, see why the hosts that have " \
	"one don't join: juju status {app}"

FINDING(DISTRIBUTORS, STUCK, "several-relations", BARE,
    "the documents are of relations with different distributors",
    "look at one at a time: -u UNIT, -e NAME or -r ID")
FINDING(RELATIONS, STUCK, "several-relations", BARE, "the documents are of different relations",
    "look at one at a time with -r ID, or take all documents at one time from one model")
FINDING(NO_RELATION, STUCK, "no-relation", BARE, "no relation with a distributor in the documents",
    "check -u, -e and -r, if you gave them; otherwise juju integrate the application with one")
FINDING(HIDDEN, WAITING, "hidden-relation", BARE,
    "unknown: Juju doesn't show the units at the relation's other end", LEFT_OUT)
FINDING(HIDDEN_PART, NOTE, "hidden-relation", BARE,
    "Juju doesn't show the units at the relation's other end", LEFT_OUT)
FINDING(NO_MIRROR_UNIT, WAITING, "no-mirror", BARE,
    "no mirror is up: no unit of the distributor is in the relation yet",
    "if none comes: juju status {distributor}")
FINDING(MIRRORS_DOWN, STUCK, "no-mirror", BARE, "no mirror is up",
    "the distributor has no leader, or its leader's hooks fail: juju status {distributor}")
FINDING(MIRRORS_UNSET, WAITING, "no-mirror", BARE, "no mirror is up yet",
    "the distributor's leader sets mirror to up in its first hook; if not: juju status "
    "{distributor}")
FINDING(NOTHING_SHOWN, WAITING, "unknown-mirrors", BARE, "the documents show no mirror and no host",
    "ask for a unit of the distributor and a consumer together: juju show-unit")
FINDING(TWO_CLUSTERS, STUCK, "two-clusters", BARE,
    "tokens of different clusters (their fingerprints differ)",
    "find out who made them (cluster list on each unit whose mirror is up), and take one "
    "cluster down")
FINDING(NO_BOOTSTRAP_APP, STUCK, "no-bootstrap-app", BARE,
    "no bootstrap-app: no application may bootstrap",
    "is the distributor too old? Upgrade it, or give td-consumer-step -a: juju status "
    "{distributor}")
FINDING(NO_BOOTSTRAP_APP_NOTE, NOTE, "no-bootstrap-app", BARE,
    "no bootstrap-app: no application may bootstrap", "nothing, while there is a cluster")
FINDING(BOOTSTRAP_APP_GONE, STUCK, "bootstrap-app-not-related", BARE,
    "bootstrap-app isn't related to the distributor",
    "relate that application, or have the distributor's leader set bootstrap-app to another")
FINDING(BOOTSTRAP_APP_ANEW, WAITING, "bootstrap-app-not-related", BARE,
    "bootstrap-app isn't related to the distributor",
    "the leader's next update-status chooses another")
FINDING(BOOTSTRAP_APP_NOTE, NOTE, "bootstrap-app-not-related", BARE,
    "bootstrap-app isn't related to the distributor", "nothing, while there is a cluster")
FINDING(MIRROR_UNIT_GONE, STUCK, "mirror-unit-gone", BARE,
    "the distributor's units are of mixed kinds: mirror-unit names one that is gone or down",
    "all mirrors that are up count now; upgrade the units that don't write mirror-unit: juju "
    "status {distributor}")
FINDING(MIRROR_UNIT_NOTE, NOTE, "mirror-unit-gone", BARE,
    "the distributor's units are of mixed kinds: mirror-unit names one that is gone or down",
    "all mirrors that are up count now; upgrade the units that don't write mirror-unit: juju "
    "status {distributor}")
FINDING(HAS_LEFT, STUCK, "has-left", BARE,
    "no unit may bootstrap: one has been in a cluster, which may be there still",
    "bring that cluster's daemons back; if it is gone for good, juju remove-unit the unit, or "
    "remove its state file")
FINDING(BOOTSTRAP_UNUSED, WAITING, "bootstrap-unused", BARE, "may bootstrap, and hasn't",
    "it does in its next hook; if this stays for minutes: juju status {bootstrap-unit}. If its "
    "machine is gone for good, juju remove-unit it, with --force, and another gets the "
    "permission")
FINDING(BOOTSTRAP_UNIT_GONE, WAITING, "bootstrap-unit-gone", BARE,
    "the unit that may bootstrap isn't in the relation",
    "the distributor's next update-status gives the permission to another; if not: juju status "
    "{distributor}")
FINDING(NO_HOSTNAME_FIRST, WAITING, "no-hostname", BARE,
    "publishes no hostname, and holds up the first unit's bootstrap",
    "its next hook does; if not: juju status {app}")
FINDING(NO_HOSTNAME, WAITING, "no-hostname", BARE, "publishes no hostname",
    "its next hook does; if not: juju status {app}")
FINDING(NOT_IN_SCOPE, WAITING, "not-in-scope", BARE, "not in the relation",
    "it is being installed or removed: juju status {app}")
FINDING(BOOTSTRAP_LIBRARY, WAITING, "bootstrap", BARE, "no cluster yet",
    "the unit that led {bootstrap-app} when it joined the relation bootstraps it; if the leader "
    "has changed since, nobody may: juju add-unit {distributor} has all join anew. Otherwise: juju "
    "status {bootstrap-app}")
FINDING(BOOTSTRAP_UNKNOWN, WAITING, "bootstrap", BARE, "no cluster yet",
    "the leader of {bootstrap-app} bootstraps it, if it may: juju show-unit of a unit of "
    "{distributor} tells; if it doesn't: juju status {bootstrap-app}")
FINDING(BOOTSTRAP_UNASKED, WAITING, "bootstrap", BARE,
    "no cluster yet, and no unit asks for the permission to bootstrap",
    "the leader's next hook does. It doesn't while its status is Waiting for the cluster's daemon, "
    "or once it has seen another cluster: juju status {bootstrap-app}")
FINDING(BOOTSTRAP_UNGIVEN, WAITING, "bootstrap", BARE,
    "no cluster yet, and no unit has the permission to bootstrap",
    "the distributor gives it once every unit publishes a hostname, in update-status at the "
    "latest; if not: juju status {distributor}")
FINDING(NO_CANDIDATE, STUCK, "no-communicator", BARE,
    "waits for a token, and no member can make it: none is ONLINE, a voter and published",
    "check the members' machines and daemons")
FINDING(NO_CANDIDATE_YET, WAITING, "no-communicator", BARE,
    "waits for a token, and no member can make it: none is ONLINE, a voter and published",
    "the cluster is changing; if this stays: check its members")
FINDING(NOBODY, STUCK, "nobody-fills", BARE,
    "waits for a token, and nobody makes any: no consumer has its mirror up", UNMADE)
FINDING(SAME_HOST, STUCK, "same-host", UNITS, "several units publish one host name",
    "rename a machine, or remove a unit: only one can join under that name")
FINDING(BAD_NAME, STUCK, "bad-name", FAULT, "not a name that the cluster accepts",
    "rename the machine, or have its charm call td-consumer-step -H NAME")
FINDING(NOT_A_TOKEN, STUCK, "not-a-token", HOLDERS,
    "the mirrors hold something for it that is no token", FORGET)
FINDING(STRANDED, STUCK, "stranded", STATUS,
    "can't join: the cluster's list has it, and not ONLINE",
    "if that machine is gone, or its join failed, " REMOVE ", or have td-consumer-step -c do "
    "that")
FINDING(
    MEMBER_ASKS, WAITING, "is-member", UNITS, "asks for a token, but is an ONLINE member", RENAME)
FINDING(MEMBER_UNKNOWING, WAITING, "is-member", UNITS,
    "a member on the list, but its unit doesn't know that", RENAME)
FINDING(DEAD_TOKEN, STUCK, "dead-token", UNITS,
    "none of its token's join addresses is an ONLINE member's", "for another one " FORGET)
FINDING(DEAD_TOKEN_RENEWED, WAITING, "dead-token", UNITS,
    "none of its token's join addresses is an ONLINE member's",
    "its join will fail, and it will get a new one")
FINDING(REJECTED, STUCK, "rejected", UNITS, "fails to join with its token",
    REASON ". For another " FORGET)
FINDING(REJECTED_NOBODY, STUCK, "rejected", UNITS,
    "fails to join with its token, and nobody makes another", UNMADE)
FINDING(REJECTED_RENEWED, WAITING, "rejected", UNITS, "fails to join with its token",
    "it gets a new one; " REASON)
FINDING(REJECTED_BEFORE, WAITING, "rejected", UNITS, "failed to join; a new token is there",
    "its unit tries the new one, after two failures in update-status; " REASON)
FINDING(GONE_MEMBER, STUCK, "gone-member", STATUS,
    "a member that no unit publishes, and that isn't ONLINE",
    "if its machine is gone for good, " REMOVE)
FINDING(NOT_TRUSTED, STUCK, "not-trusted", STATUS, "a member that the cluster doesn't trust",
    REMOVE ", and let it join anew")
FINDING(DISAGREE, WAITING, "mirrors-disagree", BARE, "the mirrors hold different values",
    "its unit takes the one that most hold; if it can't join with that: set an old leader's mirror "
    "to down")
FINDING(DISAGREE_NOTE, NOTE, "mirrors-disagree", BARE, "the mirrors hold different values",
    "nothing: it is in the cluster")
FINDING(NOT_ON_LIST, WAITING, "not-on-list", UNITS,
    "says that it is in the cluster, but isn't on the list",
    "take the list and the documents again, at one time. Its unit finds out in update-status; if "
    "its status is Waiting for the cluster's daemon, start that daemon. If this stays, it may be "
    "in a second cluster: take the list there")
FINDING(LEFT, WAITING, "left", UNITS, "the mirrors say member, but its unit doesn't",
    "the distributor's next hook sets empty for it, which asks for a token; if not: juju status "
    "{distributor}")
FINDING(FORMER_ONLY, WAITING, "joined-unknown", UNITS,
    "the mirrors say member, and may be a former leader's; whether it is a member isn't known",
    "give the cluster's list: -l LIST.json, with what its list -f json prints")
FINDING(NO_HOSTS, WAITING, "no-hosts", BARE, "no unit has published a hostname",
    "its first hook does; if not: juju status {app}")
FINDING(UNPUBLISHED, WAITING, "unit-not-mirrored", BARE,
    "more units than hosts in the mirrors ({units}, {hosts}): a unit's host isn't mirrored yet",
    "juju show-unit of the distributor's unit tells which; juju status {app}")
FINDING(UNMIRRORED, WAITING, "not-mirrored", UNITS, "not in the mirrors yet", COPIES)
FINDING(UNKNOWN_TOKEN, WAITING, "unknown-mirrors", UNITS,
    "not in the cluster; whether it has a token isn't known",
    "ask for a consumer, too: juju show-unit of a consumer shows what the mirrors hold")
FINDING(UNKNOWN_ALL, WAITING, "unknown-mirrors", UNITS,
    "whether it has a token or has joined isn't known",
    "ask for a consumer, too: juju show-unit of a consumer shows what the mirrors hold")
FINDING(
    UNCOPIED, WAITING, "not-copied", BARE, "its token is made, but not in the mirrors yet", COPIES)
FINDING(STRAY, WAITING, "stray-token", HOLDER,
    "its token is in the databag of a unit that is no mirror",
    "have the distributor read it there: juju exec -u {stray} -- relation-set -r ID mirror=up")
FINDING(HELD_BACK, WAITING, "held-back", BARE,
    "waits for its turn: {out} hosts have a token and aren't in yet",
    "{limit} join at a time, unless td-consumer-step -p says otherwise" FREE_TURN)
FINDING(HELD_BACK_DOWN, WAITING, "held-back", BARE,
    "waits for its turn: another host joins, and a member isn't ONLINE",
    "one joins at a time until all members are ONLINE: check that member" FREE_TURN)
FINDING(UNMADE_YET, WAITING, "not-filled", BARE, "waits for a token",
    "{communicator} makes it in its next hook; if not: juju debug-log --replay --include {maker} | "
    "grep 'cannot add'")
FINDING(UNUSED, WAITING, "unused-token", UNITS, "has a token and isn't in the cluster",
    "its unit joins in its next hook; if not, its status says why: juju status {app}")
FINDING(UNUSED_LIBRARY, WAITING, "unused-token", UNITS, "has a token and isn't in the cluster",
    "its unit joins in its next hook; if not, its status says why: juju status {app}. The "
    "library's distributor never renews a token, which is used up by one join and expires in three "
    "hours: for another one " FORGET)
FINDING(JOINED_UNKNOWN, WAITING, "joined-unknown", UNITS,
    "has a token; whether it joined isn't known",
    "give the cluster's list: -l LIST.json, with what its list -f json prints")
FINDING(PENDING, WAITING, "pending", UNITS, "its join isn't finished: PENDING on the list",
    "that takes seconds; if it stays, and isn't ONLINE: " REMOVE ", and let it join anew")
FINDING(NOT_ONLINE, WAITING, "not-online", STATUS, "a member that isn't ONLINE",
    "its daemon restarts, or its machine is down: check the machine. Meanwhile its unit's status "
    "is Waiting for the cluster's daemon. If the machine is gone for good, " REMOVE)
FINDING(UPGRADED, WAITING, "not-online", STATUS, "a member that isn't ONLINE",
    "the cluster is being upgraded; that ends when all members are: check those that aren't")
FINDING(HAS_LEFT_NOTE, NOTE, "has-left", BARE,
    "has been in a cluster, and its daemon is in none now",
    "nothing, if it was removed from the cluster: it joins anew")
FINDING(TWO_MIRRORS, NOTE, "two-mirrors", BARE, "several mirrors are up",
    "nothing: only the leader's counts")
FINDING(TWO_MIRRORS_NO_LEADER, NOTE, "two-mirrors", BARE, "several mirrors are up",
    "what an old leader's holds may be out of date: set its mirror to down")
FINDING(STALE_MEMBER, NOTE, "stale", BARE, "in the mirrors, but no unit publishes it any more",
    "nothing: the distributor's next update-status removes it")
FINDING(STALE, NOTE, "stale", BARE, "in the mirrors, but no unit publishes it any more",
    "this is harmless; to remove it: juju exec -u UNIT -- relation-set -r ID mirror-HOST= for each "
    "unit whose databag has it, a consumer's first")
FINDING(FOREIGN_MEMBER, NOTE, "unpublished-member", BARE,
    "in the cluster, but no unit publishes it",
    "nothing, if it belongs there: it is ONLINE. Whose machine is it?")
FINDING(DIFFERENT_TIMES, NOTE, "different-times", BARE, "documents show its databag differently",
    "take them at one time, with one juju show-unit")
