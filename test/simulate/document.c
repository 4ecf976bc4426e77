#include <stdlib.h>
#include <string.h>

#include "sim.h"

static const struct bag no_bag;

void
document_put_bag(struct buf *b, const struct bag *bag)
{
	size_t i;

	buf_putc(b, '{');
	for (i = 0; bag && i < bag->n; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, bag->pairs[i].key);
		buf_putc(b, ':');
		buf_json(b, bag->pairs[i].value);
	}
	buf_putc(b, '}');
}

const char *
document_endpoint(enum side side)
{
	return side == SIDE_TD ? "microcluster-cluster" : "cluster";
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
	const struct bag *bag;
	size_t i;

	for (i = 0; i < u->nscopes; i++) {
		if (!document_sees(u->scopes[i], h))
			continue;
		bag = u->scopes[i]->relation->app_bag;
		if (strcmp(world_get(bag, "mirror-unit"), u->name) != 0 ||
		    !world_get(bag, "bootstrap-unit")[0])
			return false;
	}
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    (*(struct scope *const *)a)->unit->name, (*(struct scope *const *)b)->unit->name);
}

static void
put_units(struct buf *b, const struct scope *s, const struct hook *h, bool all, bool leader)
{
	struct scope *const *others = s->relation->scopes[!s->side], *met[MAX_SIDE];
	size_t i, n = 0;
	struct peer *p;

	for (i = 0; i < s->relation->nscopes[!s->side]; i++) {
		p = &s->peers[i];
		if (h->peer == p ? h->kind == HOOK_DEPARTED : !p->joined)
			continue;
		if (all || (leader && h->peer == p))
			met[n++] = others[i];
	}
	qsort(met, n, sizeof *met, by_name);
	for (i = 0; i < n; i++) {
		p = &s->peers[met[i]->index];
		if (!p->cache)
			p->cache = met[i]->bag ? met[i]->bag : &no_bag;
		if (i)
			buf_putc(b, ',');
		buf_json(b, s->side == SIDE_TD ? met[i]->unit->far_name : met[i]->unit->name);
		buf_puts(b, ":{\"in-scope\":true,\"data\":");
		document_put_bag(b, p->cache);
		buf_putc(b, '}');
	}
}

static int
by_id_text(const void *a, const void *b)
{
	char x[32], y[32];

	snprintf(x, sizeof x, "%ld", (*(struct scope *const *)a)->relation->id);
	snprintf(y, sizeof y, "%ld", (*(struct scope *const *)b)->relation->id);
	return strcmp(x, y);
}

static void
put_relation(
    struct buf *b, struct scope *s, const struct hook *h, bool all, bool leader, bool partial)
{
	const struct relation *r = s->relation;
	bool td = s->side == SIDE_TD;

	s->app_read = r->app_bag;
	buf_printf(b, "{\"relation-id\":%ld,\"endpoint\":\"%s\",\"related-application\":", r->id,
	    document_endpoint(s->side));
	buf_json(b, td ? r->apps[SIDE_CONSUMER]->far_name : r->apps[SIDE_TD]->name);
	buf_puts(b, ",\"application-data\":");
	document_put_bag(b, td ? NULL : r->app_bag);
	if (leader) {
		buf_puts(b, ",\"local-application-data\":");
		document_put_bag(b, td ? r->app_bag : NULL);
	}
	buf_puts(b, ",\"local-unit\":{\"in-scope\":true,\"data\":");
	document_put_bag(b, s->bag);
	buf_puts(b, "},\"related-units\":{");
	put_units(b, s, h, all, leader);
	buf_printf(b, "}%s}", partial ? ",\"partial\":true" : "");
}

void
document_put(struct buf *b, struct unit *u, const struct hook *h, int *all)
{
	bool leader = u->app->leader == u;
	bool changed = u->side == SIDE_TD && (h->kind == HOOK_JOINED || h->kind == HOOK_CHANGED);
	struct scope *seen[MAX_SCOPES];
	size_t i, n = 0;

	if (*all < 0)
		*all = !changed || (leader && !is_settled(u, h));
	for (i = 0; i < u->nscopes; i++)
		if (document_sees(u->scopes[i], h))
			seen[n++] = u->scopes[i];
	qsort(seen, n, sizeof *seen, by_id_text);
	buf_putc(b, '{');
	buf_json(b, u->name);
	buf_printf(b, ":{\"leader\":%s,\"relation-info\":[", leader ? "true" : "false");
	for (i = 0; i < n; i++) {
		if (i)
			buf_putc(b, ',');
		put_relation(b, seen[i], h, *all, leader, !*all || h->kind == HOOK_BROKEN);
	}
	buf_puts(b, "]}}");
}
