#include "standin.h"

#include "../lib/file.h"
#include "../lib/memory.h"
#include "../lib/micro.h"
#include "../lib/row.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct row clock_row = {
    "clock", {ROW(struct store, clock), ROW(struct store, turn), ROW(struct store, version),
		 ROW(struct store, made)}};

static const struct row cluster_row = {
    "cluster", {ROW(struct cluster, fingerprint), ROW(struct cluster, heartbeat),
		   ROW(struct cluster, calm), ROW(struct cluster, lost)}};

static const struct row machine_row = {"machine",
    {ROW(struct machine, name), ROW(struct machine, cluster), ROW(struct machine, state),
	ROW(struct machine, moved), ROW(struct machine, slow), ROW(struct machine, started),
	ROW(struct machine, offline), ROW(struct machine, joining), ROW(struct machine, asked)}};

static const struct row member_row = {
    "member", {ROW(struct member, cluster), ROW(struct member, name), ROW(struct member, address),
		  ROW(struct member, role), ROW(struct member, heard), ROW(struct member, missed),
		  ROW(struct member, turn)}};

static const struct row token_row = {
    "token", {ROW(struct token, cluster), ROW(struct token, name), ROW(struct token, secret),
		 ROW(struct token, expires), ROW(struct token, state)}};

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
	if (file_write(store->folder, file, b->s) < 0)
		fail(store, "replace", file);
}

#define TABLE(type)                                                                \
	{                                                                          \
		&type##_row, sizeof(struct type), offsetof(struct store, type##s), \
		    offsetof(struct store, n##type##s)                             \
	}

static const struct table {
	const struct row *row;
	size_t size, rows, n; /* of a row; where its array is, and how many they are */
} tables[] = {TABLE(cluster), TABLE(machine), TABLE(member), TABLE(token)};

enum { CLUSTERS, MACHINES, MEMBERS, TOKENS, TABLES };

/* A new row of the table. */
static void *
add(struct store *store, int table)
{
	const struct table *t = &tables[table];
	char **rows = (char **)((char *)store + t->rows);
	size_t *n = (size_t *)((char *)store + t->n);

	*rows = memory_grow(*rows, n, t->size);
	return *rows + (*n - 1) * t->size;
}

static void
read_row(struct store *store, char *const words[], size_t n)
{
	int i = 0;

	if (row_get(&clock_row, words, n, store))
		return;
	while (i < TABLES && strcmp(tables[i].row->word, words[0]) != 0)
		i++;
	if (i == TABLES || !row_get(tables[i].row, words, n, add(store, i))) {
		errno = EINVAL;
		fail(store, "read", "state");
	}
}

void
store_open(struct store *store, const char *dir)
{
	char *text, *words[ROW_WORDS];
	size_t n;

	*store = (struct store){.dir = dir, .version = 3};
	store->folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->folder < 0)
		fail(store, "open", ".");
	store->lock = file_lock(store->folder, "lock");
	if (store->lock < 0)
		fail(store, "lock", "lock");
	text = slurp(store, "state"); /* not freed: the rows point into it */
	while ((n = row_next(&text, words)))
		read_row(store, words, n);
}

void
store_save(struct store *store)
{
	struct buf b = {0};

	row_put(&b, &clock_row, store);
	for (const struct table *t = tables; t < tables + TABLES; t++) {
		const char *rows = *(char **)((char *)store + t->rows);
		size_t n = *(size_t *)((char *)store + t->n);

		for (size_t i = 0; i < n; i++)
			row_put(&b, t->row, rows + i * t->size);
	}
	replace(store, "state", &b);
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

static int
matches(const char *pattern, const char *word)
{
	return strcmp(pattern, "*") == 0 || strcmp(pattern, word) == 0;
}

static int
parse_fault(const char *line, const char *command, const char *node, struct fault *fault)
{
	char kind[sizeof(fault->kind)] = "", words[2][256];
	int ends[2], n, of_join;

	n = sscanf(line, "%31s %255s%n %255s%n", kind, words[0], &ends[0], words[1], &ends[1]);
	of_join = strcmp(kind, "consume") == 0 || strcmp(kind, "strand") == 0;
	if (n < (of_join ? 2 : 3) || !matches(of_join ? "join" : words[0], command) ||
	    !matches(words[!of_join], node))
		return 0;
	line += ends[!of_join];
	memcpy(fault->kind, kind, sizeof(kind));
	snprintf(fault->text, sizeof(fault->text), "%s", line + (*line == ' '));
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
	machine = add(store, MACHINES);
	machine->name = name;
	return machine;
}

struct member *
store_next(const struct store *store, int cluster, const struct member *last)
{
	struct member *end = store->members + store->nmembers;
	struct member *next = last ? store->members + (last - store->members) + 1 : store->members;

	while (next < end && next->cluster != cluster)
		next++;
	return next < end ? next : NULL;
}

struct member *
store_member(const struct store *store, int cluster, const char *name)
{
	struct member *member = NULL;

	while ((member = store_next(store, cluster, member)) && strcmp(member->name, name) != 0)
		continue;
	return member;
}

struct member *
store_add_member(struct store *store, int cluster, const char *name, const char *address)
{
	struct member *member = add(store, MEMBERS);

	member->cluster = cluster;
	member->name = name;
	member->address = memory_text("%s", address);
	member->heard = -1;
	member->turn = store->turn;
	member->role = MICRO_PENDING;
	return member;
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
	struct cluster *cluster = add(store, CLUSTERS);

	cluster->fingerprint = new_secret(store);
	return (int)store->nclusters;
}

struct token *
store_add_token(struct store *store, int cluster, const char *name, long lifetime)
{
	char *secret = new_secret(store);
	struct token *token = add(store, TOKENS);

	token->cluster = cluster;
	token->name = name;
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
