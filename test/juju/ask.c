#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "ask.h"
#include "bag.h"
#include "file.h"
#include "hook.h"
#include "relation.h"

static char *
read_file(char *path)
{
	char *s;

	s = file_read(hook.model, path, NULL);
	free(path);
	return s;
}

static int
print_and_delete(cJSON *tree)
{
	int status;

	status = hook_print_tree(tree);
	cJSON_Delete(tree);
	return status;
}

/* The lines of a status' file: the status, and the message after '\0'. */
static char *
status_of(const char *kind, const char *file, const char **message)
{
	char *s, *end;

	s = read_file(text_make("%s/%s/status", kind, file));
	if (s == NULL)
		s = text_make("unknown\n");
	end = s + strcspn(s, "\n");
	if (*end == '\n')
		*end++ = '\0';
	*message = end;
	return s;
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
	free(s);
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
		else
			free(name[i]);
	}
	return name;
}

static char *
unit_name(const char *file)
{
	char *s;

	s = text_dup(file, strlen(file));
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
		free(name);
	}
	file_list_free(file, n);
	return tree;
}

int
ask_status_get(int argc, char **argv)
{
	static bool data, app;
	static const struct hook_flag flags[] = {HOOK_OUTPUT, {"include-data", NULL, &data},
	    {"application", NULL, &app}, {NULL, NULL, NULL}};
	const char *message;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc > 1)
		return hook_unrecognized(argv + 1);
	if (app && !hook_is_leader())
		return hook_fail(
		    FAILED, "%s", "finding application status: this unit is not the leader");
	if (!data && strcmp(hook_format, "smart") == 0)
		return hook_print_string(app ? status_of("apps", hook.app, &message)
					     : status_of("units", hook.file, &message));
	return print_and_delete(app ? app_details(data) : status_details("units", hook.file, data));
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
ask_config_get(int argc, char **argv)
{
	static bool all;
	static const struct hook_flag flags[] = {
	    HOOK_OUTPUT, {"a", NULL, &all}, {"all", NULL, &all}, {NULL, NULL, NULL}};
	struct bag b = {0};
	const char *value;
	cJSON *tree;
	char *s;
	size_t i;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc > 1 && all)
		return hook_fail(
		    USAGE, "cannot use argument --all together with key \"%s\"", argv[1]);
	if (argc > 2)
		return hook_unrecognized(argv + 2);
	s = read_file(text_make("apps/%s/config", hook.app));
	if (s != NULL && bag_read(&b, s) < 0)
		return hook_fail(FAILED, "%s", "cannot read the configuration");
	if (argc > 1) {
		value = bag_get(&b, argv[1]);
		return print_and_delete(value == NULL ? cJSON_CreateNull() : config_value(value));
	}
	tree = cJSON_CreateObject();
	for (i = 0; i < b.n; i++)
		cJSON_AddItemToObject(tree, b.pair[i].key, config_value(b.pair[i].value));
	return print_and_delete(tree);
}

/* Is there a line "    NAME:" in that file of the charm? */
static bool
named_in(const char *file, const char *name)
{
	char *s, *line, *want;
	bool found;

	s = read_file(text_make("units/%s/charm/%s", hook.file, file));
	want = text_make("%s:", name);
	found = false;
	for (line = s; line != NULL && *line != '\0' && !found; line += *line == '\n') {
		if (*line == ' ')
			found = strncmp(line + strspn(line, " "), want, strlen(want)) == 0;
		line += strcspn(line, "\n");
	}
	free(s);
	free(want);
	return found;
}

static bool
is_binding(const char *name)
{
	char **relation, *dir;
	size_t n, i;
	bool found;

	dir = text_make("units/%s/rel", hook.file);
	relation = file_list(hook.model, dir, &n);
	free(dir);
	found = strcmp(name, "juju-info") == 0 || named_in("metadata.yaml", name) ||
		named_in("charmcraft.yaml", name);
	for (i = 0; i < n; i++)
		found = found || (strncmp(relation[i], name, strlen(name)) == 0 &&
				     relation[i][strlen(name)] == ':');
	file_list_free(relation, n);
	return found;
}

static cJSON *
list_of(const char *s)
{
	cJSON *list;

	list = cJSON_CreateArray();
	cJSON_AddItemToArray(list, cJSON_CreateString(s));
	return list;
}

