# make fuzz       runs libFuzzer with ASan and UBSan; SECONDS=60 for each target; FUZZ="json state" only these targets. Inputs
#                 that break something are kept in test/fuzz/regress/TARGET, and the tests run them again.

SECONDS = 60
FUZZ = json document step status units action state cluster token corroborate
FUZZ_CC = clang
# without pointer-overflow: it refuses NULL + 0, the end of an empty array, which works with every compiler
FUZZ_FLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-sanitize=pointer-overflow
FUZZ_COMPILE = $(subst $(CC) ,$(FUZZ_CC) ,$(filter-out $(CFLAGS),$(TEST_COMPILE))) $(FUZZ_FLAGS)
FUZZED = test/fuzz.c $(wildcard common/*.c)
FUZZERS = $(FUZZ:%=$(BUILD)/fuzz/%)

$(BUILD)/fuzz/common.a: $(FUZZED) $(wildcard common/*.h)
	rm -rf $(@D)/objects && mkdir -p $(@D)/objects
	for source in $(FUZZED); do \
		$(FUZZ_COMPILE) -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping -c \
			-o $(@D)/objects/$$(basename $$source .c).o $$source || exit 1; done
	rm -f $@ && $(AR) rcs $@ $(@D)/objects/*.o

$(BUILD)/fuzz/fuzz: $(BUILD)/fuzz/common.a
	$(FUZZ_COMPILE) -fsanitize=fuzzer -fprofile-instr-generate -o $@ $(@D)/objects/fuzz.o $< $(LIBS)

# it fuzzes the target by whose name it is called
$(FUZZERS): $(BUILD)/fuzz/fuzz
	ln -sf fuzz $@

$(BUILD)/test/fuzz-replay: test/fuzz.c $(BUILD)/libtd.a
	@mkdir -p $(@D)
	$(Q)$(TEST_COMPILE) -DREPLAY -o $@ $< $(BUILD)/libtd.a $(LIBS)

run-fuzz: $(FUZZERS) $(BUILD)/test/fuzz-replay
	BUILD=$(abspath $(BUILD)) test/fuzz.sh $(SECONDS) $(FUZZ)

build-test run-test: $(BUILD)/test/fuzz-replay

.PHONY: run-fuzz
