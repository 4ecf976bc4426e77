#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doc.h"
#include "mirror.h"

/* Sets *bag to the databag in a member of from, or to NULL. Messages about the bag's entries name
 * it where, unless that is NULL. */
static int
read_bag(const cJSON *from, const char *name, const char *where, const cJSON **bag, struct fail *f)
{
	const cJSON *e;

	if (json_object(json_value(from, name), bag, f))
		return -1;
	for (e = *bag ? (*bag)->child : NULL; e; e = e->next) {
		if (cJSON_IsString(e) || cJSON_IsNull(e))
			continue;
		json_expected(e, "a string", f);
		return where ? fail_at(f, "%s", where) : -1;
	}
	return 0;
}

/* Takes a related unit into r, if it is in scope. */
static int
read_unit(const cJSON *node, struct doc_relation *r, struct fail *f)
{
	struct doc_unit *u = &r->units[r->nunits];
	const cJSON *m = json_value(node, "in-scope");
	bool in_scope;

	if (json_bool(m, &in_scope, f) || read_bag(node, "data", NULL, &u->data, f))
		return -1;
	u->name = node->string;
	u->up = strcmp(doc_get(u->data, KEY_MIRROR), MIRROR_UP) == 0;
	r->nunits += in_scope || !m;
	return 0;
}

static int
read_units(const cJSON *units, struct doc_relation *r, struct arena *arena, struct fail *f)
{
	const cJSON *node;

	r->units = arena_make(arena, (size_t)cJSON_GetArraySize(units) * sizeof *r->units);
	if (!r->units)
		return fail_memory(f);
	for (node = units ? units->child : NULL; node; node = node->next) {
		if (!cJSON_IsObject(node)) {
			json_expected(node, "an object", f);
			return fail_at(f, "related-units");
		}
		if (read_unit(node, r, f))
			return fail_at(f, "related unit %s", name_of(node->string).s);
	}
	return 0;
}

static int
read_id(const cJSON *m, long *id, struct fail *f)
{
	*id = -1;
	if (!m)
		return 0;
	if (!cJSON_IsNumber(m))
		return json_expected(m, "a number", f);
	if (m->valuedouble < 0 || m->valuedouble > DOC_ID_MAX ||
	    m->valuedouble != (int)m->valuedouble)
		return fail_set(f, STATUS_INPUT, "relation-id: no relation has this number");
	*id = (long)m->valuedouble;
	return 0;
}

/* The application at the other end: td-snapshot tells it; else the first related unit's name does.
 */
static int
read_related_app(const cJSON *node, const cJSON *units, struct doc_relation *r, struct arena *arena,
    struct fail *f)
{
	const char *unit;

	if (json_string(json_value(node, "related-application"), &r->related_app, f))
		return -1;
	if (r->related_app || !units || !units->child)
		return 0;
	unit = units->child->string;
	r->derived_app = true;
	r->related_app = arena_copy(arena, unit, doc_app_length(unit));
	return r->related_app ? 0 : fail_memory(f);
}

static bool
same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool
is_peer(const struct doc_relation *r)
{
	return same(r->endpoint, r->related_endpoint);
}

/* Sets *bag to the unit's own databag, or to NULL. */
static int
read_local(const cJSON *node, const cJSON **bag, struct fail *f)
{
	const cJSON *local;

	if (json_object(json_value(node, "local-unit"), &local, f))
		return -1;
	return read_bag(local, "data", NULL, bag, f) ? fail_at(f, "local-unit") : 0;
}

static int
read_relation(const cJSON *node, struct doc_relation *r, struct arena *arena, struct fail *f)
{
	const cJSON *units;

	r->id = -1;
	r->node = node;
	if (!cJSON_IsObject(node))
		return fail_set(f, STATUS_INPUT, "expected an object, got %s", json_kind(node));
	if (read_id(json_value(node, "relation-id"), &r->id, f) ||
	    json_string(json_value(node, "endpoint"), &r->endpoint, f) ||
	    json_string(json_value(node, "related-endpoint"), &r->related_endpoint, f) ||
	    json_bool(json_value(node, "partial"), &r->partial, f) ||
	    read_bag(node, "application-data", "application-data", &r->app_data, f) ||
	    read_bag(
		node, "local-application-data", "local-application-data", &r->local_app_data, f) ||
	    read_local(node, &r->local_data, f) ||
	    json_object(json_value(node, "related-units"), &units, f) ||
	    read_units(units, r, arena, f) || read_related_app(node, units, r, arena, f))
		return -1;
	r->unknown = r->local_data && !json_member(node, "related-units") && !is_peer(r);
	mirror_choose(r);
	return 0;
}

/* Says in which relation a fault is. */
static int
fail_in(const struct doc_relation *r, struct fail *f)
{
	return r->id >= 0 ? fail_at(f, "relation %ld", r->id)
			  : fail_at(f, "relation-info[%zu]", r->place);
}

