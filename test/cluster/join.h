/*
 * A join: what the client, the joiner's daemon and the members that its token names say and do.
 */
#ifndef JOIN_H
#define JOIN_H

#include "daemon.h"

int join_run(struct call *call, const char *text, const char *const values[]);

/* A join that fails once the cluster has taken the token: the joiner throws away what it has, and
 * with STRAND the row that was made stays. */
int join_burn(struct call *call, const char *text, int strand);

#endif
