/*
 * Prints facts and findings as text for people, or as the status object of td-document(5). Never
 * prints a token.
 */
#ifndef TD_REPORT_H
#define TD_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "facts.h"
#include "findings.h"

/* Puts the tables and findings, in lines of at most width columns, see table_screen. The locale
 * must be set. */
void report_text(
    const struct facts *s, const struct findings *v, bool colour, size_t width, struct buf *b);

/* Puts the object, on one line. */
void report_json(const struct facts *s, const struct findings *v, struct buf *b);

#endif
