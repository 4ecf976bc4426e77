#include "standin.h"

#include "../lib/memory.h"
#include "../lib/micro.h"

#include <cjson/cJSON.h>
#include <string.h>

enum {
	OFFLINE = 10 * 1000, /* how long the database is offline when a join is taken back */
};

/* A token's JSON, or NULL after saying what is wrong with it. */
static cJSON *
parse_token(struct call *call, const char *text)
{
	const char *prefix = call->ceph ? "invalid join token: " : "";
	char *plain = memory_zeros(strlen(text) + 1);
	long place = base64_decode(text, plain);
	cJSON *json = place < 0 ? cJSON_Parse(plain) : NULL;

	if (place >= 0)
		daemon_refuse(call, "%sillegal base64 data at input byte %ld", prefix, place);
	else if (!json && !*plain)
		daemon_refuse(call, "%sunexpected end of JSON input", prefix);
	else if (!json)
		daemon_refuse(call, "%sinvalid character '%c' looking for beginning of value",
		    prefix, *plain);
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
	char *plain = memory_zeros(strlen(text) + 1);

	if (base64_decode(text, plain) >= 0)
		return NULL;
	return store_token(&call->store, text_of(cJSON_Parse(plain), "secret"));
}

/* The cluster of the member that answers at that address with the token's fingerprint, or 0. */
static int
find_cluster(const struct call *call, const char *address, const char *fingerprint)
{
	const struct store *store = &call->store;

	for (size_t i = 0; i < store->nmembers; i++) {
		const struct member *member = &store->members[i];

		if (member->online && strcmp(member->address, address) == 0 &&
		    strcmp(store->clusters[member->cluster - 1].fingerprint, fingerprint) == 0)
			return member->cluster;
	}
	return 0;
}

/* Joins since the last heartbeat, or in this turn; not the member that bootstrapped. */
static size_t
count_at_once(const struct store *store, int cluster)
{
	const struct member *member = store_next(store, cluster, NULL);
	size_t count = 0;

	while ((member = store_next(store, cluster, member)))
		count += member->turn == store->turn || strcmp(member->role, MICRO_PENDING) == 0;
	return count;
}

static int
is_too_late(struct call *call, int cluster)
{
	const struct cluster *row = &call->store.clusters[cluster - 1];

	/* what was under way when the quorum was lost goes on, to its own bad end */
	return !life_has_quorum(&call->store, cluster) && call->store.clock >= row->lost;
}

/* Why the cluster's members refuse the token, or NULL. */
static const char *
join_fault(struct call *call, int cluster, const struct token *token, const char *address)
{
	const struct member *other = call->store.members, *end = other + call->store.nmembers;

	while (other < end && strcmp(other->address, address) != 0)
		other++;
	if (other < end && other->cluster == cluster)
		return memory_brief("Remote with address \"%s\" exists", address);
	if (!token || token->cluster != cluster || token->state != TOKEN_GOOD)
		return MICRO_NO_RECORD;
	if (store_is_expired(&call->store, token))
		return MICRO_EXPIRED;
	if (strcmp(token->name, call->node) != 0)
		return MICRO_OTHER_NAME;
	if (store_member(&call->store, cluster, call->node))
		return MICRO_IS_MEMBER;
	return NULL;
}

/* The row is made, and the token is used. One join too many at once, and the cluster breaks. */
static int
come_in(struct call *call, int cluster, struct token *token, const char *address)
{
	struct cluster *row = &call->store.clusters[cluster - 1];

	token->state = TOKEN_USED;
	store_add_member(&call->store, cluster, call->node, address);
	if (row->lost || count_at_once(&call->store, cluster) > LIFE_AT_ONCE) {
		if (!row->lost)
			row->lost = row->heartbeat;
		life_revert(&call->store, call->machine, OFFLINE);
		return daemon_refuse(call, "Post \"" MICRO_SOCKET "control\": " MICRO_LATE);
	}
	call->machine->cluster = cluster;
	call->machine->started = 0;
	if (call->slow)
		call->machine->joining = call->store.clock + call->slow;
	return 0;
}

/* What microcluster 2 says when nothing answers there. Version 3 says nothing of it. */
static const char *
connect_fault(struct call *call, const char *address)
{
	return memory_brief(
	    "Get \"https://%s\": Unable to connect to: %s ([dial tcp %s: connect: %s])", address,
	    address, address, daemon_connect_fault(call, address));
}

/* The addresses are tried one after the other, and the last one's error is told. */
static int
join_with(struct call *call, const cJSON *json)
{
	const cJSON *addresses = cJSON_GetObjectItemCaseSensitive(json, "join_addresses");
	struct token *token = store_token(&call->store, text_of(json, "secret"));
	const char *own = memory_text("%s", daemon_address(call, call->machine));
	const char *last = MICRO_NO_ANSWER, *fault;
	const cJSON *address;
	int was_joining = call->machine->joining != 0, cluster;

	life_probe(&call->store);
	cJSON_ArrayForEach(address, addresses)
	{
		if (!cJSON_IsString(address))
			continue;
		cluster = find_cluster(call, address->valuestring, text_of(json, "fingerprint"));
		if (!cluster) {
			if (call->store.version == 2)
				last = connect_fault(call, address->valuestring);
			continue;
		}
		if (is_too_late(call, cluster))
			return daemon_refuse_late(call);
		fault = join_fault(call, cluster, token, own);
		if (!fault)
			return come_in(call, cluster, token, own);
		last = fault;
	}
	/* that of a join which was under way still, too: the node is wrecked */
	life_revert(&call->store, call->machine, was_joining ? OFFLINE : 0);
	return daemon_refuse(call, "%d" MICRO_JOIN "%s", cJSON_GetArraySize(addresses), last);
}

int
join_run(struct call *call)
{
	const char *text = call->token_text = call->operand;
	cJSON *json = NULL;

	/* microceph's client reads the token, microovn's daemon does. */
	if (call->ceph && !(json = parse_token(call, text)))
		return 1;
	if (!daemon_is_new(call))
		return 1;
	if (!*text)
		return daemon_refuse_late(call);
	if (!json && !(json = parse_token(call, text)))
		return 1;
	return join_with(call, json);
}

int
join_burn(struct call *call, int strand)
{
	if (join_run(call) != 0)
		return 1;
	life_revert(&call->store, call->machine, OFFLINE);
	if (!strand)
		store_remove_member(&call->store, &call->store.members[call->store.nmembers - 1]);
	return daemon_refuse(call, "Failed to join cluster with the given join token");
}
