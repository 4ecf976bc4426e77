/*
 * The most frequent element of an array.
 */
#ifndef TD_CORROBORATE_H
#define TD_CORROBORATE_H

#include <stdbool.h>

#include "fail.h"
#include "json.h"

struct corroborated {
	const char *text; /* the string, or the JSON of an element that isn't a string */
	bool is_string;
};

/*
 * Finds the most frequent element of the array items. Strings that equal deflt aren't counted. If
 * several are equally frequent, the first wins. If nothing is counted, the result is deflt. Numbers
 * are compared by their exact value, and the result has a number as it was first written. The
 * result's text is borrowed from items or deflt. Returns 0, or -1 with f filled: STATUS_INPUT if an
 * element is an array or an object, or no memory.
 */
int corroborate(const cJSON *items, const char *deflt, struct corroborated *result, struct fail *f);

#endif
