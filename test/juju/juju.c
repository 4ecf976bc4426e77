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
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/options.h"
#include "agent.h"
#include "folder.h"
#include "model.h"
#include "run.h"
#include "settle.h"
#include "show.h"
#include "text.h"

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
    "         [--between CMD] [--update-status-when-idle] [--verbose]\n";

enum { MANY = 1 << 16 };

static struct options opt = {
    .known = "m model= n num-units= machine= subordinate-to= url= interface= force all no-retry "
	     "format= endpoint= juju= u unit= seed= j jobs= max-hooks= max-retries= keep-going "
	     "between= update-status-when-idle v verbose"};
static const char *bin; /* the hook commands' folder */
static struct model model = {.dir = -1};

static _Noreturn void
usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static const char *
option(const char *name)
{
	return options_get(&opt, name);
}

static long
number(const char *name, long least, long otherwise)
{
	const char *s = option(name);
	char *end;
	long n;

	if (s == NULL)
		return otherwise;
	n = strtol(s, &end, 10);
	if (*s == '\0' || *end != '\0' || n < least)
		model_die("%s is no number from %ld on", s, least);
	return n;
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
	const char *target = memory_brief("%s/%s/%s/charm", model.path, to_dir, to);
	char *argv[] = {memory_text("cp"), memory_text("-RPp"), memory_text("--"),
	    memory_text("%s", from), memory_text("%s", target), NULL};
	struct run r = {.argv = argv, .out_fd = STDOUT_FILENO};
	struct fail f;

	if (run(&r, &f) < 0 || !r.ok)
		model_die("cannot copy %s: %s", from, r.reason);
}

static struct unit *
add_unit(struct app *a, const char *machine, const struct unit *principal)
{
	struct unit *u = model_add_unit(&model, a, machine, principal);

	copy(memory_brief("%s/apps/%s/charm/.", model.path, a->name), "units", u->file);
	return u;
}

/* --machine is for one unit after the other. */
static void
add_units(struct app *a)
{
	const char **machine = NULL;
	struct unit *u;
	size_t machines = 0, n, i, k;

	for (i = 0; i < opt.n; i++) {
		if (strncmp(opt.given[i].name, "machine", 7) == 0) {
			machine = memory_grow(machine, &machines, sizeof *machine);
			machine[machines - 1] = opt.given[i].value;
		}
	}
	n = (size_t)number("num-units", 1, machines > 0 ? (long)machines : 1);
	for (i = 0; i < n; i++) {
		u = add_unit(a, i < machines ? machine[i] : NULL, NULL);
		for (k = 0; k < model.apps; k++) {
			if (model.app[k]->subordinate_to != NULL &&
			    strcmp(model.app[k]->subordinate_to, a->name) == 0)
				add_unit(model.app[k], NULL, u);
		}
	}
}

