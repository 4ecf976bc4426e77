#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <unistd.h>

#include "io.h"
#include "tool.h"

enum { LONGEST_OPTION = 20 }; /* with its two dashes */

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
tool_start(struct tool *t, int argc, char **argv, const char *usage)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	memset(t, 0, sizeof *t);
	t->name = slash ? slash + 1 : argc > 0 ? argv[0] : "td";
	t->usage = usage;
	t->argc = argc;
	t->argv = argv;
	prevent_core_dump();
	take_standard_fds();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

/* ":+" and the short names: getopt is silent and stops at the first operand. */
static void
short_options(char *s, const struct option *options)
{
	*s++ = '+';
	*s++ = ':';
	for (; options->name; options++) {
		if (options->val > '~')
			continue;
		*s++ = (char)options->val;
		if (options->has_arg)
			*s++ = ':';
	}
	*s = '\0';
}

/*
 * One write, so that lines of tools in a pipeline don't mix; and no memory, for there may be none
 * left.
 */
static void
say(const struct tool *t, const char *text, bool usage)
{
	char all[4096];
	size_t n, i;

	n = (size_t)snprintf(all, sizeof all, "%.255s: %.2047s", t->name, text);
	/* what the caller called a file is on one line, too */
	for (i = 0; i < n; i++)
		if ((unsigned char)all[i] < ' ' || all[i] == 0x7f)
			all[i] = '?';
	all[n++] = '\n';
	all[n] = '\0';
	if (usage)
		n += (size_t)snprintf(
		    all + n, sizeof all - n, "usage: %.255s %s", t->name, t->usage);
	io_say(all, n < sizeof all ? n : sizeof all - 1);
}

enum status
tool_fail(struct tool *t)
{
	say(t, t->fail.text, t->fail.status == STATUS_USAGE);
	t->status = t->fail.status;
	return t->status;
}

enum status
tool_usage(struct tool *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_setv(&t->fail, STATUS_USAGE, fmt, ap);
	va_end(ap);
	return tool_fail(t);
}

void
tool_warn(const struct tool *t, const char *text)
{
	say(t, text, false);
}

static int
ended(struct tool *t, enum status status)
{
	t->status = status;
	return '?';
}

/*
 * How a message names the option at arg: its name alone, for a token may stand behind it; "" where
 * that is no option's name, but may be a token itself.
 */
static struct name
option_name(const struct tool *t, const char *arg)
{
	struct name name = name_of(arg);
	size_t n = strspn(name.s, "-abcdefghijklmnopqrstuvwxyz");

	if (arg[1] != '-')
		n = strchr(t->short_options, arg[1]) ? 2 : 0;
	else if (n > LONGEST_OPTION || (name.s[n] && name.s[n] != '='))
		n = 0;
	name.s[n] = '\0';
	return name;
}

static int
bad_long_option(struct tool *t, int opt)
{
	struct name name = option_name(t, t->argv[optind - 1]);
	const char *wrong = "there is none of that name, or more than one";

	if (opt == ':')
		wrong = "it needs a value";
	else if (optopt) /* of an option that there is */
		wrong = "it takes no value";
	if (!name.s[0])
		return ended(
		    t, tool_usage(t, "cannot take argument %d: there is no option of that name",
			   optind - 1));
	return ended(t, tool_usage(t, "cannot take option %s: %s", name.s, wrong));
}

static int
bad_option(struct tool *t, int opt)
{
	const char letter[] = {(char)optopt, '\0'};
	const char *wrong = opt == ':' ? "it needs a value" : "there is none of that name";
	bool is_short;

	/* within a run of short options, the argument before optind is the one before the run */
	if (opt == ':')
		is_short = strncmp(t->argv[optind - 1], "--", 2) != 0;
	else
		is_short = optopt && optopt <= UCHAR_MAX && !strchr(t->short_options, optopt);
	if (!is_short)
		return bad_long_option(t, opt);
	return ended(t, tool_usage(t, "cannot take option -%s: %s", name_of(letter).s, wrong));
}

int
tool_option(struct tool *t, const struct option *options)
{
	struct buf b = {0};
	int opt;

	if (!t->short_options[0])
		short_options(t->short_options, options);
	opt = getopt_long(t->argc, t->argv, t->short_options, options, NULL);
	switch (opt) {
	case 'h':
		buf_printf(&b, "usage: %s %s", t->name, t->usage);
		return ended(t, tool_print(t, &b, STATUS_OK));
	case 'V':
		buf_printf(&b, "%s %s\n", t->name, VERSION);
		return ended(t, tool_print(t, &b, STATUS_OK));
	case ':':
	case '?':
		return bad_option(t, opt);
	case -1:
		t->argc -= optind;
		t->argv += optind;
		return -1;
	default:
		return opt;
	}
}

