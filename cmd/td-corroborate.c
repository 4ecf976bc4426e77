#include <string.h>

#include "cli.h"
#include "corroborate.h"
#include "utf8.h"

static const char *deflt = "";
static bool raw;

static const struct cli_option options[] = {
    {'d', "default", "DEFAULT", cli_text, &deflt,
	"a string that isn't counted, and is printed if there\nis nothing else (\"\")"},
    {'R', "raw", NULL, cli_flag, &raw, "print a string without quotes"},
    CLI_END,
};

/* Puts the most frequent element of the array. */
static int
put_result(const cJSON *root, struct buf *out, struct fail *f)
{
	struct corroborated result;
	const cJSON *items;

	if (json_array(root, &items, f))
		return fail_at(f, "cannot read <stdin>");
	if (corroborate(items, deflt, &result, f))
		return -1;
	(result.is_string && !raw ? buf_json : buf_puts)(out, result.text);
	buf_putc(out, '\n');
	return 0;
}

int
main(int argc, char **argv)
{
	struct buf out = {0};
	struct cli cli;

	cli_start(&cli, argc, argv, "[-R] [-d DEFAULT]\n");
	if (cli_options(&cli, options) || cli_operands(&cli, 0, 0))
		return cli.status;
	if (!utf8_valid(deflt, strlen(deflt)))
		return cli_usage(&cli, "cannot take the value of -d: it isn't UTF-8");
	return cli_finish(&cli, cli_json(&cli, put_result, &out), &out, STATUS_OK);
}
