#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "map.h"
#include "utf8.h"

enum {
	FEW_NAMES = 16,		/* so few names of an object are compared one by one */
	NAME_HAD_NUL = 1 << 16, /* flag in a node's type; libcjson uses the low bits alone */
};

/*
 * read_X reads the X that begins at p. It returns the place after it, or NULL with f filled.
 *
 * A number, or a string without escapes, stays where it is in the text: a NUL replaces the
 * character after it. A string with escapes is copied, so that the text keeps its columns for
 * messages.
 */
struct reader {
	struct json *j;
	const char *name;
	struct fail *f;
	size_t line;
	const char *line_start;
	char *end; /* of the text; a NUL is there */
	size_t depth;
	size_t nodes;
	struct buf decoded; /* the first part of a string with escapes, while it is read */
	bool had_nul;	    /* the last string had a \u0000 */
};

/* An object or array that is being read. */
struct parent {
	cJSON *node;
	char close;	/* '}' or ']' */
	bool more;	/* a comma followed the last child */
	size_t n;	/* children */
	bool sorted;	/* their names are in order */
	struct map map; /* name to child; empty while the names are few or sorted */
	cJSON *in_map;	/* the last child in it, or NULL */
};

static int
bad(struct reader *c, const char *at, const char *what)
{
	size_t column = 1;
	const char *p;

	for (p = c->line_start; p < at; p++)
		column += ((unsigned char)*p & 0xc0) != 0x80;
	return fail_set(
	    c->f, STATUS_INPUT, "%s:%zu:%zu: %s", name_of(c->name).s, c->line, column, what);
}

static int
bad_char(struct reader *c, const char *at, const char *expected)
{
	char what[96];

	if (at == c->end)
		snprintf(what, sizeof what, "the text ends where %s is due", expected);
	else if (*at > ' ' && *at <= '~')
		snprintf(what, sizeof what, "unexpected '%c' where %s was due", *at, expected);
	else
		snprintf(what, sizeof what, "unexpected character where %s was due", expected);
	return bad(c, at, what);
}

static char *
skip_blanks(struct reader *c, char *p)
{
	for (; *p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'; p++) {
		if (*p == '\n') {
			c->line++;
			c->line_start = p + 1;
		}
	}
	return p;
}

/* The code unit of the four hexadecimal digits at p, or -1. */
static long
hex4(const char *p)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *digit;
	long code = 0;
	int i;

	for (i = 0; i < 4; i++) {
		digit = p[i] ? strchr(digits, p[i]) : NULL;
		if (!digit)
			return -1;
		code = code * 16 + (digit - digits) - (digit - digits > 15 ? 6 : 0);
	}
	return code;
}

/* An escape \uXXXX, or the two of a surrogate pair. */
static char *
read_utf16(struct reader *c, char *p)
{
	long code = hex4(p + 2), low = -1;
	char utf8[4], *end = p + 6;

	if (code < 0)
		return bad(c, p, "\\u without four hexadecimal digits"), NULL;
	if (code >= 0xd800 && code <= 0xdfff) {
		if (code <= 0xdbff && end[0] == '\\' && end[1] == 'u')
			low = hex4(end + 2);
		if (low < 0xdc00 || low > 0xdfff)
			return bad(c, p, "lone surrogate"), NULL;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		end += 6;
	}
	c->had_nul |= code == 0;
	buf_put(&c->decoded, utf8, utf8_encode(utf8, code ? (unsigned long)code : 0xfffd));
	return end;
}

static char *
read_escape(struct reader *c, char *p)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *escape;

	if (p + 1 == c->end)
		return bad(c, c->end, "the text ends within a string"), NULL;
	if (p[1] == 'u')
		return read_utf16(c, p);
	escape = memchr(from, p[1], sizeof from - 1);
	if (!escape)
		return bad(c, p, "unknown escape in a string"), NULL;
	buf_putc(&c->decoded, to[escape - from]);
	return p + 2;
}

/* A character that isn't plain (utf8_plain). */
static char *
read_char(struct reader *c, char *p)
{
	size_t n;

	if (p == c->end)
		return bad(c, p, "the text ends within a string"), NULL;
	if ((unsigned char)*p < 0x20)
		return bad(c, p, "raw control character in a string"), NULL;
	n = utf8_length(p, c->end);
	if (!n)
		return bad(c, p, "not UTF-8"), NULL;
	return p + n;
}

