#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static long long
model_generation(const struct model *m)
{
	struct stat st;

	return fstatat(m->dir, "generation", &st, 0) == 0 ? (long long)st.st_size : 0;
}

bool
model_stale(const struct model *m)
{
	return model_generation(m) != m->generation;
}

void
model_touch(struct model *m)
{
	file_append(m->dir, "generation", ".");
	m->generation = model_generation(m);
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

/* In an array of apps or units: their names come first in them. */
static void *
find(void *array, size_t n, const char *name)
{
	char ***object = array;
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(*object[i], name) == 0)
			return object[i];
	}
	return NULL;
}

struct app *
model_app(const struct model *m, const char *name)
{
	return find(m->app, m->apps, name);
}

struct unit *
model_unit(const struct model *m, const char *name)
{
	const struct app *a = model_app(m, folder_app(name));

	return a == NULL ? NULL : find(a->unit, a->units, name);
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
put(void *array, size_t *n, void *object, bool (*follows)(const void *, const void *))
{
	void **p = array;
	size_t i;

	for (i = *n; i > 0 && follows(p[i - 1], object); i--)
		continue;
	p = memory_insert(array, n, sizeof *p, i);
	p[i] = object;
	return p;
}

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

/* In memory alone, as the next three. */
static struct app *
put_app(struct model *m, const char *name)
{
	struct app *a = memory_zeros(sizeof *a);

	a->name = memory_text("%s", name);
	m->app = put(m->app, &m->apps, a, name_follows);
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
	a->unit = put(a->unit, &a->units, u, name_follows);
	m->unit = put(m->unit, &m->units, u, unit_follows);
	return u;
}

static struct relation *
put_relation(struct model *m, unsigned id)
{
	struct relation *r = memory_zeros(sizeof *r);

	r->id = id;
	m->relation = put(m->relation, &m->relations, r, id_follows);
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
	u->side = put(u->side, &u->sides, s, id_follows);
	return s;
}

static const struct row app_row = {
    "app", {ROW(struct app, next), ROW(struct app, charm), ROW(struct app, subordinate_to),
	       ROW(struct app, url)}};

static const struct row relation_row = {
    "relation", {ROW(struct relation, interface), ROW(struct relation, dying)}};

static const struct row side_row = {
    "side", {ROW(struct side, remote), ROW(struct side, created), ROW(struct side, app_seen),
		ROW(struct side, pending)}};

static const struct row member_row = {
    "member", {ROW(struct member, unit), ROW(struct member, seen)}};

static const struct row unit_row = {
    "unit", {ROW(struct unit, machine_id), ROW(struct unit, machine), ROW(struct unit, principal),
		ROW(struct unit, dying), ROW(struct unit, installed), ROW(struct unit, stopped),
		ROW(struct unit, elected), ROW(struct unit, config), ROW(struct unit, start),
		ROW(struct unit, status)}};

static const struct row failed_row = {
    "failed", {ROW(struct hook, kind), ROW(struct hook, relation), ROW(struct hook, version),
		  ROW(struct hook, name), ROW(struct hook, remote)}};

static const struct row next_row = {
    "next", {ROW(struct model, next_relation), ROW(struct model, next_machine)}};

/* The file's text, into which what is read points; so nobody frees it. */
static char *
load(const struct model *m, const char *path)
{
	return file_read(m->dir, path, NULL);
}

static void
load_app(struct model *m, const char *name)
{
	struct app *a = put_app(m, name);
	char *words[ROW_WORDS], *s = load(m, memory_brief("apps/%s/info", name));

	row_get(&app_row, words, row_next(&s, words), a);
	s = load(m, memory_brief("apps/%s/leader", name));
	if (s != NULL && *s != '\n')
		a->leader = memory_copy(s, strcspn(s, "\n"));
}

static void
load_relation(struct model *m, const char *name)
{
	struct relation *r = put_relation(m, (unsigned)atoi(name));
	char *words[ROW_WORDS], *s = load(m, memory_brief("relations/%s/info", name));
	bool ok = row_get(&relation_row, words, row_next(&s, words), r);
	int i;

	for (i = 0; i < 2; i++) {
		if (!ok || row_next(&s, words) != 3 ||
		    (r->end[i].app = model_app(m, words[1])) == NULL)
			model_die("%s/relations/%s/info is damaged", m->path, name);
		r->end[i].endpoint = words[2];
		r->version[i] =
		    folder_bag_version(m->dir, memory_brief("relations/%s/app/%s", name, words[1]));
	}
	r->peer = r->end[0].app == r->end[1].app;
	r->gone = faccessat(m->dir, memory_brief("relations/%s/gone", name), F_OK, 0) == 0;
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
	text = load(m, memory_brief("units/%s/rel/%s", u->file, name));
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
load_unit(struct model *m, const char *file)
{
	int dash = (int)(strrchr(file, '-') - file);
	struct app *a = model_app(m, memory_brief("%.*s", dash, file));
	struct unit *u;
	char *words[ROW_WORDS], *s, **name;
	size_t n, i;

	if (a == NULL)
		return;
	u = put_unit(m, a, (unsigned)atoi(file + dash + 1));
	s = load(m, memory_brief("units/%s/info", file));
	while ((n = row_next(&s, words)) > 0) {
		if (strcmp(words[0], "fired") == 0 && n == 2)
			model_fire(u, words[1]);
		else if (!row_get(&failed_row, words, n, &u->failed))
			row_get(&unit_row, words, n, u);
	}
	name = file_list(m->dir, memory_brief("units/%s/rel", file), &n);
	for (i = 0; i < n; i++)
		load_side(m, u, name[i]);
	file_list_free(name, n);
}

static void
load_all(struct model *m, const char *folder, void (*one)(struct model *, const char *))
{
	size_t n, i;
	char **name = file_list(m->dir, folder, &n);

	for (i = 0; i < n; i++)
		one(m, name[i]);
	file_list_free(name, n);
}

void
model_load(struct model *m)
{
	char *words[ROW_WORDS], *s = load(m, "next");

	m->apps = m->relations = m->units = 0;
	m->app = NULL;
	m->relation = NULL;
	m->unit = NULL;
	row_get(&next_row, words, row_next(&s, words), m);
	s = load(m, "juju");
	if (model_version(&m->juju, s == NULL ? "3" : s) < 0)
		model_die("%s/juju is damaged", m->path);
	load_all(m, "apps", load_app);
	load_all(m, "relations", load_relation);
	load_all(m, "units", load_unit);
	m->generation = model_generation(m);
}

static void
save_next(struct model *m)
{
	struct buf t = {0};

	row_put(&t, &next_row, m);
	model_write(m, "next", &t);
}

void
model_save_app(struct model *m, const struct app *a)
{
	struct buf t = {0};

	row_put(&t, &app_row, a);
	model_write(m, memory_brief("apps/%s/info", a->name), &t);
	buf_printf(&t, "%s\n", a->leader == NULL ? "" : a->leader);
	model_write(m, memory_brief("apps/%s/leader", a->name), &t);
}

void
model_save_unit(struct model *m, const struct unit *u)
{
	struct buf t = {0};
	size_t i;

	row_put(&t, &unit_row, u);
	for (i = 0; i < u->fires; i++)
		buf_printf(&t, "fired %s\n", u->fired[i]);
	if (u->failed.kind != HOOK_NONE)
		row_put(&t, &failed_row, &u->failed);
	model_write(m, memory_brief("units/%s/info", u->file), &t);
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
		row_put(&t, &member_row, &s->member[i]);
	model_write(m, side_path(s), &t);
}

void
model_save_relation(struct model *m, const struct relation *r)
{
	struct buf t = {0};
	size_t i;

	row_put(&t, &relation_row, r);
	for (i = 0; i < 2; i++)
		buf_printf(&t, "end %s %s\n", r->end[i].app->name, r->end[i].endpoint);
	model_write(m, memory_brief("relations/%u/info", r->id), &t);
	if (r->gone)
		model_write(m, memory_brief("relations/%u/gone", r->id), &t);
}

struct app *
model_add_app(struct model *m, const char *name)
{
	model_mkdir(m, memory_brief("apps/%s", name));
	return put_app(m, name);
}

struct unit *
model_add_unit(struct model *m, struct app *a, const char *machine, const struct unit *principal)
{
	struct buf t = {0};
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
	buf_puts(&t, "waiting\ninstalling agent");
	model_write(m, memory_brief("units/%s/status", u->file), &t);
	if (a->units == 1)
		model_elect(m, a, u);
	model_save_unit(m, u);
	model_save_app(m, a);
	save_next(m);
	return u;
}

void
model_elect(struct model *m, struct app *a, struct unit *u)
{
	a->leader = u == NULL ? NULL : u->name;
	model_save_app(m, a);
	if (u != NULL) {
		u->elected = true;
		model_save_unit(m, u);
	}
}

const char *
model_address(const struct unit *u)
{
	unsigned n = u->machine_id + 1;

	return memory_brief("10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
}

struct side *
model_enter(struct model *m, struct unit *u, struct relation *r)
{
	struct buf t = {0};
	struct side *s = put_side(u, r);
	const char *ip = model_address(u);

	model_mkdir(m, memory_brief("units/%s/cache/%u", u->file, r->id));
	s->version = 1;
	buf_printf(&t, "%0*d\n{\"egress-subnets\":\"%s/32\",\"ingress-address\":\"%s\"",
	    BAG_HEAD - 1, 1, ip, ip);
	if (m->juju.major < 4)
		buf_printf(&t, ",\"private-address\":\"%s\"", ip);
	buf_puts(&t, "}\n");
	model_write(m, memory_brief("relations/%u/unit/%s", r->id, u->file), &t);
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
		file_remove(m->dir, memory_brief("relations/%u", r->id));
		memory_take(m->relation, &m->relations, r);
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
	struct buf t = {0};
	size_t i;

	r->end[0] = (struct end){a, memory_text("%s", ea)};
	r->end[1] = (struct end){b, memory_text("%s", eb)};
	r->peer = a == b;
	if (interface == NULL)
		interface = r->peer ? memory_brief("%s-peers", a->name) : "worker-cluster";
	r->interface = memory_text("%s", interface);
	model_mkdir(m, memory_brief("relations/%u", r->id));
	model_mkdir(m, memory_brief("relations/%u/unit", r->id));
	model_mkdir(m, memory_brief("relations/%u/app", r->id));
	for (i = 0; i < 2; i++) {
		buf_printf(&t, "%0*d\n{}\n", BAG_HEAD - 1, 0);
		model_write(m, memory_brief("relations/%u/app/%s", r->id, r->end[i].app->name), &t);
	}
	model_save_relation(m, r);
	for (i = 0; i < m->units; i++) {
		if ((m->unit[i]->app == a || m->unit[i]->app == b) && m->unit[i]->installed &&
		    !m->unit[i]->dying)
			model_enter(m, m->unit[i], r);
	}
	save_next(m);
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
		model_elect(m, a, i < m->units ? m->unit[i] : NULL);
}
