/*
 * What a history is made of, done one by one: each act names what it is done to, and does nothing
 * where that isn't there.
 */
#include <string.h>

#include "sim.h"

bool
machine_is_free(struct world *w, const struct machine *m)
{
	size_t i;

	for (i = 0; i < w->nunits; i++)
		if (w->units[i]->alive && !w->units[i]->lost && w->units[i]->machine == m)
			return false;
	return !m->no_unit;
}

static void
deploy_td(struct world *w)
{
	struct app *a;

	if (w->td && !w->td->gone)
		return;
	a = world_keep(w, sizeof *a);
	a->name = a->far_name = "td";
	a->next_unit = w->td ? w->td->next_unit : 0;
	w->td = a;
	world_add_unit(w, a, SIDE_TD, NULL);
}

static void
redeploy_td(struct world *w, bool force)
{
	struct unit *u;
	size_t i;

	if (!w->td || w->td->gone)
		return;
	world_say(w, "the distributor is removed%s", force ? " by force" : "");
	w->td->gone = true;
	w->td_changed = true;
	for (i = 0; i < w->nrelations; i++)
		if (w->relations[i]->apps[SIDE_TD] == w->td)
			w->relations[i]->dying = true;
	for (i = 0; i < w->nunits; i++) {
		u = w->units[i];
		if (u->app != w->td || !u->alive)
			continue;
		u->dying = u->struck = true;
		if (force || u->stage < 3)
			world_unit_gone(w, u);
	}
	for (i = 0; i < w->nrelations; i++)
		world_end_relation(w, w->relations[i]);
}

static struct app *
app_of(struct world *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->napps; i++)
		if (strcmp(w->apps[i].name, name) == 0)
			return &w->apps[i];
	return NULL;
}

static void
add_unit(struct world *w, const struct act *a)
{
	struct app *app = app_of(w, a->who);
	struct machine *m = app ? world_machine(w, a->what) : NULL;

	if (!m || !machine_is_free(w, m))
		return;
	if (!m->up || a->n == 1)
		micro_reset(w, m);
	m->up = true;
	world_add_unit(w, app, SIDE_CONSUMER, m);
}

static void
add_td(struct world *w)
{
	if (w->td && !w->td->gone && w->td->next_unit < 20)
		world_add_unit(w, w->td, SIDE_TD, NULL);
}

static void
force_unit(struct world *w, struct unit *u, long n)
{
	if (n > 0)
		micro_reset(w, u->machine);
	if (n == 2) {
		world_say(w, "machine %s goes as well", u->machine->name);
		u->machine->up = false;
	}
	w->td_changed |= u->side == SIDE_TD;
	world_unit_gone(w, u);
}

static void
lose_machine(struct world *w, struct unit *u)
{
	world_say(w, "machine %s of %s is away for good", u->machine->name, u->name);
	u->lost = true;
	u->machine->up = false;
	micro_reset(w, u->machine);
	if (u->app->leader == u)
		u->app->leader = NULL;
	u->struck = true;
}

static void
remove_member(struct world *w, struct machine *m, bool force)
{
	if (!m->cluster || !micro_row(m->cluster, m->name) || m->cluster->nrows == 1)
		return;
	/* without force it fails where the member doesn't answer */
	if (!force && !micro_online(w, m->cluster, m->name))
		return;
	world_say(
	    w, "an operator removes %s from the cluster%s", m->name, force ? " by force" : "");
	micro_drop_row(w, m->cluster, m->name, !force);
}

static void
lose_state(struct world *w, struct unit *u, bool added_too)
{
	world_say(w, "%s loses its state file", u->name);
	micro_weaken(w, u);
	if (u->machine->join.unit == u)
		u->machine->join.known = false;
	u->state = NULL;
	u->forgetful |= u->was_in;
	u->ntokens = 0;
	u->in_cluster = u->unsure = false;
	u->seen = -1;
	if (added_too)
		u->nadded = 0;
	u->struck = true;
}

static void
restart_agent(struct world *w, struct unit *u)
{
	size_t i, j;

	for (i = 0; i < u->nscopes; i++)
		for (j = 0; j < MAX_SIDE; j++)
			u->scopes[i]->peers[j].cache = NULL;
	world_say(w, "the agent of %s restarts", u->name);
}

static void
add_member(struct world *w, const struct act *a)
{
	struct machine *of = world_machine(w, a->what), *m;
	struct micro *c = of ? of->cluster : NULL;

	if (!micro_row(c, of->name) || c->nrows == MAX_ROWS)
		return;
	m = world_machine(w, a->who);
	if (!m || m->cluster)
		return;
	m->no_unit = true;
	m->cluster = c;
	micro_add_row(w, c, m->name, "voter");
	world_say(w, "an operator has %s join the cluster", m->name);
}

