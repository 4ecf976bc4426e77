#include <string.h>

#include "sim.h"

static void
set_age(cJSON *date, long clock)
{
	if (cJSON_IsNumber(date))
		cJSON_SetNumberValue(date, (double)clock - date->valuedouble);
}

/* The state with ages for its dates, as a vector has it. */
static cJSON *
state_of(const char *text, long clock)
{
	static const char *const by_host[] = {"out", "stranded"};
	cJSON *state = text ? cJSON_Parse(text) : cJSON_CreateNull(), *date;
	size_t i;

	for (i = 0; i < 2; i++)
		cJSON_ArrayForEach(date, cJSON_GetObjectItemCaseSensitive(state, by_host[i]))
		    set_age(date, clock);
	set_age(cJSON_GetObjectItemCaseSensitive(state, "joining"), clock);
	return state;
}

/* What the cluster answered; it gives other lists once the unit has come in. */
static void
add_cluster(cJSON *json, const struct trace *t)
{
	cJSON *cluster = cJSON_AddObjectToObject(json, "cluster");
	cJSON *calls = cJSON_AddArrayToObject(cluster, "calls");
	cJSON *both = cJSON_AddObjectToObject(cluster, "lists");
	cJSON *lists = cJSON_AddArrayToObject(both, "before");
	cJSON *after = cJSON_AddArrayToObject(both, "after"), *answer;
	const struct answer *a;

	for (a = t->answers; a < t->answers + t->nanswers; a++) {
		const char *const args[] = {a->command, a->arg};
		bool list = strcmp(a->command, "list") == 0;

		answer = cJSON_CreateObject();
		if (!list)
			cJSON_AddItemToObject(
			    answer, "args", cJSON_CreateStringArray(args, a->arg ? 2 : 1));
		cJSON_AddNumberToObject(answer, "exit", a->fault ? 1 : 0);
		cJSON_AddStringToObject(answer, "stdout", a->out);
		cJSON_AddStringToObject(answer, "stderr", a->fault ? a->fault : "");
		cJSON_AddItemToArray(list ? lists : calls, answer);
		if (!a->fault &&
		    (strcmp(a->command, "join") == 0 || !strcmp(a->command, "bootstrap")))
			lists = after;
	}
}

/* What the step printed, but for the databags. */
static void
add_lines(cJSON *expect, const char *lines)
{
	cJSON *events = cJSON_AddArrayToObject(expect, "events"), *whole, *line;
	cJSON *statuses = cJSON_AddArrayToObject(expect, "statuses");
	bool defer = false;

	while (lines && (whole = cJSON_ParseWithOpts(lines, &lines, false))) {
		line = cJSON_DetachItemFromArray(whole, 0);
		defer |= strcmp(line->string, "defer") == 0;
		if (strcmp(line->string, "event") == 0)
			cJSON_AddItemToArray(events, line);
		else if (strcmp(line->string, "status-set") == 0)
			cJSON_AddItemToArray(statuses, line);
		else
			cJSON_Delete(line);
		cJSON_Delete(whole);
	}
	cJSON_AddBoolToObject(expect, "defer", defer);
}

static void
add_bag(cJSON *bags, long relation, const struct bag *bag)
{
	struct buf text = {0};
	char key[32];

	snprintf(key, sizeof key, "%ld", relation);
	document_put_bag(&text, bag);
	cJSON_AddRawToObject(bags, key, text.s);
	buf_free(&text);
}

/* The databags as the hook leaves them. */
static void
add_bags(cJSON *expect, const struct unit *u, const struct hook *h)
{
	cJSON *own = cJSON_AddObjectToObject(expect, "unit-data");
	cJSON *app = cJSON_AddObjectToObject(expect, "application-data");
	bool leads = u->side == SIDE_TD && u->app->leader == u;

	for (const struct scope *s = u->scopes; s; s = s->next) {
		if (!document_sees(s, h))
			continue;
		add_bag(own, s->relation->id, s->set ? s->set : s->bag);
		add_bag(app, s->relation->id,
		    !leads	 ? NULL
		    : s->app_set ? s->app_set
				 : s->relation->app_bag);
	}
}

/* The hook as Juju tells the unit of it. */
static void
add_hook(cJSON *json, const struct hook *h, enum side side)
{
	const char *endpoint = document_endpoint(side), *name = resolve_name(h->kind);
	const struct scope *s = h->scope;
	cJSON *hook = cJSON_AddObjectToObject(json, "hook");
	char text[64];

	cJSON_AddStringToObject(hook, "endpoint", endpoint);
	snprintf(text, sizeof text, "%s%s%s", s ? endpoint : "", s ? "-" : "", name);
	cJSON_AddStringToObject(hook, "name", text);
	if (!s)
		return;
	cJSON_AddNumberToObject(hook, "relation-id", (double)s->relation->id);
	cJSON_AddStringToObject(hook, "remote-app", s->relation->apps[!side]->far_name);
	cJSON_AddStringToObject(
	    hook, "remote-unit", h->remote ? h->remote->its->unit->far_name : "");
}

void
vector_put(struct world *w, const struct unit *u, const struct hook *h, const struct trace *t)
{
	cJSON *json = cJSON_CreateObject(), *expect = cJSON_AddObjectToObject(json, "expect");
	const char *name = world_text(w, "hook-%lu", w->nvectors);
	char *text;

	cJSON_AddStringToObject(json, "name", name);
	cJSON_AddStringToObject(json, "kind", u->side == SIDE_TD ? "provider" : "consumer");
	cJSON_AddStringToObject(json, "event", t->event);
	cJSON_AddRawToObject(json, "document", t->document);
	add_hook(json, h, u->side);
	add_bags(expect, u, h);
	if (u->side == SIDE_CONSUMER) {
		cJSON_AddStringToObject(json, "hostname", u->machine->name);
		cJSON_AddItemToObject(json, "state", state_of(t->state, t->clock));
		add_cluster(json, t);
		add_lines(expect, t->lines.s);
		cJSON_AddRawToObject(expect, "state", u->state ? u->state : "null");
	}
	text = cJSON_PrintUnformatted(json);
	fprintf(w->plan->vectors, "%s\n%s", w->nvectors++ ? "," : "", text);
	cJSON_free(text);
	cJSON_Delete(json);
}
