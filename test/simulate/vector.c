#include <string.h>

#include "../lib/memory.h"
#include "sim.h"

static void
set_age(cJSON *date, long clock)
{
	if (cJSON_IsNumber(date))
		cJSON_SetNumberValue(date, (double)clock - date->valuedouble);
}

/* The state with ages for its dates, as a vector has it. */
static void
put_state(struct buf *b, const char *text, long clock)
{
	static const char *const by_host[] = {"out", "stranded"};
	cJSON *state = text ? cJSON_Parse(text) : NULL, *date;
	char *new;

	for (size_t i = 0; i < 2; i++)
		cJSON_ArrayForEach(date, cJSON_GetObjectItemCaseSensitive(state, by_host[i]))
		    set_age(date, clock);
	set_age(cJSON_GetObjectItemCaseSensitive(state, "joining"), clock);
	new = state ? cJSON_PrintUnformatted(state) : NULL;
	buf_item(b, "state", new ? new : "null");
	cJSON_free(new);
	cJSON_Delete(state);
}

static void
put_answer(struct buf *b, const struct answer *a)
{
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

/* What the cluster answered: its lists before the unit came in, or after, or to other commands. */
static void
put_answers(struct buf *b, const struct trace *t, const char *which)
{
	const char *lists = "before";

	buf_item(b, which, "[");
	for (const struct answer *a = t->answers; a < t->answers + t->nanswers; a++) {
		if (strcmp(strcmp(a->command, "list") == 0 ? lists : "calls", which) == 0)
			put_answer(b, a);
		if (!a->fault &&
		    (strcmp(a->command, "join") == 0 || strcmp(a->command, "bootstrap") == 0))
			lists = "after";
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
		document_put_bag(b, bag);
	}
	buf_putc(b, '}');
}

/* The hook as Juju tells the unit of it. */
static void
put_hook(struct buf *b, const struct hook *h, enum side side)
{
	const char *endpoint = document_endpoints[side], *name = resolve_name(h->kind);
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
vector_put(struct world *w, const struct unit *u, const struct hook *h, const struct trace *t)
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
