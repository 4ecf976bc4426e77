# The tools are built with protection against attacks, and no core dump has a token.

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
