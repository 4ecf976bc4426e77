#include "vectors.h"

#include "../lib/file.h"
#include "../lib/memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_ARGS = 64,
	MIN_SECRET = 8, /* shorter tokens can't be told from words */
	BROKEN = 99,	/* exit status of a call that the script doesn't have */
	IN_VAIN = 31,	/* equal answers of `list` make a step stop waiting, in life.json */
};

static char *state_path, *observers_path;
static const char *state_before; /* the state file's text before the step; NULL: there was none */

/* What a step tells of: its action, the list of them in a trial, and how messages call it. */
static const struct told {
	const char *action, *list, *name;
} tells[] = {{"status-set", "statuses", "a status"}, {"juju-log", "logs", "a log line"},
    {"event", "events", "an event"}};

enum { TELLS = sizeof(tells) / sizeof(*tells) };

const cJSON *
step_relations(const cJSON *vector)
{
	return value_get(value_get(vector, "document")->child, "relation-info");
}

const char *
step_key(const cJSON *relation)
{
	return memory_brief("%d", value_get(relation, "relation-id")->valueint);
}

int
step_is_provider(const cJSON *vector)
{
	return strcmp(value_string(vector, "kind"), "provider") == 0;
}

static void
copy_bag(cJSON *bags, const cJSON *relation, const cJSON *bag)
{
	cJSON_AddItemToObject(bags, step_key(relation),
	    cJSON_IsObject(bag) ? cJSON_Duplicate(bag, 1) : cJSON_CreateObject());
}

/* The arguments of the calls of the cluster's command, but for `list`. */
static cJSON *
arguments_of(const cJSON *calls)
{
	cJSON *all = cJSON_CreateArray();
	const cJSON *call;

	cJSON_ArrayForEach(call, calls)
	{
		if (*value_command(call) && strcmp(value_command(call), "list") != 0)
			cJSON_AddItemToArray(all, cJSON_Duplicate(value_get(call, "args"), 1));
	}
	return all;
}

static struct trial
begin(const cJSON *vector)
{
	struct trial t = {.vector = vector,
	    .expect = cJSON_Duplicate(value_get(vector, "expect"), 1),
	    .actual = cJSON_CreateObject()};
	cJSON *unit = cJSON_AddObjectToObject(t.actual, "unit-data");
	cJSON *app = cJSON_AddObjectToObject(t.actual, "application-data");
	const cJSON *relation;

	for (int i = 0; i < TELLS; i++)
		cJSON_AddArrayToObject(t.actual, tells[i].list);
	cJSON_AddItemToObject(
	    t.expect, "calls", arguments_of(value_get(value_get(vector, "cluster"), "calls")));
	cJSON_ArrayForEach(relation, step_relations(vector))
	{
		copy_bag(unit, relation, value_get(value_get(relation, "local-unit"), "data"));
		copy_bag(app, relation, value_get(relation, "local-application-data"));
	}
	return t;
}

static void
set_bag(struct trial *t, const cJSON *set)
{
	const char *bags = cJSON_IsTrue(value_get(set, "app")) ? "application-data" : "unit-data";
	const cJSON *data = value_get(set, "data"), *value;
	cJSON *bag = NULL;

	if (cJSON_IsNumber(value_get(set, "relation-id")))
		bag = value_get(value_get(t->actual, bags), step_key(set));
	if (!bag || cJSON_GetArraySize(data) == 0) {
		tap_want("relation-set", NULL, set);
		return;
	}
	t->nsets++;
	cJSON_ArrayForEach(value, data)
	{
		const cJSON *old = value_get(bag, value->string);

		if (!cJSON_IsString(value))
			tap_want("relation-set, a value", NULL, value);
		else if (old ? value_is_same(old, value) : !*value->valuestring)
			tap_complain(
			    "relation-set: %s is %s already", value->string, old ? "so" : "gone");
		cJSON_DeleteItemFromObjectCaseSensitive(bag, value->string);
		if (cJSON_IsString(value) && *value->valuestring)
			cJSON_AddItemToObject(bag, value->string, cJSON_Duplicate(value, 1));
	}
}

static void
apply_line(struct trial *t, const cJSON *line)
{
	const cJSON *action = cJSON_IsObject(line) ? line->child : NULL;
	const char *name = action && !action->next ? action->string : "";

	for (int i = 0; i < TELLS; i++) {
		if (strcmp(name, tells[i].action) == 0) {
			cJSON_AddItemToArray(
			    value_get(t->actual, tells[i].list), cJSON_Duplicate(action, 1));
			return;
		}
	}
	if (strcmp(name, "relation-set") == 0)
		set_bag(t, action);
	else if (strcmp(name, "defer") == 0 && *value_string(action, "event"))
		t->defers++;
	else
		tap_want("an action line", NULL, line);
}

