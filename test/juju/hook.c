#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/row.h"
#include "bag.h"
#include "folder.h"
#include "hook.h"

struct hook hook;

static cJSON *options; /* those that were given, by their long names; booleans that are true */

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
	size_t n = strlen(word);

	if (n == 0 || strchr(word, ' ') != NULL)
		return false;
	while ((words = strstr(words, word)) != NULL && (words[-1] != ' ' || words[n] != ' '))
		words++;
	return words != NULL;
}

const char *
hook_option(const char *name)
{
	return bag_get(options, name);
}

/* The option's place in known, by its long name; NULL: it isn't there. */
static const char *
find_option(const char *name, const char *known)
{
	size_t n;

	for (; *(known += strspn(known, " =")) != '\0'; known += n) {
		n = strcspn(known, " =");
		if (strlen(name) == n && strncmp(known, name, n) == 0)
			return n == 1 ? known + 2 : known;
	}
	return NULL;
}

/* Reads the option at *arg, and the argument after it if that is its value. */
static int
read_option(char ***arg, const char *known)
{
	char *option = **arg;
	int dashes = 1 + (option[1] == '-');
	size_t n = dashes == 2 ? strcspn(option + 2, "=") : 1;
	const char *name = memory_brief("%.*s", (int)n, option + dashes);
	const char *value = option + dashes + n;

	known = find_option(name, known);
	if (known == NULL || (dashes == 2) != (n > 1))
		return hook_fail(USAGE, "option provided but not defined: %.*s",
		    dashes + (int)strcspn(option + dashes, "="), option);
	n = strcspn(known, " =");
	name = memory_brief("%.*s", (int)n, known);
	if (known[n] == '=') {
		if (*value == '\0' && (*arg)[1] == NULL)
			return hook_fail(USAGE, "option needs an argument: %s", option);
		bag_set(options, name,
		    *value == '='    ? value + 1
		    : *value == '\0' ? *++*arg
				     : value);
		return OK;
	}
	/* As Go's strconv.ParseBool. */
	value = *value == '=' ? value + 1 : "true";
	if (!hook_is_one_of(value, " 1 t T true True TRUE 0 f F false False FALSE "))
		return hook_fail(USAGE,
		    "invalid value \"%s\" for option %.*s: strconv.ParseBool: parsing \"%s\": "
		    "invalid syntax",
		    value, (int)strcspn(option, "="), option, value);
	bag_set(options, name, strchr("1tT", *value) == NULL ? NULL : value);
	return OK;
}

int
hook_options(char **arg, const char *known)
{
	const char *format;
	char **operand = arg;
	bool more = true;

	options = cJSON_CreateObject();
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
	if (hook_option("format") == NULL)
		bag_set(options, "format", "smart");
	format = hook_option("format");
	if (!hook_is_one_of(format, " json smart yaml "))
		return hook_fail(USAGE,
		    "invalid value \"%s\" for option --format: unknown format \"%s\"", format,
		    format);
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
	return hook_fail(USAGE, "unrecognized args: [%s]", b.s);
}

static int
print(const struct buf *t)
{
	const char *path = hook_option("output");
	int fd = STDOUT_FILENO;

	if (path != NULL)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || file_write_fd(fd, t->s, t->n) < 0 || (path != NULL && close(fd) < 0))
		return hook_fail(FAILED, "%s", strerror(errno));
	return OK;
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

static void
put_yaml_string(struct buf *t, const char *s)
{
	const char *p = s;

	while (isprint((unsigned char)*p))
		p++;
	if (*p != '\0')
		bag_print(t, cJSON_CreateStringReference(s));
	else if (yaml_needs_quotes(s))
		buf_json(t, s);
	else
		buf_puts(t, s);
}

/* A list isn't indented below its key. */
static void
put_yaml(struct buf *t, const cJSON *node, int indent)
{
	const cJSON *child;
	size_t at;

	if (cJSON_IsString(node))
		put_yaml_string(t, node->valuestring);
	else if (node->child == NULL)
		bag_print(t, node);
	if (node->child == NULL)
		buf_puts(t, "\n");
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
		buf_puts(t, child->child == NULL ? ": " : ":\n");
		put_yaml(t, child, cJSON_IsArray(child) ? indent : indent + 2);
	}
}

