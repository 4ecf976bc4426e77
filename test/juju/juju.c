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
 * peer relation), actions, storage, secrets, ports, subordinates, offers, time: a failed hook runs
 * again when its unit's turn comes.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "file.h"
#include "model.h"
#include "settle.h"
#include "show.h"
#include "text.h"

static const char usage_text[] =
    "usage: juju -m MODEL COMMAND\n"
    "  deploy APP CHARM [-n N] [--machine NAME]...\n"
    "  add-unit APP [-n N] [--machine NAME]...\n"
    "  remove-unit UNIT [--force]\n"
    "  integrate APP:ENDPOINT APP:ENDPOINT\n"
    "  remove-relation ID|APP:ENDPOINT APP:ENDPOINT [--force]\n"
    "  leader UNIT|APP                 an application: nobody leads it\n"
    "  fire HOOK UNIT...|--all\n"
    "  resolved UNIT [--no-retry]\n"
    "  show-unit UNIT... [--format json] [--endpoint E] [--juju 3|4]\n"
    "  status | log | debug-log | pending\n"
    "  step [--unit U] [--seed N]\n"
    "  settle [--seed N] [-j N] [--max-hooks N] [--max-retries N] [--keep-going]\n"
    "         [--between CMD] [--update-status-when-idle] [--verbose] [--progress FD|FILE]\n";

static struct {
	bool force;
	bool all;
	bool no_retry;
	const char *endpoint;
	int juju;
	unsigned count;
	const char **machine;
	size_t machines;
} opt = {.juju = 3};

static struct settle drive = {.jobs = 1, .max_hooks = 100000, .max_retries = 10};
static struct model model = {.dir = -1};

static _Noreturn void
usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static struct app *
the_app(const char *name)
{
	struct app *a;

	a = model_app(&model, name);
	if (a == NULL)
		model_die("application \"%s\" not found", name);
	return a;
}

static struct unit *
the_unit(const char *name)
{
	struct unit *u;

	u = model_unit(&model, name);
	if (u == NULL)
		model_die("unit \"%s\" not found", name);
	return u;
}

static void
copy(const char *from, const char *to)
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		execlp("cp", "cp", "-RPp", "--", from, to, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		model_die("cannot copy %s", from);
}

static void
add_units(struct app *a)
{
	struct unit *u;
	char *from, *to;
	unsigned i, n;

	n = opt.count > 0 ? opt.count : opt.machines > 0 ? (unsigned)opt.machines : 1;
	from = text_make("%s/apps/%s/charm/.", model.path, a->name);
	for (i = 0; i < n; i++) {
		u = model_add_unit(&model, a, i < opt.machines ? opt.machine[i] : NULL);
		to = text_make("%s/units/%s/charm", model.path, u->file);
		copy(from, to);
		free(to);
	}
	free(from);
}

