#include "cli.h"
#include "store.h"

static const char *path;

static const struct cli_option options[] = {
    {'s', "state", "FILE", cli_text, &path, "the state file ($JUJU_CHARM_DIR/.td-consumer.json)"},
    CLI_END,
};

/* Reads the state file. Needs no lock, because a step replaces the file as a whole. */
static int
read_state(struct state *s, struct fail *f)
{
	struct store st;
	int r;

	if (store_open(&st, path, false, 0, f))
		return -1;
	r = store_read(&st, s, f);
	store_close(&st);
	return r;
}

int
main(int argc, char **argv)
{
	struct buf b = {0}, out = {0};
	struct state s;
	int failed;
	bool in;
	struct cli cli;

	cli_start(&cli, argc, argv, "[-s FILE]\n");
	if (cli_options(&cli, options) || cli_operands(&cli, 0, 0) ||
	    cli_state_path(&cli, &path, &b))
		return cli.status;
	state_new(&s);
	failed = read_state(&s, &cli.fail);
	in = s.in_cluster && !s.unsure;
	state_free(&s);
	buf_free(&b);
	buf_puts(&out, in ? "true\n" : "false\n");
	return cli_finish(&cli, failed, &out, in ? STATUS_OK : STATUS_NO);
}
