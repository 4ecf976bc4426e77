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

static const char *const kind_names[] = {[SURVEY_NONE] = "-",
    [SURVEY_EMPTY] = "empty",
    [SURVEY_TOKEN] = "token",
    [SURVEY_MEMBER] = "member",
    [SURVEY_OTHER] = "no token"};
static const char *const answer_names[] = {
    [SURVEY_UNKNOWN] = "?", [SURVEY_NO] = "no", [SURVEY_YES] = "yes"};

static const char *
relation_id(const struct survey *s, const struct survey_mirror *m)
{
	return s->relations.entries[m->relation - 1].key;
}

static const char *
state_name(const struct survey *s, const struct survey_mirror *m)
{
	bool distributor = s->units[m->unit - 1].side == PART_DISTRIBUTOR;

	if (!m->data)
		return "unknown";
	if (m->state == SURVEY_UP)
		return distributor && !m->counts ? "up, not heard" : "up";
	return m->state == SURVEY_DOWN ? "down" : "not set";
}

static void
put_cell(struct table *t, struct buf *text)
{
	if (text->failed)
		t->cells.failed = true;
	table_cell(t, text->n && !text->failed ? text->s : "");
	buf_clear(text);
}

static void
put_number(struct table *t, struct buf *text, bool known, size_t n)
{
	if (known)
		buf_printf(text, "%zu", n);
	else
		buf_putc(text, '?');
	put_cell(t, text);
}

/* Consumers that have been communicator, and hold nothing, are left out. */
static bool
is_shown(const struct survey_mirror *m)
{
	return m->side == PART_DISTRIBUTOR || m->state == SURVEY_UP || m->hosts;
}

static void
put_mirrors(const struct survey *s, size_t group, struct buf *b, size_t width)
{
	struct table t = {.ncolumns = 7,
	    .columns = {{.title = "MIRROR", .shrink = true}, {.title = "SIDE"},
		{.title = "RELATION", .right = true}, {.title = "STATE"},
		{.title = "HOSTS", .right = true}, {.title = "TOKENS", .right = true},
		{.title = "MEMBERS", .right = true}}};
	const struct survey_group *g = &s->groups[group];
	const struct survey_mirror *m;
	const struct survey_unit *u;
	struct buf text = {0};

	for (m = g->mirrors; m < g->mirrors + g->nmirrors; m++) {
		u = &s->units[m->unit - 1];
		if (!is_shown(m))
			continue;
		table_name(&text, u->name);
		if (u->leader == SURVEY_YES)
			buf_putc(&text, '*');
		put_cell(&t, &text);
		table_cell(&t, u->side == PART_DISTRIBUTOR ? "distributor" : "consumer");
		if (s->relations.n > s->ngroups && strcmp(relation_id(s, m), "-1") != 0)
			buf_puts(&text, relation_id(s, m));
		put_cell(&t, &text);
		table_cell(&t, state_name(s, m));
		put_number(&t, &text, m->data, m->hosts);
		put_number(&t, &text, m->data, m->tokens);
		put_number(&t, &text, m->data, m->members);
	}
	buf_free(&text);
	if (!t.cells.n)
		buf_puts(b, "no mirror is known\n");
	table_put(&t, b, width);
}

/* Puts text, and frees it. */
static void
put_line(struct buf *b, struct buf *text, size_t used, size_t indent, size_t width)
{
	if (!text->failed)
		table_wrap(b, text->n ? text->s : "", used, indent, width);
	b->failed |= text->failed;
	buf_free(text);
}

static void
put_bootstrap(const struct survey_group *g, struct buf *b, size_t width)
{
	struct buf text = {0};

	buf_puts(&text, "bootstrap: ");
	table_name(&text, *g->bootstrap_app ? g->bootstrap_app
			  : g->shared_known ? "no application"
					    : "unknown");
	if (*g->bootstrap_unit) {
		buf_puts(&text, ", by ");
		table_name(&text, g->bootstrap_unit);
	}
	if (*g->bootstrap_host) {
		buf_puts(&text, " on ");
		table_name(&text, g->bootstrap_host);
	}
	put_line(b, &text, 0, 0, width);
}

/* Who makes tokens, by the list. */
static void
put_communicator(const struct survey *s, size_t group, struct buf *b, size_t width)
{
	const struct survey_group *g = &s->groups[group];
	const struct survey_host *h;
	struct buf text = {0};

	for (h = g->hosts; h < g->hosts + g->nhosts && !h->communicator; h++)
		;
	buf_puts(&text, "communicator: ");
	table_name(&text, h < g->hosts + g->nhosts ? h->name : "none");
	put_line(b, &text, 0, 0, width);
}

