/*
 * Faults that a test asks a stand-in for: lines of the file DIR/faults, each with the words that
 * say where it strikes, and a text. In place of a word may be `*`, which is any word.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

struct fault {
	char *kind; /* the line's first word */
	char *text; /* what is after the words, "" */
};

/*
 * Takes the first line out of the file whose words are those of want, which ends in NULL; "" there
 * is any word. A line may have fewer words than want. counted: a number may stand before the text;
 * so often does the fault strike. false: there is no such line, and *f is NULLs.
 */
bool fault_take(int dir, const char *const want[], bool counted, struct fault *f);

#endif
