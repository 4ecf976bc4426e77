#include <stdlib.h>
#include <string.h>

#include "../lib/micro.h"
#include "sim.h"

enum {
	TOKEN_LIFE = 3 * 3600,
	HEARTBEAT = 10,
	GIVEN_UP = 20, /* seconds until a row that a failed join left has a role */
	VOTERS = 3,
	STAND_BYS = 3,
	SLOW = 31,    /* seconds that a slow join takes, at least */
	LONGEST = 34, /* and at most: the steps wait for 35 */
	OFFLINE = 3,  /* seconds that a daemon is offline after a failed join, at least */
	LONGEST_OFFLINE = 21,
};

static const char not_initialized[] = "Error: " MICRO_NOT_INITIALIZED;
static const char no_answer[] = "Error: Post \"https://10.77.0.17:6686/core/internal/hooks/"
				"pre-remove?target=X\": connect: connection refused";
static const char late[] = "Error: " MICRO_LATE;
static const char join_late[] = "Error: Post \"" MICRO_SOCKET "control\": " MICRO_LATE;
static const char there[] = "Error: 1" MICRO_JOIN "Remote with address \"10.77.0.17:6686\" exists";

struct row *
micro_row(const struct micro *c, const char *name)
{
	struct row *r = c ? c->rows : NULL;

	while (r && strcmp(r->machine->name, name) != 0)
		r = r->next;
	return r;
}

bool
micro_has(const struct machine *m)
{
	return m->up && m->cluster && micro_row(m->cluster, m->name);
}

bool
micro_starts(const struct world *w, const struct machine *m)
{
	return w->clock < m->none_until || w->clock < m->starting_until ||
	       w->clock < m->offline_until || m->join.cluster;
}

bool
micro_online(const struct world *w, const struct micro *c, const struct machine *m)
{
	return m->up && !m->unreachable && !micro_starts(w, m) && m->cluster == c;
}

/* Members that are online, and have that role unless it is NULL. */
static size_t
count(const struct world *w, const struct micro *c, const char *role)
{
	size_t n = 0;

	for (const struct row *r = c->rows; r; r = r->next)
		n += (!role || strcmp(r->role, role) == 0) && micro_online(w, c, r->machine);
	return n;
}

/* Is a member away? joining: those whose join is under way are. */
static bool
is_away(const struct world *w, const struct micro *c, bool joining)
{
	for (const struct row *r = c->rows; r; r = r->next)
		if (!micro_online(w, c, r->machine) && (joining || r->machine->join.cluster != c))
			return true;
	return false;
}

bool
micro_alive(const struct world *w, const struct micro *c, bool staying)
{
	for (const struct unit *u = w->units; u < w->end; u++)
		if (u->side == SIDE_CONSUMER && u->alive && !u->lost && !(staying && u->dying) &&
		    u->machine->cluster == c && micro_has(u->machine))
			return true;
	return false;
}

/* A cluster whose last unit is gone: its machines are gone with it. */
void
micro_bury(struct world *w)
{
	for (struct micro *c = w->clusters; c; c = c->next) {
		if (c->buried || micro_alive(w, c, false))
			continue;
		c->buried = true;
		for (struct machine *m = w->machines; m; m = m->next)
			if (m->cluster == c || m->join.cluster == c)
				micro_reset(m);
		c->rows = NULL;
		c->records = NULL;
		w->changes++;
		world_say(w, "cluster %d is no more", c->id);
	}
}

static void
delete_expired(struct world *w, struct micro *c)
{
	struct record **at = &c->records;

	while (*at)
		if ((*at)->expires <= w->clock)
			*at = (*at)->next;
		else
			at = &(*at)->next;
}

static const char *const broken[LIST_TEXTS] = {
    "Error: " MICRO_STARTING, "Error: " MICRO_OFFLINE, "Error: " MICRO_LATE,
    "Error: " MICRO_NO_LIST MICRO_NO_LEADER,
    "Error: Get \"" MICRO_SOCKET "1.0/cluster\": dial unix /var/snap/microovn" MICRO_NO_SOCKET,
    "timed out", "[{\"name\":", /* which is no failure, and no list */
};

