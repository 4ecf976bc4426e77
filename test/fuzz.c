/*
 * fuzz-replay TARGET FILE ...
 *
 * What is fuzzed: functions that take any bytes, and abort where a promise of a header in common/
 * is broken. libFuzzer calls the two functions at the end. Built with REPLAY, this is a program
 * that gives each file to the target, and ends well if no promise is broken.
 */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "cluster.h"
#include "consumer.h"
#include "corroborate.h"
#include "decimal.h"
#include "doc.h"
#include "facts.h"
#include "findings.h"
#include "host.h"
#include "io.h"
#include "jointoken.h"
#include "json.h"
#include "mirror.h"
#include "provider.h"
#include "report.h"
#include "state.h"
#include "token.h"
#include "units.h"
#include "utf8.h"

/* Chooses the target whose name argv[0] is, without folders. Ends the process if there is none. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target json prints, for test/fuzz/compare.py, a line "accepted N M" or "refused N M", the N
 * bytes of the input, and the M bytes of the value as it is put, or of the reason. */
static bool prints;

#define PROMISE(is_kept)                                                                      \
	do {                                                                                  \
		if (!(is_kept)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #is_kept); \
			abort();                                                              \
		}                                                                             \
	} while (0)

/* A copy of exactly that size, so that a read beyond its end is seen; or with a NUL at its end. */
static char *
copy(const void *data, size_t size, bool ended)
{
	char *text = calloc(size + ended, 1);

	PROMISE(text);
	if (size)
		memcpy(text, data, size);
	return text;
}

