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

static void
begin(void)
{
	fputs("{\"td/0\":{\"leader\":true,\"relation-info\":[", stdout);
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
begin_units(void)
{
	fputs("}},\"related-units\":{", stdout);
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
end_unit(void)
{
	fputs("}}", stdout);
}

static void
end_relation(void)
{
	fputs("}}", stdout);
}

static void
end(void)
{
	fputs("]}}\n", stdout);
}

static void
tokens(size_t n, size_t mirrors)
{
	size_t i, k, host;

	begin();
	begin_relation(0);
	begin_units();
	for (i = 0; i < mirrors; i++) {
		begin_unit(i);
		state = 1;
		host = 0;
		for (k = 0; k < n; k++, host = after(host, n)) {
			printf(",\"mirror-node-%zu\":\"", host);
			token(k);
			putchar('"');
		}
		end_unit();
	}
	end_relation();
	end();
}

static void
units(size_t n)
{
	size_t i, k;

	begin();
	begin_relation(0);
	begin_units();
	for (i = k = 0; k < n; k++, i = after(i, n)) {
		begin_unit(i);
		fputs(",\"mirror-node-1\":\"eyJzZWNyZXQiOiJmYWtlIn0=\"", stdout);
		end_unit();
	}
	end_relation();
	end();
}

static void
keys(size_t n)
{
	size_t k, host;

	begin();
	begin_relation(0);
	for (k = host = 0; k < n; k++, host = after(host, n))
		printf(",\"mirror-node-%zu\":\"empty\"", host);
	begin_units();
	begin_unit(0);
	for (k = host = 0; k < n; k++, host = after(host, n)) {
		printf(",\"mirror-node-%zu\":\"", host);
		base64(24);
		putchar('"');
	}
	end_unit();
	end_relation();
	end();
}

static void
relations(size_t n)
{
	size_t i;

	begin();
	for (i = 0; i < n; i++) {
		begin_relation(i);
		begin_units();
		begin_unit(0);
		end_unit();
		end_relation();
	}
	end();
}

static void
strings(size_t n, size_t distinct)
{
	size_t i;

	putchar('[');
	for (i = 0; i < n; i++)
		printf("%s\"value-%zu\"", i ? "," : "", (size_t)(next() % distinct));
	fputs("]\n", stdout);
}

/* Each of n once. */
static void
all_distinct(size_t n)
{
	size_t i;

	putchar('[');
	for (i = 0; i < n; i++)
		printf("%s\"value-%zu\"", i ? "," : "", i);
	fputs("]\n", stdout);
}

int
main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[1] : "";
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	size_t m = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;

	if (strcmp(kind, "tokens") == 0) {
		tokens(n, m);
	} else if (strcmp(kind, "units") == 0) {
		units(n);
	} else if (strcmp(kind, "keys") == 0) {
		keys(n);
	} else if (strcmp(kind, "relations") == 0) {
		relations(n);
	} else if (strcmp(kind, "strings") == 0 && m) {
		if (m < n)
			strings(n, m);
		else
			all_distinct(n);
	} else {
		fputs(usage, stderr);
		return 2;
	}
	return fclose(stdout) ? 4 : 0;
}
