/*
 * Calls run() as its options tell, for run.bats, and prints what came of it, the lines that came
 * and then the outcome.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "io.h"
#include "relay.h"
#include "run.h"

static const char usage[] =
    "[-i FILE] [-o 1|2] [-t SECONDS] [-l] [-a] [-r] [-K TOKEN] [-n TIMES] COMMAND [ARG ...]\n";

static void
show_line(void *ctx, const char *s, size_t n)
{
	(void)ctx;
	printf("line %zu %.20s\n", n, s);
	fflush(stdout);
}

static int
show(struct run *r, const struct relay *relay)
{
	printf("started %d ok %d timed_out %d exit %d reason %s\n", r->started, r->ok, r->timed_out,
	    r->exit, r->reason);
	printf("out %zu %.40s\n", r->out.n, r->out.n ? r->out.s : "");
	if (r->line == relay_error)
		printf("last %s\n", relay->last);
	return fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct redact_set known = {0};
	struct relay relay = {.known = &known};
	struct run r = {.out_fd = -1, .ctx = &relay};
	struct buf in = {0};
	struct cli cli;
	long times = 1;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = getopt(argc, argv, "+i:o:t:larK:n:")) != -1) {
		if (opt == 'o')
			r.out_fd = atoi(optarg);
		else if (opt == 't')
			r.timeout = atof(optarg);
		else if (opt == 'l')
			r.line = show_line;
		else if (opt == 'a')
			r.out_line = r.line == relay_error ? relay_out : show_line;
		else if (opt == 'r')
			r.line = relay_error;
		else if (opt == 'K')
			redact_add(&known, optarg);
		else if (opt == 'n')
			times = atol(optarg);
		else if (opt != 'i')
			return STATUS_USAGE;
		else if (io_read_file(optarg, &in, &cli.fail))
			return cli_fail(&cli);
		else
			r.in = in.s ? in.s : "";
	}
	r.in_len = in.n;
	r.argv = argv + optind;
	for (; times > 0; times--) {
		if (run(&r, &cli.fail))
			return cli_fail(&cli);
		if (times > 1)
			buf_free(&r.out);
	}
	show(&r, &relay);
	buf_free(&r.out);
	buf_free(&in);
	redact_free(&known);
	return cli_end(&cli, STATUS_OK);
}
