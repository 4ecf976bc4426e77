#include "step.h"

#include "../lib/memory.h"
#include "hook.h"
#include "tap.h"
#include "value.h"
#include "work.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_ARGS = 64,
	MAX_SHOWN = 300, /* bytes of output in a message */
	BROKEN = 99,	 /* exit status of a call that the script doesn't have */
	IN_VAIN = 31,	 /* equal answers of `list` make a step stop waiting, in life.json */
};

/* How all tokens of the vectors begin. */
#define SECRET "tok-"

static const char state_path[] = "step/state";
static const char *state_before; /* its text; "": there was none */

const cJSON *
step_relations(const cJSON *vector)
{
	return value_get(value_get(vector, "document")->child, "relation-info");
}

const char *
step_key(const cJSON *relation)
{
	return memory_brief("%d", value_number(relation, "relation-id", -1));
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
commands_of(const cJSON *calls)
{
	cJSON *commands = cJSON_CreateArray();
	const cJSON *call;

	cJSON_ArrayForEach(call, calls)
	{
		const cJSON *args = value_get(call, "args");

		if (args && strcmp(value_first(call, "args"), "list") != 0)
			cJSON_AddItemToArray(commands, cJSON_Duplicate(args, 1));
	}
	return commands;
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

	cJSON_AddArrayToObject(t.actual, "statuses");
	cJSON_AddArrayToObject(t.actual, "logs");
	cJSON_AddArrayToObject(t.actual, "events");
	if (!value_get(t.expect, "commands"))
		cJSON_AddItemToObject(t.expect, "commands",
		    commands_of(value_get(value_get(vector, "cluster"), "calls")));
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
		tap_differ("relation-set", NULL, set);
		return;
	}
	t->nsets++;
	cJSON_ArrayForEach(value, data)
	{
		const cJSON *old = value_get(bag, value->string);

		if (!cJSON_IsString(value))
			tap_differ("relation-set, a value", NULL, value);
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
	static const char *const lists[][2] = {
	    {"status-set", "statuses"}, {"juju-log", "logs"}, {"event", "events"}};
	const cJSON *action = cJSON_IsObject(line) ? line->child : NULL;
	const char *name = action && !action->next ? action->string : "";

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		if (strcmp(name, lists[i][0]) == 0) {
			cJSON_AddItemToArray(
			    value_get(t->actual, lists[i][1]), cJSON_Duplicate(action, 1));
			return;
		}
	}
	if (strcmp(name, "relation-set") == 0)
		set_bag(t, action);
	else if (strcmp(name, "defer") == 0 && *value_string(action, "event"))
		t->defers++;
	else
		tap_differ("an action line", NULL, line);
}

/* Carries out what a step printed; its last line says that it is done with the vector's event. */
static void
apply(struct trial *t, const char *out)
{
	cJSON *lines = value_parse_lines(out);
	int size = cJSON_GetArraySize(lines);
	const cJSON *line, *last = size ? cJSON_GetArrayItem(lines, size - 1) : NULL;

	cJSON_ArrayForEach(line, lines) if (line != last) apply_line(t, line);
	if (*out == '\n' || strstr(out, "\n\n") || (*out && out[strlen(out) - 1] != '\n'))
		tap_complain("output: expected lines, none of them empty");
	if (strcmp(value_string(value_get(last, "done"), "event"),
		value_string(t->vector, "event")) != 0)
		tap_differ("the last line", NULL, last);
}

static void
want_no_secret(const char *where, const char *text)
{
	const char *secret = strstr(text, SECRET);

	if (secret)
		tap_complain(
		    "%s: has the token %.*s", where, (int)strcspn(secret, "\" \\\n"), secret);
}

static void
want_no_leak(const struct trial *t, const struct output *output)
{
	want_no_secret("standard error", output->err);
	want_no_secret("a status", cJSON_PrintUnformatted(value_get(t->actual, "statuses")));
	want_no_secret("a log line", cJSON_PrintUnformatted(value_get(t->actual, "logs")));
	want_no_secret("an event", cJSON_PrintUnformatted(value_get(t->actual, "events")));
}

/* Is it an answer that a step asks for again, up to the timeout? */
static int
is_waited_for(const cJSON *answer)
{
	static const char *const texts[] = {"PENDING", "not yet initialized"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strstr(value_string(answer, "stdout"), texts[i]) ||
		    strstr(value_string(answer, "stderr"), texts[i]))
			return 1;
	return 0;
}

/* Do the answers begin with a wait that is in vain? */
static int
waits_in_vain(const cJSON *answers)
{
	int n = 0;

	while (n < IN_VAIN && is_waited_for(cJSON_GetArrayItem(answers, n)))
		n++;
	return n == IN_VAIN;
}

/*
 * Writes the script, and returns how long to wait. A wait in vain is one answer there, and the step
 * has no time to wait: else what comes after it would come too early or too late on a machine that
 * is quicker or slower. Else the last answer, which is given for ever, tells whether the wait ends.
 */
