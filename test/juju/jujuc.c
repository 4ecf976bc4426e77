/*
 * jujuc - Juju's hook commands over a model in a folder
 *
 * One program under the names of the commands that main lists. juju.c starts the hooks in which
 * they work, with uname.sh beside them, and commits what they leave. They use these files of MODEL
 * ($MODEL_DIR), for a unit APP/N, whose name is APP-N as a file name:
 *
 *	apps/APP/leader			the unit that leads APP
 *	apps/APP/status			as units/APP-N/status
 *	relations/ID/unit/APP-N		a unit's databag, as committed (bag.h has the format)
 *	relations/ID/app/APP		an application's databag
 *	relations/ID/gone		the controller has forgotten it, its units haven't yet
 *	units/APP-N/rel/ENDPOINT:ID	what the unit knows of a relation; read here: the rows
 *					"side APP ..." (at the other end) and "member UNIT ..."
 *	apps/APP/url			another model's application has it
 *	units/APP-N/cache/ID/APP-N	a member's databag as this unit last fetched it: a hard link
 *	units/APP-N/state-set		the unit's own store, in the format of a databag
 *	units/APP-N/status		a line with the status, the message
 *	units/APP-N/version		of what runs there
 *	apps/APP/config			what juju config has set, in the format of a databag
 *	hooks/CONTEXT/			the running hook of $JUJU_CONTEXT_ID, with
 *		unit-ID, app-ID, state	what it has set, whole databags; committed if it ends in 0
 *		seen-ID-...		what it has read of others but members
 *	faults, commands, log, events	faults asked for; a line "UNIT HOOK COMMAND" for each
 *					command run; debug-log; what happened, for programs
 */

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "bag.h"
#include "folder.h"
#include "hook.h"
#include "settings.h"

enum { KEY_MAX = 256, VALUE_MAX = 65536 };

#define APP "[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*"

static bool
matches(const char *s, const char *pattern)
{
	regex_t re;
	bool does;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		abort();
	does = regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return does;
}

/* A line for programs that watch. */
static void
event(char *line)
{
	char *p;

	for (p = line; *p != '\0'; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	}
	file_append(hook.model, "events", "%s\n", line);
}

static void
log_line(const char *level, const char *message)
{
	const char *relation = hook_env("JUJU_RELATION_ID");
	const char *line = memory_brief("%s%s%s", relation, *relation == '\0' ? "" : ": ", message);

	folder_log(hook.model, hook.unit, level, memory_brief("unit.%s.juju-log", hook.unit), line);
	event(memory_text("log %s %s %s", hook.unit, level, line));
}

/*
 * A unit's or an application's databag; NULL: permission denied. What a command reads of others, it
 * reads so until the end of the hook; of a member, until the next hook for that unit.
 */
static char *
read_bag(const struct relation *r, const char *whose, bool app)
{
	const char *kind = app ? "app" : "unit", *name = app ? whose : folder_unit(whose);
	const char *live = memory_brief("relations/%s/%s/%s", r->id, kind, name);
	const char *seen = memory_brief(
	    "hooks/%s/seen-%s-%s%s", hook_env("JUJU_CONTEXT_ID"), r->id, app ? "app-" : "", name);
	bool own = strcmp(whose, app ? hook.app : hook.unit) == 0;
	char *s = NULL;
	size_t i;

	if (app && strcmp(whose, r->app) != 0 && !(own && hook_is_leader()))
		return NULL;
	if (own)
		s = file_read(hook.dir, memory_brief("%s-%s", kind, r->id), NULL);
	if (s != NULL)
		return s;
	if (own && !app)
		return file_read(hook.model, live, NULL);
	for (i = 0; !app && i < r->n; i++)
		if (strcmp(r->member[i], whose) == 0)
			seen = memory_brief("units/%s/cache/%s/%s", hook.file, r->id, name);
	s = file_read(hook.model, seen, NULL);
	if (s == NULL && (linkat(hook.model, live, hook.model, seen, 0) == 0 || errno == EEXIST))
		s = file_read(hook.model, seen, NULL);
	return s;
}

static int
denied(const struct relation *r)
{
	if (!hook_relation_gone(r))
		return OK;
	return hook_fail(FAILED, "%s",
	    strncmp(hook_env("JUJU_VERSION"), "4.", 2) == 0 ? "relation not found"
							    : "permission denied");
}