int
tool_too_late(struct tool *t, int i, const char *what)
{
	struct name name = option_name(t, t->argv[i]);

	if (!name.s[0])
		snprintf(name.s, sizeof name.s, "%d", i + 1);
	tool_usage(t, "cannot take %s %s: options go first, before the operands", what, name.s);
	return -1;
}

int
tool_late_option(struct tool *t)
{
	int i;

	for (i = 0; i < t->argc && strcmp(t->argv[-1], "--") != 0; i++)
		if (t->argv[i][0] == '-' && t->argv[i][1])
			return tool_too_late(t, i, "operand");
	return 0;
}

int
tool_operands(struct tool *t, int min, int max)
{
	if (t->argc < min) {
		tool_usage(t, "cannot go on: %s",
		    t->argc ? "an operand is missing" : "no operand is given");
		return -1;
	}
	if (max < 0)
		return 0;
	if (tool_late_option(t))
		return -1;
	if (t->argc <= max)
		return 0;
	tool_usage(t, "cannot take operand %d: there is one too many", max + 1);
	return -1;
}

enum status
tool_end(struct tool *t, enum status status)
{
	if (close(STDOUT_FILENO) == 0 || errno == EINTR)
		return status;
	fail_errno(&t->fail, "cannot write standard output");
	return tool_fail(t);
}

enum status
tool_print(struct tool *t, struct buf *b, enum status status)
{
	int r = io_print(b, &t->fail);

	buf_free(b);
	return r ? tool_fail(t) : tool_end(t, status);
}

int
tool_doc_option(struct tool *t, int opt, struct doc_select *sel)
{
	switch (opt) {
	case 'u':
		sel->unit = optarg;
		return 0;
	case 'e':
		sel->endpoint = optarg;
		return 0;
	case 'r':
		sel->relation = optarg;
		if (doc_relation_id(optarg, &sel->id) == 0)
			return 0;
		tool_usage(t,
		    "cannot take %s for -r: it is no relation's ID, such as 4 or cluster:4 (for "
		    "output without quotes, -R)",
		    name_of_argument(optarg).s);
		return -1;
	default:
		return -1;
	}
}

int
tool_state_path(struct tool *t, const char **path, struct buf *b)
{
	const char *dir = getenv("JUJU_CHARM_DIR");

	if (*path)
		return 0;
	if (!dir || !*dir) {
		tool_usage(t, "cannot find the state file: neither -s nor JUJU_CHARM_DIR is given");
		return -1;
	}
	buf_printf(b, "%s/.td-consumer.json", dir);
	*path = b->s;
	if (!b->failed)
		return 0;
	fail_memory(&t->fail);
	tool_fail(t);
	return -1;
}

/* Reads standard input into b. */
static int
input(struct tool *t, struct buf *b)
{
	if (io_read(STDIN_FILENO, b, "standard input", &t->fail) == 0)
		return 0;
	buf_free(b);
	tool_fail(t);
	return -1;
}

int
tool_json(struct tool *t, struct json *j)
{
	struct buf b = {0};
	int r;

	if (input(t, &b))
		return -1;
	r = json_take(j, &b, "<stdin>", &t->fail);
	if (r)
		tool_fail(t);
	return r;
}

struct doc_view *
tool_doc(struct tool *t, const struct doc_select *sel, struct doc *d)
{
	struct doc_view *v = NULL;
	struct buf b = {0};

	if (input(t, &b))
		return NULL;
	if (doc_take(d, &b, "<stdin>", &t->fail) == 0 && doc_check_asked(d, sel, &t->fail) == 0 &&
	    doc_narrow(d, sel, &t->fail) == 0)
		v = doc_one_unit(d, &t->fail);
	if (!v) {
		doc_free(d);
		tool_fail(t);
	}
	return v;
}

/* tool_relation; known: it has to be known who is related. */
static int
one_relation(struct tool *t, const struct doc_select *sel, bool known, struct doc *d,
    struct doc_relation **r)
{
	struct doc_view *v = tool_doc(t, sel, d);

	if (!v)
		return -1;
	if (doc_one_relation(v, r, &t->fail) == 0 &&
	    (!known || !*r || doc_check_known(v, *r, &t->fail) == 0))
		return 0;
	doc_free(d);
	tool_fail(t);
	return -1;
}

int
tool_relation(struct tool *t, const struct doc_select *sel, struct doc *d, struct doc_relation **r)
{
	return one_relation(t, sel, false, d, r);
}

int
tool_known_relation(
    struct tool *t, const struct doc_select *sel, struct doc *d, struct doc_relation **r)
{
	return one_relation(t, sel, true, d, r);
}
