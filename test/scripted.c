/*
 * A cluster command that answers from a script, and an observer that writes down what it sees.
 *
 * $SCRIPT is a file with a vector; its `cluster` has the answers:
 *
 *     lists: {before: [ANSWER, ...], after: [ANSWER, ...]}, those of list, of each the last one for
 *     ever, before and after a join or bootstrap succeeded; and
 *
 *     calls: [{args: [ARG, ...], ANSWER}, ...], all others in order; or
 *     add: {HOST: ANSWER}; join, bootstrap, remove: ANSWER
 *
 * An ANSWER is {exit: N, stdout: TEXT, stderr: TEXT}. Every call is appended to the file $CALLS,
 * one line of JSON a call. By the name of `join-args` or `bootstrap-args` it prints the vector's
 * member of that name, one argument a line; by any other name but its own it takes down standard
 * input as an event. It talks of tokens, as a careless cluster command would, for others to cut
 * out.
 */
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "vectors/value.h"

enum {
	BROKEN = 99, /* the test is broken, not the tool */
};

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "scripted: %s\n", what);
	exit(BROKEN);
}

static const char *
path_of(const char *variable)
{
	const char *path = getenv(variable);

	if (!path)
		give_up("SCRIPT and CALLS have to be set");
	return path;
}

static cJSON *
read_script(void)
{
	char *text = file_read(AT_FDCWD, path_of("SCRIPT"), NULL);

	return cJSON_Parse(text ? text : "");
}

static void
record(const cJSON *call)
{
	if (file_append(AT_FDCWD, path_of("CALLS"), "%s\n", cJSON_PrintUnformatted(call)) < 0)
		give_up("cannot record the call");
}

static int
is_call(const cJSON *call, const char *command)
{
	return strcmp(value_first(call, "args"), command) == 0;
}

/* CALLS are those made before this one. */
static const cJSON *
answer_list(const cJSON *lists, const cJSON *calls)
{
	int n = 0, joined = 0, size;
	const cJSON *call, *answers;

	cJSON_ArrayForEach(call, calls)
	{
		if (is_call(call, "list")) {
			n++;
		} else if (!joined && (is_call(call, "join") || is_call(call, "bootstrap")) &&
			   value_number(call, "exit", BROKEN) == 0) {
			joined = 1;
			n = 0;
		}
	}
	answers = value_get(lists, joined ? "after" : "before");
	size = cJSON_GetArraySize(answers);
	return cJSON_GetArrayItem(answers, n < size ? n : size - 1);
}

/* The next of the script's calls, if it is this one. */
static const cJSON *
answer_call(const cJSON *script, const cJSON *calls, const cJSON *this)
{
	const cJSON *call, *next;
	int n = 0;

	cJSON_ArrayForEach(call, calls) n += value_get(call, "args") && !is_call(call, "list");
	next = cJSON_GetArrayItem(script, n);
	return value_is_same(value_get(next, "args"), value_get(this, "args")) ? next : NULL;
}

static const cJSON *
answer_of(const cJSON *cluster, const cJSON *call, const char *host)
{
	char *text = file_read(AT_FDCWD, path_of("CALLS"), NULL);
	const cJSON *calls = value_parse_lines(text ? text : "");

	if (is_call(call, "list"))
		return answer_list(value_get(cluster, "lists"), calls);
	if (value_get(cluster, "calls"))
		return answer_call(value_get(cluster, "calls"), calls, call);
	if (is_call(call, "add"))
		return value_get(value_get(cluster, "add"), host);
	return value_get(cluster, value_first(call, "args"));
}

static int
run_cluster(int argc, char *argv[])
{
	const char *command = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "";
	int is_join = strcmp(command, "join") == 0 && argc > 2, status;
	cJSON *call = cJSON_CreateObject();
	const cJSON *answer;

	if (argc < 2)
		give_up("called without a command");
	cJSON_AddItemToObject(
	    call, "args", cJSON_CreateStringArray((const char *const *)argv + 1, argc - 1));
	answer = answer_of(value_get(read_script(), "cluster"), call, arg);
	status = answer ? value_number(answer, "exit", BROKEN) : 1;
	cJSON_AddNumberToObject(call, "exit", answer ? status : BROKEN);
	record(call);
	if (!answer)
		fprintf(stderr, "Error: no answer to %s is in the script\n", command);
	else if (strcmp(command, "add") == 0)
		fprintf(stderr, "made a token: %s\n", value_string(answer, "stdout"));
	else if (is_join)
		printf("joining with %s\n", arg);
	fputs(value_string(answer, "stdout"), stdout);
	if (is_join)
		fprintf(stderr, "Error: %s was the token\n", arg);
	if (*value_string(answer, "stderr"))
		fprintf(stderr, "%s\n", value_string(answer, "stderr"));
	return fflush(stdout) == 0 ? status : BROKEN;
}

static int
print_args(const char *name)
{
	const cJSON *arg;

	cJSON_ArrayForEach(arg, value_get(read_script(), name)) printf("%s\n", arg->valuestring);
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
		return run_cluster(argc, argv);
	if (strcmp(name, "join-args") == 0 || strcmp(name, "bootstrap-args") == 0)
		return print_args(name);
	return observe(name);
}
