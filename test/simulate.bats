# Random histories with faults keep what the pages promise, a seed repeats exactly, and code that is broken is noticed.
# shellcheck disable=SC2016 # scripts are quoted

load helpers

SIMULATE=$BUILD/test/simulate

@test "histories with faults end with one cluster, every unit in it and no token lost" {
	run --separate-stderr "$SIMULATE" -n 100 -s 1
	assert_success
	assert_output --regexp '^100 histories, [0-9]+ hooks, .*, 0 failed$'
}

@test "the limits of what the tools promise are told one by one" {
	run --separate-stderr "$SIMULATE" -l -n 10 -s 1
	assert_success
	assert_line --index 0 --regexp '^10 histories'
	assert_line --regexp '^ +[0-9]+: the permission was given when the distributor had no relation with the cluster$'
	assert_line --regexp '^ +[0-9]+: a join was begun beside one that no state file knows of$'
}

@test "a seed gives the same history each time" {
	"$SIMULATE" -v -S 11 >"$T/first"
	"$SIMULATE" -v -S 11 >"$T/second"
	cmp "$T/first" "$T/second"
	grep -q '"status":"active","message":"Cluster bootstrapped"' "$T/first"
	grep -q 'nothing went wrong' "$T/first"
}

@test "relations that were there before a unit are created before it is elected, as Juju has it" {
	local seed
	for seed in {1..40}; do
		"$SIMULATE" -v -S "$seed" | awk -v seed="$seed" '
			/ is related to / { related[$1] = 1 }
			$2 == "install" { known[$1] = related[substr($1, 1, index($1, "/") - 1)] }
			$2 == "leader-elected" { elected[$1] = 1 }
			$2 == "config-changed" { known[$1] = 0 }
			$2 == "relation-created" { ++n; if (known[$1] && elected[$1]) print seed, $0 }
			END { if (!n) print seed ": nothing happened" }'
	done >"$T/wrong"
	assert_equal "$(cat "$T/wrong")" ''
}

@test "a relation that goes before its relation-created has run gets none" {
	printf '%s\n' 'seed 1' 'add-app ovn' deploy-td 'relate ovn' 'add-unit ovn n1' 'hook ovn/0 install' remove-td \
		'hook ovn/0 relation-created relation=1' 'hook ovn/0 config-changed' 'hook ovn/0 start' \
		'hook ovn/0 relation-broken relation=1' >"$T/history"
	"$SIMULATE" -v -f "$T/history" | sed '/the faults stop/q' | grep -o '^ovn/0: .*' >"$T/hooks"
	printf 'ovn/0: %s\n' install config-changed start 'relation-broken td' | diff - "$T/hooks"
}

@test "steps whose state is lost are found out, with the seed and a short history" {
	run --separate-stderr "$SIMULATE" -b -n 40
	assert_failure 1
	assert_output --regexp 'seed [0-9]+ fails; the shortest history found:'
	assert_output --regexp '!!! '
	seed=$(grep -Eo '^seed [0-9]+ fails' <<<"$output" | grep -Eo '[0-9]+' | head -n 1)
	run "$SIMULATE" -b -S "$seed"
	assert_failure 1
	assert_output --partial "seed $seed fails"
}

@test "the hooks of a history, over the real programs" {
	local seed names
	mkdir "$T/vectors"
	cp "$TOP"/test/vectors/{functions,steps}.json "$T/vectors"
	for seed in 11 29 50; do
		"$SIMULATE" -w -S $seed >"$T/vectors/life.json"
		mapfile -t names < <(jq -r '.[].name' "$T/vectors/life.json")
		[ "${#names[@]}" -ge 70 ]
		run "$BUILD/test/vectors" "$BUILD" "$T/vectors" "${names[@]}"
		[ "$status" = 0 ] || { grep -v '^ok' <<<"$output" && return 1; }
		assert_equal "$(grep -c '^ok' <<<"$output")" "${#names[@]}"
	done
	# the cluster did its part in them
	assert_equal "$(jq '[.[].cluster.calls[]?.args[0]] | unique | length' "$T/vectors/life.json")" 3
}