static void
skip_hook(struct world *w, struct unit *u)
{
	unsigned version;

	if (!u->in_error)
		return;
	world_say(w, "%s: the failed hook is skipped", u->name);
	u->in_error = false;
	agent_start(u, &u->failed, &version);
	u->busy = false;
	agent_done(w, u, &u->failed, version);
}

static void
odd_role(struct world *w, struct machine *m)
{
	struct row *r = micro_row(m->cluster, m->name);

	if (r && strcmp(r->role, "PENDING") != 0) {
		r->role = "";
		world_say(w, "%s has no role", m->name);
	}
}

static void
break_machine(struct world *w, struct machine *m, const char *how, long n)
{
	if (strcmp(how, "list") == 0)
		m->list_broken = n > 0 && n < LIST_TEXTS ? (int)n + 1 : 1;
	m->unreachable |= strcmp(how, "unreachable") == 0;
	m->stays_pending |= strcmp(how, "pending") == 0;
	world_say(w, "%s: %s", m->name, how);
}

/* The daemons of one machine, or of all, start; they know of no cluster for n seconds, and of n % 2
 * for as long again that they are starting. */
static void
start_daemons(struct world *w, const char *name, long n)
{
	struct machine *m;

	for (m = w->machines; m < w->machines + w->nmachines; m++) {
		if (!m->up || (name && strcmp(name, m->name) != 0))
			continue;
		m->none_for = n + (w->clock < m->none_until ? m->none_for : 0);
		m->none_until = w->clock + n;
		m->starting_until = m->none_until + (n % 2 ? n : 0);
	}
	world_say(w, "%s starts, for %ld s", name ? name : "everything", n);
}

static void
clear_flags(struct machine *m)
{
	m->list_broken = 0;
	m->unreachable = m->stays_pending = false;
	m->none_until = m->starting_until = m->offline_until = 0;
}

static void
remove_unit(struct world *w, struct unit *u)
{
	world_say(w, "%s is to go", u->name);
	u->dying = true;
	u->leader_due = false;
	w->td_changed |= u->side == SIDE_TD;
	u->struck = true;
}

/* moves: away from one that works, what the old leader's mirror alone had is lost */
static void
elect(struct world *w, struct unit *u, bool moves)
{
	if (moves && u->app->leader)
		u->app->leader->struck = true;
	w->td_changed |= moves && u->app == w->td;
	if (u->dying || u->lost || u->app->leader == u)
		return;
	u->app->leader = u;
	u->leader_due = true;
	world_say(w, "%s is leader", u->name);
}

/* An operator does what the steps' warnings say, where the machine is gone indeed. */
static void
do_as_told(struct world *w)
{
	struct machine *m;
	size_t i;

	for (m = w->machines; m < w->machines + w->nmachines; m++) {
		for (i = 0; m->advised && !m->join.cluster && i < w->nclusters; i++) {
			if (!micro_row(w->clusters[i], m->name) ||
			    micro_online(w, w->clusters[i], m->name))
				continue;
			world_say(w, "an operator removes %s's row, as told", m->name);
			micro_drop_row(w, w->clusters[i], m->name, false);
		}
		m->advised = false;
	}
}

/* Nothing breaks any more, and people mend what no step can. */
static void
heal_machines(struct world *w)
{
	struct machine *m;
	size_t i;

	for (i = 0; i < w->nunits; i++)
		if (w->units[i]->alive && w->units[i]->lost)
			world_unit_gone(w, w->units[i]);
	for (m = w->machines; m < w->machines + w->nmachines; m++) {
		clear_flags(m);
		if (m->cluster && !micro_row(m->cluster, m->name))
			micro_reset(w, m);
	}
	micro_bury(w);
}

/* The name of a token that is gone without anybody's fault is free again when it expires. */
static void
expire_excused(struct world *w)
{
	struct micro *c;
	size_t i, j;

	for (i = 0; i < w->nclusters; i++)
		for (c = w->clusters[i], j = c->nrecords; j-- > 0;)
			if (c->records[j].excused)
				c->records[j] = c->records[--c->nrecords];
}

static void
run_hook(struct world *w, struct unit *u, const struct act *a, const struct script *s, size_t i)
{
	struct hook due[MAX_DUE], status = {.kind = HOOK_UPDATE_STATUS};
	const struct scope *to;
	size_t j, n;

	if (strcmp(a->what, "update-status") == 0) {
		if (agent_is_idle(u))
			hook_replay(w, u, &status, s, i);
		return;
	}
	n = agent_due(u, due);
	for (j = 0; j < n; j++) {
		to = due[j].scope;
		if (strcmp(resolve_name(due[j].kind), a->what) != 0 ||
		    (to ? to->relation->id : NO_NUMBER) != a->relation ||
		    !due[j].peer != !a->peer ||
		    (a->peer &&
			strcmp(to->relation->scopes[!to->side][due[j].peer - to->peers]->unit->name,
			    a->peer) != 0))
			continue;
		hook_replay(w, u, &due[j], s, i);
		return;
	}
}

