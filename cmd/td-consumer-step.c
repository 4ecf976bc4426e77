#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "clustercmd.h"
#include "host.h"
#include "store.h"

static const double POLL_MIN = 0.001; /* seconds */

static struct doc_select sel;
static struct consumer_options opts = {.pending_timeout = 60, .poll = 1, .parallel_timeout = 120};
static struct clustercmd command = {.timeout = 300};
static const char *event_name, *state;
static struct buf state_path, command_text;

static int
take_seconds(struct cli *cli, const struct cli_option *option, const char *value)
{
	const char letter[] = {'-', option->letter, '\0'};
	size_t n = strlen(value), digits = strspn(value, "0123456789"),
	       rest = strspn(value + digits, ".");

	if (n && n < 16 && rest <= 1 && digits + rest > 0 &&
	    digits + rest + strspn(value + digits + rest, "0123456789") == n && n > rest) {
		*(double *)option->to = strtod(value, NULL);
		return 0;
	}
	return cli_usage(cli, "cannot take %s for %s%s: it isn't a number of seconds",
	    name_of_argument(value).s, option->letter ? "" : "--",
	    option->letter ? letter : option->name);
}

static int
take_parallel(struct cli *cli, const struct cli_option *option, const char *value)
{
	size_t n = strlen(value);

	(void)option;
	if (!n || n >= 10 || strspn(value, "0123456789") != n)
		return cli_usage(cli, "cannot take %s for -p: it isn't a whole number",
		    name_of_argument(value).s);
	opts.parallel_given = true;
	opts.parallel = strtol(value, NULL, 10);
	return 0;
}

static int
take_state(struct cli *cli, const struct cli_option *option, const char *value)
{
	if (!*value)
		return cli_usage(cli, "cannot take an empty name for -s: it has to name a file");
	return cli_text(cli, option, value);
}

static int
take_hostname(struct cli *cli, const struct cli_option *option, const char *value)
{
	if (host_fault(value))
		return cli_usage(
		    cli, "cannot take %s for -H: %s", name_of_argument(value).s, host_fault(value));
	return cli_text(cli, option, value);
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
    {'E', "event", "EVENT", cli_text, &event_name, "the event, in place of the operand"},
    {'s', "state", "FILE", take_state, &state,
	"the state file ($JUJU_CHARM_DIR/.td-consumer.json)"},
    {'H', "hostname", "NAME", take_hostname, &opts.hostname, "this host's name (uname -n)"},
    {'J', "join-arg", "ARG", take_arg, &command.join_args,
	"one more argument for join; may be repeated"},
    {'B', "bootstrap-arg", "ARG", take_arg, &command.bootstrap_args,
	"one more argument for bootstrap; may be repeated"},
    {'o', "observers", "DIR", cli_text, &command.observers, "the folder of the observers"},
    {'a', "any-app", NULL, cli_flag, &opts.any_app, "bootstrap even if no bootstrap-app is set"},
    {'t', "timeout", "SECONDS", take_seconds, &command.timeout,
	"limit for one command and for the lock (300)"},
    {'w', "pending-timeout", "SECONDS", take_seconds, &opts.pending_timeout,
	"how long to wait for PENDING members (60)"},
    {'\0', "poll", "SECONDS", take_seconds, &opts.poll,
	"pause between two lists while waiting (1)"},
    {'p', "parallel", "N", take_parallel, NULL,
	"how many hosts may join at once; 0: no limit\n"
	"(4; with the Python library's distributor 10)"},
    {'\0', "parallel-timeout", "SECONDS", take_seconds, &opts.parallel_timeout,
	"how long a host with a token counts as joining (120)"},
    {'c', "clear-stranded", NULL, cli_flag, &opts.clear_stranded,
	"remove dead rows that keep a host from joining"},
    {'n', "dry-run", NULL, cli_flag, &opts.dry_run, "print what would be done"},
    CLI_SELECT(sel),
    CLI_END,
};

