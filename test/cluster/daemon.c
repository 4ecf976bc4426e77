#include "daemon.h"

#include "base64.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	TOKEN_LIFETIME = 3 * 60 * 60,
};

static int run_add(struct call *, const char *, const char *const[]);
static int run_bootstrap(struct call *, const char *, const char *const[]);
static int run_join(struct call *, const char *, const char *const[]);
static int run_list(struct call *, const char *, const char *const[]);
static int run_remove(struct call *, const char *, const char *const[]);

static const struct command commands[] = {
    {"add", "NAME", "Generates a token for a new server", {{"--timeout", 1}, {"-t", 1}}, run_add},
    {"bootstrap", NULL, "Sets up a new cluster",
	{{"--microceph-ip", 1}, {"--availability-zone", 1}, {"--mon-ip", 1},
	    {"--public-network", 1}, {"--cluster-network", 1}, {"--v2-only", 0},
	    {"--defer-ceph", 0}, {"--custom-encapsulation-ip", 1}},
	run_bootstrap},
    {"join", "TOKEN", "Joins an existing cluster",
	{{"--microceph-ip", 1}, {"--availability-zone", 1}, {"--defer-ceph", 0},
	    {"--custom-encapsulation-ip", 1}},
	run_join},
    {"list", NULL, "Lists servers in the cluster", {{"-f", 1}, {"--format", 1}}, run_list},
    {"remove", "NAME", "Removes a server from the cluster", {{"-f", 0}, {"--force", 0}},
	run_remove},
};

const struct command *
daemon_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static const char *
program(const struct call *call)
{
	return call->ceph ? "microceph" : "microovn";
}

void
daemon_print_help(const struct call *call, const struct command *command)
{
	fprintf(call->out, "%s\n\nUsage:\n  %s cluster %s", command->about, program(call),
	    command->name);
	if (command->operand)
		fprintf(call->out, " <%s>", command->operand);
	fputs(" [flags]\n\nFlags:\n  -h, --help   Print help\n", call->out);
}

__attribute__((format(printf, 2, 3))) static int
refuse(struct call *call, const char *format, ...)
{
	va_list args;

	fputs("Error: ", call->err);
	va_start(args, format);
	vfprintf(call->err, format, args);
	va_end(args);
	fputc('\n', call->err);
	return 1;
}

