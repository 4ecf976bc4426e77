# td-apply carries out action lines: the commands, their input and their order; each kind of line that is refused;
# failures that name the relation; no token in a message or an argument list.

# shellcheck disable=SC2030,SC2031
load helpers
load fake

setup() {
	fake_hook_commands
	export JUJU_UNIT_NAME=ovn/0
}

readonly done='{"done":{"event":"reconcile"}}'
readonly token=eyJzZWNyZXQiOiJhYmMifQ==
# a token of 60 characters, which is known by its looks
readonly long=eyJzZWNyZXQiOiIwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz

lines() {
	printf '%s\n' "$@"
}

@test "each action and its command" {
	check 0 '' '' "$(lines \
		'{"relation-set":{"relation-id":4,"data":{"mirror":"up","mirror-node-2":"'$token'","member":""}}}' \
		'{"relation-set":{"relation-id":12,"app":true,"data":{"bootstrap-app":"ovn"}}}' \
		'{"relation-set":{"relation-id":0,"app":false,"data":{"ü":"\u2028\"\\"}}}' \
		'{"status-set":{"status":"active","message":"Joined cluster"}}' \
		'{"juju-log":{"level":"INFO","message":"added token for node-2"}}' \
		'{"event":{"name":"joined","bootstrapper":false}}' \
		'{"event":{"name":"token-generated","host":"node-2"}}' \
		'{"defer":{"event":"relation-joined","reason":"no mirror is up"}}' "$done" '')" td-apply
	run calls
	assert_output "$(lines 'relation-set -r 4 --file -' \
		'{"mirror":"up","mirror-node-2":"'$token'","member":""}' \
		'relation-set -r 12 --app --file -' '{"bootstrap-app":"ovn"}' \
		'relation-set -r 0 --file -' '{"ü":"\u2028\"\\"}' \
		'status-set active Joined cluster' \
		'juju-log -l INFO -- added token for node-2' \
		'juju-log -l DEBUG -- event joined' \
		'juju-log -l DEBUG -- event token-generated' \
		'juju-log -l DEBUG -- deferred relation-joined: no mirror is up')"
	check 0 '' '' "$done" td-apply
}

@test "the largest ID of a relation" {
	check 0 "relation-set -r 2147483647 --file - <<<'{\"a\":\"b\"}'" '' "$(lines \
		'{"relation-set":{"relation-id":2147483647,"data":{"a":"b"}}}' "$done")" td-apply -n
	check 3 '' '2147483648 is no relation' "$(lines \
		'{"relation-set":{"relation-id":2147483648,"data":{"a":"b"}}}' "$done")" td-apply -n
}

@test "a line is carried out before the next one is there" {
	mkfifo "$T/in" "$T/ran"
	lines '#!/bin/sh' "exec cat >$T/ran" >"$FAKE/bin/relation-set"
	td-apply <"$T/in" 3>&- &
	exec 7>"$T/in"
	echo '{"relation-set":{"relation-id":4,"data":{"a":"b"}}}' >&7
	run timeout 10 cat "$T/ran"
	assert_output '{"a":"b"}'
	echo "$done" >&7
	exec 7>&-
	wait $!
}

@test "a standard input that doesn't block is waited for" {
	local event='{"event":{"name":"x"}}'
	assert_equal "$({ sleep 0.1; echo "$event"; sleep 0.1; echo "$done"; } | unblocked 0 td-apply -n)" \
		"juju-log -l DEBUG -- 'event x'"
}

