/*
 * A world for the two steps to run in: Juju's side (applications, units, relations, databags,
 * agents), the clusters and their machines, and what breaks. Everything is drawn from a seed; the
 * memory of a world is freed as a whole.
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "action.h"
#include "arena.h"
#include "buf.h"
#include "json.h"

#include "../juju/resolve.h"

enum {
	MAX_APPS = 3,	 /* of consumers */
	MAX_UNITS = 140, /* ever */
	MAX_DUE = 24,
};

struct rng {
	uint64_t s;
};

/* What the contract can't hold (limit_words says each in words). */
enum limit {
	LIMIT_BLIND,
	LIMIT_EARLY,
	LIMIT_SILENT,
	LIMIT_FORGETFUL,
	LIMIT_TWO_GAVE,
	LIMIT_NAMESAKE,
	LIMIT_TOLD_MEMBER,
	LIMIT_STRAY,
	LIMIT_BROKEN,
	/* those that don't end a history */
	LIMIT_DESTROYED,
	LIMIT_OLDER_TRIED,
	LIMIT_OVERLAP,
	LIMIT_AT_ONCE,
	LIMITS,
};

/* What is counted, in a history and in all of them. */
enum figure {
	HISTORIES,
	HOOKS,
	AT_LIMITS, /* histories that ended at one */
	FAILURES,
	SETTLE_HOOKS, /* the most of a history */
	ROUNDS,	      /* that it took to come to rest; likewise */
	MET,	      /* the histories in which each limit was */
	FIGURES = MET + LIMITS,
};

/* A databag as it was at some moment: never changed, sorted by key. */
struct pair {
	const char *key, *value;
};

struct bag {
	size_t n;
	struct pair pairs[];
};

struct hook {
	enum hook_kind kind;
	struct scope *scope; /* of a relation's hook */
	struct peer *remote; /* the remote unit, if there is one */
};

/* What an agent knows of a unit at the other end. */
struct peer {
	struct peer *next; /* of the scope's: in the order in which they came */
	struct scope *its;
	bool joined;
	bool changed_due;	 /* the relation-changed that follows relation-joined */
	const struct bag *seen;	 /* its databag that a hook was run for */
	const struct bag *cache; /* what the agent has of it; NULL: it asks */
};

enum side { SIDE_CONSUMER, SIDE_TD };

/* A unit in a relation. */
struct scope {
	struct scope *next; /* of the unit's */
	struct relation *relation;
	struct unit *unit;
	bool entered, created, broken;
	const struct bag *bag;
	const struct bag *app_seen; /* the application data that a hook was run for */
	const struct bag *app_read; /* and as the last hook began */
	/* what the unit's and the application's databag become if the hook that is being run ends
	 * well; NULL: it sets nothing there */
	const struct bag *set, *app_set;
	struct peer *peers; /* all units that ever were at the other end */
};

struct relation {
	struct relation *next;
	long id;
	struct app *apps[2];	   /* by side */
	const struct bag *app_bag; /* the distributor's */
	bool gone;
};

struct app {
	const char *name, *far_name; /* as the distributor's model has it */
	int next_unit;
	bool removed; /* its units and relations are going, or gone */
	struct unit *leader;
};

struct unit {
	const char *name, *far_name;
	struct app *app;
	enum side side;
	struct machine *machine;
	bool alive; /* Juju has it */
	bool dying, stopped, leader_due;
	bool lost;	    /* its machine is away for good, which Juju doesn't know */
	bool busy;	    /* in a hook */
	int stage;	    /* 0 to 2: install, config-changed, start are due; 3: they were */
	struct hook failed; /* its kind is HOOK_NONE if none did */
	struct scope *scopes;
	const char *state;	 /* the state file; NULL: none */
	const struct bag *added; /* FILE.add-HOST by HOST */
	bool in_cluster, unsure; /* by the state file */
	bool was_in;
	const char *status; /* the last that a step set, with its message; "": none */
	bool forgetful;	    /* has lost a state file that knew of a cluster */
	bool struck;	    /* this event took away what it held */
	bool beside; /* got the permission beside a cluster of which the distributor hadn't heard */
	enum limit deaf; /* why it hadn't */
};