static bool
is_plain(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/* A refusal is one line, without anything that a terminal would obey. */
static void
check_refusal(const struct fail *f)
{
	PROMISE(f->status == STATUS_INPUT);
	PROMISE(f->text[0] && is_plain(f->text));
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The text may be freed when it was read. */
static int
read_json(struct json *j, const void *data, size_t size, const char *name, struct fail *f)
{
	char *text = copy(data, size, false);
	int r = json_read(j, text, size, name, f);

	free(text);
	return r;
}

/* It is put so. */
static void
check_put(const struct json *j, const struct buf *out)
{
	struct buf again = {0};

	json_put(&again, j->root);
	PROMISE(same(out->s, again.s));
	buf_free(&again);
}

/* What takes its text over reads the same: what out has, or refuses it with that reason. */
static void
check_taken(const uint8_t *data, size_t size, bool refused, const struct buf *out)
{
	struct buf b = {0};
	struct fail f = {0};
	struct json k;

	buf_put(&b, (const char *)data, size);
	PROMISE(!b.failed);
	PROMISE((json_take(&k, &b, "<stdin>", &f) != 0) == refused);
	PROMISE(!b.s && same(f.text, refused ? out->s : ""));
	if (!refused)
		check_put(&k, out);
	json_free(&k);
}

static void
fuzz_json(const uint8_t *data, size_t size)
{
	struct json j, k;
	struct buf out = {0};
	struct fail f = {0};
	bool refused = read_json(&j, data, size, "<stdin>", &f) != 0;

	if (refused) {
		check_refusal(&f);
		PROMISE(!j.root);
		buf_puts(&out, f.text);
	} else {
		/* what is put reads as the same, and is put so again */
		json_put(&out, j.root);
		PROMISE(!f.text[0] && !out.failed && utf8_valid(out.s, out.n));
		PROMISE(read_json(&k, out.s, out.n, "<out>", &f) == 0);
		check_put(&k, &out);
		json_free(&k);
	}
	check_taken(data, size, refused, &out);
	if (prints) {
		printf("%s %zu %zu\n", refused ? "refused" : "accepted", size, out.n);
		fwrite(data, 1, size, stdout);
		fwrite(out.s, 1, out.n, stdout);
	}
	buf_free(&out);
	json_free(&j);
}

static int
read_doc(struct doc *d, const uint8_t *data, size_t size, struct fail *f)
{
	struct buf b = {0};

	buf_put(&b, (const char *)data, size);
	return doc_take(d, &b, "<stdin>", f);
}

/* The relation that sel leaves of the document, or NULL. */
static struct doc_relation *
one_relation(struct doc *d, const struct doc_select *sel, struct fail *f)
{
	struct doc_relation *r = NULL;
	struct doc_view *v;

	if (doc_narrow(d, sel, f) == 0 && (v = doc_one_unit(d, f)) &&
	    doc_one_relation(v, &r, f) == 0)
		return r;
	PROMISE(is_plain(f->text) && f->text[0]);
	return NULL;
}

static void
check_mirrors(const uint8_t *data, size_t size, const struct doc_select *sel)
{
	const struct map_entry *e;
	struct map hosts = {0};
	struct doc_relation *r;
	const char *value;
	struct doc d;
	struct fail f;

	PROMISE(read_doc(&d, data, size, &f) == 0);
	r = one_relation(&d, sel, &f);
	for (int no_empty = 0; r && no_empty < 2; no_empty++) {
		PROMISE(mirror_data(r, no_empty, &hosts, &f) == 0);
		/* one host is found as all are */
		for (e = hosts.entries; e < hosts.entries + hosts.n && e < hosts.entries + 8; e++) {
			PROMISE(!no_empty || token_valid(e->value));
			PROMISE(mirror_find_value(r, e->key, no_empty, &value, &f) == 0);
			PROMISE(same(value, e->value));
		}
		PROMISE(!hosts.n || mirror_any_up(r));
		map_free(&hosts);
	}
	if (r)
		mirror_any_data(r);
	doc_free(&d);
}

static void
fuzz_document(const uint8_t *data, size_t size)
{
	struct doc_select sel = {0};
	struct fail f;
	struct doc d;

	if (read_doc(&d, data, size, &f)) {
		check_refusal(&f);
		return;
	}
	check_mirrors(data, size, &sel);
	if (d.nviews) {
		sel.unit = d.views[0].unit;
		check_mirrors(data, size, &sel);
		if (d.views[0].nrelations) {
			sel.endpoint = d.views[0].relations[0].endpoint;
			check_mirrors(data, size, &sel);
		}
		sel.relation = "cluster:4";
		sel.id = 4;
		check_mirrors(data, size, &sel);
	}
	doc_free(&d);
}

static const char list_text[] = "[{\"name\":\"n1\",\"role\":\"voter\",\"status\":\"ONLINE\"},"
				"{\"name\":\"n2\",\"role\":\"PENDING\",\"status\":\"\"}]";

/* A cluster that answers, and never fails when it joins. These look at few of their arguments. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* An action line that a step printed is one that td-apply reads. */
static int
take_line(void *ctx, const char *s, size_t n, struct fail *f)
{
	struct action a;
	struct fail g;
	char *text;

	PROMISE(n && s[n - 1] == '\n' && utf8_valid(s, n));
	for (size_t i = 0; i + 1 < n; i++)
		PROMISE((unsigned char)s[i] >= ' ' && s[i] != 0x7f);
	text = copy(s, n - 1, false);
	PROMISE(action_read(&a, text, n - 1, 1, &g) == 0);
	if (a.message)
		PROMISE(is_plain(a.message));
	action_free(&a);
	free(text);
	return 0;
}

static int
op_list(void *ctx, struct cluster *c, struct consumer_reason *why, struct fail *f)
{
	char text[sizeof list_text];

	memcpy(text, list_text, sizeof text);
	return cluster_read(c, text, sizeof text - 1, "<list>", f);
}

static int
op_command(void *ctx, enum consumer_command command, const char *arg, struct consumer_reason *why,
    struct fail *f)
{
	if (command == CONSUMER_JOIN)
		PROMISE(token_valid(arg));
	if (command != CONSUMER_REMOVE_HOST)
		return 0;
	memset(why, 0, sizeof *why);
	strcpy(why->text, "no");
	return 1;
}

static int
op_add(void *ctx, const char *host, const char **token, struct consumer_reason *why, struct fail *f)
{
	PROMISE(!host_fault(host) && host[0] != '-');
	*token = "made";
	return 0;
}

static int
op_save(void *ctx, const struct state *s, struct fail *f)
{
	return 0;
}

static int
op_observe(void *ctx, const struct action_event *e, struct fail *f)
{
	return 0;
}

static double
op_now(void *ctx)
{
	return 0;
}

static void
op_wait(void *ctx, double seconds)
{
}
#pragma GCC diagnostic pop

static void
provide(const struct doc_view *v)
{
	static const enum stepevent events[] = {
	    STEPEVENT_CHANGED, STEPEVENT_LEADER, STEPEVENT_UPDATE_STATUS, STEPEVENT_RECONCILE};
	const struct action_out out = {take_line, NULL};
	struct fail f;

	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (provider_step(v, events[i], &out, &f))
			check_refusal(&f);
}

static void
consume(const struct doc_view *v, struct doc_relation *r, bool in_cluster)
{
	static const enum stepevent events[] = {STEPEVENT_INSTALL, STEPEVENT_JOINED,
	    STEPEVENT_CHANGED, STEPEVENT_REMOVE, STEPEVENT_RECONCILE};
	struct consumer_options opts = {
	    .hostname = in_cluster ? "n1" : "n3", .command = "microovn cluster"};
	const struct consumer_ops ops = {NULL, {take_line, NULL}, op_list, op_command, op_add,
	    op_save, op_observe, op_now, op_now, op_wait};
	struct state s;
	struct fail f;

	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		state_new(&s);
		s.there = s.in_cluster = in_cluster;
		if (consumer_step(v, r, events[i], &opts, &s, &ops, &f))
			check_refusal(&f);
		state_free(&s);
	}
}

static void
fuzz_step(const uint8_t *data, size_t size)
{
	struct doc_select sel = {0};
	struct doc_relation *r;
	struct doc d;
	struct fail f;

	if (read_doc(&d, data, size, &f))
		return;
	r = one_relation(&d, &sel, &f);
	if (r) {
		consume(d.views, r, true);
		consume(d.views, r, false);
	}
	if (d.nviews == 1)
		provide(d.views);
	doc_free(&d);
}

static bool
is_once(const char *s, const char *of)
{
	s = strstr(s, of);
	return s && !strstr(s + 1, of);
}

/* A token, too long to be a name that is shown, is in neither report. */
static void
check_secret(const struct doc *d, const char *input, const char *text, const char *json)
{
	const struct doc_relation *r;
	const cJSON *e;
	size_t k;

	for (size_t i = 0; i < d->nviews; i++)
		for (size_t j = 0; j < d->views[i].nrelations; j++)
			for (r = &d->views[i].relations[j], k = 0; k < r->nunits; k++)
				for (e = doc_first(r->units[k].data); e; e = doc_next(e))
					if (mirror_host(e->string) && strlen(e->valuestring) > 64 &&
					    token_valid(e->valuestring) &&
					    is_once(input, e->valuestring))
						PROMISE(!strstr(text, e->valuestring) &&
							!strstr(json, e->valuestring));
}

static void
check_report(const struct doc *d, const struct cluster *list, const char *input)
{
	struct doc_select sel = {0};
	struct buf text = {0}, json = {0};
	struct findings v = {0};
	struct facts s;
	struct json j;
	struct fail f;

	PROMISE(facts_find(&s, d, &sel, list, &f) == 0 && findings_make(&v, &s, &f) == 0);
	report_text(&s, &v, false, 80, &text);
	report_json(&s, &v, &json);
	PROMISE(!text.failed && !json.failed && utf8_valid(text.s, text.n));
	for (size_t i = 0; i < text.n; i++) {
		PROMISE((unsigned char)text.s[i] >= ' ' || text.s[i] == '\n');
		PROMISE(text.s[i] != 0x7f &&
			!((unsigned char)text.s[i] == 0xc2 && (unsigned char)text.s[i + 1] < 0xa0));
	}
	check_secret(d, input, text.s, json.s);
	PROMISE(json_read(&j, json.s, json.n, "<json>", &f) == 0);
	json_free(&j);
	buf_free(&text);
	buf_free(&json);
	findings_free(&v);
	facts_free(&s);
}

/* A document, and, after a NUL, the cluster's list. */
static void
fuzz_status(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t n = nul ? (size_t)(nul - data) : size;
	struct doc_select sel = {0};
	struct cluster list = {0};
	struct fail f;
	struct doc d;
	char *input, *text;
	bool listed = false;

	setlocale(LC_CTYPE, "C.UTF-8");
	if (read_doc(&d, data, n, &f))
		return;
	if (nul) {
		text = copy(nul + 1, size - n - 1, false);
		listed = cluster_read(&list, text, size - n - 1, "<list>", &f) == 0;
		free(text);
	}
	input = copy(data, n, true);
	if (doc_narrow(&d, &sel, &f) == 0)
		check_report(&d, listed ? &list : NULL, input);
	free(input);
	cluster_free(&list);
	doc_free(&d);
}

/* One of Juju's names for units: fit for a shell's words, and no option. */
static bool
is_unit_name(const char *name)
{
	int end = 0;

	sscanf(name, "%*[a-z0-9-]/%*[0-9]%n", &end);
	return name[0] >= 'a' && name[0] <= 'z' && end && !name[end];
}

/* Finds what is asked for. Returns whether the status was read. */
static bool
find_units(struct units *u, const uint8_t *data, size_t size, const struct units_ask *ask)
{
	char *text = copy(data, size, false);
	struct fail f;
	int refused = units_find(u, text, size, "<stdin>", ask, &f);

	free(text);
	if (refused)
		check_refusal(&f);
	return !refused;
}

/* Units that are found are among all, with the same charm, in the same order. */
static void
check_units(const uint8_t *data, size_t size, const struct units_ask *ask, const struct units *all)
{
	const struct map_entry *e, *other = all->names.entries;
	struct units u;

	if (!find_units(&u, data, size, ask))
		return;
	for (e = u.names.entries; e < u.names.entries + u.names.n; e++, other++) {
		while (other < all->names.entries + all->names.n && !same(other->key, e->key))
			other++;
		PROMISE(other < all->names.entries + all->names.n && same(other->value, e->value));
	}
	units_free(&u);
}

/* What juju status prints. */
static void
fuzz_units(const uint8_t *data, size_t size)
{
	static char microovn[] = "microovn", td[] = "td";
	static char *const apps[] = {microovn, td};
	const struct units_ask every = {.all = true}, related = {0},
			       named = {.apps = apps, .napps = 2};
	const struct map_entry *e;
	struct units all;

	if (!find_units(&all, data, size, &every)) {
		/* what can't be read for all can't be for some */
		PROMISE(!find_units(&all, data, size, &related));
		return;
	}
	for (e = all.names.entries; e < all.names.entries + all.names.n; e++) {
		PROMISE(is_unit_name(e->key));
		PROMISE(e->value && is_plain(e->value) && !strpbrk(e->value, " '\"$`\\/"));
	}
	check_units(data, size, &related, &all);
	check_units(data, size, &named, &all);
	units_free(&all);
}

static void
fuzz_action(const uint8_t *data, size_t size)
{
	const uint8_t *newline = memchr(data, '\n', size);
	struct action a;
	struct fail f;
	char *text;

	if (newline)
		size = (size_t)(newline - data);
	text = copy(data, size, false);
	if (action_read(&a, text, size, 7, &f)) {
		check_refusal(&f);
		PROMISE(strncmp(f.text, "<stdin>:7", 9) == 0);
	} else {
		PROMISE(a.kind != ACTION_SET || (a.data && a.relation_id >= 0));
		PROMISE(a.kind != ACTION_STATUS || (a.word && a.message));
		PROMISE(a.kind != ACTION_LOG || (a.word && a.message));
		PROMISE(a.kind != ACTION_EVENT || a.word);
		PROMISE(a.kind != ACTION_DEFER || (a.word && a.message));
		PROMISE(a.kind != ACTION_DONE || a.word);
		action_free(&a);
	}
	free(text);
}

static void
fuzz_state(const uint8_t *data, size_t size)
{
	struct buf first = {0}, second = {0};
	char *text = copy(data, size, false);
	struct state s;
	struct fail f;
	int refused = state_read(&s, text, size, "state", &f);

	free(text);
	if (refused) {
		check_refusal(&f);
		PROMISE(!s.there && !s.tokens.n && !s.json.root);
		return;
	}
	PROMISE(s.there && !s.changed && s.ndeferred <= STATE_EVENTS && s.failed >= 0);
	state_put(&first, &s);
	state_free(&s);
	text = copy(first.s, first.n, false);
	PROMISE(state_read(&s, text, first.n, "state", &f) == 0);
	free(text);
	state_put(&second, &s);
	PROMISE(same(first.s, second.s));
	PROMISE(
	    state_set_token(&s, "n1", "token") == 0 && same(map_value(&s.tokens, "n1"), "token"));
	state_drop_token(&s, map_get(&s.tokens, 0, "n1"));
	PROMISE(!map_value(&s.tokens, "n1"));
	state_free(&s);
	buf_free(&first);
	buf_free(&second);
}

static void
fuzz_cluster(const uint8_t *data, size_t size)
{
	char *text = copy(data, size, false);
	struct cluster c;
	struct fail f;

	if (cluster_read(&c, text, size, "<list>", &f)) {
		check_refusal(&f);
		PROMISE(!c.n && !c.members);
	} else {
		for (size_t i = 0; i < c.n; i++)
			PROMISE(c.members[i].name[0] && c.members[i].address && c.members[i].role &&
				c.members[i].status && cluster_find(&c, c.members[i].name));
		cluster_free(&c);
	}
	free(text);
}

/* No run of so many characters is left. */
static void
check_runs(const char *s)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-";
	size_t n;

	for (; *s; s += n + (s[n] != '\0')) {
		n = strspn(s, letters);
		PROMISE(n < 40);
	}
}

