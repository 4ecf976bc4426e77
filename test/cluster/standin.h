/*
 * The parts of the stand-in for a microcluster: store.c, the folder's clusters; life.c, what time
 * does to them; daemon.c, join.c and show.c, the command.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include "buf.h"

#include <stddef.h>

/*
 * store.c: the clusters of a folder, as their databases and their machines have it: who
 * bootstrapped, who is a member with what role, which tokens were made. One text file, read and
 * replaced as a whole under an fcntl lock, so that any number of commands may run at once.
 */

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
	const char *fingerprint;
	long heartbeat; /* when the next one is due */
	int calm;	/* heartbeats since a new member got a role */
	long lost; /* not 0: it has no quorum for good; joins that came before this were at once */
};

struct member {
	int cluster;
	const char *name;
	const char *address;
	const char *role;
	long heard; /* when it last answered a heartbeat; -1 is never */
	int missed; /* heartbeats in a row that it didn't answer */
	long turn;  /* the store's when the row was made */
	int online; /* as the last life_probe found it */
};

struct token {
	int cluster;
	const char *name;
	const char *secret;
	long expires; /* by the cluster's clock; 0 is never */
	enum token_state state;
};

/* A machine, and the cluster whose data its daemon has: 0 is none. */
struct machine {
	const char *name;
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
	long clock;   /* milliseconds since the folder was new: see life.c */
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

/* The row of a machine, made if there is none yet: with NAME as it is. Good until the next one is
 * made. */
struct machine *store_machine(struct store *store, const char *name);

/* The cluster's row after LAST, or its first one if LAST is NULL; NULL: there is none. */
struct member *store_next(const struct store *store, int cluster, const struct member *last);

/* The row of NAME in CLUSTER, or NULL. */
struct member *store_member(const struct store *store, int cluster, const char *name);

/* A new row, whose role is PENDING. NAME is kept as it is; ADDRESS is copied. */
struct member *store_add_member(
    struct store *store, int cluster, const char *name, const char *address);
void store_remove_member(struct store *store, struct member *member);

/* A new cluster's number, counted from 1. */
int store_add_cluster(struct store *store);

/* A new token, good until LIFETIME milliseconds from now (0: for ever). NAME is kept as it is. */
struct token *store_add_token(struct store *store, int cluster, const char *name, long lifetime);

struct token *store_token(const struct store *store, const char *secret);
int store_is_expired(const struct store *store, const struct token *token);

/* Deletes the records of the cluster's expired tokens, as every `add` and every heartbeat does. */
void store_delete_expired(struct store *store, int cluster);

/*
 * life.c: what time does to the clusters of a folder, and to the daemons of their machines.
 *
 * The clock is the folder's own. It counts milliseconds and moves only when it is told to: by 20 ms
 * with each command, by what a command waits (30 s at most), and by `clusterctl clock` or
 * `heartbeat`, with which a new turn begins. Every ten seconds of it a cluster that has its quorum
 * has a heartbeat, the first one ten seconds after its bootstrap: who is PENDING gets a role.
 *
 * Commands run one after the other, but what many nodes do in one turn they do at the same time. So
 * joins are at once if no heartbeat has come between them, or if one of the nodes alone waited for
 * it, in the turn of them all.
 */

enum {
	LIFE_COMMAND = 20, /* what a command takes */
	LIFE_HEARTBEAT = 10 * 1000,
	LIFE_AT_ONCE = 16, /* with one join more a cluster breaks */
};

/* What a machine's daemon says of its database. */
enum life_status {
	LIFE_NO_SOCKET,
	LIFE_FROZEN,
	LIFE_NOT_INITIALIZED, /* in no cluster; a member, too, for 50 ms after its daemon's start */
	LIFE_STARTING, /* for a second more, or while there is no quorum; without a row: 30 s, then
			  the daemon ends */
	LIFE_OFFLINE,  /* a failed join is being taken back */
	LIFE_ONLINE,
};

/* The clock moves on by MS, and what is due in that time happens. */
void life_pass(struct store *store, long ms);

enum life_status life_status(const struct store *store, const struct machine *machine);

/* When what the machine's daemon answers may change by itself; 0: never. */
long life_next(const struct store *store, const struct machine *machine);

/* More than half of the voters' daemons run, and too many joins haven't broken it. */
int life_has_quorum(struct store *store, int cluster);

/* How many members have that role; NULL: any. */
size_t life_count(const struct store *store, int cluster, const char *role);

/* Finds out who is online: those whose daemon runs, is ready, and is in the row's cluster. */
void life_probe(struct store *store);

/* Whether that member's daemon is to be had. */
int life_answers(struct store *store, const struct member *member);

/* The daemon starts; it has no socket for MS from now, and its database is offline for OFFLINE. */
void life_start(struct store *store, struct machine *machine, long ms, long offline);

/* A join that failed: the daemon throws away what it has, and starts. */
void life_revert(struct store *store, struct machine *machine, long offline);

/*
 * daemon.c: what the daemon of a microcluster program does and answers. Texts and exit statuses are
 * those of microovn or of microceph, and of microcluster beneath them.
 */

struct command;

/* One call of the command: where it runs, and what it has to say. */
struct call {
	struct store store;
	const char *program;	 /* by which it was called: microovn or microceph */
	int ceph;		 /* microceph */
	const char *node;	 /* the machine */
	struct machine *machine; /* its row */
	const char *operand;	 /* the last one; NULL: none */
	const char *value; /* the last option's; "": it takes none; NULL: there is no option */
	const struct command *command;
	char *const *args;	/* what follows it; up to NULL */
	struct fault fault;	/* what is to go wrong */
	const char *token_text; /* made by add or given to join; NULL: none */
	long wait;		/* how long the command waits, in ms of the clock */
	long slow;		/* how long the daemon is to need for a join or bootstrap */
	struct buf out;
	struct buf err;
};

struct command {
	const char *name;
	const char *operand; /* NULL: takes none */
	const char *about;
	const char *options[9];		       /* up to NULL; with a "=" if it takes a value */
	const char *(*run)(struct call *call); /* gives why it fails, or NULL */
};

/* The command of that name (bootstrap, add, join, list, remove), or NULL. */
const struct command *daemon_find(const char *name);

/* Reads the arguments, does it and gives the exit status. Faults that are its own: `consume`,
 * `strand`, `slow`, and `kill-during` of what the daemon goes on with. */
int daemon_run(struct call *call);

/* The command's help, on `out`. Gives 0. */
int daemon_print_help(struct call *call);

/* The rest is what the commands have in common. */

/* Why the client fails that has waited for its daemon as long as it does. */
const char *daemon_late(struct call *call);

/* ADDRESS:PORT of a machine; see memory_brief */
const char *daemon_address(const struct call *call, const struct machine *machine);

/* Why nothing answers at ADDRESS, as connect(2) has it. */
const char *daemon_connect_fault(struct call *call, const char *address);

/* Why a bootstrap or join can't begin, or NULL. */
const char *daemon_new_fault(struct call *call);

/*
 * join.c: what the client, the joiner's daemon and the members that its token names say and do.
 */

const char *join_run(struct call *call);

/* The token's text, which is base64 of JSON. */
char *join_token_text(const struct call *call, const struct token *token);

/* The record of the token with this text, or NULL: no such token was ever made. */
const struct token *join_token(const struct call *call, const char *text);

/* A join that fails once the cluster has taken the token: the joiner throws away what it has, and
 * with STRAND the row that was made stays. */
const char *join_burn(struct call *call, int strand);

/* Prints a cluster's list of members to OUT as `json`, `table` or `yaml`; 0 when there is no such
 * format. */
int show_members(
    struct buf *out, const char *format, const struct member *const members[], size_t count);

#endif
