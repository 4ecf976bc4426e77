#include "value.h"

#include "../lib/memory.h"

#include <string.h>

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

int
value_number(const cJSON *json, const char *name, int otherwise)
{
	const cJSON *number = value_get(json, name);

	return cJSON_IsNumber(number) ? number->valueint : otherwise;
}

const char *
value_first(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(value_get(json, name), 0));

	return text ? text : "";
}

int
value_is_same(const cJSON *a, const cJSON *b)
{
	return a && b && cJSON_Compare(a, b, 1);
}

/* How many elements are the value. */
static int
count(const cJSON *array, const cJSON *value)
{
	const cJSON *item;
	int n = 0;

	cJSON_ArrayForEach(item, array) n += value_is_same(item, value);
	return n;
}

int
value_is_same_set(const cJSON *a, const cJSON *b)
{
	int same = cJSON_IsArray(a) && cJSON_GetArraySize(a) == cJSON_GetArraySize(b);
	const cJSON *item;

	cJSON_ArrayForEach(item, b) same = same && count(a, item) == count(b, item);
	return same;
}

static cJSON *
parse_line(const char *text, size_t n)
{
	const char *line = memory_brief("%.*s", (int)n, text);
	cJSON *json = cJSON_Parse(line);

	return json ? json : cJSON_CreateRaw(line);
}

cJSON *
value_parse_lines(const char *text)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t n; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (n)
			cJSON_AddItemToArray(list, parse_line(text, n));
	}
	return list;
}
