# make bench      measures speed and memory against their limits; QUICK=1: roughly; NODES="10 50": clusters of these sizes

BENCH_TOOLS = $(addprefix $(BUILD)/test/,bench bench-floor)

bench: all build-test $(BENCH_TOOLS)
	BUILD=$(abspath $(BUILD)) QUICK='$(QUICK)' NODES='$(if $(filter file,$(origin NODES)),,$(NODES))' test/bench.sh

.PHONY: bench
