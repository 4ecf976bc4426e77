/*
 * What is fuzzed: functions that take any bytes, and abort where a promise of a header in common/
 * is broken. libFuzzer calls these two, as fuzz-replay does.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The target json prints, for test/fuzz/compare.py, a line "accepted N M" or "refused N M", the N
 * bytes of the input, and the M bytes of the value as it is put, or of the reason. */
extern bool fuzz_prints;

/* Chooses the target whose name argv[0] is, without folders. Ends the process if there is none. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