/* Carries out what a step printed; its last line says that it is done with the vector's event. */
static void
apply(struct trial *t, const char *out)
{
	cJSON *lines = value_parse_lines(out);
	const cJSON *line, *last = cJSON_GetArrayItem(lines, cJSON_GetArraySize(lines) - 1);

	cJSON_ArrayForEach(line, lines) if (line != last) apply_line(t, line);
	if (*out == '\n' || strstr(out, "\n\n") || (*out && out[strlen(out) - 1] != '\n'))
		tap_complain("output: expected lines, none of them empty");
	if (strcmp(value_string(value_get(last, "done"), "event"),
		value_string(t->vector, "event")) != 0)
		tap_want("the last line", NULL, last);
}

/* The text's first line, where it is long enough. */
static void
add_secret(cJSON *secrets, const char *text)
{
	const char *line = memory_brief("%.*s", (int)strcspn(text, "\n"), text);

	if (strlen(line) >= MIN_SECRET)
		cJSON_AddItemToArray(secrets, cJSON_CreateString(line));
}

/* All values of `mirror-HOST`, at any depth. */
static void
collect_mirrored(cJSON *secrets, const cJSON *json)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json)
	{
		if (cJSON_IsString(item) && item->string &&
		    strncmp(item->string, "mirror-", 7) == 0 &&
		    strcmp(item->string, "mirror-unit") != 0)
			add_secret(secrets, item->valuestring);
		collect_mirrored(secrets, item);
	}
}

static cJSON *
secrets_of(const cJSON *vector)
{
	const cJSON *cluster = value_get(vector, "cluster"), *item;
	cJSON *secrets = cJSON_CreateArray();

	collect_mirrored(secrets, value_get(vector, "document"));
	cJSON_ArrayForEach(item, value_get(cluster, "add"))
	    add_secret(secrets, value_string(item, "stdout"));
	cJSON_ArrayForEach(item, value_get(cluster, "calls"))
	{
		/* what the others print is no token, nor is why an add failed */
		if (strcmp(value_command(item), "add") == 0 &&
		    !strchr(value_string(item, "stdout"), ' '))
			add_secret(secrets, value_string(item, "stdout"));
	}
	cJSON_ArrayForEach(item, value_get(value_get(vector, "state"), "tokens"))
	    add_secret(secrets, item->valuestring);
	return secrets;
}

static void
want_no_secret(const char *where, const char *text, const cJSON *secrets)
{
	const cJSON *secret;

	cJSON_ArrayForEach(secret, secrets)
	{
		if (strstr(text, secret->valuestring)) {
			tap_complain("%s: has the token %s", where, secret->valuestring);
			return;
		}
	}
}

static void
want_no_leak(const struct trial *t, const struct output *output)
{
	cJSON *secrets = secrets_of(t->vector);

	want_no_secret("standard error", output->err, secrets);
	for (int i = 0; i < TELLS; i++)
		want_no_secret(tells[i].name,
		    cJSON_PrintUnformatted(value_get(t->actual, tells[i].list)), secrets);
}

/* Is it an answer of `list` that a step asks for again, up to the timeout? */
static int
is_waited_for(const cJSON *answer)
{
	const char *out = value_string(answer, "stdout"), *err = value_string(answer, "stderr");

	return strstr(out, "PENDING") || strstr(out, "not yet initialized") ||
	       strstr(err, "PENDING") || strstr(err, "not yet initialized");
}

/* Do the answers begin with a wait that is in vain? */
static int
waits_in_vain(const cJSON *answers)
{
	int i = 0;

	while (i < IN_VAIN && is_waited_for(cJSON_GetArrayItem(answers, i)))
		i++;
	return i == IN_VAIN;
}

/*
 * The vector for the scripted command, and how long the step waits. A wait in vain is one answer in
 * it, and the step has no time to wait: else what comes after it would come too early or too late
 * on a machine that is quicker or slower. In steps.json it is the script's last answer that tells
 * whether a wait ends; in life.json the answers are as many as the step asked for.
 */
