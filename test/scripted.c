/*
 * A cluster command that answers from a script, and an observer that writes down what it sees.
 *
 * $SCRIPT is a file with a vector; its `cluster` has the answers, of one of two shapes:
 *
 *     list: [ANSWER, ...] in turn, the last one for ever; add: {HOST: ANSWER}; join, bootstrap,
 *     remove: ANSWER; before: "not-initialised": list is refused until a join or bootstrap
 * succeeded
 *
 *     lists: {before: [ANSWER, ...], after: [ANSWER, ...]}, of each the last one for ever, before
 * and after a join or bootstrap succeeded; calls: [{args: [ARG, ...], ANSWER}, ...], in order
 *
 * An ANSWER is {exit: N, stdout: TEXT, stderr: TEXT}. Every call is appended to the file $CALLS,
 * one line of JSON a call. By the name of `join-args` or `bootstrap-args` it prints the vector's
 * member of that name, one argument a line; by any other name but its own it takes down standard
 * input as an event. It talks of tokens, as a careless cluster command would, for others to cut
 * out.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/micro.h"
#include "lib/value.h"

enum {
	BROKEN = 99, /* the test is broken, not the tool */
};

static int
get_exit(const cJSON *answer)
{
	const cJSON *number = value_get(answer, "exit");

	return cJSON_IsNumber(number) ? number->valueint : BROKEN;
}

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "scripted: %s\n", what);
	exit(BROKEN);
}

/* The text of the environment variable's file, or NULL. */
static char *
read_file(const char *variable)
{
	const char *path = getenv(variable);

	if (!path)
		give_up("SCRIPT and CALLS have to be set");
	return file_read(AT_FDCWD, path, NULL);
}

static void
record(cJSON *call)
{
	const char *path = getenv("CALLS");
	char *text = cJSON_PrintUnformatted(call);

	if (!path || !text || file_append(AT_FDCWD, path, "%s\n", text) < 0)
		give_up("cannot record the call");
}

static int
is_list(const cJSON *call)
{
	return strcmp(value_command(call), "list") == 0;
}

static int
is_join(const cJSON *call)
{
	return strcmp(value_command(call), "join") == 0 ||
	       strcmp(value_command(call), "bootstrap") == 0;
}

static const cJSON *
nth_or_last(const cJSON *answers, int n)
{
	int size = cJSON_GetArraySize(answers);

	return cJSON_GetArrayItem(answers, n < size ? n : size - 1);
}

/* CALLS are those made before this one. */
static const cJSON *
answer_list(const cJSON *cluster, const cJSON *calls)
{
	int before = 0, after = 0, joined = 0;
	const cJSON *call, *lists = value_get(cluster, "lists");

	cJSON_ArrayForEach(call, calls)
	{
		if (is_join(call) && get_exit(call) == 0)
			joined = 1;
		else if (is_list(call))
			(*(joined ? &after : &before))++;
	}
	if (lists)
		return nth_or_last(
		    value_get(lists, joined ? "after" : "before"), joined ? after : before);
	if (!value_get(cluster, "before"))
		return nth_or_last(value_get(cluster, "list"), before + after);
	return joined ? nth_or_last(value_get(cluster, "list"), after)
		      : cJSON_Parse("{\"exit\":1,\"stderr\":\"Error: " MICRO_NOT_INITIALIZED "\"}");
}

/* The next of the script's calls, if it has the same arguments as this CALL. */
static const cJSON *
answer_call(const cJSON *script, const cJSON *calls, const cJSON *call)
{
	const cJSON *earlier, *next;
	int n = 0;

	cJSON_ArrayForEach(earlier, calls) n += value_get(earlier, "args") && !is_list(earlier);
	next = cJSON_GetArrayItem(script, n);
	return value_is_same(value_get(next, "args"), value_get(call, "args")) ? next : NULL;
}

static int
run_cluster(int argc, const char *const args[])
{
	cJSON *call = cJSON_CreateObject();
	cJSON *script = cJSON_Parse(read_file("SCRIPT"));
	cJSON *calls = value_parse_lines(read_file("CALLS"));
	const cJSON *cluster = value_get(script, "cluster"), *answer;
	int status;

	if (!args[0])
		give_up("called without a command");
	cJSON_AddItemToObject(call, "args", cJSON_CreateStringArray(args, argc));
	if (is_list(call))
		answer = answer_list(cluster, calls);
	else if (value_get(cluster, "calls"))
		answer = answer_call(value_get(cluster, "calls"), calls, call);
	else if (strcmp(args[0], "add") == 0)
		answer = value_get(value_get(cluster, "add"), args[1] ? args[1] : "");
	else
		answer = value_get(cluster, args[0]);
	status = answer ? get_exit(answer) : 1;
	cJSON_AddNumberToObject(call, "exit", answer ? status : BROKEN);
	record(call);
	if (!answer)
		fprintf(stderr, "Error: no answer to %s is in the script\n", args[0]);
	else if (strcmp(args[0], "add") == 0)
		fprintf(stderr, "made a token: %s\n", value_string(answer, "stdout"));
	else if (strcmp(args[0], "join") == 0 && args[1])
		printf("joining with %s\n", args[1]);
	fputs(value_string(answer, "stdout"), stdout);
	if (strcmp(args[0], "join") == 0 && args[1])
		fprintf(stderr, "Error: %s was the token\n", args[1]);
	if (*value_string(answer, "stderr"))
		fprintf(stderr, "%s\n", value_string(answer, "stderr"));
	if (fflush(stdout) != 0)
		status = BROKEN;
	return status;
}

static int
print_args(const char *name)
{
	cJSON *script = cJSON_Parse(read_file("SCRIPT"));
	const cJSON *arg;

	cJSON_ArrayForEach(arg, value_get(script, name)) printf("%s\n", arg->valuestring);
	return fflush(stdout) == 0 ? 0 : BROKEN;
}

static int
observe(const char *name)
{
	cJSON *call = cJSON_CreateObject();
	char *text = file_read_fd(STDIN_FILENO, NULL);

	cJSON_AddStringToObject(call, "observer", name);
	cJSON_AddItemToObject(call, "event", cJSON_Parse(text ? text : ""));
	record(call);
	printf("observed %s\n", name);
	return 0;
}

int
main(int argc, char *argv[])
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];

	if (strcmp(name, "scripted") == 0)
		return run_cluster(argc - 1, (const char *const *)argv + 1);
	if (strcmp(name, "join-args") == 0 || strcmp(name, "bootstrap-args") == 0)
		return print_args(name);
	return observe(name);
}
