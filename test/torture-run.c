/*
 * torture-run LIBRARY COMMANDS TOOLS NAME
 * torture-run -l [WORD]
 *
 * Runs the scenario of that NAME with its tool in the folder TOOLS, and again for each call that
 * the tool makes, each time with another one failing, by the LIBRARY (torture.c). The script
 * COMMANDS (torture-play.sh) acts as the commands that the tool runs. With -l, prints the names of
 * the scenarios whose name has the WORD, or whose tool it is.
 *
 * A tool must end with status 4 and one message, or do all that it does otherwise; without a crash,
 * a hang, a leak, a token in its messages, a child left behind but for a step's keepers (keeper.h),
 * which must end soon. A consumer's step is run again after each fault, as Juju runs a hook again,
 * and must get to where it gets without the fault: the same databag, state file and cluster, and no
 * other file left.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/memory.h"
#include "lib/value.h"
#include "torture.h"

enum {
	PATIENCE = 20, /* seconds that a tool may take */
	KEEPERS_PATIENCE =
	    3000,   /* milliseconds that keepers take then; they try again after 1000 */
	SHOWN = 40, /* failures that are told in full */
};

/* What fails, and how; one errno for each way that the tools go: they tell apart no others. */
static const struct faults {
	int err;
	bool soft, sticky; /* see struct torture */
	const char *calls[14];
} faults[] = {
    {ENOMEM, false, false, {"malloc", "calloc", "realloc", "pselect", "poll"}},
    {ENOMEM, false, true, {"malloc", "calloc"}},
    {EIO, false, false,
	{"read", "fsync", "rename", "unlink", "fstat", "stat", "lseek", "close", "readdir"}},
    {EIO, false, true, {"read"}},
    {EIO, true, false, {"ftruncate"}},
    {ENOSPC, false, false, {"write"}},
    {ENOSPC, false, true, {"write"}},
    {ENOSPC, true, false, {"pwrite"}},
    {EMFILE, false, false, {"open", "pipe", "opendir", "socketpair"}},
    {ENOLCK, false, false, {"lock"}},
    {EAGAIN, false, false, {"fork"}},
    {EAGAIN, true, false, {"read", "write", "message", "lock"}},
    {EINTR, true, false,
	{"read", "write", "message", "fsync", "open", "lock", "waitpid", "waitid", "pselect",
	    "poll", "close", "nanosleep", "pwrite"}},
    {TORTURE_SHORT, true, true, {"read", "write", "message", "pwrite"}},
};

/* How a run went. */
struct outcome {
	int status; /* 128 + N: ended by signal N */
	bool orphans;
	char *out;
	char *err;
	struct torture page; /* what failed, and what the library counted */
	cJSON *effects;	     /* what there is to compare besides out */
};

static const struct torture no_fault;
static struct torture *page;
static const char *library, *tools;
static long runs, fired, failures;

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "torture: %s: %s\n", what, strerror(errno));
	exit(2);
}

static char *
get(const char *path)
{
	return file_read(AT_FDCWD, path, NULL);
}

static void
put(const char *path, const char *text)
{
	if (file_write(AT_FDCWD, path, text))
		give_up(path);
}

static _Noreturn void
become(const struct scenario *s)
{
	char *const *argv;

	setpgid(0, 0);
	if (!freopen("../in", "r", stdin) || !freopen("../out", "w", stdout) ||
	    !freopen("../err", "w", stderr))
		_exit(126);
	for (int i = 0; s->env[i]; i++)
		putenv(memory_text("%s", s->env[i]));
	setenv("LD_PRELOAD", library, 1);
	memcpy(&argv, &(const char *const *){s->argv}, sizeof argv);
	execv(memory_text("%s/%s", tools, s->argv[0]), argv);
	_exit(127);
}

/* Waits for the processes that the tool left, which are our children now. They must be keepers,
 * which end soon after add, and have the name of their step, unlike the programs that it runs.
 * Others, and keepers that don't end, are ended. Returns whether there were none. */
