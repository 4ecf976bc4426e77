#include "utf8.h"

size_t
utf8_length(const char *p, const char *end)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t i, n;

	if (s[0] < 0x80)
		return 1;
	n = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	if (!n || (size_t)(end - p) < n)
		return 0;
	/* overlong forms, surrogates, and what is beyond U+10FFFF */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

size_t
utf8_control(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] == 0xc2)
		return p[1] >= 0x80 && p[1] < 0xa0 ? 2 : 0;
	return (p[0] && p[0] < 0x20) || p[0] == 0x7f ? 1 : 0;
}

bool
utf8_valid(const char *s, size_t n)
{
	const char *end = s + n;
	size_t length;

	for (; s < end; s += length) {
		length = utf8_length(s, end);
		if (!length)
			return false;
	}
	return true;
}

size_t
utf8_fit(const char *s, size_t n)
{
	size_t i, length;
	unsigned char c;

	for (i = 1; i < 4 && i <= n; i++) {
		c = (unsigned char)s[n - i];
		if ((c & 0xc0) == 0x80)
			continue;
		length = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		return length > i ? n - i : n;
	}
	return n;
}
