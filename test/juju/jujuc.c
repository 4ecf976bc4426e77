/*
 * jujuc - Juju's hook commands over a model in a folder
 *
 * One program under the names of the commands: is-leader, relation-ids, relation-list,
 * relation-get, relation-set, status-set, juju-log, state-get, state-set, state-delete; those of
 * ask.h; and uname, whose -n is the name of the unit's machine ($MACHINE_NAME). juju.c starts the
 *hooks in which they work and commits what they leave. In MODEL ($MODEL_DIR), of a unit APP/N, file
 *name APP-N:
 *
 *	apps/APP/leader			the unit that leads APP
 *	apps/APP/status			as units/APP-N/status
 *	relations/ID/unit/APP-N		a unit's databag, as committed (file.h has the format)
 *	relations/ID/app/APP		an application's databag
 *	relations/ID/gone		the controller has forgotten it, its units haven't yet
 *	units/APP-N/rel/ENDPOINT:ID	what the unit knows of a relation; read here: the lines
 *					"remote APP ENDPOINT" and "member UNIT VERSION"
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
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "bag.h"
#include "file.h"
#include "hook.h"
#include "relation.h"
#include "text.h"
#include "yaml.h"

enum { KEY_MAX = 256, VALUE_MAX = 65536 };

static bool
valid_app(const char *s)
{
	bool letter;

	if (*s < 'a' || *s > 'z')
		return false;
	for (letter = true; *s != '\0'; s++) {
		if (*s == '-') {
			if (!letter)
				return false;
			letter = false;
		} else if (*s >= 'a' && *s <= 'z') {
			letter = true;
		} else if (*s < '0' || *s > '9') {
			return false;
		}
	}
	return letter;
}

static bool
valid_unit(const char *s)
{
	const char *slash;
	char *app;
	bool ok;

	slash = strchr(s, '/');
	if (slash == NULL || slash[1] == '\0' ||
	    strspn(slash + 1, "0123456789") != strlen(slash + 1) ||
	    (slash[1] == '0' && slash[2] != '\0'))
		return false;
	app = text_dup(s, (size_t)(slash - s));
	ok = valid_app(app);
	free(app);
	return ok;
}

static char *
app_of(const char *unit)
{
	return text_dup(unit, strcspn(unit, "/"));
}

/* A unit's name as a file name. */
static char *
unit_file(const char *unit)
{
	char *s;

	s = text_dup(unit, strlen(unit));
	if (strchr(s, '/') != NULL)
		*strchr(s, '/') = '-';
	return s;
}

/* A line for programs that watch. */
static void
event(char *line)
{
	struct text t = {0};
	char *p;

	for (p = line; *p != '\0'; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	}
	text_fmt(&t, "%s\n", line);
	file_append(hook.model, "events", t.s, t.n);
	text_free(&t);
	free(line);
}

static void
log_line(const char *level, const char *message)
{
	struct text t = {0}, head = {0};
	char now[16];
	time_t clock;

	if (*hook_env("JUJU_RELATION_ID") != '\0')
		text_fmt(&head, "%s: ", hook_env("JUJU_RELATION_ID"));
	text_str(&head, message);
	clock = time(NULL);
	strftime(now, sizeof now, "%H:%M:%S", localtime(&clock));
	text_fmt(
	    &t, "unit-%s: %s %s unit.%s.juju-log %s\n", hook.file, now, level, hook.unit, head.s);
	file_append(hook.model, "log", t.s, t.n);
	text_free(&t);
	event(text_make("log %s %s %s", hook.unit, level, head.s));
	text_free(&head);
}

/*
 * What a command reads once, it reads so until the end of the hook; of a member, until the next
 * hook for that unit.
 */
static char *
read_once(const char *live, const char *seen_dir, const char *seen)
{
	struct text t = {0};
	char *s;

	text_fmt(&t, "%s%s", seen_dir, seen);
	s = file_read(hook.model, t.s, NULL);
	if (s == NULL && (linkat(hook.model, live, hook.model, t.s, 0) == 0 || errno == EEXIST))
		s = file_read(hook.model, t.s, NULL);
	text_free(&t);
	return s;
}

