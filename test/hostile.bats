# Databags that other units wrote to do harm: time and memory stay bounded, they can't put a command or a log line of
# their own anywhere, and no output has control characters for a terminal.

# shellcheck disable=SC2016
load helpers
load fake.bash

# What tools may take for themselves, besides a multiple of their input.
readonly BASE_KB=40000

setup() {
	# a sanitizer takes address space for itself
	UNLIMITED=$(grep -l __asan "$BUILD/td-apply") || true
	export CALLS=$T/cluster-calls
	mkdir "$T/bin"
	: >"$CALLS"
	printf '#!/bin/sh\n%s\n' 'for arg; do printf "<%s>" "$arg"; done >>"$CALLS"; echo >>"$CALLS"
		case $1 in
		list) echo "$LIST" ;;
		add) echo "eyJuYW1lIjoi-$2-0123456789abcdefghijklmnopqrstuvwxyz" ;;
		esac' >"$T/bin/cluster"
	chmod 755 "$T/bin/cluster"
	PATH=$T/bin:$PATH
	export LIST='[{"name":"n1","role":"voter","status":"ONLINE"}]'
	echo '{"in-cluster":true}' >"$T/state"
	chmod 600 "$T/state"
}

# consumer: makes a document of a consumer's unit whose mirror's databag is on standard input, JSON members with a comma
# before each.
consumer() {
	printf '{"app/0":{"leader":true,"relation-info":[{"relation-id":4,"endpoint":"cluster","related-endpoint":"mc",'
	printf '"application-data":{"mirror-unit":"td/0"},"local-unit":{"data":{"hostname":"n1"}},"related-units":{'
	printf '"td/0":{"data":{"mirror":"up"'
	cat
	printf '}}}}]}}'
}

# provider: as consumer, of a distributor's unit, with a consumer's unit whose databag it is.
provider() {
	printf '{"td/0":{"leader":true,"relation-info":[{"relation-id":4,"endpoint":"mc","related-endpoint":"cluster",'
	printf '"local-application-data":{"mirror-unit":"td/0"},"local-unit":{"data":{}},"related-units":{'
	printf '"app/0":{"data":{"mirror":"up"'
	cat
	printf '}}}}]}}'
}

# bounded TIMES COMMAND...: standard input is $T/doc; no more than 20 seconds, and of memory than so many times what
# there is to read. Output goes to $T/out, messages to $T/err; the status is the command's.
bounded() {
	local limit=$(($1 * $(wc -c <"$T/doc") / 1024 + BASE_KB))
	shift
	[ -z "$UNLIMITED" ] || limit=unlimited
	(ulimit -v "$limit" && exec timeout 20 "$@" <"$T/doc" >"$T/out" 2>"$T/err")
}

# clean FILE...: nothing in them but printable ASCII and newlines.
clean() {
	run ! env LC_ALL=C grep -n '[^ -~]' "$@"
}

# harmless FILE: no control character is in it but newlines, neither of ASCII nor of what Unicode adds.
harmless() {
	run ! env LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1"
}

# names: host names, as JSON strings, a line each, that something may stumble over.
names() {
	cat <<-'END'
		"a b"
		" "
		"-rf"
		"--help"
		"-"
		"$(reboot)"
		"`reboot`"
		"a;reboot"
		"a|b"
		"a'b"
		"a\"b"
		"a\\b"
		"%s%n%n"
		"../../etc/passwd"
		"a/b"
		"."
		".."
		"__proto__"
		"constructor"
		"toString"
		"mirror"
		"hostname"
		"empty"
		"member"
		"{}"
		"a=b"
		"n\u00e4me"
		"\ud83d\ude00"
		"a\u202eb"
		"a\u2028b"
		"a..b"
		"a-"
		"123"
		"N2"
		"n2"
		"node-2.example.com"
	END
}

# control_names: as names, of those that no databag is to have a key for.
control_names() {
	cat <<-'END'
		"n2\nERROR all is lost"
		"n2\r\u001b[2Kok"
		"\u001b]0;title\u0007"
		"\u001b[31mred"
		"\u009b31mred"
		"\u007f"
		"\u0001"
		"a\tb"
	END
	printf '"%0256d"\n' 7
	printf '"%0100000d"\n' 7
}

