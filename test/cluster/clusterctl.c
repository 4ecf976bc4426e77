/*
 * What happens to a cluster of the stand-in by itself, and what a test wants to know of it. Reads
 * $CLUSTER_DIR, as the cluster command does.
 */
#include "../lib/file.h"
#include "../lib/micro.h"
#include "standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
    "usage: clusterctl heartbeat            ten seconds go by: every cluster has a heartbeat\n"
    "       clusterctl clock +SECONDS       the clock moves; 0.05 is a number, too\n"
    "       clusterctl down|up NODE         its daemon stops; starts, or goes on\n"
    "       clusterctl freeze NODE          its daemon is stopped as by SIGSTOP\n"
    "       clusterctl unplug NODE          its packets are lost\n"
    "       clusterctl wipe NODE            its machine is installed anew\n"
    "       clusterctl move NODE            its machine gets another address\n"
    "       clusterctl revoke NAME          the token made for that name is deleted\n"
    "       clusterctl version 2|3          microcluster's, whose texts are printed (3)\n"
    "       clusterctl fault KIND ...       one more line of faults\n"
    "       clusterctl members              NAME ROLE STATUS CLUSTER\n"
    "       clusterctl clusters             how many were bootstrapped; NUMBER FINGERPRINT [lost]\n"
    "       clusterctl tokens               NAME good|used|expired\n"
    "       clusterctl history              NODE COMMAND ARGS EXIT\n"
    "       clusterctl secrets              the tokens' texts\n"
    "NODE and NAME may be `*`\n";

static int
report(struct store *store, const char *what)
{
	const char *text;

	if (strcmp(what, "members") == 0) {
		life_probe(store);
		for (size_t i = 0; i < store->nmembers; i++) {
			const struct member *m = &store->members[i];

			printf(
			    "%s %s %s %d\n", m->name, m->role, MICRO_STATUS(m->online), m->cluster);
		}
	} else if (strcmp(what, "clusters") == 0) {
		printf("%zu\n", store->nclusters);
		for (size_t i = 0; i < store->nclusters; i++)
			printf("%zu %s%s\n", i + 1, store->clusters[i].fingerprint,
			    store->clusters[i].lost ? " lost" : "");
	} else if (strcmp(what, "tokens") == 0) {
		for (size_t i = 0; i < store->ntokens; i++) {
			const struct token *t = &store->tokens[i];

			text = t->state == TOKEN_USED ? "used" : "good";
			printf("%s %s\n", t->name, store_is_expired(store, t) ? "expired" : text);
		}
	} else if (strcmp(what, "history") == 0 || strcmp(what, "secrets") == 0) {
		text = file_read(store->folder, what, NULL);
		fputs(text ? text : "", stdout);
	} else {
		return -1;
	}
	return 0;
}

/* FIRST, then the words. */
static void
append_words(const struct store *store, const char *file, const char *first, char *const words[])
{
	struct buf b = {0};

	buf_puts(&b, first);
	for (; *words; words++)
		buf_printf(&b, " %s", *words);
	store_append(store, file, b.s);
}

static int
change_machine(struct store *store, const char *what, struct machine *machine)
{
	int is_away = machine->state == MACHINE_FROZEN || machine->state == MACHINE_UNPLUGGED;

	if (strcmp(what, "down") == 0)
		machine->state = MACHINE_DOWN;
	else if (strcmp(what, "up") == 0 && !is_away)
		life_start(store, machine, 0, 0);
	else if (strcmp(what, "up") == 0)
		machine->state = MACHINE_UP;
	else if (strcmp(what, "freeze") == 0)
		machine->state = MACHINE_FROZEN;
	else if (strcmp(what, "unplug") == 0)
		machine->state = MACHINE_UNPLUGGED;
	else if (strcmp(what, "wipe") == 0)
		*machine = (struct machine){.name = machine->name, .moved = machine->moved};
	else if (strcmp(what, "move") == 0)
		machine->moved++;
	else
		return -1;
	machine->slow = 0;
	return 0;
}

static int
change_machines(struct store *store, const char *what, const char *name)
{
	if (strcmp(name, "*") != 0)
		return change_machine(store, what, store_machine(store, name));
	for (size_t i = 0; i < store->nmachines; i++)
		if (change_machine(store, what, &store->machines[i]) != 0)
			return -1;
	return 0;
}

static void
revoke(struct store *store, const char *name)
{
	for (size_t i = 0; i < store->ntokens; i++)
		if (store->tokens[i].state == TOKEN_GOOD &&
		    (strcmp(name, "*") == 0 || strcmp(store->tokens[i].name, name) == 0))
			store->tokens[i].state = TOKEN_DELETED;
}

static int
change(struct store *store, char *const words[], const char *operand)
{
	const char *what = words[0];

	store->turn++;
	if (strcmp(what, "heartbeat") == 0 && !operand)
		life_pass(store, LIFE_HEARTBEAT);
	else if (strcmp(what, "clock") == 0 && operand && *operand == '+' && atof(operand + 1) > 0)
		life_pass(store, (long)(atof(operand + 1) * 1000 + 0.5));
	else if (strcmp(what, "version") == 0 && operand && atoi(operand) > 1 && atoi(operand) < 4)
		store->version = atoi(operand);
	else if (!operand)
		return -1;
	else if (strcmp(what, "revoke") == 0)
		revoke(store, operand);
	else if (change_machines(store, what, operand) != 0)
		return -1;
	store_save(store);
	return 0;
}

int
main(int argc, char *argv[])
{
	static struct store store;
	const char *dir = getenv("CLUSTER_DIR");

	if (dir && argc > 1) {
		store_open(&store, dir);
		if (strcmp(argv[1], "fault") == 0 && argc > 3) {
			append_words(&store, "faults", argv[2], argv + 3);
			return 0;
		}
		if (argc == 2 && report(&store, argv[1]) == 0)
			return fflush(stdout) == 0 ? 0 : 4;
		if (argc <= 3 && change(&store, argv + 1, argv[2]) == 0) {
			append_words(&store, "history", "-", argv + 1);
			return 0;
		}
	}
	fputs(usage_text, stderr);
	return 2;
}
