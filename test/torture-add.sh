#!/bin/bash
# torture-add.sh [SCENARIO ...]: kills the step at each system call of a hook in which the cluster's command `add` is
# quick, slow, late and so on (see cluster_command). Then other hooks run. In the end the token that `add` printed must be
# in the state file, and the step must have printed it. No `add` may begin while another one for that host runs.
# CALLS=fsync,rename: only at these calls. JOBS=4: so many at a time. FORGET=1: after each kill, removes what `add` has
# left beside the state file; then the script must report tokens that are lost.
set -u
TOP=$(cd "$(dirname "$0")/.." && pwd)
BUILD=${BUILD:-$TOP/build}
case $BUILD in /*) ;; *) BUILD=$TOP/$BUILD ;; esac
export BUILD CALLS=${CALLS:-all} FORGET=${FORGET-}
PATH=$BUILD:$PATH
# shellcheck source=test/faults.bash
. "$TOP/test/faults.bash"
readonly HOSTS='n2 n3'

# Prints the cluster's command. The first `add n2` does what the scenario says. A token is made once, and is in made-HOST.
# living-HOST is locked while an `add` runs.
cluster_command() {
	cat <<-'SH'
		#!/bin/sh
		give() {
			trap '' TERM
			token=eyJuYW1lIjoi-$host-0123456789abcdefghijklmnopqrstuvwxyz
			echo "$token" >>"made-$host"
			echo "$token"
		}
		host=${2-}
		case $1 in
		list)
			[ ! -e second ] || : >next
			echo '[{"name":"n1","role":"voter","status":"ONLINE"}]'
			exit
			;;
		later) give; exit ;;
		esac
		exec 9>>"living-$host"
		flock -n 9 || echo "add $host began while another one ran" >>wrong
		if [ -e "made-$host" ]; then
			echo "Error: a token for $host exists already" >&2
			exit 1
		fi
		[ "$host" = n2 ] && [ ! -e begun ] || { give; exit; }
		: >begun
		case $(cat scenario) in
		quick) give ;;
		slow) sleep 0.1; give ;;
		warns) echo 'one warning' >&2; sleep 0.05; echo another >&2; sleep 0.05; echo 'and one more' >&2; give ;;
		session) setsid sh -c 'echo before >&2; sleep 0.4; echo after >&2; ./cluster later n2' ;;
		timeout) timeout 60 sh -c 'sleep 0.4; ./cluster later n2' ;;
		hangs) sleep 0.6; give ;;
		late) setsid sh -c 'while [ ! -e next ]; do sleep 0.01; done; ./cluster later n2' ;;
		huge) head -c 1073741824 /dev/zero ;;
		endless) echo $$ >endless; exec cat /dev/zero ;;
		esac
	SH
}

# patience SCENARIO: for how long one command may run
patience() {
	case $1 in
	session | timeout | hangs | late | endless) echo 0.2 ;;
	*) echo 20 ;;
	esac
}

# begin SCENARIO: puts into the current folder what there is before the hook
begin() {
	echo "$1" >scenario
	cluster_command >cluster
	chmod 755 cluster
	(umask 077 && echo '{"in-cluster":true}' >state)
	printf '{"app/0":{"relation-info":[{"relation-id":4,"application-data":{"mirror-unit":"td/0"},%s,%s}]}}' \
		'"local-unit":{"data":{"hostname":"n1"}}' \
		'"related-units":{"td/0":{"data":{"mirror":"up","mirror-n2":"empty","mirror-n3":"empty"}}}' >document
}

# hook NAME [COMMAND ...]: runs the step, by COMMAND; its output goes to NAME.out and NAME.err
hook() {
	local name=$1
	shift
	"$@" "$BUILD/td-consumer-step" -s state -H n1 -w 0 -t "$(patience "$(cat scenario)")" relation-changed ./cluster \
		<document >"$name.out" 2>"$name.err"
}

# ends: waits until no `add` runs and no keeper has its FILE.add-HOST locked
ends() {
	local n
	for ((n = 0; n < 2000; n++)); do
		if (flock -n 9 && flock -n 8) 9>>living-n2 8>>living-n3; then
			find . -name 'state.add-*' -printf ':%i \n' >inodes
			grep -qFf inodes /proc/locks || return 0
		elif [ -s endless ]; then
			# nothing else ends it when its step was killed
			kill "$(cat endless)" 2>/dev/null
			rm endless
		fi
		sleep 0.01
	done
	echo "an add or its keeper doesn't end"
	return 1
}

# wrong: prints what isn't as it must be
wrong() {
	local host token
	cat wrong 2>/dev/null
	for host in $HOSTS; do
		[ "$(wc -l <"made-$host")" = 1 ] || echo "$(wc -l <"made-$host") tokens were made for $host"
		token=$(cat "made-$host")
		[ "$(jq -r ".tokens.$host" state)" = "$token" ] || echo "the token for $host isn't in the state file"
		grep -qF "\"mirror-$host\":\"$token\"" last.out || echo "the token for $host isn't printed"
	done
	! grep -F eyJ ./*.err || echo 'a token is in what was said'
	[ "$(echo state*)" = 'state state.lock' ] || echo "left: $(echo state*)"
}

# hooks NAME ...: runs hooks, which must succeed
hooks() {
	local name
	for name; do
		hook "$name" || {
			echo "the $name hook ends with $?"
			return 1
		}
		ends || return
	done
}

# kill_at SCENARIO CALL N: one case, in the current folder. Returns 2 if there was no such call this time: how often the
# step waits and reads isn't always the same, nor is what it does at a timeout.
kill_at() {
	local status=0
	begin "$1"
	hook first strace -qq -o trace -e trace="$2" -e inject="$2:signal=KILL:when=$3" 2>/dev/null
	grep -qs SIGKILL trace || {
		: >next
		ends
		echo "this call wasn't reached"
		case $1,$2 in *,pselect6 | *,poll | *,waitid | *,wait4 | *,rt_sigreturn | *,read | *,clock_nanosleep) return 2 ;; esac
		[ "$(patience "$1")" = 20 ] && return 1
		return 2
	}
	[ ! "$FORGET" ] || {
		: >next
		ends
		rm -f state.add-*
	}
	: >second
	# an `add` may still run in the first of them, and time out in the second; the last one prints all tokens again
	hooks next second third last || status=1
	wrong >wrongs
	[ ! -s wrongs ] || { cat wrongs; status=1; }
	[ $status = 0 ] || head -n 40 ./*.out ./*.err state
	return $status
}

# one SCENARIO CALL N: runs kill_at in a folder of its own, and prints the result in one line
one() {
	local folder out
	folder=$(mktemp -d "$T/case.XXXXXX") && cd "$folder" || exit 1
	out=$(kill_at "$@" 2>&1 | sed 's/^/# /'; exit "${PIPESTATUS[0]}")
	case $? in
	0) echo "ok $*" ;;
	2) echo "ok $* # skip: not reached" ;;
	*) printf '%s\nnot ok %s\n' "$out" "$*" ;;
	esac
	rm -rf "$folder"
}

if [ "${1-}" = --one ]; then
	one "${@:2}"
	exit
fi
begin_kills torture-add
export T
[ $# -gt 0 ] || set -- quick slow warns session timeout hangs late huge endless
for scenario; do
	mkdir "$T/$scenario" && cd "$T/$scenario" || exit
	begin "$scenario"
	hook first strace -qq -o trace -e trace="$CALLS" || exit
	: >next
	ends || exit
	numbered_calls trace | sed "s/^/$scenario /" >>"$T/cases"
done
cd "$TOP" || exit
xargs -L 1 -P "${JOBS:-4}" "$TOP/test/torture-add.sh" --one <"$T/cases" | tee "$T/results"
failed=$(grep -c '^not ok' "$T/results")
echo "$(grep -vc '^#' "$T/results") kills, $(grep -c 'skip: not' "$T/results") of them not reached, $failed failed"
[ -s "$T/results" ] && [ "$failed" = 0 ]