static char *
read_unit(const struct relation *r, const char *unit)
{
	char *file, *live, *s, *seen;
	bool member;
	size_t i;

	file = unit_file(unit);
	live = text_make("relations/%s/unit/%s", r->id, file);
	if (strcmp(unit, hook.unit) == 0) {
		seen = text_make("unit-%s", r->id);
		s = file_read(hook.dir, seen, NULL);
		if (s == NULL)
			s = file_read(hook.model, live, NULL);
		free(seen);
	} else {
		member = false;
		for (i = 0; i < r->n; i++)
			member = member || strcmp(r->member[i], unit) == 0;
		if (member)
			seen = text_make("units/%s/cache/%s/", hook.file, r->id);
		else
			seen = text_make("hooks/%s/seen-%s-", hook_env("JUJU_CONTEXT_ID"), r->id);
		s = read_once(live, seen, file);
		free(seen);
	}
	free(live);
	free(file);
	return s;
}

/* NULL: permission denied */
static char *
read_app(const struct relation *r, const char *app)
{
	char *live, *s, *seen, *buffer;

	s = NULL;
	live = text_make("relations/%s/app/%s", r->id, app);
	seen = text_make("hooks/%s/seen-%s-app-", hook_env("JUJU_CONTEXT_ID"), r->id);
	if (strcmp(app, hook.app) == 0 && strcmp(app, r->app) != 0 && !hook_is_leader()) {
		errno = EACCES;
	} else if (strcmp(app, hook.app) == 0 || strcmp(app, r->app) == 0) {
		if (strcmp(app, hook.app) == 0) {
			buffer = text_make("app-%s", r->id);
			s = file_read(hook.dir, buffer, NULL);
			free(buffer);
		}
		if (s == NULL)
			s = read_once(live, seen, app);
	}
	free(live);
	free(seen);
	return s;
}

static int
denied(const struct relation *r)
{
	if (!relation_gone(r))
		return OK;
	return hook_fail(FAILED, "%s",
	    strncmp(hook_env("JUJU_VERSION"), "4.", 2) == 0 ? "relation not found"
							    : "permission denied");
}

static int
cmd_is_leader(int argc, char **argv)
{
	static const struct hook_flag flags[] = {HOOK_OUTPUT, {NULL, NULL, NULL}};
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc > 1)
		return hook_unrecognized(argv + 1);
	return hook_print_bool(hook_is_leader());
}

static int
cmd_relation_ids(int argc, char **argv)
{
	static const struct hook_flag flags[] = {HOOK_OUTPUT, {NULL, NULL, NULL}};
	const char *endpoint;
	char **name, *dir;
	size_t n, i, kept;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc > 2)
		return hook_unrecognized(argv + 2);
	endpoint = argc == 2 ? argv[1] : hook_env("JUJU_RELATION");
	if (*endpoint == '\0')
		return hook_fail(USAGE, "%s", "no endpoint name specified");
	dir = text_make("units/%s/rel", hook.file);
	name = file_list(hook.model, dir, &n);
	for (i = kept = 0; i < n; i++) {
		if (strncmp(name[i], endpoint, strlen(endpoint)) == 0 &&
		    name[i][strlen(endpoint)] == ':')
			name[kept++] = name[i];
	}
	return hook_print_list(name, kept);
}

static int
cmd_relation_list(int argc, char **argv)
{
	static const char *id;
	static bool app;
	static const struct hook_flag flags[] = {HOOK_OUTPUT, {"r", &id, NULL},
	    {"relation", &id, NULL}, {"app", NULL, &app}, {NULL, NULL, NULL}};
	struct relation r = {0};
	int status;

	status = hook_options(&argc, argv, flags);
	if (status == OK)
		status = relation_find(&r, id);
	if (status != OK)
		return status;
	if (argc > 1)
		return hook_unrecognized(argv + 1);
	return app ? hook_print_string(r.app) : hook_print_list(r.member, r.n);
}

