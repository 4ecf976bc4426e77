#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "mirror.h"
#include "natural.h"
#include "token.h"
#include "verdict.h"

/* In the order in which findings of one level are shown: what holds up most goes first. */
enum kind {
	RELATIONS,
	NO_RELATION,
	NO_MIRROR,
	UNKNOWN_MIRRORS,
	TWO_CLUSTERS,
	NO_BOOTSTRAP_APP,
	BOOTSTRAP_APP_GONE,
	MIRROR_UNIT_GONE,
	BOOTSTRAP_UNUSED,
	BOOTSTRAP_UNIT_GONE,
	NO_HOSTNAME,
	NOT_IN_SCOPE,
	BOOTSTRAP,
	NO_CANDIDATE,
	NOBODY,
	SAME_HOST,
	BAD_NAME,
	NOT_A_TOKEN,
	IS_MEMBER,
	DEAD_TOKEN,
	REJECTED,
	GONE_MEMBER,
	NOT_TRUSTED,
	DISAGREE,
	NOT_ON_LIST,
	LEFT,
	NO_HOSTS,
	UNPUBLISHED,
	UNMIRRORED,
	UNCOPIED,
	STRAY,
	UNFILLED,
	UNUSED,
	JOINED_UNKNOWN,
	PENDING,
	NOT_ONLINE,
	TWO_MIRRORS,
	STALE,
	FOREIGN_MEMBER,
	DIFFERENT_TIMES,
};

static const char *const codes[] = {[RELATIONS] = "several-relations",
    [NO_RELATION] = "no-relation",
    [NO_MIRROR] = "no-mirror",
    [UNKNOWN_MIRRORS] = "unknown-mirrors",
    [TWO_CLUSTERS] = "two-clusters",
    [NO_BOOTSTRAP_APP] = "no-bootstrap-app",
    [BOOTSTRAP_APP_GONE] = "bootstrap-app-not-related",
    [MIRROR_UNIT_GONE] = "mirror-unit-gone",
    [BOOTSTRAP_UNUSED] = "bootstrap-unused",
    [BOOTSTRAP_UNIT_GONE] = "bootstrap-unit-gone",
    [NO_HOSTNAME] = "no-hostname",
    [NOT_IN_SCOPE] = "not-in-scope",
    [BOOTSTRAP] = "bootstrap",
    [NO_CANDIDATE] = "no-communicator",
    [NOBODY] = "nobody-fills",
    [SAME_HOST] = "same-host",
    [BAD_NAME] = "bad-name",
    [NOT_A_TOKEN] = "not-a-token",
    [IS_MEMBER] = "is-member",
    [DEAD_TOKEN] = "dead-token",
    [REJECTED] = "rejected",
    [GONE_MEMBER] = "gone-member",
    [NOT_TRUSTED] = "not-trusted",
    [DISAGREE] = "mirrors-disagree",
    [NOT_ON_LIST] = "not-on-list",
    [LEFT] = "left",
    [NO_HOSTS] = "no-hosts",
    [UNPUBLISHED] = "unit-not-mirrored",
    [UNMIRRORED] = "not-mirrored",
    [UNCOPIED] = "not-copied",
    [STRAY] = "stray-token",
    [UNFILLED] = "not-filled",
    [UNUSED] = "unused-token",
    [JOINED_UNKNOWN] = "joined-unknown",
    [PENDING] = "pending",
    [NOT_ONLINE] = "not-online",
    [TWO_MIRRORS] = "two-mirrors",
    [STALE] = "stale",
    [FOREIGN_MEMBER] = "unpublished-member",
    [DIFFERENT_TIMES] = "different-times"};

enum { PUBLISHERS = 6 }; /* so many of a host's units are named */

struct judge {
	struct verdict *v;
	const struct survey *s;
	const struct survey_group *g; /* the one at hand */
	size_t group;
	size_t first;	    /* of its findings */
	const char *app;    /* the consumers' applications, for juju status */
	const char *td;	    /* the distributor */
	const char *filler; /* the unit that makes tokens, or who that is in words */
	const char *log;    /* how to see what it says of that */
	const char *copies; /* advice for what the distributor is to do */
	bool candidate;	    /* by the list somebody can make tokens, or there is no list */
	bool settles;	    /* by the list the cluster is changing */
	size_t holders;	    /* so many lists of units were made */
	bool failed;	    /* no memory */
};

