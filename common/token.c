#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "token.h"

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

bool
token_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *
token_strip(char *s, size_t n)
{
	if (!n || strlen(s) != n)
		return NULL;
	while (n && token_is_blank(s[n - 1]))
		s[--n] = '\0';
	while (token_is_blank(*s))
		s++;
	return token_valid(s) ? s : NULL;
}

bool
token_is_long(const char *token)
{
	return strlen(token) >= TOKEN_RUN_MIN;
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
token_has_id(const char *value, const char *id)
{
	return value && id && token_valid(value) && strcmp(token_id(value).s, id) == 0;
}

bool
token_is_good(const char *token, const char *rejected)
{
	return token_valid(token) && !token_has_id(token, rejected);
}

size_t
token_run(const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n && is_run_char(text[i]); i++)
		;
	return i;
}

/* Does the run of n characters begin with '/', and is each part between slashes shorter than a
 * token? */
static bool
is_path(const char *run, size_t n)
{
	size_t i, part = 0;

	for (i = 0; i < n && part < TOKEN_RUN_MIN; i++)
		part = run[i] == '/' ? 0 : part + 1;
	return run[0] == '/' && part < TOKEN_RUN_MIN;
}

bool
token_has_run(const char *text)
{
	size_t n, left = strlen(text);

	for (; left; text += n ? n : 1, left -= n ? n : 1) {
		n = token_run(text, left);
		if (n >= TOKEN_RUN_MIN && !is_path(text, n))
			return true;
	}
	return false;
}
