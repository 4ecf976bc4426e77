# run(): what a program gets and returns, timeouts and signals that reach all its children, pipes that other processes
# hold, and input and output of any size.

# shellcheck disable=SC2016
load helpers

readonly RUN=$BUILD/test/run

# outcome OPTIONS... COMMAND: its first line, what became of the program.
outcome() {
	"$RUN" "$@" 2>/dev/null | grep '^started'
}

# gone FILE: waits, a few seconds at most, until the process whose number FILE holds is no more.
gone() {
	local i
	for ((i = 0; i < 500; i++)); do
		grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$(cat "$1")/status" || return 0
		sleep 0.01
	done
	return 1
}

@test "how programs end" {
	assert_equal "$(outcome true)" 'started 1 ok 1 timed_out 0 exit 0 reason '
	assert_equal "$(outcome sh -c 'exit 7')" 'started 1 ok 0 timed_out 0 exit 7 reason exit status 7'
	assert_equal "$(outcome sh -c 'kill -9 $$')" \
		'started 1 ok 0 timed_out 0 exit 137 reason killed by signal 9'
	assert_equal "$(PATH=/usr/bin:/bin outcome no-such-program)" \
		'started 0 ok 0 timed_out 0 exit 0 reason No such file or directory'
	assert_equal "$(outcome "$T")" 'started 0 ok 0 timed_out 0 exit 0 reason Permission denied'
	echo 'echo no shell is started' >"$T/text"
	chmod 755 "$T/text"
	assert_equal "$(outcome "$T/text")" 'started 0 ok 0 timed_out 0 exit 0 reason Exec format error'
}

@test "standard files" {
	run -0 "$RUN" sh -c 'cat; echo out; echo err >&2'
	assert_line --index 1 'out 4 out'
	refute_output --partial err
	run -0 --separate-stderr "$RUN" -o 2 sh -c 'echo out'
	# shellcheck disable=SC2154
	assert_equal "$stderr" out
	run -0 "$RUN" -o 1 sh -c 'echo out'
	assert_line --index 0 out
	printf 'some input' >"$T/in"
	run -0 "$RUN" -i "$T/in" cat
	assert_line --index 1 'out 10 some input'
	: >"$T/in"
	run -0 "$RUN" -i "$T/in" cat
	assert_line --index 1 'out 0 '
	# no descriptor above 2 is inherited, whoever had it open
	run -0 "$RUN" sh -c 'for fd in 3 4 5 6 7 8 9; do (: >&$fd) && echo $fd; done' 4>"$T/4" 7<"$T/in" 9>&1
	assert_line --index 1 'out 0 '
}

@test "signals are the program's own, and so is its group" {
	run -0 "$RUN" -o 1 sh -c 'grep Sig /proc/self/status'
	assert_line --regexp '^SigBlk:.0*$'
	refute_line --regexp '^SigIgn:.*1...$'
	run -0 "$RUN" -o 1 sh -c 'yes | head -n 1'
	assert_line --index 0 y
	# a file that is too large ends it, for that is what it expects
	assert_equal "$(outcome sh -c 'ulimit -f 0; exec head -c 1 /dev/zero >"$0"' "$T/zero")" \
		'started 1 ok 0 timed_out 0 exit 153 reason killed by signal 25'
	# process group, session, terminal
	run -0 "$RUN" -o 1 sh -c 'test $$ = "$(cut -d" " -f5 /proc/$$/stat)" && cut -d" " -f 6,7 /proc/$$/stat; echo $$'
	assert_equal "${lines[0]}" "${lines[1]} 0"
}

@test "a program that asks on a terminal gets none" {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip 'no terminal can be had here'
	# one that stays in our session would be stopped, or wait for an answer
	run -0 timeout -s KILL 20 script -qec "'$RUN' sh -c '(: </dev/tty) || echo none'" /dev/null </dev/null
	assert_output --partial 'out 5 none'
}

@test "lines: as they come, of any length" {
	run -0 "$RUN" -l sh -c 'printf "a\n\nb c" >&2; echo out'
	assert_output 'line 1 a
line 0 
line 3 b c
started 1 ok 1 timed_out 0 exit 0 reason 
out 4 out'
	run -0 "$RUN" -l -a sh -c 'echo out; echo err >&2'
	assert_line 'line 3 out'
	assert_line 'line 3 err'
	assert_line 'out 0 '
	run -0 "$RUN" -l sh -c '{ printf "%100000s x" ""; printf "\nnext\n"; } >&2'
	assert_line --index 0 --regexp '^line 100002 '
	assert_line --index 1 'line 4 next'
	# over the limit: cut; and what is passed on has no part of what may be a token
	{ printf '%131000s ' ''; head -c 200000 /dev/zero | tr '\0' a; printf '\nnext\n'; } >"$T/long"
	run -0 "$RUN" -l sh -c "cat $T/long >&2"
	assert_line --index 0 --regexp '^line 131072 '
	assert_line --index 1 'line 4 next'
	"$RUN" -r sh -c "cat $T/long >&2" 2>"$T/err"
	assert_equal "$(head -n 1 "$T/err" | wc -c)" 131002
	assert_equal "$(sed -n 2p "$T/err")" next
	mkfifo "$T/in"
	"$RUN" -l sh -c "echo first >&2; cat $T/in >&2" >"$T/out" &
	written "$T/out"
	assert_equal "$(cat "$T/out")" 'line 5 first'
	echo second >"$T/in"
	wait $!
	assert_equal "$(sed -n 2p "$T/out")" 'line 6 second'
}