/* Formatted text that lives as long as the verdict. */
static const char *text(struct judge *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static const char *
text(struct judge *j, const char *fmt, ...)
{
	struct buf b = {0};
	const char *copy;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	copy = b.failed ? NULL : pool_copy(&j->v->pool, b.s, b.n);
	buf_free(&b);
	if (!copy)
		j->failed = true;
	return copy ? copy : "";
}

/* A unit's or application's name for a command that is shown: nothing that a shell would read. */
static const char *
word(struct judge *j, const char *name, const char *otherwise)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/";

	if (!name || !name[0] || name[0] == '-' || strlen(name) > 64 ||
	    strspn(name, plain) != strlen(name))
		return otherwise;
	return text(j, "%s", name);
}

static struct verdict_finding *
new_finding(struct judge *j)
{
	struct verdict *v = j->v;
	struct verdict_finding *more;
	size_t cap = v->cap ? v->cap * 2 : 16;

	if (v->n == v->cap) {
		more = realloc(v->findings, cap * sizeof *more);
		if (!more)
			return NULL;
		v->findings = more;
		v->cap = cap;
	}
	memset(&v->findings[v->n], 0, sizeof *v->findings);
	return &v->findings[v->n++];
}

/*
 * Adds subject to the group's finding of that kind and level, which says what and what to do; the
 * first one's text stands for all. NULL as subject adds none.
 */
static void
add(struct judge *j, enum verdict_level level, enum kind kind, const char *what, const char *todo,
    const char *name, const char *detail)
{
	struct verdict_finding *f = NULL;
	struct verdict_subject *more;
	size_t i, cap;

	for (i = j->first; i < j->v->n && !f; i++)
		if (j->v->findings[i].level == level && j->v->findings[i].kind == (int)kind)
			f = &j->v->findings[i];
	if (!f) {
		f = new_finding(j);
		if (!f) {
			j->failed = true;
			return;
		}
		*f = (struct verdict_finding){.level = level,
		    .kind = kind,
		    .code = codes[kind],
		    .group = j->group,
		    .what = what,
		    .todo = todo};
	}
	if (!name)
		return;
	if (f->n == f->cap) {
		cap = f->cap ? f->cap * 2 : 4;
		more = realloc(f->subjects, cap * sizeof *more);
		if (!more) {
			j->failed = true;
			return;
		}
		f->subjects = more;
		f->cap = cap;
	}
	f->subjects[f->n++] = (struct verdict_subject){name, detail};
}

/* The unit that mirror-unit names, if its mirror is up. */
static const struct survey_unit *
leading(const struct judge *j)
{
	const struct survey_unit *u = survey_unit(j->s, j->group, j->g->mirror_unit);

	return u && u->side == PART_DISTRIBUTOR && u->mirror == SURVEY_UP ? u : NULL;
}

static void
judge_no_mirror(struct judge *j)
{
	const struct survey_group *g = j->g;
	const struct survey_unit *u;
	const char *what, *todo;

	if (!g->distributors) {
		add(j, VERDICT_WAITING, NO_MIRROR,
		    "no mirror is up: no unit of the distributor is in the relation yet",
		    text(j, "if none comes: juju status %s", j->td), NULL, "");
		return;
	}
	what = g->down ? "no mirror is up" : "no mirror is up yet";
	todo = text(j,
	    g->down ? "its leader's hooks fail, or it has no leader: juju status %s"
		    : "its leader's first hook puts it up; if not: juju status %s",
	    j->td);
	for (u = j->g->units; u; u = u->next_unit)
		if (u->side == PART_DISTRIBUTOR && u->known)
			add(j, g->down ? VERDICT_STUCK : VERDICT_WAITING, NO_MIRROR, what, todo,
			    u->name, u->mirror == SURVEY_DOWN ? "down" : "not set");
}

static void
judge_mirrors(struct judge *j)
{
	const struct survey_group *g = j->g;
	const struct survey_unit *u, *leader = leading(j);

	if (g->mirrors_known && !g->counting)
		judge_no_mirror(j);
	if (!g->mirrors_known && !g->nhosts && !g->consumers)
		add(j, VERDICT_WAITING, UNKNOWN_MIRRORS, "the documents show no mirror and no host",
		    "ask for more units: juju show-unit of the distributor's and a consumer's "
		    "together",
		    NULL, "");
	for (u = j->g->units; g->up > 1 && u; u = u->next_unit)
		if (u->side == PART_DISTRIBUTOR && u->mirror == SURVEY_UP)
			add(j, VERDICT_NOTE, TWO_MIRRORS, "several mirrors are up",
			    leader ? "nothing: the leader's alone counts"
				   : "what an old leader's holds may be out of date: set its "
				     "mirror to down",
			    u->name, u == leader ? "leader" : "");
	if (*g->mirror_unit && !leader && g->counting && g->sees_distributor && !g->remote)
		add(j, g->cluster ? VERDICT_NOTE : VERDICT_STUCK, MIRROR_UNIT_GONE,
		    "the distributor's units are of mixed kinds: mirror-unit names one that is "
		    "gone or down",
		    text(j,
			"all mirrors that are up count now; upgrade the units that don't write "
			"mirror-unit: juju status %s",
			j->td),
		    g->mirror_unit, "");
}

