#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "row.h"

static const char none[] = "-";

static void
put_text(struct buf *b, const char *s)
{
	buf_printf(b, " %s", s == NULL || *s == '\0' ? none : s);
}

void
row_put(struct buf *b, const struct row *row, const void *object)
{
	const void *at;
	size_t i;

	buf_puts(b, row->word);
	for (i = 0; row->value[i].kind != 0; i++) {
		at = (const char *)object + row->value[i].at;
		switch (row->value[i].kind) {
		case ROW_BOOL:
			buf_printf(b, " %d", *(const bool *)at);
			break;
		case ROW_INT:
			buf_printf(b, " %d", *(const int *)at);
			break;
		case ROW_LONG:
			buf_printf(b, " %ld", *(const long *)at);
			break;
		case ROW_TEXT:
			put_text(b, *(char *const *)at);
			break;
		case ROW_ARRAY:
			put_text(b, at);
			break;
		}
	}
	buf_putc(b, '\n');
}

size_t
row_next(char **text, char *words[ROW_WORDS])
{
	char *line = *text, *rest = NULL, *word;
	size_t n = 0;

	if (line == NULL || *line == '\0')
		return 0;
	*text = line + strcspn(line, "\n");
	if (**text == '\n')
		*(*text)++ = '\0';
	for (word = strtok_r(line, " ", &rest); word != NULL && n < ROW_WORDS;
	     word = strtok_r(NULL, " ", &rest))
		words[n++] = word;
	return n;
}

bool
row_get(const struct row *row, char *const words[], size_t n, void *object)
{
	char *word;
	void *at;
	size_t i;

	for (i = 0; row->value[i].kind != 0; i++)
		continue;
	if (n != i + 1 || strcmp(words[0], row->word) != 0)
		return false;
	for (i = 0; row->value[i].kind != 0; i++) {
		word = words[i + 1];
		at = (char *)object + row->value[i].at;
		switch (row->value[i].kind) {
		case ROW_BOOL:
			*(bool *)at = *word == '1';
			break;
		case ROW_INT:
			*(int *)at = atoi(word);
			break;
		case ROW_LONG:
			*(long *)at = atol(word);
			break;
		case ROW_TEXT:
			*(char **)at = strcmp(word, none) == 0 ? NULL : word;
			break;
		case ROW_ARRAY:
			snprintf(at, ROW_NAME, "%s", strcmp(word, none) == 0 ? "" : word);
			break;
		}
	}
	return true;
}
