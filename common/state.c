#include <string.h>

#include "state.h"
#include "token.h"

static const char *const members[] = {"in-cluster", "tokens", "deferred", "failed", "seen", "left",
    "unsure", "joining", "out", "stranded"};

enum { COUNT_MAX = 2147483647 };

struct reading {
	struct state *s;
	const char *name;
	struct fail *f;
};

static int
damaged(const struct reading *r, const char *where, const char *what)
{
	return fail_set(r->f, STATUS_INPUT,
	    "cannot use state file %s: %s: %s; repair it, or move it away: the next step then asks "
	    "the cluster",
	    r->name, where, what);
}

static int
read_bool(const struct reading *r, const char *name, bool *out)
{
	const cJSON *m = json_member(r->s->json.root, name);

	if (m && !cJSON_IsBool(m))
		return damaged(r, name, "expected a boolean");
	*out = m && cJSON_IsTrue(m);
	return 0;
}

static int
read_count(const struct reading *r, const char *name, long absent, long *out)
{
	const cJSON *m = json_member(r->s->json.root, name);

	*out = absent;
	if (!m)
		return 0;
	if (!cJSON_IsNumber(m) || m->valuedouble < 0 || m->valuedouble > COUNT_MAX ||
	    m->valuedouble != (double)(long)m->valuedouble)
		return damaged(r, name, "expected a whole number");
	*out = (long)m->valuedouble;
	return 0;
}

/* Sets *out to a date, which may have decimals, or to 0 if there is none. */
static int
read_date(const struct reading *r, const char *where, const cJSON *m, long *out)
{
	*out = 0;
	if (!m)
		return 0;
	if (!cJSON_IsNumber(m) || !(m->valuedouble >= 0 && m->valuedouble < 1e15))
		return damaged(r, where, "expected seconds since 1970");
	*out = (long)m->valuedouble;
	return 0;
}

static int
read_dates(const struct reading *r, const char *name, struct map *dates)
{
	const cJSON *m = json_member(r->s->json.root, name), *e;
	struct map_entry *entry;
	long date;

	if (m && !cJSON_IsObject(m))
		return damaged(r, name, "expected an object");
	for (e = m ? m->child : NULL; e; e = e->next) {
		if (read_date(r, name, e, &date))
			return -1;
		entry = map_put(dates, 0, e->string);
		if (!entry)
			return fail_memory(r->f);
		entry->count = (size_t)date;
	}
	return 0;
}

static int
read_tokens(const struct reading *r)
{
	const cJSON *tokens = json_member(r->s->json.root, "tokens"), *e;

	if (!tokens)
		return 0;
	if (!cJSON_IsObject(tokens))
		return damaged(r, "tokens", "expected an object");
	for (e = tokens->child; e; e = e->next) {
		if (!cJSON_IsString(e) || !token_valid(e->valuestring))
			return damaged(r, name_of(e->string).s, "expected a token");
		if (map_set(&r->s->tokens, e->string, e->valuestring))
			return fail_memory(r->f);
	}
	return 0;
}

static int
read_deferred(const struct reading *r)
{
	const cJSON *list = json_member(r->s->json.root, "deferred"), *e;
	int event;

	if (!list)
		return 0;
	if (!cJSON_IsArray(list))
		return damaged(r, "deferred", "expected an array");
	for (e = list->child; e; e = e->next) {
		event = cJSON_IsString(e)
			    ? stepevent_find(e->valuestring,
				  STEPEVENT_BIT(STATE_JOINED) | STEPEVENT_BIT(STATE_CHANGED))
			    : -1;
		if (event < 0)
			return damaged(
			    r, "deferred", "expected relation-joined or relation-changed");
		state_defer(r->s, (enum state_event)event);
	}
	return 0;
}

