#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "bag.h"
#include "folder.h"
#include "text.h"

static bool
bag_find(const struct bag *b, const char *key, size_t *at)
{
	bool there;

	*at = memory_place(b->pair, b->n, sizeof *b->pair, key, &there);
	return there;
}

const char *
bag_get(const struct bag *b, const char *key)
{
	size_t at;

	return bag_find(b, key, &at) ? b->pair[at].value : NULL;
}

void
bag_set(struct bag *b, const char *key, const char *value)
{
	size_t at;

	if (bag_find(b, key, &at)) {
		free(b->pair[at].value);
		b->pair[at].value = memory_text("%s", value);
		return;
	}
	b->pair = memory_insert(b->pair, &b->n, sizeof *b->pair, at);
	b->pair[at].key = memory_text("%s", key);
	b->pair[at].value = memory_text("%s", value);
}

void
bag_remove(struct bag *b, const char *key)
{
	size_t at;

	if (!bag_find(b, key, &at))
		return;
	free(b->pair[at].key);
	free(b->pair[at].value);
	memory_remove(b->pair, &b->n, sizeof *b->pair, at);
}

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

int
bag_read(struct bag *b, const char *file)
{
	const cJSON *item;
	cJSON *json;
	char *text;

	if (strlen(file) < BAG_HEAD)
		return -1;
	text = strstr(file, "\\u0000") == NULL ? NULL : keep_nul(file + BAG_HEAD);
	json = cJSON_Parse(text == NULL ? file + BAG_HEAD : text);
	free(text);
	if (!cJSON_IsObject(json)) {
		cJSON_Delete(json);
		return -1;
	}
	cJSON_ArrayForEach(item, json)
	{
		if (cJSON_IsString(item))
			bag_set(b, item->string, item->valuestring);
	}
	cJSON_Delete(json);
	return 0;
}

cJSON *
bag_tree(const struct bag *b)
{
	cJSON *tree = cJSON_CreateObject();
	size_t i;

	for (i = 0; i < b->n; i++)
		cJSON_AddStringToObject(tree, b->pair[i].key, b->pair[i].value);
	return tree;
}

char *
bag_file(const struct bag *b, unsigned long version, size_t *n)
{
	struct buf t = {0};
	cJSON *tree = bag_tree(b);

	buf_printf(&t, "%0*lu\n", BAG_HEAD - 1, version);
	text_tree(&t, tree);
	buf_puts(&t, "\n");
	cJSON_Delete(tree);
	*n = t.n;
	return t.s;
}

void
bag_free(struct bag *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		free(b->pair[i].key);
		free(b->pair[i].value);
	}
	free(b->pair);
	memset(b, 0, sizeof *b);
}
