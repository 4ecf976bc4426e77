#include <string.h>

#include "cli.h"
#include "io.h"
#include "mirror.h"

enum { PIECE = 1 << 16 }; /* bytes */

static struct doc_select sel;
static bool no_empty;

static const struct cli_option options[] = {
    CLI_SELECT(sel),
    {'n', "no-empty", NULL, cli_flag, &no_empty, "only tokens, not empty or member"},
    CLI_END,
};

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
	buf_reserve(out, PIECE + longest * 6 + sizeof ",\"\":\"\",}\n");
	buf_putc(out, '{');
	for (e = data->entries; e < end; e++) {
		if (out->n > PIECE) {
			buf_putc(out, ',');
			if (io_print(out, f))
				return -1;
			buf_clear(out);
		}
		buf_string(out, e->key, e->value);
	}
	buf_puts(out, "}\n");
	return 0;
}

int
main(int argc, char **argv)
{
	struct doc_relation *r;
	struct map data = {0};
	struct buf out = {0};
	struct cli cli;
	struct doc d;
	int failed;

	cli_start(&cli, argc, argv, "[-n] [-u UNIT] [-e NAME] [-r ID]\n");
	if (cli_options(&cli, options) || cli_operands(&cli, 0, 0) ||
	    cli_known_relation(&cli, &sel, &d, &r))
		return cli.status;
	failed =
	    (r && mirror_data(r, no_empty, &data, &cli.fail)) || print_data(&data, &out, &cli.fail);
	map_free(&data);
	doc_free(&d);
	return cli_finish(&cli, failed, &out, STATUS_OK);
}
