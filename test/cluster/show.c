#include "standin.h"

#include "../lib/memory.h"
#include "../lib/micro.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

enum {
	FINGERPRINT = 64, /* digits */
};

static const char *
time_text(const struct member *member)
{
	time_t when = 1767225600 + (time_t)(member->heard / 1000); /* 2026-01-01 */
	char second[32];
	struct tm tm;

	if (member->heard < 0)
		return "0001-01-01T00:00:00Z";
	gmtime_r(&when, &tm);
	strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &tm);
	return memory_brief("%s.%03ldZ", second, member->heard % 1000);
}

static void
show_member(struct buf *out, int yaml, const struct member *member)
{
	buf_printf(out,
	    yaml ? "- clustermemberlocal:\n    name: %s\n    address: %s\n    certificate: |\n"
		   "      -----BEGIN CERTIFICATE-----\n      MIIB\n"
		   "      -----END CERTIFICATE-----\n"
		   "  role: %s\n  schema_internal_version: 6\n  schema_external_version: 3\n"
		   "  last_heartbeat: %s\n  status: %s\n  extensions:\n"
		   "  - internal:runtime_extension_v1\n  - internal:rename_core_endpoints\n"
		   "  - custom_encapsulation_ip\n  secret: \"\"\n"
		 : "{\"name\":\"%s\",\"address\":\"%s\",\"certificate\":"
		   "\"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n\","
		   "\"role\":\"%s\",\"schema_internal_version\":6,\"schema_external_version\":3,"
		   "\"last_heartbeat\":\"%s\",\"status\":\"%s\",\"extensions\":["
		   "\"internal:runtime_extension_v1\",\"internal:rename_core_endpoints\","
		   "\"custom_encapsulation_ip\"],\"secret\":\"\"}",
	    member->name, member->address, member->role, time_text(member),
	    MICRO_STATUS(member->online));
}

/* 64 digits that are the member's own. */
static const char *
fingerprint(const struct member *member)
{
	char *digits = memory_zeros(FINGERPRINT + 1);
	uint32_t hash = 2166136261u;

	for (int i = 0; i < FINGERPRINT; i++) {
		for (const char *p = member->name; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 16777619u;
		digits[i] = "0123456789abcdef"[hash >> 13 & 15];
	}
	return digits;
}

enum { COLUMNS = 5 };

/* Titles are in the middle of their columns, or left of it; the rest is at the left. */
static void
show_table(struct buf *out, const struct member *const members[], size_t count)
{
	const char *(*rows)[COLUMNS] = memory_zeros((count + 1) * sizeof(*rows));
	static const char *const titles[] = {"NAME", "ADDRESS", "ROLE", "FINGERPRINT", "STATUS"};
	size_t widths[COLUMNS] = {0};
	struct buf rule = {0};

	memcpy(rows[0], titles, sizeof(titles));
	for (size_t i = 0; i < count; i++) {
		const struct member *m = members[i];
		const char *row[] = {
		    m->name, m->address, m->role, fingerprint(m), MICRO_STATUS(m->online)};

		memcpy(rows[i + 1], row, sizeof(row));
	}
	for (size_t i = 0; i <= count; i++)
		for (size_t k = 0; k < COLUMNS; k++)
			if (strlen(rows[i][k]) > widths[k])
				widths[k] = strlen(rows[i][k]);
	for (size_t k = 0; k < COLUMNS; k++) {
		buf_putc(&rule, '+');
		for (size_t n = 0; n < widths[k] + 2; n++)
			buf_putc(&rule, '-');
	}
	buf_printf(out, "%s+\n", rule.s);
	for (size_t i = 0; i <= count; i++) {
		for (size_t k = 0; k < COLUMNS; k++) {
			size_t left = i == 0 ? (widths[k] - strlen(rows[i][k])) / 2 : 0;

			buf_printf(
			    out, "| %*s%-*s ", (int)left, "", (int)(widths[k] - left), rows[i][k]);
		}
		buf_printf(out, "|\n%s+\n", rule.s);
	}
}

int
show_members(
    struct buf *out, const char *format, const struct member *const members[], size_t count)
{
	int yaml = strcmp(format, "yaml") == 0;

	if (strcmp(format, "table") == 0) {
		show_table(out, members, count);
		return 1;
	}
	if (!yaml && strcmp(format, "json") != 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (!yaml)
			buf_putc(out, i ? ',' : '[');
		show_member(out, yaml, members[i]);
	}
	if (!yaml)
		buf_puts(out, "]\n");
	return 1;
}
