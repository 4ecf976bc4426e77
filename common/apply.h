/*
 * Carrying out action lines (action.h) with Juju's hook commands.
 */
#ifndef TD_APPLY_H
#define TD_APPLY_H

#include <stdbool.h>

#include "fail.h"

/*
 * Reads action lines from fd and carries each out before the next is read; with dry_run, prints the
 * commands instead, a line each, for a shell, tokens cut out. What the commands say goes to
 * standard error, tokens cut out. Returns 0 when all was done and the last line was "done"; -1 with
 * STATUS_INPUT in f for a line that isn't as it must be, or none that says done, with STATUS_SYSTEM
 * for a command that failed, and reading and writing.
 */
int apply(int fd, bool dry_run, struct fail *f);

#endif
