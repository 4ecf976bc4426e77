#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bag.h"

/* U+0000, which cJSON would end a string at, becomes what bag.h has for it. */
static void
keep_nul(char *json)
{
	char *to = json;
	size_t n, kept;

	for (; *json != '\0'; json += n, to += kept) {
		n = kept = *json == '\\' && json[1] != '\0' ? 2 : 1 + strcspn(json + 1, "\\");
		if (strncmp(json, "\\u0000", 6) == 0) {
			memcpy(json, BAG_NUL, kept);
			n = 6;
		}
		memmove(to, json, kept);
	}
	*to = '\0';
}

cJSON *
bag_read(char *file)
{
	if (file == NULL || strlen(file) < BAG_HEAD)
		return NULL;
	keep_nul(file + BAG_HEAD);
	return cJSON_Parse(file + BAG_HEAD);
}

char *
bag_text(cJSON *b)
{
	struct buf t = {0};

	bag_sort(b);
	buf_printf(&t, "%0*d\n", BAG_HEAD - 1, 0);
	bag_print(&t, b);
	buf_putc(&t, '\n');
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
	bag_put(b, key, value, NULL);
}

cJSON *
bag_put(cJSON *object, ...)
{
	const char *name, *value;
	va_list ap;

	va_start(ap, object);
	while ((name = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value != NULL)
			cJSON_AddStringToObject(object, name, value);
	}
	va_end(ap);
	return object;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

void
bag_sort(cJSON *object)
{
	cJSON **list = NULL;
	size_t n = 0, i;

	while (object->child != NULL)
		list = memory_add(list, &n, cJSON_DetachItemViaPointer(object, object->child));
	if (n > 0)
		qsort(list, n, sizeof(cJSON *), by_name);
	for (i = 0; i < n; i++)
		cJSON_AddItemToArray(object, list[i]);
	free(list);
}

void
bag_print(struct buf *b, const cJSON *node)
{
	/* What Go writes in another way than libcjson; and \\, whose second half begins nothing. */
	static const char *const go[][2] = {{BAG_NUL, "\\u0000"}, {"<", "\\u003c"},
	    {">", "\\u003e"}, {"&", "\\u0026"}, {"\xE2\x80\xA8", "\\u2028"},
	    {"\xE2\x80\xA9", "\\u2029"}, {"\\\\", "\\\\"}, {"\\b", "\\u0008"}, {"\\f", "\\u000c"}};
	enum { N = sizeof go / sizeof *go };
	char *json = memory_check(cJSON_PrintUnformatted(node)), *s;
	size_t n, i;

	for (s = json; *s != '\0'; s += n) {
		for (i = 0; i < N && strncmp(s, go[i][0], strlen(go[i][0])) != 0; i++)
			continue;
		n = i < N ? strlen(go[i][0]) : 1 + strcspn(s + 1, "\xC0<>&\xE2\\");
		buf_put(b, i < N ? go[i][1] : s, i < N ? strlen(go[i][1]) : n);
	}
	free(json);
}
