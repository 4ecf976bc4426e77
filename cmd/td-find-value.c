#include "cli.h"
#include "mirror.h"

static struct doc_select sel;
static bool no_empty, raw;

static const struct cli_option options[] = {
    CLI_SELECT(sel),
    {'n', "no-empty", NULL, cli_flag, &no_empty, "only tokens, not empty or member"},
    {'R', "raw", NULL, cli_flag, &raw, "print the value without quotes; nothing if there is none"},
    CLI_END,
};

/* Puts the value, NULL for none. */
static void
put_value(const char *value, struct buf *out)
{
	if (value) {
		(raw ? buf_puts : buf_json)(out, value);
		buf_putc(out, '\n');
	} else if (!raw) {
		buf_puts(out, "false\n");
	}
}

int
main(int argc, char **argv)
{
	const char *value = NULL;
	struct doc_relation *r;
	struct buf out = {0};
	enum status status;
	struct cli cli;
	struct doc d;
	int failed;

	cli_start(&cli, argc, argv, "[-nR] [-u UNIT] [-e NAME] [-r ID] KEY\n");
	if (cli_options(&cli, options) || cli_operands(&cli, 1, 1) ||
	    cli_known_relation(&cli, &sel, &d, &r))
		return cli.status;
	failed = r && mirror_find_value(r, cli.argv[0], no_empty, &value, &cli.fail);
	status = value ? STATUS_OK : STATUS_NO;
	put_value(value, &out);
	doc_free(&d);
	return cli_finish(&cli, failed, &out, status);
}
