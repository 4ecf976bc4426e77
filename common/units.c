#include <ctype.h>
#include <string.h>

#include "units.h"

static const char interface_name[] = "worker-cluster";
static const char distributor_charm[] = "microcluster-token-distributor";
static const char distributor_endpoint[] = "microcluster-cluster";

/* A relation, as seen from one end. */
struct link {
	const char *app;
	const char *endpoint;
	const char *related;
	const char *interface; /* NULL: not known */
};

/* Bits of an application's count in the map apps. */
enum { PICKED = 1, ASKED = 2 };

struct search {
	struct units *u;
	const char *name; /* the text's, for messages */
	struct fail *f;
	bool untold; /* some relation has no interface */
};

/* Looks at one relation. Returns 0 or -1. */
typedef int visitor(struct search *s, const struct link *l);

static int
wrong(const struct search *s, const char *where, const char *what, const char *expected,
    const cJSON *got)
{
	return fail_set(s->f, STATUS_INPUT, "%s: %s: %s: expected %s, got %s", name_of(s->name).s,
	    name_of(where).s, name_of(what).s, expected, json_kind(got));
}

/* Sets *m to the member of that name; NULL: none, or null. Returns 0, or -1: it isn't an object. */
static int
object_member(
    const struct search *s, const char *where, const cJSON *node, const char *name, const cJSON **m)
{
	*m = json_member(node, name);
	if (*m && cJSON_IsNull(*m))
		*m = NULL;
	if (*m && !cJSON_IsObject(*m))
		return wrong(s, where, name, "an object", *m);
	return 0;
}

static const char *
string_member(const cJSON *node, const char *name)
{
	const cJSON *m = json_member(node, name);

	return m && cJSON_IsString(m) ? m->valuestring : NULL;
}

static bool
is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* Sets bits of an application, if the status has it: one of another model may be missing. */
static void
mark(struct search *s, const char *app, size_t bits)
{
	struct map_entry *e = map_get(&s->u->apps, 0, app);

	if (e)
		e->count |= bits;
}

static bool
has(const struct search *s, const char *app, size_t bit)
{
	const struct map_entry *e = map_get(&s->u->apps, 0, app);

	return e && e->count & bit;
}

static void
pick_both(struct search *s, const struct link *l)
{
	mark(s, l->app, PICKED);
	mark(s, l->related, PICKED);
}

static int
visit_asked(struct search *s, const struct link *l)
{
	if (has(s, l->app, ASKED) || has(s, l->related, ASKED))
		pick_both(s, l);
	return 0;
}

static int
visit_told(struct search *s, const struct link *l)
{
	s->untold |= !l->interface;
	if (is(l->interface, interface_name))
		pick_both(s, l);
	return 0;
}

static bool
is_distributor(const struct search *s, const char *app)
{
	return is(map_value(&s->u->apps, app), distributor_charm);
}

static int
visit_signs(struct search *s, const struct link *l)
{
	if (!l->interface && strcmp(l->app, l->related) != 0 &&
	    (is(l->endpoint, distributor_endpoint) || is_distributor(s, l->app) ||
		is_distributor(s, l->related)))
		pick_both(s, l);
	return 0;
}

static int
visit_any(struct search *s, const struct link *l)
{
	if (!l->interface && strcmp(l->app, l->related) != 0)
		pick_both(s, l);
	return 0;
}

/* The interface of an endpoint; only applications of other models have it there. */
static const char *
remote_interface(const cJSON *app, const char *endpoint)
{
	return string_member(json_member(json_member(app, "endpoints"), endpoint), "interface");
}

