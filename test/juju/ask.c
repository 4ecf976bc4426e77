#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "ask.h"
#include "text.h"
#include "folder.h"
#include "hook.h"

/* kind: apps or units */
static char *
status_of(const char *kind, const char *file, const char **message)
{
	return folder_status(hook.m.dir, memory_brief("%s/%s/status", kind, file), message);
}

static cJSON *
status_details(const char *kind, const char *file)
{
	bool data = hook_option("include-data");
	cJSON *details = cJSON_CreateObject();
	const char *message, *status = status_of(kind, file, &message);

	if (data)
		cJSON_AddStringToObject(details, "message", message);
	cJSON_AddStringToObject(details, "status", status);
	return data ? text_put(details, "'status-data':{}") : details;
}

static cJSON *
app_details(void)
{
	cJSON *tree = cJSON_CreateObject(), *details = status_details("apps", hook.app), *units;
	const struct app *a = hook.u->app;
	size_t i;

	cJSON_AddItemToObject(tree, "application-status", details);
	units = cJSON_AddObjectToObject(details, "units");
	for (i = 0; i < a->units; i++)
		cJSON_AddItemToObject(
		    units, a->unit[i]->name, status_details("units", a->unit[i]->file));
	return tree;
}

int
ask_status_get(char **arg)
{
	bool app = hook_option("application");
	const char *message;

	(void)arg;
	if (app && !model_leads(hook.u))
		return hook_fail(
		    FAILED, "%s", "finding application status: this unit is not the leader");
	if (!hook_option("include-data") && hook_prints("smart"))
		return hook_print_string(app ? status_of("apps", hook.app, &message)
					     : status_of("units", hook.u->file, &message));
	return hook_print(app ? app_details() : status_details("units", hook.u->file));
}

/* What juju config has set, as the types that they look like. */
static cJSON *
config_value(const char *s)
{
	char *end;
	long n;

	if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)
		return cJSON_CreateBool(*s == 't');
	n = strtol(s, &end, 10);
	if (*s != '\0' && *end == '\0')
		return cJSON_CreateNumber((double)n);
	return cJSON_CreateString(s);
}

int
ask_config_get(char **arg)
{
	const char *value;
	cJSON *tree, *set, *b;
	char *s;

	if (arg[0] != NULL && hook_option("all"))
		return hook_fail(
		    USAGE, "cannot use argument --all together with key \"%s\"", arg[0]);
	if (arg[0] != NULL && hook_unrecognized(arg + 1) != OK)
		return USAGE;
	s = file_read(hook.m.dir, memory_brief("apps/%s/config", hook.app), NULL);
	b = text_read(s);
	if (s != NULL && b == NULL)
		return hook_fail(FAILED, "cannot read the configuration");
	if (arg[0] != NULL) {
		value = text_get(b, arg[0]);
		return hook_print(value == NULL ? cJSON_CreateNull() : config_value(value));
	}
	tree = cJSON_CreateObject();
	cJSON_ArrayForEach(set, b)
	    cJSON_AddItemToObject(tree, set->string, config_value(set->valuestring));
	return hook_print(tree);
}

/* Is there a line "    NAME:" in that file of the charm? */
static bool
named_in(const char *file, const char *name)
{
	const char *want = memory_brief("%s:", name);
	char *s, *line;
	bool found;

	s = file_read(hook.m.dir, memory_brief("units/%s/charm/%s", hook.u->file, file), NULL);
	found = false;
	for (line = s; line != NULL && *line != '\0' && !found; line += *line == '\n') {
		if (*line == ' ')
			found = strncmp(line + strspn(line, " "), want, strlen(want)) == 0;
		line += strcspn(line, "\n");
	}
	return found;
}

static bool
is_binding(const char *name)
{
	const struct side *s;
	size_t i;

	for (i = 0; i < hook.u->sides; i++) {
		s = hook.u->side[i];
		if (strcmp(s->relation->end[s->end].endpoint, name) == 0)
			return true;
	}
	return strcmp(name, "juju-info") == 0 || named_in("metadata.yaml", name) ||
	       named_in("charmcraft.yaml", name);
}

/* Of JSON and YAML the latter has some things twice, for agents of old. */
static cJSON *
network(const char *ip)
{
	bool json = hook_prints("json");

	return text_put(cJSON_CreateObject(),
	    "'bind-addresses':[{'mac-address':'00:16:3e:00:00:01','interface-name':'eth0',"
	    "'addresses':[{'hostname':'','value':'%s','cidr':'10.0.0.0/8'%s}]%s}],"
	    "'egress-subnets':['%s/32'],'ingress-addresses':['%s']",
	    ip, json ? "" : memory_brief(",'address':'%s'", ip),
	    json ? "" : ",'macaddress':'00:16:3e:00:00:01','interfacename':'eth0'", ip, ip);
}