static bool
attend_keepers(const struct scenario *s)
{
	char *children, *at, *name;
	bool all = true;
	siginfo_t info;
	long pid;

	for (int naps = 0; waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0; naps++) {
		all &= naps < KEEPERS_PATIENCE;
		at = children = get("/proc/thread-self/children");
		if (!children)
			give_up("/proc/thread-self/children");
		while ((pid = strtol(at, &at, 10))) {
			name = get(memory_brief("/proc/%ld/comm", pid));
			/* the system keeps 15 bytes of a name */
			all &= name && s->is_step &&
			       strncmp(s->argv[0], name, strcspn(name, "\n")) == 0;
			free(name);
			if (!all)
				kill((pid_t)pid, SIGKILL);
		}
		free(children);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		usleep(1000);
	}
	return all;
}

static volatile pid_t tool;

/* The tool hangs. Its own alarm wouldn't do: it has use for that. */
static void
on_alarm(int sig)
{
	(void)sig;
	kill(tool, SIGKILL);
}

static void
run_tool(
    const struct scenario *s, const char *input, const struct torture *fault, struct outcome *o)
{
	int status;

	*page = *fault;
	put("../in", input);
	fflush(stdout);
	tool = fork();
	if (tool == 0)
		become(s);
	if (tool < 0 || alarm(PATIENCE) || waitpid(tool, &status, 0) < 0)
		give_up(s->argv[0]);
	alarm(0);
	o->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	o->orphans = !attend_keepers(s);
	o->out = get("../out");
	o->err = get("../err");
	o->page = *page;
	o->effects = NULL;
	runs++;
}

static void
forget(struct outcome *o)
{
	free(o->out);
	free(o->err);
	cJSON_Delete(o->effects);
}

/* The input, with that own databag where it is to be. */
static char *
document(const struct scenario *s, const cJSON *own)
{
	const char *input = s->input ? s->input : "", *at = strstr(input, "%s");
	char *bag, *text;

	if (!at)
		return memory_text("%s", input);
	bag = cJSON_PrintUnformatted(own);
	text = memory_text("%.*s%s%s", (int)(at - input), input, bag, at + 2);
	free(bag);
	return text;
}

/* Carries out what a hook that succeeded set, as Juju does. */
static void
apply(cJSON *own, const char *text)
{
	cJSON *lines = value_parse_lines(text);
	const cJSON *line, *e;

	cJSON_ArrayForEach(line, lines)
	{
		cJSON_ArrayForEach(e, value_get(value_get(line, "relation-set"), "data"))
		{
			cJSON_DeleteItemFromObjectCaseSensitive(own, e->string);
			if (e->valuestring[0])
				cJSON_AddStringToObject(own, e->string, e->valuestring);
		}
	}
	cJSON_Delete(lines);
}

/* Dates of the state file are the clock's, and not the fault's. */
static void
forget_dates(cJSON *state)
{
	cJSON *date;

	cJSON_SetNumberValue(value_get(state, "joining"), 1);
	cJSON_ArrayForEach(date, value_get(state, "out")) cJSON_SetNumberValue(date, 1);
	cJSON_ArrayForEach(date, value_get(state, "stranded")) cJSON_SetNumberValue(date, 1);
}

/* Names and contents of all files in the folder, but for what may differ: tokens may be made in
 * another order. */
static cJSON *
files_of(bool step)
{
	cJSON *files = cJSON_CreateObject(), *state;
	DIR *dir = opendir(".");
	struct dirent *e;
	char *text;

	while (dir && (e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    (step && strcmp(e->d_name, "calls") == 0))
			continue;
		text = get(e->d_name);
		state = text && strcmp(e->d_name, "state") == 0 ? cJSON_Parse(text) : NULL;
		forget_dates(state);
		if (state)
			cJSON_AddItemToObject(files, "state", state);
		else
			cJSON_AddStringToObject(files, e->d_name, text ? text : "(unreadable)");
		free(text);
	}
	closedir(dir);
	return files;
}

