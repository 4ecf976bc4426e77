#include <stdio.h>
#include <stdlib.h>

#include "torture-run.h"

#define TOKEN(host) "eyJuYW1lIjoi." host ".0123456789abcdefghijklmnopqrstuvwxyz0123456789"
#define MEMBER(name, role) "{\"name\":\"" name "\",\"role\":\"" role "\",\"status\":\"ONLINE\"}"
#define STATE_OPTIONS "-H", "n1", "-s", "state"
#define POLLING "-w", "0.02", "--poll", "0.005"

/* A document for a step of n1's; own databag at %s. */
#define DOCUMENT(leader, app_data, mirror)                                                      \
	"{\"app/0\":{\"leader\":" leader ",\"relation-info\":[{\"relation-id\":4,\"endpoint\":" \
	"\"cluster\",\"related-endpoint\":\"mc\",\"application-data\":{" app_data "},"          \
	"\"local-unit\":{\"in-scope\":true,\"data\":%s},\"related-units\":{\"td/"               \
	"0\":{\"in-scope\":"                                                                    \
	"true,\"data\":{" mirror "}}}}]}}"
#define BY_UNIT "\"bootstrap-app\":\"app\",\"mirror-unit\":\"td/0\",\"bootstrap-unit\":\"app/0\""
#define MODEL                                                                                \
	"{\"applications\":{\"a\":{\"relations\":{\"e\":[{\"related-application\":\"b\","    \
	"\"interface\":\"worker-cluster\"}]},\"units\":{\"a/0\":{}}},\"b\":{\"units\":{\"b/" \
	"0\":{}}}}}"
#define UP "\"mirror\":\"up\","

/* stand for inputs that scenarios_make puts together */
static const char from_document[] = "document", from_array[] = "array", from_lines[] = "lines",
		  from_step[] = "step";

static struct scenario table[] = {
    {"id of operands", FILTER, {"td-mirror-id", "a", "b"}, "", {0}, {{0}}, NULL, 0},
    {"ids of an array", FILTER, {"td-mirror-id"}, "[\"a\",\"\\u0062\",\"c\"]", {0}, {{0}}, NULL, 0},
    {"host of an id", FILTER, {"td-mirror-id", "-x", "-R"}, "\"mirror-a\"", {0}, {{0}}, NULL, 0},
    {"id of this host", FILTER, {"td-mirror-id", "-H"}, "", {0}, {{0}}, NULL, 0},
    {"not strings", FILTER, {"td-mirror-id"}, "[\"a\",1]", {0}, {{0}}, NULL, 3},
    {"not JSON", FILTER, {"td-mirror-id"}, "[\"a\",", {0}, {{0}}, NULL, 3},
    {"help", FILTER, {"td-find-value", "--help"}, "", {0}, {{0}}, NULL, 0},
    {"version", FILTER, {"td-find-value", "--version"}, "", {0}, {{0}}, NULL, 0},
    {"a wrong call", FILTER, {"td-find-value", "-Z"}, "", {0}, {{0}}, NULL, 2},
    {"strings and numbers", FILTER, {"td-corroborate"}, from_array, {0}, {{0}}, NULL, 0},
    {"find-mirrors", FILTER, {"td-find-mirrors"}, from_document, {0}, {{0}}, NULL, 0},
    {"find-value", FILTER, {"td-find-value", "n1"}, from_document, {0}, {{0}}, NULL, 0},
    {"find-value, none", FILTER, {"td-find-value", "no"}, from_document, {0}, {{0}}, NULL, 1},
    {"find-value, wrong", FILTER, {"td-find-value", "-u", "x", "no"}, from_document, {0}, {{0}},
	NULL, 3},
    {"mirror-data", FILTER, {"td-mirror-data"}, from_document, {0}, {{0}}, NULL, 0},
    {"mirror-data -n", FILTER, {"td-mirror-data", "-n"}, from_document, {0}, {{0}}, NULL, 0},
    {"any-data", FILTER, {"td-any-data"}, from_document, {0}, {{0}}, NULL, 0},
    {"object", FILTER, {"td-mirror-add"}, "{\"a\":\"b\",\"\\u0063\":\"d\"}", {0}, {{0}}, NULL, 0},
    {"value from input", FILTER, {"td-mirror-add", "a=-", "b=c"}, "tok\n", {0}, {{0}}, NULL, 0},
    {"nothing on input", FILTER, {"td-mirror-add", "a=-"}, "", {0}, {{0}}, NULL, 3},
    {"provider", FILTER, {"td-provider-step", "relation-changed"}, from_document, {0}, {{0}}, NULL,
	0},
    {"provider, late", FILTER, {"td-provider-step", "update-status"}, from_document, {0}, {{0}},
	NULL, 0},
    {"provider, no own", FILTER, {"td-provider-step", "reconcile"},
	"{\"a/0\":{\"leader\":true,\"relation-info\":[{\"relation-id\":1}]}}", {0}, {{0}}, NULL, 3},
    {"status", FILTER, {"td-status"}, from_document, {0}, {{0}}, NULL, 1},
    {"status -j", FILTER, {"td-status", "-j", "unit.json"}, "", {0}, {{"unit.json", from_document}},
	NULL, 1},
    {"units", FILTER, {"td-units"}, MODEL, {0}, {{0}}, NULL, 0},
    {"units, one that isn't there", FILTER, {"td-units", "x"}, MODEL, {0}, {{0}}, NULL, 3},
    {"in-cluster", FILTER, {"td-in-cluster", "-s", "state"}, "", {0},
	{{"state", "{\"in-cluster\":true}"}}, NULL, 0},
    {"in-cluster, no file", FILTER, {"td-in-cluster", "-s", "state"}, "", {0}, {{0}}, NULL, 1},

