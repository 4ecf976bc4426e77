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
 * Where these tools differ from the reference on purpose, the vector's `instead` has, by the part's
 * name, what they do, and the row of the contract's table of differences that says so; all other
 * parts of those vectors are compared as usual, and a row that no vector needs is a failure.
 */
#include "lib/memory.h"
#include "buf.h"
#include "vectors/hook.h"
#include "vectors/step.h"
#include "vectors/tap.h"
#include "vectors/value.h"
#include "vectors/work.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DRY_EVERY = 10,	 /* each how many-th vector is run dry, too */
	MANY_LISTS = 30, /* a script with more answers is of a step that waited in vain */
};

/* What the contract has these tools do otherwise than the reference: rows of its table, as they say
 * what the reference does. Of a vector's parts that `instead` has, that counts. */
static struct exemption {
	const char *part; /* of the comparison: unit-data, defer, ... */
	const char *row;
	unsigned used;
} exemptions[] = {
    {"defer", "doesn't defer joined while the application data is empty", 0},
    {"defer", "does, to no end, in the cluster", 0},
    {"commands", "mints a useless token for itself and other members", 0},
    {"unit-data", "leaves no trace of a cluster of one but a useless token", 0},
};

enum { EXEMPTIONS = sizeof(exemptions) / sizeof(*exemptions) };

/* functions.json */

/*
 * Runs a filter; its output is one line of JSON, as expected; an array in any order. It ends with 1
 * where there is nothing.
 */
static void
want_filter(const char *input, const cJSON *expected, const char *argv[])
{
	int is_array = cJSON_IsArray(expected);
	struct buf what = {0};
	struct output output;
	cJSON *actual;
	size_t size;

	for (size_t i = 0; argv[i]; i++)
		buf_printf(&what, "%s%s", i ? " " : "", argv[i]);
	output = work_run(input, argv, cJSON_IsFalse(expected) || (is_array && !expected->child));
	size = strlen(output.out);
	actual = cJSON_Parse(output.out);
	if (size == 0 || strchr(output.out, '\n') != output.out + size - 1)
		tap_complain("%s: expected one line, got %zu bytes", what.s, size);
	if (!is_array || !value_is_same_set(actual, expected))
		tap_want(what.s, expected, actual);
	buf_free(&what);
}

#define WANT_FILTER(input, expected, ...) \
	want_filter(input, expected, (const char *[]){__VA_ARGS__, NULL})

static void
check_document(const cJSON *vector)
{
	const cJSON *expect = value_get(vector, "expect"), *pair;
	const char *input = cJSON_PrintUnformatted(value_get(vector, "document"));

	WANT_FILTER(input, value_get(expect, "mirrors"), "td-find-mirrors");
	WANT_FILTER(input, value_get(expect, "any-data"), "td-any-data");
	WANT_FILTER(input, value_get(expect, "data"), "td-mirror-data");
	WANT_FILTER(input, value_get(expect, "data-no-empty"), "td-mirror-data", "-n");
	cJSON_ArrayForEach(pair, value_get(expect, "values"))
	{
		WANT_FILTER(
		    input, cJSON_GetArrayItem(pair, 0), "td-find-value", "--", pair->string);
		WANT_FILTER(
		    input, cJSON_GetArrayItem(pair, 1), "td-find-value", "-n", "--", pair->string);
	}
}

static void
check_corroborate(const cJSON *vector)
{
	WANT_FILTER(cJSON_PrintUnformatted(value_get(vector, "items")), value_get(vector, "expect"),
	    "td-corroborate", "-d", value_string(vector, "default"));
}

static void
check_mirror_id(const cJSON *vector)
{
	const cJSON *host = value_get(vector, "host"), *id = value_get(vector, "id");

	WANT_FILTER(cJSON_PrintUnformatted(host), id, "td-mirror-id");
	WANT_FILTER("", id, "td-mirror-id", "--", cJSON_GetStringValue(host));
	WANT_FILTER(cJSON_PrintUnformatted(id), host, "td-mirror-id", "-x");
}