# members FORMAT: of names on standard input, JSON members that look like that.
members() {
	while read -r name; do
		# shellcheck disable=SC2059
		printf "$1" "${name:1:${#name}-2}"
	done
}

@test "names through the distributor: those with control characters are left out, others are kept as they are" {
	{ names; control_names; } | members ',"mirror-%s":"empty"' | provider >"$T/doc"
	bounded 8 td-provider-step relation-changed
	assert_equal "$(cat "$T/err")" ''
	jq -r 'select(.["relation-set"].app | not) | .["relation-set"].data // {} | keys[] | select(. != "mirror")' \
		"$T/out" | sort >"$T/kept"
	names | jq -r '"mirror-" + .' | sort >"$T/wanted"
	diff "$T/wanted" "$T/kept"
	# no more than 8 are named, each on one line that can't be taken for another, and then the others counted
	jq -r '.["juju-log"].message // empty' "$T/out" >"$T/log"
	assert_equal "$(tail -n 1 "$T/log")" '2 more host names are left out'
	sed -i '$d' "$T/log"
	assert_equal "$(wc -l <"$T/log")" 8
	clean "$T/log"
	run ! grep -vE '^.{1,64} is left out: a host name has at most 255 bytes and no control characters$' "$T/log"
}

@test "a name that a unit publishes, through the distributor" {
	local name
	while read -r name; do
		printf ',"hostname":%s' "$name" | provider >"$T/doc"
		bounded 8 td-provider-step relation-changed
		assert_equal "$(jq -c 'select(.["juju-log"]) | .[].level' "$T/out")" '"WARNING"'
		jq -r '.["juju-log"].message // empty' "$T/out" >"$T/log"
		clean "$T/log"
		assert_equal "$(wc -l <"$T/log")" 1
	done < <(control_names)
}

@test "no name but a host's reaches the cluster's command" {
	{ names; control_names; } | members ',"mirror-%s":"empty"' | consumer >"$T/doc"
	bounded 8 td-consumer-step -s "$T/state" -H n1 -p 0 relation-changed cluster
	assert_equal "$(sort "$CALLS")" '<add><N2>
<add><constructor>
<add><empty>
<add><hostname>
<add><member>
<add><mirror>
<add><n2>
<add><node-2.example.com>
<add><toString>
<list><-f><json>'
	jq -r '.["juju-log"].message // .["status-set"].message // empty' "$T/out" >"$T/log"
	clean "$T/log" "$T/err"
	run ! grep -vE '^added token for [A-Za-z0-9.-]+$|^.{1,64} is not a name the cluster accepts: Name |^[0-9]+ more ' \
		"$T/log"
	[ "$(wc -l <"$T/log")" -le 20 ]
	tail -n 1 "$T/out" | grep -F '{"done":'
}

@test "no value but a token reaches the cluster's command" {
	local value
	LIST='[]'
	echo '{}' >"$T/state"
	while read -r value; do
		printf ',"mirror-n1":%s' "$value" | consumer >"$T/doc"
		bounded 8 td-consumer-step -s "$T/state" -H n1 -p 0 relation-changed cluster
		assert_equal "$(jq -r '.["status-set"].message // empty' "$T/out")" 'Token not in mirror'
		clean "$T/err"
	done < <(names | grep -E '^"([- {]|empty|member|.*[^]A-Za-z0-9+/=_."-])'; control_names | head -n 8)
	printf ',"mirror-n1":"%s"' "$(head -c 65537 /dev/zero | tr '\0' a)" | consumer >"$T/doc"
	bounded 8 td-consumer-step -s "$T/state" -H n1 -p 0 relation-changed cluster
	run ! grep -v '^<list>' "$CALLS"
}