/* Takes the step again, without a fault; effects: where it is put how that went, or NULL. */
static void
step_again(const struct scenario *s, cJSON *own, cJSON *effects)
{
	char *input = document(s, own);
	struct outcome o;

	run_tool(s, input, &no_fault, &o);
	if (o.status == 0)
		apply(own, o.out);
	if (effects)
		cJSON_AddStringToObject(effects, "status, stdout and stderr of the last run",
		    memory_brief("%d\n%s\n%s", o.status, o.out, o.err));
	free(input);
	forget(&o);
}

/* What there is after the run, o, and, for a step, after the same hook again and two others. */
static cJSON *
effects_of(const struct scenario *s, cJSON *own, const struct outcome *o)
{
	struct scenario other = *s; /* the same step in a hook of no event of its own */
	cJSON *effects = cJSON_CreateObject();

	for (const char **arg = other.argv; *arg; arg++)
		if (strncmp(*arg, "relation-", 9) == 0)
			*arg = "reconcile";
	if (s->is_step) {
		if (o->status == 0)
			apply(own, o->out);
		else
			step_again(s, own, NULL);
		step_again(&other, own, NULL);
		step_again(&other, own, effects);
		cJSON_AddItemToObject(effects, "own", cJSON_Duplicate(own, 1));
	}
	cJSON_AddItemToObject(effects, "files", files_of(s->is_step));
	return effects;
}

static void
run_once(const struct scenario *s, const struct torture *fault, struct outcome *o)
{
	cJSON *own = cJSON_Parse(s->own ? s->own : "{}");
	char *input = document(s, own);

	if (chdir("..") || file_remove(AT_FDCWD, "work") || mkdir("work", 0700) || chdir("work"))
		give_up("work");
	for (const struct file *file = s->files; file->name; file++)
		put(file->name, file->text);
	run_tool(s, input, fault, o);
	o->effects = effects_of(s, own, o);
	free(input);
	cJSON_Delete(own);
}

/* The lines that are the tool's own. */
static int
messages(const struct scenario *s, const char *err)
{
	size_t n = strlen(s->argv[0]);
	int found = 0;

	for (; *err; err += strcspn(err, "\n"), err += *err == '\n')
		found += strncmp(err, s->argv[0], n) == 0 && err[n] == ':';
	return found;
}

/* What is wrong with the outcome, or NULL; good is that without a fault. */
static const char *
judge(const struct scenario *s, const struct outcome *good, const struct outcome *o)
{
	bool done = o->status == good->status;
	int said = messages(s, o->err), usual = messages(s, good->err);

	if (o->status == 128 + SIGKILL)
		return "it hangs";
	if (o->status >= 126)
		return "it crashes";
	if (o->orphans)
		return "a child is left behind";
	if (strstr(o->err, "eyJ"))
		return "a token is in what it says";
	if (!done && o->status != 4)
		return "another status than 4";
	if (!done && o->page.soft)
		return "it doesn't survive what it has to";
	if (!done && said != usual + 1 && said != 1)
		return "status 4, and not one message";
	if (done && said != usual)
		return "other messages";
	if (done && strcmp(o->out, good->out) != 0 &&
	    !(s->is_step && strstr(o->out, "\"WARNING\"")))
		return "another output";
	if (o->page.live > good->page.live)
		return "memory is lost";
	if (o->page.unwiped)
		return "a token is left in memory";
	if (o->page.files > good->page.files)
		return "a file is left open";
	if ((s->is_step || done) && !cJSON_Compare(o->effects, good->effects, 1))
		return "it gets elsewhere";
	return NULL;
}

static void
show(const char *what, const cJSON *json)
{
	char *text = cJSON_Print(json);

	printf("  %s: %s\n", what, text);
	free(text);
}

static void
tell(
    const struct scenario *s, const char *what, const struct outcome *good, const struct outcome *o)
{
	const struct torture *f = &o->page;

	failures++;
	printf("not ok %s (%s): %s: %s %ld%s fails: %s\n", s->argv[0], s->name, what, f->call,
	    f->nth, f->sticky ? " and later" : "", f->err ? strerrorname_np(f->err) : "short");
	if (failures > SHOWN)
		return;
	printf("  status %d, live %ld (%ld), files %ld (%ld)\n  stdout: %s\n  stderr: %s\n",
	    o->status, o->page.live, good->page.live, o->page.files, good->page.files, o->out,
	    o->err);
	show("effects", o->effects);
	show("without a fault", good->effects);
}

