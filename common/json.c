#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "map.h"
#include "utf8.h"

enum {
	FEW_KEYS =
	    16, /* so many names of an object are compared one by one, more through the table */
	CJSON_NUMBER = 63,   /* libcjson reads no more characters of a number than these */
	BLOCK_MIN = 1 << 13, /* bytes */
	BLOCK_MAX = 16 << 20,
};

/* Memory of one tree: libcjson's nodes are never freed one by one. */
struct json_block {
	struct json_block *next;
	size_t used;
	size_t size;
	_Alignas(16) char bytes[];
};

struct key {
	uint64_t hash; /* name_hash of those in the table, name_tag of others */
	const char *s; /* between the quotes, escapes as written */
	size_t n;
	bool escaped;
};

struct number {
	char *s;
	size_t n;
};

/* A stretch of the text that libcjson isn't shown. */
struct cut {
	char *from;
	char *to;
};

struct level {
	char close;	      /* '}' or ']' */
	bool tabled;	      /* its keys are in the table */
	bool sorted;	      /* its keys came in order, and have no hashes */
	bool kept;	      /* it has a member that isn't cut out */
	size_t key_base;      /* its keys on the stack of keys begin here */
	const char *comma;    /* the last one, if kept */
	const char *cut_from; /* the member that is being read is cut out from here; NULL: it isn't
			       */
};

struct check {
	char *text;
	const char *end;
	const char *name;
	size_t line; /* of the text's beginning */
	struct fail *f;
	struct level *levels;
	size_t depth;
	size_t levels_cap;
	struct key *keys; /* of all objects that are open, the innermost last */
	size_t nkeys;
	size_t keys_cap;
	uint32_t
	    *table; /* in the low bits an index + 1 into keys, 0: free; else bits of the hash */
	size_t table_size;
	size_t tabled;
	struct number *numbers;
	size_t nnumbers;
	size_t numbers_cap;
	bool keep_numbers;
	json_wants *wants; /* NULL: everything is wanted */
	const void *wants_ctx;
	struct cut *cuts;
	size_t ncuts;
	size_t cuts_cap;
	struct json_array *array; /* gets the elements of the root; NULL: they aren't asked for */
	size_t elements_cap;
};

/* libcjson's hooks have no argument to say which tree they allocate for; this is set while
 * json_read runs. */
static struct json *parsing;
static bool parsing_failed;

static int
bad(struct check *c, const char *at, const char *what)
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
bad_char(struct check *c, const char *at, const char *expected)
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

/* The first byte in [p, end) that ends a run of plain ASCII within a string, or end. */
static const char *
plain_end(const char *p, const char *end)
{
	uint64_t bits;

	for (; end - p >= 8; p += 8) {
		bits = not_plain(load(p));
		if (bits)
			return p + bytes_before(bits);
		for (; end - p >= 40; p += 32)
			if (not_plain(load(p + 8)) | not_plain(load(p + 16)) |
			    not_plain(load(p + 24)) | not_plain(load(p + 32)))
				break;
	}
	while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
	       *p != '\\')
		p++;
	return p;
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
static const char *
check_escape(struct check *c, const char *p)
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
		memcpy(c->text + (p + 2 - c->text), "fffd", 4); /* no C string can have it */
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return bad(c, p, "lone surrogate"), NULL;
	if (unit < 0xd800 || unit > 0xdbff)
		return p + 6;
	low = c->end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, c->end) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return bad(c, p, "lone surrogate"), NULL;
	return p + 12;
}

