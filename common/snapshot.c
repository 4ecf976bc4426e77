#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "doc.h"
#include "json.h"
#include "keys.h"
#include "relay.h"
#include "run.h"
#include "snapshot.h"

static const double timeout = 300; /* seconds for one hook command */

struct unit {
	const char *name;
	const char *data;
};

/* Databags are JSON text, NULL where they weren't asked for. */
struct relation {
	const char *id; /* as relation-ids gave it: "cluster:4" */
	long number;
	bool left_out;
	bool settled; /* see is_settled */
	const char *own;
	const char *local_app; /* of the unit's application, if the unit is leader */
	const char *related_app;
	const char *app_data; /* the related application's */
	struct unit *units;   /* related ones */
	size_t nunits;
};

struct snapshot {
	const struct snapshot_hook *hook;
	const char *endpoint;
	const char *app; /* the unit's application */
	bool changed;
	bool leader;
	struct relation *relations;
	size_t n;
	bool all;     /* all related units are read */
	bool partial; /* what each relation is to say */
	struct arena arena;
	void (*warn)(void *ctx, const char *text);
	void *ctx;
	struct fail *f;
	char refusal[513]; /* the last line of the command that failed last, else "" */
	bool ours;	   /* the last failure was our system's, not the command's */
};

/* What is asked for: the command, and its name in messages. */
struct question {
	const char *argv[9];
	char what[200];
	bool quiet; /* what it says isn't passed on: a refusal has an answer */
};

static bool
is_set(const char *s)
{
	return s && s[0];
}

static int
ask(struct snapshot *s, const struct question *q, struct json *j)
{
	struct redact_set known = {0};
	struct relay relay = {.known = &known, .quiet = q->quiet};
	struct run command = {.argv = (char *const *)q->argv,
	    .out_fd = -1,
	    .timeout = timeout,
	    .line = relay_error,
	    .ctx = &relay};
	struct fail fault;
	int result;

	memset(j, 0, sizeof *j);
	s->refusal[0] = '\0';
	result = run(&command, s->f);
	s->ours = result < 0;
	if (result == 0 && !command.ok) {
		memcpy(s->refusal, relay.last, sizeof s->refusal);
		fail_set(s->f, STATUS_SYSTEM, "cannot read %s: %s: %s%s%s", q->what, q->argv[0],
		    command.reason, relay.last[0] ? ": " : "", relay.last);
		result = -1;
	} else if (result == 0) {
		result = json_take(j, &command.out, q->argv[0], &fault);
		s->ours = result && fault.status == STATUS_SYSTEM;
		if (result)
			fail_set(s->f, STATUS_SYSTEM, "cannot read %s: %s", q->what, fault.text);
	}
	buf_free(&command.out);
	return result;
}

static int
unexpected(struct snapshot *s, const struct question *q, const char *expected, struct json *j)
{
	fail_set(s->f, STATUS_SYSTEM, "cannot read %s: %s: expected %s, got %s", q->what,
	    q->argv[0], expected, json_kind(j->root));
	json_free(j);
	return -1;
}

/* Keeps the string in the snapshot's arena. */
static int
keep(struct snapshot *s, const char *text, size_t n, const char **kept)
{
	*kept = arena_copy(&s->arena, text, n);
	return *kept ? 0 : fail_memory(s->f);
}

/* Keeps the databag as text, and frees what was read. */
static int
keep_databag(struct snapshot *s, struct json *j, const char **kept)
{
	struct buf b = {0};
	int result;

	if (cJSON_IsObject(j->root))
		json_put(&b, j->root);
	else
		buf_puts(&b, "{}");
	json_free(j);
	result = b.failed ? fail_memory(s->f) : keep(s, b.s, b.n, kept);
	buf_free(&b);
	return result;
}

