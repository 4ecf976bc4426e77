#include <string.h>

#include "mirror.h"
#include "tool.h"

static const char usage[] = "[-n] [-u UNIT] [-e NAME] [-r ID]\n"
			    "  -u, --unit UNIT      use this unit, if the document has several\n"
			    "  -e, --endpoint NAME  use the relation of this endpoint\n"
			    "  -r, --relation ID    use this relation: 4 or cluster:4\n"
			    "  -n, --no-empty       only tokens, not empty or member\n"
			    "  -h, --help           print this\n"
			    "  -V, --version        print the version\n";

static const struct option options[] = {
    TOOL_DOC_OPTIONS, {"no-empty", no_argument, NULL, 'n'}, TOOL_OPTIONS};

/* Puts the keys with their values as one object. */
static void
put_data(const struct map *data, struct buf *out)
{
	size_t i, n = sizeof "{}\n";

	/* reserves all room at once: most values are tokens, and a buffer that grows is copied and
	 * wiped */
	for (i = 0; i < data->n; i++)
		n += strlen(data->entries[i].key) + strlen(data->entries[i].value) +
		     sizeof "\"\":\"\",";
	buf_reserve(out, n);
	buf_putc(out, '{');
	for (i = 0; i < data->n; i++) {
		if (i)
			buf_putc(out, ',');
		buf_json(out, data->entries[i].key);
		buf_putc(out, ':');
		buf_json(out, data->entries[i].value);
	}
	buf_puts(out, "}\n");
}

int
main(int argc, char **argv)
{
	struct doc_select sel = {0};
	struct doc_relation *r;
	struct map data = {0};
	struct buf out = {0};
	bool no_empty = false;
	struct tool t;
	struct doc d;
	int opt, failed;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1) {
		switch (opt) {
		case 'n':
			no_empty = true;
			break;
		default:
			if (tool_doc_option(&t, opt, &sel))
				return t.status;
		}
	}
	if (tool_operands(&t, 0, 0) || tool_known_relation(&t, &sel, &d, &r))
		return t.status;
	failed = r && mirror_data(r, no_empty, &data, &t.fail);
	if (!failed)
		put_data(&data, &out);
	map_free(&data);
	doc_free(&d);
	return failed ? tool_fail(&t) : tool_print(&t, &out, STATUS_OK);
}
