#include <unistd.h>

#include "apply.h"
#include "cli.h"

static const char usage[] = "[-n]\n"
			    "  -n, --dry-run   print the commands instead of running them\n"
			    "  -h, --help      print this\n"
			    "  -V, --version   print the version\n";

static const struct option options[] = {{"dry-run", no_argument, NULL, 'n'}, CLI_OPTIONS};

int
main(int argc, char **argv)
{
	bool dry_run = false;
	struct cli cli;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		switch (opt) {
		case 'n':
			dry_run = true;
			break;
		default:
			return cli.status;
		}
	}
	if (cli_operands(&cli, 0, 0))
		return cli.status;
	if (apply(STDIN_FILENO, dry_run, &cli.fail))
		return cli_fail(&cli);
	return cli_end(&cli, STATUS_OK);
}