/* A databag is an object, or null where Juju knows of none. */
static int
ask_databag(struct snapshot *s, const struct question *q, struct json *j)
{
	if (ask(s, q, j))
		return -1;
	if (cJSON_IsObject(j->root) || cJSON_IsNull(j->root))
		return 0;
	return unexpected(s, q, "an object", j);
}

static int
ask_names(struct snapshot *s, const struct question *q, struct json *j)
{
	const cJSON *node;

	if (ask(s, q, j))
		return -1;
	for (node = j->root->child; node; node = node->next)
		if (!cJSON_IsString(node))
			break;
	if (!node && (cJSON_IsArray(j->root) || cJSON_IsNull(j->root)))
		return 0;
	return unexpected(s, q, "an array of strings", j);
}

static int
ask_unit_databag(
    struct snapshot *s, const struct relation *r, const char *unit, bool quiet, struct json *j)
{
	struct question q = {
	    {"relation-get", "-r", r->id, "-", unit, "--format", "json"}, "", quiet};

	snprintf(q.what, sizeof q.what, "the databag of unit %s in relation %s", name_of(unit).s,
	    name_of(r->id).s);
	return ask_databag(s, &q, j);
}

static int
ask_app_databag(struct snapshot *s, const struct relation *r, const char *app, struct json *j)
{
	struct question q = {
	    {"relation-get", "-r", r->id, "--app", "-", app, "--format", "json"}, "", false};

	snprintf(q.what, sizeof q.what, "the databag of application %s in relation %s",
	    name_of(app).s, name_of(r->id).s);
	return ask_databag(s, &q, j);
}

static int
ask_leader(struct snapshot *s)
{
	static const struct question q = {
	    {"is-leader", "--format", "json"}, "whether the unit is leader", false};
	struct json j;

	if (ask(s, &q, &j))
		return -1;
	if (!cJSON_IsBool(j.root))
		return unexpected(s, &q, "a boolean", &j);
	s->leader = cJSON_IsTrue(j.root);
	json_free(&j);
	return 0;
}

static int
ask_relations(struct snapshot *s)
{
	struct question q = {{"relation-ids", s->endpoint, "--format", "json"}, "", false};
	struct relation *r;
	const cJSON *node;
	struct json ids;
	int result = 0;
	size_t n = 0;

	snprintf(q.what, sizeof q.what, "the relations of endpoint %s", name_of(s->endpoint).s);
	if (ask_names(s, &q, &ids))
		return -1;
	for (node = ids.root->child; node; node = node->next)
		n++;
	s->relations = arena_make(&s->arena, n * sizeof *s->relations);
	if (!s->relations) {
		json_free(&ids);
		return fail_memory(s->f);
	}
	for (node = ids.root->child; node && result == 0; node = node->next) {
		r = &s->relations[s->n++];
		result = keep(s, node->valuestring, strlen(node->valuestring), &r->id);
		if (doc_relation_id(node->valuestring, &r->number))
			result = fail_set(s->f, STATUS_SYSTEM,
			    "cannot read %s: relation-ids: %s is no relation's id", q.what,
			    name_of(node->valuestring).s);
	}
	json_free(&ids);
	return result;
}

/* Is it the relation that the hook runs for? */
static bool
is_hooks(const struct snapshot *s, const struct relation *r)
{
	long number;

	return is_set(s->hook->relation_id) &&
	       doc_relation_id(s->hook->relation_id, &number) == 0 && number == r->number;
}

/* Does the hook's name end so, and begin with the endpoint's or, where that is all one, with any?
 */
static bool
in_broken_hook(const struct snapshot *s, bool any_endpoint)
{
	static const char suffix[] = "-relation-broken";
	const char *name = is_set(s->hook->name) ? s->hook->name : "";
	size_t n = strlen(name), stem = n - (sizeof suffix - 1);

	if (n < sizeof suffix || strcmp(name + stem, suffix) != 0)
		return false;
	return any_endpoint ||
	       (strlen(s->endpoint) == stem && memcmp(name, s->endpoint, stem) == 0);
}

