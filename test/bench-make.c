/*
 * bench-make - documents to measure with
 *
 * The same text for the same arguments. Unit documents are a distributor unit's, its related units
 * being mirrors that are up, so that every tool has something to do with each of them.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: bench-make KIND N [M]\n"
			    "  tokens N M      M mirrors, in each a token for each of N hosts: as "
			    "long as in a cluster that "
			    "grows to N\n"
			    "  units N         N units of a few short keys\n"
			    "  keys N          a mirror and an own databag with N keys\n"
			    "  relations N     N relations of one unit each\n"
			    "  strings N M     an array of N strings, M of them distinct\n";

static uint64_t state = 88172645463325252u;

static uint64_t
next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void
base64(size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t bits = 0;

	for (; n; n--, bits >>= 6) {
		if (n % 10 == 0 || !bits)
			bits = next();
		putchar(digits[bits & 63]);
	}
}

/* Of a member that joins as the n-th: a secret, a fingerprint, and the addresses of all others. */
static void
token(size_t n)
{
	base64((180 + n * 19) * 4 / 3);
}

/* What comes after i when 0 to n - 1 are sorted as text, which is how Juju sorts names. */
static size_t
after(size_t i, size_t n)
{
	if (i == 0)
		return 1;
	if (i * 10 < n)
		return i * 10;
	while (i % 10 == 9 || i + 1 >= n)
		i /= 10;
	return i + 1;
}

/* What comes between the parts. */
static const char first[] = "{\"td/0\":{\"leader\":true,\"relation-info\":[",
		  units_begin[] = "}},\"related-units\":{", unit_end[] = "}}",
		  relation_end[] = "}}", last[] = "]}}\n";

static void
put(const char *s)
{
	fputs(s, stdout);
}

static void
begin_relation(size_t id)
{
	printf(
	    "%s{\"relation-id\":%zu,\"endpoint\":\"microcluster-cluster\","
	    "\"related-endpoint\":\"cluster\","
	    "\"related-application\":\"microovn\",\"application-data\":{},"
	    "\"local-application-data\":{\"bootstrap-app\":\"microovn\",\"mirror-unit\":\"td/0\"},"
	    "\"local-unit\":{\"in-scope\":true,\"data\":{\"mirror\":\"up\"",
	    id ? "," : "", id);
}

static void
begin_unit(size_t i)
{
	printf("%s\"microovn/%zu\":{\"in-scope\":true,\"data\":{\"egress-subnets\":\"10.0.%zu.%zu/"
	       "32\","
	       "\"hostname\":\"node-%zu\",\"ingress-address\":\"10.0.%zu.%zu\",\"mirror\":\"up\"",
	    i ? "," : "", i, i / 256, i % 256, i, i / 256, i % 256);
}

static void
tokens(size_t n, size_t mirrors)
{
	size_t i, k, host;

	put(first);
	begin_relation(0);
	put(units_begin);
	for (i = 0; i < mirrors; i++) {
		begin_unit(i);
		state = 1;
		host = 0;
		for (k = 0; k < n; k++, host = after(host, n)) {
			printf(",\"mirror-node-%zu\":\"", host);
			token(k);
			putchar('"');
		}
		put(unit_end);
	}
	put(relation_end);
	put(last);
}

static void
units(size_t n, size_t unused)
{
	size_t i, k;

	(void)unused;
	put(first);
	begin_relation(0);
	put(units_begin);
	for (i = k = 0; k < n; k++, i = after(i, n)) {
		begin_unit(i);
		put(",\"mirror-node-1\":\"eyJzZWNyZXQiOiJmYWtlIn0=\"");
		put(unit_end);
	}
	put(relation_end);
	put(last);
}

static void
keys(size_t n, size_t unused)
{
	size_t k, host;

	(void)unused;
	put(first);
	begin_relation(0);
	for (k = host = 0; k < n; k++, host = after(host, n))
		printf(",\"mirror-node-%zu\":\"empty\"", host);
	put(units_begin);
	begin_unit(0);
	for (k = host = 0; k < n; k++, host = after(host, n)) {
		printf(",\"mirror-node-%zu\":\"", host);
		base64(24);
		putchar('"');
	}
	put(unit_end);
	put(relation_end);
	put(last);
}

static void
relations(size_t n, size_t unused)
{
	size_t i;

	(void)unused;
	put(first);
	for (i = 0; i < n; i++) {
		begin_relation(i);
		put(units_begin);
		begin_unit(0);
		put(unit_end);
		put(relation_end);
	}
	put(last);
}

/* Of them, distinct are different; each is there once if that is all. */
static void
strings(size_t n, size_t distinct)
{
	size_t i;

	put("[");
	for (i = 0; i < n; i++)
		printf("%s\"value-%zu\"", i ? "," : "",
		    distinct && distinct < n ? (size_t)(next() % distinct) : i);
	put("]\n");
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(size_t n, size_t m);
	} kinds[] = {{"tokens", tokens}, {"units", units}, {"keys", keys}, {"relations", relations},
	    {"strings", strings}};
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, i;
	size_t m = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;

	for (i = 0; argc > 2 && i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(argv[1], kinds[i].name) == 0) {
			kinds[i].make(n, m);
			return fclose(stdout) ? 4 : 0;
		}
	}
	fputs(usage, stderr);
	return 2;
}
