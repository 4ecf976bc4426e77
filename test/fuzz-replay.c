/*
 * fuzz-replay TARGET FILE ...
 *
 * Gives each file to the target (fuzz.h), and ends well if no promise is broken.
 */
#include <stdio.h>

#include "fuzz.h"
#include "io.h"

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
	fuzz_prints = true;
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
