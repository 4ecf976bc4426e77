/*
 * Random histories of distributors and consumers with faults, from a seed: the steps' decisions run
 * against a model of Juju and of clusters, and what must hold is checked after each hook
 * (simulate/check.c) and once all is quiet.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/memory.h"
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
static unsigned long long count = 100, first = 1, jobs = 2, seed;
static unsigned long long *const numbers[] = {
    ['n'] = &count, ['s'] = &first, ['j'] = &jobs, ['S'] = &seed};

/* The act after those from i on that are so many, and what nests in them. */
static size_t
end_of_run(const struct script *s, size_t i, size_t size)
{
	size_t end = i + size;
	unsigned depth;

	while (i < end && i < s->n) {
		depth = s->acts[i].depth;
		while (++i < s->n && s->acts[i].depth > depth)
			;
	}
	return i;
}

/* Leaves out runs of size acts for as long as the same goes wrong. */
static bool
shrink_by(struct script *s, const struct plan *p, const char *v, size_t size)
{
	struct script less = *s;
	struct world w;
	bool any = false;
	size_t i, j;

	for (i = 0; i < s->n;) {
		j = end_of_run(s, i, size);
		less.n = s->n - (j - i);
		less.acts = memory_zeros(s->n * sizeof *s->acts);
		memcpy(less.acts, s->acts, i * sizeof *s->acts);
		memcpy(less.acts + i, s->acts + j, (s->n - j) * sizeof *s->acts);
		if (events_run(&w, p, NULL, &less) == v) {
			free(s->acts);
			*s = less;
			any = true;
		} else {
			free(less.acts);
			i = j;
		}
	}
	return any;
}

static void
shrink(struct script *s, const struct plan *p, const char *v)
{
	struct act *a, was;
	struct world w;
	bool again;

	do {
		again = false;
		for (size_t size = s->n / 2; size; size /= 2)
			again |= shrink_by(s, p, v, size);
	} while (again);
	for (a = s->acts; a < s->acts + s->n; a++) {
		was = *a;
		a->cut = NO_NUMBER;
		if (was.cut != NO_NUMBER && events_run(&w, p, NULL, s) != v)
			a->cut = was.cut;
		a->fault = "";
		if (was.fault[0] && events_run(&w, p, NULL, s) != v)
			a->fault = was.fault;
	}
}

static void
add_up(unsigned long *sum, const unsigned long *figures)
{
	for (size_t i = 0; i < FIGURES; i++) {
		if (i != SETTLE_HOOKS && i != ROUNDS)
			sum[i] += figures[i];
		else if (figures[i] > sum[i])
			sum[i] = figures[i];
	}
}

/* A history that went wrong so, told: the shortest one that does. */
static void
tell(struct plan p, const char *v)
{
	struct script s = {0};
	struct world w;

	events_run(&w, &p, &s, NULL);
	shrink(&s, &p, v);
	if (dump) {
		script_put(stdout, &s);
	} else {
		printf(
		    "seed %llu fails; the shortest history found:\n", (unsigned long long)p.seed);
		p.log = stdout;
		events_run(&w, &p, NULL, &s);
	}
	script_free(&s);
}

static void
make_plan(struct plan *p, uint64_t of)
{
	events_plan(p, of);
	p->broken = broken;
	p->log = verbose ? stdout : NULL;
	p->log_all = verbose;
	p->vectors = vectors ? stdout : NULL;
	if (vectors) {
		/* the programs are called without options */
		p->parallel = -1;
		p->clear = false;
	}
}

/* Adds its figures to sum. */
static bool
run_seed(uint64_t number, unsigned long *sum)
{
	struct world w;
	struct plan p;

	make_plan(&p, number);
	events_run(&w, &p, NULL, NULL);
	p.vectors = NULL;
	add_up(sum, w.figures);
	if (w.violation && !verbose)
		tell(p, w.violation);
	if (w.violation)
		printf("%sseed %llu: %s\n", dump ? "# " : "", (unsigned long long)number, w.what);
	fflush(stdout);
	return !w.violation;
}

/* A history from a file, by its seed's plan but for the events. */
static bool
run_file(const char *name)
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
	make_plan(&p, s.seed);
	events_run(&w, &p, NULL, &s);
	script_free(&s);
	printf("%s: %s\n", name, w.violation ? w.what : "nothing went wrong");
	return !w.violation;
}

/* Each process has every so manieth seed, and tells of them in its sum. */
static int
run_job(uint64_t from, unsigned long *sum)
{
	for (uint64_t i = from; i < first + count && sum[FAILURES] < FAILURES_MAX; i += jobs)
		run_seed(i, sum);
	return fflush(stdout) ? 4 : 0;
}

static int
run_jobs(void)
{
	unsigned long sum[FIGURES] = {0}, (*sums)[FIGURES];
	int status, failed = 0;
	pid_t pid;

	sums = mmap(
	    NULL, jobs * sizeof *sums, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; i < jobs; i++) {
		pid = sums == MAP_FAILED ? -1 : fork();
		if (pid < 0) {
			perror("simulate: fork");
			return 4;
		}
		if (pid == 0)
			exit(run_job(first + i, sums[i]));
	}
	while (wait(&status) > 0)
		failed = status ? 4 : failed;
	for (unsigned i = 0; i < jobs; i++)
		add_up(sum, sums[i]);
	printf("%lu histories, %lu hooks, at most %lu hooks and %lu rounds until quiet, %lu at the "
	       "known limits, %lu failed\n",
	    sum[HISTORIES], sum[HOOKS], sum[SETTLE_HOOKS], sum[ROUNDS], sum[AT_LIMITS],
	    sum[FAILURES]);
	for (size_t i = 0; limits && i < LIMITS; i++)
		printf("%6lu: %s\n", sum[MET + i], limit_words[i]);
	return failed ? failed : sum[FAILURES] != 0;
}

int
main(int argc, char **argv)
{
	const char *file = NULL;
	unsigned long sum[FIGURES] = {0};
	bool one = false, wrong = false;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:j:S:f:bdlvw")) != -1) {
		one |= opt == 'S';
		if (opt == '?')
			wrong = true;
		else if (opt == 'f')
			file = optarg;
		else if (strchr("nsjS", opt))
			*numbers[opt] = strtoull(optarg, NULL, 10);
		else
			*flags[opt] = true;
	}
	if (wrong || optind != argc || !jobs || jobs > JOBS_MAX || (vectors && (verbose || !one))) {
		fputs(usage, stderr);
		return 2;
	}
	if (file)
		return run_file(file) ? 0 : 1;
	if (!one) {
		verbose = false;
		return run_jobs();
	}
	if (vectors)
		putchar('[');
	if (run_seed(seed, sum) && !vectors)
		printf("seed %llu: nothing went wrong in %lu hooks\n", seed, sum[HOOKS]);
	if (vectors)
		puts("]");
	return sum[FAILURES] != 0;
}
