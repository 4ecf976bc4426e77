#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "show.h"

/* A databag's JSON, "{}" when there is none. */
static char *
show_bag(const struct model *m, const struct relation *r, const char *kind, const char *name)
{
	char *path, *s;
	size_t n;

	path = text_make("relations/%u/%s/%s", r->id, kind, name);
	s = file_read(m->dir, path, &n);
	free(path);
	if (s == NULL || n <= FILE_BAG_HEAD) {
		free(s);
		return text_make("{}");
	}
	memmove(s, s + FILE_BAG_HEAD, n - FILE_BAG_HEAD);
	s[n - FILE_BAG_HEAD - 1] = '\0';
	return s;
}

static void
show_related(
    const struct model *m, const struct unit *u, const struct relation *r, int end, struct text *t)
{
	const struct app *remote;
	const struct unit *v;
	char *bag;
	size_t i;
	bool in, first;

	remote = r->end[1 - end].app;
	first = true;
	for (i = 0; i < remote->units; i++) {
		v = remote->unit[i];
		if (v == u)
			continue;
		text_str(t, first ? ",\"related-units\":{" : ",");
		first = false;
		in = !v->dying && model_side(v, r) != NULL;
		bag = in ? show_bag(m, r, "unit", v->file) : text_make("{}");
		text_json(t, v->name);
		text_fmt(t, ":{\"in-scope\":%s,\"data\":%s}", in ? "true" : "false", bag);
		free(bag);
	}
	text_str(t, first ? "" : "}");
}

static bool
show_relation(const struct model *m, const struct unit *u, const struct relation *r, int juju,
    bool always, struct text *t)
{
	const struct app *remote;
	char *data, *own;
	bool local, in, show;
	int end;

	end = r->end[0].app == u->app ? 0 : 1;
	remote = r->end[1 - end].app;
	data = show_bag(m, r, "app", juju >= 4 ? u->app->name : remote->name);
	local = r->peer || juju >= 4;
	in = local && model_side(u, r) != NULL;
	own = in ? show_bag(m, r, "unit", u->file) : text_make("null");
	show = always || strcmp(data, "{}") != 0 || in || remote->units > (r->peer ? 1 : 0);
	if (show) {
		text_fmt(t, "{\"relation-id\":%u,\"endpoint\":", r->id);
		text_json(t, r->end[end].endpoint);
		text_str(t, ",\"related-endpoint\":");
		text_json(t, r->end[1 - end].endpoint);
		text_fmt(t, ",\"application-data\":%s,\"local-unit\":{\"in-scope\":%s,\"data\":%s}",
		    data, in ? "true" : "false", own);
		show_related(m, u, r, end, t);
		text_str(t, "}");
	}
	free(data);
	free(own);
	return show;
}

static void
show_one(
    const struct model *m, const struct unit *u, int juju, const char *endpoint, struct text *t)
{
	const struct relation *r;
	struct text one = {0};
	char ip[16];
	size_t i;
	int end;
	bool any;

	model_address(u, ip);
	text_json(t, u->name);
	text_fmt(t,
	    ":{\"machine\":\"%u\",\"opened-ports\":[],\"public-address\":\"%s\","
	    "\"charm\":\"local:noble/%s-0\",\"leader\":%s,\"life\":\"%s\"",
	    u->machine_id, ip, u->app->name, model_leads(u) ? "true" : "false",
	    u->dying ? "dying" : "alive");
	any = false;
	for (i = 0; i < m->relations; i++) {
		r = m->relation[i];
		if ((r->end[0].app != u->app && r->end[1].app != u->app) || r->gone)
			continue;
		end = r->end[0].app == u->app ? 0 : 1;
		if (endpoint != NULL && strcmp(endpoint, r->end[end].endpoint) != 0)
			continue;
		if (!show_relation(m, u, r, juju, endpoint != NULL, &one))
			continue;
		text_str(t, any ? "," : ",\"relation-info\":[");
		any = true;
		text_add(t, one.s, one.n);
		text_free(&one);
	}
	text_str(t, any ? "]}" : "}");
}

void
show_unit(const struct model *m, struct unit *const *units, size_t n, int juju,
    const char *endpoint, struct text *t)
{
	size_t i;

	text_str(t, "{");
	for (i = 0; i < n; i++) {
		text_str(t, i > 0 ? "," : "");
		show_one(m, units[i], juju, endpoint, t);
	}
	text_str(t, "}\n");
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
show_status(const struct model *m, struct text *t)
{
	const struct unit *u;
	char *path, *s, *message;
	size_t i;
	int wu, wm;

	wu = widest(m, false);
	wm = widest(m, true);
	text_fmt(t, "%-*s  %-*s  %-11s  %-6s  %s\n", wu, "UNIT", wm, "MACHINE", "STATUS", "LEADER",
	    "MESSAGE");
	for (i = 0; i < m->units; i++) {
		u = m->unit[i];
		path = text_make("units/%s/status", u->file);
		s = u->failed.kind != HOOK_NONE
			? text_make("error\nhook failed: \"%s\"", u->failed.name)
			: file_read(m->dir, path, NULL);
		free(path);
		if (s == NULL)
			s = text_make("unknown\n");
		message = s + strcspn(s, "\n");
		if (*message == '\n')
			*message++ = '\0';
		text_fmt(t, "%-*s  %-*s  %-11s  %-6s  %s\n", wu, u->name, wm, u->machine, s,
		    model_leads(u) ? "yes" : "-", message);
		free(s);
	}
}