    {"snapshot", CALLER, {"td-snapshot", "cluster"}, "", {"JUJU_UNIT_NAME=app/0"},
	{{"relation-ids cluster", "[\"cluster:4\",\"cluster:5\"]"}, {"is-leader", "true"},
	    {"relation-get -r cluster:4 - app_0", "{\"hostname\":\"n1\"}"},
	    {"relation-get -r cluster:4 --app - app", "{\"mirror-unit\":\"app/0\"}"},
	    {"relation-get -r cluster:4 --app - td", "null"},
	    {"relation-get -r cluster:4 - td_0", "{\"mirror\":\"up\"}"},
	    {"relation-list -r cluster:4", "[\"td/0\"]"},
	    {"relation-list -r cluster:4 --app", "\"td\""}},
	NULL, 0},
    {"snapshot -c", CALLER, {"td-snapshot", "-c", "cluster"}, "",
	{"JUJU_UNIT_NAME=app/0", "JUJU_RELATION_ID=cluster:4", "JUJU_REMOTE_UNIT=td/0"},
	{{"relation-ids cluster", "[\"cluster:4\"]"}, {"is-leader", "false"},
	    {"relation-get -r cluster:4 - app_0", "{}"},
	    {"relation-get -r cluster:4 --app - td", "{\"a\":\"b\"}"},
	    {"relation-list -r cluster:4 --app", "\"td\""}},
	NULL, 0},
    {"apply", CALLER, {"td-apply"}, from_lines, {0}, {{0}}, NULL, 0},
    {"apply -n", CALLER, {"td-apply", "-n"}, from_lines, {0}, {{0}}, NULL, 0},
    {"apply, not done", CALLER, {"td-apply"}, "{\"event\":{\"name\":\"joined\"}}\n", {0}, {{0}},
	NULL, 3},

