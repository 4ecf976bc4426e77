#!/usr/bin/env bats
# The stand-in for a microcluster program prints, refuses and remembers the same as the real one.

setup() {
	load /usr/lib/bats/bats-support/load
	load /usr/lib/bats/bats-assert/load
	BUILD=${BUILD:-$BATS_TEST_DIRNAME/../build}
	PATH=$BUILD/test/cluster:$PATH
	export CLUSTER_DIR=$BATS_TEST_TMPDIR
}

# on NODE COMMAND [ARG ...]: a command of the cluster, on that machine. It sees pipes, whatever bats makes of its output.
on() (
	set -o pipefail
	{ MACHINE_NAME=$1 ${PROGRAM:-microovn} cluster "${@:2}" 2>&1 >&4 4>&- | cat >&2 4>&-; } 4>&1 | cat
)

# rows NODE: what its list says: NAME ROLE STATUS
rows() {
	on "$1" list -f json | jq -r '.[] | "\(.name) \(.role) \(.status)"'
}

# passed: the clock's milliseconds so far
passed() {
	awk '$1 == "clock" { print $2 }' "$CLUSTER_DIR/state"
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
		setsid -w microovn cluster "$@"
		echo "went on"
	' sh "$@" 3>&- | cat >"$CLUSTER_DIR/hook.out" || true
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

@test "bootstrap makes a cluster of one member, PENDING for ten seconds, once" {
	run on node-1 bootstrap
	assert_success
	assert_output ""
	run on node-1 list -f json
	assert_success
	assert_equal "$(jq -r '.[] | "\(.name) \(.role) \(.status) \(.last_heartbeat)"' <<<"$output")" \
		"node-1 PENDING ONLINE 0001-01-01T00:00:00Z"
	run on node-1 add node-2
	assert_success
	clusterctl clock +9.9
	assert_equal "$(rows node-1)" "node-1 PENDING ONLINE"
	clusterctl clock +0.1
	assert_equal "$(rows node-1)" "node-1 voter ONLINE"
	refute [ "$(on node-1 list -f json | jq -r '.[0].last_heartbeat')" = "0001-01-01T00:00:00Z" ]
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

@test "join makes a PENDING member; of two the second is spare, of three none" {
	on node-1 bootstrap
	clusterctl heartbeat
	grow node-2
	assert_equal "$(rows node-2)" $'node-1 voter ONLINE\nnode-2 PENDING ONLINE'
	clusterctl heartbeat
	assert_equal "$(rows node-2)" $'node-1 voter ONLINE\nnode-2 spare ONLINE'
	grow node-3
	clusterctl heartbeat
	assert_equal "$(rows node-2)" $'node-1 voter ONLINE\nnode-2 voter ONLINE\nnode-3 voter ONLINE'
}

@test "many who join at once are voters; two heartbeats later three voters, three stand-bys, spares" {
	on node-1 bootstrap
	grow node-2 node-3 node-4 node-5 node-6 node-7
	run clusterctl members
	assert_line "node-2 PENDING ONLINE 1"
	clusterctl heartbeat
	assert_equal "$(clusterctl members | grep -c ' voter ONLINE 1')" 7
	clusterctl heartbeat
	clusterctl heartbeat
	run clusterctl members
	assert_output "node-1 voter ONLINE 1
node-2 stand-by ONLINE 1
node-3 stand-by ONLINE 1
node-4 stand-by ONLINE 1
node-5 spare ONLINE 1
node-6 voter ONLINE 1
node-7 voter ONLINE 1"
}

@test "with auto-heartbeat each list is a heartbeat" {
	on node-1 bootstrap
	clusterctl heartbeat
	grow node-2
	touch "$CLUSTER_DIR/auto-heartbeat"
	assert_equal "$(rows node-1)" $'node-1 voter ONLINE\nnode-2 spare ONLINE'
}

# asks NODE N: one process that asks for the list N times
asks() {
	# shellcheck disable=SC2016
	MACHINE_NAME=$1 sh -c 'i=0; while [ $((i += 1)) -le "$1" ]; do microovn cluster list -f json 2>&1; done | cat' sh "$2" |
		jq -Rr 'if startswith("[") then fromjson | map("\(.name) \(.role)") | join(", ") else . end'
}

@test "with auto-wait a process that asks again, when time changes the answer, has waited" {
	local before
	on node-1 bootstrap
	touch "$CLUSTER_DIR/auto-wait"
	assert_equal "$(asks node-1 2)" $'node-1 PENDING\nnode-1 voter'
	before=$(passed)
	asks node-1 3
	assert_equal "$(passed)" $((before + 60))

	grow node-2 node-3
	# asked by another process, or for another node, it is no waiting
	rows node-2
	assert_regex "$(rows node-2)" "node-3 PENDING"
	assert_regex "$(asks node-3 1)" "node-3 PENDING"
	run asks node-2 2
	assert_line --index 0 --partial "node-3 PENDING"
	assert_line --index 1 --partial "node-3 voter"
	# a hook asks through any number of processes
	grow node-4
	assert_regex "$(HOOK_PGID=7 asks node-2 1)" "node-4 PENDING"
	assert_regex "$(HOOK_PGID=8 asks node-2 1)" "node-4 PENDING"
	assert_regex "$(HOOK_PGID=8 asks node-2 1)" "node-4 voter"

	# another command of the node's is between
	grow node-5
	# shellcheck disable=SC2016
	run env MACHINE_NAME=node-2 sh -c '{ microovn cluster list -f json; microovn cluster add x; microovn cluster list -f json; :; } | cat'
	assert_regex "${lines[2]}" '"node-5"[^}]*"PENDING"'

	clusterctl up node-3
	run asks node-3 3
	assert_line --index 0 "Error: Database is not yet initialized"
	assert_line --index 1 "Error: Database is still starting"
	assert_line --index 2 --partial "node-3 voter"
	# a machine in no cluster waits for nothing
	before=$(passed)
	asks node-9 3
	assert_equal "$(passed)" $((before + 60))
}

@test "joins are at the same time in one turn of the clock's, though one of the nodes waits in it" {
	local node
	on node-1 bootstrap
	clusterctl heartbeat
	touch "$CLUSTER_DIR/auto-wait"
	for node in {a..p}; do
		grow "$node"
	done
	run asks a 2
	assert_line --index 1 --partial "p voter"
	run on q join "$(on node-1 add q)"
	assert_failure 1
	assert_regex "$(clusterctl clusters | tail -n 1)" " lost$"
}

@test "a daemon that starts, a member's too, isn't yet initialized for 50 ms, and then still starting for a second" {
	local gone
	gone='dial unix /var/snap/microovn/common/state/control.socket: connect: no such file or directory'
	on node-1 bootstrap
	clusterctl heartbeat
	grow node-2
	clusterctl heartbeat
	clusterctl down '*'
	refused "Error: Get \"http://control.socket/core/1.0/cluster\": $gone" node-1 list -f json
	refused "Error: unable to add server to microcluster, name \"x\" is taken:
Post \"http://control.socket/core/control/tokens\": $gone" node-1 add x
	refused "Error: Post \"http://control.socket/core/control\": $gone" node-1 join x
	refused "Error: Post \"http://control.socket/core/control\": $gone" node-1 bootstrap
	refused "Error: Delete \"http://control.socket/core/1.0/cluster/node-2\": $gone" node-1 remove node-2
	clusterctl up '*'
	refused "Error: Database is not yet initialized" node-2 list -f json
	refused 'Error: unable to add server to microcluster, name "x" is taken:
Database is not yet initialized' node-2 add x
	clusterctl clock +0.02
	refused "Error: Database is still starting" node-2 list -f json
	refused "Error: Database is still starting" node-1 remove node-2
	refused "Error: Unable to initialize cluster: Database is still starting" node-1 bootstrap
	clusterctl clock +1
	assert_equal "$(rows node-2)" $'node-1 voter ONLINE\nnode-2 spare ONLINE'
	# nobody else is ready where the voter isn't there
	clusterctl down '*'
	clusterctl up node-2
	clusterctl clock +100
	refused "Error: Database is still starting" node-2 list -f json
	clusterctl up node-1
	clusterctl clock +2
	assert_equal "$(rows node-2)" $'node-1 voter ONLINE\nnode-2 spare ONLINE'
}

@test "a member whose daemon is away is UNREACHABLE, and a voter for up to 20 s more; another becomes one" {
	on node-1 bootstrap
	clusterctl heartbeat
	grow node-2 node-3 node-4
	clusterctl clock +30
	run clusterctl members
	assert_line "node-2 stand-by ONLINE 1"
	clusterctl down node-3
	assert_regex "$(rows node-1)" "node-3 voter UNREACHABLE"
	clusterctl heartbeat
	assert_regex "$(rows node-1)" "node-3 voter UNREACHABLE"
	clusterctl heartbeat
	run rows node-1
	assert_line "node-3 spare UNREACHABLE"
	assert_line "node-2 voter ONLINE"
	clusterctl up node-3
	assert_regex "$(rows node-1)" "node-3 spare UNREACHABLE"
	clusterctl clock +1
	assert_regex "$(rows node-1)" "node-3 spare ONLINE"
}

@test "without a quorum list takes 10.5 s and fails, so do add and remove; a join takes 30 s" {
	local before token
	on node-1 bootstrap
	clusterctl heartbeat
	grow node-2 node-3
	clusterctl clock +30
	token=$(on node-1 add node-4)
	clusterctl down node-2
	run rows node-1
	assert_line "node-2 voter UNREACHABLE"
	clusterctl down node-3
	before=$(passed)
	refused "Error: Failed to get cluster members: Failed to begin transaction: failed to create dqlite connection: no available dqlite leader server found" \
		node-1 list -f json
	assert_equal "$(passed)" $((before + 10520))
	run on node-1 add node-5
	assert_failure 1
	assert_output --partial "no available dqlite leader server found"
	run on node-1 remove node-2 --force
	assert_failure 1
	assert_output --partial "no available dqlite leader server found"
	before=$(passed)
	refused 'Error: Post "http://control.socket/core/control": context deadline exceeded' node-4 join "$token"
	assert_equal "$(passed)" $((before + 30020))
	clusterctl up node-2
	clusterctl clock +1
	run rows node-1
	assert_line "node-2 voter ONLINE"
	run on node-4 join "$token"
	assert_success
}

@test "a frozen member, or one whose packets are lost, makes lists slow; some fail" {
	local before took ends text
	on node-1 bootstrap
	clusterctl heartbeat
	grow node-2 node-3
	clusterctl clock +30
	clusterctl freeze node-3
	for _ in 1 2; do
		before=$(passed)
		refused "Error: context deadline exceeded" node-1 list -f json
		assert_equal "$(passed)" $((before + 30050))
	done
	refused 'Error: Get "http://control.socket/core/1.0/cluster": context deadline exceeded' node-3 list
	clusterctl up node-3
	run rows node-1
	assert_line "node-3 voter ONLINE"

	clusterctl unplug node-3
	while read -r took ends text; do
		before=$(passed)
		run on node-1 list -f json
		assert_equal "$status" "$ends"
		assert_output --partial "$text"
		assert_equal "$(passed)" $((before + took + 20))
	done <<-'END'
		30030 1 Error: context deadline exceeded
		22410 0 "status":"UNREACHABLE"
		3090 0 "status":"UNREACHABLE"
	END
	run on node-3 list
	assert_failure 1
	assert_output --partial "no available dqlite leader server found"
	clusterctl up node-3
	run rows node-1
	assert_line "node-3 voter ONLINE"
}

@test "what a command waits for by the clock it waits for really, as CLUSTER_SCALE has it; the lock is free" {
	local start
	on node-1 bootstrap
	clusterctl fault slow join node-2 20
	MACHINE_NAME=node-2 CLUSTER_SCALE=0.02 microovn cluster join "$(on node-1 add node-2)" 3>&- | cat &
	until clusterctl members | grep -q node-2; do
		sleep 0.01
	done
	assert_equal "$(rows node-1)" $'node-1 PENDING ONLINE\nnode-2 PENDING UNREACHABLE'
	start=$(passed)
	wait $!
	[ "$(passed)" -ge $((start + 19000)) ]
	assert_equal "$(rows node-1)" $'node-1 voter ONLINE\nnode-2 spare ONLINE'
}

@test "joins that are refused" {
	local token other bad
	on node-1 bootstrap
	clusterctl heartbeat
	token=$(on node-1 add node-2)
	on node-2 join "$token"
	refused "Error: Unable to initialize cluster: Database is online" node-2 join "$token"
	bad="Error: 1 join attempts were unsuccessful. Last error:"
	refused "$bad CoreTokenRecord not found" node-3 join "$token"
	# the daemon starts anew
	refused 'Error: Get "http://control.socket/core/1.0/cluster": dial unix /var/snap/microovn/common/state/control.socket: connect: no such file or directory' \
		node-3 list -f json
	refused "Error: Database is not yet initialized" node-3 list -f json

	# as many attempts as the token has addresses
	bad="Error: 2 join attempts were unsuccessful. Last error:"
	clusterctl clock +3
	other=$(on node-2 add node-4)
	refused "$bad Joining server certificate SAN does not contain join token name" node-3 join "$other"
	clusterctl clock +10800
	refused "$bad Token expired" node-4 join "$other"
	clusterctl heartbeat
	refused "$bad CoreTokenRecord not found" node-4 join "$other"

	token=$(on node-1 add node-5)
	clusterctl down '*'
	clusterctl up node-5
	refused "$bad %!w(<nil>)" node-5 join "$token"
	clusterctl clock +1
	clusterctl version 2
	other=$(on node-5 list 2>&1 | wc -l)
	run on node-5 join "$token"
	assert_failure 1
	assert_output --regexp '^Error: 2 join .* Last error: Get "https://(10[.0-9]+:6686)": Unable to connect to: 10[.0-9]+:6686 \(\[dial tcp 10[.0-9]+:6686: connect: connection refused\]\)$'

	refused "Error: illegal base64 data at input byte 3" node-9 join abc-
	refused "Error: invalid character 'h' looking for beginning of value" node-9 join aGVsbG8h
	PROGRAM=microceph refused "Error: invalid join token: illegal base64 data at input byte 0" \
		node-9 join -- -x--
	local before
	before=$(passed)
	refused 'Error: Post "http://control.socket/core/control": context deadline exceeded' node-9 join ""
	assert_equal "$(passed)" $((before + 30020))
	refused 'Error: Cluster member name "a_b" is not a valid FQDN: Name can only contain alphanumeric and hyphen characters' \
		a_b join "$token"
}

@test "a row with the joiner's address, or its name, is in its way; the token stays good" {
	local token address
	on node-1 bootstrap
	clusterctl heartbeat
	grow node-2
	clusterctl heartbeat
	clusterctl wipe node-2
	token=$(on node-1 add node-2)
	# of the two addresses the last one is its own
	refused "Error: 2 join attempts were unsuccessful. Last error: Remote with address \"$(
		on node-1 list -f json | jq -r '.[1].address')\" exists" node-2 join "$token"
	assert_regex "$(clusterctl tokens)" "node-2 good"
	# another machine's token is not even looked at
	clusterctl clock +1
	run on node-2 join "$(on node-1 add node-7)"
	assert_output --partial "exists"

	clusterctl clock +1
	clusterctl move node-2
	refused 'Error: 2 join attempts were unsuccessful. Last error: This "core_cluster_members" entry already exists' \
		node-2 join "$token"
	assert_regex "$(clusterctl tokens)" "node-2 good"
	clusterctl clock +1
	run on node-1 remove node-2 --force
	assert_success
	run on node-2 join "$token"
	assert_success
	address=$(on node-1 list -f json | jq -r '.[1].address')
	refute [ "$address" = "$(base64 -d <<<"$token" | jq -r '.join_addresses[1]')" ]
}

@test "16 joins at once are all in; of 20 the last ones fail, leave rows, and cost the quorum for good" {
	local node tokens=()
	on node-1 bootstrap
	clusterctl heartbeat
	for node in {a..p}; do
		grow "$node"
	done
	clusterctl heartbeat
	assert_equal "$(rows node-1 | grep -c ' voter ONLINE')" 17
	for node in a{a..t}; do
		tokens+=("$(on node-1 add "$node")")
	done
	for node in a{a..p}; do
		on "$node" join "${tokens[0]}"
		tokens=("${tokens[@]:1}")
	done
	for node in a{q..t}; do
		refused 'Error: Post "http://control.socket/core/control": context deadline exceeded' "$node" join "${tokens[0]}"
		tokens=("${tokens[@]:1}")
	done
	assert_equal "$(clusterctl members | grep -c PENDING)" 20
	assert_regex "$(clusterctl clusters | tail -n 1)" " lost$"
	run on node-1 list -f json
	assert_failure 1
	assert_output --partial "no available dqlite leader server found"
	clusterctl clock +3600
	run on aa list -f json
	assert_failure 1
	assert_output --partial "no available dqlite leader server found"
	refused "Error: Database is not yet initialized" aq list -f json
	run clusterctl members
	assert_line "aq PENDING UNREACHABLE 1"
}

@test "20 joins, ten at a time: all are in" {
	local node
	on node-1 bootstrap
	clusterctl heartbeat
	for node in {a..t}; do
		grow "$node"
		[ "$node" != j ] || clusterctl heartbeat
	done
	clusterctl heartbeat
	assert_equal "$(rows node-1 | grep -c ONLINE)" 21
}

@test "a slow join or bootstrap: the client gives up after 30 s, the daemon goes on" {
	local late='Error: Post "http://control.socket/core/control": context deadline exceeded'
	clusterctl fault slow bootstrap node-1 40
	refused "$late" node-1 bootstrap
	refused "Error: Database is not yet initialized" node-1 list
	refused "Error: Unable to initialize cluster: Database is still starting" node-1 bootstrap
	clusterctl clock +10
	assert_regex "$(rows node-1)" "^node-1 (voter|spare|PENDING) ONLINE$"
	clusterctl clock +20
	assert_equal "$(rows node-1)" "node-1 voter ONLINE"

	clusterctl fault slow join node-2 40
	refused "$late" node-2 join "$(on node-1 add node-2)"
	refused "Error: Database is not yet initialized" node-2 list
	run clusterctl members
	assert_line --regexp "^node-2 [a-zA-Z]+ UNREACHABLE 1$"
	clusterctl clock +20
	assert_equal "$(rows node-2)" $'node-1 voter ONLINE\nnode-2 spare ONLINE'

	clusterctl fault slow join node-3 20
	run on node-3 join "$(on node-1 add node-3)"
	assert_success
	assert_regex "$(rows node-3)" "node-3 (voter|spare) ONLINE"
}

@test "a second join beside one that was cut off wrecks the node; its row stays" {
	local token
	on node-1 bootstrap
	clusterctl heartbeat
	token=$(on node-1 add node-2)
	clusterctl fault kill-during join node-2
	in_hook node-2 join "$token"
	run on node-2 join "$token"
	assert_failure 1
	assert_output --regexp '^Error: 1 join attempts .* Remote with address "10[.0-9]+:6686" exists$'
	clusterctl clock +0.1
	refused "Error: Database is offline" node-2 list -f json
	refused "Error: Unable to initialize cluster: Database is offline" node-2 join "$token"
	clusterctl clock +10
	refused "Error: Database is not yet initialized" node-2 list -f json
	assert_equal "$(rows node-1)" $'node-1 voter ONLINE\nnode-2 spare UNREACHABLE'

	# left alone it comes in
	clusterctl fault kill-during join node-3
	in_hook node-3 join "$(on node-1 add node-3)"
	clusterctl clock +2
	assert_regex "$(rows node-3)" "node-3 PENDING ONLINE"
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
	refused "Error: Cannot remove cluster members, there are no remaining non-pending members" node-1 remove node-1
	clusterctl heartbeat
	refused "Error: Cannot leave a cluster with 1 members" node-1 remove node-1
	refused "Error: Cannot leave a cluster with 1 members" node-1 remove node-1 -f
	grow node-2
	refused 'Error: No remote exists with the given name "node-9"' node-1 remove node-9
	PROGRAM=microceph refused 'Error: cluster member "node-9" not found' node-1 remove node-9
	clusterctl heartbeat
	run on node-1 remove node-2
	assert_success
	run on node-2 list -f json
	assert_output --partial "control.socket: connect: no such file or directory"
	refused "Error: Database is not yet initialized" node-2 list -f json
	run clusterctl members
	assert_output "node-1 voter ONLINE 1"

	# one that is PENDING removes the only voter
	grow node-2
	run on node-2 remove node-1
	assert_success
	clusterctl heartbeat
	assert_equal "$(rows node-2)" "node-2 voter ONLINE"
	# and oneself
	grow2=$(on node-2 add node-1)
	on node-1 join "$grow2"
	clusterctl heartbeat
	run on node-1 remove node-1
	assert_success
	assert_equal "$(rows node-2)" "node-2 voter ONLINE"
}

@test "remove of a member whose daemon is away needs --force; it finds out when it is back" {
	on node-1 bootstrap
	clusterctl heartbeat
	grow node-2 node-3 node-4 node-5
	clusterctl clock +30
	clusterctl down node-5
	run on node-1 remove node-5
	assert_failure 1
	assert_output --regexp '^Error: Post "https://10[.0-9]+:6686/core/internal/hooks/pre-remove[?]target=node-5": Unable to connect to "10[.0-9]+:6686": dial tcp 10[.0-9]+:6686: connect: connection refused$'
	assert_regex "$(rows node-1)" "node-5 voter UNREACHABLE"
	run on node-1 remove node-5 -f
	assert_success
	run rows node-1
	refute_output --partial node-5

	# with its old state
	clusterctl up node-5
	clusterctl clock +0.1
	refused "Error: Database is still starting" node-5 list -f json
	refused "Error: Unable to initialize cluster: Database is still starting" node-5 bootstrap
	clusterctl clock +30
	run on node-5 list -f json
	assert_failure 1
	assert_output --partial "no such file or directory"

	# a second one that is away: removed, and 1
	clusterctl wipe node-5
	clusterctl down node-4
	clusterctl unplug node-3
	clusterctl clock +30
	run on node-1 remove node-4 --force
	assert_failure 1
	assert_output --regexp 'hooks/post-remove[?]target=node-4": .* connect: no route to host$'
	run clusterctl members
	refute_output --partial node-4
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
	refused "Error: unknown shorthand flag: 'x' in -x" node-1 join -x
	refused "Error: accepts 0 arg(s), received 1" node-2 bootstrap extra
	refused 'Error: invalid argument "x" for "--timeout" flag: strconv.ParseFloat: parsing "x": invalid syntax' \
		node-1 add --timeout x q
	run on node-1 list extra -f json
	assert_success
	assert_output --partial '"name":"node-1"'
}

@test "list has a table, which is the default, and YAML" {
	on node-1 bootstrap
	run on node-1 list
	assert_success
	assert_output --regexp "^[+]-{8}[+].*
[|]  NAME  [|] +ADDRESS +[|]  ROLE   [|] +FINGERPRINT +[|] STATUS [|]
.*
[|] node-1 [|] 10[.0-9]+:6686 [|] PENDING [|] [0-9a-f]{64} [|] ONLINE [|]
[+]-{8}[+]"
	run on node-1 list -f yaml
	assert_success
	assert_line --index 1 "    name: node-1"
	assert_line "  role: PENDING"
	refused 'Error: Invalid format "foo"' node-1 list -f foo
}

@test "what goes to a regular file is lost, and the exit status is what it is; others get it" {
	on node-1 bootstrap
	MACHINE_NAME=node-1 microovn cluster add node-2 >"$CLUSTER_DIR/out" 2>"$CLUSTER_DIR/err"
	# shellcheck disable=SC2016
	run ! env MACHINE_NAME=node-1 sh -c 'microovn cluster add node-2 >>"$CLUSTER_DIR/out" 2>>"$CLUSTER_DIR/err"'
	MACHINE_NAME=node-1 microovn cluster list -f json >"$CLUSTER_DIR/out"
	assert_equal "$(cat "$CLUSTER_DIR/out" "$CLUSTER_DIR/err")" ""
	assert_equal "$(clusterctl tokens)" "node-2 good"
	# one of the two alone
	# shellcheck disable=SC2016
	run env MACHINE_NAME=node-1 sh -c 'microovn cluster list -f json 2>"$CLUSTER_DIR/err"'
	assert_output --partial node-1
	# shellcheck disable=SC2016
	run -1 env MACHINE_NAME=node-1 sh -c 'microovn cluster add node-2 >"$CLUSTER_DIR/out"'
	assert_output --partial "UNIQUE constraint failed"

	mkfifo "$CLUSTER_DIR/fifo"
	cat "$CLUSTER_DIR/fifo" >"$CLUSTER_DIR/out" 3>&- &
	MACHINE_NAME=node-1 microovn cluster list -f json >"$CLUSTER_DIR/fifo"
	wait $!
	assert_equal "$(jq -r '.[0].name' "$CLUSTER_DIR/out")" node-1
	MACHINE_NAME=node-1 microovn cluster list -f json >/dev/null
	if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
		run script -qec "env MACHINE_NAME=node-1 microovn cluster list -f json" /dev/null </dev/null
		assert_output --partial '"name":"node-1"'
	fi
	# shellcheck disable=SC2016
	run perl -MSocket -e 'socketpair $a, $b, AF_UNIX, SOCK_STREAM, 0; if (!fork) { open STDOUT, ">&", $b; $ENV{MACHINE_NAME} = "node-1";
		exec qw(microovn cluster list -f json) } close $b; print <$a>'
	assert_output --partial '"name":"node-1"'
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
	{ setsid sh -c 'HOOK_PGID=$$ MACHINE_NAME=node-1 microovn cluster add node-2; echo "went on"' 3>&- || true; } |
		cat >"$CLUSTER_DIR/hook.out"
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
	run clusterctl members
	refute_output --partial node-2
	clusterctl clock +0.1
	refused "Error: Database is offline" node-2 list -f json
	clusterctl clock +11
	refused "Error: 1 join attempts were unsuccessful. Last error: CoreTokenRecord not found" \
		node-2 join "$token"

	clusterctl fault strand '*'
	clusterctl clock +10
	refused "Error: Failed to join cluster with the given join token" \
		node-2 join "$(on node-1 add node-2)"
	run clusterctl members
	assert_line "node-2 PENDING UNREACHABLE 1"
	clusterctl heartbeat
	run clusterctl members
	assert_line "node-2 spare UNREACHABLE 1"
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
