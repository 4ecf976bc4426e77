# make torture    lets each call of each tool fail once; TORTURE="td-apply": only scenarios with that word in their name

TORTURE =

$(BUILD)/test/torture.so: test/torture.c test/torture.h
	@mkdir -p $(@D)
	$(Q)$(TEST_COMPILE) -fPIC -shared -o $@ test/torture.c -ldl

$(BUILD)/test/torture-run: $(wildcard test/torture-*.c test/lib/*.h common/*.h) test/torture.h $(LIB_PARTS) test/lib/value.c
	@mkdir -p $(@D)
	$(Q)$(TEST_COMPILE) -o $@ $(wildcard test/torture-*.c) $(LIB_PARTS) test/lib/value.c $(LIBS)

# four at a time, for much of the time is spent in waiting
torture: all $(BUILD)/test/torture.so $(BUILD)/test/torture-run
	$(BUILD)/test/torture-run -l $(TORTURE) | \
		xargs -d '\n' -n 1 -P 4 $(BUILD)/test/torture-run $(BUILD)/test/torture.so \
		test/torture-play.sh $(BUILD)

.PHONY: torture
