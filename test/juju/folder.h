#ifndef JUJU_FOLDER_H
#define JUJU_FOLDER_H

#include <time.h>

#include "../lib/file.h"

/* The files of a model's folder that the agents and the hook commands read alike. */
unsigned long folder_bag_version(int dir, const char *path); /* 0: no such bag */

/* Of a unit's name: the application's, and the name as a file name. See memory_brief. */
const char *folder_app(const char *unit);
const char *folder_unit(const char *unit);

/* A line of debug-log. */
void folder_log(
    int dir, const char *unit, const char *level, const char *module, const char *message);

/* A status' file, "unknown" where there is none. Nobody frees it; the message is within it. */
char *folder_status(int dir, const char *path, const char **message);

/* When a file was changed last; NULL: there is none. Lasts until the next call. */
const struct tm *folder_time(int dir, const char *path);

/*
 * Strikes a fault that is asked for in MODEL/faults out of it. Lines there are
 *	COMMAND UNIT [COUNT] [TEXT]	a hook command fails, with TEXT as its error
 *	commit UNIT [COUNT]		the end of the hook fails
 *	kill UNIT HOOK [COMMAND]	the hook is killed when it runs a hook command
 * where UNIT, HOOK and COMMAND may be *. NULL: no fault. What is returned is TEXT; see
 * memory_brief.
 */
const char *folder_fault(
    int model, const char *kind, const char *unit, const char *hook, const char *command);

#endif
