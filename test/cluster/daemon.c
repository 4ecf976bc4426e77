#include "standin.h"

#include "../lib/memory.h"
#include "../lib/micro.h"
#include "host.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TOKEN_LIFETIME = 3 * 60 * 60,
	CLIENT_LIMIT = 30 * 1000, /* the program's, in its snap */
	NO_LEADER = 10500,	  /* after that long the daemon gives up looking for a leader */
	BOOTSTRAP = 2000,	  /* what the daemon needs once nobody waits for it */
};

int
daemon_print_help(struct call *call)
{
	const char *operand = call->command->operand;

	buf_printf(&call->out,
	    "%s\n\nUsage:\n  %s cluster %s%s [flags]\n\nFlags:\n"
	    "  -h, --help   Print help\n",
	    call->command->about, call->program, call->command->name,
	    operand ? memory_brief(" <%s>", operand) : "");
	return 0;
}

const char *
daemon_late(struct call *call)
{
	call->wait += CLIENT_LIMIT;
	return "Post \"" MICRO_SOCKET "control\": " MICRO_LATE;
}

const char *
daemon_address(const struct call *call, const struct machine *machine)
{
	uint32_t hash = 2166136261u + (uint32_t)machine->moved;

	for (const char *p = machine->name; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	return memory_brief("10.%u.%u.%u:%d", hash >> 24, hash >> 16 & 255, hash >> 8 & 255,
	    call->ceph ? 7443 : 6686);
}

const char *
daemon_connect_fault(struct call *call, const char *address)
{
	for (size_t i = 0; i < call->store.nmachines; i++) {
		const struct machine *machine = &call->store.machines[i];

		if (strcmp(daemon_address(call, machine), address) == 0 &&
		    machine->state != MACHINE_UNPLUGGED)
			return "connection refused";
	}
	return "no route to host";
}

/* What a daemon answers by the state of its database: to bootstrap and join, and to all else. */
static const struct {
	const char *to_new, *to_others;
} states[] = {[LIFE_NOT_INITIALIZED] = {NULL, MICRO_NOT_INITIALIZED},
    [LIFE_STARTING] = {MICRO_NOT_NEW "still starting", MICRO_STARTING},
    [LIFE_OFFLINE] = {MICRO_NOT_NEW "offline", MICRO_OFFLINE},
    [LIFE_ONLINE] = {MICRO_NOT_NEW "online", NULL}};

/* Why the daemon does nothing but bootstrap or join, if that; or NULL. */
static const char *
daemon_fault(struct call *call, const char *request)
{
	enum life_status status = life_status(&call->store, call->machine);

	if (status == LIFE_NO_SOCKET)
		return memory_brief(
		    "%s\": dial unix /var/snap/%s" MICRO_NO_SOCKET, request, call->program);
	if (status != LIFE_FROZEN)
		return states[status].to_others;
	call->wait += CLIENT_LIMIT;
	return memory_brief("%s\": " MICRO_LATE, request);
}

/* As store_next and life_count, in this machine's cluster. */
static struct member *
next_member(const struct call *call, const struct member *last)
{
	return store_next(&call->store, call->machine->cluster, last);
}

static size_t
count(const struct call *call, const char *role)
{
	return life_count(&call->store, call->machine->cluster, role);
}

/* Whether this machine's daemon finds no leader; it has looked for one then. */
static int
has_no_leader(struct call *call)
{
	if (life_has_quorum(&call->store, call->machine->cluster) &&
	    (count(call, NULL) == 1 || call->machine->state != MACHINE_UNPLUGGED))
		return 0;
	call->wait += NO_LEADER;
	return 1;
}

const char *
daemon_new_fault(struct call *call)
{
	const char *fault = daemon_fault(call, "Post \"" MICRO_SOCKET "control");
	enum life_status database = life_status(&call->store, call->machine);
	const char *name_fault = host_fault(call->node);

	if (database == LIFE_NO_SOCKET || database == LIFE_FROZEN)
		return fault;
	if (name_fault)
		return memory_brief(
		    "Cluster member name \"%s\" is not a valid FQDN: %s", call->node, name_fault);
	/* a member just after its daemon's start passes, as it does in microcluster's source */
	return states[database].to_new;
}

static const char *
run_bootstrap(struct call *call)
{
	const char *fault = daemon_new_fault(call);

	if (fault)
		return fault;
	if (call->machine->joining)
		return MICRO_NOT_NEW "still starting";
	call->machine->cluster = store_add_cluster(&call->store);
	call->store.clusters[call->machine->cluster - 1].heartbeat =
	    call->store.clock + LIFE_HEARTBEAT;
	store_add_member(
	    &call->store, call->machine->cluster, call->node, daemon_address(call, call->machine));
	call->machine->started = 0;
	if (call->slow)
		call->machine->joining = call->store.clock + call->slow;
	return NULL;
}

/* Microovn takes seconds, microceph a Go duration; both 0 for a token that stays good. */
static long
read_lifetime(const char *text)
{
	double total = 0;
	char *end;

	if (!text)
		return TOKEN_LIFETIME * 1000L;
	for (; *text; text = end) {
		double number = strtod(text, &end);

		if (end == text)
			return -1;
		if (*end == 'h')
			number *= 3600;
		else if (*end == 'm')
			number *= 60;
		total += number;
		end += *end && strchr("hms", *end);
	}
	return (long)(total * 1000);
}

/* Why this machine's daemon makes no token, or NULL. */
static const char *
add_fault(struct call *call)
{
	const char *fault = daemon_fault(call, "Post \"" MICRO_SOCKET "control/tokens");

	if (fault)
		return fault;
	fault = host_fault(call->operand);
	if (fault)
		return memory_brief(
		    "Token name \"%.255s\" is not a valid FQDN: %s", call->operand, fault);
	if (has_no_leader(call))
		return MICRO_NO_LEADER;
	store_delete_expired(&call->store, call->machine->cluster);
	for (size_t i = 0; i < call->store.ntokens; i++) {
		const struct token *token = &call->store.tokens[i];

		if (token->cluster == call->machine->cluster && token->state == TOKEN_GOOD &&
		    strcmp(token->name, call->operand) == 0)
			return MICRO_TAKEN;
	}
	return NULL;
}

static const char *
run_add(struct call *call)
{
	long lifetime = read_lifetime(call->value);
	const char *fault;

	if (lifetime < 0)
		return memory_brief("invalid argument \"%s\" for \"--timeout\" flag: "
				    "strconv.ParseFloat: parsing \"%s\": invalid syntax",
		    call->value, call->value);
	fault = add_fault(call);
	if (fault && !call->ceph)
		return memory_brief(
		    "unable to add server to microcluster, name \"%s\" is taken:\n%s",
		    call->operand, fault);
	if (fault)
		return fault;
	call->token_text = join_token_text(
	    call, store_add_token(&call->store, call->machine->cluster, call->operand, lifetime));
	store_append(&call->store, "secrets", call->token_text);
	buf_printf(&call->out, "%s\n", call->token_text);
	return NULL;
}

static int
compare_names(const void *a, const void *b)
{
	const struct member *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Whether the folder has that switch. */
static int
is_set(const struct call *call, const char *name)
{
	return faccessat(call->store.folder, name, F_OK, 0) == 0;
}

/* May time change the list, or make one of a refusal? */
static int
may_change(const struct call *call)
{
	const struct machine *machine = call->machine;
	enum life_status status = life_status(&call->store, machine);

	if (machine->state == MACHINE_DOWN)
		return 0;
	if (status == LIFE_NOT_INITIALIZED)
		return machine->cluster || machine->joining;
	return status != LIFE_ONLINE || count(call, MICRO_PENDING) > 0;
}

/* A hook, or who runs the command outside of one, that asks twice for a list that time can change
 * has waited in between. */
static void
wait_for_change(struct call *call)
{
	const char *hook = getenv("HOOK_PGID");
	long asker = hook ? atol(hook) : (long)getppid();
	long next = life_next(&call->store, call->machine);

	if (!next || !may_change(call))
		return;
	if (call->machine->asked == asker)
		life_pass(&call->store, next - call->store.clock);
	call->machine->asked = asker;
}

/* Every member is asked whether it is there: who takes the connection, or the packets, and doesn't
 * answer makes the list slow. Gives whether it fails. */
static int
ask_members(struct call *call)
{
	static const long lost[] = {30030, 22410, 3090};
	int fails = 0;

	for (const struct member *member = NULL; (member = next_member(call, member));) {
		struct machine *machine = store_machine(&call->store, member->name);

		if (machine == call->machine)
			continue;
		if (machine->state == MACHINE_FROZEN) {
			call->wait = lost[0];
			fails = 1;
		} else if (machine->state == MACHINE_UNPLUGGED ||
			   strcmp(daemon_address(call, machine), member->address) != 0) {
			int slow = machine->slow < 2 ? machine->slow++ : 2;

			if (call->wait < lost[slow])
				call->wait = lost[slow];
			fails |= !slow && machine->state == MACHINE_UNPLUGGED;
		}
	}
	return fails;
}

static const char *
run_list(struct call *call)
{
	const char *fault, *format = call->value ? call->value : "table";
	const struct member **members;
	size_t n = 0;

	if (is_set(call, "auto-heartbeat")) {
		call->store.turn++;
		life_pass(&call->store, LIFE_HEARTBEAT);
	}
	if (is_set(call, "auto-wait"))
		wait_for_change(call);
	fault = daemon_fault(call, "Get \"" MICRO_SOCKET "1.0/cluster");
	if (fault)
		return fault;
	if (has_no_leader(call))
		return MICRO_NO_LIST MICRO_NO_LEADER;
	if (ask_members(call))
		return MICRO_LATE;
	life_probe(&call->store);
	members = memory_zeros(call->store.nmembers * sizeof(struct member *));
	for (const struct member *member = NULL; (member = next_member(call, member));)
		members[n++] = member;
	qsort(members, n, sizeof(struct member *), compare_names);
	if (!show_members(&call->out, format, members, n))
		return memory_brief("Invalid format \"%s\"", format);
	return NULL;
}

/* Why a hook fails that MEMBER's daemon is to run when another is removed. */
static const char *
hook_fault(struct call *call, const struct member *member, const char *hook)
{
	const char *why = daemon_connect_fault(call, member->address);

	return memory_brief("Post \"https://%s/core/internal/hooks/%s?target=%s\": "
			    "Unable to connect to \"%s\": dial tcp %s: connect: %s",
	    member->address, hook, call->operand, member->address, member->address, why);
}

/* The row goes. A daemon that runs has no cluster then; one that is away finds that out later. */
static void
take_out(struct call *call, struct member *member)
{
	struct machine *machine = store_machine(&call->store, member->name);
	int answers = life_answers(&call->store, member);

	store_remove_member(&call->store, member);
	if (answers)
		life_revert(&call->store, machine, 0);
}

static const char *
run_remove(struct call *call)
{
	const char *name = call->operand, *fault;
	struct member *member;

	fault =
	    daemon_fault(call, memory_brief("Delete \"" MICRO_SOCKET "1.0/cluster/%.255s", name));
	if (fault)
		return fault;
	if (has_no_leader(call))
		return MICRO_NO_LEADER;
	member = store_member(&call->store, call->machine->cluster, name);
	if (!member)
		return memory_brief(
		    call->ceph ? "cluster member \"%s\" not found" : MICRO_NO_REMOTE " \"%s\"",
		    name);
	if (count(call, NULL) == count(call, MICRO_PENDING))
		return "Cannot remove cluster members, there are no remaining non-pending members";
	if (count(call, NULL) == 1)
		return MICRO_LAST;
	if (!life_answers(&call->store, member) && !call->value)
		return hook_fault(call, member, "pre-remove");
	take_out(call, member);
	if (!call->value)
		return NULL;
	life_probe(&call->store);
	for (member = NULL; (member = next_member(call, member)) && member->online;)
		continue;
	return member ? hook_fault(call, member, "post-remove") : NULL;
}

static const struct command commands[] = {
    {"add", "NAME", "Generates a token for a new server", {"--timeout=", "-t="}, run_add},
    {"bootstrap", NULL, "Sets up a new cluster",
	{"--microceph-ip=", "--availability-zone=", "--mon-ip=", "--public-network=",
	    "--cluster-network=", "--v2-only", "--defer-ceph", "--custom-encapsulation-ip="},
	run_bootstrap},
    {"join", "TOKEN", "Joins an existing cluster",
	{"--microceph-ip=", "--availability-zone=", "--defer-ceph", "--custom-encapsulation-ip="},
	join_run},
    {"list", NULL, "Lists servers in the cluster", {"-f=", "--format="}, run_list},
    {"remove", "NAME", "Removes a server from the cluster", {"-f", "--force"}, run_remove},
};

const struct command *
daemon_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* Runs a bootstrap or join whose daemon needs long: when nobody waits for it, or as the fault says.
 * If it goes well, the client waits for its end, or gives up. */
static const char *
run_slowly(struct call *call)
{
	int is_slow = strcmp(call->fault.kind, "slow") == 0;
	const char *fault;

	if (is_slow)
		call->slow = (long)(atof(call->fault.text) * 1000);
	else if (strcmp(call->fault.kind, "kill-during") == 0)
		call->slow = BOOTSTRAP;
	fault = call->command->run(call);
	if (fault || !is_slow)
		return fault;
	if (call->slow >= CLIENT_LIMIT)
		return daemon_late(call);
	call->wait += call->slow;
	return NULL;
}

/* Reads options and *OPERANDS operands. Options may stand anywhere, as cobra has it. Gives what is
 * wrong, or NULL. */
static const char *
read_args(struct call *call, int *operands)
{
	int only_operands = 0;

	for (char *const *args = call->args; *args; args++) {
		const char *const *option = call->command->options, *arg = *args;
		size_t size = strcspn(arg, "=");

		if (only_operands || arg[0] != '-' || !arg[1]) {
			call->operand = arg;
			++*operands;
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			only_operands = 1;
			continue;
		}
		while (
		    *option && (strcspn(*option, "=") != size || strncmp(*option, arg, size) != 0))
			option++;
		if (!*option && arg[1] == '-')
			return memory_brief("unknown flag: %.*s", (int)size, arg);
		if (!*option)
			return memory_brief("unknown shorthand flag: '%c' in %s", arg[1], arg);
		if (!(*option)[size])
			call->value = "";
		else if (arg[size])
			call->value = arg + size + 1;
		else if (args[1])
			call->value = *++args;
		else
			return memory_brief("flag needs an argument: %s", arg);
	}
	return NULL;
}

/* Runs the command; gives why it fails, or NULL. */
static const char *
run(struct call *call)
{
	const char *kind = call->fault.kind;

	if (call->command->run == run_list)
		return run_list(call);
	call->machine->asked = 0;
	if (strcmp(kind, "consume") == 0 || strcmp(kind, "strand") == 0)
		return join_burn(call, *kind == 's');
	if (call->command->run == join_run || call->command->run == run_bootstrap)
		return run_slowly(call);
	return call->command->run(call);
}

int
daemon_run(struct call *call)
{
	int expected = call->command->operand != NULL, operands = 0, help = 0;
	const char *fault = NULL;

	for (char *const *arg = call->args; *arg; arg++)
		help |= strcmp(*arg, "-h") == 0 || strcmp(*arg, "--help") == 0;
	if (!help)
		fault = read_args(call, &operands);
	if (help || (!fault && call->ceph && operands != expected))
		return daemon_print_help(call);
	if (!fault && operands != expected && call->command->run != run_list)
		fault = memory_brief("accepts %d arg(s), received %d", expected, operands);
	if (!fault)
		fault = run(call);
	if (fault)
		buf_printf(&call->err, "Error: %s\n", fault);
	return fault != NULL;
}