static char *
script_of(const cJSON *vector, const char **timeout)
{
	cJSON *copy = cJSON_Duplicate(vector, 1), *cluster = value_get(copy, "cluster"), *answers;
	int last = cJSON_GetArraySize(value_get(cluster, "list")) - 1;

	*timeout =
	    is_waited_for(cJSON_GetArrayItem(value_get(cluster, "list"), last)) ? "0.5" : "10";
	cJSON_ArrayForEach(answers, value_get(cluster, "lists"))
	{
		if (!waits_in_vain(answers))
			continue;
		*timeout = "0";
		for (int i = 1; i < IN_VAIN; i++)
			cJSON_DeleteItemFromArray(answers, 0);
	}
	return cJSON_PrintUnformatted(copy);
}

static void
add(const char *argv[], size_t *n, const char *option, const char *value)
{
	argv[(*n)++] = option;
	argv[(*n)++] = value;
}

static void
set_time(cJSON *age)
{
	cJSON_SetNumberValue(age, (double)time(NULL) - age->valuedouble);
}

/* A vector has ages where the file has times. */
static void
write_state(const cJSON *state)
{
	cJSON *copy = cJSON_Duplicate(state, 1), *age;

	file_remove(AT_FDCWD, work_path("step"));
	if (mkdir(work_path("step"), 0700) < 0)
		tap_bail("make", work_path("step"));
	state_before = NULL;
	if (!cJSON_IsObject(state))
		return;
	cJSON_ArrayForEach(age, value_get(copy, "out")) set_time(age);
	cJSON_ArrayForEach(age, value_get(copy, "stranded")) set_time(age);
	if ((age = value_get(copy, "joining")))
		set_time(age);
	state_before = cJSON_PrintUnformatted(copy);
	work_write(state_path, state_before, 0600);
}

static char *
document_of(const cJSON *vector)
{
	return cJSON_PrintUnformatted(value_get(vector, "document"));
}

static struct output
run_consumer(const cJSON *vector, enum way way)
{
	const char *argv[MAX_ARGS] = {"td-consumer-step"}, *timeout;
	const char *script = script_of(vector, &timeout);
	const cJSON *arg;
	size_t n = 1;

	if (way == AS_HOOK) {
		argv[0] = "td-consumer-hook";
		argv[n++] = hook_begin(vector);
	}
	add(argv, &n, "-s", state_path);
	add(argv, &n, "-H", value_string(vector, "hostname"));
	add(argv, &n, "--poll", "0.01");
	add(argv, &n, "-w", timeout);
	/* steps.json has the reference's tokens, which are made all at once. */
	if (!value_get(value_get(vector, "cluster"), "lists"))
		add(argv, &n, "-p", "0");
	if (way == DRY)
		argv[n++] = "-n";
	if (way == BY_OBSERVERS || way == AS_HOOK) {
		add(argv, &n, "-o", observers_path);
	} else {
		cJSON_ArrayForEach(arg, value_get(vector, "join-args"))
		    add(argv, &n, "-J", arg->valuestring);
		cJSON_ArrayForEach(arg, value_get(vector, "bootstrap-args"))
		    add(argv, &n, "-B", arg->valuestring);
	}
	if (way != AS_HOOK)
		argv[n++] = value_string(vector, "event");
	argv[n++] = work_program("test/scripted");
	write_state(value_get(vector, "state"));
	work_write(work_path("script"), script, 0600);
	unlink(work_path("calls"));
	return work_run(way == AS_HOOK ? "" : document_of(vector), argv, 0);
}

/* EVENT is an operand, or comes with -E. */
static struct output
run_provider(const cJSON *vector, enum way way)
{
	const char *event = value_string(vector, "event");

	if (way == AS_HOOK)
		return work_run(
		    "", (const char *[]){"td-provider-hook", hook_begin(vector), NULL}, 0);
	return work_run(document_of(vector),
	    way == AGAIN ? (const char *[]){"td-provider-step", "-E", event, NULL}
			 : (const char *[]){"td-provider-step", event, NULL},
	    0);
}

static void
want_state_file(void)
{
	struct dirent *entry;
	struct stat st;
	DIR *dir = opendir(work_path("step"));

	if (stat(state_path, &st) == 0 && (st.st_mode & 07777) != 0600)
		tap_complain("the state file: expected mode 0600, got %04o", st.st_mode & 07777u);
	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		    strcmp(name, "state") != 0 && strcmp(name, "state.lock") != 0)
			tap_complain("the state's folder: has a file %s", name);
	}
	if (dir)
		closedir(dir);
}