/* The longest of the lines that is a token to be cut out and that the text begins with. */
static size_t
longest_known(const char *line, const char *end, const char *text, size_t n)
{
	size_t len, most = 0;

	for (; line < end; line += len + 1) {
		len = strlen(line);
		if (len >= 8 && len > most && len <= n && token_valid(line) &&
		    memcmp(line, text, len) == 0)
			most = len;
	}
	return most;
}

/* What redact_cut does, in the plainest way. */
static void
cut_plainly(const char *lines, const char *end, const char *text, size_t n, struct buf *out)
{
	size_t i, cut, run, run_end = 0;

	for (i = 0; i < n; i += cut ? cut : 1) {
		cut = longest_known(lines, end, text + i, n - i);
		run = i < run_end ? 0 : token_run(text + i, n - i);
		if (run)
			run_end = i + run;
		if (run >= 40 && run > cut)
			cut = run;
		if (cut)
			buf_puts(out, "[token]");
		else
			buf_putc(out, text[i]);
	}
}

/* Lines up to an empty one are tokens, and what comes after it a text that speaks of them. */
static void
check_cut(char *lines, const char *text, size_t n)
{
	struct redact_set set = {0};
	struct buf out = {0}, plain = {0};
	char *line, *rest = NULL;

	for (line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		PROMISE(redact_add(&set, line) == 0);
		/* text comes between tokens */
		if (strlen(line) % 3 == 0 && token_valid(line) && strlen(line) >= 8)
			PROMISE(redact_finds(&set, line, strlen(line)) == 1);
	}
	redact_cut(&set, text, n, &out);
	cut_plainly(lines + strspn(lines, "\n"), rest, text, n, &plain);
	PROMISE(out.n == plain.n && (!out.n || memcmp(out.s, plain.s, out.n) == 0));
	buf_free(&plain);
	PROMISE(!out.failed);
	if (out.n && strlen(out.s) == out.n)
		check_runs(out.s);
	redact_free(&set);
	buf_free(&out);
}

