#include <string.h>

#include "bag.h"
#include "text.h"

/* U+0000, which cJSON would end a string at, becomes what text.h has for it. */
static void
keep_nul(char *json)
{
	char *to;
	size_t n, kept;

	for (to = json; *json != '\0'; json += n, to += kept) {
		n = kept = *json == '\\' ? 2 : 1;
		if (strncmp(json, "\\u0000", 6) == 0) {
			n = 6;
			json = memcpy(json, TEXT_NUL, 2);
		}
		memmove(to, json, kept);
	}
	*to = '\0';
}

cJSON *
bag_read(char *text)
{
	if (text == NULL)
		return NULL;
	keep_nul(text);
	return cJSON_Parse(text);
}

void
bag_put(struct buf *t, const cJSON *b)
{
	text_tree(t, b);
	buf_puts(t, "\n");
}

const char *
bag_get(const cJSON *b, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, key));
}

void
bag_set(cJSON *b, const char *key, const char *value)
{
	if (value != NULL)
		text_add(b, key, cJSON_CreateString(value));
	else
		cJSON_DeleteItemFromObjectCaseSensitive(b, key);
}
