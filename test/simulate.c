/*
 * Random histories of distributors and consumers with faults, from a seed: the steps' decisions run
 * against a model of Juju and of clusters, and what must hold is checked after each hook
 * (simulate/check.c) and once all is quiet.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "simulate/sim.h"

enum {
	JOBS_MAX = 64,
	FAILURES_MAX = 3, /* that one process tells of */
};

static const char usage[] =
    "usage: simulate [-bdlvw] [-n COUNT] [-s FIRST] [-j JOBS] [-S SEED] [-f FILE]\n"
    "  -n COUNT  so many seeds (100)\n"
    "  -s FIRST  from this one (1)\n"
    "  -j JOBS   so many processes (2)\n"
    "  -S SEED   this one alone\n"
    "  -f FILE   the history in FILE\n"
    "  -d        with -S: the shortest history that fails, as such a file\n"
    "  -l        tells which limits of the contract's were met, and in how many histories\n"
    "  -b        what the steps save is lost, to see whether that is noticed\n"
    "  -v        its history as it is, not the shortest that fails\n"
    "  -w        its hooks as vectors (test/vectors), for the real programs\n";

/* What was asked for, by the option's letter. */
static bool broken, dump, limits, verbose, vectors;
static bool *const flags[] = {
    ['b'] = &broken, ['d'] = &dump, ['l'] = &limits, ['v'] = &verbose, ['w'] = &vectors};

struct totals {
	unsigned long histories, hooks, limits, failures, settle_hooks, rounds;
	unsigned long met[LIMITS];
};

static const char *
try(const struct plan *p, const struct script *s)
{
	struct world w;

	events_replay(&w, p, s, NULL, false);
	world_free(&w);
	return w.violation;
}

/* Leaves out s->acts[i] and what nests in it. Returns how many acts that is, 0: it was out. */
static size_t
leave_out(struct script *s, size_t i, bool off)
{
	size_t n = 1;

	s->acts[i].off = off;
	while (i + n < s->n && s->acts[i + n].depth > s->acts[i].depth)
		s->acts[i + n++].off = off;
	return n;
}

/* Drops what is left out. */
static void
compact(struct script *s)
{
	struct script kept = {.seed = s->seed};
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!s->acts[i].off)
			script_push(&kept, &s->acts[i]);
	script_free(s);
	*s = kept;
}

/* Leaves out runs of size acts for as long as the same goes wrong. */
static bool
shrink_by(struct script *s, const struct plan *p, const char *v, size_t size)
{
	bool any = false;
	size_t i, j;

	for (i = 0; i < s->n; i = j) {
		for (j = i; j < i + size && j < s->n;)
			j += leave_out(s, j, true);
		if (try(p, s) == v)
			any = true;
		else
			for (j = i; j < i + size && j < s->n;)
				j += leave_out(s, j, false);
	}
	compact(s);
	return any;
}

static void
shrink(struct script *s, const struct plan *p, const char *v)
{
	bool again = true;
	const char *fault;
	size_t size, i;
	long cut;

	if (try(p, s) != v)
		return;
	while (again) {
		again = false;
		for (size = s->n / 2; size; size /= 2)
			again |= shrink_by(s, p, v, size);
	}
	for (i = 0; i < s->n; i++) {
		cut = s->acts[i].cut;
		s->acts[i].cut = NO_NUMBER;
		if (cut != NO_NUMBER && try(p, s) != v)
			s->acts[i].cut = cut;
		fault = s->acts[i].fault;
		s->acts[i].fault = NULL;
		if (fault && try(p, s) != v)
			s->acts[i].fault = fault;
	}
}

static void
add_up(struct totals *sum, const struct totals *t)
{
	sum->histories += t->histories;
	sum->hooks += t->hooks;
	sum->limits += t->limits;
	sum->failures += t->failures;
	if (t->settle_hooks > sum->settle_hooks)
		sum->settle_hooks = t->settle_hooks;
	if (t->rounds > sum->rounds)
		sum->rounds = t->rounds;
	for (size_t i = 0; i < LIMITS; i++)
		sum->met[i] += t->met[i];
}

static void
count(struct totals *sum, const struct world *w)
{
	struct totals t = {.histories = 1,
	    .hooks = w->hooks,
	    .limits = w->limit,
	    .failures = w->violation != NULL,
	    .settle_hooks = w->settle_hooks,
	    .rounds = w->rounds};

	for (size_t i = 0; i < LIMITS; i++)
		t.met[i] = w->met[i];
	add_up(sum, &t);
}

static void
tell_totals(const struct totals *t)
{
	printf("%lu histories, %lu hooks, at most %lu hooks and %lu rounds until quiet, %lu at the "
	       "known limits, %lu failed\n",
	    t->histories, t->hooks, t->settle_hooks, t->rounds, t->limits, t->failures);
	for (size_t i = 0; limits && i < LIMITS; i++)
		printf("%6lu: %s\n", t->met[i], limit_words((enum limit)i));
}

