#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "table.h"

enum {
	REASON_SUBJECTS = 3,
	FINDING_SUBJECTS = 6,
	CELL_NAMES = 6, /* more would make every line as wide */
	INDENT = 9,	/* what a finding says begins there */
};

static const char *const kind_names[] = {[FACTS_NONE] = "-",
    [FACTS_EMPTY] = "empty",
    [FACTS_TOKEN] = "token",
    [FACTS_MEMBER] = "member",
    [FACTS_OTHER] = "no token"};
static const char *const answer_names[] = {
    [FACTS_UNKNOWN] = "?", [FACTS_NO] = "no", [FACTS_YES] = "yes"};

static const char *
state_name(const struct facts_bag *m)
{
	if (!m->data)
		return "unknown";
	if (m->state == FACTS_UP)
		return m->unit->side == SIDE_DISTRIBUTOR && !m->counts ? "up, not heard" : "up";
	return m->state == FACTS_DOWN ? "down" : "not set";
}

static void
put_number(struct buf *b, bool known, size_t n)
{
	if (known)
		buf_printf(b, "%zu", n);
	else
		buf_putc(b, '?');
}

/* The unit's name; a leader's has a mark. */
static void
put_unit(const struct facts_unit *u, struct buf *b)
{
	table_name(b, u->name);
	buf_puts(b, u->leader == FACTS_YES ? "*" : "");
}

static const char *
side_name(enum side side)
{
	return side == SIDE_DISTRIBUTOR ? "distributor" : "consumer";
}

/* Leaves out former communicators that hold nothing. */
static bool
is_shown(const struct facts_bag *m)
{
	return m->unit->side == SIDE_DISTRIBUTOR || m->state == FACTS_UP || m->hosts;
}

static void
put_mirrors(const struct facts *s, const struct facts_group *g, struct buf *b, size_t width)
{
	struct table t = {.ncolumns = 7,
	    .columns = {{.title = "MIRROR", .shrink = true}, {.title = "SIDE"},
		{.title = "RELATION", .right = true}, {.title = "STATE"},
		{.title = "HOSTS", .right = true}, {.title = "TOKENS", .right = true},
		{.title = "MEMBERS", .right = true}}};
	bool relations = s->nrelations > s->ngroups;
	struct facts_bag *const *bag;
	const struct facts_bag *m;

	for (bag = g->sorted_bags; (m = *bag); bag++) {
		if (!is_shown(m))
			continue;
		put_unit(m->unit, table_cell(&t));
		buf_puts(table_cell(&t), side_name(m->unit->side));
		buf_puts(
		    table_cell(&t), relations && m->relation->id >= 0 ? m->relation->name : "");
		buf_puts(table_cell(&t), state_name(m));
		put_number(table_cell(&t), m->data, m->hosts);
		put_number(table_cell(&t), m->data, m->tokens);
		put_number(table_cell(&t), m->data, m->members);
	}
	table_put(&t, b, width, "no mirror is known\n");
}

/* Puts text in lines of that width, and frees it. */
static void
put_line(struct buf *b, struct buf *text, size_t used, size_t indent, size_t width)
{
	if (!text->failed)
		table_wrap(b, text->n ? text->s : "", used, indent, width);
	b->failed |= text->failed;
	buf_free(text);
}

static void
put_bootstrap(const struct facts_group *g, struct buf *b, size_t width)
{
	struct buf text = {0};

	buf_puts(&text, "bootstrap: ");
	table_name(&text, *g->bootstrap_app ? g->bootstrap_app
			  : g->shared	    ? "no application"
					    : "unknown");
	buf_puts(&text, *g->bootstrap_unit ? ", by " : "");
	table_name(&text, g->bootstrap_unit);
	buf_puts(&text, *g->bootstrap_host ? " on " : "");
	table_name(&text, g->bootstrap_host);
	put_line(b, &text, 0, 0, width);
}

/* The member that makes tokens. */
static void
put_communicator(const struct facts_group *g, struct buf *b, size_t width)
{
	struct buf text = {0};

	buf_puts(&text, "communicator: ");
	table_name(&text, g->communicator ? g->communicator->name : "none");
	put_line(b, &text, 0, 0, width);
}

