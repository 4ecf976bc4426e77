/*
 * What all mains share: options, usage, messages with the tool's name, and an end that checks
 * standard output.
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
	const char *usage; /* the page's SYNOPSIS without the name, then the options, one a line */
	int argc;
	char **argv; /* operands, once the options are read */
	enum status status;
	struct fail fail;
	char short_options[64];
};

/*
 * Call this first. It prevents core dumps, ignores SIGPIPE and SIGXFSZ (the write fails then), and
 * makes sure that descriptors 0 to 2 are open.
 */
void tool_start(struct tool *t, int argc, char **argv, const char *usage);

#define TOOL_OPTIONS                                                           \
	{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, \
	{                                                                      \
		NULL, 0, NULL, 0                                               \
	}

/*
 * Returns the next option's val and sets optarg. Returns -1 after the last one; t->argc and t->argv
 * are the operands then. Returns '?' if the tool has to end with t->status: after --help, --version
 * or a wrong call. options ends in TOOL_OPTIONS. A val that is a printable character is also the
 * option's short name.
 */
int tool_option(struct tool *t, const struct option *options);

/*
 * Checks the number of operands; max -1: no limit. Unless max is -1, it also calls
 * tool_late_option. Returns 0, or -1 with the message printed and t->status set.
 */
int tool_operands(struct tool *t, int min, int max);

/*
 * Is there an option among the operands? After "--" there is none. Returns 0, or -1 with the
 * message printed and t->status set.
 */
int tool_late_option(struct tool *t);

/* Says that operand i, which should be a what ("command"), is an option: options go first. Returns
 * -1 with t->status set. */
int tool_too_late(struct tool *t, int i, const char *what);

/*
 * Prints the message and the usage; returns STATUS_USAGE. An argument may be a token by mistake, so
 * messages name it by its place or by name_of_argument.
 */
enum status tool_usage(struct tool *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints t->fail, with the usage if it is STATUS_USAGE; returns its status. */
enum status tool_fail(struct tool *t);

/* Prints a warning: the tool's name and the text. */
void tool_warn(const struct tool *t, const char *text);

/* Closes standard output. Returns status, or prints a message and returns STATUS_SYSTEM if output
 * was lost. */
enum status tool_end(struct tool *t, enum status status);

/* Prints b and frees it; then as tool_end. */
enum status tool_print(struct tool *t, struct buf *b, enum status status);

/* The three options that choose from a document, for the list of options. */
#define TOOL_DOC_OPTIONS                                                                    \
	{"unit", required_argument, NULL, 'u'}, {"endpoint", required_argument, NULL, 'e'}, \
	{                                                                                   \
		"relation", required_argument, NULL, 'r'                                    \
	}

/*
 * Takes one of them into sel. Returns 0; or -1 with the message printed and t->status set: optarg
 * isn't a relation for -r (jq's -r is --raw-output), or opt is another option.
 */
int tool_doc_option(struct tool *t, int opt, struct doc_select *sel);

/* Reads a document from standard input and narrows it to sel and one unit. NULL: the message is
 * printed and t->status is set. */
struct doc_view *tool_doc(struct tool *t, const struct doc_select *sel, struct doc *d);

/* As tool_doc, and sets *r to the one relation, or to NULL if there is none. Returns 0 or -1. */
int tool_relation(
    struct tool *t, const struct doc_select *sel, struct doc *d, struct doc_relation **r);

/* As tool_relation, but fails if the related units aren't known. */
int tool_known_relation(
    struct tool *t, const struct doc_select *sel, struct doc *d, struct doc_relation **r);

/*
 * If *path is NULL, sets it to the state file, .td-consumer.json in $JUJU_CHARM_DIR; b owns the
 * text. Returns 0, or -1 with the message printed and t->status set.
 */
int tool_state_path(struct tool *t, const char **path, struct buf *b);

/* Reads standard input as JSON. Returns 0, or -1 with the message printed and t->status set. */
int tool_json(struct tool *t, struct json *j);

#endif
