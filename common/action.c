#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action.h"
#include "doc.h"
#include "io.h"
#include "utf8.h"

/* The kinds of actions, as they are written: {NAME:{WORD:"...",MESSAGE:"..."}}. */
static const struct form {
	const char *name;
	const char *word, *message; /* names of members; NULL: none */
	const char *words[7];	    /* what the word may be; none: anything */
} forms[] = {
    [ACTION_SET] = {"relation-set", NULL, NULL, {NULL}},
    [ACTION_STATUS] = {"status-set", "status", "message",
	{"maintenance", "blocked", "waiting", "active", NULL}},
    [ACTION_LOG] = {"juju-log", "level", "message",
	{"TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", NULL}},
    [ACTION_EVENT] = {"event", "name", NULL, {NULL}},
    [ACTION_DEFER] = {"defer", "event", "reason", {NULL}},
    [ACTION_DONE] = {"done", "event", NULL, {NULL}},
};

enum {
	KINDS = sizeof forms / sizeof *forms,
	WARNINGS = 8, /* of one kind that are logged */
};

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

/* Puts text as a JSON string, with '?' for bytes that aren't UTF-8: it may have a file's name in
 * it.
 */
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

/* Prints an action that has only strings. */
static int
put_strings(const struct action_out *out, enum action_kind kind, const char *word,
    const char *message, struct fail *f)
{
	struct buf b = {0};

	buf_item(&b, NULL, "{");
	buf_item(&b, forms[kind].name, "{");
	buf_string(&b, forms[kind].word, word);
	if (message) {
		buf_item(&b, forms[kind].message, "");
		put_text(&b, message);
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
	for (i = 0; i < data->n; i++)
		buf_string(&b, data->entries[i].key, data->entries[i].value);
	buf_puts(&b, "}}}");
	return finish(out, &b, f);
}

int
action_status(const struct action_out *out, const char *status, const char *message, struct fail *f)
{
	return put_strings(out, ACTION_STATUS, status, message, f);
}

int
action_log(
    const struct action_out *out, const char *level, struct fail *f, const char *fmt, va_list ap)
{
	struct buf b = {0};
	int r;

	buf_vprintf(&b, fmt, ap);
	r = b.failed ? fail_memory(f) : put_strings(out, ACTION_LOG, level, b.s, f);
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
	return put_strings(out, ACTION_LOG, "WARNING", text, f);
}

void
action_put_event(struct buf *b, const struct action_event *e)
{
	buf_putc(b, '{');
	buf_string(b, "name", e->name);
	if (e->has_bootstrapper)
		buf_item(b, "bootstrapper", e->bootstrapper ? "true" : "false");
	if (e->host)
		buf_string(b, "host", e->host);
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
	return put_strings(out, ACTION_DEFER, event, reason, f);
}

int
action_done(const struct action_out *out, const char *event, struct fail *f)
{
	return put_strings(out, ACTION_DONE, event, NULL, f);
}

/* Sets *m to the member of that name, which must be there. */
static int
needed(const cJSON *object, const char *name, const cJSON **m, struct fail *f)
{
	*m = json_member(object, name);
	return *m ? 0 : fail_set(f, STATUS_INPUT, "%s is missing", name);
}

static int
read_relation_id(struct action *a, const cJSON *m, struct fail *f)
{
	if (!cJSON_IsNumber(m))
		return json_expected(m, "a number", f);
	if (doc_relation_id(m->valuestring, &a->relation_id))
		return fail_set(
		    f, STATUS_INPUT, "%s is no relation's id", name_of(m->valuestring).s);
	return 0;
}

static int
check_data(const cJSON *data, struct fail *f)
{
	const cJSON *m;

	for (m = data->child; m; m = m->next) {
		if (!*m->string)
			return fail_set(f, STATUS_INPUT, "data: an empty key");
		if (!cJSON_IsString(m)) {
			json_expected(m, "a string", f);
			return fail_at(f, "data");
		}
	}
	return 0;
}

static int
read_set(struct action *a, const cJSON *object, struct fail *f)
{
	const cJSON *m;

	if (needed(object, "relation-id", &m, f) || read_relation_id(a, m, f) ||
	    json_bool(json_member(object, "app"), &a->app, f) || needed(object, "data", &m, f) ||
	    json_object(m, &a->data, f))
		return -1;
	return check_data(a->data, f);
}

static int
read_strings(struct action *a, const cJSON *object, struct fail *f)
{
	const struct form *form = &forms[a->kind];
	const char *const *word = form->words;
	const cJSON *m;

	if (needed(object, form->word, &m, f) || json_string(m, &a->word, f))
		return -1;
	while (*word && strcmp(*word, a->word) != 0)
		word++;
	if (form->words[0] && !*word)
		return fail_set(f, STATUS_INPUT, "unknown %s %s", form->word, name_of(a->word).s);
	if (!form->message)
		return 0;
	return needed(object, form->message, &m, f) || json_string(m, &a->message, f);
}

static int
interpret(struct action *a, struct fail *f)
{
	const cJSON *root = a->json.root, *object = root->child;
	size_t kind = 0;

	if (!cJSON_IsObject(root))
		return json_expected(root, "an object", f);
	if (!object || object->next)
		return fail_set(f, STATUS_INPUT, "expected an object of one member, the action");
	while (kind < KINDS && strcmp(forms[kind].name, object->string) != 0)
		kind++;
	if (kind == KINDS)
		return fail_set(f, STATUS_INPUT, "unknown action %s", name_of(object->string).s);
	if (!cJSON_IsObject(object))
		return json_expected(object, "an object", f);
	a->kind = (enum action_kind)kind;
	if (a->kind == ACTION_SET ? read_set(a, object, f) : read_strings(a, object, f))
		return fail_at(f, "%s", forms[kind].name);
	return 0;
}

int
action_read(struct action *a, char *text, size_t n, size_t line, struct fail *f)
{
	memset(a, 0, sizeof *a);
	if (!n)
		return fail_set(f, STATUS_INPUT, "<stdin>:%zu: an empty line", line);
	if (json_read_line(&a->json, text, n, "<stdin>", line, f))
		return -1;
	if (interpret(a, f) == 0)
		return 0;
	action_free(a);
	return fail_at(f, "<stdin>:%zu", line);
}

void
action_free(struct action *a)
{
	json_free(&a->json);
	memset(a, 0, sizeof *a);
}