/* Whose databag relation-get is asked for; NULL: said what's wrong. */
static char *
relation_get_whose(const char *given, bool *app)
{
	if (given != NULL && *app)
		return app_of(given);
	if (given != NULL && !valid_unit(given)) {
		if (valid_app(given))
			hook_fail(USAGE, "expected unit name, got application name \"%s\"", given);
		else
			hook_fail(USAGE, "invalid unit name \"%s\"", given);
		return NULL;
	}
	if (given != NULL)
		return text_dup(given, strlen(given));
	if (!*app && *hook.remote_unit != '\0')
		return text_dup(hook.remote_unit, strlen(hook.remote_unit));
	if (*hook.remote_app != '\0') {
		*app = true;
		return text_dup(hook.remote_app, strlen(hook.remote_app));
	}
	hook_fail(USAGE, "%s", "no unit or application specified");
	return NULL;
}

static int
cmd_relation_get(int argc, char **argv)
{
	static const char *id;
	static bool app;
	static const struct hook_flag flags[] = {HOOK_OUTPUT, {"r", &id, NULL},
	    {"relation", &id, NULL}, {"app", NULL, &app}, {NULL, NULL, NULL}};
	struct relation r = {0};
	struct bag b = {0};
	char *whose, *s;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status == OK)
		status = relation_find(&r, id);
	if (status != OK)
		return status;
	whose = relation_get_whose(argc > 2 ? argv[2] : NULL, &app);
	if (whose == NULL)
		return USAGE;
	if (argc > 3)
		return hook_unrecognized(argv + 3);
	status = denied(&r);
	if (status != OK)
		return status;
	s = app ? read_app(&r, whose) : read_unit(&r, whose);
	if (s == NULL)
		return hook_fail(FAILED, "%s", "permission denied");
	if (argc < 2 || strcmp(argv[1], "-") == 0)
		return hook_print_bag(s);
	if (bag_read(&b, s) < 0)
		return hook_fail(FAILED, "cannot read the databag of %s", whose);
	return hook_print_string(bag_get(&b, argv[1]));
}

/* Reads "key=value" operands and --file's mapping into one bag. */
static int
settings(struct bag *b, char **arg, const char *file)
{
	char *s, *key, *eq, error[256];
	struct bag args = {0};
	size_t n, i;
	int fd, status;

	for (; *arg != NULL; arg++) {
		eq = strchr(*arg, '=');
		if (eq == NULL || eq == *arg)
			return hook_fail(USAGE, "expected \"key=value\", got \"%s\"", *arg);
		key = text_dup(*arg, (size_t)(eq - *arg));
		if (bag_get(&args, key) != NULL)
			return hook_fail(USAGE, "key \"%s\" specified more than once", key);
		bag_set(&args, key, eq + 1);
		free(key);
	}
	status = OK;
	if (file != NULL) {
		fd = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
		s = fd < 0 ? NULL : file_read_fd(fd, &n);
		if (s == NULL)
			return hook_fail(FAILED, "cannot read settings: %s", strerror(errno));
		if (yaml_read(b, s, n, error, sizeof error) < 0)
			status = hook_fail(FAILED, "%s", error);
		free(s);
	}
	for (i = 0; i < args.n; i++)
		bag_set(b, args.pair[i].key, args.pair[i].value);
	bag_free(&args);
	return status;
}

