#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cluster.h"
#include "facts.h"
#include "findings.h"
#include "io.h"
#include "report.h"
#include "table.h"

static bool json;
static const char *colour = "auto";
static const char *list;
static struct doc_select sel;

static const struct cli_option options[] = {
    {'l', "list", "LIST", cli_text, &list, "the cluster's list: the output of its list -f json"},
    {'j', "json", NULL, cli_flag, &json, "print one JSON object"},
    {'C', "color", "WHEN", cli_text, &colour, "colours: auto, always, never"},
    {'u', "unit", "UNIT", cli_text, &sel.unit, "use only the document of this unit"},
    {'e', "endpoint", "NAME", cli_text, &sel.endpoint, "use only the relations of this endpoint"},
    {'r', "relation", "ID", cli_relation_id, &sel, "use only this relation: 4 or cluster:4"},
    CLI_END,
};

/* What was read. The facts borrow strings from it. */
struct input {
	struct doc *files;
	size_t n;
	struct doc all; /* the files' units; they own the strings */
	struct cluster list;
};

/* Reads a document into d or, if that is NULL, the list. "-" is standard input. */
static int
read_file(struct input *in, const char *path, struct doc *d, struct fail *f)
{
	bool standard = strcmp(path, "-") == 0;
	const char *name = standard ? "<stdin>" : path;
	struct buf b = {0};
	int r =
	    standard ? io_read(STDIN_FILENO, &b, "standard input", f) : io_read_file(path, &b, f);

	if (!r)
		r = d ? doc_take(d, &b, name, f) : cluster_read(&in->list, b.s, b.n, name, f);
	buf_free(&b);
	return r;
}

/* Reads the documents, and puts them together as one. */
static int
read_files(struct input *in, char *const *paths, size_t n, struct fail *f)
{
	size_t i, views = 0;
	struct doc *d;

	in->files = calloc(n, sizeof *in->files);
	if (!in->files)
		return fail_memory(f);
	for (; in->n < n; in->n++) {
		if (read_file(in, paths[in->n], &in->files[in->n], f))
			return -1;
		views += in->files[in->n].nviews;
	}
	in->all.views = calloc(views + 1, sizeof *in->all.views);
	if (!in->all.views)
		return fail_memory(f);
	for (d = in->files; d < in->files + n; d++)
		for (i = 0; i < d->nviews; i++)
			in->all.views[in->all.nviews++] = d->views[i];
	if (doc_check_asked(&in->all, &sel, f) || doc_narrow(&in->all, &sel, f))
		return -1;
	return views ? 0 : fail_set(f, STATUS_INPUT, "cannot find a unit: the documents have none");
}

static void
free_input(struct input *in)
{
	while (in->n)
		doc_free(&in->files[--in->n]);
	free(in->files);
	free(in->all.views);
	cluster_free(&in->list);
}

/* Puts the report. Returns 1 if all is well, 0 if not, or -1. */
static int
report(const struct input *in, struct buf *b, struct fail *f)
{
	struct facts s;
	struct findings v = {0};
	int r = facts_find(&s, &in->all, &sel, list ? &in->list : NULL, f);

	if (!r)
		r = findings_make(&v, &s, f);
	if (!r && json)
		report_json(&s, &v, b);
	else if (!r)
		report_text(
		    &s, &v, table_colour(colour, STDOUT_FILENO), table_screen(STDOUT_FILENO), b);
	if (!r)
		r = v.level == FINDINGS_HEALTHY;
	findings_free(&v);
	facts_free(&s);
	return r;
}

/* Checks what getopt doesn't. Returns 0 or -1. */
static int
check_call(struct cli *cli)
{
	int i, inputs = list && strcmp(list, "-") == 0;

	if (cli_late_option(cli))
		return -1;
	for (i = 0; i < cli->argc; i++)
		inputs += strcmp(cli->argv[i], "-") == 0;
	if (strcmp(colour, "auto") != 0 && strcmp(colour, "always") != 0 &&
	    strcmp(colour, "never") != 0)
		cli_usage(cli, "cannot take %s for -C: it is auto, always or never",
		    name_of_argument(colour).s);
	else if (inputs + !cli->argc > 1)
		cli_usage(cli,
		    "cannot read standard input: it is named twice, for the list or for documents");
	else
		return 0;
	return -1;
}

int
main(int argc, char **argv)
{
	static char dash[] = "-";
	static char *const standard[] = {dash};
	struct input in = {0};
	struct buf b = {0};
	struct cli cli;
	int r;

	setlocale(LC_CTYPE, "");
	cli_start(
	    &cli, argc, argv, "[-j] [-C WHEN] [-l LIST] [-u UNIT] [-e NAME] [-r ID] [FILE ...]\n");
	if (cli_options(&cli, options) || check_call(&cli))
		return cli.status;
	r = list ? read_file(&in, list, NULL, &cli.fail) : 0;
	if (!r && cli.argc)
		r = read_files(&in, cli.argv, (size_t)cli.argc, &cli.fail);
	else if (!r)
		r = read_files(&in, standard, 1, &cli.fail);
	if (!r)
		r = report(&in, &b, &cli.fail);
	free_input(&in);
	return cli_finish(&cli, r < 0, &b, r ? STATUS_OK : STATUS_NO);
}