static void
fuzz_token(const uint8_t *data, size_t size)
{
	struct buf b = {0};
	const char *token, *text;
	char *all = copy(data, size, true), *gap;
	struct jointoken j;
	struct fail f;
	bool ours;

	buf_put(&b, all, size);
	token = token_strip(b.s, b.n);
	if (token) {
		PROMISE(token_valid(token) && token[0] != '-' && !strpbrk(token, " \t\n"));
		PROMISE(strlen(token_id(token).s) == 16 && token_has_id(token, token_id(token).s));
		PROMISE(jointoken_read(&j, token, &ours, &f) == 0);
		PROMISE(!ours || (j.fingerprint && j.addresses));
		jointoken_free(&j);
	}
	buf_free(&b);
	if (!host_fault(all))
		PROMISE(all[0] != '-' && strlen(all) < 256 && is_plain(all) &&
			!strpbrk(all, " /=\\'\""));
	PROMISE(is_plain(name_of(all).s) && strlen(name_of(all).s) <= 64);
	gap = strstr(all, "\n\n");
	if (gap) {
		*gap = '\0';
		text = gap + 2;
		check_cut(all, text, size - (size_t)(text - all));
	}
	free(all);
}

/* Do the elements count as one? */
static bool
agree(const cJSON *a, const cJSON *b)
{
	char *x, *y;
	double v;
	bool r;

	if (a->type != b->type)
		return false;
	if (cJSON_IsString(a))
		return strcmp(a->valuestring, b->valuestring) == 0;
	if (!cJSON_IsNumber(a))
		return true;
	x = malloc(strlen(a->valuestring) + DECIMAL_GROWTH);
	y = malloc(strlen(b->valuestring) + DECIMAL_GROWTH);
	PROMISE(x && y);
	PROMISE(decimal_key(x, a->valuestring) <= strlen(a->valuestring) + DECIMAL_GROWTH);
	decimal_key(y, b->valuestring);
	r = strcmp(x, y) == 0;
	v = strtod(a->valuestring, NULL);
	/* what a double tells apart, and what it can't */
	PROMISE(r ? v == strtod(b->valuestring, NULL)
		  : v != strtod(b->valuestring, NULL) || v == 0 || isinf(v) ||
			strlen(a->valuestring) > 15 || strlen(b->valuestring) > 15);
	free(x);
	free(y);
	return r;
}