@test "lines that are refused" {
	local line text
	while IFS='|' read -r line text; do
		check 3 '' "^td-apply: <stdin>:2:($text)" "$(lines "$done" | sed 's/.*/{"event":{"name":"x"}}/')
$line
$done" td-apply
		check 3 "juju-log -l DEBUG -- 'event x'" "^td-apply: <stdin>:2:($text)" '{"event":{"name":"x"}}
'"$line
$done" td-apply -n
	done <<-'END'
		| an empty line
		 |2: no JSON
		relation-set|1: unexpected
		{"event":{"name":"x"}} x|24: text after the value
		{"event":{"name":"x"}}{}|23: text after the value
		{"event":{"name":"x","name":"y"}}|22: a member name that the object has already
		[]| expected an object, got an array
		"done"| expected an object, got a string
		{}| expected an object of one member
		{"done":{"event":"a"},"event":{"name":"x"}}| expected an object of one member
		{"relation-get":{}}| unknown action relation-get
		{"Done":{"event":"a"}}| unknown action Done
		{"done":true}| done: expected an object, got a boolean
		{"done":{}}| done: event is missing
		{"done":{"event":null}}| done: event: expected a string, got null
		{"event":{}}| event: name is missing
		{"event":{"name":1}}| event: name: expected a string, got a number
		{"defer":{"event":"a"}}| defer: reason is missing
		{"status-set":{"status":"active"}}| status-set: message is missing
		{"status-set":{"status":"fine","message":""}}| status-set: unknown status fine
		{"status-set":{"status":7,"message":""}}| status-set: status: expected a string
		{"juju-log":{"message":"a"}}| juju-log: level is missing
		{"juju-log":{"level":"--help","message":"a"}}| juju-log: unknown level --help
		{"juju-log":{"level":"INFO","message":["a"]}}| juju-log: message: expected a string, got an array
		{"relation-set":{"data":{}}}| relation-set: relation-id is missing
		{"relation-set":{"relation-id":"4","data":{}}}| relation-set: relation-id: expected a number, got a string
		{"relation-set":{"relation-id":-4,"data":{}}}| relation-set: -4 is no relation's id
		{"relation-set":{"relation-id":4.5,"data":{}}}| relation-set: 4.5 is no relation's id
		{"relation-set":{"relation-id":1e2,"data":{}}}| relation-set: 1e2 is no relation's id
		{"relation-set":{"relation-id":44444444444444444444,"data":{}}}| relation-set: 4* is no relation's id
		{"relation-set":{"relation-id":4}}| relation-set: data is missing
		{"relation-set":{"relation-id":4,"data":[]}}| relation-set: data: expected an object, got an array
		{"relation-set":{"relation-id":4,"data":{"a":1}}}| relation-set: data: a: expected a string, got a number
		{"relation-set":{"relation-id":4,"data":{"a":null}}}| relation-set: data: a: expected a string, got null
		{"relation-set":{"relation-id":4,"data":{"":"a"}}}| relation-set: data: an empty key
		{"relation-set":{"relation-id":4,"app":"yes","data":{}}}| relation-set: app: expected a boolean, got a string
	END
	run calls
	refute_line --partial relation-set
}

@test "no done line, or something after it" {
	check 3 '' 'without a done line' '' td-apply
	check 3 '' 'without a done line' '{"event":{"name":"x"}}' td-apply
	check 3 '' 'without a done line' '{"event":{"name":"x"}}
' td-apply
	check 3 '' '<stdin>:1:[0-9]+: the text ends within' '{"done":{"event":"relation-cha' td-apply
	check 3 '' '<stdin>:2: a line after done' "$done
$done
" td-apply
	check 3 '' '<stdin>:2: a line after done' "$done

" td-apply
}

@test "the first command that fails ends it" {
	local set='{"relation-set":{"relation-id":4,"data":{"a":"b"}}}'
	local blocked='{"status-set":{"status":"active","message":"m"}}'
	refuse 'relation-set -r 4 --file -' 1 "strange
ERROR permission denied for $long"
	check 4 '' "data in relation 4: relation-set: exit status 1: ERROR permission denied for \[token\]\$" \
		"$set
$blocked
$done" td-apply
	grep -qx strange "$T/check-err"
	run calls
	assert_output 'relation-set -r 4 --file -
{"a":"b"}'
	refuse 'relation-set -r 4 --app --file -' 1 'ERROR cannot write relation settings'
	check 4 '' "application's data in relation 4: relation-set: exit status 1: ERROR cannot write" \
		'{"relation-set":{"relation-id":4,"app":true,"data":{"a":"b"}}}' td-apply
	refuse 'status-set active m' 2 'ERROR no'
	check 4 '' 'set the status active: status-set: exit status 2: ERROR no$' "$blocked
$done" td-apply
	rm -f "$FAKE/bin/juju-log"
	check 4 '' 'write to the log: juju-log: No such file' '{"event":{"name":"a"}}
'"$done" env PATH="$FAKE/bin:$BUILD:/usr/bin:/bin" td-apply
}

