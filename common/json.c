#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "map.h"
#include "utf8.h"

enum {
	FEW_KEYS =
	    16, /* so many names of an object are compared one by one, more through the table */
	PADDING = 48,	     /* zeros after the text, which is read by eight and by forty bytes */
	SHORT_NUMBER = 15,   /* digits that a double holds */
	BLOCK_MIN = 1 << 13, /* bytes */
	BLOCK_MAX = 16 << 20,
};

/* Memory of one tree: what is in it is never freed one by one. */
struct json_block {
	struct json_block *next;
	size_t used;
	size_t size;
	_Alignas(16) char bytes[];
};

/* A name, decoded. */
struct key {
	uint64_t hash; /* name_hash of those in the table, name_tag of others */
	const char *s;
	size_t n;
	bool nul; /* it was written with \u0000, and is another's now perhaps */
};

struct level {
	cJSON *node;	 /* the object or array that is open */
	cJSON *last;	 /* its last child, or NULL */
	char close;	 /* '}' or ']' */
	bool tabled;	 /* its keys are in the table */
	bool sorted;	 /* its keys came in order, and have no hashes */
	size_t key_base; /* its keys on the stack of keys begin here */
};

/*
 * Text is read once: strings without escapes stay where they are, with a NUL for their last quote,
 * and other strings are decoded elsewhere, so that bad can count lines and columns at any time.
 */
struct reader {
	struct json *j;
	char *text;
	char *end;
	const char *name;
	size_t line; /* of the text's beginning */
	struct fail *f;
	struct level levels[JSON_DEPTH];
	size_t depth;
	size_t nodes;
	char *member;  /* the name of the value that comes, or NULL */
	bool left_out; /* it stays out of the tree */
	bool nul;      /* the string that was read last had a \u0000 */
	bool number_text;
	struct key *keys; /* of all objects that are open, the innermost last */
	size_t nkeys;
	size_t keys_cap;
	uint32_t
	    *table; /* in the low bits an index + 1 into keys, 0: free; else bits of the hash */
	size_t table_size;
	size_t tabled;
};

static int
bad(struct reader *c, const char *at, const char *what)
{
	size_t line = c->line, column = 1;
	const char *p;

	for (p = c->text; p < at; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*p & 0xc0) != 0x80) {
			column++;
		}
	}
	return fail_set(
	    c->f, STATUS_INPUT, "%s:%zu:%zu: %s", name_of(c->name).s, line, column, what);
}

static int
bad_char(struct reader *c, const char *at, const char *expected)
{
	char what[96] = "the text ends where ";

	if (at < c->end) {
		if (*at > ' ' && *at <= '~')
			strcpy(what, "unexpected 'x' where "), what[12] = *at;
		else
			strcpy(what, "unexpected character where ");
	}
	strcat(what, expected);
	strcat(what, at < c->end ? " was due" : " is due");
	return bad(c, at, what);
}

/* The eight bytes at p, the first one lowest; compilers make one instruction of it. */
static uint64_t
load(const char *p)
{
	const unsigned char *s = (const unsigned char *)p;

	return (uint64_t)s[0] | (uint64_t)s[1] << 8 | (uint64_t)s[2] << 16 | (uint64_t)s[3] << 24 |
	       (uint64_t)s[4] << 32 | (uint64_t)s[5] << 40 | (uint64_t)s[6] << 48 |
	       (uint64_t)s[7] << 56;
}

/*
 * Which of the eight bytes of w isn't plain ASCII within a string? The highest bit of the first
 * one is the lowest bit set; beyond it other bits may be set, too.
 */
static uint64_t
not_plain(uint64_t w)
{
	const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;

	return (((w - ones * 0x20) | ((w ^ ones * '"') - ones) | ((w ^ ones * '\\') - ones)) | w) &
	       high;
}

/* The number of bytes before that of the lowest bit set. */
static size_t
bytes_before(uint64_t bits)
{
	const uint64_t ones = 0x0101010101010101u;

	return (size_t)((((bits - 1) & ~bits & ones) * ones >> 56) - 1);
}

/* The first byte from p on that ends a run of plain ASCII within a string. The NUL that ends the
 * text is none. */
