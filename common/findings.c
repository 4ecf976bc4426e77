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
	HOLDERS_MAX = 8,  /* for so many hosts it is told which mirrors hold a value */
};

/* Words that the texts name as {NAME}; each group has its own. */
enum word {
	APP,
	TD,
	BOOT,
	FIRST,
	COMMUNICATOR,
	MAKER,
	STRAY_UNIT,
	OUT,
	LIMIT,
	NUNITS,
	NHOSTS,
	WORDS
};

static const char *const words[WORDS] = {"app", "distributor", "bootstrap-app", "bootstrap-unit",
    "communicator", "maker", "stray", "out", "limit", "units", "hosts"};

/* What is shown beside a host. */
enum detail {
	BARE,	 /* nothing */
	UNITS,	 /* those that publish it */
	STATUS,	 /* on the list */
	FAULT,	 /* why the cluster refuses the name */
	HOLDERS, /* the mirrors that hold what is no token */
	HOLDER,	 /* the unit that holds its token, and that isn't heard */
};

/* The kinds of findings, and the table of what each says. */
#define STUCK FINDINGS_STUCK
#define WAITING FINDINGS_WAITING
#define NOTE FINDINGS_NOTE
#define FINDING(kind, level, code, detail, what, todo) kind,
enum kind {
#include "findings-list.h"
	NOTHING
};
#undef FINDING
#define FINDING(kind, level, code, detail, what, todo) {level, code, detail, what, todo},
static const struct {
	enum findings_level level;
	const char *code;
	enum detail detail;
	const char *what;
	const char *todo;
} texts[] = {
#include "findings-list.h"
};

/* A text of the table with its words filled in. */
struct said {
	const char *what;
	const char *todo;
};

/* The group at hand. */
struct group {
	const struct facts_group *g; /* NULL: none */
	const char *word[WORDS];
	struct said said[NOTHING];	 /* what was found of it; NULL: nothing */
	bool bad;			 /* something worse than a note was */
	const struct facts_unit *leader; /* the unit that mirror-unit names, if its mirror is up */
	const struct facts_unit *maker;	 /* the first consumer unit with its mirror up */
	size_t distributors;		 /* the distributor's units with a known databag */
	size_t up;			 /* of these, units with mirror up */
	size_t down;			 /* of these, units with another value */
	size_t consumers;		 /* consumer units */
	size_t left;			 /* of these, units that have left */
	size_t unseen;			 /* of these, units that may publish a host */
	bool asks;	    /* one asks for the permission to bootstrap, and may get it */
	size_t unpublished; /* hosts without a unit */
	size_t limit;	    /* so many hosts join at once */
	size_t holders;	    /* so many lists of mirrors were made */
};

struct judge {
	struct findings *v;
	const struct facts *s;
	struct group of;
	bool candidate;	  /* by the list somebody can make tokens, or there is no list */
	bool settles;	  /* by the list the cluster is changing */
	size_t limits[2]; /* so many hosts join at once, unless -p is given; of the library's */
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
				buf_puts(&b, j->of.word[i]);
	}
	return keep(j, &b);
}

/* Adds a finding of the group. */
static void
add(struct judge *j, enum kind kind, const char *subject, const char *detail)
{
	struct findings *v = j->v;
	struct finding *list = array_room(v->list, v->n, &v->cap, sizeof *list);
	struct said *said = &j->of.said[kind];

	j->failed |= !list;
	if (!list)
		return;
	v->list = list;
	if (!said->what)
		*said = (struct said){filled(j, texts[kind].what), filled(j, texts[kind].todo)};
	j->of.bad |= texts[kind].level != NOTE;
	list[v->n++] = (struct finding){texts[kind].level, (int)kind, texts[kind].code, j->of.g,
	    said->what, said->todo, subject, detail};
}

/* Names the units that publish the host. */
static const char *
publishers(struct judge *j, const struct facts_host *h)
{
	const struct facts_unit *u;
	struct buf b = {0};
	size_t n = 0;

	for (u = h->unit; u; u = u->twin)
		if (n++ < PUBLISHERS)
			buf_printf(&b, "%s%s", b.n ? ", " : "", name_of(u->name).s);
	if (n > PUBLISHERS)
		buf_printf(&b, " and %zu more", n - PUBLISHERS);
	return keep(j, &b);
}

