#include "show.h"

#include "../lib/micro.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

enum {
	FINGERPRINT = 64, /* digits */
};

static void
time_text(const struct member *member, char *buffer, size_t size)
{
	time_t when = 1767225600 + (time_t)(member->heard / 1000); /* 2026-01-01 */
	size_t used;
	struct tm tm;

	if (member->heard < 0) {
		snprintf(buffer, size, "0001-01-01T00:00:00Z");
		return;
	}
	gmtime_r(&when, &tm);
	used = strftime(buffer, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buffer + used, size - used, ".%03ldZ", member->heard % 1000);
}

static void
show_json(struct buf *out, const struct member *member)
{
	char when[64];

	time_text(member, when, sizeof(when));
	buf_printf(out,
	    "{\"name\":\"%s\",\"address\":\"%s\",\"certificate\":"
	    "\"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n\","
	    "\"role\":\"%s\",\"schema_internal_version\":6,\"schema_external_version\":3,"
	    "\"last_heartbeat\":\"%s\",\"status\":\"%s\",\"extensions\":["
	    "\"internal:runtime_extension_v1\",\"internal:rename_core_endpoints\","
	    "\"custom_encapsulation_ip\"],\"secret\":\"\"}",
	    member->name, member->address, member->role, when, MICRO_STATUS(member->online));
}

static void
show_yaml(struct buf *out, const struct member *member)
{
	char when[64];

	time_text(member, when, sizeof(when));
	buf_printf(out,
	    "- clustermemberlocal:\n    name: %s\n    address: %s\n    certificate: |\n"
	    "      -----BEGIN CERTIFICATE-----\n      MIIB\n      -----END CERTIFICATE-----\n"
	    "  role: %s\n  schema_internal_version: 6\n  schema_external_version: 3\n"
	    "  last_heartbeat: %s\n  status: %s\n  extensions:\n"
	    "  - internal:runtime_extension_v1\n  - internal:rename_core_endpoints\n"
	    "  - custom_encapsulation_ip\n  secret: \"\"\n",
	    member->name, member->address, member->role, when, MICRO_STATUS(member->online));
}

/* 64 digits that are the member's own. */
static const char *
fingerprint(const struct member *member, char buffer[FINGERPRINT + 1])
{
	uint32_t hash = 2166136261u;

	for (int i = 0; i < FINGERPRINT; i++) {
		for (const char *p = member->name; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 16777619u;
		buffer[i] = "0123456789abcdef"[hash >> 13 & 15];
	}
	buffer[FINGERPRINT] = '\0';
	return buffer;
}

static void
rule(struct buf *out, const size_t widths[], size_t columns)
{
	for (size_t i = 0; i < columns; i++) {
		buf_putc(out, '+');
		for (size_t k = 0; k < widths[i] + 2; k++)
			buf_putc(out, '-');
	}
	buf_puts(out, "+\n");
}

/* In the middle of its column, to the left if there is no middle; or at the left. */
static void
cell(struct buf *out, const char *text, size_t width, int middle)
{
	size_t left = middle ? (width - strlen(text)) / 2 : 0;

	buf_printf(out, "| %*s%s%*s ", (int)left, "", text, (int)(width - strlen(text) - left), "");
}

static void
show_table(struct buf *out, const struct member *const members[], size_t count)
{
	static const char *const titles[] = {"NAME", "ADDRESS", "ROLE", "FINGERPRINT", "STATUS"};
	enum { COLUMNS = 5 };
	size_t widths[COLUMNS];
	char digits[FINGERPRINT + 1];

	for (size_t i = 0; i < COLUMNS; i++)
		widths[i] = strlen(titles[i]);
	for (size_t i = 0; i <= count; i++) {
		const struct member *m = i < count ? members[i] : NULL;
		const char *cells[COLUMNS] = {m ? m->name : "", m ? m->address : "",
		    m ? m->role : "", m ? fingerprint(m, digits) : "",
		    m ? MICRO_STATUS(m->online) : ""};

		for (size_t k = 0; k < COLUMNS; k++)
			if (strlen(cells[k]) > widths[k])
				widths[k] = strlen(cells[k]);
	}
	rule(out, widths, COLUMNS);
	for (size_t k = 0; k < COLUMNS; k++)
		cell(out, titles[k], widths[k], 1);
	buf_puts(out, "|\n");
	rule(out, widths, COLUMNS);
	for (size_t i = 0; i < count; i++) {
		const struct member *m = members[i];

		cell(out, m->name, widths[0], 0);
		cell(out, m->address, widths[1], 0);
		cell(out, m->role, widths[2], 0);
		cell(out, fingerprint(m, digits), widths[3], 0);
		cell(out, MICRO_STATUS(m->online), widths[4], 0);
		buf_puts(out, "|\n");
		rule(out, widths, COLUMNS);
	}
}

int
show_members(
    struct buf *out, const char *format, const struct member *const members[], size_t count)
{
	if (strcmp(format, "table") == 0) {
		show_table(out, members, count);
		return 1;
	}
	if (strcmp(format, "yaml") == 0) {
		for (size_t i = 0; i < count; i++)
			show_yaml(out, members[i]);
		return 1;
	}
	if (strcmp(format, "json") != 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		buf_putc(out, i ? ',' : '[');
		show_json(out, members[i]);
	}
	buf_puts(out, "]\n");
	return 1;
}