/* Is the failure what Juju says of a relation that is being removed by force? */
static bool
is_refusal(const struct snapshot *s)
{
	return strstr(s->refusal, "permission denied") || strstr(s->refusal, "relation not found");
}

/* Does the application's databag say that the mirror of this unit counts, and who may bootstrap? */
static bool
is_settled(const struct snapshot *s, const cJSON *bag)
{
	return strcmp(doc_get(bag, KEY_MIRROR_UNIT), s->hook->unit) == 0 &&
	       doc_get(bag, KEY_BOOTSTRAP_UNIT)[0];
}

static int
read_local_app(struct snapshot *s, struct relation *r)
{
	struct json bag;

	if (ask_app_databag(s, r, s->app, &bag))
		return -1;
	r->settled = is_settled(s, bag.root);
	return keep_databag(s, &bag, &r->local_app);
}

/* Reads what the unit has of its own in the relation, and finds out whether it is to be left out.
 */
static int
read_own(struct snapshot *s, struct relation *r)
{
	struct json bag;
	char text[700];

	if (in_broken_hook(s, true) && is_hooks(s, r)) {
		r->left_out = true;
		return 0;
	}
	if (ask_unit_databag(s, r, s->hook->unit, true, &bag)) {
		r->left_out = is_refusal(s);
		if (!r->left_out)
			return -1;
		snprintf(text, sizeof text, "relation %s is left out, it is being removed: %s",
		    name_of(r->id).s, s->refusal);
		s->warn(s->ctx, text);
		return 0;
	}
	if (keep_databag(s, &bag, &r->own))
		return -1;
	return s->leader ? read_local_app(s, r) : 0;
}

static void
choose(struct snapshot *s)
{
	size_t i;

	s->all = !s->changed;
	/* relation-ids may have left the relation out by itself */
	s->partial = in_broken_hook(s, false);
	for (i = 0; i < s->n; i++) {
		if (s->relations[i].left_out)
			s->partial = true;
		else if (s->leader && !s->relations[i].settled)
			s->all = true;
	}
	if (!s->all)
		s->partial = true;
}

/* Asks for the names of related units, where they are wanted. */
static int
ask_related(struct snapshot *s, const struct relation *r, struct json *j)
{
	struct question q = {{"relation-list", "-r", r->id, "--format", "json"}, "", false};

	memset(j, 0, sizeof *j);
	if (!s->all && !(s->leader && is_set(s->hook->remote_unit) && is_hooks(s, r)))
		return 0;
	snprintf(q.what, sizeof q.what, "the units of relation %s", name_of(r->id).s);
	return ask_names(s, &q, j);
}

/*
 * Reads the other application's name and databag. Where Juju doesn't tell the name, the databag is
 * that of the first unit's.
 */
static int
read_related_app(struct snapshot *s, struct relation *r, const cJSON *first_unit)
{
	struct question q = {
	    {"relation-list", "-r", r->id, "--app", "--format", "json"}, "the application", true};
	const char *told = NULL, *name = NULL;
	struct json app, bag;
	int result = 0;

	if (ask(s, &q, &app) && s->ours)
		return -1;
	if (app.root && cJSON_IsString(app.root) && app.root->valuestring[0])
		told = app.root->valuestring;
	if (told)
		result = keep(s, told, strlen(told), &r->related_app);
	json_free(&app);
	name = r->related_app;
	if (!told && first_unit)
		result = keep(
		    s, first_unit->valuestring, doc_app_length(first_unit->valuestring), &name);
	if (result == 0 && name)
		result =
		    ask_app_databag(s, r, name, &bag) ? -1 : keep_databag(s, &bag, &r->app_data);
	return result;
}

static int
read_unit(struct snapshot *s, struct relation *r, const char *name)
{
	struct unit *u = &r->units[r->nunits++];
	struct json bag;

	if (keep(s, name, strlen(name), &u->name) || ask_unit_databag(s, r, name, false, &bag))
		return -1;
	return keep_databag(s, &bag, &u->data);
}