    {"communicator", STEP, {"td-consumer-step", STATE_OPTIONS, "relation-changed", "cluster"},
	DOCUMENT("true", BY_UNIT,
	    UP "\"mirror-n1\":\"member\",\"mirror-n2\":\"empty\",\"mirror-n3\":"
	       "\"empty\",\"mirror-a b\":\"empty\""),
	{0},
	{{"state", "{\"in-cluster\":true,\"kept\":[1,2.50]}"},
	    {"list.json", "[" MEMBER("n1", "voter") "]"}},
	"{\"hostname\":\"n1\"}", 0},
    {"renewal", STEP, {"td-consumer-step", STATE_OPTIONS, "-E", "reconcile", "cluster"},
	DOCUMENT("false", BY_UNIT,
	    UP "\"mirror-n1\":\"member\",\"mirror-n2\":\"" TOKEN(
		"old") "\",\"rejected-n2\":\"ffaa07ec65a81d8b\",\"mirror-n4\":\"member\""),
	{0},
	{{"state", "{\"in-cluster\":true,\"tokens\":{\"n2\":\"" TOKEN("old") "\",\"n4\":\"" TOKEN(
		       "n4") "\"}}"},
	    {"list.json", "[" MEMBER("n1", "voter") "," MEMBER("n4", "PENDING") "]"}},
	"{\"hostname\":\"n1\",\"mirror-n4\":\"" TOKEN("n4") "\"}", 0},
    {"cut off while it added", STEP,
	{"td-consumer-step", STATE_OPTIONS, "relation-changed", "cluster"},
	DOCUMENT("false", BY_UNIT, UP "\"mirror-n2\":\"empty\""), {0},
	{{"state", "{\"in-cluster\":true}"}, {"list.json", "[" MEMBER("n1", "voter") "]"},
	    {"made-n2", TOKEN("n2")}, {"state.add-n2", TOKEN("n2") "\n"}},
	NULL, 0},
    {"cut off while it saved", STEP,
	{"td-consumer-step", STATE_OPTIONS, "relation-changed", "cluster"},
	DOCUMENT("false", BY_UNIT, UP "\"mirror-n2\":\"empty\""), {0},
	{{"state", "{\"in-cluster\":true}"}, {"list.json", "[" MEMBER("n1", "voter") "]"},
	    {"state.new", "{\"in-clus"}, {"state.add-n3", "half a token"}},
	NULL, 0},
    {"join", STEP,
	{"td-consumer-step", STATE_OPTIONS, "-o", "../observers", "relation-changed", "cluster"},
	DOCUMENT("false", BY_UNIT, UP "\"mirror-n1\":\"" TOKEN("n1") "\""), {0},
	{{"state", "{\"in-cluster\":false}"}}, NULL, 0},
    {"bootstrap", STEP,
	{"td-consumer-step", STATE_OPTIONS, "-o", "../observers", "relation-changed", "cluster"},
	DOCUMENT("true", BY_UNIT, UP "\"x\":\"\""), {0}, {{0}}, NULL, 0},
    {"bootstrap as of old", STEP, {"td-consumer-step", STATE_OPTIONS, "relation-joined", "cluster"},
	DOCUMENT("true", "\"bootstrap-app\":\"app\"", UP "\"mirror-n2\":\"empty\""), {0}, {{0}},
	NULL, 0},
    {"a lost state", STEP, {"td-consumer-step", STATE_OPTIONS, "reconcile", "cluster"},
	DOCUMENT("true", BY_UNIT, UP "\"mirror-n2\":\"empty\",\"mirror-n3\":\"member\""), {0},
	{{"list.json", "[" MEMBER("n1", "voter") "," MEMBER("n3", "voter") "]"}}, NULL, 0},
    {"out of the cluster", STEP,
	{"td-consumer-step", STATE_OPTIONS, POLLING, "reconcile", "cluster"},
	DOCUMENT("false", BY_UNIT, UP "\"mirror-n3\":\"member\""), {0},
	{{"state", "{\"in-cluster\":true,\"tokens\":{\"n2\":\"" TOKEN("n2") "\"}}"}},
	"{\"hostname\":\"n1\",\"mirror\":\"up\",\"member\":\"true\",\"mirror-n2\":\"" TOKEN(
	    "n2") "\"}",
	0},
    {"pending", STEP, {"td-consumer-step", STATE_OPTIONS, POLLING, "relation-changed", "cluster"},
	DOCUMENT("false", BY_UNIT, UP "\"mirror-n2\":\"empty\""), {0},
	{{"state", "{\"in-cluster\":true}"}, {"list.json", "[" MEMBER("n1", "PENDING") "]"}}, NULL,
	0},
    {"remove", STEP, {"td-consumer-step", STATE_OPTIONS, "remove", "cluster"},
	DOCUMENT("false", BY_UNIT, UP "\"mirror-n2\":\"empty\""), {0},
	{{"state", "{\"in-cluster\":true}"}, {"list.json", "[" MEMBER("n1", "voter") "]"}}, NULL,
	0},
    {"install", STEP, {"td-consumer-step", STATE_OPTIONS, "install", "cluster"}, "{\"app/0\":{}}",
	{0}, {{0}}, NULL, 0},
    {"a damaged state", STEP, {"td-consumer-step", STATE_OPTIONS, "reconcile", "cluster"},
	DOCUMENT("false", BY_UNIT, UP "\"mirror-n2\":\"empty\""), {0},
	{{"state", "{\"in-cluster\":"}}, NULL, 3},
    {"a dry run", FILTER, {"td-consumer-step", "-n", STATE_OPTIONS, "relation-changed", "cluster"},
	from_step, {0},
	{{"state", "{\"in-cluster\":true}"}, {"list.json", "[" MEMBER("n1", "voter") "]"}}, NULL,
	0},
};

