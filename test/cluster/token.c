#include "daemon.h"

#include "../lib/memory.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *
encode(const char *text)
{
	size_t size = strlen(text);
	char *out = memory_zeros(size / 3 * 4 + 5), *p = out;

	for (size_t i = 0; i < size; i += 3) {
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < size ? (unsigned char)text[i + k] : 0u);
		for (size_t k = 0; k < 4; k++)
			*p++ = i + k > size ? '=' : digits[bits >> (18 - 6 * k) & 63];
	}
	return out;
}

/* Decodes TEXT into OUT, which needs no more room than TEXT. Gives -1, or the place of the first
 * byte that is wrong. */
static long
decode(const char *text, char *out)
{
	size_t size = strlen(text), count = strspn(text, digits);
	uint32_t bits = 0;

	if (size % 4 != 0)
		return (long)(count < size && text[count] != '=' ? count : size - size % 4);
	if (count + 2 < size || count + strspn(text + count, "=") != size)
		return (long)count;
	for (size_t i = 0; i < count; i++) {
		bits = bits << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
		if (i % 4 != 0)
			*out++ = (char)(bits >> (6 - 2 * (i % 4)) & 255);
	}
	return -1;
}

const char *
token_text(const struct store *store, const struct token *token)
{
	struct buf json = {0};

	buf_printf(&json, "{\"secret\":\"%s\",\"fingerprint\":\"%s\"", token->secret,
	    store->clusters[token->cluster - 1].fingerprint);
	buf_item(&json, "join_addresses", "[");
	for (const struct member *member = NULL;
	     (member = store_next(store, token->cluster, member));)
		buf_string(&json, NULL, member->address);
	buf_puts(&json, "]}");
	return encode(json.s);
}

cJSON *
token_parse(const char *text, const char **fault)
{
	char *plain = memory_zeros(strlen(text) + 1);
	long place = decode(text, plain);
	cJSON *json = place < 0 ? cJSON_Parse(plain) : NULL;

	if (place >= 0)
		*fault = memory_text("illegal base64 data at input byte %ld", place);
	else if (!*plain)
		*fault = "unexpected end of JSON input";
	else if (!json)
		*fault =
		    memory_text("invalid character '%c' looking for beginning of value", *plain);
	return json;
}

struct token *
token_find(const struct store *store, const cJSON *json)
{
	const char *secret = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "secret"));

	for (size_t i = store->ntokens; secret && i > 0; i--)
		if (strcmp(store->tokens[i - 1].secret, secret) == 0)
			return &store->tokens[i - 1];
	return NULL;
}