@test "the hooks of a history, as hooks over the stand-ins" {
	local seed
	for seed in 11 41; do
		"$SIMULATE" -w -S $seed >"$T/life.json"
		run "$BUILD/test/vectors" -k "$BUILD" "$T"
		[ "$status" = 0 ] || { grep -v '^ok' <<<"$output" && return 1; }
		assert_equal "$(grep -c '^ok' <<<"$output")" "$(jq length "$T/life.json")"
		# both sides, Juju and the cluster did their parts in them
		jq -r '[.[] | .kind, .cluster.calls[]?.args[0], (.hook.name | sub(".*-relation-"; ""))] | unique[]' \
			"$T/life.json" >"$T/had"
		assert_equal "$(grep -cxE 'consumer|provider|joined|changed|departed|broken|bootstrap|join|add' "$T/had")" 9
	done
}

# seen MESSAGE TOOL SCRIPT: vector $name as a hook fails with SCRIPT as TOOL, for that; $REAL is the real one
seen() {
	rm -f "$T/build/$2"
	printf '#!/bin/sh\nREAL=%s/%s\n%s\n' "$BUILD" "$2" "$3" >"$T/build/$2"
	chmod +x "$T/build/$2"
	run "$BUILD/test/vectors" -k "$T/build" "$T" "$name"
	assert_failure 1
	assert_output --partial "#   $1"
	ln -sf "$BUILD/$2" "$T/build"
}

@test "a hook that does otherwise is seen" {
	local name token
	mkdir -p "$T/build/test"
	ln -s "$BUILD"/td-* "$T/build"
	ln -s "$BUILD"/test/{scripted,juju} "$T/build/test"
	"$SIMULATE" -w -S 49 >"$T/life.json"
	read -r name token < <(jq -r '[.[] | select(.cluster.calls[]?.args[0] == "add" and .expect.statuses != []) |
		"\(.name) \(.expect.state.tokens[])"][0]' "$T/life.json")
	"$BUILD/test/vectors" -k "$T/build" "$T" "$name"
	seen 'unit-data:' td-apply 'grep -v relation-set | "$REAL"'
	seen 'statuses:' td-apply 'grep -v status-set | "$REAL"'
	seen 'a log line: has the token' td-apply "\"\$REAL\"; juju-log -- $token"
	seen 'td-consumer-hook: expected exit status 0, got 4' td-apply '"$REAL"; exit 4'
	seen 'the document:' td-snapshot '"$REAL" "$@" | sed s/hostname/host/'
	seen 'calls:' td-consumer-step 'shift 2; "$REAL" -E install "$@"'
	seen 'state:' td-consumer-step '"$REAL" "$@"; echo "{}" >"$4"'
	name=$(jq -r '[.[] | select(.expect["application-data"][]["bootstrap-app"]?)][0].name' "$T/life.json")
	seen 'application-data:' td-apply 'sed s/,\"app\":true// | "$REAL"'
}

@test "histories that once went wrong hold" {
	local history
	for history in "$TOP"/test/simulate/histories/*; do
		run "$SIMULATE" -f "$history"
		[ "$status" = 0 ] || echo "$output" >>"$T/wrong"
	done
	[ ! -e "$T/wrong" ] || { cat "$T/wrong" && return 1; }
}

@test "a history that goes wrong is written down, and goes wrong again" {
	local seed=1
	while "$SIMULATE" -b -S $seed >/dev/null; do ((++seed)); done
	"$SIMULATE" -b -d -S $seed >"$T/history" || true
	[ "$(grep -c '^add-app' "$T/history")" -ge 1 ]
	run "$SIMULATE" -b -f "$T/history"
	assert_failure 1
	printf 'seed 1\nfly ovn/0\n' >"$T/history"
	check 3 '' 'simulate: line 2: no act' '' "$SIMULATE" -f "$T/history"
	printf 'seed 1\nhook\n' >"$T/history"
	check 3 '' 'simulate: line 2: no act' '' "$SIMULATE" -f "$T/history"
}

@test "a wrong call says how to call it" {
	check 2 '' 'usage: simulate' '' "$SIMULATE" -x
	check 2 '' 'usage: simulate' '' "$SIMULATE" operand
	check 2 '' 'usage: simulate' '' "$SIMULATE" -j 0
	check 2 '' 'usage: simulate' '' "$SIMULATE" -w
}
