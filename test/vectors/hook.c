#include "hook.h"

#include "../juju/bag.h"
#include "../lib/memory.h"
#include "buf.h"
#include "tap.h"
#include "value.h"
#include "work.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	FILLER = 4096, /* number of a unit that no history has */
};

struct hook {
	const cJSON *json;
	const char *endpoint;
	const char *remote_unit; /* "": none */
	const char *unit;
	char *app;
	char *file;   /* the unit's name as a file's */
	int relation; /* -1: it is no relation's hook */
};

static char *
file_of(const char *unit)
{
	int app = (int)strcspn(unit, "/");

	return memory_text("%.*s-%s", app, unit, unit + app + (unit[app] == '/'));
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
	h.app = memory_copy(h.unit, strcspn(h.unit, "/"));
	h.file = file_of(h.unit);
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

static const char *__attribute__((format(printf, 1, 2))) model_path(const char *format, ...)
{
	struct buf b = {0};
	const char *path;
	va_list args;

	buf_puts(&b, "model/");
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	path = work_path(b.s);
	buf_free(&b);
	return path;
}

/* Makes the folders that a file is in. */
static void
make_folders(const char *path)
{
	char *dir = memory_text("%s", path);

	for (char *p = dir + strlen(work_path("")); (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			tap_bail("make", dir);
	}
	free(dir);
}

static void
put(const char *path, const char *text)
{
	make_folders(path);
	work_write(path, text, 0600);
}

static void
put_bag(const char *path, const cJSON *bag)
{
	const char *json = bag ? cJSON_PrintUnformatted(bag) : "{}";

	put(path, memory_brief("%0*d\n%s\n", BAG_HEAD - 1, 1, json));
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
	const char *filler;

	if (is_broken) {
		relation = cJSON_CreateObject();
		cJSON_AddNumberToObject(relation, "relation-id", h->relation);
		cJSON_AddStringToObject(
		    relation, "related-application", value_string(h->json, "remote-app"));
		cJSON_AddObjectToObject(relation, "related-units");
		cJSON_AddItemToArray(relations, relation);
	}
	cJSON_ArrayForEach(relation, relations)
	{
		units = cJSON_GetObjectItemCaseSensitive(relation, "related-units");
		if (id_of(relation) == h->relation && *h->remote_unit &&
		    !value_get(units, h->remote_unit))
			cJSON_AddNullToObject(units, h->remote_unit);
		filler =
		    memory_brief("%s/%d", value_string(relation, "related-application"), FILLER);
		if (is_broken ? id_of(relation) == h->relation
			      : cJSON_IsTrue(value_get(relation, "partial")))
			cJSON_AddNullToObject(units, filler);
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
	char *file;

	buf_printf(&b, "side %s\n", app);
	cJSON_ArrayForEach(unit, value_get(relation, "related-units"))
	{
		/* it is a member when its joined hook is over */
		if (id != h->relation || strcmp(unit->string, h->remote_unit) != 0 ||
		    !is_kind(h, "joined"))
			buf_printf(&b, "member %s 1\n", unit->string);
		file = file_of(unit->string);
		put_bag(model_path("relations/%d/unit/%s", id, file), value_get(unit, "data"));
		free(file);
	}
	put(model_path("units/%s/rel/%s:%d", h->file, h->endpoint, id), b.s);
	buf_free(&b);
	make_folders(model_path("units/%s/cache/%d/", h->file, id));
	put_bag(model_path("relations/%d/unit/%s", id, h->file),
	    value_get(value_get(relation, "local-unit"), "data"));
	put_bag(model_path("relations/%d/app/%s", id, h->app),
	    value_get(relation, "local-application-data"));
	put_bag(
	    model_path("relations/%d/app/%s", id, app), value_get(relation, "application-data"));
}

static void
set_environment(const struct hook *h)
{
	const char *name = value_string(h->json, "name");
	int related = h->relation >= 0;
	const struct {
		const char *name;
		const char *value;
		int is_set;
	} variables[] = {
	    {"MODEL_DIR", work_path("model"), 1},
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
	struct hook h = hook_of(vector);
	const cJSON *relation;

	work_remove(work_path("model"));
	make_folders(model_path("hooks/hook/"));
	make_folders(model_path("units/%s/rel/", h.file));
	if (cJSON_IsTrue(value_get(value_get(vector, "document")->child, "leader")))
		put(model_path("apps/%s/leader", h.app), memory_brief("%s\n", h.unit));
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

	make_folders(work_path("bin/"));
	work_write(work_path("bin/td-snapshot"),
	    memory_brief("#!/bin/sh\n'%s' \"$@\" >'%s' && cat '%s'\n", work_program("td-snapshot"),
		model_path("document"), model_path("document")),
	    0700);
	setenv("PATH",
	    memory_brief("%s:%s:%s:%s", work_path("bin"), work_program("test/juju/bin"),
		work_program(""), old ? old : "/usr/bin:/bin"),
	    1);
}
