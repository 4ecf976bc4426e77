/*
 * Action lines: what a step prints and td-apply carries out (td-document(5), Action lines).
 */
#ifndef TD_ACTION_H
#define TD_ACTION_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "fail.h"
#include "json.h"
#include "map.h"

/*
 * Where the lines go. line is called with each whole line and its newline, as it happens, and keeps
 * no pointer into it. It returns 0, or -1 with f filled, which ends the step.
 */
struct action_out {
	int (*line)(void *ctx, const char *s, size_t n, struct fail *f);
	void *ctx;
};

/* Writes each line to standard output at once. */
extern const struct action_out action_stdout;

/* An event and its details. */
struct action_event {
	const char *name;
	bool has_bootstrapper;
	bool bootstrapper;
	const char *host; /* NULL: none */
};

/* Each writes one line. Returns 0, or -1 with f filled: out failed, or no memory. Strings are
 * UTF-8.
 */

/* Writes nothing if data is empty. "" as a value means: remove the key. */
int action_set(const struct action_out *out, long relation_id, bool app, const struct map *data,
    struct fail *f);
int action_status(
    const struct action_out *out, const char *status, const char *message, struct fail *f);
int action_log(const struct action_out *out, const char *level, struct fail *f, const char *fmt,
    va_list ap) __attribute__((format(printf, 4, 0)));
int action_event(const struct action_out *out, const struct action_event *e, struct fail *f);
int action_defer(
    const struct action_out *out, const char *event, const char *reason, struct fail *f);
int action_done(const struct action_out *out, const char *event, struct fail *f);

/*
 * For warnings of one kind: logs the first 8, because td-apply runs a command for each line, and
 * counts all in *n. action_warn_rest then logs how many more there were: "N WHAT".
 */
int action_warn(const struct action_out *out, size_t *n, struct fail *f, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int action_warn_rest(const struct action_out *out, size_t n, const char *what, struct fail *f);

/* Puts only the event, {"name":...}, as it is in the line of action_event. */
void action_put_event(struct buf *b, const struct action_event *e);

enum action_kind {
	ACTION_SET,
	ACTION_STATUS,
	ACTION_LOG,
	ACTION_EVENT,
	ACTION_DEFER,
	ACTION_DONE,
};

/* A line that was read. Members that its kind doesn't have are zero. The strings belong to json. */
struct action {
	enum action_kind kind;
	long relation_id;
	bool app;
	const cJSON *data;   /* an object of strings */
	const char *word;    /* the status, the level, the event's name */
	const char *message; /* or the reason */
	struct json json;
};

/*
 * Reads one line: n bytes at text, which it changes, without a newline. line is its number on
 * standard input. Returns 0, or -1 with f filled: STATUS_INPUT, with the line's number, or
 * STATUS_SYSTEM. a is empty then.
 */
int action_read(struct action *a, char *text, size_t n, size_t line, struct fail *f);

void action_free(struct action *a);

#endif
