#include <string.h>

#include "buf.h"
#include "jointoken.h"

/* The value of a base64 digit, or -1. */
static int
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Puts what the base64 text is of; false: it is none. */
static bool
decode(const char *s, struct buf *out)
{
	size_t i, n = strlen(s), pad = 0;
	unsigned bits = 0;
	int d;

	if (!n || n % 4)
		return false;
	while (pad < 2 && s[n - 1 - pad] == '=')
		pad++;
	if (buf_reserve(out, n))
		return true;
	for (i = 0; i < n - pad; i++) {
		d = digit(s[i]);
		if (d < 0)
			return false;
		bits = (bits << 6 | (unsigned)d) & 0xffffff;
		if (i % 4)
			out->s[out->n++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
	}
	return true;
}

static bool
take(struct jointoken *j)
{
	const cJSON *root = j->json.root, *address;

	j->fingerprint = cJSON_GetStringValue(json_member(root, "fingerprint"));
	j->addresses = json_member(root, "join_addresses");
	if (!j->fingerprint || !cJSON_IsArray(j->addresses) ||
	    !cJSON_IsString(json_member(root, "secret")))
		return false;
	for (address = j->addresses->child; address; address = address->next, j->naddresses++)
		if (!cJSON_IsString(address))
			return false;
	return true;
}

int
jointoken_read(struct jointoken *j, const char *token, bool *ours, struct fail *f)
{
	struct fail fault = {0};
	struct buf b = {0};
	int r = 0;

	memset(j, 0, sizeof *j);
	*ours = decode(token, &b);
	if (b.failed)
		r = fail_memory(f);
	else if (*ours && json_read(&j->json, b.s, b.n, "token", &fault)) {
		*ours = false;
		if (fault.status == STATUS_SYSTEM)
			r = fail_memory(f);
	}
	buf_free(&b);
	if (!r && *ours)
		*ours = take(j);
	if (r || !*ours)
		jointoken_free(j);
	return r;
}

void
jointoken_free(struct jointoken *j)
{
	json_free(&j->json);
	memset(j, 0, sizeof *j);
}
