# For all tests: the tools are first on PATH, $T is the test's own folder, and check is one case in one line.

load /usr/lib/bats/bats-support/load
load /usr/lib/bats/bats-assert/load
bats_require_minimum_version 1.5.0

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$TOP/$BUILD ;; esac
PATH=$BUILD:$PATH
T=$BATS_TEST_TMPDIR
unset "${!JUJU_@}"

# check STATUS STDOUT STDERR STDIN COMMAND [ARG...]
# Runs the command with that standard input. Its status and standard output must be STATUS and STDOUT, without trailing
# newlines, and its standard error must match the extended regular expression STDERR; "" means that it is empty. STATUS
# 0,1 means either; STDOUT * means any.
check() {
	local want=$1 out=$2 err=$3 in=$4 status=0
	shift 4
	printf %s "$in" >"$T/check-in"
	"$@" <"$T/check-in" >"$T/check-out" 2>"$T/check-err" || status=$?
	if [[ ,$want, != *",$status,"* ]] || ! out_matches "$out" || ! err_matches "$err"; then
		echo "command: $*"
		echo "input:   $in"
		echo "status:  $status, wanted $want"
		echo "stdout:  $(cat "$T/check-out")"
		echo "wanted:  $out"
		echo "stderr:  $(cat "$T/check-err")"
		echo "wanted:  /$err/"
		return 1
	fi
}

out_matches() {
	[ "$1" = '*' ] || [ "$(cat "$T/check-out")" = "$1" ]
}

err_matches() {
	if [ -z "$1" ]; then
		[ ! -s "$T/check-err" ]
	else
		grep -Eq -- "$1" "$T/check-err"
	fi
}

# unblocked FD COMMAND [ARG...]: runs the command with descriptor FD, 0 or 1, non-blocking
unblocked() {
	perl -MFcntl -e 'open my $f, "<&=", shift; fcntl $f, F_SETFL, O_NONBLOCK or die $!; exec @ARGV' "$@"
}

# written FILE: waits until the file has content, 10 seconds at most
written() {
	local - && set +T
	local i
	for ((i = 0; i < 1000; i++)); do
		[ ! -s "$1" ] || return 0
		sleep 0.01
	done
	return 1
}

# ends_at_sigterm COMMAND [ARG ...]: runs the command with a standard error that nobody reads. A program that it runs
# writes the command's process number to $T/parent. Then SIGTERM ends the command.
ends_at_sigterm() {
	local number status=0
	rm -f "$T/parent"
	unread timeout -s KILL 30 "$@" <&0 3>&- &
	number=$!
	written "$T/parent"
	kill "$(cat "$T/parent")"
	wait $number || status=$?
	[ $status = 143 ] || {
		echo "$1 ends with $status"
		return 1
	}
}

# unread COMMAND [ARG ...]: runs the command with a standard error that is full and that nobody reads
unread() {
	rm -f "$T/unread"
	mkfifo "$T/unread"
	exec 7<>"$T/unread"
	unblocked 1 dd if=/dev/zero bs=1 count=1000000 >&7 2>/dev/null || :
	# this makes it blocking again
	perl -MFcntl -e 'open my $f, "<&=", 7; fcntl $f, F_SETFL, O_RDWR or die $!'
	"$@" 2>&7 7>&-
}