/* Are an application's units in several relations with the distributor? Then documents are old, or
 * of several models. */
static void
judge_relations(struct judge *j)
{
	struct map first = {0}, seen = {0};
	const struct survey_mirror *m;
	const struct survey_unit *u;
	struct map_entry *app, *e;
	const struct survey_mirror *other;

	for (m = j->g->mirrors; m < j->g->mirrors + j->g->nmirrors; m++) {
		u = &j->s->units[m->unit - 1];
		if (u->side != PART_CONSUMER)
			continue;
		app = map_put(&first, 0, u->app);
		if (!app) {
			j->failed = true;
			break;
		}
		if (!app->count)
			app->count = (size_t)(m - j->s->mirrors) + 1;
		other = &j->s->mirrors[app->count - 1];
		if (other->relation == m->relation)
			continue;
		e = map_put(&seen, m->relation, u->app);
		if (!e) {
			j->failed = true;
			break;
		}
		if (e->count++)
			continue;
		add(j, VERDICT_STUCK, RELATIONS, "the documents are of different relations",
		    "judge one at a time: -r ID, or documents taken at one time from one model",
		    u->name,
		    text(j, "relation %s, %s in %s", j->s->relations.entries[m->relation - 1].key,
			name_of(j->s->units[other->unit - 1].name).s,
			j->s->relations.entries[other->relation - 1].key));
	}
	map_free(&first);
	map_free(&seen);
}

/* Is the application that may bootstrap one of those that are related, as far as is known? */
static bool
bootstrap_app_is_here(const struct judge *j)
{
	const struct survey_unit *u;

	if (!j->g->complete)
		return true;
	for (u = j->g->units; u; u = u->next_unit)
		if (u->side == PART_CONSUMER && strcmp(u->app, j->g->bootstrap_app) == 0)
			return true;
	return false;
}

static void
judge_bootstrap_app(struct judge *j)
{
	const struct survey_group *g = j->g;
	enum verdict_level level = g->cluster ? VERDICT_NOTE : VERDICT_STUCK;

	if (!g->shared_known || !g->counting)
		return;
	if (!*g->bootstrap_app)
		add(j, level, NO_BOOTSTRAP_APP, "no bootstrap-app: no application may bootstrap",
		    g->cluster ? "nothing, while there is a cluster"
			       : text(j,
				     "is the distributor too old? Upgrade it, or give "
				     "td-consumer-step -a: juju status %s",
				     j->td),
		    NULL, "");
	else if (!bootstrap_app_is_here(j))
		add(j, level == VERDICT_STUCK && *g->mirror_unit ? VERDICT_WAITING : level,
		    BOOTSTRAP_APP_GONE, "bootstrap-app isn't related to the distributor",
		    g->cluster	      ? "nothing, while there is a cluster"
		    : *g->mirror_unit ? "the leader's next update-status chooses another"
				      : "relate it, or have the distributor's leader choose anew: "
					"set bootstrap-app to another",
		    g->bootstrap_app, "");
}

/* The unit with the permission to bootstrap, which hasn't used it. */
static void
judge_permission(struct judge *j)
{
	const struct survey_group *g = j->g;
	const struct survey_unit *u = survey_unit(j->s, j->group, g->bootstrap_unit);
	const char *host = text(j, "%s", name_of(g->bootstrap_host).s);

	if (g->complete && (!u || u->out_of_scope))
		add(j, VERDICT_WAITING, BOOTSTRAP_UNIT_GONE,
		    "the unit that may bootstrap isn't in the relation",
		    text(j,
			"the distributor's next update-status gives the permission to another; if "
			"not: juju status %s",
			j->td),
		    g->bootstrap_unit, host);
	else
		add(j, VERDICT_WAITING, BOOTSTRAP_UNUSED, "may bootstrap, and hasn't",
		    text(j,
			"it does in its next hook; if this stays for minutes, that fails: juju "
			"status %s",
			word(j, g->bootstrap_unit, j->app)),
		    g->bootstrap_unit, host);
}

