#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
bag_read(char *file)
{
	if (file == NULL || strlen(file) < BAG_HEAD)
		return NULL;
	keep_nul(file + BAG_HEAD);
	return cJSON_Parse(file + BAG_HEAD);
}

unsigned long
bag_version(int dir, const char *path)
{
	char head[BAG_HEAD + 1] = "";
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, head, BAG_HEAD) != BAG_HEAD)
		head[0] = '\0';
	if (fd >= 0)
		close(fd);
	return strtoul(head, NULL, 10);
}

char *
bag_file(const cJSON *b, unsigned long version, size_t *n)
{
	struct buf t = {0};

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
	if (value != NULL)
		text_add(b, key, cJSON_CreateString(value));
	else
		cJSON_DeleteItemFromObjectCaseSensitive(b, key);
}
