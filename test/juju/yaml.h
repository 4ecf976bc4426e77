#ifndef JUJU_YAML_H
#define JUJU_YAML_H

#include "bag.h"

/*
 * Reads what relation-set --file and state-set --file take, as gopkg.in/yaml.v2 reads it into a
 * map of strings: a flow mapping, which a JSON object is, or a block mapping. Numbers and booleans
 * keep the text they were written with, null is "", of equal keys the last one counts, what follows
 * the mapping isn't looked at. Refused as there: surrogate escapes and \/, control characters,
 * U+FEFF, a key over 1024 characters or lines, values that are no scalars. Tags, anchors and "? "
 * keys, which the real one knows, are refused too.
 *
 * 0, or -1 with the error's text in error.
 */
int yaml_read(struct bag *b, const char *s, size_t n, char *error, size_t size);

#endif
