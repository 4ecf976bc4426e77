/*
 * The clusters of a folder, as their databases and their machines have it: who bootstrapped,
 * who is a member with what role, which tokens were made. One text file, read and replaced as a
 * whole under an fcntl lock, so that any number of commands may run at once.
 */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdio.h>

enum token_state {
	TOKEN_GOOD,
	TOKEN_USED,
	TOKEN_DELETED, /* had expired, and the record is gone */
};

enum machine_state {
	MACHINE_UP,
	MACHINE_DOWN,	   /* its daemon doesn't run */
	MACHINE_FROZEN,	   /* its daemon is stopped: it takes connections and answers nothing */
	MACHINE_UNPLUGGED, /* it has no network */
};

struct cluster {
	char *fingerprint;
	long heartbeat; /* when the next one is due */
	int calm;	/* heartbeats since a new member got a role */
	long lost; /* not 0: it has no quorum for good; joins that came before this were at once */
};

struct member {
	int cluster;
	char *name;
	char *address;
	char *role;
	long heard; /* when it last answered a heartbeat; -1 is never */
	int missed; /* heartbeats in a row that it didn't answer */
	long turn;  /* the store's when the row was made */
	int online; /* as the last life_probe found it */
};

struct token {
	int cluster;
	char *name;
	char *secret;
	long expires; /* by the cluster's clock; 0 is never */
	enum token_state state;
};

/* A machine, and the cluster whose data its daemon has: 0 is none. */
struct machine {
	char *name;
	int cluster;
	enum machine_state state;
	int moved;    /* how many times it got another address */
	int slow;     /* how many lists have waited for it */
	long started; /* when its daemon starts or started; 0: that is over */
	long offline; /* until then its database is offline */
	long joining; /* until then a join or bootstrap is under way in its daemon */
	long asked; /* the hook or process that last asked for a list that waiting could change; or
		       0 */
};

struct store {
	const char *dir;
	int folder; /* it, open */
	int lock;
	long clock;   /* milliseconds since the folder was new: see life.h */
	long turn;    /* how often clusterctl has moved the clock */
	int version;  /* of microcluster: 2 or 3 */
	long made;    /* secrets made so far */
	size_t found; /* where store_machine found the last one */
	struct cluster *clusters;
	size_t nclusters;
	struct member *members;
	size_t nmembers;
	struct token *tokens;
	size_t ntokens;
	struct machine *machines;
	size_t nmachines;
};

/* The first line of the folder's `faults` that is meant for a command on a node. */
struct fault {
	char kind[32]; /* empty: none */
	char text[1024];
};

/* Takes the lock on DIR and reads. Ends the process with 4 and a message when that can't be done.
 */
void store_open(struct store *store, const char *dir);

/* Replaces the file. The lock stays. */
void store_save(struct store *store);

/* Gives the lock back. What was read stays good. */
void store_unlock(struct store *store);

/* Appends a line to one of the folder's records: `history`, `secrets`, `faults`, `hanging`. */
void store_append(const struct store *store, const char *file, const char *line);

/* Takes the next fault for COMMAND on NODE out of `faults`: KIND COMMAND|* NODE|* [TEXT], or
 * KIND NODE for `consume` and `strand`, which are a join's. */
void store_take_fault(
    const struct store *store, const char *command, const char *node, struct fault *fault);

/* The row of a machine, made if there is none yet. Good until the next one is made. */
struct machine *store_machine(struct store *store, const char *name);

/* The cluster's row after LAST, or its first one if LAST is NULL; NULL: there is none. */
struct member *store_next(const struct store *store, int cluster, const struct member *last);

/* The row of NAME in CLUSTER, or NULL. */
struct member *store_member(const struct store *store, int cluster, const char *name);

/* The first row with that address, or NULL. */
struct member *store_member_at(const struct store *store, const char *address);

/* A new row, whose role is PENDING. */
struct member *store_add_member(
    struct store *store, int cluster, const char *name, const char *address);
void store_set_role(struct member *member, const char *role);
void store_remove_member(struct store *store, struct member *member);

/* A new cluster's number, counted from 1. */
int store_add_cluster(struct store *store);

/* A new token, good until LIFETIME milliseconds from now (0: for ever). */
struct token *store_add_token(struct store *store, int cluster, const char *name, long lifetime);

struct token *store_token(const struct store *store, const char *secret);
int store_is_expired(const struct store *store, const struct token *token);

/* Deletes the records of the cluster's expired tokens, as every `add` and every heartbeat does. */
void store_delete_expired(struct store *store, int cluster);

#endif