/* A history that went wrong so, told: the shortest one that does. */
static void
tell(const struct plan *p, const char *v)
{
	struct script s = {0};
	struct world w;

	events_run(&w, p, &s, NULL, false);
	world_free(&w);
	shrink(&s, p, v);
	if (dump) {
		script_put(stdout, &s);
	} else {
		printf(
		    "seed %llu fails; the shortest history found:\n", (unsigned long long)p->seed);
		events_replay(&w, p, &s, stdout, false);
		world_free(&w);
	}
	script_free(&s);
}

static bool
run_seed(uint64_t seed, struct totals *t)
{
	struct world w;
	struct plan p;

	events_plan(&p, seed);
	p.broken = broken;
	p.vectors = vectors ? stdout : NULL;
	if (vectors) {
		/* the programs are called without options */
		p.parallel = -1;
		p.clear = false;
	}
	events_run(&w, &p, NULL, verbose ? stdout : NULL, true);
	world_free(&w);
	p.vectors = NULL;
	count(t, &w);
	if (w.violation && !verbose)
		tell(&p, w.violation);
	if (w.violation)
		printf("%sseed %llu: %s\n", dump ? "# " : "", (unsigned long long)seed, w.what);
	fflush(stdout);
	return !w.violation;
}

/* A history from a file, by its seed's plan but for the events. */
static bool
run_file(const char *name, struct totals *t)
{
	FILE *f = fopen(name, "r");
	struct script s = {0};
	struct world w;
	struct plan p;

	if (!f || script_read(&s, f)) {
		if (!f)
			perror(name);
		exit(3);
	}
	fclose(f);
	events_plan(&p, s.seed);
	p.broken = broken;
	events_replay(&w, &p, &s, verbose ? stdout : NULL, true);
	world_free(&w);
	script_free(&s);
	count(t, &w);
	printf("%s: %s\n", name, w.violation ? w.what : "nothing went wrong");
	return !w.violation;
}

static struct totals
run_seeds(uint64_t first, uint64_t count, uint64_t step)
{
	struct totals t = {0};
	uint64_t i;

	for (i = first; i < count && t.failures < FAILURES_MAX; i += step)
		run_seed(i, &t);
	return t;
}

/* Each process has every so manieth seed, and tells of them in a pipe. */
static int
run_jobs(uint64_t first, uint64_t count, unsigned jobs)
{
	struct totals sum = {0}, t;
	int pipes[2], status, failed = 0;
	pid_t pids[JOBS_MAX];
	unsigned i;

	if (pipe(pipes)) {
		perror("simulate: pipe");
		return 4;
	}
	for (i = 0; i < jobs; i++) {
		pids[i] = fork();
		if (pids[i] < 0) {
			perror("simulate: fork");
			return 4;
		}
		if (pids[i] == 0) {
			t = run_seeds(first + i, first + count, jobs);
			exit(fflush(stdout) || write(pipes[1], &t, sizeof t) != sizeof t ? 4 : 0);
		}
	}
	close(pipes[1]);
	while (read(pipes[0], &t, sizeof t) == sizeof t)
		add_up(&sum, &t);
	for (i = 0; i < jobs; i++)
		if (waitpid(pids[i], &status, 0) < 0 || status)
			failed = 4;
	tell_totals(&sum);
	return failed ? failed : sum.failures != 0;
}

int
main(int argc, char **argv)
{
	unsigned long long first = 1, count = 100, seed = 0;
	const char *file = NULL;
	bool one = false;
	struct totals t = {0};
	unsigned jobs = 2;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:j:S:f:bdlvw")) != -1) {
		switch (opt) {
		case 'n':
			count = strtoull(optarg, NULL, 10);
			break;
		case 's':
			first = strtoull(optarg, NULL, 10);
			break;
		case 'j':
			jobs = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'S':
			seed = strtoull(optarg, NULL, 10);
			one = true;
			break;
		case 'f':
			file = optarg;
			break;
		case '?':
			fputs(usage, stderr);
			return 2;
		default:
			*flags[opt] = true;
			break;
		}
	}
	if (optind != argc || !jobs || jobs > JOBS_MAX || (vectors && (verbose || !one))) {
		fputs(usage, stderr);
		return 2;
	}
	if (file)
		return run_file(file, &t) ? 0 : 1;
	if (!one) {
		verbose = false;
		return run_jobs(first, count, jobs);
	}
	if (vectors) {
		putchar('[');
		run_seed(seed, &t);
		puts("]");
	} else if (run_seed(seed, &t))
		printf("seed %llu: nothing went wrong in %lu hooks\n", seed, t.hooks);
	return t.failures != 0;
}