static int
cmd_is_leader(char **arg)
{
	(void)arg;
	return hook_print(cJSON_CreateBool(hook_is_leader()));
}

static int
cmd_relation_ids(char **arg)
{
	const char *endpoint = arg[0] != NULL ? arg[0] : hook_env("JUJU_RELATION");
	char **name;
	size_t n;

	if (*endpoint == '\0')
		return hook_fail(USAGE, "no endpoint name specified");
	name = hook_relations(endpoint, &n);
	return hook_print_list(name, n);
}

static int
cmd_relation_list(char **arg)
{
	struct relation r;

	if (hook_find_relation(&r) != OK || hook_unrecognized(arg) != OK)
		return USAGE;
	return hook_option("app") ? hook_print_string(r.app) : hook_print_list(r.member, r.n);
}

/* Whose databag relation-get is asked for, and whether that is an application; NULL: said what's
 * wrong. */
static const char *
relation_get_whose(const char *given, bool *app)
{
	*app = hook_option("app") != NULL;
	if (given != NULL && *app)
		return folder_app(given);
	if (given != NULL && matches(given, "^" APP "/(0|[1-9][0-9]*)$"))
		return given;
	if (given != NULL) {
		hook_fail(USAGE,
		    matches(given, "^" APP "$") ? "expected unit name, got application name \"%s\""
						: "invalid unit name \"%s\"",
		    given);
		return NULL;
	}
	if (!*app && *hook.remote_unit != '\0')
		return hook.remote_unit;
	*app = true;
	if (*hook.remote_app != '\0')
		return hook.remote_app;
	hook_fail(USAGE, "no unit or application specified");
	return NULL;
}

static int
cmd_relation_get(char **arg)
{
	const char *key = arg[0], *whose;
	struct relation r;
	const cJSON *b;
	bool app;
	char *s;

	if (hook_find_relation(&r) != OK)
		return USAGE;
	whose = relation_get_whose(key == NULL ? NULL : arg[1], &app);
	if (whose == NULL || (key != NULL && arg[1] != NULL && hook_unrecognized(arg + 2) != OK))
		return USAGE;
	if (denied(&r) != OK)
		return FAILED;
	s = read_bag(&r, whose, app);
	if (s == NULL)
		return hook_fail(FAILED, "permission denied");
	b = bag_read(s);
	if (key == NULL || strcmp(key, "-") == 0)
		return b == NULL ? hook_fail(FAILED, "cannot read a databag") : hook_print(b);
	if (b == NULL)
		return hook_fail(FAILED, "cannot read the databag of %s", whose);
	return hook_print_string(bag_get(b, key));
}

/* Reads "key=value" operands and --file's mapping into one bag. */
static int
settings(cJSON *b, char **arg)
{
	const char *wrong, *file = hook_option("file"), *key, *eq;
	cJSON *args = cJSON_CreateObject(), *set;
	char *s;
	size_t n;
	int fd;

	for (; *arg != NULL; arg++) {
		eq = strchr(*arg, '=');
		if (eq == NULL || eq == *arg)
			return hook_fail(USAGE, "expected \"key=value\", got \"%s\"", *arg);
		key = memory_brief("%.*s", (int)(eq - *arg), *arg);
		if (bag_get(args, key) != NULL)
			return hook_fail(USAGE, "key \"%s\" specified more than once", key);
		bag_set(args, key, eq + 1);
	}
	if (file != NULL) {
		fd = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
		s = fd < 0 ? NULL : file_read_fd(fd, &n);
		if (s == NULL)
			return hook_fail(FAILED, "cannot read settings: %s", strerror(errno));
		wrong = settings_read(b, s, n);
		if (wrong != NULL)
			return hook_fail(FAILED, "%.255s", wrong);
	}
	cJSON_ArrayForEach(set, args) bag_set(b, set->string, set->valuestring);
	bag_sort(b);
	return OK;
}

/*
 * Lays changes over what is set in this hook, or else over what is there; NULL: that may not be
 * read. keep: "" is a value.
 */