static void
to_unit(struct world *w, const struct act *a, struct unit *u)
{
	switch (a->kind) {
	case ACT_LEADER:
	case ACT_LEADER_MOVES:
		elect(w, u, a->kind == ACT_LEADER_MOVES);
		break;
	case ACT_REMOVE_UNIT:
		remove_unit(w, u);
		break;
	case ACT_FORCE_UNIT:
		force_unit(w, u, a->n);
		break;
	case ACT_LOSE_MACHINE:
		lose_machine(w, u);
		break;
	case ACT_LOSE_STATE:
		lose_state(w, u, a->n == 1);
		break;
	case ACT_RESTART_AGENT:
		restart_agent(w, u);
		break;
	default:
		skip_hook(w, u);
		break;
	}
}

static void
to_machine(struct world *w, const struct act *a, struct machine *m)
{
	if (a->kind == ACT_REMOVE_MEMBER)
		remove_member(w, m, a->n == 1);
	else if (a->kind == ACT_BREAK)
		break_machine(w, m, a->what, a->n);
	else if (a->kind == ACT_MEND)
		clear_flags(m);
	else
		odd_role(w, m);
}

static void
to_world(struct world *w, const struct act *a)
{
	switch (a->kind) {
	case ACT_DEPLOY_TD:
		deploy_td(w);
		break;
	case ACT_REMOVE_TD:
		redeploy_td(w, a->n == 1);
		break;
	case ACT_ADD_APP:
		if (!app_of(w, a->who) && w->napps < MAX_APPS)
			world_add_app(w, a->who, a->n == 1);
		break;
	case ACT_RELATE:
		if (app_of(w, a->who))
			world_relate(w, app_of(w, a->who));
		break;
	case ACT_ADD_UNIT:
		add_unit(w, a);
		break;
	case ACT_ADD_TD:
		add_td(w);
		break;
	case ACT_ADD_MEMBER:
		add_member(w, a);
		break;
	case ACT_TIME:
		micro_pass(w, a->n);
		world_say(w, "%ld s go by", a->n);
		break;
	case ACT_HEARTBEAT:
		micro_heartbeat(w);
		break;
	case ACT_SETTLE:
		world_say(w, "--- the faults stop");
		w->settling = true;
		heal_machines(w);
		break;
	case ACT_START:
		start_daemons(w, a->who, a->n);
		break;
	case ACT_EXPIRE:
		expire_excused(w);
		break;
	case ACT_ADVISED:
		do_as_told(w);
		break;
	default:
		micro_bury(w);
		check_tokens(w);
		break;
	}
}

static bool
is_to_unit(enum act_kind kind)
{
	return kind == ACT_LEADER || kind == ACT_LEADER_MOVES || kind == ACT_REMOVE_UNIT ||
	       kind == ACT_FORCE_UNIT || kind == ACT_LOSE_MACHINE || kind == ACT_LOSE_STATE ||
	       kind == ACT_RESTART_AGENT || kind == ACT_SKIP_HOOK;
}

/* Does s->acts[i], or a where s is NULL. */
static void
act(struct world *w, const struct act *a, const struct script *s, size_t i)
{
	struct unit *u = a->who ? world_unit(w, a->who) : NULL;

	if (a->kind == ACT_HOOK) {
		if (u && u->alive)
			run_hook(w, u, a, s, i);
	} else if (is_to_unit(a->kind)) {
		if (u && u->alive)
			to_unit(w, a, u);
	} else if (a->kind == ACT_REMOVE_MEMBER || a->kind == ACT_BREAK || a->kind == ACT_MEND ||
		   a->kind == ACT_ODD_ROLE) {
		to_machine(w, a, world_machine(w, a->who));
	} else {
		to_world(w, a);
	}
}

void
act_replay(struct world *w, const struct script *s, size_t i)
{
	act(w, &s->acts[i], s, i);
}

void
act_on(struct world *w, enum act_kind kind, const char *who, const char *what, long n)
{
	struct act a = {kind, .who = who, .what = what, .n = n};

	a.relation = a.cut = NO_NUMBER;
	script_add(w, &a);
	act(w, &a, NULL, 0);
}

void
act_plain(struct world *w, enum act_kind kind, long n)
{
	act_on(w, kind, NULL, NULL, n);
}
