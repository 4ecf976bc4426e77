#!/usr/bin/env bats
# juju-td-status is td-status of a whole model in one command: it finds the units, asks a member for the list, says in a
# line what it can't get and goes on without it, and keeps tokens in pipes. Tested with a script that prints what real
# versions of juju print, and with the stand-in for Juju.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load helpers

setup() {
	unset NO_COLOR COLUMNS
	export LC_ALL=C.UTF-8 FAKE=$T/fake TOKEN=eyJzZWNyZXQiOiJmYWtlIn0=
	mkdir "$T/bin" "$FAKE"
	: >"$FAKE/calls"
	cp "$TOP/test/status/formed.json" "$FAKE/units.json"
	jq -c . "$TOP/test/status/list.json" >"$FAKE/list"
	model microovn microovn
	cat >"$T/bin/juju" <<-'SH'
		#!/bin/sh
		# what it prints goes into pipes alone
		for fd in 1 2; do [ -p /dev/fd/$fd ] || echo "$1: descriptor $fd" >>"$FAKE/files"; done
		printf '%s\n' "$*" >>"$FAKE/calls"
		command=$1
		shift
		[ "${1-}" != -m ] || shift 2
		[ ! -e "$FAKE/$command" ] || . "$FAKE/$command"
		case $command in
		status) cat "$FAKE/status.json" ;;
		show-unit)
			shift 2
			for unit; do
				jq -e --arg u "$unit" 'has($u)' "$FAKE/units.json" >/dev/null || {
					echo "ERROR unit \"$unit\" not found" >&2
					missing=1
				}
			done
			[ -z "${missing-}" ] || exit 1
			jq -c '. as $all | [$ARGS.positional[] | {(.): $all[.]}] | add' "$FAKE/units.json" --args "$@"
			;;
		exec) cat "$FAKE/list" ;;
		*)
			echo "ERROR juju: \"$command\" is not a juju command. See \"juju --help\"." >&2
			exit 2
			;;
		esac
	SH
	chmod +x "$T/bin/juju"
	PATH=$T/bin:$PATH
}

teardown() {
	[ ! -e "$FAKE/files" ] || fail "$(cat "$FAKE/files")"
}

# model APPLICATION CHARM: the status of the units in units.json, with that consumer
model() {
	jq -c --arg app "$1" --arg charm "$2" 'keys as $units | {model: {name: "m"}, machines: {}, applications: ({
		($app): {charm: $charm, "charm-name": $charm,
			relations: {cluster: [{"related-application": "microcluster-token-distributor", interface: "worker-cluster"}]}},
		"microcluster-token-distributor": {"charm-name": "microcluster-token-distributor",
			relations: {"microcluster-cluster": [{"related-application": $app, interface: "worker-cluster"}]}},
		ubuntu: {"charm-name": "ubuntu", units: {"ubuntu/0": {}}}} | with_entries(.key as $a |
			.value.units += ([$units[] | select(startswith($a + "/")) | {(.): {}}] | add)))}' \
		"$FAKE/units.json" >"$FAKE/status.json"
}

# edit FILTER: changes the documents
edit() {
	jq -c -L "$TOP/test/status" "include \"edit\"; $1" "$TOP/test/status/formed.json" >"$FAKE/units.json"
}

# does SUBCOMMAND TEXT: what the fake does first in it
does() {
	printf '%s\n' "$2" >"$FAKE/$1"
}

calls() {
	assert_equal "$(cat "$FAKE/calls")" "$1"
}

@test "the units, their documents, the list of a member" {
	model microovn microovn
	run --separate-stderr -0 juju-td-status
	assert_output "$(td-status -l "$TOP/test/status/list.json" "$TOP/test/status/formed.json")"
	assert_equal "$stderr" ''
	calls "status --format json
show-unit --format json microovn/0 microovn/1 microovn/2 microcluster-token-distributor/0
exec --unit microovn/0 -- microovn cluster list -f json"
}

