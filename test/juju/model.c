#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/row.h"
#include "bag.h"
#include "folder.h"
#include "model.h"

void
model_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("juju: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs("\n", stderr);
	va_end(ap);
	exit(2);
}

static void
model_mkdir(struct model *m, const char *path)
{
	if (mkdirat(m->dir, path, 0777) < 0 && errno != EEXIST)
		model_die("cannot make %s/%s: %s", m->path, path, strerror(errno));
}

void
model_write(struct model *m, const char *path, const char *text)
{
	if (file_write(m->dir, path, text) < 0)
		model_die("cannot write %s/%s: %s", m->path, path, strerror(errno));
}

int
model_lock(struct model *m)
{
	static const char *const dirs[] = {"apps", "units", "relations", "hooks"};
	size_t i;
	int fd;

	if (m->dir < 0) {
		m->dir = open(m->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (m->dir < 0)
			model_die("cannot open %s: %s", m->path, strerror(errno));
		for (i = 0; i < sizeof dirs / sizeof *dirs; i++)
			model_mkdir(m, dirs[i]);
	}
	fd = file_lock(m->dir, "lock");
	if (fd < 0)
		model_die("cannot lock %s: %s", m->path, strerror(errno));
	return fd;
}

int
model_version(struct version *v, const char *s)
{
	static const struct version latest[] = {{2, 9, 52}, {3, 6, 9}, {4, 0, 14}};
	int end = 0, major = atoi(s);

	if (major < 2 || major > 4)
		return -1;
	*v = latest[major - 2];
	sscanf(s, "%d%n.%d%n.%d%n", &v->major, &end, &v->minor, &end, &v->patch, &end);
	return s[end] == '\0' ? 0 : -1;
}

/*
 * Arrays of pointers to objects are sorted: by the name or the id that comes first in the object;
 * the model's units by application and number.
 */
typedef int order(const void *, const void *);

static int
by_name(const void *a, const void *b)
{
	char **const *x = a, **const *y = b;

	return strcmp(**x, **y);
}

static int
by_id(const void *a, const void *b)
{
	const unsigned *const *x = a, *const *y = b;

	return (**x > **y) - (**x < **y);
}

static int
by_number(const void *a, const void *b)
{
	const struct unit *u = *(struct unit *const *)a, *v = *(struct unit *const *)b;

	return u->app != v->app ? by_name(&u->app, &v->app)
				: (u->number > v->number) - (u->number < v->number);
}

static void *
put(void *array, size_t *n, void *object, order *compare)
{
	void **p = memory_grow(array, n, sizeof *p);
	size_t i;

	for (i = *n - 1; i > 0 && compare(&p[i - 1], &object) > 0; i--)
		p[i] = p[i - 1];
	p[i] = object;
	return p;
}

/* key: of an object that begins with it */
static void *
find(const void *array, size_t n, const void *key, order *compare)
{
	void *const *p = n == 0 ? NULL : bsearch(&key, array, n, sizeof *p, compare);

	return p == NULL ? NULL : *p;
}

struct app *
model_app(const struct model *m, const char *name)
{
	return find(m->app, m->apps, &name, by_name);
}

struct unit *
model_unit(const struct model *m, const char *name)
{
	const struct app *a = model_app(m, folder_app(name));

	return a == NULL ? NULL : find(a->unit, a->units, &name, by_name);
}

struct relation *
model_relation(const struct model *m, unsigned id)
{
	return find(m->relation, m->relations, &id, by_id);
}

struct side *
model_side(const struct unit *u, const struct relation *r)
{
	return find(u->side, u->sides, &r->id, by_id);
}

struct member *
model_member(const struct side *s, const char *unit)
{
	return find(s->member, s->members, &unit, by_name);
}

void
model_member_add(struct side *s, const char *unit, unsigned long seen)
{
	struct member *member = model_member(s, unit);

	if (member == NULL) {
		member = memory_zeros(sizeof *member);
		member->unit = memory_text("%s", unit);
		s->member = put(s->member, &s->members, member, by_name);
	}
	member->seen = seen;
}

int
model_end(const struct relation *r, const struct app *a)
{
	return r->gone ? -1 : r->end[0].app == a ? 0 : r->end[1].app == a ? 1 : -1;
}

bool
model_leads(const struct unit *u)
{
	return u->app->leader != NULL && strcmp(u->app->leader, u->name) == 0;
}

void
model_fire(struct unit *u, const char *hook)
{
	if (strcmp(hook, "update-status") == 0)
		u->status = true;
	else if (strcmp(hook, "config-changed") == 0)
		u->config = true;
	else
		u->fired = memory_add(u->fired, &u->fires, memory_text("%s", hook));
}

/* In memory alone, as the next three. */
static struct app *
put_app(struct model *m, const char *name)
{
	struct app *a = memory_zeros(sizeof *a);

	a->name = memory_text("%s", name);
	m->app = put(m->app, &m->apps, a, by_name);
	return a;
}

static struct unit *
put_unit(struct model *m, struct app *a, unsigned number)
{
	struct unit *u = memory_zeros(sizeof *u);

	u->app = a;
	u->number = number;
	u->name = memory_text("%s/%u", a->name, number);
	u->file = memory_text("%s-%u", a->name, number);
	a->unit = put(a->unit, &a->units, u, by_name);
	m->unit = put(m->unit, &m->units, u, by_number);
	return u;
}

static struct relation *
put_relation(struct model *m, unsigned id)
{
	struct relation *r = memory_zeros(sizeof *r);

	r->id = id;
	m->relation = put(m->relation, &m->relations, r, by_id);
	return r;
}

static struct side *
put_side(struct unit *u, struct relation *r)
{
	struct side *s = memory_zeros(sizeof *s);

	s->id = r->id;
	s->unit = u;
	s->relation = r;
	s->end = r->end[0].app == u->app ? 0 : 1;
	s->remote = r->end[1 - s->end].app->name;
	u->side = put(u->side, &u->sides, s, by_id);
	return s;
}

static const struct row model_row = {
    "model", {ROW(struct model, generation), ROW(struct model, next_relation),
		 ROW(struct model, next_machine), ROW(struct model, juju.major),
		 ROW(struct model, juju.minor), ROW(struct model, juju.patch)}};

static const struct row app_row = {
    "app", {ROW(struct app, name), ROW(struct app, next), ROW(struct app, charm),
	       ROW(struct app, subordinate_to), ROW(struct app, url), ROW(struct app, leader)}};

static const struct row relation_row = {
    "relation", {ROW(struct relation, id), ROW(struct relation, interface),
		    ROW(struct relation, dying), ROW(struct relation, gone),
		    ROW(struct relation, end[0].name), ROW(struct relation, end[0].endpoint),
		    ROW(struct relation, end[1].name), ROW(struct relation, end[1].endpoint)}};

static const struct row side_row = {
    "side", {ROW(struct side, remote), ROW(struct side, created), ROW(struct side, app_seen),
		ROW(struct side, pending)}};

static const struct row member_row = {
    "member", {ROW(struct member, unit), ROW(struct member, seen)}};

static const struct row unit_row = {
    "unit", {ROW(struct unit, name), ROW(struct unit, machine_id), ROW(struct unit, machine),
		ROW(struct unit, principal), ROW(struct unit, dying), ROW(struct unit, installed),
		ROW(struct unit, stopped), ROW(struct unit, elected), ROW(struct unit, config),
		ROW(struct unit, start), ROW(struct unit, status)}};

static const struct row failed_row = {
    "failed", {ROW(struct hook, kind), ROW(struct hook, relation), ROW(struct hook, version),
		  ROW(struct hook, name), ROW(struct hook, remote)}};

/* Also of peers, of which both ends are the same. */
static bool
load_ends(struct model *m, struct relation *r)
{
	struct end *e;

	for (e = r->end; e < r->end + 2; e++) {
		e->app = e->name == NULL ? NULL : model_app(m, e->name);
		if (e->app == NULL || e->endpoint == NULL)
			return false;
		r->version[e - r->end] =
		    folder_bag_version(m->dir, memory_brief("relations/%u/app/%s", r->id, e->name));
	}
	r->peer = r->end[0].app == r->end[1].app;
	return true;
}

static void
load_side(struct model *m, struct unit *u, const char *name)
{
	struct relation *r = model_relation(m, (unsigned)atoi(name + strcspn(name, ":") + 1));
	struct side *s;
	struct member member;
	char *words[ROW_WORDS], *text;
	size_t n;

	if (r == NULL)
		return;
	s = put_side(u, r);
	text = file_read(m->dir, memory_brief("units/%s/rel/%s", u->file, name), NULL);
	while ((n = row_next(&text, words)) > 0) {
		if (row_get(&member_row, words, n, &member))
			model_member_add(s, member.unit, member.seen);
		else
			row_get(&side_row, words, n, s);
	}
	s->version =
	    folder_bag_version(m->dir, memory_brief("relations/%u/unit/%s", r->id, u->file));
}

static void
load_sides(struct model *m, struct unit *u)
{
	size_t n, i;
	char **name = file_list(m->dir, memory_brief("units/%s/rel", u->file), &n);

	for (i = 0; i < n; i++)
		load_side(m, u, name[i]);
}

/* A row of what has been loaded already, or of the unit that was loaded last. */
static bool
load_row(struct model *m, char *const words[], size_t n)
{
	struct unit *u = m->units == 0 ? NULL : m->unit[m->units - 1];
	struct relation *r;
	struct app *a;

	if (n < 2)
		return false;
	if (strcmp(words[0], "app") == 0)
		return row_get(&app_row, words, n, put_app(m, words[1]));
	if (strcmp(words[0], "relation") == 0) {
		r = put_relation(m, (unsigned)atoi(words[1]));
		return row_get(&relation_row, words, n, r) && load_ends(m, r);
	}
	if (strcmp(words[0], "unit") == 0) {
		a = model_app(m, folder_app(words[1]));
		u = a == NULL ? NULL : put_unit(m, a, (unsigned)atoi(strchr(words[1], '/') + 1));
		return u != NULL && row_get(&unit_row, words, n, u);
	}
	if (u != NULL && strcmp(words[0], "fired") == 0)
		model_fire(u, words[1]);
	else if (u == NULL || !row_get(&failed_row, words, n, &u->failed))
		return row_get(&model_row, words, n, m);
	return true;
}

void
model_load(struct model *m)
{
	char *words[ROW_WORDS], *s = file_read(m->dir, "model", NULL);
	size_t n, i;

	*m = (struct model){.dir = m->dir, .path = m->path, .next_context = m->next_context};
	model_version(&m->juju, "3");
	while ((n = row_next(&s, words)) > 0) {
		if (!load_row(m, words, n))
			model_die("%s/model is damaged", m->path);
	}
	for (i = 0; i < m->units; i++)
		load_sides(m, m->unit[i]);
}

bool
model_stale(const struct model *m)
{
	struct model now = {0};
	char *words[ROW_WORDS], *text = file_read(m->dir, "model", NULL), *s = text;

	row_get(&model_row, words, row_next(&s, words), &now);
	free(text);
	return now.generation != m->generation;
}

void
model_save(struct model *m)
{
	struct buf t = {0};
	size_t i, k;

	m->generation++;
	row_put(&t, &model_row, m);
	for (i = 0; i < m->apps; i++)
		row_put(&t, &app_row, m->app[i]);
	for (i = 0; i < m->relations; i++)
		row_put(&t, &relation_row, m->relation[i]);
	for (i = 0; i < m->units; i++) {
		row_put(&t, &unit_row, m->unit[i]);
		for (k = 0; k < m->unit[i]->fires; k++)
			buf_printf(&t, "fired %s\n", m->unit[i]->fired[k]);
		if (m->unit[i]->failed.kind != HOOK_NONE)
			row_put(&t, &failed_row, &m->unit[i]->failed);
	}
	model_write(m, "model", t.s);
	buf_free(&t);
}

/* The unit's file of the relation. */
static const char *
side_path(const struct side *s)
{
	return memory_brief(
	    "units/%s/rel/%s:%u", s->unit->file, s->relation->end[s->end].endpoint, s->id);
}

void
model_save_side(struct model *m, const struct side *s)
{
	struct buf t = {0};
	size_t i;

	row_put(&t, &side_row, s);
	for (i = 0; i < s->members; i++)
		row_put(&t, &member_row, s->member[i]);
	model_write(m, side_path(s), t.s);
	buf_free(&t);
}

struct app *
model_add_app(struct model *m, const char *name)
{
	struct app *a = put_app(m, name);

	model_mkdir(m, memory_brief("apps/%s", name));
	model_elect(m, a, NULL);
	return a;
}

struct unit *
model_add_unit(struct model *m, struct app *a, const char *machine, const struct unit *principal)
{
	struct unit *u = put_unit(m, a, a->next++);
	size_t i;

	if (principal != NULL) {
		u->principal = memory_text("%s", principal->name);
		machine = principal->machine;
	}
	u->machine = memory_text("%s", machine == NULL ? u->file : machine);
	u->machine_id = m->next_machine;
	for (i = 0; i < m->units; i++) {
		if (m->unit[i] != u && strcmp(m->unit[i]->machine, u->machine) == 0)
			u->machine_id = m->unit[i]->machine_id;
	}
	if (u->machine_id == m->next_machine)
		m->next_machine++;
	u->config = u->start = true;
	model_mkdir(m, memory_brief("units/%s", u->file));
	model_mkdir(m, memory_brief("units/%s/rel", u->file));
	model_mkdir(m, memory_brief("units/%s/cache", u->file));
	model_write(m, memory_brief("units/%s/status", u->file), "waiting\ninstalling agent");
	if (a->units == 1)
		model_elect(m, a, u);
	return u;
}

void
model_elect(struct model *m, struct app *a, struct unit *u)
{
	a->leader = u == NULL ? NULL : u->name;
	if (u != NULL)
		u->elected = true;
	model_write(m, memory_brief("apps/%s/leader", a->name),
	    memory_brief("%s\n", u == NULL ? "" : u->name));
}

const char *
model_address(const struct unit *u)
{
	unsigned n = u->machine_id + 1;

	return memory_brief("10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
}

void
model_forget(struct model *m, struct relation *r)
{
	r->gone = true;
	model_write(m, memory_brief("relations/%u/gone", r->id), "");
}

struct side *
model_enter(struct model *m, struct unit *u, struct relation *r)
{
	struct side *s = put_side(u, r);
	const char *ip = model_address(u);

	model_mkdir(m, memory_brief("units/%s/cache/%u", u->file, r->id));
	s->version = 1;
	model_write(m, memory_brief("relations/%u/unit/%s", r->id, u->file),
	    memory_brief("%0*d\n{\"egress-subnets\":\"%s/32\",\"ingress-address\":\"%s\"%s}\n",
		BAG_HEAD - 1, 1, ip, ip,
		m->juju.major < 4 ? memory_brief(",\"private-address\":\"%s\"", ip) : ""));
	model_save_side(m, s);
	return s;
}

void
model_remove_unused(struct model *m)
{
	struct relation *r;
	size_t i, k;
	bool used;

	for (i = m->relations; i-- > 0;) {
		r = m->relation[i];
		used = !r->dying && !r->gone;
		for (k = 0; k < m->units && !used; k++)
			used = model_side(m->unit[k], r) != NULL;
		if (used)
			continue;
		memory_take(m->relation, &m->relations, r);
		model_save(m);
		file_remove(m->dir, memory_brief("relations/%u", r->id));
	}
}

void
model_leave(struct model *m, struct side *s)
{
	file_remove(m->dir, side_path(s));
	file_remove(m->dir, memory_brief("units/%s/cache/%u", s->unit->file, s->id));
	memory_take(s->unit->side, &s->unit->sides, s);
	model_remove_unused(m);
}

struct relation *
model_add_relation(struct model *m, struct app *a, const char *ea, struct app *b, const char *eb,
    const char *interface)
{
	struct relation *r = put_relation(m, m->next_relation++);
	size_t i;

	r->end[0] = (struct end){a, a->name, memory_text("%s", ea)};
	r->end[1] = (struct end){b, b->name, memory_text("%s", eb)};
	r->peer = a == b;
	if (interface == NULL)
		interface = r->peer ? memory_brief("%s-peers", a->name) : "worker-cluster";
	r->interface = memory_text("%s", interface);
	model_mkdir(m, memory_brief("relations/%u", r->id));
	model_mkdir(m, memory_brief("relations/%u/unit", r->id));
	model_mkdir(m, memory_brief("relations/%u/app", r->id));
	for (i = 0; i < 2; i++)
		model_write(
		    m, memory_brief("relations/%u/app/%s", r->id, r->end[i].name), BAG_EMPTY);
	for (i = 0; i < m->units; i++) {
		if ((m->unit[i]->app == a || m->unit[i]->app == b) && m->unit[i]->installed &&
		    !m->unit[i]->dying)
			model_enter(m, m->unit[i], r);
	}
	return r;
}

void
model_remove_unit(struct model *m, struct unit *u)
{
	struct app *a = u->app;
	size_t i;
	bool led = model_leads(u);

	memory_take(a->unit, &a->units, u);
	memory_take(m->unit, &m->units, u);
	for (i = 0; i < m->units; i++) {
		if (m->unit[i]->app == a && !m->unit[i]->dying)
			break;
	}
	if (led)
		model_elect(m, a, i < m->units ? m->unit[i] : NULL);
	model_save(m);
	file_remove(m->dir, memory_brief("units/%s", u->file));
}
