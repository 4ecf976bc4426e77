#include <stdio.h>
#include <stdlib.h>

#include "torture.h"

#define TOKEN(host) TORTURE_TOKEN "." host ".0123456789abcdefghijklmnopqrstuvwxyz0123456789"
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

/* The same for all: a step of n1's, which is the cluster's one member, and n2 that has no token. */
#define STEP(...) \
	.is_step = true, .argv = {"td-consumer-step", STATE_OPTIONS, __VA_ARGS__, "cluster"}
#define N2_WAITS DOCUMENT("false", BY_UNIT, UP "\"mirror-n2\":\"empty\"")
#define MEMBER_ALONE                                       \
	{"state", "{\"in-cluster\":true}"},                \
	{                                                  \
		"list.json", "[" MEMBER("n1", "voter") "]" \
	}

#define LINES                                                                              \
	SET_LINE("mirror-n0")                                                              \
	LOG_LINE SET_LINE("mirror-n1") LOG_LINE                                            \
	    "{\"relation-set\":{\"relation-id\":4,\"app\":true,\"data\":{\"a\":\"b\"}}}\n" \
	    "{\"status-set\":{\"status\":\"active\",\"message\":\"-it's\"}}\n"             \
	    "{\"event\":{\"name\":\"joined\"}}\n"                                          \
	    "{\"defer\":{\"event\":\"relation-joined\",\"reason\":\"no\"}}\n"              \
	    "{\"done\":{\"event\":\"x\"}}\n"
#define SET_LINE(key)                                           \
	"{\"relation-set\":{\"relation-id\":4,\"data\":{\"" key \
	"\":\"" TOKEN("n2") "\",\"gone\":\"\""                  \
			    "}}}\n"
#define LOG_LINE "{\"juju-log\":{\"level\":\"INFO\",\"message\":\"of " TOKEN("n2") "\"}}\n"

enum {
	MIRRORS = 4,   /* units of the large document that are up */
	WAITING = 30,  /* units of it that aren't */
	MIRRORED = 23, /* hosts in a mirror's databag of the large document, beside n1 */
	ELEMENTS = 70, /* of each kind in the large array */
};

/* filled by scenarios_fill */
static char large_document[16384], large_array[16384];