static int
cmd_deploy(char **arg)
{
	struct app *a;
	char *to, *from;

	if (arg[0] == NULL || arg[1] == NULL || arg[2] != NULL)
		usage();
	if (strspn(arg[0], "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(arg[0]))
		model_die("\"%s\" is no application's name", arg[0]);
	if (model_app(&model, arg[0]) != NULL)
		model_die("application \"%s\" already exists", arg[0]);
	from = text_make("%s/.", arg[1]);
	if (access(from, R_OK | X_OK) < 0)
		model_die("cannot read %s: %s", arg[1], strerror(errno));
	a = model_add_app(&model, arg[0]);
	model_save_app(&model, a);
	to = text_make("%s/apps/%s/charm", model.path, arg[0]);
	copy(from, to);
	free(from);
	free(to);
	add_units(a);
	return 0;
}

static int
cmd_add_unit(char **arg)
{
	if (arg[0] == NULL || arg[1] != NULL)
		usage();
	add_units(the_app(arg[0]));
	return 0;
}

static bool
in_use(const struct relation *r)
{
	size_t i;

	for (i = 0; i < model.units; i++) {
		if (model_side(model.unit[i], r) != NULL)
			return true;
	}
	return false;
}

static int
cmd_remove_unit(char **arg)
{
	struct unit *u;
	size_t i;

	if (arg[0] == NULL || arg[1] != NULL)
		usage();
	u = the_unit(arg[0]);
	/* A unit whose agent never ran has nothing to clean up. */
	if (opt.force || (!u->installed && u->failed.kind == HOOK_NONE)) {
		model_remove_unit(&model, u);
		for (i = model.relations; i-- > 0;) {
			if ((model.relation[i]->dying || model.relation[i]->gone) &&
			    !in_use(model.relation[i]))
				model_remove_relation(&model, model.relation[i]);
		}
		return 0;
	}
	u->dying = true;
	agent_forget(&model, u);
	model_save_unit(&model, u);
	return 0;
}

static struct app *
the_end(const char *s, const char **endpoint)
{
	struct app *a;
	char *name;

	name = text_make("%.*s", (int)strcspn(s, ":"), s);
	a = the_app(name);
	free(name);
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

	if (arg[0] == NULL || arg[1] == NULL || arg[2] != NULL)
		usage();
	a = the_end(arg[0], &ea);
	b = the_end(arg[1], &eb);
	if (a == b && strcmp(ea, eb) != 0)
		model_die("an application's peer relation has one endpoint");
	printf("%u\n", model_add_relation(&model, a, ea, b, eb)->id);
	return 0;
}

static struct relation *
the_relation(char **arg)
{
	struct relation *r;
	struct app *a, *b;
	const char *ea, *eb;
	char *end;
	size_t i;
	int k;

	r = NULL;
	if (arg[0] != NULL && arg[1] == NULL) {
		i = strtoul(arg[0] + (strrchr(arg[0], ':') ? strrchr(arg[0], ':') - arg[0] + 1 : 0),
		    &end, 10);
		r = *end != '\0' ? NULL : model_relation(&model, (unsigned)i);
	} else if (arg[0] != NULL && arg[2] == NULL) {
		a = the_end(arg[0], &ea);
		b = the_end(arg[1], &eb);
		for (i = 0; i < model.relations * 2; i++) {
			r = model.relation[i / 2];
			k = (int)(i % 2);
			if (!r->dying && !r->gone && r->end[k].app == a && r->end[1 - k].app == b &&
			    strcmp(r->end[k].endpoint, ea) == 0 &&
			    strcmp(r->end[1 - k].endpoint, eb) == 0)
				break;
			r = NULL;
		}
	} else {
		usage();
	}
	if (r == NULL)
		model_die("relation not found");
	return r;
}

static int
cmd_remove_relation(char **arg)
{
	struct relation *r;
	unsigned id;
	size_t i;

	r = the_relation(arg);
	id = r->id;
	if (opt.force)
		r->gone = true;
	else
		r->dying = true;
	model_save_relation(&model, r);
	for (i = 0; i < model.units; i++) {
		agent_forget(&model, model.unit[i]);
		model_save_unit(&model, model.unit[i]);
	}
	r = model_relation(&model, id);
	if (r != NULL && !in_use(r))
		model_remove_relation(&model, r);
	return 0;
}

static int
cmd_leader(char **arg)
{
	struct unit *u;

	if (arg[0] == NULL || arg[1] != NULL)
		usage();
	if (strchr(arg[0], '/') == NULL) {
		model_elect(&model, the_app(arg[0]), NULL);
		return 0;
	}
	u = the_unit(arg[0]);
	if (!model_leads(u))
		model_elect(&model, u->app, u);
	return 0;
}

static int
cmd_fire(char **arg)
{
	struct unit *u;
	size_t i;

	if (arg[0] == NULL || (arg[1] == NULL) == !opt.all)
		usage();
	for (i = 0; opt.all ? i < model.units : arg[i + 1] != NULL; i++) {
		u = opt.all ? model.unit[i] : the_unit(arg[i + 1]);
		model_fire(u, arg[0]);
		model_save_unit(&model, u);
	}
	return 0;
}

static int
cmd_resolved(char **arg)
{
	struct unit *u;

	if (arg[0] == NULL || arg[1] != NULL)
		usage();
	u = the_unit(arg[0]);
	if (u->failed.kind == HOOK_NONE)
		model_die("unit \"%s\" is not in an error state", u->name);
	if (opt.no_retry)
		agent_skip(&model, u);
	model_save_unit(&model, u);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(struct unit *const *)a)->name, (*(struct unit *const *)b)->name);
}

