#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "findings.h"
#include "host.h"
#include "mirror.h"
#include "natural.h"
#include "token.h"

enum {
	PUBLISHERS = 6,	  /* so many of a host's units are named */
	APPLICATIONS = 3, /* so many are named */
	HOLDERS = 8,	  /* for so many hosts it is told which mirrors hold a value */
};

/* Words that the texts name as {NAME}; each group has its own. */
enum word { APP, TD, BOOT, FIRST, MAKER, LOG, STRAY_UNIT, OUT, LIMIT, NUNITS, NHOSTS, WORDS };

static const char *const words[WORDS] = {"app", "distributor", "bootstrap-app", "bootstrap-unit",
    "communicator", "log", "stray", "out", "limit", "units", "hosts"};

/* The kinds of findings, and the table of what each says. */
#define STUCK FINDINGS_STUCK
#define WAITING FINDINGS_WAITING
#define NOTE FINDINGS_NOTE
#define FINDING(kind, level, code, what, todo) kind,
enum kind {
#include "findings-list.h"
	KINDS
};
#undef FINDING
#define FINDING(kind, level, code, what, todo) {level, code, what, todo},
static const struct {
	enum findings_level level;
	const char *code;
	const char *what;
	const char *todo;
} texts[] = {
#include "findings-list.h"
};

struct judge {
	struct findings *v;
	const struct facts *s;
	const struct facts_group *g; /* the one at hand; NULL: what isn't one's */
	struct finding *of[KINDS];   /* what was found of it; NULL: nothing */
	const char *word[WORDS];
	bool candidate;	  /* by the list somebody can make tokens, or there is no list */
	bool settles;	  /* by the list the cluster is changing */
	size_t limits[2]; /* so many hosts join at once, unless -p is given; of the library's */
	size_t limit;	  /* the group's */
	size_t holders;	  /* so many lists of units were made */
	bool failed;	  /* no memory */
};

/* Keeps the buffer's text as long as the findings, and frees the buffer. */
static const char *
keep(struct judge *j, struct buf *b)
{
	const char *s = b->failed ? NULL : arena_copy(&j->v->arena, b->n ? b->s : "", b->n);

	buf_free(b);
	j->failed |= !s;
	return s ? s : "";
}

static const char *text(struct judge *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static const char *
text(struct judge *j, const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return keep(j, &b);
}

/* What somebody else wrote, safe to show. */
static const char *
shown(struct judge *j, const char *name)
{
	return text(j, "%s", name_of(name).s);
}

/* The name of a unit or application, for a command that people copy. If the name has anything that
 * a shell would read, otherwise. */
static const char *
plain(const char *name, const char *otherwise)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/";

	return !name || !name[0] || name[0] == '-' || strlen(name) > 64 ||
		       name[strspn(name, letters)]
		   ? otherwise
		   : name;
}

/* Fills in the {words} of a text. */
static const char *
filled(struct judge *j, const char *s)
{
	struct buf b = {0};
	size_t n, i;

	for (; *s; s += n) {
		n = strcspn(s, "{");
		buf_put(&b, s, n);
		if (!s[n])
			break;
		s += n + 1;
		n = strcspn(s, "}") + 1;
		for (i = 0; i < WORDS; i++)
			if (strlen(words[i]) == n - 1 && strncmp(words[i], s, n - 1) == 0)
				buf_puts(&b, j->word[i]);
	}
	return keep(j, &b);
}

/* Makes a finding of the group. */
static struct finding *
found(struct judge *j, enum kind kind)
{
	struct findings *v = j->v;
	struct finding *f = arena_make(&v->arena, sizeof *f);
	struct finding **list = array_room(v->list, v->n, &v->cap, sizeof(struct finding *));

	if (list)
		v->list = list;
	if (!f || !list)
		return NULL;
	*f = (struct finding){.level = texts[kind].level,
	    .kind = (int)kind,
	    .code = texts[kind].code,
	    .group = j->g,
	    .what = filled(j, texts[kind].what),
	    .todo = filled(j, texts[kind].todo)};
	return v->list[v->n++] = f;
}

/* Adds a subject (NULL: none) to the group's finding of that kind. Makes the finding if there is
 * none yet. */
