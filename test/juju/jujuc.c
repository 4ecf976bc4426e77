/*
 * jujuc - Juju's hook commands over a model in a folder
 *
 * One program under the names of the commands: is-leader, relation-ids, relation-list,
 * relation-get, relation-set, status-set, juju-log, state-get, state-set, state-delete; and uname,
 * whose -n is the name of the unit's machine ($MACHINE_NAME). juju.c starts the hooks in which
 * they work and commits what they leave. In MODEL ($MODEL_DIR), of a unit APP/N, file name APP-N:
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

#include "bag.h"
#include "file.h"
#include "text.h"
#include "yaml.h"

enum { OK, FAILED, USAGE };
enum { KEY_MAX = 256, VALUE_MAX = 65536 };

struct flag {
	const char *name; /* of one letter: after one dash */
	const char **value;
	bool *set; /* instead of value: a boolean */
};

struct relation {
	char *id; /* the number, as text */
	char *name;
	char *app; /* at the other end */
	char **member;
	size_t n;
};

static struct {
	int model;
	int hook;
	const char *unit;
	char *file;
	char *app;
	const char *name;
	const char *relation;
	const char *remote_unit;
	const char *remote_app;
} context;

static const char *output;
static const char *format = "smart";

static int __attribute__((format(printf, 2, 3))) fail(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("ERROR ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs("\n", stderr);
	va_end(ap);
	return status;
}

static const char *
env(const char *name)
{
	const char *s;

	s = getenv(name);
	return s == NULL ? "" : s;
}

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
	file_append(context.model, "events", t.s, t.n);
	text_free(&t);
	free(line);
}

static void
log_line(const char *level, const char *message)
{
	struct text t = {0}, head = {0};
	char now[16];
	time_t clock;

	if (*env("JUJU_RELATION_ID") != '\0')
		text_fmt(&head, "%s: ", env("JUJU_RELATION_ID"));
	text_str(&head, message);
	clock = time(NULL);
	strftime(now, sizeof now, "%H:%M:%S", localtime(&clock));
	text_fmt(&t, "unit-%s: %s %s unit.%s.juju-log %s\n", context.file, now, level, context.unit,
	    head.s);
	file_append(context.model, "log", t.s, t.n);
	text_free(&t);
	event(text_make("log %s %s %s", context.unit, level, head.s));
	text_free(&head);
}

static int
options(int *argc, char **argv, const struct flag *flag)
{
	const struct flag *f;
	const char *value;
	char *name;
	int i, n;
	bool dashes, more;

	for (i = n = 1, more = true; i < *argc; i++) {
		if (!more || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[n++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			more = false;
			continue;
		}
		dashes = argv[i][1] == '-';
		name = text_dup(argv[i] + 1 + dashes, dashes ? strcspn(argv[i] + 2, "=") : 1);
		value = argv[i] + 1 + dashes + strlen(name);
		for (f = flag; f->name != NULL; f++) {
			if (strcmp(f->name, name) == 0 && dashes == (f->name[1] != '\0'))
				break;
		}
		free(name);
		if (f->name == NULL) {
			argv[i][1 + dashes + strcspn(argv[i] + 1 + dashes, "=")] = '\0';
			return fail(USAGE, "option provided but not defined: %s", argv[i]);
		}
		if (f->set != NULL) {
			*f->set = *value == '\0' || strcmp(value, "=true") == 0;
			continue;
		}
		if (*value == '=')
			value++;
		else if (*value == '\0' && ++i < *argc)
			value = argv[i];
		else if (*value == '\0')
			return fail(USAGE, "option needs an argument: %s", argv[i - 1]);
		*f->value = value;
	}
	*argc = n;
	argv[n] = NULL;
	if (strcmp(format, "json") != 0 && strcmp(format, "smart") != 0 &&
	    strcmp(format, "yaml") != 0) {
		return fail(USAGE,
		    "invalid value \"%s\" for option --format: unknown format \"%s\"", format,
		    format);
	}
	return OK;
}

static int
unrecognized(char **arg)
{
	struct text t = {0};

	text_str(&t, "unrecognized args: [");
	for (; *arg != NULL; arg++)
		text_fmt(&t, "\"%s\"%s", *arg, arg[1] == NULL ? "" : " ");
	text_str(&t, "]");
	fail(USAGE, "%s", t.s);
	text_free(&t);
	return USAGE;
}

static int
print(const struct text *t)
{
	int fd, r;

	fd = STDOUT_FILENO;
	if (output != NULL)
		fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail(FAILED, "%s", strerror(errno));
	r = t->n == 0 ? 0 : file_write_fd(fd, t->s, t->n);
	if (fd != STDOUT_FILENO && close(fd) < 0)
		r = -1;
	return r < 0 ? fail(FAILED, "%s", strerror(errno)) : OK;
}

/* Numbers, dates and base 60. */
static bool
yaml_number(const char *s)
{
	char *end;

	if (strchr("+.0123456789", *s) == NULL)
		return false;
	strtod(s, &end);
	return *end == '\0' || s[strspn(s, "0123456789_:-bo")] == '\0';
}

/* Quotes what YAML would read as something else than this string. */
static void
yaml_string(struct text *t, const char *s)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL", "true", "True", "TRUE",
	    "false", "False", "FALSE", "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON",
	    "off", "Off", "OFF", "y", "Y", "n", "N", "=", "<<"};
	const char *p;
	size_t i;
	bool plain;

	plain = strchr("-?:,[]{}#&*!|>'\"%@` \t", *s) == NULL && !yaml_number(s);
	for (i = 0; i < sizeof words / sizeof *words; i++)
		plain = plain && strcmp(s, words[i]) != 0;
	for (p = s; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F) {
			text_json(t, s);
			return;
		}
		if ((*p == ':' && (p[1] == ' ' || p[1] == '\0')) ||
		    (*p == ' ' && (p[1] == '#' || !p[1])))
			plain = false;
	}
	if (plain) {
		text_str(t, s);
	} else {
		text_str(t, "\"");
		for (p = s; *p != '\0'; p++)
			text_fmt(t, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
		text_str(t, "\"");
	}
}

