/*
 * How tools fail: one enum of exit statuses, and one form of message, "cannot VERB OBJECT: REASON".
 * Library code fills a struct fail and returns -1; only main ends the process.
 */
#ifndef TD_FAIL_H
#define TD_FAIL_H

#include <stdarg.h>

enum status {
	STATUS_OK = 0,	   /* done, found or true */
	STATUS_NO = 1,	   /* an honest no */
	STATUS_USAGE = 2,  /* the call was wrong */
	STATUS_INPUT = 3,  /* the input was not what it must be */
	STATUS_SYSTEM = 4, /* the system failed: read, write, spawn, lock, memory */
};

struct fail {
	enum status status;
	char text[768]; /* one line, without the tool's name and newline */
};

/* Fills f with status and the formatted text, cut between characters to fit. Returns -1, for
 * "return fail_set(...)". */
int fail_set(struct fail *f, enum status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As fail_set, with the arguments in ap. */
int fail_setv(struct fail *f, enum status status, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

/* As fail_set, with STATUS_SYSTEM; adds ": " and the text of errno. */
int fail_errno(struct fail *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As fail_set: an allocation failed. */
int fail_memory(struct fail *f);

/* If f is about the input (STATUS_INPUT), puts the formatted text and ": " before its text: where
 * in the input the fault is. Returns -1. */
int fail_at(struct fail *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * A name that somebody else wrote, made safe for a message or a log: its first 64 bytes, with '?'
 * for each byte that isn't printable ASCII. Use it within one expression: name_of(host).s.
 */
struct name {
	char s[65];
};
struct name name_of(const char *s);

/*
 * As name_of, for an argument of the command line: "[token]" if it may have a token in it
 * (token_has_run). Where a token is a likely mistake, messages don't show the argument at all.
 */
struct name name_of_argument(const char *s);

/* Names for a message: "a, b, ...", as many as fit. Begin with all zero. */
struct name_list {
	char s[400];
};
void name_list_add(struct name_list *list, const char *name);

#endif
