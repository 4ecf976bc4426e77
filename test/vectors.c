/*
 * Runs recorded cases through the real programs and compares what comes out, in TAP:
 *
 *     vectors [-kv] [-t KIND] BUILD_DIR VECTOR_DIR [NAME ...]
 *
 * functions.json: what the reference's functions returned. steps.json: what its event handlers did.
 * life.json: what the contract's "A token's life" comes to. With NAMEs, which may be patterns as
 * the shell's (`life-001*`), those vectors alone; with -t, the steps of that KIND alone, `provider`
 * or `consumer`; with -v, expected and actual in full. With -k, life.json's alone, each of them as
 * the hook it has (vectors/vectors.h): td-consumer-hook or td-provider-hook over the stand-ins for
 * Juju's commands. So, by hand:
 *
 *     build/test/vectors -v build test/vectors life-00041
 *     build/test/vectors -t provider build test/vectors 'life-*'
 *
 * Where these tools differ from the reference on purpose, a rule in `exemptions` says for which
 * part of which vectors and why; all other parts of those vectors are compared as usual, and a rule
 * that no vector needs is a failure.
 */
#include "lib/memory.h"
#include "vectors/vectors.h"

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

#define ARGS(...) ((const char *[]){__VA_ARGS__, NULL})

/* Runs a filter; its output is one line of JSON, as expected: an array in any order. The status of
 * a filter that answers with false or an empty array is 1. */
static void
want_filter(const char *what, const char *input, const char *argv[], const cJSON *expected)
{
	int is_array = cJSON_IsArray(expected);
	int status = cJSON_IsFalse(expected) || (is_array && !expected->child);
	struct output output = work_run(input, argv, status);
	size_t size = strlen(output.out);
	cJSON *actual = cJSON_Parse(output.out);

	if (size == 0 || strchr(output.out, '\n') != output.out + size - 1)
		tap_complain("%s: expected one line, got %zu bytes", what, size);
	if (!is_array || !value_is_same_set(actual, expected))
		tap_want(what, expected, actual);
}

static void
check_document(const cJSON *vector)
{
	const cJSON *expect = value_get(vector, "expect"), *pair;
	const char *input = cJSON_PrintUnformatted(value_get(vector, "document"));

	want_filter(
	    "td-find-mirrors", input, ARGS("td-find-mirrors"), value_get(expect, "mirrors"));
	want_filter("td-any-data", input, ARGS("td-any-data"), value_get(expect, "any-data"));
	want_filter("td-mirror-data", input, ARGS("td-mirror-data"), value_get(expect, "data"));
	want_filter("td-mirror-data -n", input, ARGS("td-mirror-data", "-n"),
	    value_get(expect, "data-no-empty"));
	cJSON_ArrayForEach(pair, value_get(expect, "values"))
	{
		want_filter("td-find-value", input, ARGS("td-find-value", "--", pair->string),
		    cJSON_GetArrayItem(pair, 0));
		want_filter("td-find-value -n", input,
		    ARGS("td-find-value", "-n", "--", pair->string), cJSON_GetArrayItem(pair, 1));
	}
}

static void
check_corroborate(const cJSON *vector)
{
	want_filter("td-corroborate", cJSON_PrintUnformatted(value_get(vector, "items")),
	    ARGS("td-corroborate", "-d", value_string(vector, "default")),
	    value_get(vector, "expect"));
}

static void
check_mirror_id(const cJSON *vector)
{
	const cJSON *host = cJSON_GetArrayItem(vector, 0), *id = cJSON_GetArrayItem(vector, 1);

	want_filter("td-mirror-id", cJSON_PrintUnformatted(host), ARGS("td-mirror-id"), id);
	want_filter(
	    "td-mirror-id HOST", "", ARGS("td-mirror-id", "--", cJSON_GetStringValue(host)), id);
	want_filter(
	    "td-mirror-id -x", cJSON_PrintUnformatted(id), ARGS("td-mirror-id", "-x"), host);
}

/* Are the vectors at hand the reference's? From others there is nothing to differ. */
static int of_reference;

/* Juju's own keys; and ours, which the reference doesn't know. */
static int
is_left_out(const char *key)
{
	enum { JUJUS = 3, ALL = 9 };
	static const char *const keys[ALL] = {"egress-subnets", "ingress-address",
	    "private-address", "member", "rejected", "bootstrap", "mirror-unit", "bootstrap-unit",
	    "bootstrap-host"};

	for (int i = 0; i < (of_reference ? ALL : JUJUS); i++)
		if (strcmp(key, keys[i]) == 0)
			return 1;
	return of_reference && strncmp(key, "rejected-", strlen("rejected-")) == 0;
}