/* Names the mirrors that hold something for the host that isn't a token. */
static const char *
holders(struct judge *j, const char *host)
{
	struct facts_bag *const *m;
	const char *key;
	struct buf b = {0};

	if (j->of.holders++ >= HOLDERS_MAX) /* each is a walk over the group's databags */
		return "";
	key = text(j, MIRROR_PREFIX "%s", host);
	for (m = j->of.g->sorted_bags; *m && b.n < 256; m++)
		if (facts_kind_of(doc_get((*m)->seen.data, key)) == FACTS_OTHER)
			buf_printf(&b, "%s%s in relation %s", b.n ? ", " : "in ",
			    name_of((*m)->unit->name).s, (*m)->relation->name);
	return keep(j, &b);
}

static const char *
detail(struct judge *j, enum kind kind, const struct facts_host *h)
{
	switch (texts[kind].detail) {
	case BARE:
		break;
	case UNITS:
		return publishers(j, h);
	case STATUS:
		return shown(j, h->member->status);
	case FAULT:
		return host_fault(h->name);
	case HOLDERS:
		return holders(j, h->name);
	case HOLDER:
		return shown(j, h->stray->name);
	}
	return "";
}

/* Adds what was found of a host. */
static void
add_host(struct judge *j, enum kind kind, const struct facts_host *h)
{
	j->of.word[STRAY_UNIT] = plain(h->stray ? h->stray->name : NULL, "UNIT");
	if (kind != NOTHING)
		add(j, kind, h->name, detail(j, kind, h));
}

/* Are the units of one application in several relations with the distributor? Then the documents
 * are old, or from several models. */
static void
judge_relations(struct judge *j)
{
	struct facts_bag *const *bag;
	const struct facts_bag *m, *first;
	struct map seen = {0}; /* under 0 the applications; their relations under the IDs + 2 */
	struct map_entry *e;
	const char *app;

	for (bag = j->of.g->sorted_bags; (m = *bag); bag++) {
		if (m->unit->side != SIDE_CONSUMER)
			continue;
		app = text(j, "%.*s", (int)doc_app_length(m->unit->name), m->unit->name);
		e = map_put(&seen, 0, app);
		if (e && !e->item)
			e->item = *bag;
		first = e ? e->item : m;
		if (first->relation != m->relation)
			e = map_put(&seen, (uint64_t)(m->relation->id + 2), app);
		j->failed |= !e;
		if (e && first->relation != m->relation && !e->count++)
			add(j, RELATIONS, m->unit->name,
			    text(j, "relation %s, %s in %s", m->relation->name,
				name_of(first->unit->name).s, first->relation->name));
	}
	map_free(&seen);
}

/* Is it known that the unit with the permission to bootstrap is gone? */
static bool
permission_is_lost(const struct facts_group *g)
{
	const struct facts_unit *u = facts_unit(g, g->bootstrap_unit);

	return g->complete && (!u || facts_is_out(g, u));
}

/* May no unit bootstrap, because units say that they have been in a cluster? */
static bool
is_barred(const struct group *of)
{
	const struct facts_group *g = of->g;
	const struct facts_unit *u = facts_unit(g, g->bootstrap_unit);

	return of->left && !g->cluster && !g->library &&
	       (!*g->bootstrap_unit || permission_is_lost(g) || (u && u->says.left));
}

/* There is no cluster yet: what has to happen next? */
static enum kind
next_step(const struct group *of)
{
	const struct facts_group *g = of->g;

	if (is_barred(of))
		return NOTHING; /* judge_unit tells */
	if (*g->bootstrap_unit)
		return permission_is_lost(g) ? BOOTSTRAP_UNIT_GONE : BOOTSTRAP_UNUSED;
	if (!g->shared)
		return BOOTSTRAP_UNKNOWN;
	if (g->library)
		return BOOTSTRAP_LIBRARY;
	return g->complete && !of->asks ? BOOTSTRAP_UNASKED : BOOTSTRAP_UNGIVEN;
}

static void
judge_bootstrap(struct judge *j)
{
	const struct facts_group *g = j->of.g;
	bool is_known = g->counting || (!g->mirrors_known && !g->hidden);
	enum kind kind = NOTHING;

	if (g->shared && g->counting && !*g->bootstrap_app)
		add(j, g->cluster ? NO_BOOTSTRAP_APP_NOTE : NO_BOOTSTRAP_APP, NULL, "");
	else if (g->shared && g->counting && g->complete && !map_get(&g->apps, 0, g->bootstrap_app))
		add(j,
		    g->cluster	 ? BOOTSTRAP_APP_NOTE
		    : g->library ? BOOTSTRAP_APP_GONE
				 : BOOTSTRAP_APP_ANEW,
		    g->bootstrap_app, "");
	if (!g->cluster && is_known && (g->hosts.n || j->of.consumers))
		kind = next_step(&j->of);
	if (kind != NOTHING)
		add(j, kind, *g->bootstrap_unit ? g->bootstrap_unit : NULL,
		    shown(j, g->bootstrap_host));
}

