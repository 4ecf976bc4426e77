#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "settings.h"
#include "text.h"
#include "utf8.h"

struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	const char *text; /* at the character that has this index */
	size_t index;
	const char *end;
	struct buf wrong; /* the lines about values that are no strings */
	char *error;
	size_t size;
};

/* line: 0, none is told, which yaml.v2 does where it should be 1. */
static int
fail(struct reader *r, size_t line, const char *problem)
{
	const char *where = line == 0 ? "" : memory_brief("line %zu: ", line);

	snprintf(r->error, r->size, "yaml: %s%s", where, problem);
	return -1;
}

static int
next(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	size_t line;

	yaml_event_delete(&r->event);
	if (yaml_parser_parse(&r->parser, &r->event))
		return 0;
	/* libyaml's lines count from 0; yaml.v2 makes up for it in the scanner's errors alone. */
	line = p->problem_mark.line;
	if (line == 0)
		line = p->context_mark.line;
	else if (p->error == YAML_SCANNER_ERROR)
		line++;
	return fail(r, line, p->problem);
}

static size_t
line_of(const struct reader *r)
{
	return r->event.start_mark.line + 1;
}

/* Marks count characters. */
static const char *
text_at(struct reader *r, size_t index)
{
	for (; r->index < index && r->text < r->end; r->index++)
		r->text += utf8_length(r->text, r->end);
	return r->text;
}

/* libyaml knows the escape \/, which JSON has. yaml.v2 doesn't. */
static int
refuse_slash(struct reader *r)
{
	const char *p = text_at(r, r->event.start_mark.index);
	const char *end = text_at(r, r->event.end_mark.index);
	size_t line = r->event.start_mark.line;

	if (r->event.data.scalar.style != YAML_DOUBLE_QUOTED_SCALAR_STYLE)
		return 0;
	for (; p < end; p++) {
		line += *p == '\n';
		if (*p != '\\')
			continue;
		if (*++p == '/')
			return fail(r, line == 0 ? 0 : line + 1, "found unknown escape character");
	}
	return 0;
}

static bool
is_null(const char *s)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	size_t i;

	for (i = 0; i < sizeof nulls / sizeof *nulls; i++) {
		if (strcmp(s, nulls[i]) == 0)
			return true;
	}
	return false;
}

static int
scalar(struct reader *r, struct buf *t)
{
	const char *s = (const char *)r->event.data.scalar.value;
	const char *tag = (const char *)r->event.data.scalar.tag;
	size_t i;

	if (refuse_slash(r) < 0)
		return -1;
	if (tag != NULL && strcmp(tag, YAML_STR_TAG) != 0 && strcmp(tag, "!") != 0)
		return fail(r, line_of(r), "this reader knows no tags");
	if (tag == NULL && r->event.data.scalar.plain_implicit && is_null(s))
		return 0;
	for (i = 0; i < r->event.data.scalar.length; i++) {
		if (s[i] == '\0')
			buf_puts(t, TEXT_NUL);
		else
			buf_putc(t, s[i]);
	}
	return 0;
}

/* Goes on to the end of the mapping or sequence that begins here; writes down that it is wrong. */
static int
skip(struct reader *r, const char *wanted)
{
	bool map = r->event.type == YAML_MAPPING_START_EVENT;
	int depth;

	buf_printf(&r->wrong, "\n  line %zu: cannot unmarshal %s into %s", line_of(r),
	    map ? "!!map" : "!!seq", wanted);
	for (depth = 1; depth > 0;) {
		if (next(r) < 0)
			return -1;
		map = r->event.type == YAML_MAPPING_START_EVENT;
		if (map || r->event.type == YAML_SEQUENCE_START_EVENT)
			depth++;
		else if (r->event.type == YAML_MAPPING_END_EVENT ||
			 r->event.type == YAML_SEQUENCE_END_EVENT)
			depth--;
	}
	return 0;
}

/* Takes in the node that begins here, a key or a value. */
static int
string(struct reader *r, struct buf *t)
{
	buf_clear(t);
	buf_puts(t, "");
	if (r->event.type == YAML_ALIAS_EVENT)
		return fail(r, line_of(r), "this reader knows no aliases");
	return r->event.type == YAML_SCALAR_EVENT ? scalar(r, t) : skip(r, "string");
}

static bool
is_merge(const struct reader *r)
{
	return r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.plain_implicit &&
	       strcmp((const char *)r->event.data.scalar.value, "<<") == 0;
}

static int
mapping(struct reader *r, cJSON *b)
{
	struct buf key = {0}, value = {0};
	int result = next(r);

	while (result == 0 && r->event.type != YAML_MAPPING_END_EVENT) {
		result = is_merge(r) ? fail(r, line_of(r), "this reader knows no merge keys")
				     : string(r, &key);
		if (result == 0)
			result = next(r);
		if (result == 0)
			result = string(r, &value);
		if (result == 0 && r->wrong.n == 0)
			bag_set(b, key.s, value.s);
		if (result == 0)
			result = next(r);
	}
	buf_free(&key);
	buf_free(&value);
	return result;
}

/* The document's one node. */
static int
root(struct reader *r, cJSON *b)
{
	static const char wanted[] = "map[string]string";
	struct buf t = {0};
	int result;

	if (r->event.type == YAML_MAPPING_START_EVENT)
		return mapping(r, b);
	if (r->event.type != YAML_SCALAR_EVENT)
		return skip(r, wanted);
	buf_puts(&t, "");
	result = scalar(r, &t);
	if (result == 0 && (t.n > 0 || !r->event.data.scalar.plain_implicit))
		buf_printf(&r->wrong, "\n  line %zu: cannot unmarshal !!str `%.*s%s` into %s",
		    line_of(r), t.n > 10 ? 7 : 10, t.s, t.n > 10 ? "..." : "", wanted);
	buf_free(&t);
	return result;
}

static int
document(struct reader *r, cJSON *b)
{
	/* The stream begins, then the document, if there is one. */
	if (next(r) < 0 || next(r) < 0)
		return -1;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return 0;
	if (next(r) < 0 || root(r, b) < 0 || next(r) < 0)
		return -1;
	if (r->wrong.n == 0)
		return 0;
	snprintf(r->error, r->size, "yaml: unmarshal errors:%s", r->wrong.s);
	return -1;
}

int
settings_read(cJSON *b, const char *s, size_t n, char *error, size_t size)
{
	struct reader r = {.text = s, .end = s + n, .error = error, .size = size};
	int result;

	memory_check(yaml_parser_initialize(&r.parser) ? &r : NULL);
	/* A byte order mark isn't counted. */
	if (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0)
		r.text += 3;
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)s, n);
	result = document(&r, b);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	buf_free(&r.wrong);
	return result;
}
