# td-snapshot makes the unit document from what the hook commands print: its shape, what --changed reads, what is left
# out, and the message of each failure.

# shellcheck disable=SC2030,SC2031
load helpers
load fake

setup() {
	fake_hook_commands
	export JUJU_UNIT_NAME=td/0
	answer 'is-leader --format json' false
	answer 'relation-ids c --format json' '["c:10","c:2"]'
	relation c:10 ovn ovn/0 ovn/1
	relation c:2 ceph ceph/0
}

lead() {
	answer 'is-leader --format json' true
}

# settle RELATION: the leader has written there what lets it read just one unit.
settle() {
	answer "relation-get -r $1 --app - td --format json" "{${settled#*\{}"
}

# Parts of documents.
readonly other='"application-data":{"of":"other app"}'
readonly head10='{"relation-id":10,"endpoint":"c","related-application":"ovn",'$other
readonly head2='{"relation-id":2,"endpoint":"c","related-application":"ceph",'$other
readonly own='"local-unit":{"in-scope":true,"data":{"own":"1"}}'
readonly ovn0='"ovn/0":{"in-scope":true,"data":{"of":"ovn/0"}}'
readonly ovn1='"ovn/1":{"in-scope":true,"data":{"of":"ovn/1"}}'
readonly units10='"related-units":{'$ovn0,$ovn1'}'
readonly units2='"related-units":{"ceph/0":{"in-scope":true,"data":{"of":"ceph/0"}}}'
readonly settled='"local-application-data":{"bootstrap-unit":"ovn/0","mirror-unit":"td/0"}'
readonly empty='"local-application-data":{}'
readonly none='"related-units":{}'
readonly partial='"partial":true'

# document LEADER RELATION...
document() {
	local leader=$1 IFS=,
	shift
	echo "{\"td/0\":{\"leader\":$leader,\"relation-info\":[$*]}}"
}

@test "all units of all relations" {
	check 0 "$(document false "$head10,$own,$units10}" "$head2,$own,$units2}")" '' '' \
		td-snapshot c
	lead
	settle c:2
	check 0 "$(document true "$head10,$empty,$own,$units10}" "$head2,$settled,$own,$units2}")" \
		'' '' td-snapshot c
}

@test "--changed: one unit for a leader, none for another" {
	export JUJU_RELATION_ID=c:10 JUJU_REMOTE_UNIT=ovn/1
	check 0 "$(document false "$head10,$own,$none,$partial}" "$head2,$own,$none,$partial}")" \
		'' '' td-snapshot -c c
	run calls
	refute_line --partial relation-list\ -r\ c:10\ --format
	refute_line --partial ovn/
	lead
	settle c:10
	settle c:2
	local one
	one=$(document true "$head10,$settled,$own,\"related-units\":{$ovn1},$partial}" \
		"$head2,$settled,$own,$none,$partial}")
	check 0 "$one" '' '' td-snapshot --changed c
	local nobody
	nobody=$(document true "$head10,$settled,$own,$none,$partial}" \
		"$head2,$settled,$own,$none,$partial}")
	JUJU_REMOTE_UNIT=ovn/9 check 0 "$nobody" '' '' td-snapshot -c c
	JUJU_REMOTE_UNIT='' check 0 "$nobody" '' '' td-snapshot -c c
	JUJU_RELATION_ID='' check 0 "$nobody" '' '' td-snapshot -c c
	JUJU_RELATION_ID=peers:7 check 0 "$nobody" '' '' td-snapshot -c c
}

@test "--changed: all units while a relation lacks bootstrap-unit or has another mirror-unit" {
	lead
	export JUJU_RELATION_ID=c:10 JUJU_REMOTE_UNIT=ovn/1
	local bag
	for bag in '{}' '{"mirror-unit":"td/0"}' '{"mirror-unit":"td/1","bootstrap-unit":"ovn/0"}' \
		'{"bootstrap-unit":"ovn/0"}' '{"mirror-unit":"td/0","bootstrap-unit":""}'; do
		settle c:10
		answer 'relation-get -r c:2 --app - td --format json' "$bag"
		check 0 "$(document true "$head10,$settled,$own,$units10}" \
			"$head2,\"local-application-data\":$bag,$own,$units2}")" '' '' td-snapshot -c c
		answer 'is-leader --format json' false
		check 0 "$(document false "$head10,$own,$none,$partial}" "$head2,$own,$none,$partial}")" \
			'' '' td-snapshot -c c
		lead
	done
}

