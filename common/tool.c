#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <unistd.h>

#include "io.h"
#include "tool.h"

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
	vsnprintf(t->fail.text, sizeof t->fail.text, fmt, ap);
	va_end(ap);
	t->fail.status = STATUS_USAGE;
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

static int
bad_option(struct tool *t, int opt)
{
	const char *arg = t->argv[optind - 1], letter[] = {(char)optopt, '\0'};

	if (opt == ':')
		return ended(
		    t, tool_usage(t, "cannot take option %s: it needs a value", name_of(arg).s));
	/* that of a long option which can't have a value is one that there is */
	if (optopt && optopt <= '~' && !strchr(t->short_options, optopt))
		return ended(t, tool_usage(t, "cannot take option -%s: there is none of that name",
				    name_of(letter).s));
	return ended(
	    t, tool_usage(t, "cannot take option %s: %s", name_of(arg).s,
		   optopt ? "it takes no value" : "there is none of that name, or more than one"));
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
tool_operands(struct tool *t, int min, int max)
{
	int i;

	if (t->argc < min) {
		tool_usage(t, "cannot go on: %s",
		    t->argc ? "an operand is missing" : "no operand is given");
		return -1;
	}
	if (max < 0 || t->argc <= max)
		return 0;
	for (i = max; i < t->argc - 1 && (t->argv[i][0] != '-' || !t->argv[i][1]);)
		i++;
	if (t->argv[i][0] == '-' && t->argv[i][1])
		tool_usage(t, "cannot take operand %s: options go first, before the operands",
		    name_of(t->argv[i]).s);
	else
		tool_usage(
		    t, "cannot take operand %s: there is one too many", name_of(t->argv[max]).s);
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
		    name_of(optarg).s);
		return -1;
	default:
		return -1;
	}
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
tool_json(struct tool *t, struct json *j, int flags)
{
	struct buf b = {0};
	int r;

	if (input(t, &b))
		return -1;
	r = json_read(j, b.s, b.n, "<stdin>", flags, &t->fail);
	buf_free(&b);
	if (r)
		tool_fail(t);
	return r;
}

int
tool_array(struct tool *t, struct json_array *a, struct buf *b)
{
	memset(b, 0, sizeof *b);
	if (input(t, b))
		return -1;
	if (json_read_array(a, b->s, b->n, "<stdin>", &t->fail) == 0)
		return 0;
	buf_free(b);
	tool_fail(t);
	return -1;
}

struct doc_view *
tool_doc(struct tool *t, const struct doc_select *sel, struct doc *d)
{
	struct doc_view *v = NULL;
	struct buf b = {0};
	int r;

	if (input(t, &b))
		return NULL;
	if (sel->host)
		r = doc_read_host(d, b.s, b.n, "<stdin>", sel->host, &t->fail);
	else
		r = doc_read(d, b.s, b.n, "<stdin>", &t->fail);
	if (r == 0 && doc_narrow(d, sel, &t->fail) == 0)
		v = doc_one_unit(d, &t->fail);
	buf_free(&b);
	if (!v) {
		doc_free(d);
		tool_fail(t);
	}
	return v;
}

int
tool_relation(struct tool *t, const struct doc_select *sel, struct doc *d, struct doc_relation **r)
{
	struct doc_view *v = tool_doc(t, sel, d);

	if (!v)
		return -1;
	if (doc_one_relation(v, r, &t->fail) == 0)
		return 0;
	doc_free(d);
	tool_fail(t);
	return -1;
}
