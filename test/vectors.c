/*
 * Runs recorded cases through the real programs and compares what comes out, in TAP:
 *
 *     vectors [-kv] [-t KIND] BUILD_DIR VECTOR_DIR [NAME ...]
 *
 * functions.json: what the reference's functions returned. steps.json: what its event handlers did.
 * life.json: what the contract's "A token's life" comes to. With NAMEs, which may be patterns as
 * the shell's (`life-001*`), those vectors alone; with -t, the steps of that KIND alone, `provider`
 * or `consumer`; with -v, expected and actual in full. With -k, life.json's alone, each of them as
 * the hook it has (vectors/hook.h): td-consumer-hook or td-provider-hook over the stand-ins for
 * Juju's commands. So, by hand:
 *
 *     build/test/vectors -v build test/vectors life-00041
 *     build/test/vectors -t provider build test/vectors 'life-*'
 *
 * Where these tools differ from the reference on purpose, a rule in `exemptions` says for which
 * part of which vectors and why; all other parts of those vectors are compared as usual, and a rule
 * that no vector needs is a failure.
 */
#include "vectors/hook.h"
#include "vectors/step.h"
#include "vectors/tap.h"
#include "vectors/value.h"
#include "vectors/work.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DRY_EVERY = 10,	 /* each how many-th vector is run dry, too */
	MANY_LISTS = 30, /* a script with more answers is of a step that waited in vain */
};

struct exemption {
	const char *part; /* of the comparison: unit-data, defer, ... */
	const char *row;  /* of the contract's table of differences: the reference's side */
	int (*holds)(const struct trial *trial);
	unsigned used;
};

/* functions.json */

/* Runs a filter; its output is one line of JSON, as expected and with that exit status. */
static void
want_filter(const char *what, const char *input, const char *argv[], int status,
    const cJSON *expected, int any_order)
{
	struct output output = work_run(input, argv);
	size_t size = strlen(output.out);
	cJSON *actual = cJSON_Parse(output.out);

	work_want_status(what, status, &output);
	if (size == 0 || strchr(output.out, '\n') != output.out + size - 1)
		tap_complain("%s: expected one line, got %zu bytes", what, size);
	if (!any_order || !value_is_same_set(actual, expected))
		tap_want(what, expected, actual);
	cJSON_Delete(actual);
	work_free(&output);
}

static void
check_values(const char *input, const cJSON *values)
{
	const cJSON *pair;

	cJSON_ArrayForEach(pair, values)
	{
		const cJSON *with = cJSON_GetArrayItem(pair, 0),
			    *without = cJSON_GetArrayItem(pair, 1);

		want_filter("td-find-value", input,
		    (const char *[]){"td-find-value", "--", pair->string, NULL},
		    cJSON_IsFalse(with), with, 0);
		want_filter("td-find-value -n", input,
		    (const char *[]){"td-find-value", "-n", "--", pair->string, NULL},
		    cJSON_IsFalse(without), without, 0);
	}
}

static void
check_document(const cJSON *vector)
{
	const cJSON *expect = value_get(vector, "expect"), *mirrors = value_get(expect, "mirrors");
	char *input = tap_check(cJSON_PrintUnformatted(value_get(vector, "document")));

	want_filter("td-find-mirrors", input, (const char *[]){"td-find-mirrors", NULL},
	    cJSON_GetArraySize(mirrors) == 0, mirrors, 1);
	want_filter("td-any-data", input, (const char *[]){"td-any-data", NULL},
	    !cJSON_IsTrue(value_get(expect, "any-data")), value_get(expect, "any-data"), 0);
	want_filter("td-mirror-data", input, (const char *[]){"td-mirror-data", NULL}, 0,
	    value_get(expect, "data"), 0);
	want_filter("td-mirror-data -n", input, (const char *[]){"td-mirror-data", "-n", NULL}, 0,
	    value_get(expect, "data-no-empty"), 0);
	check_values(input, value_get(expect, "values"));
	free(input);
}

static void
check_corroborate(const cJSON *vector)
{
	char *input = tap_check(cJSON_PrintUnformatted(value_get(vector, "items")));
	char *otherwise = tap_check(strdup(value_string(vector, "default")));

	want_filter("td-corroborate", input,
	    (const char *[]){"td-corroborate", "-d", otherwise, NULL}, 0,
	    value_get(vector, "expect"), 0);
	free(otherwise);
	free(input);
}