static void
add(struct judge *j, enum kind kind, const char *name, const char *detail)
{
	struct finding *f = j->of[kind];
	struct findings_subject *subjects;

	if (!f)
		f = j->of[kind] = found(j, kind);
	subjects = f ? array_room(f->subjects, f->n, &f->cap, sizeof *subjects) : NULL;
	j->failed |= !subjects;
	if (!subjects)
		return;
	f->subjects = subjects;
	if (name)
		f->subjects[f->n++] = (struct findings_subject){name, detail};
}

/* The unit that mirror-unit names, if its mirror is up. */
static const struct facts_unit *
leading(const struct judge *j)
{
	const struct facts_unit *u = facts_unit(j->g, j->g->mirror_unit);

	return u && u->side == SIDE_DISTRIBUTOR && u->mirror == FACTS_UP ? u : NULL;
}

static void
judge_mirrors(struct judge *j)
{
	const struct facts_group *g = j->g;
	const struct facts_unit *u, *leader = leading(j);
	size_t i;

	if (g->mirrors_known && !g->counting && !g->distributors)
		add(j, NO_MIRROR_UNIT, NULL, "");
	if (!g->mirrors_known && !g->hosts.n && !g->consumers && !g->hidden)
		add(j, NOTHING_SHOWN, NULL, "");
	for (i = 0; (u = facts_item(&g->units, i)); i++) {
		if (u->side != SIDE_DISTRIBUTOR)
			continue;
		if (g->mirrors_known && !g->counting && u->known)
			add(j, g->down ? MIRRORS_DOWN : MIRRORS_UNSET, u->name,
			    u->mirror == FACTS_DOWN ? "down" : "not set");
		if (g->up > 1 && u->mirror == FACTS_UP)
			add(j, leader ? TWO_MIRRORS : TWO_MIRRORS_NO_LEADER, u->name,
			    u == leader ? "leader" : "");
	}
	if (*g->mirror_unit && !leader && g->counting && g->sees_distributor && !g->remote)
		add(j, g->cluster ? MIRROR_UNIT_NOTE : MIRROR_UNIT_GONE, g->mirror_unit, "");
}

/* Are the units of one application in several relations with the distributor? Then the documents
 * are old, or from several models. */
static void
judge_relations(struct judge *j)
{
	struct facts_bag *const *m, *first;
	struct map firsts = {0}, seen = {0};
	struct map_entry *e;

	for (m = j->g->sorted_bags; *m; m++) {
		e = (*m)->unit->app ? map_put(&firsts, 0, (*m)->unit->app) : NULL;
		if (e && !e->item)
			e->item = *m;
		first = e ? e->item : *m;
		if (first->relation == (*m)->relation)
			continue;
		e = map_put(&seen, (size_t)((*m)->relation->id + 1), first->unit->app);
		j->failed |= !e;
		if (e && !e->count++)
			add(j, RELATIONS, (*m)->unit->name,
			    text(j, "relation %s, %s in %s", (*m)->relation->name,
				name_of(first->unit->name).s, first->relation->name));
	}
	map_free(&firsts);
	map_free(&seen);
}

static void
judge_bootstrap_app(struct judge *j)
{
	const struct facts_group *g = j->g;

	if (!g->shared || !g->counting)
		return;
	if (!*g->bootstrap_app)
		add(j, g->cluster ? NO_BOOTSTRAP_APP_NOTE : NO_BOOTSTRAP_APP, NULL, "");
	else if (g->complete && !map_get(&g->apps, 0, g->bootstrap_app))
		add(j,
		    g->cluster	 ? BOOTSTRAP_APP_NOTE
		    : g->library ? BOOTSTRAP_APP_GONE
				 : BOOTSTRAP_APP_ANEW,
		    g->bootstrap_app, "");
}

/* Does a unit ask for the permission to bootstrap that may get it? */
static bool
is_asked(const struct facts_group *g)
{
	const struct facts_unit *u;
	size_t i;

	for (i = 0; (u = facts_item(&g->units, i)); i++)
		if (u->says.ready &&
		    (!*g->bootstrap_app || g->remote || strcmp(u->app, g->bootstrap_app) == 0))
			return true;
	return false;
}

