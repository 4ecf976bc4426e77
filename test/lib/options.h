/*
 * Options of commands, as Go's programs read them: they stand anywhere among the operands, "--"
 * ends them, and a value follows after "=" or as the next argument.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
	/*
	 * The names of the options, with blanks between them. "NAME=" takes a value; one without
	 * "=" is a boolean. A single letter is the short name of the word after it.
	 */
	const char *known;
	struct options_given {
		const char *name;  /* in known */
		const char *value; /* NULL: a boolean that is false */
	} * given;
	size_t n;
};

enum options_fault {
	OPTIONS_OK,
	OPTIONS_UNKNOWN,
	OPTIONS_NO_VALUE, /* which it needs */
	OPTIONS_NO_BOOL,  /* its value isn't one that Go's strconv.ParseBool takes */
};

/* Takes the options out of the arguments, so that the operands are left. *wrong: the argument that
 * is at fault. */
enum options_fault options_read(struct options *o, char **arg, const char **wrong);

/* The value of the option with that long name as it was given last; NULL: it wasn't given, or is
 * false. */
const char *options_get(const struct options *o, const char *name);

/* Is word one of words, which have blanks between them? */
bool options_is_word(const char *word, const char *words);

#endif
