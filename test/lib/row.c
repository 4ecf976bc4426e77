#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "row.h"

static const char none[] = "-";

void
row_put(struct buf *b, const struct row *row, const void *object)
{
	const struct row_value *v;
	const char *at;

	buf_puts(b, row->word);
	for (v = row->value; v->kind != 0; v++) {
		at = (const char *)object + v->at;
		if (v->kind == ROW_TEXT)
			at = *(char *const *)at;
		buf_putc(b, ' ');
		if (v->kind == ROW_BOOL)
			buf_putc(b, *(const bool *)at ? '1' : '0');
		else if (v->kind == ROW_INT)
			buf_printf(b, "%d", *(const int *)at);
		else if (v->kind == ROW_LONG)
			buf_printf(b, "%ld", *(const long *)at);
		else
			buf_puts(b, at == NULL || *at == '\0' ? none : at);
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
	const struct row_value *v = row->value;
	char *word;
	void *at;

	while (v->kind != 0)
		v++;
	if (n != (size_t)(v - row->value) + 1 || strcmp(words[0], row->word) != 0)
		return false;
	for (v = row->value; v->kind != 0; v++) {
		word = *++words;
		at = (char *)object + v->at;
		if (v->kind == ROW_BOOL)
			*(bool *)at = *word == '1';
		else if (v->kind == ROW_INT)
			*(int *)at = atoi(word);
		else if (v->kind == ROW_LONG)
			*(long *)at = atol(word);
		else if (v->kind == ROW_TEXT)
			*(char **)at = strcmp(word, none) == 0 ? NULL : word;
		else
			snprintf(at, ROW_NAME, "%s", strcmp(word, none) == 0 ? "" : word);
	}
	return true;
}
