#!/bin/bash
# torture-kill.sh [COMMAND ...]: the step and td-apply of the hooks in which a cluster is bootstrapped, a token is added
# and a node joins (or of the COMMANDs alone) are killed at each system call; then the hook runs again. In the end there
# is one cluster with all nodes in it, and no token was lost: none was asked for while the last one was good. What follows
# is decided by what the kill leaves in files, so that many kills that leave the same are followed up once.
# CALLS=write,rename: at these calls alone.
set -u
TOP=$(cd "$(dirname "$0")/.." && pwd)
BUILD=${BUILD:-$TOP/build}
case $BUILD in /*) ;; *) BUILD=$TOP/$BUILD ;; esac
CALLS=${CALLS:-all}
PATH=$BUILD:$PATH
# shellcheck source=test/faults.bash
. "$TOP/test/faults.bash"
begin_kills torture-kill

assert_equal() {
	[ "$1" = "$2" ] || {
		printf 'got:\n%s\nexpected:\n%s\n' "$1" "$2"
		exit 1
	}
}

# What runs in place of the tool: $T/kill has TOOL, what strace is to do.
wrap() {
	local tool
	for tool in td-consumer-step td-apply; do
		cat >"$T/bin/$tool" <<-SH
			#!/bin/bash
			if [ -e "$T/kill" ] && read -r tool options <"$T/kill" && [ "\$tool" = $tool ]; then
				rm "$T/kill"
				exec strace -qq -o "$T/trace" \$options "$BUILD/$tool" "\$@"
			fi
			exec "$BUILD/$tool" "\$@"
		SH
		chmod 755 "$T/bin/$tool"
	done
	# a command outlives the step: its file is there until it has ended
	cat >"$T/bin/microovn" <<-SH
		#!/bin/sh
		: >"$T/running/\$\$"
		"$CLUSTER_COMMANDS/microovn" "\$@"
		status=\$?
		rm "$T/running/\$\$"
		exit \$status
	SH
	mkdir -p "$T/running"
}

keep() {
	rm -rf "$T/kept"
	mkdir "$T/kept"
	cp -a "$T/model" "$T/cluster" "$T/kept"
}

restore() {
	rm -rf "$T/model" "$T/cluster"
	cp -a "$T/kept/." "$T"
}

# before COMMAND: the model as it is when the next hook runs that command
before() {
	local n
	nodes=(microovn-0 microovn-1)
	# one token is there and another isn't yet
	[ "$1" != add ] || nodes+=(microovn-2)
	deploy 1 ${#nodes[@]}
	wrap
	for ((n = 0; n < 200; n++)); do
		keep
		juju step >/dev/null || return
		if clusterctl history | grep -qE "^[^ ]+ $1 "; then
			restore
			return
		fi
		clusterctl heartbeat
	done
	return 1
}

# world: a name for all that is in files and decides what comes; of the cluster's state all but times
world() {
	(
		cd "$T" || exit
		find model cluster -type f ! -name lock ! -name '*.lock' ! -path model/driver ! -path model/log ! -path model/events \
			! -path model/commands ! -path cluster/history ! -path cluster/state -exec sha256sum {} + | sort
		grep -vE '^- heartbeat| list ' cluster/history
		awk '$1 == "machine" { print $1, $2, $3, $4 }
			$1 == "member" { print $1, $2, $3, $4, $5 }
			$1 == "token" { print $1, $2, $3, $4, $6 }' cluster/state
	) | sha256sum | cut -c 1-64
}

# has_keeper: is a FILE.add-HOST locked by what reads add's output?
has_keeper() {
	find "$T/model" -name '*.add-*' -printf ':%i \n' >"$T/inodes"
	grep -qFf "$T/inodes" /proc/locks
}

# survive TOOL CALL N: the hook, killed there; and then everything else. 2: there was no such call this time, since how
# often a command is waited for, and a pipe read, isn't always the same.
survive() {
	local n world
	restore
	echo "$1 -e trace=$2 -e inject=$2:signal=KILL:when=$3" >"$T/kill"
	rm -f "$T/trace"
	juju step >"$T/step" 2>&1
	grep -qs SIGKILL "$T/trace" || {
		echo "this call wasn't reached"
		case $2 in pselect6 | waitid | rt_sigreturn | read) return 2 ;; esac
		return 1
	}
	for ((n = 0; n < 1000; n++)); do
		[ "$(ls "$T/running")" ] || has_keeper || break
		sleep 0.01
	done
	world=$(world)
	if [ -e "$T/worlds/$world" ]; then
		(assert_equal "$(tokens_in_files)" '')
		return
	fi
	# a status that td-apply was killed over isn't set again
	(ANY_STATUS=1 in_the_end "${nodes[@]}") || return
	: >"$T/worlds/$world"
}

kills=0
worlds=0
failed=0
[ $# -gt 0 ] || set -- bootstrap add join
for command; do
	before "$command" || {
		echo "torture-kill: no hook runs $command"
		exit 1
	}
	rm -rf "$T/worlds"
	mkdir "$T/worlds"
	for tool in td-consumer-step td-apply; do
		restore
		echo "$tool -e trace=$CALLS" >"$T/kill"
		juju step >"$T/step" 2>&1
		numbered_calls "$T/trace" >"$T/calls"
		while read -r call number; do
			out=$(survive $tool "$call" "$number" 2>&1)
			case $? in
			0)
				kills=$((kills + 1))
				echo "ok $command $tool $call $number"
				;;
			2) echo "ok $command $tool $call $number # skip: not reached" ;;
			*)
				failed=$((failed + 1))
				{ printf '%s\n' "$out"; clusterctl history; tail -n 20 "$T/model/log"; } | sed 's/^/# /'
				echo "not ok $command $tool $call $number"
				;;
			esac
		done <"$T/calls"
	done
	worlds=$((worlds + $(find "$T/worlds" -type f | wc -l)))
done
echo "$kills kills survived, which left $worlds different worlds, $failed failed"
[ $kills -gt 0 ] && [ $failed = 0 ]