static const char *
write_script(const cJSON *vector)
{
	cJSON *script = cJSON_Duplicate(vector, 1), *answers;
	int in_vain = 0, ends = 1, size;

	cJSON_ArrayForEach(answers, value_get(value_get(script, "cluster"), "lists"))
	{
		if (waits_in_vain(answers)) {
			in_vain = 1;
			for (int i = 1; i < IN_VAIN; i++)
				cJSON_DeleteItemFromArray(answers, 0);
		}
		size = cJSON_GetArraySize(answers);
		if (size)
			ends = !is_waited_for(cJSON_GetArrayItem(answers, size - 1));
	}
	work_write("script", cJSON_PrintUnformatted(script), 0600);
	return in_vain ? "0" : ends ? "10" : "0.5";
}

static void
add_args(const char *argv[], size_t *n, const char *option, const cJSON *args)
{
	const cJSON *arg;

	cJSON_ArrayForEach(arg, args)
	{
		argv[(*n)++] = option;
		argv[(*n)++] = arg->valuestring;
	}
}

static void
set_time(cJSON *age, time_t now)
{
	if (age)
		cJSON_SetNumberValue(age, (double)now - age->valuedouble);
}

/* The state file's text; a vector has ages where the file has times. */
static char *
state_text(const cJSON *state)
{
	cJSON *copy = cJSON_Duplicate(state, 1), *age;
	time_t now = time(NULL);

	cJSON_ArrayForEach(age, value_get(copy, "out")) set_time(age, now);
	cJSON_ArrayForEach(age, value_get(copy, "stranded")) set_time(age, now);
	set_time(value_get(copy, "joining"), now);
	return cJSON_PrintUnformatted(copy);
}

static void
write_state(const cJSON *state)
{
	work_remove("step");
	if (mkdir("step", 0700) < 0)
		tap_bail("make", "step");
	state_before = cJSON_IsObject(state) ? state_text(state) : "";
	if (*state_before)
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
	const char *argv[MAX_ARGS] = {way == AS_HOOK ? "td-consumer-hook" : "td-consumer-step"};
	const char *options[] = {"-s", state_path, "-H", value_string(vector, "hostname"), "--poll",
	    "0.01", "-w", write_script(vector)};
	size_t n = 1;

	if (way == AS_HOOK)
		argv[n++] = hook_begin(vector);
	memcpy(argv + n, options, sizeof(options));
	n += sizeof(options) / sizeof(*options);
	/* the reference's tokens, in steps.json, are made all at once */
	if (!value_get(value_get(vector, "cluster"), "calls")) {
		argv[n++] = "-p";
		argv[n++] = "0";
	}
	if (way == DRY)
		argv[n++] = "-n";
	if (way == BY_OBSERVERS || way == AS_HOOK) {
		argv[n++] = "-o";
		argv[n++] = "observers";
	} else {
		add_args(argv, &n, "-J", value_get(vector, "join-args"));
		add_args(argv, &n, "-B", value_get(vector, "bootstrap-args"));
	}
	if (way != AS_HOOK)
		argv[n++] = value_string(vector, "event");
	argv[n++] = work_program("test/scripted");
	write_state(value_get(vector, "state"));
	work_remove("calls");
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
	DIR *dir = opendir("step");

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
	const char *text = work_read("calls");
	cJSON *state = work_json(state_path), *seen = cJSON_CreateArray();
	const cJSON *call, *event;

	t->calls = value_parse_lines(text ? text : "");
	cJSON_ArrayForEach(call, t->calls)
	{
		event = value_get(call, "event");
		if (event)
			cJSON_AddItemToArray(seen, cJSON_Duplicate(event, 1));
		if (strcmp(value_string(event, "name"), value_string(call, "observer")) != 0)
			tap_differ("an observer", NULL, call);
		if (value_number(call, "exit", 0) == BROKEN)
			tap_differ("a call that isn't in the script", NULL, call);
	}
	cJSON_AddItemToObject(t->actual, "commands", commands_of(t->calls));
	cJSON_AddItemToObject(t->actual, "state", state);
	cJSON_AddItemToObject(
	    t->actual, "in-cluster", cJSON_Duplicate(value_get(state, "in-cluster"), 1));
	cJSON_AddBoolToObject(t->actual, "defer", t->defers > 0);
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

	if (way != AS_HOOK) {
		apply(&t, output.out);
	} else {
		hook_end(&t);
		/* Juju would log it */
		if (*output.out)
			tap_complain("standard output: %.*s", MAX_SHOWN, output.out);
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
	if (strcmp(after ? after : "", state_before) != 0)
		tap_complain("dry run: the state file was written");
	if (access("step/state.lock", F_OK) == 0)
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

	if (mkdir("observers", 0700) < 0)
		tap_bail("make", "observers");
	for (size_t i = 0; i < sizeof(observers) / sizeof(*observers); i++) {
		const char *link = memory_brief("observers/%s", observers[i]);

		if (symlink(work_program("test/scripted"), link) < 0)
			tap_bail("link", link);
	}
	setenv("SCRIPT", "script", 1);
	setenv("CALLS", "calls", 1);
	unsetenv("JUJU_CHARM_DIR");
}