static int
read_view(const cJSON *node, struct doc_view *v, struct arena *arena, struct fail *f)
{
	const cJSON *relations, *m;
	struct doc_relation *r;

	v->unit = node->string;
	if (!cJSON_IsObject(node))
		return fail_set(
		    f, STATUS_INPUT, "the unit: expected an object, got %s", json_kind(node));
	v->leader_known = json_value(node, "leader");
	if (json_bool(json_value(node, "leader"), &v->leader, f) ||
	    json_array(json_value(node, "relation-info"), &relations, f))
		return -1;
	v->listed = relations;
	v->relations =
	    arena_make(arena, (size_t)cJSON_GetArraySize(relations) * sizeof *v->relations);
	if (!v->relations)
		return fail_memory(f);
	for (m = relations ? relations->child : NULL; m; m = m->next) {
		r = &v->relations[v->nrelations];
		r->place = v->nrelations++;
		if (read_relation(m, r, arena, f))
			return fail_in(r, f);
	}
	return 0;
}

static int
read_views(struct doc *d, const char *name, struct fail *f)
{
	const cJSON *root = d->json.root, *node;

	if (!cJSON_IsObject(root)) {
		json_expected(root, "an object of units", f);
		return fail_at(f, "cannot read %s", name_of(name).s);
	}
	d->views = arena_make(&d->json.arena, (size_t)cJSON_GetArraySize(root) * sizeof *d->views);
	if (!d->views)
		return fail_memory(f);
	for (node = root->child; node; node = node->next)
		if (read_view(node, &d->views[d->nviews++], &d->json.arena, f))
			return fail_at(f, "%s", name_of(node->string).s);
	return 0;
}

int
doc_take(struct doc *d, struct buf *b, const char *name, struct fail *f)
{
	memset(d, 0, sizeof *d);
	if (json_take(&d->json, b, name, f) == 0 && read_views(d, name, f) == 0)
		return 0;
	doc_free(d);
	return -1;
}

void
doc_free(struct doc *d)
{
	json_free(&d->json);
	memset(d, 0, sizeof *d);
}

int
doc_relation_id(const char *id, long *n)
{
	const char *colon = strrchr(id, ':'), *digits = colon ? colon + 1 : id;
	size_t len = strlen(digits);

	if (!len || len > 10 || strspn(digits, "0123456789") != len)
		return -1;
	*n = strtol(digits, NULL, 10);
	return *n <= DOC_ID_MAX ? 0 : -1;
}

static bool
wanted(const struct doc_relation *r, const struct doc_select *sel)
{
	const char *colon = sel->relation ? strrchr(sel->relation, ':') : NULL;
	size_t n = colon ? (size_t)(colon - sel->relation) : 0;

	if (!sel->endpoint && !sel->relation)
		return !is_peer(r);
	if (sel->endpoint && !same(r->endpoint, sel->endpoint))
		return false;
	if (!sel->relation)
		return true;
	if (n && r->endpoint &&
	    (strlen(r->endpoint) != n || strncmp(r->endpoint, sel->relation, n) != 0))
		return false;
	return r->id == sel->id;
}

static void
narrow_view(struct doc_view *v, const struct doc_select *sel)
{
	const struct doc_select others = {.endpoint = sel->endpoint};
	size_t i, n = 0;

	for (i = 0; i < v->nrelations; i++) {
		if (wanted(&v->relations[i], sel))
			v->relations[n++] = v->relations[i];
		else
			v->narrowed |= wanted(&v->relations[i], &others);
	}
	v->nrelations = n;
}

static void
list_units(const struct doc *d, struct name_list *list)
{
	size_t i;

	for (i = 0; i < d->nviews; i++)
		name_list_add(list, name_of(d->views[i].unit).s);
}

/* Adds v's relations to the list, as -r and -e take them. */
static void
list_relations(const struct doc_view *v, struct name_list *list)
{
	const struct doc_relation *r;
	char item[100];

	for (r = v->relations; r < v->relations + v->nrelations; r++) {
		if (r->endpoint && r->id >= 0)
			snprintf(item, sizeof item, "%s:%ld", name_of(r->endpoint).s, r->id);
		else if (r->endpoint)
			snprintf(item, sizeof item, "%s", name_of(r->endpoint).s);
		else if (r->id >= 0)
			snprintf(item, sizeof item, "%ld", r->id);
		else
			snprintf(item, sizeof item, "one without a name");
		name_list_add(list, item);
	}
}

/* Is v the unit that sel asks for, if it asks for one? */
static bool
is_asked(const struct doc_view *v, const struct doc_select *sel)
{
	return !sel->unit || strcmp(v->unit, sel->unit) == 0;
}

/* Has v a relation that sel asks for, or none at all? */
static bool
has_asked(const struct doc_view *v, const struct doc_select *sel)
{
	size_t i;

	for (i = 0; i < v->nrelations; i++)
		if (wanted(&v->relations[i], sel))
			return true;
	return !v->nrelations && v->listed;
}

