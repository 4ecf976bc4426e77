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
text_json(struct buf *b, const char *s)
{
	static const char *const named[][2] = {{TEXT_NUL, "\\u0000"}, {"\xE2\x80\xA8", "\\u2028"},
	    {"\xE2\x80\xA9", "\\u2029"}, {"\"", "\\\""}, {"\\", "\\\\"}, {"\n", "\\n"},
	    {"\r", "\\r"}, {"\t", "\\t"}};
	enum { NAMED = sizeof named / sizeof *named };
	size_t i;

	buf_putc(b, '"');
	while (*s != '\0') {
		for (i = 0; i < NAMED && strncmp(s, named[i][0], strlen(named[i][0])) != 0; i++)
			continue;
		if (i < NAMED) {
			buf_puts(b, named[i][1]);
			s += strlen(named[i][0]);
		} else if ((unsigned char)*s < 0x20 || strchr("<>&", *s) != NULL) {
			buf_printf(b, "\\u%04x", *s++);
		} else {
			buf_putc(b, *s++);
		}
	}
	buf_putc(b, '"');
}

void
text_tree(struct buf *t, const cJSON *node)
{
	const cJSON *child;

	if (cJSON_IsString(node)) {
		text_json(t, node->valuestring);
	} else if (cJSON_IsNumber(node)) {
		buf_printf(t, "%.17g", node->valuedouble);
	} else if (!cJSON_IsArray(node) && !cJSON_IsObject(node)) {
		buf_puts(t, cJSON_IsNull(node) ? "null" : cJSON_IsTrue(node) ? "true" : "false");
	} else {
		buf_puts(t, cJSON_IsArray(node) ? "[" : "{");
		cJSON_ArrayForEach(child, node)
		{
			buf_puts(t, child == node->child ? "" : ",");
			if (cJSON_IsObject(node)) {
				text_json(t, child->string);
				buf_puts(t, ":");
			}
			text_tree(t, child);
		}
		buf_puts(t, cJSON_IsArray(node) ? "]" : "}");
	}
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