static void
add_subordinates(struct app *a, const struct app *principal)
{
	size_t i;

	a->subordinate_to = principal->name;
	for (i = 0; i < principal->units; i++)
		add_unit(a, NULL, principal->unit[i]);
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
	const char *from = memory_text("%s/.", arg[1]), *principal = option("subordinate-to");
	struct app *a, *under;

	if (strspn(arg[0], "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(arg[0]))
		model_die("\"%s\" is no application's name", arg[0]);
	if (model_app(&model, arg[0]) != NULL)
		model_die("application \"%s\" already exists", arg[0]);
	if (access(from, R_OK | X_OK) < 0)
		model_die("cannot read %s: %s", arg[1], strerror(errno));
	under = principal == NULL ? NULL : the_app(principal);
	a = model_add_app(&model, arg[0]);
	a->charm = charm_name(arg[1]);
	a->url = option("url") == NULL ? NULL : memory_text("%s", option("url"));
	copy(from, "apps", arg[0]);
	if (under != NULL)
		add_subordinates(a, under);
	else
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
	if (option("force") || (!u->installed && u->failed.kind == HOOK_NONE)) {
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
	printf("%u\n", model_add_relation(&model, a, ea, b, eb, option("interface"))->id);
	return 0;
}

static bool
is_end(const struct relation *r, int end, const char *name)
{
	return strcmp(name, memory_brief("%s:%s", r->end[end].name, r->end[end].endpoint)) == 0;
}

static struct relation *
the_relation(char **arg)
{
	struct relation *r;
	const char *id = strrchr(arg[0], ':') == NULL ? arg[0] : strrchr(arg[0], ':') + 1;
	size_t i;
	int k;

	for (i = 0; i < model.relations * 2; i++) {
		r = model.relation[i / 2];
		k = (int)(i % 2);
		if (arg[1] == NULL
			? strcmp(id, memory_brief("%u", r->id)) == 0
			: !r->dying && !r->gone && is_end(r, k, arg[0]) && is_end(r, 1 - k, arg[1]))
			return r;
	}
	model_die("relation not found");
}

static int
cmd_remove_relation(char **arg)
{
	struct relation *r = the_relation(arg);
	size_t i;

	if (option("force"))
		r->gone = true;
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
	struct unit *u;

	if (strchr(arg[0], '/') == NULL) {
		model_elect(the_app(arg[0]), NULL);
		return 0;
	}
	u = the_unit(arg[0]);
	if (!model_leads(u))
		model_elect(u->app, u);
	return 0;
}

static int
cmd_fire(char **arg)
{
	bool all = option("all");
	struct unit *u;
	size_t i;

	if ((arg[1] == NULL) != all)
		usage();
	for (i = 0; all ? i < model.units : arg[i + 1] != NULL; i++) {
		u = all ? model.unit[i] : the_unit(arg[i + 1]);
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
	if (option("no-retry"))
		agent_skip(&model, u);
	return 0;
}

static void
set_config(cJSON *b, const char *setting)
{
	size_t n = strcspn(setting, "=");

	if (setting[n] == '\0')
		usage();
	text_set(b, memory_brief("%.*s", (int)n, setting),
	    setting[n + 1] == '\0' ? NULL : setting + n + 1);
}

static int
cmd_config(char **arg)
{
	struct app *a = the_app(arg[0]);
	const char *path = memory_text("apps/%s/config", a->name);
	char *s = file_read(model.dir, path, NULL);
	cJSON *b = s == NULL ? cJSON_CreateObject() : text_read(s);
	struct buf t = {0};
	size_t i;

	if (b == NULL)
		model_die("%s/%s is damaged", model.path, path);
	for (i = 1; arg[i] != NULL; i++)
		set_config(b, arg[i]);
	text_line(&t, b);
	model_write(&model, path, &t);
	for (i = 0; i < a->units; i++)
		model_fire(a->unit[i], "config-changed");
	return 0;
}

static int
cmd_version(char **arg)
{
	struct version v;
	struct buf t = {0};

	if (model_version(&v, arg[0]) < 0)
		model_die("%s is no version of Juju", arg[0]);
	buf_puts(&t, arg[0]);
	model_write(&model, "juju", &t);
	return 0;
}

static const struct version *
asked_version(void)
{
	static struct version v;

	if (option("juju") == NULL)
		return &model.juju;
	if (model_version(&v, option("juju")) < 0)
		model_die("%s is no version of Juju", option("juju"));
	return &v;
}

static int
print(struct buf *t)
{
	int status = t->n > 0 && file_write_fd(1, t->s, t->n) < 0;

	buf_free(t);
	return status;
}

static int
print_tree(cJSON *tree)
{
	struct buf t = {0};

	text_line(&t, tree);
	cJSON_Delete(tree);
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
			text_add(
			    tree, *arg, show_unit(&model, u, asked_version(), option("endpoint")));
			continue;
		}
		fprintf(stderr,
		    strchr(*arg, '/') == NULL ? "ERROR unit name %s not valid\n"
					      : "ERROR unit \"%s\" not found\n",
		    *arg);
		status = 1;
	}
	return status == 0 ? print_tree(tree) : status;
}

static int
cmd_status(char **arg)
{
	struct buf t = {0};

	(void)arg;
	if (option("format"))
		return print_tree(show_status(&model, asked_version()));
	show_table(&model, &t);
	return print(&t);
}

/* What juju exec ran in one unit's context, and what came of it. */
struct task {
	char *unit;
	int status;
	struct buf out;
	struct buf err;
};

static cJSON *
task_tree(const struct task *t, size_t id)
{
	cJSON *o = text_put(cJSON_CreateObject(), "'id':'%zu'", id), *results;

	results = text_put(cJSON_AddObjectToObject(o, "results"), "'return-code':%d", t->status);
	if (t->err.n > 0)
		cJSON_AddStringToObject(results, "stderr", t->err.s);
	if (t->out.n > 0)
		cJSON_AddStringToObject(results, "stdout", t->out.s);
	return text_put(
	    o, "'status':'%s','unit':'%s'", t->status == 0 ? "completed" : "failed", t->unit);
}

/* What it printed, with a newline at its end if there isn't one. */
static void
put_lines(struct buf *b, const struct buf *s)
{
	buf_put(b, s->s, s->n);
	if (s->n > 0 && s->s[s->n - 1] != '\n')
		buf_puts(b, "\n");
}

static int
print_tasks(const struct task *task, size_t n)
{
	cJSON *tree = cJSON_CreateObject();
	struct buf b = {0};
	size_t i;

	for (i = 0; i < n; i++) {
		if (n > 1)
			buf_printf(&b, "%s:\n", task[i].unit);
		put_lines(&b, &task[i].out);
		put_lines(&b, &task[i].err);
		buf_puts(&b, n > 1 ? "\n" : "");
		cJSON_AddItemToObject(tree, task[i].unit, task_tree(&task[i], i + 1));
	}
	return option("format") ? print_tree(tree) : print(&b);
}

static int
print_failures(const struct task *task, size_t n)
{
	size_t i, failed;

	for (i = failed = 0; i < n; i++)
		failed += task[i].status != 0;
	if (failed == 0)
		return 0;
	fprintf(stderr, "ERROR the following task%s failed:\n", failed > 1 ? "s" : "");
	for (i = 0; i < n; i++) {
		if (task[i].status != 0)
			fprintf(
			    stderr, " - id \"%zu\" with return code %d\n", i + 1, task[i].status);
	}
	fputs("\nuse 'juju show-task' to inspect the failure\n", stderr);
	return 1;
}

static int
cmd_exec(char **arg)
{
	char *unit, *rest;
	struct task *task = NULL;
	size_t n = 0, i;
	int failed;

	if (option("unit") == NULL)
		usage();
	unit = strtok_r(memory_text("%s", option("unit")), ",", &rest);
	for (; unit != NULL; unit = strtok_r(NULL, ",", &rest)) {
		if (the_unit(unit)->app->url != NULL)
			model_die("unit \"%s\" not found", unit);
		task = memory_grow(task, &n, sizeof *task);
		task[n - 1].unit = unit;
	}
	settle_stand_aside(&model);
	for (i = 0; i < n; i++)
		task[i].status =
		    agent_exec(&model, task[i].unit, arg, bin, &task[i].out, &task[i].err);
	failed = print_tasks(task, n);
	return print_failures(task, n) | failed;
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
		free(due);
	}
	return 0;
}

static struct settle
drive(void)
{
	return (struct settle){.bin = bin,
	    .unit = option("unit"),
	    .seed = number("seed", 0, -1),
	    .jobs = number("jobs", 1, 1),
	    .max_hooks = number("max-hooks", 1, 100000),
	    .max_retries = number("max-retries", 0, 10),
	    .keep_going = option("keep-going"),
	    .update_status = option("update-status-when-idle"),
	    .verbose = option("verbose"),
	    .between = option("between")};
}

static int
cmd_settle(char **arg)
{
	(void)arg;
	return settle_run(&model, drive());
}

static int
cmd_step(char **arg)
{
	(void)arg;
	if (option("unit"))
		the_unit(option("unit"));
	return settle_step(&model, drive());
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
	const char *path, *wrong, *format;
	char **arg = argv + 1;
	size_t i, n, operands;
	int lock, status;

	(void)argc;
	run_plugin(arg);
	format = options_read(&opt, arg, &wrong) == OPTIONS_OK ? option("format") : "";
	path = option("model") != NULL ? option("model") : getenv("JUJU_MODEL");
	if (path == NULL || arg[0] == NULL || (format != NULL && strcmp(format, "json") != 0))
		usage();
	n = sizeof command / sizeof *command;
	for (i = 0; i < n && strcmp(command[i].name, arg[0]) != 0; i++)
		continue;
	for (operands = 0; arg[operands + 1] != NULL; operands++)
		continue;
	if (i == n || operands < command[i].least || operands > command[i].most)
		usage();
	bin = memory_text("%s/bin", dirname(absolute("/proc/self/exe")));
	mkdir(path, 0777);
	model.path = absolute(path);
	lock = model_lock(&model);
	model_load(&model);
	if (command[i].how == DRIVES)
		close(lock);
	status = command[i].run(arg + 1);
	if (command[i].how == CHANGES)
		model_save(&model);
	return fflush(stdout) != 0 ? 2 : status;
}
