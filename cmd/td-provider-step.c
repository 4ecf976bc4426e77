#include "provider.h"
#include "tool.h"

static const char usage[] =
    "[-u UNIT] [-e NAME] [-r ID] EVENT\n"
    "EVENT: relation-changed, leader-elected, update-status, reconcile\n"
    "  -E, --event EVENT    the event, in place of the operand\n"
    "  -u, --unit UNIT      use this unit, if the document has several\n"
    "  -e, --endpoint NAME  use the relations of this endpoint\n"
    "  -r, --relation ID    use this relation: 4 or microcluster-cluster:4\n"
    "  -h, --help           print this\n"
    "  -V, --version        print the version\n";

static const struct option options[] = {
    {"event", required_argument, NULL, 'E'},
    TOOL_DOC_OPTIONS,
    TOOL_OPTIONS,
};

int
main(int argc, char **argv)
{
	struct doc_select sel = {0};
	enum provider_event event;
	const char *name = NULL;
	struct doc_view *v;
	struct doc d = {0};
	struct tool t;
	size_t i;
	int opt;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1) {
		if (opt == 'E')
			name = optarg;
		else if (opt == '?' || tool_doc_option(&t, opt, &sel))
			return t.status;
	}
	if (tool_operands(&t, name ? 0 : 1, name ? 0 : 1))
		return t.status;
	if (!name)
		name = t.argv[0];
	if (provider_event(name, &event))
		return tool_usage(
		    &t, "cannot take event %s: there is no such event", name_of_argument(name).s);
	v = tool_doc(&t, &sel, &d);
	if (!v)
		return t.status;
	/* relations that -r leaves out may have members, so not all units are known */
	for (i = 0; v->narrowed && i < v->nrelations; i++)
		v->relations[i].partial = true;
	if (provider_step(v, event, &action_stdout, &t.fail) ||
	    action_done(&action_stdout, name, &t.fail))
		tool_fail(&t);
	doc_free(&d);
	return t.status ? t.status : tool_end(&t, STATUS_OK);
}
