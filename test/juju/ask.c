#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "../lib/row.h"
#include "ask.h"
#include "bag.h"
#include "folder.h"
#include "hook.h"

/* kind: apps or units */
static char *
status_of(const char *kind, const char *file, const char **message)
{
	return folder_status(hook.model, memory_brief("%s/%s/status", kind, file), message);
}

static cJSON *
status_details(const char *kind, const char *file)
{
	bool data = hook_option("include-data");
	const char *message, *status = status_of(kind, file, &message);
	cJSON *details = cJSON_CreateObject();

	bag_put(details, "message", data ? message : NULL, "status", status, NULL);
	if (data)
		cJSON_AddObjectToObject(details, "status-data");
	return details;
}

/* The file names of an application's units, sorted by the units' names. */
static char **
units_of(const char *app, size_t *n)
{
	char **name, *number;
	size_t all, i;

	name = file_list(hook.model, "units", &all);
	for (i = *n = 0; i < all; i++) {
		number = strrchr(name[i], '-');
		if (strlen(app) == (size_t)(number - name[i]) &&
		    strncmp(name[i], app, strlen(app)) == 0)
			name[(*n)++] = name[i];
	}
	return name;
}

static char *
unit_name(const char *file)
{
	char *s = memory_text("%s", file);

	*strrchr(s, '-') = '/';
	return s;
}

