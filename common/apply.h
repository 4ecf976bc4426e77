/*
 * Carrying out action lines (action.h) with Juju's hook commands.
 */
#ifndef TD_APPLY_H
#define TD_APPLY_H

#include <stdbool.h>

#include "fail.h"

/*
 * Reads action lines from fd, and carries out each before it reads the next. With dry_run it prints
 * the commands instead, one a line, quoted for a shell, without tokens. What the commands print
 * goes to standard error without tokens. Returns 0 if all was done and the last line was "done"; or
 * -1 with f filled: STATUS_INPUT for a bad line or a missing "done", STATUS_SYSTEM if a command,
 * reading or writing failed.
 */
int apply(int fd, bool dry_run, struct fail *f);

#endif
