/*
 * A survey and its verdict as text for people, and as the status object of td-document(5). Neither
 * has a token in it.
 */
#ifndef TD_REPORT_H
#define TD_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "survey.h"
#include "verdict.h"

/* Puts the tables and findings, in lines of at most width columns (0: unlimited). The locale is to
 * be set. */
void report_text(
    const struct survey *s, const struct verdict *v, bool colour, size_t width, struct buf *b);

/* Puts the object, on one line. */
void report_json(const struct survey *s, const struct verdict *v, struct buf *b);

#endif
