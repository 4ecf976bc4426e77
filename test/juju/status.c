#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "folder.h"
#include "status.h"

/* The severest first: an application that sets none has that of its units. */
static const char *const severity[] = {
    "error", "blocked", "maintenance", "waiting", "active", "unknown"};

enum { SEVERITIES = sizeof severity / sizeof *severity };

struct writer {
	const struct model *m;
	const struct version *juju;
	char version[40];
	struct buf *t;
	const char *comma; /* before the next member */
};

/* Begins a member; its name isn't escaped. */
static void
put_name(struct writer *w, const char *name)
{
	buf_printf(w->t, "%s\"%s\":", w->comma, name);
	w->comma = ",";
}

static void
put_string(struct writer *w, const char *name, const char *value)
{
	put_name(w, name);
	text_json(w->t, value);
}

static void
put_open(struct writer *w, const char *name)
{
	if (name != NULL)
		put_name(w, name);
	buf_puts(w->t, "{");
	w->comma = "";
}

static void
put_close(struct writer *w)
{
	buf_puts(w->t, "}");
	w->comma = ",";
}

static char *
unit_status(const struct model *m, const struct unit *u, const char **message)
{
	char *s;

	if (u->failed.kind != HOOK_NONE) {
		s = memory_text("error%chook failed: \"%s\"", 0, u->failed.name);
		*message = s + sizeof "error";
		return s;
	}
	return folder_status(m->dir, memory_brief("units/%s/status", u->file), message);
}

static void
put_since(struct writer *w, const char *path)
{
	struct stat st;
	struct tm tm;
	char s[40];

	if (fstatat(w->m->dir, path, &st, 0) < 0 || gmtime_r(&st.st_mtime, &tm) == NULL)
		return;
	strftime(s, sizeof s, "%d %b %Y %H:%M:%SZ", &tm);
	put_string(w, "since", s);
}

static void
put_status(struct writer *w, const char *name, const char *status, const char *message,
    const char *path, const char *version)
{
	put_open(w, name);
	put_string(w, "current", status);
	if (*message != '\0')
		put_string(w, "message", message);
	put_since(w, path);
	if (version != NULL)
		put_string(w, "version", version);
	put_close(w);
}

static bool
by_machine(const struct unit *u, const struct unit *v)
{
	char a[16], b[16];

	snprintf(a, sizeof a, "%u", u->machine_id);
	snprintf(b, sizeof b, "%u", v->machine_id);
	return strcmp(a, b) < 0;
}

/* The unit that stands for the next machine after that of last, in the order of strings. */
static const struct unit *
next_machine(const struct model *m, const struct unit *last)
{
	const struct unit *u, *next;
	size_t i;

	next = NULL;
	for (i = 0; i < m->units; i++) {
		u = m->unit[i];
		if (u->app->url == NULL && (last == NULL || by_machine(last, u)) &&
		    (next == NULL || by_machine(u, next)))
			next = u;
	}
	return next;
}

static void
put_base(struct writer *w)
{
	if (w->juju->major < 3) {
		put_string(w, "series", "noble");
	} else {
		put_open(w, "base");
		put_string(w, "name", "ubuntu");
		put_string(w, "channel", "24.04");
		put_close(w);
	}
}

static void
put_machines(struct writer *w)
{
	const struct unit *u;
	char ip[16];

	put_open(w, "machines");
	for (u = next_machine(w->m, NULL); u != NULL; u = next_machine(w->m, u)) {
		model_address(u, ip);
		put_open(w, memory_brief("%u", u->machine_id));
		put_status(w, "juju-status", "started", "", "next", w->version);
		put_string(w, "hostname", u->machine);
		put_string(w, "dns-name", ip);
		put_name(w, "ip-addresses");
		buf_printf(w->t, "[\"%s\"]", ip);
		put_string(w, "instance-id", u->machine);
		put_status(w, "machine-status", "running", "Running", "next", NULL);
		put_base(w);
		put_close(w);
	}
	put_close(w);
}

/* Which end of the relation the application has; -1: none. */
static int
end_of(const struct relation *r, const struct app *a)
{
	return r->gone ? -1 : r->end[0].app == a ? 0 : r->end[1].app == a ? 1 : -1;
}

/* The application's endpoint that comes next in the order of strings, among those with relations.
 */
