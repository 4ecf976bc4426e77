#include <unistd.h>

#include "cli.h"
#include "io.h"
#include "units.h"

static struct units_ask ask;
static bool charm;

static const struct cli_option options[] = {
    {'a', "all", NULL, cli_flag, &ask.all, "print every unit"},
    {'c', "charm", NULL, cli_flag, &charm, "print the name of its charm after each unit"},
    CLI_END,
};

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

/* Checks what getopt doesn't. */
static int
check_call(struct cli *cli)
{
	int i;

	for (i = 0; i < cli->argc; i++)
		if (cli->argv[i][0] == '-')
			return cli_too_late(cli, i, "operand");
	if (!ask.all || !cli->argc)
		return 0;
	cli_usage(cli, "cannot take both -a and an application");
	return -1;
}

int
main(int argc, char **argv)
{
	struct buf in = {0}, out = {0};
	struct units u = {0};
	enum status status;
	int failed;
	struct cli cli;

	cli_start(&cli, argc, argv, "[-ac] [APPLICATION ...]\n");
	if (cli_options(&cli, options) || check_call(&cli))
		return cli.status;
	ask.apps = cli.argv;
	ask.napps = (size_t)cli.argc;
	failed = io_read(STDIN_FILENO, &in, "standard input", &cli.fail) ||
		 units_find(&u, in.s, in.n, "<stdin>", &ask, &cli.fail);
	put_units(&u, &out);
	status = u.names.n ? STATUS_OK : STATUS_NO;
	buf_free(&in);
	units_free(&u);
	return cli_finish(&cli, failed, &out, status);
}
