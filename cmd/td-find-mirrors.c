#include "cli.h"
#include "mirror.h"

static struct doc_select sel;
static bool raw;

static const struct cli_option options[] = {
    CLI_SELECT(sel),
    {'R', "raw", NULL, cli_flag, &raw, "print the names without quotes, one a line"},
    CLI_END,
};

/* Puts the mirrors' names. Returns how many there are. */
static size_t
put_mirrors(const struct doc_relation *r, struct buf *out)
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
	struct doc_relation *r;
	struct buf out = {0};
	struct cli cli;
	struct doc d;
	size_t n;

	cli_start(&cli, argc, argv, "[-R] [-u UNIT] [-e NAME] [-r ID]\n");
	if (cli_options(&cli, options) || cli_operands(&cli, 0, 0) ||
	    cli_known_relation(&cli, &sel, &d, &r))
		return cli.status;
	n = put_mirrors(r, &out);
	doc_free(&d);
	return cli_print(&cli, &out, n ? STATUS_OK : STATUS_NO);
}
