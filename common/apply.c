#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action.h"
#include "apply.h"
#include "io.h"
#include "mirror.h"
#include "relay.h"
#include "run.h"
#include "token.h"
#include "utf8.h"

enum { MESSAGE_MAX = 1024 }; /* bytes */

static const double timeout = 300; /* seconds for one hook command */

struct applier {
	bool dry_run;
	bool done;
	struct redact_set known; /* tokens of earlier lines, which later ones may speak of */
	struct fail *f;
};

/* A command to run, or to print. */
struct command {
	const char *argv[8];
	const struct action *set; /* whose data it reads from standard input; NULL: none */
	char what[80];		  /* "VERB OBJECT", for messages */
};

static int
learn_tokens(struct applier *a, const cJSON *data)
{
	const cJSON *m;

	for (m = data->child; m; m = m->next)
		if (mirror_host(m->string) && redact_keep(&a->known, m->valuestring))
			return fail_memory(a->f);
	return 0;
}

/* Puts the data as JSON; with cut, without tokens. */
static void
put_data(struct applier *a, const cJSON *data, bool cut, struct buf *b)
{
	struct buf value = {0};
	const cJSON *m;

	if (!cut) {
		json_put(b, data);
		return;
	}
	buf_putc(b, '{');
	for (m = data->child; m; m = m->next) {
		buf_clear(&value);
		redact_cut(&a->known, m->valuestring, strlen(m->valuestring), &value);
		buf_string(b, m->string, value.s ? value.s : "");
		b->failed |= value.failed;
	}
	buf_putc(b, '}');
	buf_free(&value);
}

/* Puts s as one word of a shell command, on one line. */
static void
put_quoted(struct buf *b, const char *s)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:,@%+";
	const char *p;
	size_t n;

	if (*s && s[strspn(s, plain)] == '\0') {
		buf_puts(b, s);
		return;
	}
	for (p = s; *p && !utf8_control(p); p++)
		;
	if (!*p) {
		buf_putc(b, '\'');
		for (; *s; s++)
			*s == '\'' ? buf_puts(b, "'\\''") : buf_putc(b, *s);
		buf_putc(b, '\'');
		return;
	}
	buf_puts(b, "$'");
	for (; *s; s++) {
		n = utf8_control(s);
		if (n == 2)
			buf_printf(b, "\\%03o", (unsigned)(unsigned char)*s++);
		if (n)
			buf_printf(b, "\\%03o", (unsigned)(unsigned char)*s);
		else if (*s == '\'' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else
			buf_putc(b, *s);
	}
	buf_putc(b, '\'');
}

static int
print_command(struct applier *a, const struct command *c)
{
	struct buf b = {0}, data = {0};
	const char *const *arg;
	int result;

	for (arg = c->argv; *arg; arg++) {
		if (arg != c->argv)
			buf_putc(&b, ' ');
		put_quoted(&b, *arg);
	}
	if (c->set) {
		put_data(a, c->set->data, true, &data);
		buf_puts(&b, " <<<");
		if (data.failed)
			b.failed = true;
		else
			put_quoted(&b, data.s);
	}
	buf_putc(&b, '\n');
	result = io_print(&b, a->f);
	buf_free(&data);
	buf_free(&b);
	return result;
}

static int
run_command(struct applier *a, const struct command *c)
{
	struct relay relay = {.known = &a->known};
	struct run r = {.argv = (char *const *)c->argv,
	    .out_fd = -1,
	    .out_line = relay_out,
	    .timeout = timeout,
	    .line = relay_error,
	    .ctx = &relay};
	struct buf data = {0};
	int result = 0;

	if (c->set) {
		put_data(a, c->set->data, false, &data);
		r.in = data.s;
		r.in_len = data.n;
	}
	result = data.failed ? fail_memory(a->f) : run(&r, a->f);
	if (result == 0 && !r.ok)
		result = fail_set(a->f, STATUS_SYSTEM, "cannot %s: %s: %s%s%s", c->what, c->argv[0],
		    r.reason, relay.last[0] ? ": " : "", relay.last);
	buf_free(&data);
	return result;
}

static int
carry_out(struct applier *a, const struct command *c)
{
	return a->dry_run ? print_command(a, c) : run_command(a, c);
}

static int
relation_set(struct applier *a, const struct action *action)
{
	struct command c = {{"relation-set", "-r"}, action, ""};
	char id[24];
	size_t i = 2;

	snprintf(id, sizeof id, "%ld", action->relation_id);
	snprintf(c.what, sizeof c.what, "set the %s's data in relation %s",
	    action->app ? "application" : "unit", id);
	c.argv[i++] = id;
	if (action->app)
		c.argv[i++] = "--app";
	c.argv[i++] = "--file";
	c.argv[i] = "-";
	return learn_tokens(a, action->data) ? -1 : carry_out(a, &c);
}

