#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "../lib/row.h"
#include "ask.h"
#include "bag.h"
#include "folder.h"
#include "hook.h"
#include "relation.h"

static char *
status_of(const char *kind, const char *file, const char **message)
{
	return folder_status(hook.model, memory_brief("%s/%s/status", kind, file), message);
}

static cJSON *
status_details(const char *kind, const char *file, bool data)
{
	const char *message;
	cJSON *details;
	char *s;

	s = status_of(kind, file, &message);
	details = cJSON_CreateObject();
	if (data)
		cJSON_AddStringToObject(details, "message", message);
	cJSON_AddStringToObject(details, "status", s);
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

static cJSON *
app_details(bool data)
{
	cJSON *tree, *details, *units;
	char **file, *name;
	size_t n, i;

	tree = cJSON_CreateObject();
	details = status_details("apps", hook.app, data);
	cJSON_AddItemToObject(tree, "application-status", details);
	units = cJSON_AddObjectToObject(details, "units");
	file = units_of(hook.app, &n);
	for (i = 0; i < n; i++) {
		name = unit_name(file[i]);
		cJSON_AddItemToObject(units, name, status_details("units", file[i], data));
	}
	return tree;
}

int
ask_status_get(char **arg)
{
	bool app = hook_set.application;
	const char *message;

	(void)arg;
	if (app && !hook_is_leader())
		return hook_fail(
		    FAILED, "%s", "finding application status: this unit is not the leader");
	if (!hook_set.data && strcmp(hook_set.format, "smart") == 0)
		return hook_print_string(app ? status_of("apps", hook.app, &message)
					     : status_of("units", hook.file, &message));
	return hook_print(
	    app ? app_details(hook_set.data) : status_details("units", hook.file, hook_set.data));
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

	if (arg[0] != NULL && hook_set.all)
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
	const char *want = memory_brief("%s:", name);
	char *s, *line;
	bool found;

	s = file_read(hook.model, memory_brief("units/%s/charm/%s", hook.file, file), NULL);
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
	cJSON *list = cJSON_CreateArray();

	cJSON_AddItemToArray(list, cJSON_CreateString(s));
	return list;
}

/* Of JSON and YAML the latter has some things twice, for agents of old. */
static cJSON *
network(const char *ip, const char *subnet)
{
	cJSON *tree, *interface, *address;
	bool json = strcmp(hook_set.format, "json") == 0;

	tree = cJSON_CreateObject();
	interface = cJSON_CreateObject();
	cJSON_AddItemToArray(cJSON_AddArrayToObject(tree, "bind-addresses"), interface);
	cJSON_AddStringToObject(interface, "mac-address", "00:16:3e:00:00:01");
	cJSON_AddStringToObject(interface, "interface-name", "eth0");
	address = cJSON_CreateObject();
	cJSON_AddItemToArray(cJSON_AddArrayToObject(interface, "addresses"), address);
	cJSON_AddStringToObject(address, "hostname", "");
	cJSON_AddStringToObject(address, "value", ip);
	cJSON_AddStringToObject(address, "cidr", "10.0.0.0/8");
	if (!json) {
		cJSON_AddStringToObject(address, "address", ip);
		cJSON_AddStringToObject(interface, "macaddress", "00:16:3e:00:00:01");
		cJSON_AddStringToObject(interface, "interfacename", "eth0");
	}
	cJSON_AddItemToObject(tree, "egress-subnets", list_of(subnet));
	cJSON_AddItemToObject(tree, "ingress-addresses", list_of(ip));
	return tree;
}

int
ask_network_get(char **arg)
{
	const char *id = hook_set.relation, *ip = hook_env("MACHINE_ADDRESS");
	const char *subnet = memory_brief("%s/32", ip);
	bool bind = hook_set.bind || hook_set.primary;
	int asked = hook_set.bind + hook_set.ingress + hook_set.egress;
	struct relation r = {0};
	cJSON *tree;

	if (id != NULL && relation_find(&r, id) != OK)
		return USAGE;
	if (arg[0] == NULL)
		return hook_fail(USAGE, "no arguments specified");
	if (*arg[0] == '\0')
		return hook_fail(USAGE, "no binding name specified");
	if (hook_unrecognized(arg + 1) != OK)
		return USAGE;
	if (id != NULL && relation_gone(&r))
		return hook_fail(FAILED, "relation %s not found", r.id);
	if (!is_binding(arg[0]))
		return hook_fail(FAILED, "no network config found for binding \"%s\"", arg[0]);
	if (hook_set.primary && asked > 0)
		return hook_fail(FAILED, "--primary-address must be the only flag specified");
	if (!bind && asked == 0)
		return hook_print(network(ip, subnet));
	tree = cJSON_CreateObject();
	if (bind)
		cJSON_AddStringToObject(tree, "bind-address", ip);
	if (hook_set.egress)
		cJSON_AddItemToObject(tree, "egress-subnets", list_of(subnet));
	if (hook_set.ingress)
		cJSON_AddStringToObject(tree, "ingress-address", ip);
	return hook_print(asked <= 1 ? cJSON_DetachItemViaPointer(tree, tree->child) : tree);
}

static void
add_goal(cJSON *to, const char *name, const char *status, const char *path)
{
	struct stat st;
	struct tm tm;
	char since[40] = "";
	cJSON *goal;

	if (fstatat(hook.model, path, &st, 0) == 0 && gmtime_r(&st.st_mtime, &tm) != NULL)
		strftime(since, sizeof since, "%Y-%m-%d %H:%M:%SZ", &tm);
	goal = cJSON_AddObjectToObject(to, name);
	cJSON_AddStringToObject(goal, "status", status);
	cJSON_AddStringToObject(goal, "since", since);
}

static void
add_goals(cJSON *to, const char *app)
{
	const char *message;
	char **file, *name, *s;
	size_t n, i;

	file = units_of(app, &n);
	for (i = 0; i < n; i++) {
		name = unit_name(file[i]);
		s = status_of("units", file[i], &message);
		add_goal(to, name, s, memory_brief("units/%s/status", file[i]));
	}
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
		r = (struct relation){0};
		relation_read(&r, name[i]);
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
	struct relation r = {0};
	cJSON *tree;
	char *info, *words[ROW_WORDS];
	bool here;

	if (relation_find(&r, hook_set.relation) != OK || hook_unrecognized(arg) != OK)
		return USAGE;
	info = file_read(hook.model, memory_brief("apps/%s/info", r.app), NULL);
	here = row_next(&info, words) != 5 || strcmp(words[4], "-") == 0;
	tree = cJSON_CreateObject();
	cJSON_AddStringToObject(tree, "uuid",
	    here ? hook_env("JUJU_MODEL_UUID") : "0ddba11e-0000-4000-8000-000000000000");
	return hook_print(tree);
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
