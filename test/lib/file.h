/*
 * Files, named from a folder's descriptor as the *at() calls do. A call that fails sets errno and
 * returns NULL or -1.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>

char *file_read(int dir, const char *path, size_t *n); /* to be freed; ends in '\0' */
char *file_read_fd(int fd, size_t *n);
int file_write(int dir, const char *path, const char *text); /* whole or not at all; NULL: "" */
int file_append(int dir, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int file_write_fd(int fd, const char *s, size_t n);
int file_lock(int dir, const char *path);   /* waits; closing the descriptor unlocks */
int file_remove(int dir, const char *path); /* with all that is in it */
/* The names in a folder but for those that begin with a dot, sorted bytewise. Nobody frees them. */
char **file_list(int dir, const char *path, size_t *n);

#endif
