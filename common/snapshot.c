#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "doc.h"
#include "json.h"
#include "keys.h"
#include "mirror.h"
#include "relay.h"
#include "run.h"
#include "snapshot.h"

static const double timeout = 300; /* seconds for one hook command */

/* A relation, with JSON text of what the unit itself has in it. */
struct relation {
	const char *id; /* as relation-ids gave it: "cluster:4" */
	long number;
	bool left_out;
	bool settled;	       /* see is_settled */
	const char *own;       /* the unit's databag */
	const char *local_app; /* its application's, if the unit is leader; else NULL */
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
	struct buf *out;
	struct arena arena;
	struct redact_set known; /* tokens of the databags that were read */
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
	struct relay relay = {.known = &s->known, .quiet = q->quiet};
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

/* Puts the databag, and frees what was read. */
static void
put_databag(struct json *bag, struct buf *b)
{
	if (cJSON_IsObject(bag->root))
		json_put(b, bag->root);
	else
		buf_puts(b, "{}");
	json_free(bag);
}

/* Keeps the databag as text, and frees what was read. */
static int
keep_databag(struct snapshot *s, struct json *bag, const char **kept)
{
	struct buf b = {0};
	int result;

	put_databag(bag, &b);
	result = b.failed ? fail_memory(s->f) : keep(s, b.s, b.n, kept);
	buf_free(&b);
	return result;
}

/* A databag is an object, or null where Juju knows of none. Its tokens are cut out of what is said
 * later. */
static int
ask_databag(struct snapshot *s, const struct question *q, struct json *j)
{
	const cJSON *m;

	if (ask(s, q, j))
		return -1;
	if (!cJSON_IsObject(j->root) && !cJSON_IsNull(j->root))
		return unexpected(s, q, "an object", j);
	for (m = j->root->child; m; m = m->next)
		if (mirror_host(m->string) && cJSON_IsString(m) &&
		    redact_keep(&s->known, m->valuestring))
			break;
	if (!m)
		return 0;
	json_free(j);
	return fail_memory(s->f);
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

	snprintf(q.what, sizeof q.what, "the relations of endpoint %s", name_of(s->endpoint).s);
	if (ask_names(s, &q, &ids))
		return -1;
	s->relations =
	    arena_make(&s->arena, (size_t)cJSON_GetArraySize(ids.root) * sizeof *s->relations);
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
 * Puts the other application's name and databag. Where Juju doesn't tell the name, the databag is
 * that of the first unit's.
 */
static int
put_related_app(struct snapshot *s, const struct relation *r, const cJSON *first_unit)
{
	struct question q = {
	    {"relation-list", "-r", r->id, "--app", "--format", "json"}, "the application", true};
	const char *name = NULL, *unit;
	struct json app, bag;
	int result = 0;

	if (ask(s, &q, &app) && s->ours)
		return -1;
	if (app.root && cJSON_IsString(app.root) && app.root->valuestring[0]) {
		name = app.root->valuestring;
		buf_string(s->out, "related-application", name);
	} else if (first_unit) {
		unit = first_unit->valuestring;
		result = keep(s, unit, doc_app_length(unit), &name);
	}
	if (result == 0 && name)
		result = ask_app_databag(s, r, name, &bag);
	json_free(&app);
	if (result || !name)
		return result;
	buf_item(s->out, "application-data", "");
	put_databag(&bag, s->out);
	return 0;
}

static int
put_units(struct snapshot *s, const struct relation *r, const cJSON *names)
{
	const cJSON *unit;
	struct json bag;

	buf_item(s->out, "related-units", "{");
	for (unit = names; unit; unit = unit->next) {
		if (!s->all && strcmp(unit->valuestring, s->hook->remote_unit) != 0)
			continue;
		if (ask_unit_databag(s, r, unit->valuestring, false, &bag))
			return -1;
		buf_item(s->out, unit->valuestring, "{\"in-scope\":true,\"data\":");
		put_databag(&bag, s->out);
		buf_putc(s->out, '}');
	}
	buf_putc(s->out, '}');
	return 0;
}

/* Puts the relation: who is related, and what they say. */
static int
put_relation(struct snapshot *s, const struct relation *r, const cJSON *names)
{
	buf_item(s->out, NULL, "{");
	buf_printf(s->out, "\"relation-id\":%ld", r->number);
	buf_string(s->out, "endpoint", s->endpoint);
	if (put_related_app(s, r, names))
		return -1;
	if (r->local_app)
		buf_item(s->out, "local-application-data", r->local_app);
	buf_item(s->out, "local-unit", "{\"in-scope\":true,\"data\":");
	buf_puts(s->out, r->own);
	buf_putc(s->out, '}');
	if (put_units(s, r, names))
		return -1;
	if (s->partial)
		buf_item(s->out, "partial", "true");
	buf_putc(s->out, '}');
	return 0;
}

static int
put_document(struct snapshot *s)
{
	struct relation *r;
	struct json names;
	int result = 0;

	buf_item(s->out, NULL, "{");
	buf_item(s->out, s->hook->unit, "{");
	buf_item(s->out, "leader", s->leader ? "true" : "false");
	buf_item(s->out, "relation-info", "[");
	for (r = s->relations; result == 0 && r < s->relations + s->n; r++) {
		if (r->left_out)
			continue;
		if (ask_related(s, r, &names))
			return -1;
		result = put_relation(s, r, names.root ? names.root->child : NULL);
		json_free(&names);
	}
	buf_puts(s->out, "]}}\n");
	return result == 0 && s->out->failed ? fail_memory(s->f) : result;
}

/* Reads what the unit has of its own in each relation, and then the rest. */
static int
take(struct snapshot *s)
{
	size_t i;

	if (keep(s, s->hook->unit, doc_app_length(s->hook->unit), &s->app) || ask_leader(s) ||
	    ask_relations(s))
		return -1;
	for (i = 0; i < s->n; i++)
		if (read_own(s, &s->relations[i]))
			return -1;
	choose(s);
	return put_document(s);
}

int
snapshot_take(const struct snapshot_hook *hook, const char *endpoint, bool changed,
    void (*warn)(void *ctx, const char *text), void *ctx, struct buf *out, struct fail *f)
{
	struct snapshot s = {.hook = hook,
	    .endpoint = endpoint,
	    .changed = changed,
	    .out = out,
	    .warn = warn,
	    .ctx = ctx,
	    .f = f};
	int result = take(&s);

	arena_free(&s.arena);
	redact_free(&s.known);
	return result;
}
