#include "store.h"

#include "../lib/file.h"
#include "../lib/memory.h"
#include "../lib/micro.h"
#include "buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const state_names[] = {"good", "used", "deleted"};

static void
fail(const struct store *store, const char *verb, const char *file)
{
	fprintf(stderr, "cluster: cannot %s %s/%s: %s\n", verb, store->dir, file, strerror(errno));
	exit(4);
}

/* The whole of a file of the folder, or NULL when there is none. */
static char *
slurp(const struct store *store, const char *file)
{
	char *text;

	errno = 0;
	text = file_read(store->folder, file, NULL);
	if (!text && errno != ENOENT)
		fail(store, "read", file);
	return text;
}

static void
replace(const struct store *store, const char *file, const struct buf *b)
{
	if (file_write(store->folder, file, b->s, b->n) < 0)
		fail(store, "replace", file);
}

static struct machine *
new_machine(struct store *store)
{
	store->machines = memory_grow(store->machines, &store->nmachines, sizeof(*store->machines));
	return &store->machines[store->nmachines - 1];
}

static struct member *
new_member(struct store *store)
{
	store->members = memory_grow(store->members, &store->nmembers, sizeof(*store->members));
	return &store->members[store->nmembers - 1];
}

static struct token *
new_token(struct store *store)
{
	store->tokens = memory_grow(store->tokens, &store->ntokens, sizeof(*store->tokens));
	return &store->tokens[store->ntokens - 1];
}

static struct cluster *
new_cluster(struct store *store)
{
	store->clusters = memory_grow(store->clusters, &store->nclusters, sizeof(*store->clusters));
	return &store->clusters[store->nclusters - 1];
}

static void
read_machine(struct machine *machine, char *const words[])
{
	machine->name = words[1];
	machine->cluster = atoi(words[2]);
	machine->state = (enum machine_state)atoi(words[3]);
	machine->moved = atoi(words[4]);
	machine->slow = atoi(words[5]);
	machine->started = atol(words[6]);
	machine->offline = atol(words[7]);
	machine->joining = atol(words[8]);
	machine->asked = atol(words[9]);
}

static void
read_member(struct member *member, char *const words[])
{
	member->cluster = atoi(words[1]);
	member->name = words[2];
	member->address = words[3];
	member->role = words[4];
	member->heard = atol(words[5]);
	member->missed = atoi(words[6]);
	member->turn = atol(words[7]);
}

static void
read_token(struct token *token, char *const words[])
{
	token->cluster = atoi(words[1]);
	token->name = words[2];
	token->secret = words[3];
	token->expires = atol(words[4]);
	while (token->state < TOKEN_DELETED && strcmp(words[5], state_names[token->state]) != 0)
		token->state++;
}

static void
read_cluster(struct cluster *cluster, char *const words[])
{
	cluster->fingerprint = words[1];
	cluster->heartbeat = atol(words[2]);
	cluster->calm = atoi(words[3]);
	cluster->lost = atol(words[4]);
}

static void
read_times(struct store *store, char *const words[])
{
	store->clock = atol(words[1]);
	store->turn = atol(words[2]);
	store->version = atoi(words[3]);
	store->made = atol(words[4]);
}

static void
read_line(struct store *store, char *line)
{
	char *words[10] = {NULL};
	char *rest = NULL;
	size_t n = 0;

	for (char *word = strtok_r(line, " ", &rest); word && n < 10;
	     word = strtok_r(NULL, " ", &rest))
		words[n++] = word;
	if (n == 5 && strcmp(words[0], "clock") == 0) {
		read_times(store, words);
	} else if (n == 5 && strcmp(words[0], "cluster") == 0) {
		read_cluster(new_cluster(store), words);
	} else if (n == 10 && strcmp(words[0], "machine") == 0) {
		read_machine(new_machine(store), words);
	} else if (n == 8 && strcmp(words[0], "member") == 0) {
		read_member(new_member(store), words);
	} else if (n == 6 && strcmp(words[0], "token") == 0) {
		read_token(new_token(store), words);
	} else {
		errno = EINVAL;
		fail(store, "read", "state");
	}
}

void
store_open(struct store *store, const char *dir)
{
	char *text, *rest = NULL;

	*store = (struct store){.dir = dir, .version = 3};
	store->folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->folder < 0)
		fail(store, "open", ".");
	store->lock = file_lock(store->folder, "lock");
	if (store->lock < 0)
		fail(store, "lock", "lock");
	text = slurp(store, "state"); /* not freed: the rows point into it */
	if (!text)
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		read_line(store, line);
}

void
store_save(struct store *store)
{
	struct buf b = {0};

	buf_printf(
	    &b, "clock %ld %ld %d %ld\n", store->clock, store->turn, store->version, store->made);
	for (size_t i = 0; i < store->nclusters; i++) {
		const struct cluster *cluster = &store->clusters[i];
		buf_printf(&b, "cluster %s %ld %d %ld\n", cluster->fingerprint, cluster->heartbeat,
		    cluster->calm, cluster->lost);
	}
	for (size_t i = 0; i < store->nmachines; i++) {
		const struct machine *machine = &store->machines[i];
		buf_printf(&b, "machine %s %d %d %d %d %ld %ld %ld %ld\n", machine->name,
		    machine->cluster, (int)machine->state, machine->moved, machine->slow,
		    machine->started, machine->offline, machine->joining, machine->asked);
	}
	for (size_t i = 0; i < store->nmembers; i++) {
		const struct member *member = &store->members[i];
		buf_printf(&b, "member %d %s %s %s %ld %d %ld\n", member->cluster, member->name,
		    member->address, member->role, member->heard, member->missed, member->turn);
	}
	for (size_t i = 0; i < store->ntokens; i++) {
		const struct token *token = &store->tokens[i];
		buf_printf(&b, "token %d %s %s %ld %s\n", token->cluster, token->name,
		    token->secret, token->expires, state_names[token->state]);
	}
	replace(store, "state", &b);
	buf_free(&b);
}

