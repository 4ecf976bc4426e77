/*
 * Juju's hook commands, as td-snapshot asks them: run() of common/run.h answers for the hook that
 * is being run, and starts no program.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/memory.h"
#include "run.h"
#include "sim.h"
#include "snapshot.h"

static const struct bag no_bag;
static struct unit *unit;
static const char *own_name; /* of unit, in its model */
static const struct hook *hook;

/* By side. */
static const char *const endpoints[] = {"cluster", "microcluster-cluster"};

static void
put_bag(struct buf *b, const struct bag *bag)
{
	buf_putc(b, '{');
	for (size_t i = 0; bag && i < bag->n; i++)
		buf_string(b, bag->pairs[i].key, bag->pairs[i].value);
	buf_putc(b, '}');
}

/* Does the unit see the relation, and is it not the one that is going? */
bool
document_sees(const struct scope *s, const struct hook *h)
{
	return s->entered && !s->broken && !s->relation->gone &&
	       !(h->kind == HOOK_BROKEN && h->scope == s);
}

static const char *
id_of(const struct relation *r)
{
	return memory_brief("%s:%ld", endpoints[unit->side], r->id);
}

/* The ids of the unit's relations or, if s isn't NULL, the names of the units that it has met. */
static void
put_names(struct buf *b, const struct scope *s)
{
	char *names[MAX_UNITS];
	size_t n = 0;

	for (const struct peer *p = s ? s->peers : NULL; p; p = p->next)
		if (hook->remote == p ? hook->kind != HOOK_DEPARTED : p->joined)
			names[n++] = (char *)p->its->unit->far_name;
	for (const struct scope *o = s ? NULL : unit->scopes; o; o = o->next)
		if (document_sees(o, hook))
			names[n++] = (char *)id_of(o->relation);
	memory_sort(names, n);
	buf_putc(b, '[');
	for (size_t i = 0; i < n; i++)
		buf_string(b, NULL, names[i]);
	buf_putc(b, ']');
}

/* The agent asks once for what it doesn't have. */
static const struct bag *
bag_of(const struct scope *s, const char *name)
{
	struct peer *p = s->peers;

	if (strcmp(name, own_name) == 0)
		return s->bag;
	while (strcmp(p->its->unit->far_name, name) != 0)
		p = p->next;
	if (!p->cache)
		p->cache = p->its->bag ? p->its->bag : &no_bag;
	return p->cache;
}

int
run(struct run *r, struct fail *f)
{
	char *const *argv = r->argv;
	struct scope *s = unit->scopes;

	(void)f;
	r->ok = r->started = true;
	while (strcmp(argv[1], "-r") == 0 && strcmp(id_of(s->relation), argv[2]) != 0)
		s = s->next;
	if (strcmp(argv[0], "is-leader") == 0)
		buf_puts(&r->out, unit->app->leader == unit ? "true" : "false");
	else if (strcmp(argv[0], "relation-ids") == 0)
		put_names(&r->out, NULL);
	else if (strcmp(argv[0], "relation-get") == 0 && strcmp(argv[3], "-") == 0)
		put_bag(&r->out, bag_of(s, argv[4]));
	else if (strcmp(argv[0], "relation-get") == 0) {
		s->app_read = s->relation->app_bag;
		/* the distributor's application alone has one */
		put_bag(&r->out,
		    strcmp(argv[5], s->relation->apps[SIDE_TD]->name) == 0 ? s->app_read : NULL);
	} else if (strcmp(argv[3], "--app") == 0)
		buf_json(&r->out, s->relation->apps[!unit->side]->far_name);
	else
		put_names(&r->out, s);
	return 0;
}

/* In its own model, an application of another one is called as the first one here: each is named
 * after its charm. */
static const char *
name_at_home(struct world *w, const struct unit *u)
{
	const struct app *first = w->apps;

	while (first < w->apps + w->napps && first->name != first->far_name)
		first++;
	return u->app->name == u->app->far_name || first == w->apps + w->napps
		   ? u->name
		   : world_text(w, "%s%s", first->name, strchr(u->name, '/'));
}

int
document_put(struct world *w, struct buf *b, struct unit *u, const struct hook *h, struct fail *f)
{
	const struct relation *r = h->scope ? h->scope->relation : NULL;
	bool changed = u->side == SIDE_TD && (h->kind == HOOK_JOINED || h->kind == HOOK_CHANGED);
	struct snapshot_hook now = {.name = resolve_name(h->kind)};

	unit = u;
	hook = h;
	now.unit = own_name = name_at_home(w, u);
	if (r) {
		now.relation_id = world_text(w, "%s", id_of(r));
		now.name = world_text(w, "%s-%s", endpoints[u->side], now.name);
	}
	if (h->remote)
		now.remote_unit = h->remote->its->unit->far_name;
	return snapshot_take(&now, endpoints[u->side], changed, NULL, NULL, b, f);
}

/*
 * Hooks as vectors of test/vectors.
 */

