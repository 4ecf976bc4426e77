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
};

static const char not_initialized[] = "Error: " MICRO_NOT_INITIALIZED;
static const char no_answer[] = "Error: Post \"https://10.77.0.17:6686/core/internal/hooks/"
				"pre-remove?target=X\": connect: connection refused";
static const char late[] = "Error: " MICRO_LATE;

struct row *
micro_row(const struct micro *c, const char *name)
{
	for (size_t i = 0; c && i < c->nrows; i++)
		if (strcmp(c->rows[i].name, name) == 0)
			return (struct row *)&c->rows[i];
	return NULL;
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
micro_online(struct world *w, const struct micro *c, const char *name)
{
	const struct machine *m = world_machine(w, name);

	return m && m->up && !m->unreachable && !micro_starts(w, m) && m->cluster == c;
}

size_t
micro_count(struct world *w, const struct micro *c, const char *role)
{
	size_t n = 0;

	for (const struct row *r = c->rows; r < c->rows + c->nrows; r++)
		n += (!role || strcmp(r->role, role) == 0) && micro_online(w, c, r->name);
	return n;
}

bool
micro_alive(const struct world *w, const struct micro *c, bool staying)
{
	for (const struct unit *u = w->units; u; u = u->next)
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
		for (struct machine *m = w->machines; m < w->machines + w->nmachines; m++)
			if (m->cluster == c || m->join.cluster == c)
				micro_reset(m);
		c->nrows = c->nrecords = 0;
		w->changes++;
		world_say(w, "cluster %d is no more", c->id);
	}
}

void
micro_drop_record(struct micro *c, struct record *r)
{
	*r = c->records[--c->nrecords];
}

static void
delete_expired(struct world *w, struct micro *c)
{
	for (size_t i = c->nrecords; i-- > 0;)
		if (c->records[i].expires <= w->clock)
			micro_drop_record(c, &c->records[i]);
}

static const char *const broken[LIST_TEXTS] = {
    "Error: " MICRO_STARTING, "Error: " MICRO_OFFLINE, "Error: " MICRO_LATE,
    "Error: " MICRO_NO_LIST MICRO_NO_LEADER,
    "Error: Get \"" MICRO_SOCKET "1.0/cluster\": dial unix /var/snap/microovn" MICRO_NO_SOCKET,
    "timed out", "[{\"name\":", /* which is no failure, and no list */
};

const char *
micro_refusal(const struct world *w, const struct machine *m)
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
micro_list(struct world *w, struct machine *m, struct buf *out)
{
	const char *fault = micro_refusal(w, m);
	const struct row *r;

	if (m->list_broken == LIST_TEXTS) {
		buf_puts(out, fault);
		return NULL;
	}
	if (fault)
		return fault;
	buf_putc(out, '[');
	for (r = m->cluster->rows; r < m->cluster->rows + m->cluster->nrows; r++) {
		if (r != m->cluster->rows)
			buf_putc(out, ',');
		buf_puts(out, "{\"name\":");
		buf_json(out, r->name);
		buf_printf(out, ",\"role\":\"%s\",\"status\":\"%s\"}", r->role,
		    MICRO_STATUS(micro_online(w, m->cluster, r->name)));
	}
	buf_puts(out, "]\n");
	return NULL;
}

const char *
micro_add(
    struct world *w, struct unit *u, const char *name, enum fault f, bool away, const char **token)
{
	struct machine *m = u->machine;
	const char *fault = micro_refusal(w, m);
	struct micro *c = m->cluster;
	struct record *r;

	*token = NULL;
	if (f == FAULT_BEFORE)
		return late;
	if (fault)
		return fault;
	delete_expired(w, c);
	for (r = c->records; r < c->records + c->nrecords; r++)
		if (strcmp(r->name, name) == 0)
			return "Error: " MICRO_TAKEN;
	if (c->nrecords == MAX_RECORDS)
		return late;
	atonce_token(w, u, name, away);
	w->made++;
	w->changes++;
	r = &c->records[c->nrecords++];
	*r = (struct record){.name = world_text(w, "%s", name),
	    .expires = w->clock + TOKEN_LIFE,
	    .maker = u,
	    .made = w->clock};
	r->token = world_text(w, "tok-%s-c%d-%ld-%032ld", name, c->id, w->made, w->made);
	r->excused = f == FAULT_LOST;
	if (f != FAULT_LOST)
		*token = r->token;
	return f == FAULT_NONE ? NULL : late;
}

/* Tokens have the number of their cluster in them, after the last "-c". */
static struct micro *
cluster_of(const struct world *w, const char *token)
{
	struct micro *c = w->clusters;
	const char *at;

	while ((at = strstr(token, "-c")))
		token = at + 2;
	while (c && c->id != strtol(token, NULL, 10))
		c = c->next;
	return c;
}