static int
change(const char *buffer, char *there, const cJSON *changes, bool keep)
{
	int lock = file_lock(hook.dir, "lock"), r;
	char *s = file_read(hook.dir, buffer, NULL);
	cJSON *b = there == NULL ? NULL : bag_read(s == NULL ? there : s);
	const cJSON *set;

	if (b == NULL) {
		close(lock);
		return hook_fail(FAILED, "permission denied");
	}
	cJSON_ArrayForEach(set, changes)
	    bag_set(b, set->string, *set->valuestring == '\0' && !keep ? NULL : set->valuestring);
	r = file_write(hook.dir, buffer, bag_text(b));
	close(lock);
	return r < 0 ? hook_fail(FAILED, "cannot keep settings: %s", strerror(errno)) : OK;
}

static int
cmd_relation_set(char **arg)
{
	struct relation r;
	cJSON *b = cJSON_CreateObject(), *set;
	bool app = hook_option("app");
	int status;

	if (hook_find_relation(&r) != OK)
		return USAGE;
	status = settings(b, arg);
	if (status != OK)
		return status;
	if (hook_option("format") != NULL)
		fprintf(stderr, "--format flag deprecated for command \"relation-set\"\n");
	if (app && !hook_is_leader())
		return hook_fail(FAILED, "cannot write relation settings");
	status = denied(&r);
	if (status != OK || b->child == NULL)
		return status;
	status = change(memory_brief(app ? "app-%s" : "unit-%s", r.id),
	    read_bag(&r, app ? hook.app : hook.unit, app), b, false);
	if (status != OK)
		return status;
	cJSON_ArrayForEach(set, b)
	    event(memory_text("set %s %s", app ? hook.app : hook.unit, set->string));
	return OK;
}

static int
cmd_status_set(char **arg)
{
	bool app = hook_option("application");
	const char *message, *path;

	if (arg[0] == NULL)
		return hook_fail(USAGE, "invalid args, require <status> [message]");
	if (!hook_is_one_of(arg[0], " maintenance blocked waiting active "))
		return hook_fail(USAGE,
		    "invalid status \"%s\", expected one of [maintenance blocked waiting active]",
		    arg[0]);
	if (arg[1] != NULL && hook_unrecognized(arg + 2) != OK)
		return USAGE;
	message = arg[1] != NULL ? arg[1] : "";
	if (app && !hook_is_leader())
		return hook_fail(FAILED, "this unit is not the leader");
	path = memory_brief("%s/%s/status", app ? "apps" : "units", app ? hook.app : hook.file);
	if (file_write(hook.model, path, memory_brief("%s\n%s", arg[0], message)) < 0)
		return hook_fail(FAILED, "%s", strerror(errno));
	event(memory_text("status %s %s %s", app ? hook.app : hook.unit, arg[0], message));
	return OK;
}