/* Looks at the other end of a relation, which is a name or an object. */
static int
visit_end(struct search *s, const cJSON *app, const char *endpoint, const cJSON *end, visitor *look)
{
	struct link l = {app->string, endpoint, NULL, NULL};

	if (cJSON_IsString(end)) {
		l.related = end->valuestring;
		l.interface = remote_interface(app, endpoint);
		return look(s, &l);
	}
	if (!cJSON_IsObject(end))
		return wrong(s, app->string, endpoint, "an application's name or an object", end);
	l.related = string_member(end, "related-application");
	l.interface = string_member(end, "interface");
	if (!l.related)
		return fail_set(s->f, STATUS_INPUT, "%s: %s: %s: related-application is missing",
		    name_of(s->name).s, name_of(app->string).s, name_of(endpoint).s);
	return look(s, &l);
}

static int
visit_app(struct search *s, const cJSON *app, visitor *look)
{
	const cJSON *relations, *list, *end;

	if (object_member(s, app->string, app, "relations", &relations))
		return -1;
	for (list = relations ? relations->child : NULL; list; list = list->next) {
		if (!cJSON_IsArray(list))
			return wrong(s, app->string, list->string, "an array", list);
		for (end = list->child; end; end = end->next)
			if (visit_end(s, app, list->string, end, look))
				return -1;
	}
	return 0;
}

/* The status's members with applications. All but the first have those of other models. */
static const char *const holders[] = {
    "applications", "application-endpoints", "remote-application"};
enum { HOLDERS = sizeof holders / sizeof *holders };

/* The first application of that holder, or NULL. read_apps has checked that it is an object. */
static const cJSON *
first_app(const struct search *s, size_t holder)
{
	const cJSON *m = json_member(s->u->json.root, holders[holder]);

	return m ? m->child : NULL;
}

static int
visit_all(struct search *s, visitor *look)
{
	const cJSON *app;
	size_t i;

	for (i = 0; i < HOLDERS; i++)
		for (app = first_app(s, i); app; app = app->next)
			if (visit_app(s, app, look))
				return -1;
	return 0;
}

/*
 * Picks applications with an offer. The other ends are in other models: the status has only their
 * number.
 */
static int
pick_offered(struct search *s)
{
	const cJSON *offers, *offer, *endpoints, *e, *count;

	if (object_member(s, "the status", s->u->json.root, "offers", &offers))
		return -1;
	for (offer = offers ? offers->child : NULL; offer; offer = offer->next) {
		if (object_member(s, offer->string, offer, "endpoints", &endpoints))
			return -1;
		count = json_member(offer, "total-connected-count");
		if (!string_member(offer, "application") ||
		    (count && cJSON_IsNumber(count) && count->valuedouble <= 0))
			continue;
		for (e = endpoints ? endpoints->child : NULL; e; e = e->next)
			if (is(string_member(e, "interface"), interface_name))
				mark(s, string_member(offer, "application"), PICKED);
	}
	return 0;
}

static bool
any_picked(const struct search *s)
{
	size_t i;

	for (i = 0; i < s->u->apps.n; i++)
		if (s->u->apps.entries[i].count & PICKED)
			return true;
	return false;
}

static int
pick_related(struct search *s)
{
	if (visit_all(s, visit_told) || pick_offered(s))
		return -1;
	if (s->untold && visit_all(s, visit_signs))
		return -1;
	return s->untold && !any_picked(s) ? visit_all(s, visit_any) : 0;
}

static int
no_app(const struct search *s, const char *name)
{
	const struct map *apps = &s->u->apps;
	char list[256] = "";
	size_t i;

	for (i = 0; i < apps->n && strlen(list) + sizeof(struct name) + 8 < sizeof list; i++) {
		strcat(list, i ? ", " : "");
		strcat(list, name_of(apps->entries[i].key).s);
	}
	return fail_set(s->f, STATUS_INPUT, "cannot find application %s: the model has %s%s",
	    name_of_argument(name).s, apps->n ? list : "none", i < apps->n ? ", ..." : "");
}

static int
pick_asked(struct search *s, const struct units_ask *ask)
{
	size_t i;

	for (i = 0; i < ask->napps; i++) {
		if (!map_get(&s->u->apps, 0, ask->apps[i]))
			return no_app(s, ask->apps[i]);
		mark(s, ask->apps[i], ASKED | PICKED);
	}
	return visit_all(s, visit_asked);
}