/* There is no cluster yet: what is it that comes next? */
static void
judge_bootstrap(struct judge *j)
{
	const struct survey_group *g = j->g;
	const char *app = word(j, g->bootstrap_app, j->app);
	const struct survey_unit *u;
	bool ready = false;

	for (u = j->g->units; u; u = u->next_unit)
		ready |= u->ready;
	if (*g->mirror_unit && *g->bootstrap_unit)
		judge_permission(j);
	else if (!*g->mirror_unit)
		add(j, VERDICT_WAITING, BOOTSTRAP, "no cluster yet",
		    text(j, "the leader of %s bootstraps it; if not: juju status %s", app, app),
		    NULL, "");
	else if (g->complete && !ready)
		add(j, VERDICT_WAITING, BOOTSTRAP,
		    "no cluster yet, and no unit asks for the permission to bootstrap",
		    text(j, "the leader's next hook does; if not: juju status %s", app), NULL, "");
	else
		add(j, VERDICT_WAITING, BOOTSTRAP,
		    "no cluster yet, and no unit has the permission to bootstrap",
		    text(j,
			"the distributor gives it once every unit publishes a hostname, in "
			"update-status at the latest; "
			"if not: juju status %s",
			j->td),
		    NULL, "");
}

/* Fewer mirrored hosts than units whose host isn't known: somebody's is missing. */
static void
judge_unknown_units(struct judge *j)
{
	const struct survey_host *h;
	const struct survey_unit *u;
	size_t units = 0, hosts = 0;

	for (u = j->g->units; u; u = u->next_unit)
		units += u->side == PART_CONSUMER && !u->known && !u->out_of_scope;
	for (h = j->g->hosts; h < j->g->hosts + j->g->nhosts; h++)
		hosts += !h->unit;
	if (units > hosts && j->g->counting && j->g->nhosts && !j->g->complete && !j->g->remote)
		add(j, VERDICT_WAITING, UNPUBLISHED,
		    text(j,
			"more units than hosts in the mirrors (%zu, %zu): one's host isn't "
			"mirrored yet",
			units, hosts),
		    text(j, "juju show-unit of the distributor's unit tells whose; juju status %s",
			j->app),
		    NULL, "");
}

static void
judge_units(struct judge *j)
{
	bool holds_up = !j->g->cluster && *j->g->mirror_unit && !*j->g->bootstrap_unit;
	const char *look = text(j, "its next hook does; if not: juju status %s", j->app);
	const char *enter = text(j, "it is being installed, or leaves: juju status %s", j->app);
	const struct survey_unit *u;

	for (u = j->g->units; u; u = u->next_unit) {
		if (u->differs)
			add(j, VERDICT_NOTE, DIFFERENT_TIMES,
			    "documents show its databag differently",
			    "take them at one time, with one juju show-unit", u->name, "");
		if (u->side != PART_CONSUMER)
			continue;
		if (u->out_of_scope)
			add(j, VERDICT_WAITING, NOT_IN_SCOPE, "not in the relation", enter, u->name,
			    "");
		else if (u->known && !u->hostname)
			add(j, VERDICT_WAITING, NO_HOSTNAME,
			    holds_up
				? "publishes no hostname, and holds up the first unit's bootstrap"
				: "publishes no hostname",
			    look, u->name, "");
	}
	judge_unknown_units(j);
}

/* The units that publish the host; one that is known by two names, here and across models, once. */
static const char *
publishers(struct judge *j, const struct survey_host *h, size_t *n)
{
	size_t i, local = 0, remote = 0;
	const struct survey_unit *u;
	struct buf b = {0};
	const char *s;

	for (i = h->unit; i; i = u->next) {
		u = &j->s->units[i - 1];
		if (local + remote < PUBLISHERS)
			buf_printf(&b, "%s%s", b.n ? ", " : "", name_of(u->name).s);
		if (doc_is_remote(u->name))
			remote++;
		else
			local++;
	}
	if (local + remote > PUBLISHERS)
		buf_printf(&b, " and %zu more", local + remote - PUBLISHERS);
	*n = local > remote ? local : remote;
	j->failed |= b.failed;
	s = text(j, "%s", b.n && !b.failed ? b.s : "");
	buf_free(&b);
	return s;
}

static const char *
relation_id(const struct judge *j, const struct survey_mirror *m)
{
	const char *id = j->s->relations.entries[m->relation - 1].key;

	return strcmp(id, "-1") == 0 ? "?" : id;
}

/* The mirrors whose databag holds a value that is no token. */
static const char *
holders(struct judge *j, const char *host)
{
	const struct survey_mirror *m;
	const struct survey_unit *u;
	struct buf b = {0};
	const char *value, *s, *key;

	if (j->holders++ >= 8) /* each is a walk over all databags */
		return "";
	key = text(j, MIRROR_PREFIX "%s", host);
	for (m = j->g->mirrors; m < j->g->mirrors + j->g->nmirrors && b.n < 256; m++) {
		u = &j->s->units[m->unit - 1];
		value = doc_get(m->data, key);
		if (mirror_is_mirrored(value) && !token_valid(value) &&
		    strcmp(value, MIRROR_MEMBER) != 0)
			buf_printf(&b, "%s%s in relation %s", b.n ? ", " : "in ",
			    name_of(u->name).s, relation_id(j, m));
	}
	j->failed |= b.failed;
	s = text(j, "%s", b.n && !b.failed ? b.s : "");
	buf_free(&b);
	return s;
}

