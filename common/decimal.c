#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"

enum { LOW_DIGITS = 18 }; /* of an exponent, fit for a long long */

bool
decimal_is_key(const char *s)
{
	size_t n = strspn(s + (*s == '-'), "0123456789") + (*s == '-');

	return !s[n] && (s[n - 1] != '0' || n == 1);
}

/* Writes "eN", N being the exponent at e plus shift; nothing for 0. */
static void
put_exponent(char *out, const char *e, long long shift)
{
	const long long one = 1000000000000000000;
	bool negative = *e == '-';
	size_t high, skip;
	long long low;
	char *o;

	e += *e == '-' || *e == '+';
	e += strspn(e, "0");
	high = strlen(e) > LOW_DIGITS ? strlen(e) - LOW_DIGITS : 0;
	low = strtoll(e + high, NULL, 10) + (negative ? -shift : shift);
	if (!high) {
		if (low)
			sprintf(out, "e%lld", negative ? -low : low);
		return;
	}
	*out++ = 'e';
	if (negative)
		*out++ = '-';
	*out = '0';
	memcpy(out + 1, e, high);
	if (low < 0) {
		low += one;
		for (o = out + high; *o == '0'; o--)
			*o = '9';
		--*o;
	} else if (low >= one) {
		low -= one;
		for (o = out + high; *o == '9'; o--)
			*o = '0';
		++*o;
	}
	sprintf(out + 1 + high, "%0*lld", LOW_DIGITS, low);
	skip = strspn(out, "0");
	memmove(out, out + skip, strlen(out + skip) + 1);
}

size_t
decimal_key(char *out, const char *s)
{
	char *o = out, *first;
	long long shift = 0;
	bool point = false;

	if (*s == '-')
		*o++ = *s++;
	for (first = o; *s && *s != 'e' && *s != 'E'; s++) {
		if (*s == '.') {
			point = true;
			continue;
		}
		shift -= point;
		if (*s != '0' || o > first)
			*o++ = *s;
	}
	for (; o > first && o[-1] == '0'; o--)
		shift++;
	if (o == first) {
		strcpy(out, "0");
		return 2;
	}
	*o = '\0';
	put_exponent(o, *s ? s + 1 : s, shift);
	return strlen(out) + 1;
}
