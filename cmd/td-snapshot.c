#include <stdlib.h>

#include "snapshot.h"
#include "tool.h"

static const char usage[] = "[-c] ENDPOINT\n"
			    "  -c, --changed   read only the related unit for which the hook runs\n"
			    "  -h, --help      print this\n"
			    "  -V, --version   print the version\n";

static const struct option options[] = {{"changed", no_argument, NULL, 'c'}, TOOL_OPTIONS};

static void
warn(void *tool, const char *text)
{
	tool_warn(tool, text);
}

int
main(int argc, char **argv)
{
	struct snapshot_hook hook = {getenv("JUJU_UNIT_NAME"), getenv("JUJU_HOOK_NAME"),
	    getenv("JUJU_RELATION_ID"), getenv("JUJU_REMOTE_UNIT")};
	struct buf out = {0};
	bool changed = false;
	struct tool t;
	int opt;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1) {
		switch (opt) {
		case 'c':
			changed = true;
			break;
		default:
			return t.status;
		}
	}
	if (tool_operands(&t, 1, 1))
		return t.status;
	if (!t.argv[0][0])
		return tool_usage(
		    &t, "cannot read the relations of an endpoint: its name is empty");
	if (!hook.unit || !hook.unit[0])
		return tool_usage(
		    &t, "cannot ask Juju: JUJU_UNIT_NAME isn't set, this isn't a hook");
	if (snapshot_take(&hook, t.argv[0], changed, warn, &t, &out, &t.fail)) {
		buf_free(&out);
		return tool_fail(&t);
	}
	return tool_print(&t, &out, STATUS_OK);
}