/* Lays changes over what is set in this hook, or else over what is there; keep: "" is a value. */
static int
change(const char *buffer, char *(*base)(const void *), const void *arg, const struct bag *changes,
    bool keep)
{
	struct bag b = {0};
	char *s;
	size_t n, i;
	int lock, r;

	lock = file_lock(hook.dir, "lock");
	s = file_read(hook.dir, buffer, NULL);
	if (s == NULL)
		s = base(arg);
	if (s == NULL || bag_read(&b, s) < 0) {
		close(lock);
		return hook_fail(FAILED, "%s", "permission denied");
	}
	free(s);
	for (i = 0; i < changes->n; i++) {
		if (changes->pair[i].value[0] == '\0' && !keep)
			bag_remove(&b, changes->pair[i].key);
		else
			bag_set(&b, changes->pair[i].key, changes->pair[i].value);
	}
	s = bag_file(&b, 0, &n);
	r = file_write(hook.dir, buffer, s, n);
	free(s);
	bag_free(&b);
	close(lock);
	return r < 0 ? hook_fail(FAILED, "cannot keep settings: %s", strerror(errno)) : OK;
}

static char *
own_unit_bag(const void *relation)
{
	return read_unit(relation, hook.unit);
}

static char *
own_app_bag(const void *relation)
{
	return read_app(relation, hook.app);
}

static int
cmd_relation_set(int argc, char **argv)
{
	static const char *id, *file, *deprecated;
	static bool app;
	static const struct hook_flag flags[] = {{"r", &id, NULL}, {"relation", &id, NULL},
	    {"app", NULL, &app}, {"file", &file, NULL}, {"format", &deprecated, NULL},
	    {NULL, NULL, NULL}};
	struct relation r = {0};
	struct bag b = {0};
	char *buffer;
	size_t i;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status == OK)
		status = relation_find(&r, id);
	if (status == OK)
		status = settings(&b, argv + 1, file);
	if (status != OK)
		return status;
	if (deprecated != NULL)
		fprintf(stderr, "--format flag deprecated for command \"relation-set\"\n");
	if (app && !hook_is_leader())
		return hook_fail(FAILED, "%s", "cannot write relation settings");
	status = denied(&r);
	if (status != OK || b.n == 0)
		return status;
	buffer = text_make(app ? "app-%s" : "unit-%s", r.id);
	status = change(buffer, app ? own_app_bag : own_unit_bag, &r, &b, false);
	for (i = 0; status == OK && i < b.n; i++)
		event(text_make("set %s %s", app ? hook.app : hook.unit, b.pair[i].key));
	return status;
}

static int
cmd_status_set(int argc, char **argv)
{
	static const char *const known[] = {"maintenance", "blocked", "waiting", "active"};
	static bool app;
	static const struct hook_flag flags[] = {{"application", NULL, &app}, {NULL, NULL, NULL}};
	const char *message;
	char *file, *s;
	size_t i;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc < 2)
		return hook_fail(USAGE, "%s", "invalid args, require <status> [message]");
	for (i = 0; i < 4 && strcmp(argv[1], known[i]) != 0; i++)
		continue;
	if (i == 4)
		return hook_fail(USAGE,
		    "invalid status \"%s\", expected one of [maintenance blocked waiting active]",
		    argv[1]);
	if (argc > 3)
		return hook_unrecognized(argv + 3);
	message = argc == 3 ? argv[2] : "";
	if (app && !hook_is_leader())
		return hook_fail(FAILED, "%s", "this unit is not the leader");
	file = text_make(app ? "apps/%s/status" : "units/%s/status", app ? hook.app : hook.file);
	s = text_make("%s\n%s", argv[1], message);
	status = file_write(hook.model, file, s, strlen(s));
	free(s);
	free(file);
	if (status < 0)
		return hook_fail(FAILED, "%s", strerror(errno));
	event(text_make("status %s %s %s", app ? hook.app : hook.unit, argv[1], message));
	return OK;
}