static char *
plain_end(char *p)
{
	uint64_t bits;

	for (;; p += 8) {
		bits = not_plain(load(p));
		if (bits)
			return p + bytes_before(bits);
		while (!(not_plain(load(p + 8)) | not_plain(load(p + 16)) |
			 not_plain(load(p + 24)) | not_plain(load(p + 32))))
			p += 32;
	}
}

/* The code unit of the four hexadecimal digits at p, or -1. */
static int
hex4(const char *p, const char *end)
{
	int i, code = 0, digit;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			digit = p[i] - '0';
		else if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')
			digit = (p[i] | 0x20) - 'a' + 10;
		else
			return -1;
		code = code * 16 + digit;
	}
	return code;
}

/* Past the escape whose backslash is at p; NULL with the failure set if it is none. */
static char *
check_escape(struct reader *c, char *p)
{
	int unit, low;

	if (p + 1 >= c->end)
		return bad(c, c->end, "the text ends within a string"), NULL;
	if (p[1] != 'u') {
		if (!memchr("\"\\/bfnrt", p[1], 8))
			return bad(c, p, "unknown escape in a string"), NULL;
		return p + 2;
	}
	unit = hex4(p + 2, c->end);
	if (unit < 0)
		return bad(c, p, "\\u without four hexadecimal digits"), NULL;
	if (unit == 0)
		c->nul = true;
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return bad(c, p, "lone surrogate"), NULL;
	if (unit < 0xd800 || unit > 0xdbff)
		return p + 6;
	low = c->end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, c->end) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return bad(c, p, "lone surrogate"), NULL;
	return p + 12;
}

/* Decodes the checked text of a string, \u0000 as U+FFFD; out has room for as many bytes as the
 * text. Returns the bytes written. */
static size_t
decode(char *out, const char *s, size_t n)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *end = s + n, *hit;
	char *o = out;
	long code;

	while (s < end) {
		if (*s != '\\') {
			*o++ = *s++;
			continue;
		}
		if (s[1] != 'u') {
			hit = strchr(from, s[1]);
			*o++ = hit ? to[hit - from] : s[1];
			s += 2;
			continue;
		}
		code = hex4(s + 2, end);
		s += 6;
		if (!code)
			code = 0xfffd;
		if (code >= 0xd800 && code <= 0xdbff) {
			code = 0x10000 + ((code - 0xd800) << 10) + (hex4(s + 2, end) - 0xdc00);
			s += 6;
		}
		if (code < 0x80) {
			*o++ = (char)code;
		} else if (code < 0x800) {
			*o++ = (char)(0xc0 | code >> 6);
			*o++ = (char)(0x80 | (code & 0x3f));
		} else {
			if (code < 0x10000) {
				*o++ = (char)(0xe0 | code >> 12);
			} else {
				*o++ = (char)(0xf0 | code >> 18);
				*o++ = (char)(0x80 | (code >> 12 & 0x3f));
			}
			*o++ = (char)(0x80 | (code >> 6 & 0x3f));
			*o++ = (char)(0x80 | (code & 0x3f));
		}
	}
	return (size_t)(o - out);
}

static void *
take_memory(struct json *j, size_t size)
{
	struct json_block *b = j->blocks;
	size_t want;
	void *p;

	size = (size + 7) & ~(size_t)7;
	if (!b || b->size - b->used < size) {
		want = b ? b->size * 2 : BLOCK_MIN;
		if (want > BLOCK_MAX)
			want = BLOCK_MAX;
		if (want < size)
			want = size;
		b = malloc(sizeof *b + want);
		if (!b)
			return NULL;
		b->used = 0;
		b->size = want;
		b->next = j->blocks;
		j->blocks = b;
	}
	p = b->bytes + b->used;
	b->used += size;
	return p;
}

/* The end of the string whose first quote is at p, its last quote; *escaped: it has escapes. */
static char *
string_end(struct reader *c, char *p, bool *escaped)
{
	size_t n;

	*escaped = false;
	for (p++;;) {
		p = plain_end(p);
		if (*p == '"')
			return p;
		if (p == c->end)
			return bad(c, p, "the text ends within a string"), NULL;
		if (*p == '\\') {
			*escaped = true;
			p = check_escape(c, p);
			if (!p)
				return NULL;
		} else if ((unsigned char)*p < 0x20) {
			return bad(c, p, "raw control character in a string"), NULL;
		} else {
			n = utf8_length(p, c->end);
			if (!n)
				return bad(c, p, "not UTF-8"), NULL;
			p += n;
		}
	}
}

