# make torture-kill   the step and td-apply killed at each system call, by strace; KILL="bootstrap add join"

KILL =

torture-kill: all build-test
	BUILD=$(abspath $(BUILD)) test/torture-kill.sh $(KILL)

.PHONY: torture-kill
