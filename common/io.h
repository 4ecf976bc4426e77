/*
 * Reads and writes completely: continues calls that were interrupted or partial, and waits for a
 * descriptor that would block.
 */
#ifndef TD_IO_H
#define TD_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "buf.h"
#include "fail.h"

/* Appends all input of fd to b. Messages call it name. Returns 0, or -1 with STATUS_SYSTEM in f. */
int io_read(int fd, struct buf *b, const char *name, struct fail *f);

/* As io_read, for the file at path. */
int io_read_file(const char *path, struct buf *b, struct fail *f);

/* Writes n bytes. Messages call fd name. Returns 0, or -1 with STATUS_SYSTEM in f. */
int io_write(int fd, const char *s, size_t n, const char *name, struct fail *f);

/* Writes b to standard output, as io_write. If b->failed, there was no memory. */
int io_print(const struct buf *b, struct fail *f);

/*
 * Writes n bytes to standard error. If nothing can be written for a second, drops the rest, and
 * what comes later until it can be written again. So a reader that doesn't read can't keep us from
 * a timeout, a signal or the end.
 */
void io_say(const char *s, size_t n);

/*
 * Makes a pipe. Programs that are run don't inherit it. The end ours, 0 to read or 1 to write,
 * doesn't block, and can be watched with select; -1: both block. Returns 0, or -1 with
 * STATUS_SYSTEM in f.
 */
int io_pipe(int fds[2], int ours, struct fail *f);

/* read and write, called again while a signal interrupts them. */
ssize_t io_read_some(int fd, void *p, size_t n);
ssize_t io_write_some(int fd, const void *p, size_t n);

/* Closes *fd and sets it to -1, unless it is -1. */
void io_shut(int *fd);

/* Closes every descriptor above 2, except the n in keep. */
void io_close_others(const int *keep, size_t n);

#endif
