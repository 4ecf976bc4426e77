#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bag.h"
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

static void
model_put(struct model *m, const char *path, struct buf *b)
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
		mkdir(m->path, 0777);
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
	const struct app *a = model_app(m, memory_brief("%.*s", (int)strcspn(name, "/"), name));
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
		s->member = memory_grow(s->member, &s->members, sizeof *s->member);
		memmove(
		    s->member + at + 1, s->member + at, (s->members - 1 - at) * sizeof *s->member);
		s->member[at].unit = memory_text("%s", unit);
	}
	s->member[at].seen = seen;
}

void
model_member_remove(struct side *s, const char *unit)
{
	struct member *known = model_member(s, unit);

	if (known == NULL)
		return;
	free(known->unit);
	memory_remove(s->member, &s->members, sizeof *known, (size_t)(known - s->member));
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

/* In memory alone, as the next four. */
static struct app *
put_app(struct model *m, const char *name)
{
	struct app *a;

	a = memory_zeros(sizeof *a);
	a->name = memory_text("%s", name);
	m->app = memory_grow(m->app, &m->apps, sizeof *m->app);
	m->app[m->apps - 1] = a;
	return a;
}

static struct unit *
put_unit(struct model *m, struct app *a, unsigned number)
{
	struct unit *u;
	size_t i;

	u = memory_zeros(sizeof *u);
	u->app = a;
	u->number = number;
	u->name = memory_text("%s/%u", a->name, number);
	u->file = memory_text("%s-%u", a->name, number);
	a->unit = memory_grow(a->unit, &a->units, sizeof *a->unit);
	for (i = a->units - 1; i > 0 && strcmp(a->unit[i - 1]->name, u->name) > 0; i--)
		a->unit[i] = a->unit[i - 1];
	a->unit[i] = u;
	m->unit = memory_grow(m->unit, &m->units, sizeof *m->unit);
	for (i = m->units - 1; i > 0; i--) {
		if (strcmp(m->unit[i - 1]->app->name, a->name) < 0 ||
		    (m->unit[i - 1]->app == a && m->unit[i - 1]->number < number))
			break;
		m->unit[i] = m->unit[i - 1];
	}
	m->unit[i] = u;
	return u;
}

static struct relation *
put_relation(struct model *m, unsigned id)
{
	struct relation *r;
	size_t i;

	r = memory_zeros(sizeof *r);
	r->id = id;
	m->relation = memory_grow(m->relation, &m->relations, sizeof *m->relation);
	for (i = m->relations - 1; i > 0 && m->relation[i - 1]->id > id; i--)
		m->relation[i] = m->relation[i - 1];
	m->relation[i] = r;
	return r;
}

static struct side *
put_side(struct unit *u, struct relation *r)
{
	struct side *s;
	size_t i;

	s = memory_zeros(sizeof *s);
	s->unit = u;
	s->relation = r;
	s->end = r->end[0].app == u->app ? 0 : 1;
	u->side = memory_grow(u->side, &u->sides, sizeof *u->side);
	for (i = u->sides - 1; i > 0 && u->side[i - 1]->relation->id > r->id; i--)
		u->side[i] = u->side[i - 1];
	u->side[i] = s;
	return s;
}

static void
drop_side(struct side *s)
{
	struct unit *u = s->unit;
	size_t i;

	for (i = 0; i < u->sides && u->side[i] != s; i++)
		continue;
	memory_remove(u->side, &u->sides, sizeof *u->side, i);
	while (s->members > 0)
		free(s->member[--s->members].unit);
	free(s->member);
	free(s->pending);
	free(s);
}

static void
drop_unit(struct unit *u)
{
	while (u->sides > 0)
		drop_side(u->side[0]);
	while (u->fires > 0)
		free(u->fired[--u->fires]);
	free(u->fired);
	free(u->side);
	free(u->principal);
	free(u->machine);
	free(u->name);
	free(u->file);
	free(u);
}

/* The next line of a file's text; its first word ends in '\0', value is what follows. */
static char *
next_line(char **s, char **value)
{
	char *line, *end;

	line = *s;
	if (line == NULL || *line == '\0')
		return NULL;
	end = line + strcspn(line, "\n");
	*s = *end == '\0' ? end : end + 1;
	*end = '\0';
	*value = line + strcspn(line, " ");
	if (**value == ' ')
		*(*value)++ = '\0';
	return line;
}

static char *
next_word(char **s)
{
	char *word = *s;

	*s += strcspn(word, " ");
	if (**s == ' ')
		*(*s)++ = '\0';
	return word;
}

static unsigned long
number(const char *s)
{
	return strtoul(s, NULL, 10);
}

static void
load_app(struct model *m, const char *name)
{
	struct app *a = put_app(m, name);
	char *s, *p, *line, *value;

	p = s = file_read(m->dir, memory_brief("apps/%s/info", name), NULL);
	while ((line = next_line(&p, &value)) != NULL) {
		if (strcmp(line, "next") == 0)
			a->next = (unsigned)number(value);
		else if (strcmp(line, "subordinate-to") == 0)
			a->subordinate_to = memory_text("%s", value);
		else if (strcmp(line, "url") == 0)
			a->url = memory_text("%s", value);
		else if (strcmp(line, "charm") == 0)
			a->charm = memory_text("%s", value);
	}
	free(s);
	s = file_read(m->dir, memory_brief("apps/%s/leader", name), NULL);
	if (s != NULL && *s != '\n')
		a->leader = memory_copy(s, strcspn(s, "\n"));
	free(s);
}

static void
load_relation(struct model *m, const char *name)
{
	struct relation *r = put_relation(m, (unsigned)number(name));
	char *s, *p, *line, *value;
	int i;

	p = s = file_read(m->dir, memory_brief("relations/%s/info", name), NULL);
	i = 0;
	while ((line = next_line(&p, &value)) != NULL) {
		if (strcmp(line, "dying") == 0)
			r->dying = true;
		if (strcmp(line, "interface") == 0)
			r->interface = memory_text("%s", value);
		if (strcmp(line, "end") != 0 || i == 2)
			continue;
		r->end[i].app = model_app(m, next_word(&value));
		r->end[i].endpoint = memory_text("%s", value);
		if (r->end[i].app == NULL)
			model_die("%s/relations/%s is damaged", m->path, name);
		r->version[i] = folder_bag_version(
		    m->dir, memory_brief("relations/%s/app/%s", name, r->end[i].app->name));
		i++;
	}
	if (i != 2 || r->interface == NULL)
		model_die("%s/relations/%s is damaged", m->path, name);
	free(s);
	r->peer = r->end[0].app == r->end[1].app;
	r->gone = faccessat(m->dir, memory_brief("relations/%s/gone", name), F_OK, 0) == 0;
}

static void
load_side(struct model *m, struct unit *u, const char *name)
{
	struct relation *r = model_relation(m, (unsigned)number(name + strcspn(name, ":") + 1));
	struct side *s;
	char *text, *p, *line, *value, *unit;

	if (r == NULL)
		return;
	s = put_side(u, r);
	p = text = file_read(m->dir, memory_brief("units/%s/rel/%s", u->file, name), NULL);
	while ((line = next_line(&p, &value)) != NULL) {
		if (strcmp(line, "created") == 0) {
			s->created = true;
		} else if (strcmp(line, "app") == 0) {
			s->app_seen = number(value);
		} else if (strcmp(line, "pending") == 0) {
			s->pending = memory_text("%s", value);
		} else if (strcmp(line, "member") == 0) {
			unit = next_word(&value);
			model_member_add(s, unit, number(value));
		}
	}
	free(text);
	s->version =
	    folder_bag_version(m->dir, memory_brief("relations/%u/unit/%s", r->id, u->file));
}

/* What of a unit is kept by name alone. */
static const struct {
	const char *name;
	size_t at;
} flags[] = {{"dying", offsetof(struct unit, dying)},
    {"installed", offsetof(struct unit, installed)}, {"stopped", offsetof(struct unit, stopped)},
    {"elected", offsetof(struct unit, elected)}, {"config", offsetof(struct unit, config)},
    {"start", offsetof(struct unit, start)}, {"status", offsetof(struct unit, status)}};

enum { FLAGS = sizeof flags / sizeof *flags };

static void
load_unit(struct model *m, const char *file)
{
	struct unit *u;
	int dash = (int)(strrchr(file, '-') - file);
	struct app *a = model_app(m, memory_brief("%.*s", dash, file));
	char *s, *p, *line, *value, **name;
	size_t n, i;

	if (a == NULL)
		return;
	u = put_unit(m, a, (unsigned)number(file + dash + 1));
	p = s = file_read(m->dir, memory_brief("units/%s/info", file), NULL);
	while ((line = next_line(&p, &value)) != NULL) {
		if (strcmp(line, "machine") == 0) {
			u->machine_id = (unsigned)number(next_word(&value));
			u->machine = memory_text("%s", value);
		} else if (strcmp(line, "principal") == 0) {
			u->principal = memory_text("%s", value);
		} else if (strcmp(line, "fired") == 0) {
			model_fire(u, value);
		} else if (strcmp(line, "failed") == 0) {
			u->failed.kind = (enum hook_kind)number(next_word(&value));
			u->failed.relation = (int)strtol(next_word(&value), NULL, 10);
			u->failed.version = number(next_word(&value));
			snprintf(u->failed.name, sizeof u->failed.name, "%s", next_word(&value));
			snprintf(u->failed.remote, sizeof u->failed.remote, "%s", value);
		}
		for (i = 0; i < FLAGS; i++)
			if (strcmp(line, flags[i].name) == 0)
				*(bool *)((char *)u + flags[i].at) = true;
	}
	free(s);
	name = file_list(m->dir, memory_brief("units/%s/rel", file), &n);
	for (i = 0; i < n; i++)
		load_side(m, u, name[i]);
	file_list_free(name, n);
}

void
model_load(struct model *m)
{
	char **name, *s, *p, *line, *value;
	size_t n, i;

	p = s = file_read(m->dir, "next", NULL);
	while ((line = next_line(&p, &value)) != NULL) {
		if (strcmp(line, "relation") == 0)
			m->next_relation = (unsigned)number(value);
		else if (strcmp(line, "machine") == 0)
			m->next_machine = (unsigned)number(value);
	}
	free(s);
	s = file_read(m->dir, "juju", NULL);
	if (model_version(&m->juju, s == NULL ? "3" : s) < 0)
		model_die("%s/juju is damaged", m->path);
	free(s);
	name = file_list(m->dir, "apps", &n);
	for (i = 0; i < n; i++)
		load_app(m, name[i]);
	file_list_free(name, n);
	name = file_list(m->dir, "relations", &n);
	for (i = 0; i < n; i++)
		load_relation(m, name[i]);
	file_list_free(name, n);
	name = file_list(m->dir, "units", &n);
	for (i = 0; i < n; i++)
		load_unit(m, name[i]);
	file_list_free(name, n);
	m->generation = model_generation(m);
}

void
model_free(struct model *m)
{
	size_t i;

	for (i = 0; i < m->units; i++)
		drop_unit(m->unit[i]);
	for (i = 0; i < m->relations; i++) {
		free(m->relation[i]->interface);
		free(m->relation[i]->end[0].endpoint);
		free(m->relation[i]->end[1].endpoint);
		free(m->relation[i]);
	}
	for (i = 0; i < m->apps; i++) {
		free(m->app[i]->unit);
		free(m->app[i]->leader);
		free(m->app[i]->subordinate_to);
		free(m->app[i]->url);
		free(m->app[i]->charm);
		free(m->app[i]->name);
		free(m->app[i]);
	}
	free(m->unit);
	free(m->relation);
	free(m->app);
	m->unit = NULL;
	m->relation = NULL;
	m->app = NULL;
	m->units = m->relations = m->apps = 0;
}

void
model_save(struct model *m)
{
	struct buf t = {0};

	buf_printf(&t, "relation %u\nmachine %u\n", m->next_relation, m->next_machine);
	model_put(m, "next", &t);
}

void
model_save_app(struct model *m, const struct app *a)
{
	struct buf t = {0};

	buf_printf(&t, "next %u\ncharm %s\n", a->next, a->charm == NULL ? a->name : a->charm);
	if (a->subordinate_to != NULL)
		buf_printf(&t, "subordinate-to %s\n", a->subordinate_to);
	if (a->url != NULL)
		buf_printf(&t, "url %s\n", a->url);
	model_put(m, memory_brief("apps/%s/info", a->name), &t);
	buf_printf(&t, "%s\n", a->leader == NULL ? "" : a->leader);
	model_put(m, memory_brief("apps/%s/leader", a->name), &t);
}

void
model_save_unit(struct model *m, const struct unit *u)
{
	struct buf t = {0};
	size_t i;

	buf_printf(&t, "machine %u %s\n", u->machine_id, u->machine);
	for (i = 0; i < FLAGS; i++)
		if (*(const bool *)((const char *)u + flags[i].at))
			buf_printf(&t, "%s\n", flags[i].name);
	if (u->principal != NULL)
		buf_printf(&t, "principal %s\n", u->principal);
	for (i = 0; i < u->fires; i++)
		buf_printf(&t, "fired %s\n", u->fired[i]);
	if (u->failed.kind != HOOK_NONE)
		buf_printf(&t, "failed %d %d %lu %s %s\n", (int)u->failed.kind, u->failed.relation,
		    u->failed.version, u->failed.name, u->failed.remote);
	model_put(m, memory_brief("units/%s/info", u->file), &t);
}

void
model_save_side(struct model *m, const struct side *s)
{
	struct buf t = {0};
	size_t i;

	buf_printf(&t, "remote %s %s\napp %lu\n%s", s->relation->end[1 - s->end].app->name,
	    s->relation->end[1 - s->end].endpoint, s->app_seen, s->created ? "created\n" : "");
	if (s->pending != NULL)
		buf_printf(&t, "pending %s\n", s->pending);
	for (i = 0; i < s->members; i++)
		buf_printf(&t, "member %s %lu\n", s->member[i].unit, s->member[i].seen);
	model_put(m,
	    memory_brief("units/%s/rel/%s:%u", s->unit->file, s->relation->end[s->end].endpoint,
		s->relation->id),
	    &t);
}

void
model_save_relation(struct model *m, const struct relation *r)
{
	struct buf t = {0};

	buf_printf(&t, "end %s %s\nend %s %s\ninterface %s\n%s", r->end[0].app->name,
	    r->end[0].endpoint, r->end[1].app->name, r->end[1].endpoint, r->interface,
	    r->dying ? "dying\n" : "");
	model_put(m, memory_brief("relations/%u/info", r->id), &t);
	if (r->gone)
		model_put(m, memory_brief("relations/%u/gone", r->id), &t);
}

struct app *
model_add_app(struct model *m, const char *name)
{
	model_mkdir(m, memory_brief("apps/%s", name));
	return put_app(m, name);
}

static void
model_mkdirs(struct model *m, const char *parent, const char *name, const char *const *child)
{
	model_mkdir(m, memory_brief("%s/%s", parent, name));
	for (; *child != NULL; child++) {
		model_mkdir(m, memory_brief("%s/%s/%s", parent, name, *child));
	}
}

struct unit *
model_add_unit(struct model *m, struct app *a, const char *machine, const struct unit *principal)
{
	static const char *const dirs[] = {"rel", "cache", NULL};
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
	model_mkdirs(m, "units", u->file, dirs);
	buf_puts(&t, "waiting\ninstalling agent");
	model_put(m, memory_brief("units/%s/status", u->file), &t);
	if (a->units == 1)
		model_elect(m, a, u);
	model_save_unit(m, u);
	model_save_app(m, a);
	model_save(m);
	return u;
}

void
model_elect(struct model *m, struct app *a, struct unit *u)
{
	free(a->leader);
	a->leader = u == NULL ? NULL : memory_copy(u->name, strlen(u->name));
	model_save_app(m, a);
	if (u != NULL) {
		u->elected = true;
		model_save_unit(m, u);
	}
}

void
model_address(const struct unit *u, char s[16])
{
	unsigned n = u->machine_id + 1;

	snprintf(s, 16, "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
}

struct side *
model_enter(struct model *m, struct unit *u, struct relation *r)
{
	struct buf t = {0};
	struct side *s = put_side(u, r);
	char ip[16];

	model_mkdir(m, memory_brief("units/%s/cache/%u", u->file, r->id));
	model_address(u, ip);
	s->version = 1;
	buf_printf(&t, "%0*d\n{\"egress-subnets\":\"%s/32\",\"ingress-address\":\"%s\"",
	    BAG_HEAD - 1, 1, ip, ip);
	if (m->juju.major < 4)
		buf_printf(&t, ",\"private-address\":\"%s\"", ip);
	buf_puts(&t, "}\n");
	model_put(m, memory_brief("relations/%u/unit/%s", r->id, u->file), &t);
	model_save_side(m, s);
	return s;
}

void
model_leave(struct model *m, struct side *s)
{
	file_remove(m->dir, memory_brief("units/%s/rel/%s:%u", s->unit->file,
				s->relation->end[s->end].endpoint, s->relation->id));
	file_remove(m->dir, memory_brief("units/%s/cache/%u", s->unit->file, s->relation->id));
	drop_side(s);
}

struct relation *
model_add_relation(struct model *m, struct app *a, const char *ea, struct app *b, const char *eb,
    const char *interface)
{
	static const char *const dirs[] = {"unit", "app", NULL};
	struct relation *r = put_relation(m, m->next_relation++);
	struct buf t = {0};
	size_t i;

	r->end[0].app = a;
	r->end[0].endpoint = memory_text("%s", ea);
	r->end[1].app = b;
	r->end[1].endpoint = memory_text("%s", eb);
	r->peer = a == b;
	if (interface != NULL)
		r->interface = memory_text("%s", interface);
	else
		r->interface =
		    r->peer ? memory_text("%s-peers", a->name) : memory_text("worker-cluster");
	model_mkdirs(m, "relations", memory_brief("%u", r->id), dirs);
	for (i = 0; i < 2; i++) {
		buf_printf(&t, "%0*d\n{}\n", BAG_HEAD - 1, 0);
		model_put(m, memory_brief("relations/%u/app/%s", r->id, r->end[i].app->name), &t);
	}
	model_save_relation(m, r);
	for (i = 0; i < m->units; i++) {
		if ((m->unit[i]->app == a || m->unit[i]->app == b) && m->unit[i]->installed &&
		    !m->unit[i]->dying)
			model_enter(m, m->unit[i], r);
	}
	model_save(m);
	return r;
}

void
model_remove_relation(struct model *m, struct relation *r)
{
	size_t i;

	file_remove(m->dir, memory_brief("relations/%u", r->id));
	for (i = 0; i < m->relations && m->relation[i] != r; i++)
		continue;
	memory_remove(m->relation, &m->relations, sizeof *m->relation, i);
	free(r->interface);
	free(r->end[0].endpoint);
	free(r->end[1].endpoint);
	free(r);
}

void
model_remove_unit(struct model *m, struct unit *u)
{
	struct app *a = u->app;
	size_t i;
	bool led = model_leads(u);

	file_remove(m->dir, memory_brief("units/%s", u->file));
	for (i = 0; i < a->units && a->unit[i] != u; i++)
		continue;
	memory_remove(a->unit, &a->units, sizeof *a->unit, i);
	for (i = 0; i < m->units && m->unit[i] != u; i++)
		continue;
	memory_remove(m->unit, &m->units, sizeof *m->unit, i);
	drop_unit(u);
	if (!led)
		return;
	for (i = 0; i < m->units; i++) {
		if (m->unit[i]->app == a && !m->unit[i]->dying)
			break;
	}
	model_elect(m, a, i < m->units ? m->unit[i] : NULL);
}
