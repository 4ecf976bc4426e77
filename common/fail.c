#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "token.h"
#include "utf8.h"

int
fail_setv(struct fail *f, enum status status, const char *fmt, va_list ap)
{
	f->status = status;
	if (vsnprintf(f->text, sizeof f->text, fmt, ap) >= (int)sizeof f->text)
		f->text[utf8_fit(f->text, sizeof f->text - 1)] = '\0';
	return -1;
}

int
fail_set(struct fail *f, enum status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail_setv(f, status, fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_errno(struct fail *f, const char *fmt, ...)
{
	const char *reason = strerror(errno);
	size_t n, most = sizeof f->text - strlen(reason) - sizeof ": ";
	va_list ap;

	va_start(ap, fmt);
	fail_setv(f, STATUS_SYSTEM, fmt, ap);
	va_end(ap);
	/* the reason is kept, however long the name before it */
	n = strlen(f->text);
	if (n > most)
		n = utf8_fit(f->text, most);
	snprintf(f->text + n, sizeof f->text - n, ": %s", reason);
	return -1;
}

int
fail_memory(struct fail *f)
{
	return fail_set(f, STATUS_SYSTEM, "cannot allocate memory: there is none left");
}

int
fail_at(struct fail *f, const char *fmt, ...)
{
	const struct fail inner = *f;
	struct fail where;
	va_list ap;

	if (f->status != STATUS_INPUT)
		return -1;
	va_start(ap, fmt);
	fail_setv(&where, STATUS_INPUT, fmt, ap);
	va_end(ap);
	return fail_set(f, STATUS_INPUT, "%s: %s", where.text, inner.text);
}

struct name
name_of_argument(const char *s)
{
	if (token_has_run(s))
		return (struct name){"[token]"};
	return name_of(s);
}

struct name
name_of(const char *s)
{
	struct name name;
	size_t i;

	for (i = 0; i < sizeof name.s - 1 && s[i]; i++)
		name.s[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	name.s[i] = '\0';
	return name;
}

void
name_list_add(struct name_list *list, const char *name)
{
	static const char more[] = ", ...";
	size_t n = strlen(list->s), room = sizeof list->s - n - sizeof more;

	if (n >= sizeof more - 1 && strcmp(list->s + n - (sizeof more - 1), more) == 0)
		return;
	if (strlen(name) + 2 <= room)
		snprintf(list->s + n, sizeof list->s - n, "%s%s", n ? ", " : "", name);
	else
		memcpy(list->s + n, more, sizeof more);
}
