#include "cli.h"
#include "provider.h"

static const char usage[] =
    "[-u UNIT] [-e NAME] [-r ID] EVENT\n"
    "EVENT: relation-changed, leader-elected, update-status, reconcile\n"
    "  -E, --event EVENT    the event, in place of the operand\n"
    "  -u, --unit UNIT      use this unit, if the document has several\n"
    "  -e, --endpoint NAME  use the relations of this endpoint\n"
    "  -r, --relation ID    use this relation: 4 or microcluster-cluster:4\n"
    "  -h, --help           print this\n"
    "  -V, --version        print the version\n";

static const struct option options[] = {
    {"event", required_argument, NULL, 'E'},
    CLI_DOC_OPTIONS,
    CLI_OPTIONS,
};

int
main(int argc, char **argv)
{
	struct doc_select sel = {0};
	enum provider_event event;
	const char *name = NULL;
	struct doc_view *v;
	struct doc d = {0};
	struct cli cli;
	size_t i;
	int opt;

	cli_start(&cli, argc, argv, usage);
	while ((opt = cli_option(&cli, options)) != -1) {
		if (opt == 'E')
			name = optarg;
		else if (opt == '?' || cli_doc_option(&cli, opt, &sel))
			return cli.status;
	}
	if (cli_operands(&cli, name ? 0 : 1, name ? 0 : 1))
		return cli.status;
	if (!name)
		name = cli.argv[0];
	if (provider_event(name, &event))
		return cli_usage(
		    &cli, "cannot take event %s: there is no such event", name_of_argument(name).s);
	v = cli_doc(&cli, &sel, &d);
	if (!v)
		return cli.status;
	/* relations that -r leaves out may have members, so not all units are known */
	for (i = 0; v->narrowed && i < v->nrelations; i++)
		v->relations[i].partial = true;
	if (provider_step(v, event, &action_stdout, &cli.fail) ||
	    action_done(&action_stdout, name, &cli.fail))
		cli_fail(&cli);
	doc_free(&d);
	return cli.status ? cli.status : cli_end(&cli, STATUS_OK);
}
