#include <stdio.h>
#include <string.h>

#include "folder.h"
#include "show.h"

/* Adds it, unless it is empty. */
static void
put_some(cJSON *to, const char *name, cJSON *some)
{
	if (some->child != NULL)
		cJSON_AddItemToObject(to, name, some);
}

/* Empty if there is no such databag. */
static cJSON *
bag_of(const struct model *m, const struct relation *r, const char *kind, const char *name)
{
	cJSON *b = bag_read(
	    file_read(m->dir, memory_brief("relations/%u/%s/%s", r->id, kind, name), NULL));

	return b == NULL ? cJSON_CreateObject() : b;
}

/* in: the unit is in the relation; else without is what data is. */
static cJSON *
scope(const struct model *m, const struct relation *r, const struct unit *u, bool in,
    cJSON *create_without(void))
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddBoolToObject(o, "in-scope", in);
	cJSON_AddItemToObject(o, "data", in ? bag_of(m, r, "unit", u->file) : create_without());
	return o;
}

static cJSON *
related_units(const struct model *m, const struct unit *u, const struct relation *r, int end)
{
	const struct app *remote = r->end[1 - end].app;
	cJSON *related = cJSON_CreateObject();
	const struct unit *v;
	size_t i;

	for (i = 0; i < remote->units; i++) {
		v = remote->unit[i];
		if (v != u)
			cJSON_AddItemToObject(related, v->name,
			    scope(m, r, v, !v->dying && model_side(v, r) != NULL,
				cJSON_CreateObject));
	}
	return related;
}

/* Adds it to the list, if there is something to show, or if always. */
static void
put_relation(const struct model *m, cJSON *list, const struct unit *u, const struct relation *r,
    int end, const struct version *juju, bool always)
{
	const struct app *remote = r->end[1 - end].app;
	cJSON *data = bag_of(m, r, "app", juju->major >= 4 ? u->app->name : remote->name), *o;
	bool in = (r->peer || juju->major >= 4) && model_side(u, r) != NULL;

	if (!always && data->child == NULL && !in && remote->units <= (r->peer ? 1 : 0))
		return;
	o = cJSON_CreateObject();
	cJSON_AddItemToArray(list, o);
	cJSON_AddNumberToObject(o, "relation-id", r->id);
	bag_put(o, "endpoint", r->end[end].endpoint, NULL);
	if (juju->major < 4 && (remote->url != NULL || u->app->url != NULL))
		cJSON_AddTrueToObject(o, "cross-model");
	bag_put(o, "related-endpoint", r->end[1 - end].endpoint, NULL);
	cJSON_AddItemToObject(o, "application-data", data);
	cJSON_AddItemToObject(o, "local-unit", scope(m, r, u, in, cJSON_CreateNull));
	/* Juju's issue 22539. */
	if (r->peer || juju->major != 4 || juju->minor != 0 || juju->patch > 5)
		put_some(o, "related-units", related_units(m, u, r, end));
}

cJSON *
show_unit(
    const struct model *m, const struct unit *u, const struct version *juju, const char *endpoint)
{
	char *version = file_read(m->dir, memory_brief("units/%s/version", u->file), NULL);
	cJSON *o = cJSON_CreateObject(), *list = cJSON_CreateArray();
	const struct relation *r;
	size_t i;
	int end;

	bag_put(o, "workload-version", version, "machine", memory_brief("%u", u->machine_id), NULL);
	cJSON_AddArrayToObject(o, "opened-ports");
	bag_put(o, "public-address", model_address(u), "charm",
	    memory_brief("local:noble/%s-0", u->app->name), NULL);
	cJSON_AddBoolToObject(o, "leader", model_leads(u));
	bag_put(o, "life", u->dying ? "dying" : "alive", NULL);
	for (i = 0; i < m->relations; i++) {
		r = m->relation[i];
		end = model_end(r, u->app);
		if (end >= 0 && (endpoint == NULL || strcmp(endpoint, r->end[end].endpoint) == 0))
			put_relation(m, list, u, r, end, juju, endpoint != NULL);
	}
	put_some(o, "relation-info", list);
	return o;
}

/* What a status is printed of. */
struct view {
	const struct model *m;
	int major; /* of Juju's version */
	char version[40];
};

static char *
unit_status(const struct model *m, const struct unit *u, const char **message)
{
	char *s;

	if (u->failed.kind == HOOK_NONE)
		return folder_status(m->dir, memory_brief("units/%s/status", u->file), message);
	s = memory_text("error%chook failed: \"%s\"", 0, u->failed.name);
	*message = s + sizeof "error";
	return s;
}

