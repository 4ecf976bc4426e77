#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "folder.h"
#include "show.h"

/* Adds it, unless it is empty. */
static void
put_some(cJSON *to, const char *name, cJSON *some)
{
	if (some->child == NULL)
		cJSON_Delete(some);
	else
		cJSON_AddItemToObject(to, name, some);
}

/* Empty if there is no such databag. */
static cJSON *
bag_of(const struct model *m, const char *path)
{
	char *s = file_read(m->dir, path, NULL);
	cJSON *b = text_read(s);

	free(s);
	return b == NULL ? cJSON_CreateObject() : b;
}

/* data: what stands there of a unit that isn't in the relation. */
static cJSON *
scope(const struct model *m, const struct relation *r, const struct unit *u, bool in,
    const char *data)
{
	cJSON *o = cJSON_CreateObject();

	if (!in)
		return text_put(o, "'in-scope':false,'data':%s", data);
	cJSON_AddTrueToObject(o, "in-scope");
	cJSON_AddItemToObject(o, "data", bag_of(m, model_unit_bag(r, u)));
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
			    scope(m, r, v, !v->dying && model_side(v, r) != NULL, "{}"));
	}
	return related;
}

/* Juju's issue 22539. */
static bool
hides_related(const struct version *juju)
{
	return juju->major == 4 && juju->minor == 0 && juju->patch <= 5;
}

/* NULL: there is nothing to show, and always is false. */
static cJSON *
relation(const struct model *m, const struct unit *u, const struct relation *r, int end,
    const struct version *juju, bool always)
{
	const struct app *remote = r->end[1 - end].app;
	cJSON *data = bag_of(m, model_app_bag(r, juju->major >= 4 ? end : 1 - end)), *o;
	bool in = (r->peer || juju->major >= 4) && model_side(u, r) != NULL;

	if (!always && data->child == NULL && !in && remote->units <= (r->peer ? 1 : 0)) {
		cJSON_Delete(data);
		return NULL;
	}
	o = text_put(
	    cJSON_CreateObject(), "'relation-id':%u,'endpoint':'%s'", r->id, r->end[end].endpoint);
	if (juju->major < 4 && (remote->url != NULL || u->app->url != NULL))
		cJSON_AddTrueToObject(o, "cross-model");
	cJSON_AddStringToObject(o, "related-endpoint", r->end[1 - end].endpoint);
	cJSON_AddItemToObject(o, "application-data", data);
	cJSON_AddItemToObject(o, "local-unit", scope(m, r, u, in, "null"));
	if (r->peer || !hides_related(juju))
		put_some(o, "related-units", related_units(m, u, r, end));
	return o;
}

