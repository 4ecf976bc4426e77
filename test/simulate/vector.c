#include <string.h>

#include "sim.h"

/* Puts what comes between two elements. */
static void
next(struct buf *b)
{
	if (b->n)
		buf_putc(b, ',');
}

static void
put_answer(struct buf *b, const char *out, const char *fault)
{
	buf_printf(b, "\"exit\":%d,\"stdout\":", fault ? 1 : 0);
	buf_json(b, out);
	buf_puts(b, ",\"stderr\":");
	buf_json(b, fault ? fault : "");
	buf_putc(b, '}');
}

void
vector_list(struct vector *v, const char *out, const char *fault)
{
	struct buf *lists = v->joined ? &v->after : &v->before;

	next(lists);
	buf_putc(lists, '{');
	put_answer(lists, fault ? "" : out, fault);
}

void
vector_call(struct vector *v, const char *verb, const char *arg, const char *out, const char *fault)
{
	next(&v->calls);
	buf_puts(&v->calls, "{\"args\":[");
	buf_json(&v->calls, verb);
	if (arg) {
		buf_putc(&v->calls, ',');
		buf_json(&v->calls, arg);
	}
	buf_puts(&v->calls, "],");
	put_answer(&v->calls, out, fault);
	v->joined |= !fault && (strcmp(verb, "join") == 0 || strcmp(verb, "bootstrap") == 0);
}

/* What an action line of that kind holds, without {"KIND": and }. */
static void
put_inner(struct buf *b, const char *line, size_t n)
{
	size_t from = strcspn(line, ":") + 1;

	next(b);
	buf_put(b, line + from, n - from - 1);
}

void
vector_action(struct vector *v, const struct action *a, const char *line, size_t n)
{
	if (a->kind == ACTION_EVENT)
		put_inner(&v->events, line, n);
	else if (a->kind == ACTION_STATUS)
		put_inner(&v->statuses, line, n);
	v->deferred |= a->kind == ACTION_DEFER;
}

static void
put_text(FILE *f, const char *name, const struct buf *b)
{
	fprintf(f, "%s[%s]", name, b->n ? b->s : "");
}

static void
put_bags(FILE *f, const char *name, const struct vector_bag *bags, size_t n)
{
	struct buf b = {0};
	size_t i;

	for (i = 0; i < n; i++) {
		next(&b);
		buf_printf(&b, "\"%ld\":", bags[i].relation);
		document_put_bag(&b, bags[i].bag);
	}
	fprintf(f, "\"%s\":{%s}", name, b.n ? b.s : "");
	buf_free(&b);
}

static void
set_age(cJSON *time, long clock)
{
	if (cJSON_IsNumber(time))
		cJSON_SetNumberValue(time, (double)clock - time->valuedouble);
}

/* The state with ages for its times, as a vector has it. */
static void
put_state(FILE *f, const char *text, long clock)
{
	static const char *const timed[] = {"out", "stranded"};
	cJSON *state = cJSON_Parse(text), *time;
	size_t i;
	char *s;

	for (i = 0; i < 2; i++)
		cJSON_ArrayForEach(time, cJSON_GetObjectItemCaseSensitive(state, timed[i]))
		    set_age(time, clock);
	set_age(cJSON_GetObjectItemCaseSensitive(state, "joining"), clock);
	s = cJSON_PrintUnformatted(state);
	fputs(s ? s : "null", f);
	cJSON_free(s);
	cJSON_Delete(state);
}

/* The hook as Juju tells the unit of it. */
static void
put_hook(FILE *f, const struct hook *h, enum side side)
{
	const char *endpoint = document_endpoint(side), *name = resolve_name(h->kind);
	const struct scope *s = h->scope;
	const struct app *app;
	const struct unit *peer;

	fprintf(f, "\"hook\":{\"endpoint\":\"%s\",\"name\":\"", endpoint);
	if (!s) {
		fprintf(f, "%s\"},", name);
		return;
	}
	app = s->relation->apps[!side];
	fprintf(f, "%s-%s\",\"relation-id\":%ld,\"remote-app\":\"%s\",\"remote-unit\":\"", endpoint,
	    name, s->relation->id, side == SIDE_TD ? app->far_name : app->name);
	if (h->peer) {
		peer = s->relation->scopes[!side][h->peer - s->peers]->unit;
		fputs(side == SIDE_TD ? peer->far_name : peer->name, f);
	}
	fputs("\"},", f);
}

void
vector_put(FILE *f, unsigned long number, const struct vector *v, const struct unit *u,
    const struct hook *h, const char *event, const struct vector_bag *bags,
    const struct vector_bag *apps, size_t n)
{
	bool consumer = u->side == SIDE_CONSUMER;

	fprintf(f, "%s\n{\"name\":\"hook-%lu\",\"kind\":\"%s\",\"event\":\"%s\",\"document\":%s,",
	    number ? "," : "", number, consumer ? "consumer" : "provider", event, v->document.s);
	put_hook(f, h, u->side);
	if (consumer) {
		fprintf(f, "\"hostname\":\"%s\",\"state\":", u->machine->name);
		put_state(f, v->state.n ? v->state.s : "null", v->clock);
		fputs(",\"cluster\":{\"lists\":", f);
		put_text(f, "{\"before\":", &v->before);
		put_text(f, ",\"after\":", &v->after);
		put_text(f, "},\"calls\":", &v->calls);
		fputs("},", f);
	}
	fputs("\"expect\":{", f);
	put_bags(f, "unit-data", bags, n);
	fputc(',', f);
	put_bags(f, "application-data", apps, n);
	if (consumer) {
		put_text(f, ",\"events\":", &v->events);
		put_text(f, ",\"statuses\":", &v->statuses);
		fprintf(f, ",\"state\":%s,\"defer\":%s", u->state ? u->state : "null",
		    v->deferred ? "true" : "false");
	}
	fputs("}}", f);
}

void
vector_free(struct vector *v)
{
	buf_free(&v->document);
	buf_free(&v->state);
	buf_free(&v->before);
	buf_free(&v->after);
	buf_free(&v->calls);
	buf_free(&v->events);
	buf_free(&v->statuses);
}
