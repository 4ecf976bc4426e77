# make            the tools, into build/; V=1 shows the compiler's lines
# make demo       shows how a cluster forms, with programs that stand in for Juju and microcluster (NODES=5, BREAK=1,
#                 KEEP=DIR)
# make test       runs the tests; TESTS="test/td-apply.bats ..." only some of them
# make check      warnings of compilers, linters, format, pages
# make install    installs into $(DESTDIR)$(PREFIX); make uninstall removes
# make deb        makes a Debian package in build/deb
# make simulate, torture, torture-kill, torture-add, fuzz, bench, coverage: see README

PREFIX = /usr/local
DESTDIR =
VERSION = 1.0
BUILD = build
NODES = 5
TESTS = test

CC = cc
CFLAGS = -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LDFLAGS = -pie -Wl,-z,relro,-z,now
# where the tools find libcjson, relative to their own folder: for a charm that brings it along. auto: where Debian and
# Ubuntu have it on this architecture
RUNPATH =

TOOLS = td-mirror-id td-corroborate td-find-mirrors td-find-value td-mirror-data td-any-data td-mirror-add \
	td-provider-step td-consumer-step td-snapshot td-apply td-in-cluster td-units td-status
SCRIPTS = td-provider-hook td-consumer-hook juju-td-status
COMPLETIONS = $(PREFIX)/share/bash-completion/completions
PAGES = $(TOOLS:%=man/%.1) $(SCRIPTS:%=man/%.1) man/td.7 man/td-migrate.7 man/td-document.5

WARNINGS = -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wformat=2 -Wconversion -Wno-sign-conversion
COMPILE = $(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -DVERSION='"$(VERSION)"' -Icommon $(WARNINGS) $(CPPFLAGS) $(CFLAGS)
BESIDE = $(if $(RUNPATH:auto=),$(RUNPATH),../lib/$(shell $(CC) -print-multiarch))
LINK = $(LDFLAGS) $(if $(RUNPATH),-Wl$(comma)-rpath$(comma)'$$ORIGIN/$(BESIDE)')
LIBS = -lcjson
comma = ,
# the compiler's lines are quiet; V=1 shows them
Q = $(if $(V),,@)

OBJECTS = $(patsubst common/%.c,$(BUILD)/%.o,$(wildcard common/*.c))
STANDINS = juju/juju juju/bin/jujuc cluster/microovn cluster/clusterctl
TEST_TOOLS = $(addprefix $(BUILD)/test/,$(STANDINS) vectors scripted run simulate)
HOOK_COMMANDS = is-leader relation-ids relation-list relation-get relation-set status-set juju-log state-get state-set \
	state-delete status-get config-get network-get goal-state unit-get relation-model-get application-version-set

all: $(TOOLS:%=$(BUILD)/%) $(SCRIPTS:%=$(BUILD)/%)

$(BUILD)/%.o: common/%.c common/*.h
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

$(BUILD)/libtd.a: $(OBJECTS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/td-%: cmd/td-%.c $(BUILD)/libtd.a
	$(Q)$(COMPILE) -o $@ $< $(BUILD)/libtd.a $(LINK) $(LIBS)

$(BUILD)/td-%-hook: cmd/hook.sh
	@mkdir -p $(@D)
	$(Q)sed 's/@SIDE@/$*/; s/@VERSION@/$(VERSION)/' $< >$@ && chmod 755 $@

$(BUILD)/juju-td-status: cmd/juju-td-status.sh
	@mkdir -p $(@D)
	$(Q)sed 's/@VERSION@/$(VERSION)/' $< >$@ && chmod 755 $@

include $(wildcard test/*.mk)

demo test check fuzz deb: %: deps-%
	@$(MAKE) --no-print-directory run-$@

deps-%:
	@test/deps $*

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(addprefix $(DESTDIR)$(PREFIX)/share/man/man,1 5 7) $(DESTDIR)$(COMPLETIONS)
	install $(TOOLS:%=$(BUILD)/%) $(SCRIPTS:%=$(BUILD)/%) $(DESTDIR)$(PREFIX)/bin
	for page in $(PAGES); do install -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.} || exit 1; done
	for name in $(TOOLS) $(SCRIPTS); do install -m 644 cmd/completion.bash $(DESTDIR)$(COMPLETIONS)/$$name || exit 1; done

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(TOOLS) $(SCRIPTS)) $(addprefix $(DESTDIR)$(COMPLETIONS)/,$(TOOLS) $(SCRIPTS))
	for page in $(PAGES:man/%=%); do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$$page; done
	@# remove empty folders that install may have made, but not /usr or /usr/local
	@rmdir $(DESTDIR)$(PREFIX)/share/man/man[157] $(DESTDIR)$(COMPLETIONS) $(DESTDIR)$(dir $(COMPLETIONS)) 2>/dev/null || :
	@case $(DESTDIR)$(PREFIX) in /usr | /usr/local) ;; *) rmdir $(addprefix $(DESTDIR)$(PREFIX)/,bin share/man share); \
		$(if $(DESTDIR),cd $(DESTDIR) && rmdir -p $(PREFIX:/%=%),rmdir $(PREFIX)) ;; esac 2>/dev/null || :

clean:
	rm -rf $(BUILD)

.PHONY: all demo test check fuzz deb install uninstall clean