/* NULL: nil */
static int
print_string(const char *s)
{
	struct text t = {0};
	int r;

	if (strcmp(format, "json") == 0) {
		if (s == NULL)
			text_str(&t, "null");
		else
			text_json(&t, s);
		text_str(&t, "\n");
	} else if (s != NULL && strcmp(format, "yaml") == 0) {
		yaml_string(&t, s);
		text_str(&t, "\n");
	} else if (s != NULL && *s != '\0') {
		text_fmt(&t, "%s\n", s);
	}
	r = print(&t);
	text_free(&t);
	return r;
}

static int
print_list(char **item, size_t n)
{
	struct text t = {0};
	size_t i;
	int r;

	if (strcmp(format, "json") == 0) {
		text_str(&t, "[");
		for (i = 0; i < n; i++) {
			text_str(&t, i > 0 ? "," : "");
			text_json(&t, item[i]);
		}
		text_str(&t, "]\n");
	} else if (strcmp(format, "yaml") == 0) {
		for (i = 0; i < n; i++) {
			text_str(&t, "- ");
			yaml_string(&t, item[i]);
			text_str(&t, "\n");
		}
		if (n == 0)
			text_str(&t, "[]\n");
	} else {
		for (i = 0; i < n; i++)
			text_fmt(&t, "%s\n", item[i]);
	}
	r = print(&t);
	text_free(&t);
	return r;
}

static int
print_bool(bool b)
{
	struct text t = {0};
	int r;

	if (strcmp(format, "smart") == 0)
		text_str(&t, b ? "True\n" : "False\n");
	else
		text_str(&t, b ? "true\n" : "false\n");
	r = print(&t);
	text_free(&t);
	return r;
}

static int
print_bag(const char *file)
{
	struct text t = {0};
	struct bag b = {0};
	size_t i;
	int r;

	if (strcmp(format, "json") == 0) {
		text_str(&t, file + FILE_BAG_HEAD);
	} else if (bag_read(&b, file) == 0) {
		for (i = 0; i < b.n; i++) {
			yaml_string(&t, b.pair[i].key);
			text_str(&t, ": ");
			yaml_string(&t, b.pair[i].value);
			text_str(&t, "\n");
		}
		if (b.n == 0)
			text_str(&t, "{}\n");
		bag_free(&b);
	}
	r = print(&t);
	text_free(&t);
	return r;
}