static void
check_mirror_id(const cJSON *vector)
{
	char *input = tap_check(cJSON_PrintUnformatted(cJSON_GetArrayItem(vector, 0)));
	char *id = tap_check(cJSON_PrintUnformatted(cJSON_GetArrayItem(vector, 1)));
	char *host = tap_check(strdup(cJSON_GetStringValue(cJSON_GetArrayItem(vector, 0))));

	want_filter("td-mirror-id", input, (const char *[]){"td-mirror-id", NULL}, 0,
	    cJSON_GetArrayItem(vector, 1), 0);
	want_filter("td-mirror-id HOST", "", (const char *[]){"td-mirror-id", "--", host, NULL}, 0,
	    cJSON_GetArrayItem(vector, 1), 0);
	want_filter("td-mirror-id -x", id, (const char *[]){"td-mirror-id", "-x", NULL}, 0,
	    cJSON_GetArrayItem(vector, 0), 0);
	free(host);
	free(id);
	free(input);
}

static void
run_functions(const char *file, const cJSON *json)
{
	static const struct {
		const char *name;
		void (*check)(const cJSON *vector);
	} kinds[] = {
	    {"documents", check_document},
	    {"corroborate", check_corroborate},
	    {"mirror-id", check_mirror_id},
	};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		const cJSON *vector;
		int n = 0;

		cJSON_ArrayForEach(vector, value_get(json, kinds[k].name))
		{
			char name[64];

			snprintf(name, sizeof(name), "%s-%d", kinds[k].name, n++);
			if (*value_string(vector, "name"))
				snprintf(name, sizeof(name), "%s", value_string(vector, "name"));
			if (!tap_begin(name))
				continue;
			kinds[k].check(vector);
			tap_finish(file, name);
		}
	}
}

/* Juju's own keys; and ours, which the reference doesn't know. */
static int
is_left_out(const char *key, int ours_too)
{
	static const char *const jujus[] = {
	    "egress-subnets", "ingress-address", "private-address", NULL};
	static const char *const ours[] = {"member", "rejected", "bootstrap", "mirror-unit",
	    "bootstrap-unit", "bootstrap-host", NULL};

	for (size_t i = 0; jujus[i]; i++)
		if (strcmp(key, jujus[i]) == 0)
			return 1;
	for (size_t i = 0; ours_too && ours[i]; i++)
		if (strcmp(key, ours[i]) == 0)
			return 1;
	return ours_too && strncmp(key, "rejected-", strlen("rejected-")) == 0;
}

static cJSON *
clean_bags(const cJSON *bags, int ours_too)
{
	cJSON *copy = cJSON_Duplicate(bags, 1), *bag, *item, *next;

	cJSON_ArrayForEach(bag, copy)
	{
		for (item = bag->child; item; item = next) {
			next = item->next;
			if (is_left_out(item->string, ours_too))
				cJSON_Delete(cJSON_DetachItemViaPointer(bag, item));
		}
	}
	return copy;
}

/* Whether one of the script's lists has that member. */
static int
is_listed(const cJSON *vector, const char *name)
{
	const cJSON *answer, *row;
	int found = 0;

	cJSON_ArrayForEach(answer, value_get(value_get(vector, "cluster"), "list"))
	{
		cJSON *rows = cJSON_Parse(value_string(answer, "stdout"));

		cJSON_ArrayForEach(row, rows) found |= strcmp(value_string(row, "name"), name) == 0;
		cJSON_Delete(rows);
	}
	return found;
}

static int
is_joined_event(const struct trial *trial)
{
	return strcmp(value_string(trial->vector, "event"), "relation-joined") == 0;
}

static int
has_bootstrap_app(const struct trial *trial)
{
	const cJSON *relation = step_relations(trial->vector)->child;

	return *value_string(value_get(relation, "application-data"), "bootstrap-app") != '\0';
}

static int
was_in_cluster(const struct trial *trial)
{
	return cJSON_IsTrue(value_get(value_get(trial->vector, "state"), "in-cluster"));
}

static int
waits_for_bootstrap_app(const struct trial *trial)
{
	return is_joined_event(trial) && !was_in_cluster(trial) && !has_bootstrap_app(trial) &&
	       trial->outcome.defers == 1;
}

static int
is_joined_in_cluster(const struct trial *trial)
{
	return is_joined_event(trial) && was_in_cluster(trial) && trial->outcome.defers == 0;
}

