#include "standin.h"

#include "../lib/memory.h"
#include "../lib/micro.h"
#include "host.h"

#include <stdarg.h>
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

static int run_add(struct call *);
static int run_bootstrap(struct call *);
static int run_list(struct call *);
static int run_remove(struct call *);

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

void
daemon_print_help(struct call *call, const struct command *command)
{
	buf_printf(&call->out, "%s\n\nUsage:\n  %s cluster %s", command->about, call->program,
	    command->name);
	if (command->operand)
		buf_printf(&call->out, " <%s>", command->operand);
	buf_puts(&call->out, " [flags]\n\nFlags:\n  -h, --help   Print help\n");
}

int
daemon_refuse(struct call *call, const char *format, ...)
{
	va_list args;

	buf_puts(&call->err, "Error: ");
	va_start(args, format);
	buf_vprintf(&call->err, format, args);
	va_end(args);
	buf_putc(&call->err, '\n');
	return 1;
}

int
daemon_refuse_late(struct call *call)
{
	call->wait += CLIENT_LIMIT;
	return daemon_refuse(call, "Post \"" MICRO_SOCKET "control\": " MICRO_LATE);
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

static char *
token_text(const struct call *call, const struct token *token)
{
	struct buf json = {0};

	buf_printf(&json, "{\"secret\":\"%s\",\"fingerprint\":\"%s\",\"join_addresses\":[",
	    token->secret, call->store.clusters[token->cluster - 1].fingerprint);
	for (const struct member *member = NULL;
	     (member = store_next(&call->store, token->cluster, member));)
		buf_string(&json, NULL, member->address);
	buf_puts(&json, "]}");
	return base64_encode(json.s);
}

/* What a daemon whose database isn't online answers to everything but bootstrap, join; or NULL. */
static const char *
daemon_fault(struct call *call, const char *request)
{
	switch (life_status(&call->store, call->machine)) {
	case LIFE_NO_SOCKET:
		return memory_brief(
		    "%s\": dial unix /var/snap/%s" MICRO_NO_SOCKET, request, call->program);
	case LIFE_FROZEN:
		call->wait += CLIENT_LIMIT;
		return memory_brief("%s\": " MICRO_LATE, request);
	case LIFE_NOT_INITIALIZED:
		return MICRO_NOT_INITIALIZED;
	case LIFE_STARTING:
		return MICRO_STARTING;
	case LIFE_OFFLINE:
		return MICRO_OFFLINE;
	case LIFE_ONLINE:
		break;
	}
	return NULL;
}

/* As store_next, in this machine's cluster. */
static struct member *
next_member(const struct call *call, const struct member *last)
{
	return store_next(&call->store, call->machine->cluster, last);
}

/* Whether this machine's daemon finds no leader; it has looked for one then. */
static int
has_no_leader(struct call *call)
{
	int alone = 1;

	for (const struct member *member = NULL; (member = next_member(call, member));)
		alone &= strcmp(member->name, call->node) == 0;
	if (life_has_quorum(&call->store, call->machine->cluster) &&
	    (alone || call->machine->state != MACHINE_UNPLUGGED))
		return 0;
	call->wait += NO_LEADER;
	return 1;
}

int
daemon_is_new(struct call *call)
{
	const char *fault = daemon_fault(call, "Post \"" MICRO_SOCKET "control");
	enum life_status database = life_status(&call->store, call->machine);
	const char *name_fault = host_fault(call->node);

	if (database == LIFE_NO_SOCKET || database == LIFE_FROZEN)
		daemon_refuse(call, "%s", fault);
	else if (name_fault)
		daemon_refuse(call, "Cluster member name \"%s\" is not a valid FQDN: %s",
		    call->node, name_fault);
	/* a member just after its daemon's start passes, as it does in microcluster's source */
	else if (database != LIFE_NOT_INITIALIZED)
		daemon_refuse(call, MICRO_NOT_NEW "%s",
		    database == LIFE_ONLINE    ? "online"
		    : database == LIFE_OFFLINE ? "offline"
					       : "still starting");
	else
		return 1;
	return 0;
}

static int
run_bootstrap(struct call *call)
{
	if (!daemon_is_new(call))
		return 1;
	if (call->machine->joining)
		return daemon_refuse(call, MICRO_NOT_NEW "still starting");
	call->machine->cluster = store_add_cluster(&call->store);
	call->store.clusters[call->machine->cluster - 1].heartbeat =
	    call->store.clock + LIFE_HEARTBEAT;
	store_add_member(
	    &call->store, call->machine->cluster, call->node, daemon_address(call, call->machine));
	call->machine->started = 0;
	if (call->slow)
		call->machine->joining = call->store.clock + call->slow;
	return 0;
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

static int
run_add(struct call *call)
{
	long lifetime = read_lifetime(call->value);
	const char *fault;

	if (lifetime < 0)
		return daemon_refuse(call,
		    "invalid argument \"%s\" for \"--timeout\" flag: "
		    "strconv.ParseFloat: parsing \"%s\": invalid syntax",
		    call->value, call->value);
	fault = add_fault(call);
	if (fault && call->ceph)
		return daemon_refuse(call, "%s", fault);
	if (fault)
		return daemon_refuse(call,
		    "unable to add server to microcluster, name \"%s\" is taken:\n%s",
		    call->operand, fault);
	call->token_text = token_text(
	    call, store_add_token(&call->store, call->machine->cluster, call->operand, lifetime));
	store_append(&call->store, "secrets", call->token_text);
	buf_printf(&call->out, "%s\n", call->token_text);
	return 0;
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

static int
is_anybody_pending(const struct call *call)
{
	const struct member *member = NULL;

	while ((member = next_member(call, member)) && strcmp(member->role, MICRO_PENDING) != 0)
		continue;
	return member != NULL;
}

/* The hook, or who runs the command outside of one. */
static long
asker(void)
{
	const char *hook = getenv("HOOK_PGID");

	return hook ? atol(hook) : (long)getppid();
}

/* A hook that asks twice for a list that time can change has waited in between. */
static void
wait_for_change(struct call *call)
{
	struct machine *machine = call->machine;
	enum life_status status = life_status(&call->store, machine);
	long next = life_next(&call->store, machine);

	if (!next || machine->state == MACHINE_DOWN)
		return;
	if (status == LIFE_NOT_INITIALIZED && !machine->cluster && !machine->joining)
		return;
	if (status == LIFE_ONLINE && !is_anybody_pending(call))
		return;
	if (machine->asked == asker())
		life_pass(&call->store, next - call->store.clock);
	machine->asked = asker();
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

static int
run_list(struct call *call)
{
	const char *fault;
	const struct member **members;
	size_t count = 0;

	if (is_set(call, "auto-heartbeat")) {
		call->store.turn++;
		life_pass(&call->store, LIFE_HEARTBEAT);
	}
	if (is_set(call, "auto-wait"))
		wait_for_change(call);
	fault = daemon_fault(call, "Get \"" MICRO_SOCKET "1.0/cluster");
	if (fault)
		return daemon_refuse(call, "%s", fault);
	if (has_no_leader(call))
		return daemon_refuse(call, MICRO_NO_LIST "%s", MICRO_NO_LEADER);
	if (ask_members(call))
		return daemon_refuse(call, MICRO_LATE);
	life_probe(&call->store);
	members = memory_zeros(call->store.nmembers * sizeof(struct member *));
	for (const struct member *member = NULL; (member = next_member(call, member));)
		members[count++] = member;
	qsort(members, count, sizeof(struct member *), compare_names);
	if (!show_members(&call->out, call->value ? call->value : "table", members, count))
		return daemon_refuse(call, "Invalid format \"%s\"", call->value);
	return 0;
}

/* Why MEMBER can't be removed from among those of its cluster, whatever its machine does; or NULL.
 */
static const char *
remove_fault(const struct call *call, const struct member *member)
{
	size_t all = 0, pending = 0;

	for (const struct member *other = NULL;
	     (other = store_next(&call->store, member->cluster, other));) {
		all++;
		pending += strcmp(other->role, MICRO_PENDING) == 0;
	}
	if (all == pending)
		return "Cannot remove cluster members, there are no remaining non-pending members";
	return all == 1 ? MICRO_LAST : NULL;
}

/* A hook that MEMBER's daemon is to run when another is removed, and doesn't. */
static int
refuse_hook(struct call *call, const struct member *member, const char *hook, const char *name)
{
	const char *why = daemon_connect_fault(call, member->address);

	return daemon_refuse(call,
	    "Post \"https://%s/core/internal/hooks/%s?target=%s\": "
	    "Unable to connect to \"%s\": dial tcp %s: connect: %s",
	    member->address, hook, name, member->address, member->address, why);
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

static struct member *
find_dead(struct call *call)
{
	struct member *member = NULL;

	life_probe(&call->store);
	while ((member = next_member(call, member)) && member->online)
		continue;
	return member;
}

static int
run_remove(struct call *call)
{
	const char *name = call->operand, *fault;
	struct member *member;
	int force = call->value != NULL;

	fault =
	    daemon_fault(call, memory_brief("Delete \"" MICRO_SOCKET "1.0/cluster/%.255s", name));
	if (fault)
		return daemon_refuse(call, "%s", fault);
	if (has_no_leader(call))
		return daemon_refuse(call, "%s", MICRO_NO_LEADER);
	member = store_member(&call->store, call->machine->cluster, name);
	if (!member && call->ceph)
		return daemon_refuse(call, "cluster member \"%s\" not found", name);
	if (!member)
		return daemon_refuse(call, MICRO_NO_REMOTE " \"%s\"", name);
	fault = remove_fault(call, member);
	if (fault)
		return daemon_refuse(call, "%s", fault);
	if (!life_answers(&call->store, member) && !force)
		return refuse_hook(call, member, "pre-remove", name);
	take_out(call, member);
	member = force ? find_dead(call) : NULL;
	return member ? refuse_hook(call, member, "post-remove", name) : 0;
}

/* Runs a bootstrap or join whose daemon needs long: when nobody waits for it, or as the fault says.
 * If it goes well, the client waits for its end, or gives up. */
static int
run_slowly(struct call *call, const struct command *command, const struct fault *fault)
{
	int is_slow = strcmp(fault->kind, "slow") == 0, status;

	if (is_slow)
		call->slow = (long)(atof(fault->text) * 1000);
	else if (strcmp(fault->kind, "kill-during") == 0)
		call->slow = BOOTSTRAP;
	status = command->run(call);
	if (status != 0 || !is_slow)
		return status;
	if (call->slow >= CLIENT_LIMIT)
		return daemon_refuse_late(call);
	call->wait += call->slow;
	return 0;
}

/* Reads options and operands. Options may stand anywhere, as cobra has it. Gives how many operands
 * there are, or -1 after saying what is wrong. */
static int
read_args(struct call *call, const struct command *command, char *const args[])
{
	int only_operands = 0, count = 0;

	for (; *args; args++) {
		const char *const *option = command->options, *arg = *args;
		size_t size = strcspn(arg, "=");

		if (only_operands || arg[0] != '-' || !arg[1]) {
			call->operand = arg;
			count++;
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
			return -daemon_refuse(call, "unknown flag: %.*s", (int)size, arg);
		if (!*option)
			return -daemon_refuse(
			    call, "unknown shorthand flag: '%c' in %s", arg[1], arg);
		if (!(*option)[size])
			call->value = "";
		else if (arg[size])
			call->value = arg + size + 1;
		else if (args[1])
			call->value = *++args;
		else
			return -daemon_refuse(call, "flag needs an argument: %s", arg);
	}
	return count;
}

int
daemon_run(
    struct call *call, const struct command *command, char *const args[], const struct fault *fault)
{
	int expected = command->operand != NULL, is_list = strcmp(command->name, "list") == 0;
	int count, help = 0;

	for (size_t i = 0; args[i]; i++)
		help |= strcmp(args[i], "-h") == 0 || strcmp(args[i], "--help") == 0;
	count = help ? expected : read_args(call, command, args);
	if (count < 0)
		return 1;
	if (help || (count != expected && call->ceph)) {
		daemon_print_help(call, command);
		return 0;
	}
	if (count != expected && !is_list)
		return daemon_refuse(call, "accepts %d arg(s), received %d", expected, count);
	if (!is_list)
		call->machine->asked = 0;
	if (strcmp(fault->kind, "consume") == 0 || strcmp(fault->kind, "strand") == 0)
		return join_burn(call, fault->kind[0] == 's');
	if (strcmp(command->name, "join") == 0 || strcmp(command->name, "bootstrap") == 0)
		return run_slowly(call, command, fault);
	return command->run(call);
}
