#include <stdbool.h>
#include <string.h>

#include <yaml.h>

#include "hook.h"
#include "settings.h"
#include "utf8.h"

struct reader {
	yaml_parser_t parser;
	yaml_document_t document;
	const char *text; /* at the character that has this index */
	size_t index;
	const char *end;
	struct buf wrong; /* the lines about values that are no strings */
	const char *error;
};

/* line: 0, none is told, which yaml.v2 does where it should be 1. */
static int
fail(struct reader *r, size_t line, const char *problem)
{
	r->error =
	    memory_text("yaml: %s%s", line == 0 ? "" : memory_brief("line %zu: ", line), problem);
	return -1;
}

static int
load(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	size_t line;

	if (yaml_parser_load(&r->parser, &r->document))
		return 0;
	/* libyaml's lines count from 0; yaml.v2 makes up for it in the scanner's errors alone. */
	line = p->problem_mark.line;
	if (line == 0)
		line = p->context_mark.line;
	else if (p->error == YAML_SCANNER_ERROR)
		line++;
	return fail(r, line, p->problem);
}

/* Marks count characters. */
static const char *
text_at(struct reader *r, size_t index)
{
	for (; r->index < index && r->text < r->end; r->index++)
		r->text += utf8_length(r->text, r->end);
	return r->text;
}

static bool
is_scalar(const yaml_node_t *node, yaml_scalar_style_t style)
{
	return node->type == YAML_SCALAR_NODE && node->data.scalar.style == style;
}

/* libyaml knows the escape \/, which JSON has. yaml.v2 doesn't. Nodes come as they are written. */
static int
refuse_slash(struct reader *r)
{
	const yaml_node_t *node;
	const char *p, *end;
	size_t line;

	for (node = r->document.nodes.start; node < r->document.nodes.top; node++) {
		if (!is_scalar(node, YAML_DOUBLE_QUOTED_SCALAR_STYLE))
			continue;
		line = node->start_mark.line;
		p = text_at(r, node->start_mark.index);
		end = text_at(r, node->end_mark.index);
		for (; p < end; p++) {
			line += *p == '\n';
			if (*p == '\\' && *++p == '/')
				return fail(
				    r, line == 0 ? 0 : line + 1, "found unknown escape character");
		}
	}
	return 0;
}

static bool
is_null(const yaml_node_t *node)
{
	const char *value = (const char *)node->data.scalar.value;

	return is_scalar(node, YAML_PLAIN_SCALAR_STYLE) &&
	       (*value == '\0' || hook_is_one_of(value, " ~ null Null NULL "));
}

/* Writes down that the node isn't what is wanted. */
static void
complain(struct reader *r, const yaml_node_t *node, const char *wanted)
{
	const char *type = node->type == YAML_MAPPING_NODE ? "!!map" : "!!seq";

	if (node->type == YAML_SCALAR_NODE)
		type =
		    memory_brief(node->data.scalar.length > 10 ? "!!str `%.7s...`" : "!!str `%s`",
			node->data.scalar.value);
	buf_printf(&r->wrong, "\n  line %zu: cannot unmarshal %s into %s",
	    node->start_mark.line + 1, type, wanted);
}

/* Appends the key or value, "" for null. */
static int
string(struct reader *r, int index, struct buf *t)
{
	const yaml_node_t *node = yaml_document_get_node(&r->document, index);
	size_t i;

	buf_puts(t, "");
	if (node->type != YAML_SCALAR_NODE) {
		complain(r, node, "string");
		return 0;
	}
	if (strcmp((const char *)node->tag, YAML_STR_TAG) != 0)
		return fail(r, node->start_mark.line + 1, "this reader knows no tags");
	if (is_null(node))
		return 0;
	for (i = 0; i < node->data.scalar.length; i++) {
		if (node->data.scalar.value[i] == '\0')
			buf_puts(t, BAG_NUL);
		else
			buf_putc(t, (char)node->data.scalar.value[i]);
	}
	return 0;
}

static int
pair(struct reader *r, const yaml_node_pair_t *p, cJSON *b)
{
	const yaml_node_t *node = yaml_document_get_node(&r->document, p->key);
	struct buf key = {0}, value = {0};

	if (string(r, p->key, &key) < 0 || string(r, p->value, &value) < 0)
		return -1;
	if (is_scalar(node, YAML_PLAIN_SCALAR_STYLE) && strcmp(key.s, "<<") == 0)
		return fail(r, node->start_mark.line + 1, "this reader knows no merge keys");
	bag_set(b, key.s, value.s);
	return 0;
}

static int
decode(struct reader *r, cJSON *b)
{
	const yaml_node_t *root = yaml_document_get_root_node(&r->document);
	const yaml_node_pair_t *p;

	if (root == NULL || is_null(root))
		return 0;
	if (root->type != YAML_MAPPING_NODE)
		complain(r, root, "map[string]string");
	for (p = root->data.mapping.pairs.start;
	     root->type == YAML_MAPPING_NODE && p < root->data.mapping.pairs.top; p++) {
		if (pair(r, p, b) < 0)
			return -1;
	}
	if (r->wrong.n == 0)
		return 0;
	return fail(r, 0, memory_brief("unmarshal errors:%s", r->wrong.s));
}

const char *
settings_read(cJSON *b, const char *s, size_t n)
{
	struct reader r = {.text = s, .end = s + n};

	/* A byte order mark isn't counted. */
	if (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0)
		r.text += 3;
	memory_check(yaml_parser_initialize(&r.parser) ? &r : NULL);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)s, n);
	if (load(&r) == 0 && refuse_slash(&r) == 0)
		decode(&r, b);
	return r.error;
}
