/*
 * Joins at once (td-consumer-step(1), Few at a time): more than 16 break a cluster, so a unit lets
 * in few at a time of those for which it has tokens made.
 */
#include <string.h>

#include "sim.h"

enum {
	PARALLEL = 4,
	PARALLEL_TIMEOUT = 120, /* seconds after which a token doesn't count any more */
	BREAKS = 17,		/* joins at once that cost a cluster its quorum */
};

static size_t
bound(const struct world *w, bool away)
{
	size_t n = w->plan->parallel < 0 ? PARALLEL : (size_t)w->plan->parallel;

	return n && away ? 1 : n;
}

static bool
is_young(const struct world *w, long made)
{
	return w->clock - made < PARALLEL_TIMEOUT;
}

/* Is the host in, with a role? */
static bool
is_in(struct world *w, const struct micro *c, const char *host)
{
	const struct row *r = micro_row(c, host);

	return r && r->role[0] && strcmp(r->role, "PENDING") != 0 && micro_online(w, c, r->machine);
}

/* Joins under way with tokens that u had made, and that count. Those that were tried before, and
 * those that a client gave up, have been rejected. */
static size_t
joins_of(const struct world *w, const struct unit *u, const struct micro *c)
{
	const struct join *j;
	size_t n = 0;

	for (const struct machine *m = w->machines; m; m = m->next) {
		j = &m->join;
		n += j->cluster == c && j->maker == u && !j->tried && is_young(w, j->made) &&
		     w->clock < j->began + JOIN_CLIENT;
	}
	return n;
}

/* Tokens that u had made, and that it knows of, of hosts that aren't in. */
static size_t
tokens_of(struct world *w, const struct unit *u, struct micro *c)
{
	size_t n = 0;

	for (const struct record *r = c->records; r; r = r->next)
		n += r->maker == u && !r->weak && is_young(w, r->made) && !is_in(w, c, r->name) &&
		     !check_is_told_member(u, r->name) && check_holds(w, u, r);
	return n;
}

void
atonce_token(struct world *w, const struct unit *u, const char *host, bool away)
{
	struct micro *c = u->machine->cluster;
	size_t max = bound(w, away), n = tokens_of(w, u, c) + joins_of(w, u, c);

	if (max && n >= max)
		world_violation(w,
		    "%s has a token made for %s, while %zu hosts have one and aren't in", u->name,
		    host, n);
}

void
atonce_join(struct world *w, const struct machine *m)
{
	const struct micro *c = m->join.cluster;
	size_t max = bound(w, false), all = join_count(w, c);

	if (!max || all <= max)
		return;
	if (joins_of(w, m->join.maker, c) > max)
		world_violation(w, "%zu joins at once with tokens of %s's",
		    joins_of(w, m->join.maker, c), m->join.maker->name);
	else
		limit_meet(w, all >= BREAKS ? LIMIT_BROKEN : LIMIT_AT_ONCE);
}
