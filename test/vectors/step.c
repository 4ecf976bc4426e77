#include "step.h"

#include "hook.h"
#include "tap.h"
#include "value.h"
#include "work.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_ARGS = 64,
	MAX_SHOWN = 300, /* bytes of output in a message */
	MIN_SECRET = 8,	 /* shorter tokens can't be told from words */
	BROKEN = 99,	 /* exit status of a call that the script doesn't have */
	IN_VAIN = 31,	 /* equal answers of `list` make a step stop waiting, in life.json */
};

/* An answer of `list` that has either is asked for again, up to the timeout. */
static const char *const waited_for[] = {"PENDING", "not yet initialized", NULL};

static char state_path[PATH_MAX];
static char observers_path[PATH_MAX];

const cJSON *
step_relations(const cJSON *vector)
{
	return value_get(value_get(vector, "document")->child, "relation-info");
}

static void
copy_bag(cJSON *bags, int id, const cJSON *bag)
{
	char key[16];

	snprintf(key, sizeof(key), "%d", id);
	cJSON_AddItemToObject(
	    bags, key, cJSON_IsObject(bag) ? cJSON_Duplicate(bag, 1) : cJSON_CreateObject());
}

static void
init_outcome(struct outcome *outcome, const cJSON *vector)
{
	const cJSON *relation;

	memset(outcome, 0, sizeof(*outcome));
	outcome->unit = tap_check(cJSON_CreateObject());
	outcome->app = tap_check(cJSON_CreateObject());
	outcome->statuses = tap_check(cJSON_CreateArray());
	outcome->logs = tap_check(cJSON_CreateArray());
	outcome->events = tap_check(cJSON_CreateArray());
	cJSON_ArrayForEach(relation, step_relations(vector))
	{
		int id = value_get(relation, "relation-id")->valueint;

		copy_bag(outcome->unit, id, value_get(value_get(relation, "local-unit"), "data"));
		copy_bag(outcome->app, id, value_get(relation, "local-application-data"));
	}
}

static void
free_outcome(struct outcome *outcome)
{
	cJSON_Delete(outcome->unit);
	cJSON_Delete(outcome->app);
	cJSON_Delete(outcome->statuses);
	cJSON_Delete(outcome->logs);
	cJSON_Delete(outcome->events);
}

