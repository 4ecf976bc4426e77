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
    "usage: simulate [-bvw] [-n COUNT] [-s FIRST] [-j JOBS] [-S SEED]\n"
    "  -n COUNT  so many seeds (100)\n"
    "  -s FIRST  from this one (1)\n"
    "  -j JOBS   so many processes (2)\n"
    "  -S SEED   this one alone\n"
    "  -b        what the steps save is lost, to see whether that is noticed\n"
    "  -v        its history as it is, not the shortest that fails\n"
    "  -w        its hooks as vectors (test/vectors), for the real programs\n";

/* What was asked for. */
static bool broken, verbose, vectors;

struct totals {
	unsigned long histories, hooks, limits, failures, settle_hooks, rounds;
};

static enum violation
try(const struct plan *p)
{
	struct world w;

	events_run(&w, p, NULL, false);
	world_free(&w);
	return w.violation;
}

/* Leaves out runs of events for as long as the same thing goes wrong. */
static void
shrink(struct plan *p, enum violation v)
{
	struct plan smaller;
	bool again = true;
	size_t size, i, j;

	while (again) {
		again = false;
		for (size = p->n / 2; size; size /= 2) {
			for (i = 0; i < p->n; i += size) {
				bool any = false;

				smaller = *p;
				for (j = i; j < i + size && j < p->n; j++) {
					any |= !p->events[j].off;
					smaller.events[j].off = true;
				}
				if (any && try(&smaller) == v) {
					*p = smaller;
					again = true;
				}
			}
		}
		for (i = 0; i < p->n; i++) {
			while (!p->events[i].off && p->events[i].hooks > 1) {
				smaller = *p;
				smaller.events[i].hooks -= (smaller.events[i].hooks + 1) / 2;
				if (try(&smaller) != v)
					break;
				*p = smaller;
				again = true;
			}
		}
	}
	for (i = 0; i < 3; i++) {
		smaller = *p;
		*(i == 0 ? &smaller.nest : i == 1 ? &smaller.fault : &smaller.cut) = 0;
		if (try(&smaller) == v)
			*p = smaller;
	}
}

static bool
run_seed(uint64_t seed, struct totals *t)
{
	struct world w;
	struct plan p;

	events_plan(&p, seed);
	p.broken = broken;
	p.vectors = vectors ? stdout : NULL;
	events_run(&w, &p, verbose ? stdout : NULL, true);
	world_free(&w);
	p.vectors = NULL;
	t->histories++;
	t->hooks += w.hooks;
	t->limits += w.limit;
	if (w.settle_hooks > t->settle_hooks)
		t->settle_hooks = w.settle_hooks;
	if (w.rounds > t->rounds)
		t->rounds = w.rounds;
	if (!w.violation)
		return true;
	t->failures++;
	if (!verbose) {
		shrink(&p, w.violation);
		printf("seed %llu fails; the shortest history found:\n", (unsigned long long)seed);
		events_run(&w, &p, stdout, false);
		world_free(&w);
	}
	printf("seed %llu: %s\n", (unsigned long long)seed, w.what);
	fflush(stdout);
	return false;
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
	while (read(pipes[0], &t, sizeof t) == sizeof t) {
		sum.histories += t.histories;
		sum.hooks += t.hooks;
		sum.limits += t.limits;
		sum.failures += t.failures;
		if (t.settle_hooks > sum.settle_hooks)
			sum.settle_hooks = t.settle_hooks;
		if (t.rounds > sum.rounds)
			sum.rounds = t.rounds;
	}
	for (i = 0; i < jobs; i++)
		if (waitpid(pids[i], &status, 0) < 0 || status)
			failed = 4;
	printf("%lu histories, %lu hooks, at most %lu hooks and %lu rounds until quiet, %lu at the "
	       "known limits, %lu failed\n",
	    sum.histories, sum.hooks, sum.settle_hooks, sum.rounds, sum.limits, sum.failures);
	return failed ? failed : sum.failures != 0;
}

int
main(int argc, char **argv)
{
	unsigned long long first = 1, count = 100, seed = 0;
	bool one = false;
	struct totals t = {0};
	unsigned jobs = 2;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:j:S:bvw")) != -1) {
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
		case 'b':
			broken = true;
			break;
		case 'v':
			verbose = true;
			break;
		case 'w':
			vectors = true;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind != argc || !jobs || jobs > JOBS_MAX || (vectors && (verbose || !one))) {
		fputs(usage, stderr);
		return 2;
	}
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
