#ifndef JUJU_FOLDER_H
#define JUJU_FOLDER_H

#include <time.h>

#include "../lib/file.h"

/* The files of a model's folder that the agents and the hook commands read alike. */

/* Of a unit's name: the application's, and the name as a file name. See memory_brief. */
const char *folder_app(const char *unit);
const char *folder_unit(const char *unit);

/* A line of debug-log. */
void folder_log(
    int dir, const char *unit, const char *level, const char *module, const char *message);

/* A status' file, "unknown" where there is none, to be freed. The message is within it. */
char *folder_status(int dir, const char *path, const char **message);

/* When the file was written, as gmtime has it; NULL: there is none. */
const struct tm *folder_time(int dir, const char *path);

/*
 * Faults in MODEL/faults (../lib/fault.h):
 *	COMMAND UNIT [COUNT] [TEXT]	a hook command fails, with TEXT as its error
 *	commit UNIT [COUNT] [TEXT]	the end of the hook fails
 *	kill UNIT HOOK [COMMAND]	the hook is killed when it runs a hook command
 */

#endif