struct scenario *scenarios = table;
unsigned scenarios_n = sizeof table / sizeof *table;

static void
put_bag(FILE *f, int of)
{
	int i;

	fputs("{\"mirror\":\"up\"", f);
	for (i = 1; i < 24; i++)
		fprintf(f, ",\"mirror-n\\u003%dx%d\":\"%s%d\"", i % 10, i,
		    i % 3 ? TOKEN("n") : "empty", i % 4 ? 0 : of);
	fprintf(f, ",\"mirror-n1\":\"" TOKEN("n1") "\",\"hostname\":\"n%d\",\"member\":\"%s\"}", of,
	    of == 2 ? "true" : "");
}

/* A distributor's, with mirrors, more keys than a table is begun for, and names that are left out.
 */
static void
put_document(FILE *f)
{
	int i;

	fputs("{\"td/"
	      "0\":{\"leader\":true,\"relation-info\":[{\"relation-id\":4,\"endpoint\":\"mc\","
	      "\"related-endpoint\":"
	      "\"cluster\",\"local-application-data\":{\"mirror-unit\":\"td/"
	      "1\"},\"application-data\":{},\"local-unit\":"
	      "{\"data\":{\"rejected-gone\":\"0123456789abcdef\",\"mirror-kept\":\"member\"}},"
	      "\"related-units\":{",
	    f);
	for (i = 0; i < 4; i++) {
		fprintf(f, "%s\"app/%d\":{\"in-scope\":true,\"data\":", i ? "," : "", i);
		put_bag(f, i);
		fputs("}", f);
	}
	for (i = 0; i < 30; i++)
		fprintf(f,
		    ",\"app/1%d\":{\"data\":{\"hostname\":\"%s%d\",\"bootstrap\":\"ready\"}}", i,
		    i % 10 ? "h" : "\\n", i);
	fputs("}}]}}", f);
}

static void
put_array(FILE *f)
{
	int i;

	fputs("[null,true", f);
	for (i = 0; i < 70; i++)
		fprintf(f, ",\"s%d\",%d.50,1%070d", i % 30, i % 7, i % 5);
	fputs("]", f);
}

static void
put_lines(FILE *f)
{
	int i;

	for (i = 0; i < 2; i++)
		fprintf(f,
		    "{\"relation-set\":{\"relation-id\":4,\"data\":{\"mirror-n%d\":\"" TOKEN(
			"n2") "\",\"gone\":\"\"}}}\n"
			      "{\"juju-log\":{\"level\":\"INFO\",\"message\":\"of " TOKEN(
				  "n2") "\"}}\n",
		    i);
	fputs("{\"relation-set\":{\"relation-id\":4,\"app\":true,\"data\":{\"a\":\"b\"}}}\n"
	      "{\"status-set\":{\"status\":\"active\",\"message\":\"-it's\"}}\n{\"event\":{"
	      "\"name\":\"joined\"}}\n"
	      "{\"defer\":{\"event\":\"relation-joined\",\"reason\":\"no\"}}\n{\"done\":{\"event\":"
	      "\"x\"}}\n",
	    f);
}

static void
put_step(FILE *f)
{
	fprintf(f, DOCUMENT("false", BY_UNIT, UP "\"mirror-n2\":\"empty\""), "{}");
}

static const char *
made(const char *text)
{
	static const struct {
		const char *stands;
		void (*put)(FILE *f);
	} inputs[] = {{from_document, put_document}, {from_array, put_array},
	    {from_lines, put_lines}, {from_step, put_step}};
	size_t i, size;
	char *out;
	FILE *f;

	for (i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		if (text != inputs[i].stands)
			continue;
		f = open_memstream(&out, &size);
		if (!f)
			abort();
		inputs[i].put(f);
		if (fclose(f))
			abort();
		return out;
	}
	return text;
}

void
scenarios_make(void)
{
	unsigned i, j;

	for (i = 0; i < scenarios_n; i++) {
		scenarios[i].input = made(scenarios[i].input);
		for (j = 0; scenarios[i].files[j].name; j++)
			scenarios[i].files[j].text = made(scenarios[i].files[j].text);
	}
}
