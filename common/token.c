#include <stdlib.h>
#include <string.h>

#include "mirror.h"
#include "token.h"

enum {
	KNOWN_MIN = 8, /* shorter ones aren't cut out of texts */
	RUN_MIN = 40,  /* a run of so many characters that tokens are made of is taken for one */
};

struct token_known {
	const char *s;
	size_t n;
	size_t shorter; /* index + 1 of the longest other one that it begins with; 0: none */
};

static bool
is_run_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/' || c == '=' || c == '_' || c == '-';
}

bool
token_has_char(char c)
{
	return is_run_char(c) || c == '.';
}

bool
token_valid(const char *s)
{
	size_t n;

	if (!s[0] || s[0] == '-' || strcmp(s, MIRROR_EMPTY) == 0 || strcmp(s, MIRROR_MEMBER) == 0)
		return false;
	for (n = 0; s[n]; n++)
		if (n == TOKEN_MAX || !token_has_char(s[n]))
			return false;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *
token_strip(char *s, size_t n)
{
	if (!n || strlen(s) != n)
		return NULL;
	while (n && is_blank(s[n - 1]))
		s[--n] = '\0';
	while (is_blank(*s))
		s++;
	return token_valid(s) ? s : NULL;
}

bool
token_is_long(const char *s)
{
	return strlen(s) >= RUN_MIN && token_valid(s);
}

struct token_id
token_id(const char *token)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t h = 0xcbf29ce484222325u;
	struct token_id id;
	int i;

	for (; *token; token++)
		h = (h ^ (unsigned char)*token) * 0x100000001b3u;
	for (i = 15; i >= 0; i--, h >>= 4)
		id.s[i] = digits[h & 15];
	id.s[16] = '\0';
	return id;
}

bool
token_has_id(const char *token, const char *id)
{
	return token && id && token_valid(token) && strcmp(token_id(token).s, id) == 0;
}

int
token_set_add(struct token_set *set, const char *token)
{
	struct token_known *more;
	size_t cap;

	if (!token_valid(token) || strlen(token) < KNOWN_MIN)
		return 0;
	if (set->n == set->cap) {
		cap = set->cap ? set->cap * 2 : 16;
		more = realloc(set->known, cap * sizeof *more);
		if (!more)
			return -1;
		set->known = more;
		set->cap = cap;
	}
	set->known[set->n++] = (struct token_known){token, strlen(token), 0};
	set->sorted = false;
	return 0;
}

void
token_set_free(struct token_set *set)
{
	free(set->known);
	memset(set, 0, sizeof *set);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const struct token_known *)a)->s, ((const struct token_known *)b)->s);
}

static bool
begins_with(const char *text, size_t n, const struct token_known *k)
{
	return k->n <= n && memcmp(text, k->s, k->n) == 0;
}

static void
sort(struct token_set *set)
{
	struct token_known *k;
	size_t i, n = 0, shorter;

	if (set->n)
		qsort(set->known, set->n, sizeof *set->known, by_text);
	for (i = 0; i < set->n; i++)
		if (!n || strcmp(set->known[n - 1].s, set->known[i].s) != 0)
			set->known[n++] = set->known[i];
	set->n = n;
	for (i = 0; i < set->n; i++) {
		k = &set->known[i];
		for (shorter = i; shorter; shorter = set->known[shorter - 1].shorter)
			if (begins_with(k->s, k->n, &set->known[shorter - 1]))
				break;
		k->shorter = shorter;
	}
	set->sorted = true;
}

/* Is the token sorted after the n bytes at text? */
static bool
is_after(const struct token_known *k, const char *text, size_t n)
{
	int order = memcmp(k->s, text, k->n < n ? k->n : n);

	return order > 0 || (order == 0 && k->n > n);
}

/*
 * The length of the longest known token that text begins with, or 0. The last token that isn't
 * sorted after the text begins with all that the text begins with.
 */
static size_t
known_at(const struct token_set *set, const char *text, size_t n)
{
	size_t low = 0, high = set->n, mid;

	if (n < KNOWN_MIN)
		return 0;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (is_after(&set->known[mid], text, n))
			high = mid;
		else
			low = mid + 1;
	}
	for (; low; low = set->known[low - 1].shorter)
		if (begins_with(text, n, &set->known[low - 1]))
			return set->known[low - 1].n;
	return 0;
}

static size_t
run_at(const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n && is_run_char(text[i]); i++)
		;
	return i;
}

bool
token_has_run(const char *text)
{
	size_t n, left = strlen(text);

	for (; left; text += n ? n : 1, left -= n ? n : 1) {
		n = run_at(text, left);
		if (n >= RUN_MIN && *text != '/')
			return true;
	}
	return false;
}

void
token_cut(struct token_set *set, const char *text, size_t n, struct buf *out)
{
	size_t i, cut, run_end = 0;

	if (!set->sorted)
		sort(set);
	for (i = 0; i < n; i += cut ? cut : 1) {
		cut = known_at(set, text + i, n - i);
		if (i >= run_end) {
			run_end = i + run_at(text + i, n - i);
			if (run_end - i >= RUN_MIN && run_end - i > cut)
				cut = run_end - i;
		}
		if (cut)
			buf_puts(out, "[token]");
		else
			buf_putc(out, text[i]);
	}
}