static bool
is_leader(void)
{
	char *file, *s;
	bool yes;

	file = text_make("apps/%s/leader", context.app);
	s = file_read(context.model, file, NULL);
	yes = s != NULL && strncmp(s, context.unit, strlen(context.unit)) == 0 &&
	      s[strlen(context.unit)] == '\n';
	free(s);
	free(file);
	return yes;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The members as of this hook: a unit is one from its joined hook on until before its departed. */
static void
relation_read(struct relation *r, const char *name)
{
	char *file, *s, *line, *next, *remote;
	const char *end;
	bool here, departed;

	r->name = text_dup(name, strlen(name));
	r->id = r->name + strcspn(name, ":") + 1;
	file = text_make("units/%s/rel/%s", context.file, name);
	s = file_read(context.model, file, NULL);
	free(file);
	remote = text_dup(context.remote_unit, strlen(context.remote_unit));
	here = *remote != '\0' && strcmp(context.relation, r->id) == 0;
	end = strrchr(context.name, '-');
	departed = end != NULL && strcmp(end, "-departed") == 0;
	for (line = s; line != NULL && *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next == '\n')
			*next++ = '\0';
		if (strncmp(line, "remote ", 7) == 0)
			r->app = text_dup(line + 7, strcspn(line + 7, " "));
		if (strncmp(line, "member ", 7) != 0)
			continue;
		line[7 + strcspn(line + 7, " ")] = '\0';
		if (here && strcmp(line + 7, remote) == 0)
			continue;
		r->member = text_alloc(r->member, (r->n + 2) * sizeof *r->member);
		r->member[r->n++] = text_dup(line + 7, strlen(line + 7));
	}
	if (here && !departed) {
		r->member = text_alloc(r->member, (r->n + 2) * sizeof *r->member);
		r->member[r->n++] = remote;
	} else {
		free(remote);
	}
	if (r->n > 1)
		qsort(r->member, r->n, sizeof *r->member, by_name);
	if (r->app == NULL)
		r->app = text_dup("", 0);
	free(s);
}

