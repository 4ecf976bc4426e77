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

static const char *const sides[] = {
    [SIDE_CONSUMER] = "consumer", [SIDE_DISTRIBUTOR] = "distributor"};
static const char *const kinds[] = {[FACTS_NONE] = "-",
    [FACTS_EMPTY] = "empty",
    [FACTS_TOKEN] = "token",
    [FACTS_MEMBER] = "member",
    [FACTS_OTHER] = "no token"};
static const char *const answers[] = {
    [FACTS_UNKNOWN] = "?", [FACTS_NO] = "no", [FACTS_YES] = "yes"};
static const char *const states[] = {
    [FACTS_UNSET] = "not set", [FACTS_DOWN] = "down", [FACTS_UP] = "up"};

/* The same in JSON. */
static const char *const json_kinds[] = {NULL, "empty", "token", "member", "other"};
static const char *const json_answers[] = {"null", "false", "true"};
static const char *const json_states[] = {"not-set", "down", "up"};
static const char *const json_bools[] = {"false", "true"};

static void
put_number(struct buf *b, bool known, size_t n, const char *otherwise)
{
	if (known)
		buf_printf(b, "%zu", n);
	else
		buf_puts(b, otherwise);
}

/* The unit's name; a leader's has a mark. */
static void
put_unit(const struct facts_unit *u, struct buf *b)
{
	table_name(b, u->name);
	buf_puts(b, u->leader == FACTS_YES ? "*" : "");
}

/* Leaves out former communicators that hold nothing. */
static bool
is_shown(const struct facts_bag *m)
{
	return m->unit->side == SIDE_DISTRIBUTOR || m->state == FACTS_UP || m->hosts;
}

static void
put_mirrors(const struct facts_group *g, bool relations, struct buf *b, size_t width)
{
	struct table t = {.columns = "~<><>>>",
	    .titles = "MIRROR\0SIDE\0RELATION\0STATE\0HOSTS\0TOKENS\0MEMBERS"};
	const struct facts_bag *m;
	bool known;
	size_t i;

	for (i = 0; (m = facts_item(&g->bags, i)); i++) {
		known = m->seen.data;
		if (!is_shown(m))
			continue;
		put_unit(m->unit, table_cell(&t));
		buf_puts(table_cell(&t), sides[m->unit->side]);
		buf_puts(
		    table_cell(&t), relations && m->relation->id >= 0 ? m->relation->name : "");
		buf_puts(table_cell(&t), known ? states[m->state] : "unknown");
		if (m->seen.up && m->unit->side == SIDE_DISTRIBUTOR && !m->counts)
			buf_puts(&t.cells, ", not heard");
		put_number(table_cell(&t), known, m->hosts, "?");
		put_number(table_cell(&t), known, m->tokens, "?");
		put_number(table_cell(&t), known, m->members, "?");
	}
	table_put(&t, b, width, "no mirror is known\n");
}

