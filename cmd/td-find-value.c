#include "mirror.h"
#include "tool.h"

static const char usage[] =
    "[-nR] [-u UNIT] [-e NAME] [-r ID] KEY\n"
    "  -u, --unit UNIT      use this unit, if the document has several\n"
    "  -e, --endpoint NAME  use the relation of this endpoint\n"
    "  -r, --relation ID    use this relation: 4 or cluster:4\n"
    "  -n, --no-empty       only tokens, not empty or member\n"
    "  -R, --raw            print the value without quotes; nothing if there is none\n"
    "  -h, --help           print this\n"
    "  -V, --version        print the version\n";

static const struct option options[] = {TOOL_DOC_OPTIONS, {"no-empty", no_argument, NULL, 'n'},
    {"raw", no_argument, NULL, 'R'}, TOOL_OPTIONS};

/* Puts the value, NULL for none. */
static void
put_value(const char *value, bool raw, struct buf *out)
{
	if (value) {
		(raw ? buf_puts : buf_json)(out, value);
		buf_putc(out, '\n');
	} else if (!raw) {
		buf_puts(out, "false\n");
	}
}

int
main(int argc, char **argv)
{
	bool no_empty = false, raw = false;
	const char *value = NULL;
	struct doc_select sel = {0};
	struct doc_relation *r;
	struct buf out = {0};
	enum status status;
	struct tool t;
	struct doc d;
	int opt;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1) {
		switch (opt) {
		case 'n':
			no_empty = true;
			break;
		case 'R':
			raw = true;
			break;
		default:
			if (tool_doc_option(&t, opt, &sel))
				return t.status;
		}
	}
	if (tool_operands(&t, 1, 1))
		return t.status;
	if (tool_known_relation(&t, &sel, &d, &r))
		return t.status;
	if (r && mirror_find_value(r, t.argv[0], no_empty, &value, &t.fail)) {
		doc_free(&d);
		return tool_fail(&t);
	}
	status = value ? STATUS_OK : STATUS_NO;
	put_value(value, raw, &out);
	doc_free(&d);
	return tool_print(&t, &out, status);
}