@test "tokens in what commands say, and in later messages, are cut out" {
	refuse 'relation-set -r 4 --file -' 1 "ERROR bad value a.short.1 or $token in $long"
	check 4 '' 'ERROR bad value \[token\] or \[token\] in \[token\]$' \
		'{"relation-set":{"relation-id":4,"data":{"mirror-a":"a.short.1","mirror-b":"'$token'"}}}' td-apply
	refute grep -q -e eyJz -e short "$T/check-err"
	rm "$FAKE"/answers/*
	calls >/dev/null
	check 0 '' '' '{"relation-set":{"relation-id":4,"data":{"mirror-a":"a.short.1","b":"another.1"}}}
{"juju-log":{"level":"INFO","message":"took a.short.1 for another.1"}}
'"$done" td-apply
	run calls
	assert_line 'juju-log -l INFO -- took [token] for another.1'
}

@test "thousands of tokens, and a message after each" {
	local n=30000
	awk -v n=$n 'BEGIN {
		for (i = 0; i < n; i++) {
			printf "{\"relation-set\":{\"relation-id\":1,\"data\":{\"mirror-n%d\":\"eyJzZWNyZXQiOiJh%d==\"}}}\n", i, i
			printf "{\"status-set\":{\"status\":\"active\",\"message\":\"not eyJzZWNyZXQiOiJh%d==\"}}\n", int(i / 2)
		}
	}' >"$T/lines"
	echo "$done" >>"$T/lines"
	(ulimit -t 15 && "$BUILD/td-apply" -n <"$T/lines" >"$T/commands")
	assert_equal "$(grep -cxF "status-set active 'not [token]'" "$T/commands")" $n
}

@test "what looks like a token is cut out of messages, a path isn't" {
	local path=/var/lib/juju/agents/unit-microovn-0/charm/state unknown=eyJzZWNyZXQiOiJhYmNkZWZnaGlqa2xtbm9wcXJz
	check 0 '' '' '{"juju-log":{"level":"INFO","message":"is '"$unknown"' in '$path'"}}
{"status-set":{"status":"blocked","message":"in '$path'"}}
'"$done" td-apply
	run calls
	assert_output 'juju-log -l INFO -- is [token] in [token]
status-set blocked in '$path
	check 0 "juju-log -l INFO -- 'is [token]'" '' '{"juju-log":{"level":"INFO","message":"is '"$unknown"'"}}
'"$done" td-apply -n
	# a slash before a token makes no path of it
	for unknown in "/$unknown" "/run/$unknown/x"; do
		check 0 "juju-log -l INFO -- 'is [token] y'
status-set blocked 'is [token]'
juju-log -l DEBUG -- 'deferred relation-joined: is [token]'" '' \
			'{"juju-log":{"level":"INFO","message":"is '"$unknown"' y"}}
{"status-set":{"status":"blocked","message":"is '"$unknown"'"}}
{"defer":{"event":"relation-joined","reason":"is '"$unknown"'"}}
'"$done" td-apply -n
	done
}

@test "messages are cut at 1,024 bytes between characters" {
	local message want
	message=$(printf 'a %.0s' {1..511})
	while read -r end want; do
		check 0 '' '' "$(printf '{"status-set":{"status":"waiting","message":"%s"}}\n%s' "$message$end" "$done")" td-apply
		run calls
		assert_output "status-set waiting $message$want"
	done <<-'END'
		ab ab
		abc ab
		é é
		éé é
		aé a
		😀
		€
	END
	check 0 '' '' "$(printf '{"defer":{"event":"e","reason":"%s"}}\n%s' "${message}aaaa" "$done")" td-apply
	run calls
	assert_output "juju-log -l DEBUG -- deferred e: ${message:0:1012}"
}

@test "a message like an option is none" {
	check 0 '' '' '{"status-set":{"status":"blocked","message":"-x is not a name the cluster accepts"}}
{"juju-log":{"level":"INFO","message":"--debug"}}
'"$done" td-apply
	run calls
	assert_output 'status-set blocked -- -x is not a name the cluster accepts
juju-log -l INFO -- --debug'
}

@test "a standard error that nobody reads keeps no command from its end, and no SIGTERM off" {
	local loud='yes is loud | head -c 1048576 >&2'
	lines '{"event":{"name":"a"}}' '{"event":{"name":"b"}}' "$done" >"$T/in"
	fake juju-log <<<"$loud; echo \"\$*\" >>'$FAKE/calls'"
	unread timeout -s KILL 30 td-apply <"$T/in"
	run calls
	assert_output '-l DEBUG -- event a
-l DEBUG -- event b'
	fake juju-log <<<"$loud; echo \$PPID >'$T/parent'; exec sleep 60"
	ends_at_sigterm td-apply <"$T/in"
}

@test "megabytes of data reach a command whole, also one that reads none of it" {
	local value
	value=$(head -c 3000000 /dev/zero | tr '\0' x)
	printf '{"relation-set":{"relation-id":4,"data":{"a":"%s"}}}\n%s\n' "$value" "$done" >"$T/in"
	td-apply <"$T/in"
	[ "$(wc -c <"$FAKE/calls")" = $((27 + 8 + 3000000 + 1)) ]
	lines '#!/bin/sh' 'exit 0' >"$FAKE/bin/relation-set"
	td-apply <"$T/in"
}

@test "--dry-run prints commands for a shell, without tokens" {
	check 0 "$(lines "relation-set -r 4 --file - <<<'{\"mirror\":\"up\",\"mirror-b\":\"[token]\",\"it'\\''s\":\"[token]\"}'" \
		"relation-set -r 4 --app --file - <<<'{}'" \
		"status-set active 'it'\\''s [token]'" \
		"juju-log -l INFO -- \$'two\\012lines, it\\'s \\\\'" \
		"juju-log -l INFO -- ''" \
		"juju-log -l DEBUG -- 'event joined'" \
		"juju-log -l DEBUG -- 'deferred a: b'")" '' "$(lines \
		'{"relation-set":{"relation-id":4,"data":{"mirror":"up","mirror-b":"a.short.1","it'"'"'s":"'$long'"}}}' \
		'{"relation-set":{"relation-id":4,"app":true,"data":{}}}' \
		'{"status-set":{"status":"active","message":"it'"'"'s a.short.1"}}' \
		'{"juju-log":{"level":"INFO","message":"two\nlines, it'"'"'s \\"}}' \
		'{"juju-log":{"level":"INFO","message":""}}' \
		'{"event":{"name":"joined","bootstrapper":true}}' \
		'{"defer":{"event":"a","reason":"b"}}' "$done")" td-apply -n
	run calls
	assert_output ''
	bash -c "$(cat "$T/check-out")"
	run calls
	assert_line '{"mirror":"up","mirror-b":"[token]","it'"'"'s":"[token]"}'
	assert_line "status-set active it's [token]"
	assert_line "lines, it's \\"
}

@test "calls, and a full disk" {
	check 2 '' 'one too many' '' td-apply file
	check 2 '' 'none of that name' '' td-apply -x
	run -0 td-apply -V
	assert_output --regexp '^td-apply [0-9.]+$'
	run -4 sh -c "printf '{\"event\":{\"name\":\"a\"}}\n%s\n' '$done' | td-apply -n >/dev/full"
	assert_output --partial 'cannot write standard output: No space left'
}
