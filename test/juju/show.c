#include <stdlib.h>
#include <string.h>

#include "bag.h"
#include "folder.h"
#include "show.h"

/* A databag's JSON, "{}" when there is none. */
static char *
show_bag(const struct model *m, const struct relation *r, const char *kind, const char *name)
{
	char *s;
	size_t n;

	s = file_read(m->dir, memory_brief("relations/%u/%s/%s", r->id, kind, name), &n);
	if (s == NULL || n <= BAG_HEAD) {
		free(s);
		return memory_text("{}");
	}
	memmove(s, s + BAG_HEAD, n - BAG_HEAD);
	s[n - BAG_HEAD - 1] = '\0';
	return s;
}

static void
show_related(
    const struct model *m, const struct unit *u, const struct relation *r, int end, struct buf *t)
{
	const struct app *remote = r->end[1 - end].app;
	const struct unit *v;
	char *bag;
	size_t i;
	bool in, first;

	first = true;
	for (i = 0; i < remote->units; i++) {
		v = remote->unit[i];
		if (v == u)
			continue;
		buf_puts(t, first ? ",\"related-units\":{" : ",");
		first = false;
		in = !v->dying && model_side(v, r) != NULL;
		bag = in ? show_bag(m, r, "unit", v->file) : memory_text("{}");
		text_json(t, v->name);
		buf_printf(t, ":{\"in-scope\":%s,\"data\":%s}", in ? "true" : "false", bag);
		free(bag);
	}
	buf_puts(t, first ? "" : "}");
}

/* Juju's issue 22539. */
static bool
hides_related(const struct version *juju)
{
	return juju->major == 4 && juju->minor == 0 && juju->patch <= 5;
}

static bool
show_relation(const struct model *m, const struct unit *u, const struct relation *r,
    const struct version *juju, bool always, struct buf *t)
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
	own = in ? show_bag(m, r, "unit", u->file) : memory_text("null");
	show = always || strcmp(data, "{}") != 0 || in || remote->units > (r->peer ? 1 : 0);
	if (show) {
		buf_printf(t, "{\"relation-id\":%u,\"endpoint\":", r->id);
		text_json(t, r->end[end].endpoint);
		if (juju->major < 4 && (remote->url != NULL || u->app->url != NULL))
			buf_puts(t, ",\"cross-model\":true");
		buf_puts(t, ",\"related-endpoint\":");
		text_json(t, r->end[1 - end].endpoint);
		buf_printf(t,
		    ",\"application-data\":%s,\"local-unit\":{\"in-scope\":%s,\"data\":%s}", data,
		    in ? "true" : "false", own);
		if (r->peer || !hides_related(juju))
			show_related(m, u, r, end, t);
		buf_puts(t, "}");
	}
	free(data);
	free(own);
	return show;
}

static void
show_one(const struct model *m, const struct unit *u, const struct version *juju,
    const char *endpoint, struct buf *t)
{
	const struct relation *r;
	struct buf one = {0};
	char ip[16], *version;
	size_t i;
	int end;
	bool any;

	model_address(u, ip);
	text_json(t, u->name);
	buf_puts(t, ":{");
	version = file_read(m->dir, memory_brief("units/%s/version", u->file), NULL);
	if (version != NULL) {
		buf_puts(t, "\"workload-version\":");
		text_json(t, version);
		buf_puts(t, ",");
	}
	free(version);
	buf_printf(t,
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
		buf_puts(t, any ? "," : ",\"relation-info\":[");
		any = true;
		buf_put(t, one.s, one.n);
		buf_free(&one);
	}
	buf_puts(t, any ? "]}" : "}");
}

void
show_unit(const struct model *m, struct unit *const *units, size_t n, const struct version *juju,
    const char *endpoint, struct buf *t)
{
	size_t i;

	buf_puts(t, "{");
	for (i = 0; i < n; i++) {
		buf_puts(t, i > 0 ? "," : "");
		show_one(m, units[i], juju, endpoint, t);
	}
	buf_puts(t, "}\n");
}