/* A join that a daemon is about. */
struct join {
	struct micro *cluster; /* NULL: none is under way */
	long began, ends;
	bool fails;
	struct unit *unit;	     /* whose step began it */
	bool known;		     /* that unit's state file says so, and isn't lost since */
	const struct record *record; /* its token's */
	bool tried;		     /* the token had failed before */
};

struct machine {
	struct machine *next;
	const char *name;
	bool valid; /* a name that the cluster takes */
	bool up;
	struct micro *cluster; /* its daemon's; NULL: not initialised */
	struct join join;
	long offline_until; /* a daemon that threw away a join says so long that it is offline */
	bool unreachable, stays_pending;
	int list_broken;     /* 0, or how its list fails: micro.c */
	long none_until;     /* a daemon that starts says so long that it is in no cluster */
	long none_for;	     /* that many seconds, altogether */
	long starting_until; /* and so long that it is starting */
	bool no_unit;	     /* an operator's alone */
	bool advised;	     /* a step told the operator to remove its row */
};

struct row {
	struct row *next;
	struct machine *machine;
	const char *role;
	long since; /* when the row was made */
};

struct record {
	struct record *next;
	const char *name, *token;
	long made, expires; /* when */
	bool excused;	    /* nobody can be blamed that nobody has it */
	bool weak; /* its host couldn't join, or its maker or the maker's state file is gone */
	struct unit *holder, *maker;
};

struct micro {
	struct micro *next;
	int id;
	bool buried;
	long beat;	  /* when its next heartbeat is */
	struct row *rows; /* by name */
	struct record *records;
};

enum { NO_NUMBER = -1 };

/* What a plan comes to, thing by thing, each named, so that it can be done again (act.c). */
struct act {
	const char *name;
	const char *who, *what, *peer;
	const char *fault; /* of a hook: COMMAND:FAULT@WHICH,... */
	long n;		   /* a number that tells more, or 0 */
	long relation;	   /* of a hook, or 0 */
	long cut;	   /* the hook is cut off after so many effects, or NO_NUMBER */
	/* where it is: in a hook of the hook so many levels up, before that one's so manieth stop
	 */
	unsigned depth;
	long stop;
	/* what who names, while it is done */
	struct unit *unit;
	struct machine *machine;
	struct app *app;
};

/* A history as it happened. */
struct script {
	uint64_t seed;
	struct act *acts;
	size_t n;
	struct arena texts; /* or all that its world had */
};

/* What is to happen, and how much of it goes wrong. */
struct plan {
	uint64_t seed;
	int apps; /* to begin with, as what follows */
	unsigned units, tds;
	unsigned long faults;	   /* bits: the kinds of events.c's that may happen */
	struct rng r;		   /* from here on it is drawn what happens when */
	bool cross[MAX_APPS];	   /* the application is in another model than the distributor */
	unsigned cut, fault, nest; /* of 1,000 hooks */
	unsigned together; /* of 1,000 seconds of a join: other units' hooks are run in them */
	long parallel;	   /* --parallel; negative: not given */
	bool clear;	   /* --clear-stranded */
	bool anew;	   /* at last a distributor is deployed anew: events.c, deploy_anew */
	bool broken;	   /* what the steps save is lost: the checks must notice */
	FILE *vectors;	   /* where hooks are written that real programs can run, or NULL */
	FILE *log;	   /* where it is told what happens, or NULL */
	bool log_all;	   /* hooks in which nothing happens, too */
};

struct world {
	const struct plan *plan;
	struct arena memory;
	struct app apps[MAX_APPS];
	size_t napps;
	struct app *td; /* the distributor's application, NULL: none */
	/* all that ever were, in the order in which they came */
	struct unit units[MAX_UNITS], *end;
	struct relation *relations;
	struct machine *machines;
	struct micro *clusters;
	long clock;
	unsigned moment;	/* hooks that were run in this second */
	long made;		/* tokens */
	unsigned long changes;	/* of databags, and of what the cluster is */
	unsigned long nvectors; /* written */
	unsigned long figures[FIGURES];
	int depth;	       /* of hooks within hooks */
	long stop;	       /* of the hook that is being run: how often others could run */
	struct script *record; /* what happens is put there; NULL: nowhere */
	const struct script *replayed; /* what is being done again, or NULL */
	bool settling, settled;
	bool td_changed;       /* a databag of the distributor's went */
	bool limit;	       /* one was met after which the rest proves nothing */
	const char *unsaid;    /* the hook's own line, while nothing happened in it */
	const char *violation; /* the format of what: the same where the same went wrong. Or NULL */
	char what[512];
};