@test "it ends as td-status does, and hands on its options" {
	edit waits
	run --separate-stderr -1 juju-td-status -j
	assert_equal "$(jq -r .verdict <<<"$output")" waiting
	run --separate-stderr -1 juju-td-status --json --color=always -u microovn/1
	assert_equal "$(jq -r '.documents[].unit' <<<"$output")" microovn/1
	run --separate-stderr -1 juju-td-status -jC always --unit microovn/1 -e cluster -r cluster:4
	assert_equal "$(jq -r '.documents[].unit' <<<"$output")" microovn/1
	run --separate-stderr -1 juju-td-status -Calways
	assert_output --partial $'\033['
	run --separate-stderr -3 juju-td-status -j -r 5
	run --separate-stderr -2 juju-td-status -C mauve
	run --separate-stderr -3 juju-td-status -u nobody/0
}

@test "-m is Juju's, in each call" {
	run -0 juju-td-status -m other:m
	calls "status -m other:m --format json
show-unit -m other:m --format json microovn/0 microovn/1 microovn/2 microcluster-token-distributor/0
exec -m other:m --unit microovn/0 -- microovn cluster list -f json"
	: >"$FAKE/calls"
	run -0 juju-td-status --model=m
	run -0 grep -c -- ' -m m ' "$FAKE/calls"
	assert_output 3
}

@test "the cluster's command: by the charm, by -c, or none" {
	model microovn my-microceph
	run --separate-stderr -0 juju-td-status
	run -0 grep -F -- 'exec --unit microovn/0 -- microceph cluster list -f json' "$FAKE/calls"
	model microovn some-charm
	run --separate-stderr -0 juju-td-status
	assert_equal "$stderr" "juju-td-status: cannot ask for the cluster's list: the command of charm some-charm isn't known; name it with -c"
	assert_equal "$output" "$(td-status "$TOP/test/status/formed.json")"
	run --separate-stderr -0 juju-td-status -c 'sudo micro*'
	run -0 grep -F -- 'exec --unit microovn/0 -- sudo micro* list -f json' "$FAKE/calls"
	: >"$FAKE/calls"
	run --separate-stderr -0 juju-td-status --command=
	assert_equal "$stderr" ''
	run -1 grep exec "$FAKE/calls"
	# Juju 4 makes a controller of a plugin's -c
	does status 'printf "%s\n" "${JUJU_CONTROLLER-none}" >>"$FAKE/controller"'
	JUJU_CONTROLLER='microovn cluster' run -0 juju-td-status -c 'microovn cluster'
	JUJU_CONTROLLER=mine run -0 juju-td-status -c 'microovn cluster'
	assert_equal "$(paste -sd ' ' "$FAKE/controller")" 'none mine'
}

@test "-l: the list isn't asked for" {
	local list=$TOP/test/status/list.json
	run -0 juju-td-status -l "$list"
	assert_output "$(td-status -l "$list" "$TOP/test/status/formed.json")"
	run -0 bash -c "juju-td-status --list - <'$list'"
	assert_output "$(td-status -l "$list" "$TOP/test/status/formed.json")"
	run -0 bash -c "juju-td-status -l <(cat '$list')"
	assert_output --partial 'communicator: node-1'
	run -1 grep exec "$FAKE/calls"
	run -4 juju-td-status -l "$T/none"
}

@test "-l is td-status's: what can't be read, and what is no list" {
	local sh
	for sh in bash dash; do
		command -v "$sh" >/dev/null || continue
		check 3 '' '^td-status: <stdin>:1:1: no JSON: the input is empty$' '' "$sh" "$BUILD/juju-td-status" -l -
		check 3 '' '^td-status: /dev/null:1:1: no JSON: the input is empty$' '' "$sh" "$BUILD/juju-td-status" -l /dev/null
		run --separate-stderr -4 bash -c "$sh '$BUILD/juju-td-status' -l - <'$T'"
		assert_equal "$stderr" 'td-status: cannot read standard input: Is a directory'
		run --separate-stderr -4 bash -c "$sh '$BUILD/juju-td-status' -l - <&-"
		assert_equal "$stderr" 'td-status: cannot read standard input: Bad file descriptor'
		run --separate-stderr -0 bash -c "$sh '$BUILD/juju-td-status' <&-"
		assert_equal "$stderr" ''
		check 4 '' '^td-status: cannot open : No such file or directory$' '' "$sh" "$BUILD/juju-td-status" -l ''
	done
}

