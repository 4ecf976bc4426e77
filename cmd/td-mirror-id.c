#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "mirror.h"
#include "utf8.h"

static bool this_host, back, raw;

static const struct cli_option options[] = {
    {'H', "this-host", NULL, cli_flag, &this_host, "print the id of this host"},
    {'x', "host", NULL, cli_flag, &back, "do the opposite: print the hosts of ids"},
    {'R', "raw", NULL, cli_flag, &raw, "print strings without quotes, one a line"},
    CLI_END,
};

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
	(raw ? buf_puts : buf_json)(out, id.failed ? "" : id.s);
	out->failed |= id.failed;
	buf_free(&id);
	return 0;
}

/* One result a line. */
static int
put_names(char *const *names, size_t n, struct buf *out, struct fail *f)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!utf8_valid(names[i], strlen(names[i])))
			return fail_set(
			    f, STATUS_USAGE, "cannot take value %zu: it isn't UTF-8", i + 1);
		if (put(out, names[i], i + 1, f))
			return -1;
		buf_putc(out, '\n');
	}
	return 0;
}

/* Takes a string or an array of strings; puts a string or an array. */
static int
put_json(const cJSON *value, struct buf *out, struct fail *f)
{
	bool list = cJSON_IsArray(value);
	const cJSON *item = list ? value->child : value;
	size_t place;

	if (!list && !cJSON_IsString(value)) {
		json_expected(value, "a string or an array of strings", f);
		return fail_at(f, "cannot read <stdin>");
	}
	if (list && !raw)
		buf_putc(out, '[');
	for (place = 1; item; item = item->next, place++) {
		if (!cJSON_IsString(item)) {
			json_expected(item, "a string", f);
			return fail_at(f, "element %zu", place);
		}
		if (put(out, item->valuestring, place, f))
			return -1;
		if (item->next || raw)
			buf_putc(out, raw ? '\n' : ',');
	}
	if (!raw)
		buf_puts(out, list ? "]\n" : "\n");
	return 0;
}

static int
put_this_host(struct buf *out, struct fail *f)
{
	struct utsname u;
	char *name = u.nodename;

	return uname(&u) ? fail_errno(f, "cannot read the host's name")
			 : put_names(&name, 1, out, f);
}

int
main(int argc, char **argv)
{
	struct buf out = {0};
	struct cli cli;
	int failed;

	cli_start(&cli, argc, argv, "[-HRx] [HOST ...]\n");
	if (cli_options(&cli, options))
		return cli.status;
	if (this_host && back)
		return cli_usage(&cli, "cannot take -x with -H: a host's name is no id");
	if (cli_late_option(&cli) || cli_operands(&cli, 0, this_host ? 0 : -1))
		return cli.status;
	if (this_host)
		failed = put_this_host(&out, &cli.fail);
	else if (cli.argc)
		failed = put_names(cli.argv, (size_t)cli.argc, &out, &cli.fail);
	else
		failed = cli_json(&cli, put_json, &out);
	return cli_finish(&cli, failed, &out, STATUS_OK);
}