/* Whether what we ran is what the reference ran, but for its `add` of members. */
static int
adds_no_members(const struct trial *trial)
{
	cJSON *calls = step_calls(trial->calls), *others = tap_check(cJSON_CreateArray());
	const cJSON *args;
	int same;

	cJSON_ArrayForEach(args, value_get(trial->expect, "commands"))
	{
		const char *command = cJSON_GetStringValue(cJSON_GetArrayItem(args, 0));
		const char *host = cJSON_GetStringValue(cJSON_GetArrayItem(args, 1));

		if (strcmp(command, "add") != 0 || !is_listed(trial->vector, host ? host : ""))
			cJSON_AddItemToArray(others, cJSON_Duplicate(args, 1));
	}
	same = value_is_same_set(others, calls);
	cJSON_Delete(others);
	cJSON_Delete(calls);
	return same;
}

/* Whether our databag is the reference's, but for `mirror-OWNHOST` = `member` for none or `empty`.
 */
static int
shows_own_member(const struct trial *trial)
{
	cJSON *expected = clean_bags(value_get(trial->expect, "unit-data"), 1);
	cJSON *actual = clean_bags(trial->outcome.unit, 1), *bag;
	char key[300];
	int same;

	snprintf(key, sizeof(key), "mirror-%s", value_string(trial->vector, "hostname"));
	cJSON_ArrayForEach(bag, actual)
	{
		cJSON *other = cJSON_GetObjectItemCaseSensitive(expected, bag->string);
		const char *was = value_string(other, key);

		if (strcmp(value_string(bag, key), "member") == 0 &&
		    (!*was || strcmp(was, "empty") == 0)) {
			cJSON_DeleteItemFromObjectCaseSensitive(bag, key);
			cJSON_DeleteItemFromObjectCaseSensitive(other, key);
		}
	}
	same = value_is_same(expected, actual);
	cJSON_Delete(expected);
	cJSON_Delete(actual);
	return same;
}

static struct exemption exemptions[] = {
    {"defer", "doesn't defer joined while the application data is empty", waits_for_bootstrap_app,
	0},
    {"defer", "does, to no end, in the cluster", is_joined_in_cluster, 0},
    {"commands", "mints a useless token for itself and other members", adds_no_members, 0},
    {"unit-data", "leaves no trace of a cluster of one but a useless token", shows_own_member, 0},
    {NULL, NULL, NULL, 0},
};

/* Are the vectors at hand the reference's? From others there is nothing to differ. */
static int of_reference;

static int
is_exempt(const char *part, const struct trial *trial)
{
	for (struct exemption *e = exemptions; of_reference && e->part; e++) {
		if (strcmp(e->part, part) == 0 && e->holds(trial)) {
			e->used++;
			tap_exempt(e->row);
			return 1;
		}
	}
	return 0;
}

static void
want_part(const char *part, const struct trial *trial, const cJSON *expected, const cJSON *actual)
{
	if (!value_is_same(expected, actual) && is_exempt(part, trial))
		return;
	tap_want(part, expected, actual);
}

static void
want_flag(const char *part, const struct trial *trial, int expected, int actual)
{
	cJSON *a = cJSON_CreateBool(expected), *b = cJSON_CreateBool(actual);

	want_part(part, trial, a, b);
	cJSON_Delete(a);
	cJSON_Delete(b);
}

/* Statuses without those of a wait and of the framework's start, without reasons and repeats. */
static cJSON *
clean_statuses(const cJSON *statuses)
{
	cJSON *clean = tap_check(cJSON_CreateArray()), *last = NULL;
	const cJSON *item;

	cJSON_ArrayForEach(item, statuses)
	{
		cJSON *copy;
		char *message = tap_check(strdup(value_string(item, "message")));
		char *reason = strstr(message, ": ");

		if (reason)
			*reason = '\0';
		copy = tap_check(cJSON_CreateObject());
		cJSON_AddStringToObject(copy, "status", value_string(item, "status"));
		cJSON_AddStringToObject(copy, "message", message);
		if (strcmp(value_string(item, "status"), "waiting") == 0 ||
		    strcmp(message, "start") == 0 || (last && value_is_same(last, copy))) {
			cJSON_Delete(copy);
		} else {
			cJSON_AddItemToArray(clean, copy);
			last = copy;
		}
		free(message);
	}
	return clean;
}