/* Past the string whose first quote is at p; decoded it is the *n bytes at *s, and a NUL. */
static char *
read_string(struct reader *c, char *p, char **s, size_t *n)
{
	char *end;
	bool escaped;

	c->nul = false;
	end = string_end(c, p, &escaped);
	if (!end)
		return NULL;
	*s = p + 1;
	*n = (size_t)(end - *s);
	if (escaped) {
		*s = take_memory(c->j, *n + 1);
		if (!*s)
			return fail_memory(c->f), NULL;
		*n = decode(*s, p + 1, *n);
		(*s)[*n] = '\0';
	} else {
		*end = '\0';
	}
	return end + 1;
}

static char *
digits(char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

/* Past the number at p, or NULL with the failure set if it is none. */
static char *
number_end(struct reader *c, char *start)
{
	char *p = start, *q;

	if (*p == '-')
		p++;
	q = *p == '0' ? p + 1 : digits(p);
	if (q == p)
		return bad_char(c, p, "a digit"), NULL;
	p = q;
	if (*p >= '0' && *p <= '9')
		return bad(c, start, "a number that begins with 0"), NULL;
	if (*p == '.') {
		q = digits(p + 1);
		if (q == p + 1)
			return bad_char(c, q, "a digit"), NULL;
		p = q;
	}
	if ((*p | 0x20) == 'e') {
		p++;
		if (*p == '+' || *p == '-')
			p++;
		q = digits(p);
		if (q == p)
			return bad_char(c, q, "a digit"), NULL;
		p = q;
	}
	return p;
}

/* The value of the n characters of a number at s. */
static double
number_value(const char *s, size_t n)
{
	size_t i, minus = *s == '-';
	double value = 0;

	if (n > SHORT_NUMBER || s[n] == '.' || strspn(s + minus, "0123456789") != n - minus)
		return strtod(s, NULL);
	for (i = minus; i < n; i++)
		value = value * 10 + (s[i] - '0');
	return minus ? -value : value;
}

static char *
read_number(struct reader *c, char *p, cJSON *node)
{
	char *end = number_end(c, p);
	size_t n;

	if (!end)
		return NULL;
	n = (size_t)(end - p);
	node->type = cJSON_Number;
	node->valuedouble = number_value(p, n);
	node->valueint = node->valuedouble >= INT_MAX	? INT_MAX
			 : node->valuedouble <= INT_MIN ? INT_MIN
							: (int)node->valuedouble;
	if (!c->number_text)
		return end;
	node->valuestring = take_memory(c->j, n + 1);
	if (!node->valuestring)
		return fail_memory(c->f), NULL;
	memcpy(node->valuestring, p, n);
	node->valuestring[n] = '\0';
	return end;
}

static char *
read_literal(struct reader *c, char *p, cJSON *node)
{
	static const struct {
		const char *word;
		size_t n;
		int type;
	} words[] = {{"true", 4, cJSON_True}, {"false", 5, cJSON_False}, {"null", 4, cJSON_NULL}};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		if (strncmp(p, words[i].word, words[i].n) == 0) {
			node->type = words[i].type;
			node->valueint = node->type == cJSON_True;
			return p + words[i].n;
		}
	}
	return bad_char(c, p, "a value"), NULL;
}

static bool
same_key(const struct key *a, const struct key *b)
{
	return a->hash == b->hash && a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
}

/* The hash of a name within its object; others wrote the names, hence the seed that map.c brings.
 */
static uint64_t
name_hash(const struct reader *c, const struct key *k)
{
	return map_hash(k->s, k->n, c->levels[c->depth - 1].key_base + 1);
}

/* A cheap hash for the few names of a small object: what collides is compared. */
static uint64_t
name_tag(const char *s, size_t n)
{
	uint64_t tag = 0;

	if (n >= 8)
		return (load(s) << 1) ^ load(s + n - 8) ^ n << 56;
	memcpy(&tag, s, n);
	return tag;
}

/* The bits of a slot that are an index + 1; the table has room for more keys than there are. */
static uint32_t
index_mask(const struct reader *c)
{
	return (uint32_t)(c->table_size - 1);
}