/* Where the cluster has the host and nobody publishes it, or the mirrors have it and nobody does.
 */
static void
judge_unpublished(struct judge *j, const struct survey_host *h)
{
	const char *status = h->member ? text(j, "%s", name_of(h->member->status).s) : "";

	if (h->member && strcmp(h->member->status, "ONLINE") == 0 && !cluster_is_pending(h->member))
		add(j, VERDICT_NOTE, FOREIGN_MEMBER, "in the cluster, but no unit publishes it",
		    "if its machine is gone for good, remove it with the cluster's own command: "
		    "remove HOST",
		    h->name, "");
	else if (h->member)
		add(j, VERDICT_STUCK, GONE_MEMBER,
		    "a member that no unit publishes, and that isn't ONLINE",
		    "if its machine is gone for good, remove it with the cluster's own command: "
		    "remove HOST",
		    h->name, status);
	else if (h->held && j->g->mirrors_known)
		add(j, VERDICT_NOTE, STALE, "in the mirrors, but no unit publishes it any more",
		    h->kind == SURVEY_MEMBER
			? "nothing: the distributor's next update-status removes it"
			: "harmless; to remove it: juju exec -u UNIT -- relation-set -r ID "
			  "mirror-HOST= "
			  "for each unit whose databag has it, a consumer's first",
		    h->name, "");
}

static void
judge_filling(struct judge *j, const struct survey_host *h)
{
	const struct survey_group *g = j->g;

	if (h->made)
		add(j, VERDICT_WAITING, UNCOPIED, "its token is made, but not in the mirrors yet",
		    j->copies, h->name, "");
	else if (h->stray)
		add(j, VERDICT_WAITING, STRAY,
		    "its token is in the databag of a unit that is no mirror",
		    text(j, "have it read there: juju exec -u %s -- relation-set -r ID mirror=up",
			word(j, j->s->units[h->stray - 1].name, "UNIT")),
		    h->name, text(j, "%s", name_of(j->s->units[h->stray - 1].name).s));
	else if (!j->candidate)
		add(j, j->settles ? VERDICT_WAITING : VERDICT_STUCK, NO_CANDIDATE,
		    "waits for a token, and no member can make it: none is ONLINE, a voter and "
		    "published",
		    j->settles ? "the cluster is changing; if it stays so: look at its members"
			       : "see to the members' machines and daemons",
		    h->name, "");
	else if (g->complete && !g->communicators && !j->s->list)
		add(j, VERDICT_STUCK, NOBODY,
		    "waits for a token, and nobody makes any: no consumer has its mirror up",
		    text(j, "the unit on the cluster's first ONLINE voter should: juju status %s",
			j->app),
		    h->name, "");
	else
		add(j, VERDICT_WAITING, UNFILLED, "waits for a token",
		    text(j, "%s makes it in its next hook; if not: %s", j->filler, j->log), h->name,
		    "");
}

/* The ID of the token that the host failed to join with, or NULL. */
static const char *
rejected_of(const struct judge *j, const struct survey_host *h)
{
	const char *rejected = h->rejected;
	const struct survey_unit *u;
	size_t i;

	for (i = h->unit; i; i = u->next) {
		u = &j->s->units[i - 1];
		if (u->rejected)
			rejected = u->rejected;
	}
	return rejected;
}

static void
judge_token(struct judge *j, const struct survey_host *h, const char *units)
{
	const struct survey_value *v = &j->s->values[h->chosen - 1];
	bool renewed =
	    *j->g->mirror_unit && j->g->tells_members && !(j->g->complete && !j->g->communicators);
	enum verdict_level level = renewed ? VERDICT_WAITING : VERDICT_STUCK;
	const char *rejected = rejected_of(j, h);

	if (rejected && !h->member)
		add(j, token_has_id(v->text, rejected) ? level : VERDICT_WAITING, REJECTED,
		    token_has_id(v->text, rejected) ? "fails to join with its token"
						    : "failed to join; a new token is there",
		    text(j, "%sthe reason is in its unit's status and log: juju status %s",
			!renewed			  ? ""
			: token_has_id(v->text, rejected) ? "it gets a new one; "
							  : "its unit tries that, after two "
							    "failures in update-status; ",
			j->app),
		    h->name, units);
	else if (v->dead)
		add(j, level, DEAD_TOKEN,
		    "none of its token's join addresses is an ONLINE member's",
		    renewed ? "its join will fail, and it will get a new one"
			    : "a new one is made once mirror-HOST is gone from the mirrors and the "
			      "communicator",
		    h->name, units);
	else if (h->joined == SURVEY_UNKNOWN)
		add(j, VERDICT_WAITING, JOINED_UNKNOWN,
		    "has a token; whether it joined isn't known",
		    "give the cluster's list: -l LIST.json, of its list -f json", h->name, units);
	else
		add(j, VERDICT_WAITING, UNUSED, "has a token and isn't in the cluster",
		    text(j,
			"its unit joins in its next hook; if not, its status says why: juju status "
			"%s",
			j->app),
		    h->name, units);
}

