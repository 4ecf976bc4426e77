#include <string.h>

#include "cli.h"
#include "io.h"
#include "mirror.h"

enum { PIECE = 1 << 16 }; /* bytes */

static const char usage[] = "[-n] [-u UNIT] [-e NAME] [-r ID]\n"
			    "  -u, --unit UNIT      use this unit, if the document has several\n"
			    "  -e, --endpoint NAME  use the relation of this endpoint\n"
			    "  -r, --relation ID    use this relation: 4 or cluster:4\n"
			    "  -n, --no-empty       only tokens, not empty or member\n"
			    "  -h, --help           print this\n"
			    "  -V, --version        print the version\n";

static const struct option options[] = {
    CLI_DOC_OPTIONS, {"no-empty", no_argument, NULL, 'n'}, CLI_OPTIONS};

/*
 * Prints the keys with their values as one object, but for the last piece, which stays in out: all
 * of it would be as large as a mirror's databag. Memory is reserved before anything is printed.
 */
static int
print_data(const struct map *data, struct buf *out, struct fail *f)
{
	const struct map_entry *e, *end = data->entries + data->n;
	size_t n, longest = 0;

	for (e = data->entries; e < end; e++) {
		n = strlen(e->key) + strlen(e->value);
		longest = n > longest ? n : longest;
	}
	/* at worst, each character is escaped as \u0001 */
	buf_reserve(out, PIECE + longest * 6 + sizeof "\"\":\"\",}\n");
	buf_putc(out, '{');
	for (e = data->entries; e < end; e++) {
		if (out->n > PIECE) {
			if (io_print(out, f))
				return -1;
			buf_clear(out);
		}
		if (e > data->entries)
			buf_putc(out, ',');
		buf_json(out, e->key);
		buf_putc(out, ':');
		buf_json(out, e->value);
	}
	buf_puts(out, "}\n");
	return 0;
}

int
main(int argc, char **argv)
{
	struct doc_select sel = {0};
	struct doc_relation *r;
	struct map data = {0};
	struct buf out = {0};
	bool no_empty = false;
	struct cli cli;
	struct doc d;
	int opt, failed;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		switch (opt) {
		case 'n':
			no_empty = true;
			break;
		default:
			if (cli_doc_option(&cli, opt, &sel))
				return cli.status;
		}
	}
	if (cli_operands(&cli, 0, 0) || cli_known_relation(&cli, &sel, &d, &r))
		return cli.status;
	failed =
	    (r && mirror_data(r, no_empty, &data, &cli.fail)) || print_data(&data, &out, &cli.fail);
	map_free(&data);
	doc_free(&d);
	if (!failed)
		return cli_print(&cli, &out, STATUS_OK);
	buf_free(&out);
	return cli_fail(&cli);
}