static int
cmd_juju_log(int argc, char **argv)
{
	static const char *const known[] = {
	    "TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
	static const char *level;
	static bool debug;
	static const struct hook_flag flags[] = {{"debug", NULL, &debug}, {"l", &level, NULL},
	    {"log-level", &level, NULL}, {NULL, NULL, NULL}};
	struct text t = {0};
	char upper[16] = "INFO", *s;
	size_t i;
	int status, arg;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc < 2)
		return hook_fail(USAGE, "%s", "no message specified");
	if (debug)
		level = "DEBUG";
	if (level != NULL) {
		memset(upper, 0, sizeof upper);
		for (i = 0; level[i] != '\0' && i < sizeof upper - 1; i++)
			upper[i] =
			    (char)(level[i] >= 'a' && level[i] <= 'z' ? level[i] - 32 : level[i]);
		for (i = 0; i < 6 && strcmp(upper, known[i]) != 0; i++)
			continue;
		if (i == 6) {
			s = text_make("Specified log level of \"%s\" is not valid", level);
			log_line("WARNING", s);
			free(s);
			strcpy(upper, "INFO");
		}
	}
	for (arg = 1; arg < argc; arg++)
		text_fmt(&t, "%s%s", arg > 1 ? " " : "", argv[arg]);
	log_line(upper, t.s);
	text_free(&t);
	return OK;
}

static char *
own_state(const void *arg)
{
	char *file, *s;

	(void)arg;
	file = text_make("units/%s/state-set", hook.file);
	s = file_read(hook.model, file, NULL);
	free(file);
	return s != NULL ? s : text_dup("0000000000\n{}\n", 14);
}

static int
cmd_state_get(int argc, char **argv)
{
	static bool strict;
	static const struct hook_flag flags[] = {
	    HOOK_OUTPUT, {"strict", NULL, &strict}, {NULL, NULL, NULL}};
	struct bag b = {0};
	const char *value;
	char *s;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc > 2)
		return hook_unrecognized(argv + 2);
	s = file_read(hook.dir, "state", NULL);
	if (s == NULL)
		s = own_state(NULL);
	if (argc < 2 || strcmp(argv[1], "-") == 0)
		return hook_print_bag(s);
	if (bag_read(&b, s) < 0)
		return hook_fail(FAILED, "%s", "cannot read the unit's state");
	value = bag_get(&b, argv[1]);
	if (value == NULL && strict)
		return hook_fail(FAILED, "\"%s\" not found", argv[1]);
	return hook_print_string(value == NULL ? "" : value);
}

static int
cmd_state_set(int argc, char **argv)
{
	static const char *file;
	static const struct hook_flag flags[] = {{"file", &file, NULL}, {NULL, NULL, NULL}};
	struct bag b = {0};
	size_t i;
	int status;

	status = hook_options(&argc, argv, flags);
	if (status == OK)
		status = settings(&b, argv + 1, file);
	if (status != OK || b.n == 0)
		return status;
	for (i = 0; i < b.n; i++) {
		if (strlen(b.pair[i].key) > KEY_MAX)
			return hook_fail(FAILED, "%s", "max allowed key length (256) exceeded");
		if (strlen(b.pair[i].value) > VALUE_MAX)
			return hook_fail(FAILED, "%s", "max allowed value length (65536) exceeded");
	}
	return change("state", own_state, NULL, &b, true);
}

static int
cmd_state_delete(int argc, char **argv)
{
	static const struct hook_flag flags[] = {{NULL, NULL, NULL}};
	struct bag b = {0};
	int status;

	status = hook_options(&argc, argv, flags);
	if (status != OK || argc < 2)
		return status;
	if (argc > 2)
		return hook_unrecognized(argv + 2);
	bag_set(&b, argv[1], "");
	return change("state", own_state, NULL, &b, false);
}

static int
machine_uname(int argc, char **argv)
{
	const char *name;

	name = getenv("MACHINE_NAME");
	if (name != NULL && argc == 2 &&
	    (strcmp(argv[1], "-n") == 0 || strcmp(argv[1], "--nodename") == 0))
		return puts(name) < 0 || fflush(stdout) != 0;
	execv("/usr/bin/uname", argv);
	execv("/bin/uname", argv);
	perror("uname");
	return 127;
}