static void
set_bag(struct outcome *outcome, const cJSON *set)
{
	const cJSON *id = value_get(set, "relation-id"), *data = value_get(set, "data"), *value;
	char key[16] = "";
	cJSON *bag;

	if (cJSON_IsNumber(id))
		snprintf(key, sizeof(key), "%d", id->valueint);
	bag = cJSON_GetObjectItemCaseSensitive(
	    cJSON_IsTrue(value_get(set, "app")) ? outcome->app : outcome->unit, key);
	if (!bag || cJSON_GetArraySize(data) == 0) {
		tap_differ("relation-set", NULL, set);
		return;
	}
	outcome->nsets++;
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
apply_line(struct outcome *outcome, const cJSON *line)
{
	const cJSON *action = cJSON_IsObject(line) ? line->child : NULL;
	const char *name = action && !action->next ? action->string : "";

	if (strcmp(name, "relation-set") == 0)
		set_bag(outcome, action);
	else if (strcmp(name, "status-set") == 0)
		cJSON_AddItemToArray(outcome->statuses, cJSON_Duplicate(action, 1));
	else if (strcmp(name, "juju-log") == 0)
		cJSON_AddItemToArray(outcome->logs, cJSON_Duplicate(action, 1));
	else if (strcmp(name, "event") == 0)
		cJSON_AddItemToArray(outcome->events, cJSON_Duplicate(action, 1));
	else if (strcmp(name, "defer") == 0 && *value_string(action, "event"))
		outcome->defers++;
	else
		tap_differ("an action line", NULL, line);
}

/* Carries out what a step printed; its last line says that it is done with EVENT. */
static void
apply(struct outcome *outcome, const char *out, const char *event)
{
	char *copy = tap_check(strdup(out));
	cJSON *lines = value_parse_lines(copy);
	int size = cJSON_GetArraySize(lines);
	const cJSON *line, *last = size ? cJSON_GetArrayItem(lines, size - 1) : NULL;

	cJSON_ArrayForEach(line, lines) if (line != last) apply_line(outcome, line);
	if (*out == '\n' || strstr(out, "\n\n") || (*out && out[strlen(out) - 1] != '\n'))
		tap_complain("output: expected lines, none of them empty");
	if (strcmp(value_string(value_get(last, "done"), "event"), event) != 0)
		tap_differ("the last line", NULL, last);
	cJSON_Delete(lines);
	free(copy);
}

static void
add_secret(cJSON *secrets, const char *text)
{
	size_t size = strcspn(text, "\n");
	char *token = tap_check(strdup(text));

	token[size] = '\0';
	if (size >= MIN_SECRET)
		cJSON_AddItemToArray(secrets, cJSON_CreateString(token));
	free(token);
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
	cJSON *secrets = tap_check(cJSON_CreateArray());

	collect_mirrored(secrets, value_get(vector, "document"));
	cJSON_ArrayForEach(item, value_get(cluster, "add"))
	    add_secret(secrets, value_string(item, "stdout"));
	cJSON_ArrayForEach(item, value_get(cluster, "calls"))
	{
		/* what the others print is no token, nor is why an add failed */
		if (strcmp(value_get(item, "args")->child->valuestring, "add") == 0 &&
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
want_no_leak(const struct trial *trial, const struct output *output)
{
	cJSON *secrets = secrets_of(trial->vector);
	const struct {
		const char *where;
		const cJSON *json;
	} texts[] = {
	    {"a status", trial->outcome.statuses},
	    {"a log line", trial->outcome.logs},
	    {"an event", trial->outcome.events},
	};

	want_no_secret("standard error", output->err, secrets);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *text = tap_check(cJSON_PrintUnformatted(texts[i].json));

		want_no_secret(texts[i].where, text, secrets);
		free(text);
	}
	cJSON_Delete(secrets);
}

/* Is it an answer that a step asks for again? */
static int
is_waited_for(const cJSON *answer)
{
	for (size_t i = 0; waited_for[i]; i++)
		if (strstr(value_string(answer, "stdout"), waited_for[i]) ||
		    strstr(value_string(answer, "stderr"), waited_for[i]))
			return 1;
	return 0;
}

/* Is the last answer, which is given for ever, one that a step asks for again? */
static int
ends_in_a_wait(const cJSON *answers)
{
	int size = cJSON_GetArraySize(answers);

	return size && is_waited_for(cJSON_GetArrayItem(answers, size - 1));
}

/* Do the answers begin with a wait that is in vain? */
static int
waits_in_vain(const cJSON *answers)
{
	int i;

	for (i = 0; i < IN_VAIN && i < cJSON_GetArraySize(answers); i++)
		if (!is_waited_for(cJSON_GetArrayItem(answers, i)))
			return 0;
	return i == IN_VAIN;
}

/* Is there a wait in vain before or after a join or bootstrap? */
static int
has_wait_in_vain(const cJSON *lists)
{
	return waits_in_vain(value_get(lists, "before")) ||
	       waits_in_vain(value_get(lists, "after"));
}

static void
shorten_wait(cJSON *answers)
{
	if (waits_in_vain(answers))
		for (int i = 1; i < IN_VAIN; i++)
			cJSON_DeleteItemFromArray(answers, 0);
}

/*
 * The vector for the scripted command, to be freed. A wait in vain is one answer there, and the
 * step has no time to wait: else what comes after it would come too early or too late on a machine
 * that is quicker or slower.
 */
static char *
script_of(const cJSON *vector)
{
	cJSON *copy = tap_check(cJSON_Duplicate(vector, 1));
	const cJSON *lists = value_get(value_get(copy, "cluster"), "lists");
	char *text;

	shorten_wait(cJSON_GetObjectItemCaseSensitive(lists, "before"));
	shorten_wait(cJSON_GetObjectItemCaseSensitive(lists, "after"));
	text = tap_check(cJSON_PrintUnformatted(copy));
	cJSON_Delete(copy);
	return text;
}

/*
 * How long to wait. In steps.json it is the script's last answer that tells whether the wait ends;
 * in life.json the answers are as many as the step asked for.
 */
static const char *
pending_timeout(const cJSON *vector)
{
	const cJSON *cluster = value_get(vector, "cluster");

	if (has_wait_in_vain(value_get(cluster, "lists")))
		return "0";
	return ends_in_a_wait(value_get(cluster, "list")) ? "0.5" : "10";
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
	cJSON_SetNumberValue(age, (double)now - age->valuedouble);
}

/* The state file's text, to be freed; a vector has ages where the file has times. */
static char *
state_text(const cJSON *state)
{
	static const char *const timed[] = {"out", "stranded", NULL};
	cJSON *copy = tap_check(cJSON_Duplicate(state, 1)), *age;
	time_t now = time(NULL);
	char *text;

	for (size_t i = 0; timed[i]; i++)
		cJSON_ArrayForEach(age, value_get(copy, timed[i])) set_time(age, now);
	age = cJSON_GetObjectItemCaseSensitive(copy, "joining");
	if (age)
		set_time(age, now);
	text = tap_check(cJSON_PrintUnformatted(copy));
	cJSON_Delete(copy);
	return text;
}

static void
write_state(const cJSON *state)
{
	char *text;

	work_remove(work_path("step"));
	work_remove(work_path("state-before"));
	if (mkdir(work_path("step"), 0700) < 0)
		tap_bail("make", work_path("step"));
	if (!cJSON_IsObject(state))
		return;
	text = state_text(state);
	work_write(state_path, text, 0600);
	work_write(work_path("state-before"), text, 0600);
	free(text);
}

/* steps.json has the reference's tokens, which are made all at once. */
static int
makes_all_at_once(const cJSON *vector)
{
	return !value_get(value_get(vector, "cluster"), "lists");
}

static struct output
run_consumer(const cJSON *vector, enum way way)
{
	const char *argv[MAX_ARGS] = {"td-consumer-step"};
	const char *options[] = {"-s", state_path, "-H", value_string(vector, "hostname"), "--poll",
	    "0.01", "-w", pending_timeout(vector)};
	char *document = tap_check(cJSON_PrintUnformatted(value_get(vector, "document")));
	char *script = script_of(vector);
	struct output output;
	size_t n = 1;

	if (way == AS_HOOK) {
		argv[0] = "td-consumer-hook";
		argv[n++] = hook_begin(vector);
	}
	memcpy(argv + n, options, sizeof(options));
	n += sizeof(options) / sizeof(*options);
	if (makes_all_at_once(vector)) {
		argv[n++] = "-p";
		argv[n++] = "0";
	}
	if (way == DRY)
		argv[n++] = "-n";
	if (way == BY_OBSERVERS || way == AS_HOOK) {
		argv[n++] = "-o";
		argv[n++] = observers_path;
	} else {
		add_args(argv, &n, "-J", value_get(vector, "join-args"));
		add_args(argv, &n, "-B", value_get(vector, "bootstrap-args"));
	}
	if (way != AS_HOOK)
		argv[n++] = value_string(vector, "event");
	argv[n++] = work_program("test/scripted");
	write_state(value_get(vector, "state"));
	work_write(work_path("script"), script, 0600);
	unlink(work_path("calls"));
	output = work_run(way == AS_HOOK ? "" : document, argv);
	free(script);
	free(document);
	return output;
}

static cJSON *
read_calls(void)
{
	char *text = work_read(work_path("calls"));
	cJSON *calls = text ? value_parse_lines(text) : tap_check(cJSON_CreateArray());

	free(text);
	return calls;
}

/* What the step left in the folder of its state file. */
static void
want_known_file(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	if (strcmp(name, "state") != 0 && strcmp(name, "state.lock") != 0)
		tap_complain("the state's folder: has a file %s", name);
}

static void
want_state_file(void)
{
	struct stat st;

	if (stat(state_path, &st) == 0 && (st.st_mode & 07777) != 0600)
		tap_complain("the state file: expected mode 0600, got %04o", st.st_mode & 07777u);
	work_for_each(work_path("step"), want_known_file);
}

static void
add_observed(cJSON *seen, const cJSON *calls)
{
	const cJSON *call;

	cJSON_ArrayForEach(call, calls)
	{
		const cJSON *event = value_get(call, "event");

		if (!event)
			continue;
		if (strcmp(value_string(event, "name"), value_string(call, "observer")) != 0)
			tap_differ("an observer", NULL, call);
		cJSON_AddItemToArray(seen, cJSON_Duplicate(event, 1));
	}
}

/* Each event was observed once, in order, with the JSON that the step printed. */
static void
want_observed(const struct trial *trial)
{
	cJSON *seen = tap_check(cJSON_CreateArray());

	add_observed(seen, trial->calls);
	tap_want("observed events", trial->outcome.events, seen);
	cJSON_Delete(seen);
}

static void
want_script_kept(const struct trial *trial)
{
	const cJSON *call;

	cJSON_ArrayForEach(call, trial->calls)
	{
		const cJSON *status = value_get(call, "exit");

		if (cJSON_IsNumber(status) && status->valueint == BROKEN)
			tap_differ("a call that isn't in the script", NULL, call);
	}
}

void
step_check_dry_run(const cJSON *vector)
{
	struct trial trial = {.vector = vector, .expect = value_get(vector, "expect")};
	struct output output = run_consumer(vector, DRY);
	cJSON *none = tap_check(cJSON_CreateArray()), *calls;
	char *before = work_read(work_path("state-before")), *after = work_read(state_path);

	trial.calls = read_calls();
	calls = step_calls(trial.calls);
	init_outcome(&trial.outcome, vector);
	work_want_status("dry run", 0, &output);
	apply(&trial.outcome, output.out, value_string(vector, "event"));
	tap_want("dry run: commands", none, calls);
	want_no_leak(&trial, &output);
	if (strcmp(after ? after : "", before ? before : "") != 0)
		tap_complain("dry run: the state file was written");
	if (access(work_path("step/state.lock"), F_OK) == 0)
		tap_complain("dry run: took the lock");
	want_state_file();
	free(before);
	free(after);
	cJSON_Delete(none);
	cJSON_Delete(calls);
	cJSON_Delete(trial.calls);
	free_outcome(&trial.outcome);
	work_free(&output);
}

/* What a hook prints, Juju would log. */
static void
take_hook(struct trial *trial, const struct output *output)
{
	hook_end(trial->vector, &trial->outcome);
	if (*output->out)
		tap_complain("standard output: %.*s", MAX_SHOWN, output->out);
}

void
step_check_consumer(const cJSON *vector, enum way way, compare_function *compare)
{
	struct trial trial = {.vector = vector, .expect = value_get(vector, "expect")};
	struct output output = run_consumer(vector, way);

	trial.calls = read_calls();
	trial.state = work_json(state_path);
	init_outcome(&trial.outcome, vector);
	work_want_status(way == AS_HOOK ? "td-consumer-hook" : "td-consumer-step", 0, &output);
	if (way == AS_HOOK) {
		take_hook(&trial, &output);
		add_observed(trial.outcome.events, trial.calls);
	} else {
		apply(&trial.outcome, output.out, value_string(vector, "event"));
	}
	want_script_kept(&trial);
	want_no_leak(&trial, &output);
	want_state_file();
	if (way == BY_OBSERVERS)
		want_observed(&trial);
	compare(&trial);
	if (tap_verbose)
		tap_note("standard output:\n%sstandard error:\n%s", output.out, output.err);
	cJSON_Delete(trial.calls);
	cJSON_Delete(trial.state);
	free_outcome(&trial.outcome);
	work_free(&output);
}

/* A document with the databags as they are after a step. */
static cJSON *
updated_document(const cJSON *vector, const struct outcome *outcome)
{
	cJSON *copy = cJSON_Duplicate(vector, 1);
	cJSON *relation;

	cJSON_ArrayForEach(relation, (cJSON *)step_relations(copy))
	{
		cJSON *local = cJSON_GetObjectItemCaseSensitive(relation, "local-unit");
		char key[16];

		snprintf(key, sizeof(key), "%d", value_get(relation, "relation-id")->valueint);
		cJSON_DeleteItemFromObjectCaseSensitive(local, "data");
		cJSON_AddItemToObject(
		    local, "data", cJSON_Duplicate(value_get(outcome->unit, key), 1));
		if (!value_get(relation, "local-application-data"))
			continue;
		cJSON_ReplaceItemInObjectCaseSensitive(relation, "local-application-data",
		    cJSON_Duplicate(value_get(outcome->app, key), 1));
	}
	return copy;
}

/* EVENT as an operand, or with -E. */
static void
run_provider(const cJSON *vector, struct outcome *outcome, int with_option, struct output *output)
{
	const char *event = value_string(vector, "event");
	char *document = tap_check(cJSON_PrintUnformatted(value_get(vector, "document")));

	init_outcome(outcome, vector);
	if (with_option)
		*output =
		    work_run(document, (const char *[]){"td-provider-step", "-E", event, NULL});
	else
		*output = work_run(document, (const char *[]){"td-provider-step", event, NULL});
	work_want_status("td-provider-step", 0, output);
	apply(outcome, output->out, event);
	free(document);
}

void
step_check_provider(const cJSON *vector, compare_function *compare)
{
	struct trial trial = {.vector = vector, .expect = value_get(vector, "expect")};
	struct outcome again;
	struct output output, second;
	cJSON *after;

	run_provider(vector, &trial.outcome, 0, &output);
	want_no_leak(&trial, &output);
	compare(&trial);
	after = updated_document(vector, &trial.outcome);
	run_provider(after, &again, 1, &second);
	if (again.nsets)
		tap_complain("a second run: changes something: %.*s", MAX_SHOWN, second.out);
	if (tap_verbose)
		tap_note("standard output:\n%sstandard error:\n%s", output.out, output.err);
	cJSON_Delete(after);
	free_outcome(&trial.outcome);
	free_outcome(&again);
	work_free(&output);
	work_free(&second);
}

void
step_check_provider_hook(const cJSON *vector, compare_function *compare)
{
	struct trial trial = {.vector = vector, .expect = value_get(vector, "expect")};
	struct output output =
	    work_run("", (const char *[]){"td-provider-hook", hook_begin(vector), NULL});

	init_outcome(&trial.outcome, vector);
	work_want_status("td-provider-hook", 0, &output);
	take_hook(&trial, &output);
	want_no_leak(&trial, &output);
	compare(&trial);
	if (tap_verbose)
		tap_note("standard error:\n%s", output.err);
	free_outcome(&trial.outcome);
	work_free(&output);
}

cJSON *
step_calls(const cJSON *calls)
{
	cJSON *clean = tap_check(cJSON_CreateArray());
	const cJSON *call;

	cJSON_ArrayForEach(call, calls)
	{
		const cJSON *args = value_get(call, "args");
		const char *command = cJSON_GetStringValue(cJSON_GetArrayItem(args, 0));

		if (command && strcmp(command, "list") != 0)
			cJSON_AddItemToArray(clean, cJSON_Duplicate(args, 1));
	}
	return clean;
}

void
step_prepare(void)
{
	static const char *const observers[] = {"prebootstrap", "bootstrapped", "prejoin", "joined",
	    "token-generated", "join-args", "bootstrap-args"};

	snprintf(state_path, sizeof(state_path), "%s", work_path("step/state"));
	snprintf(observers_path, sizeof(observers_path), "%s", work_path("observers"));
	if (mkdir(observers_path, 0700) < 0)
		tap_bail("make", observers_path);
	for (size_t i = 0; i < sizeof(observers) / sizeof(*observers); i++) {
		char name[64];

		snprintf(name, sizeof(name), "observers/%s", observers[i]);
		if (symlink(work_program("test/scripted"), work_path(name)) < 0)
			tap_bail("link", work_path(name));
	}
	setenv("SCRIPT", work_path("script"), 1);
	setenv("CALLS", work_path("calls"), 1);
	unsetenv("JUJU_CHARM_DIR");
}
