#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "snapshot.h"
#include "utf8.h"

static bool changed;

static const struct cli_option options[] = {
    {'c', "changed", NULL, cli_flag, &changed,
	"read only the related unit for which the hook runs"},
    CLI_END,
};

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
	struct cli cli;
	int failed;

	cli_start(&cli, argc, argv, "[-c] ENDPOINT\n");
	if (cli_options(&cli, options) || cli_operands(&cli, 1, 1))
		return cli.status;
	if (!cli.argv[0][0])
		return cli_usage(
		    &cli, "cannot read the relations of an endpoint: its name is empty");
	if (!utf8_valid(cli.argv[0], strlen(cli.argv[0])))
		return cli_usage(
		    &cli, "cannot read the relations of an endpoint: its name isn't UTF-8");
	if (!hook.unit || !hook.unit[0])
		return cli_usage(
		    &cli, "cannot ask Juju: JUJU_UNIT_NAME isn't set, this isn't a hook");
	if (!utf8_valid(hook.unit, strlen(hook.unit)))
		return cli_usage(&cli, "cannot ask Juju: JUJU_UNIT_NAME isn't UTF-8");
	failed = snapshot_take(&hook, cli.argv[0], changed, warn, &cli, &out, &cli.fail);
	return cli_finish(&cli, failed, &out, STATUS_OK);
}