/* What isn't about a single unit or host. */
static void
judge_distributor(struct judge *j)
{
	const struct group *of = &j->of;
	const struct facts_group *g = of->g;

	if (g->mirrors_known && !g->counting && !of->distributors)
		add(j, NO_MIRROR_UNIT, NULL, "");
	if (!g->mirrors_known && !g->hosts.n && !of->consumers && !g->hidden)
		add(j, NOTHING_SHOWN, NULL, "");
	if (*g->mirror_unit && !of->leader && g->counting && g->sees_distributor && !g->remote)
		add(j, g->cluster ? MIRROR_UNIT_NOTE : MIRROR_UNIT_GONE, g->mirror_unit, "");
	/* more units without a known host than mirrored hosts without a unit: a host is missing */
	if (of->unseen > of->unpublished && g->counting && g->hosts.n && !g->complete && !g->remote)
		add(j, UNPUBLISHED, NULL, "");
}

/* A distributor's unit. */
static void
judge_mirror(struct judge *j, const struct facts_unit *u)
{
	const struct facts_group *g = j->of.g;

	if (g->mirrors_known && !g->counting && u->known)
		add(j, j->of.down ? MIRRORS_DOWN : MIRRORS_UNSET, u->name,
		    u->mirror == FACTS_DOWN ? "down" : "not set");
	if (j->of.up > 1 && u->mirror == FACTS_UP)
		add(j, j->of.leader ? TWO_MIRRORS : TWO_MIRRORS_NO_LEADER, u->name,
		    u == j->of.leader ? "leader" : "");
}

static void
judge_unit(struct judge *j, const struct facts_unit *u)
{
	const struct facts_group *g = j->of.g;
	bool is_first = !g->cluster && *g->mirror_unit && !*g->bootstrap_unit;

	if (u->hidden)
		add(j, g->counting ? HIDDEN_PART : HIDDEN, u->name, "");
	if (u->differs)
		add(j, DIFFERENT_TIMES, u->name, "");
	if (u->says.left)
		add(j, is_barred(&j->of) ? HAS_LEFT : HAS_LEFT_NOTE, u->name, "");
	if (u->side == SIDE_DISTRIBUTOR)
		judge_mirror(j, u);
	else if (facts_is_out(g, u))
		add(j, NOT_IN_SCOPE, u->name, "");
	else if (u->known && !u->says.hostname[0])
		add(j, is_first ? NO_HOSTNAME_FIRST : NO_HOSTNAME, u->name, "");
}

/* A host that no unit publishes. */
static enum kind
of_unpublished(const struct judge *j, const struct facts_host *h)
{
	if (h->member && cluster_is_online(h->member))
		return cluster_is_pending(h->member) ? PENDING : FOREIGN_MEMBER;
	if (h->member)
		return GONE_MEMBER;
	if (h->held && j->of.g->mirrors_known)
		return h->kind == FACTS_MEMBER ? STALE_MEMBER : STALE;
	return NOTHING;
}

/* Is it known that no unit makes tokens? */
static bool
is_unmade(const struct judge *j)
{
	return j->of.g->complete && !j->of.maker && !j->s->list;
}

static enum kind
of_waiting(const struct judge *j, const struct facts_host *h)
{
	if (h->made)
		return UNCOPIED;
	if (h->stray)
		return STRAY;
	if (!j->candidate)
		return j->settles ? NO_CANDIDATE_YET : NO_CANDIDATE;
	if (is_unmade(j))
		return NOBODY;
	if (j->of.g->joining >= j->of.limit)
		return j->of.limit == 1 ? HELD_BACK_DOWN : HELD_BACK;
	return UNMADE_YET;
}