static uint32_t
slot_for(const struct reader *c, size_t i)
{
	return ((uint32_t)(c->keys[i].hash >> 32) & ~index_mask(c)) | (uint32_t)(i + 1);
}

/* The slot in which key i is, or the free one where it belongs. */
static uint32_t *
slot_of(struct reader *c, size_t i)
{
	uint32_t slot = slot_for(c, i);
	size_t at = c->keys[i].hash & index_mask(c);

	while (c->table[at] && c->table[at] != slot)
		at = (at + 1) & index_mask(c);
	return &c->table[at];
}

static void
table_put(struct reader *c, size_t i)
{
	*slot_of(c, i) = slot_for(c, i);
	c->tabled++;
}

/* Makes room for n more. Keys enter in the order of the stack, so that the last in can be taken out
 * again. */
static int
table_reserve(struct reader *c, size_t n)
{
	size_t size = c->table_size ? c->table_size : 256, level, i, to;

	while (size < (c->nkeys + n) * 2)
		size *= 2;
	if (size == c->table_size)
		return 0;
	free(c->table);
	/* a slot has 32 bits */
	c->table = size <= UINT32_MAX ? calloc(size, sizeof *c->table) : NULL;
	c->table_size = c->table ? size : 0;
	if (!c->table)
		return fail_memory(c->f);
	c->tabled = 0;
	for (level = 0; level < c->depth; level++) {
		if (!c->levels[level].tabled)
			continue;
		to = level + 1 < c->depth ? c->levels[level + 1].key_base : c->nkeys;
		for (i = c->levels[level].key_base; i < to; i++)
			table_put(c, i);
	}
	return 0;
}

/* The name among the keys of the innermost object, or NULL. */
static const struct key *
find_key(const struct reader *c, const struct level *level, const struct key *key)
{
	uint32_t mask = index_mask(c);
	size_t at, i;

	if (level->tabled) {
		for (at = key->hash & mask; c->table[at]; at = (at + 1) & mask) {
			i = (c->table[at] & mask) - 1;
			if (!((c->table[at] ^ (uint32_t)(key->hash >> 32)) & ~mask) &&
			    i >= level->key_base && same_key(&c->keys[i], key))
				return &c->keys[i];
		}
		return NULL;
	}
	for (i = level->key_base; i < c->nkeys; i++)
		if (same_key(&c->keys[i], key))
			return &c->keys[i];
	return NULL;
}

/* Has the table hold the innermost object's keys, with room for one more. */
static int
table_keys(struct reader *c, struct level *level)
{
	size_t i;

	if (table_reserve(c, level->tabled ? 1 : c->nkeys - level->key_base + 1))
		return -1;
	if (level->tabled)
		return 0;
	for (i = level->key_base; i < c->nkeys; i++) {
		c->keys[i].hash = name_hash(c, &c->keys[i]);
		table_put(c, i);
	}
	level->tabled = true;
	return 0;
}

static int
keep_key(struct reader *c, const struct key *key)
{
	struct key *more;
	size_t cap;

	if (c->nkeys == c->keys_cap) {
		cap = c->keys_cap ? c->keys_cap * 2 : 64;
		more = realloc(c->keys, cap * sizeof *more);
		if (!more)
			return fail_memory(c->f);
		c->keys = more;
		c->keys_cap = cap;
	}
	c->keys[c->nkeys++] = *key;
	return 0;
}

/* Does the name sort behind the object's last one? */
static bool
is_next(const struct reader *c, const struct level *level, const struct key *key)
{
	const struct key *last;
	int order;

	if (c->nkeys == level->key_base)
		return true;
	last = &c->keys[c->nkeys - 1];
	order = memcmp(last->s, key->s, last->n < key->n ? last->n : key->n);
	return order < 0 || (order == 0 && last->n < key->n);
}

/* Tags the names that came in order, after all. */
static void
end_order(struct reader *c, struct level *level)
{
	struct key *k;

	level->sorted = false;
	if (c->nkeys - level->key_base >= FEW_KEYS)
		return;
	for (k = c->keys + level->key_base; k < c->keys + c->nkeys; k++)
		k->hash = name_tag(k->s, k->n);
}

/*
 * Takes the name, whose first quote is at p, into the innermost object. Databags come sorted from
 * Juju: names in order are different. Names that are equal since both are read as U+FFFD what
 * isn't are no fault: of two such members the first stays.
 */
