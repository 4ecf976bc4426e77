/*
 * juju - a controller and its agents over a model in a folder
 *
 * Runs the hooks of charm folders as Juju does: which hook is due for which unit, in what order,
 * with what environment; commits a hook's databags when it ends in 0 and drops them when it
 * doesn't; runs a failed hook again. The hook commands are jujuc.c; where things are in the model's
 * folder is told there and in model.h. Everything that waits is decided from what is in the
 * folder, so that the process may end at any time. Commands may be run at any time too, from hooks
 * and from --between as well; one process at a time runs hooks (settle, step).
 *
 * What isn't here: charm metadata (endpoints are what integrate names; APP:ENDPOINT twice is a
 * peer relation; a charm is called as its folder is), actions, storage, secrets, ports, time: a
 * failed hook runs again when its unit's turn comes. Subordinates are placed where deploy says, and
 * another model's applications are units like all others, but for status and show-unit.
 */

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "bag.h"
#include "folder.h"
#include "model.h"
#include "settle.h"
#include "show.h"

static const char usage_text[] =
    "usage: juju [-m MODEL] COMMAND     MODEL, a folder, is $JUJU_MODEL without -m\n"
    "  deploy APP CHARM [-n N] [--machine NAME]... [--subordinate-to APP] [--url URL]\n"
    "  add-unit APP [-n N] [--machine NAME]...\n"
    "  remove-unit UNIT [--force]\n"
    "  integrate APP:ENDPOINT APP:ENDPOINT [--interface NAME]\n"
    "  remove-relation ID|APP:ENDPOINT APP:ENDPOINT [--force]\n"
    "  leader UNIT|APP                 an application: nobody leads it\n"
    "  fire HOOK UNIT...|--all\n"
    "  resolved UNIT [--no-retry]\n"
    "  config APP KEY=VALUE...         KEY=: as if it had never been set\n"
    "  version VERSION                 of Juju: 2, 3, 4, 2.9.52, 4.0.5\n"
    "  show-unit UNIT... [--format json] [--endpoint E] [--juju VERSION]\n"
    "  status [--format json [--juju VERSION]]\n"
    "  exec --unit UNIT[,UNIT...] [--format json] -- COMMAND [ARG...]\n"
    "  log | debug-log | pending\n"
    "  NAME ...                        juju-NAME, if it is on PATH\n"
    "  step [--unit U] [--seed N]\n"
    "  settle [--seed N] [-j N] [--max-hooks N] [--max-retries N] [--keep-going]\n"
    "         [--between CMD] [--update-status-when-idle] [--verbose] [--progress FD|FILE]\n";

enum { MANY = 1 << 16 };

static struct {
	int force, all, no_retry;
	bool json;
	char *endpoint, *interface, *url, *juju;
	char *principal; /* application */
	char **unit, **machine;
	size_t units, machines;
	long count;
} opt;

static struct settle drive = {.jobs = 1, .seed = -1, .max_hooks = 100000, .max_retries = 10};
static struct model model = {.dir = -1};
static char *model_path;

static _Noreturn void
usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static struct app *
the_app(const char *name)
{
	struct app *a = model_app(&model, name);

	if (a == NULL)
		model_die("application \"%s\" not found", name);
	return a;
}

static struct unit *
the_unit(const char *name)
{
	struct unit *u = model_unit(&model, name);

	if (u == NULL)
		model_die("unit \"%s\" not found", name);
	return u;
}