static void
put_units(const struct survey *s, const struct survey_host *h, struct buf *text)
{
	const struct survey_unit *u;
	size_t i, n = 0;

	if (!h->unit)
		buf_putc(text, s->groups[h->group].complete ? '-' : '?');
	for (i = h->unit; i && n < CELL_NAMES; i = u->next, n++) {
		u = &s->units[i - 1];
		if (i != h->unit)
			buf_puts(text, ", ");
		table_name(text, u->name);
		if (u->leader == SURVEY_YES)
			buf_putc(text, '*');
	}
	if (i)
		buf_puts(text, ", ...");
}

/* What the mirrors hold: the kinds, with letters where there are several. */
static void
put_value(const struct survey *s, const struct survey_host *h, struct buf *text)
{
	const struct survey_value *v;
	size_t i, letter = 0;

	if (h->kind == SURVEY_NONE && !s->groups[h->group].mirrors_known)
		buf_putc(text, '?');
	else if (!h->value)
		buf_puts(text, kind_names[h->kind]);
	for (i = h->value; i && letter < CELL_NAMES; i = v->next, letter++) {
		v = &s->values[i - 1];
		buf_printf(text, "%s%s", letter ? ", " : "", kind_names[v->kind]);
		if (h->nvalues > 1)
			buf_printf(text, " %c", (char)('A' + letter));
	}
	if (i)
		buf_puts(text, ", ...");
}

static void
put_addresses(const struct survey *s, const struct survey_host *h, struct buf *text)
{
	const struct survey_value *v;
	size_t i, n = 0;

	for (i = h->value; i && n < CELL_NAMES; i = v->next) {
		v = &s->values[i - 1];
		if (v->decoded)
			buf_printf(text, "%s%zu", n++ ? "+" : "", v->addresses);
	}
}

/* In how many of the mirrors: of several values, each one's number. */
static void
put_share(const struct survey *s, const struct survey_host *h, struct buf *text)
{
	const struct survey_group *g = &s->groups[h->group];
	const struct survey_value *v;
	size_t i, n = 0;

	if (!g->mirrors_known) {
		buf_putc(text, '?');
		return;
	}
	for (i = h->nvalues > 1 ? h->value : 0; i && n < CELL_NAMES; i = v->next, n++) {
		v = &s->values[i - 1];
		buf_printf(text, "%s%zu", n ? "+" : "", v->mirrors);
	}
	if (!n)
		buf_printf(text, "%zu", h->value ? s->values[h->value - 1].mirrors : h->held);
	buf_printf(text, "/%zu", g->counting);
}

static void
put_hosts(const struct survey *s, size_t group, struct buf *b, size_t width)
{
	struct table t = {.ncolumns = 8,
	    .columns = {{.title = "HOST", .shrink = true}, {.title = "UNIT", .shrink = true},
		{.title = "VALUE"}, {.title = "ADDR", .right = true},
		{.title = "MIRRORS", .right = true}, {.title = "MEMBER"}, {.title = "ROLE"},
		{.title = "STATUS", .shrink = true}}};
	const struct survey_group *g = &s->groups[group];
	const struct survey_host *h;
	struct buf text = {0};

	for (h = g->hosts; h < g->hosts + g->nhosts; h++) {
		table_name(&text, h->name);
		put_cell(&t, &text);
		put_units(s, h, &text);
		put_cell(&t, &text);
		put_value(s, h, &text);
		put_cell(&t, &text);
		put_addresses(s, h, &text);
		put_cell(&t, &text);
		put_share(s, h, &text);
		put_cell(&t, &text);
		table_cell(&t, answer_names[h->joined]);
		table_name(&text, h->member ? h->member->role : "");
		put_cell(&t, &text);
		table_name(&text, h->member ? h->member->status : "");
		put_cell(&t, &text);
	}
	buf_free(&text);
	if (!t.cells.n)
		buf_puts(b, "no host is known\n");
	table_put(&t, b, width);
}

static void
put_level(enum verdict_level level, bool colour, struct buf *b)
{
	static const char *const colours[] = {"\033[1;31m", "\033[33m", "\033[36m", "\033[32m"};

	buf_puts(b, colour ? colours[level] : "");
	buf_puts(b, verdict_level_name(level));
	buf_puts(b, colour ? "\033[0m" : "");
}