/* Puts the message without tokens, cut to MESSAGE_MAX. */
static void
put_message(struct applier *a, const char *message, struct buf *b)
{
	/* redact_cut would also cut a long path, so it is called only if a token may be in the
	 * message */
	int known = redact_finds(&a->known, message, strlen(message));

	if (known || token_has_run(message))
		redact_cut(&a->known, message, strlen(message), b);
	else
		buf_puts(b, message);
	b->failed |= known < 0;
	if (b->failed || b->n <= MESSAGE_MAX)
		return;
	b->n = utf8_fit(b->s, MESSAGE_MAX);
	b->s[b->n] = '\0';
}

/* Carries out c, whose last argument, argv[i], is the message. */
static int
carry_out_message(struct applier *a, struct command *c, size_t i, const char *message)
{
	struct buf b = {0};
	int result;

	put_message(a, message, &b);
	c->argv[i] = b.s;
	result = b.failed ? fail_memory(a->f) : carry_out(a, c);
	buf_free(&b);
	return result;
}

static int
set_status(struct applier *a, const char *status, const char *message)
{
	struct command c = {{"status-set", status}, NULL, ""};
	size_t i = 2;

	snprintf(c.what, sizeof c.what, "set the status %s", status);
	/* Juju takes options after operands, too */
	if (message[0] == '-')
		c.argv[i++] = "--";
	return carry_out_message(a, &c, i, message);
}

static int
write_log(struct applier *a, const char *level, const char *message)
{
	struct command c = {{"juju-log", "-l", level, "--"}, NULL, "write to the log"};

	return carry_out_message(a, &c, 4, message);
}

/* Logs "WORD NAME", and ": REASON" if there is one. */
static int
note(struct applier *a, const char *word, const char *name, const char *reason)
{
	struct buf b = {0};
	int result;

	buf_printf(&b, "%s %s%s%s", word, name, reason ? ": " : "", reason ? reason : "");
	result = b.failed ? fail_memory(a->f) : write_log(a, "DEBUG", b.s);
	buf_free(&b);
	return result;
}

static int
carry_out_action(struct applier *a, const struct action *action)
{
	switch (action->kind) {
	case ACTION_SET:
		return relation_set(a, action);
	case ACTION_STATUS:
		return set_status(a, action->word, action->message);
	case ACTION_LOG:
		return write_log(a, action->word, action->message);
	case ACTION_EVENT:
		return note(a, "event", action->word, NULL);
	case ACTION_DEFER:
		return note(a, "deferred", action->word, action->message);
	case ACTION_DONE:
		a->done = true;
	}
	return 0;
}

static int
apply_line(struct applier *a, char *line, size_t n, size_t number)
{
	struct action action;
	int result;

	if (a->done)
		return fail_set(a->f, STATUS_INPUT, "<stdin>:%zu: a line after done", number);
	if (action_read(&action, line, n, number, a->f))
		return -1;
	result = carry_out_action(a, &action);
	action_free(&action);
	return result;
}

/* Applies the whole lines in b and removes them. The first *seen bytes are known to have no
 * newline.
 */
static int
apply_lines(struct applier *a, struct buf *b, size_t *seen, size_t *number)
{
	char *line = b->s, *newline, *end = b->s + b->n, *from = b->s + *seen;

	while (from < end && (newline = memchr(from, '\n', (size_t)(end - from)))) {
		if (apply_line(a, line, (size_t)(newline - line), ++*number))
			return -1;
		line = from = newline + 1;
	}
	b->n = (size_t)(end - line);
	memmove(b->s, line, b->n);
	buf_wipe(b->s + b->n, (size_t)(line - b->s));
	*seen = b->n;
	return 0;
}

/* Reads what there is. Returns 1, 0 at the end, or -1. */
static int
read_some(int fd, struct buf *b, struct fail *f)
{
	struct pollfd p = {fd, POLLIN, 0};
	ssize_t n;

	if (buf_reserve(b, 1 << 16))
		return fail_memory(f);
	while ((n = read(fd, b->s + b->n, b->cap - b->n - 1)) < 0) {
		if (errno == EAGAIN)
			poll(&p, 1, -1);
		else if (errno != EINTR)
			return fail_errno(f, "cannot read standard input");
	}
	b->n += (size_t)n;
	return n > 0;
}

static int
apply_all(struct applier *a, int fd)
{
	struct buf b = {0};
	size_t seen = 0, number = 0;
	int result;

	while ((result = read_some(fd, &b, a->f)) == 1)
		if (apply_lines(a, &b, &seen, &number)) {
			result = -1;
			break;
		}
	if (result == 0 && b.n)
		result = apply_line(a, b.s, b.n, number + 1);
	if (result == 0 && !a->done)
		result = fail_set(a->f, STATUS_INPUT,
		    "cannot go on: the input ends without a done line, so the step before failed");
	buf_free(&b);
	return result;
}

int
apply(int fd, bool dry_run, struct fail *f)
{
	struct applier a = {.dry_run = dry_run, .f = f};
	int result = apply_all(&a, fd);

	redact_free(&a.known);
	return result;
}
