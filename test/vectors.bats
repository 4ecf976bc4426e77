#!/usr/bin/env bats
# The programs do what the reference did and what the contract adds. The test notices if they don't.
# shellcheck disable=SC2016 # scripts are quoted

setup() {
	load /usr/lib/bats/bats-support/load
	load /usr/lib/bats/bats-assert/load
	BUILD=${BUILD:-$BATS_TEST_DIRNAME/../build}
	BUILD=$(cd "$BUILD" && pwd)
	VECTORS=$BATS_TEST_DIRNAME/vectors
	FAKE=$BATS_TEST_TMPDIR/build
	export TMPDIR=$BATS_TEST_TMPDIR
}

# with TOOL SCRIPT: a build folder in which TOOL is a shell script, with the real one as $REAL
with() {
	mkdir -p "$FAKE/test"
	ln -sf "$BUILD"/td-* "$FAKE"
	ln -sf "$BUILD/test/scripted" "$FAKE/test"
	rm -f "$FAKE/$1"
	printf '#!/bin/sh\nREAL=%s/%s\n%s\n' "$BUILD" "$1" "$2" >"$FAKE/$1"
	chmod +x "$FAKE/$1"
}

# seen TOOL VECTOR MESSAGE SCRIPT: the vector passes with the real TOOL and fails, for that, with SCRIPT
seen() {
	run "$BUILD/test/vectors" "$BUILD" "$VECTORS" "$2"
	assert_success
	assert_line --regexp "^ok 1 - [a-z]+ $2"
	with "$1" "$4"
	run "$BUILD/test/vectors" "$FAKE" "$VECTORS" "$2"
	assert_failure 1
	assert_line --regexp "^not ok 1 - [a-z]+ $2"
	assert_output --partial "$3"
}

@test "all vectors" {
	run "$BUILD/test/vectors" "$BUILD" "$VECTORS"
	grep -v "^ok" <<<"$output" >"$BATS_TEST_TMPDIR/differences" || true
	if [ "$status" -ne 0 ]; then
		head -n 200 "$BATS_TEST_TMPDIR/differences"
	fi
	assert_equal "$status" 0
	assert_equal "$(grep -cE '^ok [0-9]+ - (functions|steps|life) ' <<<"$output")" 1041
}

@test "no vector of a name is a failure" {
	run "$BUILD/test/vectors" "$BUILD" "$VECTORS" no-such-vector
	assert_failure 1
	assert_output "1..0"
}

@test "a filter that says otherwise is seen" {
	local other="expected exit status"
	seen td-any-data f6-0000 "$other 0, got 1" 'echo false; exit 1'
	seen td-any-data f6-0000 "$other 0, got 1" 'echo true; exit 1'
	seen td-any-data f6-0000 "td-any-data:" 'echo false'
	seen td-any-data f6-0000 "one line" 'echo true; echo true'
	seen td-find-mirrors f6-0000 "td-find-mirrors:" 'echo "[]"'
	seen td-mirror-data f6-0000 "td-mirror-data -n:" '[ "$1" = -n ] && set --; exec "$REAL" "$@"'
	seen td-corroborate corroborate-0 "td-corroborate:" 'shift 2; exec "$REAL" "$@"'
	seen td-mirror-id mirror-id-0 "td-mirror-id -x:" '[ "$1" = -x ] && shift; exec "$REAL" "$@"'
}

@test "a provider's step that does otherwise is seen" {
	local tool=td-provider-step vector=v5-0001
	seen $tool $vector "expected exit status 0, got 4" '"$REAL" "$@"; exit 4'
	seen $tool $vector "the last line" '"$REAL" "$@" | sed "\$d"'
	seen $tool $vector "the last line" '"$REAL" leader-elected | sed "s/done/event/"'
	seen $tool $vector "the last line" '"$REAL" relation-changed'
	seen $tool $vector "none of them empty" '"$REAL" "$@"; echo'
	seen $tool $vector "an action line" 'echo "{\"nothing\":{}}"; "$REAL" "$@"'
	seen $tool $vector "unit-data:" '"$REAL" "$@" | sed "s/\"mirror-node-8\":\"[^\"]*\"/\"mirror-node-8\":\"x\"/"'
	seen $tool $vector "application-data:" '"$REAL" "$@" | sed "s/\"bootstrap-app\":\"microovn\"/\"bootstrap-app\":\"x\"/"'
	seen $tool $vector "has the token" '"$REAL" "$@"; echo tok-node-8-276626 >&2'
	seen $tool $vector "is so already" \
		'"$REAL" "$@" | sed "1{p;}"'
}