static const char *
next_endpoint(const struct model *m, const struct app *a, const char *last)
{
	const char *next, *s;
	size_t i;
	int end;

	next = NULL;
	for (i = 0; i < m->relations; i++) {
		end = end_of(m->relation[i], a);
		if (end < 0)
			continue;
		s = m->relation[i]->end[end].endpoint;
		if ((last == NULL || strcmp(s, last) > 0) && (next == NULL || strcmp(s, next) < 0))
			next = s;
	}
	return next;
}

static void
put_related(struct writer *w, const struct relation *r, int end, bool name_alone)
{
	buf_puts(w->t, w->comma);
	if (name_alone) {
		text_json(w->t, r->end[1 - end].app->name);
		w->comma = ",";
		return;
	}
	put_open(w, NULL);
	put_string(w, "related-application", r->end[1 - end].app->name);
	put_string(w, "interface", r->interface);
	put_string(w, "scope", "global");
	put_close(w);
}

static void
put_relations(struct writer *w, const struct app *a, bool names_alone)
{
	const struct relation *r;
	const char *endpoint = next_endpoint(w->m, a, NULL);
	size_t i;
	int end;

	if (endpoint == NULL)
		return;
	put_open(w, "relations");
	for (; endpoint != NULL; endpoint = next_endpoint(w->m, a, endpoint)) {
		put_name(w, endpoint);
		buf_puts(w->t, "[");
		w->comma = "";
		for (i = 0; i < w->m->relations; i++) {
			r = w->m->relation[i];
			end = end_of(r, a);
			if (end >= 0 && strcmp(r->end[end].endpoint, endpoint) == 0)
				put_related(w, r, end, names_alone);
		}
		buf_puts(w->t, "]");
		w->comma = ",";
	}
	put_close(w);
}

static void put_unit(struct writer *w, const struct unit *u);

static void
put_subordinates(struct writer *w, const struct unit *principal)
{
	const struct unit *u;
	size_t i;
	bool any;

	for (i = 0, any = false; i < w->m->units; i++) {
		u = w->m->unit[i];
		if (u->principal == NULL || strcmp(u->principal, principal->name) != 0)
			continue;
		if (!any)
			put_open(w, "subordinates");
		any = true;
		put_unit(w, u);
	}
	if (any)
		put_close(w);
}

static void
put_unit(struct writer *w, const struct unit *u)
{
	const char *message, *path;
	char *status, ip[16];

	path = memory_brief("units/%s/status", u->file);
	status = unit_status(w->m, u, &message);
	put_open(w, u->name);
	put_status(w, "workload-status", status, message, path, NULL);
	put_status(w, "juju-status", "idle", "", path, w->version);
	if (model_leads(u)) {
		put_name(w, "leader");
		buf_puts(w->t, "true");
	}
	if (u->principal == NULL)
		put_string(w, "machine", memory_brief("%u", u->machine_id));
	model_address(u, ip);
	put_string(w, "public-address", ip);
	put_subordinates(w, u);
	put_close(w);
	free(status);
}

static int
rank(const char *status)
{
	int i;

	for (i = 0; i < SEVERITIES - 1 && strcmp(severity[i], status) != 0; i++)
		continue;
	return i;
}

static void
put_app_status(struct writer *w, const struct app *a)
{
	const char *message;
	char *s;
	size_t i;
	int worst, of_unit;

	s = folder_status(w->m->dir, memory_brief("apps/%s/status", a->name), &message);
	worst = rank(s);
	if (strcmp(s, "unknown") == 0) {
		for (i = 0; i < a->units; i++) {
			free(s);
			s = unit_status(w->m, a->unit[i], &message);
			of_unit = rank(s);
			worst = of_unit < worst ? of_unit : worst;
		}
		message = "";
	}
	put_status(w, "application-status", severity[worst], message,
	    memory_brief("apps/%s/status", a->name), NULL);
	free(s);
}

