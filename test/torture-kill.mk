# make torture-kill   kills the step and td-apply at each system call, with strace; KILL="bootstrap add join"

KILL =

torture-kill: all build-test
	BUILD=$(abspath $(BUILD)) test/torture-kill.sh $(KILL)

.PHONY: torture-kill