/* A host that isn't in the cluster, by what the mirrors have for it. */
static void
judge_missing(struct judge *j, const struct survey_host *h, const char *units)
{
	const struct survey_group *g = j->g;

	switch (h->kind) {
	case SURVEY_TOKEN:
		judge_token(j, h, units);
		break;
	case SURVEY_OTHER:
		add(j, VERDICT_STUCK, NOT_A_TOKEN, "what is mirrored for it is no token",
		    "remove it from those databags, then a token is made; a consumer's goes first, "
		    "and all of a unit at once: juju exec -u UNIT -- 'relation-set -r ID "
		    "mirror-HOST=; relation-set -r ID mirror-HOST='",
		    h->name, holders(j, h->name));
		break;
	case SURVEY_MEMBER:
		add(j, VERDICT_WAITING, LEFT, "the mirrors say member, but its unit doesn't",
		    text(j,
			"the distributor's next hook asks for a token for it; if not: juju status "
			"%s",
			j->td),
		    h->name, units);
		break;
	case SURVEY_NONE:
		if (g->counting)
			add(j, VERDICT_WAITING, UNMIRRORED, "not in the mirrors yet", j->copies,
			    h->name, units);
		else if (g->cluster && !g->mirrors_known)
			add(j, VERDICT_WAITING, UNKNOWN_MIRRORS,
			    h->joined == SURVEY_UNKNOWN
				? "whether it has a token or has joined isn't known"
				: "not in the cluster; whether it has a token isn't known",
			    "ask for a consumer, too: juju show-unit of a consumer's unit shows "
			    "what the mirrors hold",
			    h->name, units);
		break;
	case SURVEY_EMPTY:
		if (g->cluster)
			judge_filling(j, h);
	}
}

static void
judge_not_online(struct judge *j, const struct survey_host *h)
{
	bool refused = strcmp(h->member->status, "NOT TRUSTED") == 0;

	add(j, refused ? VERDICT_STUCK : VERDICT_WAITING, refused ? NOT_TRUSTED : NOT_ONLINE,
	    refused ? "a member that the cluster doesn't trust" : "a member that isn't ONLINE",
	    refused ? "remove it with the cluster's own command, and let it join anew: remove HOST"
		    : "its daemon restarts or is upgraded, or its machine is down: look there",
	    h->name, text(j, "%s", name_of(h->member->status).s));
}

/* Does a unit, or a mirror, say that it is in the cluster? */
static bool
says_member(const struct judge *j, const struct survey_host *h)
{
	const struct survey_unit *u;
	size_t i;

	for (i = h->unit; i; i = u->next) {
		u = &j->s->units[i - 1];
		if (u->member)
			return true;
	}
	return h->kind == SURVEY_MEMBER && !h->unit_says_no;
}

