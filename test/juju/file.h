#ifndef JUJU_FILE_H
#define JUJU_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Files of the model, named from a folder's descriptor as the *at() calls do. What fails sets
 * errno and returns NULL or -1.
 */
char *file_read(int dir, const char *path, size_t *n); /* to be freed; ends in '\0' */
char *file_read_fd(int fd, size_t *n);
int file_write(int dir, const char *path, const char *s, size_t n); /* whole or not at all */
int file_append(int dir, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int file_write_fd(int fd, const char *s, size_t n);
int file_lock(int dir, const char *path);   /* waits; closing the descriptor unlocks */
int file_remove(int dir, const char *path); /* with all that is in it */
/* The names in a folder but for those that begin with a dot, sorted bytewise. */
char **file_list(int dir, const char *path, size_t *n);
void file_list_free(char **name, size_t n);

/*
 * A databag's file holds its version, ten digits and a newline, and then the bag as one line of
 * JSON with its keys sorted. It is replaced, never rewritten, so that a hard link to it is the bag
 * as it was.
 */
#define FILE_BAG_HEAD 11
unsigned long file_bag_version(int dir, const char *path); /* 0: no such bag */

/* A status' file, "unknown" where there is none, to be freed. The message is within it. */
char *file_status(int dir, const char *path, const char **message);

/*
 * Strikes a fault that is asked for in MODEL/faults out of it. Lines there are
 *	COMMAND UNIT [COUNT] [TEXT]	a hook command fails, with TEXT as its error
 *	commit UNIT [COUNT]		the end of the hook fails
 *	kill UNIT HOOK [COMMAND]	the hook is killed when it runs a hook command
 * where UNIT, HOOK and COMMAND may be *. NULL: no fault. What is returned is TEXT, to be freed.
 */
char *file_fault(
    int model, const char *kind, const char *unit, const char *hook, const char *command);

#endif
