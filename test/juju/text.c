#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static bool
is_nul(const char *p)
{
	return strncmp(p, TEXT_NUL, 2) == 0;
}

void
text_raw(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		buf_putc(b, is_nul(s) ? '\0' : *s);
		s += is_nul(s);
	}
}

void
text_tree(struct buf *t, const cJSON *node)
{
	/* What Go writes in another way than libcjson. */
	static const char *const go[][2] = {{TEXT_NUL, "\\u0000"}, {"<", "\\u003c"},
	    {">", "\\u003e"}, {"&", "\\u0026"}, {"\xE2\x80\xA8", "\\u2028"},
	    {"\xE2\x80\xA9", "\\u2029"}, {"\\\\", "\\\\"}, {"\\b", "\\u0008"}, {"\\f", "\\u000c"}};
	enum { N = sizeof go / sizeof *go };
	char *json = memory_check(cJSON_PrintUnformatted(node)), *s = json;
	size_t i;

	while (*s != '\0') {
		for (i = 0; i < N && strncmp(s, go[i][0], strlen(go[i][0])) != 0; i++)
			continue;
		if (i < N) {
			buf_puts(t, go[i][1]);
			s += strlen(go[i][0]);
		} else {
			buf_putc(t, *s++);
		}
	}
	free(json);
}

cJSON *
text_put(cJSON *o, const char *fmt, ...)
{
	struct buf b = {0};
	cJSON *more;
	va_list ap;
	char *p;

	buf_puts(&b, "{");
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	buf_puts(&b, "}");
	for (p = b.s; (p = strchr(p, '\'')) != NULL;)
		*p = '"';
	more = memory_check(cJSON_Parse(b.s));
	while (more->child != NULL)
		cJSON_AddItemToArray(o, cJSON_DetachItemViaPointer(more, more->child));
	cJSON_Delete(more);
	buf_free(&b);
	return o;
}

cJSON *
text_add(cJSON *o, const char *name, cJSON *value)
{
	cJSON *member, *next;

	cJSON_DeleteItemFromObjectCaseSensitive(o, name);
	cJSON_AddItemToObject(o, name, value);
	for (member = o->child; member != value; member = next) {
		next = member->next;
		if (strcmp(member->string, name) > 0)
			cJSON_AddItemToArray(o, cJSON_DetachItemViaPointer(o, member));
	}
	return value;
}

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
text_read(char *text)
{
	if (text == NULL)
		return NULL;
	keep_nul(text);
	return cJSON_Parse(text);
}

void
text_line(struct buf *t, const cJSON *b)
{
	text_tree(t, b);
	buf_puts(t, "\n");
}

const char *
text_get(const cJSON *b, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(b, key));
}

void
text_set(cJSON *b, const char *key, const char *value)
{
	if (value != NULL)
		text_add(b, key, cJSON_CreateString(value));
	else
		cJSON_DeleteItemFromObjectCaseSensitive(b, key);
}
