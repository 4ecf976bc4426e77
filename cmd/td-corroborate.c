#include <string.h>

#include "cli.h"
#include "corroborate.h"
#include "utf8.h"

static const char usage[] =
    "[-R] [-d DEFAULT]\n"
    "  -d, --default DEFAULT  a string that isn't counted, and is printed if there\n"
    "                         is nothing else (\"\")\n"
    "  -R, --raw              print a string without quotes\n"
    "  -h, --help             print this\n"
    "  -V, --version          print the version\n";

static const struct option options[] = {
    {"default", required_argument, NULL, 'd'}, {"raw", no_argument, NULL, 'R'}, CLI_OPTIONS};

/* Puts the most frequent element of the array on standard input. */
static int
put_result(struct cli *cli, const char *deflt, bool raw, struct buf *out)
{
	struct corroborated result = {0};
	struct json j;
	int r;

	if (cli_json(cli, &j))
		return -1;
	if (!cJSON_IsArray(j.root))
		r = fail_set(&cli->fail, STATUS_INPUT,
		    "cannot read <stdin>: expected an array, got %s", json_kind(j.root));
	else
		r = corroborate(j.root, deflt, &result, &cli->fail);
	if (r) {
		cli_fail(cli);
	} else {
		if (result.is_string && !raw)
			buf_json(out, result.text);
		else
			buf_puts(out, result.text);
		buf_putc(out, '\n');
	}
	json_free(&j);
	return r;
}

int
main(int argc, char **argv)
{
	const char *deflt = "";
	struct buf out = {0};
	bool raw = false;
	struct cli cli;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		switch (opt) {
		case 'd':
			deflt = optarg;
			break;
		case 'R':
			raw = true;
			break;
		default:
			return cli.status;
		}
	}
	if (cli_operands(&cli, 0, 0))
		return cli.status;
	if (!utf8_valid(deflt, strlen(deflt)))
		return cli_usage(&cli, "cannot take the value of -d: it isn't UTF-8");
	if (put_result(&cli, deflt, raw, &out))
		return cli.status;
	return cli_print(&cli, &out, STATUS_OK);
}
