#include "cli.h"
#include "mirror.h"

static struct doc_select sel;

static const struct cli_option options[] = {
    CLI_SELECT(sel),
    CLI_END,
};

int
main(int argc, char **argv)
{
	struct doc_relation *r;
	struct buf out = {0};
	struct cli cli;
	struct doc d;
	bool any;

	cli_start(&cli, argc, argv, "[-u UNIT] [-e NAME] [-r ID]\n");
	if (cli_options(&cli, options) || cli_operands(&cli, 0, 0) ||
	    cli_known_relation(&cli, &sel, &d, &r))
		return cli.status;
	any = r && mirror_any_data(r);
	doc_free(&d);
	buf_puts(&out, any ? "true\n" : "false\n");
	return cli_print(&cli, &out, any ? STATUS_OK : STATUS_NO);
}
