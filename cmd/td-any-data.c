#include "cli.h"
#include "mirror.h"

static const char usage[] = "[-u UNIT] [-e NAME] [-r ID]\n"
			    "  -u, --unit UNIT      use this unit, if the document has several\n"
			    "  -e, --endpoint NAME  use the relation of this endpoint\n"
			    "  -r, --relation ID    use this relation: 4 or cluster:4\n"
			    "  -h, --help           print this\n"
			    "  -V, --version        print the version\n";

static const struct option options[] = {CLI_DOC_OPTIONS, CLI_OPTIONS};

int
main(int argc, char **argv)
{
	struct doc_select sel = {0};
	struct doc_relation *r;
	struct buf out = {0};
	struct cli cli;
	struct doc d;
	bool any;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1)
		if (cli_doc_option(&cli, opt, &sel))
			return cli.status;
	if (cli_operands(&cli, 0, 0) || cli_known_relation(&cli, &sel, &d, &r))
		return cli.status;
	any = r && mirror_any_data(r);
	doc_free(&d);
	buf_puts(&out, any ? "true\n" : "false\n");
	return cli_print(&cli, &out, any ? STATUS_OK : STATUS_NO);
}