static const struct {
	const char *kind;
	void (*check)(const cJSON *vector);
} functions[] = {
    {"document", check_document},
    {"corroborate", check_corroborate},
    {"mirror-id", check_mirror_id},
};

/* Databags without our keys, which the reference doesn't know. */
static cJSON *
without_ours(const cJSON *bags)
{
	static const char *const ours[] = {"member", "rejected", "rejected-*", "bootstrap",
	    "mirror-unit", "bootstrap-unit", "bootstrap-host", NULL};
	cJSON *copy = cJSON_Duplicate(bags, 1), *bag, *item, *next;

	cJSON_ArrayForEach(bag, copy)
	{
		for (item = bag->child; item; item = next) {
			next = item->next;
			if (tap_matches(item->string, ours))
				cJSON_DetachItemViaPointer(bag, item);
		}
	}
	return copy;
}

/* Are the vectors at hand the reference's? From others there is nothing to differ. */
static int of_reference;

/* Statuses without those of a wait and of the framework's start, without reasons and repeats. */
static cJSON *
clean_statuses(const cJSON *statuses)
{
	cJSON *clean = cJSON_CreateArray(), *last = NULL;
	const cJSON *item;

	cJSON_ArrayForEach(item, statuses)
	{
		const char *status = value_string(item, "status");
		const char *message = value_string(item, "message");
		const char *reason = strstr(message, ": ");
		cJSON *copy = cJSON_CreateObject();

		message = memory_brief(
		    "%.*s", (int)(reason ? (size_t)(reason - message) : strlen(message)), message);
		cJSON_AddStringToObject(copy, "status", status);
		cJSON_AddStringToObject(copy, "message", message);
		if (strcmp(status, "waiting") != 0 && strcmp(message, "start") != 0 &&
		    !value_is_same(last, copy)) {
			cJSON_AddItemToArray(clean, copy);
			last = copy;
		}
	}
	return clean;
}

