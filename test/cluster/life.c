#include "standin.h"

#include "../lib/micro.h"

#include <string.h>

enum {
	NOT_INITIALIZED = 50, /* after a start */
	STARTING = 1000,      /* until this long after a start, at least */
	ORPHANED = 30 * 1000, /* how long a daemon whose row was removed tries to start */
	NO_SOCKET = 30,	      /* while a daemon starts itself anew */
	MAX_VOTERS = 3,
	MAX_STAND_BYS = 3,
	MAX_MISSED = 2,	    /* heartbeats, until a voter is replaced */
	CALM = 2,	    /* heartbeats, until voters that are too many are told so */
	MAX_HEARTBEATS = 8, /* more of them in a row change nothing */
};

/* Its row was removed while it was away. */
static int
is_orphan(const struct store *store, const struct machine *machine)
{
	return machine->cluster && !store_member(store, machine->cluster, machine->name);
}

static int
runs(const struct store *store, const struct machine *machine)
{
	return machine->state == MACHINE_UP && store->clock >= machine->started;
}

enum life_status
life_status(const struct store *store, const struct machine *machine)
{
	long age = machine->started ? store->clock - machine->started : STARTING;

	if (machine->state == MACHINE_FROZEN)
		return LIFE_FROZEN;
	if (machine->state == MACHINE_DOWN || age < 0)
		return LIFE_NO_SOCKET;
	if (store->clock < machine->offline)
		return LIFE_OFFLINE;
	if (!machine->cluster || machine->joining || age < NOT_INITIALIZED)
		return LIFE_NOT_INITIALIZED;
	if (is_orphan(store, machine))
		return age < ORPHANED ? LIFE_STARTING : LIFE_NO_SOCKET;
	return machine->started ? LIFE_STARTING : LIFE_ONLINE;
}

long
life_next(const struct store *store, const struct machine *machine)
{
	long started = machine->started, next = 0;
	const long changes[] = {machine->offline, machine->joining, started,
	    started ? started + NOT_INITIALIZED : 0, started ? started + STARTING : 0,
	    machine->cluster ? store->clusters[machine->cluster - 1].heartbeat : 0};

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		if (changes[i] > store->clock && (!next || changes[i] < next))
			next = changes[i];
	return next;
}

void
life_start(struct store *store, struct machine *machine, long ms, long offline)
{
	machine->state = MACHINE_UP;
	machine->joining = 0;
	machine->slow = 0;
	machine->started = store->clock + ms;
	machine->offline = offline ? store->clock + offline : 0;
	if (!machine->started)
		machine->started = 1;
}

void
life_revert(struct store *store, struct machine *machine, long offline)
{
	machine->cluster = 0;
	life_start(store, machine, NO_SOCKET, offline);
}

int
life_answers(struct store *store, const struct member *member)
{
	const struct machine *machine = store_machine(store, member->name);

	return runs(store, machine) && machine->cluster == member->cluster && !machine->started &&
	       !machine->joining;
}

void
life_probe(struct store *store)
{
	for (size_t i = 0; i < store->nmembers; i++)
		store->members[i].online = life_answers(store, &store->members[i]);
}

static int
has_role(const struct member *member, const char *role)
{
	return strcmp(member->role, role) == 0;
}

int
life_has_quorum(struct store *store, int cluster)
{
	size_t voters = 0, up = 0;
	int first_up = -1;

	if (store->clusters[cluster - 1].lost)
		return 0;
	for (const struct member *member = NULL; (member = store_next(store, cluster, member));) {
		const struct machine *machine = store_machine(store, member->name);
		int is_up = runs(store, machine) && machine->cluster == cluster;
		if (first_up < 0)
			first_up = is_up;
		if (!has_role(member, MICRO_VOTER))
			continue;
		voters++;
		up += (size_t)is_up;
	}
	/* the first member votes before its row says so */
	return voters ? up > voters / 2 : first_up > 0;
}

/* What was to last until now is over. */
static void
finish(struct store *store)
{
	for (size_t i = 0; i < store->nmachines; i++) {
		struct machine *machine = &store->machines[i];

		if (machine->joining && store->clock >= machine->joining)
			machine->joining = 0;
		if (!machine->started || machine->state != MACHINE_UP ||
		    store->clock < machine->started + STARTING)
			continue;
		if (!machine->cluster ||
		    (!is_orphan(store, machine) && life_has_quorum(store, machine->cluster)))
			machine->started = 0;
	}
}

