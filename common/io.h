/*
 * Reading and writing whole, however the descriptor behaves: interrupted and partial calls are
 * taken up again, a descriptor that would block is waited for.
 */
#ifndef TD_IO_H
#define TD_IO_H

#include <stddef.h>

#include "buf.h"
#include "fail.h"

/* Appends all that fd gives to b. name stands for it in a message. Returns 0, or -1 with
 * STATUS_SYSTEM in f. */
int io_read(int fd, struct buf *b, const char *name, struct fail *f);

/* As io_read, of the file at path. */
int io_read_file(const char *path, struct buf *b, struct fail *f);

/* Writes n bytes. name stands for fd in a message. Returns 0, or -1 with STATUS_SYSTEM in f. */
int io_write(int fd, const char *s, size_t n, const char *name, struct fail *f);

/* io_write of what b holds to standard output; a b that failed is a failure for want of memory. */
int io_print(const struct buf *b, struct fail *f);

/*
 * Writes n bytes to standard error as far as somebody reads it: where it takes nothing for a
 * second, the rest is dropped, and so is what follows until it takes something again. So nobody who
 * doesn't read it keeps us from a timeout, a signal or the end.
 */
void io_say(const char *s, size_t n);

/* Closes every descriptor above 2 but the n in keep. */
void io_close_others(const int *keep, size_t n);

#endif