static enum kind
of_token(const struct judge *j, const struct facts_host *h)
{
	const struct facts_group *g = j->of.g;
	bool renewed = !g->library && g->tells_members && !is_unmade(j);

	if (h->rejected && !token_has_id(h->token->text, h->rejected))
		return REJECTED_BEFORE;
	if (h->rejected)
		return renewed ? REJECTED_RENEWED : is_unmade(j) ? REJECTED_NOBODY : REJECTED;
	if (h->token->dead)
		return renewed ? DEAD_TOKEN_RENEWED : DEAD_TOKEN;
	if (h->joined == FACTS_UNKNOWN)
		return JOINED_UNKNOWN;
	return g->library ? UNUSED_LIBRARY : UNUSED;
}

/* A host that isn't in the cluster: what do the mirrors hold for it? */
static enum kind
of_missing(const struct judge *j, const struct facts_host *h)
{
	const struct facts_group *g = j->of.g;
	bool unknown = h->joined == FACTS_UNKNOWN;

	/* the unit joins with a token even if most mirrors hold something else */
	switch (h->token ? FACTS_TOKEN : h->kind) {
	case FACTS_TOKEN:
		return of_token(j, h);
	case FACTS_OTHER:
		return NOT_A_TOKEN;
	case FACTS_MEMBER:
		return unknown ? FORMER_ONLY : LEFT;
	case FACTS_EMPTY:
		return g->cluster ? of_waiting(j, h) : NOTHING;
	case FACTS_NONE:
		if (g->counting)
			return UNMIRRORED;
		if (g->cluster && !g->mirrors_known && !g->hidden)
			return unknown ? UNKNOWN_ALL : UNKNOWN_TOKEN;
	}
	return NOTHING;
}

static bool
has_status(const struct facts_host *h, const char *status)
{
	return h->member && strcmp(h->member->status, status) == 0;
}

static bool
is_upgraded(const struct facts_host *h)
{
	return has_status(h, "UPGRADING") || has_status(h, "NEEDS UPGRADE");
}

/* A host that is on the list. */
static enum kind
of_member(const struct facts_host *h)
{
	bool online = cluster_is_online(h->member);

	if (is_upgraded(h))
		return UPGRADED;
	if (!online && h->joined == FACTS_YES)
		return has_status(h, "NOT TRUSTED") ? NOT_TRUSTED : NOT_ONLINE;
	if (cluster_is_pending(h->member) && (online || (h->kind == FACTS_TOKEN && !h->rejected)))
		return PENDING;
	if (!online)
		return STRANDED; /* while this row is there, no join can succeed */
	if (h->says == FACTS_NO || (h->kind == FACTS_EMPTY && !h->unit))
		return h->kind == FACTS_EMPTY ? MEMBER_ASKS : MEMBER_UNKNOWING;
	return NOTHING;
}

static enum kind
of_published(const struct judge *j, const struct facts_host *h)
{
	if (h->joined != FACTS_YES && host_fault(h->name))
		return BAD_NAME;
	if (h->member)
		return of_member(h);
	if (h->joined == FACTS_YES)
		return NOTHING;
	if (j->s->list &&
	    (h->says == FACTS_YES || (h->kind == FACTS_MEMBER && h->says != FACTS_NO)))
		return NOT_ON_LIST;
	return of_missing(j, h);
}

/* How many machines publish the host? A unit that has two names, one here and one across models,
 * counts once. */
static size_t
machines(const struct facts_host *h)
{
	size_t local = 0, remote = 0;
	const struct facts_unit *u;

	for (u = h->unit; u; u = u->twin)
		*(doc_is_remote(u->name) ? &remote : &local) += 1;
	return local > remote ? local : remote;
}

static void
judge_host(struct judge *j, const struct facts_host *h)
{
	const struct facts_group *g = j->of.g;
	bool joined = h->joined == FACTS_YES;

	if (machines(h) > 1)
		add_host(j, SAME_HOST, h);
	if (!h->unit && (g->complete || (h->member && !h->held && !h->made && g->counting))) {
		add_host(j, of_unpublished(j, h), h);
		return;
	}
	if (h->values && h->values->next)
		add_host(j, joined ? DISAGREE_NOTE : DISAGREE, h);
	add_host(j, of_published(j, h), h);
}

/* Tokens of the same cluster have the same fingerprint. For each cluster, names the first host. */
static void
judge_clusters(struct judge *j)
{
	struct facts_host *const *h;
	const struct facts_value *v;

	for (h = j->of.g->sorted_hosts; *h; h++)
		for (v = (*h)->values; v; v = v->next)
			if (v->cluster)
				add(j, TWO_CLUSTERS, (*h)->name,
				    text(j, "cluster %zu's", v->cluster));
}