/* Is it known that the unit with the permission to bootstrap is gone? */
static bool
permission_is_lost(const struct judge *j)
{
	const struct facts_unit *u = facts_unit(j->g, j->g->bootstrap_unit);

	return j->g->complete && (!u || u->out_of_scope);
}

/* May no unit bootstrap, because units say that they have been in a cluster? */
static bool
is_barred(const struct judge *j)
{
	const struct facts_group *g = j->g;
	const struct facts_unit *u = facts_unit(g, g->bootstrap_unit);

	return g->left && !g->cluster && !g->library &&
	       (!*g->bootstrap_unit || permission_is_lost(j) || (u && u->says.left));
}

/* If there is no cluster yet: what has to happen next? */
static void
judge_bootstrap(struct judge *j)
{
	const struct facts_group *g = j->g;

	if (is_barred(j))
		return; /* judge_unit tells */
	if (*g->bootstrap_unit)
		add(j, permission_is_lost(j) ? BOOTSTRAP_UNIT_GONE : BOOTSTRAP_UNUSED,
		    g->bootstrap_unit, shown(j, g->bootstrap_host));
	else if (!g->shared)
		add(j, BOOTSTRAP_UNKNOWN, NULL, "");
	else if (g->library)
		add(j, BOOTSTRAP_LIBRARY, NULL, "");
	else
		add(j, g->complete && !is_asked(g) ? BOOTSTRAP_UNASKED : BOOTSTRAP_UNGIVEN, NULL,
		    "");
}

static void
judge_unit(struct judge *j, const struct facts_unit *u)
{
	const struct facts_group *g = j->g;

	if (u->hidden)
		add(j, g->counting ? HIDDEN_PART : HIDDEN, u->name, "");
	if (u->differs)
		add(j, DIFFERENT_TIMES, u->name, "");
	if (u->side != SIDE_CONSUMER)
		return;
	if (u->says.left)
		add(j, is_barred(j) ? HAS_LEFT : HAS_LEFT_NOTE, u->name, "");
	if (u->out_of_scope)
		add(j, NOT_IN_SCOPE, u->name, "");
	else if (u->known && !u->says.hostname[0])
		add(j,
		    !g->cluster && *g->mirror_unit && !*g->bootstrap_unit ? NO_HOSTNAME_FIRST
									  : NO_HOSTNAME,
		    u->name, "");
}

static void
judge_units(struct judge *j)
{
	const struct facts_group *g = j->g;
	const struct facts_unit *u;
	const struct facts_host *h;
	size_t i, units = 0, hosts = 0;

	for (i = 0; (u = facts_item(&g->units, i)); i++) {
		judge_unit(j, u);
		units += u->side == SIDE_CONSUMER && !u->known && !u->out_of_scope;
	}
	for (i = 0; (h = facts_item(&g->hosts, i)); i++)
		hosts += !h->unit;
	j->word[NUNITS] = text(j, "%zu", units);
	j->word[NHOSTS] = text(j, "%zu", hosts);
	/* more units without a known host than mirrored hosts without a unit: a host is missing */
	if (units > hosts && g->counting && g->hosts.n && !g->complete && !g->remote)
		add(j, UNPUBLISHED, NULL, "");
}

/* Names the units that publish the host, and counts them. A unit that has two names, one here and
 * one across models, counts once. */
static const char *
publishers(struct judge *j, const struct facts_host *h, size_t *n)
{
	size_t local = 0, remote = 0;
	const struct facts_unit *u;
	struct buf b = {0};

	for (u = h->unit; u; u = u->twin) {
		if (local + remote < PUBLISHERS)
			buf_printf(&b, "%s%s", b.n ? ", " : "", name_of(u->name).s);
		*(doc_is_remote(u->name) ? &remote : &local) += 1;
	}
	if (local + remote > PUBLISHERS)
		buf_printf(&b, " and %zu more", local + remote - PUBLISHERS);
	*n = local > remote ? local : remote;
	return keep(j, &b);
}