static int
read_units(struct snapshot *s, struct relation *r, const cJSON *names)
{
	const cJSON *name;
	size_t n = 0;

	for (name = names; name; name = name->next)
		n++;
	r->units = arena_make(&s->arena, n * sizeof *r->units);
	if (!r->units)
		return fail_memory(s->f);
	for (name = names; name; name = name->next)
		if ((s->all || strcmp(name->valuestring, s->hook->remote_unit) == 0) &&
		    read_unit(s, r, name->valuestring))
			return -1;
	return 0;
}

/* Reads who is related, and what they say. */
static int
read_related(struct snapshot *s, struct relation *r)
{
	const cJSON *first;
	struct json names;
	int result;

	if (ask_related(s, r, &names))
		return -1;
	first = names.root ? names.root->child : NULL;
	result = read_related_app(s, r, first) || read_units(s, r, first) ? -1 : 0;
	json_free(&names);
	return result;
}

static int
read_all(struct snapshot *s)
{
	size_t i;

	if (keep(s, s->hook->unit, doc_app_length(s->hook->unit), &s->app) || ask_leader(s) ||
	    ask_relations(s))
		return -1;
	for (i = 0; i < s->n; i++)
		if (read_own(s, &s->relations[i]))
			return -1;
	choose(s);
	for (i = 0; i < s->n; i++)
		if (!s->relations[i].left_out && read_related(s, &s->relations[i]))
			return -1;
	return 0;
}

static void
put_units(const struct relation *r, struct buf *b)
{
	size_t i;

	buf_puts(b, ",\"related-units\":{");
	for (i = 0; i < r->nunits; i++) {
		if (i)
			buf_putc(b, ',');
		buf_json(b, r->units[i].name);
		buf_puts(b, ":{\"in-scope\":true,\"data\":");
		buf_puts(b, r->units[i].data);
		buf_putc(b, '}');
	}
	buf_putc(b, '}');
}

static void
put_relation(const struct snapshot *s, const struct relation *r, struct buf *b)
{
	buf_printf(b, "{\"relation-id\":%ld,\"endpoint\":", r->number);
	buf_json(b, s->endpoint);
	if (r->related_app) {
		buf_puts(b, ",\"related-application\":");
		buf_json(b, r->related_app);
	}
	if (r->app_data)
		buf_printf(b, ",\"application-data\":%s", r->app_data);
	if (r->local_app)
		buf_printf(b, ",\"local-application-data\":%s", r->local_app);
	buf_printf(b, ",\"local-unit\":{\"in-scope\":true,\"data\":%s}", r->own);
	put_units(r, b);
	if (s->partial)
		buf_puts(b, ",\"partial\":true");
	buf_putc(b, '}');
}

static void
put_document(const struct snapshot *s, struct buf *b)
{
	const char *comma = "";
	size_t i;

	buf_putc(b, '{');
	buf_json(b, s->hook->unit);
	buf_printf(b, ":{\"leader\":%s,\"relation-info\":[", s->leader ? "true" : "false");
	for (i = 0; i < s->n; i++) {
		if (s->relations[i].left_out)
			continue;
		buf_puts(b, comma);
		put_relation(s, &s->relations[i], b);
		comma = ",";
	}
	buf_puts(b, "]}}\n");
}

int
snapshot_take(const struct snapshot_hook *hook, const char *endpoint, bool changed,
    void (*warn)(void *ctx, const char *text), void *ctx, struct buf *out, struct fail *f)
{
	struct snapshot s = {.hook = hook,
	    .endpoint = endpoint,
	    .changed = changed,
	    .warn = warn,
	    .ctx = ctx,
	    .f = f};
	int result = read_all(&s);

	if (result == 0) {
		put_document(&s, out);
		result = out->failed ? fail_memory(f) : 0;
	}
	arena_free(&s.arena);
	return result;
}
