#include <unistd.h>

#include "cli.h"
#include "io.h"
#include "units.h"

static const char usage[] = "[-ac] [APPLICATION ...]\n"
			    "  -a, --all      print every unit\n"
			    "  -c, --charm    print the name of its charm after each unit\n"
			    "  -h, --help     print this\n"
			    "  -V, --version  print the version\n";

static const struct option options[] = {
    {"all", no_argument, NULL, 'a'}, {"charm", no_argument, NULL, 'c'}, CLI_OPTIONS};

static bool charm;

static void
put_units(const struct units *u, struct buf *out)
{
	const struct map_entry *e;

	for (e = u->names.entries; e < u->names.entries + u->names.n; e++) {
		buf_puts(out, e->key);
		if (charm)
			buf_printf(out, " %s", *e->value ? e->value : "-");
		buf_putc(out, '\n');
	}
}

/* Finds the units and prints them; returns the status. */
static enum status
print_units(struct cli *cli, const struct units_ask *ask)
{
	struct buf in = {0}, out = {0};
	enum status status;
	struct units u = {0};
	int r = io_read(STDIN_FILENO, &in, "standard input", &cli->fail);

	if (!r)
		r = units_find(&u, in.s, in.n, "<stdin>", ask, &cli->fail);
	buf_free(&in);
	if (r)
		return cli_fail(cli);
	put_units(&u, &out);
	status = u.names.n ? STATUS_OK : STATUS_NO;
	units_free(&u);
	return cli_print(cli, &out, status);
}

/* Checks what getopt doesn't. */
static int
check_call(struct cli *cli, bool all)
{
	int i;

	for (i = 0; i < cli->argc; i++)
		if (cli->argv[i][0] == '-')
			return cli_too_late(cli, i, "operand");
	if (!all || !cli->argc)
		return 0;
	cli_usage(cli, "cannot take both -a and an application");
	return -1;
}

int
main(int argc, char **argv)
{
	struct units_ask ask = {0};
	struct cli cli;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		switch (opt) {
		case 'a':
			ask.all = true;
			break;
		case 'c':
			charm = true;
			break;
		default:
			return cli.status;
		}
	}
	if (check_call(&cli, ask.all))
		return cli.status;
	ask.apps = cli.argv;
	ask.napps = (size_t)cli.argc;
	return print_units(&cli, &ask);
}
