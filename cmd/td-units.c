#include <unistd.h>

#include "io.h"
#include "tool.h"
#include "units.h"

static const char usage[] = "[-ac] [APPLICATION ...]\n"
			    "  -a, --all      print every unit\n"
			    "  -c, --charm    print the name of its charm after each unit\n"
			    "  -h, --help     print this\n"
			    "  -V, --version  print the version\n";

static const struct option options[] = {
    {"all", no_argument, NULL, 'a'}, {"charm", no_argument, NULL, 'c'}, TOOL_OPTIONS};

static bool charm;

static void
put_units(const struct units *u, struct buf *out)
{
	const struct map_entry *e;

	for (e = u->names.entries; e < u->names.entries + u->names.n; e++) {
		buf_puts(out, e->key);
		if (charm)
			buf_printf(out, " %s", *e->value ? e->value : "-");
		buf_putc(out, '\n');
	}
}

/* Finds the units and prints them; returns the status. */
static enum status
print_units(struct tool *t, const struct units_ask *ask)
{
	struct buf in = {0}, out = {0};
	enum status status;
	struct units u = {0};
	int r = io_read(STDIN_FILENO, &in, "standard input", &t->fail);

	if (!r)
		r = units_find(&u, in.s, in.n, "<stdin>", ask, &t->fail);
	buf_free(&in);
	if (r)
		return tool_fail(t);
	put_units(&u, &out);
	status = u.names.n ? STATUS_OK : STATUS_NO;
	units_free(&u);
	return tool_print(t, &out, status);
}

/* Checks what getopt doesn't. */
static int
check_call(struct tool *t, bool all)
{
	int i;

	for (i = 0; i < t->argc; i++)
		if (t->argv[i][0] == '-')
			return tool_too_late(t, i, "operand");
	if (!all || !t->argc)
		return 0;
	tool_usage(t, "cannot take both -a and an application");
	return -1;
}

int
main(int argc, char **argv)
{
	struct units_ask ask = {0};
	struct tool t;
	int opt;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1) {
		switch (opt) {
		case 'a':
			ask.all = true;
			break;
		case 'c':
			charm = true;
			break;
		default:
			return t.status;
		}
	}
	if (check_call(&t, ask.all))
		return t.status;
	ask.apps = t.argv;
	ask.napps = (size_t)t.argc;
	return print_units(&t, &ask);
}
