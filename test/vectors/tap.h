/*
 * Results in TAP: a vector is a test point, with what differs in it as a comment beneath. What is
 * allocated by tap_make or libcjson while a vector is run lasts until its end, and nobody frees it.
 */
#ifndef TAP_H
#define TAP_H

#include <stddef.h>

#include <cjson/cJSON.h>

/* Values in full, and those that agree, too. */
extern int tap_verbose;

/* The vectors to run, up to NULL, as patterns of fnmatch; none: all of them. */
extern char *const *tap_names;

/* Takes libcjson's memory over. */
void tap_start(void);

/* Begins a vector; 0 if it isn't one to run. */
int tap_begin(const char *name);

/* Ends it: it has failed if there was a complaint. */
void tap_finish(const char *file, const char *name);

/* A line beneath the vector's result; if it says that something is wrong, the vector has failed. */
void tap_note(int is_wrong, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define tap_complain(...) tap_note(1, __VA_ARGS__)

/* Complains that PART is not as expected; either value may be NULL. */
void tap_differ(const char *part, const cJSON *expected, const cJSON *actual);

/* Shows PART, if verbose. */
void tap_agree(const char *part, const cJSON *actual);

/* Complains if PART is not as expected. */
void tap_want(const char *part, const cJSON *expected, const cJSON *actual);

/* Says beside the vector's result that a difference didn't count, by a ROW of the contract. */
void tap_exempt(const char *row);

/* A test point of its own. */
void tap_point(int ok, const char *what);

/* The plan; gives the exit status. */
int tap_end(void);

/* Ends the process: the test itself can't go on, for errno's reason. */
_Noreturn void tap_bail(const char *verb, const char *object);

/* SIZE bytes. */
void *tap_make(size_t size);

#endif