/* Takes EVENT, unless -E gave it, and COMMAND ARG... */
static int
take_operands(struct cli *cli, enum stepevent *event)
{
	if (cli_operands(cli, event_name ? 1 : 2, -1))
		return cli->status;
	if (!event_name) {
		event_name = *cli->argv++;
		cli->argc--;
	}
	if (stepevent_find(event_name, STEPEVENT_CONSUMER, event))
		return cli_usage(cli, "cannot take event %s: there is no such event",
		    name_of_argument(event_name).s);
	if (cli->argv[0][0] == '-')
		return cli_too_late(cli, 0, "command");
	command.argv = cli->argv;
	command.argc = (size_t)cli->argc;
	return 0;
}

static int
step(const struct doc *d, const struct doc_relation *r, enum stepevent event, struct state *s,
    struct fail *f)
{
	struct consumer_ops ops = clustercmd_ops(&command);

	if (store_read(command.store, s, f) ||
	    (!opts.dry_run && store_take_added(command.store, s, f)) ||
	    clustercmd_start(&command, d, s, f))
		return -1;
	return consumer_step(d->views, r, event, &opts, s, &ops, f);
}

static int
locked_step(const struct doc *d, const struct doc_relation *r, enum stepevent event, struct fail *f)
{
	struct store store;
	struct state s;
	int failed;

	if (store_open(&store, state, !opts.dry_run, command.timeout, f))
		return -1;
	command.store = &store;
	failed = step(d, r, event, &s, f);
	clustercmd_free(&command);
	state_free(&s);
	store_close(&store);
	return failed;
}

/* Sets command_text to COMMAND ARG..., as an operator types it. */
static int
put_command(struct fail *f)
{
	size_t i;

	for (i = 0; i < command.argc; i++)
		buf_printf(&command_text, "%s%s", i ? " " : "", name_of(command.argv[i]).s);
	opts.command = command_text.s;
	return command_text.failed ? fail_memory(f) : 0;
}

static enum status
run_call(struct cli *cli)
{
	enum stepevent event = STEPEVENT_RECONCILE;
	struct doc_relation *r = NULL;
	struct doc d;

	if (cli_options(cli, options) || take_operands(cli, &event) ||
	    cli_state_path(cli, &state, &state_path) || cli_relation(cli, &sel, &d, &r))
		return cli->status;
	/* without a pause it would keep a processor busy while it waits */
	if (opts.poll < POLL_MIN)
		opts.poll = POLL_MIN;
	if (put_command(&cli->fail) || locked_step(&d, r, event, &cli->fail) ||
	    action_done(&action_stdout, event_name, &cli->fail))
		cli_fail(cli);
	doc_free(&d);
	return cli->status ? cli->status : cli_end(cli, STATUS_OK);
}

int
main(int argc, char **argv)
{
	const char **args;
	enum status status;
	struct utsname uts;
	struct cli cli;

	cli_start(&cli, argc, argv,
	    "[-acn] [-s FILE] [-H NAME] [-J ARG]... [-B ARG]... [-o DIR] [-t SECONDS] "
	    "[-w SECONDS] [--poll SECONDS]\n"
	    "       [-p N] [--parallel-timeout SECONDS] [-u UNIT] [-e NAME] [-r ID] EVENT COMMAND "
	    "[ARG ...]\n"
	    "EVENT: install, relation-joined, relation-changed, remove, reconcile\n");
	uname(&uts);
	opts.hostname = uts.nodename;
	args = calloc(2 * (size_t)argc + 1, sizeof *args);
	if (!args) {
		fail_memory(&cli.fail);
		return cli_fail(&cli);
	}
	/* none of the two can have more than argc */
	command.join_args.s = args;
	command.bootstrap_args.s = args + argc;
	status = run_call(&cli);
	free(args);
	buf_free(&state_path);
	buf_free(&command_text);
	return status;
}
