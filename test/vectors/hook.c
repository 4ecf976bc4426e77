#include "hook.h"

#include "../juju/bag.h"
#include "../juju/folder.h"
#include "../juju/model.h"
#include "../lib/memory.h"
#include "tap.h"
#include "value.h"
#include "work.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILLER = 4096, /* number of a unit that no history has */
};

/* A vector's `hook`. */
struct told {
	const cJSON *json;
	const char *endpoint;
	const char *remote_unit; /* "": none */
	const char *unit;
	int relation; /* -1: it is no relation's hook */
};

static struct told
told_by(const cJSON *vector)
{
	const cJSON *json = value_get(vector, "hook");

	return (struct told){.json = json,
	    .endpoint = value_string(json, "endpoint"),
	    .remote_unit = value_string(json, "remote-unit"),
	    .unit = value_get(vector, "document")->child->string,
	    .relation = value_number(json, "relation-id", -1)};
}

static int
is_kind(const struct told *h, const char *kind)
{
	const char *end = strstr(value_string(h->json, "name"), "-relation-");

	return end && strcmp(end + strlen("-relation-"), kind) == 0;
}

static int
id_of(const cJSON *relation)
{
	return value_number(relation, "relation-id", -1);
}

/* The relations of the model: those of the document and, in a broken hook, the one that goes. */
static cJSON *
relations_of(const struct told *h, const cJSON *vector)
{
	cJSON *relations = cJSON_Duplicate(step_relations(vector), 1), *broken;

	if (is_kind(h, "broken")) {
		broken = cJSON_CreateObject();
		cJSON_AddNumberToObject(broken, "relation-id", h->relation);
		cJSON_AddStringToObject(
		    broken, "related-application", value_string(h->json, "remote-app"));
		cJSON_AddTrueToObject(broken, "partial");
		cJSON_AddItemToArray(relations, broken);
	}
	return relations;
}

static void
put_bag(const struct model *m, const char *path, const cJSON *bag)
{
	cJSON *copy = bag ? cJSON_Duplicate(bag, 1) : cJSON_CreateObject();
	size_t n;
	char *text = bag_file(copy, 1, &n);

	if (file_write(m->dir, path, text, n) < 0)
		tap_bail("write", path);
	free(text);
}

static void
put_unit(
    const struct model *m, const struct told *h, struct side *s, const char *unit, const cJSON *bag)
{
	unsigned id = s->relation->id;

	put_bag(m, memory_brief("relations/%u/unit/%s", id, folder_unit(unit)), bag);
	/* it is a member when its joined hook is over */
	if ((int)id != h->relation || strcmp(unit, h->remote_unit) != 0 || !is_kind(h, "joined"))
		model_member_add(s, unit, 1);
}

/* The relation has the unit that the hook is for and, where the document leaves some out, one more.
 */
static void
put_relation(struct model *m, const struct told *h, struct unit *own, const cJSON *relation)
{
	const char *app = value_string(relation, "related-application");
	const cJSON *units = value_get(relation, "related-units"), *unit;
	struct app *other = model_app(m, app);
	struct relation *r;
	struct side *s;

	m->next_relation = (unsigned)id_of(relation);
	r = model_add_relation(
	    m, own->app, h->endpoint, other ? other : model_add_app(m, app), "remote", NULL);
	s = model_side(own, r);
	cJSON_ArrayForEach(unit, units) put_unit(m, h, s, unit->string, value_get(unit, "data"));
	if (id_of(relation) == h->relation && *h->remote_unit && !value_get(units, h->remote_unit))
		put_unit(m, h, s, h->remote_unit, NULL);
	if (cJSON_IsTrue(value_get(relation, "partial")) &&
	    (!is_kind(h, "broken") || id_of(relation) == h->relation))
		put_unit(m, h, s, memory_brief("%s/%d", app, FILLER), NULL);
	model_save_side(m, s);
	put_bag(m, memory_brief("relations/%u/unit/%s", r->id, own->file),
	    value_get(value_get(relation, "local-unit"), "data"));
	put_bag(m, memory_brief("relations/%u/app/%s", r->id, own->app->name),
	    value_get(relation, "local-application-data"));
	put_bag(m, memory_brief("relations/%u/app/%s", r->id, app),
	    value_get(relation, "application-data"));
}

static void
set_environment(const struct told *h)
{
	const char *name = value_string(h->json, "name");
	int related = h->relation >= 0;
	const struct {
		const char *name;
		const char *value;
		int is_set;
	} variables[] = {
	    {"MODEL_DIR", "model", 1},
	    {"JUJU_CONTEXT_ID", "hook", 1},
	    {"JUJU_UNIT_NAME", h->unit, 1},
	    {"JUJU_HOOK_NAME", name, 1},
	    {"JUJU_RELATION", h->endpoint, related},
	    {"JUJU_RELATION_ID", memory_brief("%s:%d", h->endpoint, h->relation), related},
	    {"JUJU_REMOTE_APP", value_string(h->json, "remote-app"), related},
	    {"JUJU_REMOTE_UNIT", h->remote_unit, related},
	    {"JUJU_DEPARTING_UNIT", h->remote_unit, is_kind(h, "departed")},
	};

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		unsetenv(variables[i].name);
		if (variables[i].is_set)
			setenv(variables[i].name, variables[i].value, 1);
	}
}

const char *
hook_begin(const cJSON *vector)
{
	struct told h = told_by(vector);
	struct model m = {.dir = -1, .path = (char[]){"model"}, .juju = {.major = 3}};
	const cJSON *relation;
	struct app *app;
	struct unit *own;

	work_remove("model");
	if (mkdir("model", 0700) < 0)
		tap_bail("make", "model");
	close(model_lock(&m));
	app = model_add_app(&m, folder_app(h.unit));
	app->next = (unsigned)atoi(strchr(h.unit, '/') + 1);
	own = model_add_unit(&m, app, NULL, NULL);
	own->installed = true;
	if (!cJSON_IsTrue(value_get(value_get(vector, "document")->child, "leader")))
		model_elect(&m, app, NULL);
	cJSON_ArrayForEach(relation, relations_of(&h, vector)) put_relation(&m, &h, own, relation);
	if (mkdir("model/hooks/hook", 0700) < 0)
		tap_bail("make", "model/hooks/hook");
	close(m.dir);
	set_environment(&h);
	return h.endpoint;
}

/* Whole databags are set, where any is. */
static void
take_bag(cJSON *bags, const char *kind, const cJSON *relation)
{
	char *text = work_read(memory_brief("model/hooks/hook/%s-%d", kind, id_of(relation)));

	if (!text)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(bags, step_key(relation));
	cJSON_AddItemToObject(bags, step_key(relation), bag_read(text));
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
	struct told h = told_by(trial->vector);
	const cJSON *relation;
	char *events = work_read("model/events"), *rest = NULL, *line;

	tap_want("the document", value_get(trial->vector, "document"), work_json("model/document"));
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

	if (mkdir("bin", 0700) < 0)
		tap_bail("make", "bin");
	work_write("bin/td-snapshot",
	    memory_brief("#!/bin/sh\n'%s' \"$@\" >model/document && cat model/document\n",
		work_program("td-snapshot")),
	    0700);
	setenv("PATH",
	    memory_brief("%s:%s:%s:%s", realpath("bin", NULL), work_program("test/juju/bin"),
		work_program(""), old ? old : "/usr/bin:/bin"),
	    1);
}
