/*
 * What happens to a cluster of the stand-in by itself, and what a test wants to know of it. Reads
 * $CLUSTER_DIR, as the cluster command does.
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
    "usage: clusterctl heartbeat            roles are given, expired tokens deleted\n"
    "       clusterctl clock +SECONDS       the cluster's clock moves\n"
    "       clusterctl down|up NODE         its daemon stops, starts\n"
    "       clusterctl wipe NODE            its machine is installed anew\n"
    "       clusterctl fault KIND ...       one more line of faults\n"
    "       clusterctl members              NAME ROLE STATUS CLUSTER\n"
    "       clusterctl clusters             how many were bootstrapped; NUMBER FINGERPRINT\n"
    "       clusterctl tokens               NAME good|used|expired\n"
    "       clusterctl history              NODE COMMAND ARGS EXIT\n"
    "       clusterctl secrets              the tokens' texts\n";

static int
usage(void)
{
	fputs(usage_text, stderr);
	return 2;
}

static void
print_file(const struct store *store, const char *file)
{
	char name[4096], buffer[8192];
	size_t n;
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", store->dir, file);
	f = fopen(name, "r");
	if (!f)
		return;
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		fwrite(buffer, 1, n, stdout);
	fclose(f);
}

static void
print_members(struct store *store)
{
	store_probe(store);
	for (size_t i = 0; i < store->nmembers; i++) {
		const struct member *member = &store->members[i];

		printf("%s %s %s %d\n", member->name, member->role,
		    member->online ? "ONLINE" : "UNREACHABLE", member->cluster);
	}
}

static void
print_clusters(const struct store *store)
{
	printf("%zu\n", store->nclusters);
	for (size_t i = 0; i < store->nclusters; i++)
		printf("%zu %s\n", i + 1, store->clusters[i]);
}

static void
print_tokens(const struct store *store)
{
	for (size_t i = 0; i < store->ntokens; i++) {
		const struct token *token = &store->tokens[i];
		const char *state = token->state == TOKEN_USED ? "used" : "good";

		printf("%s %s\n", token->name, store_is_expired(store, token) ? "expired" : state);
	}
}

static int
report(struct store *store, const char *what)
{
	if (strcmp(what, "members") == 0)
		print_members(store);
	else if (strcmp(what, "clusters") == 0)
		print_clusters(store);
	else if (strcmp(what, "tokens") == 0)
		print_tokens(store);
	else if (strcmp(what, "history") == 0 || strcmp(what, "secrets") == 0)
		print_file(store, what);
	else
		return -1;
	return 0;
}

/* FIRST, then the words. */
static void
append_words(const struct store *store, const char *file, const char *first, char *const words[])
{
	char line[4096];
	size_t size = (size_t)snprintf(line, sizeof(line), "%s", first);

	for (; *words && size < sizeof(line); words++)
		size += (size_t)snprintf(line + size, sizeof(line) - size, " %s", *words);
	store_append(store, file, line);
}

static int
change(struct store *store, char *const words[], const char *operand)
{
	const char *what = words[0];

	if (strcmp(what, "heartbeat") == 0 && !operand)
		store_heartbeat(store);
	else if (strcmp(what, "clock") == 0 && operand && *operand == '+' && atol(operand + 1) > 0)
		store->clock += atol(operand + 1);
	else if (strcmp(what, "down") == 0 && operand)
		store_machine(store, operand)->down = 1;
	else if (strcmp(what, "up") == 0 && operand)
		store_machine(store, operand)->down = 0;
	else if (strcmp(what, "wipe") == 0 && operand)
		store_machine(store, operand)->cluster = 0;
	else
		return -1;
	store_save(store);
	return 0;
}

int
main(int argc, char *argv[])
{
	static struct store store;
	const char *dir = getenv("CLUSTER_DIR");

	if (!dir || argc < 2)
		return usage();
	store_open(&store, dir);
	if (strcmp(argv[1], "fault") == 0 && argc > 3)
		append_words(&store, "faults", argv[2], argv + 3);
	else if (argc == 2 && report(&store, argv[1]) == 0)
		return fflush(stdout) == 0 ? 0 : 4;
	else if (argc > 3 || change(&store, argv + 1, argv[2]) != 0)
		return usage();
	else
		append_words(&store, "history", "-", argv + 1);
	return 0;
}