static int
add_key(struct reader *c, const char *p, const char *s, size_t n)
{
	struct level *level = &c->levels[c->depth - 1];
	struct key key = {0, s, n, c->nul};
	const struct key *other;

	c->left_out = false;
	if (level->sorted && is_next(c, level, &key))
		return keep_key(c, &key);
	if (level->sorted)
		end_order(c, level);
	if ((level->tabled || c->nkeys - level->key_base >= FEW_KEYS) && table_keys(c, level))
		return -1;
	key.hash = level->tabled ? name_hash(c, &key) : name_tag(s, n);
	other = find_key(c, level, &key);
	if (other) {
		c->left_out = key.nul || other->nul;
		return c->left_out ? 0 : bad(c, p, "a member name that the object has already");
	}
	if (keep_key(c, &key))
		return -1;
	if (level->tabled)
		table_put(c, c->nkeys - 1);
	return 0;
}

static int
open_level(struct reader *c, const char *p, cJSON *node)
{
	struct level *level = &c->levels[c->depth];

	if (c->depth == JSON_DEPTH)
		return bad(c, p, "more than 512 levels");
	c->depth++;
	node->type = *p == '{' ? cJSON_Object : cJSON_Array;
	*level = (struct level){
	    .node = node, .close = *p == '{' ? '}' : ']', .sorted = true, .key_base = c->nkeys};
	return 0;
}

static void
close_level(struct reader *c)
{
	struct level *level = &c->levels[--c->depth];
	size_t n = c->nkeys - level->key_base;

	if (level->last)
		level->node->child->prev = level->last; /* so libcjson has it */
	if (level->tabled && n == c->tabled && n > c->table_size / 8) {
		memset(c->table, 0, c->table_size * sizeof *c->table);
		c->tabled = 0;
		c->nkeys = level->key_base;
	}
	while (level->tabled && c->nkeys > level->key_base) {
		*slot_of(c, --c->nkeys) = 0;
		c->tabled--;
	}
	c->nkeys = level->key_base;
}

static char *
blanks(char *p)
{
	while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
		p++;
	return p;
}

/* Past the name and the colon at p. */
static char *
read_name(struct reader *c, char *p)
{
	char *start = p;
	size_t n;

	if (*p != '"')
		return bad_char(c, p, "a member name"), NULL;
	p = read_string(c, p, &c->member, &n);
	if (!p || add_key(c, start, c->member, n))
		return NULL;
	p = blanks(p);
	if (*p != ':')
		return bad_char(c, p, "':'"), NULL;
	return blanks(p + 1);
}

/* A node for the value at p, where it belongs in the tree. */
static cJSON *
add_node(struct reader *c, const char *p)
{
	struct level *level = c->depth ? &c->levels[c->depth - 1] : NULL;
	cJSON *node;

	if (c->nodes++ == JSON_VALUES)
		return bad(c, p, "more than 16777216 values"), NULL;
	node = take_memory(c->j, sizeof *node);
	if (!node)
		return fail_memory(c->f), NULL;
	*node = (cJSON){0};
	if (!level) {
		c->j->root = node;
		return node;
	}
	if (level->close == '}')
		node->string = c->member;
	if (level->close == '}' && c->left_out)
		return node;
	node->prev = level->last;
	*(level->last ? &level->last->next : &level->node->child) = node;
	level->last = node;
	return node;
}

/* Past the scalar, or past the opening of the object or array, at p. *opened: it was one, and not
 * an empty one. */
static char *
read_value(struct reader *c, char *p, bool *opened)
{
	cJSON *node;
	size_t n;

	*opened = false;
	if (p == c->end)
		return bad_char(c, p, "a value"), NULL;
	node = add_node(c, p);
	if (!node)
		return NULL;
	if (*p == '"') {
		node->type = cJSON_String;
		return read_string(c, p, &node->valuestring, &n);
	}
	if (*p == '-' || (*p >= '0' && *p <= '9'))
		return read_number(c, p, node);
	if (*p != '{' && *p != '[')
		return read_literal(c, p, node);
	if (open_level(c, p, node))
		return NULL;
	p = blanks(p + 1);
	if (*p == c->levels[c->depth - 1].close) {
		close_level(c);
		return p + 1;
	}
	*opened = true;
	return c->levels[c->depth - 1].close == '}' ? read_name(c, p) : p;
}

