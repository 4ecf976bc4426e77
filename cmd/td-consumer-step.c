#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "clustercmd.h"
#include "host.h"
#include "store.h"

static const char usage[] =
    "[-acn] [-s FILE] [-H NAME] [-J ARG]... [-B ARG]... [-o DIR] [-t SECONDS] [-w SECONDS] [--poll "
    "SECONDS]\n"
    "       [-p N] [--parallel-timeout SECONDS] [-u UNIT] [-e NAME] [-r ID] EVENT COMMAND [ARG "
    "...]\n"
    "EVENT: install, relation-joined, relation-changed, remove, reconcile\n"
    "  -E, --event EVENT              the event, in place of the operand\n"
    "  -s, --state FILE               the state file ($JUJU_CHARM_DIR/.td-consumer.json)\n"
    "  -H, --hostname NAME            this host's name (uname -n)\n"
    "  -J, --join-arg ARG             one more argument for join; may be repeated\n"
    "  -B, --bootstrap-arg ARG        one more argument for bootstrap; may be repeated\n"
    "  -o, --observers DIR            the folder of the observers\n"
    "  -a, --any-app                  bootstrap even if no bootstrap-app is set\n"
    "  -t, --timeout SECONDS          limit for one command and for the lock (300)\n"
    "  -w, --pending-timeout SECONDS  how long to wait for PENDING members (60)\n"
    "      --poll SECONDS             pause between two lists while waiting (1)\n"
    "  -p, --parallel N               how many hosts may join at once; 0: no limit\n"
    "                                 (4; with the Python library's distributor 10)\n"
    "      --parallel-timeout SECONDS how long a host with a token counts as joining (120)\n"
    "  -c, --clear-stranded           remove dead rows that keep a host from joining\n"
    "  -n, --dry-run                  print what would be done\n"
    "  -u, --unit UNIT                use this unit, if the document has several\n"
    "  -e, --endpoint NAME            use the relation of this endpoint\n"
    "  -r, --relation ID              use this relation: 4 or cluster:4\n"
    "  -h, --help                     print this\n"
    "  -V, --version                  print the version\n";

static const double POLL_MIN = 0.001; /* seconds */

enum { OPT_POLL = 256, OPT_PARALLEL_TIMEOUT };

static const struct option options[] = {
    {"event", required_argument, NULL, 'E'},
    {"state", required_argument, NULL, 's'},
    {"hostname", required_argument, NULL, 'H'},
    {"join-arg", required_argument, NULL, 'J'},
    {"bootstrap-arg", required_argument, NULL, 'B'},
    {"observers", required_argument, NULL, 'o'},
    {"any-app", no_argument, NULL, 'a'},
    {"timeout", required_argument, NULL, 't'},
    {"pending-timeout", required_argument, NULL, 'w'},
    {"poll", required_argument, NULL, OPT_POLL},
    {"parallel", required_argument, NULL, 'p'},
    {"parallel-timeout", required_argument, NULL, OPT_PARALLEL_TIMEOUT},
    {"clear-stranded", no_argument, NULL, 'c'},
    {"dry-run", no_argument, NULL, 'n'},
    CLI_DOC_OPTIONS,
    CLI_OPTIONS,
};

struct call {
	struct doc_select sel;
	struct consumer_options opts;
	struct clustercmd command;
	const char *event_name;
	enum consumer_event event;
	const char *state;
	struct buf state_path;
	struct buf command_text;
};

static int
seconds(struct cli *cli, const char *what, double *out)
{
	size_t n = strlen(optarg), digits = strspn(optarg, "0123456789"),
	       rest = strspn(optarg + digits, ".");

	if (n && n < 16 && rest <= 1 && digits + rest > 0 &&
	    digits + rest + strspn(optarg + digits + rest, "0123456789") == n && n > rest) {
		*out = strtod(optarg, NULL);
		return 0;
	}
	return cli_usage(cli, "cannot take %s for %s: it isn't a number of seconds",
	    name_of_argument(optarg).s, what);
}

static int
count(struct cli *cli, const char *what, long *out)
{
	size_t n = strlen(optarg);

	if (n && n < 10 && strspn(optarg, "0123456789") == n) {
		*out = strtol(optarg, NULL, 10);
		return 0;
	}
	return cli_usage(cli, "cannot take %s for %s: it isn't a whole number",
	    name_of_argument(optarg).s, what);
}

