#include "vectors.h"

#include "../juju/bag.h"
#include "../lib/file.h"
#include "../lib/memory.h"
#include "buf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILLER = 4096, /* number of a unit that no history has */
};

#define model_path(...) work_path(memory_brief("model/" __VA_ARGS__))

struct hook {
	const cJSON *json;
	const char *endpoint;
	const char *remote_unit; /* "": none */
	const char *unit;
	char *app;
	char *file;   /* the unit's name as a file's */
	int relation; /* -1: it is no relation's hook */
};

static const char *
file_of(const char *unit)
{
	int app = (int)strcspn(unit, "/");

	return memory_brief("%.*s-%s", app, unit, unit + app + (unit[app] == '/'));
}

static struct hook
hook_of(const cJSON *vector)
{
	struct hook h = {.json = value_get(vector, "hook"),
	    .unit = value_get(vector, "document")->child->string};
	const cJSON *id = value_get(h.json, "relation-id");

	h.endpoint = value_string(h.json, "endpoint");
	h.remote_unit = value_string(h.json, "remote-unit");
	h.relation = id ? id->valueint : -1;
	h.app = memory_text("%.*s", (int)strcspn(h.unit, "/"), h.unit);
	h.file = memory_text("%s", file_of(h.unit));
	return h;
}

static int
is_kind(const struct hook *h, const char *kind)
{
	const char *end = strstr(value_string(h->json, "name"), "-relation-");

	return end && strcmp(end + strlen("-relation-"), kind) == 0;
}

static int
id_of(const cJSON *relation)
{
	return value_get(relation, "relation-id")->valueint;
}

static void
put_bag(int relation, const char *kind, const char *name, const cJSON *bag)
{
	const char *json = bag ? cJSON_PrintUnformatted(bag) : "{}";

	work_write(model_path("relations/%d/%s/%s", relation, kind, name),
	    memory_brief("%0*d\n%s\n", BAG_HEAD - 1, 1, json), 0600);
}

/*
 * The relations of the model: those of the document and, in a broken hook, the one that goes. They
 * have the unit that the hook is for and, where the document leaves some out, one more.
 */
static cJSON *
relations_of(const struct hook *h, const cJSON *vector)
{
	cJSON *relations = cJSON_Duplicate(step_relations(vector), 1), *relation, *units;
	int is_broken = is_kind(h, "broken");

	if (is_broken)
		cJSON_AddItemToArray(relations,
		    cJSON_Parse(memory_brief("{\"relation-id\":%d,\"related-application\":\"%s\","
					     "\"related-units\":{}}",
			h->relation, value_string(h->json, "remote-app"))));
	cJSON_ArrayForEach(relation, relations)
	{
		units = value_get(relation, "related-units");
		if (id_of(relation) == h->relation && *h->remote_unit &&
		    !value_get(units, h->remote_unit))
			cJSON_AddNullToObject(units, h->remote_unit);
		if (is_broken ? id_of(relation) == h->relation
			      : cJSON_IsTrue(value_get(relation, "partial")))
			cJSON_AddNullToObject(
			    units, memory_brief("%s/%d",
				       value_string(relation, "related-application"), FILLER));
	}
	return relations;
}

static void
put_relation(const struct hook *h, const cJSON *relation)
{
	const char *app = value_string(relation, "related-application");
	int id = id_of(relation);
	const cJSON *unit;
	struct buf b = {0};

	buf_printf(&b, "side %s\n", app);
	cJSON_ArrayForEach(unit, value_get(relation, "related-units"))
	{
		/* it is a member when its joined hook is over */
		if (id != h->relation || strcmp(unit->string, h->remote_unit) != 0 ||
		    !is_kind(h, "joined"))
			buf_printf(&b, "member %s 1\n", unit->string);
		put_bag(id, "unit", file_of(unit->string), value_get(unit, "data"));
	}
	work_write(model_path("units/%s/rel/%s:%d", h->file, h->endpoint, id), b.s, 0600);
	buf_free(&b);
	work_folders(model_path("units/%s/cache/%d/", h->file, id));
	put_bag(id, "unit", h->file, value_get(value_get(relation, "local-unit"), "data"));
	put_bag(id, "app", h->app, value_get(relation, "local-application-data"));
	put_bag(id, "app", app, value_get(relation, "application-data"));
}