static int
enter(void)
{
	char *dir;

	if (*hook_env("JUJU_CONTEXT_ID") == '\0')
		return hook_fail(FAILED, "%s", "JUJU_CONTEXT_ID not set");
	hook.model = open(hook_env("MODEL_DIR"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = text_make("hooks/%s", hook_env("JUJU_CONTEXT_ID"));
	if (hook.model >= 0)
		hook.dir = openat(hook.model, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (hook.model < 0 || hook.dir < 0)
		return hook_fail(FAILED, "unknown context id \"%s\"", hook_env("JUJU_CONTEXT_ID"));
	hook.unit = hook_env("JUJU_UNIT_NAME");
	hook.file = unit_file(hook.unit);
	hook.app = app_of(hook.unit);
	hook.name = hook_env("JUJU_HOOK_NAME");
	hook.relation = hook_env("JUJU_RELATION_ID");
	if (strchr(hook.relation, ':') != NULL)
		hook.relation = strchr(hook.relation, ':') + 1;
	hook.remote_unit = hook_env("JUJU_REMOTE_UNIT");
	hook.remote_app = hook_env("JUJU_REMOTE_APP");
	return OK;
}

/*
 * Juju 3.6 still runs meter-status-changed and collect-metrics, and lets them do nothing but write
 * to the log.
 */
static int
restricted(const char *command)
{
	if ((strcmp(hook.name, "meter-status-changed") != 0 &&
		strcmp(hook.name, "collect-metrics") != 0) ||
	    strcmp(command, "juju-log") == 0)
		return OK;
	return hook_fail(FAILED, "%snot implemented for restricted context",
	    strcmp(command, "is-leader") == 0 ? "leadership status unknown: " : "");
}

/* Counts the command and lets a fault strike that is asked for. */
static int
account(const char *command)
{
	struct text t = {0};
	char *fault;
	pid_t group;

	text_fmt(&t, "%s %s %s\n", hook.unit, hook.name, command);
	file_append(hook.model, "commands", t.s, t.n);
	text_free(&t);
	fault = file_fault(hook.model, "kill", hook.unit, hook.name, command);
	group = (pid_t)strtol(hook_env("HOOK_PGID"), NULL, 10);
	if (fault != NULL && group > 1) {
		kill(-group, SIGKILL);
		return 128 + SIGKILL;
	}
	fault = file_fault(hook.model, command, hook.unit, hook.name, command);
	if (fault == NULL)
		return OK;
	if (*fault != '\0')
		return hook_fail(FAILED, "%s", fault);
	if (strcmp(command, "is-leader") == 0)
		return hook_fail(
		    FAILED, "%s", "leadership status unknown: connection is shut down");
	return hook_fail(FAILED, "%s", "connection is shut down");
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int, char **);
	} command[] = {{"relation-get", cmd_relation_get}, {"relation-set", cmd_relation_set},
	    {"relation-ids", cmd_relation_ids}, {"relation-list", cmd_relation_list},
	    {"is-leader", cmd_is_leader}, {"status-set", cmd_status_set},
	    {"juju-log", cmd_juju_log}, {"state-get", cmd_state_get}, {"state-set", cmd_state_set},
	    {"state-delete", cmd_state_delete}, {"status-get", ask_status_get},
	    {"config-get", ask_config_get}, {"network-get", ask_network_get},
	    {"goal-state", ask_goal_state}, {"unit-get", ask_unit_get},
	    {"relation-model-get", ask_relation_model_get},
	    {"application-version-set", ask_application_version_set}};
	const char *name;
	size_t i;
	int status;

	name = strrchr(argv[0], '/') == NULL ? argv[0] : strrchr(argv[0], '/') + 1;
	if (strcmp(name, "uname") == 0)
		return machine_uname(argc, argv);
	for (i = 0; i < sizeof command / sizeof *command; i++) {
		if (strcmp(name, command[i].name) != 0)
			continue;
		status = enter();
		if (status == OK)
			status = account(name);
		if (status == OK)
			status = restricted(name);
		return status == OK ? command[i].run(argc, argv) : status;
	}
	fprintf(stderr, "%s: not a hook command\n", name);
	return USAGE;
}