static void
put_app(struct writer *w, const struct app *a)
{
	size_t i;

	put_open(w, a->name);
	put_string(w, "charm", a->charm);
	put_base(w);
	if (w->juju->major < 3)
		put_string(w, "os", "ubuntu");
	put_string(w, "charm-origin", "charmhub");
	put_string(w, "charm-name", a->charm);
	put_name(w, "charm-rev");
	buf_puts(w->t, "1");
	put_name(w, "exposed");
	buf_puts(w->t, "false");
	put_app_status(w, a);
	put_relations(w, a, w->juju->major < 3);
	if (a->subordinate_to != NULL) {
		put_name(w, "subordinate-to");
		buf_puts(w->t, "[");
		text_json(w->t, a->subordinate_to);
		buf_puts(w->t, "]");
	} else if (a->units > 0) {
		put_open(w, "units");
		for (i = 0; i < a->units; i++)
			put_unit(w, a->unit[i]);
		put_close(w);
	}
	put_close(w);
}

static const char *
interface_of(const struct model *m, const struct app *a, const char *endpoint)
{
	size_t i;
	int end;

	for (i = 0; i < m->relations; i++) {
		end = end_of(m->relation[i], a);
		if (end >= 0 && strcmp(m->relation[i]->end[end].endpoint, endpoint) == 0)
			return m->relation[i]->interface;
	}
	return "";
}

static void
put_remote(struct writer *w, const struct app *a)
{
	const char *endpoint;

	put_open(w, a->name);
	put_string(w, "url", a->url);
	put_open(w, "endpoints");
	endpoint = NULL;
	while ((endpoint = next_endpoint(w->m, a, endpoint)) != NULL) {
		put_open(w, endpoint);
		put_string(w, "interface", interface_of(w->m, a, endpoint));
		put_string(w, "role", "provider");
		put_close(w);
	}
	put_close(w);
	put_app_status(w, a);
	put_relations(w, a, true);
	put_close(w);
}

static void
put_model(struct writer *w)
{
	put_open(w, "model");
	put_string(w, "name", strrchr(w->m->path, '/') + 1);
	put_string(w, "type", "iaas");
	put_string(w, "controller", "stand-in");
	put_string(w, "cloud", "localhost");
	put_string(w, "version", w->version);
	put_status(w, "model-status", "available", "", "next", NULL);
	if (w->juju->major < 4)
		put_string(w, "sla", "unsupported");
	put_close(w);
}

static void
put_apps(struct writer *w, bool remote)
{
	const struct app *a;
	size_t i;

	for (i = 0; i < w->m->apps; i++) {
		a = w->m->app[i];
		if ((a->url != NULL) == remote)
			remote ? put_remote(w, a) : put_app(w, a);
	}
}

static bool
any_remote(const struct model *m)
{
	size_t i;

	for (i = 0; i < m->apps && m->app[i]->url == NULL; i++)
		continue;
	return i < m->apps;
}

void
status_json(const struct model *m, const struct version *juju, struct buf *t)
{
	struct writer w = {.m = m, .juju = juju, .t = t, .comma = ""};

	snprintf(w.version, sizeof w.version, "%d.%d.%d", juju->major, juju->minor, juju->patch);
	put_open(&w, NULL);
	put_model(&w);
	put_machines(&w);
	put_open(&w, "applications");
	put_apps(&w, false);
	put_close(&w);
	if (any_remote(m)) {
		put_open(&w, "application-endpoints");
		put_apps(&w, true);
		put_close(&w);
	}
	put_close(&w);
	buf_puts(t, "\n");
}

static int
widest(const struct model *m, bool machine)
{
	size_t i, n, max;

	for (i = 0, max = 8; i < m->units; i++) {
		n = strlen(machine ? m->unit[i]->machine : m->unit[i]->name);
		max = n > max ? n : max;
	}
	return (int)max;
}

void
status_table(const struct model *m, struct buf *t)
{
	const struct unit *u;
	const char *message;
	char *s;
	size_t i;
	int wu, wm;

	wu = widest(m, false);
	wm = widest(m, true);
	buf_printf(t, "%-*s  %-*s  %-11s  %-6s  %s\n", wu, "UNIT", wm, "MACHINE", "STATUS",
	    "LEADER", "MESSAGE");
	for (i = 0; i < m->units; i++) {
		u = m->unit[i];
		s = unit_status(m, u, &message);
		buf_printf(t, "%-*s  %-*s  %-11s  %-6s  %s\n", wu, u->name, wm, u->machine, s,
		    model_leads(u) ? "yes" : "-", message);
		free(s);
	}
}