/* What of the state file counts, without what is as if absent. */
static cJSON *
clean_state(const cJSON *state)
{
	static const char *const names[] = {
	    "in-cluster", "tokens", "left", "failed", "unsure", NULL};
	cJSON *clean = cJSON_CreateObject();

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

/* The reference's events have no host. */
static cJSON *
without_host(const cJSON *events)
{
	cJSON *copy = cJSON_Duplicate(events, 1), *event;

	cJSON_ArrayForEach(event, copy) cJSON_DeleteItemFromObjectCaseSensitive(event, "host");
	return copy;
}

static cJSON *
as_it_is(const cJSON *value)
{
	return cJSON_Duplicate(value, 1);
}

static cJSON *
as_flag(const cJSON *value)
{
	return cJSON_CreateBool(cJSON_IsTrue(value));
}

/* What is compared, by its name in a vector's `expect`, and what of it counts: in steps.json and in
 * life.json; NULL: it isn't there. */
static const struct part {
	const char *name;
	const char *kinds; /* of steps that have it */
	cJSON *(*in_steps)(const cJSON *value);
	cJSON *(*in_life)(const cJSON *value);
	int (*is_same)(const cJSON *a, const cJSON *b); /* in steps.json */
} parts[] = {
    {"unit-data", "consumer provider", without_ours, as_it_is, value_is_same},
    {"application-data", "provider", without_ours, as_it_is, value_is_same},
    {"events", "consumer", without_host, as_it_is, value_is_same},
    {"statuses", "consumer", clean_statuses, clean_statuses, value_is_same},
    /* there is one that isn't `add` at most: any order is that of the adds */
    {"commands", "consumer", as_it_is, as_it_is, value_is_same_set},
    {"in-cluster", "consumer", as_flag, NULL, value_is_same},
    {"state", "consumer", NULL, clean_state, NULL},
    {"defer", "consumer", as_flag, as_flag, value_is_same},
};

/* Whether ACTUAL is what the contract has instead of the reference's; if so, notes its row. */
static int
is_exempt(const struct part *p, const struct trial *trial, const cJSON *actual)
{
	const cJSON *instead = value_get(value_get(trial->vector, "instead"), p->name);

	for (struct exemption *e = exemptions; e < exemptions + EXEMPTIONS; e++) {
		if (strcmp(e->part, p->name) == 0 &&
		    strcmp(e->row, value_string(instead, "row")) == 0 &&
		    p->is_same(p->in_steps(value_get(instead, "value")), actual)) {
			e->used++;
			tap_note(0, "differs on purpose: \"%s\"", e->row);
			return 1;
		}
	}
	return 0;
}

static void
compare_part(const struct part *p, const struct trial *trial)
{
	cJSON *(*clean)(const cJSON *value) = of_reference ? p->in_steps : p->in_life;
	cJSON *expected, *actual;

	if (!clean)
		return;
	expected = clean(value_get(trial->expect, p->name));
	actual = clean(value_get(trial->actual, p->name));
	if (of_reference ? p->is_same(expected, actual) : value_is_same(expected, actual))
		tap_agree(p->name, actual);
	else if (!of_reference || !is_exempt(p, trial, actual))
		tap_differ(p->name, expected, actual);
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
		const char *command = value_first(call, "args");

		if (strcmp(command, "list") == 0)
			counts[joined]++;
		else if (strcmp(command, "join") == 0 || strcmp(command, "bootstrap") == 0)
			joined |= value_number(call, "exit", -1) == 0;
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
compare(const struct trial *trial)
{
	const char *kind = value_string(trial->vector, "kind");

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strstr(parts[i].kinds, kind))
			compare_part(&parts[i], trial);
	if (!of_reference && !step_is_provider(trial->vector))
		want_lists(trial);
}

/* Vectors are run as hooks. */
static int as_hooks;

/* "provider" or "consumer": those vectors alone; "": all. */
static const char *kind_wanted = "";

static void
run_step(const cJSON *vector, int dry)
{
	struct trial trial = step_run(vector, as_hooks ? AS_HOOK : BY_OPTIONS);

	compare(&trial);
	if (as_hooks)
		return;
	if (step_is_provider(vector)) {
		step_run_again(&trial);
		return;
	}
	if (cJSON_GetArraySize(value_get(trial.expect, "events")) > 0) {
		trial = step_run(vector, BY_OBSERVERS);
		compare(&trial);
	}
	if (dry)
		step_run_dry(vector);
}

static void
run_vector(const cJSON *vector, const char *kind, int dry)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		if (strcmp(kind, functions[i].kind) == 0) {
			functions[i].check(vector);
			return;
		}
	}
	run_step(vector, dry);
}

static void
run_file(const char *dir, const char *file)
{
	const char *path = memory_brief("%s/%s.json", dir, file);
	const cJSON *vectors = work_json(path), *vector;
	int n = 0;

	if (!vectors || cJSON_IsRaw(vectors))
		tap_bail("read", path);
	of_reference = strcmp(file, "steps") == 0;
	cJSON_ArrayForEach(vector, vectors)
	{
		const char *name = value_string(vector, "name"),
			   *kind = value_string(vector, "kind");
		int dry = n++ % DRY_EVERY == 0 || *tap_names;

		if ((*kind_wanted && strcmp(kind_wanted, kind) != 0) || !tap_begin(name))
			continue;
		run_vector(vector, kind, dry);
		tap_finish("%s %s", file, name);
	}
}

static void
want_exemptions_used(void)
{
	for (struct exemption *e = exemptions; e < exemptions + EXEMPTIONS; e++) {
		tap_begin("");
		if (!e->used)
			tap_complain("no vector differs so");
		tap_finish(
		    "the exemption of %s, \"%s\", is needed %u times", e->part, e->row, e->used);
	}
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
	const char *dir;
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
	tap_names = (const char *const *)argv + optind + 2;
	tap_start();
	dir = realpath(argv[optind + 1], NULL);
	if (!dir)
		tap_bail("find", argv[optind + 1]);
	work_begin(argv[optind]);
	step_prepare();
	if (as_hooks) {
		hook_prepare();
	} else {
		run_file(dir, "functions");
		run_file(dir, "steps");
	}
	run_file(dir, "life");
	if (!*tap_names && !*kind_wanted && !as_hooks)
		want_exemptions_used();
	work_end();
	return tap_end();
}
