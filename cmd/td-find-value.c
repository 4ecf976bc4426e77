#include "cli.h"
#include "mirror.h"

static const char usage[] =
    "[-nR] [-u UNIT] [-e NAME] [-r ID] KEY\n"
    "  -u, --unit UNIT      use this unit, if the document has several\n"
    "  -e, --endpoint NAME  use the relation of this endpoint\n"
    "  -r, --relation ID    use this relation: 4 or cluster:4\n"
    "  -n, --no-empty       only tokens, not empty or member\n"
    "  -R, --raw            print the value without quotes; nothing if there is none\n"
    "  -h, --help           print this\n"
    "  -V, --version        print the version\n";

static const struct option options[] = {CLI_DOC_OPTIONS, {"no-empty", no_argument, NULL, 'n'},
    {"raw", no_argument, NULL, 'R'}, CLI_OPTIONS};

/* Puts the value, NULL for none. */
static void
put_value(const char *value, bool raw, struct buf *out)
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
	bool no_empty = false, raw = false;
	const char *value = NULL;
	struct doc_select sel = {0};
	struct doc_relation *r;
	struct buf out = {0};
	enum status status;
	struct cli cli;
	struct doc d;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		switch (opt) {
		case 'n':
			no_empty = true;
			break;
		case 'R':
			raw = true;
			break;
		default:
			if (cli_doc_option(&cli, opt, &sel))
				return cli.status;
		}
	}
	if (cli_operands(&cli, 1, 1))
		return cli.status;
	if (cli_known_relation(&cli, &sel, &d, &r))
		return cli.status;
	if (r && mirror_find_value(r, cli.argv[0], no_empty, &value, &cli.fail)) {
		doc_free(&d);
		return cli_fail(&cli);
	}
	status = value ? STATUS_OK : STATUS_NO;
	put_value(value, raw, &out);
	doc_free(&d);
	return cli_print(&cli, &out, status);
}