/* Past what comes between two values, closing what ends there: at the next value, or, with c->depth
 * 0, at the end. */
static char *
read_between(struct reader *c, char *p)
{
	struct level *level;

	for (p = blanks(p); c->depth; p = blanks(p + 1)) {
		level = &c->levels[c->depth - 1];
		if (*p == ',') {
			p = blanks(p + 1);
			return level->close == '}' ? read_name(c, p) : p;
		}
		if (*p != level->close)
			return bad_char(c, p, level->close == '}' ? "',' or '}'" : "',' or ']'"),
			       NULL;
		close_level(c);
	}
	if (p != c->end)
		return bad(c, p, "text after the value"), NULL;
	return p;
}

static int
read_all(struct reader *c, char *p)
{
	bool opened;

	do {
		p = read_value(c, p, &opened);
		if (p && !opened)
			p = read_between(c, p);
	} while (p && c->depth);
	return p ? 0 : -1;
}

/* Does the text begin as juju's default output format does? */
static bool
looks_like_yaml(const char *p, const char *end)
{
	if (end - p >= 3 && memcmp(p, "---", 3) == 0)
		return true;
	if (end - p >= 2 && p[0] == '-' && (p[1] == ' ' || p[1] == '\n'))
		return true;
	if (p < end && (*p == '#' || *p == '%'))
		return true;
	if (p < end && strchr("{}[]\",:&*!|>@`", *p))
		return false;
	for (; p < end && *p != '\n'; p++)
		if (*p == ':' && (p + 1 == end || p[1] == '\n' || p[1] == ' ' || p[1] == '\r'))
			return true;
	return false;
}

static int
read_text(struct reader *c)
{
	char *p = blanks(c->text);

	if (p == c->end)
		return bad(c, p, "no JSON: the input is empty");
	if (c->end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return bad(c, p, "a byte order mark");
	if (looks_like_yaml(p, c->end))
		return bad(c, p, "this looks like YAML: ask for JSON with --format json");
	return read_all(c, p);
}

/* Reads the text that j has, of n bytes and PADDING. On failure j is empty afterwards. */
static int
read_own(struct json *j, size_t n, const char *name, size_t line, int flags, struct fail *f)
{
	struct reader *c = calloc(1, sizeof *c);
	int r;

	j->size = n; /* wiped when it is freed */
	if (!c) {
		json_free(j);
		return fail_memory(f);
	}
	memset(j->text + n, 0, PADDING);
	c->j = j;
	c->text = j->text;
	c->end = j->text + n;
	c->name = name;
	c->line = line;
	c->f = f;
	c->number_text = flags & JSON_NUMBER_TEXT;
	r = read_text(c);
	free(c->keys);
	free(c->table);
	free(c);
	if (r)
		json_free(j);
	return r;
}

int
json_read(struct json *j, char *text, size_t n, const char *name, int flags, struct fail *f)
{
	return json_read_line(j, text, n, name, 1, flags, f);
}

int
json_read_line(
    struct json *j, char *text, size_t n, const char *name, size_t line, int flags, struct fail *f)
{
	memset(j, 0, sizeof *j);
	j->text = n <= SIZE_MAX - PADDING ? malloc(n + PADDING) : NULL;
	if (!j->text)
		return fail_memory(f);
	if (n)
		memcpy(j->text, text, n);
	return read_own(j, n, name, line, flags, f);
}

int
json_take(struct json *j, struct buf *b, const char *name, int flags, struct fail *f)
{
	memset(j, 0, sizeof *j);
	if (buf_reserve(b, PADDING)) {
		buf_free(b);
		return fail_memory(f);
	}
	j->text = b->s;
	j->size = b->n;
	memset(b, 0, sizeof *b);
	return read_own(j, j->size, name, 1, flags, f);
}

void
json_free(struct json *j)
{
	struct json_block *b;

	while ((b = j->blocks)) {
		j->blocks = b->next;
		buf_wipe(b->bytes, b->used);
		free(b);
	}
	if (j->text)
		buf_wipe(j->text, j->size);
	free(j->text);
	memset(j, 0, sizeof *j);
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