/* What is wrong with a name, in the words of LXD's validate.IsHostname, or NULL. */
static const char *
label_fault(const char *label, size_t size)
{
	if (size < 1 || size > 63)
		return "Name must be 1-63 characters long";
	if (label[0] == '-')
		return "Name must not start with \"-\" character";
	if (label[size - 1] == '-')
		return "Name must not end with \"-\" character";
	if (strspn(label, "0123456789") >= size)
		return "Name cannot be a number";
	if (strspn(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") < size)
		return "Name can only contain alphanumeric and hyphen characters";
	return NULL;
}

static const char *
name_fault(const char *name)
{
	if (strlen(name) < 1 || strlen(name) > 255)
		return "Name must be 1-255 characters long";
	for (;;) {
		size_t size = strcspn(name, ".");
		const char *fault = label_fault(name, size);

		if (fault || !name[size])
			return fault;
		name += size + 1;
	}
}

static const char *
address_of(const struct call *call)
{
	static char address[32];
	uint32_t hash = 2166136261u;

	for (const char *p = call->node; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	snprintf(address, sizeof(address), "10.%u.%u.%u:%d", hash >> 24, hash >> 16 & 255,
	    hash >> 8 & 255, call->ceph ? 7443 : 6443);
	return address;
}

static char *
token_text(const struct call *call, const struct token *token)
{
	char *json = NULL, *text;
	size_t size = 0;
	FILE *f = open_memstream(&json, &size);
	int first = 1;

	if (!f)
		return NULL;
	fprintf(f, "{\"secret\":\"%s\",\"fingerprint\":\"%s\",\"join_addresses\":[", token->secret,
	    call->store.clusters[token->cluster - 1]);
	for (size_t i = 0; i < call->store.nmembers; i++) {
		const struct member *member = &call->store.members[i];

		if (member->cluster != token->cluster)
			continue;
		fprintf(f, "%s\"%s\"", first ? "" : ",", member->address);
		first = 0;
	}
	fputs("]}", f);
	fclose(f);
	text = base64_encode(json);
	free(json);
	return text;
}

/* What a daemon that is in no cluster, or doesn't run, answers to everything but bootstrap, join.
 */
static const char *
daemon_fault(const struct call *call)
{
	if (call->machine->down)
		return "Get \"http://control.socket/core/1.0/cluster\": dial unix "
		       "/var/snap/microcluster/common/state/control.socket: connect: "
		       "no such file or directory";
	if (!call->machine->cluster)
		return "Database is not yet initialized";
	return NULL;
}

static int
run_bootstrap(struct call *call, const char *operand, const char *const values[])
{
	const char *fault = name_fault(call->node);

	(void)operand, (void)values;
	if (call->machine->down)
		return refuse(call, "%s", daemon_fault(call));
	if (fault)
		return refuse(
		    call, "Cluster member name \"%s\" is not a valid FQDN: %s", call->node, fault);
	if (call->machine->cluster)
		return refuse(call, "Unable to initialize cluster: Database is online");
	call->machine->cluster = store_add_cluster(&call->store);
	store_add_member(
	    &call->store, call->machine->cluster, call->node, address_of(call), "voter");
	return 0;
}

/* Microovn takes seconds, microceph a Go duration; both 0 for a token that stays good. */
static long
read_lifetime(const char *text)
{
	double total = 0;
	char *end;

	if (!text)
		return TOKEN_LIFETIME;
	for (; *text; text = end) {
		double number = strtod(text, &end);

		if (end == text)
			return -1;
		if (*end == 'h')
			number *= 3600;
		else if (*end == 'm')
			number *= 60;
		total += number;
		end += *end && strchr("hms", *end);
	}
	return (long)total;
}

static int
refuse_add(struct call *call, const char *name, const char *fault)
{
	if (call->ceph)
		return refuse(call, "%s", fault);
	return refuse(
	    call, "unable to add server to microcluster, name \"%s\" is taken:\n%s", name, fault);
}

static int
run_add(struct call *call, const char *name, const char *const values[])
{
	long lifetime = read_lifetime(values[0] ? values[0] : values[1]);
	const char *fault = daemon_fault(call);

	if (lifetime < 0)
		return refuse(call, "invalid argument for \"--timeout\" flag");
	if (fault)
		return refuse_add(call, name, fault);
	fault = name_fault(name);
	if (fault) {
		char text[512];

		snprintf(text, sizeof(text), "Token name \"%.255s\" is not a valid FQDN: %s", name,
		    fault);
		return refuse_add(call, name, text);
	}
	store_delete_expired(&call->store);
	for (size_t i = 0; i < call->store.ntokens; i++) {
		const struct token *token = &call->store.tokens[i];

		if (token->cluster == call->machine->cluster && token->state == TOKEN_GOOD &&
		    strcmp(token->name, name) == 0)
			return refuse_add(call, name,
			    "Failed to create \"core_token_records\" entry: "
			    "UNIQUE constraint failed: core_token_records.name");
	}
	call->token_text =
	    token_text(call, store_add_token(&call->store, call->machine->cluster, name, lifetime));
	if (!call->token_text)
		return refuse_add(call, name, strerror(ENOMEM));
	store_append(&call->store, "secrets", call->token_text);
	fprintf(call->out, "%s\n", call->token_text);
	return 0;
}

/* A token's JSON, or NULL after saying what is wrong with it. */
static cJSON *
parse_token(struct call *call, const char *text)
{
	const char *prefix = call->ceph ? "invalid join token: " : "";
	char *plain = malloc(strlen(text) + 1);
	cJSON *json;
	long place;

	if (!plain)
		return NULL;
	place = base64_decode(text, plain);
	if (place >= 0) {
		refuse(call, "%sillegal base64 data at input byte %ld", prefix, place);
		free(plain);
		return NULL;
	}
	json = cJSON_Parse(plain);
	if (!json && !*plain)
		refuse(call, "%sunexpected end of JSON input", prefix);
	else if (!json)
		refuse(call, "%sinvalid character '%c' looking for beginning of value", prefix,
		    *plain);
	free(plain);
	return json;
}

static const char *
text_of(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));

	return text ? text : "";
}

const struct token *
daemon_token(const struct call *call, const char *text)
{
	char *plain = malloc(strlen(text) + 1);
	const struct token *token = NULL;

	if (plain && base64_decode(text, plain) < 0) {
		cJSON *json = cJSON_Parse(plain);

		token = store_token(&call->store, text_of(json, "secret"));
		cJSON_Delete(json);
	}
	free(plain);
	return token;
}

/* The cluster that answers at one of the token's addresses with the token's fingerprint, or 0. */
static int
find_cluster(struct call *call, const cJSON *json)
{
	const cJSON *addresses = cJSON_GetObjectItemCaseSensitive(json, "join_addresses");
	const cJSON *address;

	store_probe(&call->store);
	cJSON_ArrayForEach(address, addresses)
	{
		for (size_t i = 0; i < call->store.nmembers; i++) {
			const struct member *member = &call->store.members[i];

			if (member->online && cJSON_IsString(address) &&
			    strcmp(member->address, address->valuestring) == 0 &&
			    strcmp(call->store.clusters[member->cluster - 1],
				text_of(json, "fingerprint")) == 0)
				return member->cluster;
		}
	}
	return 0;
}

/* Why the cluster's members refuse the token, or NULL. */
static const char *
join_fault(struct call *call, int cluster, const struct token *token)
{
	if (!cluster)
		return "%!w(<nil>)";
	if (!token || token->cluster != cluster || token->state != TOKEN_GOOD)
		return "CoreTokenRecord not found";
	if (store_is_expired(&call->store, token))
		return "Token expired";
	if (strcmp(token->name, call->node) != 0)
		return "Joining server certificate SAN does not contain join token name";
	if (store_member(&call->store, cluster, call->node))
		return "This \"core_cluster_members\" entry already exists";
	return NULL;
}

static int
join_with(struct call *call, const cJSON *json)
{
	const cJSON *addresses = cJSON_GetObjectItemCaseSensitive(json, "join_addresses");
	struct token *token = store_token(&call->store, text_of(json, "secret"));
	int cluster = find_cluster(call, json);
	const char *fault = join_fault(call, cluster, token);

	if (fault)
		return refuse(call, "%d join attempts were unsuccessful. Last error: %s",
		    cluster ? 1 : cJSON_GetArraySize(addresses), fault);
	token->state = TOKEN_USED;
	store_add_member(&call->store, cluster, call->node, address_of(call), "PENDING");
	call->machine->cluster = cluster;
	return 0;
}

static int
run_join(struct call *call, const char *text, const char *const values[])
{
	const char *fault = name_fault(call->node);
	cJSON *json = NULL;
	int status = 1;

	(void)values;
	call->token_text = text;
	if (call->machine->down)
		return refuse(call, "%s", daemon_fault(call));
	if (fault)
		return refuse(
		    call, "Cluster member name \"%s\" is not a valid FQDN: %s", call->node, fault);
	/* microceph's client reads the token, microovn's daemon does. */
	if (call->ceph && !(json = parse_token(call, text)))
		return 1;
	if (call->machine->cluster)
		refuse(call, "Unable to initialize cluster: Database is online");
	else if (json || (json = parse_token(call, text)))
		status = join_with(call, json);
	cJSON_Delete(json);
	return status;
}

static int
compare_names(const void *a, const void *b)
{
	const struct member *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
print_members(struct call *call, const struct member *const members[], size_t count)
{
	time_t now = 1767225600 + (time_t)call->store.clock; /* 2026-01-01 */
	struct tm tm;
	char when[32];

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fputc('[', call->out);
	for (size_t i = 0; i < count; i++)
		fprintf(call->out,
		    "%s{\"name\":\"%s\",\"address\":\"%s\",\"certificate\":"
		    "\"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END "
		    "CERTIFICATE-----\\n\",\"role\":\"%s\","
		    "\"schema_internal_version\":3,\"schema_external_version\":4,\"last_"
		    "heartbeat\":\"%s\","
		    "\"status\":\"%s\",\"extensions\":[\"internal:runtime_extension_v1\"],"
		    "\"secret\":\"\"}",
		    i ? "," : "", members[i]->name, members[i]->address, members[i]->role, when,
		    members[i]->online ? "ONLINE" : "UNREACHABLE");
	fputs("]\n", call->out);
}

static int
run_list(struct call *call, const char *operand, const char *const values[])
{
	const char *format = values[0] ? values[0] : values[1];
	const char *fault = daemon_fault(call);
	char name[4096];
	const struct member **members;
	size_t count = 0;

	(void)operand;
	if (fault)
		return refuse(call, "%s", fault);
	if (!format || strcmp(format, "json") != 0)
		return refuse(call, "Invalid format \"%s\"", format ? format : "table");
	snprintf(name, sizeof(name), "%s/auto-heartbeat", call->store.dir);
	if (access(name, F_OK) == 0)
		store_heartbeat(&call->store);
	store_probe(&call->store);
	members = calloc(call->store.nmembers + 1, sizeof(struct member *));
	if (!members)
		return refuse(call, "%s", strerror(ENOMEM));
	for (size_t i = 0; i < call->store.nmembers; i++)
		if (call->store.members[i].cluster == call->machine->cluster)
			members[count++] = &call->store.members[i];
	qsort(members, count, sizeof(struct member *), compare_names);
	print_members(call, members, count);
	free(members);
	return 0;
}

static int
run_remove(struct call *call, const char *name, const char *const values[])
{
	int cluster = call->machine->cluster;
	const char *fault = daemon_fault(call);
	struct member *member = store_member(&call->store, cluster, name);
	struct machine *machine;
	size_t all = 0, others = 0;

	(void)values;
	if (fault)
		return refuse(call, "%s", fault);
	if (!member && call->ceph)
		return refuse(call, "cluster member \"%s\" not found", name);
	if (!member)
		return refuse(call, "No remote exists with the given name \"%s\"", name);
	for (size_t i = 0; i < call->store.nmembers; i++) {
		const struct member *other = &call->store.members[i];

		if (other->cluster != cluster)
			continue;
		all++;
		others += other != member && strcmp(other->role, "PENDING") != 0;
	}
	if (all == 1)
		return refuse(call, "Cannot leave a cluster with 1 members");
	if (others == 0)
		return refuse(call,
		    "Cannot remove cluster members, there are no remaining non-pending "
		    "members");
	store_remove_member(&call->store, member);
	machine = store_machine(&call->store, name);
	if (machine->cluster == cluster)
		machine->cluster = 0;
	return 0;
}

/* A join that fails after the cluster took the token: the daemon is reset, and with STRAND the row
 * that the same transaction made stays. */
static int
burn_token(struct call *call, const char *text, int strand)
{
	int status = run_join(call, text, NULL);

	if (status != 0)
		return status;
	call->machine->cluster = 0;
	if (!strand)
		store_remove_member(&call->store, &call->store.members[call->store.nmembers - 1]);
	return refuse(call, "Failed to join cluster with the given join token");
}

/* Reads the options; COUNT is how many operands there are. Options may stand anywhere, as cobra has
 * it. Gives 1 after saying what is wrong. */
static int
read_args(struct call *call, const struct command *command, char *const args[],
    const char **operand, int *count, const char *values[])
{
	int only_operands = 0;

	for (*count = 0; *args; args++) {
		size_t i, size = strcspn(*args, "=");

		if (only_operands || (*args)[0] != '-' || !(*args)[1]) {
			*operand = *args;
			(*count)++;
			continue;
		}
		if (strcmp(*args, "--") == 0) {
			only_operands = 1;
			continue;
		}
		for (i = 0; i < MAX_OPTIONS && command->options[i].name; i++)
			if (strlen(command->options[i].name) == size &&
			    strncmp(command->options[i].name, *args, size) == 0)
				break;
		if (i == MAX_OPTIONS || !command->options[i].name) {
			if ((*args)[1] == '-')
				return refuse(call, "unknown flag: %.*s", (int)size, *args);
			return refuse(
			    call, "unknown shorthand flag: '%c' in %s", (*args)[1], *args);
		}
		if (!command->options[i].has_value)
			values[i] = "";
		else if ((*args)[size] == '=')
			values[i] = *args + size + 1;
		else if (args[1])
			values[i] = *++args;
		else
			return refuse(call, "flag needs an argument: %s", *args);
	}
	return 0;
}

int
daemon_run(
    struct call *call, const struct command *command, char *const args[], const struct fault *fault)
{
	const char *values[MAX_OPTIONS] = {NULL};
	const char *operand = NULL;
	int expected = command->operand != NULL, count = 0, help = 0;

	for (size_t i = 0; args[i]; i++)
		help |= strcmp(args[i], "-h") == 0 || strcmp(args[i], "--help") == 0;
	if (!help && read_args(call, command, args, &operand, &count, values) != 0)
		return 1;
	if (help || (count != expected && call->ceph)) {
		daemon_print_help(call, command);
		return 0;
	}
	if (count != expected && !expected)
		return refuse(call, "unknown command \"%s\" for \"microovn cluster %s\"", operand,
		    command->name);
	if (count != expected)
		return refuse(call, "accepts 1 arg(s), received %d", count);
	if (strcmp(fault->kind, "consume") == 0 || strcmp(fault->kind, "strand") == 0)
		return burn_token(call, operand, fault->kind[0] == 's');
	return command->run(call, operand, values);
}
