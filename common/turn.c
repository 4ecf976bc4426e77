#include <stdarg.h>
#include <string.h>

#include "keys.h"
#include "mirror.h"
#include "token.h"
#include "turn.h"

int
turn_start(struct turn *t)
{
	const struct doc_relation *r = t->r;
	const char *host;
	const cJSON *e;

	t->has_mirror_unit = doc_get(r->app_data, KEY_MIRROR_UNIT)[0] != '\0';
	for (e = doc_first(r->local_data); e; e = doc_next(e)) {
		host = mirror_host(e->string);
		if (map_set(host ? &t->shown : &t->own, host ? host : e->string, e->valuestring))
			return fail_memory(t->f);
	}
	if (mirror_rejected(r, &t->rejected))
		return fail_memory(t->f);
	return mirror_data(r, false, &t->data, t->f);
}

void
turn_free(struct turn *t)
{
	map_free(&t->own);
	map_free(&t->shown);
	map_free(&t->changes);
	map_free(&t->data);
	map_free(&t->rejected);
	cluster_free(&t->list);
	buf_free(&t->message);
	arena_free(&t->arena);
}

static const char *
value_or_empty(const struct map *m, const char *key)
{
	const char *value = map_value(m, key);

	return value ? value : "";
}

const char *
turn_own(const struct turn *t, const char *key)
{
	return value_or_empty(&t->own, key);
}

const char *
turn_shown(const struct turn *t, const char *host)
{
	return value_or_empty(&t->shown, host);
}

int
turn_change(struct turn *t, const char *key, const char *value)
{
	if (strcmp(turn_own(t, key), value) == 0)
		return 0;
	if (map_set(&t->changes, key, value) || map_set(&t->own, key, value))
		return fail_memory(t->f);
	return 0;
}

int
turn_show(struct turn *t, const char *host, const char *value)
{
	const char *key;

	if (strcmp(turn_shown(t, host), value) == 0)
		return 0;
	key = arena_join(&t->arena, MIRROR_PREFIX, host);
	if (!key || map_set(&t->changes, key, value) || map_set(&t->shown, host, value))
		return fail_memory(t->f);
	return 0;
}

int
turn_print(struct turn *t)
{
	int failed = action_set(&t->ops->out, t->r->id, false, &t->changes, t->f);

	map_free(&t->changes);
	return failed;
}

int
turn_set(struct turn *t, const char *key, const char *value)
{
	return turn_change(t, key, value) ? -1 : turn_print(t);
}

int
turn_status(struct turn *t, const char *status, const char *message, const char *reason)
{
	buf_clear(&t->message);
	buf_puts(&t->message, message);
	if (reason && *reason) {
		buf_puts(&t->message, ": ");
		buf_puts(&t->message, reason);
	}
	if (t->message.failed)
		return fail_memory(t->f);
	t->status = status;
	return action_status(&t->ops->out, status, t->message.s, t->f);
}

int
turn_log(struct turn *t, const char *level, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = action_log(&t->ops->out, level, t->f, fmt, ap);
	va_end(ap);
	return r;
}

int
turn_event(struct turn *t, const struct action_event *e)
{
	if (action_event(&t->ops->out, e, t->f))
		return -1;
	return t->opts->dry_run ? 0 : t->ops->observe(t->ops->ctx, e, t->f);
}

int
turn_save(struct turn *t)
{
	if (t->opts->dry_run)
		return 0;
	if (t->ops->save(t->ops->ctx, t->s, t->f))
		return -1;
	t->s->changed = false;
	return 0;
}

int
turn_defer(struct turn *t, enum stepevent work, const char *reason)
{
	state_defer(t->s, work);
	return action_defer(&t->ops->out, stepevent_name(work), reason, t->f);
}

int
turn_ask_again(struct turn *t)
{
	struct cluster list = {0};
	int r = t->ops->list(t->ops->ctx, &list, &t->why, t->f);

	if (r < 0)
		return -1;
	t->listed = true;
	t->answer = r == 0 ? TURN_ROWS : t->why.not_initialized ? TURN_NONE : TURN_UNKNOWN;
	if (r == 0) {
		cluster_free(&t->list);
		t->list = list;
	}
	return 0;
}

int
turn_ask(struct turn *t)
{
	return t->listed ? 0 : turn_ask_again(t);
}

bool
turn_wait(struct turn *t, double end)
{
	double left = end - t->ops->now(t->ops->ctx);

	if (left <= 0 || t->opts->dry_run)
		return false;
	t->ops->wait(t->ops->ctx, left < t->opts->poll ? left : t->opts->poll);
	return true;
}

int
turn_ask_patiently(struct turn *t)
{
	double end;

	if (turn_ask(t))
		return -1;
	/* the time counts from the answer: if that took long, it is still only one answer */
	end = t->ops->now(t->ops->ctx) + t->opts->pending_timeout;
	while (t->answer == TURN_NONE && turn_wait(t, end))
		if (turn_ask_again(t))
			return -1;
	return 0;
}

bool
turn_on_list(const struct turn *t)
{
	return t->listed && t->answer == TURN_ROWS && cluster_find(&t->list, t->hostname);
}

long
turn_date(const struct turn *t)
{
	return (long)t->ops->date(t->ops->ctx);
}

long
turn_age(const struct turn *t, long date)
{
	long now = turn_date(t);

	return date < now ? now - date : 0;
}

int
turn_set_date(struct turn *t, struct map *dates, const char *host, long date)
{
	return state_set_date(t->s, dates, host, date) ? fail_memory(t->f) : 0;
}

bool
turn_mirrors_say_member(const struct turn *t, const char *host)
{
	const char *value = map_value(&t->data, host);

	return value && strcmp(value, MIRROR_MEMBER) == 0;
}

bool
turn_is_rejected(const struct turn *t, const char *host, const char *token)
{
	return token_has_id(token, map_value(&t->rejected, host));
}
