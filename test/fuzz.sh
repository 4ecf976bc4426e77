#!/bin/sh
# fuzz.sh SECONDS TARGET ...: runs the fuzzers that $BUILD has, and prints for each what it ran and covered.
set -u
cd "$(dirname "$0")/.." || exit 2
seconds=$1
shift
status=0

# covered TARGET: lines of common/ that its corpus reaches, of those that anything of it reaches a file of.
covered() {
	dir=$BUILD/fuzz
	LLVM_PROFILE_FILE=$dir/$1.profraw "$dir/$1" -runs=0 "$dir/corpus/$1" >"$dir/$1.cover" 2>&1 || return 0
	llvm-profdata merge -o "$dir/$1.profdata" "$dir/$1.profraw" || return 0
	llvm-cov report "$dir/$1" -instr-profile="$dir/$1.profdata" common/*.c 2>"$dir/$1.cover" |
		awk '$1 ~ /\.c$/ && $10 != "0.00%" { sub(/.*\//, "", $1); printf " %s %s", $1, $10 }'
}

# compare: what the strict reader accepts, and refuses, by another reader.
compare() {
	find "$BUILD/fuzz/corpus/json" test/fuzz/seeds/json -type f -exec "$BUILD/test/fuzz-replay" json {} + |
		python3 test/fuzz/compare.py
}

for target; do
	corpus=$BUILD/fuzz/corpus/$target
	log=$BUILD/fuzz/$target.log
	mkdir -p "$corpus" "test/fuzz/regress/$target"
	seeds=
	for dir in "test/fuzz/seeds/$target" "test/fuzz/regress/$target"; do
		[ ! -d "$dir" ] || seeds="$seeds $dir"
	done
	# shellcheck disable=SC2086
	if LLVM_PROFILE_FILE=/dev/null "$BUILD/fuzz/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
		-dict=test/fuzz/json.dict -artifact_prefix="test/fuzz/regress/$target/" -print_final_stats=1 \
		"$corpus" $seeds >"$log" 2>&1; then
		echo "ok $target: $(awk '/number_of_executed_units/ { print $2 }' "$log") executions," \
			"$(find "$corpus" -type f | wc -l) inputs kept, lines covered:$(covered "$target")"
	else
		echo "not ok $target: see $log"
		grep -E 'broken:|ERROR:|runtime error' "$log"
		tail -n 20 "$log"
		status=1
	fi
	rmdir "test/fuzz/regress/$target" 2>/dev/null
	if [ "$target" = json ] && ! compare; then
		status=1
	fi
done
exit $status
