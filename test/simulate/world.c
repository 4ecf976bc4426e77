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

static const char *vtext(struct world *w, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static const char *
vtext(struct world *w, const char *fmt, va_list ap)
{
	struct buf b = {0};
	char *s;

	buf_vprintf(&b, fmt, ap);
	memory_check(b.failed ? NULL : b.s);
	s = world_keep(w, b.n + 1);
	memcpy(s, b.s, b.n);
	buf_free(&b);
	return s;
}

const char *
world_text(struct world *w, const char *fmt, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, fmt);
	s = vtext(w, fmt, ap);
	va_end(ap);
	return s;
}

void
world_say(struct world *w, const char *fmt, ...)
{
	va_list ap;
	int i;

	if (!w->plan->log)
		return;
	if (w->unsaid) {
		fputs(w->unsaid, w->plan->log);
		w->unsaid = NULL;
	}
	for (i = 0; i < w->depth; i++)
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

static size_t
place(const struct bag *bag, const char *key, bool *there)
{
	*there = false;
	return bag ? memory_place(bag->pairs, bag->n, sizeof *bag->pairs, key, there) : 0;
}

const char *
world_get(const struct bag *bag, const char *key)
{
	bool there;
	size_t i = place(bag, key, &there);

	return there ? bag->pairs[i].value : "";
}

const char *
world_mirrored(const struct bag *bag, const char *host)
{
	char key[256];

	snprintf(key, sizeof key, "mirror-%s", host);
	return world_get(bag, key);
}

const struct bag *
world_with(struct world *w, const struct bag *bag, const char *key, const char *value)
{
	size_t n = bag ? bag->n : 0, i;
	struct bag *b = world_keep(w, sizeof *b + (n + 1) * sizeof *b->pairs);
	bool there;
	size_t at = place(bag, key, &there);

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
	struct machine *m;
	size_t i;

	for (i = 0; i < w->nmachines; i++)
		if (strcmp(w->machines[i].name, name) == 0)
			return &w->machines[i];
	if (w->nmachines == MAX_MACHINES)
		return NULL;
	m = &w->machines[w->nmachines++];
	m->name = world_text(w, "%s", name);
	m->valid = !host_fault(name);
	m->up = true;
	return m;
}

struct app *
world_app(struct world *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->napps; i++)
		if (strcmp(w->apps[i].name, name) == 0)
			return &w->apps[i];
	return NULL;
}

struct app *
world_add_app(struct world *w, const char *name, bool cross)
{
	struct app *a = &w->apps[w->napps++];

	a->name = world_text(w, "%s", name);
	a->far_name = cross ? world_text(w, "remote-%s", name) : a->name;
	return a;
}

static void
add_scope(struct world *w, struct unit *u, struct relation *r)
{
	struct scope *s;

	if (u->nscopes == MAX_SCOPES || r->nscopes[u->side] == MAX_SIDE)
		return;
	s = world_keep(w, sizeof *s);
	s->relation = r;
	s->index = r->nscopes[u->side];
	s->unit = u;
	s->peers = world_keep(w, MAX_SIDE * sizeof *s->peers);
	r->scopes[u->side][r->nscopes[u->side]++] = s;
	u->scopes[u->nscopes++] = s;
}

struct unit *
world_add_unit(struct world *w, struct app *app, struct machine *m)
{
	struct unit *u;
	size_t i;

	if (w->nunits == MAX_UNITS)
		return NULL;
	u = world_keep(w, sizeof *u);
	u->name = world_text(w, "%s/%d", app->name, app->next_unit);
	u->far_name = world_text(w, "%s/%d", app->far_name, app->next_unit++);
	u->app = app;
	u->side = m ? SIDE_CONSUMER : SIDE_TD;
	u->machine = m;
	u->alive = true;
	w->units[w->nunits++] = u;
	for (i = 0; i < w->nrelations; i++)
		if (w->relations[i]->apps[u->side] == app &&
		    !w->relations[i]->apps[SIDE_TD]->removed)
			add_scope(w, u, w->relations[i]);
	if (!app->leader) {
		app->leader = u;
		u->leader_due = true;
	}
	world_say(w, "%s is added%s%s", u->name, m ? " on " : "", m ? m->name : "");
	return u;
}

void
world_relate(struct world *w, struct app *consumer)
{
	struct relation *r;
	size_t i;

	if (consumer->relation || !w->td || w->td->removed || w->nrelations == MAX_RELATIONS)
		return;
	r = world_keep(w, sizeof *r);
	r->id = (long)w->nrelations + 1;
	r->apps[SIDE_CONSUMER] = consumer;
	r->apps[SIDE_TD] = w->td;
	w->relations[w->nrelations++] = r;
	consumer->relation = r;
	for (i = 0; i < w->nunits; i++)
		if (w->units[i]->alive && !w->units[i]->dying &&
		    w->units[i]->app == r->apps[w->units[i]->side])
			add_scope(w, w->units[i], r);
	world_say(w, "%s is related to %s: relation %ld", consumer->name, w->td->name, r->id);
}

/* Juju forgets a dying relation when nobody is in its scope any more. */
void
world_end_relation(struct world *w, struct relation *r)
{
	const struct scope *s;
	size_t i, side;

	if (!r->apps[SIDE_TD]->removed || r->gone)
		return;
	for (side = 0; side < 2; side++) {
		for (i = 0; i < r->nscopes[side]; i++) {
			s = r->scopes[side][i];
			if (s->unit->alive && s->entered && !s->broken)
				return;
		}
	}
	r->gone = true;
	if (r->apps[SIDE_CONSUMER]->relation == r)
		r->apps[SIDE_CONSUMER]->relation = NULL;
	world_say(w, "relation %ld is gone", r->id);
}

struct unit *
world_unit(struct world *w, const char *name)
{
	size_t i;

	for (i = w->nunits; i-- > 0;)
		if (strcmp(w->units[i]->name, name) == 0)
			return w->units[i];
	return NULL;
}

void
world_unit_gone(struct world *w, struct unit *u)
{
	size_t i;

	u->alive = false;
	micro_weaken(w, u);
	if (u->app->leader == u)
		u->app->leader = NULL;
	u->struck = true;
	for (i = 0; i < u->nscopes; i++)
		world_end_relation(w, u->scopes[i]->relation);
	world_say(w, "%s is gone", u->name);
}
