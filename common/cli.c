#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <unistd.h>

#include "cli.h"
#include "io.h"

enum {
	LONGEST_OPTION = 20, /* with its two dashes */
	OPTIONS_MAX = 32,    /* of one tool */
	NO_LETTER = 256,     /* and more: the vals of options that have only a name */
};

/*
 * A descriptor of 0 to 2 that came closed would be given to the next file that is opened. It is
 * taken by one on which what is meant for it fails.
 */
static void
take_standard_fds(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			open("/", O_RDONLY); /* reading and writing fail on a folder */
}

/*
 * There are tokens in memory. RLIMIT_CORE doesn't keep a dump from a handler that the kernel pipes
 * it to, and would go over to what we run; this does the one and not the other.
 */
static void
prevent_core_dump(void)
{
#ifdef __linux__
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void
cli_start(struct cli *cli, int argc, char **argv, const char *usage)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	memset(cli, 0, sizeof *cli);
	cli->name = slash ? slash + 1 : argc > 0 ? argv[0] : "td";
	cli->usage = usage;
	cli->argc = argc;
	cli->argv = argv;
	prevent_core_dump();
	take_standard_fds();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

/* Puts the left part of an option's line in the help. Returns its width. */
static int
put_left(char *left, size_t size, const struct cli_option *o)
{
	char letter[] = {'-', o->letter, ',', '\0'};

	return snprintf(left, size, "  %3s --%s%s%s", o->letter ? letter : "", o->name,
	    o->value ? " " : "", o->value ? o->value : "");
}

static void
put_help(const struct cli *cli, struct buf *b)
{
	const struct cli_option *o;
	const char *line, *end;
	char left[64];
	int n, width = 0;

	buf_printf(b, "usage: %.255s %s", cli->name, cli->usage);
	for (o = cli->options; o && o->name; o++) {
		n = put_left(left, sizeof left, o);
		width = n > width ? n : width;
	}
	for (o = cli->options; o && o->name; o++) {
		put_left(left, sizeof left, o);
		for (line = o->help; line; line = *end ? end + 1 : NULL) {
			end = line + strcspn(line, "\n");
			buf_printf(b, "%-*s  %.*s\n", width, left, (int)(end - line), line);
			left[0] = '\0';
		}
	}
}

/*
 * One write, so that lines of tools in a pipeline don't mix. Only the usage needs memory, of which
 * there may be none left.
 */
static void
say(const struct cli *cli, const char *text, bool usage)
{
	struct buf help = {0};
	char all[4096];
	size_t n, i;

	n = (size_t)snprintf(all, sizeof all, "%.255s: %.2047s", cli->name, text);
	/* what the caller called a file is on one line, too */
	for (i = 0; i < n; i++)
		if ((unsigned char)all[i] < ' ' || all[i] == 0x7f)
			all[i] = '?';
	all[n++] = '\n';
	if (usage)
		put_help(cli, &help);
	n += (size_t)snprintf(all + n, sizeof all - n, "%s", help.failed || !usage ? "" : help.s);
	buf_free(&help);
	io_say(all, n < sizeof all ? n : sizeof all - 1);
}

enum status
cli_fail(struct cli *cli)
{
	say(cli, cli->fail.text, cli->fail.status == STATUS_USAGE);
	cli->status = cli->fail.status;
	return cli->status;
}

enum status
cli_usage(struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_setv(&cli->fail, STATUS_USAGE, fmt, ap);
	va_end(ap);
	return cli_fail(cli);
}

void
cli_warn(const struct cli *cli, const char *text)
{
	say(cli, text, false);
}

/*
 * How a message names the option at arg: its name alone, for a token may stand behind it; "" where
 * that is no option's name, but may be a token itself.
 */
static struct name
option_name(const struct cli *cli, const char *arg)
{
	struct name name = name_of(arg);
	size_t n = strspn(name.s, "-abcdefghijklmnopqrstuvwxyz");

	if (arg[1] != '-')
		n = strchr(cli->short_options, arg[1]) ? 2 : 0;
	else if (n > LONGEST_OPTION || (name.s[n] && name.s[n] != '='))
		n = 0;
	name.s[n] = '\0';
	return name;
}

static enum status
refuse_long_option(struct cli *cli, int opt)
{
	struct name name = option_name(cli, cli->argv[optind - 1]);
	const char *wrong = "there is none of that name, or more than one";

	if (opt == ':')
		wrong = "it needs a value";
	else if (optopt) /* of an option that there is */
		wrong = "it takes no value";
	if (name.s[0])
		return cli_usage(cli, "cannot take option %s: %s", name.s, wrong);
	return cli_usage(
	    cli, "cannot take argument %d: there is no option of that name", optind - 1);
}

static enum status
refuse_option(struct cli *cli, int opt)
{
	const char letter[] = {(char)optopt, '\0'};
	const char *wrong = opt == ':' ? "it needs a value" : "there is none of that name";
	bool is_short;

	/* within a run of short options, the argument before optind is the one before the run */
	if (opt == ':')
		is_short = strncmp(cli->argv[optind - 1], "--", 2) != 0;
	else
		is_short = optopt && optopt <= UCHAR_MAX && !strchr(cli->short_options, optopt);
	if (is_short)
		return cli_usage(cli, "cannot take option -%s: %s", name_of(letter).s, wrong);
	return refuse_long_option(cli, opt);
}

int
cli_flag(struct cli *cli, const struct cli_option *option, const char *value)
{
	(void)cli;
	(void)value;
	*(bool *)option->to = true;
	return 0;
}

int
cli_text(struct cli *cli, const struct cli_option *option, const char *value)
{
	(void)cli;
	*(const char **)option->to = value;
	return 0;
}

int
cli_relation_id(struct cli *cli, const struct cli_option *option, const char *value)
{
	struct doc_select *sel = option->to;

	sel->relation = value;
	if (doc_relation_id(value, &sel->id) == 0)
		return 0;
	return cli_usage(cli,
	    "cannot take %s for -r: it is no relation's ID, such as 4 or cluster:4 (for output "
	    "without quotes, -R)",
	    name_of_argument(value).s);
}

int
cli_help(struct cli *cli, const struct cli_option *option, const char *value)
{
	struct buf b = {0};

	(void)option;
	(void)value;
	put_help(cli, &b);
	cli->status = cli_print(cli, &b, STATUS_OK);
	return -1;
}

int
cli_version(struct cli *cli, const struct cli_option *option, const char *value)
{
	struct buf b = {0};

	(void)option;
	(void)value;
	buf_printf(&b, "%s %s\n", cli->name, VERSION);
	cli->status = cli_print(cli, &b, STATUS_OK);
	return -1;
}

/* Puts the table as getopt takes it. "+:": getopt is silent and stops at the first operand. */
static void
put_options(struct cli *cli, struct option *to)
{
	const struct cli_option *o;
	char *s = cli->short_options;

	*s++ = '+';
	*s++ = ':';
	for (o = cli->options; o->name; o++, to++) {
		to->name = o->name;
		to->has_arg = o->value ? required_argument : no_argument;
		to->val = o->letter ? o->letter : NO_LETTER + (int)(o - cli->options);
		if (!o->letter)
			continue;
		*s++ = o->letter;
		if (o->value)
			*s++ = ':';
	}
}

int
cli_options(struct cli *cli, const struct cli_option *options)
{
	struct option all[OPTIONS_MAX] = {{0}};
	const struct cli_option *o;
	const char *value = NULL;
	int opt;

	cli->options = options;
	put_options(cli, all);
	while ((opt = getopt_long(cli->argc, cli->argv, cli->short_options, all, NULL)) != -1) {
		for (o = options; o->name; o++)
			if (opt == o->letter || opt == NO_LETTER + (int)(o - options))
				break;
		if (!o->name)
			return refuse_option(cli, opt);
		value = optarg;
		if (o->take(cli, o, value))
			return -1;
	}
	cli->dashes = strcmp(cli->argv[optind - 1], "--") == 0 && cli->argv[optind - 1] != value;
	cli->argc -= optind;
	cli->argv += optind;
	return 0;
}

int
cli_too_late(struct cli *cli, int i, const char *what)
{
	struct name name = option_name(cli, cli->argv[i]);

	if (!name.s[0])
		snprintf(name.s, sizeof name.s, "%d", i + 1);
	return cli_usage(
	    cli, "cannot take %s %s: options go first, before the operands", what, name.s);
}

int
cli_late_option(struct cli *cli)
{
	int i;

	for (i = 0; i < cli->argc && !cli->dashes; i++)
		if (cli->argv[i][0] == '-' && cli->argv[i][1])
			return cli_too_late(cli, i, "operand");
	return 0;
}

int
cli_operands(struct cli *cli, int min, int max)
{
	if (cli->argc < min)
		return cli_usage(cli, "cannot go on: %s",
		    cli->argc ? "an operand is missing" : "no operand is given");
	if (max < 0)
		return 0;
	if (cli_late_option(cli))
		return cli->status;
	if (cli->argc <= max)
		return 0;
	return cli_usage(cli, "cannot take operand %d: there is one too many", max + 1);
}

enum status
cli_end(struct cli *cli, enum status status)
{
	if (close(STDOUT_FILENO) == 0 || errno == EINTR)
		return status;
	fail_errno(&cli->fail, "cannot write standard output");
	return cli_fail(cli);
}

enum status
cli_print(struct cli *cli, struct buf *b, enum status status)
{
	return cli_finish(cli, 0, b, status);
}

enum status
cli_finish(struct cli *cli, int failed, struct buf *b, enum status status)
{
	if (!failed)
		failed = io_print(b, &cli->fail);
	buf_free(b);
	return failed ? cli_fail(cli) : cli_end(cli, status);
}

int
cli_state_path(struct cli *cli, const char **path, struct buf *b)
{
	const char *dir = getenv("JUJU_CHARM_DIR");

	if (*path)
		return 0;
	if (!dir || !*dir)
		return cli_usage(
		    cli, "cannot find the state file: neither -s nor JUJU_CHARM_DIR is given");
	buf_printf(b, "%s/.td-consumer.json", dir);
	*path = b->s;
	if (!b->failed)
		return 0;
	fail_memory(&cli->fail);
	return cli_fail(cli);
}

int
cli_json(struct cli *cli, int (*take)(const cJSON *root, struct buf *out, struct fail *f),
    struct buf *out)
{
	struct buf in = {0};
	struct json j = {0};
	int r = io_read(STDIN_FILENO, &in, "standard input", &cli->fail) ||
			json_take(&j, &in, "<stdin>", &cli->fail)
		    ? -1
		    : take(j.root, out, &cli->fail);

	buf_free(&in);
	json_free(&j);
	return r;
}

struct doc_view *
cli_doc(struct cli *cli, const struct doc_select *sel, struct doc *d)
{
	struct doc_view *v = NULL;
	struct buf in = {0};

	memset(d, 0, sizeof *d);
	if (io_read(STDIN_FILENO, &in, "standard input", &cli->fail) == 0 &&
	    doc_take(d, &in, "<stdin>", &cli->fail) == 0 &&
	    doc_check_asked(d, sel, &cli->fail) == 0 && doc_narrow(d, sel, &cli->fail) == 0)
		v = doc_one_unit(d, &cli->fail);
	buf_free(&in);
	if (!v) {
		doc_free(d);
		cli_fail(cli);
	}
	return v;
}

int
cli_relation(struct cli *cli, const struct doc_select *sel, struct doc *d, struct doc_relation **r)
{
	struct doc_view *v = cli_doc(cli, sel, d);

	if (!v)
		return cli->status;
	if (doc_one_relation(v, r, &cli->fail) == 0)
		return 0;
	doc_free(d);
	return cli_fail(cli);
}

int
cli_known_relation(
    struct cli *cli, const struct doc_select *sel, struct doc *d, struct doc_relation **r)
{
	if (cli_relation(cli, sel, d, r))
		return cli->status;
	if (!*r || doc_check_known(d->views, *r, &cli->fail) == 0)
		return 0;
	doc_free(d);
	return cli_fail(cli);
}
