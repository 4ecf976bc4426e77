#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "findings.h"
#include "host.h"
#include "mirror.h"
#include "natural.h"
#include "table.h"
#include "token.h"

enum {
	PUBLISHERS = 6,	  /* so many of a host's units are named */
	APPLICATIONS = 3, /* so many are named */
	HOLDERS = 8,	  /* for so many hosts it is told which mirrors hold a value */
	COMMANDS = 4,	  /* so many commands are written out, and so many relations in one */
};

#define STUCK FINDINGS_STUCK
#define WAITING FINDINGS_WAITING
#define NOTE FINDINGS_NOTE
#define FINDING(kind, scope, level, code, subject, detail, when, what, todo) kind,
enum kind {
#include "findings-list.h"
	KINDS
};
#undef FINDING

/* What a finding may be about. */
enum scope { WHOLE, GROUP, BAG, UNIT, TOKEN, HOST };

/* Where a host stands. */
enum place {
	UNPUBLISHED, /* no unit publishes it */
	BADLY_NAMED, /* the cluster doesn't accept its name */
	LISTED,	     /* it is on the list */
	JOINED,
	NOT_LISTED, /* it says that it is in the cluster, and isn't on the list */
	/* It isn't in the cluster. What do the mirrors hold for it? In the order of facts_kind: */
	HAS_NONE,
	HAS_EMPTY,
	HAS_TOKEN,
	HAS_MEMBER,
	HAS_OTHER,
	HAS_REFUSED, /* the token with which it failed to join */
	HAS_ANOTHER, /* another token than that */
	HAS_DEAD,    /* a token without an address of an ONLINE member */
	ASKS,	     /* empty, and there is a cluster */
};

/* The group at hand, and what its units and hosts say together. */
struct group {
	const struct facts_group *g;		   /* NULL: none */
	const char *what[KINDS][FINDINGS_HEALTHY]; /* texts that were filled in; NULL: not yet */
	const char *todo[KINDS][FINDINGS_HEALTHY];
	struct map relations;		 /* of applications: see judge_bag */
	const struct facts_unit *leader; /* the unit that mirror-unit names, if its mirror is up */
	const struct facts_unit *maker;	 /* the first consumer unit with its mirror up */
	const struct facts_unit *stray;	 /* the only one of its hosts' strays, or NULL */
	size_t distributors;		 /* the distributor's units with a known databag */
	size_t up;			 /* of these, units with mirror up */
	size_t down;			 /* of these, units with another value */
	size_t consumers;		 /* consumer units */
	size_t left;			 /* of these, units that have left */
	size_t unseen;			 /* of these, units that may publish a host */
	size_t unpublished;		 /* hosts without a unit */
	size_t limit;			 /* so many hosts join at once */
	size_t holders;			 /* so many lists of mirrors were made */
	bool members;			 /* a consumer unit says that it is in the cluster */
	bool asked;	/* a unit may ask for the permission to bootstrap, and may get it */
	bool bad;	/* something worse than a note was found */
	bool anybody;	/* there is a consumer or a host */
	bool deaf;	/* no mirror counts */
	bool app_gone;	/* the application that may bootstrap isn't related */
	bool unit_gone; /* it is known that the unit that may bootstrap isn't there */
	bool barred;  /* no unit may bootstrap, because some say that they have been in a cluster */
	bool fresh;   /* there is no cluster yet, and nothing bars one */
	bool gives;   /* the distributor is to give the permission to bootstrap */
	bool unmade;  /* it is known that no unit makes tokens */
	bool renewed; /* a token that is of no use is made anew */
};

/* The host at hand. */
struct host {
	const struct facts_host *h;
	enum place at;
	bool joined;
	bool unsure; /* whether it has joined isn't known */
	bool online;
	bool upgraded;
	bool joins;   /* PENDING, and it isn't known that it failed */
	bool away;    /* a member that isn't ONLINE */
	bool unaware; /* a member whose unit doesn't say so */
	bool waits;   /* for somebody to make a token */
	bool queues;  /* for the member that makes it */
};

