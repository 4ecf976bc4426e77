#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action.h"
#include "doc.h"
#include "io.h"
#include "utf8.h"

enum { WARNINGS = 8 };

static int
write_stdout(void *ctx, const char *s, size_t n, struct fail *f)
{
	(void)ctx;
	return io_write(STDOUT_FILENO, s, n, "standard output", f);
}

const struct action_out action_stdout = {write_stdout, NULL};

/* Adds a newline to b and gives the line to out. */
static int
finish(const struct action_out *out, struct buf *b, struct fail *f)
{
	int r;

	buf_putc(b, '\n');
	r = b->failed ? fail_memory(f) : out->line(out->ctx, b->s, b->n, f);
	buf_free(b);
	return r;
}

/* Puts text with '?' for bytes that aren't UTF-8: it may have a file's name in it. */
static void
put_text(struct buf *b, const char *text)
{
	const char *end = text + strlen(text);
	struct buf clean = {0};
	size_t n;

	for (; text < end; text += n ? n : 1) {
		n = utf8_length(text, end);
		buf_put(&clean, n ? text : "?", n ? n : 1);
	}
	buf_json(b, clean.s ? clean.s : "");
	b->failed |= clean.failed;
	buf_free(&clean);
}

/* Prints an action with one or two members that are strings. */
static int
two_strings(const struct action_out *out, const char *action, const char *name1, const char *value1,
    const char *name2, const char *value2, struct fail *f)
{
	struct buf b = {0};

	buf_printf(&b, "{\"%s\":{\"%s\":", action, name1);
	buf_json(&b, value1);
	if (name2) {
		buf_printf(&b, ",\"%s\":", name2);
		put_text(&b, value2);
	}
	buf_puts(&b, "}}");
	return finish(out, &b, f);
}

int
action_set(const struct action_out *out, long relation_id, bool app, const struct map *data,
    struct fail *f)
{
	struct buf b = {0};
	size_t i;

	if (!data->n)
		return 0;
	buf_printf(&b, "{\"relation-set\":{\"relation-id\":%ld,%s\"data\":{", relation_id,
	    app ? "\"app\":true," : "");
	for (i = 0; i < data->n; i++) {
		if (i)
			buf_putc(&b, ',');
		buf_json(&b, data->entries[i].key);
		buf_putc(&b, ':');
		buf_json(&b, data->entries[i].value);
	}
	buf_puts(&b, "}}}");
	return finish(out, &b, f);
}

int
action_status(const struct action_out *out, const char *status, const char *message, struct fail *f)
{
	return two_strings(out, "status-set", "status", status, "message", message, f);
}

int
action_log(
    const struct action_out *out, const char *level, struct fail *f, const char *fmt, va_list ap)
{
	struct buf b = {0};
	int r;

	buf_vprintf(&b, fmt, ap);
	r = b.failed ? fail_memory(f)
		     : two_strings(out, "juju-log", "level", level, "message", b.s, f);
	buf_free(&b);
	return r;
}

int
action_warn(const struct action_out *out, size_t *n, struct fail *f, const char *fmt, ...)
{
	va_list ap;
	int r;

	if ((*n)++ >= WARNINGS)
		return 0;
	va_start(ap, fmt);
	r = action_log(out, "WARNING", f, fmt, ap);
	va_end(ap);
	return r;
}

int
action_warn_rest(const struct action_out *out, size_t n, const char *what, struct fail *f)
{
	char text[128];

	if (n <= WARNINGS)
		return 0;
	snprintf(text, sizeof text, "%zu %s", n - WARNINGS, what);
	return two_strings(out, "juju-log", "level", "WARNING", "message", text, f);
}

void
action_put_event(struct buf *b, const struct action_event *e)
{
	buf_puts(b, "{\"name\":");
	buf_json(b, e->name);
	if (e->has_bootstrapper)
		buf_printf(b, ",\"bootstrapper\":%s", e->bootstrapper ? "true" : "false");
	if (e->host) {
		buf_puts(b, ",\"host\":");
		buf_json(b, e->host);
	}
	buf_putc(b, '}');
}

int
action_event(const struct action_out *out, const struct action_event *e, struct fail *f)
{
	struct buf b = {0};

	buf_puts(&b, "{\"event\":");
	action_put_event(&b, e);
	buf_putc(&b, '}');
	return finish(out, &b, f);
}

int
action_defer(const struct action_out *out, const char *event, const char *reason, struct fail *f)
{
	return two_strings(out, "defer", "event", event, "reason", reason, f);
}

int
action_done(const struct action_out *out, const char *event, struct fail *f)
{
	return two_strings(out, "done", "event", event, NULL, NULL, f);
}

/* The line that is read, for messages. */
struct place {
	size_t line;
	const char *action;
	struct fail *f;
};

/* Sets *s to the member of that name, which must be a string. Returns 0 or -1. */
static int
string_member(const struct place *p, const cJSON *object, const char *name, const char **s)
{
	const cJSON *m = json_member(object, name);

	if (!m)
		return fail_set(
		    p->f, STATUS_INPUT, "<stdin>:%zu: %s: %s is missing", p->line, p->action, name);
	if (!cJSON_IsString(m))
		return fail_set(p->f, STATUS_INPUT,
		    "<stdin>:%zu: %s: %s: expected a string, got %s", p->line, p->action, name,
		    json_kind(m));
	*s = m->valuestring;
	return 0;
}

