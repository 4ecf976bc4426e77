#include <stddef.h>
#include <string.h>

#include "natural.h"

static const char digits[] = "0123456789";

/* Compares the numbers that *a and *b begin with and goes past them. */
static int
compare_numbers(const char **a, const char **b)
{
	size_t na, nb;
	int order;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	na = strspn(*a, digits);
	nb = strspn(*b, digits);
	order = na != nb ? (na < nb ? -1 : 1) : memcmp(*a, *b, na);
	*a += na;
	*b += nb;
	return order;
}

int
natural_compare(const char *a, const char *b)
{
	const char *p = a, *q = b;
	int order = 0;

	while (!order && *p && *q) {
		if (strchr(digits, *p) && strchr(digits, *q)) {
			order = compare_numbers(&p, &q);
		} else {
			order = (unsigned char)*p - (unsigned char)*q;
			p++;
			q++;
		}
	}
	if (!order)
		order = (unsigned char)*p - (unsigned char)*q;
	if (!order && strlen(a) != strlen(b))
		order = strlen(a) < strlen(b) ? -1 : 1;
	return order ? order : strcmp(a, b);
}
