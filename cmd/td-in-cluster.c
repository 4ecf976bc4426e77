#include "store.h"
#include "tool.h"

static const char usage[] =
    "[-s FILE]\n"
    "  -s, --state FILE  the state file ($JUJU_CHARM_DIR/.td-consumer.json)\n"
    "  -h, --help        print this\n"
    "  -V, --version     print the version\n";

static const struct option options[] = {{"state", required_argument, NULL, 's'}, TOOL_OPTIONS};

/* Needs no lock, because a step replaces the file as a whole. */
static int
read_state(const char *path, struct state *s, struct fail *f)
{
	struct store st;
	int r;

	if (store_open(&st, path, false, 0, f))
		return -1;
	r = store_read(&st, s, f);
	store_close(&st);
	return r;
}

/* Prints the answer; returns the status. */
static enum status
answer(struct tool *t, const char *path)
{
	struct buf out = {0};
	struct state s;
	bool in;

	state_new(&s);
	if (read_state(path, &s, &t->fail)) {
		state_free(&s);
		return tool_fail(t);
	}
	in = s.in_cluster && !s.unsure;
	state_free(&s);
	buf_puts(&out, in ? "true\n" : "false\n");
	return tool_print(t, &out, in ? STATUS_OK : STATUS_NO);
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	struct buf b = {0};
	enum status status;
	struct tool t;
	int opt;

	tool_start(&t, argc, argv, usage);
	while ((opt = tool_option(&t, options)) != -1) {
		switch (opt) {
		case 's':
			path = optarg;
			break;
		default:
			return t.status;
		}
	}
	if (tool_operands(&t, 0, 0) || tool_state_path(&t, &path, &b))
		return t.status;
	status = answer(&t, path);
	buf_free(&b);
	return status;
}