static void
copy(const char *from, const char *to_dir, const char *to)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execlp("cp", "cp", "-RPp", "--", from,
		    memory_brief("%s/%s/%s/charm", model.path, to_dir, to), (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		model_die("cannot copy %s", from);
}

static struct unit *
add_unit(struct app *a, const char *machine, const struct unit *principal)
{
	struct unit *u = model_add_unit(&model, a, machine, principal);

	copy(memory_brief("%s/apps/%s/charm/.", model.path, a->name), "units", u->file);
	return u;
}

static void
add_units(struct app *a)
{
	struct unit *u;
	size_t n = opt.count > 0 ? (size_t)opt.count : opt.machines > 0 ? opt.machines : 1;
	size_t i, k;

	for (i = 0; i < n; i++) {
		u = add_unit(a, i < opt.machines ? opt.machine[i] : NULL, NULL);
		for (k = 0; k < model.apps; k++) {
			if (model.app[k]->subordinate_to != NULL &&
			    strcmp(model.app[k]->subordinate_to, a->name) == 0)
				add_unit(model.app[k], NULL, u);
		}
	}
}

/* The folder's name, without blanks, which a row can't have. */
static char *
charm_name(const char *folder)
{
	char *s = basename(memory_text("%s", folder)), *blank;

	while ((blank = strchr(s, ' ')) != NULL)
		*blank = '-';
	return s;
}

static int
cmd_deploy(char **arg)
{
	const char *from = memory_text("%s/.", arg[1]);
	struct app *a, *principal;
	size_t i;

	if (strspn(arg[0], "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(arg[0]))
		model_die("\"%s\" is no application's name", arg[0]);
	if (model_app(&model, arg[0]) != NULL)
		model_die("application \"%s\" already exists", arg[0]);
	if (access(from, R_OK | X_OK) < 0)
		model_die("cannot read %s: %s", arg[1], strerror(errno));
	principal = opt.principal == NULL ? NULL : the_app(opt.principal);
	a = model_add_app(&model, arg[0]);
	a->charm = charm_name(arg[1]);
	a->url = opt.url;
	a->subordinate_to = opt.principal;
	if (opt.url != NULL)
		model_write(&model, memory_brief("apps/%s/url", arg[0]), opt.url);
	copy(from, "apps", arg[0]);
	for (i = 0; principal != NULL && i < principal->units; i++)
		add_unit(a, NULL, principal->unit[i]);
	if (principal == NULL)
		add_units(a);
	return 0;
}

static int
cmd_add_unit(char **arg)
{
	struct app *a = the_app(arg[0]);

	if (a->subordinate_to != NULL)
		model_die("application \"%s\" is subordinate", a->name);
	add_units(a);
	return 0;
}

static void
remove_unit(struct unit *u)
{
	/* A unit whose agent never ran has nothing to clean up. */
	if (opt.force || (!u->installed && u->failed.kind == HOOK_NONE)) {
		model_remove_unit(&model, u);
		model_remove_unused(&model);
		return;
	}
	u->dying = true;
	agent_forget(&model, u);
}

/* Its subordinates go with it. */
static int
cmd_remove_unit(char **arg)
{
	struct unit *u;
	size_t i;

	remove_unit(the_unit(arg[0]));
	for (i = model.units; i-- > 0;) {
		u = model.unit[i];
		if (u->principal != NULL && !u->dying && strcmp(u->principal, arg[0]) == 0)
			remove_unit(u);
	}
	return 0;
}

static struct app *
the_end(const char *s, const char **endpoint)
{
	struct app *a = the_app(memory_brief("%.*s", (int)strcspn(s, ":"), s));

	*endpoint = s + strcspn(s, ":") + 1;
	if (strchr(s, ':') == NULL || **endpoint == '\0')
		usage();
	return a;
}

static int
cmd_integrate(char **arg)
{
	struct app *a, *b;
	const char *ea, *eb;

	a = the_end(arg[0], &ea);
	b = the_end(arg[1], &eb);
	if (a == b && strcmp(ea, eb) != 0)
		model_die("an application's peer relation has one endpoint");
	printf("%u\n", model_add_relation(&model, a, ea, b, eb, opt.interface)->id);
	return 0;
}

static bool
has_end(const struct relation *r, int end, const struct app *a, const char *endpoint)
{
	return r->end[end].app == a && strcmp(r->end[end].endpoint, endpoint) == 0;
}

static struct relation *
the_relation(char **arg)
{
	const char *ea = NULL, *eb = NULL, *colon = strrchr(arg[0], ':');
	struct app *a = arg[1] == NULL ? NULL : the_end(arg[0], &ea);
	struct app *b = arg[1] == NULL ? NULL : the_end(arg[1], &eb);
	char *end;
	unsigned id = (unsigned)strtoul(colon == NULL ? arg[0] : colon + 1, &end, 10);
	struct relation *r;
	size_t i;

	for (i = 0; i < model.relations; i++) {
		r = model.relation[i];
		if (a == NULL ? r->id == id && *end == '\0'
			      : !r->dying && !r->gone &&
				    ((has_end(r, 0, a, ea) && has_end(r, 1, b, eb)) ||
					(has_end(r, 1, a, ea) && has_end(r, 0, b, eb))))
			return r;
	}
	model_die("relation not found");
}

static int
cmd_remove_relation(char **arg)
{
	struct relation *r = the_relation(arg);
	size_t i;

	if (opt.force)
		model_forget(&model, r);
	else
		r->dying = true;
	for (i = 0; i < model.units; i++)
		agent_forget(&model, model.unit[i]);
	model_remove_unused(&model);
	return 0;
}

static int
cmd_leader(char **arg)
{
	struct unit *u = strchr(arg[0], '/') == NULL ? NULL : the_unit(arg[0]);

	if (u == NULL || !model_leads(u))
		model_elect(&model, u == NULL ? the_app(arg[0]) : u->app, u);
	return 0;
}

static int
cmd_fire(char **arg)
{
	struct unit *u;
	size_t i;

	if ((arg[1] == NULL) == !opt.all)
		usage();
	for (i = 0; opt.all ? i < model.units : arg[i + 1] != NULL; i++) {
		u = opt.all ? model.unit[i] : the_unit(arg[i + 1]);
		model_fire(u, arg[0]);
	}
	return 0;
}

static int
cmd_resolved(char **arg)
{
	struct unit *u = the_unit(arg[0]);

	if (u->failed.kind == HOOK_NONE)
		model_die("unit \"%s\" is not in an error state", u->name);
	if (opt.no_retry)
		agent_skip(&model, u);
	return 0;
}

static void
set_config(cJSON *b, const char *setting)
{
	size_t n = strcspn(setting, "=");

	if (setting[n] == '\0')
		usage();
	bag_set(b, memory_brief("%.*s", (int)n, setting),
	    setting[n + 1] == '\0' ? NULL : setting + n + 1);
}

static int
cmd_config(char **arg)
{
	struct app *a = the_app(arg[0]);
	const char *path = memory_text("apps/%s/config", a->name);
	char *s = file_read(model.dir, path, NULL);
	cJSON *b = s == NULL ? cJSON_CreateObject() : bag_read(s);
	size_t i;

	if (b == NULL)
		model_die("%s/%s is damaged", model.path, path);
	for (i = 1; arg[i] != NULL; i++)
		set_config(b, arg[i]);
	model_write(&model, path, bag_text(b));
	for (i = 0; i < a->units; i++)
		model_fire(a->unit[i], "config-changed");
	return 0;
}

static void
set_version(struct version *v, const char *s)
{
	if (model_version(v, s) < 0)
		model_die("%s is no version of Juju", s);
}

static int
cmd_version(char **arg)
{
	set_version(&model.juju, arg[0]);
	return 0;
}

static const struct version *
asked_version(void)
{
	static struct version v;

	if (opt.juju == NULL)
		return &model.juju;
	set_version(&v, opt.juju);
	return &v;
}

static int
print(struct buf *t)
{
	return t->n > 0 && file_write_fd(1, t->s, t->n) < 0;
}

static int
print_tree(cJSON *tree)
{
	struct buf t = {0};

	bag_print(&t, tree);
	buf_puts(&t, "\n");
	return print(&t);
}

static int
cmd_show_unit(char **arg)
{
	cJSON *tree = cJSON_CreateObject();
	const struct unit *u;
	int status = 0;

	if (*arg == NULL) {
		fputs("ERROR an unit name must be supplied\n", stderr);
		return 1;
	}
	for (; *arg != NULL; arg++) {
		u = model_unit(&model, *arg);
		if (u != NULL && u->app->url == NULL) {
			cJSON_DeleteItemFromObjectCaseSensitive(tree, *arg);
			cJSON_AddItemToObject(
			    tree, *arg, show_unit(&model, u, asked_version(), opt.endpoint));
			continue;
		}
		fprintf(stderr,
		    strchr(*arg, '/') == NULL ? "ERROR unit name %s not valid\n"
					      : "ERROR unit \"%s\" not found\n",
		    *arg);
		status = 1;
	}
	bag_sort(tree);
	return status == 0 ? print_tree(tree) : status;
}

static int
cmd_status(char **arg)
{
	struct buf t = {0};

	(void)arg;
	if (opt.json)
		return print_tree(show_status(&model, asked_version()));
	show_table(&model, &t);
	return print(&t);
}

/* What juju exec prints of one unit's task. */
static cJSON *
task(const char *unit, size_t id, int status, const struct buf *out, const struct buf *err)
{
	cJSON *o = bag_put(cJSON_CreateObject(), "id", memory_brief("%zu", id), NULL);
	cJSON *results = cJSON_AddObjectToObject(o, "results");

	cJSON_AddNumberToObject(results, "return-code", status);
	bag_put(results, "stderr", err->n > 0 ? err->s : NULL, "stdout", out->n > 0 ? out->s : NULL,
	    NULL);
	return bag_put(o, "status", status == 0 ? "completed" : "failed", "unit", unit, NULL);
}

/* What it printed, with a newline at its end if there isn't one. */
static void
put_lines(struct buf *t, const struct buf *s)
{
	if (s->n == 0)
		return;
	buf_put(t, s->s, s->n);
	if (s->s[s->n - 1] != '\n')
		buf_puts(t, "\n");
}

static int
cmd_exec(char **arg)
{
	struct buf t = {0}, out = {0}, err = {0}, failures = {0};
	cJSON *tree = cJSON_CreateObject();
	const char *unit;
	size_t i, failed = 0;
	int status;

	if (opt.units == 0)
		usage();
	for (i = 0; i < opt.units; i++) {
		if (the_unit(opt.unit[i])->app->url != NULL)
			model_die("unit \"%s\" not found", opt.unit[i]);
	}
	settle_stand_aside(&model);
	for (i = 0; i < opt.units; i++) {
		unit = opt.unit[i];
		status = agent_exec(&model, unit, arg, drive.bin, &out, &err);
		if (opt.units > 1)
			buf_printf(&t, "%s:\n", unit);
		put_lines(&t, &out);
		put_lines(&t, &err);
		buf_puts(&t, opt.units > 1 ? "\n" : "");
		cJSON_AddItemToObject(tree, unit, task(unit, i + 1, status, &out, &err));
		buf_free(&out);
		buf_free(&err);
		if (status == 0)
			continue;
		failed++;
		buf_printf(&failures, " - id \"%zu\" with return code %d\n", i + 1, status);
	}
	status = (opt.json ? print_tree(tree) : print(&t)) || failed > 0;
	if (failed > 0)
		fprintf(stderr,
		    "ERROR the following task%s failed:\n%s\nuse 'juju show-task' to inspect the "
		    "failure\n",
		    failed > 1 ? "s" : "", failures.s);
	return status;
}

static int
cmd_log(char **arg)
{
	struct buf t = {0};

	(void)arg;
	t.s = file_read(model.dir, "log", &t.n);
	return print(&t);
}

static int
cmd_pending(char **arg)
{
	struct hook *due;
	size_t n, i, k;

	(void)arg;
	for (i = 0; i < model.units; i++) {
		due = agent_due(&model, model.unit[i], &n);
		for (k = 0; k < n; k++) {
			printf("%s %s", model.unit[i]->name, due[k].name);
			if (due[k].relation >= 0)
				printf(" %d %s", due[k].relation, due[k].remote);
			printf("\n");
		}
	}
	return 0;
}

static int
cmd_settle(char **arg)
{
	(void)arg;
	return settle_run(&model, &drive);
}

static int
cmd_step(char **arg)
{
	(void)arg;
	if (drive.unit != NULL)
		the_unit(drive.unit);
	return settle_step(&model, &drive);
}

static long
numeral(const char *s, long least)
{
	char *end;
	long n;

	n = strtol(s, &end, 10);
	if (*s == '\0' || *end != '\0' || n < least)
		model_die("%s is no number from %ld on", s, least);
	return n;
}

static void
take_units(char *list)
{
	char *s;

	for (s = strtok(list, ","); s != NULL; s = strtok(NULL, ","))
		opt.unit = memory_add(opt.unit, &opt.units, s);
	drive.unit = opt.units > 0 ? opt.unit[0] : NULL;
}

static void
take_machine(char *name)
{
	opt.machine = memory_add(opt.machine, &opt.machines, name);
}

static void
take_format(char *format)
{
	if (strcmp(format, "json") != 0)
		model_die("json alone is printed");
	opt.json = true;
}

static void
options(int argc, char **argv)
{
	static const struct {
		const char *name; /* NULL: it has the letter alone */
		int letter;
		int *flag; /* to be set; or */
		char **text;
		void (*take)(char *);
		long *number, least;
	} known[] = {{"model", 'm', .text = &model_path}, {"endpoint", 'e', .text = &opt.endpoint},
	    {"juju", 'J', .text = &opt.juju}, {"interface", 'i', .text = &opt.interface},
	    {"subordinate-to", 'S', .text = &opt.principal}, {"url", 'L', .text = &opt.url},
	    {"between", 'b', .text = &drive.between}, {"progress", 'p', .text = &drive.progress},
	    {"machine", 'M', .take = take_machine}, {"unit", 'u', .take = take_units},
	    {"format", 'F', .take = take_format}, {"force", 'f', .flag = &opt.force},
	    {"all", 'a', .flag = &opt.all}, {"no-retry", 'R', .flag = &opt.no_retry},
	    {"keep-going", 'k', .flag = &drive.keep_going},
	    {"update-status-when-idle", 'U', .flag = &drive.update_status},
	    {"verbose", 'v', .flag = &drive.verbose}, {"seed", 's', .number = &drive.seed},
	    {"max-hooks", 'x', .number = &drive.max_hooks, .least = 1},
	    {"max-retries", 'r', .number = &drive.max_retries},
	    {NULL, 'n', .number = &opt.count, .least = 1},
	    {NULL, 'j', .number = &drive.jobs, .least = 1}};
	enum { KNOWN = sizeof known / sizeof *known };
	struct option longs[KNOWN];
	size_t i;
	int c;

	for (i = 0; i < KNOWN; i++)
		longs[i] =
		    (struct option){known[i].name, known[i].flag == NULL, NULL, known[i].letter};
	while ((c = getopt_long(argc, argv, "m:n:j:vu:", longs, NULL)) != -1) {
		for (i = 0; i < KNOWN && known[i].letter != c; i++)
			continue;
		if (i == KNOWN)
			usage();
		if (known[i].flag != NULL)
			*known[i].flag = 1;
		else if (known[i].text != NULL)
			*known[i].text = optarg;
		else if (known[i].take != NULL)
			known[i].take(optarg);
		else
			*known[i].number = numeral(optarg, known[i].least);
	}
}

/* Without symbolic links. */
static char *
absolute(const char *path)
{
	char *s = realpath(path, NULL);

	if (s == NULL)
		model_die("cannot open %s: %s", path, strerror(errno));
	return s;
}

/* juju-NAME on PATH is juju NAME, with all that follows, and knows the model by JUJU_MODEL. */
static void
run_plugin(char **arg)
{
	if (arg[0] != NULL && strcmp(arg[0], "-m") == 0 && arg[1] != NULL) {
		if (setenv("JUJU_MODEL", arg[1], 1) < 0)
			model_die("cannot set JUJU_MODEL: %s", strerror(errno));
		arg += 2;
	}
	if (arg[0] == NULL || arg[0][0] == '-')
		return;
	execvp(memory_brief("juju-%s", arg[0]), arg);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **);
		enum { READS, CHANGES, DRIVES } how;
		size_t least, most; /* operands */
	} command[] = {{"deploy", cmd_deploy, CHANGES, 2, 2},
	    {"add-unit", cmd_add_unit, CHANGES, 1, 1},
	    {"remove-unit", cmd_remove_unit, CHANGES, 1, 1},
	    {"integrate", cmd_integrate, CHANGES, 2, 2},
	    {"remove-relation", cmd_remove_relation, CHANGES, 1, 2},
	    {"leader", cmd_leader, CHANGES, 1, 1}, {"fire", cmd_fire, CHANGES, 1, MANY},
	    {"resolved", cmd_resolved, CHANGES, 1, 1}, {"version", cmd_version, CHANGES, 1, 1},
	    {"config", cmd_config, CHANGES, 2, MANY}, {"exec", cmd_exec, DRIVES, 1, MANY},
	    {"show-unit", cmd_show_unit, READS, 0, MANY}, {"status", cmd_status, READS, 0, 0},
	    {"log", cmd_log, READS, 0, 0}, {"debug-log", cmd_log, READS, 0, 0},
	    {"pending", cmd_pending, READS, 0, 0}, {"settle", cmd_settle, DRIVES, 0, 0},
	    {"step", cmd_step, DRIVES, 0, 0}};
	size_t i, n, operands;
	int lock, status;

	run_plugin(argv + 1);
	model_path = getenv("JUJU_MODEL");
	options(argc, argv);
	if (model_path == NULL || argv[optind] == NULL)
		usage();
	n = sizeof command / sizeof *command;
	for (i = 0; i < n && strcmp(command[i].name, argv[optind]) != 0; i++)
		continue;
	operands = (size_t)(argc - optind - 1);
	if (i == n || operands < command[i].least || operands > command[i].most)
		usage();
	drive.bin = memory_text("%s/bin", dirname(absolute("/proc/self/exe")));
	mkdir(model_path, 0777);
	model.path = absolute(model_path);
	lock = model_lock(&model);
	model_load(&model);
	if (command[i].how == DRIVES)
		close(lock);
	status = command[i].run(argv + optind + 1);
	if (command[i].how == CHANGES)
		model_save(&model);
	return fflush(stdout) != 0 ? 2 : status;
}
