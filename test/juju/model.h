#ifndef JUJU_MODEL_H
#define JUJU_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/row.h"
#include "resolve.h"

/*
 * What a model is, in memory and in its folder; jujuc.c lists the files that the hook commands
 * use. Besides them:
 *
 *	model			all but the units' sides of relations, in rows (row.h); it is
 *				replaced as a whole
 *	apps/APP/charm		the application's charm
 *	units/APP-N/charm	its charm folder
 *	units/APP-N/rel/E:ID	the agent's relation state (struct side), in rows
 *	lock			held by whoever reads or changes the model; never during a hook
 *	driver			held by the process that runs hooks
 */

struct hook {
	enum hook_kind kind;
	char name[ROW_NAME];
	int relation;	       /* -1: none */
	char remote[ROW_NAME]; /* the remote unit, "" */
	unsigned long version; /* of the remote databag, when the hook was found to be due */
};

struct relation {
	unsigned id;
	char *interface;
	struct end {
		struct app *app;
		char *name; /* the application's */
		char *endpoint;
	} end[2]; /* peers: the same twice */
	bool peer, dying;
	bool gone;		  /* removed by force: the agents don't know yet */
	unsigned long version[2]; /* of the applications' databags */
};

struct member {
	char *unit;
	unsigned long seen;
};

/* A unit's part in a relation, from the moment it has entered the relation's scope. */
struct side {
	unsigned id; /* the relation's */
	struct relation *relation;
	struct unit *unit;
	int end;       /* own end */
	char *remote;  /* the application at the other one */
	bool created;  /* relation-created has run */
	char *pending; /* its joined hook has run, its changed hasn't; NULL */
	unsigned long app_seen;
	unsigned long version;	/* of the unit's own databag */
	struct member **member; /* by name */
	size_t members;
};

struct unit {
	char *name;
	char *file; /* the name as a file name */
	struct app *app;
	unsigned number;
	char *principal; /* of a subordinate's unit; NULL: none */
	char *machine;
	unsigned machine_id;
	bool dying, installed;
	bool elected, config, start, status; /* the hook is due */
	bool stopped;
	char **fired; /* hooks by name */
	size_t fires;
	struct hook failed;
	struct side **side; /* by relation */
	size_t sides;

	struct drive { /* the driver's own, in no file */
		unsigned tries;
		bool begun;
		unsigned long turn; /* the round in which it has had its turn */
	} drive;
};

struct app {
	char *name;
	char *leader;	      /* NULL: nobody */
	char *subordinate_to; /* NULL: an application of its own */
	char *url;	      /* it is another model's; NULL: this one's */
	char *charm;	      /* the charm's name */
	unsigned next;
	struct unit **unit; /* sorted by name as strings, as Juju does */
	size_t units;
};

struct version {
	int major, minor, patch;
};

struct model {
	int dir;
	char *path;
	struct version juju;
	unsigned next_relation, next_machine;
	unsigned long next_context;
	unsigned long generation; /* another one after each change */
	struct app **app;	  /* by name */
	size_t apps;
	struct relation **relation; /* by id */
	size_t relations;
	struct unit **unit; /* by application and number */
	size_t units;
};

/* All that fails ends the process with a message and 2; a stand-in has no other use for it. */
void model_die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

int model_lock(struct model *m); /* opens the folder too */
/* May be called again. What was loaded before stays in memory, as all that is taken out of the
 * model does: no process loads it often. */
void model_load(struct model *m);
bool model_stale(const struct model *m); /* another command has saved it since */
/* All but sides, which are saved when they change. */
void model_save(struct model *m);

/* "3.6.9"; what is left out is what was the latest in 2026. 0, or -1: that's no version. */
int model_version(struct version *v, const char *s);

struct app *model_app(const struct model *m, const char *name);
struct unit *model_unit(const struct model *m, const char *name);
struct relation *model_relation(const struct model *m, unsigned id);
struct side *model_side(const struct unit *u, const struct relation *r);
struct member *model_member(const struct side *s, const char *unit);
/* Which end of the relation the application has; -1: none, or the relation is gone. */
int model_end(const struct relation *r, const struct app *a);
bool model_leads(const struct unit *u);

struct app *model_add_app(struct model *m, const char *name);
/* On the machine of that name, or on the principal's; NULL: a machine of its own. */
struct unit *model_add_unit(
    struct model *m, struct app *a, const char *machine, const struct unit *principal);
/* interface NULL: worker-cluster, or, between peers, APP-peers. */
struct relation *model_add_relation(struct model *m, struct app *a, const char *ea, struct app *b,
    const char *eb, const char *interface);
/* Removes the relation by force. */
void model_forget(struct model *m, struct relation *r);
/* Puts the unit into the relation's scope, with the databag that Juju gives it. */
struct side *model_enter(struct model *m, struct unit *u, struct relation *r);
void model_leave(struct model *m, struct side *s); /* and model_remove_unused */
void model_member_add(struct side *s, const char *unit, unsigned long seen);
void model_fire(struct unit *u, const char *hook);
/* Takes the unit out of the model; its databags stay. Somebody else leads. */
void model_remove_unit(struct model *m, struct unit *u);
/* Removes the relations that are to go, and that all units have left. */
void model_remove_unused(struct model *m);
void model_elect(struct model *m, struct app *a, struct unit *u);

void model_write(struct model *m, const char *path, const char *text);
void model_save_side(struct model *m, const struct side *s);

/* A unit's address; machines have one each. */
const char *model_address(const struct unit *u); /* see memory_brief */

#endif
