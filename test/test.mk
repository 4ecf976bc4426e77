# Part of the Makefile: builds what the tests and the demo need, and runs them.

SEEDS = 300
TEST_COMPILE = $(COMPILE) -D_DEFAULT_SOURCE
# the stand-ins have fixed flags, whatever flags the tools are built with
STANDIN_COMPILE = $(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Icommon $(WARNINGS) $(WERROR) -O2 -g
# what the stand-ins share: built with their flags, not taken from libtd.a
LIB_PARTS = test/lib/memory.c test/lib/file.c test/lib/row.c common/buf.c common/io.c common/fail.c common/token.c common/utf8.c
JUJU_PARTS = $(LIB_PARTS) $(addprefix test/juju/,settle.c agent.c resolve.c model.c show.c bag.c folder.c)
JUJUC_PARTS = $(LIB_PARTS) $(addprefix test/juju/,hook.c bag.c settings.c folder.c)
# the archive: a hook command then starts as fast as without the library
LIBYAML = -l:libyaml.a
SIMULATE_PARTS = test/juju/resolve.c test/lib/memory.c
CTL_PARTS = $(LIB_PARTS) test/cluster/store.c test/cluster/life.c
CLUSTER_PARTS = $(LIB_PARTS) test/lib/value.c common/host.c common/clock.c $(filter-out test/cluster/cluster.c test/cluster/clusterctl.c,$(wildcard test/cluster/*.c))

$(BUILD)/test/juju/juju: test/juju/juju.c $(JUJU_PARTS) $(wildcard test/juju/*.h test/lib/*.h common/*.h)
	@mkdir -p $(@D)
	$(Q)$(STANDIN_COMPILE) -o $@ test/juju/juju.c $(JUJU_PARTS) $(LIBS)

$(BUILD)/test/juju/bin/jujuc: test/juju/jujuc.c test/juju/uname.sh $(JUJUC_PARTS) $(wildcard test/juju/*.h test/lib/*.h common/*.h)
	@mkdir -p $(@D)
	$(Q)$(STANDIN_COMPILE) -o $@ test/juju/jujuc.c $(JUJUC_PARTS) $(LIBS) $(LIBYAML)
	$(Q)for name in $(HOOK_COMMANDS); do ln -sf jujuc $(@D)/$$name; done
	$(Q)install test/juju/uname.sh $(@D)/uname

$(BUILD)/test/cluster/microovn: test/cluster/cluster.c $(CLUSTER_PARTS) $(wildcard test/cluster/*.h test/lib/*.h common/*.h)
	@mkdir -p $(@D)
	$(Q)$(STANDIN_COMPILE) -o $@ test/cluster/cluster.c $(CLUSTER_PARTS) $(LIBS)
	$(Q)ln -sf microovn $(@D)/microceph

$(BUILD)/test/cluster/clusterctl: test/cluster/clusterctl.c $(CTL_PARTS) $(wildcard test/cluster/*.h test/lib/*.h common/*.h)
	@mkdir -p $(@D)
	$(Q)$(STANDIN_COMPILE) -o $@ test/cluster/clusterctl.c $(CTL_PARTS)

$(BUILD)/test/vectors: test/vectors.c $(wildcard test/vectors/*.[ch] test/lib/*.[ch] common/*.h) test/juju/bag.h test/juju/folder.h
	@mkdir -p $(@D)
	$(Q)$(STANDIN_COMPILE) -o $@ test/vectors.c $(wildcard test/vectors/*.c) $(LIB_PARTS) test/lib/value.c test/juju/bag.c test/juju/folder.c $(LIBS)

$(BUILD)/test/scripted: test/scripted.c $(wildcard test/lib/*.[ch] common/*.h)
	@mkdir -p $(@D)
	$(Q)$(STANDIN_COMPILE) -o $@ $< $(LIB_PARTS) test/lib/value.c $(LIBS)

$(BUILD)/test/%: test/%.c $(BUILD)/libtd.a
	@mkdir -p $(@D)
	$(Q)$(TEST_COMPILE) -o $@ $< $(BUILD)/libtd.a $(LIBS)

$(BUILD)/test/simulate: test/simulate.c $(wildcard test/simulate/*.[ch]) $(SIMULATE_PARTS) test/juju/resolve.h $(wildcard test/lib/*.h common/*.h) $(BUILD)/libtd.a
	@mkdir -p $(@D)
	$(Q)$(TEST_COMPILE) -o $@ test/simulate.c $(wildcard test/simulate/*.c) $(SIMULATE_PARTS) $(BUILD)/libtd.a $(LIBS)

build-test: $(TEST_TOOLS)

run-test: all $(TEST_TOOLS)
	@BUILD=$(abspath $(BUILD)) bats $(TESTS)

run-demo: all $(STANDINS:%=$(BUILD)/test/%)
	@BUILD=$(abspath $(BUILD)) BREAK='$(BREAK)' KEEP='$(KEEP)' test/demo $(NODES)

run-check:
	@test/check

simulate: $(BUILD)/test/simulate
	$< $(if $(SEED),-S $(SEED),-n $(SEEDS))

coverage:
	@test/coverage

run-deb:
	@BUILD=$(abspath $(BUILD)) test/deb.sh

.PHONY: simulate build-test run-test run-demo run-check run-deb coverage
