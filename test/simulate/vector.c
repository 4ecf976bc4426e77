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

void
vector_begin(struct vector *v, const struct unit *u, const char *document, long clock)
{
	cJSON *cluster, *lists;

	v->json = cJSON_CreateObject();
	v->expect = cJSON_AddObjectToObject(v->json, "expect");
	cJSON_AddObjectToObject(v->expect, "unit-data");
	cJSON_AddObjectToObject(v->expect, "application-data");
	cJSON_AddRawToObject(v->json, "document", document);
	if (u->side == SIDE_TD)
		return;
	v->events = cJSON_AddArrayToObject(v->expect, "events");
	v->statuses = cJSON_AddArrayToObject(v->expect, "statuses");
	cJSON_AddItemToObject(v->json, "state", state_of(u->state, clock));
	cluster = cJSON_AddObjectToObject(v->json, "cluster");
	v->calls = cJSON_AddArrayToObject(cluster, "calls");
	lists = cJSON_AddObjectToObject(cluster, "lists");
	v->lists = cJSON_AddArrayToObject(lists, "before");
	v->lists_after = cJSON_AddArrayToObject(lists, "after");
}

static void
add_answer(cJSON *to, cJSON *answer, const char *out, const char *fault)
{
	cJSON_AddNumberToObject(answer, "exit", fault ? 1 : 0);
	cJSON_AddStringToObject(answer, "stdout", out);
	cJSON_AddStringToObject(answer, "stderr", fault ? fault : "");
	cJSON_AddItemToArray(to, answer);
}

void
vector_list(struct vector *v, const char *out, const char *fault)
{
	if (v->json)
		add_answer(v->lists, cJSON_CreateObject(), fault ? "" : out, fault);
}

void
vector_call(struct vector *v, const char *verb, const char *arg, const char *out, const char *fault)
{
	const char *const args[] = {verb, arg};
	cJSON *call;

	if (!v->json)
		return;
	call = cJSON_CreateObject();
	cJSON_AddItemToObject(call, "args", cJSON_CreateStringArray(args, arg ? 2 : 1));
	add_answer(v->calls, call, out, fault);
	if (!fault && (strcmp(verb, "join") == 0 || strcmp(verb, "bootstrap") == 0))
		v->lists = v->lists_after;
}

void
vector_action(struct vector *v, const struct action *a, const char *line, size_t n)
{
	cJSON *list = a->kind == ACTION_EVENT ? v->events : v->statuses, *whole;

	v->deferred |= a->kind == ACTION_DEFER;
	if (!list || (a->kind != ACTION_EVENT && a->kind != ACTION_STATUS))
		return;
	whole = cJSON_ParseWithLength(line, n);
	cJSON_AddItemToArray(list, cJSON_DetachItemFromArray(whole, 0));
	cJSON_Delete(whole);
}

void
vector_bag(struct vector *v, const char *which, long relation, const struct bag *bag)
{
	struct buf text = {0};
	char key[32];

	snprintf(key, sizeof key, "%ld", relation);
	document_put_bag(&text, bag);
	cJSON_AddRawToObject(cJSON_GetObjectItemCaseSensitive(v->expect, which), key, text.s);
	buf_free(&text);
}

/* The hook as Juju tells the unit of it. */
static void
add_hook(cJSON *json, const struct hook *h, enum side side)
{
	const char *endpoint = document_endpoint(side), *name = resolve_name(h->kind);
	const struct scope *s = h->scope;
	cJSON *hook = cJSON_AddObjectToObject(json, "hook");
	const struct app *app = s ? s->relation->apps[!side] : NULL;
	char text[64];

	cJSON_AddStringToObject(hook, "endpoint", endpoint);
	snprintf(text, sizeof text, "%s%s%s", s ? endpoint : "", s ? "-" : "", name);
	cJSON_AddStringToObject(hook, "name", text);
	if (!s)
		return;
	cJSON_AddNumberToObject(hook, "relation-id", (double)s->relation->id);
	cJSON_AddStringToObject(hook, "remote-app", app->far_name);
	cJSON_AddStringToObject(hook, "remote-unit", h->remote ? h->remote->unit->far_name : "");
}

void
vector_put(FILE *f, unsigned long number, struct vector *v, const struct unit *u,
    const struct hook *h, const char *event)
{
	char name[32];
	char *text;

	snprintf(name, sizeof name, "hook-%lu", number);
	cJSON_AddStringToObject(v->json, "name", name);
	cJSON_AddStringToObject(v->json, "kind", u->side == SIDE_TD ? "provider" : "consumer");
	cJSON_AddStringToObject(v->json, "event", event);
	add_hook(v->json, h, u->side);
	if (u->side == SIDE_CONSUMER) {
		cJSON_AddStringToObject(v->json, "hostname", u->machine->name);
		cJSON_AddRawToObject(v->expect, "state", u->state ? u->state : "null");
		cJSON_AddBoolToObject(v->expect, "defer", v->deferred);
	}
	text = cJSON_PrintUnformatted(v->json);
	fprintf(f, "%s\n%s", number ? "," : "", text);
	cJSON_free(text);
}