@test "a consumer's step that does otherwise is seen" {
	local tool=td-consumer-step vector=v5-0002
	seen $tool $vector "has the token" '"$REAL" "$@"; echo tok-node-2-381085 >&2'
	seen $tool $vector "a log line: has the token" \
		'"$REAL" "$@" | sed "s/added token for node-2/& tok-node-2-381085/"'
	seen $tool $vector "a status: has the token" \
		'"$REAL" "$@" | sed "s/Cluster bootstrapped/&: tok-node-2-381085/"'
	seen $tool $vector "expected mode 0600, got 0644" '"$REAL" "$@"; chmod 644 "$2"'
	seen $tool $vector "has a file state.add-node-2" '"$REAL" "$@"; [ "$1" = -s ] && : >"$2.add-node-2"'
	seen $tool $vector "statuses:" '"$REAL" "$@" | grep -v status-set'
	seen $tool $vector "events:" '"$REAL" "$@" | grep -v prebootstrap'
	seen $tool $vector "observed events:" \
		'for arg; do [ "$last" = -o ] && rm "$arg/joined"; last=$arg; done; "$REAL" "$@"'
	seen $tool $vector "defer:" 'echo "{\"defer\":{\"event\":\"install\",\"reason\":\"\"}}"; "$REAL" "$@"'
	seen $tool $vector "in-cluster:" '"$REAL" "$@"; sed -i "s/\"in-cluster\":true/\"in-cluster\":false/" "$2"'
	seen $tool $vector "commands:" '"$REAL" "$@"; for c; do :; done; "$c" remove x >/dev/null 2>&1'
	seen $tool $vector "dry run: the state file was written" \
		'"$REAL" "$@"; case " $* " in *" -n "*) echo "{}" >"$2" ;; esac'
	seen $tool $vector "dry run: commands:" \
		'case " $* " in *" -n "*) for c; do :; done; "$c" add node-2 >/dev/null 2>&1 ;; esac; "$REAL" "$@"'
	seen $tool life-00040 "list, before" '"$REAL" "$@"; for c; do :; done; "$c" list >/dev/null'
	seen $tool life-00040 "state:" '"$REAL" "$@"; sed -i "s/162279787/162279788/" "$2"'
	seen $tool life-00040 "a call that isn't in the script" \
		'"$REAL" "$@"; for c; do :; done; "$c" add node-2 2>/dev/null'
}

@test "the step finds times where a vector has ages" {
	with td-consumer-step 'if [ "$1" = -s ]; then
		age=$(jq "now - .out[\"microovn-2\"] | floor" "$2")
		[ "$age" -ge 11276 ] && [ "$age" -lt 11396 ] || exit 4
	fi
	exec "$REAL" "$@"'
	run "$BUILD/test/vectors" "$FAKE" "$VECTORS" life-00040
	assert_success
	# the wrapper sees it where that is not so
	run "$BUILD/test/vectors" "$FAKE" "$VECTORS" life-00049
	assert_failure
}

@test "vectors are chosen by pattern and by kind" {
	run "$BUILD/test/vectors" -t provider "$BUILD" "$VECTORS" 'v5-000[12]'
	assert_success
	assert_line --regexp "^ok 1 - steps v5-0001"
	assert_line "1..1"
	run "$BUILD/test/vectors" -t consumer "$BUILD" "$VECTORS" 'v5-000[12]'
	assert_success
	assert_line --regexp "^ok 1 - steps v5-0002"
	assert_line "1..1"
}

@test "an exemption that no vector needs is a failure" {
	local vectors=$BATS_TEST_TMPDIR/vectors
	mkdir "$vectors"
	echo '{}' >"$vectors/functions.json"
	echo '[]' >"$vectors/life.json"
	jq '.[:1]' "$VECTORS/steps.json" >"$vectors/steps.json"
	run "$BUILD/test/vectors" "$BUILD" "$vectors"
	assert_failure 1
	assert_line --regexp '^not ok 2 - the exemption of defer, ".*", is needed 0 times$'
}
