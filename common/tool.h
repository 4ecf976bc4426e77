/*
 * What each main does alike: options, usage, messages under the tool's name, and an end that
 *answers for standard output.
 *
 *	int main(int argc, char **argv)
 *	{
 *		struct tool t;
 *		...
 *		tool_start(&t, argc, argv, usage);
 *		while ((opt = tool_option(&t, options)) != -1) {
 *			switch (opt) {
 *			case 'R': raw = true; break;
 *			default: return t.status;
 *			}
 *		}
 *		if (tool_operands(&t, 1, 1))
 *			return t.status;
 *		...
 *		return tool_end(&t, STATUS_OK);
 *	}
 */
#ifndef TD_TOOL_H
#define TD_TOOL_H

#include <getopt.h>

#include "buf.h"
#include "doc.h"
#include "fail.h"

struct tool {
	const char *name;  /* as it was called, without folders */
	const char *usage; /* the page's SYNOPSIS after "usage: " and the options, a line each */
	int argc;
	char **argv; /* operands, once the options are read */
	enum status status;
	struct fail fail;
	char short_options[64];
};

/*
 * To be called first: prevents core dumps, ignores SIGPIPE and SIGXFSZ (such a write fails), sees
 * to it that descriptors 0 to 2 are taken. usage is text for people, lines without the tool's name:
 * the first ones what follows the name in a call.
 */
void tool_start(struct tool *t, int argc, char **argv, const char *usage);

#define TOOL_OPTIONS                                                           \
	{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, \
	{                                                                      \
		NULL, 0, NULL, 0                                               \
	}

/*
 * The next option's val, with optarg set; -1 after the last, with argc and argv the operands'; '?'
 * when the tool has to end with t->status: after --help, --version or a wrong call. options ends in
 * TOOL_OPTIONS; an option whose val is a printable character has it as short name.
 */
int tool_option(struct tool *t, const struct option *options);

/*
 * Checks the number of operands; max -1: any. Returns 0, or -1 with the message printed and
 * t->status set, which is tool_late_option's where that finds one; not with max -1.
 */
int tool_operands(struct tool *t, int min, int max);

/*
 * Is an operand an option that comes too late? After "--" none is. Returns 0, or -1 with the
 * message printed and t->status set.
 */
int tool_late_option(struct tool *t);

/* Says that operand i, which should be a what ("command"), is an option: options go first. Returns
 * -1 with t->status set. */
int tool_too_late(struct tool *t, int i, const char *what);

/*
 * Prints the message and the usage; returns STATUS_USAGE. A token may stand in the command line by
 * mistake: messages name an argument by its place, or by name_of_argument.
 */
enum status tool_usage(struct tool *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints t->fail, with the usage if it is STATUS_USAGE; returns its status. */
enum status tool_fail(struct tool *t);

/* Prints a warning line: the name, then the text. */
void tool_warn(const struct tool *t, const char *text);

/* Closes standard output; returns status, or STATUS_SYSTEM with a message when what was written is
 * lost. */
enum status tool_end(struct tool *t, enum status status);

/* tool_end after printing what b holds; frees b. */
enum status tool_print(struct tool *t, struct buf *b, enum status status);

/* The three options that choose from a document; DOC_OPTIONS goes into the list of options. */
#define TOOL_DOC_OPTIONS                                                                    \
	{"unit", required_argument, NULL, 'u'}, {"endpoint", required_argument, NULL, 'e'}, \
	{                                                                                   \
		"relation", required_argument, NULL, 'r'                                    \
	}

/*
 * Takes one of them into sel. Returns 0; or -1 with the message printed and t->status set when
 * optarg is no relation for -r (which is jq's --raw-output), or opt is none of them.
 */
int tool_doc_option(struct tool *t, int opt, struct doc_select *sel);

/* Reads a document of one unit from standard input and narrows it to sel. NULL: message printed,
 * t->status set. */
struct doc_view *tool_doc(struct tool *t, const struct doc_select *sel, struct doc *d);

/* As tool_doc, and the one relation: in *r, NULL there for none. Returns 0, or -1 as tool_doc. */
int tool_relation(
    struct tool *t, const struct doc_select *sel, struct doc *d, struct doc_relation **r);

/* As tool_relation, for a question about the related units, which must be known then. */
int tool_known_relation(
    struct tool *t, const struct doc_select *sel, struct doc *d, struct doc_relation **r);

/*
 * Where the state file is: *path, if that isn't NULL, else .td-consumer.json in $JUJU_CHARM_DIR,
 * whose text is b's. Returns 0, or -1 with the message printed and t->status set.
 */
int tool_state_path(struct tool *t, const char **path, struct buf *b);

/* Reads standard input as JSON. Returns 0, or -1 with the message printed and t->status set. */
int tool_json(struct tool *t, struct json *j, int flags);

#endif