/* given: the option's value, NULL for the hook's own relation. */
static int
relation_find(struct relation *r, const char *given)
{
	char **name, *dir, *end;
	const char *id, *what;
	size_t n, i;

	if (given == NULL && *context.relation == '\0')
		return fail(USAGE, "%s", "no relation id specified");
	id = given == NULL ? context.relation : given;
	if (strrchr(id, ':') != NULL)
		id = strrchr(id, ':') + 1;
	what = "relation not found";
	if (*id == '\0' || (strtol(id, &end, 10), *end != '\0'))
		what = "invalid relation id";
	dir = text_make("units/%s/rel", context.file);
	name = file_list(context.model, dir, &n);
	free(dir);
	for (i = 0; i < n; i++) {
		if (strchr(name[i], ':') != NULL && strcmp(strchr(name[i], ':') + 1, id) == 0) {
			relation_read(r, name[i]);
			break;
		}
	}
	file_list_free(name, n);
	if (r->name != NULL)
		return OK;
	return fail(
	    USAGE, "invalid value \"%s\" for option -r: %s", given == NULL ? id : given, what);
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
	s = file_read(context.model, t.s, NULL);
	if (s == NULL &&
	    (linkat(context.model, live, context.model, t.s, 0) == 0 || errno == EEXIST))
		s = file_read(context.model, t.s, NULL);
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
	if (strcmp(unit, context.unit) == 0) {
		seen = text_make("unit-%s", r->id);
		s = file_read(context.hook, seen, NULL);
		if (s == NULL)
			s = file_read(context.model, live, NULL);
		free(seen);
	} else {
		member = false;
		for (i = 0; i < r->n; i++)
			member = member || strcmp(r->member[i], unit) == 0;
		if (member)
			seen = text_make("units/%s/cache/%s/", context.file, r->id);
		else
			seen = text_make("hooks/%s/seen-%s-", env("JUJU_CONTEXT_ID"), r->id);
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
	seen = text_make("hooks/%s/seen-%s-app-", env("JUJU_CONTEXT_ID"), r->id);
	if (strcmp(app, context.app) == 0 && strcmp(app, r->app) != 0 && !is_leader()) {
		errno = EACCES;
	} else if (strcmp(app, context.app) == 0 || strcmp(app, r->app) == 0) {
		if (strcmp(app, context.app) == 0) {
			buffer = text_make("app-%s", r->id);
			s = file_read(context.hook, buffer, NULL);
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
	char *file, *s;
	int status;

	file = text_make("relations/%s/gone", r->id);
	s = file_read(context.model, file, NULL);
	status = OK;
	if (s != NULL)
		status = fail(FAILED, "%s",
		    strncmp(env("JUJU_VERSION"), "4.", 2) == 0 ? "relation not found"
							       : "permission denied");
	free(file);
	free(s);
	return status;
}

static int
cmd_is_leader(int argc, char **argv)
{
	static const struct flag flags[] = {{"format", &format, NULL}, {"o", &output, NULL},
	    {"output", &output, NULL}, {NULL, NULL, NULL}};
	int status;

	status = options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc > 1)
		return unrecognized(argv + 1);
	return print_bool(is_leader());
}

static int
cmd_relation_ids(int argc, char **argv)
{
	static const struct flag flags[] = {{"format", &format, NULL}, {"o", &output, NULL},
	    {"output", &output, NULL}, {NULL, NULL, NULL}};
	const char *endpoint;
	char **name, *dir;
	size_t n, i, kept;
	int status;

	status = options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc > 2)
		return unrecognized(argv + 2);
	endpoint = argc == 2 ? argv[1] : env("JUJU_RELATION");
	if (*endpoint == '\0')
		return fail(USAGE, "%s", "no endpoint name specified");
	dir = text_make("units/%s/rel", context.file);
	name = file_list(context.model, dir, &n);
	for (i = kept = 0; i < n; i++) {
		if (strncmp(name[i], endpoint, strlen(endpoint)) == 0 &&
		    name[i][strlen(endpoint)] == ':')
			name[kept++] = name[i];
	}
	return print_list(name, kept);
}

static int
cmd_relation_list(int argc, char **argv)
{
	static const char *id;
	static bool app;
	static const struct flag flags[] = {{"format", &format, NULL}, {"o", &output, NULL},
	    {"output", &output, NULL}, {"r", &id, NULL}, {"relation", &id, NULL},
	    {"app", NULL, &app}, {NULL, NULL, NULL}};
	struct relation r = {0};
	int status;

	status = options(&argc, argv, flags);
	if (status == OK)
		status = relation_find(&r, id);
	if (status != OK)
		return status;
	if (argc > 1)
		return unrecognized(argv + 1);
	return app ? print_string(r.app) : print_list(r.member, r.n);
}

/* Whose databag relation-get is asked for; NULL: said what's wrong. */
static char *
relation_get_whose(const char *given, bool *app)
{
	if (given != NULL && *app)
		return app_of(given);
	if (given != NULL && !valid_unit(given)) {
		if (valid_app(given))
			fail(USAGE, "expected unit name, got application name \"%s\"", given);
		else
			fail(USAGE, "invalid unit name \"%s\"", given);
		return NULL;
	}
	if (given != NULL)
		return text_dup(given, strlen(given));
	if (!*app && *context.remote_unit != '\0')
		return text_dup(context.remote_unit, strlen(context.remote_unit));
	if (*context.remote_app != '\0') {
		*app = true;
		return text_dup(context.remote_app, strlen(context.remote_app));
	}
	fail(USAGE, "%s", "no unit or application specified");
	return NULL;
}

static int
cmd_relation_get(int argc, char **argv)
{
	static const char *id;
	static bool app;
	static const struct flag flags[] = {{"format", &format, NULL}, {"o", &output, NULL},
	    {"output", &output, NULL}, {"r", &id, NULL}, {"relation", &id, NULL},
	    {"app", NULL, &app}, {NULL, NULL, NULL}};
	struct relation r = {0};
	struct bag b = {0};
	char *whose, *s;
	int status;

	status = options(&argc, argv, flags);
	if (status == OK)
		status = relation_find(&r, id);
	if (status != OK)
		return status;
	whose = relation_get_whose(argc > 2 ? argv[2] : NULL, &app);
	if (whose == NULL)
		return USAGE;
	if (argc > 3)
		return unrecognized(argv + 3);
	status = denied(&r);
	if (status != OK)
		return status;
	s = app ? read_app(&r, whose) : read_unit(&r, whose);
	if (s == NULL)
		return fail(FAILED, "%s", "permission denied");
	if (argc < 2 || strcmp(argv[1], "-") == 0)
		return print_bag(s);
	if (bag_read(&b, s) < 0)
		return fail(FAILED, "cannot read the databag of %s", whose);
	return print_string(bag_get(&b, argv[1]));
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
			return fail(USAGE, "expected \"key=value\", got \"%s\"", *arg);
		key = text_dup(*arg, (size_t)(eq - *arg));
		if (bag_get(&args, key) != NULL)
			return fail(USAGE, "key \"%s\" specified more than once", key);
		bag_set(&args, key, eq + 1);
		free(key);
	}
	status = OK;
	if (file != NULL) {
		fd = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
		s = fd < 0 ? NULL : file_read_fd(fd, &n);
		if (s == NULL)
			return fail(FAILED, "cannot read settings: %s", strerror(errno));
		if (yaml_read(b, s, n, error, sizeof error) < 0)
			status = fail(FAILED, "%s", error);
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

	lock = file_lock(context.hook, "lock");
	s = file_read(context.hook, buffer, NULL);
	if (s == NULL)
		s = base(arg);
	if (s == NULL || bag_read(&b, s) < 0) {
		close(lock);
		return fail(FAILED, "%s", "permission denied");
	}
	free(s);
	for (i = 0; i < changes->n; i++) {
		if (changes->pair[i].value[0] == '\0' && !keep)
			bag_remove(&b, changes->pair[i].key);
		else
			bag_set(&b, changes->pair[i].key, changes->pair[i].value);
	}
	s = bag_file(&b, 0, &n);
	r = file_write(context.hook, buffer, s, n);
	free(s);
	bag_free(&b);
	close(lock);
	return r < 0 ? fail(FAILED, "cannot keep settings: %s", strerror(errno)) : OK;
}

static char *
own_unit_bag(const void *relation)
{
	return read_unit(relation, context.unit);
}

static char *
own_app_bag(const void *relation)
{
	return read_app(relation, context.app);
}

static int
cmd_relation_set(int argc, char **argv)
{
	static const char *id, *file, *deprecated;
	static bool app;
	static const struct flag flags[] = {{"r", &id, NULL}, {"relation", &id, NULL},
	    {"app", NULL, &app}, {"file", &file, NULL}, {"format", &deprecated, NULL},
	    {NULL, NULL, NULL}};
	struct relation r = {0};
	struct bag b = {0};
	char *buffer;
	size_t i;
	int status;

	status = options(&argc, argv, flags);
	if (status == OK)
		status = relation_find(&r, id);
	if (status == OK)
		status = settings(&b, argv + 1, file);
	if (status != OK)
		return status;
	if (deprecated != NULL)
		fprintf(stderr, "--format flag deprecated for command \"relation-set\"\n");
	if (app && !is_leader())
		return fail(FAILED, "%s", "cannot write relation settings");
	status = denied(&r);
	if (status != OK || b.n == 0)
		return status;
	buffer = text_make(app ? "app-%s" : "unit-%s", r.id);
	status = change(buffer, app ? own_app_bag : own_unit_bag, &r, &b, false);
	for (i = 0; status == OK && i < b.n; i++)
		event(text_make("set %s %s", app ? context.app : context.unit, b.pair[i].key));
	return status;
}

static int
cmd_status_set(int argc, char **argv)
{
	static const char *const known[] = {"maintenance", "blocked", "waiting", "active"};
	static bool app;
	static const struct flag flags[] = {{"application", NULL, &app}, {NULL, NULL, NULL}};
	const char *message;
	char *file, *s;
	size_t i;
	int status;

	status = options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc < 2)
		return fail(USAGE, "%s", "invalid args, require <status> [message]");
	for (i = 0; i < 4 && strcmp(argv[1], known[i]) != 0; i++)
		continue;
	if (i == 4)
		return fail(USAGE,
		    "invalid status \"%s\", expected one of [maintenance blocked waiting active]",
		    argv[1]);
	if (argc > 3)
		return unrecognized(argv + 3);
	message = argc == 3 ? argv[2] : "";
	if (app && !is_leader())
		return fail(FAILED, "%s", "this unit is not the leader");
	file =
	    text_make(app ? "apps/%s/status" : "units/%s/status", app ? context.app : context.file);
	s = text_make("%s\n%s", argv[1], message);
	status = file_write(context.model, file, s, strlen(s));
	free(s);
	free(file);
	if (status < 0)
		return fail(FAILED, "%s", strerror(errno));
	event(text_make("status %s %s %s", app ? context.app : context.unit, argv[1], message));
	return OK;
}

