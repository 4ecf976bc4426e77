#include <string.h>

#include "state.h"
#include "token.h"

static const char *const members[] = {"in-cluster", "tokens", "deferred", "failed", "seen", "left",
    "unsure", "waiting", "joining", "out", "stranded"};

enum { COUNT_MAX = 2147483647 };

static int
wrong(const cJSON *m, const char *what, struct fail *f)
{
	return fail_set(f, STATUS_INPUT, "%s: expected %s", name_of(m->string).s, what);
}

/* A whole number. If there is none, *out stays as it is. */
static int
read_count(const cJSON *m, long *out, struct fail *f)
{
	if (!m)
		return 0;
	if (!cJSON_IsNumber(m) || m->valuedouble < 0 || m->valuedouble > COUNT_MAX ||
	    m->valuedouble != (double)(long)m->valuedouble)
		return wrong(m, "a whole number", f);
	*out = (long)m->valuedouble;
	return 0;
}

/* A date may have decimals. If there is none, *out stays as it is. */
static int
read_date(const cJSON *m, long *out, struct fail *f)
{
	if (!m)
		return 0;
	if (!cJSON_IsNumber(m) || !(m->valuedouble >= 0 && m->valuedouble < 1e15))
		return wrong(m, "seconds since 1970", f);
	*out = (long)m->valuedouble;
	return 0;
}

static int
read_dates(const cJSON *m, struct map *dates, struct fail *f)
{
	const cJSON *object, *e;
	struct map_entry *entry;
	long date = 0;

	if (json_object(m, &object, f))
		return -1;
	for (e = object ? object->child : NULL; e; e = e->next) {
		if (read_date(e, &date, f))
			return fail_at(f, "%s", m->string);
		entry = map_put(dates, 0, e->string);
		if (!entry)
			return fail_memory(f);
		entry->count = (size_t)date;
	}
	return 0;
}

static int
read_tokens(const cJSON *m, struct map *tokens, struct fail *f)
{
	const cJSON *object, *e;

	if (json_object(m, &object, f))
		return -1;
	for (e = object ? object->child : NULL; e; e = e->next) {
		if (!cJSON_IsString(e) || !token_valid(e->valuestring)) {
			wrong(e, "a token", f);
			return fail_at(f, "%s", m->string);
		}
		if (map_set(tokens, e->string, e->valuestring))
			return fail_memory(f);
	}
	return 0;
}

static int
read_deferred(const cJSON *m, struct state *s, struct fail *f)
{
	const cJSON *list, *e;
	enum stepevent event;

	if (json_array(m, &list, f))
		return -1;
	for (e = list ? list->child : NULL; e; e = e->next) {
		if (!cJSON_IsString(e) ||
		    stepevent_find(e->valuestring, STEPEVENT_DEFERRED, &event))
			return wrong(m, "relation-joined or relation-changed", f);
		state_defer(s, event);
	}
	return 0;
}

static int
read_all(struct state *s, struct fail *f)
{
	const cJSON *root = s->json.root;

	return json_bool(json_member(root, "in-cluster"), &s->in_cluster, f) ||
	       read_tokens(json_member(root, "tokens"), &s->tokens, f) ||
	       read_deferred(json_member(root, "deferred"), s, f) ||
	       read_count(json_member(root, "failed"), &s->failed, f) ||
	       read_count(json_member(root, "seen"), &s->seen, f) ||
	       json_bool(json_member(root, "left"), &s->left, f) ||
	       json_bool(json_member(root, "unsure"), &s->unsure, f) ||
	       json_string(json_member(root, "waiting"), &s->waiting, f) ||
	       read_date(json_member(root, "joining"), &s->joining, f) ||
	       read_dates(json_member(root, "out"), &s->token_dates, f) ||
	       read_dates(json_member(root, "stranded"), &s->stranded, f);
}

/* Is the text empty, or does it begin as an object does? If neither, the JSON reader might take it
 * for YAML, and advise on what juju prints. */
static bool
may_be_object(const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n && token_is_blank(text[i]); i++)
		;
	return i == n || text[i] == '{';
}

void
state_new(struct state *s)
{
	memset(s, 0, sizeof *s);
	s->seen = -1;
}

int
state_read(struct state *s, char *text, size_t n, const char *name, struct fail *f)
{
	bool object = may_be_object(text, n), parsed;
	struct fail why;

	state_new(s);
	if (!object)
		fail_set(&why, STATUS_INPUT, "the whole: expected an object");
	parsed = object && json_read(&s->json, text, n, name, &why) == 0;
	if (parsed && read_all(s, &why) == 0) {
		s->there = true;
		s->changed = false;
		return 0;
	}
	state_free(s);
	state_new(s);
	*f = why;
	if (why.status != STATUS_INPUT)
		return -1;
	return fail_set(f, STATUS_INPUT,
	    "cannot use state file %s: %s%s; repair it, or move it away: the next step then asks "
	    "the cluster",
	    name, why.text, parsed || !object ? "" : ": not the JSON that was written");
}

static bool
is_ours(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof members / sizeof *members; i++)
		if (strcmp(name, members[i]) == 0)
			return true;
	return false;
}

static void
put_number(struct buf *b, const char *name, long n)
{
	buf_item(b, name, "");
	buf_printf(b, "%ld", n);
}

