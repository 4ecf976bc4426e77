#include "standin.h"

#include "../lib/memory.h"
#include "../lib/micro.h"
#include "../lib/value.h"

#include <stdint.h>
#include <string.h>

enum {
	OFFLINE = 10 * 1000, /* how long the database is offline when a join is taken back */
};

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* TEXT in base64 with the standard alphabet and padding (RFC 4648, section 4). */
static char *
encode(const char *text)
{
	size_t size = strlen(text);
	char *out = memory_zeros(size / 3 * 4 + 5), *p = out;

	for (size_t i = 0; i < size; i += 3) {
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < size ? (unsigned char)text[i + k] : 0u);
		for (size_t k = 0; k < 4; k++)
			*p++ = i + k > size ? '=' : digits[bits >> (18 - 6 * k) & 63];
	}
	*p = '\0';
	return out;
}

/* Decodes TEXT. NULL: PLACE is that of the first byte that is wrong. */
static char *
decode(const char *text, size_t *place)
{
	size_t size = strlen(text), count = strspn(text, digits);
	char *plain = memory_zeros(size + 1), *out = plain;
	uint32_t bits = 0;

	*place = count;
	if (size % 4 != 0 && (count == size || text[count] == '='))
		*place = size - size % 4;
	if (size % 4 != 0 || count + 2 < size || count + strspn(text + count, "=") != size)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		bits = bits << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
		if (i % 4 != 0)
			*out++ = (char)(bits >> (6 - 2 * (i % 4)) & 255);
	}
	return plain;
}

char *
join_token_text(const struct call *call, const struct token *token)
{
	struct buf json = {0};

	buf_printf(&json, "{\"secret\":\"%s\",\"fingerprint\":\"%s\",\"join_addresses\":[",
	    token->secret, call->store.clusters[token->cluster - 1].fingerprint);
	for (const struct member *member = NULL;
	     (member = store_next(&call->store, token->cluster, member));)
		buf_string(&json, NULL, member->address);
	buf_puts(&json, "]}");
	return encode(json.s);
}

/* Gives what is wrong with the token; or NULL, and its JSON. */
static const char *
read_token(const struct call *call, cJSON **json)
{
	const char *prefix = call->ceph ? "invalid join token: " : "";
	size_t place;
	char *plain = decode(call->operand, &place);

	if (!plain)
		return memory_brief("%sillegal base64 data at input byte %zu", prefix, place);
	*json = cJSON_Parse(plain);
	if (!*json && !*plain)
		return memory_brief("%sunexpected end of JSON input", prefix);
	if (!*json)
		return memory_brief(
		    "%sinvalid character '%c' looking for beginning of value", prefix, *plain);
	return NULL;
}

const struct token *
join_token(const struct call *call, const char *text)
{
	size_t place;
	char *plain = decode(text, &place);

	if (!plain)
		return NULL;
	return store_token(&call->store, value_string(cJSON_Parse(plain), "secret"));
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
static const char *
come_in(struct call *call, int cluster, struct token *token, const char *address)
{
	struct cluster *row = &call->store.clusters[cluster - 1];

	token->state = TOKEN_USED;
	store_add_member(&call->store, cluster, call->node, address);
	if (row->lost || count_at_once(&call->store, cluster) > LIFE_AT_ONCE) {
		if (!row->lost)
			row->lost = row->heartbeat;
		life_revert(&call->store, call->machine, OFFLINE);
		return "Post \"" MICRO_SOCKET "control\": " MICRO_LATE;
	}
	call->machine->cluster = cluster;
	call->machine->started = 0;
	if (call->slow)
		call->machine->joining = call->store.clock + call->slow;
	return NULL;
}

/* The addresses are tried one after the other, and the last one's error is told. */
static const char *
join_with(struct call *call, const cJSON *json)
{
	const cJSON *addresses = value_get(json, "join_addresses");
	struct token *token = store_token(&call->store, value_string(json, "secret"));
	const char *own = memory_text("%s", daemon_address(call, call->machine));
	const char *last = MICRO_NO_ANSWER, *fault;
	const cJSON *address;
	int was_joining = call->machine->joining != 0, cluster;

	life_probe(&call->store);
	cJSON_ArrayForEach(address, addresses)
	{
		if (!cJSON_IsString(address))
			continue;
		cluster =
		    find_cluster(call, address->valuestring, value_string(json, "fingerprint"));
		/* version 3 says nothing of it when nothing answers there */
		if (!cluster && call->store.version == 2)
			last = memory_brief("Get \"https://%s\": Unable to connect to: %s "
					    "([dial tcp %s: connect: %s])",
			    address->valuestring, address->valuestring, address->valuestring,
			    daemon_connect_fault(call, address->valuestring));
		if (!cluster)
			continue;
		/* what was under way when the quorum was lost goes on, to its own bad end */
		if (!life_has_quorum(&call->store, cluster) &&
		    call->store.clock >= call->store.clusters[cluster - 1].lost)
			return daemon_late(call);
		fault = join_fault(call, cluster, token, own);
		if (!fault)
			return come_in(call, cluster, token, own);
		last = fault;
	}
	/* that of a join which was under way still, too: the node is wrecked */
	life_revert(&call->store, call->machine, was_joining ? OFFLINE : 0);
	return memory_brief("%d" MICRO_JOIN "%s", cJSON_GetArraySize(addresses), last);
}

const char *
join_run(struct call *call)
{
	const char *text = call->token_text = call->operand, *fault = NULL;
	cJSON *json = NULL;

	/* microceph's client reads the token, microovn's daemon does. */
	if (call->ceph)
		fault = read_token(call, &json);
	if (!fault)
		fault = daemon_new_fault(call);
	if (!fault && !*text)
		return daemon_late(call);
	if (!fault && !call->ceph)
		fault = read_token(call, &json);
	return fault ? fault : join_with(call, json);
}

const char *
join_burn(struct call *call, int strand)
{
	const char *fault = join_run(call);

	if (fault)
		return fault;
	life_revert(&call->store, call->machine, OFFLINE);
	if (!strand)
		store_remove_member(&call->store, &call->store.members[call->store.nmembers - 1]);
	return "Failed to join cluster with the given join token";
}
