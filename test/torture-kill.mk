# make torture-kill   kills the step and td-apply at each system call, with strace; KILL="bootstrap add join"
# make torture-add    kills the step at each system call while the command that makes a token is slow, late, ...;
#                     ADD="late endless"

KILL =
ADD =

torture-kill: all build-test
	BUILD=$(abspath $(BUILD)) test/torture-kill.sh $(KILL)

torture-add: all
	BUILD=$(abspath $(BUILD)) test/torture-add.sh $(ADD)

.PHONY: torture-kill torture-add
