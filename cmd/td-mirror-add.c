#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "io.h"
#include "map.h"
#include "mirror.h"
#include "utf8.h"

static const struct cli_option options[] = {
    CLI_END,
};

/* Puts one member more of the object that out has begun. */
static void
put_member(struct buf *out, const char *key, const char *value)
{
	struct buf id = {0};

	buf_printf(&id, MIRROR_PREFIX "%s", key);
	buf_string(out, id.failed ? "" : id.s, value);
	out->failed |= id.failed;
	buf_free(&id);
}

static int
put_object(const cJSON *root, struct buf *out, struct fail *f)
{
	const cJSON *object, *m;

	if (json_object(root, &object, f))
		return fail_at(f, "cannot read <stdin>");
	for (m = object->child; m; m = m->next) {
		if (!m->string[0])
			return fail_set(
			    f, STATUS_INPUT, "cannot take a member of <stdin>: its name is empty");
		if (!cJSON_IsString(m))
			return fail_set(f, STATUS_INPUT, "member %s: expected a string, got %s",
			    name_of(m->string).s, json_kind(m));
		put_member(out, m->string, m->valuestring);
	}
	return 0;
}

/* Cuts the operand in two, KEY and *value. Returns what is wrong with it, or NULL. */
static const char *
cut_operand(char *operand, const char **value)
{
	char *equals = strchr(operand, '=');

	if (!equals)
		return "expected KEY=VALUE";
	if (equals == operand)
		return "the key is empty";
	if (!utf8_valid(operand, strlen(operand)))
		return "it isn't UTF-8";
	*equals = '\0';
	*value = equals + 1;
	return NULL;
}

/* Messages name operands by their place, because one may be a token by mistake. */
static int
read_operands(const struct cli *cli, struct map *pairs, struct fail *f)
{
	bool from_input = false;
	const char *value = NULL, *wrong;
	struct map_entry *e;
	int i;

	for (i = 0; i < cli->argc; i++) {
		wrong = cut_operand(cli->argv[i], &value);
		e = wrong ? NULL : map_put(pairs, 0, cli->argv[i]);
		if (!wrong && !e)
			return fail_memory(f);
		if (!wrong && e->value)
			wrong = "its key was given before";
		else if (!wrong && from_input && strcmp(value, "-") == 0)
			wrong = "another operand takes standard input";
		if (wrong)
			return fail_set(
			    f, STATUS_USAGE, "cannot take operand %d: %s", i + 1, wrong);
		e->value = value;
		from_input |= strcmp(value, "-") == 0;
	}
	return 0;
}

/* Reads what a command printed: one word and a newline. */
static int
read_word(const char *key, struct buf *b, struct fail *f)
{
	const char *wrong = NULL;

	if (io_read(STDIN_FILENO, b, "standard input", f))
		return -1;
	if (b->n && b->s[b->n - 1] == '\n')
		b->s[--b->n] = '\0';
	if (!b->n)
		wrong = "there is nothing on standard input";
	else if (strlen(b->s) != b->n)
		wrong = "it has a NUL in it";
	else if (strpbrk(b->s, " \t\n\v\f\r"))
		wrong = "it has a blank or newline in it";
	else if (!utf8_valid(b->s, b->n))
		wrong = "it isn't UTF-8";
	if (!wrong)
		return 0;
	return fail_set(
	    f, STATUS_INPUT, "cannot take the value of %s: %s", name_of_argument(key).s, wrong);
}

static int
put_operands(const struct cli *cli, struct buf *out, struct fail *f)
{
	struct map pairs = {0};
	struct buf word = {0};
	struct map_entry *e;
	bool dash;
	int r;

	r = read_operands(cli, &pairs, f);
	for (e = pairs.entries; !r && e < pairs.entries + pairs.n; e++) {
		dash = strcmp(e->value, "-") == 0;
		r = dash ? read_word(e->key, &word, f) : 0;
		if (!r)
			put_member(out, e->key, dash ? word.s : e->value);
	}
	map_free(&pairs);
	buf_free(&word);
	return r;
}

int
main(int argc, char **argv)
{
	struct buf out = {0};
	struct cli cli;
	int failed;

	cli_start(&cli, argc, argv,
	    "[KEY=VALUE ...]\n"
	    "  KEY=-          takes the value from standard input\n");
	if (cli_options(&cli, options) || cli_late_option(&cli))
		return cli.status;
	buf_putc(&out, '{');
	if (cli.argc)
		failed = put_operands(&cli, &out, &cli.fail);
	else
		failed = cli_json(&cli, put_object, &out);
	buf_puts(&out, "}\n");
	return cli_finish(&cli, failed, &out, STATUS_OK);
}