static void
put_units(const struct facts_group *g, const struct facts_host *h, struct buf *text)
{
	const struct facts_unit *u;
	size_t n = 0;

	if (!h->unit)
		buf_putc(text, g->complete ? '-' : '?');
	for (u = h->unit; u && n < CELL_NAMES; u = u->twin, n++) {
		buf_puts(text, n ? ", " : "");
		put_unit(u, text);
	}
	buf_puts(text, u ? ", ..." : "");
}

/* The kinds of the values that mirrors hold, with letters if there are several values. */
static void
put_value(const struct facts_group *g, const struct facts_host *h, struct buf *text)
{
	const struct facts_value *v;
	size_t n = 0;

	if (h->kind == FACTS_NONE && !g->mirrors_known)
		buf_putc(text, '?');
	else if (!h->values)
		buf_puts(text, kind_names[h->kind]);
	for (v = h->values; v && n < CELL_NAMES; v = v->next, n++) {
		buf_printf(text, "%s%s", n ? ", " : "", kind_names[v->kind]);
		if (h->nvalues > 1)
			buf_printf(text, " %c", (char)('A' + n));
	}
	buf_puts(text, v ? ", ..." : "");
}

static void
put_addresses(const struct facts_host *h, struct buf *text)
{
	const struct facts_value *v;
	size_t n = 0;

	for (v = h->values; v && n < CELL_NAMES; v = v->next)
		if (v->decoded)
			buf_printf(text, "%s%zu", n++ ? "+" : "", v->addresses);
}

/* How many mirrors hold each value, of how many. */
static void
put_share(const struct facts_group *g, const struct facts_host *h, struct buf *text)
{
	const struct facts_value *v;
	size_t n = 0;

	if (!g->mirrors_known) {
		buf_putc(text, '?');
		return;
	}
	if (!h->values)
		buf_printf(text, "%zu", h->held);
	for (v = h->values; v && n < CELL_NAMES; v = v->next)
		buf_printf(text, "%s%zu", n++ ? "+" : "", v->mirrors);
	buf_printf(text, "/%zu", g->counting);
}

static void
put_hosts(const struct facts_group *g, struct buf *b, size_t width)
{
	struct table t = {.ncolumns = 8,
	    .columns = {{.title = "HOST", .shrink = true}, {.title = "UNIT", .shrink = true},
		{.title = "VALUE"}, {.title = "ADDR", .right = true},
		{.title = "MIRRORS", .right = true}, {.title = "MEMBER"}, {.title = "ROLE"},
		{.title = "STATUS", .shrink = true}}};
	struct facts_host *const *host;
	const struct facts_host *h;

	for (host = g->sorted_hosts; (h = *host); host++) {
		table_name(table_cell(&t), h->name);
		put_units(g, h, table_cell(&t));
		put_value(g, h, table_cell(&t));
		put_addresses(h, table_cell(&t));
		put_share(g, h, table_cell(&t));
		buf_puts(table_cell(&t), answer_names[h->joined]);
		table_name(table_cell(&t), h->member ? h->member->role : "");
		table_name(table_cell(&t), h->member ? h->member->status : "");
	}
	table_put(&t, b, width, "no host is known\n");
}

static void
put_level(enum findings_level level, bool colour, struct buf *b)
{
	static const char *const colours[] = {"\033[1;31m", "\033[33m", "\033[36m", "\033[32m"};

	buf_puts(b, colour ? colours[level] : "");
	buf_puts(b, findings_level(level));
	buf_puts(b, colour ? "\033[0m" : "");
}

/* ": a, b and 3 more" */
static void
put_subjects(const struct finding *f, size_t max, bool details, struct buf *text)
{
	size_t i, n = f->n > max ? max : f->n;

	for (i = 0; i < n; i++) {
		buf_puts(text, i ? ", " : ": ");
		table_name(text, f->subjects[i].name);
		if (details && f->subjects[i].detail[0]) {
			buf_puts(text, " (");
			table_text(text, f->subjects[i].detail);
			buf_putc(text, ')');
		}
	}
	if (f->n > n)
		buf_printf(text, " and %zu more", f->n - n);
}

