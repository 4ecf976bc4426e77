#include <string.h>
#include <sys/utsname.h>

#include "mirror.h"
#include "tool.h"
#include "utf8.h"

static const char usage[] = "[-HRx] [HOST ...]\n"
			    "  -H, --this-host  print the id of this host\n"
			    "  -x, --host       do the opposite: print the hosts of ids\n"
			    "  -R, --raw        print strings without quotes, one a line\n"
			    "  -h, --help       print this\n"
			    "  -V, --version    print the version\n";

static const struct option options[] = {{"this-host", no_argument, NULL, 'H'},
    {"host", no_argument, NULL, 'x'}, {"raw", no_argument, NULL, 'R'}, TOOL_OPTIONS};

static bool back; /* -x */
static bool raw;

/* Puts the id of s, or with -x its host. place is the number of s, for messages. */
static int
put(struct buf *out, const char *s, size_t place, struct fail *f)
{
	struct buf id = {0};

	if (back && !mirror_host(s))
		return fail_set(f, STATUS_INPUT,
		    "cannot take the host from value %zu: it doesn't begin with %s", place,
		    MIRROR_PREFIX);
	buf_puts(&id, back ? "" : MIRROR_PREFIX);
	buf_puts(&id, back ? mirror_host(s) : s);
	if (id.failed)
		out->failed = true;
	else
		(raw ? buf_puts : buf_json)(out, id.s);
	buf_free(&id);
	return 0;
}

/* One result a line. */
static enum status
from_names(struct tool *t, char *const *names, size_t n, struct buf *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!utf8_valid(names[i], strlen(names[i])))
			return tool_usage(t, "cannot take value %zu: it isn't UTF-8", i + 1);
		if (put(out, names[i], i + 1, &t->fail))
			return tool_fail(t);
		buf_putc(out, '\n');
	}
	return STATUS_OK;
}

/* Reads a string or an array of strings; prints a string or an array. */
static int
from_json(const cJSON *value, struct buf *out, struct fail *f)
{
	const cJSON *item = cJSON_IsArray(value) ? value->child : value;
	size_t place;

	if (!cJSON_IsArray(value) && !cJSON_IsString(value))
		return fail_set(f, STATUS_INPUT,
		    "cannot read <stdin>: expected a string or an array of strings, got %s",
		    json_kind(value));
	if (cJSON_IsArray(value) && !raw)
		buf_putc(out, '[');
	for (place = 1; item; item = item->next, place++) {
		if (!cJSON_IsString(item))
			return fail_set(f, STATUS_INPUT, "element %zu: expected a string, got %s",
			    place, json_kind(item));
		if (put(out, item->valuestring, place, f))
			return -1;
		if (item->next || raw)
			buf_putc(out, raw ? '\n' : ',');
	}
	if (!raw)
		buf_puts(out, cJSON_IsArray(value) ? "]\n" : "\n");
	return 0;
}

static enum status
from_stdin(struct tool *t, struct buf *out)
{
	struct json j;
	int r;

	if (tool_json(t, &j))
		return t->status;
	r = from_json(j.root, out, &t->fail);
	json_free(&j);
	return r ? tool_fail(t) : STATUS_OK;
}

static enum status
from_this_host(struct tool *t, struct buf *out)
{
	struct utsname u;
	char *name = u.nodename;

	if (uname(&u) == 0)
		return from_names(t, &name, 1, out);
	fail_errno(&t->fail, "cannot read the host's name");
	return tool_fail(t);
}

int
main(int argc, char **argv)
{
	struct buf out = {0};
	bool this_host = false;
	enum status status;
	struct tool t;
	int opt;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1) {
		switch (opt) {
		case 'H':
			this_host = true;
			break;
		case 'x':
			back = true;
			break;
		case 'R':
			raw = true;
			break;
		default:
			return t.status;
		}
	}
	if (this_host && back)
		return tool_usage(&t, "cannot take -x with -H: a host's name is no id");
	if (tool_late_option(&t) || tool_operands(&t, 0, this_host ? 0 : -1))
		return t.status;
	if (this_host)
		status = from_this_host(&t, &out);
	else if (t.argc)
		status = from_names(&t, t.argv, (size_t)t.argc, &out);
	else
		status = from_stdin(&t, &out);
	if (status == STATUS_OK)
		return tool_print(&t, &out, STATUS_OK);
	buf_free(&out);
	return status;
}