static void
judge_published(struct judge *j, const struct survey_host *h, const char *units)
{
	const char *fault = host_fault(h->name);
	bool failed;

	if (h->nvalues > 1)
		add(j, h->joined == SURVEY_YES ? VERDICT_NOTE : VERDICT_WAITING, DISAGREE,
		    "the mirrors hold different values",
		    h->joined == SURVEY_YES ? "nothing: it is in the cluster"
					    : "it takes the one most hold; if it can't join with "
					      "that: set an old leader's "
					      "mirror to down",
		    h->name, "");
	if (h->joined == SURVEY_YES) {
		if (h->member && strcmp(h->member->status, "ONLINE") != 0)
			judge_not_online(j, h);
		else if (h->member && h->unit_says_no)
			add(j, VERDICT_WAITING, IS_MEMBER,
			    "a member, by the list, that its unit doesn't know of",
			    "its unit's next hook finds out; if not, is it a new machine under an "
			    "old "
			    "name? Then remove the old one with the cluster's own command: remove "
			    "HOST",
			    h->name, units);
	} else if (fault) {
		add(j, VERDICT_STUCK, BAD_NAME, "not a name that the cluster accepts",
		    "rename the machine, or have its charm call td-consumer-step -H NAME", h->name,
		    fault);
	} else if (h->member && cluster_is_pending(h->member)) {
		failed = rejected_of(j, h) != NULL;
		add(j, failed ? VERDICT_STUCK : VERDICT_WAITING, PENDING,
		    failed ? "its join failed halfway: PENDING on the list"
			   : "its join isn't finished: PENDING on the list",
		    failed ? "remove it with the cluster's own command, then it joins anew: remove "
			     "HOST"
			   : "that takes seconds; if it stays: remove it with the cluster's own "
			     "command, and let it join anew",
		    h->name, units);
	} else if (h->member) {
		add(j, VERDICT_STUCK, IS_MEMBER, "asks for a token, but is a member already",
		    "a new machine under an old name? Remove the old one with the cluster's own "
		    "command first: remove HOST",
		    h->name, text(j, "%s", name_of(h->member->status).s));
	} else if (j->s->list && says_member(j, h)) {
		add(j, VERDICT_WAITING, NOT_ON_LIST,
		    "says that it is in the cluster, but isn't on the list",
		    "take list and documents anew, at one time; its unit finds out in "
		    "update-status. If it stays so: is it in a second cluster? Take the list "
		    "there",
		    h->name, units);
	} else {
		judge_missing(j, h, units);
	}
}

static void
judge_host(struct judge *j, const struct survey_host *h)
{
	const struct survey_group *g = j->g;
	const char *units;
	size_t n;

	units = publishers(j, h, &n);
	if (n > 1)
		add(j, VERDICT_STUCK, SAME_HOST, "several units publish one host name",
		    "rename a machine, or remove a unit: just one can join under that name",
		    h->name, units);
	if (!h->unit && (g->complete || (h->member && !h->held && !h->made && g->counting)))
		judge_unpublished(j, h);
	else
		judge_published(j, h, units);
}

/* Tokens of one cluster have one fingerprint. */
static void
judge_clusters(struct judge *j)
{
	size_t i, *seen = calloc(j->g->clusters + 1, sizeof *seen);
	const struct survey_host *h;
	const struct survey_value *v;

	if (!seen) {
		j->failed = true;
		return;
	}
	for (h = j->g->hosts; h < j->g->hosts + j->g->nhosts; h++) {
		for (i = h->value; i; i = v->next) {
			v = &j->s->values[i - 1];
			if (!v->cluster || seen[v->cluster]++)
				continue;
			add(j, VERDICT_STUCK, TWO_CLUSTERS,
			    "tokens of different clusters (their fingerprints differ)",
			    "find out who made them (cluster list on each unit whose mirror is "
			    "up), and "
			    "take one cluster down",
			    h->name, text(j, "cluster %zu's", v->cluster));
		}
	}
	free(seen);
}

/* The applications of the group's consumers, a few at most: what juju status takes. */
static const char *
applications(struct judge *j)
{
	const struct survey_unit *u;
	struct map seen = {0};
	struct buf b = {0};
	const char *s;
	size_t n = 0;

	for (u = j->g->units; u; u = u->next_unit) {
		if (u->side != PART_CONSUMER || map_get(&seen, 0, u->app))
			continue;
		j->failed |= !map_put(&seen, 0, u->app);
		if (n++ < 3)
			buf_printf(&b, "%s%s", b.n ? " " : "", word(j, u->app, "APPLICATION"));
	}
	j->failed |= b.failed;
	s = !b.n || b.failed || n > 3 ? "APPLICATION" : text(j, "%s", b.s);
	map_free(&seen);
	buf_free(&b);
	return s;
}

/* The unit that makes tokens: by the list, or the one whose mirror is up. */
static const struct survey_unit *
maker(const struct judge *j)
{
	const struct survey_host *h;
	const struct survey_unit *u;

	for (h = j->g->hosts; h < j->g->hosts + j->g->nhosts; h++)
		if (h->communicator)
			return h->unit ? &j->s->units[h->unit - 1] : NULL;
	for (u = j->g->units; u; u = u->next_unit)
		if (u->side == PART_CONSUMER && u->mirror == SURVEY_UP)
			return u;
	return NULL;
}

/* The names that advice is about. */
static void
prepare(struct judge *j)
{
	const struct survey_unit *u = maker(j);

	j->td = word(j, j->g->distributor, "DISTRIBUTOR");
	j->app = applications(j);
	j->filler = word(j, u ? u->name : NULL, "the communicator");
	j->log = text(j, "juju debug-log --replay --include %s | grep 'cannot add'",
	    word(j, u ? u->name : NULL, "UNIT"));
	j->copies = text(j, "the distributor's next hook does that; if not: juju status %s", j->td);
}

