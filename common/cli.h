/*
 * What all mains share: options, usage, messages with the tool's name, and an end that checks
 * standard output.
 *
 *	int main(int argc, char **argv)
 *	{
 *		struct cli cli;
 *		...
 *		cli_start(&cli, argc, argv, "[-R] NAME\n");
 *		if (cli_options(&cli, options) || cli_operands(&cli, 1, 1))
 *			return cli.status;
 *		...
 *		return cli_end(&cli, STATUS_OK);
 *	}
 */
#ifndef TD_CLI_H
#define TD_CLI_H

#include "buf.h"
#include "doc.h"
#include "fail.h"

struct cli;

/* An option of a tool. */
struct cli_option {
	char letter; /* '\0': it has only a name */
	const char *name;
	const char *value; /* how --help calls its value; NULL: it takes none */
	/* Takes the value, which is NULL if there is none. */
	int (*take)(struct cli *cli, const struct cli_option *option, const char *value);
	void *to;	  /* for take */
	const char *help; /* lines of it */
};

/* Functions that return an int return 0; or, after they have printed what is wrong, cli->status,
 * with which the tool has to end. */
struct cli {
	const char *name;  /* as it was called, without folders */
	const char *usage; /* see cli_start */
	const struct cli_option *options;
	int argc;
	char **argv; /* operands, once the options are read */
	bool dashes; /* "--" ended the options */
	enum status status;
	struct fail fail;
	char short_options[64];
};

/*
 * Call this first. It prevents core dumps, ignores SIGPIPE and SIGXFSZ (the write fails then), and
 * makes sure that descriptors 0 to 2 are open. usage is the page's SYNOPSIS without the name, one
 * or more lines.
 */
void cli_start(struct cli *cli, int argc, char **argv, const char *usage);

/*
 * Takes the options, a table that ends in CLI_END. Then cli->argc and cli->argv are the operands.
 * The tool also has to end after --help and --version.
 */
int cli_options(struct cli *cli, const struct cli_option *options);

/* What options take: their to is a bool, which becomes true; a const char *, which becomes the
 * value; a struct doc_select, whose relation the value is. */
int cli_flag(struct cli *cli, const struct cli_option *option, const char *value);
int cli_text(struct cli *cli, const struct cli_option *option, const char *value);
int cli_relation_id(struct cli *cli, const struct cli_option *option, const char *value);
int cli_help(struct cli *cli, const struct cli_option *option, const char *value);
int cli_version(struct cli *cli, const struct cli_option *option, const char *value);

/* The options that choose from a document, for a table of options. */
#define CLI_SELECT(sel)                                          \
	{'u', "unit", "UNIT", cli_text, &(sel).unit,             \
	    "use this unit, if the document has several"},       \
	    {'e', "endpoint", "NAME", cli_text, &(sel).endpoint, \
		"use the relation of this endpoint"},            \
	{                                                        \
		'r', "relation", "ID", cli_relation_id, &(sel),  \
		    "use this relation: 4 or cluster:4"          \
	}

/* The end of a table of options. */
#define CLI_END                                                             \
	{'h', "help", NULL, cli_help, NULL, "print this"},                  \
	    {'V', "version", NULL, cli_version, NULL, "print the version"}, \
	{                                                                   \
		0                                                           \
	}

/*
 * Checks the number of operands; max -1: no limit. Unless max is -1, it also calls
 * cli_late_option.
 */
int cli_operands(struct cli *cli, int min, int max);

/* Refuses an option among the operands. After "--" there is none. */
int cli_late_option(struct cli *cli);

/* Says that operand i, which should be a what ("command"), is an option: options go first. */
int cli_too_late(struct cli *cli, int i, const char *what);

/*
 * Prints the message and the usage; returns STATUS_USAGE. An argument may be a token by mistake, so
 * messages name it by its place or by name_of_argument.
 */
enum status cli_usage(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints cli->fail, with the usage if it is STATUS_USAGE; returns its status. */
enum status cli_fail(struct cli *cli);

/* Prints a warning: the tool's name and the text. */
void cli_warn(const struct cli *cli, const char *text);

/* Closes standard output. Returns status, or prints a message and returns STATUS_SYSTEM if output
 * was lost. */
enum status cli_end(struct cli *cli, enum status status);

/* Prints b and frees it; then as cli_end. */
enum status cli_print(struct cli *cli, struct buf *b, enum status status);

/* As cli_print; but if failed, which is what the work returned, frees b and calls cli_fail. */
enum status cli_finish(struct cli *cli, int failed, struct buf *b, enum status status);

/* Reads a document from standard input and narrows it to sel and one unit. NULL: the message is
 * printed and cli->status is set. */
struct doc_view *cli_doc(struct cli *cli, const struct doc_select *sel, struct doc *d);

/* As cli_doc, and sets *r to the one relation, or to NULL if there is none. */
int cli_relation(
    struct cli *cli, const struct doc_select *sel, struct doc *d, struct doc_relation **r);

/* As cli_relation, but fails if the related units aren't known. */
int cli_known_relation(
    struct cli *cli, const struct doc_select *sel, struct doc *d, struct doc_relation **r);

/*
 * If *path is NULL, sets it to the state file, .td-consumer.json in $JUJU_CHARM_DIR; b owns the
 * text.
 */
int cli_state_path(struct cli *cli, const char **path, struct buf *b);

/* Reads standard input as JSON and gives it to take, whose result it returns. Returns -1 with
 * cli->fail filled if it couldn't be read. */
int cli_json(struct cli *cli, int (*take)(const cJSON *root, struct buf *out, struct fail *f),
    struct buf *out);

#endif
