#ifndef JUJU_RELATION_H
#define JUJU_RELATION_H

#include <stdbool.h>
#include <stddef.h>

/* A relation as the hook's unit knows it. */
struct relation {
	char *id; /* the number, as text */
	char *name;
	const char *app; /* at the other end */
	char **member;
	size_t n;
};

/* The members as of this hook: a unit is one from its joined hook on until before its departed. */
void relation_read(struct relation *r, const char *name);
/* given: the option's value, NULL for the hook's own relation. OK, or USAGE and said why. */
int relation_find(struct relation *r, const char *given);
/* The controller has forgotten it, its units haven't yet. */
bool relation_gone(const struct relation *r);

#endif