struct record *
micro_record(const struct world *w, const char *token, struct micro **c)
{
	*c = cluster_of(w, token);
	for (size_t i = 0; *c && i < (*c)->nrecords; i++)
		if (strcmp((*c)->records[i].token, token) == 0)
			return &(*c)->records[i];
	return NULL;
}

void
micro_weaken(struct world *w, const struct unit *u)
{
	for (struct micro *c = w->clusters; c && u->state; c = c->next)
		for (struct record *r = c->records; r < c->records + c->nrecords; r++)
			r->weak |= strstr(u->state, r->token) != NULL;
}

void
micro_add_row(struct world *w, struct micro *c, const char *name, const char *role)
{
	size_t i;

	if (c->nrows == MAX_ROWS)
		return;
	for (i = c->nrows++; i > 0 && strcmp(c->rows[i - 1].name, name) > 0; i--)
		c->rows[i] = c->rows[i - 1];
	c->rows[i] = (struct row){name, role, w->clock};
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
		return micro_refusal(w, m);
	if (m->cluster || m->join.cluster)
		return "Error: " MICRO_NOT_NEW "online";
	permission_used(w, u);
	if (world_over(w))
		return late;
	for (; *at; at = &(*at)->next)
		id++;
	c = *at = world_keep(w, sizeof *c);
	c->id = id;
	c->beat = w->clock + HEARTBEAT;
	micro_add_row(w, c, m->name, "PENDING");
	m->cluster = c;
	return f == FAULT_NONE ? NULL : late;
}

void
micro_drop_row(struct world *w, struct micro *c, const char *name, bool reset)
{
	struct machine *m = world_machine(w, name);
	struct row *r = micro_row(c, name);

	if (!r)
		return;
	memmove(r, r + 1, (size_t)(c->rows + c->nrows - r - 1) * sizeof *r);
	c->nrows--;
	w->changes++;
	if (m && m->cluster == c && reset)
		m->cluster = NULL;
}

void
micro_reset(struct machine *m)
{
	m->join = (struct join){0};
	m->cluster = NULL;
}

/* Is a member away, other than that one? */
static bool
others_are_away(struct world *w, const struct micro *c, const char *name)
{
	for (const struct row *r = c->rows; r < c->rows + c->nrows; r++)
		if (strcmp(r->name, name) != 0 && !micro_online(w, c, r->name))
			return true;
	return false;
}

const char *
micro_remove(struct world *w, struct machine *m, const char *name, bool force, enum fault f)
{
	const char *fault = micro_refusal(w, m);
	struct micro *c = m->cluster;
	bool online, others;

	if (f == FAULT_BEFORE)
		return late;
	if (fault)
		return fault;
	if (!micro_row(c, name))
		return "Error: " MICRO_NO_REMOTE;
	if (c->nrows == 1)
		return "Error: " MICRO_LAST;
	online = micro_online(w, c, name);
	if (!online && !force)
		return no_answer;
	others = others_are_away(w, c, name);
	micro_drop_row(w, c, name, online);
	return others && !online ? no_answer : f == FAULT_NONE ? NULL : late;
}

/* A member that is away: a voter is replaced, if anybody can; what a failed join left is given up.
 */
static void
give_up(struct world *w, const struct micro *c, struct row *r)
{
	const struct machine *m = world_machine(w, r->name);
	bool left = strcmp(r->role, "PENDING") == 0 && m && m->join.cluster != c &&
		    w->clock >= r->since + GIVEN_UP;

	if (left || (strcmp(r->role, "voter") == 0 && micro_count(w, c, "stand-by"))) {
		r->role = "spare";
		w->changes++;
	}
}

static void
give_roles(struct world *w, struct micro *c)
{
	const struct machine *m;
	const char *role;

	for (struct row *r = c->rows; r < c->rows + c->nrows; r++) {
		m = world_machine(w, r->name);
		if (!micro_online(w, c, r->name)) {
			give_up(w, c, r);
			continue;
		}
		if (m->stays_pending && strcmp(r->role, "PENDING") == 0)
			continue;
		role = r->role;
		if (strcmp(role, "voter") != 0 && micro_count(w, c, "voter") < VOTERS)
			role = "voter";
		else if (!role[0] || strcmp(role, "PENDING") == 0)
			role = micro_count(w, c, "stand-by") < STAND_BYS ? "stand-by" : "spare";
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
	join_pass(w);
	for (struct micro *c = w->clusters; c; c = c->next) {
		if (w->clock < c->beat)
			continue;
		delete_expired(w, c);
		give_roles(w, c);
		c->beat = w->clock + HEARTBEAT;
	}
}