static int
cmd_show_unit(char **arg)
{
	struct unit **unit;
	struct text t = {0};
	size_t n, i, kept;
	int status;

	for (n = 0; arg[n] != NULL; n++)
		continue;
	if (n == 0) {
		fputs("ERROR an unit name must be supplied\n", stderr);
		return 1;
	}
	unit = text_alloc(NULL, n * sizeof *unit);
	for (i = 0, status = 0; i < n; i++) {
		unit[i] = model_unit(&model, arg[i]);
		if (strchr(arg[i], '/') == NULL)
			fprintf(stderr, "ERROR unit name %s not valid\n", arg[i]);
		else if (unit[i] == NULL)
			fprintf(stderr, "ERROR unit \"%s\" not found\n", arg[i]);
		if (unit[i] == NULL)
			status = 1;
	}
	if (status == 0) {
		qsort(unit, n, sizeof *unit, by_name);
		for (i = kept = 1; i < n; i++) {
			if (unit[i] != unit[kept - 1])
				unit[kept++] = unit[i];
		}
		show_unit(&model, unit, kept, opt.juju, opt.endpoint, &t);
		status = file_write_fd(1, t.s, t.n) < 0;
		text_free(&t);
	}
	free(unit);
	return status;
}

static int
cmd_status(char **arg)
{
	struct text t = {0};
	int status;

	if (arg[0] != NULL)
		usage();
	show_status(&model, &t);
	status = file_write_fd(1, t.s, t.n) < 0;
	text_free(&t);
	return status;
}

static int
cmd_log(char **arg)
{
	char *s;
	size_t n;
	int status;

	if (arg[0] != NULL)
		usage();
	s = file_read(model.dir, "log", &n);
	status = s != NULL && file_write_fd(1, s, n) < 0;
	free(s);
	return status;
}

static void
print_due(const struct hook *h, void *unit)
{
	printf("%s %s", ((struct unit *)unit)->name, h->name);
	if (h->relation >= 0)
		printf(" %d %s", h->relation, h->remote);
	printf("\n");
}

static int
cmd_pending(char **arg)
{
	size_t i;

	if (arg[0] != NULL)
		usage();
	for (i = 0; i < model.units; i++)
		agent_due(&model, model.unit[i], print_due, model.unit[i]);
	return 0;
}

static int
cmd_settle(char **arg)
{
	if (arg[0] != NULL)
		usage();
	return settle_run(&model, &drive);
}

