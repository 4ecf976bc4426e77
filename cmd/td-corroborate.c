#include <string.h>

#include "corroborate.h"
#include "tool.h"
#include "utf8.h"

static const char usage[] =
    "[-R] [-d DEFAULT]\n"
    "  -d, --default DEFAULT  a string that isn't counted, and is printed if there\n"
    "                         is nothing else (\"\")\n"
    "  -R, --raw              print a string without quotes\n"
    "  -h, --help             print this\n"
    "  -V, --version          print the version\n";

static const struct option options[] = {
    {"default", required_argument, NULL, 'd'}, {"raw", no_argument, NULL, 'R'}, TOOL_OPTIONS};

/* Puts the most frequent element of the array on standard input. */
static int
put_result(struct tool *t, const char *deflt, bool raw, struct buf *out)
{
	struct corroborated result = {0};
	struct json j;
	int r;

	if (tool_json(t, &j))
		return -1;
	if (!cJSON_IsArray(j.root))
		r = fail_set(&t->fail, STATUS_INPUT,
		    "cannot read <stdin>: expected an array, got %s", json_kind(j.root));
	else
		r = corroborate(j.root, deflt, &result, &t->fail);
	if (r) {
		tool_fail(t);
	} else {
		if (result.is_string && !raw)
			buf_json(out, result.text);
		else
			buf_puts(out, result.text);
		buf_putc(out, '\n');
	}
	json_free(&j);
	return r;
}

int
main(int argc, char **argv)
{
	const char *deflt = "";
	struct buf out = {0};
	bool raw = false;
	struct tool t;
	int opt;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1) {
		switch (opt) {
		case 'd':
			deflt = optarg;
			break;
		case 'R':
			raw = true;
			break;
		default:
			return t.status;
		}
	}
	if (tool_operands(&t, 0, 0))
		return t.status;
	if (!utf8_valid(deflt, strlen(deflt)))
		return tool_usage(&t, "cannot take the value of -d: it isn't UTF-8");
	if (put_result(&t, deflt, raw, &out))
		return t.status;
	return tool_print(&t, &out, STATUS_OK);
}
