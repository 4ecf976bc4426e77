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

/* Juju's issue 22539. */
static bool
hides_related(const struct version *juju)
{
	return juju->major == 4 && juju->minor == 0 && juju->patch <= 5;
}

static bool
show_relation(const struct model *m, const struct unit *u, const struct relation *r,
    const struct version *juju, bool always, struct text *t)
{
	const struct app *remote;
	char *data, *own;
	bool local, in, show;
	int end;

	end = r->end[0].app == u->app ? 0 : 1;
	remote = r->end[1 - end].app;
	data = show_bag(m, r, "app", juju->major >= 4 ? u->app->name : remote->name);
	local = r->peer || juju->major >= 4;
	in = local && model_side(u, r) != NULL;
	own = in ? show_bag(m, r, "unit", u->file) : text_make("null");
	show = always || strcmp(data, "{}") != 0 || in || remote->units > (r->peer ? 1 : 0);
	if (show) {
		text_fmt(t, "{\"relation-id\":%u,\"endpoint\":", r->id);
		text_json(t, r->end[end].endpoint);
		if (juju->major < 4 && (remote->url != NULL || u->app->url != NULL))
			text_str(t, ",\"cross-model\":true");
		text_str(t, ",\"related-endpoint\":");
		text_json(t, r->end[1 - end].endpoint);
		text_fmt(t, ",\"application-data\":%s,\"local-unit\":{\"in-scope\":%s,\"data\":%s}",
		    data, in ? "true" : "false", own);
		if (r->peer || !hides_related(juju))
			show_related(m, u, r, end, t);
		text_str(t, "}");
	}
	free(data);
	free(own);
	return show;
}

static void
show_one(const struct model *m, const struct unit *u, const struct version *juju,
    const char *endpoint, struct text *t)
{
	const struct relation *r;
	struct text one = {0};
	char ip[16], *path, *version;
	size_t i;
	int end;
	bool any;

	model_address(u, ip);
	text_json(t, u->name);
	text_str(t, ":{");
	path = text_make("units/%s/version", u->file);
	version = file_read(m->dir, path, NULL);
	if (version != NULL) {
		text_str(t, "\"workload-version\":");
		text_json(t, version);
		text_str(t, ",");
	}
	free(version);
	free(path);
	text_fmt(t,
	    "\"machine\":\"%u\",\"opened-ports\":[],\"public-address\":\"%s\","
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
show_unit(const struct model *m, struct unit *const *units, size_t n, const struct version *juju,
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