/* Those that were asked for: the only one, or an object of them. */
static cJSON *
addresses(const char *ip)
{
	cJSON *tree = cJSON_CreateObject();

	if (hook_option("bind-address") || hook_option("primary-address"))
		text_put(tree, "'bind-address':'%s'", ip);
	if (hook_option("egress-subnets"))
		text_put(tree, "'egress-subnets':['%s/32']", ip);
	if (hook_option("ingress-address"))
		text_put(tree, "'ingress-address':'%s'", ip);
	return cJSON_GetArraySize(tree) == 1 ? cJSON_DetachItemViaPointer(tree, tree->child) : tree;
}

int
ask_network_get(char **arg)
{
	const char *ip = model_address(hook.u);
	const struct side *s = NULL;
	cJSON *tree;

	if (hook_option("relation") && hook_relation(&s) != OK)
		return USAGE;
	if (arg[0] == NULL)
		return hook_fail(USAGE, "no arguments specified");
	if (*arg[0] == '\0')
		return hook_fail(USAGE, "no binding name specified");
	if (hook_unrecognized(arg + 1) != OK)
		return USAGE;
	if (s != NULL && s->relation->gone)
		return hook_fail(FAILED, "relation %u not found", s->id);
	if (!is_binding(arg[0]))
		return hook_fail(FAILED, "no network config found for binding \"%s\"", arg[0]);
	if (hook_option("primary-address") &&
	    (hook_option("bind-address") || hook_option("egress-subnets") ||
		hook_option("ingress-address")))
		return hook_fail(FAILED, "--primary-address must be the only flag specified");
	tree = addresses(ip);
	return hook_print(cJSON_IsObject(tree) && tree->child == NULL ? network(ip) : tree);
}

/* path: its status's file, or one that is as old. */
static void
add_goal(cJSON *to, const char *name, const char *status, const char *path)
{
	const struct tm *tm = folder_time(hook.m.dir, path);
	char since[40] = "";

	if (tm != NULL)
		strftime(since, sizeof since, "%Y-%m-%d %H:%M:%SZ", tm);
	text_put(cJSON_AddObjectToObject(to, name), "'status':'%s','since':'%s'", status, since);
}

static void
add_goals(cJSON *to, const struct app *a)
{
	const char *message;
	size_t i;

	for (i = 0; i < a->units; i++)
		add_goal(to, a->unit[i]->name, status_of("units", a->unit[i]->file, &message),
		    memory_brief("units/%s/status", a->unit[i]->file));
}

int
ask_goal_state(char **arg)
{
	cJSON *tree = cJSON_CreateObject(), *relations, *units;
	const struct relation *r;
	const char *endpoint;
	size_t i;
	int end;

	(void)arg;
	add_goals(cJSON_AddObjectToObject(tree, "units"), hook.u->app);
	relations = cJSON_AddObjectToObject(tree, "relations");
	for (i = 0; i < hook.u->sides; i++) {
		r = hook.u->side[i]->relation;
		end = hook.u->side[i]->end;
		if (r->peer)
			continue;
		endpoint = r->end[end].endpoint;
		units = cJSON_GetObjectItemCaseSensitive(relations, endpoint);
		if (units == NULL)
			units = text_add(relations, endpoint, cJSON_CreateObject());
		add_goal(units, r->end[1 - end].name, "joined", model_unit_bag(r, hook.u));
		add_goals(units, r->end[1 - end].app);
	}
	return hook_print(tree);
}

int
ask_unit_get(char **arg)
{
	if (arg[0] == NULL)
		return hook_fail(USAGE, "no setting specified");
	if (strcmp(arg[0], "private-address") != 0 && strcmp(arg[0], "public-address") != 0)
		return hook_fail(USAGE, "unknown setting \"%s\"", arg[0]);
	if (hook_unrecognized(arg + 1) != OK)
		return USAGE;
	return hook_print_string(model_address(hook.u));
}

int
ask_relation_model_get(char **arg)
{
	const struct side *s;
	bool here;

	if (hook_relation(&s) != OK || hook_unrecognized(arg) != OK)
		return USAGE;
	here = s->relation->end[1 - s->end].app->url == NULL;
	return hook_print(text_put(cJSON_CreateObject(), "'uuid':'%s'",
	    here ? hook_env("JUJU_MODEL_UUID") : "0ddba11e-0000-4000-8000-000000000000"));
}

int
ask_application_version_set(char **arg)
{
	if (arg[0] == NULL)
		return hook_fail(USAGE, "no version specified");
	if (file_write(hook.m.dir, memory_brief("units/%s/version", hook.u->file), arg[0],
		strlen(arg[0])) < 0)
		return hook_fail(FAILED, "%s", strerror(errno));
	return OK;
}