static void
fuzz_corroborate(const uint8_t *data, size_t size)
{
	const cJSON *best = NULL, *x, *y;
	struct buf text_of_best = {0};
	struct corroborated result;
	size_t votes, most = 0;
	struct json j;
	struct fail f;

	if (read_json(&j, data, size, "<stdin>", &f) || !cJSON_IsArray(j.root)) {
		json_free(&j);
		return;
	}
	if (corroborate(j.root, "empty", &result, &f)) {
		check_refusal(&f);
	} else {
		for (x = j.root->child; x; x = x->next) {
			if (cJSON_IsString(x) && strcmp(x->valuestring, "empty") == 0)
				continue;
			for (votes = 0, y = j.root->child; y; y = y->next)
				votes += agree(x, y);
			if (votes > most) {
				most = votes;
				best = x;
			}
		}
		PROMISE(result.is_string == (!best || cJSON_IsString(best)));
		if (best && !result.is_string)
			json_put(&text_of_best, best);
		else
			buf_puts(&text_of_best, best ? best->valuestring : "empty");
		PROMISE(same(result.text, text_of_best.s));
		buf_free(&text_of_best);
	}
	json_free(&j);
}

static const struct target {
	const char *name;
	void (*fuzz)(const uint8_t *data, size_t size);
} targets[] = {{"json", fuzz_json}, {"document", fuzz_document}, {"step", fuzz_step},
    {"status", fuzz_status}, {"units", fuzz_units}, {"action", fuzz_action}, {"state", fuzz_state},
    {"cluster", fuzz_cluster}, {"token", fuzz_token}, {"corroborate", fuzz_corroborate}};

static const struct target *target;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *slash = strrchr(**argv, '/'), *name = slash ? slash + 1 : **argv;

	(void)argc;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		if (strcmp(targets[i].name, name) == 0)
			target = &targets[i];
	if (target)
		return 0;
	fprintf(stderr, "nothing called %s is fuzzed\n", name);
	exit(2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target->fuzz(data, size);
	return 0;
}

#ifdef REPLAY
int
main(int argc, char **argv)
{
	struct buf data = {0};
	struct fail f;

	if (argc < 2) {
		fprintf(stderr, "usage: fuzz-replay TARGET FILE ...\n");
		return 2;
	}
	argv++;
	prints = true;
	LLVMFuzzerInitialize(&argc, &argv);
	while (*++argv) {
		if (io_read_file(*argv, &data, &f)) {
			fprintf(stderr, "fuzz-replay: %s\n", f.text);
			return 2;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)(data.s ? data.s : ""), data.n);
		buf_free(&data);
	}
	return fflush(stdout) ? 2 : 0;
}
#endif
