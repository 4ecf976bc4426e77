/*
 * The value that most of those asked agree on.
 */
#ifndef TD_CORROBORATE_H
#define TD_CORROBORATE_H

#include <stdbool.h>

#include "fail.h"
#include "json.h"

struct corroborated {
	const char *text; /* the string itself, or the JSON of what isn't one */
	bool is_string;
};

/*
 * The element that is most often in the array items; strings that are deflt have no vote. Between
 * equals it is the one seen first, in the spelling of its first time; where none is left, deflt.
 * Numbers are compared by their decimal value, whatever its size. The result's text is borrowed
 * from items or deflt. Returns 0, or -1: STATUS_INPUT for an element that is an array or an object,
 * or no memory, in f.
 */
int corroborate(const cJSON *items, const char *deflt, struct corroborated *result, struct fail *f);

#endif
