#include <string.h>

#include "../lib/micro.h"
#include "sim.h"

enum {
	SLOW = 31,    /* seconds that a slow join takes, at least */
	LONGEST = 34, /* and at most: the steps wait for 35 */
	OFFLINE = 3,  /* seconds that a daemon is offline after a failed join, at least */
	LONGEST_OFFLINE = 21,
};

static const char late[] = "Error: Post \"" MICRO_SOCKET "control\": " MICRO_LATE;
static const char failed[] = "Error: Failed to join cluster with the given join token";
static const char there[] = "Error: 1" MICRO_JOIN "Remote with address \"10.77.0.17:6686\" exists";

/* What is drawn for this join, the same in each replay. */
static uint64_t
draw(const struct world *w, const char *token)
{
	uint64_t h = world_mix(w->plan->seed, 5);

	for (; *token; token++)
		h = world_mix(h, (unsigned char)*token);
	return h;
}

size_t
join_count(const struct world *w, const struct micro *c)
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
refusal(struct world *w, const struct machine *m, const struct micro *c, const struct record *r)
{
	if (!c || !micro_count(w, c, NULL))
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
	uint64_t drawn = draw(w, token);
	size_t joins = join_count(w, j->cluster);

	j->fails =
	    f == FAULT_USED || f == FAULT_STRANDED || f == FAULT_SLOW_FAILS || f == FAULT_CUT_FAILS;
	/* one beside a dead member may */
	if (!f && drawn % 4 == 0 && micro_away(w, j->cluster, false))
		j->fails = true;
	j->ends = j->began + 1 + (long)(drawn / 4 % 2) + (joins > 1 ? (long)joins : 0);
	if (slow || (cut && drawn / 8 % 2))
		j->ends = j->began + SLOW + (long)(drawn / 16 % (LONGEST - SLOW + 1));
	if (j->ends > j->began + LONGEST)
		j->ends = j->began + LONGEST;
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
join_begin(struct world *w, struct unit *u, const char *token, enum fault f)
{
	struct machine *m = u->machine;
	struct micro *c;
	struct record *r = micro_record(w, token, &c);
	bool tried = r && r->weak;
	const char *fault;

	if (r)
		r->weak = true; /* unless the join uses it up */
	if (f == FAULT_BEFORE || m->unreachable)
		return late;
	if (m->join.cluster)
		return overlap(w, u);
	if (m->list_broken || micro_starts(w, m))
		return micro_refusal(w, m);
	if (m->cluster)
		return "Error: " MICRO_NOT_NEW "online";
	fault = refusal(w, m, c, r);
	if (fault)
		return fault;
	m->join = (struct join){.cluster = c,
	    .began = w->clock,
	    .unit = u,
	    .known = true,
	    .maker = r->maker,
	    .made = r->made,
	    .tried = tried};
	decide(w, &m->join, token, f);
	atonce_join(w, m);
	micro_drop_record(c, r);
	w->changes++;
	if (f != FAULT_USED)
		micro_add_row(w, c, m, "PENDING");
	if (f != FAULT_AFTER)
		return NULL;
	end(w, m);
	return late;
}

const char *
join_result(const struct machine *m, const struct join *began)
{
	if (began->ends > began->began + JOIN_CLIENT)
		return late;
	return m->cluster == began->cluster ? NULL : failed;
}

void
join_pass(struct world *w)
{
	for (struct machine *m = w->machines; m; m = m->next)
		if (m->join.cluster && w->clock >= m->join.ends)
			end(w, m);
}
