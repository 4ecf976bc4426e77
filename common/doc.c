#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doc.h"
#include "mirror.h"

enum { LIST_SIZE = 400 }; /* of the units or relations that a message names */

/* Where in the document a fault is: "microovn/1: relation 4: related unit td/0: ". */
struct place {
	const char *unit;
	const cJSON *relation;
	size_t index;	      /* of the relation */
	const cJSON *related; /* the related unit, or NULL */
	struct fail *f;
};

static int
expected(
    const struct place *p, const char *where, const char *key, const char *what, const cJSON *got)
{
	char relation[40] = "", related[100] = "";
	const cJSON *id;

	if (p->relation) {
		id = json_member(p->relation, "relation-id");
		if (id && cJSON_IsNumber(id))
			snprintf(relation, sizeof relation, "relation %.15g: ", id->valuedouble);
		else
			snprintf(relation, sizeof relation, "relation-info[%zu]: ", p->index);
	}
	if (p->related)
		snprintf(
		    related, sizeof related, "related unit %s: ", name_of(p->related->string).s);
	return fail_set(p->f, STATUS_INPUT, "%s: %s%s%s%s%s: expected %s, got %s",
	    name_of(p->unit).s, relation, related, where, *where ? ": " : "", name_of(key).s, what,
	    json_kind(got));
}

static bool
is_null(const cJSON *node)
{
	return !node || cJSON_IsNull(node);
}

/* The object member of that name, NULL where it is absent or null. */
static int
object_member(const struct place *p, const cJSON *from, const char *where, const char *name,
    const cJSON **out)
{
	const cJSON *m = json_member(from, name);

	*out = is_null(m) ? NULL : m;
	return !*out || cJSON_IsObject(m) ? 0 : expected(p, where, name, "an object", m);
}

static int
string_member(const struct place *p, const cJSON *from, const char *name, const char **out)
{
	const cJSON *m = json_member(from, name);

	*out = is_null(m) ? NULL : m->valuestring;
	return is_null(m) || cJSON_IsString(m) ? 0 : expected(p, "", name, "a string", m);
}

static int
bool_member(const struct place *p, const cJSON *from, const char *name, bool *out)
{
	const cJSON *m = json_member(from, name);

	if (is_null(m))
		return 0;
	*out = cJSON_IsTrue(m);
	return cJSON_IsBool(m) ? 0 : expected(p, "", name, "a boolean", m);
}

/* Checks that a databag holds strings; *up: its "mirror" is "up". */
static int
check_bag(const struct place *p, const char *where, const cJSON *bag, bool *up)
{
	const cJSON *e;

	for (e = bag ? bag->child : NULL; e; e = e->next) {
		if (cJSON_IsString(e)) {
			if (up && strcmp(e->string, KEY_MIRROR) == 0)
				*up = strcmp(e->valuestring, MIRROR_UP) == 0;
		} else if (!cJSON_IsNull(e)) {
			return expected(p, where, e->string, "a string", e);
		}
	}
	return 0;
}

static int
read_related(struct place *p, const cJSON *node, struct doc_relation *r)
{
	bool in_scope = true;
	struct doc_unit *u = &r->units[r->nunits];

	if (!cJSON_IsObject(node))
		return expected(p, "related-units", node->string, "an object", node);
	u->name = node->string;
	u->up = false;
	p->related = node;
	if (bool_member(p, node, "in-scope", &in_scope) ||
	    object_member(p, node, "", "data", &u->data) || check_bag(p, "", u->data, &u->up))
		return -1;
	p->related = NULL;
	r->nunits += in_scope;
	return 0;
}

static int
read_related_units(struct place *p, const cJSON *units, struct doc_relation *r)
{
	const cJSON *node;
	size_t n = 0;

	for (node = units ? units->child : NULL; node; node = node->next)
		n++;
	if (!n)
		return 0;
	r->units = malloc(n * sizeof *r->units);
	if (!r->units)
		return fail_memory(p->f);
	for (node = units->child; node; node = node->next)
		if (read_related(p, node, r))
			return -1;
	return 0;
}

static int
read_id(const struct place *p, const cJSON *node, long *id)
{
	*id = -1;
	if (is_null(node))
		return 0;
	if (!cJSON_IsNumber(node))
		return expected(p, "", "relation-id", "a number", node);
	if (node->valuedouble < 0 || node->valuedouble > DOC_ID_MAX ||
	    node->valuedouble != (int)node->valuedouble)
		return fail_set(p->f, STATUS_INPUT,
		    "%s: relation-info[%zu]: relation-id: no relation has this number",
		    name_of(p->unit).s, p->index);
	*id = (long)node->valuedouble;
	return 0;
}