cJSON *
show_unit(
    const struct model *m, const struct unit *u, const struct version *juju, const char *endpoint)
{
	char *version = file_read(m->dir, memory_brief("units/%s/version", u->file), NULL);
	cJSON *o = cJSON_CreateObject(), *list = cJSON_CreateArray(), *one;
	const struct relation *r;
	size_t i;
	int end;

	if (version != NULL)
		cJSON_AddStringToObject(o, "workload-version", version);
	free(version);
	text_put(o,
	    "'machine':'%u','opened-ports':[],'public-address':'%s','charm':'local:noble/%s-0',"
	    "'leader':%s,'life':'%s'",
	    u->machine_id, model_address(u), u->app->name, model_leads(u) ? "true" : "false",
	    u->dying ? "dying" : "alive");
	for (i = 0; i < m->relations; i++) {
		r = m->relation[i];
		end = model_end(r, u->app);
		if (end < 0 || (endpoint != NULL && strcmp(endpoint, r->end[end].endpoint) != 0))
			continue;
		one = relation(m, u, r, end, juju, endpoint != NULL);
		if (one != NULL)
			cJSON_AddItemToArray(list, one);
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

/* path: its file, or one that is as old. */
static cJSON *
put_status(const struct view *v, cJSON *to, const char *name, const char *status,
    const char *message, const char *path)
{
	cJSON *o = cJSON_AddObjectToObject(to, name);
	const struct tm *tm = folder_time(v->m->dir, path);
	char since[40];

	cJSON_AddStringToObject(o, "current", status);
	if (*message != '\0')
		cJSON_AddStringToObject(o, "message", message);
	if (tm != NULL && strftime(since, sizeof since, "%d %b %Y %H:%M:%SZ", tm) > 0)
		cJSON_AddStringToObject(o, "since", since);
	return o;
}

static void
put_base(const struct view *v, cJSON *to)
{
	text_put(
	    to, v->major < 3 ? "'series':'noble'" : "'base':{'name':'ubuntu','channel':'24.04'}");
}

static void
put_machines(const struct view *v, cJSON *machines)
{
	const struct unit *u;
	const char *ip, *id;
	cJSON *o, *status;
	size_t i;

	for (i = 0; i < v->m->units; i++) {
		u = v->m->unit[i];
		ip = model_address(u);
		id = memory_brief("%u", u->machine_id);
		if (u->app->url != NULL || cJSON_HasObjectItem(machines, id))
			continue;
		o = text_add(machines, id, cJSON_CreateObject());
		status = put_status(v, o, "juju-status", "started", "", "next");
		cJSON_AddStringToObject(status, "version", v->version);
		text_put(o,
		    "'hostname':'%s','dns-name':'%s','ip-addresses':['%s'],'instance-id':'%s'",
		    u->machine, ip, ip, u->machine);
		put_status(v, o, "machine-status", "running", "Running", "next");
		put_base(v, o);
	}
}

static void
put_relations(const struct view *v, cJSON *to, const struct app *a, bool names_alone)
{
	cJSON *all = cJSON_CreateObject(), *list;
	const struct relation *r;
	const char *name;
	size_t i;
	int end;

	for (i = 0; i < v->m->relations; i++) {
		r = v->m->relation[i];
		end = model_end(r, a);
		if (end < 0)
			continue;
		list = cJSON_GetObjectItemCaseSensitive(all, r->end[end].endpoint);
		if (list == NULL)
			list = text_add(all, r->end[end].endpoint, cJSON_CreateArray());
		name = r->end[1 - end].app->name;
		cJSON_AddItemToArray(
		    list, names_alone
			      ? cJSON_CreateString(name)
			      : text_put(cJSON_CreateObject(),
				    "'related-application':'%s','interface':'%s','scope':'global'",
				    name, r->interface));
	}
	put_some(to, "relations", all);
}

static void
put_unit(const struct view *v, cJSON *to, const struct unit *u)
{
	const char *path = memory_text("units/%s/status", u->file), *message, *status;
	cJSON *o = cJSON_AddObjectToObject(to, u->name), *subordinates = cJSON_CreateObject();
	size_t i;

	status = unit_status(v->m, u, &message);
	put_status(v, o, "workload-status", status, message, path);
	cJSON_AddStringToObject(
	    put_status(v, o, "juju-status", "idle", "", path), "version", v->version);
	if (model_leads(u))
		cJSON_AddTrueToObject(o, "leader");
	if (u->principal == NULL)
		text_put(o, "'machine':'%u'", u->machine_id);
	text_put(o, "'public-address':'%s'", model_address(u));
	for (i = 0; i < v->m->units; i++) {
		if (v->m->unit[i]->principal != NULL &&
		    strcmp(v->m->unit[i]->principal, u->name) == 0)
			put_unit(v, subordinates, v->m->unit[i]);
	}
	put_some(o, "subordinates", subordinates);
}

static size_t
rank(const char *const severity[], size_t n, const char *status)
{
	size_t i;

	for (i = 0; i < n - 1 && strcmp(severity[i], status) != 0; i++)
		continue;
	return i;
}

/* An application that sets none has the severest of its units'. */
static void
put_app_status(const struct view *v, cJSON *to, const struct app *a)
{
	static const char *const severity[] = {
	    "error", "blocked", "maintenance", "waiting", "active", "unknown"};
	const char *path = memory_text("apps/%s/status", a->name), *message, *of_unit;
	char *s = folder_status(v->m->dir, path, &message);
	size_t i, n = sizeof severity / sizeof *severity, worst = rank(severity, n, s), r;

	for (i = 0; strcmp(s, "unknown") == 0 && i < a->units; i++) {
		r = rank(severity, n, unit_status(v->m, a->unit[i], &of_unit));
		worst = r < worst ? r : worst;
	}
	put_status(v, to, "application-status", severity[worst], message, path);
}

static void
put_app(const struct view *v, cJSON *to, const struct app *a)
{
	cJSON *o = cJSON_AddObjectToObject(to, a->name), *units = cJSON_CreateObject();
	size_t i;

	cJSON_AddStringToObject(o, "charm", a->charm);
	put_base(v, o);
	if (v->major < 3)
		cJSON_AddStringToObject(o, "os", "ubuntu");
	text_put(o, "'charm-origin':'charmhub','charm-name':'%s','charm-rev':1,'exposed':false",
	    a->charm);
	put_app_status(v, o, a);
	put_relations(v, o, a, v->major < 3);
	if (a->subordinate_to != NULL)
		text_put(o, "'subordinate-to':['%s']", a->subordinate_to);
	for (i = 0; a->subordinate_to == NULL && i < a->units; i++)
		put_unit(v, units, a->unit[i]);
	put_some(o, "units", units);
}

static void
put_remote(const struct view *v, cJSON *to, const struct app *a)
{
	cJSON *o = cJSON_AddObjectToObject(to, a->name), *endpoints;
	const struct relation *r;
	size_t i;
	int end;

	cJSON_AddStringToObject(o, "url", a->url);
	endpoints = cJSON_AddObjectToObject(o, "endpoints");
	for (i = 0; i < v->m->relations; i++) {
		r = v->m->relation[i];
		end = model_end(r, a);
		if (end >= 0)
			text_add(endpoints, r->end[end].endpoint,
			    text_put(cJSON_CreateObject(), "'interface':'%s','role':'provider'",
				r->interface));
	}
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
	o = cJSON_AddObjectToObject(tree, "model");
	cJSON_AddStringToObject(o, "name", strrchr(m->path, '/') + 1);
	text_put(o, "'type':'iaas','controller':'stand-in','cloud':'localhost','version':'%s'",
	    v.version);
	put_status(&v, o, "model-status", "available", "", "next");
	if (v.major < 4)
		cJSON_AddStringToObject(o, "sla", "unsupported");
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
	static const char format[] = "%-34s  %-20s  %-11s  %-6s  %s\n";
	const struct unit *u;
	const char *message, *status;
	size_t i;

	buf_printf(t, format, "UNIT", "MACHINE", "STATUS", "LEADER", "MESSAGE");
	for (i = 0; i < m->units; i++) {
		u = m->unit[i];
		status = unit_status(m, u, &message);
		buf_printf(
		    t, format, u->name, u->machine, status, model_leads(u) ? "yes" : "-", message);
	}
}