@test "options of the relation's own data aren't options" {
	printf '{"app/0":{"leader":true,"relation-info":[{"relation-id":4,"endpoint":"--help","related-endpoint":"-",
		"application-data":{"bootstrap-app":"--version","mirror-unit":"-h","bootstrap-unit":"-","bootstrap-host":"-H"},
		"local-unit":{"data":{"hostname":"--x","rejected":"-","bootstrap":"-"}},
		"related-units":{"-h":{"data":{"mirror":"up","mirror-n2":"-h","mirror--":"empty","mirror-n3":"empty","rejected--x":"-"}}}}]}}' >"$T/doc"
	bounded 8 td-consumer-step -s "$T/state" -H n1 -p 0 relation-changed cluster
	assert_equal "$(cat "$CALLS")" '<list><-f><json>
<add><n3>'
	bounded 8 td-find-value -e --help n2
	assert_equal "$(cat "$T/out")" '"-h"'
}

@test "what td-apply runs" {
	fake_hook_commands
	export FAKE
	{
		{ names; control_names | head -n 8; } |
			jq -c '{"relation-set":{"relation-id":4,"data":{("mirror-" + .): .}}}, {"juju-log":{"level":"INFO","message":.}}'
		echo '{"done":{"event":"x"}}'
	} >"$T/doc"
	printf '#!/bin/sh\necho "relation-set $*" >>"$FAKE/calls"\ncat >>"$FAKE/data"\n' >"$T/relation-set"
	chmod 755 "$T/relation-set"
	mv "$T/relation-set" "$FAKE/bin"
	bounded 8 td-apply
	clean "$T/err"
	assert_equal "$(grep ^relation-set "$FAKE/calls" | sort -u)" 'relation-set -r 4 --file -'
	assert_equal "$(jq -s length "$FAKE/data")" "$(grep -c ^relation-set "$FAKE/calls")"
	bounded 30 td-apply -n
	clean "$T/err"
	harmless "$T/out"
}

@test "a dry run's commands are what a shell takes for data" {
	names | jq -c '{"juju-log":{"level":"INFO","message":.}}' >"$T/doc"
	names | jq -c '{"relation-set":{"relation-id":4,"data":{("mirror-" + .): "x"}}}' >>"$T/doc"
	echo '{"done":{"event":"x"}}' >>"$T/doc"
	bounded 8 td-apply -n
	printf '#!/bin/sh\nfor arg; do printf "<%%s>" "$arg"; done\necho\n' >"$T/bin/juju-log"
	printf '#!/bin/sh\ncat\n' >"$T/bin/relation-set"
	chmod 755 "$T/bin/juju-log" "$T/bin/relation-set"
	mkdir "$T/empty"
	(cd "$T/empty" && bash "$T/out" >"$T/ran")
	names | jq -r '"<-l><INFO><--><" + . + ">"' >"$T/wanted"
	names | jq -c '{("mirror-" + .): "x"}' | jq -S . >>"$T/wanted"
	{ grep '^<' "$T/ran"; grep -v '^<' "$T/ran" | jq -S .; } >"$T/got"
	diff "$T/wanted" "$T/got"
}