static int
cmd_juju_log(int argc, char **argv)
{
	static const char *const known[] = {
	    "TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
	static const char *level;
	static bool debug;
	static const struct flag flags[] = {{"debug", NULL, &debug}, {"l", &level, NULL},
	    {"log-level", &level, NULL}, {NULL, NULL, NULL}};
	struct text t = {0};
	char upper[16] = "INFO", *s;
	size_t i;
	int status, arg;

	status = options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc < 2)
		return fail(USAGE, "%s", "no message specified");
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
	file = text_make("units/%s/state-set", context.file);
	s = file_read(context.model, file, NULL);
	free(file);
	return s != NULL ? s : text_dup("0000000000\n{}\n", 14);
}

static int
cmd_state_get(int argc, char **argv)
{
	static bool strict;
	static const struct flag flags[] = {{"format", &format, NULL}, {"o", &output, NULL},
	    {"output", &output, NULL}, {"strict", NULL, &strict}, {NULL, NULL, NULL}};
	struct bag b = {0};
	const char *value;
	char *s;
	int status;

	status = options(&argc, argv, flags);
	if (status != OK)
		return status;
	if (argc > 2)
		return unrecognized(argv + 2);
	s = file_read(context.hook, "state", NULL);
	if (s == NULL)
		s = own_state(NULL);
	if (argc < 2 || strcmp(argv[1], "-") == 0)
		return print_bag(s);
	if (bag_read(&b, s) < 0)
		return fail(FAILED, "%s", "cannot read the unit's state");
	value = bag_get(&b, argv[1]);
	if (value == NULL && strict)
		return fail(FAILED, "\"%s\" not found", argv[1]);
	return print_string(value == NULL ? "" : value);
}

