# The inputs with which fuzzing began, and those that it found, pass all checks of test/fuzz.c. On them, the strict JSON
# reader and Python's agree.

load helpers

readonly REPLAY=$BUILD/test/fuzz-replay

@test "seeds and findings" {
	local dir count=0
	for dir in "$TOP"/test/fuzz/seeds/* "$TOP"/test/fuzz/regress/*; do
		# a fuzzer that runs now has a folder for what it may find
		[ "$(echo "$dir"/*)" != "$dir/*" ] || continue
		run -0 "$REPLAY" "${dir##*/}" "$dir"/*
		count=$((count + 1))
	done
	[ "$count" -ge 10 ]
}

@test "what the strict reader accepts, Python reads to the same value" {
	command -v python3 >/dev/null || skip 'python3 is not installed'
	"$REPLAY" json "$TOP"/test/fuzz/{seeds,regress}/json/* "$TOP"/test/fuzz/seeds/{document,action,state}/* \
		>"$T/pairs"
	run -0 python3 "$TOP/test/fuzz/compare.py" <"$T/pairs"
	assert_output --partial ' 0 faults'
}

@test "a value that is read otherwise is seen" {
	command -v python3 >/dev/null || skip 'python3 is not installed'
	printf 'accepted 3 3\n[1][2]' >"$T/pairs"
	run -1 python3 "$TOP/test/fuzz/compare.py" <"$T/pairs"
	assert_output --partial 'another value'
	printf 'accepted 3 3\n[1][1]refused 3 3\n[2]bad' >"$T/pairs"
	run -1 python3 "$TOP/test/fuzz/compare.py" <"$T/pairs"
	assert_output --partial 'well-formed'
	printf 'accepted 8 5\n"\\u0000""\xef\xbf\xbd"refused 8 3\n"\\ud800"bad' >"$T/pairs"
	run -0 python3 "$TOP/test/fuzz/compare.py" <"$T/pairs"
}