/* path: its file, or one that is as old. version: NULL for none. */
static void
put_status(const struct view *v, cJSON *to, const char *name, const char *status,
    const char *message, const char *path, const char *version)
{
	const struct tm *tm = folder_time(v->m->dir, path);
	char since[40];

	if (tm != NULL)
		strftime(since, sizeof since, "%d %b %Y %H:%M:%SZ", tm);
	bag_put(cJSON_AddObjectToObject(to, name), "current", status, "message",
	    *message == '\0' ? NULL : message, "since", tm == NULL ? NULL : since, "version",
	    version, NULL);
}

static void
put_base(const struct view *v, cJSON *to)
{
	if (v->major < 3)
		bag_put(to, "series", "noble", NULL);
	else
		bag_put(cJSON_AddObjectToObject(to, "base"), "name", "ubuntu", "channel", "24.04",
		    NULL);
}

static void
put_machines(const struct view *v, cJSON *machines)
{
	const struct unit *u;
	const char *ip, *id;
	cJSON *o;
	size_t i;

	for (i = 0; i < v->m->units; i++) {
		u = v->m->unit[i];
		ip = model_address(u);
		id = memory_brief("%u", u->machine_id);
		if (u->app->url != NULL || cJSON_HasObjectItem(machines, id))
			continue;
		o = cJSON_AddObjectToObject(machines, id);
		put_status(v, o, "juju-status", "started", "", "units", v->version);
		bag_put(o, "hostname", u->machine, "dns-name", ip, NULL);
		cJSON_AddItemToObject(o, "ip-addresses", cJSON_CreateStringArray(&ip, 1));
		bag_put(o, "instance-id", u->machine, NULL);
		put_status(v, o, "machine-status", "running", "Running", "units", NULL);
		put_base(v, o);
	}
	bag_sort(machines);
}

static void
put_relations(const struct view *v, cJSON *to, const struct app *a, bool names_alone)
{
	cJSON *all = cJSON_CreateObject(), *list;
	const struct relation *r;
	const char *name, *endpoint;
	size_t i;
	int end;

	for (i = 0; i < v->m->relations; i++) {
		r = v->m->relation[i];
		end = model_end(r, a);
		if (end < 0)
			continue;
		endpoint = r->end[end].endpoint;
		name = r->end[1 - end].app->name;
		list = cJSON_GetObjectItemCaseSensitive(all, endpoint);
		if (list == NULL)
			list = cJSON_AddArrayToObject(all, endpoint);
		cJSON_AddItemToArray(
		    list, names_alone ? cJSON_CreateString(name)
				      : bag_put(cJSON_CreateObject(), "related-application", name,
					    "interface", r->interface, "scope", "global", NULL));
	}
	bag_sort(all);
	put_some(to, "relations", all);
}

static void
put_unit(const struct view *v, cJSON *to, const struct unit *u)
{
	const char *message, *path = memory_brief("units/%s/status", u->file);
	char *status = unit_status(v->m, u, &message);
	cJSON *o = cJSON_AddObjectToObject(to, u->name), *subordinates = cJSON_CreateObject();
	size_t i;

	put_status(v, o, "workload-status", status, message, path, NULL);
	put_status(v, o, "juju-status", "idle", "", path, v->version);
	if (model_leads(u))
		cJSON_AddTrueToObject(o, "leader");
	bag_put(o, "machine", u->principal == NULL ? memory_brief("%u", u->machine_id) : NULL,
	    "public-address", model_address(u), NULL);
	for (i = 0; i < v->m->units; i++) {
		if (v->m->unit[i]->principal != NULL &&
		    strcmp(v->m->unit[i]->principal, u->name) == 0)
			put_unit(v, subordinates, v->m->unit[i]);
	}
	put_some(o, "subordinates", subordinates);
}

/* The severest first. */
static const char *const severity[] = {
    "error", "blocked", "maintenance", "waiting", "active", "unknown"};

static size_t
rank(const char *status)
{
	size_t i;

	for (i = 0; i < sizeof severity / sizeof *severity - 1; i++)
		if (strcmp(severity[i], status) == 0)
			break;
	return i;
}

