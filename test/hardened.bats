# The tools are built with protection against attacks, no core dump has a token, and a write to a file that may not grow
# is a failure.

# shellcheck disable=SC2016
load helpers

readonly FIRST=$BUILD/td-find-value

# unprivileged COMMAND...: as a user who isn't root.
unprivileged() {
	if [ "$(id -u)" != 0 ]; then
		exec "$@"
	fi
	exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

@test "position-independent, read-only after relocation, with guarded stacks and checked copies" {
	command -v readelf >/dev/null || skip 'readelf is not installed'
	run readelf -Ws --dyn-syms "$FIRST"
	[[ $output != *__asan* ]] || skip 'these are built with sanitizers'
	for tool in "$BUILD"/td-*; do
		[ "$(head -c 2 "$tool")" != '#!' ] || continue
		readelf -h "$tool" | grep -q 'Type: *DYN'
		readelf -Wl "$tool" | grep -q GNU_RELRO
		readelf -d "$tool" | grep -q BIND_NOW
		readelf -Ws --dyn-syms "$tool" | grep -q __stack_chk_fail
		readelf -Ws --dyn-syms "$tool" | grep -q '_chk@'
		run -0 readelf -Wl "$tool"
		refute_output --regexp 'GNU_STACK[^\n]*RWE'
	done
}

@test "no core dump is made of a tool, but of what it runs" {
	[ -d /proc/self ] || skip 'there is no /proc'
	[ "$(id -u)" != 0 ] || command -v setpriv >/dev/null || skip 'setpriv is not installed'
	mkfifo "$T/in"
	chmod 755 "$T"
	(unprivileged "$BUILD/td-mirror-id" <>"$T/in" >"$T/out" 3>&-) &
	tool=$!
	# of a process that can't be dumped, /proc belongs to root
	for ((i = 0; i < 500; i++)); do
		[ "$(cat "/proc/$tool/comm")" = td-mirror-id ] && [ "$(stat -c %u "/proc/$tool/maps")" = 0 ] && break
		sleep 0.01
	done
	kill "$tool"
	[ "$i" -lt 500 ]
	wait "$tool" || true

	mkdir -m 777 "$T/work"
	printf '#!/bin/sh\nstat -c %%u /proc/$$/maps >"%s/owner"\n' "$T/work" >"$T/work/cluster"
	chmod 755 "$T/work/cluster"
	echo '{"a/0":{"relation-info":[{"relation-id":1,"local-unit":{"data":{}}}]}}' >"$T/doc"
	(umask 077 && unprivileged "$BUILD/td-consumer-step" -H n1 -s "$T/work/state" reconcile "$T/work/cluster" <"$T/doc") || true
	[ "$(cat "$T/work/owner")" != 0 ]
}

# too_large TOOL COMMAND ...: the command ends with 4, and the message of TOOL
too_large() {
	local status
	"${@:2}" 2>&1 | cat >"$T/err"
	status=${PIPESTATUS[0]}
	assert_equal "$status $(cat "$T/err")" "4 $1: cannot write standard output: File too large"
}

@test "a file that may not grow is a failed write, not the end by a signal" {
	local tool
	for tool in "$BUILD"/td-*; do
		[ "$(head -c 2 "$tool")" != '#!' ] || continue
		too_large "${tool##*/}" sh -c 'ulimit -f 0; exec "$1" --help >"$0"' "$T/out" "$tool"
	done
	# a part of it fits
	seq 2000 | sed '1s/^/[/; $s/$/]/; $!s/$/,/; s/[0-9]\+/"&"/' >"$T/in"
	too_large td-mirror-id sh -c 'ulimit -f 1; exec td-mirror-id <"$1" >"$0"' "$T/out" "$T/in"
	[ -s "$T/out" ]
}
