#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "folder.h"
#include "hook.h"

struct context hook;
struct options hook_given;

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
	const char *s = getenv(name);

	return s == NULL ? "" : s;
}

const char *
hook_option(const char *name)
{
	return options_get(&hook_given, name);
}

bool
hook_prints(const char *format)
{
	const char *asked = hook_option("format");

	return strcmp(asked == NULL ? "smart" : asked, format) == 0;
}

int
hook_options(char **arg, const char *known)
{
	const char *wrong, *format;
	int n;

	hook_given.known = known;
	switch (options_read(&hook_given, arg, &wrong)) {
	case OPTIONS_UNKNOWN:
		n = (int)strcspn(wrong, "=");
		return hook_fail(USAGE, "option provided but not defined: %.*s", n, wrong);
	case OPTIONS_NO_VALUE:
		return hook_fail(USAGE, "option needs an argument: %s", wrong);
	case OPTIONS_NO_BOOL:
		n = (int)strcspn(wrong, "=");
		return hook_fail(USAGE,
		    "invalid value \"%s\" for option %.*s: strconv.ParseBool: "
		    "parsing \"%s\": invalid syntax",
		    wrong + n + 1, n, wrong, wrong + n + 1);
	case OPTIONS_OK:
		break;
	}
	format = hook_option("format");
	if (strstr(known, HOOK_OUTPUT) == NULL || format == NULL ||
	    options_is_word(format, "json smart yaml"))
		return OK;
	return hook_fail(USAGE, "invalid value \"%s\" for option --format: unknown format \"%s\"",
	    format, format);
}

int
hook_unrecognized(char **arg)
{
	struct buf b = {0};

	if (*arg == NULL)
		return OK;
	for (; *arg != NULL; arg++)
		buf_printf(&b, "\"%s\"%s", *arg, arg[1] == NULL ? "" : " ");
	hook_fail(USAGE, "unrecognized args: [%s]", b.s);
	return USAGE;
}

static int
print(const struct buf *t)
{
	const char *file = hook_option("output");
	int fd = STDOUT_FILENO, r;

	if (file != NULL)
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
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

/* Would YAML read printable ASCII as something else than this string, without quotes? */
static bool
yaml_needs_quotes(const char *s)
{
	static const char words[] = "null Null NULL true True TRUE false False FALSE yes Yes YES "
				    "no No NO on On ON off Off OFF y Y n N <<";

	return strchr("-?:,[]{}#&*!|>'\"%@`~ ", *s) != NULL || yaml_number(s) ||
	       options_is_word(s, words) || strcmp(s, "=") == 0 || strstr(s, ": ") != NULL ||
	       strstr(s, " #") != NULL || strchr(": ", s[strlen(s) - 1]) != NULL;
}

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7F)
			return false;
	}
	return true;
}

static void
put_yaml_string(struct buf *t, const char *s)
{
	if (!is_printable(s))
		text_tree(t, cJSON_CreateString(s));
	else if (yaml_needs_quotes(s))
		buf_json(t, s);
	else
		buf_puts(t, s);
}

static void put_yaml(struct buf *t, const cJSON *node, int indent);

/* What stands after "key:"; a list isn't indented below its key. */
static void
put_yaml_value(struct buf *t, const cJSON *node, int indent)
{
	if (node->child == NULL) {
		buf_puts(t, " ");
		put_yaml(t, node, 0);
	} else {
		buf_puts(t, "\n");
		put_yaml(t, node, cJSON_IsArray(node) ? indent : indent + 2);
	}
}

static void
put_yaml(struct buf *t, const cJSON *node, int indent)
{
	const cJSON *child;
	size_t at;

	if (cJSON_IsString(node))
		put_yaml_string(t, node->valuestring);
	else if (node->child == NULL)
		text_tree(t, node);
	buf_puts(t, node->child == NULL ? "\n" : "");
	cJSON_ArrayForEach(child, node)
	{
		at = t->n + (size_t)indent;
		if (cJSON_IsArray(node)) {
			if (child->child == NULL)
				buf_printf(t, "%*s", indent + 2, "");
			put_yaml(t, child, indent + 2);
			t->s[at] = '-';
			continue;
		}
		buf_printf(t, "%*s", indent, "");
		put_yaml_string(t, child->string);
		buf_puts(t, ":");
		put_yaml_value(t, child, indent);
	}
}

/* The format smart is YAML, except for these; false: it isn't one of them. */
static bool
put_smart(struct buf *t, const cJSON *node)
{
	const cJSON *child;

	if (cJSON_IsBool(node)) {
		buf_puts(t, cJSON_IsTrue(node) ? "True\n" : "False\n");
	} else if (cJSON_IsString(node)) {
		text_raw(t, node->valuestring);
		buf_puts(t, t->n > 0 ? "\n" : "");
	} else if (cJSON_IsArray(node)) {
		cJSON_ArrayForEach(child, node) buf_printf(t, "%s\n", child->valuestring);
	} else {
		return false;
	}
	return true;
}

int
hook_print(const cJSON *node)
{
	struct buf t = {0};

	if (hook_prints("json")) {
		text_line(&t, node);
	} else if (!cJSON_IsNull(node) && (!hook_prints("smart") || !put_smart(&t, node))) {
		put_yaml(&t, node, 0);
	}
	return print(&t);
}

int
hook_print_string(const char *s)
{
	return hook_print(s == NULL ? cJSON_CreateNull() : cJSON_CreateString(s));
}

int
hook_print_list(char **item, size_t n)
{
	cJSON *list = cJSON_CreateArray();
	size_t i;

	for (i = 0; i < n; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(item[i]));
	return hook_print(list);
}

int
hook_relation(const struct side **s)
{
	const char *given = hook_option("relation"), *id = given == NULL ? hook.relation : given;
	char *end;
	size_t i;

	if (*hook.relation == '\0' && given == NULL)
		return hook_fail(USAGE, "no relation id specified");
	if (strrchr(id, ':') != NULL)
		id = strrchr(id, ':') + 1;
	for (i = 0; i < hook.u->sides; i++) {
		*s = hook.u->side[i];
		if (strcmp(memory_brief("%u", (*s)->id), id) == 0)
			return OK;
	}
	strtol(id, &end, 10);
	return hook_fail(USAGE, "invalid value \"%s\" for option -r: %s",
	    given == NULL ? id : given,
	    *id == '\0' || *end != '\0' ? "invalid relation id" : "relation not found");
}

const char *
hook_remote_app(const struct side *s)
{
	return s->relation->end[1 - s->end].name;
}

char **
hook_members(const struct side *s, size_t *n)
{
	bool own =
	    *hook.remote_unit != '\0' && strcmp(hook.relation, memory_brief("%u", s->id)) == 0;
	const char *departed = strstr(hook.name, "-departed");
	char **member = NULL;
	size_t i;

	for (i = *n = 0; i < s->members; i++) {
		if (own && strcmp(s->member[i].unit, hook.remote_unit) == 0)
			continue;
		member = memory_grow(member, n, sizeof *member);
		member[*n - 1] = s->member[i].unit;
	}
	if (own && (departed == NULL || strcmp(departed, "-departed") != 0)) {
		member = memory_grow(member, n, sizeof *member);
		member[*n - 1] = memory_text("%s", hook.remote_unit);
	}
	memory_sort(member, *n);
	return member;
}