static void
put_dates(struct buf *b, const char *name, const struct map *dates)
{
	const struct map_entry *e;
	bool some = false;

	for (e = dates->entries; e < dates->entries + dates->n; e++) {
		if (!e->count)
			continue;
		if (!some)
			buf_item(b, name, "{");
		some = true;
		put_number(b, e->key, (long)e->count);
	}
	if (some)
		buf_putc(b, '}');
}

void
state_put(struct buf *b, const struct state *s)
{
	const struct map_entry *e;
	const cJSON *m;
	size_t i;

	buf_puts(b, "{");
	buf_item(b, "in-cluster", s->in_cluster ? "true" : "false");
	buf_item(b, "tokens", "{");
	for (e = s->tokens.entries; e < s->tokens.entries + s->tokens.n; e++)
		if (e->value)
			buf_string(b, e->key, e->value);
	buf_puts(b, "}");
	buf_item(b, "deferred", "[");
	for (i = 0; i < s->ndeferred; i++)
		buf_string(b, NULL, stepevent_name(s->deferred[i]));
	buf_puts(b, "]");
	put_number(b, "failed", s->failed);
	if (s->seen >= 0)
		put_number(b, "seen", s->seen);
	buf_item(b, "left", s->left ? "true" : "false");
	if (s->unsure)
		buf_item(b, "unsure", "true");
	if (s->waiting)
		buf_string(b, "waiting", s->waiting);
	if (s->joining)
		put_number(b, "joining", s->joining);
	put_dates(b, "out", &s->token_dates);
	put_dates(b, "stranded", &s->stranded);
	for (m = s->json.root ? s->json.root->child : NULL; m; m = m->next) {
		if (is_ours(m->string))
			continue;
		buf_item(b, m->string, "");
		json_put(b, m);
	}
	buf_puts(b, "}\n");
}

void
state_free(struct state *s)
{
	map_free(&s->tokens);
	map_free(&s->token_dates);
	map_free(&s->stranded);
	json_free(&s->json);
	arena_free(&s->arena);
	memset(s, 0, sizeof *s);
}

bool
state_is_deferred(const struct state *s, enum stepevent event)
{
	size_t i;

	for (i = 0; i < s->ndeferred; i++)
		if (s->deferred[i] == event)
			return true;
	return false;
}

void
state_defer(struct state *s, enum stepevent event)
{
	if (state_is_deferred(s, event))
		return;
	s->deferred[s->ndeferred++] = event;
	s->changed = true;
}

void
state_undefer(struct state *s, enum stepevent event)
{
	size_t i, n = 0;

	for (i = 0; i < s->ndeferred; i++)
		if (s->deferred[i] != event)
			s->deferred[n++] = s->deferred[i];
	s->changed |= n != s->ndeferred;
	s->ndeferred = n;
}

int
state_set_token(struct state *s, const char *host, const char *token)
{
	const char *key = arena_copy(&s->arena, host, strlen(host));
	const char *value = arena_copy(&s->arena, token, strlen(token));

	s->changed = true;
	if (!key || !value || map_set(&s->tokens, key, value))
		return -1;
	return state_set_date(s, &s->token_dates, host, 0);
}

void
state_drop_token(struct state *s, struct map_entry *e)
{
	e->value = NULL;
	s->changed = true;
}

void
state_join(struct state *s)
{
	s->in_cluster = true;
	s->unsure = false;
	s->waiting = NULL;
	s->joining = 0;
	s->failed = 0;
	s->changed = true;
}

void
state_leave(struct state *s)
{
	s->in_cluster = false;
	s->unsure = false;
	s->left = true;
	s->changed = true;
}

void
state_set_unsure(struct state *s, bool unsure)
{
	s->changed |= s->unsure != unsure;
	s->unsure = unsure;
}

int
state_set_waiting(struct state *s, const char *message)
{
	s->waiting = message ? arena_copy(&s->arena, message, strlen(message)) : NULL;
	s->changed = true;
	return message && !s->waiting ? -1 : 0;
}

void
state_set_joining(struct state *s, long date)
{
	s->changed |= s->joining != date;
	s->joining = date;
}

int
state_set_date(struct state *s, struct map *dates, const char *host, long date)
{
	struct map_entry *e = map_get(dates, 0, host);
	const char *key;

	if ((e ? (long)e->count : 0) == date)
		return 0;
	if (!e) {
		key = arena_copy(&s->arena, host, strlen(host));
		e = key ? map_put(dates, 0, key) : NULL;
	}
	if (!e)
		return -1;
	e->count = (size_t)date;
	s->changed = true;
	return 0;
}

static void
limit_dates(struct state *s, struct map *dates, long now)
{
	struct map_entry *e;

	for (e = dates->entries; e < dates->entries + dates->n; e++) {
		if ((long)e->count <= now)
			continue;
		e->count = (size_t)now;
		s->changed = true;
	}
}

void
state_limit_dates(struct state *s, long now)
{
	if (s->joining > now)
		state_set_joining(s, now);
	limit_dates(s, &s->token_dates, now);
	limit_dates(s, &s->stranded, now);
}

long
state_date(const struct map *dates, const char *host)
{
	const struct map_entry *e = map_get(dates, 0, host);

	return e ? (long)e->count : 0;
}

void
state_set_failed(struct state *s, long failed)
{
	/* the file takes no larger number, and nobody needs one */
	if (failed > COUNT_MAX)
		failed = COUNT_MAX;
	s->changed |= s->failed != failed;
	s->failed = failed;
}

void
state_set_seen(struct state *s, long relation)
{
	s->changed |= s->seen != relation;
	s->seen = relation;
}