@test "-u: the list is asked for as without it" {
	run --separate-stderr -0 juju-td-status -u microovn/0
	assert_equal "$stderr" ''
	assert_output "$(td-status -u microovn/0 -l "$TOP/test/status/list.json" "$TOP/test/status/formed.json")"
	run -0 grep -c 'exec --unit microovn/0 ' "$FAKE/calls"
	: >"$FAKE/calls"
	run --separate-stderr -0 juju-td-status -j --unit=microcluster-token-distributor/0
	assert_equal "$stderr" ''
	run -0 grep -c 'exec --unit microovn/0 ' "$FAKE/calls"
}

@test "nobody is a member" {
	edit fresh
	run --separate-stderr -1 juju-td-status
	assert_equal "$stderr" "juju-td-status: cannot ask for the cluster's list: no unit is known to be a member"
	run -1 grep exec "$FAKE/calls"
}

@test "the list can't be had" {
	local want
	want=$(td-status "$TOP/test/status/formed.json")
	does exec 'echo "Running operation 1 with 1 task"; echo "Error: Database is not yet initialized"
		printf "ERROR the following task failed:\n - id \"1\" with return code 1\n\nuse '"'juju show-task'"' to inspect\n" >&2; exit 1'
	run --separate-stderr -0 juju-td-status
	assert_equal "$stderr" "juju-td-status: cannot get the cluster's list from microovn/1: Error: Database is not yet initialized"
	assert_equal "$output" "$want"
	does exec 'echo help text; exit 0'
	run --separate-stderr -0 juju-td-status
	assert_equal "$stderr" "juju-td-status: cannot use the cluster's list from microovn/1: help text"
	assert_equal "$output" "$want"
	# the first member is down: another has it
	does exec '[ "$2" != microovn/0 ] || exit 1'
	run --separate-stderr -0 juju-td-status
	assert_equal "$stderr" ''
	assert_output --partial 'communicator: node-1'
	run -0 tail -n 1 "$FAKE/calls"
	assert_output 'exec --unit microovn/1 -- microovn cluster list -f json'
	# no more than two of three are asked
	: >"$FAKE/calls"
	does exec 'exit 1'
	run --separate-stderr juju-td-status
	run -0 grep -c exec "$FAKE/calls"
	assert_output 2
}

@test "a list with something around it" {
	does exec 'echo "WARNING old"; cat "$FAKE/list"; echo "cluster: a warning"; echo "]"; exit 0'
	run --separate-stderr -0 juju-td-status
	assert_output --partial 'communicator: node-1'
	cp "$TOP/test/status/list.json" "$FAKE/list"
	run --separate-stderr -0 juju-td-status
	assert_output --partial 'communicator: node-1'
}

@test "Juju 2.9's run is exec" {
	does exec 'echo "ERROR juju: \"exec\" is not a juju command. See \"juju --help\"." >&2; exit 2'
	does run 'cat "$FAKE/list"; exit 0'
	run --separate-stderr -0 juju-td-status
	assert_output --partial 'communicator: node-1'
	assert_equal "$stderr" ''
	run -0 tail -n 1 "$FAKE/calls"
	assert_output 'run --unit microovn/0 -- microovn cluster list -f json'
}

@test "units that are gone since are left out" {
	model microovn microovn
	jq -c 'del(."microovn/1", ."microovn/2")' "$FAKE/units.json" >"$T/less"
	mv "$T/less" "$FAKE/units.json"
	run --separate-stderr juju-td-status
	assert_equal "$stderr" "juju-td-status: cannot show microovn/1: ERROR unit \"microovn/1\" not found
juju-td-status: cannot show microovn/2: ERROR unit \"microovn/2\" not found"
	assert_output --partial 'microcluster-token-distributor/0'
	run -0 grep -c show-unit "$FAKE/calls"
	assert_output 2
	# and another that fails for all
	does show-unit 'echo "ERROR no API connection" >&2; exit 1'
	run --separate-stderr -4 juju-td-status
	assert_equal "$stderr" 'juju-td-status: cannot show units: ERROR no API connection
juju-td-status: cannot look at the model: juju shows no unit'
}

