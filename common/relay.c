#include <string.h>

#include "io.h"
#include "relay.h"
#include "run.h"
#include "token.h"
#include "utf8.h"

static bool
is_blank(const char *s, size_t n)
{
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r' || s[n - 1] == '\0'))
		n--;
	return n == 0;
}

/* Keeps as much of the text as fits, what isn't UTF-8 and control characters as '?'. */
static void
keep_last(struct relay *relay, const char *s, size_t n)
{
	const char *end = s + n;
	size_t len, at = 0;

	for (; s < end; s += len ? len : 1) {
		len = utf8_length(s, end);
		if (at + (len ? len : 1) >= sizeof relay->last)
			break;
		if (len == 0 || *s == '\0' || utf8_control(s)) {
			relay->last[at++] = '?';
		} else {
			memcpy(relay->last + at, s, len);
			at += len;
		}
	}
	relay->last[at] = '\0';
}

static void
relay_line(struct relay *relay, const char *s, size_t n, bool is_error)
{
	struct buf b = {0};

	/* half a token wouldn't be known for one */
	if (n == RUN_LINE_MAX)
		while (n && token_has_char(s[n - 1]))
			n--;
	redact_cut(relay->known, s, n, &b);
	if (!is_blank(b.s, b.n) && (is_error || !relay->heard)) {
		keep_last(relay, b.s, b.n);
		relay->heard |= is_error;
	}
	buf_putc(&b, '\n');
	if (!relay->quiet && !b.failed)
		io_say(b.s, b.n);
	buf_free(&b);
}

void
relay_error(void *ctx, const char *s, size_t n)
{
	relay_line(ctx, s, n, true);
}

void
relay_out(void *ctx, const char *s, size_t n)
{
	relay_line(ctx, s, n, false);
}
