/*
 * fuzz-replay TARGET FILE ...
 *
 * Gives each file to the function fuzz_TARGET, and ends well if no promise is broken. With the
 * target json-pairs it also prints, for test/fuzz/compare.py, each input with what the reader made
 * of it: a line "accepted N M" or "refused N M", the N bytes of the input, and the M bytes of the
 * value as it is put, or of the reason.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "io.h"

static const struct {
	const char *name;
	int (*fuzz)(const uint8_t *data, size_t size);
} targets[] = {{"json", fuzz_json}, {"json-pairs", fuzz_json}, {"document", fuzz_document},
    {"step", fuzz_step}, {"status", fuzz_status}, {"units", fuzz_units}, {"action", fuzz_action},
    {"state", fuzz_state}, {"cluster", fuzz_cluster}, {"token", fuzz_token},
    {"corroborate", fuzz_corroborate}};

static void
put_pair(const uint8_t *data, size_t size, const char *out, const char *why)
{
	const char *text = out ? out : why;

	printf("%s %zu %zu\n", out ? "accepted" : "refused", size, strlen(text));
	fwrite(data, 1, size, stdout);
	fputs(text, stdout);
}

int
main(int argc, char **argv)
{
	struct buf data = {0};
	struct fail f;
	size_t i;
	int arg;

	for (i = 0; argc > 1 && i < sizeof targets / sizeof *targets; i++) {
		if (strcmp(targets[i].name, argv[1]) != 0)
			continue;
		if (strcmp(argv[1], "json-pairs") == 0)
			fuzz_json_result = put_pair;
		for (arg = 2; arg < argc; arg++) {
			if (io_read_file(argv[arg], &data, &f)) {
				fprintf(stderr, "fuzz-replay: %s\n", f.text);
				return 2;
			}
			targets[i].fuzz((const uint8_t *)(data.s ? data.s : ""), data.n);
			buf_free(&data);
		}
		return fflush(stdout) ? 2 : 0;
	}
	fprintf(stderr, "usage: fuzz-replay TARGET FILE ...\n");
	return 2;
}