@test "what juju says has no token in it, and is one line" {
	does status 'printf "ERROR bad %s\n and more\033[31m\n" "$(printf %060d 7)" >&2; exit 1'
	run --separate-stderr -4 juju-td-status
	assert_equal "$stderr" "juju-td-status: cannot get the model's status: ERROR bad [token]"
	assert_equal "$output" ''
	# also where the line is cut
	does status 'printf "ERROR %s%s\n" "$(printf "%0270d" 0 | tr 0 .)" "$(printf %060d 7)" >&2; exit 1'
	run --separate-stderr -4 juju-td-status
	assert_equal "$stderr" "juju-td-status: cannot get the model's status: ERROR $(printf '.%.0s' {1..270})[token]"
}

@test "many units: few calls, of a bounded length" {
	jq -c '.["microovn/0"] as $u | with_entries(select(.key | startswith("microovn/") | not)) +
		([range(450) | {"microovn/\(.)": $u}] | add)' "$TOP/test/status/formed.json" >"$FAKE/units.json"
	model microovn microovn
	# without looking for each unit
	does show-unit 'shift 2; exec jq -c ". as \$all | [\$ARGS.positional[] | {(.): \$all[.]}] | add" "$FAKE/units.json" --args "$@"'
	run --separate-stderr juju-td-status -c ''
	assert_equal "$stderr" ''
	run -0 grep -c show-unit "$FAKE/calls"
	assert_output 3
	run -1 juju-td-status -j -c ''
	assert_equal "$(jq '.documents | length' <<<"$output")" 451
}

@test "no units, or an application that isn't there" {
	echo '{"applications":{"ubuntu":{"units":{"ubuntu/0":{}}},"empty":{}}}' >"$FAKE/status.json"
	check 3 '' '^juju-td-status: cannot find a unit to look at: no application is related over worker-cluster; name an APPLICATION$' \
		'' juju-td-status
	check 3 '' '^juju-td-status: cannot find a unit to look at: empty has none$' '' juju-td-status empty
	check 3 '' '^td-units: cannot find application micro: the model has ubuntu, empty$' '' juju-td-status micro
}

@test "APPLICATIONs" {
	run -0 juju-td-status -j microovn
	run -0 grep show-unit "$FAKE/calls"
	assert_output --partial microcluster-token-distributor/0
	refute_output --partial ubuntu
	check 2 '' '^juju-td-status: cannot take operand -j: options go first' '' juju-td-status microovn -j
	check 2 '' "^juju-td-status: cannot take operand .*: it isn't an application's name$" '' juju-td-status 'a b'
	check 2 '' "it isn't an application's name" '' juju-td-status 'microovn/0'
	check 2 '' "it isn't an application's name" '' juju-td-status ''
	# no message has a token that was given by mistake
	check 2 '' '^juju-td-status: cannot take operand \[token\]: it isn' '' juju-td-status "$(printf 'T%.0s' {1..50})"
	check 2 '' '^juju-td-status: cannot take option --foo \[token\]: ' '' juju-td-status "--foo $(printf 'T%.0s' {1..50})"
	run -0 juju-td-status -j -- microovn
}

@test "wrong calls" {
	local option
	for option in -x --nothing --js -jx --json=1; do
		check 2 '' "^juju-td-status: cannot take option -" '' juju-td-status "$option"
	done
	for option in -m -c -C -l -u -e -r --model --command --color --list --unit --endpoint --relation -jm; do
		check 2 '' "^juju-td-status: cannot take option -.*: it needs a value$" '' juju-td-status "$option"
	done
	# those of td-status, too, before anything is asked
	check 2 '' "^juju-td-status: cannot take foo for -r: it is no relation's ID" '' juju-td-status -r foo
	check 2 '' '^usage: juju td-status ' '' juju-td-status -r foo
	[ "$(grep -c usage "$T/check-err")" = 1 ]
	check 2 '' '^juju-td-status: cannot take sometimes for -C: it is auto, always or never$' '' juju-td-status -C sometimes
	check 2 '' '^juju-td-status: cannot take operand a[?]b: ' '' juju-td-status $'a\nb'
	check 2 '' '^juju-td-status: cannot take option --a[?]b: ' '' juju-td-status $'--a\nb'
	calls ''
}

@test "what isn't in the documents: td-status alone says so" {
	local option
	for option in -enope -r99 -unobody/0; do
		run --separate-stderr -3 juju-td-status "$option"
		assert_equal "${#stderr_lines[@]}" 1
		assert_regex "$stderr" '^td-status: cannot find '
	done
	run -1 grep exec "$FAKE/calls"
}