/* Why the machine's daemon can't answer for a cluster, or NULL. */
static const char *
refusal(const struct world *w, const struct machine *m)
{
	if (m->list_broken)
		return broken[m->list_broken - 1];
	if (w->clock < m->none_until)
		return not_initialized;
	if (w->clock < m->starting_until)
		return broken[0];
	if (w->clock < m->offline_until)
		return broken[1];
	if (!m->cluster)
		return not_initialized;
	if (!micro_row(m->cluster, m->name))
		return broken[0];
	return m->unreachable ? late : NULL;
}

const char *
micro_list(struct world *w, struct machine *m, enum fault f, struct buf *out)
{
	const char *fault = f ? late : refusal(w, m);

	if (fault == broken[LIST_TEXTS - 1]) {
		buf_puts(out, fault);
		return NULL;
	}
	if (fault)
		return fault;
	buf_putc(out, '[');
	for (const struct row *r = m->cluster->rows; r; r = r->next) {
		buf_item(out, NULL, "{");
		buf_string(out, "name", r->machine->name);
		buf_string(out, "role", r->role);
		buf_string(out, "status", MICRO_STATUS(micro_online(w, m->cluster, r->machine)));
		buf_putc(out, '}');
	}
	buf_puts(out, "]\n");
	return NULL;
}

const char *
micro_add(
    struct world *w, struct unit *u, const char *name, enum fault f, bool away, const char **token)
{
	struct machine *m = u->machine;
	const char *fault = refusal(w, m);
	struct micro *c = m->cluster;
	struct record **at, *r;

