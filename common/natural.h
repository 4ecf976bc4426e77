/*
 * The order in which people count: node-2 before node-10.
 */
#ifndef TD_NATURAL_H
#define TD_NATURAL_H

/* As strcmp, but runs of digits compare as numbers, however long; of equal numbers the shorter text
 * is first. */
int natural_compare(const char *a, const char *b);

#endif
