#include "role.h"

enum {
	VOTERS = 3,
	STAND_BYS = 3,
	MISSED = 2, /* heartbeats, until a voter is replaced */
	CALM = 2,   /* heartbeats, until voters that are too many are told so */
};

struct beat {
	struct role_member *const *member;
	size_t n;
};

const char *
role_name(enum role role)
{
	static const char *const names[] = {"PENDING", "spare", "stand-by", "voter"};

	return names[role];
}

static bool
is_lost(const struct role_member *m)
{
	return m->missed >= MISSED;
}

static size_t
count(const struct beat *b, enum role role, bool lost_too)
{
	size_t i, n = 0;

	for (i = 0; i < b->n; i++)
		n += b->member[i]->role == role && (lost_too || !is_lost(b->member[i]));
	return n;
}

/* Hears who is there, and gives newcomers a role. */
static void
admit(const struct beat *b, int *calm)
{
	struct role_member *m;
	size_t i, online = 0;

	for (i = 0; i < b->n; i++) {
		m = b->member[i];
		online += m->online;
		m->missed = m->online ? 0 : m->missed + 1;
	}
	++*calm;
	for (i = 0; i < b->n; i++) {
		m = b->member[i];
		if (m->role != ROLE_PENDING)
			continue;
		m->role = m->online && online >= VOTERS ? ROLE_VOTER : ROLE_SPARE;
		*calm = 0;
	}
}

/* Members of a lower role become voters until there are enough. */
static void
promote(const struct beat *b, enum role role, size_t wanted)
{
	size_t i;

	for (i = 0; i < b->n && count(b, ROLE_VOTER, false) < wanted; i++)
		if (b->member[i]->role == role && b->member[i]->online)
			b->member[i]->role = ROLE_VOTER;
}

/* Voters that are lost become spares while there are too many. */
static void
demote(const struct beat *b, size_t wanted)
{
	size_t i;

	for (i = 0; i < b->n && count(b, ROLE_VOTER, true) > wanted; i++)
		if (b->member[i]->role == ROLE_VOTER && is_lost(b->member[i]))
			b->member[i]->role = ROLE_SPARE;
}

/* Of too many voters the first one that is there, the leader, stays one, and the last ones do. */
static void
shrink(const struct beat *b)
{
	bool has_leader = false;
	struct role_member *m;
	size_t i;

	for (i = 0; i < b->n && count(b, ROLE_VOTER, true) > VOTERS; i++) {
		m = b->member[i];
		if (m->role != ROLE_VOTER)
			continue;
		if (m->online && !has_leader)
			has_leader = true;
		else
			m->role =
			    count(b, ROLE_STAND_BY, true) < STAND_BYS ? ROLE_STAND_BY : ROLE_SPARE;
	}
}

void
role_beat(struct role_member *const members[], size_t n, int *calm)
{
	const struct beat b = {members, n};
	size_t wanted = n < VOTERS ? 1 : VOTERS;

	admit(&b, calm);
	promote(&b, ROLE_STAND_BY, wanted);
	promote(&b, ROLE_SPARE, wanted);
	demote(&b, wanted);
	if (*calm >= CALM)
		shrink(&b);
}