int
ask_status_get(char **arg)
{
	bool app = hook_option("application");
	const char *kind = app ? "apps" : "units", *name = app ? hook.app : hook.file, *message;
	cJSON *tree, *details, *units;
	char **file;
	size_t n, i;

	(void)arg;
	if (app && !hook_is_leader())
		return hook_fail(
		    FAILED, "%s", "finding application status: this unit is not the leader");
	if (!hook_option("include-data") && strcmp(hook_option("format"), "smart") == 0)
		return hook_print_string(status_of(kind, name, &message));
	details = status_details(kind, name);
	if (!app)
		return hook_print(details);
	tree = cJSON_CreateObject();
	cJSON_AddItemToObject(tree, "application-status", details);
	units = cJSON_AddObjectToObject(details, "units");
	file = units_of(hook.app, &n);
	for (i = 0; i < n; i++)
		cJSON_AddItemToObject(units, unit_name(file[i]), status_details("units", file[i]));
	return hook_print(tree);
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
		return cJSON_CreateRaw(memory_brief("%.17g", (double)n));
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
	s = file_read(hook.model, memory_brief("apps/%s/config", hook.app), NULL);
	b = bag_read(s);
	if (s != NULL && b == NULL)
		return hook_fail(FAILED, "cannot read the configuration");
	if (arg[0] != NULL) {
		value = bag_get(b, arg[0]);
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
	const char *path = memory_brief("units/%s/charm/%s", hook.file, file);
	char *s = file_read(hook.model, path, NULL), *line, *rest;
	size_t n = strlen(name);

	for (line = s == NULL ? NULL : strtok_r(s, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		s = line + strspn(line, " ");
		if (s > line && strncmp(s, name, n) == 0 && s[n] == ':')
			return true;
	}
	return false;
}

static bool
is_binding(const char *name)
{
	char **relation;
	size_t n, i;
	bool found;

	relation = file_list(hook.model, memory_brief("units/%s/rel", hook.file), &n);
	found = strcmp(name, "juju-info") == 0 || named_in("metadata.yaml", name) ||
		named_in("charmcraft.yaml", name);
	for (i = 0; i < n; i++)
		found = found || (strncmp(relation[i], name, strlen(name)) == 0 &&
				     relation[i][strlen(name)] == ':');
	return found;
}

static cJSON *
list_of(const char *s)
{
	return cJSON_CreateStringArray(&s, 1);
}

/* Of JSON and YAML the latter has some things twice, for agents of old. */
static cJSON *
network(const char *ip, const char *subnet)
{
	bool twice = strcmp(hook_option("format"), "json") != 0;
	const char *mac = "00:16:3e:00:00:01";
	cJSON *tree = cJSON_CreateObject(), *interface = cJSON_CreateObject(),
	      *address = cJSON_CreateObject();

	cJSON_AddItemToArray(cJSON_AddArrayToObject(tree, "bind-addresses"), interface);
	bag_put(interface, "mac-address", mac, "interface-name", "eth0", NULL);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(interface, "addresses"), address);
	bag_put(address, "hostname", "", "value", ip, "cidr", "10.0.0.0/8", NULL);
	if (twice) {
		bag_put(address, "address", ip, NULL);
		bag_put(interface, "macaddress", mac, "interfacename", "eth0", NULL);
	}
	cJSON_AddItemToObject(tree, "egress-subnets", list_of(subnet));
	cJSON_AddItemToObject(tree, "ingress-addresses", list_of(ip));
	return tree;
}

int
ask_network_get(char **arg)
{
	const char *ip = hook_env("MACHINE_ADDRESS"), *subnet = memory_brief("%s/32", ip);
	bool given = hook_option("relation"), primary = hook_option("primary-address");
	bool ingress = hook_option("ingress-address"), egress = hook_option("egress-subnets");
	bool bind = hook_option("bind-address");
	int asked = bind + ingress + egress;
	struct relation r;
	cJSON *tree;

	if (given && hook_find_relation(&r) != OK)
		return USAGE;
	if (arg[0] == NULL)
		return hook_fail(USAGE, "no arguments specified");
	if (*arg[0] == '\0')
		return hook_fail(USAGE, "no binding name specified");
	if (hook_unrecognized(arg + 1) != OK)
		return USAGE;
	if (given && hook_relation_gone(&r))
		return hook_fail(FAILED, "relation %s not found", r.id);
	if (!is_binding(arg[0]))
		return hook_fail(FAILED, "no network config found for binding \"%s\"", arg[0]);
	if (primary && asked > 0)
		return hook_fail(FAILED, "--primary-address must be the only flag specified");
	if (!primary && asked == 0)
		return hook_print(network(ip, subnet));
	tree = cJSON_CreateObject();
	bag_put(tree, "bind-address", bind || primary ? ip : NULL, NULL);
	if (egress)
		cJSON_AddItemToObject(tree, "egress-subnets", list_of(subnet));
	bag_put(tree, "ingress-address", ingress ? ip : NULL, NULL);
	return hook_print(asked <= 1 ? tree->child : tree);
}

static void
add_goal(cJSON *to, const char *name, const char *status, const char *path)
{
	const struct tm *tm = folder_time(hook.model, path);
	char since[40] = "";

	if (tm != NULL)
		strftime(since, sizeof since, "%Y-%m-%d %H:%M:%SZ", tm);
	bag_put(cJSON_AddObjectToObject(to, name), "status", status, "since", since, NULL);
}

static void
add_goals(cJSON *to, const char *app)
{
	const char *message;
	size_t n, i;
	char **file = units_of(app, &n);

	for (i = 0; i < n; i++)
		add_goal(to, unit_name(file[i]), status_of("units", file[i], &message),
		    memory_brief("units/%s/status", file[i]));
}

int
ask_goal_state(char **arg)
{
	cJSON *tree, *relations, *units;
	struct relation r;
	char **name, *endpoint;
	size_t n, i;

	(void)arg;
	tree = cJSON_CreateObject();
	add_goals(cJSON_AddObjectToObject(tree, "units"), hook.app);
	relations = cJSON_AddObjectToObject(tree, "relations");
	name = file_list(hook.model, memory_brief("units/%s/rel", hook.file), &n);
	for (i = 0; i < n; i++) {
		r = hook_relation(name[i]);
		if (strcmp(r.app, hook.app) == 0)
			continue;
		endpoint = memory_copy(name[i], strcspn(name[i], ":"));
		units = cJSON_GetObjectItemCaseSensitive(relations, endpoint);
		if (units == NULL)
			units = cJSON_AddObjectToObject(relations, endpoint);
		add_goal(
		    units, r.app, "joined", memory_brief("units/%s/rel/%s", hook.file, name[i]));
		add_goals(units, r.app);
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
	return hook_print_string(hook_env("MACHINE_ADDRESS"));
}

int
ask_relation_model_get(char **arg)
{
	struct relation r;
	char *info, *words[ROW_WORDS];
	bool here;

	if (hook_find_relation(&r) != OK || hook_unrecognized(arg) != OK)
		return USAGE;
	info = file_read(hook.model, memory_brief("apps/%s/info", r.app), NULL);
	here = row_next(&info, words) != 5 || strcmp(words[4], "-") == 0;
	return hook_print(bag_put(cJSON_CreateObject(), "uuid",
	    here ? hook_env("JUJU_MODEL_UUID") : "0ddba11e-0000-4000-8000-000000000000", NULL));
}

int
ask_application_version_set(char **arg)
{
	if (arg[0] == NULL)
		return hook_fail(USAGE, "no version specified");
	if (file_write(hook.model, memory_brief("units/%s/version", hook.file), arg[0],
		strlen(arg[0])) < 0)
		return hook_fail(FAILED, "%s", strerror(errno));
	return OK;
}
