#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "file.h"
#include "hook.h"

struct hook hook;
const char *hook_output;
const char *hook_format = "smart";

int
hook_fail(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("ERROR ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs("\n", stderr);
	va_end(ap);
	return status;
}

const char *
hook_env(const char *name)
{
	const char *s;

	s = getenv(name);
	return s == NULL ? "" : s;
}

/* As Go's strconv.ParseBool. */
static bool
parse_bool(const char *s, bool *b)
{
	static const char *const words[] = {
	    "0", "f", "F", "false", "False", "FALSE", "1", "t", "T", "true", "True", "TRUE"};
	size_t i;

	for (i = 0; i < 12 && strcmp(s, words[i]) != 0; i++)
		continue;
	*b = i >= 6;
	return i < 12;
}

int
hook_options(int *argc, char **argv, const struct hook_flag *flag)
{
	const struct hook_flag *f;
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
			return hook_fail(USAGE, "option provided but not defined: %s", argv[i]);
		}
		if (f->set != NULL) {
			if (!parse_bool(*value == '=' ? value + 1 : "true", f->set))
				return hook_fail(USAGE,
				    "invalid value \"%s\" for option %.*s: strconv.ParseBool: "
				    "parsing \"%s\": invalid syntax",
				    value + 1, (int)(value - argv[i]), argv[i], value + 1);
			continue;
		}
		if (*value == '=')
			value++;
		else if (*value == '\0' && ++i < *argc)
			value = argv[i];
		else if (*value == '\0')
			return hook_fail(USAGE, "option needs an argument: %s", argv[i - 1]);
		*f->value = value;
	}
	*argc = n;
	argv[n] = NULL;
	if (strcmp(hook_format, "json") != 0 && strcmp(hook_format, "smart") != 0 &&
	    strcmp(hook_format, "yaml") != 0) {
		return hook_fail(USAGE,
		    "invalid value \"%s\" for option --format: unknown format \"%s\"", hook_format,
		    hook_format);
	}
	return OK;
}

int
hook_unrecognized(char **arg)
{
	struct text t = {0};

	text_str(&t, "unrecognized args: [");
	for (; *arg != NULL; arg++)
		text_fmt(&t, "\"%s\"%s", *arg, arg[1] == NULL ? "" : " ");
	text_str(&t, "]");
	hook_fail(USAGE, "%s", t.s);
	text_free(&t);
	return USAGE;
}

static int
print(const struct text *t)
{
	int fd, r;

	fd = STDOUT_FILENO;
	if (hook_output != NULL)
		fd = open(hook_output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return hook_fail(FAILED, "%s", strerror(errno));
	r = t->n == 0 ? 0 : file_write_fd(fd, t->s, t->n);
	if (fd != STDOUT_FILENO && close(fd) < 0)
		r = -1;
	return r < 0 ? hook_fail(FAILED, "%s", strerror(errno)) : OK;
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
int
hook_print_string(const char *s)
{
	struct text t = {0};
	int r;

	if (strcmp(hook_format, "json") == 0) {
		if (s == NULL)
			text_str(&t, "null");
		else
			text_json(&t, s);
		text_str(&t, "\n");
	} else if (s != NULL && strcmp(hook_format, "yaml") == 0) {
		yaml_string(&t, s);
		text_str(&t, "\n");
	} else if (s != NULL && *s != '\0') {
		text_raw(&t, s);
		text_str(&t, "\n");
	}
	r = print(&t);
	text_free(&t);
	return r;
}

int
hook_print_list(char **item, size_t n)
{
	struct text t = {0};
	size_t i;
	int r;

	if (strcmp(hook_format, "json") == 0) {
		text_str(&t, "[");
		for (i = 0; i < n; i++) {
			text_str(&t, i > 0 ? "," : "");
			text_json(&t, item[i]);
		}
		text_str(&t, "]\n");
	} else if (strcmp(hook_format, "yaml") == 0) {
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

int
hook_print_bool(bool b)
{
	struct text t = {0};
	int r;

	if (strcmp(hook_format, "smart") == 0)
		text_str(&t, b ? "True\n" : "False\n");
	else
		text_str(&t, b ? "true\n" : "false\n");
	r = print(&t);
	text_free(&t);
	return r;
}

int
hook_print_bag(const char *file)
{
	struct text t = {0};
	struct bag b = {0};
	size_t i;
	int r;

	if (strcmp(hook_format, "json") == 0) {
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

static void
put_json(struct text *t, const cJSON *node)
{
	const cJSON *child;

	if (cJSON_IsString(node)) {
		text_json(t, node->valuestring);
	} else if (cJSON_IsNumber(node)) {
		text_fmt(t, "%.17g", node->valuedouble);
	} else if (!cJSON_IsArray(node) && !cJSON_IsObject(node)) {
		text_str(t, cJSON_IsNull(node) ? "null" : cJSON_IsTrue(node) ? "true" : "false");
	} else {
		text_str(t, cJSON_IsArray(node) ? "[" : "{");
		cJSON_ArrayForEach(child, node)
		{
			text_str(t, child == node->child ? "" : ",");
			if (cJSON_IsObject(node)) {
				text_json(t, child->string);
				text_str(t, ":");
			}
			put_json(t, child);
		}
		text_str(t, cJSON_IsArray(node) ? "]" : "}");
	}
}

static void put_yaml(struct text *t, const cJSON *node, int indent);

/* What stands after "key:" or "-"; a list isn't indented below its key. */
static void
put_yaml_value(struct text *t, const cJSON *node, int indent)
{
	if (node->child == NULL) {
		text_str(t, " ");
		put_yaml(t, node, 0);
	} else {
		text_str(t, "\n");
		put_yaml(t, node, cJSON_IsArray(node) ? indent : indent + 2);
	}
}

static void
put_yaml(struct text *t, const cJSON *node, int indent)
{
	const cJSON *child;
	size_t at;

	if (cJSON_IsString(node))
		yaml_string(t, node->valuestring);
	else if (node->child == NULL)
		put_json(t, node);
	text_str(t, node->child == NULL ? "\n" : "");
	cJSON_ArrayForEach(child, node)
	{
		at = t->n + (size_t)indent;
		if (cJSON_IsArray(node)) {
			if (child->child == NULL)
				text_fmt(t, "%*s", indent + 2, "");
			put_yaml(t, child, indent + 2);
			t->s[at] = '-';
			continue;
		}
		text_fmt(t, "%*s", indent, "");
		yaml_string(t, child->string);
		text_str(t, ":");
		put_yaml_value(t, child, indent);
	}
}

int
hook_print_tree(const cJSON *node)
{
	struct text t = {0};
	bool json;
	int r;

	json = strcmp(hook_format, "json") == 0;
	if (!json && cJSON_IsString(node))
		return hook_print_string(node->valuestring);
	if (!json && cJSON_IsBool(node))
		return hook_print_bool(cJSON_IsTrue(node));
	text_str(&t, "");
	if (json) {
		put_json(&t, node);
		text_str(&t, "\n");
	} else if (!cJSON_IsNull(node)) {
		put_yaml(&t, node, 0);
	}
	r = print(&t);
	text_free(&t);
	return r;
}

bool
hook_is_leader(void)
{
	char *file, *s;
	bool yes;

	file = text_make("apps/%s/leader", hook.app);
	s = file_read(hook.model, file, NULL);
	yes = s != NULL && strncmp(s, hook.unit, strlen(hook.unit)) == 0 &&
	      s[strlen(hook.unit)] == '\n';
	free(s);
	free(file);
	return yes;
}
