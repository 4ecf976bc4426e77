#include "mirror.h"
#include "tool.h"

static const char usage[] = "[-u UNIT] [-e NAME] [-r ID]\n"
			    "  -u, --unit UNIT      use this unit, if the document has several\n"
			    "  -e, --endpoint NAME  use the relation of this endpoint\n"
			    "  -r, --relation ID    use this relation: 4 or cluster:4\n"
			    "  -h, --help           print this\n"
			    "  -V, --version        print the version\n";

static const struct option options[] = {TOOL_DOC_OPTIONS, TOOL_OPTIONS};

int
main(int argc, char **argv)
{
	struct doc_select sel = {0};
	struct doc_relation *r;
	struct buf out = {0};
	struct tool t;
	struct doc d;
	bool any;
	int opt;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1)
		if (tool_doc_option(&t, opt, &sel))
			return t.status;
	if (tool_operands(&t, 0, 0) || tool_known_relation(&t, &sel, &d, &r))
		return t.status;
	any = r && mirror_any_data(r);
	doc_free(&d);
	buf_puts(&out, any ? "true\n" : "false\n");
	return tool_print(&t, &out, any ? STATUS_OK : STATUS_NO);
}
