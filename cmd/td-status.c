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
	struct doc *docs;
	size_t n;
	struct cluster list;
};

/* "-" is standard input. */
static int
read_text(const char *path, struct buf *b, const char **name, struct fail *f)
{
	bool standard = strcmp(path, "-") == 0;

	*name = standard ? "<stdin>" : path;
	return standard ? io_read(STDIN_FILENO, b, "standard input", f) : io_read_file(path, b, f);
}

static int
read_list(struct input *in, struct fail *f)
{
	struct buf b = {0};
	const char *name;
	int r = read_text(list, &b, &name, f);

	if (!r)
		r = cluster_read(&in->list, b.s, b.n, name, f);
	buf_free(&b);
	return r;
}

/* Is there, in any document, the unit of -u and the relation of -e and -r? */
struct search {
	bool unit;
	bool relation;
	struct fail no_relation;
};

/* Reads a document. Leaves it out if it doesn't have the unit of -u. */
static int
read_doc(struct input *in, const char *path, struct search *found, struct fail *f)
{
	struct doc *d = &in->docs[in->n];
	struct buf b = {0};
	const char *name;
	int r = read_text(path, &b, &name, f);
	bool asked;

	if (!r)
		r = doc_take(d, &b, name, f);
	buf_free(&b);
	if (r)
		return -1;
	asked = doc_check_asked(d, &sel, &found->no_relation) == 0;
	if (doc_narrow(d, &sel, f) == 0) {
		found->unit = true;
		found->relation |= asked;
		in->n++;
		return 0;
	}
	doc_free(d);
	return sel.unit ? 0 : -1;
}

static int
read_docs(struct input *in, char *const *paths, size_t n, struct fail *f)
{
	static char dash[] = "-";
	static char *const standard[] = {dash};
	struct search found = {0};
	size_t i, views = 0;

	if (!n) {
		paths = standard;
		n = 1;
	}
	in->docs = calloc(n, sizeof *in->docs);
	if (!in->docs)
		return fail_memory(f);
	for (i = 0; i < n; i++) {
		if (read_doc(in, paths[i], &found, f))
			return -1;
	}
	if (!found.unit)
		return -1;
	if (!found.relation) {
		*f = found.no_relation;
		return -1;
	}
	for (i = 0; i < in->n; i++)
		views += in->docs[i].nviews;
	return views ? 0 : fail_set(f, STATUS_INPUT, "cannot find a unit: the documents have none");
}

static void
free_input(struct input *in)
{
	while (in->n)
		doc_free(&in->docs[--in->n]);
	free(in->docs);
	cluster_free(&in->list);
}

/* Puts the report. Returns 1 if all is well, 0 if not, or -1. */
static int
report(const struct input *in, struct buf *b, struct fail *f)
{
	struct facts s;
	struct findings v = {0};
	int r = facts_find(&s, in->docs, in->n, &sel, list ? &in->list : NULL, f);

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
	struct input in = {0};
	struct buf b = {0};
	struct cli cli;
	int r;

	setlocale(LC_CTYPE, "");
	cli_start(
	    &cli, argc, argv, "[-j] [-C WHEN] [-l LIST] [-u UNIT] [-e NAME] [-r ID] [FILE ...]\n");
	if (cli_options(&cli, options) || check_call(&cli))
		return cli.status;
	r = list ? read_list(&in, &cli.fail) : 0;
	if (!r)
		r = read_docs(&in, cli.argv, (size_t)cli.argc, &cli.fail);
	if (!r)
		r = report(&in, &b, &cli.fail);
	free_input(&in);
	if (r >= 0)
		return cli_print(&cli, &b, r ? STATUS_OK : STATUS_NO);
	buf_free(&b);
	return cli_fail(&cli);
}