	*token = NULL;
	if (f == FAULT_BEFORE)
		return late;
	if (fault)
		return fault;
	delete_expired(w, c);
	for (at = &c->records; *at; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			return "Error: " MICRO_TAKEN;
	check_add(w, u, name, away);
	w->made++;
	w->changes++;
	r = *at = world_keep(w, sizeof *r);
	*r = (struct record){.name = world_text(w, "%s", name),
	    .expires = w->clock + TOKEN_LIFE,
	    .maker = u,
	    .made = w->clock};
	r->token = world_text(w, "tok-%s-c%d-%ld-%032ld", name, c->id, w->made, w->made);
	r->excused = f == FAULT_LOST;
	if (f != FAULT_LOST)
		*token = r->token;
	return f ? late : NULL;
}

void
micro_weaken(struct world *w, const struct unit *u)
{
	for (struct micro *c = w->clusters; c && u->state; c = c->next)
		for (struct record *r = c->records; r; r = r->next)
			r->weak |= strstr(u->state, r->token) != NULL;
}

void
micro_add_row(struct world *w, struct micro *c, struct machine *m, const char *role)
{
	struct row **at = &c->rows, *r = world_keep(w, sizeof *r);

	while (*at && strcmp((*at)->machine->name, m->name) <= 0)
		at = &(*at)->next;
	*r = (struct row){*at, m, role, w->clock};
	*at = r;
	w->changes++;
}

const char *
micro_bootstrap(struct world *w, struct unit *u, enum fault f)
{
	struct machine *m = u->machine;
	struct micro **at = &w->clusters, *c;
	int id = 0;

	if (f == FAULT_BEFORE)
		return late;
	if (m->list_broken || micro_starts(w, m))
		return refusal(w, m);
	if (m->cluster || m->join.cluster)
		return "Error: " MICRO_NOT_NEW "online";
	check_bootstrap(w, u);
	if (world_over(w))
		return late;
	for (; *at; at = &(*at)->next)
		id++;
	c = *at = world_keep(w, sizeof *c);
	c->id = id;
	c->beat = w->clock + HEARTBEAT;
	micro_add_row(w, c, m, "PENDING");
	m->cluster = c;
	return f ? late : NULL;
}

void
micro_drop_row(struct world *w, struct micro *c, struct machine *m, bool reset)
{
	struct row **at = &c->rows;

	while (*at && (*at)->machine != m)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = (*at)->next;
	w->changes++;
	if (m->cluster == c && reset)
		m->cluster = NULL;
}

void
micro_reset(struct machine *m)
{
	m->join = (struct join){0};
	m->cluster = NULL;
}

const char *
micro_remove(struct world *w, struct machine *m, const char *name, bool force, enum fault f)
{
	const char *fault = refusal(w, m);
	struct micro *c = m->cluster;
	const struct row *r = micro_row(c, name);
	bool online;

	if (f == FAULT_BEFORE)
		return late;
	if (fault)
		return fault;
	if (!r)
		return "Error: " MICRO_NO_REMOTE;
	if (!c->rows->next)
		return "Error: " MICRO_LAST;
	online = micro_online(w, c, r->machine);
	if (!online && !force)
		return no_answer;
	micro_drop_row(w, c, r->machine, online);
	return !online && is_away(w, c, true) ? no_answer : f == FAULT_NONE ? NULL : late;
}

/* What a cluster made so is there: its record, and in *c the cluster; *c alone if the token is used
 * up. */
static struct record *
record_of(const struct world *w, const char *token, struct micro **c)
{
	const char *id = token, *at;
	struct record *r;

	/* tokens have the number of their cluster in them, after the last "-c" */
	while ((at = strstr(id, "-c")))
		id = at + 2;
	*c = w->clusters;
	while (*c && (*c)->id != strtol(id, NULL, 10))
		*c = (*c)->next;
	r = *c ? (*c)->records : NULL;
	while (r && strcmp(r->token, token) != 0)
		r = r->next;
	return r;
}

size_t
micro_joins(const struct world *w, const struct micro *c)
{
	size_t n = 0;

	for (const struct machine *m = w->machines; m; m = m->next)
		n += m->join.cluster == c;
	return n;
}

/* The joiner throws away what it has, and its daemon starts anew. */
static void
revert(struct world *w, struct machine *m, uint64_t drawn)
{
	micro_reset(m);
	m->offline_until = w->clock + OFFLINE + (long)(drawn % (LONGEST_OFFLINE - OFFLINE + 1));
	w->changes++;
}

/* Two joins on one node wreck it: the second fails, takes back what the first did, and the row
 * stays. */
static const char *
overlap(struct world *w, const struct unit *u)
{
	struct machine *m = u->machine;

	if (m->join.unit == u && m->join.known)
		world_violation(w, "%s begins a join beside the one that it began %ld s ago",
		    u->name, w->clock - m->join.began);
	else
		limit_meet(w, LIMIT_OVERLAP);
	revert(w, m, (uint64_t)w->clock);
	return there;
}

/* Why the members of c refuse the token of record r, or NULL. */
static const char *
token_refusal(
    struct world *w, const struct machine *m, const struct micro *c, const struct record *r)
{
	if (!c || !count(w, c, NULL))
		return "Error: 1" MICRO_JOIN MICRO_NO_ANSWER;
	if (micro_row(c, m->name))
		return there;
	if (!r)
		return "Error: 1" MICRO_JOIN MICRO_NO_RECORD;
	if (r->expires <= w->clock)
		return "Error: 1" MICRO_JOIN MICRO_EXPIRED;
	if (strcmp(r->name, m->name) != 0)
		return "Error: 1" MICRO_JOIN MICRO_OTHER_NAME;
	return NULL;
}

/* How long it takes, and whether it ends well. */
static void
decide(struct world *w, struct join *j, const char *token, enum fault f)
{
	bool slow = f == FAULT_SLOW || f == FAULT_SLOW_FAILS;
	bool cut = f == FAULT_CUT || f == FAULT_CUT_FAILS;
	uint64_t drawn = world_mix(w->plan->seed, 5); /* the same in each replay */
	size_t joins = micro_joins(w, j->cluster);

	while (*token)
		drawn = world_mix(drawn, (unsigned char)*token++);
	j->fails =
	    f == FAULT_USED || f == FAULT_STRANDED || f == FAULT_SLOW_FAILS || f == FAULT_CUT_FAILS;
	/* one beside a dead member may */
	if (!f && drawn % 4 == 0 && is_away(w, j->cluster, false))
		j->fails = true;
	j->ends = j->began + 1 + (long)(drawn / 4 % 2) + (joins > 1 ? (long)joins : 0);
	if (slow || (cut && drawn / 8 % 2))
		j->ends = j->began + SLOW + (long)(drawn / 16 % (LONGEST - SLOW + 1));
}

static void
end(struct world *w, struct machine *m)
{
	struct micro *c = m->join.cluster;
	bool fails = m->join.fails || !m->up || m->unreachable || !micro_row(c, m->name);
	uint64_t drawn = world_mix((uint64_t)m->join.began, m->join.known);

	m->join = (struct join){0};
	w->changes++;
	if (fails)
		revert(w, m, drawn);
	else
		m->cluster = c;
	world_say(w, "%s's join %s", m->name, fails ? "fails" : "is done");
}

const char *
micro_join(struct world *w, struct unit *u, const char *token, enum fault f)
{
	struct machine *m = u->machine;
	struct micro *c;
	struct record *r = record_of(w, token, &c);
	bool tried = r && r->weak;
	const char *fault;

	if (r)
		r->weak = true; /* unless the join uses it up */
	if (f == FAULT_BEFORE || m->unreachable)
		return join_late;
	if (m->join.cluster)
		return overlap(w, u);
	if (m->list_broken || micro_starts(w, m))
		return refusal(w, m);
	if (m->cluster)
		return "Error: " MICRO_NOT_NEW "online";
	fault = token_refusal(w, m, c, r);
	if (fault)
		return fault;
	m->join = (struct join){
	    .cluster = c, .began = w->clock, .unit = u, .known = true, .record = r, .tried = tried};
	decide(w, &m->join, token, f);
	check_join(w, m);
	/* used up */
	r->token = "";
	r->expires = w->clock;
	w->changes++;
	if (f != FAULT_USED)
		micro_add_row(w, c, m, "PENDING");
	if (f != FAULT_AFTER)
		return NULL;
	end(w, m);
	return join_late;
}

const char *
micro_joined(const struct machine *m, const struct join *began)
{
	if (began->ends > began->began + JOIN_CLIENT)
		return join_late;
	return m->cluster == began->cluster
		   ? NULL
		   : "Error: Failed to join cluster with the given join token";
}

/* This is simpler than what the stand-in of test/cluster does, on purpose: a row stays PENDING for
 * as long as its join is under way, and for some seconds if that fails; there are never too many
 * voters; and a row may have no role. So the steps meet such rows often, and for long. */
static void
give_roles(struct world *w, struct micro *c)
{
	const char *role;
	bool pending, voter;

	for (struct row *r = c->rows; r; r = r->next) {
		role = r->role;
		pending = strcmp(role, "PENDING") == 0;
		voter = strcmp(role, "voter") == 0;
		if (!micro_online(w, c, r->machine)) {
			/* a voter is replaced, if anybody can; what a failed join left is given up
			 */
			if (voter ? count(w, c, "stand-by") > 0
				  : pending && r->machine->join.cluster != c &&
					w->clock >= r->since + GIVEN_UP)
				role = "spare";
		} else if (!pending || !r->machine->stays_pending) {
			if (!voter && count(w, c, "voter") < VOTERS)
				role = "voter";
			else if (!role[0] || pending)
				role = count(w, c, "stand-by") < STAND_BYS ? "stand-by" : "spare";
		}
		w->changes += role != r->role;
		r->role = role;
	}
}

void
micro_heartbeat(struct world *w)
{
	for (struct micro *c = w->clusters; c; c = c->next)
		c->beat = w->clock;
	micro_pass(w, 0);
}

void
micro_pass(struct world *w, long seconds)
{
	w->clock += seconds;
	for (struct machine *m = w->machines; m; m = m->next)
		if (m->join.cluster && w->clock >= m->join.ends)
			end(w, m);
	for (struct micro *c = w->clusters; c; c = c->next) {
		if (w->clock < c->beat)
			continue;
		delete_expired(w, c);
		give_roles(w, c);
		c->beat = w->clock + HEARTBEAT;
	}
}