/* Has each call of that kind fail once, until there is none left. */
static void
try(const struct scenario *s, struct torture fault, const char *call, const struct outcome *good)
{
	struct outcome o;
	const char *wrong;

	strcpy(fault.call, call);
	do {
		fault.nth++;
		run_once(s, &fault, &o);
		wrong = judge(s, good, &o);
		if (wrong)
			tell(s, wrong, good, &o);
		forget(&o);
		fired += o.page.fired != 0;
	} while (o.page.fired);
}

static void
torture(const struct scenario *s)
{
	struct outcome good;

	run_once(s, &no_fault, &good);
	if (good.status != s->status) {
		printf("not ok %s (%s): status %d, not %d: %s", s->argv[0], s->name, good.status,
		    s->status, good.err);
		failures++;
	}
	for (const struct faults *f = faults; f < faults + sizeof faults / sizeof *faults; f++)
		for (const char *const *call = f->calls; *call; call++)
			try(s,
			    (struct torture){.err = f->err, .soft = f->soft, .sticky = f->sticky},
			    *call, &good);
	forget(&good);
	printf("%s %s (%s): %ld faults in %ld runs, %ld failures\n", failures ? "not ok" : "ok",
	    s->argv[0], s->name, fired, runs, failures);
}

/* The page, and the commands that the tool runs: the script by other names. */
static void
set_up(const char *folder, const char *script)
{
	static const char *const names[] = {"cluster", "is-leader", "relation-ids", "relation-list",
	    "relation-get", "relation-set", "status-set", "juju-log", "prejoin", "joined",
	    "bootstrapped", "prebootstrap", "join-args"};
	int fd;

	if (chdir(folder) || mkdir("bin", 0755) || mkdir("work", 0700) ||
	    (fd = open("page", O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0 ||
	    ftruncate(fd, sizeof *page))
		give_up(folder);
	page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		give_up("page");
	close(fd);
	setenv("TORTURE", memory_brief("%s/page", folder), 1);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (symlink(script, memory_brief("bin/%s", names[i])))
			give_up(names[i]);
	setenv("PATH", memory_brief("%s/bin:%s", folder, getenv("PATH")), 1);
	if (chdir("work"))
		give_up("work");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGALRM, on_alarm);
	umask(077); /* for state files */
}

/* Prints the names of the scenarios of that tool or with that word. Returns how many they are. */
static int
list(const char *word)
{
	int n = 0;

	for (const struct scenario *s = scenarios; s < scenarios + scenarios_n; s++)
		if (strstr(s->name, word) || strcmp(s->argv[0], word) == 0)
			n += puts(s->name) >= 0;
	if (n == 0)
		fprintf(stderr, "torture-run: no scenario has %s in its name\n", word);
	return n;
}

int
main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	char *folder = memory_text("%s/torture-XXXXXX", tmp ? tmp : "/tmp"), *script;

	if (argc > 1 && strcmp(argv[1], "-l") == 0)
		return list(argc > 2 ? argv[2] : "") == 0 || fclose(stdout) ? 2 : 0;
	if (argc != 5) {
		fputs("usage: torture-run LIBRARY COMMANDS TOOLS NAME\n"
		      "       torture-run -l [WORD]\n",
		    stderr);
		return 2;
	}
	library = realpath(argv[1], NULL);
	script = realpath(argv[2], NULL);
	tools = realpath(argv[3], NULL);
	if (!library || !script || !tools || !mkdtemp(folder))
		give_up("cannot begin");
	setvbuf(stdout, NULL, _IOLBF, 0);
	scenarios_fill();
	set_up(folder, script);
	for (const struct scenario *s = scenarios; s < scenarios + scenarios_n; s++)
		if (strcmp(s->name, argv[4]) == 0)
			torture(s);
	if (chdir("/") || file_remove(AT_FDCWD, folder))
		give_up(folder);
	return failures || !runs;
}
