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

/* How the character at s is escaped, and its bytes in n; an empty text: it isn't. */
static const char *
escaped(const char *s, size_t *n)
{
	*n = 1;
	if (is_nul(s)) {
		*n = 2;
		return "\\u0000";
	}
	if (strncmp(s, "\xE2\x80\xA8", 3) == 0 || strncmp(s, "\xE2\x80\xA9", 3) == 0) {
		*n = 3;
		return (unsigned char)s[2] == 0xA8 ? "\\u2028" : "\\u2029";
	}
	if (*s == '"' || *s == '\\')
		return *s == '"' ? "\\\"" : "\\\\";
	if (*s == '\n' || *s == '\r' || *s == '\t')
		return *s == '\n' ? "\\n" : *s == '\r' ? "\\r" : "\\t";
	if ((unsigned char)*s < 0x20 || *s == '<' || *s == '>' || *s == '&')
		return memory_brief("\\u%04x", (unsigned char)*s);
	return "";
}

void
text_json(struct buf *b, const char *s)
{
	/* The bytes that what is escaped begins with. */
	static const char first[] =
	    "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27\30\31\32\33\34"
	    "\35\36\37\"\\<>&\xC0\xE2";
	const char *as;
	size_t n;

	buf_putc(b, '"');
	for (; *s != '\0'; s += n) {
		n = strcspn(s, first);
		as = n > 0 ? "" : escaped(s, &n);
		buf_put(b, *as == '\0' ? s : as, *as == '\0' ? n : strlen(as));
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

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

void
text_sort(cJSON *o)
{
	cJSON **list = NULL;
	size_t n = 0, i;

	while (o->child != NULL) {
		list = memory_grow(list, &n, sizeof(cJSON *));
		list[n - 1] = cJSON_DetachItemViaPointer(o, o->child);
	}
	if (n > 0)
		qsort(list, n, sizeof(cJSON *), by_name);
	for (i = 0; i < n; i++)
		cJSON_AddItemToArray(o, list[i]);
	free(list);
}
