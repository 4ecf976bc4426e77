#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "mirror.h"
#include "utf8.h"

static const char usage[] = "[-HRx] [HOST ...]\n"
			    "  -H, --this-host  print the id of this host\n"
			    "  -x, --host       do the opposite: print the hosts of ids\n"
			    "  -R, --raw        print strings without quotes, one a line\n"
			    "  -h, --help       print this\n"
			    "  -V, --version    print the version\n";

static const struct option options[] = {{"this-host", no_argument, NULL, 'H'},
    {"host", no_argument, NULL, 'x'}, {"raw", no_argument, NULL, 'R'}, CLI_OPTIONS};

static bool back; /* -x */
static bool raw;

/* Puts the id of s, or with -x its host. place is the number of s, for messages. */
static int
put(struct buf *out, const char *s, size_t place, struct fail *f)
{
	struct buf id = {0};

	if (back && !mirror_host(s))
		return fail_set(f, STATUS_INPUT,
		    "cannot take the host from value %zu: it doesn't begin with %s", place,
		    MIRROR_PREFIX);
	buf_puts(&id, back ? "" : MIRROR_PREFIX);
	buf_puts(&id, back ? mirror_host(s) : s);
	if (id.failed)
		out->failed = true;
	else
		(raw ? buf_puts : buf_json)(out, id.s);
	buf_free(&id);
	return 0;
}

/* One result a line. */
static enum status
from_names(struct cli *cli, char *const *names, size_t n, struct buf *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!utf8_valid(names[i], strlen(names[i])))
			return cli_usage(cli, "cannot take value %zu: it isn't UTF-8", i + 1);
		if (put(out, names[i], i + 1, &cli->fail))
			return cli_fail(cli);
		buf_putc(out, '\n');
	}
	return STATUS_OK;
}

/* Reads a string or an array of strings; prints a string or an array. */
static int
from_json(const cJSON *value, struct buf *out, struct fail *f)
{
	const cJSON *item = cJSON_IsArray(value) ? value->child : value;
	size_t place;

	if (!cJSON_IsArray(value) && !cJSON_IsString(value))
		return fail_set(f, STATUS_INPUT,
		    "cannot read <stdin>: expected a string or an array of strings, got %s",
		    json_kind(value));
	if (cJSON_IsArray(value) && !raw)
		buf_putc(out, '[');
	for (place = 1; item; item = item->next, place++) {
		if (!cJSON_IsString(item))
			return fail_set(f, STATUS_INPUT, "element %zu: expected a string, got %s",
			    place, json_kind(item));
		if (put(out, item->valuestring, place, f))
			return -1;
		if (item->next || raw)
			buf_putc(out, raw ? '\n' : ',');
	}
	if (!raw)
		buf_puts(out, cJSON_IsArray(value) ? "]\n" : "\n");
	return 0;
}

static enum status
from_stdin(struct cli *cli, struct buf *out)
{
	struct json j;
	int r;

	if (cli_json(cli, &j))
		return cli->status;
	r = from_json(j.root, out, &cli->fail);
	json_free(&j);
	return r ? cli_fail(cli) : STATUS_OK;
}

static enum status
from_this_host(struct cli *cli, struct buf *out)
{
	struct utsname u;
	char *name = u.nodename;

	if (uname(&u) == 0)
		return from_names(cli, &name, 1, out);
	fail_errno(&cli->fail, "cannot read the host's name");
	return cli_fail(cli);
}

int
main(int argc, char **argv)
{
	struct buf out = {0};
	bool this_host = false;
	enum status status;
	struct cli cli;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		switch (opt) {
		case 'H':
			this_host = true;
			break;
		case 'x':
			back = true;
			break;
		case 'R':
			raw = true;
			break;
		default:
			return cli.status;
		}
	}
	if (this_host && back)
		return cli_usage(&cli, "cannot take -x with -H: a host's name is no id");
	if (cli_late_option(&cli) || cli_operands(&cli, 0, this_host ? 0 : -1))
		return cli.status;
	if (this_host)
		status = from_this_host(&cli, &out);
	else if (cli.argc)
		status = from_names(&cli, cli.argv, (size_t)cli.argc, &out);
	else
		status = from_stdin(&cli, &out);
	if (status == STATUS_OK)
		return cli_print(&cli, &out, STATUS_OK);
	buf_free(&out);
	return status;
}