/* The format smart is YAML, except for these; false: it isn't one of them. */
static bool
put_smart(struct buf *t, const cJSON *node)
{
	const cJSON *child;
	const char *s;
	bool nul;

	if (cJSON_IsBool(node)) {
		buf_puts(t, cJSON_IsTrue(node) ? "True\n" : "False\n");
	} else if (cJSON_IsString(node)) {
		for (s = node->valuestring; *s != '\0'; s++) {
			nul = strncmp(s, BAG_NUL, 2) == 0;
			buf_putc(t, nul ? '\0' : *s);
			s += nul;
		}
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
	const char *format = hook_option("format");
	struct buf t = {0};

	if (strcmp(format, "json") == 0) {
		bag_print(&t, node);
		buf_puts(&t, "\n");
	} else if (!cJSON_IsNull(node) && (strcmp(format, "smart") != 0 || !put_smart(&t, node))) {
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
	return hook_print(n == 0 ? cJSON_CreateArray()
				 : cJSON_CreateStringArray((const char *const *)item, (int)n));
}

bool
hook_is_leader(void)
{
	char *s = file_read(hook.model, memory_brief("apps/%s/leader", hook.app), NULL);

	return s != NULL && strcmp(s, memory_brief("%s\n", hook.unit)) == 0;
}

bool
hook_begins(const char *text, const char *name)
{
	size_t n = strlen(name);

	return strncmp(text, name, n) == 0 && text[n] == ':';
}

char **
hook_relations(const char *endpoint, size_t *n)
{
	size_t all, i;
	char **name = file_list(hook.model, memory_brief("units/%s/rel", hook.file), &all);

	for (i = *n = 0; i < all; i++) {
		if (endpoint == NULL || hook_begins(name[i], endpoint))
			name[(*n)++] = name[i];
	}
	return name;
}

struct relation
hook_relation(const char *name)
{
	struct relation r = {.name = memory_text("%s", name), .app = ""};
	const char *end = strrchr(hook.name, '-');
	char *s, *words[ROW_WORDS];
	bool here;

	r.id = r.name + strcspn(name, ":") + 1;
	s = file_read(hook.model, memory_brief("units/%s/rel/%s", hook.file, name), NULL);
	here = *hook.remote_unit != '\0' && strcmp(hook.relation, name) == 0;
	while (row_next(&s, words) > 1) {
		if (strcmp(words[0], "side") == 0)
			r.app = words[1];
		else if (!here || strcmp(words[1], hook.remote_unit) != 0)
			r.member = memory_add(r.member, &r.n, words[1]);
	}
	if (here && (end == NULL || strcmp(end, "-departed") != 0))
		r.member = memory_add(r.member, &r.n, memory_text("%s", hook.remote_unit));
	memory_sort(r.member, r.n);
	return r;
}

int
hook_find_relation(struct relation *r)
{
	const char *given = hook_option("relation"), *id = given == NULL ? hook.relation : given;
	char **name, *end, *colon;
	size_t n, i;

	if (given == NULL && *hook.relation == '\0')
		return hook_fail(USAGE, "no relation id specified");
	if (strrchr(id, ':') != NULL)
		id = strrchr(id, ':') + 1;
	name = hook_relations(NULL, &n);
	for (i = 0; i < n; i++) {
		colon = strchr(name[i], ':');
		if (colon != NULL && strcmp(colon + 1, id) == 0) {
			*r = hook_relation(name[i]);
			return OK;
		}
	}
	return hook_fail(USAGE, "invalid value \"%s\" for option -r: %s",
	    given == NULL ? id : given,
	    *id == '\0' || (strtol(id, &end, 10), *end != '\0') ? "invalid relation id"
								: "relation not found");
}

bool
hook_relation_gone(const struct relation *r)
{
	return faccessat(hook.model, memory_brief("relations/%s/gone", r->id), F_OK, 0) == 0;
}
