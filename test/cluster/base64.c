#include "standin.h"

#include "../lib/memory.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
base64_encode(const char *text)
{
	size_t size = strlen(text);
	char *out = memory_zeros(size / 3 * 4 + 5), *p = out;

	for (size_t i = 0; i < size; i += 3) {
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < size ? (unsigned char)text[i + k] : 0u);
		for (size_t k = 0; k < 4; k++)
			*p++ = i + k > size ? '=' : digits[bits >> (18 - 6 * k) & 63];
	}
	*p = '\0';
	return out;
}

long
base64_decode(const char *text, char *out)
{
	size_t size = strlen(text), count = strspn(text, digits);
	uint32_t bits = 0;

	if (size % 4 != 0)
		return (long)(count < size && text[count] != '=' ? count : size - size % 4);
	if (count + 2 < size || count + strspn(text + count, "=") != size)
		return (long)count;
	for (size_t i = 0; i < count; i++) {
		bits = bits << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
		if (i % 4 != 0)
			*out++ = (char)(bits >> (6 - 2 * (i % 4)) & 255);
	}
	*out = '\0';
	return -1;
}