struct judge {
	struct findings *v;
	const struct facts *s;
	bool candidate;	  /* by the list somebody can make tokens, or there is no list */
	bool settles;	  /* by the list the cluster is changing */
	size_t limits[2]; /* so many hosts join at once, unless -p is given; of the library's */
	bool failed;	  /* no memory */
	struct group of;
	struct host x;
	const struct facts_unit *u;
	const struct facts_bag *m;
	const struct facts_bag *first;	 /* of m's application */
	const struct facts_value *token; /* of the host, or another value */
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
 * a shell would read, or is one of another model, otherwise. */
static const char *
plain(const char *name, const char *otherwise)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/";

	return !name || !name[0] || name[0] == '-' || strlen(name) > 64 || doc_is_remote(name) ||
		       name[strspn(name, letters)]
		   ? otherwise
		   : name;
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

/*
 * Writes the command that changes the unit's databags in all relations at once: if one followed the
 * other, a hook between them would copy the old value back. What isn't known is left to the reader.
 * also: what the unit does after it, or "".
 */
static void
put_command(struct judge *j, struct buf *b, const struct facts_unit *u, const char *setting,
    const char *also)
{
	const struct facts_bag *m;
	struct buf sets = {0};
	size_t n = 0, i, start = b->n;

	for (i = 0; u && (m = facts_item(&j->of.g->bags, i)); i++)
		if (m->unit == u && m->relation->id >= 0 && n++ < COMMANDS)
			buf_printf(&sets, "%srelation-set -r %s %s", n > 1 ? "; " : "",
			    m->relation->name, setting);
	if (!n || n > COMMANDS)
		buf_clear(&sets);
	if (!n)
		buf_printf(&sets, "relation-set -r ID %s", setting);
	else if (n > COMMANDS)
		buf_printf(&sets,
		    "for ID in $(relation-ids ENDPOINT); do relation-set -r $ID %s; done", setting);
	buf_printf(b, "juju exec -u %s -- '%s%s'", plain(u ? u->name : NULL, "UNIT"),
	    sets.failed ? "" : sets.s, also);
	table_glue(b, start);
	j->failed |= sets.failed;
	buf_free(&sets);
}

static const char *
command(struct judge *j, const struct facts_unit *u, const char *setting)
{
	struct buf b = {0};

	put_command(j, &b, u, setting, "");
	return keep(j, &b);
}

/* The distributor's only unit that is leader; or that isn't, and has its mirror up. NULL: none, or
 * several. */
static const struct facts_unit *
distributor_unit(const struct facts_group *g, enum facts_answer leader)
{
	const struct facts_unit *u, *found = NULL;
	size_t i, n = 0;

	for (i = 0; (u = facts_item(&g->units, i)); i++)
		if (u->side == SIDE_DISTRIBUTOR && u->leader == leader &&
		    (leader == FACTS_YES || u->mirror == FACTS_UP)) {
			found = u;
			n++;
		}
	return n == 1 ? found : NULL;
}

/* Is in the databag what keeps a host that hasn't joined from a new token? junk: text that is no
 * token. */
static bool
holds_up(const struct facts_group *g, const struct facts_bag *m, bool junk)
{
	const struct facts_host *h;
	enum facts_kind kind;
	const cJSON *e;
	const char *name;

	for (e = doc_first(m->seen.data); e; e = doc_next(e)) {
		name = mirror_host(e->string);
		h = name ? map_found(&g->hosts, 0, name) : NULL;
		kind = facts_kind_of(e->valuestring);
		if (!h || h->joined == FACTS_YES || (m->unit->side == SIDE_CONSUMER && !h->values))
			continue;
		if (junk ? kind == FACTS_OTHER
			 : kind == FACTS_TOKEN || kind == FACTS_OTHER ||
			       (m->unit->side == SIDE_DISTRIBUTOR && kind != FACTS_NONE))
			return true;
	}
	return false;
}

/*
 * The commands that remove mirror-HOST: from consumers first, because the distributor would take it
 * again. A unit that made the token has it in its state file, and would publish it again.
 */
static const char *
removal(struct judge *j, bool junk)
{
	static const enum side order[] = {SIDE_CONSUMER, SIDE_DISTRIBUTOR};
	const struct facts_group *g = j->of.g;
	const struct facts_unit *last = NULL;
	const struct facts_bag *m;
	struct buf b = {0};
	size_t n = 0, side, i;

	/* if a databag isn't known that has it, the value comes back from there */
	for (side = 0; g->complete && side < sizeof order / sizeof *order; side++)
		for (i = 0; (m = facts_item(&g->bags, i)); i++) {
			if (m->unit->side != order[side] || m->unit == last ||
			    !holds_up(g, m, junk))
				continue;
			last = m->unit;
			if (n++ >= COMMANDS)
				continue;
			if (n > 1)
				buf_puts(&b, ", then ");
			put_command(j, &b, last, MIRROR_PREFIX "HOST=",
			    !junk && order[side] == SIDE_CONSUMER ? " && rm -f .td-consumer.json"
								  : "");
		}
	if (!n)
		put_command(j, &b, NULL, MIRROR_PREFIX "HOST=", "");
	if (n > COMMANDS)
		buf_printf(&b, ", and so on in %zu more", n - COMMANDS);
	return keep(j, &b);
}

/* The commands of that name; NULL: there are none. */
static const char *
commands(struct judge *j, const char *name)
{
	const struct group *of = &j->of;
	const struct facts_unit *old;

	if (strcmp(name, "read") == 0)
		return command(j, of->stray, "mirror=up");
	if (strcmp(name, "choose") == 0)
		return command(
		    j, distributor_unit(of->g, FACTS_YES), "--app bootstrap-app=APPLICATION");
	if (strcmp(name, "down") == 0) {
		old = of->up > 1 ? distributor_unit(of->g, FACTS_NO) : NULL;
		return command(j, old == of->leader ? NULL : old, "mirror=down");
	}
	if (strcmp(name, "forget") == 0)
		return removal(j, false);
	return strcmp(name, "clear") == 0 ? removal(j, true) : NULL;
}

/* What a {word} of a text stands for. It is about the group at hand. */
static const char *
word(struct judge *j, const char *name)
{
	const struct facts_group *g = j->of.g;
	const struct facts_unit *unit = g->communicator ? g->communicator->unit : j->of.maker;
	const char *app = applications(j), *maker = unit ? unit->name : NULL, *found;
	const struct {
		const char *name;
		const char *text;
	} words[] = {
	    {"app", app},
	    {"one-app", g->apps.n == 1 ? app : "APPLICATION"},
	    {"distributor", plain(g->distributor, "DISTRIBUTOR")},
	    {"bootstrap-app", plain(g->bootstrap_app, app)},
	    {"bootstrap-unit", plain(g->bootstrap_unit, app)},
	    {"communicator", plain(maker, "the communicator")},
	    {"maker", plain(maker, "UNIT")},
	    {"out", text(j, "%zu", g->joining)},
	    {"limit", text(j, "%zu", j->of.limit)},
	    {"units", text(j, "%zu", j->of.unseen)},
	    {"hosts", text(j, "%zu", j->of.unpublished)},
	};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].name, name) == 0)
			return words[i].text;
	found = commands(j, name);
	return found ? found : "";
}

