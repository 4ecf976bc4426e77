/*
 * The command line of a microcluster program, `microovn` or (by its name) `microceph`, over one
 * folder in place of machines, networks and databases:
 *
 *     CLUSTER_DIR=/tmp/c MACHINE_NAME=node-1 microovn cluster bootstrap
 *
 * It behaves as a strict snap in an unprivileged LXD container: what goes to a regular file, as
 * standard output or standard error, is lost, and the exit status is what it is. Pipes, sockets,
 * terminals and devices get it. Time is the folder's own: see life.c in standin.h, and clusterctl
 * for what moves it and for what happens to machines.
 *
 * $CLUSTER_SCALE (0): so many seconds does a command really wait for each second that it waits by
 * the clock; with 0 the clock moves on, and nobody waits.
 *
 * In $CLUSTER_DIR, if they are there:
 *
 *     auto-wait       a hook ($HOOK_PGID, or else a process) that asks for the list twice, with no
 *                     other command of its node in between, is taken to have waited: where time can
 *                     change the answer (somebody is PENDING, a daemon starts), the clock moves on
 *                     to the next change
 *     auto-heartbeat  a heartbeat goes before each list
 *
 * $CLUSTER_DIR/faults makes it fail, one line a time:
 *
 *     kill-before|kill-during|kill-after COMMAND NODE   SIGKILL to the group $HOOK_PGID: before any
 *                                   effect; with the effect, nothing printed (a daemon goes on with
 *                                   join and bootstrap for 2 s more); when it is printed
 *     fail COMMAND NODE TEXT        no effect; TEXT on standard error, exit status 1
 *     fail-after COMMAND NODE TEXT  the same with the whole effect
 *     help COMMAND NODE             no effect; help on standard output, exit status 0
 *     print COMMAND NODE TEXT       no effect; TEXT on standard output, exit status 0
 *     hang COMMAND NODE             never ends, nor does its child; their process ids in `hanging`
 *     noisy COMMAND NODE            add, join: the token on standard error, join: on output too
 *     slow COMMAND NODE SECONDS     join, bootstrap: the daemon needs that long; the command ends
 *                                   after 30 s with 1
 *     consume NODE                  a join that fails: the token is used up
 *     strand NODE                   a join that fails: used up, and a PENDING row stays
 *
 * COMMAND and NODE may be `*`.
 */
#include "../lib/memory.h"
#include "clock.h"
#include "standin.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HANG_SECONDS = 60 * 60 /* "never", but for what a broken test leaves behind */
};

/* NODE COMMAND ARG... END, with a token's name for its text. */
static void
record(const struct call *call, const char *end)
{
	struct buf b = {0};

	buf_printf(&b, "%s %s", call->node, call->command->name);
	for (char *const *arg = call->args; *arg; arg++) {
		const struct token *token = join_token(call, *arg);
		const char *word = token ? token->name : *arg;

		buf_putc(&b, ' ');
		for (size_t i = 0; word[i] && i < 64; i++)
			buf_putc(&b, word[i] > ' ' && word[i] < 127 ? word[i] : '?');
	}
	buf_printf(&b, " %s", end);
	store_append(&call->store, "history", b.s);
}

/* Kills the hook that this command runs for, but not this command. */
static void
kill_hook(void)
{
	const char *text = getenv("HOOK_PGID");
	long group = text ? atol(text) : 0;

	if (group <= 1) {
		fputs("cluster: cannot kill the hook: HOOK_PGID is not set\n", stderr);
		_exit(4);
	}
	if (getpgrp() == group)
		setpgid(0, 0);
	kill((pid_t)-group, SIGKILL);
}

static _Noreturn void
hang(struct call *call)
{
	pid_t child = fork();

	alarm(HANG_SECONDS);
	if (child != 0)
		store_append(
		    &call->store, "hanging", memory_brief("%ld\n%ld", (long)getpid(), (long)child));
	store_unlock(&call->store);
	for (;;)
		pause();
}

/* The command waits, by the clock. Really, too, if that is asked for: it does so outside the lock,
 * and the clock may have moved on by itself meanwhile. */
