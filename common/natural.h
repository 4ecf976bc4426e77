/*
 * The order in which people count: node-2 before node-10.
 */
#ifndef TD_NATURAL_H
#define TD_NATURAL_H

/* As strcmp, but compares runs of digits as numbers of any length. If the numbers are equal, the
 * shorter text comes first. */
int natural_compare(const char *a, const char *b);

#endif
