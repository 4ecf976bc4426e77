#include <stdlib.h>
#include <string.h>

#include "../lib/memory.h"
#include "sim.h"

static const struct bag no_bag;

const char *const document_endpoints[] = {"cluster", "microcluster-cluster"};

void
document_put_data(struct buf *b, const char *name, const struct bag *bag)
{
	buf_item(b, name, "{");
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

/* td-snapshot's rule for a leader's hook with --changed. */
static bool
is_settled(const struct unit *u, const struct hook *h)
{
	for (const struct scope *s = u->scopes; s; s = s->next)
		if (document_sees(s, h) &&
		    (!world_is(s->relation->app_bag, "mirror-unit", u->name) ||
			world_is(s->relation->app_bag, "bootstrap-unit", "")))
			return false;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(struct peer *const *)a)->its->unit->name,
	    (*(struct peer *const *)b)->its->unit->name);
}

static int
by_id_text(const void *a, const void *b)
{
	return strcmp(memory_brief("%ld", (*(struct scope *const *)a)->relation->id),
	    memory_brief("%ld", (*(struct scope *const *)b)->relation->id));
}

static void
put_unit(struct buf *b, const char *name, const struct bag *bag)
{
	buf_item(b, name, "{\"in-scope\":true");
	document_put_data(b, "data", bag);
	buf_putc(b, '}');
}

static void
put_units(struct buf *b, const struct scope *s, const struct hook *h, bool all, bool leader)
{
	struct peer *met[MAX_UNITS];
	size_t n = 0;

	for (struct peer *p = s->peers; p; p = p->next) {
		if (h->remote == p ? h->kind == HOOK_DEPARTED : !p->joined)
			continue;
		if (all || (leader && h->remote == p))
			met[n++] = p;
	}
	qsort(met, n, sizeof *met, by_name);
	for (size_t i = 0; i < n; i++) {
		if (!met[i]->cache)
			met[i]->cache = met[i]->its->bag ? met[i]->its->bag : &no_bag;
		put_unit(b, met[i]->its->unit->far_name, met[i]->cache);
	}
}

static void
put_relation(
    struct buf *b, struct scope *s, const struct hook *h, bool all, bool leader, bool partial)
{
	const struct relation *r = s->relation;
	enum side side = s->unit->side;

	s->app_read = r->app_bag;
	buf_item(b, NULL, "{\"relation-id\":");
	buf_printf(b, "%ld", r->id);
	buf_string(b, "endpoint", document_endpoints[side]);
	buf_string(b, "related-application", r->apps[!side]->far_name);
	document_put_data(b, "application-data", side == SIDE_TD ? NULL : r->app_bag);
	if (leader)
		document_put_data(b, "local-application-data", side == SIDE_TD ? r->app_bag : NULL);
	put_unit(b, "local-unit", s->bag);
	buf_item(b, "related-units", "{");
	put_units(b, s, h, all, leader);
	buf_puts(b, partial ? "},\"partial\":true}" : "}}");
}

void
document_put(struct buf *b, struct unit *u, const struct hook *h, int *all)
{
	bool leader = u->app->leader == u;
	bool changed = u->side == SIDE_TD && (h->kind == HOOK_JOINED || h->kind == HOOK_CHANGED);
	struct scope *seen[MAX_APPS];
	size_t n = 0;

	if (*all < 0)
		*all = !changed || (leader && !is_settled(u, h));
	for (struct scope *s = u->scopes; s; s = s->next)
		if (document_sees(s, h))
			seen[n++] = s;
	qsort(seen, n, sizeof *seen, by_id_text);
	buf_putc(b, '{');
	buf_item(b, u->name, leader ? "{\"leader\":true" : "{\"leader\":false");
	buf_item(b, "relation-info", "[");
	for (size_t i = 0; i < n; i++)
		put_relation(b, seen[i], h, *all, leader, !*all || h->kind == HOOK_BROKEN);
	buf_puts(b, "]}}");
}