/* Names the mirrors that hold something for the host that isn't a token. */
static const char *
holders(struct judge *j, const char *host)
{
	struct facts_bag *const *m;
	const char *key;
	struct buf b = {0};

	if (j->holders++ >= HOLDERS) /* each is a walk over the group's databags */
		return "";
	key = text(j, MIRROR_PREFIX "%s", host);
	for (m = j->g->sorted_bags; *m && b.n < 256; m++)
		if (facts_kind_of(doc_get((*m)->data, key)) == FACTS_OTHER)
			buf_printf(&b, "%s%s in relation %s", b.n ? ", " : "in ",
			    name_of((*m)->unit->name).s, (*m)->relation->name);
	return keep(j, &b);
}

/* A host that no unit publishes. */
static void
judge_unpublished(struct judge *j, const struct facts_host *h)
{
	if (h->member && cluster_is_online(h->member))
		add(j, cluster_is_pending(h->member) ? PENDING : FOREIGN_MEMBER, h->name, "");
	else if (h->member)
		add(j, GONE_MEMBER, h->name, shown(j, h->member->status));
	else if (h->held && j->g->mirrors_known)
		add(j, h->kind == FACTS_MEMBER ? STALE_MEMBER : STALE, h->name, "");
}

/* Is it known that no unit makes tokens? */
static bool
is_unmade(const struct judge *j)
{
	return j->g->complete && !j->g->communicators && !j->s->list;
}

static void
judge_waiting(struct judge *j, const struct facts_host *h)
{
	const struct facts_group *g = j->g;

	if (h->made) {
		add(j, UNCOPIED, h->name, "");
	} else if (h->stray) {
		j->word[STRAY_UNIT] = plain(h->stray->name, "UNIT");
		add(j, STRAY, h->name, shown(j, h->stray->name));
	} else if (!j->candidate) {
		add(j, j->settles ? NO_CANDIDATE_YET : NO_CANDIDATE, h->name, "");
	} else if (is_unmade(j)) {
		add(j, NOBODY, h->name, "");
	} else if (g->joining >= j->limit) {
		add(j, j->limit == 1 ? HELD_BACK_DOWN : HELD_BACK, h->name, "");
	} else {
		add(j, UNMADE_YET, h->name, "");
	}
}

static void
judge_token(struct judge *j, const struct facts_host *h, const char *units)
{
	const struct facts_group *g = j->g;
	bool rejects = h->rejected && token_has_id(h->token->text, h->rejected);
	bool renewed = !g->library && g->tells_members && !is_unmade(j);

	if (h->rejected)
		add(j,
		    !rejects	   ? REJECTED_BEFORE
		    : renewed	   ? REJECTED_RENEWED
		    : is_unmade(j) ? REJECTED_NOBODY
				   : REJECTED,
		    h->name, units);
	else if (h->token->dead)
		add(j, renewed ? DEAD_TOKEN_RENEWED : DEAD_TOKEN, h->name, units);
	else if (h->joined == FACTS_UNKNOWN)
		add(j, JOINED_UNKNOWN, h->name, units);
	else
		add(j, g->library ? UNUSED_LIBRARY : UNUSED, h->name, units);
}

/* A host that isn't in the cluster: what do the mirrors hold for it? */
static void
judge_missing(struct judge *j, const struct facts_host *h, const char *units)
{
	const struct facts_group *g = j->g;

	/* the unit joins with a token even if most mirrors hold something else */
	switch (h->token ? FACTS_TOKEN : h->kind) {
	case FACTS_TOKEN:
		judge_token(j, h, units);
		break;
	case FACTS_OTHER:
		add(j, NOT_A_TOKEN, h->name, holders(j, h->name));
		break;
	case FACTS_MEMBER:
		add(j, h->joined == FACTS_UNKNOWN ? FORMER_ONLY : LEFT, h->name, units);
		break;
	case FACTS_NONE:
		if (g->counting)
			add(j, UNMIRRORED, h->name, units);
		else if (g->cluster && !g->mirrors_known && !g->hidden)
			add(j, h->joined == FACTS_UNKNOWN ? UNKNOWN_ALL : UNKNOWN_TOKEN, h->name,
			    units);
		break;
	case FACTS_EMPTY:
		if (g->cluster)
			judge_waiting(j, h);
	}
}