const struct scenario scenarios[] = {
    {"id of operands", .argv = {"td-mirror-id", "a", "b"}},
    {"ids of an array", .argv = {"td-mirror-id"}, .input = "[\"a\",\"\\u0062\",\"c\"]"},
    {"host of an id", .argv = {"td-mirror-id", "-x", "-R"}, .input = "\"mirror-a\""},
    {"id of this host", .argv = {"td-mirror-id", "-H"}},
    {"not strings", .argv = {"td-mirror-id"}, .input = "[\"a\",1]", .status = 3},
    {"not JSON", .argv = {"td-mirror-id"}, .input = "[\"a\",", .status = 3},
    {"help", .argv = {"td-find-value", "--help"}},
    {"version", .argv = {"td-find-value", "--version"}},
    {"a wrong call", .argv = {"td-find-value", "-Z"}, .status = 2},
    {"strings and numbers", .argv = {"td-corroborate"}, .input = large_array},
    {"find-mirrors", .argv = {"td-find-mirrors"}, .input = large_document},
    {"find-value", .argv = {"td-find-value", "n1"}, .input = large_document},
    {"find-value, none", .argv = {"td-find-value", "no"}, .input = large_document, .status = 1},
    {"find-value, wrong", .argv = {"td-find-value", "-u", "x", "no"}, .input = large_document,
	.status = 3},
    {"mirror-data", .argv = {"td-mirror-data"}, .input = large_document},
    {"mirror-data -n", .argv = {"td-mirror-data", "-n"}, .input = large_document},
    {"any-data", .argv = {"td-any-data"}, .input = large_document},
    {"object", .argv = {"td-mirror-add"}, .input = "{\"a\":\"b\",\"\\u0063\":\"d\"}"},
    {"value from input", .argv = {"td-mirror-add", "a=-", "b=c"}, .input = "tok\n"},
    {"nothing on input", .argv = {"td-mirror-add", "a=-"}, .status = 3},
    {"provider", .argv = {"td-provider-step", "relation-changed"}, .input = large_document},
    {"provider, late", .argv = {"td-provider-step", "update-status"}, .input = large_document},
    {"provider, no own", .argv = {"td-provider-step", "reconcile"},
	.input = "{\"a/0\":{\"leader\":true,\"relation-info\":[{\"relation-id\":1}]}}",
	.status = 3},
    {"status", .argv = {"td-status"}, .input = large_document, .status = 1},
    {"status -j", .argv = {"td-status", "-j", "unit.json"},
	.files = {{"unit.json", large_document}}, .status = 1},
    {"units", .argv = {"td-units"}, .input = MODEL},
    {"units, one that isn't there", .argv = {"td-units", "x"}, .input = MODEL, .status = 3},
    {"in-cluster", .argv = {"td-in-cluster", "-s", "state"},
	.files = {{"state", "{\"in-cluster\":true}"}}},
    {"in-cluster, no file", .argv = {"td-in-cluster", "-s", "state"}, .status = 1},
    {"snapshot", .argv = {"td-snapshot", "cluster"}, .env = {"JUJU_UNIT_NAME=app/0"},
	.files = {{"relation-ids cluster", "[\"cluster:4\",\"cluster:5\"]"}, {"is-leader", "true"},
	    {"relation-get -r cluster:4 - app_0", "{\"hostname\":\"n1\"}"},
	    {"relation-get -r cluster:4 --app - app", "{\"mirror-unit\":\"app/0\"}"},
	    {"relation-get -r cluster:4 --app - td", "null"},
	    {"relation-get -r cluster:4 - td_0", "{\"mirror\":\"up\"}"},
	    {"relation-list -r cluster:4", "[\"td/0\"]"},
	    {"relation-list -r cluster:4 --app", "\"td\""}}},
    {"snapshot -c", .argv = {"td-snapshot", "-c", "cluster"},
	.env = {"JUJU_UNIT_NAME=app/0", "JUJU_RELATION_ID=cluster:4", "JUJU_REMOTE_UNIT=td/0"},
	.files = {{"relation-ids cluster", "[\"cluster:4\"]"}, {"is-leader", "false"},
	    {"relation-get -r cluster:4 - app_0", "{}"},
	    {"relation-get -r cluster:4 --app - td", "{\"a\":\"b\"}"},
	    {"relation-list -r cluster:4 --app", "\"td\""}}},
    {"apply", .argv = {"td-apply"}, .input = LINES},
    {"apply -n", .argv = {"td-apply", "-n"}, .input = LINES},
    {"apply, not done", .argv = {"td-apply"}, .input = "{\"event\":{\"name\":\"joined\"}}\n",
	.status = 3},
    {"communicator", STEP("relation-changed"),
	.input = DOCUMENT("true", BY_UNIT,
	    UP "\"mirror-n1\":\"member\",\"mirror-n2\":\"empty\",\"mirror-n3\":"
	       "\"empty\",\"mirror-a b\":\"empty\""),
	.files = {{"state", "{\"in-cluster\":true,\"kept\":[1,2.50]}"},
	    {"list.json", "[" MEMBER("n1", "voter") "]"}},
	.own = "{\"hostname\":\"n1\"}"},
    {"renewal", STEP("-E", "reconcile"),
	.input = DOCUMENT("false", BY_UNIT,
	    UP "\"mirror-n1\":\"member\",\"mirror-n2\":\"" TOKEN(
		"old") "\",\"rejected-n2\":\"ffaa07ec65a81d8b\",\"mirror-n4\":\"member\""),
	.files = {{"state", "{\"in-cluster\":true,\"tokens\":{\"n2\":\"" TOKEN(
				"old") "\",\"n4\":\"" TOKEN("n4") "\"}}"},
	    {"list.json", "[" MEMBER("n1", "voter") "," MEMBER("n4", "PENDING") "]"}},
	.own = "{\"hostname\":\"n1\",\"mirror-n4\":\"" TOKEN("n4") "\"}"},
    {"cut off while it added", STEP("relation-changed"), .input = N2_WAITS,
	.files = {MEMBER_ALONE, {"made-n2", TOKEN("n2")}, {"state.add-n2", TOKEN("n2") "\n"}}},
    {"cut off while it saved", STEP("relation-changed"), .input = N2_WAITS,
	.files = {MEMBER_ALONE, {"state.new", "{\"in-clus"}, {"state.add-n3", "half a token"}}},
    {"join", STEP("-o", "../bin", "relation-changed"),
	.input = DOCUMENT("false", BY_UNIT, UP "\"mirror-n1\":\"" TOKEN("n1") "\""),
	.files = {{"state", "{\"in-cluster\":false}"}}},
    {"bootstrap", STEP("-o", "../bin", "relation-changed"),
	.input = DOCUMENT("true", BY_UNIT, UP "\"x\":\"\"")},
    {"bootstrap as of old", STEP("relation-joined"),
	.input = DOCUMENT("true", "\"bootstrap-app\":\"app\"", UP "\"mirror-n2\":\"empty\"")},
    {"a lost state", STEP("reconcile"),
	.input = DOCUMENT("true", BY_UNIT, UP "\"mirror-n2\":\"empty\",\"mirror-n3\":\"member\""),
	.files = {{"list.json", "[" MEMBER("n1", "voter") "," MEMBER("n3", "voter") "]"}}},
    {"out of the cluster", STEP(POLLING, "reconcile"),
	.input = DOCUMENT("false", BY_UNIT, UP "\"mirror-n3\":\"member\""),
	.files = {{"state", "{\"in-cluster\":true,\"tokens\":{\"n2\":\"" TOKEN("n2") "\"}}"}},
	.own = "{\"hostname\":\"n1\",\"mirror\":\"up\",\"member\":\"true\",\"mirror-n2\":\"" TOKEN(
	    "n2") "\"}"},
    {"pending", STEP(POLLING, "relation-changed"), .input = N2_WAITS,
	.files = {{"state", "{\"in-cluster\":true}"},
	    {"list.json", "[" MEMBER("n1", "PENDING") "]"}}},
    {"remove", STEP("remove"), .input = N2_WAITS, .files = {MEMBER_ALONE}},
    {"install", STEP("install"), .input = "{\"app/0\":{}}"},
    {"a damaged state", STEP("reconcile"), .input = N2_WAITS,
	.files = {{"state", "{\"in-cluster\":"}}, .status = 3},
    {"a dry run", .argv = {"td-consumer-step", "-n", STATE_OPTIONS, "relation-changed", "cluster"},
	.input = N2_WAITS, .files = {MEMBER_ALONE}},
};