void
store_unlock(struct store *store)
{
	close(store->lock);
	close(store->folder);
	store->lock = store->folder = -1;
}

void
store_append(const struct store *store, const char *file, const char *line)
{
	if (file_append(store->folder, file, "%s\n", line) < 0)
		fail(store, "write", file);
}

static char *
next_word(char **line)
{
	char *word = *line + strspn(*line, " ");

	*line = word + strcspn(word, " ");
	if (**line)
		*(*line)++ = '\0';
	return word;
}

static int
matches(const char *pattern, const char *word)
{
	return strcmp(pattern, "*") == 0 || strcmp(pattern, word) == 0;
}

static int
parse_fault(const char *line, const char *command, const char *node, struct fault *fault)
{
	char copy[sizeof(fault->text)];
	char *rest = copy;
	const char *kind;

	snprintf(copy, sizeof(copy), "%s", line);
	kind = next_word(&rest);
	if (strcmp(kind, "consume") == 0 || strcmp(kind, "strand") == 0) {
		if (strcmp(command, "join") != 0)
			return 0;
	} else if (!matches(next_word(&rest), command)) {
		return 0;
	}
	if (!matches(next_word(&rest), node))
		return 0;
	snprintf(fault->kind, sizeof(fault->kind), "%s", kind);
	snprintf(fault->text, sizeof(fault->text), "%s", rest);
	return 1;
}

void
store_take_fault(
    const struct store *store, const char *command, const char *node, struct fault *fault)
{
	char *text = slurp(store, "faults"), *rest = NULL;
	struct buf others = {0};

	*fault = (struct fault){0};
	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		if (*fault->kind || !parse_fault(line, command, node, fault))
			buf_printf(&others, "%s\n", line);
	if (*fault->kind)
		replace(store, "faults", &others);
	buf_free(&others);
	free(text);
}

/* Whoever goes through the members asks for the machines in their order, or nearly. */
struct machine *
store_machine(struct store *store, const char *name)
{
	struct machine *machine;

	for (size_t i = 0; i < store->nmachines; i++) {
		size_t k = (store->found + i) % store->nmachines;

		if (strcmp(store->machines[k].name, name) == 0) {
			store->found = k + 1;
			return &store->machines[k];
		}
	}
	machine = new_machine(store);
	machine->name = memory_text("%s", name);
	return machine;
}

struct member *
store_member(const struct store *store, int cluster, const char *name)
{
	for (size_t i = 0; i < store->nmembers; i++)
		if (store->members[i].cluster == cluster &&
		    strcmp(store->members[i].name, name) == 0)
			return &store->members[i];
	return NULL;
}

struct member *
store_member_at(const struct store *store, const char *address)
{
	for (size_t i = 0; i < store->nmembers; i++)
		if (strcmp(store->members[i].address, address) == 0)
			return &store->members[i];
	return NULL;
}

struct member *
store_add_member(struct store *store, int cluster, const char *name, const char *address)
{
	struct member *member = new_member(store);

	member->cluster = cluster;
	member->name = memory_text("%s", name);
	member->address = memory_text("%s", address);
	member->heard = -1;
	member->turn = store->turn;
	store_set_role(member, MICRO_PENDING);
	return member;
}

void
store_set_role(struct member *member, const char *role)
{
	member->role = memory_text("%s", role);
}

void
store_remove_member(struct store *store, struct member *member)
{
	memory_remove(
	    store->members, &store->nmembers, sizeof(*member), (size_t)(member - store->members));
}

/* 64 hexadecimal digits, other ones each time, the same in each run of a test. */
static char *
new_secret(struct store *store)
{
	char *secret = memory_zeros(65);

	store->made++;
	for (int part = 0; part < 4; part++) {
		uint64_t x = (uint64_t)store->made * 4 + (uint64_t)part;

		for (int round = 0; round < 3; round++) {
			x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9) +
			    UINT64_C(0x9e3779b97f4a7c15);
			x ^= x >> 27;
		}
		snprintf(secret + part * 16, 17, "%016llx", (unsigned long long)x);
	}
	return secret;
}

int
store_add_cluster(struct store *store)
{
	struct cluster *cluster = new_cluster(store);

	cluster->fingerprint = new_secret(store);
	return (int)store->nclusters;
}

struct token *
store_add_token(struct store *store, int cluster, const char *name, long lifetime)
{
	char *secret = new_secret(store);
	struct token *token = new_token(store);

	token->cluster = cluster;
	token->name = memory_text("%s", name);
	token->secret = secret;
	token->expires = lifetime ? store->clock + lifetime : 0;
	return token;
}

struct token *
store_token(const struct store *store, const char *secret)
{
	for (size_t i = store->ntokens; i > 0; i--)
		if (strcmp(store->tokens[i - 1].secret, secret) == 0)
			return &store->tokens[i - 1];
	return NULL;
}

int
store_is_expired(const struct store *store, const struct token *token)
{
	return token->state == TOKEN_DELETED ||
	       (token->state == TOKEN_GOOD && token->expires && store->clock >= token->expires);
}

void
store_delete_expired(struct store *store, int cluster)
{
	for (size_t i = 0; i < store->ntokens; i++)
		if (store->tokens[i].cluster == cluster &&
		    store_is_expired(store, &store->tokens[i]))
			store->tokens[i].state = TOKEN_DELETED;
}