static bool
is_charm(const char *s)
{
	return s && *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s);
}

/* The charm's name: charm-name, or else charm; "" if it isn't a valid name. */
static const char *
charm_of(const cJSON *app)
{
	const char *s = string_member(app, "charm-name");

	if (!s)
		s = string_member(app, "charm");
	return is_charm(s) ? s : "";
}

static int
read_apps(struct search *s)
{
	const cJSON *root = s->u->json.root, *apps, *app;
	size_t i;

	if (!cJSON_IsObject(root) || !json_member(root, holders[0]))
		return fail_set(s->f, STATUS_INPUT,
		    "cannot read %s: it has no applications; expected what juju status --format "
		    "json prints",
		    name_of(s->name).s);
	for (i = 0; i < HOLDERS; i++) {
		if (object_member(s, "the status", root, holders[i], &apps))
			return -1;
		for (app = apps ? apps->child : NULL; app; app = app->next) {
			if (!cJSON_IsObject(app))
				return wrong(s, holders[i], app->string, "an object", app);
			if (map_set(&s->u->apps, app->string, charm_of(app)))
				return fail_memory(s->f);
		}
	}
	return 0;
}

/* The length of the application's name in a unit's name; 0 if that isn't a unit's name. */
static size_t
app_length(const char *unit)
{
	size_t n = strspn(unit, "abcdefghijklmnopqrstuvwxyz0123456789-"),
	       digits = unit[n] == '/' ? strspn(unit + n + 1, "0123456789") : 0;

	return n && islower((unsigned char)*unit) && digits && !unit[n + 1 + digits] ? n : 0;
}

static int
take_unit(struct search *s, const char *unit, bool all)
{
	char app[256];
	size_t n = app_length(unit);
	struct map_entry *e;

	if (!n || n >= sizeof app)
		return fail_set(s->f, STATUS_INPUT, "%s: %s isn't a unit's name",
		    name_of(s->name).s, name_of(unit).s);
	memcpy(app, unit, n);
	app[n] = '\0';
	e = map_get(&s->u->apps, 0, app);
	if (!all && (!e || !(e->count & PICKED)))
		return 0;
	return map_set(&s->u->names, unit, e ? e->value : "") ? fail_memory(s->f) : 0;
}

/* Takes the units in a member of an application or of a principal unit. Only principals have
 * subordinates, so this is at most two levels deep. */
static int
take_units(struct search *s, const cJSON *owner, const char *member, bool all)
{
	const cJSON *units, *unit;

	if (object_member(s, owner->string, owner, member, &units))
		return -1;
	for (unit = units ? units->child : NULL; unit; unit = unit->next) {
		if (!cJSON_IsObject(unit))
			return wrong(s, owner->string, unit->string, "an object", unit);
		if (take_unit(s, unit->string, all))
			return -1;
		if (strcmp(member, "units") == 0 && take_units(s, unit, "subordinates", all))
			return -1;
	}
	return 0;
}

static int
find(struct search *s, const struct units_ask *ask)
{
	const cJSON *app;

	if (read_apps(s))
		return -1;
	if (!ask->all && (ask->napps ? pick_asked(s, ask) : pick_related(s)))
		return -1;
	for (app = first_app(s, 0); app; app = app->next)
		if (take_units(s, app, "units", ask->all))
			return -1;
	return 0;
}

int
units_find(struct units *u, char *text, size_t n, const char *name, const struct units_ask *ask,
    struct fail *f)
{
	struct search s = {u, name, f, false};

	memset(u, 0, sizeof *u);
	if (json_read(&u->json, text, n, name, f) == 0 && find(&s, ask) == 0)
		return 0;
	units_free(u);
	return -1;
}

void
units_free(struct units *u)
{
	map_free(&u->names);
	map_free(&u->apps);
	json_free(&u->json);
}
