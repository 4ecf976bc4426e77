/* The folder the vectors are run in, and the programs that are run there. */
#ifndef WORK_H
#define WORK_H

#include <cjson/cJSON.h>
#include <sys/types.h>

/* What a program printed, and its exit status; -1 when a signal ended it. */
struct output {
	int status;
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

/* A file's text, to be freed; NULL when it can't be opened. */
char *work_read(const char *path);

/* A file's JSON; a raw value if it is none, NULL when it can't be opened. */
cJSON *work_json(const char *path);

void work_write(const char *path, const char *text, mode_t mode);

/* Removes a file or a folder with all in it; it need not be there. */
void work_remove(const char *path);

/* Calls one(PATH) for each entry of a folder. */
void work_for_each(const char *path, void (*one)(const char *path));

/* Runs the program argv[0] with the arguments up to NULL and INPUT on standard input. */
struct output work_run(const char *input, const char *argv[]);

void work_free(struct output *output);

/* Complains if the exit status isn't that. */
void work_want_status(const char *what, int expected, const struct output *output);

#endif