static int
cmd_juju_log(char **arg)
{
	static const char *const known[] = {
	    "TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
	const char *level = hook_option("debug") ? "DEBUG" : hook_option("log-level");
	struct buf b = {0};
	size_t i, n;

	if (arg[0] == NULL)
		return hook_fail(USAGE, "no message specified");
	n = sizeof known / sizeof *known;
	for (i = 0; level != NULL && i < n && strcasecmp(level, known[i]) != 0; i++)
		continue;
	if (i == n)
		log_line(
		    "WARNING", memory_brief("Specified log level of \"%s\" is not valid", level));
	for (; *arg != NULL; arg++)
		buf_printf(&b, "%s%s", *arg, arg[1] == NULL ? "" : " ");
	log_line(level == NULL || i == n ? "INFO" : known[i], b.s);
	return OK;
}

static char *
own_state(void)
{
	char *s = file_read(hook.model, memory_brief("units/%s/state-set", hook.file), NULL);

	return s != NULL ? s : memory_text(BAG_EMPTY);
}

static int
cmd_state_get(char **arg)
{
	const char *value;
	char *s = file_read(hook.dir, "state", NULL);
	cJSON *b = bag_read(s == NULL ? own_state() : s);

	if (b == NULL)
		return hook_fail(FAILED, "cannot read the unit's state");
	if (arg[0] == NULL || strcmp(arg[0], "-") == 0)
		return hook_print(b);
	value = bag_get(b, arg[0]);
	if (value == NULL && hook_option("strict"))
		return hook_fail(FAILED, "\"%s\" not found", arg[0]);
	return hook_print_string(value == NULL ? "" : value);
}

static int
cmd_state_set(char **arg)
{
	cJSON *b = cJSON_CreateObject(), *set;
	int status = settings(b, arg);

	if (status != OK || b->child == NULL)
		return status;
	cJSON_ArrayForEach(set, b)
	{
		if (strlen(set->string) > KEY_MAX)
			return hook_fail(FAILED, "max allowed key length (256) exceeded");
		if (strlen(set->valuestring) > VALUE_MAX)
			return hook_fail(FAILED, "max allowed value length (65536) exceeded");
	}
	return change("state", own_state(), b, true);
}

static int
cmd_state_delete(char **arg)
{
	cJSON *b = cJSON_CreateObject();

	if (arg[0] == NULL)
		return OK;
	bag_set(b, arg[0], "");
	return change("state", own_state(), b, false);
}

/* kind: apps or units */
static cJSON *
status_details(const char *kind, const char *file)
{
	bool data = hook_option("include-data");
	const char *path = memory_brief("%s/%s/status", kind, file), *message;
	const char *status = folder_status(hook.model, path, &message);
	cJSON *details = cJSON_CreateObject();

	bag_put(details, "message", data ? message : NULL, "status", status, NULL);
	if (data)
		cJSON_AddObjectToObject(details, "status-data");
	return details;
}

/* The names of an application's units, sorted. */
static char **
units_of(const char *app, size_t *n)
{
	char **name, *number;
	size_t all, i;

	name = file_list(hook.model, "units", &all);
	for (i = *n = 0; i < all; i++) {
		number = strrchr(name[i], '-');
		if (number == NULL)
			continue;
		*number = '/';
		if (strcmp(folder_app(name[i]), app) == 0)
			name[(*n)++] = name[i];
	}
	return name;
}

static int
cmd_status_get(char **arg)
{
	bool app = hook_option("application");
	cJSON *tree, *details, *units;
	char **unit;
	size_t n, i;

	(void)arg;
	if (app && !hook_is_leader())
		return hook_fail(
		    FAILED, "%s", "finding application status: this unit is not the leader");
	details = status_details(app ? "apps" : "units", app ? hook.app : hook.file);
	if (!hook_option("include-data") && strcmp(hook_option("format"), "smart") == 0)
		return hook_print_string(bag_get(details, "status"));
	if (!app)
		return hook_print(details);
	tree = cJSON_CreateObject();
	cJSON_AddItemToObject(tree, "application-status", details);
	units = cJSON_AddObjectToObject(details, "units");
	unit = units_of(hook.app, &n);
	for (i = 0; i < n; i++)
		cJSON_AddItemToObject(
		    units, unit[i], status_details("units", folder_unit(unit[i])));
	return hook_print(tree);
}

/*
 * What juju config has set, as the type that it looks like; NULL is null. What the charm's
 * config.yaml says isn't known here.
 */
static cJSON *
config_value(const char *s)
{
	char *end;
	long n;

	if (s == NULL)
		return cJSON_CreateNull();
	if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)
		return cJSON_CreateBool(*s == 't');
	n = strtol(s, &end, 10);
	if (*s != '\0' && *end == '\0')
		return cJSON_CreateRaw(memory_brief("%.17g", (double)n));
	return cJSON_CreateString(s);
}

static int
cmd_config_get(char **arg)
{
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
	if (arg[0] != NULL)
		return hook_print(config_value(bag_get(b, arg[0])));
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
	char *s = file_read(hook.model, path, NULL), *line;

	for (line = s == NULL ? NULL : strtok(s, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (*line == ' ' && hook_begins(line + strspn(line, " "), name))
			return true;
	return false;
}

/* An endpoint of the unit's relations, juju-info, or one that the charm names. */
static bool
is_binding(const char *name)
{
	size_t n;

	hook_relations(name, &n);
	return n > 0 || strcmp(name, "juju-info") == 0 || named_in("metadata.yaml", name) ||
	       named_in("charmcraft.yaml", name);
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
	cJSON *tree = cJSON_CreateObject(), *interface = cJSON_CreateObject();

	bag_put(interface, "mac-address", mac, "interface-name", "eth0", NULL);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(interface, "addresses"),
	    bag_put(cJSON_CreateObject(), "hostname", "", "value", ip, "cidr", "10.0.0.0/8",
		"address", twice ? ip : NULL, NULL));
	bag_put(interface, "macaddress", twice ? mac : NULL, "interfacename", twice ? "eth0" : NULL,
	    NULL);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(tree, "bind-addresses"), interface);
	cJSON_AddItemToObject(tree, "egress-subnets", list_of(subnet));
	cJSON_AddItemToObject(tree, "ingress-addresses", list_of(ip));
	return tree;
}