/* What of the state file counts, without what is as if absent. */
static cJSON *
clean_state(const cJSON *state)
{
	static const char *const names[] = {
	    "in-cluster", "tokens", "left", "failed", "unsure", NULL};
	cJSON *clean = tap_check(cJSON_CreateObject());

	for (size_t i = 0; names[i]; i++) {
		const cJSON *item = value_get(state, names[i]);

		if (!item || cJSON_IsFalse(item) || cJSON_IsNull(item) ||
		    (cJSON_IsNumber(item) && item->valueint == 0) ||
		    (cJSON_IsObject(item) && !item->child))
			continue;
		cJSON_AddItemToObject(clean, names[i], cJSON_Duplicate(item, 1));
	}
	return clean;
}

/* steps.json */

static void
want_bags(const struct trial *trial, const char *part, const cJSON *actual, int ours_too)
{
	cJSON *a = clean_bags(value_get(trial->expect, part), ours_too);
	cJSON *b = clean_bags(actual, ours_too);

	want_part(part, trial, a, b);
	cJSON_Delete(a);
	cJSON_Delete(b);
}

static void
compare_provider_step(const struct trial *trial)
{
	want_bags(trial, "unit-data", trial->outcome.unit, 1);
	want_bags(trial, "application-data", trial->outcome.app, 1);
}

/* There is one command that isn't `add` at most: any order is that of the adds. */
static void
want_commands(const struct trial *trial)
{
	cJSON *calls = step_calls(trial->calls);
	const cJSON *expected = value_get(trial->expect, "commands");

	if (!value_is_same_set(expected, calls) && !is_exempt("commands", trial))
		tap_differ("commands", expected, calls);
	cJSON_Delete(calls);
}

/* The reference's events have no host. */
static void
want_events_without_host(const struct trial *trial)
{
	cJSON *events = cJSON_Duplicate(trial->outcome.events, 1), *event;

	cJSON_ArrayForEach(event, events) cJSON_DeleteItemFromObjectCaseSensitive(event, "host");
	want_part("events", trial, value_get(trial->expect, "events"), events);
	cJSON_Delete(events);
}

static void
want_statuses(const struct trial *trial)
{
	cJSON *a = clean_statuses(value_get(trial->expect, "statuses"));
	cJSON *b = clean_statuses(trial->outcome.statuses);

	want_part("statuses", trial, a, b);
	cJSON_Delete(a);
	cJSON_Delete(b);
}

static void
compare_consumer_step(const struct trial *trial)
{
	want_bags(trial, "unit-data", trial->outcome.unit, 1);
	want_events_without_host(trial);
	want_statuses(trial);
	want_commands(trial);
	want_flag("in-cluster", trial, cJSON_IsTrue(value_get(trial->expect, "in-cluster")),
	    cJSON_IsTrue(value_get(trial->state, "in-cluster")));
	want_flag("defer", trial, cJSON_IsTrue(value_get(trial->expect, "defer")),
	    trial->outcome.defers > 0);
}

/* life.json */

static void
compare_provider_life(const struct trial *trial)
{
	want_bags(trial, "unit-data", trial->outcome.unit, 0);
	want_bags(trial, "application-data", trial->outcome.app, 0);
}

/* `list` is asked no more often than the script has answers, but where it waits. */
static void
want_lists(const struct trial *trial)
{
	static const char *const phases[] = {"before", "after"};
	const cJSON *call, *lists = value_get(value_get(trial->vector, "cluster"), "lists");
	int counts[2] = {0, 0}, joined = 0;

	cJSON_ArrayForEach(call, trial->calls)
	{
		const char *command =
		    cJSON_GetStringValue(cJSON_GetArrayItem(value_get(call, "args"), 0));
		const cJSON *status = value_get(call, "exit");

		if (!command)
			continue;
		if (strcmp(command, "list") == 0)
			counts[joined]++;
		else if ((strcmp(command, "join") == 0 || strcmp(command, "bootstrap") == 0) &&
			 status->valueint == 0)
			joined = 1;
	}
	for (int i = 0; i < 2; i++) {
		int expected = cJSON_GetArraySize(value_get(lists, phases[i]));

		if ((expected > 0) != (counts[i] > 0) ||
		    (counts[i] > expected && expected <= MANY_LISTS))
			tap_complain("list, %s a join or bootstrap: expected %d calls, got %d",
			    phases[i], expected, counts[i]);
	}
}