/* Of JSON and YAML the latter has some things twice, for agents of old. */
static cJSON *
network(const char *ip, const char *subnet)
{
	cJSON *tree, *interface, *address;
	bool json;

	json = strcmp(hook_format, "json") == 0;
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
ask_network_get(int argc, char **argv)
{
	static const char *id;
	static bool primary, bind, ingress, egress;
	static const struct hook_flag flags[] = {HOOK_OUTPUT, {"r", &id, NULL},
	    {"relation", &id, NULL}, {"primary-address", NULL, &primary},
	    {"bind-address", NULL, &bind}, {"ingress-address", NULL, &ingress},
	    {"egress-subnets", NULL, &egress}, {NULL, NULL, NULL}};
	struct relation r = {0};
	cJSON *tree, *only;
	const char *ip;
	char *subnet;
	int status, asked;

	status = hook_options(&argc, argv, flags);
	if (status == OK && id != NULL)
		status = relation_find(&r, id);
	if (status != OK)
		return status;
	if (argc < 2)
		return hook_fail(USAGE, "%s", "no arguments specified");
	if (*argv[1] == '\0')
		return hook_fail(USAGE, "%s", "no binding name specified");
	if (argc > 2)
		return hook_unrecognized(argv + 2);
	if (id != NULL && relation_gone(&r))
		return hook_fail(FAILED, "relation %s not found", r.id);
	if (!is_binding(argv[1]))
		return hook_fail(FAILED, "no network config found for binding \"%s\"", argv[1]);
	asked = bind + ingress + egress;
	if (primary && asked > 0)
		return hook_fail(FAILED, "%s", "--primary-address must be the only flag specified");
	ip = hook_env("MACHINE_ADDRESS");
	subnet = text_make("%s/32", ip);
	if (!primary && asked == 0)
		return print_and_delete(network(ip, subnet));
	tree = cJSON_CreateObject();
	if (bind || primary)
		cJSON_AddStringToObject(tree, "bind-address", ip);
	if (egress)
		cJSON_AddItemToObject(tree, "egress-subnets", list_of(subnet));
	if (ingress)
		cJSON_AddStringToObject(tree, "ingress-address", ip);
	only = primary || asked == 1 ? tree->child : tree;
	if (cJSON_IsArray(only) && strcmp(hook_format, "smart") == 0)
		return hook_print_string(subnet);
	return hook_print_tree(only);
}

static void
add_goal(cJSON *to, const char *name, const char *status, char *path)
{
	struct stat st;
	struct tm tm;
	char since[40] = "";
	cJSON *goal;

	if (fstatat(hook.model, path, &st, 0) == 0 && gmtime_r(&st.st_mtime, &tm) != NULL)
		strftime(since, sizeof since, "%Y-%m-%d %H:%M:%SZ", &tm);
	free(path);
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
		add_goal(to, name, s, text_make("units/%s/status", file[i]));
		free(name);
		free(s);
	}
	file_list_free(file, n);
}

int
ask_goal_state(int argc, char **argv)
{
	static const struct hook_flag flags[] = {HOOK_OUTPUT, {NULL, NULL, NULL}};
	cJSON *tree, *relations, *units;
	struct relation r;
	char **name, *dir, *endpoint;
	size_t n, i;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc > 1)
		return hook_unrecognized(argv + 1);
	tree = cJSON_CreateObject();
	add_goals(cJSON_AddObjectToObject(tree, "units"), hook.app);
	relations = cJSON_AddObjectToObject(tree, "relations");
	dir = text_make("units/%s/rel", hook.file);
	name = file_list(hook.model, dir, &n);
	for (i = 0; i < n; i++) {
		memset(&r, 0, sizeof r);
		relation_read(&r, name[i]);
		if (strcmp(r.app, hook.app) == 0)
			continue;
		endpoint = text_dup(name[i], strcspn(name[i], ":"));
		units = cJSON_GetObjectItemCaseSensitive(relations, endpoint);
		if (units == NULL)
			units = cJSON_AddObjectToObject(relations, endpoint);
		add_goal(units, r.app, "joined", text_make("%s/%s", dir, name[i]));
		add_goals(units, r.app);
		free(endpoint);
	}
	return print_and_delete(tree);
}

int
ask_unit_get(int argc, char **argv)
{
	static const struct hook_flag flags[] = {HOOK_OUTPUT, {NULL, NULL, NULL}};
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc < 2)
		return hook_fail(USAGE, "%s", "no setting specified");
	if (strcmp(argv[1], "private-address") != 0 && strcmp(argv[1], "public-address") != 0)
		return hook_fail(USAGE, "unknown setting \"%s\"", argv[1]);
	if (argc > 2)
		return hook_unrecognized(argv + 2);
	return hook_print_string(hook_env("MACHINE_ADDRESS"));
}

int
ask_relation_model_get(int argc, char **argv)
{
	static const char *id;
	static const struct hook_flag flags[] = {
	    HOOK_OUTPUT, {"r", &id, NULL}, {"relation", &id, NULL}, {NULL, NULL, NULL}};
	struct relation r = {0};
	cJSON *tree;
	char *info;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status == OK)
		status = relation_find(&r, id);
	if (status != OK)
		return status;
	if (argc > 1)
		return hook_unrecognized(argv + 1);
	info = read_file(text_make("apps/%s/info", r.app));
	tree = cJSON_CreateObject();
	cJSON_AddStringToObject(tree, "uuid",
	    info != NULL && strstr(info, "\nurl ") != NULL ? "0ddba11e-0000-4000-8000-000000000000"
							   : hook_env("JUJU_MODEL_UUID"));
	return print_and_delete(tree);
}

int
ask_application_version_set(int argc, char **argv)
{
	static const struct hook_flag flags[] = {{NULL, NULL, NULL}};
	char *file;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc < 2)
		return hook_fail(USAGE, "%s", "no version specified");
	if (argc > 2)
		return hook_unrecognized(argv + 2);
	file = text_make("units/%s/version", hook.file);
	status = file_write(hook.model, file, argv[1], strlen(argv[1]));
	free(file);
	return status < 0 ? hook_fail(FAILED, "%s", strerror(errno)) : OK;
}
