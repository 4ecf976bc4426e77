#include <stdlib.h>

#include "cli.h"
#include "snapshot.h"

static const char usage[] = "[-c] ENDPOINT\n"
			    "  -c, --changed   read only the related unit for which the hook runs\n"
			    "  -h, --help      print this\n"
			    "  -V, --version   print the version\n";

static const struct option options[] = {{"changed", no_argument, NULL, 'c'}, CLI_OPTIONS};

static void
warn(void *cli, const char *text)
{
	cli_warn(cli, text);
}

int
main(int argc, char **argv)
{
	struct snapshot_hook hook = {getenv("JUJU_UNIT_NAME"), getenv("JUJU_HOOK_NAME"),
	    getenv("JUJU_RELATION_ID"), getenv("JUJU_REMOTE_UNIT")};
	struct buf out = {0};
	bool changed = false;
	struct cli cli;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		switch (opt) {
		case 'c':
			changed = true;
			break;
		default:
			return cli.status;
		}
	}
	if (cli_operands(&cli, 1, 1))
		return cli.status;
	if (!cli.argv[0][0])
		return cli_usage(
		    &cli, "cannot read the relations of an endpoint: its name is empty");
	if (!hook.unit || !hook.unit[0])
		return cli_usage(
		    &cli, "cannot ask Juju: JUJU_UNIT_NAME isn't set, this isn't a hook");
	if (snapshot_take(&hook, cli.argv[0], changed, warn, &cli, &out, &cli.fail)) {
		buf_free(&out);
		return cli_fail(&cli);
	}
	return cli_print(&cli, &out, STATUS_OK);
}