/* The group's applications as arguments of juju status, if they are few. */
static const char *
applications(struct judge *j)
{
	const struct map *apps = &j->of.g->apps;
	struct buf b = {0};
	size_t i;

	if (!apps->n || apps->n > APPLICATIONS)
		return "APPLICATION";
	for (i = 0; i < apps->n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", plain(apps->entries[i].key, "APPLICATION"));
	return keep(j, &b);
}

static void
set_words(struct judge *j)
{
	const struct facts_group *g = j->of.g;
	const struct facts_unit *u = g->communicator ? g->communicator->unit : j->of.maker;
	const char **word = j->of.word;

	word[APP] = applications(j);
	word[TD] = plain(g->distributor, "DISTRIBUTOR");
	word[BOOT] = plain(g->bootstrap_app, word[APP]);
	word[FIRST] = plain(g->bootstrap_unit, word[APP]);
	word[COMMUNICATOR] = plain(u ? u->name : NULL, "the communicator");
	word[MAKER] = plain(u ? u->name : NULL, "UNIT");
	word[OUT] = text(j, "%zu", g->joining);
	word[LIMIT] = text(j, "%zu", j->of.limit);
	word[NUNITS] = text(j, "%zu", j->of.unseen);
	word[NHOSTS] = text(j, "%zu", j->of.unpublished);
}

static void
count_unit(struct group *of, const struct facts_unit *u)
{
	const char *app = of->g->bootstrap_app;

	if (u->side == SIDE_DISTRIBUTOR) {
		of->distributors += u->known;
		of->up += u->mirror == FACTS_UP;
		of->down += u->mirror == FACTS_DOWN;
		if (u->mirror == FACTS_UP && strcmp(u->name, of->g->mirror_unit) == 0)
			of->leader = u;
		return;
	}
	of->consumers++;
	of->left += u->says.left;
	of->unseen += !u->known && !facts_is_out(of->g, u);
	of->asks |= u->says.ready && (!*app || of->g->remote || doc_is_unit_of(u->name, app));
	if (u->mirror == FACTS_UP && !of->maker)
		of->maker = u;
}

static void
judge_group(struct judge *j, const struct facts_group *g)
{
	const struct facts_unit *u;
	struct facts_host *const *h;
	size_t i;

	j->of = (struct group){.g = g, .limit = j->limits[g->library]};
	for (i = 0; (u = facts_item(&g->units, i)); i++)
		count_unit(&j->of, u);
	for (h = g->sorted_hosts; *h; h++)
		j->of.unpublished += !(*h)->unit;
	set_words(j);
	judge_relations(j);
	judge_distributor(j);
	judge_bootstrap(j);
	if (g->clusters.n > 1)
		judge_clusters(j);
	for (i = 0; (u = facts_item(&g->units, i)); i++)
		judge_unit(j, u);
	for (h = g->sorted_hosts; *h; h++)
		judge_host(j, *h);
	if (!g->joined && !j->of.bad && !g->hidden)
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
		for (i = 0; (h = facts_item(&g->hosts, i)); i++)
			j->settles |=
			    h->member && (cluster_is_pending(h->member) || is_upgraded(h));
		if (s->ngroups > 1)
			add(j, DISTRIBUTORS, g->distributor ? g->distributor : "(unknown)", "");
	}
}

static int
by_weight(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->subject && y->subject ? natural_compare(x->subject, y->subject) : 0;
}

static void
finish(struct judge *j)
{
	struct findings *v = j->v;
	size_t i, hosts = 0;
	bool told = true;

	if (v->n)
		qsort(v->list, v->n, sizeof *v->list, by_weight);
	v->level = v->n && v->list->level < NOTE ? v->list->level : FINDINGS_HEALTHY;
	for (i = 0; i < j->s->ngroups; i++) {
		hosts += j->s->groups[i].joined;
		told &= j->s->groups[i].complete;
	}
	v->reason = v->level != FINDINGS_HEALTHY
			? v->list->what
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
	free(v->list);
	arena_free(&v->arena);
	memset(v, 0, sizeof *v);
}

size_t
findings_same(const struct findings *v, const struct finding *f)
{
	size_t n = 1;

	while (f + n < v->list + v->n && f[n].kind == f->kind && f[n].group == f->group)
		n++;
	return n;
}

const char *
findings_level(enum findings_level level)
{
	static const char *const names[] = {"stuck", "waiting", "note", "healthy"};

	return names[level];
}