@test "faults name what others wrote without what a terminal obeys" {
	local name
	# faulted COMMAND...: ends in 3 with one line
	faulted() {
		local status=0 said
		bounded 8 "$@" || status=$?
		[ $status = 3 ]
		mapfile said <"$T/err"
		[ ${#said[@]} = 1 ]
		[ ${#said[0]} -lt 1000 ]
		cat "$T/err" >>"$T/said"
	}
	{ names; control_names; } >"$T/names"
	while read -r name; do
		printf '{%s:{"relation-info":[{"related-units":{%s:{"data":{%s:1}}}}]}}' "$name" "$name" "$name" >"$T/doc"
		faulted td-find-value n1
		faulted td-mirror-data
		faulted td-provider-step reconcile
		faulted td-status
		printf '{%s:{},"b/0":{}}' "$name" >"$T/doc"
		faulted td-find-mirrors -u no/0
		printf '{%s:{}}' "$name" >"$T/doc"
		faulted td-apply
	done <"$T/names"
	clean "$T/said"
}

@test "the report has nothing that a terminal obeys" {
	{ names; control_names; } | members ',"mirror-%s":"empty"' | consumer >"$T/doc"
	run bounded 30 env LC_ALL=C td-status
	[ "$status" -le 1 ]
	clean "$T/out" "$T/err"
	run bounded 30 env LC_ALL=C.UTF-8 td-status
	harmless "$T/out"
}

@test "an escaped NUL stops nobody, in any place; a raw one is refused" {
	for text in '\u0000' 'n2\u0000x' '\\\u0000\u0000'; do
		printf ',"mirror-n2":"%s","mirror-n3":"empty"' "$text" | consumer >"$T/doc"
		bounded 8 td-find-value n2
		printf '"%s"\n' "${text//'\u0000'/$'\xef\xbf\xbd'}" | diff - "$T/out"
		bounded 8 td-consumer-step -s "$T/state" -H n1 -p 0 relation-changed cluster
		tail -n 1 "$T/out" | grep -F '{"done":'
		printf ',"mirror-%s":"x"' "$text" | consumer >"$T/doc"
		bounded 8 td-mirror-data
		printf '{"%s":"x"}\n' "${text//'\u0000'/$'\xef\xbf\xbd'}" | diff - "$T/out"
		provider <<<",\"hostname\":\"$text\",\"$text\":\"$text\",\"mirror-$text\":\"$text\"" >"$T/doc"
		bounded 8 td-provider-step update-status
		tail -n 1 "$T/out" | grep -F '{"done":'
		run bounded 8 td-status
		[ "$status" -le 1 ]
	done
	printf ',"mirror-n2":"a\0b"' | consumer >"$T/doc"
	run -3 bounded 8 td-find-value n2
	clean "$T/err"
}

@test "keys that differ by their case are different hosts" {
	printf ',"mirror-a":"one","mirror-A":"two","Mirror-a":"three","MIRROR":"down"' | consumer >"$T/doc"
	bounded 8 td-mirror-data
	assert_equal "$(cat "$T/out")" '{"a":"one","A":"two"}'
}

@test "a value of 10 MB" {
	{
		printf ',"mirror-n2":"'
		head -c 10485760 /dev/zero | tr '\0' a
		printf '"'
	} >"$T/bag"
	consumer <"$T/bag" >"$T/doc"
	bounded 6 td-find-value n2
	assert_equal "$(wc -c <"$T/out")" 10485763
	bounded 6 td-mirror-data
	bounded 6 td-mirror-data -n
	assert_equal "$(cat "$T/out")" '{}'
	bounded 6 td-consumer-step -s "$T/state" -H n1 relation-changed cluster
	assert_equal "$(cat "$CALLS")" ''
	run bounded 6 td-status
	[ "$status" -le 1 ]
	provider <"$T/bag" >"$T/doc"
	bounded 8 td-provider-step relation-changed
	mv "$T/out" "$T/doc"
	bounded 8 td-apply -n
}

@test "a name of 10 MB, and one of nothing but escapes" {
	{
		printf ',"mirror-'
		head -c 10485760 /dev/zero | tr '\0' a
		printf '":"empty"'
	} >"$T/bag"
	consumer <"$T/bag" >"$T/doc"
	bounded 6 td-consumer-step -s "$T/state" -H n1 relation-changed cluster
	assert_equal "$(cat "$CALLS")" '<list><-f><json>'
	[ "$(wc -c <"$T/out")" -lt 2000 ]
	{
		printf ',"mirror-'
		head -c 1000000 /dev/zero | sed 's/\x0/\\u001b/g'
		printf '":"empty"'
	} | provider >"$T/doc"
	bounded 8 td-provider-step relation-changed
	[ "$(wc -c <"$T/out")" -lt 2000 ]
}

# bag NUMBER FORMAT: so many members, numbered.
bag() {
	awk -v n="$1" -v format="$2" 'BEGIN { for (i = 0; i < n; i++) printf format, i, i }'
}

@test "100,000 hosts" {
	bag 100000 ',"mirror-node-%d":"empty"' >"$T/bag"
	consumer <"$T/bag" >"$T/doc"
	bounded 14 td-mirror-data
	assert_equal "$(jq length "$T/out")" 100000
	bounded 14 td-find-value node-99999
	run bounded 60 td-status
	[ "$status" -le 1 ]
	provider <"$T/bag" >"$T/doc"
	bounded 30 td-provider-step relation-changed
	assert_equal "$(tail -n 1 "$T/out")" '{"done":{"event":"relation-changed"}}'
	mv "$T/out" "$T/doc"
	bounded 16 td-apply -n
}

@test "100,000 names that are none" {
	bag 100000 ',"mirror-a b %d":"empty"' | consumer >"$T/doc"
	bounded 16 td-consumer-step -s "$T/state" -H n1 relation-changed cluster
	assert_equal "$(cat "$CALLS")" '<list><-f><json>'
	[ "$(wc -l <"$T/out")" -le 16 ]
	tail -n 1 "$T/out" | grep -F '{"done":'
}

@test "100,000 tokens that begin alike" {
	bag 100000 ',"mirror-node-%d":"eyJuYW1lIjoi%d"' >"$T/bag"
	consumer <"$T/bag" >"$T/doc"
	bounded 16 td-consumer-step -s "$T/state" -H n1 relation-changed cluster
	printf '{"relation-set":{"relation-id":4,"data":{%s}}}\n{"done":{"event":"x"}}\n' "$(tail -c +2 "$T/bag")" >"$T/doc"
	bounded 16 td-apply -n
	run ! grep -c eyJu "$T/out"
}

@test "100,000 hosts with one token between them" {
	bag 100000 ',"mirror-node-%d":"AAAAAAAA"' >"$T/bag"
	consumer <"$T/bag" | sed 's/"mirror-node-0":"AAAAAAAA"/"mirror-node-0":"empty"/' >"$T/doc"
	# which a command's output nearly is, all the time
	sed -i '2i yes AAAAAAAB | head -c 20000 >&2' "$T/bin/cluster"
	bounded 16 td-consumer-step -s "$T/state" -H n1 relation-changed cluster
}

@test "keys that were made to collide" {
	# the high bits of one block of eight bytes, and what undoes them in the next
	awk 'BEGIN {
		for (i = 0; i < 32768; i++) {
			key = ""
			n = i
			for (j = 0; j < 15; j++) {
				key = key (n % 2 ? "aaaaaaa!aaaacaa!" : "aaaaaaaaaaaaaaaa")
				n = int(n / 2)
			}
			printf ",\"mirror-%s\":\"empty\"", key
		}
	}' | consumer >"$T/doc"
	bounded 8 td-mirror-data
	assert_equal "$(jq length "$T/out")" 32768
}

@test "nesting, and text without an end" {
	head -c 1000000 /dev/zero | tr '\0' '[' >"$T/doc"
	run -3 bounded 8 td-mirror-data
	head -c 1000000 /dev/zero | sed 's/\x0/{"a":/g' >"$T/doc"
	run -3 bounded 8 td-mirror-data
	{ printf '"'; head -c 10000000 /dev/zero | tr '\0' a; } >"$T/doc"
	run -3 bounded 8 td-mirror-id
	{ printf '['; head -c 1000000 /dev/zero | sed 's/\x0/9/g'; printf ']'; } >"$T/doc"
	bounded 16 td-corroborate
	{ printf '[1'; head -c 300000 /dev/zero | sed 's/\x0/,1e9999999999999999999/g'; printf ']'; } >"$T/doc"
	bounded 16 td-corroborate
	clean "$T/err"
}

@test "a file as large as can be told" {
	local file
	file=$(mktemp -p /dev/shm) || skip 'there is no file system in memory'
	exec 7<>"$file"
	rm "$file"
	truncate -s 9223372036854775807 /dev/fd/7 || skip 'no file can be so large'
	check 4 '' '^td-status: cannot allocate memory: there is none left$' '' td-status /dev/fd/7
}

@test "a list of 40 million empty arrays, and of numbers" {
	local item
	for item in '[]' 0; do
		yes "$item," | head -n 40000000 | tr -d '\n' | { printf '['; cat; printf '0]'; } >"$T/doc"
		# the text, its growth while it is read, and a gigabyte of nodes
		[ -n "$UNLIMITED" ] || ulimit -v 1600000
		run -3 timeout 20 td-status -l "$T/doc" /dev/null
		run -3 timeout 20 td-mirror-id <"$T/doc"
		assert_output --partial 'more than 16777216 values'
	done
}
