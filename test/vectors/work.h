/* The folder the vectors are run in, and the programs that are run there. */
#ifndef WORK_H
#define WORK_H

#include <cjson/cJSON.h>
#include <sys/types.h>

/* What a program printed. */
struct output {
	char *out;
	char *err;
};

/* Makes the folder; programs will be those of the folder BUILD. */
void work_begin(const char *build);

/* Removes it. */
void work_end(void);

/* The path of a file in the folder; good for the next few calls. */
const char *work_path(const char *name);

/* The path of a program; good until the next call. */
const char *work_program(const char *name);

/* A file's text; NULL when it can't be opened. */
char *work_read(const char *path);

/* A file's JSON; a raw value if it is none, NULL when it can't be opened. */
cJSON *work_json(const char *path);

void work_write(const char *path, const char *text, mode_t mode);

/* Removes a file or a folder with all in it; it need not be there. */
void work_remove(const char *path);

/*
 * Runs the program argv[0] with the arguments up to NULL and INPUT on standard input. Complains if
 * it doesn't end with that exit status.
 */
struct output work_run(const char *input, const char *argv[], int status);

#endif