static cJSON *
clean_bags(const cJSON *bags)
{
	cJSON *copy = cJSON_Duplicate(bags, 1), *bag, *item, *next;

	cJSON_ArrayForEach(bag, copy)
	{
		for (item = bag->child; item; item = next) {
			next = item->next;
			if (is_left_out(item->string))
				cJSON_DetachItemViaPointer(bag, item);
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
	}
	return found;
}

static int
is_joined_event(const struct trial *trial, int in_cluster)
{
	const cJSON *was = value_get(value_get(trial->vector, "state"), "in-cluster");

	return strcmp(value_string(trial->vector, "event"), "relation-joined") == 0 &&
	       cJSON_IsTrue(was) == in_cluster;
}

static int
waits_for_bootstrap_app(const struct trial *trial)
{
	const cJSON *relation = step_relations(trial->vector)->child;

	return is_joined_event(trial, 0) && trial->defers == 1 &&
	       !*value_string(value_get(relation, "application-data"), "bootstrap-app");
}

static int
is_joined_in_cluster(const struct trial *trial)
{
	return is_joined_event(trial, 1) && trial->defers == 0;
}

/* Whether what we ran is what the reference ran, but for its `add` of members. */
static int
adds_no_members(const struct trial *trial)
{
	cJSON *others = cJSON_CreateArray();
	const cJSON *args;

	cJSON_ArrayForEach(args, value_get(trial->expect, "commands"))
	{
		const char *command = cJSON_GetStringValue(cJSON_GetArrayItem(args, 0));
		const char *host = cJSON_GetStringValue(cJSON_GetArrayItem(args, 1));

		if (strcmp(command, "add") != 0 || !is_listed(trial->vector, host ? host : ""))
			cJSON_AddItemToArray(others, cJSON_Duplicate(args, 1));
	}
	return value_is_same_set(others, value_get(trial->actual, "commands"));
}

/* Whether our databag is the reference's, but for `mirror-OWNHOST` = `member` for none or `empty`.
 */
static int
shows_own_member(const struct trial *trial)
{
	cJSON *expected = clean_bags(value_get(trial->expect, "unit-data"));
	cJSON *actual = clean_bags(value_get(trial->actual, "unit-data")), *bag;
	const char *key = memory_brief("mirror-%s", value_string(trial->vector, "hostname"));

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
	return value_is_same(expected, actual);
}

static struct exemption exemptions[] = {
    {"defer", "doesn't defer joined while the application data is empty", waits_for_bootstrap_app,
	0},
    {"defer", "does, to no end, in the cluster", is_joined_in_cluster, 0},
    {"commands", "mints a useless token for itself and other members", adds_no_members, 0},
    {"unit-data", "leaves no trace of a cluster of one but a useless token", shows_own_member, 0},
    {NULL, NULL, NULL, 0},
};

static int
is_exempt(const char *part, const struct trial *trial)
{
	for (struct exemption *e = exemptions; of_reference && e->part; e++) {
		if (strcmp(e->part, part) == 0 && e->holds(trial)) {
			e->used++;
			tap_exempted = e->row;
			return 1;
		}
	}
	return 0;
}

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

		if (reason)
			message = memory_brief("%.*s", (int)(reason - message), message);
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
as_flag(const cJSON *value)
{
	return cJSON_CreateBool(cJSON_IsTrue(value));
}

enum { STEPS = 1, LIFE = 2, PROVIDER = 4, CONSUMER = 8 };

/*
 * What is compared, by its name in a vector's `expect`, in which vectors, and what of it counts.
 * There is one command that isn't `add` at most: any order is that of the adds.
 */
static const struct part {
	const char *name;
	int of;
	cJSON *(*clean)(const cJSON *value); /* NULL: all of it counts */
	int (*is_same)(const cJSON *a, const cJSON *b);
} parts[] = {
    {"unit-data", STEPS | LIFE | PROVIDER | CONSUMER, clean_bags, value_is_same},
    {"application-data", STEPS | LIFE | PROVIDER, clean_bags, value_is_same},
    {"events", STEPS | CONSUMER, without_host, value_is_same},
    {"events", LIFE | CONSUMER, NULL, value_is_same},
    {"statuses", STEPS | LIFE | CONSUMER, clean_statuses, value_is_same},
    {"commands", STEPS | CONSUMER, NULL, value_is_same_set},
    {"calls", LIFE | CONSUMER, NULL, value_is_same},
    {"state", LIFE | CONSUMER, clean_state, value_is_same},
    {"in-cluster", STEPS | CONSUMER, as_flag, value_is_same},
    {"defer", STEPS | LIFE | CONSUMER, as_flag, value_is_same},
};

/* `list` is asked no more often than the script has answers, but where it waits. */
static void
want_lists(const struct trial *trial)
{
	static const char *const phases[] = {"before", "after"};
	const cJSON *call, *lists = value_get(value_get(trial->vector, "cluster"), "lists");
	int counts[2] = {0, 0}, joined = 0;

	cJSON_ArrayForEach(call, trial->calls)
	{
		const char *command = value_command(call);
		const cJSON *status = value_get(call, "exit");

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
compare(const struct trial *trial)
{
	int is_provider = step_is_provider(trial->vector);
	int kind = (of_reference ? STEPS : LIFE) | (is_provider ? PROVIDER : CONSUMER);

	for (const struct part *p = parts; p < parts + sizeof(parts) / sizeof(*parts); p++) {
		const cJSON *expected = value_get(trial->expect, p->name);
		const cJSON *actual = value_get(trial->actual, p->name);
		int is_same;

		if ((p->of & kind) != kind)
			continue;
		if (p->clean) {
			expected = p->clean(expected);
			actual = p->clean(actual);
		}
		is_same = p->is_same(expected, actual);
		if (is_same || !is_exempt(p->name, trial))
			tap_compare(p->name, is_same, expected, actual);
	}
	if (!of_reference && !is_provider)
		want_lists(trial);
}

/* Vectors are run as hooks. */
static int as_hooks;

/* "provider" or "consumer": those vectors alone; "": all. */
static const char *kind_wanted = "";

/* Of the vector in its set. */
static int place;

static void
check_step(const cJSON *vector)
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
	if (place % DRY_EVERY == 0 || *tap_names)
		step_run_dry(vector);
}

/* The vectors: in their file, or in that member of it. */
static const struct set {
	const char *file, *member;
	void (*check)(const cJSON *vector);
} sets[] = {
    {"functions", "documents", check_document},
    {"functions", "corroborate", check_corroborate},
    {"functions", "mirror-id", check_mirror_id},
    {"steps", NULL, check_step},
    {"life", NULL, check_step},
};

static void
run_set(const char *dir, const struct set *set)
{
	const char *path = memory_brief("%s/%s.json", dir, set->file);
	const cJSON *json = work_json(path), *vector;

	if (!json || cJSON_IsRaw(json))
		tap_bail("read", path);
	if (set->member)
		json = value_get(json, set->member);
	of_reference = strcmp(set->file, "steps") == 0;
	place = -1;
	cJSON_ArrayForEach(vector, json)
	{
		const char *name = value_string(vector, "name");

		place++;
		if (!*name)
			name = memory_brief("%s-%d", set->member, place);
		if ((*kind_wanted && strcmp(kind_wanted, value_string(vector, "kind")) != 0) ||
		    !tap_begin(name))
			continue;
		set->check(vector);
		tap_finish(set->file, name);
	}
}

static void
want_exemptions_used(void)
{
	for (struct exemption *e = exemptions; e->part; e++)
		tap_point(
		    e->used > 0, memory_brief("the exemption of %s, \"%s\", is needed %u times",
				     e->part, e->row, e->used));
}

int
main(int argc, char *argv[])
{
	int option, is_wrong = 0;

	while ((option = getopt(argc, argv, "kt:v")) != -1) {
		if (option == 'k')
			as_hooks = 1;
		else if (option == 't')
			kind_wanted = optarg;
		else if (option == 'v')
			tap_verbose = 1;
		else
			is_wrong = 1;
	}
	if (is_wrong || argc - optind < 2) {
		fputs("usage: vectors [-kv] [-t KIND] BUILD_DIR VECTOR_DIR [NAME ...]\n", stderr);
		return 2;
	}
	tap_names = argv + optind + 2;
	work_begin(argv[optind]);
	step_prepare();
	if (as_hooks)
		hook_prepare();
	for (const struct set *set = sets; set < sets + sizeof(sets) / sizeof(*sets); set++)
		if (!as_hooks || strcmp(set->file, "life") == 0)
			run_set(argv[optind + 1], set);
	if (!*tap_names && !*kind_wanted && !as_hooks)
		want_exemptions_used();
	work_end();
	return tap_end();
}