@test "--changed: as many commands for many units as for one" {
	lead
	settle c:10
	settle c:2
	export JUJU_RELATION_ID=c:10 JUJU_REMOTE_UNIT=ovn/1
	calls >/dev/null
	td-snapshot -c c >/dev/null
	run calls
	local before=${#lines[@]} i units=()
	for i in $(seq 0 40); do
		units+=("ovn/$i")
	done
	relation c:10 ovn "${units[@]}"
	settle c:10
	td-snapshot -c c >/dev/null
	run calls
	assert_equal "${#lines[@]}" "$before"
}

@test "no relation, and bags that are null" {
	answer 'relation-ids none --format json' '[]'
	check 0 "$(document false)" '' '' td-snapshot none
	answer 'relation-ids none --format json' null
	check 0 "$(document false)" '' '' td-snapshot none
	answer 'relation-ids c --format json' '["c:2"]'
	answer 'relation-get -r c:2 - ceph/0 --format json' null
	answer 'relation-get -r c:2 --app - ceph --format json' null
	check 0 "$(document false "${head2%\{*}{},$own,${units2%\{*}{}}}}")" \
		'' '' td-snapshot c
}

@test "the other application isn't known" {
	answer 'relation-ids c --format json' '["c:2"]'
	refuse 'relation-list -r c:2 --app --format json' 2 'ERROR no such option'
	local head='{"relation-id":2,"endpoint":"c"'
	check 0 "$(document false "$head,\"application-data\":{\"of\":\"other app\"},$own,$units2}")" \
		'' '' td-snapshot c
	answer 'relation-list -r c:2 --app --format json' '""'
	answer 'relation-list -r c:2 --format json' '[]'
	check 0 "$(document false "$head,$own,$none}")" '' '' td-snapshot c
}

@test "a relation whose own databag is refused is left out" {
	local text
	for text in 'permission denied' 'permission denied (unauthorized access)' 'relation not found'; do
		refuse 'relation-get -r c:10 - td/0 --format json' 1 "ERROR $text"
		check 0 "$(document false "$head2,$own,$units2,$partial}")" \
			"^td-snapshot: relation c:10 is left out.*: ERROR ${text%%(*}" '' td-snapshot c
		[ "$(wc -l <"$T/check-err")" = 1 ]
	done
	refuse 'relation-get -r c:10 - td/0 --format json' 1 'ERROR cannot connect'
	check 4 '' \
		'databag of unit td/0 in relation c:10: relation-get: exit status 1: ERROR cannot connect$' '' td-snapshot c
}

@test "--changed with a relation left out: all units where it must, but still partial" {
	lead
	settle c:2
	export JUJU_RELATION_ID=c:2 JUJU_REMOTE_UNIT=ceph/0
	refuse 'relation-get -r c:10 - td/0 --format json' 1 'ERROR permission denied'
	check 0 "$(document true "$head2,$settled,$own,$units2,$partial}")" \
		'c:10 is left out' '' td-snapshot -c c
	answer 'relation-get -r c:2 --app - td --format json' '{}'
	check 0 "$(document true "$head2,$empty,$own,$units2,$partial}")" \
		'c:10 is left out' '' td-snapshot -c c
}

@test "the relation that is going is left out in its broken hook" {
	export JUJU_RELATION_ID=c:10 JUJU_HOOK_NAME=c-relation-broken JUJU_REMOTE_UNIT=''
	check 0 "$(document false "$head2,$own,$units2,$partial}")" '' '' td-snapshot c
	run calls
	refute_line --partial 'c:10'
	answer 'relation-ids c --format json' '["c:2"]'
	check 0 "$(document false "$head2,$own,$units2,$partial}")" '' '' td-snapshot c
	JUJU_HOOK_NAME=other-relation-broken JUJU_RELATION_ID=other:7 check 0 \
		"$(document false "$head2,$own,$units2}")" '' '' td-snapshot c
}

