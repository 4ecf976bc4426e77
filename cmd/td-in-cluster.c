#include "cli.h"
#include "store.h"

static const char usage[] =
    "[-s FILE]\n"
    "  -s, --state FILE  the state file ($JUJU_CHARM_DIR/.td-consumer.json)\n"
    "  -h, --help        print this\n"
    "  -V, --version     print the version\n";

static const struct option options[] = {{"state", required_argument, NULL, 's'}, CLI_OPTIONS};

/* Needs no lock, because a step replaces the file as a whole. */
static int
read_state(const char *path, struct state *s, struct fail *f)
{
	struct store st;
	int r;

	if (store_open(&st, path, false, 0, f))
		return -1;
	r = store_read(&st, s, f);
	store_close(&st);
	return r;
}

/* Prints the answer; returns the status. */
static enum status
answer(struct cli *cli, const char *path)
{
	struct buf out = {0};
	struct state s;
	bool in;

	state_new(&s);
	if (read_state(path, &s, &cli->fail)) {
		state_free(&s);
		return cli_fail(cli);
	}
	in = s.in_cluster && !s.unsure;
	state_free(&s);
	buf_puts(&out, in ? "true\n" : "false\n");
	return cli_print(cli, &out, in ? STATUS_OK : STATUS_NO);
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	struct buf b = {0};
	enum status status;
	struct cli cli;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		switch (opt) {
		case 's':
			path = optarg;
			break;
		default:
			return cli.status;
		}
	}
	if (cli_operands(&cli, 0, 0) || cli_state_path(&cli, &path, &b))
		return cli.status;
	status = answer(&cli, path);
	buf_free(&b);
	return status;
}
