#include <unistd.h>

#include "apply.h"
#include "tool.h"

static const char usage[] = "[-n]\n"
			    "  -n, --dry-run   print the commands instead of running them\n"
			    "  -h, --help      print this\n"
			    "  -V, --version   print the version\n";

static const struct option options[] = {{"dry-run", no_argument, NULL, 'n'}, TOOL_OPTIONS};

int
main(int argc, char **argv)
{
	bool dry_run = false;
	struct tool t;
	int opt;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1) {
		switch (opt) {
		case 'n':
			dry_run = true;
			break;
		default:
			return t.status;
		}
	}
	if (tool_operands(&t, 0, 0))
		return t.status;
	if (apply(STDIN_FILENO, dry_run, &t.fail))
		return tool_fail(&t);
	return tool_end(&t, STATUS_OK);
}
