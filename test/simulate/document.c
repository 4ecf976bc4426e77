/*
 * Juju's hook commands, as td-snapshot asks them: run() of common/run.h answers for the hook that
 * is being run, and starts no program.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/memory.h"
#include "run.h"
#include "sim.h"
#include "snapshot.h"

static const struct bag no_bag;
static struct unit *unit;
static const char *own_name; /* of unit, in its model */
static const struct hook *hook;

const char *const document_endpoints[] = {"cluster", "microcluster-cluster"};

void
document_put_bag(struct buf *b, const struct bag *bag)
{
	buf_putc(b, '{');
	for (size_t i = 0; bag && i < bag->n; i++)
		buf_string(b, bag->pairs[i].key, bag->pairs[i].value);
	buf_putc(b, '}');
}

/* Does the unit see the relation, and is it not the one that is going? */
bool
document_sees(const struct scope *s, const struct hook *h)
{
	return s->entered && !s->broken && !s->relation->gone &&
	       !(h->kind == HOOK_BROKEN && h->scope == s);
}

static const char *
id_of(const struct relation *r)
{
	return memory_brief("%s:%ld", document_endpoints[unit->side], r->id);
}

/* The ids of the unit's relations or, if s isn't NULL, the names of the units that it has met. */
static void
put_names(struct buf *b, const struct scope *s)
{
	char *names[MAX_UNITS];
	size_t n = 0;

	for (const struct peer *p = s ? s->peers : NULL; p; p = p->next)
		if (hook->remote == p ? hook->kind != HOOK_DEPARTED : p->joined)
			names[n++] = (char *)p->its->unit->far_name;
	for (const struct scope *o = s ? NULL : unit->scopes; o; o = o->next)
		if (document_sees(o, hook))
			names[n++] = (char *)id_of(o->relation);
	memory_sort(names, n);
	buf_putc(b, '[');
	for (size_t i = 0; i < n; i++)
		buf_string(b, NULL, names[i]);
	buf_putc(b, ']');
}

/* The agent asks once for what it doesn't have. */
static const struct bag *
bag_of(const struct scope *s, const char *name)
{
	struct peer *p = s->peers;

	if (strcmp(name, own_name) == 0)
		return s->bag;
	while (strcmp(p->its->unit->far_name, name) != 0)
		p = p->next;
	if (!p->cache)
		p->cache = p->its->bag ? p->its->bag : &no_bag;
	return p->cache;
}

/* The distributor's application alone has one. */
static const struct bag *
app_bag_of(struct scope *s, const char *name)
{
	const struct bag *bag = s->relation->app_bag;

	s->app_read = bag;
	return strcmp(name, s->relation->apps[SIDE_TD]->name) == 0 ? bag : NULL;
}

int
run(struct run *r, struct fail *f)
{
	char *const *argv = r->argv;
	struct scope *s = unit->scopes;

	(void)f;
	r->ok = r->started = true;
	while (strcmp(argv[1], "-r") == 0 && strcmp(id_of(s->relation), argv[2]) != 0)
		s = s->next;
	if (strcmp(argv[0], "is-leader") == 0)
		buf_puts(&r->out, unit->app->leader == unit ? "true" : "false");
	else if (strcmp(argv[0], "relation-ids") == 0)
		put_names(&r->out, NULL);
	else if (strcmp(argv[0], "relation-get") == 0)
		document_put_bag(&r->out,
		    strcmp(argv[3], "-") == 0 ? bag_of(s, argv[4]) : app_bag_of(s, argv[5]));
	else if (strcmp(argv[3], "--app") == 0)
		buf_json(&r->out, s->relation->apps[!unit->side]->far_name);
	else
		put_names(&r->out, s);
	return 0;
}

/* In its own model, an application of another one is called as the first one here: each is named
 * after its charm. */
static const char *
name_at_home(struct world *w, const struct unit *u)
{
	const struct app *first = w->apps;

	while (first < w->apps + w->napps &&
	       (first->name != first->far_name || strcmp(first->name, "td") == 0))
		first++;
	return u->app->name == u->app->far_name || first == w->apps + w->napps
		   ? u->name
		   : world_text(w, "%s%s", first->name, strchr(u->name, '/'));
}

int
document_put(struct world *w, struct buf *b, struct unit *u, const struct hook *h, struct fail *f)
{
	const struct relation *r = h->scope ? h->scope->relation : NULL;
	bool changed = u->side == SIDE_TD && (h->kind == HOOK_JOINED || h->kind == HOOK_CHANGED);
	struct snapshot_hook now = {.name = resolve_name(h->kind)};

	unit = u;
	hook = h;
	now.unit = own_name = name_at_home(w, u);
	if (r) {
		now.relation_id = world_text(w, "%s", id_of(r));
		now.name = world_text(w, "%s-%s", document_endpoints[u->side], now.name);
	}
	if (h->remote)
		now.remote_unit = h->remote->its->unit->far_name;
	return snapshot_take(&now, document_endpoints[u->side], changed, NULL, NULL, b, f);
}
