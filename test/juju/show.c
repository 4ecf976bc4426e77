#include <stdlib.h>
#include <string.h>

#include "bag.h"
#include "folder.h"
#include "show.h"
#include "text.h"

/* Empty if there is no such databag. */
static cJSON *
bag_of(const struct model *m, const struct relation *r, const char *kind, const char *name)
{
	char *s = file_read(m->dir, memory_brief("relations/%u/%s/%s", r->id, kind, name), NULL);
	cJSON *b = bag_read(s);

	free(s);
	return b == NULL ? cJSON_CreateObject() : b;
}

/* without: what data is of a unit that isn't in the relation; it is deleted if it isn't used. */
static void
put_scope(const struct model *m, cJSON *to, const struct relation *r, const struct unit *u, bool in,
    cJSON *without)
{
	cJSON_AddBoolToObject(to, "in-scope", in);
	if (in)
		cJSON_Delete(without);
	cJSON_AddItemToObject(to, "data", in ? bag_of(m, r, "unit", u->file) : without);
}

static void
put_related(
    const struct model *m, cJSON *to, const struct unit *u, const struct relation *r, int end)
{
	const struct app *remote = r->end[1 - end].app;
	const struct unit *v;
	cJSON *related = NULL;
	size_t i;

	for (i = 0; i < remote->units; i++) {
		v = remote->unit[i];
		if (v == u)
			continue;
		if (related == NULL)
			related = cJSON_AddObjectToObject(to, "related-units");
		put_scope(m, cJSON_AddObjectToObject(related, v->name), r, v,
		    !v->dying && model_side(v, r) != NULL, cJSON_CreateObject());
	}
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
	cJSON *data = bag_of(m, r, "app", juju->major >= 4 ? u->app->name : remote->name), *o;
	bool in = (r->peer || juju->major >= 4) && model_side(u, r) != NULL;

	if (!always && data->child == NULL && !in && remote->units <= (r->peer ? 1 : 0)) {
		cJSON_Delete(data);
		return NULL;
	}
	o = cJSON_CreateObject();
	cJSON_AddNumberToObject(o, "relation-id", r->id);
	cJSON_AddStringToObject(o, "endpoint", r->end[end].endpoint);
	if (juju->major < 4 && (remote->url != NULL || u->app->url != NULL))
		cJSON_AddTrueToObject(o, "cross-model");
	cJSON_AddStringToObject(o, "related-endpoint", r->end[1 - end].endpoint);
	cJSON_AddItemToObject(o, "application-data", data);
	put_scope(m, cJSON_AddObjectToObject(o, "local-unit"), r, u, in, cJSON_CreateNull());
	if (r->peer || !hides_related(juju))
		put_related(m, o, u, r, end);
	return o;
}

static void
put_relations(const struct model *m, cJSON *to, const struct unit *u, const struct version *juju,
    const char *endpoint)
{
	const struct relation *r;
	cJSON *list = NULL, *one;
	size_t i;
	int end;

	for (i = 0; i < m->relations; i++) {
		r = m->relation[i];
		end = model_end(r, u->app);
		if (end < 0 || (endpoint != NULL && strcmp(endpoint, r->end[end].endpoint) != 0))
			continue;
		one = relation(m, u, r, end, juju, endpoint != NULL);
		if (one == NULL)
			continue;
		if (list == NULL)
			list = cJSON_AddArrayToObject(to, "relation-info");
		cJSON_AddItemToArray(list, one);
	}
}

cJSON *
show_unit(
    const struct model *m, const struct unit *u, const struct version *juju, const char *endpoint)
{
	char *version = file_read(m->dir, memory_brief("units/%s/version", u->file), NULL);
	cJSON *o = cJSON_CreateObject();

	if (version != NULL)
		cJSON_AddStringToObject(o, "workload-version", version);
	free(version);
	cJSON_AddStringToObject(o, "machine", memory_brief("%u", u->machine_id));
	cJSON_AddArrayToObject(o, "opened-ports");
	cJSON_AddStringToObject(o, "public-address", model_address(u));
	cJSON_AddStringToObject(o, "charm", memory_brief("local:noble/%s-0", u->app->name));
	cJSON_AddBoolToObject(o, "leader", model_leads(u));
	cJSON_AddStringToObject(o, "life", u->dying ? "dying" : "alive");
	put_relations(m, o, u, juju, endpoint);
	return o;
}