static bool
has_status(const struct cluster_member *m, const char *status)
{
	return m && strcmp(m->status, status) == 0;
}

static bool
is_upgraded(const struct cluster_member *m)
{
	return has_status(m, "UPGRADING") || has_status(m, "NEEDS UPGRADE");
}

/* A host that is on the list. */
static void
judge_member(struct judge *j, const struct facts_host *h, const char *units)
{
	const char *status = shown(j, h->member->status);

	if (is_upgraded(h->member))
		add(j, UPGRADED, h->name, status);
	else if (!cluster_is_online(h->member) && h->joined == FACTS_YES)
		add(j, has_status(h->member, "NOT TRUSTED") ? NOT_TRUSTED : NOT_ONLINE, h->name,
		    status);
	else if (cluster_is_pending(h->member) &&
		 (cluster_is_online(h->member) || (h->kind == FACTS_TOKEN && !h->rejected)))
		add(j, PENDING, h->name, units);
	else if (!cluster_is_online(h->member)) /* while this row is there, no join can succeed */
		add(j, STRANDED, h->name, status);
	else if (h->says_no || (h->kind == FACTS_EMPTY && !h->unit))
		add(j, h->kind == FACTS_EMPTY ? MEMBER_ASKS : MEMBER_UNKNOWING, h->name, units);
}

static void
judge_published(struct judge *j, const struct facts_host *h, const char *units)
{
	const char *fault = host_fault(h->name);

	if (h->nvalues > 1)
		add(j, h->joined == FACTS_YES ? DISAGREE_NOTE : DISAGREE, h->name, "");
	if (h->joined != FACTS_YES && fault)
		add(j, BAD_NAME, h->name, fault);
	else if (h->member)
		judge_member(j, h, units);
	else if (h->joined == FACTS_YES)
		;
	else if (j->s->list && (h->says_yes || (h->kind == FACTS_MEMBER && !h->says_no)))
		add(j, NOT_ON_LIST, h->name, units);
	else
		judge_missing(j, h, units);
}

static void
judge_host(struct judge *j, const struct facts_host *h)
{
	const struct facts_group *g = j->g;
	const char *units;
	size_t n;

	units = publishers(j, h, &n);
	if (n > 1)
		add(j, SAME_HOST, h->name, units);
	if (!h->unit && (g->complete || (h->member && !h->held && !h->made && g->counting)))
		judge_unpublished(j, h);
	else
		judge_published(j, h, units);
}

/* Tokens of the same cluster have the same fingerprint. For each cluster, names the first host. */
static void
judge_clusters(struct judge *j)
{
	struct facts_host *const *h;
	const struct facts_value *v;
	size_t n = 0;

	for (h = j->g->sorted_hosts; *h; h++)
		for (v = (*h)->values; v; v = v->next)
			if (v->cluster == n + 1)
				add(j, TWO_CLUSTERS, (*h)->name, text(j, "cluster %zu's", ++n));
}

