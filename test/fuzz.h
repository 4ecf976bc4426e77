/*
 * What is fuzzed, each a function that takes any bytes and aborts where a promise of a header in
 * common/ is broken.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int fuzz_json(const uint8_t *data, size_t size);
int fuzz_document(const uint8_t *data, size_t size);
int fuzz_step(const uint8_t *data, size_t size);
int fuzz_status(const uint8_t *data, size_t size);
int fuzz_units(const uint8_t *data, size_t size);
int fuzz_action(const uint8_t *data, size_t size);
int fuzz_state(const uint8_t *data, size_t size);
int fuzz_cluster(const uint8_t *data, size_t size);
int fuzz_token(const uint8_t *data, size_t size);
int fuzz_corroborate(const uint8_t *data, size_t size);

/* When set, is called by fuzz_json: out is the value as the strict reader has it, or NULL with why
 * it refuses it. */
extern void (*fuzz_json_result)(const uint8_t *data, size_t size, const char *out, const char *why);

#endif