/* An application that sets none has the severest of its units'. */
static void
put_app_status(const struct view *v, cJSON *to, const struct app *a)
{
	const char *path = memory_text("apps/%s/status", a->name), *message;
	char *s = folder_status(v->m->dir, path, &message);
	size_t i, of_unit, worst = rank(s);

	if (strcmp(s, "unknown") == 0) {
		for (i = 0; i < a->units; i++) {
			s = unit_status(v->m, a->unit[i], &message);
			of_unit = rank(s);
			worst = of_unit < worst ? of_unit : worst;
		}
		message = "";
	}
	put_status(v, to, "application-status", severity[worst], message, path, NULL);
}

static void
put_app(const struct view *v, cJSON *to, const struct app *a)
{
	const char *principal = a->subordinate_to;
	cJSON *o = cJSON_AddObjectToObject(to, a->name), *units = cJSON_CreateObject();
	size_t i;

	bag_put(o, "charm", a->charm, NULL);
	put_base(v, o);
	bag_put(o, "os", v->major < 3 ? "ubuntu" : NULL, "charm-origin", "charmhub", "charm-name",
	    a->charm, NULL);
	cJSON_AddNumberToObject(o, "charm-rev", 1);
	cJSON_AddFalseToObject(o, "exposed");
	put_app_status(v, o, a);
	put_relations(v, o, a, v->major < 3);
	if (principal != NULL)
		cJSON_AddItemToObject(o, "subordinate-to", cJSON_CreateStringArray(&principal, 1));
	for (i = 0; principal == NULL && i < a->units; i++)
		put_unit(v, units, a->unit[i]);
	put_some(o, "units", units);
}

static void
put_remote(const struct view *v, cJSON *to, const struct app *a)
{
	cJSON *o = bag_put(cJSON_AddObjectToObject(to, a->name), "url", a->url, NULL);
	cJSON *endpoints = cJSON_AddObjectToObject(o, "endpoints");
	const struct relation *r;
	const char *name;
	size_t i;
	int end;

	for (i = 0; i < v->m->relations; i++) {
		r = v->m->relation[i];
		end = model_end(r, a);
		name = end < 0 ? NULL : r->end[end].endpoint;
		if (name != NULL && cJSON_GetObjectItemCaseSensitive(endpoints, name) == NULL)
			bag_put(cJSON_AddObjectToObject(endpoints, name), "interface", r->interface,
			    "role", "provider", NULL);
	}
	bag_sort(endpoints);
	put_app_status(v, o, a);
	put_relations(v, o, a, true);
}

cJSON *
show_status(const struct model *m, const struct version *juju)
{
	struct view v = {.m = m, .major = juju->major};
	cJSON *tree = cJSON_CreateObject(), *own, *remote = cJSON_CreateObject(), *o;
	size_t i;

	snprintf(v.version, sizeof v.version, "%d.%d.%d", juju->major, juju->minor, juju->patch);
	o = bag_put(cJSON_AddObjectToObject(tree, "model"), "name", strrchr(m->path, '/') + 1,
	    "type", "iaas", "controller", "stand-in", "cloud", "localhost", "version", v.version,
	    NULL);
	put_status(&v, o, "model-status", "available", "", "units", NULL);
	bag_put(o, "sla", v.major < 4 ? "unsupported" : NULL, NULL);
	put_machines(&v, cJSON_AddObjectToObject(tree, "machines"));
	own = cJSON_AddObjectToObject(tree, "applications");
	for (i = 0; i < m->apps; i++) {
		if (m->app[i]->url == NULL)
			put_app(&v, own, m->app[i]);
		else
			put_remote(&v, remote, m->app[i]);
	}
	put_some(tree, "application-endpoints", remote);
	return tree;
}

void
show_table(const struct model *m, struct buf *t)
{
	static const char format[] = "%-*s  %-*s  %-11s  %-6s  %s\n";
	const struct unit *u;
	const char *message;
	char *s;
	size_t i;
	int n, name = 8, machine = 8; /* the columns' widths */

	for (i = 0; i < m->units; i++) {
		n = (int)strlen(m->unit[i]->name);
		name = n > name ? n : name;
		n = (int)strlen(m->unit[i]->machine);
		machine = n > machine ? n : machine;
	}
	buf_printf(t, format, name, "UNIT", machine, "MACHINE", "STATUS", "LEADER", "MESSAGE");
	for (i = 0; i < m->units; i++) {
		u = m->unit[i];
		s = unit_status(m, u, &message);
		buf_printf(t, format, name, u->name, machine, u->machine, s,
		    model_leads(u) ? "yes" : "-", message);
	}
}