static void
wait_long(struct call *call)
{
	const char *text = getenv("CLUSTER_SCALE");
	double seconds = text ? atof(text) * (double)call->wait / 1000 : 0;
	long end = call->store.clock + call->wait;

	if (seconds > 0) {
		store_save(&call->store);
		store_unlock(&call->store);
		clock_wait(seconds);
		store_open(&call->store, call->store.dir);
	}
	if (end > call->store.clock)
		life_pass(&call->store, end - call->store.clock);
}

/* Does the command, or what stands in for it, and gives its exit status. */
static int
act(struct call *call)
{
	const char *kind = call->fault.kind;
	int status;

	if (strcmp(kind, "help") == 0)
		return daemon_print_help(call);
	if (strcmp(kind, "fail") == 0 || strcmp(kind, "print") == 0) {
		status = *kind == 'f';
		buf_printf(status ? &call->err : &call->out, "%s\n", call->fault.text);
		return status;
	}
	status = daemon_run(call);
	if (call->wait)
		wait_long(call);
	store_save(&call->store);
	return status;
}

/* Prints it, unless F is a regular file: AppArmor takes such a descriptor from a snap. */
static int
print(FILE *f, const struct buf *b)
{
	struct stat st;

	if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode))
		return 1;
	return fputs(b->n ? b->s : "", f) >= 0 && fflush(f) == 0;
}

static int
perform(struct call *call)
{
	const char *kind = call->fault.kind;
	int status;

	if (strcmp(kind, "kill-before") == 0 || strcmp(kind, "hang") == 0) {
		record(call, kind);
		if (*kind == 'h')
			hang(call);
		kill_hook();
		_exit(1);
	}
	status = act(call);
	if (strcmp(kind, "noisy") == 0 && call->token_text) {
		buf_printf(&call->err, "DEBUG token %s\n", call->token_text);
		if (strcmp(call->command->name, "join") == 0)
			buf_printf(&call->out, "DEBUG token %s\n", call->token_text);
	}
	if (strcmp(kind, "fail-after") == 0) {
		buf_clear(&call->out);
		buf_clear(&call->err);
		buf_printf(&call->err, "%s\n", call->fault.text);
		status = 1;
	}
	record(call, strncmp(kind, "kill-", 5) == 0 ? kind : memory_brief("%d", status));
	store_unlock(&call->store);
	if (strcmp(kind, "kill-during") == 0) {
		kill_hook();
		_exit(1);
	}
	if (!print(stderr, &call->err) || !print(stdout, &call->out))
		status = 1;
	if (strcmp(kind, "kill-after") == 0)
		kill_hook();
	return status;
}

int
main(int argc, char *argv[])
{
	static struct call call; /* static: its rows are in use to the end */
	const char *dir = getenv("CLUSTER_DIR"), *slash = strrchr(argv[0], '/');

	call.program = slash ? slash + 1 : argv[0];
	call.ceph = strcmp(call.program, "microceph") == 0;
	call.node = getenv("MACHINE_NAME");
	if (!dir || !call.node || !*call.node || strpbrk(call.node, " \t\n")) {
		fputs("cluster: CLUSTER_DIR and MACHINE_NAME have to be set\n", stderr);
		return 4;
	}
	if (argc < 3 || strcmp(argv[1], "cluster") != 0)
		buf_printf(&call.err, "Error: unknown command \"%s\" for \"%s\"\n",
		    argc < 2 ? "" : argv[1], call.program);
	else if (!(call.command = daemon_find(argv[2])))
		buf_printf(&call.err, "Error: unknown command \"%s\" for \"%s cluster\"\n", argv[2],
		    call.program);
	if (!call.command) {
		print(stderr, &call.err);
		return 1;
	}
	store_open(&call.store, dir);
	life_pass(&call.store, LIFE_COMMAND);
	call.machine = store_machine(&call.store, call.node);
	call.args = argv + 3;
	store_take_fault(&call.store, call.command->name, call.node, &call.fault);
	return perform(&call);
}
