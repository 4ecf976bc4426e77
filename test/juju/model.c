#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
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

/* Writes the text to the file that path, to be freed, names. */
static void
model_put(struct model *m, char *path, struct text *t)
{
	if (file_write(m->dir, path, t->n > 0 ? t->s : "", t->n) < 0)
		model_die("cannot write %s/%s: %s", m->path, path, strerror(errno));
	text_free(t);
	free(path);
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
	file_append(m->dir, "generation", ".", 1);
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
	struct app *a;
	char *app;
	size_t i;

	app = text_dup(name, strcspn(name, "/"));
	a = model_app(m, app);
	free(app);
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

static size_t
member_place(const struct side *s, const char *unit)
{
	size_t low, high, mid;

	for (low = 0, high = s->members; low < high;) {
		mid = low + (high - low) / 2;
		if (strcmp(s->member[mid].unit, unit) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct member *
model_member(const struct side *s, const char *unit)
{
	size_t at;

	at = member_place(s, unit);
	return at < s->members && strcmp(s->member[at].unit, unit) == 0 ? &s->member[at] : NULL;
}

void
model_member_add(struct side *s, const char *unit, unsigned long seen)
{
	struct member *known;
	size_t at;

	known = model_member(s, unit);
	if (known != NULL) {
		known->seen = seen;
		return;
	}
	at = member_place(s, unit);
	s->member = text_alloc(s->member, (s->members + 1) * sizeof *s->member);
	memmove(s->member + at + 1, s->member + at, (s->members - at) * sizeof *s->member);
	s->member[at].unit = text_dup(unit, strlen(unit));
	s->member[at].seen = seen;
	s->members++;
}

void
model_member_remove(struct side *s, const char *unit)
{
	struct member *known;

	known = model_member(s, unit);
	if (known == NULL)
		return;
	free(known->unit);
	s->members--;
	memmove(known, known + 1, (size_t)(s->member + s->members - known) * sizeof *known);
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
		u->fired = text_alloc(u->fired, (u->fires + 1) * sizeof *u->fired);
		u->fired[u->fires++] = text_dup(hook, strlen(hook));
	}
}

/* In memory alone, as the next four. */
static struct app *
put_app(struct model *m, const char *name)
{
	struct app *a;

	a = text_alloc(NULL, sizeof *a);
	memset(a, 0, sizeof *a);
	a->name = text_dup(name, strlen(name));
	m->app = text_alloc(m->app, (m->apps + 1) * sizeof *m->app);
	m->app[m->apps++] = a;
	return a;
}

static struct unit *
put_unit(struct model *m, struct app *a, unsigned number)
{
	struct unit *u;
	size_t i;

	u = text_alloc(NULL, sizeof *u);
	memset(u, 0, sizeof *u);
	u->app = a;
	u->number = number;
	u->name = text_make("%s/%u", a->name, number);
	u->file = text_make("%s-%u", a->name, number);
	a->unit = text_alloc(a->unit, (a->units + 1) * sizeof *a->unit);
	for (i = a->units++; i > 0 && strcmp(a->unit[i - 1]->name, u->name) > 0; i--)
		a->unit[i] = a->unit[i - 1];
	a->unit[i] = u;
	m->unit = text_alloc(m->unit, (m->units + 1) * sizeof *m->unit);
	for (i = m->units++; i > 0; i--) {
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

	r = text_alloc(NULL, sizeof *r);
	memset(r, 0, sizeof *r);
	r->id = id;
	m->relation = text_alloc(m->relation, (m->relations + 1) * sizeof *m->relation);
	for (i = m->relations++; i > 0 && m->relation[i - 1]->id > id; i--)
		m->relation[i] = m->relation[i - 1];
	m->relation[i] = r;
	return r;
}

static struct side *
put_side(struct unit *u, struct relation *r)
{
	struct side *s;
	size_t i;

	s = text_alloc(NULL, sizeof *s);
	memset(s, 0, sizeof *s);
	s->unit = u;
	s->relation = r;
	s->end = r->end[0].app == u->app ? 0 : 1;
	u->side = text_alloc(u->side, (u->sides + 1) * sizeof *u->side);
	for (i = u->sides++; i > 0 && u->side[i - 1]->relation->id > r->id; i--)
		u->side[i] = u->side[i - 1];
	u->side[i] = s;
	return s;
}

static void
drop_side(struct side *s)
{
	struct unit *u;
	size_t i;

	u = s->unit;
	for (i = 0; i < u->sides && u->side[i] != s; i++)
		continue;
	u->sides--;
	memmove(u->side + i, u->side + i + 1, (u->sides - i) * sizeof *u->side);
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
	char *word;

	word = *s;
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

static char *
load(struct model *m, char *path)
{
	char *s;

	s = file_read(m->dir, path, NULL);
	free(path);
	return s;
}

static void
load_app(struct model *m, const char *name)
{
	struct app *a;
	char *s, *p, *line, *value;

	a = put_app(m, name);
	p = s = load(m, text_make("apps/%s/info", name));
	while ((line = next_line(&p, &value)) != NULL) {
		if (strcmp(line, "next") == 0)
			a->next = (unsigned)number(value);
		else if (strcmp(line, "subordinate-to") == 0)
			a->subordinate_to = text_dup(value, strlen(value));
		else if (strcmp(line, "url") == 0)
			a->url = text_dup(value, strlen(value));
		else if (strcmp(line, "charm") == 0)
			a->charm = text_dup(value, strlen(value));
	}
	free(s);
	s = load(m, text_make("apps/%s/leader", name));
	if (s != NULL && *s != '\n')
		a->leader = text_dup(s, strcspn(s, "\n"));
	free(s);
}

static void
load_relation(struct model *m, const char *name)
{
	struct relation *r;
	char *s, *p, *line, *value, *path;
	int i;

	r = put_relation(m, (unsigned)number(name));
	p = s = load(m, text_make("relations/%s/info", name));
	i = 0;
	while ((line = next_line(&p, &value)) != NULL) {
		if (strcmp(line, "dying") == 0)
			r->dying = true;
		if (strcmp(line, "interface") == 0)
			r->interface = text_dup(value, strlen(value));
		if (strcmp(line, "end") != 0 || i == 2)
			continue;
		r->end[i].app = model_app(m, next_word(&value));
		r->end[i].endpoint = text_dup(value, strlen(value));
		if (r->end[i].app == NULL)
			model_die("%s/relations/%s is damaged", m->path, name);
		path = text_make("relations/%s/app/%s", name, r->end[i].app->name);
		r->version[i++] = file_bag_version(m->dir, path);
		free(path);
	}
	if (i != 2)
		model_die("%s/relations/%s is damaged", m->path, name);
	free(s);
	if (r->interface == NULL)
		model_die("%s/relations/%s is damaged", m->path, name);
	r->peer = r->end[0].app == r->end[1].app;
	path = text_make("relations/%s/gone", name);
	r->gone = faccessat(m->dir, path, F_OK, 0) == 0;
	free(path);
}

static void
load_side(struct model *m, struct unit *u, const char *name)
{
	struct relation *r;
	struct side *s;
	char *text, *p, *line, *value, *unit, *path;

	r = model_relation(m, (unsigned)number(name + strcspn(name, ":") + 1));
	if (r == NULL)
		return;
	s = put_side(u, r);
	p = text = load(m, text_make("units/%s/rel/%s", u->file, name));
	while ((line = next_line(&p, &value)) != NULL) {
		if (strcmp(line, "created") == 0) {
			s->created = true;
		} else if (strcmp(line, "app") == 0) {
			s->app_seen = number(value);
		} else if (strcmp(line, "pending") == 0) {
			s->pending = text_dup(value, strlen(value));
		} else if (strcmp(line, "member") == 0) {
			unit = next_word(&value);
			model_member_add(s, unit, number(value));
		}
	}
	free(text);
	path = text_make("relations/%u/unit/%s", r->id, u->file);
	s->version = file_bag_version(m->dir, path);
	free(path);
}

static void
load_unit(struct model *m, const char *file)
{
	struct unit *u;
	struct app *a;
	char *s, *p, *line, *value, **name, *path;
	size_t n, i;

	path = text_dup(file, (size_t)(strrchr(file, '-') - file));
	a = model_app(m, path);
	free(path);
	if (a == NULL)
		return;
	u = put_unit(m, a, (unsigned)number(strrchr(file, '-') + 1));
	p = s = load(m, text_make("units/%s/info", file));
	while ((line = next_line(&p, &value)) != NULL) {
		if (strcmp(line, "machine") == 0) {
			u->machine_id = (unsigned)number(next_word(&value));
			u->machine = text_dup(value, strlen(value));
		} else if (strcmp(line, "principal") == 0) {
			u->principal = text_dup(value, strlen(value));
		} else if (strcmp(line, "fired") == 0) {
			model_fire(u, value);
		} else if (strcmp(line, "failed") == 0) {
			u->failed.kind = (enum hook_kind)number(next_word(&value));
			u->failed.relation = (int)strtol(next_word(&value), NULL, 10);
			u->failed.version = number(next_word(&value));
			snprintf(u->failed.name, sizeof u->failed.name, "%s", next_word(&value));
			snprintf(u->failed.remote, sizeof u->failed.remote, "%s", value);
		}
		u->dying = u->dying || strcmp(line, "dying") == 0;
		u->installed = u->installed || strcmp(line, "installed") == 0;
		u->stopped = u->stopped || strcmp(line, "stopped") == 0;
		u->elected = u->elected || strcmp(line, "elected") == 0;
		u->config = u->config || strcmp(line, "config") == 0;
		u->start = u->start || strcmp(line, "start") == 0;
		u->status = u->status || strcmp(line, "status") == 0;
	}
	free(s);
	path = text_make("units/%s/rel", file);
	name = file_list(m->dir, path, &n);
	free(path);
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
	struct text t = {0};

	text_fmt(&t, "relation %u\nmachine %u\n", m->next_relation, m->next_machine);
	model_put(m, text_make("next"), &t);
}

void
model_save_app(struct model *m, const struct app *a)
{
	struct text t = {0};

	text_fmt(&t, "next %u\ncharm %s\n", a->next, a->charm == NULL ? a->name : a->charm);
	if (a->subordinate_to != NULL)
		text_fmt(&t, "subordinate-to %s\n", a->subordinate_to);
	if (a->url != NULL)
		text_fmt(&t, "url %s\n", a->url);
	model_put(m, text_make("apps/%s/info", a->name), &t);
	text_fmt(&t, "%s\n", a->leader == NULL ? "" : a->leader);
	model_put(m, text_make("apps/%s/leader", a->name), &t);
}

void
model_save_unit(struct model *m, const struct unit *u)
{
	struct text t = {0};
	size_t i;

	text_fmt(&t, "machine %u %s\n%s%s%s%s%s%s%s", u->machine_id, u->machine,
	    u->dying ? "dying\n" : "", u->installed ? "installed\n" : "",
	    u->stopped ? "stopped\n" : "", u->elected ? "elected\n" : "",
	    u->config ? "config\n" : "", u->start ? "start\n" : "", u->status ? "status\n" : "");
	if (u->principal != NULL)
		text_fmt(&t, "principal %s\n", u->principal);
	for (i = 0; i < u->fires; i++)
		text_fmt(&t, "fired %s\n", u->fired[i]);
	if (u->failed.kind != HOOK_NONE)
		text_fmt(&t, "failed %d %d %lu %s %s\n", (int)u->failed.kind, u->failed.relation,
		    u->failed.version, u->failed.name, u->failed.remote);
	model_put(m, text_make("units/%s/info", u->file), &t);
}

void
model_save_side(struct model *m, const struct side *s)
{
	struct text t = {0};
	size_t i;

	text_fmt(&t, "remote %s %s\napp %lu\n%s", s->relation->end[1 - s->end].app->name,
	    s->relation->end[1 - s->end].endpoint, s->app_seen, s->created ? "created\n" : "");
	if (s->pending != NULL)
		text_fmt(&t, "pending %s\n", s->pending);
	for (i = 0; i < s->members; i++)
		text_fmt(&t, "member %s %lu\n", s->member[i].unit, s->member[i].seen);
	model_put(m,
	    text_make("units/%s/rel/%s:%u", s->unit->file, s->relation->end[s->end].endpoint,
		s->relation->id),
	    &t);
}

void
model_save_relation(struct model *m, const struct relation *r)
{
	struct text t = {0};

	text_fmt(&t, "end %s %s\nend %s %s\ninterface %s\n%s", r->end[0].app->name,
	    r->end[0].endpoint, r->end[1].app->name, r->end[1].endpoint, r->interface,
	    r->dying ? "dying\n" : "");
	model_put(m, text_make("relations/%u/info", r->id), &t);
	if (r->gone)
		model_put(m, text_make("relations/%u/gone", r->id), &t);
}

struct app *
model_add_app(struct model *m, const char *name)
{
	char *dir;

	dir = text_make("apps/%s", name);
	model_mkdir(m, dir);
	free(dir);
	return put_app(m, name);
}

static void
model_mkdirs(struct model *m, const char *parent, const char *name, const char *const *child)
{
	char *dir;

	dir = text_make("%s/%s", parent, name);
	model_mkdir(m, dir);
	free(dir);
	for (; *child != NULL; child++) {
		dir = text_make("%s/%s/%s", parent, name, *child);
		model_mkdir(m, dir);
		free(dir);
	}
}

struct unit *
model_add_unit(struct model *m, struct app *a, const char *machine, const struct unit *principal)
{
	static const char *const dirs[] = {"rel", "cache", NULL};
	struct text t = {0};
	struct unit *u;
	size_t i;

	u = put_unit(m, a, a->next++);
	if (principal != NULL) {
		u->principal = text_make("%s", principal->name);
		machine = principal->machine;
	}
	u->machine = text_make("%s", machine == NULL ? u->file : machine);
	u->machine_id = m->next_machine;
	for (i = 0; i < m->units; i++) {
		if (m->unit[i] != u && strcmp(m->unit[i]->machine, u->machine) == 0)
			u->machine_id = m->unit[i]->machine_id;
	}
	if (u->machine_id == m->next_machine)
		m->next_machine++;
	u->config = u->start = true;
	model_mkdirs(m, "units", u->file, dirs);
	text_str(&t, "waiting\ninstalling agent");
	model_put(m, text_make("units/%s/status", u->file), &t);
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
	a->leader = u == NULL ? NULL : text_dup(u->name, strlen(u->name));
	model_save_app(m, a);
	if (u != NULL) {
		u->elected = true;
		model_save_unit(m, u);
	}
}

void
model_address(const struct unit *u, char s[16])
{
	unsigned n;

	n = u->machine_id + 1;
	snprintf(s, 16, "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
}

struct side *
model_enter(struct model *m, struct unit *u, struct relation *r)
{
	struct text t = {0};
	struct side *s;
	char ip[16], *dir;

	s = put_side(u, r);
	dir = text_make("units/%s/cache/%u", u->file, r->id);
	model_mkdir(m, dir);
	free(dir);
	model_address(u, ip);
	s->version = 1;
	text_fmt(&t, "%0*d\n{\"egress-subnets\":\"%s/32\",\"ingress-address\":\"%s\"",
	    FILE_BAG_HEAD - 1, 1, ip, ip);
	if (m->juju.major < 4)
		text_fmt(&t, ",\"private-address\":\"%s\"", ip);
	text_str(&t, "}\n");
	model_put(m, text_make("relations/%u/unit/%s", r->id, u->file), &t);
	model_save_side(m, s);
	return s;
}

void
model_leave(struct model *m, struct side *s)
{
	char *path;

	path = text_make("units/%s/rel/%s:%u", s->unit->file, s->relation->end[s->end].endpoint,
	    s->relation->id);
	file_remove(m->dir, path);
	free(path);
	path = text_make("units/%s/cache/%u", s->unit->file, s->relation->id);
	file_remove(m->dir, path);
	free(path);
	drop_side(s);
}

struct relation *
model_add_relation(struct model *m, struct app *a, const char *ea, struct app *b, const char *eb,
    const char *interface)
{
	static const char *const dirs[] = {"unit", "app", NULL};
	struct relation *r;
	struct text t = {0};
	char *name;
	size_t i;

	r = put_relation(m, m->next_relation++);
	r->end[0].app = a;
	r->end[0].endpoint = text_dup(ea, strlen(ea));
	r->end[1].app = b;
	r->end[1].endpoint = text_dup(eb, strlen(eb));
	r->peer = a == b;
	if (interface != NULL)
		r->interface = text_make("%s", interface);
	else
		r->interface =
		    r->peer ? text_make("%s-peers", a->name) : text_make("worker-cluster");
	name = text_make("%u", r->id);
	model_mkdirs(m, "relations", name, dirs);
	free(name);
	for (i = 0; i < 2; i++) {
		text_fmt(&t, "%0*d\n{}\n", FILE_BAG_HEAD - 1, 0);
		model_put(m, text_make("relations/%u/app/%s", r->id, r->end[i].app->name), &t);
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
	char *path;
	size_t i;

	path = text_make("relations/%u", r->id);
	file_remove(m->dir, path);
	free(path);
	for (i = 0; i < m->relations && m->relation[i] != r; i++)
		continue;
	m->relations--;
	memmove(m->relation + i, m->relation + i + 1, (m->relations - i) * sizeof *m->relation);
	free(r->interface);
	free(r->end[0].endpoint);
	free(r->end[1].endpoint);
	free(r);
}

void
model_remove_unit(struct model *m, struct unit *u)
{
	struct app *a;
	char *path;
	size_t i;
	bool led;

	a = u->app;
	led = model_leads(u);
	path = text_make("units/%s", u->file);
	file_remove(m->dir, path);
	free(path);
	for (i = 0; i < a->units && a->unit[i] != u; i++)
		continue;
	a->units--;
	memmove(a->unit + i, a->unit + i + 1, (a->units - i) * sizeof *a->unit);
	for (i = 0; i < m->units && m->unit[i] != u; i++)
		continue;
	m->units--;
	memmove(m->unit + i, m->unit + i + 1, (m->units - i) * sizeof *m->unit);
	drop_unit(u);
	if (!led)
		return;
	for (i = 0; i < m->units; i++) {
		if (m->unit[i]->app == a && !m->unit[i]->dying)
			break;
	}
	model_elect(m, a, i < m->units ? m->unit[i] : NULL);
}