@test "lines that are passed on: without tokens, and the last one fit for a message" {
	run -0 --separate-stderr "$RUN" -r -K short.token sh -c 'printf "a short.token b\n \n" >&2'
	assert_equal "$stderr" 'a [token] b'
	assert_line 'last a [token] b'
	# a known one from 8 bytes on, others from 40
	run -0 --separate-stderr "$RUN" -r -K abcdef.8 -K abcde.7 sh -c 'echo abcdef.8 abcde.7 >&2'
	assert_equal "$stderr" '[token] abcde.7'
	run -0 --separate-stderr "$RUN" -r sh -c 'echo 0123456789012345678901234567890123456789 >&2'
	assert_equal "$stderr" '[token]'
	run -0 --separate-stderr "$RUN" -r sh -c 'echo A23456789_1234+6789/12345678-9123=56789x a2345678901234567890123456789012345678 >&2'
	assert_equal "$stderr" '[token] a2345678901234567890123456789012345678'
	run -0 --separate-stderr "$RUN" -r sh -c 'printf "\303\274 \377 \033[1m\n" >&2'
	assert_line 'last ü ? ?[1m'
	run -0 --separate-stderr "$RUN" -r sh -c 'printf "%511s\303\274\n" "" | tr " " . >&2'
	assert_line "last $(printf '%511s' '' | tr ' ' .)"
}

@test "tokens are cut out in a time that is linear, and the timeout holds meanwhile" {
	local dots known=() i
	dots=$(printf '%060000d' 0 | tr 0 .)
	# the text begins with nearly all of each of them, everywhere
	for i in {1..20}; do known+=(-K "$dots+$(printf '%0*d' "$i" 0)"); done
	(
		ulimit -t 10
		run -0 "$RUN" -r "${known[@]}" sh -c "yes '$dots$dots' | head -n 16 >&2"
		assert_equal "${#output}" "$((16 * 120001 + $(tail -n 3 <<<"$output" | wc -c) - 1))"
		run -0 "$RUN" -r -t 1 "${known[@]}" sh -c "yes '$dots$dots' >&2"
		assert_line --regexp '^started 1 ok 0 timed_out 1 '
	)
}

@test "megabytes both ways" {
	head -c 5000000 /dev/zero | tr '\0' x >"$T/in"
	run -0 timeout 60 "$RUN" -i "$T/in" cat
	assert_line --regexp '^out 5000000 x'
	run -0 timeout 60 "$RUN" -i "$T/in" -l sh -c 'tee /dev/stderr'
	assert_line --regexp '^out 5000000 x'
	assert_equal "$(outcome -i "$T/in" true)" 'started 1 ok 1 timed_out 0 exit 0 reason '
	assert_equal "$(outcome -i "$T/in" sh -c 'exec <&-; exit 3')" \
		'started 1 ok 0 timed_out 0 exit 3 reason exit status 3'
}

@test "more than can be of use ends the program" {
	run -0 timeout 60 "$RUN" -t 50 cat /dev/zero
	assert_line --index 0 'started 1 ok 0 timed_out 0 exit 143 reason it printed over 128 MiB'
	run -0 timeout 60 "$RUN" -t 50 head -c 134217728 /dev/zero
	assert_line --index 0 'started 1 ok 1 timed_out 0 exit 0 reason '
}

@test "a timeout ends the program and its children" {
	run -0 timeout 20 "$RUN" -t 0.2 sh -c "sleep 60 & echo \$! >$T/child; wait"
	assert_line --index 0 'started 1 ok 0 timed_out 1 exit 143 reason timed out after 0.2 s'
	gone "$T/child"
	run -0 timeout 20 "$RUN" -t 0.2 \
		sh -c "trap '' TERM; sleep 60 & echo \$! >$T/child; while :; do sleep 9; done"
	assert_line --index 0 'started 1 ok 0 timed_out 1 exit 137 reason timed out after 0.2 s'
	gone "$T/child"
	# a child that doesn't heed SIGTERM, of a program that does
	run -0 timeout 20 "$RUN" -t 0.2 sh -c "(trap '' TERM; echo >$T/child.tmp; while :; do sleep 9; done) & echo \$! >$T/child; wait"
	assert_line --index 0 'started 1 ok 0 timed_out 1 exit 143 reason timed out after 0.2 s'
	gone "$T/child"
	# one that ends well only when asked to has timed out all the same
	run -0 timeout 20 "$RUN" -t 0.2 sh -c 'trap "exit 0" TERM; sleep 60 & wait'
	assert_line --index 0 'started 1 ok 0 timed_out 1 exit 0 reason timed out after 0.2 s'
	# one that prints all the time, but not so fast that it is ended for that
	run -0 timeout 20 "$RUN" -t 0.2 sh -c 'while :; do echo y; done'
	assert_line --index 0 --regexp 'timed out after 0.2 s'
	assert_equal "$(outcome -t 60 true)" 'started 1 ok 1 timed_out 0 exit 0 reason '
}