static int
cmd_network_get(char **arg)
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

/* status: NULL, it is in the file */
static void
add_goal(cJSON *to, const char *name, const char *status, const char *path)
{
	const struct tm *tm = folder_time(hook.model, path);
	const char *message;
	char since[40] = "";

	if (tm != NULL)
		strftime(since, sizeof since, "%Y-%m-%d %H:%M:%SZ", tm);
	if (status == NULL)
		status = folder_status(hook.model, path, &message);
	bag_put(cJSON_AddObjectToObject(to, name), "status", status, "since", since, NULL);
}

static void
add_goals(cJSON *to, const char *app)
{
	size_t n, i;
	char **unit = units_of(app, &n);

	for (i = 0; i < n; i++)
		add_goal(to, unit[i], NULL, memory_brief("units/%s/status", folder_unit(unit[i])));
}

static int
cmd_goal_state(char **arg)
{
	cJSON *tree = cJSON_CreateObject(), *relations, *units;
	struct relation r;
	const char *endpoint;
	char **name;
	size_t n, i;

	(void)arg;
	add_goals(cJSON_AddObjectToObject(tree, "units"), hook.app);
	relations = cJSON_AddObjectToObject(tree, "relations");
	name = hook_relations(NULL, &n);
	for (i = 0; i < n; i++) {
		r = hook_relation(name[i]);
		if (strcmp(r.app, hook.app) == 0)
			continue;
		endpoint = memory_brief("%.*s", (int)strcspn(name[i], ":"), name[i]);
		units = cJSON_GetObjectItemCaseSensitive(relations, endpoint);
		if (units == NULL)
			units = cJSON_AddObjectToObject(relations, endpoint);
		add_goal(
		    units, r.app, "joined", memory_brief("units/%s/rel/%s", hook.file, name[i]));
		add_goals(units, r.app);
	}
	return hook_print(tree);
}

static int
cmd_unit_get(char **arg)
{
	if (arg[0] == NULL)
		return hook_fail(USAGE, "no setting specified");
	if (strcmp(arg[0], "private-address") != 0 && strcmp(arg[0], "public-address") != 0)
		return hook_fail(USAGE, "unknown setting \"%s\"", arg[0]);
	if (hook_unrecognized(arg + 1) != OK)
		return USAGE;
	return hook_print_string(hook_env("MACHINE_ADDRESS"));
}

static int
cmd_relation_model_get(char **arg)
{
	struct relation r;
	bool here;

	if (hook_find_relation(&r) != OK || hook_unrecognized(arg) != OK)
		return USAGE;
	here = faccessat(hook.model, memory_brief("apps/%s/url", r.app), F_OK, 0) != 0;
	return hook_print(bag_put(cJSON_CreateObject(), "uuid",
	    here ? hook_env("JUJU_MODEL_UUID") : "0ddba11e-0000-4000-8000-000000000000", NULL));
}

static int
cmd_application_version_set(char **arg)
{
	if (arg[0] == NULL)
		return hook_fail(USAGE, "no version specified");
	if (file_write(hook.model, memory_brief("units/%s/version", hook.file), arg[0]) < 0)
		return hook_fail(FAILED, "%s", strerror(errno));
	return OK;
}

