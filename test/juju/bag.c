#include <stdlib.h>
#include <string.h>

#include "bag.h"
#include "text.h"

/* U+0000, which cJSON would end a string at, as text.h has it. */
static char *
keep_nul(const char *json)
{
	struct buf t = {0};
	const char *p;

	for (p = json; *p != '\0';) {
		if (*p != '\\') {
			buf_put(&t, p, strcspn(p, "\\"));
			p += strcspn(p, "\\");
		} else if (strncmp(p, "\\u0000", 6) == 0) {
			buf_puts(&t, TEXT_NUL);
			p += 6;
		} else {
			buf_put(&t, p, 2);
			p += 2;
		}
	}
	return t.s;
}

cJSON *
bag_read(const char *file)
{
	cJSON *b;
	char *text;

	if (file == NULL || strlen(file) < BAG_HEAD)
		return NULL;
	text = strstr(file, "\\u0000") == NULL ? NULL : keep_nul(file + BAG_HEAD);
	b = cJSON_Parse(text == NULL ? file + BAG_HEAD : text);
	free(text);
	return b;
}

char *
bag_file(cJSON *b, unsigned long version, size_t *n)
{
	struct buf t = {0};

	text_sort(b);
	buf_printf(&t, "%0*lu\n", BAG_HEAD - 1, version);
	text_tree(&t, b);
	buf_puts(&t, "\n");
	*n = t.n;
	return t.s;
}

const char *
bag_get(const cJSON *b, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, key));
}

void
bag_set(cJSON *b, const char *key, const char *value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(b, key);
	if (value != NULL)
		cJSON_AddStringToObject(b, key, value);
}