/* The group's applications as arguments of juju status, if they are few. */
static const char *
applications(struct judge *j)
{
	const struct map *apps = &j->g->apps;
	struct buf b = {0};
	size_t i;

	if (!apps->n || apps->n > APPLICATIONS)
		return "APPLICATION";
	for (i = 0; i < apps->n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", plain(apps->entries[i].key, "APPLICATION"));
	return keep(j, &b);
}

/* The unit that makes tokens: by the list, or the first with its mirror up. */
static const struct facts_unit *
maker(const struct facts_group *g)
{
	const struct facts_unit *u;
	size_t i;

	if (g->communicator)
		return g->communicator->unit;
	for (i = 0; (u = facts_item(&g->units, i)); i++)
		if (u->side == SIDE_CONSUMER && u->mirror == FACTS_UP)
			break;
	return u;
}

static void
set_words(struct judge *j)
{
	const struct facts_unit *u = maker(j->g);
	const char *name = u ? u->name : NULL;

	j->word[APP] = applications(j);
	j->word[TD] = plain(j->g->distributor, "DISTRIBUTOR");
	j->word[BOOT] = plain(j->g->bootstrap_app, j->word[APP]);
	j->word[FIRST] = plain(j->g->bootstrap_unit, j->word[APP]);
	j->word[MAKER] = plain(name, "the communicator");
	j->word[LOG] = text(
	    j, "juju debug-log --replay --include %s | grep 'cannot add'", plain(name, "UNIT"));
	j->word[OUT] = text(j, "%zu", j->g->joining);
	j->limit = j->limits[j->g->library];
	j->word[LIMIT] = text(j, "%zu", j->limit);
}

static void
judge_group(struct judge *j, const struct facts_group *g)
{
	struct facts_host *const *h;
	size_t i;

	j->g = g;
	j->holders = 0;
	memset(j->of, 0, sizeof j->of);
	set_words(j);
	judge_relations(j);
	judge_mirrors(j);
	judge_bootstrap_app(j);
	if (!g->cluster && (g->counting || (!g->mirrors_known && !g->hidden)) &&
	    g->hosts.n + g->consumers)
		judge_bootstrap(j);
	if (g->clusters.n > 1)
		judge_clusters(j);
	judge_units(j);
	for (h = g->sorted_hosts; *h; h++)
		judge_host(j, *h);
	for (i = 0; i < KINDS && (!j->of[i] || j->of[i]->level == NOTE); i++)
		;
	if (!g->joined && i == KINDS && !g->hidden)
		add(j, NO_HOSTS, NULL, "");
}

/* What isn't about a single group. */
static void
judge_whole(struct judge *j)
{
	const struct facts *s = j->s;
	const struct facts_group *g;
	const struct facts_host *h;
	size_t i;

	j->limits[false] = CLUSTER_PARALLEL;
	j->limits[true] = CLUSTER_PARALLEL_LIBRARY;
	for (i = 0; s->list && i < 2; i++)
		j->limits[i] = cluster_parallel(s->list, j->limits[i]);
	j->candidate = !s->list;
	if (!s->ngroups)
		add(j, NO_RELATION, NULL, "");
	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		j->candidate |= g->communicator != NULL;
		for (i = 0; s->list && (h = facts_item(&g->hosts, i)); i++)
			j->settles |=
			    h->member && (cluster_is_pending(h->member) || is_upgraded(h->member));
		if (s->ngroups > 1)
			add(j, DISTRIBUTORS, g->distributor ? g->distributor : "(unknown)", "");
	}
}

static int
by_weight(const void *a, const void *b)
{
	const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;

	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->group < y->group ? -1 : x->group > y->group;
}

static int
by_name(const void *a, const void *b)
{
	const struct findings_subject *x = a, *y = b;

	return natural_compare(x->name, y->name);
}

static void
finish(struct judge *j)
{
	struct findings *v = j->v;
	size_t i, hosts = 0;
	bool told = true;

	for (i = 0; i < v->n; i++)
		qsort(v->list[i]->subjects, v->list[i]->n, sizeof *v->list[i]->subjects, by_name);
	if (v->n)
		qsort(v->list, v->n, sizeof(struct finding *), by_weight);
	v->level = v->n && v->list[0]->level < NOTE ? v->list[0]->level : FINDINGS_HEALTHY;
	for (i = 0; i < j->s->ngroups; i++) {
		hosts += j->s->groups[i].joined;
		told &= j->s->groups[i].complete;
	}
	v->reason = v->level != FINDINGS_HEALTHY
			? v->list[0]->what
			: text(j, "%zu host%s, all in the cluster%s", hosts, hosts == 1 ? "" : "s",
			      told ? "" : ", as far as the mirrors know");
}

int
findings_make(struct findings *v, const struct facts *s, struct fail *f)
{
	struct judge j = {.v = v, .s = s};
	size_t i;

	memset(v, 0, sizeof *v);
	judge_whole(&j);
	for (i = 0; i < s->ngroups; i++)
		judge_group(&j, &s->groups[i]);
	finish(&j);
	return j.failed ? fail_memory(f) : 0;
}

void
findings_free(struct findings *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		free(v->list[i]->subjects);
	free(v->list);
	arena_free(&v->arena);
	memset(v, 0, sizeof *v);
}

const char *
findings_level(enum findings_level level)
{
	static const char *const names[] = {"stuck", "waiting", "note", "healthy"};

	return names[level];
}
