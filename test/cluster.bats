#!/usr/bin/env bats
# The stand-in for a microcluster program says, refuses and remembers what the real one does.

setup() {
	load /usr/lib/bats/bats-support/load
	load /usr/lib/bats/bats-assert/load
	BUILD=${BUILD:-$BATS_TEST_DIRNAME/../build}
	PATH=$BUILD/test/cluster:$PATH
	export CLUSTER_DIR=$BATS_TEST_TMPDIR
}

# on NODE COMMAND [ARG ...]: a command of the cluster, on that machine
on() {
	MACHINE_NAME=$1 ${PROGRAM:-microovn} cluster "${@:2}"
}

# refused TEXT NODE COMMAND [ARG ...]: ends in 1 with TEXT on standard error, nothing on output
refused() {
	local text=$1
	shift
	run --separate-stderr on "$@"
	assert_equal "$status $output" "1 "
	# shellcheck disable=SC2154
	assert_equal "$stderr" "$text"
}

# grow NODE ...: they join the cluster of node-1, one after the other
grow() {
	local node
	for node; do
		on "$node" join "$(on node-1 add "$node")"
	done
}

# in_hook NODE COMMAND [ARG ...]: the same as a hook that has a process group of its own and goes on
# after the command; with its output in hook.out
in_hook() {
	# shellcheck disable=SC2016
	setsid sh -c '
		HOOK_PGID=$$ MACHINE_NAME=$1
		export HOOK_PGID MACHINE_NAME
		shift
		setsid -w microovn cluster "$@" >"$CLUSTER_DIR/hook.out"
		echo "went on" >>"$CLUSTER_DIR/hook.out"
	' sh "$@" 3>&- || true
}

# until_gone PID ...: waits until they have ended; 10 s at most
until_gone() {
	local pid tries=0
	for pid; do
		while kill -0 "$pid" 2>&- && [ "$(cut -d" " -f3 "/proc/$pid/stat" 2>/dev/null)" != Z ]; do
			((++tries < 1000)) || return 1
			sleep 0.01
		done
	done
}

bats_require_minimum_version 1.5.0

@test "a machine in no cluster refuses list, add, remove" {
	refused "Error: Database is not yet initialized" node-1 list -f json
	refused "Error: Database is not yet initialized" node-1 remove node-2
	refused 'Error: unable to add server to microcluster, name "node-2" is taken:
Database is not yet initialized' node-1 add node-2
}

@test "bootstrap makes a cluster of one voter, once" {
	run on node-1 bootstrap
	assert_success
	assert_output ""
	run on node-1 list -f json
	assert_success
	assert_equal "$(jq -r '.[] | "\(.name) \(.role) \(.status)"' <<<"$output")" "node-1 voter ONLINE"
	refused "Error: Unable to initialize cluster: Database is online" node-1 bootstrap
}

@test "list is one line, by name, with the real one's members" {
	on node-1 bootstrap
	grow node-3 node-2
	run on node-2 list -f json
	assert_equal "${#lines[@]}" 1
	assert_equal "$(jq -c '[.[].name]' <<<"$output")" '["node-1","node-2","node-3"]'
	assert_equal "$(jq -c '.[0] | keys_unsorted' <<<"$output")" \
		'["name","address","certificate","role","schema_internal_version","schema_external_version","last_heartbeat","status","extensions","secret"]'
}

@test "a token is base64 of JSON: secret, fingerprint, the addresses of all members" {
	on node-1 bootstrap
	grow node-2
	run on node-2 add node-3
	assert_success
	local token
	token=$(base64 -d <<<"$output")
	assert_equal "$(jq -c 'keys_unsorted' <<<"$token")" '["secret","fingerprint","join_addresses"]'
	assert_regex "$(jq -r .secret <<<"$token")" '^[0-9a-f]{64}$'
	assert_equal "1 $(jq -r .fingerprint <<<"$token")" "$(clusterctl clusters | tail -n 1)"
	assert_equal "$(jq -c .join_addresses <<<"$token")" "$(on node-1 list -f json | jq -c '[.[].address]')"
}

