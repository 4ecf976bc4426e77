#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doc.h"
#include "json.h"
#include "keys.h"
#include "relay.h"
#include "run.h"
#include "snapshot.h"

static const double timeout = 300; /* seconds for one hook command */

struct relation {
	const char *id; /* as relation-ids gave it: "cluster:4" */
	long number;
	bool left_out;
	struct json own;       /* the unit's databag */
	struct json local_app; /* its application's, where it is leader */
};

struct snapshot {
	const struct snapshot_hook *hook;
	const char *endpoint;
	char *app; /* the unit's application */
	bool changed;
	bool leader;
	struct json ids;
	struct relation *relations;
	size_t n;
	bool all;     /* all related units are read */
	bool partial; /* what each relation is to say */
	void (*warn)(void *ctx, const char *text);
	void *ctx;
	struct buf *out;
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
	struct token_set known = {0};
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
		result = fail_set(s->f, STATUS_SYSTEM, "cannot read %s: %s: %s%s%s", q->what,
		    q->argv[0], command.reason, relay.last[0] ? ": " : "", relay.last);
	} else if (result == 0) {
		result = json_read(
		    j, command.out.s, command.out.n, q->argv[0], JSON_NUMBER_TEXT, &fault);
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
	const cJSON *node;
	size_t n = 0;

	snprintf(q.what, sizeof q.what, "the relations of endpoint %s", name_of(s->endpoint).s);
	if (ask_names(s, &q, &s->ids))
		return -1;
	for (node = s->ids.root->child; node; node = node->next)
		n++;
	s->relations = calloc(n ? n : 1, sizeof *s->relations);
	if (!s->relations)
		return fail_memory(s->f);
	for (node = s->ids.root->child; node; node = node->next) {
		s->relations[s->n].id = node->valuestring;
		if (doc_relation_id(node->valuestring, &s->relations[s->n].number))
			return fail_set(s->f, STATUS_SYSTEM,
			    "cannot read %s: relation-ids: %s is no relation's id", q.what,
			    name_of(node->valuestring).s);
		s->n++;
	}
	return 0;
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

/* Reads what the unit has of its own in the relation, and finds out whether it is to be left out.
 */
static int
read_own(struct snapshot *s, struct relation *r)
{
	char text[700];

	if (in_broken_hook(s, true) && is_hooks(s, r)) {
		r->left_out = true;
		return 0;
	}
	if (ask_unit_databag(s, r, s->hook->unit, true, &r->own)) {
		r->left_out = is_refusal(s);
		if (!r->left_out)
			return -1;
		snprintf(text, sizeof text, "relation %s is left out, it is being removed: %s",
		    name_of(r->id).s, s->refusal);
		s->warn(s->ctx, text);
		return 0;
	}
	return s->leader ? ask_app_databag(s, r, s->app, &r->local_app) : 0;
}

/* Does the application's databag say that the mirror of this unit counts, and who may bootstrap? */
static bool
is_settled(const struct snapshot *s, const struct relation *r)
{
	const cJSON *bag = r->local_app.root, *mirror = json_member(bag, KEY_MIRROR_UNIT),
		    *bootstrap = json_member(bag, KEY_BOOTSTRAP_UNIT);

	return mirror && cJSON_IsString(mirror) &&
	       strcmp(mirror->valuestring, s->hook->unit) == 0 && bootstrap &&
	       cJSON_IsString(bootstrap) && bootstrap->valuestring[0];
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
		else if (s->leader && !is_settled(s, &s->relations[i]))
			s->all = true;
	}
	if (!s->all)
		s->partial = true;
}

/* Reads the names of related units, or none where they aren't wanted. */
static int
read_names(struct snapshot *s, const struct relation *r, struct json *j)
{
	struct question q = {{"relation-list", "-r", r->id, "--format", "json"}, "", false};

	memset(j, 0, sizeof *j);
	if (!s->all && !(s->leader && is_set(s->hook->remote_unit) && is_hooks(s, r)))
		return 0;
	snprintf(q.what, sizeof q.what, "the units of relation %s", name_of(r->id).s);
	return ask_names(s, &q, j);
}

/* Puts the name of a member and the databag. */
static void
put_databag(struct buf *b, const char *name, const struct json *j)
{
	buf_printf(b, "\"%s\":", name);
	if (cJSON_IsObject(j->root))
		json_put(b, j->root);
	else
		buf_puts(b, "{}");
}

