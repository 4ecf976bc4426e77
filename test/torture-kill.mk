# make torture-kill   the step and td-apply killed at each system call, by strace; KILL="bootstrap add join"
# make torture-add    the step killed at each system call while `add` is slow, late, endless ...; ADD="late endless"

KILL =
ADD =

torture-kill: all build-test
	BUILD=$(abspath $(BUILD)) test/torture-kill.sh $(KILL)

torture-add: all
	BUILD=$(abspath $(BUILD)) test/torture-add.sh $(ADD)

.PHONY: torture-kill torture-add
