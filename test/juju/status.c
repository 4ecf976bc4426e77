#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "folder.h"
#include "status.h"

/* The severest first: an application that sets none has that of its units. */
static const char *const severity[] = {
    "error", "blocked", "maintenance", "waiting", "active", "unknown"};

enum { SEVERITIES = sizeof severity / sizeof *severity };

struct writer {
	const struct model *m;
	const struct version *juju;
	char version[40];
};

static void
put(cJSON *to, const char *name, const char *value)
{
	cJSON_AddStringToObject(to, name, value);
}

static cJSON *
put_object(cJSON *to, const char *name)
{
	return cJSON_AddObjectToObject(to, name);
}

/* The member of that name, which is made if there is none. */
static cJSON *
member(cJSON *of, const char *name, cJSON *create(void))
{
	cJSON *o = cJSON_GetObjectItemCaseSensitive(of, name);

	if (o == NULL) {
		o = create();
		cJSON_AddItemToObject(of, name, o);
	}
	return o;
}

static char *
unit_status(const struct model *m, const struct unit *u, const char **message)
{
	char *s;

	if (u->failed.kind != HOOK_NONE) {
		s = memory_text("error%chook failed: \"%s\"", 0, u->failed.name);
		*message = s + sizeof "error";
		return s;
	}
	return folder_status(m->dir, memory_brief("units/%s/status", u->file), message);
}

static void
put_status(const struct writer *w, cJSON *to, const char *name, const char *status,
    const char *message, const char *path, const char *version)
{
	cJSON *o = put_object(to, name);
	struct stat st;
	struct tm tm;
	char s[40];

	put(o, "current", status);
	if (*message != '\0')
		put(o, "message", message);
	if (fstatat(w->m->dir, path, &st, 0) == 0 && gmtime_r(&st.st_mtime, &tm) != NULL) {
		strftime(s, sizeof s, "%d %b %Y %H:%M:%SZ", &tm);
		put(o, "since", s);
	}
	if (version != NULL)
		put(o, "version", version);
}

static void
put_base(const struct writer *w, cJSON *to)
{
	cJSON *base;

	if (w->juju->major < 3) {
		put(to, "series", "noble");
		return;
	}
	base = put_object(to, "base");
	put(base, "name", "ubuntu");
	put(base, "channel", "24.04");
}

static void
put_machine(const struct writer *w, cJSON *o, const struct unit *u)
{
	const char *ip = model_address(u);

	put_status(w, o, "juju-status", "started", "", "next", w->version);
	put(o, "hostname", u->machine);
	put(o, "dns-name", ip);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "ip-addresses"), cJSON_CreateString(ip));
	put(o, "instance-id", u->machine);
	put_status(w, o, "machine-status", "running", "Running", "next", NULL);
	put_base(w, o);
}

static void
put_machines(const struct writer *w, cJSON *to)
{
	cJSON *machines = put_object(to, "machines"), *o;
	const struct unit *u;
	size_t i;

	for (i = 0; i < w->m->units; i++) {
		u = w->m->unit[i];
		if (u->app->url != NULL)
			continue;
		o = member(machines, memory_brief("%u", u->machine_id), cJSON_CreateObject);
		if (o->child == NULL)
			put_machine(w, o, u);
	}
	text_sort(machines);
}

static cJSON *
related(const struct relation *r, int end, bool name_alone)
{
	const char *name = r->end[1 - end].app->name;
	cJSON *o;

	if (name_alone)
		return cJSON_CreateString(name);
	o = cJSON_CreateObject();
	put(o, "related-application", name);
	put(o, "interface", r->interface);
	put(o, "scope", "global");
	return o;
}

static void
put_relations(const struct writer *w, cJSON *to, const struct app *a, bool names_alone)
{
	cJSON *o = NULL, *list;
	const struct relation *r;
	size_t i;
	int end;

	for (i = 0; i < w->m->relations; i++) {
		r = w->m->relation[i];
		end = model_end(r, a);
		if (end < 0)
			continue;
		if (o == NULL)
			o = put_object(to, "relations");
		list = member(o, r->end[end].endpoint, cJSON_CreateArray);
		cJSON_AddItemToArray(list, related(r, end, names_alone));
	}
	if (o != NULL)
		text_sort(o);
}

static void
put_unit(const struct writer *w, cJSON *to, const struct unit *u)
{
	const char *message, *path = memory_brief("units/%s/status", u->file);
	char *status = unit_status(w->m, u, &message);
	cJSON *o = put_object(to, u->name), *subordinates = NULL;
	const struct unit *v;
	size_t i;

	put_status(w, o, "workload-status", status, message, path, NULL);
	put_status(w, o, "juju-status", "idle", "", path, w->version);
	free(status);
	if (model_leads(u))
		cJSON_AddTrueToObject(o, "leader");
	if (u->principal == NULL)
		put(o, "machine", memory_brief("%u", u->machine_id));
	put(o, "public-address", model_address(u));
	for (i = 0; i < w->m->units; i++) {
		v = w->m->unit[i];
		if (v->principal == NULL || strcmp(v->principal, u->name) != 0)
			continue;
		if (subordinates == NULL)
			subordinates = put_object(o, "subordinates");
		put_unit(w, subordinates, v);
	}
}

