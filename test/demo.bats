# make demo shows how a cluster forms and which members it has. It shows no token, and fails if a node is missing.

load helpers

@test "five nodes in two applications" {
	run --separate-stderr -0 "$TOP/test/demo" 5
	assert_line --regexp '^microovn/0 +cluster bootstrapped$'
	assert_line --regexp '^microcluster-token-distributor/0 +sees host microovn-dpu-1$'
	assert_line --regexp '^microovn/0 +token made for microovn-dpu-1$'
	assert_line --regexp '^microovn-dpu/1 +joined$'
	assert_line '5 of 5 nodes in one cluster'
	# a status that is set again is no second member
	assert_equal "$(grep -cE ' (cluster bootstrapped|joined)$' <<<"$output")" 5
	# neither a token nor colour goes into a pipe
	run -1 grep -E '[A-Za-z0-9+/=_-]{40}|'$'\033' <<<"$output"
}

@test "many nodes: progress" {
	run --separate-stderr -0 "$TOP/test/demo" 14
	assert_line --regexp '^[0-9]+ host names seen, [0-9]+ tokens made, [0-9]+ of 14 nodes joined$'
	assert_line '14 of 14 nodes in one cluster'
}

@test "a node is missing: the demo fails" {
	mkdir "$T/bin"
	# shellcheck disable=SC2016
	printf '%s\n' '#!/bin/sh' '[ "$1" = members ] || exec "$REAL" "$@"' \
		'"$REAL" members | grep -v microovn-1' >"$T/bin/clusterctl"
	chmod +x "$T/bin/clusterctl"
	mkdir -p "$T/build/test"
	ln -s "$BUILD"/*td-* "$T/build"
	ln -s "$BUILD/test/juju" "$T/build/test"
	mkdir "$T/build/test/cluster"
	ln -s "$BUILD/test/cluster/microovn" "$T/build/test/cluster"
	ln -s "$T/bin/clusterctl" "$T/build/test/cluster"
	run -1 env REAL="$BUILD/test/cluster/clusterctl" BUILD="$T/build" "$TOP/test/demo" 3
	assert_line '2 of 3 nodes in one cluster'
}

@test "a token is lost: the end is what juju td-status says" {
	run --separate-stderr -0 env BREAK=1 "$TOP/test/demo" 3
	assert_line 'juju td-status'
	assert_line 'waiting: waits for a token: microovn-1'
	assert_line --partial 'cannot add microovn-1: Error: connection reset by peer'
	run -1 grep -E '[A-Za-z0-9+/=_-]{40}' <<<"$output"
}

# What README's section on troubleshooting says of them.
@test "KEEP leaves the documents and the list, for nobody else to read" {
	cd "$T"
	run --separate-stderr -0 env BREAK=1 KEEP=kept/here "$TOP/test/demo" 5
	local shown=$output
	cd kept/here
	run find . -perm /077
	assert_output ''
	run -0 td-units <status.json
	assert_equal "$(sort <<<"$output")" "$(jq -r 'keys[]' units.json | sort)"
	run -1 td-status -l list.json units.json
	[[ $shown == *"$output"* ]]
	assert_equal "$(jq -c . microovn-1.json)" "$(jq -c '{"microovn/1"}' units.json)"
	run -0 td-find-mirrors -R <microovn-1.json
	assert_output microcluster-token-distributor/0
	run -0 td-any-data <microovn-1.json
	run -0 td-mirror-data <microovn-1.json
	assert_output --partial '"microovn-1":"empty"'
	run -1 td-find-value -n microovn-1 <microovn-1.json
	grep -q 'cannot add microovn-1' log
}

@test "the cluster has lost its quorum: the demo fails and says so" {
	mkdir -p "$T/build/test/cluster"
	ln -s "$BUILD"/td-* "$T/build"
	ln -s "$BUILD/test/juju" "$T/build/test"
	ln -s "$BUILD/test/cluster/microovn" "$T/build/test/cluster"
	# shellcheck disable=SC2016
	printf '%s\n' '#!/bin/sh' '"$REAL" "$@" | { [ "$1" = clusters ] && sed "2s/\$/ lost/" || cat; }' \
		>"$T/build/test/cluster/clusterctl"
	chmod +x "$T/build/test/cluster/clusterctl"
	run --separate-stderr -1 env REAL="$BUILD/test/cluster/clusterctl" BUILD="$T/build" "$TOP/test/demo" 2
	# shellcheck disable=SC2154
	assert_equal "${stderr_lines[0]}" 'demo: the cluster has lost its quorum: more than 16 nodes joined at the same time'
}

@test "wrong calls" {
	for nodes in 0 1 x -3; do
		check 2 '' 'is no number of 2 or more' '' "$TOP/test/demo" "$nodes"
	done
}