/* ": a, b and 3 more" */
static void
put_subjects(const struct verdict_finding *f, size_t max, bool details, struct buf *text)
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
put_verdict(const struct verdict *v, bool colour, size_t width, struct buf *b)
{
	struct buf text = {0};

	put_level(v->level, colour, b);
	buf_puts(b, ": ");
	buf_puts(&text, v->reason);
	if (v->level != VERDICT_HEALTHY)
		put_subjects(v->findings, REASON_SUBJECTS, false, &text);
	put_line(b, &text, strlen(verdict_level_name(v->level)) + 2, 0, width);
}

static void
put_finding(const struct verdict_finding *f, bool colour, size_t width, struct buf *b)
{
	size_t used = strlen(verdict_level_name(f->level));
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
    const struct survey *s, const struct verdict *v, bool colour, size_t width, struct buf *b)
{
	struct buf text = {0};
	size_t i;

	put_verdict(v, colour, width, b);
	for (i = 0; i < s->ngroups; i++) {
		buf_putc(b, '\n');
		if (s->ngroups > 1) {
			buf_puts(&text, "distributor ");
			table_name(
			    &text, s->groups[i].distributor ? s->groups[i].distributor : "?");
			put_line(b, &text, 0, 0, width);
		}
		put_mirrors(s, i, b, width);
		put_bootstrap(&s->groups[i], b, width);
		if (s->list)
			put_communicator(s, i, b, width);
		buf_putc(b, '\n');
		put_hosts(s, i, b, width);
	}
	if (v->n)
		buf_putc(b, '\n');
	for (i = 0; i < v->n; i++)
		put_finding(&v->findings[i], colour, width, b);
}

/* Puts "NAME":, after a comma where something is before it. */
static void
member(struct buf *b, const char *name)
{
	if (!b->failed && b->n && b->s[b->n - 1] != '{' && b->s[b->n - 1] != '[')
		buf_putc(b, ',');
	if (!name)
		return;
	buf_json(b, name);
	buf_putc(b, ':');
}

/* A string; NULL is null. */
static void
string_member(struct buf *b, const char *name, const char *value)
{
	member(b, name);
	if (value)
		buf_json(b, value);
	else
		buf_puts(b, "null");
}

static void
number_member(struct buf *b, const char *name, bool known, size_t n)
{
	member(b, name);
	if (known)
		buf_printf(b, "%zu", n);
	else
		buf_puts(b, "null");
}

static void
answer_member(struct buf *b, const char *name, enum survey_answer answer)
{
	member(b, name);
	buf_puts(b, answer == SURVEY_UNKNOWN ? "null" : answer == SURVEY_YES ? "true" : "false");
}

static void
bool_member(struct buf *b, const char *name, bool value)
{
	answer_member(b, name, value ? SURVEY_YES : SURVEY_NO);
}

static void
json_mirror(const struct survey *s, const struct survey_mirror *m, struct buf *b)
{
	const struct survey_unit *u = &s->units[m->unit - 1];
	bool has_id = strcmp(relation_id(s, m), "-1") != 0;

	member(b, NULL);
	buf_putc(b, '{');
	string_member(b, "unit", u->name);
	string_member(b, "side", u->side == PART_DISTRIBUTOR ? "distributor" : "consumer");
	answer_member(b, "leader", u->leader);
	member(b, "relation-id");
	buf_puts(b, has_id ? relation_id(s, m) : "null");
	member(b, "state");
	if (m->data)
		buf_json(b, m->state == SURVEY_UP     ? "up"
			    : m->state == SURVEY_DOWN ? "down"
						      : "not-set");
	else
		buf_puts(b, "null");
	bool_member(b, "counts", m->counts);
	number_member(b, "hosts", m->data, m->hosts);
	number_member(b, "tokens", m->data, m->tokens);
	number_member(b, "members", m->data, m->members);
	buf_putc(b, '}');
}

static const char *
shared(const struct survey_group *g, const char *value)
{
	return *value || g->shared_known ? value : NULL;
}

static void
json_bootstrap(const struct survey_group *g, struct buf *b)
{
	member(b, "bootstrap");
	buf_putc(b, '{');
	string_member(b, "application", shared(g, g->bootstrap_app));
	string_member(b, "unit", shared(g, g->bootstrap_unit));
	string_member(b, "host", shared(g, g->bootstrap_host));
	buf_putc(b, '}');
	string_member(b, "mirror-unit", shared(g, g->mirror_unit));
}