static int
read_all(const struct reading *r)
{
	struct state *s = r->s;

	if (!cJSON_IsObject(s->json.root))
		return damaged(r, "the whole", "expected an object");
	if (read_bool(r, "in-cluster", &s->in_cluster) || read_tokens(r) || read_deferred(r) ||
	    read_count(r, "failed", 0, &s->failed) || read_count(r, "seen", -1, &s->seen) ||
	    read_bool(r, "left", &s->left) || read_bool(r, "unsure", &s->unsure) ||
	    read_date(r, "joining", json_member(s->json.root, "joining"), &s->joining) ||
	    read_dates(r, "out", &s->out) || read_dates(r, "stranded", &s->stranded))
		return -1;
	return 0;
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
	struct reading r = {s, name, f};
	struct fail json;

	state_new(s);
	if (json_read(&s->json, text, n, name, &json)) {
		if (json.status == STATUS_INPUT)
			return damaged(&r, json.text, "not the JSON that was written");
		*f = json;
		return -1;
	}
	if (read_all(&r)) {
		state_free(s);
		state_new(s);
		return -1;
	}
	s->there = true;
	s->changed = false;
	return 0;
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
put_dates(struct buf *b, const char *name, const struct map *dates)
{
	const struct map_entry *e;
	bool some = false;

	for (e = dates->entries; e < dates->entries + dates->n; e++) {
		if (!e->count)
			continue;
		if (!some)
			buf_printf(b, ",\"%s\":{", name);
		else
			buf_putc(b, ',');
		buf_json(b, e->key);
		buf_printf(b, ":%zu", e->count);
		some = true;
	}
	if (some)
		buf_putc(b, '}');
}

void
state_put(struct buf *b, const struct state *s)
{
	const struct map_entry *e;
	const char *comma = "";
	const cJSON *m;
	size_t i;

	buf_printf(b, "{\"in-cluster\":%s,\"tokens\":{", s->in_cluster ? "true" : "false");
	for (e = s->tokens.entries; e < s->tokens.entries + s->tokens.n; e++) {
		if (!e->value)
			continue;
		buf_puts(b, comma);
		buf_json(b, e->key);
		buf_putc(b, ':');
		buf_json(b, e->value);
		comma = ",";
	}
	buf_puts(b, "},\"deferred\":[");
	for (i = 0; i < s->ndeferred; i++)
		buf_printf(b, "%s\"%s\"", i ? "," : "", stepevent_name(s->deferred[i]));
	buf_printf(b, "],\"failed\":%ld", s->failed);
	if (s->seen >= 0)
		buf_printf(b, ",\"seen\":%ld", s->seen);
	buf_printf(b, ",\"left\":%s", s->left ? "true" : "false");
	if (s->unsure)
		buf_puts(b, ",\"unsure\":true");
	if (s->joining)
		buf_printf(b, ",\"joining\":%ld", s->joining);
	put_dates(b, "out", &s->out);
	put_dates(b, "stranded", &s->stranded);
	for (m = s->json.root ? s->json.root->child : NULL; m; m = m->next) {
		if (is_ours(m->string))
			continue;
		buf_putc(b, ',');
		buf_json(b, m->string);
		buf_putc(b, ':');
		json_put(b, m);
	}
	buf_puts(b, "}\n");
}

void
state_free(struct state *s)
{
	map_free(&s->tokens);
	map_free(&s->out);
	map_free(&s->stranded);
	json_free(&s->json);
	arena_free(&s->arena);
	memset(s, 0, sizeof *s);
}

bool
state_is_deferred(const struct state *s, enum state_event event)
{
	size_t i;

	for (i = 0; i < s->ndeferred; i++)
		if (s->deferred[i] == event)
			return true;
	return false;
}

void
state_defer(struct state *s, enum state_event event)
{
	if (state_is_deferred(s, event))
		return;
	s->deferred[s->ndeferred++] = event;
	s->changed = true;
}

void
state_undefer(struct state *s, enum state_event event)
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
	return state_set_date(s, &s->out, host, 0);
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
