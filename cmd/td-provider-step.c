#include "cli.h"
#include "provider.h"

static struct doc_select sel;
static const char *name;

static const struct cli_option options[] = {
    {'E', "event", "EVENT", cli_text, &name, "the event, in place of the operand"},
    {'u', "unit", "UNIT", cli_text, &sel.unit, "use this unit, if the document has several"},
    {'e', "endpoint", "NAME", cli_text, &sel.endpoint, "use the relations of this endpoint"},
    {'r', "relation", "ID", cli_relation_id, &sel,
	"use this relation: 4 or microcluster-cluster:4"},
    CLI_END,
};

int
main(int argc, char **argv)
{
	enum stepevent event;
	struct doc_view *v;
	struct doc d;
	struct cli cli;
	size_t i;

	cli_start(&cli, argc, argv,
	    "[-u UNIT] [-e NAME] [-r ID] EVENT\n"
	    "EVENT: relation-changed, leader-elected, update-status, reconcile\n");
	if (cli_options(&cli, options) || cli_operands(&cli, name ? 0 : 1, name ? 0 : 1))
		return cli.status;
	if (!name)
		name = cli.argv[0];
	if (stepevent_find(name, STEPEVENT_PROVIDER, &event))
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