static void
json_units(const struct survey *s, const struct survey_host *h, struct buf *b)
{
	const struct survey_unit *u;
	size_t i;

	member(b, "units");
	if (!h->unit && !s->groups[h->group].complete) {
		buf_puts(b, "null");
		return;
	}
	buf_putc(b, '[');
	for (i = h->unit; i; i = u->next) {
		u = &s->units[i - 1];
		member(b, NULL);
		buf_putc(b, '{');
		string_member(b, "unit", u->name);
		answer_member(b, "leader", u->leader);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void
json_values(const struct survey *s, const struct survey_host *h, struct buf *b)
{
	static const char *const names[] = {NULL, "empty", "token", "member", "other"};
	const struct survey_value *v;
	size_t i;

	string_member(b, "value", names[h->kind]);
	member(b, "values");
	buf_putc(b, '[');
	for (i = h->value; i; i = v->next) {
		v = &s->values[i - 1];
		member(b, NULL);
		buf_putc(b, '{');
		string_member(b, "value", names[v->kind]);
		number_member(b, "mirrors", s->groups[h->group].mirrors_known, v->mirrors);
		number_member(b, "join-addresses", v->decoded, v->addresses);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
	number_member(b, "mirrors", s->groups[h->group].mirrors_known, h->held);
}

static void
json_host(const struct survey *s, const struct survey_host *h, struct buf *b)
{
	member(b, NULL);
	buf_putc(b, '{');
	string_member(b, "host", h->name);
	json_units(s, h, b);
	json_values(s, h, b);
	answer_member(b, "member", h->joined);
	if (s->list) {
		member(b, "cluster");
		buf_puts(b, h->member ? "{" : "null");
		if (h->member) {
			string_member(b, "role", h->member->role);
			string_member(b, "status", h->member->status);
			bool_member(b, "communicator", h->communicator);
			buf_putc(b, '}');
		}
	}
	buf_putc(b, '}');
}

static void
json_group(const struct survey *s, size_t group, struct buf *b)
{
	const struct survey_group *g = &s->groups[group];
	const struct survey_mirror *m;
	const struct survey_host *h;

	member(b, NULL);
	buf_putc(b, '{');
	string_member(b, "application", g->distributor);
	bool_member(b, "complete", g->complete);
	json_bootstrap(g, b);
	member(b, "mirrors");
	buf_putc(b, '[');
	for (m = g->mirrors; m < g->mirrors + g->nmirrors; m++)
		if (survey_is_mirror(m))
			json_mirror(s, m, b);
	buf_putc(b, ']');
	number_member(b, "mirrors-that-count", g->mirrors_known, g->counting);
	member(b, "hosts");
	buf_putc(b, '[');
	for (h = g->hosts; h < g->hosts + g->nhosts; h++)
		json_host(s, h, b);
	buf_puts(b, "]}");
}

static void
json_finding(const struct survey *s, const struct verdict_finding *f, struct buf *b)
{
	size_t i;

	member(b, NULL);
	buf_putc(b, '{');
	string_member(b, "level", verdict_level_name(f->level));
	string_member(b, "code", f->code);
	string_member(
	    b, "distributor", f->group < s->ngroups ? s->groups[f->group].distributor : NULL);
	string_member(b, "what", f->what);
	member(b, "subjects");
	buf_putc(b, '[');
	for (i = 0; i < f->n; i++) {
		member(b, NULL);
		buf_putc(b, '{');
		string_member(b, "name", f->subjects[i].name);
		if (f->subjects[i].detail[0])
			string_member(b, "detail", f->subjects[i].detail);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
	string_member(b, "todo", f->todo);
	buf_putc(b, '}');
}

/* The relations that are judged, as each unit's document shows them. */
static void
json_documents(const struct survey *s, struct buf *b)
{
	const struct part *p;

	member(b, "documents");
	buf_putc(b, '[');
	for (p = s->parts.parts; p < s->parts.parts + s->parts.n; p++) {
		member(b, NULL);
		buf_putc(b, '{');
		string_member(b, "unit", p->view->unit);
		string_member(b, "endpoint", p->r->endpoint);
		number_member(b, "relation-id", p->r->id >= 0, (size_t)p->r->id);
		string_member(b, "side", p->side == PART_DISTRIBUTOR ? "distributor" : "consumer");
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

void
report_json(const struct survey *s, const struct verdict *v, struct buf *b)
{
	size_t i;

	buf_putc(b, '{');
	string_member(b, "verdict", verdict_level_name(v->level));
	string_member(b, "reason", v->reason);
	json_documents(s, b);
	member(b, "distributors");
	buf_putc(b, '[');
	for (i = 0; i < s->ngroups; i++)
		json_group(s, i, b);
	buf_putc(b, ']');
	member(b, "findings");
	buf_putc(b, '[');
	for (i = 0; i < v->n; i++)
		json_finding(s, &v->findings[i], b);
	buf_puts(b, "]}\n");
}
