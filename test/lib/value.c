#include <string.h>

#include "memory.h"
#include "value.h"

cJSON *
value_get(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

const char *
value_string(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(value_get(json, name));

	return text ? text : "";
}

const char *
value_command(const cJSON *call)
{
	const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(value_get(call, "args"), 0));

	return text ? text : "";
}

int
value_is_same(const cJSON *a, const cJSON *b)
{
	return a && b && cJSON_Compare(a, b, 1);
}

/* Takes what is in B out of A once; 0 if there is none. */
static int
take(cJSON *a, const cJSON *b)
{
	for (int i = 0; i < cJSON_GetArraySize(a); i++) {
		if (value_is_same(cJSON_GetArrayItem(a, i), b)) {
			cJSON_DeleteItemFromArray(a, i);
			return 1;
		}
	}
	return 0;
}

int
value_is_same_set(const cJSON *a, const cJSON *b)
{
	cJSON *rest = cJSON_Duplicate(a, 1);
	const cJSON *item;
	int same = rest && cJSON_GetArraySize(a) == cJSON_GetArraySize(b);

	cJSON_ArrayForEach(item, b) same = same && take(rest, item);
	return same;
}

cJSON *
value_parse_lines(const char *text)
{
	cJSON *list = cJSON_CreateArray(), *json;

	for (size_t n; text && *text; text += n + (text[n] == '\n')) {
		const char *line = memory_brief("%.*s", (int)(n = strcspn(text, "\n")), text);

		if (n) {
			json = cJSON_Parse(line);
			cJSON_AddItemToArray(list, json ? json : cJSON_CreateRaw(line));
		}
	}
	return list;
}