/* As string_member; the string must be in the list, which ends in NULL. */
static int
word_member(const struct place *p, const cJSON *object, const char *name, const char *const *words,
    const char **s)
{
	if (string_member(p, object, name, s))
		return -1;
	for (; *words; words++)
		if (strcmp(*words, *s) == 0)
			return 0;
	return fail_set(p->f, STATUS_INPUT, "<stdin>:%zu: %s: unknown %s %s", p->line, p->action,
	    name, name_of(*s).s);
}

static int
read_relation_id(struct action *a, const struct place *p, const cJSON *object)
{
	const cJSON *m = json_member(object, "relation-id");
	const char *s;

	if (!m)
		return fail_set(p->f, STATUS_INPUT,
		    "<stdin>:%zu: relation-set: relation-id is missing", p->line);
	if (!cJSON_IsNumber(m))
		return fail_set(p->f, STATUS_INPUT,
		    "<stdin>:%zu: relation-set: relation-id: expected a number, got %s", p->line,
		    json_kind(m));
	s = m->valuestring;
	if (strchr(s, ':') || doc_relation_id(s, &a->relation_id))
		return fail_set(p->f, STATUS_INPUT,
		    "<stdin>:%zu: relation-set: %s is no relation's id", p->line, name_of(s).s);
	return 0;
}

static int
read_set(struct action *a, const struct place *p, const cJSON *object)
{
	const cJSON *app = json_member(object, "app"), *m;

	a->data = json_member(object, "data");
	if (read_relation_id(a, p, object))
		return -1;
	if (app && !cJSON_IsBool(app))
		return fail_set(p->f, STATUS_INPUT,
		    "<stdin>:%zu: relation-set: app: expected a boolean, got %s", p->line,
		    json_kind(app));
	a->app = app && cJSON_IsTrue(app);
	if (!a->data)
		return fail_set(
		    p->f, STATUS_INPUT, "<stdin>:%zu: relation-set: data is missing", p->line);
	if (!cJSON_IsObject(a->data))
		return fail_set(p->f, STATUS_INPUT,
		    "<stdin>:%zu: relation-set: data: expected an object, got %s", p->line,
		    json_kind(a->data));
	for (m = a->data->child; m; m = m->next) {
		if (!*m->string)
			return fail_set(p->f, STATUS_INPUT,
			    "<stdin>:%zu: relation-set: data: an empty key", p->line);
		if (!cJSON_IsString(m))
			return fail_set(p->f, STATUS_INPUT,
			    "<stdin>:%zu: relation-set: data: %s: expected a string, got %s",
			    p->line, name_of(m->string).s, json_kind(m));
	}
	return 0;
}

static int
read_status(struct action *a, const struct place *p, const cJSON *object)
{
	static const char *const words[] = {"maintenance", "blocked", "waiting", "active", NULL};

	return word_member(p, object, "status", words, &a->status) ||
	       string_member(p, object, "message", &a->message);
}

static int
read_log(struct action *a, const struct place *p, const cJSON *object)
{
	static const char *const words[] = {
	    "TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", NULL};

	return word_member(p, object, "level", words, &a->level) ||
	       string_member(p, object, "message", &a->message);
}

static int
read_event(struct action *a, const struct place *p, const cJSON *object)
{
	return string_member(p, object, "name", &a->name);
}

static int
read_defer(struct action *a, const struct place *p, const cJSON *object)
{
	return string_member(p, object, "event", &a->event) ||
	       string_member(p, object, "reason", &a->reason);
}

static int
read_done(struct action *a, const struct place *p, const cJSON *object)
{
	return string_member(p, object, "event", &a->event);
}

static const struct {
	const char *name;
	enum action_kind kind;
	int (*read)(struct action *a, const struct place *p, const cJSON *object);
} actions[] = {
    {"relation-set", ACTION_SET, read_set},
    {"status-set", ACTION_STATUS, read_status},
    {"juju-log", ACTION_LOG, read_log},
    {"event", ACTION_EVENT, read_event},
    {"defer", ACTION_DEFER, read_defer},
    {"done", ACTION_DONE, read_done},
};

static int
interpret(struct action *a, size_t line, struct fail *f)
{
	const cJSON *root = a->json.root, *object = root->child;
	struct place p = {line, NULL, f};
	size_t i;

	if (!cJSON_IsObject(root))
		return fail_set(f, STATUS_INPUT, "<stdin>:%zu: expected an object, got %s", line,
		    json_kind(root));
	if (!object || object->next)
		return fail_set(f, STATUS_INPUT,
		    "<stdin>:%zu: expected an object of one member, the action", line);
	for (i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (strcmp(actions[i].name, object->string) != 0)
			continue;
		p.action = actions[i].name;
		a->kind = actions[i].kind;
		if (!cJSON_IsObject(object))
			return fail_set(f, STATUS_INPUT,
			    "<stdin>:%zu: %s: expected an object, got %s", line, p.action,
			    json_kind(object));
		return actions[i].read(a, &p, object) ? -1 : 0;
	}
	return fail_set(
	    f, STATUS_INPUT, "<stdin>:%zu: unknown action %s", line, name_of(object->string).s);
}

int
action_read(struct action *a, char *text, size_t n, size_t line, struct fail *f)
{
	memset(a, 0, sizeof *a);
	if (!n)
		return fail_set(f, STATUS_INPUT, "<stdin>:%zu: an empty line", line);
	if (json_read_line(&a->json, text, n, "<stdin>", line, f))
		return -1;
	if (interpret(a, line, f)) {
		action_free(a);
		return -1;
	}
	return 0;
}

void
action_free(struct action *a)
{
	json_free(&a->json);
	memset(a, 0, sizeof *a);
}
