#ifndef JUJU_SETTINGS_H
#define JUJU_SETTINGS_H

#include "bag.h"

/*
 * Reads what relation-set --file and state-set --file take, as gopkg.in/yaml.v2 reads it into a
 * map of strings: a mapping, which a JSON object is. The parser is libyaml, of which yaml.v2 is a
 * port. Numbers and booleans keep the text they were written with, null is "", of equal keys the
 * last one counts, what follows the first document isn't looked at. The escape \/ and values that
 * are no scalars are refused, as there. Merge keys, and tags but !!str, which the real one knows,
 * are refused too.
 *
 * NULL, or the error's text, as yaml.v2 words it. Memory isn't given back.
 */
const char *settings_read(cJSON *b, const char *s, size_t n);

#endif
