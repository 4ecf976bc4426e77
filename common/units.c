#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "units.h"

static const char interface_name[] = "worker-cluster";
static const char distributor_charm[] = "microcluster-token-distributor";
static const char distributor_endpoint[] = "microcluster-cluster";

/* Bits of an application's count in the map apps. */
enum { PICKED = 1, ASKED = 2 };

/* A relation, as seen from one end. Applications are entries of the map apps. */
struct link {
	struct map_entry *app;
	struct map_entry *related; /* NULL: not in the status, as one of another model may be */
	const char *endpoint;
	const char *interface; /* NULL: not known */
};

struct search {
	struct units *u;
	const char *name; /* the text's, for messages */
	struct fail *f;
	struct link *links;
	size_t n;
	size_t cap;
};

/* Which relations count. */
enum rule {
	TO_ASKED,	/* those of an application that was asked for */
	OF_INTERFACE,	/* those over worker-cluster */
	LIKELY,		/* those with a sign of the distributor, if the interface isn't known */
	BETWEEN_OTHERS, /* those between different applications, if it isn't known */
};

/* Says where in the status a fault is. */
static int
fail_in(const struct search *s, const char *where)
{
	return fail_at(s->f, "%s: %s", name_of(s->name).s, name_of(where).s);
}

static int
wrong(const struct search *s, const char *where, const char *expected, const cJSON *got)
{
	json_expected(got, expected, s->f);
	return fail_in(s, where);
}

/* Sets *m to the member of that name; NULL: none, or null. Returns 0, or -1: it isn't an object. */
static int
object_member(
    const struct search *s, const char *where, const cJSON *node, const char *name, const cJSON **m)
{
	return json_object(json_value(node, name), m, s->f) ? fail_in(s, where) : 0;
}

static const char *
string_member(const cJSON *node, const char *name)
{
	return cJSON_GetStringValue(json_member(node, name));
}

static bool
is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static bool
has(const struct map_entry *app, size_t bit)
{
	return app && app->count & bit;
}

static bool
is_distributor(const struct map_entry *app)
{
	return app && is(app->value, distributor_charm);
}

static bool
counts(const struct link *l, enum rule rule)
{
	if (rule == TO_ASKED)
		return has(l->app, ASKED) || has(l->related, ASKED);
	if (rule == OF_INTERFACE)
		return is(l->interface, interface_name);
	if (l->interface || l->app == l->related)
		return false;
	return rule == BETWEEN_OTHERS || is(l->endpoint, distributor_endpoint) ||
	       is_distributor(l->app) || is_distributor(l->related);
}

static void
pick(struct search *s, enum rule rule)
{
	struct link *l;

	for (l = s->links; l < s->links + s->n; l++) {
		if (!counts(l, rule))
			continue;
		l->app->count |= PICKED;
		if (l->related)
			l->related->count |= PICKED;
	}
}

/* The interface of an endpoint; only applications of other models have it there. */
static const char *
remote_interface(const cJSON *app, const char *endpoint)
{
	return string_member(json_member(json_member(app, "endpoints"), endpoint), "interface");
}

/* Adds the relation whose other end is a name or an object. */
static int
add_link(struct search *s, const cJSON *app, const char *endpoint, const cJSON *end)
{
	struct map *apps = &s->u->apps;
	struct link *l, *moved = array_room(s->links, s->n, &s->cap, sizeof *moved);
	const char *related = string_member(end, "related-application");

	if (!moved)
		return fail_memory(s->f);
	s->links = moved;
	l = &s->links[s->n++];
	*l = (struct link){map_get(apps, 0, app->string), NULL, endpoint, NULL};
	if (cJSON_IsString(end)) {
		related = end->valuestring;
		l->interface = remote_interface(app, endpoint);
	} else if (cJSON_IsObject(end)) {
		l->interface = string_member(end, "interface");
	} else {
		json_expected(end, "an application's name or an object", s->f);
		fail_at(s->f, "%s", name_of(endpoint).s);
		return fail_in(s, app->string);
	}
	if (!related)
		return fail_set(s->f, STATUS_INPUT, "%s: %s: %s: related-application is missing",
		    name_of(s->name).s, name_of(app->string).s, name_of(endpoint).s);
	l->related = map_get(apps, 0, related);
	return 0;
}

static int
read_links(struct search *s, const cJSON *app)
{
	const cJSON *relations, *list, *end;

	if (object_member(s, app->string, app, "relations", &relations))
		return -1;
	for (list = relations ? relations->child : NULL; list; list = list->next) {
		if (!cJSON_IsArray(list))
			return wrong(s, app->string, "an array", list);
		for (end = list->child; end; end = end->next)
			if (add_link(s, app, list->string, end))
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
read_all_links(struct search *s)
{
	const cJSON *app;
	size_t i;

	for (i = 0; i < HOLDERS; i++)
		for (app = first_app(s, i); app; app = app->next)
			if (read_links(s, app))
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
	struct map_entry *app;
	const char *name;

	if (object_member(s, "the status", s->u->json.root, "offers", &offers))
		return -1;
	for (offer = offers ? offers->child : NULL; offer; offer = offer->next) {
		if (object_member(s, offer->string, offer, "endpoints", &endpoints))
			return -1;
		count = json_member(offer, "total-connected-count");
		name = string_member(offer, "application");
		app = name ? map_get(&s->u->apps, 0, name) : NULL;
		if (!app || (count && cJSON_IsNumber(count) && count->valuedouble <= 0))
			continue;
		for (e = endpoints ? endpoints->child : NULL; e; e = e->next)
			if (is(string_member(e, "interface"), interface_name))
				app->count |= PICKED;
	}
	return 0;
}

static bool
any_picked(const struct search *s)
{
	size_t i;

	for (i = 0; i < s->u->apps.n; i++)
		if (has(&s->u->apps.entries[i], PICKED))
			return true;
	return false;
}

static int
pick_related(struct search *s)
{
	pick(s, OF_INTERFACE);
	if (pick_offered(s))
		return -1;
	pick(s, LIKELY);
	if (!any_picked(s))
		pick(s, BETWEEN_OTHERS);
	return 0;
}

static int
no_app(const struct search *s, const char *name)
{
	struct name_list apps = {""};
	size_t i;

	for (i = 0; i < s->u->apps.n; i++)
		name_list_add(&apps, name_of(s->u->apps.entries[i].key).s);
	return fail_set(s->f, STATUS_INPUT, "cannot find application %s: the model has %s",
	    name_of_argument(name).s, apps.s[0] ? apps.s : "none");
}

static int
pick_asked(struct search *s, const struct units_ask *ask)
{
	struct map_entry *app;
	size_t i;

	for (i = 0; i < ask->napps; i++) {
		app = map_get(&s->u->apps, 0, ask->apps[i]);
		if (!app)
			return no_app(s, ask->apps[i]);
		app->count |= ASKED | PICKED;
	}
	pick(s, TO_ASKED);
	return 0;
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
				return wrong(s, holders[i], "an object", app);
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
	if (!all && !has(e, PICKED))
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
			return wrong(s, owner->string, "an object", unit);
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
	if (!ask->all && (read_all_links(s) || (ask->napps ? pick_asked(s, ask) : pick_related(s))))
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
	struct search s = {.u = u, .name = name, .f = f};
	int r;

	memset(u, 0, sizeof *u);
	r = json_read(&u->json, text, n, name, f) || find(&s, ask) ? -1 : 0;
	free(s.links);
	if (r)
		units_free(u);
	return r;
}

void
units_free(struct units *u)
{
	map_free(&u->names);
	map_free(&u->apps);
	json_free(&u->json);
}