@test "add: one good token a name, whether the name is a member or not" {
	on node-1 bootstrap
	on node-1 add node-2
	refused 'Error: unable to add server to microcluster, name "node-2" is taken:
Failed to create "core_token_records" entry: UNIQUE constraint failed: core_token_records.name' \
		node-1 add node-2
	run on node-1 add node-1
	assert_success
	PROGRAM=microceph refused 'Error: Failed to create "core_token_records" entry: UNIQUE constraint failed: core_token_records.name' \
		node-1 add node-2
}

@test "add: another token for the name when the first has expired or was used" {
	on node-1 bootstrap
	on node-1 add node-2
	clusterctl clock +10799
	run on node-1 add node-2
	assert_failure 1
	clusterctl clock +1
	run on node-1 add node-2
	assert_success
	on node-2 join "$output"
	run on node-1 add node-2
	assert_success
	run clusterctl tokens
	assert_output "node-2 expired
node-2 used
node-2 good"
}

@test "add: --timeout" {
	on node-1 bootstrap
	on node-1 add node-2 --timeout 60
	on node-1 add --timeout=0 node-3
	PROGRAM=microceph on node-1 add node-4 -t 1h30m
	clusterctl clock +60
	run clusterctl tokens
	assert_output "node-2 expired
node-3 good
node-4 good"
	clusterctl clock +5340
	run clusterctl tokens
	assert_line "node-3 good"
	assert_line "node-4 expired"
}

@test "names that are refused" {
	on node-1 bootstrap
	local long name text
	long=$(printf '%064d' 0 | tr 0 a)
	while IFS='|' read -r name text; do
		refused "Error: unable to add server to microcluster, name \"$name\" is taken:
Token name \"$name\" is not a valid FQDN: $text" node-1 add "$name"
	done <<-END
		|Name must be 1-255 characters long
		.x|Name must be 1-63 characters long
		x.|Name must be 1-63 characters long
		$long|Name must be 1-63 characters long
		x-|Name must not end with "-" character
		10.0.0.1|Name cannot be a number
		a_b|Name can only contain alphanumeric and hyphen characters
	END
	refused 'Error: unable to add server to microcluster, name "-x" is taken:
Token name "-x" is not a valid FQDN: Name must not start with "-" character' node-1 add -- -x
	refused 'Error: Cluster member name "a_b" is not a valid FQDN: Name can only contain alphanumeric and hyphen characters' \
		a_b bootstrap
	run on node-1 add Node-2.example
	assert_success
}

@test "join makes a PENDING member; heartbeats give three voters, three stand-bys, spares" {
	on node-1 bootstrap
	grow node-2 node-3 node-4 node-5 node-6 node-7
	run clusterctl members
	assert_line "node-2 PENDING ONLINE 1"
	clusterctl heartbeat
	run clusterctl members
	assert_output "node-1 voter ONLINE 1
node-2 voter ONLINE 1
node-3 voter ONLINE 1
node-4 stand-by ONLINE 1
node-5 stand-by ONLINE 1
node-6 stand-by ONLINE 1
node-7 spare ONLINE 1"
}

@test "with auto-heartbeat each list is a heartbeat" {
	on node-1 bootstrap
	grow node-2
	touch "$CLUSTER_DIR/auto-heartbeat"
	run on node-1 list -f json
	assert_equal "$(jq -r '.[1].role' <<<"$output")" voter
}

@test "a machine that is down is UNREACHABLE, its command refuses, another becomes voter" {
	on node-1 bootstrap
	grow node-2 node-3 node-4
	clusterctl heartbeat
	clusterctl down node-2
	run on node-1 list -f json
	assert_equal "$(jq -r '.[1].status' <<<"$output")" UNREACHABLE
	run on node-2 list -f json
	assert_failure 1
	assert_output --partial "control.socket: connect: no such file or directory"
	clusterctl heartbeat
	run clusterctl members
	assert_line "node-2 spare UNREACHABLE 1"
	assert_line "node-4 voter ONLINE 1"
	clusterctl up node-2
	run clusterctl members
	assert_line "node-2 spare ONLINE 1"
}