static void
put_verdict(const struct findings *v, bool colour, size_t width, struct buf *b)
{
	struct buf text = {0};

	put_level(v->level, colour, b);
	buf_puts(b, ": ");
	buf_puts(&text, v->reason);
	if (v->level != FINDINGS_HEALTHY)
		put_subjects(v->list[0], REASON_SUBJECTS, false, &text);
	put_line(b, &text, strlen(findings_level(v->level)) + 2, 0, width);
}

static void
put_finding(const struct finding *f, bool colour, size_t width, struct buf *b)
{
	size_t used = strlen(findings_level(f->level));
	struct buf text = {0};

	put_level(f->level, colour, b);
	buf_printf(b, "%*s", (int)(INDENT - used), "");
	buf_puts(&text, f->what);
	put_subjects(f, FINDING_SUBJECTS, true, &text);
	buf_printf(&text, " -> %s", f->todo);
	put_line(b, &text, INDENT, INDENT, width);
}

void
report_text(
    const struct facts *s, const struct findings *v, bool colour, size_t width, struct buf *b)
{
	const struct facts_group *g;
	struct buf text = {0};
	size_t i;

	put_verdict(v, colour, width, b);
	for (g = s->groups; g < s->groups + s->ngroups; g++) {
		buf_putc(b, '\n');
		if (s->ngroups > 1) {
			buf_puts(&text, "distributor ");
			table_name(&text, g->distributor ? g->distributor : "?");
			put_line(b, &text, 0, 0, width);
		}
		put_mirrors(s, g, b, width);
		put_bootstrap(g, b, width);
		if (s->list)
			put_communicator(g, b, width);
		buf_putc(b, '\n');
		put_hosts(g, b, width);
	}
	if (v->n)
		buf_putc(b, '\n');
	for (i = 0; i < v->n; i++)
		put_finding(v->list[i], colour, width, b);
}

/* Begins an object, an array, a member or an element: puts a comma if something is before it, the
 * name if it is a member, and text. */
static void
begin(struct buf *b, const char *name, const char *text)
{
	if (!b->failed && b->n && b->s[b->n - 1] != '{' && b->s[b->n - 1] != '[')
		buf_putc(b, ',');
	if (name) {
		buf_json(b, name);
		buf_putc(b, ':');
	}
	buf_puts(b, text);
}

/* A string; NULL is null. */
static void
string_member(struct buf *b, const char *name, const char *value)
{
	begin(b, name, value ? "" : "null");
	if (value)
		buf_json(b, value);
}

static void
number_member(struct buf *b, const char *name, bool known, size_t n)
{
	begin(b, name, known ? "" : "null");
	if (known)
		buf_printf(b, "%zu", n);
}

static void
answer_member(struct buf *b, const char *name, enum facts_answer answer)
{
	begin(b, name, answer == FACTS_UNKNOWN ? "null" : answer == FACTS_YES ? "true" : "false");
}

static void
bool_member(struct buf *b, const char *name, bool value)
{
	begin(b, name, value ? "true" : "false");
}

static void
json_mirror(const struct facts_bag *m, struct buf *b)
{
	static const char *const states[] = {"not-set", "down", "up"};

	begin(b, NULL, "{");
	string_member(b, "unit", m->unit->name);
	string_member(b, "side", side_name(m->unit->side));
	answer_member(b, "leader", m->unit->leader);
	number_member(b, "relation-id", m->relation->id >= 0, (size_t)m->relation->id);
	string_member(b, "state", m->data ? states[m->state] : NULL);
	bool_member(b, "counts", m->counts);
	number_member(b, "hosts", m->data, m->hosts);
	number_member(b, "tokens", m->data, m->tokens);
	number_member(b, "members", m->data, m->members);
	buf_putc(b, '}');
}

static const char *
shared(const struct facts_group *g, const char *value)
{
	return *value || g->shared ? value : NULL;
}

static void
json_bootstrap(const struct facts_group *g, struct buf *b)
{
	begin(b, "bootstrap", "{");
	string_member(b, "application", shared(g, g->bootstrap_app));
	string_member(b, "unit", shared(g, g->bootstrap_unit));
	string_member(b, "host", shared(g, g->bootstrap_host));
	buf_putc(b, '}');
	string_member(b, "mirror-unit", shared(g, g->mirror_unit));
}