static void
compare_consumer_life(const struct trial *trial)
{
	cJSON *expected_calls = step_calls(value_get(value_get(trial->vector, "cluster"), "calls"));
	cJSON *calls = step_calls(trial->calls);
	cJSON *expected_state = clean_state(value_get(trial->expect, "state"));
	cJSON *state = clean_state(trial->state);

	want_bags(trial, "unit-data", trial->outcome.unit, 0);
	tap_want("events", value_get(trial->expect, "events"), trial->outcome.events);
	want_statuses(trial);
	tap_want("calls", expected_calls, calls);
	want_lists(trial);
	tap_want("state", expected_state, state);
	want_flag("defer", trial, cJSON_IsTrue(value_get(trial->expect, "defer")),
	    trial->outcome.defers > 0);
	cJSON_Delete(expected_calls);
	cJSON_Delete(calls);
	cJSON_Delete(expected_state);
	cJSON_Delete(state);
}

/* Vectors are run as hooks. */
static int as_hooks;

/* "provider" or "consumer": those vectors alone; "": all. */
static const char *kind_wanted = "";

static void
run_vectors(const char *file, const cJSON *vectors, compare_function *compare_provider,
    compare_function *compare_consumer)
{
	const cJSON *vector;
	int n = 0;

	cJSON_ArrayForEach(vector, vectors)
	{
		const char *name = value_string(vector, "name");
		const char *kind = value_string(vector, "kind");
		int is_provider = strcmp(kind, "provider") == 0;
		int dry = n++ % DRY_EVERY == 0 || *tap_names;

		if ((*kind_wanted && strcmp(kind_wanted, kind) != 0) || !tap_begin(name))
			continue;
		if (as_hooks && is_provider) {
			step_check_provider_hook(vector, compare_provider);
		} else if (as_hooks) {
			step_check_consumer(vector, AS_HOOK, compare_consumer);
		} else if (is_provider) {
			step_check_provider(vector, compare_provider);
		} else {
			step_check_consumer(vector, BY_OPTIONS, compare_consumer);
			if (cJSON_GetArraySize(value_get(value_get(vector, "expect"), "events")) >
			    0)
				step_check_consumer(vector, BY_OBSERVERS, compare_consumer);
			if (dry)
				step_check_dry_run(vector);
		}
		tap_finish(file, name);
	}
}

static void
run_steps(const char *file, const cJSON *json)
{
	of_reference = 1;
	run_vectors(file, json, compare_provider_step, compare_consumer_step);
	of_reference = 0;
}

static void
run_life(const char *file, const cJSON *json)
{
	run_vectors(file, json, compare_provider_life, compare_consumer_life);
}

static void
want_exemptions_used(void)
{
	for (struct exemption *e = exemptions; of_reference && e->part; e++) {
		char what[256];

		snprintf(what, sizeof(what), "the exemption of %s, \"%s\", is needed %u times",
		    e->part, e->row, e->used);
		tap_point(e->used > 0, what);
	}
}

static void
run_file(const char *dir, const char *file, void (*run_all)(const char *file, const cJSON *json))
{
	char path[PATH_MAX];
	cJSON *json;

	snprintf(path, sizeof(path), "%s/%s.json", dir, file);
	json = work_json(path);
	if (!json || cJSON_IsRaw(json))
		tap_bail("read", path);
	run_all(file, json);
	cJSON_Delete(json);
}

static int
usage(void)
{
	fputs("usage: vectors [-kv] [-t KIND] BUILD_DIR VECTOR_DIR [NAME ...]\n", stderr);
	return 2;
}

int
main(int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "kt:v")) != -1) {
		if (option == 'k')
			as_hooks = 1;
		else if (option == 't')
			kind_wanted = optarg;
		else if (option == 'v')
			tap_verbose = 1;
		else
			return usage();
	}
	if (argc - optind < 2)
		return usage();
	tap_names = argv + optind + 2;
	work_begin(argv[optind]);
	step_prepare();
	if (as_hooks) {
		hook_prepare();
	} else {
		if (!*kind_wanted)
			run_file(argv[optind + 1], "functions", run_functions);
		run_file(argv[optind + 1], "steps", run_steps);
	}
	run_file(argv[optind + 1], "life", run_life);
	if (!*tap_names && !*kind_wanted && !as_hooks)
		want_exemptions_used();
	work_end();
	return tap_end();
}