/* What a consumer asked the cluster for, and what it left. */
static void
take_consumer(struct trial *t, enum way way)
{
	cJSON *state = work_json(state_path), *seen = cJSON_CreateArray();
	const cJSON *call, *status, *event;

	t->calls = value_parse_lines(work_read(work_path("calls")));
	cJSON_AddItemToObject(t->actual, "commands", arguments_of(t->calls));
	cJSON_AddItemToObject(t->actual, "calls", arguments_of(t->calls));
	if (state)
		cJSON_AddItemToObject(t->actual, "state", state);
	cJSON_AddItemToObject(
	    t->actual, "in-cluster", cJSON_Duplicate(value_get(state, "in-cluster"), 1));
	cJSON_AddBoolToObject(t->actual, "defer", t->defers > 0);
	cJSON_ArrayForEach(call, t->calls)
	{
		status = value_get(call, "exit");
		event = value_get(call, "event");
		if (cJSON_IsNumber(status) && status->valueint == BROKEN)
			tap_want("a call that isn't in the script", NULL, call);
		if (!event)
			continue;
		if (strcmp(value_string(event, "name"), value_string(call, "observer")) != 0)
			tap_want("an observer", NULL, call);
		cJSON_AddItemToArray(seen, cJSON_Duplicate(event, 1));
	}
	want_state_file();
	/* each event is observed once, in order, with the JSON that the step prints */
	if (way == BY_OBSERVERS)
		tap_want("observed events", value_get(t->actual, "events"), seen);
	if (way == AS_HOOK)
		cJSON_ReplaceItemInObjectCaseSensitive(t->actual, "events", seen);
}

struct trial
step_run(const cJSON *vector, enum way way)
{
	struct trial t = begin(vector);
	struct output output =
	    step_is_provider(vector) ? run_provider(vector, way) : run_consumer(vector, way);

	if (way == AS_HOOK) {
		hook_end(&t);
		/* Juju would log it */
		if (*output.out)
			tap_complain("standard output: %.*s", MAX_SHOWN, output.out);
	} else {
		apply(&t, output.out);
	}
	if (!step_is_provider(vector))
		take_consumer(&t, way);
	want_no_leak(&t, &output);
	if (way == AGAIN && t.nsets)
		tap_complain("a second run: changes something: %.*s", MAX_SHOWN, output.out);
	if (tap_verbose)
		tap_note(0, "standard output:\n%sstandard error:\n%s", output.out, output.err);
	return t;
}

void
step_run_dry(const cJSON *vector)
{
	struct trial t = step_run(vector, DRY);
	const char *after = work_read(state_path);

	tap_want("dry run: commands", cJSON_CreateArray(), value_get(t.actual, "commands"));
	if (strcmp(after ? after : "", state_before ? state_before : "") != 0)
		tap_complain("dry run: the state file was written");
	if (access(work_path("step/state.lock"), F_OK) == 0)
		tap_complain("dry run: took the lock");
}

/* The vector's document gets the databags as they are after the step. */
void
step_run_again(const struct trial *t)
{
	cJSON *vector = cJSON_Duplicate(t->vector, 1), *relation;

	cJSON_ArrayForEach(relation, (cJSON *)step_relations(vector))
	{
		const char *key = step_key(relation);
		cJSON *local = value_get(relation, "local-unit");

		cJSON_DeleteItemFromObjectCaseSensitive(local, "data");
		cJSON_AddItemToObject(local, "data",
		    cJSON_Duplicate(value_get(value_get(t->actual, "unit-data"), key), 1));
		if (value_get(relation, "local-application-data"))
			cJSON_ReplaceItemInObjectCaseSensitive(relation, "local-application-data",
			    cJSON_Duplicate(
				value_get(value_get(t->actual, "application-data"), key), 1));
	}
	step_run(vector, AGAIN);
}

void
step_prepare(void)
{
	static const char *const observers[] = {"prebootstrap", "bootstrapped", "prejoin", "joined",
	    "token-generated", "join-args", "bootstrap-args"};

	state_path = memory_text("%s", work_path("step/state"));
	observers_path = memory_text("%s", work_path("observers"));
	if (mkdir(observers_path, 0700) < 0)
		tap_bail("make", observers_path);
	for (size_t i = 0; i < sizeof(observers) / sizeof(*observers); i++) {
		const char *link = memory_brief("%s/%s", observers_path, observers[i]);

		if (symlink(work_program("test/scripted"), link) < 0)
			tap_bail("link", link);
	}
	setenv("SCRIPT", work_path("script"), 1);
	setenv("CALLS", work_path("calls"), 1);
	unsetenv("JUJU_CHARM_DIR");
}
