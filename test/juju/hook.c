#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "folder.h"
#include "hook.h"

struct hook hook;
struct hook_set hook_set;

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

bool
hook_is_one_of(const char *word, const char *words)
{
	return *word != '\0' && strchr(word, ' ') == NULL &&
	       strstr(words, memory_brief(" %s ", word)) != NULL;
}

/* As Go's strconv.ParseBool. */
static bool
parse_bool(const char *s, bool *b)
{
	*b = hook_is_one_of(s, " 1 t T true True TRUE ");
	return *b || hook_is_one_of(s, " 0 f F false False FALSE ");
}

struct flag {
	const char *name;   /* of one letter: after one dash */
	const char **value; /* NULL: it is a boolean, */
	bool *set;	    /* this one */
};

static const struct flag *
find_flag(const char *name, bool dashes, const char *known)
{
	static const struct flag flags[] = {{"format", &hook_set.format, NULL},
	    {"o", &hook_set.output, NULL}, {"output", &hook_set.output, NULL},
	    {"r", &hook_set.relation, NULL}, {"relation", &hook_set.relation, NULL},
	    {"file", &hook_set.file, NULL}, {"l", &hook_set.level, NULL},
	    {"log-level", &hook_set.level, NULL}, {"app", NULL, &hook_set.app},
	    {"application", NULL, &hook_set.application}, {"a", NULL, &hook_set.all},
	    {"all", NULL, &hook_set.all}, {"include-data", NULL, &hook_set.data},
	    {"strict", NULL, &hook_set.strict}, {"debug", NULL, &hook_set.debug},
	    {"primary-address", NULL, &hook_set.primary}, {"bind-address", NULL, &hook_set.bind},
	    {"ingress-address", NULL, &hook_set.ingress},
	    {"egress-subnets", NULL, &hook_set.egress}};
	size_t i;

	if (!hook_is_one_of(name, known) || dashes != (name[1] != '\0'))
		return NULL;
	for (i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(flags[i].name, name) == 0)
			return &flags[i];
	return NULL;
}

/* Reads the option at *arg, and the argument after it if that is its value. */
static int
read_option(char ***arg, const char *known)
{
	char *option = **arg, *name = option + 1 + (option[1] == '-');
	size_t n = name - option == 2 ? strcspn(name, "=") : 1;
	const struct flag *f =
	    find_flag(memory_brief("%.*s", (int)n, name), name - option == 2, known);
	const char *value = name + n;

	if (f == NULL)
		return hook_fail(USAGE, "option provided but not defined: %.*s",
		    (int)(name - option + (long)strcspn(name, "=")), option);
	if (f->set != NULL) {
		if (!parse_bool(*value == '=' ? value + 1 : "true", f->set))
			return hook_fail(USAGE,
			    "invalid value \"%s\" for option %.*s: strconv.ParseBool: "
			    "parsing \"%s\": invalid syntax",
			    value + 1, (int)(value - option), option, value + 1);
		return OK;
	}
	if (*value == '\0' && (*arg)[1] == NULL)
		return hook_fail(USAGE, "option needs an argument: %s", option);
	*f->value = *value == '=' ? value + 1 : *value == '\0' ? *++*arg : value;
	return OK;
}

int
hook_options(char **arg, const char *known)
{
	char **operand = arg;
	bool more = true;

	for (; *arg != NULL; arg++) {
		if (!more || **arg != '-' || (*arg)[1] == '\0')
			*operand++ = *arg;
		else if (strcmp(*arg, "--") == 0)
			more = false;
		else if (read_option(&arg, known) != OK)
			return USAGE;
	}
	*operand = NULL;
	if (strstr(known, HOOK_OUTPUT) == NULL)
		return OK;
	if (hook_set.format == NULL)
		hook_set.format = "smart";
	if (!hook_is_one_of(hook_set.format, " json smart yaml "))
		return hook_fail(USAGE,
		    "invalid value \"%s\" for option --format: unknown format \"%s\"",
		    hook_set.format, hook_set.format);
	return OK;
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
	int fd, r;

	fd = STDOUT_FILENO;
	if (hook_set.output != NULL)
		fd = open(hook_set.output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
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
	static const char words[] = " null Null NULL true True TRUE false False FALSE yes Yes YES "
				    "no No NO on On ON off Off OFF y Y n N = << ";

	return strchr("-?:,[]{}#&*!|>'\"%@`~ ", *s) != NULL || yaml_number(s) ||
	       hook_is_one_of(s, words) || strstr(s, ": ") != NULL || strstr(s, " #") != NULL ||
	       strchr(": ", s[strlen(s) - 1]) != NULL;
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
		text_json(t, s);
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

	if (strcmp(hook_set.format, "json") == 0) {
		text_tree(&t, node);
		buf_puts(&t, "\n");
	} else if (!cJSON_IsNull(node) &&
		   (strcmp(hook_set.format, "smart") != 0 || !put_smart(&t, node))) {
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
hook_print_bag(const char *file)
{
	const cJSON *b = bag_read(file);

	return b == NULL ? hook_fail(FAILED, "cannot read a databag") : hook_print(b);
}

bool
hook_is_leader(void)
{
	char *s = file_read(hook.model, memory_brief("apps/%s/leader", hook.app), NULL);

	return s != NULL && strcmp(s, memory_brief("%s\n", hook.unit)) == 0;
}