/* Past the string whose first quote is at p. */
static const char *
check_string(struct check *c, const char *p, bool *escaped)
{
	size_t n;

	*escaped = false;
	for (p++;;) {
		p = plain_end(p, c->end);
		if (p == c->end)
			return bad(c, p, "the text ends within a string"), NULL;
		if (*p == '"')
			return p + 1;
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

static const char *
digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static int
keep_number(struct check *c, char *s, size_t n)
{
	struct number *more;
	size_t cap;

	if (c->nnumbers == c->numbers_cap) {
		cap = c->numbers_cap ? c->numbers_cap * 2 : 64;
		more = realloc(c->numbers, cap * sizeof *more);
		if (!more)
			return fail_memory(c->f);
		c->numbers = more;
		c->numbers_cap = cap;
	}
	c->numbers[c->nnumbers++] = (struct number){s, n};
	return 0;
}

static const char *
check_number(struct check *c, const char *start)
{
	const char *p = start, *q;

	if (*p == '-')
		p++;
	q = p < c->end && *p == '0' ? p + 1 : digits(p, c->end);
	if (q == p)
		return bad_char(c, p, "a digit"), NULL;
	p = q;
	if (p < c->end && *p >= '0' && *p <= '9')
		return bad(c, start, "a number that begins with 0"), NULL;
	if (p < c->end && *p == '.') {
		q = digits(p + 1, c->end);
		if (q == p + 1)
			return bad_char(c, q, "a digit"), NULL;
		p = q;
	}
	if (p < c->end && (*p | 0x20) == 'e') {
		p++;
		if (p < c->end && (*p == '+' || *p == '-'))
			p++;
		q = digits(p, c->end);
		if (q == p)
			return bad_char(c, q, "a digit"), NULL;
		p = q;
	}
	if ((c->keep_numbers || p - start > CJSON_NUMBER) &&
	    keep_number(c, c->text + (start - c->text), (size_t)(p - start)))
		return NULL;
	return p;
}

static const char *
check_literal(struct check *c, const char *p)
{
	static const char *const words[] = {"true", "false", "null"};
	size_t i, n;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		n = strlen(words[i]);
		if ((size_t)(c->end - p) >= n && memcmp(p, words[i], n) == 0)
			return p + n;
	}
	return bad_char(c, p, "a value"), NULL;
}

/* Decodes the checked text of a name; out has room for as many bytes as the text. Returns the bytes
 * written. */
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

/* The key's name, decoded into new memory where it has escapes (*mem is then to be freed). */
static const char *
plain_key(const struct key *k, size_t *n, char **mem)
{
	*mem = NULL;
	*n = k->n;
	if (!k->escaped)
		return k->s;
	*mem = malloc(k->n + 1);
	if (*mem)
		*n = decode(*mem, k->s, k->n);
	return *mem;
}

/* 1: the same name. 0: another. -1: no memory. */
static int
same_key(const struct key *a, const struct key *b)
{
	size_t an, bn;
	char *am, *bm;
	const char *as, *bs;
	int same = -1;

	if (a->hash != b->hash)
		return 0;
	as = plain_key(a, &an, &am);
	bs = plain_key(b, &bn, &bm);
	if (as && bs)
		same = an == bn && memcmp(as, bs, an) == 0;
	free(am);
	free(bm);
	return same;
}

/*
 * A cheap hash for the few names of a small object: what collides is compared. room: what can be
 * read at s.
 */
static uint64_t
name_tag(const char *s, size_t n, size_t room)
{
	uint64_t w = 0;
	size_t i;

	if (n >= 8)
		return (load(s) << 1) ^ load(s + n - 8) ^ n << 56;
	if (room >= 8)
		return load(s) & (((uint64_t)1 << 8 * n) - 1);
	for (i = 0; i < n; i++)
		w |= (uint64_t)(unsigned char)s[i] << 8 * i;
	return w;
}

/* The hash of a name within its object; others wrote the names, hence the seed that map.c brings.
 */
static int
name_hash(const struct check *c, const struct key *k, uint64_t *hash)
{
	size_t n;
	char *mem;
	const char *name = plain_key(k, &n, &mem);

	if (!name)
		return fail_memory(c->f);
	*hash = map_hash(name, n, c->levels[c->depth - 1].key_base + 1);
	free(mem);
	return 0;
}

/* The bits of a slot that are an index + 1; the table has room for more keys than there are. */
static uint32_t
index_mask(const struct check *c)
{
	return (uint32_t)(c->table_size - 1);
}

static uint32_t
slot_for(const struct check *c, size_t i)
{
	return ((uint32_t)(c->keys[i].hash >> 32) & ~index_mask(c)) | (uint32_t)(i + 1);
}

/* The slot in which key i is, or the free one where it belongs. */
static uint32_t *
slot_of(struct check *c, size_t i)
{
	uint32_t slot = slot_for(c, i);
	size_t at = c->keys[i].hash & index_mask(c);

	while (c->table[at] && c->table[at] != slot)
		at = (at + 1) & index_mask(c);
	return &c->table[at];
}

static void
table_put(struct check *c, size_t i)
{
	*slot_of(c, i) = slot_for(c, i);
	c->tabled++;
}

/* Makes room for n more. Keys enter in the order of the stack, so that the last in can be taken out
 * again. */
static int
table_reserve(struct check *c, size_t n)
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

/* Looks for the name among the keys of the innermost object. As same_key. */
static int
find_key(struct check *c, const struct level *level, const struct key *key)
{
	uint32_t mask = index_mask(c);
	size_t at, i;
	int same;

	if (level->tabled) {
		for (at = key->hash & mask; c->table[at]; at = (at + 1) & mask) {
			i = (c->table[at] & mask) - 1;
			if (((c->table[at] ^ (uint32_t)(key->hash >> 32)) & ~mask) ||
			    i < level->key_base)
				continue;
			same = same_key(&c->keys[i], key);
			if (same)
				return same;
		}
		return 0;
	}
	for (i = level->key_base; i < c->nkeys; i++) {
		same = same_key(&c->keys[i], key);
		if (same)
			return same;
	}
	return 0;
}

/* Has the table hold the innermost object's keys, with room for one more. */
static int
table_keys(struct check *c, struct level *level)
{
	size_t i;

	if (table_reserve(c, level->tabled ? 1 : c->nkeys - level->key_base + 1))
		return -1;
	if (level->tabled)
		return 0;
	for (i = level->key_base; i < c->nkeys; i++)
		if (name_hash(c, &c->keys[i], &c->keys[i].hash))
			return -1;
	for (i = level->key_base; i < c->nkeys; i++)
		table_put(c, i);
	level->tabled = true;
	return 0;
}

static int
hash_key(struct check *c, struct level *level, struct key *key)
{
	size_t n;
	char *mem;
	const char *name;

	if (level->tabled)
		return name_hash(c, key, &key->hash);
	if (!key->escaped) {
		key->hash = name_tag(key->s, key->n, (size_t)(c->end - key->s));
		return 0;
	}
	name = plain_key(key, &n, &mem);
	if (!name)
		return fail_memory(c->f);
	key->hash = name_tag(name, n, n);
	free(mem);
	return 0;
}

static int
keep_key(struct check *c, const struct key *key)
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
is_next(const struct check *c, const struct level *level, const struct key *key)
{
	const struct key *last;
	int order;

	if (key->escaped)
		return false;
	if (c->nkeys == level->key_base)
		return true;
	last = &c->keys[c->nkeys - 1];
	order = memcmp(last->s, key->s, last->n < key->n ? last->n : key->n);
	return order < 0 || (order == 0 && last->n < key->n);
}

/* Hashes the names that came in order, after all. */
static int
end_order(struct check *c, struct level *level)
{
	size_t i;

	level->sorted = false;
	for (i = level->key_base; c->nkeys - level->key_base < FEW_KEYS && i < c->nkeys; i++)
		if (hash_key(c, level, &c->keys[i]))
			return -1;
	return 0;
}

/*
 * Takes the name at s into the innermost object. Databags come sorted from Juju: names in order are
 * different.
 */
static int
add_key(struct check *c, const char *s, size_t n, bool escaped)
{
	struct level *level = &c->levels[c->depth - 1];
	struct key key = {0, s, n, escaped};
	int same;

	if (level->sorted && is_next(c, level, &key))
		return keep_key(c, &key);
	if (level->sorted && end_order(c, level))
		return -1;
	if ((level->tabled || c->nkeys - level->key_base >= FEW_KEYS) && table_keys(c, level))
		return -1;
	if (hash_key(c, level, &key))
		return -1;
	same = find_key(c, level, &key);
	if (same < 0)
		return fail_memory(c->f);
	if (same)
		return bad(c, s - 1, "a member name that the object has already");
	if (keep_key(c, &key))
		return -1;
	if (level->tabled)
		table_put(c, c->nkeys - 1);
	return 0;
}

static int
open_level(struct check *c, const char *p)
{
	struct level *level;
	size_t cap;

	if (c->depth == JSON_DEPTH)
		return bad(c, p, "more than 512 levels");
	if (c->depth == c->levels_cap) {
		cap = c->levels_cap ? c->levels_cap * 4 : 8;
		level = realloc(c->levels, cap * sizeof *level);
		if (!level) {
			fail_memory(c->f);
			return -1;
		}
		c->levels = level;
		c->levels_cap = cap;
	}
	level = &c->levels[c->depth++];
	level->close = *p == '{' ? '}' : ']';
	level->tabled = false;
	level->sorted = true;
	level->kept = false;
	level->cut_from = NULL;
	level->key_base = c->nkeys;
	return 0;
}

static void
close_level(struct check *c)
{
	struct level *level = &c->levels[--c->depth];
	size_t n = c->nkeys - level->key_base;

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

static const char *
blanks(const struct check *c, const char *p)
{
	while (p < c->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Takes [from, to) out of what libcjson is to see. */
static int
cut(struct check *c, const char *from, const char *to)
{
	struct cut *more;
	size_t cap;

	if (c->ncuts && c->cuts[c->ncuts - 1].to == from) {
		c->cuts[c->ncuts - 1].to += to - from;
		return 0;
	}
	if (c->ncuts == c->cuts_cap) {
		cap = c->cuts_cap ? c->cuts_cap * 2 : 64;
		more = realloc(c->cuts, cap * sizeof *more);
		if (!more)
			return fail_memory(c->f);
		c->cuts = more;
		c->cuts_cap = cap;
	}
	c->cuts[c->ncuts++] = (struct cut){c->text + (from - c->text), c->text + (to - c->text)};
	return 0;
}

/* The comma at p goes with the members before it when all of them are cut out. */
static int
take_comma(struct check *c, struct level *level, const char *p)
{
	level->comma = p;
	return level->close == '}' && !level->kept ? cut(c, p, p + 1) : 0;
}

/* Past the name and the colon at p. */
static const char *
check_name(struct check *c, const char *p)
{
	struct level *level = &c->levels[c->depth - 1];
	const char *start = p;
	bool escaped;
	size_t n;

	if (p >= c->end || *p != '"')
		return bad_char(c, p, "a member name"), NULL;
	p = check_string(c, p, &escaped);
	if (!p)
		return NULL;
	n = (size_t)(p - start) - 2;
	if (add_key(c, start + 1, n, escaped))
		return NULL;
	p = blanks(c, p);
	if (p >= c->end || *p != ':')
		return bad_char(c, p, "':'"), NULL;
	p = blanks(c, p + 1);
	if (c->wants && p < c->end && *p == '"' && !escaped &&
	    !c->wants(c->wants_ctx, c->depth, start + 1, n))
		level->cut_from = level->kept ? level->comma : start;
	else
		level->kept = true;
	return p;
}

/* Past the string at p, which is a value. */
static const char *
check_string_value(struct check *c, const char *p)
{
	struct level *level = c->depth ? &c->levels[c->depth - 1] : NULL;
	bool escaped;

	p = check_string(c, p, &escaped);
	if (p && level && level->cut_from) {
		if (cut(c, level->cut_from, p))
			return NULL;
		level->cut_from = NULL;
	}
	if (p && c->array && c->depth == 1) {
		/* not decoded yet: bad counts the characters from the beginning */
		c->array->elements[c->array->n - 1].type =
		    escaped ? JSON_STRING_ESCAPED : JSON_STRING;
		c->text[p - 1 - c->text] = '\0';
	}
	return p;
}

static enum json_type
type_at(const char *p)
{
	switch (*p) {
	case '"':
		return JSON_STRING;
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	default:
		return *p == '-' || (*p >= '0' && *p <= '9') ? JSON_NUMBER : JSON_LITERAL;
	}
}

/* Takes the element that begins at p into the array. */
static int
add_element(struct check *c, const char *p)
{
	struct json_array *a = c->array;
	struct json_element *more;
	enum json_type type = type_at(p);
	size_t cap;

	if (a->n == c->elements_cap) {
		cap = a->n ? a->n * 2 : 64;
		more = realloc(a->elements, cap * sizeof *more);
		if (!more)
			return fail_memory(c->f);
		a->elements = more;
		c->elements_cap = cap;
	}
	a->elements[a->n++] =
	    (struct json_element){c->text + (p - c->text) + (type == JSON_STRING), type};
	return 0;
}

/* Past the scalar, or past the opening of the object or array, at p. *opened: it was one, and not
 * an empty one. */
static const char *
check_value(struct check *c, const char *p, bool *opened)
{
	*opened = false;
	if (p >= c->end)
		return bad_char(c, p, "a value"), NULL;
	if (c->array && c->depth == 1 && add_element(c, p))
		return NULL;
	if (*p == '"')
		return check_string_value(c, p);
	if (*p == '-' || (*p >= '0' && *p <= '9'))
		return check_number(c, p);
	if (*p != '{' && *p != '[')
		return check_literal(c, p);
	if (open_level(c, p))
		return NULL;
	p = blanks(c, p + 1);
	if (p < c->end && *p == c->levels[c->depth - 1].close) {
		close_level(c);
		return p + 1;
	}
	*opened = true;
	return c->levels[c->depth - 1].close == '}' ? check_name(c, p) : p;
}

static int
check_text(struct check *c, const char *p)
{
	struct level *level = NULL;
	bool opened;

	for (;;) {
		p = check_value(c, p, &opened);
		if (!p)
			return -1;
		if (opened)
			continue;
		for (p = blanks(c, p); c->depth; p = blanks(c, p + 1)) {
			level = &c->levels[c->depth - 1];
			if (p < c->end && *p == ',') {
				if (take_comma(c, level, p))
					return -1;
				break;
			}
			if (p >= c->end || *p != level->close)
				return bad_char(
				    c, p, level->close == '}' ? "',' or '}'" : "',' or ']'");
			close_level(c);
		}
		if (!c->depth)
			return p == c->end ? 0 : bad(c, p, "text after the value");
		p = blanks(c, p + 1);
		if (level->close == '}') {
			p = check_name(c, p);
			if (!p)
				return -1;
		}
	}
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
check_all(struct check *c)
{
	const char *p = blanks(c, c->text);

	if (p == c->end)
		return bad(c, p, "no JSON: the input is empty");
	if (c->end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return bad(c, p, "a byte order mark");
	if (looks_like_yaml(p, c->end))
		return bad(c, p, "this looks like YAML: ask for JSON with --format json");
	return check_text(c, p);
}

static void *
block_alloc(struct json *j, size_t size)
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

static void *
hook_malloc(size_t size)
{
	/* not so large that it can't be rounded up */
	void *p = size <= SIZE_MAX / 4 ? block_alloc(parsing, size) : NULL;

	if (!p)
		parsing_failed = true;
	return p;
}

static void
hook_free(void *p)
{
	(void)p;
}

/* Gives each number node in document order its text. */
static int
number_texts(struct json *j, cJSON *node, const struct number **next)
{
	cJSON *child;

	if (cJSON_IsNumber(node)) {
		node->valuestring = block_alloc(j, (*next)->n + 1);
		if (!node->valuestring)
			return -1;
		memcpy(node->valuestring, (*next)->s, (*next)->n);
		node->valuestring[(*next)->n] = '\0';
		++*next;
	}
	for (child = node->child; child; child = child->next)
		if (number_texts(j, child, next))
			return -1;
	return 0;
}

/* Numbers that libcjson would cut in two become 0, which nobody takes for a relation's id. */
static void
blank_numbers(struct number *numbers, size_t n, struct buf *copies)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (numbers[i].n <= CJSON_NUMBER)
			continue;
		buf_put(copies, numbers[i].s, numbers[i].n);
		memset(numbers[i].s, ' ', numbers[i].n);
		numbers[i].s[0] = '0';
	}
}

/* Gives each element its text. */
static void
element_texts(struct json_array *a)
{
	struct json_element *e;
	char *s;

	for (e = a->elements; e < a->elements + a->n; e++) {
		s = e->s;
		switch (e->type) {
		case JSON_STRING_ESCAPED:
			s[decode(s, s, strlen(s))] = '\0';
			e->type = JSON_STRING;
			break;
		case JSON_NUMBER:
			s[strspn(s, "+-.0123456789Ee")] = '\0';
			break;
		case JSON_LITERAL:
			s[*s == 'f' ? 5 : 4] = '\0';
			break;
		default:
			break;
		}
	}
}

/* Closes the gaps that the cuts are. Returns the length of what is left. */
static size_t
compact(const struct check *c)
{
	char *to = c->text;
	const char *from = c->text;
	size_t i, n;

	for (i = 0; i <= c->ncuts; i++) {
		n = (size_t)((i < c->ncuts ? c->cuts[i].from : c->end) - from);
		memmove(to, from, n);
		to += n;
		if (i < c->ncuts)
			from = c->cuts[i].to;
	}
	return (size_t)(to - c->text);
}

static int
build(struct json *j, struct check *c)
{
	cJSON_Hooks hooks = {hook_malloc, hook_free};
	const struct number *next = c->numbers;
	struct buf copies = {0};
	size_t i, at = 0;

	blank_numbers(c->numbers, c->nnumbers, &copies);
	parsing = j;
	parsing_failed = copies.failed;
	cJSON_InitHooks(&hooks);
	if (!parsing_failed)
		j->root = cJSON_ParseWithLengthOpts(c->text, compact(c), NULL, 0);
	cJSON_InitHooks(NULL);
	parsing = NULL;
	for (i = 0; !parsing_failed && i < c->nnumbers; i++) {
		if (c->numbers[i].n > CJSON_NUMBER) {
			c->numbers[i].s = copies.s + at;
			at += c->numbers[i].n;
		}
	}
	if (j->root && c->keep_numbers && c->nnumbers && number_texts(j, j->root, &next))
		parsing_failed = true;
	buf_free(&copies);
	if (parsing_failed)
		return fail_memory(c->f);
	if (!j->root)
		return fail_set(
		    c->f, STATUS_INPUT, "cannot read %s: libcjson refuses it", name_of(c->name).s);
	return 0;
}

static void
start(struct check *c, char *text, size_t n, const char *name, struct fail *f)
{
	c->text = text;
	c->end = text + n;
	c->name = name;
	c->f = f;
}

static void
finish(struct check *c)
{
	free(c->levels);
	free(c->keys);
	free(c->table);
	free(c->numbers);
	free(c->cuts);
}

static int
read_checked(
    struct json *j, struct check *c, char *text, size_t n, const char *name, struct fail *f)
{
	int r;

	memset(j, 0, sizeof *j);
	start(c, text, n, name, f);
	r = check_all(c);
	if (r == 0)
		r = build(j, c);
	if (r)
		json_free(j);
	finish(c);
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
	struct check c = {.line = line, .keep_numbers = flags & JSON_NUMBER_TEXT};

	return read_checked(j, &c, text, n, name, f);
}

int
json_read_wanted(struct json *j, char *text, size_t n, const char *name, json_wants *wants,
    const void *ctx, struct fail *f)
{
	struct check c = {.line = 1, .wants = wants, .wants_ctx = ctx};

	return read_checked(j, &c, text, n, name, f);
}

/* json_kind of the value that begins with that character, and is no array. */
static const char *
kind_of(const char *p)
{
	switch (type_at(p)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_NUMBER:
		return "a number";
	case JSON_LITERAL:
		return *p == 'n' ? "null" : "a boolean";
	default:
		return "a string";
	}
}

int
json_read_array(struct json_array *a, char *text, size_t n, const char *name, struct fail *f)
{
	struct check c = {.line = 1, .array = a};
	const char *p;
	int r;

	memset(a, 0, sizeof *a);
	start(&c, text, n, name, f);
	r = check_all(&c);
	p = blanks(&c, text);
	if (r == 0 && *p != '[')
		r = fail_set(f, STATUS_INPUT, "cannot read %s: expected an array, got %s",
		    name_of(name).s, kind_of(p));
	if (r == 0)
		element_texts(a);
	else
		free(a->elements);
	finish(&c);
	return r;
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