static int
rank(const char *status)
{
	int i;

	for (i = 0; i < SEVERITIES - 1 && strcmp(severity[i], status) != 0; i++)
		continue;
	return i;
}

static void
put_app_status(const struct writer *w, cJSON *to, const struct app *a)
{
	const char *message;
	char *s;
	size_t i;
	int worst, of_unit;

	s = folder_status(w->m->dir, memory_brief("apps/%s/status", a->name), &message);
	worst = rank(s);
	if (strcmp(s, "unknown") == 0) {
		for (i = 0; i < a->units; i++) {
			free(s);
			s = unit_status(w->m, a->unit[i], &message);
			of_unit = rank(s);
			worst = of_unit < worst ? of_unit : worst;
		}
		message = "";
	}
	put_status(w, to, "application-status", severity[worst], message,
	    memory_brief("apps/%s/status", a->name), NULL);
	free(s);
}

static void
put_app(const struct writer *w, cJSON *to, const struct app *a)
{
	cJSON *o = put_object(to, a->name), *units;
	size_t i;

	put(o, "charm", a->charm);
	put_base(w, o);
	if (w->juju->major < 3)
		put(o, "os", "ubuntu");
	put(o, "charm-origin", "charmhub");
	put(o, "charm-name", a->charm);
	cJSON_AddNumberToObject(o, "charm-rev", 1);
	cJSON_AddFalseToObject(o, "exposed");
	put_app_status(w, o, a);
	put_relations(w, o, a, w->juju->major < 3);
	if (a->subordinate_to != NULL) {
		cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "subordinate-to"),
		    cJSON_CreateString(a->subordinate_to));
	} else if (a->units > 0) {
		units = put_object(o, "units");
		for (i = 0; i < a->units; i++)
			put_unit(w, units, a->unit[i]);
	}
}

static void
put_remote(const struct writer *w, cJSON *to, const struct app *a)
{
	cJSON *o = put_object(to, a->name), *endpoints, *e;
	const struct relation *r;
	size_t i;
	int end;

	put(o, "url", a->url);
	endpoints = put_object(o, "endpoints");
	for (i = 0; i < w->m->relations; i++) {
		r = w->m->relation[i];
		end = model_end(r, a);
		e = end < 0 ? NULL : member(endpoints, r->end[end].endpoint, cJSON_CreateObject);
		if (e == NULL || e->child != NULL)
			continue;
		put(e, "interface", r->interface);
		put(e, "role", "provider");
	}
	text_sort(endpoints);
	put_app_status(w, o, a);
	put_relations(w, o, a, true);
}

static void
put_model(const struct writer *w, cJSON *to)
{
	cJSON *o = put_object(to, "model");

	put(o, "name", strrchr(w->m->path, '/') + 1);
	put(o, "type", "iaas");
	put(o, "controller", "stand-in");
	put(o, "cloud", "localhost");
	put(o, "version", w->version);
	put_status(w, o, "model-status", "available", "", "next", NULL);
	if (w->juju->major < 4)
		put(o, "sla", "unsupported");
}

cJSON *
status_json(const struct model *m, const struct version *juju)
{
	struct writer w = {.m = m, .juju = juju};
	cJSON *tree = cJSON_CreateObject(), *own, *remote = NULL;
	const struct app *a;
	size_t i;

	snprintf(w.version, sizeof w.version, "%d.%d.%d", juju->major, juju->minor, juju->patch);
	put_model(&w, tree);
	put_machines(&w, tree);
	own = put_object(tree, "applications");
	for (i = 0; i < m->apps; i++) {
		a = m->app[i];
		if (a->url == NULL) {
			put_app(&w, own, a);
			continue;
		}
		if (remote == NULL)
			remote = put_object(tree, "application-endpoints");
		put_remote(&w, remote, a);
	}
	return tree;
}

static int
widest(const struct model *m, bool machine)
{
	size_t i, n, max;

	for (i = 0, max = 8; i < m->units; i++) {
		n = strlen(machine ? m->unit[i]->machine : m->unit[i]->name);
		max = n > max ? n : max;
	}
	return (int)max;
}

void
status_table(const struct model *m, struct buf *t)
{
	const struct unit *u;
	const char *message;
	char *s;
	size_t i;
	int wu, wm;

	wu = widest(m, false);
	wm = widest(m, true);
	buf_printf(t, "%-*s  %-*s  %-11s  %-6s  %s\n", wu, "UNIT", wm, "MACHINE", "STATUS",
	    "LEADER", "MESSAGE");
	for (i = 0; i < m->units; i++) {
		u = m->unit[i];
		s = unit_status(m, u, &message);
		buf_printf(t, "%-*s  %-*s  %-11s  %-6s  %s\n", wu, u->name, wm, u->machine, s,
		    model_leads(u) ? "yes" : "-", message);
		free(s);
	}
}
