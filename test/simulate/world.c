#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/memory.h"
#include "host.h"
#include "sim.h"

uint64_t
world_mix(uint64_t a, uint64_t b)
{
	uint64_t z = a * 0x9e3779b97f4a7c15u + b + 0x632be59bd9b4e019u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t
world_draw(struct rng *r)
{
	r->s++;
	return world_mix(r->s, 0x5851f42d4c957f2du);
}

bool
world_chance(struct rng *r, unsigned of_thousand)
{
	return world_draw(r) % 1000 < of_thousand;
}

void *
world_keep(struct world *w, size_t n)
{
	return memory_check(arena_make(&w->memory, n));
}

const char *
world_text(struct world *w, const char *fmt, ...)
{
	struct buf b = {0};
	const char *s;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	s = memory_check(b.failed ? NULL : arena_copy(&w->memory, b.s, b.n));
	buf_free(&b);
	return s;
}

void
world_say(struct world *w, const char *fmt, ...)
{
	const char *hook = w->unsaid;
	va_list ap;

	if (!w->plan->log)
		return;
	w->unsaid = NULL;
	if (hook)
		world_say(w, "%s", hook);
	for (int i = 0; i < w->depth; i++)
		fputs("    ", w->plan->log);
	va_start(ap, fmt);
	vfprintf(w->plan->log, fmt, ap);
	va_end(ap);
	putc('\n', w->plan->log);
}

void
world_violation(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (world_over(w))
		return;
	w->violation = fmt;
	va_start(ap, fmt);
	vsnprintf(w->what, sizeof w->what, fmt, ap);
	va_end(ap);
	world_say(w, "!!! %s", w->what);
}

bool
world_over(const struct world *w)
{
	return w->violation || w->limit;
}

/* Where the key is, or belongs. */
static size_t
place_of(const struct bag *bag, const char *key)
{
	size_t low = 0, high = bag ? bag->n : 0, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(bag->pairs[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const char *
world_get(const struct bag *bag, const char *key)
{
	size_t at = place_of(bag, key);

	return bag && at < bag->n && strcmp(bag->pairs[at].key, key) == 0 ? bag->pairs[at].value
									  : "";
}

bool
world_is(const struct bag *bag, const char *key, const char *value)
{
	return strcmp(world_get(bag, key), value) == 0;
}

const char *
world_mirrored(const struct bag *bag, const char *host)
{
	return world_get(bag, memory_brief("mirror-%s", host));
}

const struct bag *
world_with(struct world *w, const struct bag *bag, const char *key, const char *value)
{
	size_t n = bag ? bag->n : 0, at = place_of(bag, key), i;
	struct bag *b = world_keep(w, sizeof *b + (n + 1) * sizeof *b->pairs);
	bool there = world_get(bag, key)[0] != '\0';

	for (i = 0; i < at; i++)
		b->pairs[b->n++] = bag->pairs[i];
	if (value[0])
		b->pairs[b->n++] =
		    (struct pair){world_text(w, "%s", key), world_text(w, "%s", value)};
	for (i = at + there; i < n; i++)
		b->pairs[b->n++] = bag->pairs[i];
	return b;
}

struct machine *
world_machine(struct world *w, const char *name)
{
	struct machine **at = &w->machines, *m;

	for (; *at; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			return *at;
	m = *at = world_keep(w, sizeof *m);
	m->name = world_text(w, "%s", name);
	m->valid = !host_fault(name);
	m->up = true;
	return m;
}

struct app *
world_app(struct world *w, const char *name)
{
	for (struct app *a = w->apps; a < w->apps + w->napps; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static void
add_peer(struct world *w, struct scope *s, struct scope *other)
{
	struct peer **at = &s->peers;

	while (*at)
		at = &(*at)->next;
	*at = world_keep(w, sizeof **at);
	(*at)->its = other;
}

void
world_add_scope(struct world *w, struct unit *u, struct relation *r)
{
	struct scope **at = &u->scopes, *s;

	while (*at)
		at = &(*at)->next;
	s = *at = world_keep(w, sizeof *s);
	s->relation = r;
	s->unit = u;
	for (struct unit *o = w->units; o < w->end; o++) {
		for (struct scope *other = o->scopes; other; other = other->next) {
			if (other->relation != r || o->side == u->side)
				continue;
			add_peer(w, s, other);
			add_peer(w, other, s);
		}
	}
}

void
world_add_unit(struct world *w, struct app *app, struct machine *m)
{
	struct unit *u = w->end;

	if (u == w->units + MAX_UNITS)
		return;
	w->end++;
	u->name = world_text(w, "%s/%d", app->name, app->next_unit);
	u->far_name = world_text(w, "%s/%d", app->far_name, app->next_unit++);
	u->app = app;
	u->side = m ? SIDE_CONSUMER : SIDE_TD;
	u->machine = m;
	u->status = "";
	u->alive = true;
	for (struct relation *r = w->relations; r; r = r->next)
		if (r->apps[u->side] == app && !r->apps[SIDE_TD]->removed)
			world_add_scope(w, u, r);
	if (!app->leader) {
		app->leader = u;
		u->leader_due = true;
	}
	world_say(w, "%s is added%s%s", u->name, m ? " on " : "", m ? m->name : "");
}

/* Juju forgets a dying relation when nobody is in its scope any more. */
void
world_end_relation(struct world *w, struct relation *r)
{
	if (!r->apps[SIDE_TD]->removed || r->gone)
		return;
	for (const struct unit *u = w->units; u < w->end; u++)
		for (const struct scope *s = u->scopes; s; s = s->next)
			if (s->relation == r && u->alive && s->entered && !s->broken)
				return;
	r->gone = true;
	world_say(w, "relation %ld is gone", r->id);
}

struct unit *
world_unit(struct world *w, const char *name)
{
	for (struct unit *u = w->units; u < w->end; u++)
		if (strcmp(u->name, name) == 0 || strcmp(u->far_name, name) == 0)
			return u;
	return NULL;
}

void
world_unit_gone(struct world *w, struct unit *u)
{
	u->alive = false;
	micro_weaken(w, u);
	if (u->app->leader == u)
		u->app->leader = NULL;
	u->struck = true;
	for (struct scope *s = u->scopes; s; s = s->next)
		world_end_relation(w, s->relation);
	world_say(w, "%s is gone", u->name);
}