@test "joins that are refused" {
	local token other bad
	on node-1 bootstrap
	token=$(on node-1 add node-2)
	on node-2 join "$token"
	refused "Error: Unable to initialize cluster: Database is online" node-2 join "$token"
	bad="Error: 1 join attempts were unsuccessful. Last error:"
	refused "$bad CoreTokenRecord not found" node-3 join "$token"

	other=$(on node-2 add node-4)
	refused "$bad Joining server certificate SAN does not contain join token name" node-3 join "$other"
	clusterctl clock +10800
	refused "$bad Token expired" node-4 join "$other"
	clusterctl heartbeat
	refused "$bad CoreTokenRecord not found" node-4 join "$other"

	clusterctl wipe node-2
	other=$(on node-1 add node-2)
	refused "$bad This \"core_cluster_members\" entry already exists" node-2 join "$other"
	on node-1 remove node-2
	run on node-2 join "$other"
	assert_success

	token=$(on node-1 add node-5)
	clusterctl down node-1
	clusterctl down node-2
	refused "Error: 2 join attempts were unsuccessful. Last error: %!w(<nil>)" node-5 join "$token"
	refused "Error: illegal base64 data at input byte 3" node-5 join abc-
	refused "Error: invalid character 'h' looking for beginning of value" node-5 join aGVsbG8h
	PROGRAM=microceph refused "Error: invalid join token: illegal base64 data at input byte 0" \
		node-5 join -- -x--
}

@test "two bootstraps make two clusters, which know nothing of each other" {
	local token
	on node-1 bootstrap
	on node-2 bootstrap
	run clusterctl clusters
	assert_line --index 0 2
	assert_not_equal "${lines[1]#* }" "${lines[2]#* }"
	assert_equal "$(on node-2 list -f json | jq -c '[.[].name]')" '["node-2"]'
	token=$(on node-1 add node-3)
	run on node-2 add node-3
	assert_success
	on node-3 join "$output"
	run clusterctl members
	assert_line "node-3 PENDING ONLINE 2"
	refused "Error: Unable to initialize cluster: Database is online" node-3 join "$token"
}

@test "remove" {
	on node-1 bootstrap
	refused "Error: Cannot leave a cluster with 1 members" node-1 remove node-1
	grow node-2
	refused 'Error: No remote exists with the given name "node-9"' node-1 remove node-9
	PROGRAM=microceph refused 'Error: cluster member "node-9" not found' node-1 remove node-9
	refused "Error: Cannot remove cluster members, there are no remaining non-pending members" \
		node-2 remove node-1
	run on node-2 remove node-2
	assert_success
	refused "Error: Database is not yet initialized" node-2 list -f json
	run clusterctl members
	assert_output "node-1 voter ONLINE 1"
}

@test "a wrong number of arguments: microovn refuses, microceph prints help and ends in 0" {
	local command
	on node-1 bootstrap
	for command in add join remove; do
		refused "Error: accepts 1 arg(s), received 0" node-1 $command
		refused "Error: accepts 1 arg(s), received 2" node-1 $command a b
		PROGRAM=microceph run --separate-stderr on node-1 $command
		assert_equal "$status $stderr" "0 "
		assert_output --partial "microceph cluster $command <"
	done
	refused "Error: unknown flag: --colour" node-1 add --colour node-2
}

@test "the history names tokens by their host, and has no token's text" {
	local secret
	on node-1 bootstrap
	grow node-2
	on node-1 add node-3
	run on node-2 join garbage
	clusterctl heartbeat
	run clusterctl history
	assert_output "node-1 bootstrap 0
node-1 add node-2 0
node-2 join node-2 0
node-1 add node-3 0
node-2 join garbage 1
- heartbeat"
	assert_equal "$(clusterctl secrets | wc -l)" 2
	for secret in $(clusterctl secrets); do
		refute_output --partial "$secret"
	done
}

@test "fault: kill-before, kill-during, kill-after" {
	on node-1 bootstrap
	local when made printed
	while read -r when made printed; do
		: >"$CLUSTER_DIR/hook.out"
		clusterctl fault "kill-$when" add node-1
		in_hook node-1 add "$when"
		assert_equal "$(clusterctl tokens | grep -c "^$when good")" "$made"
		assert_equal "$(grep -c . "$CLUSTER_DIR/hook.out")" "$printed"
		refute grep -q "went on" "$CLUSTER_DIR/hook.out"
		run clusterctl history
		assert_line "node-1 add $when kill-$when"
	done <<-END
		before 0 0
		during 1 0
		after  1 1
	END
	in_hook node-1 add node-9
	run cat "$CLUSTER_DIR/hook.out"
	assert_line --index 1 "went on"
}

