#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "host.h"

/* microcluster's internal/utils/validation.go, whose texts these are, and LXD's
 * validate.IsHostname. */
static const char *
label_fault(const char *s, size_t n)
{
	bool number = true;
	size_t i;

	if (n < 1 || n > 63)
		return "Name must be 1-63 characters long";
	if (s[0] == '-')
		return "Name must not start with \"-\" character";
	if (s[n - 1] == '-')
		return "Name must not end with \"-\" character";
	for (i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			number = false;
	if (number)
		return "Name cannot be a number";
	for (i = 0; i < n; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z') ||
			(s[i] >= 'a' && s[i] <= 'z') || s[i] == '-'))
			return "Name can only contain alphanumeric and hyphen characters";
	return NULL;
}

const char *
host_fault(const char *name)
{
	const char *fault;
	size_t n;

	if (strlen(name) < 1 || strlen(name) > 255)
		return "Name must be 1-255 characters long";
	for (;; name += n + 1) {
		n = strcspn(name, ".");
		fault = label_fault(name, n);
		if (fault || !name[n])
			return fault;
	}
}
