#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "clustercmd.h"
#include "host.h"
#include "store.h"

static const char synopsis[] =
    "[-acn] [-s FILE] [-H NAME] [-J ARG]... [-B ARG]... [-o DIR] [-t SECONDS] [-w SECONDS] [--poll "
    "SECONDS]\n"
    "       [-p N] [--parallel-timeout SECONDS] [-u UNIT] [-e NAME] [-r ID] EVENT COMMAND [ARG "
    "...]\n"
    "EVENT: install, relation-joined, relation-changed, remove, reconcile\n";

static const double POLL_MIN = 0.001; /* seconds */

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

static struct call call = {
    .opts = {.pending_timeout = 60, .poll = 1, .parallel = -1, .parallel_timeout = 120},
    .command = {.timeout = 300}};

static int
refuse(struct cli *cli, const struct cli_option *option, const char *value, const char *why)
{
	const char letter[] = {'-', option->letter, '\0'};

	return cli_usage(cli, "cannot take %s for %s%s: %s", name_of_argument(value).s,
	    option->letter ? letter : "--", option->letter ? "" : option->name, why);
}

static int
take_seconds(struct cli *cli, const struct cli_option *option, const char *value)
{
	size_t n = strlen(value), digits = strspn(value, "0123456789"),
	       rest = strspn(value + digits, ".");

	if (!n || n >= 16 || rest > 1 || digits + rest == 0 || n <= rest ||
	    digits + rest + strspn(value + digits + rest, "0123456789") != n)
		return refuse(cli, option, value, "it isn't a number of seconds");
	*(double *)option->to = strtod(value, NULL);
	return 0;
}

static int
take_count(struct cli *cli, const struct cli_option *option, const char *value)
{
	size_t n = strlen(value);

	if (!n || n >= 10 || strspn(value, "0123456789") != n)
		return refuse(cli, option, value, "it isn't a whole number");
	*(long *)option->to = strtol(value, NULL, 10);
	return 0;
}

static int
take_file(struct cli *cli, const struct cli_option *option, const char *value)
{
	if (!*value)
		return cli_usage(cli, "cannot take an empty name for -s: it has to name a file");
	return cli_text(cli, option, value);
}

static int
take_host(struct cli *cli, const struct cli_option *option, const char *value)
{
	const char *fault = host_fault(value);

	return fault ? refuse(cli, option, value, fault) : cli_text(cli, option, value);
}

static int
take_arg(struct cli *cli, const struct cli_option *option, const char *value)
{
	struct clustercmd_args *args = option->to;

	(void)cli;
	args->s[args->n++] = value;
	return 0;
}

static const struct cli_option options[] = {
    {'E', "event", "EVENT", cli_text, &call.event_name, "the event, in place of the operand"},
    {'s', "state", "FILE", take_file, &call.state,
	"the state file ($JUJU_CHARM_DIR/.td-consumer.json)"},
    {'H', "hostname", "NAME", take_host, &call.opts.hostname, "this host's name (uname -n)"},
    {'J', "join-arg", "ARG", take_arg, &call.command.join_args,
	"one more argument for join; may be repeated"},
    {'B', "bootstrap-arg", "ARG", take_arg, &call.command.bootstrap_args,
	"one more argument for bootstrap; may be repeated"},
    {'o', "observers", "DIR", cli_text, &call.command.observers, "the folder of the observers"},
    {'a', "any-app", NULL, cli_flag, &call.opts.any_app,
	"bootstrap even if no bootstrap-app is set"},
    {'t', "timeout", "SECONDS", take_seconds, &call.command.timeout,
	"limit for one command and for the lock (300)"},
    {'w', "pending-timeout", "SECONDS", take_seconds, &call.opts.pending_timeout,
	"how long to wait for PENDING members (60)"},
    {'\0', "poll", "SECONDS", take_seconds, &call.opts.poll,
	"pause between two lists while waiting (1)"},
    {'p', "parallel", "N", take_count, &call.opts.parallel,
	"how many hosts may join at once; 0: no limit\n"
	"(4; with the Python library's distributor 10)"},
    {'\0', "parallel-timeout", "SECONDS", take_seconds, &call.opts.parallel_timeout,
	"how long a host with a token counts as joining (120)"},
    {'c', "clear-stranded", NULL, cli_flag, &call.opts.clear_stranded,
	"remove dead rows that keep a host from joining"},
    {'n', "dry-run", NULL, cli_flag, &call.opts.dry_run, "print what would be done"},
    CLI_SELECT(call.sel),
    CLI_END,
};

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

	if (cli_options(cli, options))
		return cli->status;
	/* without a pause it would keep a processor busy while it waits */
	if (c->opts.poll < POLL_MIN)
		c->opts.poll = POLL_MIN;
	c->opts.parallel_given = c->opts.parallel >= 0;
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
	/* -J's, then -B's */
	const char **args = calloc(2 * (size_t)argc + 1, sizeof *args);
	enum status status;
	struct utsname uts;
	struct cli cli;

	cli_start(&cli, argc, argv, synopsis);
	uname(&uts);
	call.opts.hostname = uts.nodename;
	if (args) {
		call.command.join_args.s = args;
		call.command.bootstrap_args.s = args + argc;
		status = run_call(&cli, &call);
	} else {
		fail_memory(&cli.fail);
		status = cli_fail(&cli);
	}
	free(args);
	buf_free(&call.state_path);
	buf_free(&call.command_text);
	return status;
}