static void
set_environment(const struct hook *h)
{
	int related = h->relation >= 0;
	const char *const variables[][2] = {
	    {"MODEL_DIR", work_path("model")},
	    {"JUJU_CONTEXT_ID", "hook"},
	    {"JUJU_UNIT_NAME", h->unit},
	    {"JUJU_HOOK_NAME", value_string(h->json, "name")},
	    {"JUJU_RELATION", related ? h->endpoint : NULL},
	    {"JUJU_RELATION_ID", related ? memory_brief("%s:%d", h->endpoint, h->relation) : NULL},
	    {"JUJU_REMOTE_APP", related ? value_string(h->json, "remote-app") : NULL},
	    {"JUJU_REMOTE_UNIT", related ? h->remote_unit : NULL},
	    {"JUJU_DEPARTING_UNIT", is_kind(h, "departed") ? h->remote_unit : NULL},
	};

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		if (variables[i][1])
			setenv(variables[i][0], variables[i][1], 1);
		else
			unsetenv(variables[i][0]);
}

const char *
hook_begin(const cJSON *vector)
{
	struct hook h = hook_of(vector);
	const cJSON *relation;

	file_remove(AT_FDCWD, work_path("model"));
	work_folders(model_path("hooks/hook/"));
	work_folders(model_path("units/%s/rel/", h.file));
	if (cJSON_IsTrue(value_get(value_get(vector, "document")->child, "leader")))
		work_write(model_path("apps/%s/leader", h.app), memory_brief("%s\n", h.unit), 0600);
	cJSON_ArrayForEach(relation, relations_of(&h, vector)) put_relation(&h, relation);
	set_environment(&h);
	return h.endpoint;
}

/* Whole databags are set, where any is. */
static void
take_bag(cJSON *bags, const char *kind, const cJSON *relation)
{
	char *text = work_read(model_path("hooks/hook/%s-%d", kind, id_of(relation)));

	if (!text)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(bags, step_key(relation));
	cJSON_AddItemToObject(bags, step_key(relation), cJSON_Parse(text + BAG_HEAD));
}

/* A line of the model's events, "KIND UNIT WORD TEXT": a command was run. */
static void
take_line(const char *line, struct trial *trial)
{
	char kind[16], word[16];
	cJSON *status;
	int n = 0;

	if (sscanf(line, "%15s %*s %15s %n", kind, word, &n) < 2)
		return;
	line += n;
	if (strcmp(kind, "status") == 0) {
		status = cJSON_CreateObject();
		cJSON_AddStringToObject(status, "status", word);
		cJSON_AddStringToObject(status, "message", line);
		cJSON_AddItemToArray(value_get(trial->actual, "statuses"), status);
	} else if (strcmp(kind, "log") == 0) {
		trial->defers += strncmp(line, "deferred ", 9) == 0 || strstr(line, ": deferred ");
	}
}

void
hook_end(struct trial *trial)
{
	struct hook h = hook_of(trial->vector);
	const cJSON *relation;
	char *events = work_read(model_path("events")), *rest = NULL, *line;

	tap_want("the document", value_get(trial->vector, "document"),
	    work_json(model_path("document")));
	cJSON_ArrayForEach(relation, relations_of(&h, trial->vector))
	{
		take_bag(value_get(trial->actual, "unit-data"), "unit", relation);
		take_bag(value_get(trial->actual, "application-data"), "app", relation);
	}
	cJSON_AddItemToArray(
	    value_get(trial->actual, "logs"), cJSON_CreateString(events ? events : ""));
	for (line = events ? strtok_r(events, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(line, trial);
}

/* PATH is that of a hook but for td-snapshot, whose document is kept on its way to the step. */
void
hook_prepare(void)
{
	const char *old = getenv("PATH");

	work_write(work_path("bin/td-snapshot"),
	    memory_brief("#!/bin/sh\n'%s' \"$@\" >'%s' && cat '%s'\n", work_program("td-snapshot"),
		model_path("document"), model_path("document")),
	    0700);
	setenv("PATH",
	    memory_brief("%s:%s:%s:%s", work_path("bin"), work_program("test/juju/bin"),
		work_program(""), old ? old : "/usr/bin:/bin"),
	    1);
}