int
doc_check_asked(const struct doc *d, const struct doc_select *sel, struct fail *f)
{
	struct name_list list = {""};
	const struct doc_view *v;
	bool some = false;

	if (!sel->endpoint && !sel->relation)
		return 0;
	for (v = d->views; v < d->views + d->nviews; v++) {
		if (!is_asked(v, sel))
			continue;
		if (has_asked(v, sel))
			return 0;
		some = true;
		list_relations(v, &list);
	}
	if (!some)
		return 0;
	return fail_set(f, STATUS_INPUT, "cannot find %s%s%s%s: the document has %s",
	    sel->relation ? "relation " : "a relation",
	    sel->relation ? name_of_argument(sel->relation).s : "",
	    sel->endpoint ? " of endpoint " : "",
	    sel->endpoint ? name_of_argument(sel->endpoint).s : "", list.s[0] ? list.s : "none");
}

int
doc_narrow(struct doc *d, const struct doc_select *sel, struct fail *f)
{
	struct name_list units = {""};
	size_t i, n = 0;

	list_units(d, &units);
	for (i = 0; i < d->nviews; i++) {
		if (!is_asked(&d->views[i], sel))
			continue;
		narrow_view(&d->views[i], sel);
		d->views[n++] = d->views[i];
	}
	if (sel->unit && !n)
		return fail_set(f, STATUS_INPUT, "cannot find unit %s: the document has %s",
		    name_of_argument(sel->unit).s, units.s[0] ? units.s : "none");
	d->nviews = n;
	return 0;
}

struct doc_view *
doc_one_unit(struct doc *d, struct fail *f)
{
	struct name_list units = {""};

	if (d->nviews == 1)
		return d->views;
	list_units(d, &units);
	if (d->nviews)
		fail_set(f, STATUS_INPUT,
		    "cannot choose a unit: the document has %s; name one with -u", units.s);
	else
		fail_set(f, STATUS_INPUT, "cannot find a unit: the document has none");
	return NULL;
}

int
doc_one_relation(struct doc_view *v, struct doc_relation **r, struct fail *f)
{
	struct name_list list = {""};

	*r = v->nrelations == 1 ? v->relations : NULL;
	if (v->nrelations <= 1)
		return 0;
	list_relations(v, &list);
	return fail_set(f, STATUS_INPUT,
	    "cannot choose a relation: %s has %s; name one with -r or -e", name_of(v->unit).s,
	    list.s);
}

/* Says that in a relation of v something is missing. */
static int
fail_missing(
    const struct doc_view *v, const struct doc_relation *r, const char *what, struct fail *f)
{
	fail_set(f, STATUS_INPUT, "%s", what);
	fail_in(r, f);
	return fail_at(f, "%s", name_of(v->unit).s);
}

int
doc_check_known(const struct doc_view *v, const struct doc_relation *r, struct fail *f)
{
	if (!r->unknown)
		return 0;
	return fail_missing(v, r,
	    "related-units: expected the related units, got nothing (show-unit of Juju 4.0.0 to "
	    "4.0.5 leaves them out; td-snapshot, in a hook, doesn't)",
	    f);
}

int
doc_check_own(const struct doc_view *v, struct fail *f)
{
	const struct doc_relation *r;

	for (r = v->relations; r < v->relations + v->nrelations; r++) {
		if (r->id < 0)
			return fail_missing(v, r, "relation-id: expected a number, got nothing", f);
		if (!r->local_data)
			return fail_missing(v, r,
			    "local-unit: expected the unit's own databag in data, got none "
			    "(show-unit doesn't know it, td-snapshot does)",
			    f);
	}
	return 0;
}

size_t
doc_app_length(const char *unit)
{
	return strcspn(unit, "/");
}

bool
doc_is_unit_of(const char *unit, const char *app)
{
	size_t n = doc_app_length(unit);

	return app && strlen(app) == n && strncmp(app, unit, n) == 0;
}

bool
doc_same_number(const char *unit, const char *other)
{
	return strcmp(unit + doc_app_length(unit), other + doc_app_length(other)) == 0;
}

bool
doc_is_remote(const char *name)
{
	return strncmp(name, "remote-", 7) == 0;
}

/* The entry itself or the first after it that isn't null. */
static const cJSON *
not_null(const cJSON *e)
{
	while (e && cJSON_IsNull(e))
		e = e->next;
	return e;
}

const cJSON *
doc_first(const cJSON *bag)
{
	return not_null(bag ? bag->child : NULL);
}

const cJSON *
doc_next(const cJSON *entry)
{
	return not_null(entry->next);
}

const char *
doc_get(const cJSON *bag, const char *key)
{
	const cJSON *e = json_member(bag, key);

	return e && cJSON_IsString(e) ? e->valuestring : "";
}
