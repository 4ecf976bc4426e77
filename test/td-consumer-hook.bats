# The consumer's hook command: the event of each hook, how options reach the step, and that the hook fails if anything in
# the flow fails.

# shellcheck disable=SC2016,SC2030,SC2031
load helpers
load fake

@test "the event of each hook" {
	fake_stages td-consumer-step
	export JUJU_UNIT_NAME=ovn/0
	local hook event
	while read -r hook event; do
		JUJU_HOOK_NAME=$hook check 0 '' '' '' td-consumer-hook cluster microovn cluster
		flow '<cluster>' "<-E> <$event> <microovn> <cluster>"
	done <<-'END'
		install install
		remove remove
		cluster-relation-joined relation-joined
		cluster-relation-changed relation-changed
		cluster-relation-created reconcile
		cluster-relation-departed reconcile
		cluster-relation-broken reconcile
		other-relation-joined reconcile
		a-cluster-relation-changed reconcile
		update-status reconcile
		leader-elected reconcile
		config-changed reconcile
		relation-joined reconcile
	END
	JUJU_HOOK_NAME='cX-relation-joined' check 0 '' '' '' td-consumer-hook 'c?' microovn
	flow '<c?>' '<-E> <reconcile> <microovn>'
}

@test "nothing is done in the departed hook of the unit itself" {
	fake_stages td-consumer-step
	export JUJU_HOOK_NAME=cluster-relation-departed JUJU_UNIT_NAME=ovn/0
	JUJU_DEPARTING_UNIT=ovn/0 check 0 '' '' '' td-consumer-hook cluster microovn
	assert [ ! -e "$T/stages/step.calls" ]
	JUJU_DEPARTING_UNIT=td/0 check 0 '' '' '' td-consumer-hook cluster microovn
	flow '<cluster>' '<-E> <reconcile> <microovn>'
	JUJU_HOOK_NAME=cluster-relation-joined JUJU_DEPARTING_UNIT=ovn/0 check 0 '' '' '' \
		td-consumer-hook cluster microovn
	flow '<cluster>' '<-E> <relation-joined> <microovn>'
}

@test "nothing is done in the two hooks that Juju restricts" {
	fake_stages td-consumer-step
	export JUJU_UNIT_NAME=ovn/0
	for JUJU_HOOK_NAME in meter-status-changed collect-metrics; do
		export JUJU_HOOK_NAME
		check 0 '' '' '' td-consumer-hook cluster microovn
		assert [ ! -e "$T/stages/snapshot.calls" ]
		assert [ ! -e "$T/stages/step.calls" ]
		assert [ ! -e "$T/stages/apply.calls" ]
	done
}

@test "options reach the step untouched" {
	fake_stages td-consumer-step
	export JUJU_HOOK_NAME=install JUJU_UNIT_NAME=ovn/0
	check 0 '' '' '' td-consumer-hook cluster -J '--x y' -o '*' -a -- 'a  b' '' '$(id)' "it's"
	flow '<cluster>' "<-E> <install> <-J> <--x y> <-o> <*> <-a> <--> <a  b> <> <\$(id)> <it's>"
}

@test "the status is the last stage's" {
	fake_stages td-consumer-step
	export JUJU_HOOK_NAME=install JUJU_UNIT_NAME=ovn/0
	APPLY_STATUS=4 check 4 '' '' '' td-consumer-hook cluster microovn
	APPLY_STATUS=3 STEP_STATUS=4 check 3 '' '' '' td-consumer-hook cluster microovn
}

@test "a stage that fails fails the hook, and says why" {
	fake_hook_commands
	export JUJU_HOOK_NAME=install JUJU_UNIT_NAME=ovn/0
	refuse 'is-leader --format json' 1 'ERROR leadership status unknown'
	mkdir "$T/stages"
	printf '#!/bin/sh\ncat >/dev/null; echo "step: no document" >&2; exit 3\n' >"$T/stages/td-consumer-step"
	chmod 755 "$T/stages/td-consumer-step"
	PATH=$T/stages:$PATH check 3 '' 'td-snapshot: cannot .*leadership status unknown' '' \
		td-consumer-hook cluster microovn
	grep -q '^step: no document' "$T/check-err"
	grep -q '^td-apply: .*without a done line' "$T/check-err"
}

@test "tools beside the hook command are found, but those on PATH come first" {
	fake_stages td-consumer-step
	export JUJU_HOOK_NAME=install JUJU_UNIT_NAME=ovn/0
	mkdir "$T/bin"
	cp "$(command -v td-consumer-hook)" "$T/stages/"
	check 0 '' '' '' env PATH=/usr/bin:/bin "$T/stages/td-consumer-hook" cluster microovn
	flow '<cluster>' '<-E> <install> <microovn>'
	cp "$T/stages/td-consumer-hook" "$T/bin"
	check 0 '' '' '' "$T/bin/td-consumer-hook" cluster microovn
	flow '<cluster>' '<-E> <install> <microovn>'
	run ! env PATH=/usr/bin:/bin "$T/bin/td-consumer-hook" cluster microovn
}

@test "calls" {
	fake_stages td-consumer-step
	export JUJU_UNIT_NAME=ovn/0
	check 2 '' "JUJU_HOOK_NAME isn't set" '' td-consumer-hook cluster microovn
	JUJU_HOOK_NAME='' check 2 '' "JUJU_HOOK_NAME isn't set" '' td-consumer-hook cluster microovn
	export JUJU_HOOK_NAME=install
	check 2 '' 'no endpoint' '' td-consumer-hook
	check 2 '' 'no endpoint' '' td-consumer-hook ''
	check 2 '' 'no cluster command' '' td-consumer-hook cluster
	check 2 '' 'the endpoint goes first' '' td-consumer-hook -J x cluster microovn
	check 2 '' 'the endpoint goes first' '' td-consumer-hook --token=eyJzZWNyZXQiOiJhYmMifQ== x y
	refute grep -q eyJ "$T/check-err"
	assert [ ! -e "$T/stages/step.calls" ]
	run -0 td-consumer-hook --version
	assert_output --regexp '^td-consumer-hook [0-9.]+$'
	run -0 td-consumer-hook -V
	assert_output --regexp '^td-consumer-hook [0-9.]+$'
	run -0 td-consumer-hook --help
	assert_line --index 0 'usage: td-consumer-hook ENDPOINT [OPTION ...] COMMAND [ARG ...]'
	run -4 sh -c 'td-consumer-hook --help 2>&1 >/dev/full'
	assert_output 'td-consumer-hook: cannot write standard output: the write failed'
}
