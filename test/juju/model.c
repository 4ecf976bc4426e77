#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/row.h"
#include "folder.h"
#include "model.h"
#include "text.h"

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
model_write(struct model *m, const char *path, struct buf *b)
{
	if (file_write(m->dir, path, b->s, b->n) < 0)
		model_die("cannot write %s/%s: %s", m->path, path, strerror(errno));
	buf_free(b);
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
	int n, end;

	end = 0;
	n = sscanf(s, "%d%n.%d%n.%d%n", &v->major, &end, &v->minor, &end, &v->patch, &end);
	if (n < 1 || s[end] != '\0' || v->major < 2 || v->major > 4)
		return -1;
	if (n < 2)
		v->minor = latest[v->major - 2].minor;
	if (n < 3)
		v->patch = latest[v->major - 2].patch;
	return 0;
}

struct app *
model_app(const struct model *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->apps; i++) {
		if (strcmp(m->app[i]->name, name) == 0)
			return m->app[i];
	}
	return NULL;
}

struct unit *
model_unit(const struct model *m, const char *name)
{
	const struct app *a = model_app(m, folder_app(name));
	size_t i;

	for (i = 0; a != NULL && i < a->units; i++) {
		if (strcmp(a->unit[i]->name, name) == 0)
			return a->unit[i];
	}
	return NULL;
}

struct relation *
model_relation(const struct model *m, unsigned id)
{
	size_t i;

	for (i = 0; i < m->relations; i++) {
		if (m->relation[i]->id == id)
			return m->relation[i];
	}
	return NULL;
}

struct side *
model_side(const struct unit *u, const struct relation *r)
{
	size_t i;

	for (i = 0; i < u->sides; i++) {
		if (u->side[i]->relation == r)
			return u->side[i];
	}
	return NULL;
}

struct member *
model_member(const struct side *s, const char *unit)
{
	bool there;
	size_t at = memory_place(s->member, s->members, sizeof *s->member, unit, &there);

	return there ? &s->member[at] : NULL;
}

void
model_member_add(struct side *s, const char *unit, unsigned long seen)
{
	bool there;
	size_t at = memory_place(s->member, s->members, sizeof *s->member, unit, &there);

	if (!there) {
		s->member = memory_insert(s->member, &s->members, sizeof *s->member, at);
		s->member[at].unit = memory_text("%s", unit);
	}
	s->member[at].seen = seen;
}

void
model_member_remove(struct side *s, const char *unit)
{
	struct member *known = model_member(s, unit);

	if (known != NULL)
		memory_remove(s->member, &s->members, sizeof *known, (size_t)(known - s->member));
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
	if (strcmp(hook, "update-status") == 0) {
		u->status = true;
	} else if (strcmp(hook, "config-changed") == 0) {
		u->config = true;
	} else {
		u->fired = memory_grow(u->fired, &u->fires, sizeof *u->fired);
		u->fired[u->fires - 1] = memory_text("%s", hook);
	}
}

/* Puts an object into a sorted array of pointers. */
static void *
put(void *array, size_t *n, const void *object, bool (*follows)(const void *, const void *))
{
	const void **p = array;
	size_t i;

	for (i = *n; i > 0 && follows(p[i - 1], object); i--)
		continue;
	p = memory_insert(array, n, sizeof *p, i);
	p[i] = object;
	return p;
}

/* Of apps and units: their names come first in them. */
static bool
name_follows(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b) > 0;
}

static bool
unit_follows(const void *a, const void *b)
{
	const struct unit *u = a, *v = b;

	return u->app == v->app ? u->number > v->number : name_follows(u->app, v->app);
}

/* Of relations and sides: their ids come first in them. */
static bool
id_follows(const void *a, const void *b)
{
	return *(const unsigned *)a > *(const unsigned *)b;
}

/* Each puts what has its row's values into the model; false: something that it belongs to isn't
 * there. */
static bool
put_app(struct model *m, struct app *a)
{
	m->app = put(m->app, &m->apps, a, name_follows);
	return true;
}

static bool
put_relation(struct model *m, struct relation *r)
{
	int i;

	for (i = 0; i < 2; i++)
		r->end[i].app = model_app(m, r->end[i].name);
	r->peer = r->end[0].app == r->end[1].app;
	m->relation = put(m->relation, &m->relations, r, id_follows);
	return r->end[0].app != NULL && r->end[1].app != NULL;
}

static bool
put_unit(struct model *m, struct unit *u)
{
	struct app *a = model_app(m, folder_app(u->name));

	if (a == NULL)
		return false;
	u->app = a;
	u->number = (unsigned)atoi(strchr(u->name, '/') + 1);
	u->file = memory_text("%s", folder_unit(u->name));
	a->unit = put(a->unit, &a->units, u, name_follows);
	m->unit = put(m->unit, &m->units, u, unit_follows);
	return true;
}

static bool
put_side(struct model *m, struct unit *u, struct side *s)
{
	s->unit = u;
	s->relation = model_relation(m, s->id);
	if (s->relation == NULL)
		return false;
	s->end = s->relation->end[0].app == u->app ? 0 : 1;
	u->side = put(u->side, &u->sides, s, id_follows);
	return true;
}