@test "what fails is named, and nothing is printed" {
	lead
	local call
	while IFS='|' read -r call what; do
		refuse "$call" 1 'ERROR broken'
		check 4 '' "cannot read $what: ${call%% *}: exit status 1: ERROR broken\$" '' td-snapshot c
		rm "$FAKE/answers/$(echo "$call" | tr / _)".err
		printf '%s' '[1' >"$FAKE/answers/$(echo "$call" | tr / _).out"
		check 4 '' "cannot read $what: ${call%% *}:1:3: " '' td-snapshot c
		answer "$call" 7
		check 4 '' "cannot read $what: ${call%% *}: expected .* got a number" '' td-snapshot c
		setup
		lead
	done <<-'END'
		is-leader --format json|whether the unit is leader
		relation-ids c --format json|the relations of endpoint c
		relation-list -r c:10 --format json|the units of relation c:10
		relation-get -r c:2 - td/0 --format json|the databag of unit td/0 in relation c:2
		relation-get -r c:2 - ceph/0 --format json|the databag of unit ceph/0 in relation c:2
		relation-get -r c:2 --app - ceph --format json|the databag of application ceph in relation c:2
		relation-get -r c:2 --app - td --format json|the databag of application td in relation c:2
	END
	answer 'relation-ids c --format json' '["c:x"]'
	check 4 '' 'c:x is no relation' '' td-snapshot c
	answer 'relation-ids c --format json' '[4]'
	check 4 '' 'expected an array of strings' '' td-snapshot c
}

@test "tokens of databags that were read are cut out of what hook commands say" {
	answer 'relation-get -r c:10 - td/0 --format json' '{"mirror-a":"short.token.1","b":"another.1","mirror-c":7}'
	refuse 'relation-get -r c:2 - ceph/0 --format json' 1 'ERROR short.token.1 or another.1'
	check 4 '' 'exit status 1: ERROR \[token\] or another.1$' '' td-snapshot c
	run ! grep -F short.token.1 "$T/check-err"
}

@test "databags are passed on as they are" {
	answer 'relation-ids c --format json' '["c:2"]'
	answer 'relation-get -r c:2 - ceph/0 --format json' \
		'{ "mirror-a": "eyJz/+==", "ü\u2028": "\ud83d\ude00\"\\" }'
	local bag='{"mirror-a":"eyJz/+==","ü\u2028":"😀\"\\"}'
	check 0 "$(document false "$head2,$own,${units2%\{*}$bag}}}")" \
		'' '' td-snapshot c
	# a unit can put a NUL into its databag
	answer 'relation-get -r c:2 - ceph/0 --format json' '{"a\u0000":"b\u0000c"}'
	run -0 td-snapshot c
	assert_output --partial '"data":{"a�":"b�c"}'
	answer 'relation-get -r c:2 - ceph/0 --format json' '{"a":1.50}'
	run -0 td-snapshot c
	assert_output --partial '"a":1.50'
}

@test "hook commands aren't there" {
	check 4 '' 'cannot read whether .*: is-leader: No such file' '' \
		env PATH="$BUILD" "$BUILD/td-snapshot" c
}

@test "calls" {
	check 2 '' 'no operand' '' td-snapshot
	check 2 '' 'name is empty' '' td-snapshot ''
	check 2 '' 'options go first' '' td-snapshot c -c
	check 2 '' 'none of that name' '' td-snapshot -x c
	run -0 td-snapshot --version
	assert_output --regexp '^td-snapshot [0-9.]+$'
	# what is printed is UTF-8
	check 2 '' "isn't UTF-8" '' td-snapshot $'c\xff'
	JUJU_UNIT_NAME=$'td\xff/0' check 2 '' "JUJU_UNIT_NAME isn't UTF-8" '' td-snapshot c
	JUJU_UNIT_NAME='' check 2 '' "JUJU_UNIT_NAME isn't set" '' td-snapshot c
	unset JUJU_UNIT_NAME
	check 2 '' "JUJU_UNIT_NAME isn't set" '' td-snapshot c
}

@test "a standard error that nobody reads keeps no command from its end, and no SIGTERM off" {
	local loud='yes is loud | head -c 1048576 >&2'
	fake is-leader <<<"$loud; echo false"
	unread timeout -s KILL 30 td-snapshot c >"$T/out"
	assert_equal "$(cat "$T/out")" "$(document false "$head10,$own,$units10}" "$head2,$own,$units2}")"
	fake is-leader <<<"$loud; echo \$PPID >'$T/parent'; exec sleep 60"
	ends_at_sigterm td-snapshot c
}

@test "a full disk" {
	run ! sh -c 'td-snapshot c >/dev/full'
	assert_output --partial 'cannot write standard output: No space left'
}
