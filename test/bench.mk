# make bench      speed and memory, compared with what bounds them; QUICK=1 for a rough look, NODES="10 50"

BENCH_TOOLS = $(addprefix $(BUILD)/test/,bench bench-floor bench-make)

bench: all build-test $(BENCH_TOOLS)
	BUILD=$(abspath $(BUILD)) QUICK='$(QUICK)' NODES='$(if $(filter file,$(origin NODES)),,$(NODES))' test/bench.sh

.PHONY: bench