/* Can anybody make tokens, and is the cluster changing? */
static void
look_at_list(struct judge *j)
{
	const struct survey_host *h;
	const char *status;

	j->candidate = !j->s->list;
	for (h = j->s->hosts; h < j->s->hosts + j->s->nhosts; h++) {
		j->candidate |= h->communicator;
		status = h->member ? h->member->status : "";
		j->settles |= h->member &&
			      (cluster_is_pending(h->member) || strcmp(status, "UPGRADING") == 0 ||
				  strcmp(status, "NEEDS UPGRADE") == 0);
	}
}

static void
judge_group(struct judge *j, size_t group)
{
	const struct survey_group *g = &j->s->groups[group];
	const struct survey_host *h;
	size_t i;

	j->g = g;
	j->group = group;
	j->first = j->v->n;
	j->holders = 0;
	prepare(j);
	judge_relations(j);
	judge_mirrors(j);
	judge_bootstrap_app(j);
	if (!g->cluster && (g->counting || !g->mirrors_known) && g->nhosts + g->consumers)
		judge_bootstrap(j);
	if (g->clusters > 1)
		judge_clusters(j);
	judge_units(j);
	for (h = g->hosts; h < g->hosts + g->nhosts; h++)
		judge_host(j, h);
	for (i = j->first; i < j->v->n && j->v->findings[i].level == VERDICT_NOTE; i++)
		;
	if (!g->joined && i == j->v->n)
		add(j, VERDICT_WAITING, NO_HOSTS, "no unit has published a hostname",
		    text(j, "its first hook does; if not: juju status %s", j->app), NULL, "");
}

/* What isn't one group's. */
static void
judge_whole(struct judge *j)
{
	const struct survey *s = j->s;
	size_t i;

	j->group = 0;
	j->first = 0;
	if (!s->ngroups)
		add(j, VERDICT_STUCK, NO_RELATION,
		    "no relation with a distributor in the documents",
		    "do -u, -e and -r choose the right one, if given? Else juju integrate the "
		    "application with one",
		    NULL, "");
	for (i = 0; s->ngroups > 1 && i < s->ngroups; i++)
		add(j, VERDICT_STUCK, RELATIONS,
		    "the documents are of relations with different distributors",
		    "judge one at a time: -u UNIT, -e NAME or -r ID",
		    s->groups[i].distributor ? s->groups[i].distributor : "(unknown)", "");
}

static int
by_weight(const void *a, const void *b)
{
	const struct verdict_finding *x = a, *y = b;

	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->group < y->group ? -1 : x->group > y->group;
}

static int
by_name(const void *a, const void *b)
{
	return natural_compare(
	    ((const struct verdict_subject *)a)->name, ((const struct verdict_subject *)b)->name);
}

static void
finish(struct judge *j)
{
	struct verdict *v = j->v;
	size_t i, hosts = 0;
	bool told = true;

	for (i = 0; i < v->n; i++)
		if (v->findings[i].n)
			qsort(v->findings[i].subjects, v->findings[i].n,
			    sizeof *v->findings[i].subjects, by_name);
	if (v->n)
		qsort(v->findings, v->n, sizeof *v->findings, by_weight);
	v->level =
	    v->n && v->findings[0].level < VERDICT_NOTE ? v->findings[0].level : VERDICT_HEALTHY;
	for (i = 0; i < j->s->ngroups; i++) {
		hosts += j->s->groups[i].joined;
		told &= j->s->groups[i].complete;
	}
	if (v->level != VERDICT_HEALTHY)
		v->reason = v->findings[0].what;
	else
		v->reason = text(j, "%zu host%s, all in the cluster%s", hosts,
		    hosts == 1 ? "" : "s", told ? "" : ", as far as the mirrors know");
}

int
verdict_make(struct verdict *v, const struct survey *s, struct fail *f)
{
	struct judge j = {.v = v, .s = s};
	size_t i;

	memset(v, 0, sizeof *v);
	look_at_list(&j);
	judge_whole(&j);
	for (i = 0; i < s->ngroups; i++)
		judge_group(&j, i);
	finish(&j);
	return j.failed ? fail_memory(f) : 0;
}

void
verdict_free(struct verdict *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		free(v->findings[i].subjects);
	free(v->findings);
	pool_free(&v->pool);
	memset(v, 0, sizeof *v);
}

const char *
verdict_level_name(enum verdict_level level)
{
	static const char *const names[] = {"stuck", "waiting", "note", "healthy"};

	return names[level];
}