/* The state with ages for its dates, as a vector has it. */
static void
put_state(struct buf *b, const char *text, long clock)
{
	static const char *const by_host[] = {"out", "stranded"};
	cJSON *state = text ? cJSON_Parse(text) : NULL;
	cJSON *date = cJSON_GetObjectItemCaseSensitive(state, "joining");
	char *new;

	if (date)
		cJSON_SetNumberValue(date, (double)clock - date->valuedouble);
	for (size_t i = 0; i < 2; i++)
		cJSON_ArrayForEach(date, cJSON_GetObjectItemCaseSensitive(state, by_host[i]))
		    cJSON_SetNumberValue(date, (double)clock - date->valuedouble);
	new = state ? cJSON_PrintUnformatted(state) : NULL;
	buf_item(b, "state", new ? new : "null");
	cJSON_free(new);
	cJSON_Delete(state);
}

/* What the cluster answered: its lists before the unit came in, or after, or to other commands. */
static void
put_answers(struct buf *b, const struct trace *t, const char *which)
{
	const char *lists = "before", *kind;

	buf_item(b, which, "[");
	for (const struct answer *a = t->answers; a < t->answers + t->nanswers; a++) {
		kind = strcmp(a->command, "list") == 0 ? lists : "calls";
		if (!a->fault &&
		    (strcmp(a->command, "join") == 0 || strcmp(a->command, "bootstrap") == 0))
			lists = "after";
		if (strcmp(kind, which) != 0)
			continue;
		buf_item(b, NULL, "{");
		buf_item(b, "args", "[");
		buf_string(b, NULL, a->command);
		if (a->arg)
			buf_string(b, NULL, a->arg);
		buf_puts(b, a->fault ? "],\"exit\":1" : "],\"exit\":0");
		buf_string(b, "stdout", a->out);
		buf_string(b, "stderr", a->fault ? a->fault : "");
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

/* What the step printed of that kind. */
static void
put_lines(struct buf *b, const char *name, const char *lines, const char *kind)
{
	size_t skip = strlen(kind);
	const char *end;

	buf_item(b, name, "[");
	for (; *lines; lines = end + 1) {
		end = strchr(lines, '\n');
		if (strncmp(lines, kind, skip) != 0)
			continue;
		buf_item(b, NULL, "");
		buf_put(b, lines + skip, (size_t)(end - lines) - skip - 1);
	}
	buf_putc(b, ']');
}

/* The databags as the hook leaves them: of the unit, or its application's, which a leader sees. */
static void
put_bags(struct buf *b, const char *name, const struct unit *u, const struct hook *h, bool app)
{
	bool leads = u->side == SIDE_TD && u->app->leader == u;
	const struct bag *bag;

	buf_item(b, name, "{");
	for (const struct scope *s = u->scopes; s; s = s->next) {
		if (!document_sees(s, h))
			continue;
		bag = s->set ? s->set : s->bag;
		if (app)
			bag = !leads ? NULL : s->app_set ? s->app_set : s->relation->app_bag;
		buf_item(b, memory_brief("%ld", s->relation->id), "");
		put_bag(b, bag);
	}
	buf_putc(b, '}');
}

/* The hook as Juju tells the unit of it. */
static void
put_hook(struct buf *b, const struct hook *h, enum side side)
{
	const char *endpoint = endpoints[side], *name = resolve_name(h->kind);
	const struct relation *r = h->scope ? h->scope->relation : NULL;

	buf_item(b, "hook", "{");
	buf_string(b, "endpoint", endpoint);
	buf_string(b, "name", r ? memory_brief("%s-%s", endpoint, name) : name);
	if (r) {
		buf_item(b, "relation-id", memory_brief("%ld", r->id));
		buf_string(b, "remote-app", r->apps[!side]->far_name);
		buf_string(b, "remote-unit", h->remote ? h->remote->its->unit->far_name : "");
	}
	buf_putc(b, '}');
}

void
document_vector(struct world *w, const struct unit *u, const struct hook *h, const struct trace *t)
{
	const char *lines = t->lines.n ? t->lines.s : "";
	struct buf b = {0};

	if (t->waited || h->kind == HOOK_REMOVE || (u->machine && !u->machine->valid))
		return;
	buf_puts(&b, "{");
	buf_string(&b, "name", memory_brief("hook-%lu", w->nvectors));
	buf_string(&b, "kind", u->side == SIDE_TD ? "provider" : "consumer");
	buf_string(&b, "event", t->event);
	buf_item(&b, "document", t->document);
	put_hook(&b, h, u->side);
	if (u->side == SIDE_CONSUMER) {
		buf_string(&b, "hostname", u->machine->name);
		put_state(&b, t->state, t->clock);
		buf_item(&b, "cluster", "{");
		put_answers(&b, t, "calls");
		buf_item(&b, "lists", "{");
		put_answers(&b, t, "before");
		put_answers(&b, t, "after");
		buf_puts(&b, "}}");
	}
	buf_item(&b, "expect", "{");
	put_bags(&b, "unit-data", u, h, false);
	put_bags(&b, "application-data", u, h, true);
	if (u->side == SIDE_CONSUMER) {
		put_lines(&b, "events", lines, "{\"event\":");
		put_lines(&b, "statuses", lines, "{\"status-set\":");
		buf_item(&b, "defer", strstr(lines, "{\"defer\":") ? "true" : "false");
		buf_item(&b, "state", u->state ? u->state : "null");
	}
	fprintf(w->plan->vectors, "%s\n%s}}", w->nvectors++ ? "," : "", b.s);
	buf_free(&b);
}
