# The distributor's hook command: the event of each hook, when --changed is used, and that the hook fails if anything in
# the flow fails. Then the whole flow, with the real tools.

# shellcheck disable=SC2030,SC2031
load helpers
load fake

@test "the event of each hook, and where one unit is enough" {
	fake_stages td-provider-step
	export JUJU_UNIT_NAME=td/0
	local hook remote event changed
	while read -r hook remote event changed; do
		JUJU_HOOK_NAME=$hook JUJU_REMOTE_UNIT=${remote#-} check 0 '' '' '' td-provider-hook mc
		flow "${changed:+<$changed> }<mc>" "<-E> <$event>"
	done <<-'END'
		mc-relation-changed ovn/0 relation-changed --changed
		mc-relation-changed - relation-changed
		mc-relation-joined ovn/0 reconcile --changed
		mc-relation-joined - reconcile
		mc-relation-departed ovn/0 reconcile
		mc-relation-broken - reconcile
		mc-relation-created - reconcile
		a-mc-relation-changed ovn/0 reconcile
		peers-relation-joined td/1 reconcile
		leader-elected - leader-elected
		update-status - update-status
		install - reconcile
		remove - reconcile
	END
	unset JUJU_REMOTE_UNIT
	JUJU_HOOK_NAME=mc-relation-changed check 0 '' '' '' td-provider-hook mc
	flow '<mc>' '<-E> <relation-changed>'
}

@test "nothing is done in the departed hook of the unit itself" {
	fake_stages td-provider-step
	export JUJU_HOOK_NAME=mc-relation-departed JUJU_UNIT_NAME=td/0
	JUJU_DEPARTING_UNIT=td/0 check 0 '' '' '' td-provider-hook mc
	assert [ ! -e "$T/stages/step.calls" ]
	JUJU_DEPARTING_UNIT=ovn/0 check 0 '' '' '' td-provider-hook mc
	flow '<mc>' '<-E> <reconcile>'
}

@test "nothing is done in the two hooks that Juju restricts" {
	fake_stages td-provider-step
	export JUJU_UNIT_NAME=td/0
	for JUJU_HOOK_NAME in meter-status-changed collect-metrics; do
		export JUJU_HOOK_NAME
		check 0 '' '' '' td-provider-hook mc
		assert [ ! -e "$T/stages/snapshot.calls" ]
		assert [ ! -e "$T/stages/step.calls" ]
		assert [ ! -e "$T/stages/apply.calls" ]
	done
}

@test "options reach the step untouched, and its status the caller" {
	fake_stages td-provider-step
	export JUJU_HOOK_NAME=update-status JUJU_UNIT_NAME=td/0
	check 0 '' '' '' td-provider-hook mc -r mc:4 -u 'a  b' ''
	flow '<mc>' '<-E> <update-status> <-r> <mc:4> <-u> <a  b> <>'
	APPLY_STATUS=4 check 4 '' '' '' td-provider-hook mc
	APPLY_STATUS=3 SNAPSHOT_STATUS=4 STEP_STATUS=3 check 3 '' '' '' td-provider-hook mc
}

@test "the whole flow" {
	fake_hook_commands
	export JUJU_UNIT_NAME=td/0 JUJU_HOOK_NAME=mc-relation-changed JUJU_RELATION_ID=mc:4 JUJU_REMOTE_UNIT=ovn/0
	answer 'is-leader --format json' true
	answer 'relation-ids mc --format json' '["mc:4"]'
	relation mc:4 ovn ovn/0 ovn/1
	answer 'relation-get -r mc:4 - ovn/0 --format json' '{"hostname":"node-0"}'
	calls >/dev/null
	check 0 '' '' '' td-provider-hook mc
	run calls
	assert_line 'relation-set -r 4 --file -'
	assert_line --partial '"mirror-node-0":"empty"'
	assert_line --partial '"bootstrap-app":"ovn"'
	refuse 'relation-set -r 4 --file -' 1 'ERROR permission denied'
	check 4 '' 'relation 4: relation-set: exit status 1: ERROR permission denied' '' td-provider-hook mc
	refuse 'relation-get -r mc:4 - ovn/1 --format json' 1 'ERROR permission denied'
	calls >/dev/null
	check 3 '' '^td-snapshot: .*unit ovn/1 in relation mc:4' '' td-provider-hook mc
	grep -q '^td-apply: .*without a done line' "$T/check-err"
	run calls
	refute_line --partial 'relation-set'
}

@test "calls" {
	fake_stages td-provider-step
	export JUJU_UNIT_NAME=td/0
	check 2 '' "JUJU_HOOK_NAME isn't set" '' td-provider-hook mc
	JUJU_HOOK_NAME='' check 2 '' "JUJU_HOOK_NAME isn't set" '' td-provider-hook mc
	export JUJU_HOOK_NAME=install
	check 2 '' 'no endpoint' '' td-provider-hook
	check 2 '' 'no endpoint' '' td-provider-hook ''
	check 2 '' 'the endpoint goes first' '' td-provider-hook -r 4 mc
	check 2 '' 'the endpoint goes first' '' td-provider-hook --token=eyJzZWNyZXQiOiJhYmMifQ== x y
	refute grep -q eyJ "$T/check-err"
	assert [ ! -e "$T/stages/step.calls" ]
	run -0 td-provider-hook --version
	assert_output --regexp '^td-provider-hook [0-9.]+$'
	run -0 td-provider-hook -h
	assert_line --index 0 'usage: td-provider-hook ENDPOINT [OPTION ...]'
	run -4 sh -c 'td-provider-hook -V 2>&1 >/dev/full'
	assert_output 'td-provider-hook: cannot write standard output: the write failed'
}