/* The application of the other end, by td-snapshot's word or the first related unit's name. */
static int
read_related_app(
    const struct place *p, const cJSON *node, const cJSON *units, struct doc_relation *r)
{
	size_t n;

	if (string_member(p, node, "related-application", &r->related_app))
		return -1;
	if (r->related_app || !units || !units->child)
		return 0;
	n = doc_app_length(units->child->string);
	r->derived_app = malloc(n + 1);
	if (!r->derived_app)
		return fail_memory(p->f);
	memcpy(r->derived_app, units->child->string, n);
	r->derived_app[n] = '\0';
	r->related_app = r->derived_app;
	return 0;
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

static int
read_relation(struct place *p, const cJSON *node, struct doc_relation *r)
{
	const cJSON *local, *units;

	p->relation = node;
	r->place = p->index;
	r->node = node;
	if (!cJSON_IsObject(node))
		return fail_set(p->f, STATUS_INPUT,
		    "%s: relation-info[%zu]: expected an object, got %s", name_of(p->unit).s,
		    p->index, json_kind(node));
	if (read_id(p, json_member(node, "relation-id"), &r->id) ||
	    string_member(p, node, "endpoint", &r->endpoint) ||
	    string_member(p, node, "related-endpoint", &r->related_endpoint) ||
	    bool_member(p, node, "partial", &r->partial) ||
	    object_member(p, node, "", "application-data", &r->app_data) ||
	    check_bag(p, "application-data", r->app_data, NULL) ||
	    object_member(p, node, "", "local-application-data", &r->local_app_data) ||
	    check_bag(p, "local-application-data", r->local_app_data, NULL) ||
	    object_member(p, node, "", "local-unit", &local) ||
	    object_member(p, local, "local-unit", "data", &r->local_data) ||
	    check_bag(p, "local-unit", r->local_data, NULL) ||
	    object_member(p, node, "", "related-units", &units) ||
	    read_related_units(p, units, r) || read_related_app(p, node, units, r))
		return -1;
	r->unknown = r->local_data && !json_member(node, "related-units") && !is_peer(r);
	mirror_choose(r);
	return 0;
}

static int
read_view(struct place *p, const cJSON *node, struct doc_view *v)
{
	const cJSON *relations, *m;
	size_t n = 0;

	v->unit = p->unit = node->string;
	if (!cJSON_IsObject(node))
		return expected(p, "", "the unit", "an object", node);
	v->leader_known = !is_null(json_member(node, "leader"));
	if (bool_member(p, node, "leader", &v->leader))
		return -1;
	relations = json_member(node, "relation-info");
	if (is_null(relations))
		return 0;
	if (!cJSON_IsArray(relations))
		return expected(p, "", "relation-info", "an array", relations);
	v->listed = true;
	for (m = relations->child; m; m = m->next)
		n++;
	v->relations = calloc(n ? n : 1, sizeof *v->relations);
	if (!v->relations)
		return fail_memory(p->f);
	for (m = relations->child; m; m = m->next, p->index++)
		if (read_relation(p, m, &v->relations[v->nrelations++]))
			return -1;
	return 0;
}

static int
read_views(struct doc *d, const char *name, struct fail *f)
{
	const cJSON *node;
	size_t n = 0;

	if (!cJSON_IsObject(d->json.root))
		return fail_set(f, STATUS_INPUT,
		    "cannot read %s: expected an object of units, got %s", name_of(name).s,
		    json_kind(d->json.root));
	for (node = d->json.root->child; node; node = node->next)
		n++;
	d->views = calloc(n ? n : 1, sizeof *d->views);
	if (!d->views)
		return fail_memory(f);
	for (node = d->json.root->child; node; node = node->next) {
		struct place p = {.f = f};

		if (read_view(&p, node, &d->views[d->nviews++]))
			return -1;
	}
	return 0;
}

int
doc_read(struct doc *d, const char *text, size_t n, const char *name, struct fail *f)
{
	struct buf b = {0};

	buf_put(&b, text, n);
	return doc_take(d, &b, name, f);
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

static void
free_relation(struct doc_relation *r)
{
	free(r->units);
	free(r->derived_app);
}

static void
free_view(struct doc_view *v)
{
	size_t i;

	for (i = 0; i < v->nrelations; i++)
		free_relation(&v->relations[i]);
	free(v->relations);
}

void
doc_free(struct doc *d)
{
	size_t i;

	for (i = 0; i < d->nviews; i++)
		free_view(&d->views[i]);
	free(d->views);
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
		if (wanted(&v->relations[i], sel)) {
			v->relations[n++] = v->relations[i];
		} else {
			v->narrowed |= wanted(&v->relations[i], &others);
			free_relation(&v->relations[i]);
		}
	}
	v->nrelations = n;
}

/* Adds an item to "a, b, c", or "..." where it doesn't fit. */
static void
list_add(char *s, size_t size, const char *item)
{
	static const char more[] = ", ...";
	size_t n = strlen(s), room = size - n - sizeof more;

	if (n >= sizeof more - 1 && strcmp(s + n - (sizeof more - 1), more) == 0)
		return;
	if (strlen(item) + 2 <= room)
		snprintf(s + n, size - n, "%s%s", n ? ", " : "", item);
	else
		memcpy(s + n, more, sizeof more);
}

static void
list_units(const struct doc *d, char *s, size_t size)
{
	size_t i;

	s[0] = '\0';
	for (i = 0; i < d->nviews; i++)
		list_add(s, size, name_of(d->views[i].unit).s);
}

static bool
has_unit(const struct doc *d, const char *unit)
{
	size_t i;

	for (i = 0; i < d->nviews; i++)
		if (strcmp(d->views[i].unit, unit) == 0)
			return true;
	return false;
}

static int
no_unit(const struct doc *d, const char *unit, struct fail *f)
{
	char units[LIST_SIZE];

	list_units(d, units, sizeof units);
	return fail_set(f, STATUS_INPUT, "cannot find unit %s: the document has %s",
	    name_of_argument(unit).s, units[0] ? units : "none");
}

/* As -r and -e take it. */
static void
name_relation(char *s, size_t size, const struct doc_relation *r)
{
	if (r->endpoint && r->id >= 0)
		snprintf(s, size, "%s:%ld", name_of(r->endpoint).s, r->id);
	else if (r->endpoint)
		snprintf(s, size, "%s", name_of(r->endpoint).s);
	else if (r->id >= 0)
		snprintf(s, size, "%ld", r->id);
	else
		snprintf(s, size, "one without a name");
}

/* Adds v's relations to the list, in LIST_SIZE bytes. */
static void
list_relations(const struct doc_view *v, char *list)
{
	char item[100];
	size_t i;

	for (i = 0; i < v->nrelations; i++) {
		name_relation(item, sizeof item, &v->relations[i]);
		list_add(list, LIST_SIZE, item);
	}
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
	const struct doc_view *v;
	char list[LIST_SIZE] = "";
	bool some = false;

	if (!sel->endpoint && !sel->relation)
		return 0;
	for (v = d->views; v < d->views + d->nviews; v++) {
		if (sel->unit && strcmp(v->unit, sel->unit) != 0)
			continue;
		if (has_asked(v, sel))
			return 0;
		some = true;
		list_relations(v, list);
	}
	if (!some)
		return 0;
	return fail_set(f, STATUS_INPUT, "cannot find %s%s%s%s: the document has %s",
	    sel->relation ? "relation " : "a relation",
	    sel->relation ? name_of_argument(sel->relation).s : "",
	    sel->endpoint ? " of endpoint " : "",
	    sel->endpoint ? name_of_argument(sel->endpoint).s : "", list[0] ? list : "none");
}

int
doc_narrow(struct doc *d, const struct doc_select *sel, struct fail *f)
{
	size_t i, n = 0;

	if (sel->unit && !has_unit(d, sel->unit))
		return no_unit(d, sel->unit, f);
	for (i = 0; i < d->nviews; i++) {
		if (sel->unit && strcmp(d->views[i].unit, sel->unit) != 0) {
			free_view(&d->views[i]);
			continue;
		}
		narrow_view(&d->views[i], sel);
		d->views[n++] = d->views[i];
	}
	d->nviews = n;
	return 0;
}

struct doc_view *
doc_one_unit(struct doc *d, struct fail *f)
{
	char units[LIST_SIZE];

	if (d->nviews == 1)
		return d->views;
	list_units(d, units, sizeof units);
	if (d->nviews)
		fail_set(f, STATUS_INPUT,
		    "cannot choose a unit: the document has %s; name one with -u", units);
	else
		fail_set(f, STATUS_INPUT, "cannot find a unit: the document has none");
	return NULL;
}

int
doc_one_relation(struct doc_view *v, struct doc_relation **r, struct fail *f)
{
	char list[LIST_SIZE] = "";

	*r = v->nrelations == 1 ? v->relations : NULL;
	if (v->nrelations <= 1)
		return 0;
	list_relations(v, list);
	return fail_set(f, STATUS_INPUT,
	    "cannot choose a relation: %s has %s; name one with -r or -e", name_of(v->unit).s,
	    list);
}

int
doc_check_known(const struct doc_view *v, const struct doc_relation *r, struct fail *f)
{
	char place[40];

	if (!r->unknown)
		return 0;
	if (r->id >= 0)
		snprintf(place, sizeof place, "relation %ld", r->id);
	else
		snprintf(place, sizeof place, "relation-info[%zu]", r->place);
	return fail_set(f, STATUS_INPUT,
	    "%s: %s: related-units: expected the related units, got nothing (show-unit of Juju "
	    "4.0.0 to 4.0.5 leaves them out; td-snapshot, in a hook, doesn't)",
	    name_of(v->unit).s, place);
}

int
doc_check_own(const struct doc_view *v, struct fail *f)
{
	size_t i;

	for (i = 0; i < v->nrelations; i++) {
		if (v->relations[i].id < 0)
			return fail_set(f, STATUS_INPUT,
			    "%s: relation-info[%zu]: relation-id: expected a number, got nothing",
			    name_of(v->unit).s, v->relations[i].place);
		if (!v->relations[i].local_data)
			return fail_set(f, STATUS_INPUT,
			    "%s: relation %ld: local-unit: expected the unit's own databag in "
			    "data, got none "
			    "(show-unit doesn't know it, td-snapshot does)",
			    name_of(v->unit).s, v->relations[i].id);
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
