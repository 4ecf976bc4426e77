#include "cli.h"
#include "mirror.h"

static const char usage[] = "[-R] [-u UNIT] [-e NAME] [-r ID]\n"
			    "  -u, --unit UNIT      use this unit, if the document has several\n"
			    "  -e, --endpoint NAME  use the relation of this endpoint\n"
			    "  -r, --relation ID    use this relation: 4 or cluster:4\n"
			    "  -R, --raw            print the names without quotes, one a line\n"
			    "  -h, --help           print this\n"
			    "  -V, --version        print the version\n";

static const struct option options[] = {
    CLI_DOC_OPTIONS, {"raw", no_argument, NULL, 'R'}, CLI_OPTIONS};

/* Puts the mirrors' names. Returns how many there are. */
static size_t
put_mirrors(const struct doc_relation *r, bool raw, struct buf *out)
{
	size_t i, n = 0;

	if (!raw)
		buf_putc(out, '[');
	for (i = 0; r && i < r->nunits; i++) {
		if (!mirror_counts(r, &r->units[i]))
			continue;
		if (n++ && !raw)
			buf_putc(out, ',');
		(raw ? buf_puts : buf_json)(out, r->units[i].name);
		if (raw)
			buf_putc(out, '\n');
	}
	if (!raw)
		buf_puts(out, "]\n");
	return n;
}

int
main(int argc, char **argv)
{
	struct doc_select sel = {0};
	struct doc_relation *r;
	struct buf out = {0};
	bool raw = false;
	struct cli cli;
	struct doc d;
	size_t n;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		switch (opt) {
		case 'R':
			raw = true;
			break;
		default:
			if (cli_doc_option(&cli, opt, &sel))
				return cli.status;
		}
	}
	if (cli_operands(&cli, 0, 0) || cli_known_relation(&cli, &sel, &d, &r))
		return cli.status;
	n = put_mirrors(r, raw, &out);
	doc_free(&d);
	return cli_print(&cli, &out, n ? STATUS_OK : STATUS_NO);
}
