#include "hook.h"

#include "../juju/bag.h"
#include "tap.h"
#include "value.h"
#include "work.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	NAME_SIZE = 256,
	FILLER = 4096, /* number of a unit that no history has */
};

struct hook {
	const cJSON *json;
	const char *endpoint;
	const char *remote_unit; /* "": none */
	const char *unit;
	char app[NAME_SIZE];
	char file[NAME_SIZE]; /* the unit's name as a file's */
	int relation;	      /* -1: it is no relation's hook */
};

static void
file_of(char file[NAME_SIZE], const char *unit)
{
	snprintf(file, NAME_SIZE, "%s", unit);
	for (; *file; file++)
		if (*file == '/')
			*file = '-';
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
	snprintf(h.app, sizeof(h.app), "%.*s", (int)strcspn(h.unit, "/"), h.unit);
	file_of(h.file, h.unit);
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
	char name[PATH_MAX] = "model/";
	size_t n = strlen(name);
	va_list args;

	va_start(args, format);
	vsnprintf(name + n, sizeof(name) - n, format, args);
	va_end(args);
	return work_path(name);
}

/* Makes the folders that a file is in. */
static void
make_folders(const char *path)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *p = dir + strlen(work_path("")); (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			tap_bail("make", dir);
	}
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
	char *json = bag ? tap_check(cJSON_PrintUnformatted(bag)) : tap_check(strdup("{}"));
	size_t size = BAG_HEAD + strlen(json) + 2;
	char *text = tap_check(malloc(size));

	snprintf(text, size, "%0*d\n%s\n", BAG_HEAD - 1, 1, json);
	put(path, text);
	free(text);
	free(json);
}

/*
 * The relations of the model: those of the document and, in a broken hook, the one that goes. They
 * have the unit that the hook is for and, where the document leaves some out, one more.
 */
static cJSON *
relations_of(const struct hook *h, const cJSON *vector)
{
	cJSON *relations = tap_check(cJSON_Duplicate(step_relations(vector), 1)), *relation, *units;
	int is_broken = is_kind(h, "broken");
	char filler[NAME_SIZE];

	if (is_broken) {
		relation = tap_check(cJSON_CreateObject());
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
		snprintf(filler, sizeof(filler), "%s/%d",
		    value_string(relation, "related-application"), FILLER);
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
	char file[NAME_SIZE], *text = NULL;
	size_t size;
	FILE *f = tap_check(open_memstream(&text, &size));

	fprintf(f, "remote %s other\n", app);
	cJSON_ArrayForEach(unit, value_get(relation, "related-units"))
	{
		/* it is a member when its joined hook is over */
		if (id != h->relation || strcmp(unit->string, h->remote_unit) != 0 ||
		    !is_kind(h, "joined"))
			fprintf(f, "member %s 1\n", unit->string);
		file_of(file, unit->string);
		put_bag(model_path("relations/%d/unit/%s", id, file), value_get(unit, "data"));
	}
	fclose(f);
	put(model_path("units/%s/rel/%s:%d", h->file, h->endpoint, id), text);
	free(text);
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
	char id[NAME_SIZE];
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
	    {"JUJU_RELATION_ID", id, related},
	    {"JUJU_REMOTE_APP", value_string(h->json, "remote-app"), related},
	    {"JUJU_REMOTE_UNIT", h->remote_unit, related},
	    {"JUJU_DEPARTING_UNIT", h->remote_unit, is_kind(h, "departed")},
	};

	snprintf(id, sizeof(id), "%s:%d", h->endpoint, h->relation);
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
	cJSON *relations = relations_of(&h, vector);
	const cJSON *relation;
	char line[NAME_SIZE];

	work_remove(work_path("model"));
	make_folders(model_path("hooks/hook/"));
	make_folders(model_path("units/%s/rel/", h.file));
	snprintf(line, sizeof(line), "%s\n", h.unit);
	if (cJSON_IsTrue(value_get(value_get(vector, "document")->child, "leader")))
		put(model_path("apps/%s/leader", h.app), line);
	cJSON_ArrayForEach(relation, relations) put_relation(&h, relation);
	cJSON_Delete(relations);
	set_environment(&h);
	return h.endpoint;
}

/* Whole databags are set, where any is. */
static void
take_bag(cJSON *bags, const char *kind, int id)
{
	char *text = work_read(model_path("hooks/hook/%s-%d", kind, id)), key[16];

	if (!text)
		return;
	snprintf(key, sizeof(key), "%d", id);
	cJSON_DeleteItemFromObjectCaseSensitive(bags, key);
	cJSON_AddItemToObject(bags, key, cJSON_Parse(text + BAG_HEAD));
	free(text);
}

/* A line of the model's events, "KIND UNIT WORD TEXT": a command was run. */
static void
take_line(const char *line, struct outcome *outcome)
{
	char kind[16], word[16];
	cJSON *status;
	int n = 0;

	if (sscanf(line, "%15s %*s %15s %n", kind, word, &n) < 2)
		return;
	line += n;
	if (strcmp(kind, "status") == 0) {
		status = tap_check(cJSON_CreateObject());
		cJSON_AddStringToObject(status, "status", word);
		cJSON_AddStringToObject(status, "message", line);
		cJSON_AddItemToArray(outcome->statuses, status);
	} else if (strcmp(kind, "log") == 0) {
		outcome->defers +=
		    strncmp(line, "deferred ", 9) == 0 || strstr(line, ": deferred ");
	}
}

void
hook_end(const cJSON *vector, struct outcome *outcome)
{
	struct hook h = hook_of(vector);
	cJSON *relations = relations_of(&h, vector);
	const cJSON *relation;
	cJSON *document = work_json(model_path("document"));
	char *events = work_read(model_path("events")), *rest = NULL, *line;

	tap_want("the document", value_get(vector, "document"), document);
	cJSON_ArrayForEach(relation, relations)
	{
		take_bag(outcome->unit, "unit", id_of(relation));
		take_bag(outcome->app, "app", id_of(relation));
	}
	cJSON_AddItemToArray(outcome->logs, cJSON_CreateString(events ? events : ""));
	for (line = events ? strtok_r(events, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(line, outcome);
	free(events);
	cJSON_Delete(document);
	cJSON_Delete(relations);
}

/* PATH is that of a hook but for td-snapshot, whose document is kept on its way to the step. */
void
hook_prepare(void)
{
	const char *old = getenv("PATH");
	char text[4 * PATH_MAX];
	size_t n;

	snprintf(text, sizeof(text), "#!/bin/sh\n'%s' \"$@\" >'%s' && cat '%s'\n",
	    work_program("td-snapshot"), model_path("document"), model_path("document"));
	make_folders(work_path("bin/"));
	work_write(work_path("bin/td-snapshot"), text, 0700);
	n = (size_t)snprintf(
	    text, sizeof(text), "%s:%s", work_path("bin"), work_program("test/juju/bin"));
	snprintf(
	    text + n, sizeof(text) - n, ":%s:%s", work_program(""), old ? old : "/usr/bin:/bin");
	setenv("PATH", text, 1);
}