static void
put_unit_databag(struct buf *b, const struct json *j)
{
	buf_puts(b, "{\"in-scope\":true,");
	put_databag(b, "data", j);
	buf_putc(b, '}');
}

/* Puts the name of the other application and its databag, as far as they can be known. */
static int
put_other_app(struct snapshot *s, const struct relation *r, const cJSON *first_unit)
{
	struct question q = {
	    {"relation-list", "-r", r->id, "--app", "--format", "json"}, "the application", true};
	const char *name = NULL;
	char *of_unit = NULL;
	struct json app, bag;
	int result = 0;

	if (ask(s, &q, &app) && s->ours)
		return -1;
	if (app.root && cJSON_IsString(app.root) && app.root->valuestring[0])
		name = app.root->valuestring;
	if (name) {
		buf_puts(s->out, ",\"related-application\":");
		buf_json(s->out, name);
	} else if (first_unit) {
		of_unit = strdup(first_unit->valuestring);
		if (!of_unit)
			result = fail_memory(s->f);
		else
			of_unit[doc_app_length(of_unit)] = '\0';
		name = of_unit;
	}
	if (name && result == 0)
		result = ask_app_databag(s, r, name, &bag);
	if (name && result == 0) {
		buf_putc(s->out, ',');
		put_databag(s->out, "application-data", &bag);
		json_free(&bag);
	}
	free(of_unit);
	json_free(&app);
	return result;
}

static int
put_units(struct snapshot *s, const struct relation *r, const cJSON *names)
{
	const cJSON *name;
	struct json bag;
	bool some = false;

	buf_puts(s->out, ",\"related-units\":{");
	for (name = names; name; name = name->next) {
		if (!s->all && strcmp(name->valuestring, s->hook->remote_unit) != 0)
			continue;
		if (ask_unit_databag(s, r, name->valuestring, false, &bag))
			return -1;
		if (some)
			buf_putc(s->out, ',');
		some = true;
		buf_json(s->out, name->valuestring);
		buf_putc(s->out, ':');
		put_unit_databag(s->out, &bag);
		json_free(&bag);
	}
	buf_putc(s->out, '}');
	return 0;
}

static int
put_relation(struct snapshot *s, const struct relation *r)
{
	struct json names;
	int result;

	if (read_names(s, r, &names))
		return -1;
	buf_printf(s->out, "{\"relation-id\":%ld,\"endpoint\":", r->number);
	buf_json(s->out, s->endpoint);
	result = put_other_app(s, r, names.root ? names.root->child : NULL);
	if (s->leader) {
		buf_putc(s->out, ',');
		put_databag(s->out, "local-application-data", &r->local_app);
	}
	buf_puts(s->out, ",\"local-unit\":");
	put_unit_databag(s->out, &r->own);
	if (result == 0)
		result = put_units(s, r, names.root ? names.root->child : NULL);
	if (s->partial)
		buf_puts(s->out, ",\"partial\":true");
	buf_putc(s->out, '}');
	json_free(&names);
	return result;
}

static int
put_document(struct snapshot *s)
{
	bool some = false;
	size_t i;

	buf_putc(s->out, '{');
	buf_json(s->out, s->hook->unit);
	buf_printf(s->out, ":{\"leader\":%s,\"relation-info\":[", s->leader ? "true" : "false");
	for (i = 0; i < s->n; i++) {
		if (s->relations[i].left_out)
			continue;
		if (some)
			buf_putc(s->out, ',');
		some = true;
		if (put_relation(s, &s->relations[i]))
			return -1;
	}
	buf_puts(s->out, "]}}\n");
	return s->out->failed ? fail_memory(s->f) : 0;
}

static int
take(struct snapshot *s)
{
	size_t i;

	s->app = strdup(s->hook->unit);
	if (!s->app)
		return fail_memory(s->f);
	s->app[doc_app_length(s->app)] = '\0';
	if (ask_leader(s) || ask_relations(s))
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
	    .warn = warn,
	    .ctx = ctx,
	    .out = out,
	    .f = f};
	int result = take(&s);
	size_t i;

	for (i = 0; i < s.n; i++) {
		json_free(&s.relations[i].own);
		json_free(&s.relations[i].local_app);
	}
	free(s.relations);
	json_free(&s.ids);
	free(s.app);
	return result;
}