static int
take_option(struct cli *cli, struct call *c, int opt)
{
	switch (opt) {
	case 'E':
		c->event_name = optarg;
		return 0;
	case 's':
		c->state = optarg;
		if (*optarg)
			return 0;
		return cli_usage(cli, "cannot take an empty name for -s: it has to name a file");
	case 'H':
		c->opts.hostname = optarg;
		if (!host_fault(optarg))
			return 0;
		return cli_usage(cli, "cannot take %s for -H: %s", name_of_argument(optarg).s,
		    host_fault(optarg));
	case 'J':
		c->command.join_args.s[c->command.join_args.n++] = optarg;
		return 0;
	case 'B':
		c->command.bootstrap_args.s[c->command.bootstrap_args.n++] = optarg;
		return 0;
	case 'o':
		c->command.observers = optarg;
		return 0;
	case 'a':
		c->opts.any_app = true;
		return 0;
	case 'n':
		c->opts.dry_run = true;
		return 0;
	case 't':
		return seconds(cli, "-t", &c->command.timeout);
	case 'w':
		return seconds(cli, "-w", &c->opts.pending_timeout);
	case 'p':
		c->opts.parallel_given = true;
		return count(cli, "-p", &c->opts.parallel);
	case OPT_PARALLEL_TIMEOUT:
		return seconds(cli, "--parallel-timeout", &c->opts.parallel_timeout);
	case 'c':
		c->opts.clear_stranded = true;
		return 0;
	case OPT_POLL:
		if (seconds(cli, "--poll", &c->opts.poll))
			return cli->status;
		/* without a pause it would keep a processor busy while it waits */
		if (c->opts.poll < POLL_MIN)
			c->opts.poll = POLL_MIN;
		return 0;
	default:
		return cli_doc_option(cli, opt, &c->sel);
	}
}

/* Takes EVENT, unless -E gave it, and COMMAND ARG... */
static int
take_operands(struct cli *cli, struct call *c)
{
	if (cli_operands(cli, c->event_name ? 1 : 2, -1))
		return cli->status;
	if (!c->event_name) {
		c->event_name = *cli->argv++;
		cli->argc--;
	}
	if (consumer_event(c->event_name, &c->event))
		return cli_usage(cli, "cannot take event %s: there is no such event",
		    name_of_argument(c->event_name).s);
	if (cli->argv[0][0] == '-')
		return cli_too_late(cli, 0, "command");
	c->command.argv = cli->argv;
	c->command.argc = (size_t)cli->argc;
	return 0;
}

/* Sets command_text to COMMAND ARG..., as an operator types it. */
static int
command_text(struct cli *cli, struct call *c)
{
	size_t i;

	for (i = 0; i < c->command.argc; i++)
		buf_printf(&c->command_text, "%s%s", i ? " " : "", name_of(c->command.argv[i]).s);
	c->opts.command = c->command_text.s;
	return c->command_text.failed ? fail_memory(&cli->fail) : 0;
}

static int
step(struct cli *cli, struct call *c, const struct doc *d, const struct doc_relation *r,
    struct state *s)
{
	struct consumer_ops ops = clustercmd_ops(&c->command);

	if (store_read(c->command.store, s, &cli->fail) ||
	    (!c->opts.dry_run && store_take_added(c->command.store, s, &cli->fail)) ||
	    clustercmd_start(&c->command, d, s, &cli->fail))
		return -1;
	return consumer_step(d->views, r, c->event, &c->opts, s, &ops, &cli->fail);
}

static int
locked_step(struct cli *cli, struct call *c, const struct doc *d, const struct doc_relation *r)
{
	struct store store;
	struct state s;
	int failed;

	if (store_open(&store, c->state, !c->opts.dry_run, c->command.timeout, &cli->fail))
		return -1;
	c->command.store = &store;
	failed = step(cli, c, d, r, &s);
	clustercmd_free(&c->command);
	state_free(&s);
	store_close(&store);
	return failed;
}

static enum status
run_call(struct cli *cli, struct call *c)
{
	struct doc_relation *r;
	struct doc d = {0};
	int opt;

	while ((opt = cli_option(cli, options)) != -1)
		if (take_option(cli, c, opt))
			return cli->status;
	if (take_operands(cli, c) || cli_state_path(cli, &c->state, &c->state_path) ||
	    cli_relation(cli, &c->sel, &d, &r))
		return cli->status;
	if (command_text(cli, c) || locked_step(cli, c, &d, r) ||
	    action_done(&action_stdout, c->event_name, &cli->fail))
		cli_fail(cli);
	doc_free(&d);
	return cli->status ? cli->status : cli_end(cli, STATUS_OK);
}

int
main(int argc, char **argv)
{
	struct call c = {.opts = {.pending_timeout = 60, .poll = 1, .parallel_timeout = 120},
	    .command = {.timeout = 300}};
	/* -J's, then -B's */
	const char **args = calloc(2 * (size_t)argc + 1, sizeof *args);
	enum status status;
	struct utsname uts;
	struct cli cli;

	cli_start(&cli, argc, argv, usage);
	uname(&uts);
	c.opts.hostname = uts.nodename;
	if (args) {
		c.command.join_args.s = args;
		c.command.bootstrap_args.s = args + argc;
		status = run_call(&cli, &c);
	} else {
		fail_memory(&cli.fail);
		status = cli_fail(&cli);
	}
	free(args);
	buf_free(&c.state_path);
	buf_free(&c.command_text);
	return status;
}
