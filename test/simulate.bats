# Goal: random histories with faults hold what SPEC promises, a seed repeats exactly, and what is broken is noticed.

load helpers

SIMULATE=$BUILD/test/simulate

@test "histories with faults end with one cluster, every unit in it and no token lost" {
	run --separate-stderr "$SIMULATE" -n 100 -s 1
	assert_success
	assert_output --regexp '^100 histories, [0-9]+ hooks, .*, 0 failed$'
}

@test "a seed gives the same history each time" {
	"$SIMULATE" -v -S 11 >"$T/first"
	"$SIMULATE" -v -S 11 >"$T/second"
	cmp "$T/first" "$T/second"
	grep -q '"status":"active","message":"Cluster bootstrapped"' "$T/first"
	grep -q 'nothing went wrong' "$T/first"
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
	for seed in 3 7 8; do
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

@test "a wrong call says how to call it" {
	check 2 '' 'usage: simulate' '' "$SIMULATE" -x
	check 2 '' 'usage: simulate' '' "$SIMULATE" operand
	check 2 '' 'usage: simulate' '' "$SIMULATE" -j 0
	check 2 '' 'usage: simulate' '' "$SIMULATE" -w
}