/* A string with its quotes. *s is its value. */
static char *
read_string(struct reader *c, char *p, char **s)
{
	char *start = p + 1, *from = start; /* from: what isn't in decoded yet */

	c->had_nul = false;
	for (p = start; *(p += utf8_plain(p, (size_t)(c->end - p))) != '"';) {
		if (*p == '\\') {
			buf_put(&c->decoded, from, (size_t)(p - from));
			p = from = read_escape(c, p);
		} else {
			p = read_char(c, p);
		}
		if (!p)
			return NULL;
	}
	if (from == start) {
		*s = start;
		*p = '\0';
		return p + 1;
	}
	buf_put(&c->decoded, from, (size_t)(p - from));
	*s = c->decoded.failed ? NULL : arena_copy(&c->j->arena, c->decoded.s, c->decoded.n);
	if (!*s)
		return fail_memory(c->f), NULL;
	buf_clear(&c->decoded);
	return p + 1;
}

/* One digit or more. */
static char *
read_digits(struct reader *c, char *p)
{
	if (*p < '0' || *p > '9')
		return bad_char(c, p, "a digit"), NULL;
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

static char *
read_number(struct reader *c, char *start, cJSON *node)
{
	char *first = start + (*start == '-'), *p = read_digits(c, first);

	if (p && *first == '0' && p > first + 1)
		return bad(c, start, "a number that begins with 0"), NULL;
	if (p && *p == '.')
		p = read_digits(c, p + 1);
	if (p && (*p == 'e' || *p == 'E')) {
		p++;
		p = read_digits(c, p + (*p == '+' || *p == '-'));
	}
	if (!p)
		return NULL;
	node->type |= cJSON_Number;
	node->valuedouble = strtod(start, NULL);
	node->valuestring = start;
	return p;
}

static char *
read_literal(struct reader *c, char *p, cJSON *node)
{
	static const struct {
		const char *word;
		int type;
	} literals[] = {{"true", cJSON_True}, {"false", cJSON_False}, {"null", cJSON_NULL}};
	size_t i, n;

	for (i = 0; i < sizeof literals / sizeof *literals; i++) {
		n = strlen(literals[i].word);
		if (strncmp(p, literals[i].word, n) == 0) {
			node->type |= literals[i].type;
			return p + n;
		}
	}
	return bad_char(c, p, "a value"), NULL;
}

/* Puts the names that the map doesn't have yet. */
static int
put_names(struct parent *o)
{
	cJSON *child = o->in_map ? o->in_map->next : o->node->child;
	struct map_entry *e;

	for (; child; child = child->next) {
		e = map_put(&o->map, 0, child->string);
		if (!e)
			return -1;
		e->item = child;
		o->in_map = child;
	}
	return 0;
}

/*
 * Sets *found to the child of that name, or NULL. Juju sorts the names in a databag: a name that
 * sorts after the last one is new.
 */
static int
find_child(struct parent *o, const char *name, const cJSON **found)
{
	const cJSON *first = o->node->child;
	const struct map_entry *e;

	*found = NULL;
	if (o->sorted && (!first || strcmp(first->prev->string, name) < 0))
		return 0;
	o->sorted = false;
	if (o->n <= FEW_NAMES) {
		*found = json_member(o->node, name);
		return 0;
	}
	if (put_names(o))
		return -1;
	e = map_get(&o->map, 0, name);
	*found = e ? e->item : NULL;
	return 0;
}

/*
 * A member's name and the colon. Two names may be equal only because \u0000 is read as U+FFFD. That
 * is no fault: the first member stays, and *left_out is set for the other.
 */
static char *
read_name(struct reader *c, struct parent *o, char *p, cJSON *node, bool *left_out)
{
	const cJSON *other;
	char *start = p;

	if (*p != '"')
		return bad_char(c, p, "a member name"), NULL;
	p = read_string(c, p, &node->string);
	if (!p)
		return NULL;
	if (c->had_nul)
		node->type = NAME_HAD_NUL;
	if (find_child(o, node->string, &other))
		return fail_memory(c->f), NULL;
	if (other && !((node->type | other->type) & NAME_HAD_NUL))
		return bad(c, start, "a member name that the object has already"), NULL;
	*left_out = other;
	p = skip_blanks(c, p);
	if (*p != ':')
		return bad_char(c, p, "':'"), NULL;
	return skip_blanks(c, p + 1);
}

/* As in libcjson's trees, prev of the first child is the last child. */
static void
add_child(struct parent *o, cJSON *node)
{
	cJSON *first = o->node->child;

	if (first) {
		node->prev = first->prev;
		first->prev->next = node;
		first->prev = node;
	} else {
		o->node->child = node;
		node->prev = node;
	}
	o->n++;
}

static char *read_value(struct reader *c, char *p, cJSON *node);

/* Puts the NUL after a number. The character there must have been read. */
static void
end_number(cJSON *node, char *end)
{
	if (node->type & cJSON_Number)
		*end = '\0';
}

/* An element or a member, and the comma or bracket after it. */
static char *
read_child(struct reader *c, struct parent *o, char *p)
{
	cJSON *node = arena_make(&c->j->arena, sizeof *node);
	bool left_out = false;
	char *end;

	if (!node)
		return fail_memory(c->f), NULL;
	p = skip_blanks(c, p);
	if (o->close == '}')
		p = read_name(c, o, p, node, &left_out);
	end = p ? read_value(c, p, node) : NULL;
	if (!end)
		return NULL;
	p = skip_blanks(c, end);
	o->more = *p == ',';
	if (!o->more && *p != o->close)
		return bad_char(c, p, o->close == '}' ? "',' or '}'" : "',' or ']'"), NULL;
	end_number(node, end);
	if (!left_out)
		add_child(o, node);
	return p + 1;
}

/* An array or an object. */
static char *
read_children(struct reader *c, char *p, cJSON *node)
{
	struct parent o = {.node = node, .close = *p == '{' ? '}' : ']', .sorted = true};

	if (c->depth == JSON_DEPTH)
		return bad(c, p, "more than 512 levels"), NULL;
	c->depth++;
	node->type |= o.close == '}' ? cJSON_Object : cJSON_Array;
	p = skip_blanks(c, p + 1);
	o.more = *p != o.close;
	if (!o.more)
		p++;
	while (p && o.more)
		p = read_child(c, &o, p);
	c->depth--;
	map_free(&o.map);
	return p;
}

static char *
read_value(struct reader *c, char *p, cJSON *node)
{
	if (c->nodes++ == JSON_VALUES)
		return bad(c, p, "more than 16777216 values"), NULL;
	if (*p == '"') {
		node->type |= cJSON_String;
		return read_string(c, p, &node->valuestring);
	}
	if (*p == '{' || *p == '[')
		return read_children(c, p, node);
	if (*p == '-' || (*p >= '0' && *p <= '9'))
		return read_number(c, p, node);
	return read_literal(c, p, node);
}

/* Does the text begin as juju's default output format does? */
static bool
looks_like_yaml(const char *p, const char *end)
{
	if (strncmp(p, "---", 3) == 0 || strncmp(p, "- ", 2) == 0 || strncmp(p, "-\n", 2) == 0 ||
	    *p == '#' || *p == '%')
		return true;
	if (strchr("{}[]\",:&*!|>@`", *p))
		return false;
	for (; p < end && *p != '\n'; p++)
		if (*p == ':' && (p + 1 == end || p[1] == '\n' || p[1] == ' ' || p[1] == '\r'))
			return true;
	return false;
}

static int
read_root(struct reader *c)
{
	char *p = skip_blanks(c, c->j->text.s), *end;
	cJSON *root;

	if (p == c->end)
		return bad(c, p, "no JSON: the input is empty");
	if (strncmp(p, "\xef\xbb\xbf", 3) == 0)
		return bad(c, p, "a byte order mark");
	if (looks_like_yaml(p, c->end))
		return bad(c, p, "this looks like YAML: ask for JSON with --format json");
	root = arena_make(&c->j->arena, sizeof *root);
	if (!root)
		return fail_memory(c->f);
	end = read_value(c, p, root);
	if (!end)
		return -1;
	p = skip_blanks(c, end);
	if (p != c->end)
		return bad(c, p, "text after the value");
	end_number(root, end);
	c->j->root = root;
	return 0;
}

/* Reads the text that j has. On failure j is empty afterwards. */
static int
read_text(struct json *j, const char *name, size_t line, struct fail *f)
{
	struct reader c = {.j = j, .name = name, .line = line, .f = f};
	int r;

	if (buf_reserve(&j->text, 0)) {
		r = fail_memory(f);
	} else {
		c.line_start = j->text.s;
		c.end = j->text.s + j->text.n;
		*c.end = '\0';
		r = read_root(&c);
	}
	buf_free(&c.decoded);
	if (r)
		json_free(j);
	return r;
}

int
json_read(struct json *j, const char *text, size_t n, const char *name, struct fail *f)
{
	return json_read_line(j, text, n, name, 1, f);
}

int
json_read_line(
    struct json *j, const char *text, size_t n, const char *name, size_t line, struct fail *f)
{
	memset(j, 0, sizeof *j);
	buf_put(&j->text, text, n);
	return read_text(j, name, line, f);
}

int
json_take(struct json *j, struct buf *b, const char *name, struct fail *f)
{
	memset(j, 0, sizeof *j);
	j->text = *b;
	memset(b, 0, sizeof *b);
	return read_text(j, name, 1, f);
}

void
json_free(struct json *j)
{
	arena_free(&j->arena);
	buf_free(&j->text);
	j->root = NULL;
}

const char *
json_kind(const cJSON *node)
{
	if (cJSON_IsString(node))
		return "a string";
	if (cJSON_IsNumber(node))
		return "a number";
	if (cJSON_IsBool(node))
		return "a boolean";
	if (cJSON_IsNull(node))
		return "null";
	return cJSON_IsArray(node) ? "an array" : "an object";
}

const cJSON *
json_member(const cJSON *object, const char *name)
{
	const cJSON *m;

	for (m = cJSON_IsObject(object) ? object->child : NULL; m; m = m->next)
		if (strcmp(m->string, name) == 0)
			return m;
	return NULL;
}

const cJSON *
json_value(const cJSON *object, const char *name)
{
	const cJSON *m = json_member(object, name);

	return m && !cJSON_IsNull(m) ? m : NULL;
}

int
json_expected(const cJSON *got, const char *what, struct fail *f)
{
	fail_set(f, STATUS_INPUT, "expected %s, got %s", what, json_kind(got));
	return got->string ? fail_at(f, "%s", name_of(got->string).s) : -1;
}

int
json_string(const cJSON *m, const char **out, struct fail *f)
{
	*out = m ? m->valuestring : NULL;
	return !m || cJSON_IsString(m) ? 0 : json_expected(m, "a string", f);
}

int
json_bool(const cJSON *m, bool *out, struct fail *f)
{
	*out = m && cJSON_IsTrue(m);
	return !m || cJSON_IsBool(m) ? 0 : json_expected(m, "a boolean", f);
}

int
json_object(const cJSON *m, const cJSON **out, struct fail *f)
{
	*out = m;
	return !m || cJSON_IsObject(m) ? 0 : json_expected(m, "an object", f);
}

int
json_array(const cJSON *m, const cJSON **out, struct fail *f)
{
	*out = m;
	return !m || cJSON_IsArray(m) ? 0 : json_expected(m, "an array", f);
}

void
json_put(struct buf *b, const cJSON *node)
{
	const cJSON *child;

	if (cJSON_IsString(node)) {
		buf_json(b, node->valuestring);
	} else if (cJSON_IsNumber(node)) {
		buf_puts(b, node->valuestring);
	} else if (cJSON_IsArray(node) || cJSON_IsObject(node)) {
		buf_putc(b, cJSON_IsArray(node) ? '[' : '{');
		for (child = node->child; child; child = child->next) {
			if (child != node->child)
				buf_putc(b, ',');
			if (cJSON_IsObject(node)) {
				buf_json(b, child->string);
				buf_putc(b, ':');
			}
			json_put(b, child);
		}
		buf_putc(b, cJSON_IsArray(node) ? ']' : '}');
	} else {
		buf_puts(b, cJSON_IsNull(node) ? "null" : cJSON_IsTrue(node) ? "true" : "false");
	}
}