/* Puts title and the name. */
static void
put_name(struct buf *b, const char *title, const char *name)
{
	buf_puts(b, title);
	table_name(b, name);
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
	char letter = 'A';

	if (h->kind == FACTS_NONE && !g->mirrors_known)
		buf_putc(text, '?');
	else if (!h->values)
		buf_puts(text, kinds[h->kind]);
	for (v = h->values; v && letter < 'A' + CELL_NAMES; v = v->next, letter++) {
		buf_printf(text, "%s%s", v == h->values ? "" : ", ", kinds[v->kind]);
		if (h->values->next)
			buf_printf(text, " %c", letter);
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
	const struct facts_value *v = h->values;
	size_t n = 0;

	if (!g->mirrors_known) {
		buf_putc(text, '?');
		return;
	}
	buf_printf(text, "%zu", v ? v->mirrors : h->held);
	while (v && (v = v->next) && ++n < CELL_NAMES)
		buf_printf(text, "+%zu", v->mirrors);
	buf_printf(text, "/%zu", g->counting);
}

static void
put_hosts(const struct facts_group *g, struct buf *b, size_t width)
{
	struct table t = {.columns = "~~<>><<~",
	    .titles = "HOST\0UNIT\0VALUE\0ADDR\0MIRRORS\0MEMBER\0ROLE\0STATUS"};
	const struct facts_host *h;
	size_t i;

	for (i = 0; (h = facts_item(&g->hosts, i)); i++) {
		table_name(table_cell(&t), h->name);
		put_units(g, h, table_cell(&t));
		put_value(g, h, table_cell(&t));
		put_addresses(h, table_cell(&t));
		put_share(g, h, table_cell(&t));
		buf_puts(table_cell(&t), answers[h->joined]);
		table_name(table_cell(&t), h->member ? h->member->role : "");
		table_name(table_cell(&t), h->member ? h->member->status : "");
	}
	table_put(&t, b, width, "no host is known\n");
}

static void
put_group(
    const struct facts *s, const struct facts_group *g, bool relations, struct buf *b, size_t width)
{
	const char *app = g->shared ? "no application" : "unknown";
	size_t start;

	buf_putc(b, '\n');
	start = b->n;
	if (s->ngroups > 1) {
		put_name(b, "distributor ", g->distributor ? g->distributor : "?");
		table_wrap(b, start, 0, 0, width);
	}
	put_mirrors(g, relations, b, width);
	start = b->n;
	put_name(b, "bootstrap: ", *g->bootstrap_app ? g->bootstrap_app : app);
	put_name(b, *g->bootstrap_unit ? ", by " : "", g->bootstrap_unit);
	put_name(b, *g->bootstrap_host ? " on " : "", g->bootstrap_host);
	table_wrap(b, start, 0, 0, width);
	start = b->n;
	if (s->list) {
		put_name(b, "communicator: ", g->communicator ? g->communicator->name : "none");
		table_wrap(b, start, 0, 0, width);
	}
	buf_putc(b, '\n');
	put_hosts(g, b, width);
}

/* Returns how many columns it takes. */
static size_t
put_level(enum findings_level level, bool colour, struct buf *b)
{
	static const char *const colours[] = {"\033[1;31m", "\033[33m", "\033[36m", "\033[32m"};

	buf_puts(b, colour ? colours[level] : "");
	buf_puts(b, findings_level(level));
	buf_puts(b, colour ? "\033[0m" : "");
	return strlen(findings_level(level));
}

/* ": a, b and 3 more", of n subjects. */
static void
put_subjects(const struct finding *f, size_t n, size_t max, bool details, struct buf *b)
{
	size_t i;

	for (i = 0; i < n && i < max && f[i].subject; i++) {
		put_name(b, i ? ", " : ": ", f[i].subject);
		if (details && f[i].detail[0])
			buf_printf(b, " (%s)", f[i].detail);
	}
	if (n > max)
		buf_printf(b, " and %zu more", n - max);
}

static void
put_verdict(const struct findings *v, bool colour, size_t width, struct buf *b)
{
	size_t used = put_level(v->level, colour, b) + 2, start;

	buf_puts(b, ": ");
	start = b->n;
	buf_puts(b, v->reason);
	if (v->level != FINDINGS_HEALTHY)
		put_subjects(v->list, findings_same(v, 0), REASON_SUBJECTS, false, b);
	table_wrap(b, start, used, 0, width);
}

/* A finding, with its n subjects. */
static void
put_finding(const struct finding *f, size_t n, bool colour, size_t width, struct buf *b)
{
	size_t used = put_level(f->level, colour, b), start;

	buf_printf(b, "%*s", (int)(INDENT - used), "");
	start = b->n;
	buf_puts(b, f->what);
	put_subjects(f, n, FINDING_SUBJECTS, true, b);
	buf_printf(b, " -> %s", f->todo);
	table_wrap(b, start, INDENT, INDENT, width);
}

void
report_text(
    const struct facts *s, const struct findings *v, bool colour, size_t width, struct buf *b)
{
	const struct facts_group *g, *end = s->groups + s->ngroups;
	size_t i, relations = 0;

	put_verdict(v, colour, width, b);
	for (g = s->groups; g < end; g++)
		relations += g->relations.n;
	for (g = s->groups; g < end; g++)
		put_group(s, g, relations > s->ngroups, b, width);
	if (v->n)
		buf_putc(b, '\n');
	for (i = 0; i < v->n; i += findings_same(v, i))
		put_finding(&v->list[i], findings_same(v, i), colour, width, b);
}

static void
number_member(struct buf *b, const char *name, bool known, size_t n)
{
	buf_item(b, name, "");
	put_number(b, known, n, "null");
}

static void
json_mirror(const struct facts_bag *m, struct buf *b)
{
	bool known = m->seen.data;

	buf_item(b, NULL, "{");
	buf_string(b, "unit", m->unit->name);
	buf_string(b, "side", sides[m->unit->side]);
	buf_item(b, "leader", json_answers[m->unit->leader]);
	number_member(b, "relation-id", m->relation->id >= 0, (size_t)m->relation->id);
	buf_string(b, "state", known ? json_states[m->state] : NULL);
	buf_item(b, "counts", json_bools[m->counts]);
	number_member(b, "hosts", known, m->hosts);
	number_member(b, "tokens", known, m->tokens);
	number_member(b, "members", known, m->members);
	buf_putc(b, '}');
}

static void
json_units(const struct facts_group *g, const struct facts_host *h, struct buf *b)
{
	const struct facts_unit *u;

	if (!h->unit && !g->complete) {
		buf_string(b, "units", NULL);
		return;
	}
	buf_item(b, "units", "[");
	for (u = h->unit; u; u = u->twin) {
		buf_item(b, NULL, "{");
		buf_string(b, "unit", u->name);
		buf_item(b, "leader", json_answers[u->leader]);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void
json_values(const struct facts_group *g, const struct facts_host *h, struct buf *b)
{
	const struct facts_value *v;

	buf_string(b, "value", json_kinds[h->kind]);
	buf_item(b, "values", "[");
	for (v = h->values; v; v = v->next) {
		buf_item(b, NULL, "{");
		buf_string(b, "value", json_kinds[v->kind]);
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
	buf_item(b, NULL, "{");
	buf_string(b, "host", h->name);
	json_units(g, h, b);
	json_values(g, h, b);
	buf_item(b, "member", json_answers[h->joined]);
	if (h->member) {
		buf_item(b, "cluster", "{");
		buf_string(b, "role", h->member->role);
		buf_string(b, "status", h->member->status);
		buf_item(b, "communicator", json_bools[h == g->communicator]);
		buf_putc(b, '}');
	} else if (s->list) {
		buf_string(b, "cluster", NULL);
	}
	buf_putc(b, '}');
}

static void
json_group(const struct facts *s, const struct facts_group *g, struct buf *b)
{
	const struct facts_bag *m;
	const struct facts_host *h;
	size_t i;

	buf_item(b, NULL, "{");
	buf_string(b, "application", g->distributor);
	buf_item(b, "complete", json_bools[g->complete]);
	buf_item(b, "bootstrap", "{");
	buf_string(b, "application", g->shared ? g->bootstrap_app : NULL);
	buf_string(b, "unit", g->shared ? g->bootstrap_unit : NULL);
	buf_string(b, "host", g->shared ? g->bootstrap_host : NULL);
	buf_putc(b, '}');
	buf_string(b, "mirror-unit", g->shared ? g->mirror_unit : NULL);
	buf_item(b, "mirrors", "[");
	for (i = 0; (m = facts_item(&g->bags, i)); i++)
		if (is_shown(m) || m->state != FACTS_UNSET)
			json_mirror(m, b);
	buf_putc(b, ']');
	number_member(b, "mirrors-that-count", g->mirrors_known, g->counting);
	buf_item(b, "hosts", "[");
	for (i = 0; (h = facts_item(&g->hosts, i)); i++)
		json_host(s, g, h, b);
	buf_puts(b, "]}");
}

static void
json_finding(const struct finding *f, size_t n, struct buf *b)
{
	struct buf todo = {0};
	size_t i;

	buf_puts(&todo, f->todo);
	table_unglue(todo.s, todo.failed ? 0 : todo.n);
	buf_item(b, NULL, "{");
	buf_string(b, "level", findings_level(f->level));
	buf_string(b, "code", f->code);
	buf_string(b, "distributor", f->group ? f->group->distributor : NULL);
	buf_string(b, "what", f->what);
	buf_item(b, "subjects", "[");
	for (i = 0; i < n && f[i].subject; i++) {
		buf_item(b, NULL, "{");
		buf_string(b, "name", f[i].subject);
		if (f[i].detail[0])
			buf_string(b, "detail", f[i].detail);
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
	buf_string(b, "todo", todo.failed ? "" : todo.s);
	buf_putc(b, '}');
	b->failed |= todo.failed;
	buf_free(&todo);
}

/* A relation that is judged, in a unit's document. */
static void
json_document(const struct sides_relation *p, struct buf *b)
{
	buf_item(b, NULL, "{");
	buf_string(b, "unit", p->view->unit);
	buf_string(b, "endpoint", p->r->endpoint);
	number_member(b, "relation-id", p->r->id >= 0, (size_t)p->r->id);
	buf_string(b, "side", sides[p->side]);
	buf_putc(b, '}');
}

void
report_json(const struct facts *s, const struct findings *v, struct buf *b)
{
	size_t i;

	buf_putc(b, '{');
	buf_string(b, "verdict", findings_level(v->level));
	buf_string(b, "reason", v->reason);
	buf_item(b, "documents", "[");
	for (i = 0; i < s->sides.n; i++)
		json_document(&s->sides.relations[i], b);
	buf_putc(b, ']');
	buf_item(b, "distributors", "[");
	for (i = 0; i < s->ngroups; i++)
		json_group(s, &s->groups[i], b);
	buf_putc(b, ']');
	buf_item(b, "findings", "[");
	for (i = 0; i < v->n; i += findings_same(v, i))
		json_finding(&v->list[i], findings_same(v, i), b);
	buf_puts(b, "]}\n");
}