static int
enter(void)
{
	const char *dir = memory_brief("hooks/%s", hook_env("JUJU_CONTEXT_ID"));

	if (*hook_env("JUJU_CONTEXT_ID") == '\0')
		return hook_fail(FAILED, "JUJU_CONTEXT_ID not set");
	hook.model = open(hook_env("MODEL_DIR"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (hook.model >= 0)
		hook.dir = openat(hook.model, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (hook.model < 0 || hook.dir < 0)
		return hook_fail(FAILED, "unknown context id \"%s\"", hook_env("JUJU_CONTEXT_ID"));
	hook.unit = hook_env("JUJU_UNIT_NAME");
	hook.file = memory_text("%s", folder_unit(hook.unit));
	hook.app = memory_text("%s", folder_app(hook.unit));
	hook.name = hook_env("JUJU_HOOK_NAME");
	hook.relation = hook_env("JUJU_RELATION_ID");
	hook.remote_unit = hook_env("JUJU_REMOTE_UNIT");
	hook.remote_app = hook_env("JUJU_REMOTE_APP");
	return OK;
}

static int
unavailable(const char *command, const char *why)
{
	return hook_fail(FAILED, "%s%s",
	    strcmp(command, "is-leader") == 0 ? "leadership status unknown: " : "", why);
}

/*
 * Juju 3.6 still runs meter-status-changed and collect-metrics, and lets them do nothing but write
 * to the log.
 */
static int
restricted(const char *command)
{
	if (!hook_is_one_of(hook.name, " meter-status-changed collect-metrics ") ||
	    strcmp(command, "juju-log") == 0)
		return OK;
	return unavailable(command, "not implemented for restricted context");
}

/* Counts the command and lets a fault strike that is asked for. */
static int
account(const char *command)
{
	const char *fault;
	pid_t group;

	file_append(hook.model, "commands", "%s %s %s\n", hook.unit, hook.name, command);
	fault = folder_fault(hook.model, "kill", hook.unit, hook.name, command);
	group = (pid_t)strtol(hook_env("HOOK_PGID"), NULL, 10);
	if (fault != NULL && group > 1) {
		kill(-group, SIGKILL);
		return 128 + SIGKILL;
	}
	fault = folder_fault(hook.model, command, hook.unit, hook.name, command);
	if (fault == NULL)
		return OK;
	if (*fault != '\0')
		return hook_fail(FAILED, "%s", fault);
	return unavailable(command, "connection is shut down");
}

#define RELATION " r relation= "

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **);
		const char *options;
		int most; /* operands; -1: the command looks itself, in Juju's order of errors */
	} command[] = {{"relation-get", cmd_relation_get, HOOK_OUTPUT RELATION " app ", -1},
	    {"relation-set", cmd_relation_set, RELATION " app file= format= ", -1},
	    {"relation-ids", cmd_relation_ids, HOOK_OUTPUT, 1},
	    {"relation-list", cmd_relation_list, HOOK_OUTPUT RELATION " app ", -1},
	    {"is-leader", cmd_is_leader, HOOK_OUTPUT, 0},
	    {"status-set", cmd_status_set, " application ", -1},
	    {"juju-log", cmd_juju_log, " debug l log-level= ", -1},
	    {"state-get", cmd_state_get, HOOK_OUTPUT " strict ", 1},
	    {"state-set", cmd_state_set, " file= ", -1}, {"state-delete", cmd_state_delete, "", 1},
	    {"status-get", cmd_status_get, HOOK_OUTPUT " include-data application ", 0},
	    {"config-get", cmd_config_get, HOOK_OUTPUT " a all ", -1},
	    {"network-get", cmd_network_get,
		HOOK_OUTPUT RELATION
		" primary-address bind-address ingress-address egress-subnets ",
		-1},
	    {"goal-state", cmd_goal_state, HOOK_OUTPUT, 0},
	    {"unit-get", cmd_unit_get, HOOK_OUTPUT, -1},
	    {"relation-model-get", cmd_relation_model_get, HOOK_OUTPUT RELATION, -1},
	    {"application-version-set", cmd_application_version_set, "", 1}};
	char **arg = argv + 1;
	const char *name;
	size_t i;
	int status;

	(void)argc;
	name = strrchr(argv[0], '/') == NULL ? argv[0] : strrchr(argv[0], '/') + 1;
	for (i = 0; i < sizeof command / sizeof *command; i++) {
		if (strcmp(name, command[i].name) != 0)
			continue;
		status = enter();
		if (status == OK)
			status = account(name);
		if (status == OK)
			status = restricted(name);
		if (status == OK)
			status = hook_options(arg, command[i].options);
		if (status == OK && command[i].most >= 0 && *arg != NULL)
			status = hook_unrecognized(arg + command[i].most);
		return status == OK ? command[i].run(arg) : status;
	}
	fprintf(stderr, "%s: not a hook command\n", name);
	return USAGE;
}