/* Fills in the {words} of a text. <...> is a command, within which no line is broken. */
static const char *
filled(struct judge *j, const char *s)
{
	struct buf b = {0};
	size_t n, begin = 0;

	for (; *s; s += n) {
		n = strcspn(s, "{<>");
		buf_put(&b, s, n);
		s += n;
		n = *s != '\0';
		if (*s == '{') {
			n = strcspn(s, "}") + 1;
			buf_puts(&b, word(j, text(j, "%.*s", (int)n - 2, s + 1)));
		} else {
			if (*s == '>')
				table_glue(&b, begin);
			begin = b.n;
		}
	}
	return keep(j, &b);
}

/* Adds a finding, and fills in its texts. */
static void
add(struct judge *j, struct finding f)
{
	struct findings *v = j->v;
	struct finding *list = array_room(v->list, v->n, &v->cap, sizeof *list);
	const char **what = &j->of.what[f.kind][f.level], **todo = &j->of.todo[f.kind][f.level];

	j->failed |= !list;
	if (!list)
		return;
	v->list = list;
	if (!*what) {
		*what = strpbrk(f.what, "{<") ? filled(j, f.what) : f.what;
		*todo = strpbrk(f.todo, "{<") ? filled(j, f.todo) : f.todo;
	}
	f.what = *what;
	f.todo = *todo;
	j->of.bad |= f.level != NOTE;
	list[v->n++] = f;
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
	const struct facts_bag *m;
	const char *key;
	struct buf b = {0};
	size_t i;

	if (j->of.holders++ >= HOLDERS) /* each is a walk over the group's databags */
		return "";
	key = text(j, MIRROR_PREFIX "%s", host);
	for (i = 0; b.n < 256 && (m = facts_item(&j->of.g->bags, i)); i++)
		if (facts_kind_of(doc_get(m->seen.data, key)) == FACTS_OTHER)
			buf_printf(&b, "%s%s in relation %s", b.n ? ", " : "in ",
			    name_of(m->unit->name).s, m->relation->name);
	return keep(j, &b);
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

/* Applies all rules of that scope to what is at hand. */
static void
judge(struct judge *j, enum scope scope)
{
	const struct group *of = &j->of;
	const struct facts_group *g = of->g;
	const struct facts_bag *m = j->m;
	const struct facts_unit *u = j->u;
	const struct facts_value *v = j->token;
	const struct host *x = &j->x;
	const struct facts_host *h = x->h;

#define FINDING(kind, of_scope, level, code, subject, detail, when, what, todo)                   \
	if (scope == (of_scope) && (when))                                                        \
		add(j, (struct finding){level, kind, code, scope == WHOLE ? NULL : g, what, todo, \
			   subject, detail});
#include "findings-list.h"
#undef FINDING
}

/* Is the bag's application in several relations with the distributor? Then the documents are old,
 * or from several models. In each relation but the application's first, the first bag is told. */
static void
judge_bag(struct judge *j, struct facts_bag *m)
{
	const char *app = text(j, "%.*s", (int)doc_app_length(m->unit->name), m->unit->name);
	struct map_entry *e = map_put(&j->of.relations, 0, app);

	j->m = m;
	if (e && !e->item)
		e->item = m;
	j->first = e ? e->item : m;
	if (j->first->relation != m->relation)
		e = map_put(&j->of.relations, (uint64_t)(m->relation->id + 2), app);
	j->failed |= !e;
	if (e && j->first->relation != m->relation && !e->count++)
		judge(j, BAG);
}

static enum place
place_of(const struct judge *j, const struct facts_host *h)
{
	const struct facts_group *g = j->of.g;

	if (!h->unit && (g->complete || (h->member && !h->held && !h->made && g->counting)))
		return UNPUBLISHED;
	if (h->joined != FACTS_YES && host_fault(h->name))
		return BADLY_NAMED;
	if (h->member)
		return LISTED;
	if (h->joined == FACTS_YES)
		return JOINED;
	if (j->s->list &&
	    (h->says == FACTS_YES || (h->kind == FACTS_MEMBER && h->says != FACTS_NO)))
		return NOT_LISTED;
	/* the unit joins with a token even if most mirrors hold something else */
	if (!h->token)
		return h->kind == FACTS_EMPTY && g->cluster ? ASKS : HAS_NONE + h->kind;
	if (h->rejected)
		return token_has_id(h->token->text, h->rejected) ? HAS_REFUSED : HAS_ANOTHER;
	return h->token->dead ? HAS_DEAD : HAS_TOKEN;
}

static void
judge_host(struct judge *j, const struct facts_host *h)
{
	bool pending = h->member && cluster_is_pending(h->member);
	struct host x = {.h = h, .at = place_of(j, h)};

	x.joined = h->joined == FACTS_YES;
	x.unsure = h->joined == FACTS_UNKNOWN;
	x.online = h->member && cluster_is_online(h->member);
	x.upgraded = is_upgraded(h->member);
	x.joins = pending && (x.online || (h->kind == FACTS_TOKEN && !h->rejected && !x.upgraded));
	x.away = x.at == LISTED && x.joined && !x.online && !x.upgraded;
	x.unaware = x.at == LISTED && x.online && !pending &&
		    (h->says == FACTS_NO || (h->kind == FACTS_EMPTY && !h->unit));
	x.waits = x.at == ASKS && !h->made && !h->stray;
	x.queues = x.waits && j->candidate && !j->of.unmade;
	j->x = x;
	judge(j, HOST);
	for (j->token = h->values; j->token; j->token = j->token->next)
		judge(j, TOKEN);
}

static void
count_unit(struct group *of, const struct facts_unit *u)
{
	const char *app = of->g->bootstrap_app;

	if (u->side == SIDE_DISTRIBUTOR) {
		of->distributors += u->known;
		of->up += u->mirror == FACTS_UP;
		of->down += u->mirror == FACTS_DOWN;
		if (u->mirror == FACTS_UP && mirror_is_named(of->g->shared, u->name))
			of->leader = u;
		return;
	}
	of->consumers++;
	of->left += u->says.left;
	of->members |= u->says.member;
	of->unseen += !u->known && !facts_is_out(of->g, u);
	of->asked |= u->says.ready && (!*app || of->g->remote || doc_is_unit_of(u->name, app));
	if (u->mirror == FACTS_UP && !of->maker)
		of->maker = u;
}

/* Finds what the rules ask of the group. */
static void
survey(struct judge *j, const struct facts_group *g)
{
	const struct facts_unit *u, *first = map_found(&g->units, 0, g->bootstrap_unit);
	const struct facts_host *h;
	struct group *of = &j->of;
	size_t i, strays = 0;

	*of = (struct group){.g = g, .limit = j->limits[g->library], .asked = !g->complete};
	for (i = 0; (u = facts_item(&g->units, i)); i++)
		count_unit(of, u);
	for (i = 0; (h = facts_item(&g->hosts, i)); i++) {
		of->unpublished += !h->unit;
		if (h->stray)
			of->stray = strays++ && of->stray != h->stray ? NULL : h->stray;
	}
	of->anybody = g->hosts.n || of->consumers;
	of->deaf = g->mirrors_known && !g->counting;
	of->app_gone = g->shared && g->counting && g->complete && *g->bootstrap_app &&
		       !map_get(&g->apps, 0, g->bootstrap_app);
	of->unit_gone = g->complete && (!first || facts_is_out(g, first));
	of->barred = of->left && !g->cluster && !g->library &&
		     (!*g->bootstrap_unit || of->unit_gone || (first && first->says.left));
	of->fresh = !g->cluster && of->anybody && !of->barred &&
		    (g->counting || (!g->mirrors_known && !g->hidden));
	of->gives = !g->cluster && *g->mirror_unit && !*g->bootstrap_unit;
	of->unmade = g->complete && !of->maker && !j->s->list;
	of->renewed = !g->library && g->tells_members && !of->unmade;
}

static void
judge_group(struct judge *j, const struct facts_group *g)
{
	struct facts_bag *m;
	const struct facts_host *h;
	size_t i;

	survey(j, g);
	for (i = 0; (m = facts_item(&g->bags, i)); i++)
		if (m->unit->side == SIDE_CONSUMER)
			judge_bag(j, m);
	map_free(&j->of.relations);
	for (i = 0; (j->u = facts_item(&g->units, i)); i++)
		judge(j, UNIT);
	for (i = 0; (h = facts_item(&g->hosts, i)); i++)
		judge_host(j, h);
	judge(j, GROUP);
}

/* What isn't about a single group. */
static void
judge_whole(struct judge *j)
{
	const struct cluster *list = j->s->list;
	const struct facts_group *g;
	size_t i;

	j->limits[false] = list ? cluster_parallel(list, CLUSTER_PARALLEL) : CLUSTER_PARALLEL;
	j->limits[true] =
	    list ? cluster_parallel(list, CLUSTER_PARALLEL_LIBRARY) : CLUSTER_PARALLEL_LIBRARY;
	for (i = 0; list && i < list->n; i++)
		j->settles |=
		    cluster_is_pending(&list->members[i]) || is_upgraded(&list->members[i]);
	j->candidate = !list;
	if (!j->s->ngroups)
		judge(j, WHOLE);
	for (g = j->s->groups; g < j->s->groups + j->s->ngroups; g++) {
		j->candidate |= g->communicator != NULL;
		j->of.g = g;
		judge(j, WHOLE);
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
findings_same(const struct findings *v, size_t i)
{
	const struct finding *f = &v->list[i];
	size_t n = 1;

	while (i + n < v->n && f[n].kind == f->kind && f[n].level == f->level &&
	       f[n].group == f->group)
		n++;
	return n;
}

const char *
findings_level(enum findings_level level)
{
	static const char *const names[] = {"stuck", "waiting", "note", "healthy"};

	return names[level];
}