@test "help, version, description; without juju, too" {
	local sh
	PATH=$BUILD:/usr/bin:/bin
	! command -v juju >/dev/null || skip 'a juju is installed here'
	for sh in sh bash dash; do
		command -v "$sh" >/dev/null || continue
		run --separate-stderr -0 "$sh" "$BUILD/juju-td-status" --help
		assert_line --index 0 --regexp '^usage: juju td-status '
		run --separate-stderr -0 "$sh" "$BUILD/juju-td-status" -V
		assert_output --regexp '^juju-td-status [0-9.]+$'
		# juju help plugins shows the first line
		run --separate-stderr -0 "$sh" "$BUILD/juju-td-status" --description
		assert_equal "${#lines[@]}" 1
		check 4 '' "^juju-td-status: cannot run juju: it isn't on PATH$" '' "$sh" "$BUILD/juju-td-status"
		[ "$(wc -l <"$T/check-err")" = 1 ]
	done
	for sh in bash dash; do
		command -v "$sh" >/dev/null && [ -w /dev/full ] || continue
		run -4 bash -c "$sh '$BUILD/juju-td-status' --help 2>&1 >/dev/full"
		assert_output 'juju-td-status: cannot write standard output: the write failed'
	done
}

@test "in bash as in dash" {
	local sh want
	want=$(td-status -l "$TOP/test/status/list.json" "$TOP/test/status/formed.json")
	for sh in bash dash 'bash --posix'; do
		command -v "${sh%% *}" >/dev/null || continue
		# shellcheck disable=SC2086
		run -0 $sh "$BUILD/juju-td-status"
		assert_output "$want"
	done
}

@test "no token gets into a file or an argument list" {
	command -v strace >/dev/null || skip 'no strace'
	[ "$(id -u)" = 0 ] || skip 'nobody but root can look into a tool of which no core is dumped'
	edit "holds(\"$TOKEN\")"
	# the fake's own programs have it in files; what is asked here is the script and the tools
	mv "$T/bin/juju" "$T/bin/real"
	printf '#!/bin/sh\nreal "$@"\n' >"$T/bin/juju"
	chmod +x "$T/bin/juju"
	mkdir "$T/tmp"
	TMPDIR=$T/tmp run -1 strace -f -qq -s 200000 -e trace=execve,openat,creat -o "$T/trace" juju-td-status
	run -0 grep -c 'execve.*td-status' "$T/trace"
	run -1 grep -F "$TOKEN" "$T/trace"
	run -1 grep -E 'open.*O_(CREAT|WRONLY|RDWR).*' <(grep -vE '/dev/(null|tty)|fake/(calls|files)' "$T/trace")
	run ls -A "$T/tmp"
	assert_output ''
}

@test "by the stand-in for Juju: of Juju 2.9, 3 and 4, as its plugin" {
	local version charms=$TOP/test/charms
	export CLUSTER_DIR=$T/cluster JUJU_MODEL=$T/model
	mkdir "$CLUSTER_DIR"
	# the cluster has its heartbeat while a hook waits for it, too
	: >"$CLUSTER_DIR/auto-heartbeat"
	PATH=$BUILD/test/juju:$BUILD/test/cluster:$PATH
	juju deploy td "$charms/microcluster-token-distributor" -n 2
	juju deploy microovn "$charms/microovn" -n 3
	juju integrate microovn:cluster td:microcluster-cluster
	juju settle --update-status-when-idle >"$T/settled"
	for version in 2.9.52 3.6.9 4.0.5 4.0.14; do
		juju version "$version"
		run --separate-stderr -0 juju td-status
		assert_line --index 0 --regexp '^healthy: 3 hosts, all in the cluster'
		assert_line --regexp '^microovn-2 +microovn/2 +member .* ONLINE$'
		assert_equal "$stderr" ''
	done
	unset JUJU_MODEL
	run --separate-stderr -0 juju td-status -m "$T/model" -j microovn
	assert_equal "$(jq -r .verdict <<<"$output")" healthy
	run --separate-stderr -0 juju -m "$T/model" td-status
	assert_line --partial 'communicator: microovn-0'
}