static const struct row next_row = {
    "next", {ROW(struct model, next_relation), ROW(struct model, next_machine)}};

static const struct row app_row = {
    "app", {ROW(struct app, name), ROW(struct app, leader), ROW(struct app, url),
	       ROW(struct app, next), ROW(struct app, charm), ROW(struct app, subordinate_to)}};

static const struct row relation_row = {
    "relation", {ROW(struct relation, id), ROW(struct relation, end[0].name),
		    ROW(struct relation, end[0].endpoint), ROW(struct relation, end[1].name),
		    ROW(struct relation, end[1].endpoint), ROW(struct relation, interface),
		    ROW(struct relation, dying), ROW(struct relation, gone),
		    ROW(struct relation, version[0]), ROW(struct relation, version[1])}};

static const struct row unit_row = {
    "unit", {ROW(struct unit, name), ROW(struct unit, machine_id), ROW(struct unit, machine),
		ROW(struct unit, principal), ROW(struct unit, dying), ROW(struct unit, installed),
		ROW(struct unit, stopped), ROW(struct unit, elected), ROW(struct unit, config),
		ROW(struct unit, start), ROW(struct unit, status)}};

static const struct row failed_row = {
    "failed", {ROW(struct hook, kind), ROW(struct hook, relation), ROW(struct hook, version),
		  ROW(struct hook, name), ROW(struct hook, remote)}};

static const struct row side_row = {
    "side", {ROW(struct side, id), ROW(struct side, created), ROW(struct side, app_seen),
		ROW(struct side, pending), ROW(struct side, version)}};

static const struct row member_row = {
    "member", {ROW(struct member, unit), ROW(struct member, seen)}};

/* A new object with the row's values; NULL: it is no such row. */
static void *
new_object(const struct row *row, char *const words[], size_t n, size_t size)
{
	void *object = memory_zeros(size);

	if (row_get(row, words, n, object))
		return object;
	free(object);
	return NULL;
}

/* u and s are the last unit and side that were loaded. */
static bool
load_row(struct model *m, char *const words[], size_t n, struct unit **u, struct side **s)
{
	struct member member;
	void *object;

	if (row_get(&next_row, words, n, m))
		return true;
	if ((object = new_object(&app_row, words, n, sizeof(struct app))) != NULL)
		return put_app(m, object);
	if ((object = new_object(&relation_row, words, n, sizeof(struct relation))) != NULL)
		return put_relation(m, object);
	if ((object = new_object(&unit_row, words, n, sizeof(struct unit))) != NULL) {
		*u = object;
		return put_unit(m, object);
	}
	if (*u == NULL)
		return false;
	if ((object = new_object(&side_row, words, n, sizeof(struct side))) != NULL) {
		*s = object;
		return put_side(m, *u, object);
	}
	if (strcmp(words[0], "fired") == 0 && n == 2) {
		model_fire(*u, words[1]);
		return true;
	}
	if (*s == NULL || !row_get(&member_row, words, n, &member))
		return row_get(&failed_row, words, n, &(*u)->failed);
	model_member_add(*s, member.unit, member.seen);
	return true;
}

bool
model_load(struct model *m)
{
	char *words[ROW_WORDS], *state = file_read(m->dir, "state", NULL), *s;
	struct unit *u = NULL;
	struct side *side = NULL;
	size_t n;

	s = file_read(m->dir, "juju", NULL);
	if (model_version(&m->juju, s == NULL ? "3" : s) < 0)
		model_die("%s/juju is damaged", m->path);
	if (state == NULL || (m->state != NULL && strcmp(state, m->state) == 0))
		return false;
	free(m->state);
	m->state = state;
	m->apps = m->relations = m->units = 0;
	m->app = NULL;
	m->relation = NULL;
	m->unit = NULL;
	s = memory_text("%s", state); /* what is read points into it */
	while ((n = row_next(&s, words)) > 0)
		if (!load_row(m, words, n, &u, &side))
			model_die("%s/state is damaged", m->path);
	return true;
}

static void
put_unit_rows(struct buf *t, const struct unit *u)
{
	const struct side *s;
	size_t i, k;

	row_put(t, &unit_row, u);
	if (u->failed.kind != HOOK_NONE)
		row_put(t, &failed_row, &u->failed);
	for (i = 0; i < u->fires; i++)
		buf_printf(t, "fired %s\n", u->fired[i]);
	for (i = 0; i < u->sides; i++) {
		s = u->side[i];
		row_put(t, &side_row, s);
		for (k = 0; k < s->members; k++)
			row_put(t, &member_row, &s->member[k]);
	}
}

void
model_save(struct model *m)
{
	struct buf t = {0};
	size_t i;

	row_put(&t, &next_row, m);
	for (i = 0; i < m->apps; i++)
		row_put(&t, &app_row, m->app[i]);
	for (i = 0; i < m->relations; i++)
		row_put(&t, &relation_row, m->relation[i]);
	for (i = 0; i < m->units; i++)
		put_unit_rows(&t, m->unit[i]);
	if (m->state != NULL && strcmp(t.s, m->state) == 0) {
		buf_free(&t);
		return;
	}
	free(m->state);
	m->state = memory_text("%s", t.s);
	model_write(m, "state", &t);
}