static int
cmd_state_set(int argc, char **argv)
{
	static const char *file;
	static const struct flag flags[] = {{"file", &file, NULL}, {NULL, NULL, NULL}};
	struct bag b = {0};
	size_t i;
	int status;

	status = options(&argc, argv, flags);
	if (status == OK)
		status = settings(&b, argv + 1, file);
	if (status != OK || b.n == 0)
		return status;
	for (i = 0; i < b.n; i++) {
		if (strlen(b.pair[i].key) > KEY_MAX)
			return fail(FAILED, "%s", "max allowed key length (256) exceeded");
		if (strlen(b.pair[i].value) > VALUE_MAX)
			return fail(FAILED, "%s", "max allowed value length (65536) exceeded");
	}
	return change("state", own_state, NULL, &b, true);
}

static int
cmd_state_delete(int argc, char **argv)
{
	static const struct flag flags[] = {{NULL, NULL, NULL}};
	struct bag b = {0};
	int status;

	status = options(&argc, argv, flags);
	if (status != OK || argc < 2)
		return status;
	if (argc > 2)
		return unrecognized(argv + 2);
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

	if (*env("JUJU_CONTEXT_ID") == '\0')
		return fail(FAILED, "%s", "JUJU_CONTEXT_ID not set");
	context.model = open(env("MODEL_DIR"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = text_make("hooks/%s", env("JUJU_CONTEXT_ID"));
	if (context.model >= 0)
		context.hook = openat(context.model, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (context.model < 0 || context.hook < 0)
		return fail(FAILED, "unknown context id \"%s\"", env("JUJU_CONTEXT_ID"));
	context.unit = env("JUJU_UNIT_NAME");
	context.file = unit_file(context.unit);
	context.app = app_of(context.unit);
	context.name = env("JUJU_HOOK_NAME");
	context.relation = env("JUJU_RELATION_ID");
	if (strchr(context.relation, ':') != NULL)
		context.relation = strchr(context.relation, ':') + 1;
	context.remote_unit = env("JUJU_REMOTE_UNIT");
	context.remote_app = env("JUJU_REMOTE_APP");
	return OK;
}

/* Counts the command and lets a fault strike that is asked for. */
static int
account(const char *command)
{
	struct text t = {0};
	char *fault;
	pid_t group;

	text_fmt(&t, "%s %s %s\n", context.unit, context.name, command);
	file_append(context.model, "commands", t.s, t.n);
	text_free(&t);
	fault = file_fault(context.model, "kill", context.unit, context.name, command);
	group = (pid_t)strtol(env("HOOK_PGID"), NULL, 10);
	if (fault != NULL && group > 1) {
		kill(-group, SIGKILL);
		return 128 + SIGKILL;
	}
	fault = file_fault(context.model, command, context.unit, context.name, command);
	if (fault == NULL)
		return OK;
	if (*fault != '\0')
		return fail(FAILED, "%s", fault);
	if (strcmp(command, "is-leader") == 0)
		return fail(FAILED, "%s", "leadership status unknown: connection is shut down");
	return fail(FAILED, "%s", "connection is shut down");
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
	    {"state-delete", cmd_state_delete}};
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
		return status == OK ? command[i].run(argc, argv) : status;
	}
	fprintf(stderr, "%s: not a hook command\n", name);
	return USAGE;
}
