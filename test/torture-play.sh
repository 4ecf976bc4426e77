#!/bin/sh
# torture-play.sh: for torture-run.c, acts as the command by whose name it is called: "cluster", one of Juju's hook commands,
# or an observer. Files are in the current folder: what was called goes to calls, the cluster is in list.json, and
# made-HOST is there when the cluster has made HOST's token. It starts no process: one that is killed along with it would
# count as one that the tool leaves behind.
set -u

fail() {
	echo "$1" >&2
	exit 1
}

# enlist NAME ...: makes the list, at one go, for a tool that fails may end this command.
enlist() {
	[ ! -e list.json ] || fail 'Error: in a cluster already'
	list=
	for member; do
		list="$list,{\"name\":\"$member\",\"role\":\"voter\",\"status\":\"ONLINE\"}"
	done
	echo "[${list#,}]" >list.json
}

# add HOST: makes a token, once for each host, and tells of it before it prints it.
add() {
	[ ! -e "made-$1" ] || fail "Error: a token for $1 exists already"
	token=eyJuYW1lIjoi.$1.0123456789abcdefghijklmnopqrstuvwxyz0123456789
	printf %s "$token" >"made-$1"
	echo "making a token for $1" >&2
	exec perl -e 'select undef, undef, undef, 0.003; print "@ARGV\n"' "$token"
}

cluster() {
	[ $# -gt 0 ] || exit 2
	case $1 in
	list)
		[ -e list.json ] || fail 'Error: Database is not yet initialized'
		exec cat list.json
		;;
	add) add "$2" ;;
	join)
		enlist n0 n1
		# what is printed wakes the tool
		echo "joining with $2"
		;;
	bootstrap) enlist n1 ;;
	esac
}

# answer NAME [ARG ...]: the file that is called as the call is, without its format, has the answer.
answer() {
	call=$1
	shift
	for arg; do
		case $arg in
		--format | json) ;;
		*/*) call="$call ${arg%/*}_${arg##*/}" ;;
		*) call="$call $arg" ;;
		esac
	done
	[ -e "$call" ] || fail 'ERROR permission denied'
	exec cat "$call"
}

note() {
	call=$1
	shift
	for arg; do
		call="$call <$arg>"
	done
	echo "$call" >>calls
}

name=${0##*/}
case $name in
cluster) cluster "$@" ;;
relation-set | prejoin | joined | bootstrapped | prebootstrap)
	note "$name" "$@"
	exec cat >>calls
	;;
is-leader | relation-*) answer "$name" "$@" ;;
join-args) printf '%s\n' --from-observer --twice ;;
*)
	note "$name" "$@"
	echo "said by $name"
	;;
esac
