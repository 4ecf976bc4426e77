#include <unistd.h>

#include "apply.h"
#include "cli.h"

static bool dry_run;

static const struct cli_option options[] = {
    {'n', "dry-run", NULL, cli_flag, &dry_run, "print the commands instead of running them"},
    CLI_END,
};

int
main(int argc, char **argv)
{
	struct cli cli;

	cli_start(&cli, argc, argv, "[-n]\n");
	if (cli_options(&cli, options) || cli_operands(&cli, 0, 0))
		return cli.status;
	if (apply(STDIN_FILENO, dry_run, &cli.fail))
		return cli_fail(&cli);
	return cli_end(&cli, STATUS_OK);
}