const unsigned scenarios_n = sizeof scenarios / sizeof *scenarios;

static void
put_bag(FILE *f, int of)
{
	fputs("{\"mirror\":\"up\"", f);
	for (int i = 1; i <= MIRRORED; i++)
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

	fputs(
	    "{\"td/0\":{\"leader\":true,\"relation-info\":[{\"relation-id\":4,\"endpoint\":\"mc\","
	    "\"related-endpoint\":\"cluster\","
	    "\"local-application-data\":{\"mirror-unit\":\"td/1\"},\"application-data\":{},"
	    "\"local-unit\":{\"data\":{\"rejected-gone\":\"0123456789abcdef\","
	    "\"mirror-kept\":\"member\"}},\"related-units\":{",
	    f);
	for (i = 0; i < MIRRORS; i++) {
		fprintf(f, "%s\"app/%d\":{\"in-scope\":true,\"data\":", i ? "," : "", i);
		put_bag(f, i);
		fputs("}", f);
	}
	for (i = 0; i < WAITING; i++)
		fprintf(f,
		    ",\"app/1%d\":{\"data\":{\"hostname\":\"%s%d\",\"bootstrap\":\"ready\"}}", i,
		    i % 10 ? "h" : "\\n", i);
	fputs("}}]}}", f);
}

static void
put_array(FILE *f)
{
	fputs("[null,true", f);
	for (int i = 0; i < ELEMENTS; i++)
		fprintf(f, ",\"s%d\",%d.50,1%070d", i % 30, i % 7, i % 5);
	fputs("]", f);
}

static void
fill(char *text, size_t size, void (*put)(FILE *f))
{
	FILE *f = fmemopen(text, size, "w");

	if (!f)
		abort();
	put(f);
	if (fclose(f))
		abort();
}

void
scenarios_fill(void)
{
	fill(large_document, sizeof large_document, put_document);
	fill(large_array, sizeof large_array, put_array);
}