@test "a program that can't be ended isn't waited for" {
	! grep -q __asan "$RUN" || skip 'a sanitizer has to be loaded first'
	# as if the kernel held it up: no signal gets to it
	echo 'int kill(int pid, int sig) { return pid - pid + sig - sig; }' | "${CC:-cc}" -shared -fPIC -o "$T/nokill.so" -x c -
	run -4 timeout -s KILL 20 env LD_PRELOAD="$T/nokill.so" "$RUN" -t 0.1 sh -c 'echo $$ >"$0"; exec sleep 60' "$T/pid"
	assert_output 'run: cannot end sh: it survived SIGKILL'
	kill "$(cat "$T/pid")"
}

@test "a standard error that nobody reads" {
	local number loud='head -c 1048576 /dev/zero | tr "\0" "\n" >&2; yes is loud | head -c 1048576 >&2; echo >"$T/printed"; sleep 60'
	export T
	unread timeout -s KILL 30 "$RUN" -r -t 10 sh -c "$loud" >"$T/out"
	[ -s "$T/printed" ]
	assert_equal "$(head -n 1 "$T/out")" 'started 1 ok 0 timed_out 1 exit 143 reason timed out after 10 s'
	rm "$T/printed"
	unread timeout -s KILL 30 "$RUN" -r sh -c "echo \$\$ >$T/child; $loud" >"$T/out" &
	number=$!
	written "$T/printed"
	kill "$(ps -o ppid= -p "$(cat "$T/child")")"
	status=0
	wait $number || status=$?
	assert_equal "$status" 143
	gone "$T/child"
}

@test "a standard error that others fill while it is written to" {
	! grep -q __asan "$RUN" || skip 'a sanitizer has to be loaded first'
	# there was room a moment ago
	cat >"$T/room.c" <<-'END'
		#define _GNU_SOURCE
		#include <poll.h>
		#include <sys/syscall.h>
		#include <unistd.h>

		int
		poll(struct pollfd *p, nfds_t n, int timeout)
		{
			static int lies = 3;

			if (n == 1 && p->fd == 2 && lies-- > 0)
				return p->revents = POLLOUT, 1;
			return (int)syscall(SYS_poll, p, n, timeout);
		}
	END
	"${CC:-cc}" -shared -fPIC -o "$T/room.so" "$T/room.c"
	unread timeout -s KILL 30 env LD_PRELOAD="$T/room.so" "$RUN" -r -t 1 sh -c 'yes is loud >&2' >"$T/out"
	assert_equal "$(head -n 1 "$T/out")" 'started 1 ok 0 timed_out 1 exit 143 reason timed out after 1 s'
}

@test "more open files than can be watched" {
	bash -c 'ulimit -n 2000' || skip 'so many files cannot be open'
	run -4 bash -c 'ulimit -n 2000; for fd in {3..1030}; do eval "exec $fd</dev/null"; done; exec "$0" true' "$RUN"
	assert_output 'run: cannot make a pipe: too many files are open'
}

@test "what a program leaves behind isn't waited for" {
	run -0 timeout 10 "$RUN" -l sh -c "sleep 60 & echo \$! >$T/child; echo out; echo err >&2"
	assert_output 'line 3 err
started 1 ok 1 timed_out 0 exit 0 reason 
out 4 out'
	kill "$(cat "$T/child")"
	run -0 timeout 10 "$RUN" sh -c "yes & echo \$! >$T/child"
	assert_line --index 0 'started 1 ok 1 timed_out 0 exit 0 reason '
	gone "$T/child"
}

@test "a signal for us ends the program and its children, and then us" {
	local signal number
	for signal in TERM HUP INT; do
		: >"$T/child"
		# not from a background shell, in which SIGINT is ignored
		run timeout -k 20 -s $signal 1 "$RUN" sh -c "sleep 60 & echo \$! >$T/child; wait"
		assert_equal "$status" 124
		assert_output ''
		gone "$T/child"
	done
	: >"$T/child"
	"$RUN" sh -c "sleep 60 & echo \$! >$T/child; wait" &
	number=$!
	written "$T/child"
	kill $number
	# in this shell: a subshell, which run would make, can't wait for it
	status=0
	wait $number || status=$?
	assert_equal "$status" 143
	gone "$T/child"
}

@test "a signal that was ignored stays so" {
	run -0 sh -c "trap '' HUP; \"$RUN\" sh -c 'kill -HUP \$PPID; echo on'"
	assert_line --index 0 'started 1 ok 1 timed_out 0 exit 0 reason '
	assert_line --index 1 'out 3 on'
}

@test "a thousand runs take little longer than their programs" {
	run -0 timeout 60 "$RUN" -n 1000 -l true
	assert_line --index 0 'started 1 ok 1 timed_out 0 exit 0 reason '
}