static int
cmd_step(char **arg)
{
	if (arg[0] != NULL)
		usage();
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
options(int argc, char **argv)
{
	static const struct option longs[] = {{"model", required_argument, NULL, 'm'},
	    {"machine", required_argument, NULL, 'M'}, {"force", no_argument, NULL, 'f'},
	    {"all", no_argument, NULL, 'a'}, {"no-retry", no_argument, NULL, 'R'},
	    {"format", required_argument, NULL, 'F'}, {"endpoint", required_argument, NULL, 'e'},
	    {"juju", required_argument, NULL, 'J'}, {"unit", required_argument, NULL, 'u'},
	    {"seed", required_argument, NULL, 's'}, {"max-hooks", required_argument, NULL, 'x'},
	    {"max-retries", required_argument, NULL, 'r'}, {"keep-going", no_argument, NULL, 'k'},
	    {"between", required_argument, NULL, 'b'},
	    {"update-status-when-idle", no_argument, NULL, 'U'},
	    {"verbose", no_argument, NULL, 'v'}, {"progress", required_argument, NULL, 'p'},
	    {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "m:n:j:v", longs, NULL)) != -1) {
		switch (c) {
		case 'm':
			model.path = optarg;
			break;
		case 'n':
			opt.count = (unsigned)numeral(optarg, 1);
			break;
		case 'j':
			drive.jobs = numeral(optarg, 1);
			break;
		case 'M':
			opt.machine =
			    text_alloc(opt.machine, (opt.machines + 1) * sizeof *opt.machine);
			opt.machine[opt.machines++] = optarg;
			break;
		case 'f':
			opt.force = true;
			break;
		case 'a':
			opt.all = true;
			break;
		case 'R':
			opt.no_retry = true;
			break;
		case 'F':
			if (strcmp(optarg, "json") != 0)
				model_die("show-unit prints json alone");
			break;
		case 'e':
			opt.endpoint = optarg;
			break;
		case 'J':
			opt.juju = (int)numeral(optarg, 3);
			break;
		case 'u':
			drive.unit = optarg;
			break;
		case 's':
			drive.seeded = true;
			drive.seed = (unsigned long)numeral(optarg, 0);
			break;
		case 'x':
			drive.max_hooks = numeral(optarg, 1);
			break;
		case 'r':
			drive.max_retries = numeral(optarg, 0);
			break;
		case 'k':
			drive.keep_going = true;
			break;
		case 'b':
			drive.between = optarg;
			break;
		case 'U':
			drive.update_status = true;
			break;
		case 'v':
			drive.verbose = true;
			break;
		case 'p':
			drive.progress = optarg;
			break;
		default:
			usage();
		}
	}
}

static void
find_self(void)
{
	char self[4096];
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		model_die("cannot find my own program: %s", strerror(errno));
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	drive.bin = text_make("%s/bin", self);
}

static char *
absolute(const char *path)
{
	char dir[4096], *s;

	if (*path == '/')
		s = text_make("%s", path);
	else if (getcwd(dir, sizeof dir) != NULL)
		s = text_make("%s/%s", dir, path);
	else
		model_die("cannot find the folder I am in: %s", strerror(errno));
	while (strlen(s) > 1 && s[strlen(s) - 1] == '/')
		s[strlen(s) - 1] = '\0';
	return s;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **);
		enum { READS, CHANGES, DRIVES } how;
	} command[] = {{"deploy", cmd_deploy, CHANGES}, {"add-unit", cmd_add_unit, CHANGES},
	    {"remove-unit", cmd_remove_unit, CHANGES}, {"integrate", cmd_integrate, CHANGES},
	    {"remove-relation", cmd_remove_relation, CHANGES}, {"leader", cmd_leader, CHANGES},
	    {"fire", cmd_fire, CHANGES}, {"resolved", cmd_resolved, CHANGES},
	    {"show-unit", cmd_show_unit, READS}, {"status", cmd_status, READS},
	    {"log", cmd_log, READS}, {"debug-log", cmd_log, READS}, {"pending", cmd_pending, READS},
	    {"settle", cmd_settle, DRIVES}, {"step", cmd_step, DRIVES}};
	size_t i, n;
	int lock, status;

	options(argc, argv);
	if (model.path == NULL || argv[optind] == NULL)
		usage();
	n = sizeof command / sizeof *command;
	for (i = 0; i < n && strcmp(command[i].name, argv[optind]) != 0; i++)
		continue;
	if (i == n)
		usage();
	find_self();
	model.path = absolute(model.path);
	lock = model_lock(&model);
	model_load(&model);
	if (command[i].how == DRIVES)
		close(lock);
	status = command[i].run(argv + optind + 1);
	if (command[i].how == CHANGES)
		model_touch(&model);
	return fflush(stdout) != 0 ? 2 : status;
}