@test "fault: a kill of the group that the command itself is in" {
	on node-1 bootstrap
	clusterctl fault kill-after add node-1
	# shellcheck disable=SC2016
	setsid sh -c 'HOOK_PGID=$$ MACHINE_NAME=node-1 microovn cluster add node-2; echo "went on"' \
		>"$CLUSTER_DIR/hook.out" 3>&- || true
	assert_equal "$(cat "$CLUSTER_DIR/hook.out")" "$(clusterctl secrets)"
}

@test "fault: fail, fail-after, help, print" {
	on node-1 bootstrap
	clusterctl fault fail add node-1 "Error: no quorum"
	refused "Error: no quorum" node-1 add node-2
	assert_equal "$(clusterctl tokens)" ""

	clusterctl fault fail-after add '*' "Error: context deadline exceeded"
	refused "Error: context deadline exceeded" node-1 add node-2
	assert_equal "$(clusterctl tokens)" "node-2 good"

	clusterctl fault help list node-1
	run --separate-stderr on node-1 list -f json
	assert_equal "$status ${lines[0]}" "0 Lists servers in the cluster"

	clusterctl fault print add node-1 "not a token"
	run --separate-stderr on node-1 add node-3
	assert_equal "$status $output" "0 not a token"
	assert_equal "$(clusterctl tokens)" "node-2 good"
}

@test "fault: a join that uses the token up, and one that leaves a row besides" {
	local token
	on node-1 bootstrap
	clusterctl fault consume node-2
	token=$(on node-1 add node-2)
	refused "Error: Failed to join cluster with the given join token" node-2 join "$token"
	refused "Error: 1 join attempts were unsuccessful. Last error: CoreTokenRecord not found" \
		node-2 join "$token"
	run clusterctl members
	refute_output --partial node-2

	clusterctl fault strand '*'
	refused "Error: Failed to join cluster with the given join token" \
		node-2 join "$(on node-1 add node-2)"
	run clusterctl members
	assert_line "node-2 PENDING UNREACHABLE 1"
	refused "Error: Database is not yet initialized" node-2 list -f json
}

@test "fault: hang, with a child; the lock is free meanwhile" {
	local pids tries=0
	on node-1 bootstrap
	clusterctl fault hang list node-1
	MACHINE_NAME=node-1 setsid microovn cluster list -f json 3>&- &
	until [ "$(grep -c . "$CLUSTER_DIR/hanging" 2>&-)" = 2 ]; do
		((++tries < 1000))
		sleep 0.01
	done
	mapfile -t pids <"$CLUSTER_DIR/hanging"
	run on node-1 list -f json
	assert_success
	kill -0 "${pids[0]}" "${pids[1]}"
	kill -KILL -- -"${pids[0]}"
	until_gone "${pids[@]}"
}

@test "fault: noisy prints the token where it may be logged" {
	on node-1 bootstrap
	clusterctl fault noisy add node-1
	run --separate-stderr on node-1 add node-2
	assert_equal "$status $output" "0 $(clusterctl secrets)"
	assert_equal "$stderr" "DEBUG token $(clusterctl secrets)"
	clusterctl fault noisy join node-2
	run --separate-stderr on node-2 join "$output"
	assert_equal "$status $output" "0 DEBUG token $(clusterctl secrets)"
	assert_equal "$stderr" "$output"
}

@test "faults strike once, in order, on their command and node alone" {
	on node-1 bootstrap
	printf '%s\n' 'fail add node-2 not here' 'fail add * first' 'fail add node-1 second' '' \
		>"$CLUSTER_DIR/faults"
	refused first node-1 add a
	run on node-1 list -f json
	assert_success
	refused second node-1 add a
	run on node-1 add a
	assert_success
	assert_equal "$(cat "$CLUSTER_DIR/faults")" "fail add node-2 not here"
}

@test "many at once: every token is made once" {
	local node pids=()
	on node-1 bootstrap
	for node in a b c d e f; do
		for _ in 1 2 3; do
			on node-1 add $node >>"$CLUSTER_DIR/out" 2>&- &
			pids+=($!)
		done
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || true
	done
	assert_equal "$(sort -u "$CLUSTER_DIR/out" | wc -l)" 6
	assert_equal "$(clusterctl tokens | sort)" "$(printf '%s good\n' a b c d e f)"
	assert_equal "$(clusterctl history | wc -l)" 19
}