size_t
life_count(const struct store *store, int cluster, const char *role)
{
	size_t count = 0;

	for (const struct member *member = NULL; (member = store_next(store, cluster, member));)
		count += !role || has_role(member, role);
	return count;
}

/* The first member with that role that is online; or that has been away for too long. */
static struct member *
find_role(const struct store *store, int cluster, const char *role, int online)
{
	struct member *member = NULL;

	while ((member = store_next(store, cluster, member)))
		if (has_role(member, role) &&
		    (online ? member->online : member->missed >= MAX_MISSED))
			break;
	return member;
}

static size_t
hear(struct store *store, int cluster)
{
	size_t online = 0;

	life_probe(store);
	for (struct member *member = NULL; (member = store_next(store, cluster, member));) {
		online += (size_t)member->online;
		member->missed = member->online ? 0 : member->missed + 1;
		if (member->online)
			member->heard = store->clock;
	}
	return online;
}

/* Whoever is PENDING comes in as a voter, whatever their number; of two the second is spare. */
static void
admit(struct store *store, int cluster, size_t size)
{
	struct cluster *row = &store->clusters[cluster - 1];

	row->calm++;
	for (struct member *member = NULL; (member = store_next(store, cluster, member));) {
		if (!has_role(member, MICRO_PENDING))
			continue;
		member->role = member->online && size >= MAX_VOTERS ? MICRO_VOTER : MICRO_SPARE;
		row->calm = 0;
	}
}

/* Voters who are away are replaced. Two members have one voter, three have three. */
static void
replace(struct store *store, int cluster)
{
	static const char *const below[] = {MICRO_STAND_BY, MICRO_SPARE};
	size_t rows = 0, present = 0, wanted;
	struct member *member;

	for (member = NULL; (member = store_next(store, cluster, member)); rows++)
		present += has_role(member, MICRO_VOTER) && member->missed < MAX_MISSED;
	wanted = rows < MAX_VOTERS ? 1 : MAX_VOTERS;
	for (size_t i = 0; i < 2; i++)
		for (; present < wanted && (member = find_role(store, cluster, below[i], 1));
		     present++)
			member->role = MICRO_VOTER;
	while (life_count(store, cluster, MICRO_VOTER) > wanted &&
	       (member = find_role(store, cluster, MICRO_VOTER, 0)))
		member->role = MICRO_SPARE;
}

/* Of too many voters the first one, the leader, stays one, and the last ones do. */
static void
shrink(struct store *store, int cluster)
{
	struct member *leader = find_role(store, cluster, MICRO_VOTER, 1);

	for (struct member *member = NULL; (member = store_next(store, cluster, member));) {
		if (member == leader || !has_role(member, MICRO_VOTER))
			continue;
		if (life_count(store, cluster, MICRO_VOTER) <= MAX_VOTERS)
			return;
		member->role = life_count(store, cluster, MICRO_STAND_BY) < MAX_STAND_BYS
				   ? MICRO_STAND_BY
				   : MICRO_SPARE;
	}
}

static void
heartbeat(struct store *store, int cluster)
{
	size_t size;

	if (!life_has_quorum(store, cluster))
		return;
	store_delete_expired(store, cluster);
	size = hear(store, cluster);
	admit(store, cluster, size);
	replace(store, cluster);
	if (store->clusters[cluster - 1].calm >= CALM)
		shrink(store, cluster);
}

/* The number of the cluster whose heartbeat is due next, at END or before it; 0: none. */
static int
next_cluster(const struct store *store, long end)
{
	int found = 0;

	for (size_t i = 0; i < store->nclusters; i++)
		if (store->clusters[i].heartbeat <= end &&
		    (!found || store->clusters[i].heartbeat < store->clusters[found - 1].heartbeat))
			found = (int)i + 1;
	return found;
}

void
life_pass(struct store *store, long ms)
{
	long end = store->clock + ms;
	int cluster;

	while ((cluster = next_cluster(store, end))) {
		struct cluster *row = &store->clusters[cluster - 1];
		long due = (end - row->heartbeat) / LIFE_HEARTBEAT;

		if (due > MAX_HEARTBEATS)
			row->heartbeat += (due - MAX_HEARTBEATS) * LIFE_HEARTBEAT;
		if (store->clock < row->heartbeat)
			store->clock = row->heartbeat;
		finish(store);
		row->heartbeat += LIFE_HEARTBEAT;
		heartbeat(store, cluster);
	}
	store->clock = end;
	finish(store);
}