static void
json_units(const struct facts_group *g, const struct facts_host *h, struct buf *b)
{
	const struct facts_unit *u;

	if (!h->unit && !g->complete) {
		string_member(b, "units", NULL);
		return;
	}
	begin(b, "units", "[");
	for (u = h->unit; u; u = u->twin) {
		begin(b, NULL, "{");
		string_member(b, "unit", u->name);
		answer_member(b, "leader", u->leader);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void
json_values(const struct facts_group *g, const struct facts_host *h, struct buf *b)
{
	static const char *const names[] = {NULL, "empty", "token", "member", "other"};
	const struct facts_value *v;

	string_member(b, "value", names[h->kind]);
	begin(b, "values", "[");
	for (v = h->values; v; v = v->next) {
		begin(b, NULL, "{");
		string_member(b, "value", names[v->kind]);
		number_member(b, "mirrors", g->mirrors_known, v->mirrors);
		number_member(b, "join-addresses", v->decoded, v->addresses);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
	number_member(b, "mirrors", g->mirrors_known, h->held);
}

static void
json_host(
    const struct facts *s, const struct facts_group *g, const struct facts_host *h, struct buf *b)
{
	begin(b, NULL, "{");
	string_member(b, "host", h->name);
	json_units(g, h, b);
	json_values(g, h, b);
	answer_member(b, "member", h->joined);
	if (h->member) {
		begin(b, "cluster", "{");
		string_member(b, "role", h->member->role);
		string_member(b, "status", h->member->status);
		bool_member(b, "communicator", h == g->communicator);
		buf_putc(b, '}');
	} else if (s->list) {
		string_member(b, "cluster", NULL);
	}
	buf_putc(b, '}');
}

static void
json_group(const struct facts *s, const struct facts_group *g, struct buf *b)
{
	struct facts_bag *const *m;
	struct facts_host *const *h;

	begin(b, NULL, "{");
	string_member(b, "application", g->distributor);
	bool_member(b, "complete", g->complete);
	json_bootstrap(g, b);
	begin(b, "mirrors", "[");
	for (m = g->sorted_bags; *m; m++)
		if (is_shown(*m) || (*m)->state != FACTS_UNSET)
			json_mirror(*m, b);
	buf_putc(b, ']');
	number_member(b, "mirrors-that-count", g->mirrors_known, g->counting);
	begin(b, "hosts", "[");
	for (h = g->sorted_hosts; *h; h++)
		json_host(s, g, *h, b);
	buf_puts(b, "]}");
}

static void
json_finding(const struct finding *f, struct buf *b)
{
	size_t i;

	begin(b, NULL, "{");
	string_member(b, "level", findings_level(f->level));
	string_member(b, "code", f->code);
	string_member(b, "distributor", f->group ? f->group->distributor : NULL);
	string_member(b, "what", f->what);
	begin(b, "subjects", "[");
	for (i = 0; i < f->n; i++) {
		begin(b, NULL, "{");
		string_member(b, "name", f->subjects[i].name);
		if (f->subjects[i].detail[0])
			string_member(b, "detail", f->subjects[i].detail);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
	string_member(b, "todo", f->todo);
	buf_putc(b, '}');
}

/* The relations that are judged, in each unit's document. */
static void
json_documents(const struct sides *s, struct buf *b)
{
	const struct sides_relation *p;

	begin(b, "documents", "[");
	for (p = s->relations; p < s->relations + s->n; p++) {
		begin(b, NULL, "{");
		string_member(b, "unit", p->view->unit);
		string_member(b, "endpoint", p->r->endpoint);
		number_member(b, "relation-id", p->r->id >= 0, (size_t)p->r->id);
		string_member(b, "side", side_name(p->side));
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

void
report_json(const struct facts *s, const struct findings *v, struct buf *b)
{
	size_t i;

	buf_putc(b, '{');
	string_member(b, "verdict", findings_level(v->level));
	string_member(b, "reason", v->reason);
	json_documents(&s->sides, b);
	begin(b, "distributors", "[");
	for (i = 0; i < s->ngroups; i++)
		json_group(s, &s->groups[i], b);
	buf_putc(b, ']');
	begin(b, "findings", "[");
	for (i = 0; i < v->n; i++)
		json_finding(v->list[i], b);
	buf_puts(b, "]}\n");
}