/* A command of the cluster, as it ended; fault: why it failed, or NULL. */
struct answer {
	const char *command, *arg, *out, *fault;
};

/* What a step had before it, and what it did. */
struct trace {
	long clock; /* as it began */
	const char *event;
	const char *document, *state; /* if vectors are written */
	struct answer *answers;
	size_t nanswers;
	struct buf lines; /* that it printed */
	bool waited;	  /* for members that are PENDING: that takes real time */
};

/* world.c */
uint64_t world_mix(uint64_t a, uint64_t b);
uint64_t world_draw(struct rng *r);
bool world_chance(struct rng *r, unsigned of_thousand);
void *world_keep(struct world *w, size_t n);
const char *world_text(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void world_say(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A promise of the contract is broken: the history has failed. */
void world_violation(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool world_over(const struct world *w);
const char *world_get(const struct bag *bag, const char *key);
bool world_is(const struct bag *bag, const char *key, const char *value);
/* The value of mirror-HOST. */
const char *world_mirrored(const struct bag *bag, const char *host);
/* bag with that value of key, or without key if it is "". */
const struct bag *world_with(
    struct world *w, const struct bag *bag, const char *key, const char *value);
struct machine *world_machine(struct world *w, const char *name);
/* The consumers' application of that name, or NULL. */
struct app *world_app(struct world *w, const char *name);
void world_add_unit(struct world *w, struct app *app, struct machine *m);
/* The unit's scope in the relation is made; units at both ends are each other's peers. */
void world_add_scope(struct world *w, struct unit *u, struct relation *r);
void world_end_relation(struct world *w, struct relation *r);
/* The unit of that name, or that has it in the distributor's model; or NULL. */
struct unit *world_unit(struct world *w, const char *name);
void world_unit_gone(struct world *w, struct unit *u);

/* agent.c */
/* The hooks of which any may be the next: ../juju/resolve.h has the rule. status: update-status,
 * too. */
size_t agent_due(struct unit *u, bool status, struct hook *due);
/* It runs, and nothing but update-status would be next. */
bool agent_is_idle(const struct unit *u);
void agent_start(struct unit *u, const struct hook *h);
void agent_done(struct world *w, struct unit *u, const struct hook *h);

/* document.c: what td-snapshot prints in the hook. Returns 0 or -1. */
int document_put(
    struct world *w, struct buf *b, struct unit *u, const struct hook *h, struct fail *f);
/* Is the relation in the document of the hook? */
bool document_sees(const struct scope *s, const struct hook *h);
/* Writes the hook, whose changes aren't committed yet, as a vector of test/vectors, if real
 * programs can run it as it was run here. */
void document_vector(
    struct world *w, const struct unit *u, const struct hook *h, const struct trace *t);

/* act.c: an act is done, where it can be, and recorded. */
void act_do(struct world *w, struct act a);
/* No unit that Juju has is on it. */
bool machine_is_free(const struct world *w, const struct machine *m);

/* Histories, also as text (act.c). */
/* Adds a to what is being recorded, if anything is. */
void script_add(struct world *w, struct act a);
/* A fault more of the hook that is the i-th act recorded. */
void script_add_fault(struct world *w, size_t i, const char *text);
void script_put(FILE *f, const struct script *s);
/* Reads it. Returns 0, or -1 with a message on standard error. */
int script_read(struct script *s, FILE *f);
void script_free(struct script *s);
/* Does the acts of w->replayed from *i on that are at that depth, those of nested hooks before the
 * outer one's stop. */
void script_play(struct world *w, size_t *i, unsigned depth, long stop);

/* hook.c */
/* Runs a hook of u, with what r makes go wrong in it. */
void hook_run(struct world *w, struct unit *u, const struct hook *h, struct rng r);
/* The same as it was recorded, where it is due: a is one of w->replayed's acts. */
void hook_replay(struct world *w, const struct act *a);
/* Runs one of the hooks that are due, of whichever unit; false: none is. */
bool hook_run_any(struct world *w, struct rng *r);

/* micro.c: microclusters and their machines' daemons; faults are in the order that hook.c needs */
enum fault {
	FAULT_NONE,
	FAULT_BEFORE,	/* fails, and nothing was done */
	FAULT_AFTER,	/* is done, and reports failure */
	FAULT_LOST,	/* an add: the token is made, and not printed */
	FAULT_USED,	/* a join: the token is used up */
	FAULT_STRANDED, /* a join: and the member is there, PENDING */
	/* joins that the daemon goes on with once its client is gone */
	FAULT_SLOW,	  /* the client gave up */
	FAULT_SLOW_FAILS, /* and the join fails in the end */
	FAULT_CUT,	  /* the step was killed in it */
	FAULT_CUT_FAILS,
	FAULTS,
};
struct row *micro_row(const struct micro *c, const char *name);
bool micro_online(const struct world *w, const struct micro *c, const struct machine *m);
/* Is the machine's daemon in a cluster that has it? */
bool micro_has(const struct machine *m);
/* Is the daemon one that has been started and can't say yet where it belongs? */
bool micro_starts(const struct world *w, const struct machine *m);
enum { LIST_TEXTS = 7 };
/* Is there a unit that speaks for it, and (with staying) is to stay? */
bool micro_alive(const struct world *w, const struct micro *c, bool staying);
/* The tokens that u's state file has are in fewer places from now on. */
void micro_weaken(struct world *w, const struct unit *u);
/* Each returns NULL, or why it failed. */
const char *micro_list(struct world *w, struct machine *m, enum fault f, struct buf *out);
/* away: u has seen that a member is. */
const char *micro_add(
    struct world *w, struct unit *u, const char *name, enum fault f, bool away, const char **token);
const char *micro_bootstrap(struct world *w, struct unit *u, enum fault f);
const char *micro_remove(
    struct world *w, struct machine *m, const char *name, bool force, enum fault f);
void micro_drop_row(struct world *w, struct micro *c, struct machine *m, bool reset);
void micro_add_row(struct world *w, struct micro *c, struct machine *m, const char *role);
/* The machine is installed anew, or gone: nothing of a cluster is on it. */
void micro_reset(struct machine *m);
void micro_heartbeat(struct world *w);
/* Time goes by: joins end, and clusters have their heartbeats. */
void micro_pass(struct world *w, long seconds);
void micro_bury(struct world *w);
/* Joins take time, and go on without their client. */
enum { JOIN_CLIENT = 30 }; /* seconds until the client gives up */
/* Has the daemon of u's machine join. Returns why it refuses, or NULL: its join is under way. */
const char *micro_join(struct world *w, struct unit *u, const char *token, enum fault f);
/* What the client of that join says, once it is over or JOIN_CLIENT seconds are: why it failed, or
 * NULL. */
const char *micro_joined(const struct machine *m, const struct join *began);
/* How many joins to the cluster are under way. */
size_t micro_joins(const struct world *w, const struct micro *c);

/* events.c */
void events_plan(struct plan *p, uint64_t seed);
/* Runs the whole history, recorded in record (NULL: it isn't), or again as it was recorded (NULL: a
 * new one). Of the world its figures are left. Returns what it violates, or NULL. */
const char *events_run(
    struct world *w, const struct plan *p, struct script *record, const struct script *again);

/* check.c */
void limit_meet(struct world *w, enum limit l);
extern const char *const limit_words[LIMITS];
void check_tokens(struct world *w);
void check_belief(struct world *w, const struct unit *u);
void check_end(struct world *w);
/* The cluster makes a token at u's asking, who has seen that a member is away, or not. */
void check_add(struct world *w, const struct unit *u, const char *host, bool away);
/* The join on m begins. */
void check_join(struct world *w, const struct machine *m);
/* The distributor's unit u, in that hook, names another unit that may bootstrap than old: new. */
void check_permission(
    struct world *w, const struct unit *u, const struct hook *h, const char *old, const char *new);
/* u bootstraps. */
void check_bootstrap(struct world *w, const struct unit *u);

#endif
