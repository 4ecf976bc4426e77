#include <stdint.h>

#include "utf8.h"

static const uint64_t ones = 0x0101010101010101u;

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

/* The eight bytes at p, the first one lowest; compilers make one instruction of it. */
static uint64_t
load(const char *p)
{
	const unsigned char *s = (const unsigned char *)p;

	return (uint64_t)s[0] | (uint64_t)s[1] << 8 | (uint64_t)s[2] << 16 | (uint64_t)s[3] << 24 |
	       (uint64_t)s[4] << 32 | (uint64_t)s[5] << 40 | (uint64_t)s[6] << 48 |
	       (uint64_t)s[7] << 56;
}

/*
 * The lowest bit that is set is that of the first byte of w that isn't plain; 0: all are plain. The
 * bits of later bytes mean nothing: a borrow or a carry may have set them.
 */
static uint64_t
not_plain(uint64_t w)
{
	return ((w - ones * 0x20) | (w + ones) | ((w ^ ones * '"') - ones) |
		   ((w ^ ones * '\\') - ones)) &
	       ones * 0x80;
}

/* The number of bytes before that of the lowest bit set. */
static size_t
bytes_before(uint64_t bits)
{
	return (size_t)((((bits - 1) & ~bits & ones) * ones >> 56) - 1);
}

size_t
utf8_plain(const char *s, size_t n)
{
	uint64_t bits;
	size_t i;

	for (i = 0; n - i >= 8; i += 8) {
		bits = not_plain(load(s + i));
		if (bits)
			return i + bytes_before(bits);
		while (
		    n - i >= 40 && !(not_plain(load(s + i + 8)) | not_plain(load(s + i + 16)) |
				       not_plain(load(s + i + 24)) | not_plain(load(s + i + 32))))
			i += 32;
	}
	while (i < n && !(not_plain((unsigned char)s[i]) & 0x80))
		i++;
	return i;
}

size_t
utf8_encode(char *out, unsigned long code)
{
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;

	for (i = n - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(first[n] | code);
	return n;
}