struct app *
model_add_app(struct model *m, const char *name)
{
	struct app *a = memory_zeros(sizeof *a);

	model_mkdir(m, memory_brief("apps/%s", name));
	a->name = memory_text("%s", name);
	put_app(m, a);
	return a;
}

struct unit *
model_add_unit(struct model *m, struct app *a, const char *machine, const struct unit *principal)
{
	struct unit *u = memory_zeros(sizeof *u);
	struct buf t = {0};
	size_t i;

	u->name = memory_text("%s/%u", a->name, a->next++);
	put_unit(m, u);
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
	model_mkdir(m, memory_brief("units/%s/cache", u->file));
	buf_puts(&t, "waiting\ninstalling agent");
	model_write(m, memory_brief("units/%s/status", u->file), &t);
	if (a->units == 1)
		model_elect(a, u);
	return u;
}

void
model_elect(struct app *a, struct unit *u)
{
	a->leader = u == NULL ? NULL : u->name;
	if (u != NULL)
		u->elected = true;
}

const char *
model_address(const struct unit *u)
{
	unsigned n = u->machine_id + 1;

	return memory_brief("10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
}

const char *
model_relation_name(const struct side *s)
{
	return memory_brief("%s:%u", s->relation->end[s->end].endpoint, s->id);
}

const char *
model_unit_bag(const struct relation *r, const struct unit *u)
{
	return memory_brief("relations/%u/unit/%s", r->id, u->file);
}

const char *
model_app_bag(const struct relation *r, int end)
{
	return memory_brief("relations/%u/app/%s", r->id, r->end[end].name);
}

struct side *
model_enter(struct model *m, struct unit *u, struct relation *r)
{
	struct side *s = memory_zeros(sizeof *s);
	const char *ip = model_address(u);
	struct buf t = {0};

	s->id = r->id;
	s->version = 1;
	put_side(m, u, s);
	model_mkdir(m, memory_brief("units/%s/cache/%u", u->file, r->id));
	buf_printf(&t, "{\"egress-subnets\":\"%s/32\",\"ingress-address\":\"%s\"", ip, ip);
	if (m->juju.major < 4)
		buf_printf(&t, ",\"private-address\":\"%s\"", ip);
	buf_puts(&t, "}\n");
	model_write(m, model_unit_bag(r, u), &t);
	return s;
}

static bool
in_use(const struct model *m, const struct relation *r)
{
	size_t i;

	for (i = 0; i < m->units; i++) {
		if (model_side(m->unit[i], r) != NULL)
			return true;
	}
	return false;
}

void
model_remove_unused(struct model *m)
{
	struct relation *r;
	size_t i;

	for (i = m->relations; i-- > 0;) {
		r = m->relation[i];
		if ((!r->dying && !r->gone) || in_use(m, r))
			continue;
		file_remove(m->dir, memory_brief("relations/%u", r->id));
		memory_take(m->relation, &m->relations, r);
	}
}

void
model_leave(struct model *m, struct side *s)
{
	file_remove(m->dir, memory_brief("units/%s/cache/%u", s->unit->file, s->id));
	memory_take(s->unit->side, &s->unit->sides, s);
	model_remove_unused(m);
}

struct relation *
model_add_relation(struct model *m, struct app *a, const char *ea, struct app *b, const char *eb,
    const char *interface)
{
	struct relation *r = memory_zeros(sizeof *r);
	struct buf t = {0};
	int i;
	size_t k;

	r->id = m->next_relation++;
	r->end[0].name = a->name;
	r->end[0].endpoint = memory_text("%s", ea);
	r->end[1].name = b->name;
	r->end[1].endpoint = memory_text("%s", eb);
	put_relation(m, r);
	if (interface == NULL)
		interface = r->peer ? memory_brief("%s-peers", a->name) : "worker-cluster";
	r->interface = memory_text("%s", interface);
	model_mkdir(m, memory_brief("relations/%u", r->id));
	model_mkdir(m, memory_brief("relations/%u/unit", r->id));
	model_mkdir(m, memory_brief("relations/%u/app", r->id));
	for (i = 0; i < 2; i++) {
		buf_puts(&t, "{}\n");
		model_write(m, model_app_bag(r, i), &t);
	}
	for (k = 0; k < m->units; k++) {
		if ((m->unit[k]->app == a || m->unit[k]->app == b) && m->unit[k]->installed &&
		    !m->unit[k]->dying)
			model_enter(m, m->unit[k], r);
	}
	return r;
}

void
model_remove_unit(struct model *m, struct unit *u)
{
	struct app *a = u->app;
	size_t i;
	bool led = model_leads(u);

	file_remove(m->dir, memory_brief("units/%s", u->file));
	memory_take(a->unit, &a->units, u);
	memory_take(m->unit, &m->units, u);
	for (i = 0; i < m->units; i++) {
		if (m->unit[i]->app == a && !m->unit[i]->dying)
			break;
	}
	if (led)
		model_elect(a, i < m->units ? m->unit[i] : NULL);
}
