#!/usr/bin/env bats
# The stand-in for Juju does what Juju does: what hook commands print and how they end, when databags are committed, and
# the order of hooks. Its faults happen where the test asks for them.

# shellcheck disable=SC2016,SC2030,SC2031,SC2059,SC2154

bats_require_minimum_version 1.5.0

setup() {
	bats_load_library bats-support
	bats_load_library bats-assert
	BUILD=${BUILD:-$BATS_TEST_DIRNAME/../build}
	MODEL=$BATS_TEST_TMPDIR/model
	CHARM=$BATS_TEST_TMPDIR/charm
	export TRACE=$BATS_TEST_TMPDIR/trace
	mkdir -p "$CHARM" "$MODEL/do"
	# A hook does what the test wrote down for it, and leaves a line in the trace.
	cat >"$CHARM/dispatch" <<-'SH'
		#!/bin/sh
		echo "$JUJU_UNIT_NAME $JUJU_HOOK_NAME${JUJU_REMOTE_UNIT:+ $JUJU_REMOTE_UNIT}" >>"$TRACE"
		wait_for() {
			n=0
			until [ -e "$1" ]; do
				n=$((n + 1))
				[ $n -lt 2000 ] || exit 9
				sleep 0.01
			done
		}
		for f in "$MODEL_DIR/do/any" "$MODEL_DIR/do/${JUJU_UNIT_NAME%/*}-${JUJU_UNIT_NAME#*/}.$JUJU_HOOK_NAME"; do
			[ ! -f "$f" ] || . "$f"
		done
	SH
	chmod +x "$CHARM/dispatch"
}

juju() {
	"$BUILD/test/juju/juju" -m "$MODEL" "$@"
}

# on UNIT HOOK: standard input is what that hook is to do
on() {
	cat >"$MODEL/do/${1%/*}-${1#*/}.$2"
}

# in_hook UNIT: runs standard input in a hook of the unit that is called probe
in_hook() {
	on "$1" probe
	juju fire probe "$1"
	juju step --unit "$1" >"$MODEL/do/step"
}

# row STATUS COMMAND STDOUT [STDERR]: what the command does in a hook of $AT, "-": anything
row() {
	local out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	in_hook "${AT:-a/0}" <<-SH
		{ $2
		} >"$out" 2>"$err"
		echo \$? >"$out.status"
	SH
	assert_equal "$2 ends in $(cat "$out.status")" "$2 ends in $1"
	[ "$3" = - ] || assert_equal "$2 prints $(cat "$out")" "$2 prints $3"
	assert_equal "$2 says $(cat "$err")" "$2 says ${4-}"
}

# Two applications, one relation (0), settled; bags have Juju's own keys alone.
pair() {
	juju deploy a "$CHARM" -n "${1:-2}"
	juju deploy b "$CHARM" -n "${2:-1}"
	juju integrate a:ca b:cb
	juju settle
	: >"$TRACE"
}

bag() { # RELATION unit|app NAME
	sed 1d "$MODEL/relations/$1/$2/${3/\//-}"
}

trace_of() {
	grep "^$1 " "$TRACE" | cut -d ' ' -f 2-
}

own='"egress-subnets":"10.0.0.1/32","ingress-address":"10.0.0.1","private-address":"10.0.0.1"'

@test "hook commands print and end as Juju's" {
	pair
	row 0 'is-leader --format=json' true
	row 0 'is-leader' True
	AT=a/1 row 0 'is-leader --format yaml' false
	AT=a/1 row 0 'is-leader' False
	row 2 'is-leader x' '' 'ERROR unrecognized args: ["x"]'
	row 2 'is-leader --format x' '' 'ERROR invalid value "x" for option --format: unknown format "x"'
	row 2 'is-leader --bogus' '' 'ERROR option provided but not defined: --bogus'
	row 2 'is-leader -o' '' 'ERROR option needs an argument: -o'

	row 0 'relation-ids ca --format=json' '["ca:0"]'
	row 0 'relation-ids ca' 'ca:0'
	row 0 'relation-ids ca --format yaml' '- ca:0'
	row 0 'relation-ids none --format json' '[]'
	row 0 'relation-ids none' ''
	row 2 'relation-ids' '' 'ERROR no endpoint name specified'

	row 0 'relation-list -r ca:0 --format=json' '["b/0"]'
	AT=b/0 row 0 'relation-list -r 0 --format=json' '["a/0","a/1"]'
	AT=b/0 row 0 'relation-list -r 0' $'a/0\na/1'
	row 0 'relation-list --relation=anything:0 --app --format json' '"b"'
	row 0 'relation-list -r0 --app' 'b'
	row 2 'relation-list' '' 'ERROR no relation id specified'
	row 2 'relation-list -r one' '' 'ERROR invalid value "one" for option -r: invalid relation id'
	row 2 'relation-list -r burble:123' '' \
	    'ERROR invalid value "burble:123" for option -r: relation not found'

	row 0 'relation-get -r 0 - a/0 --format=json' "{$own}"
	row 0 'relation-get -r 0 --format=json - a/0' "{$own}"
	row 0 'relation-get -r 0 --format=json ingress-address a/0' '"10.0.0.1"'
	row 0 'relation-get -r 0 ingress-address a/0' '10.0.0.1'
	row 0 'relation-get -r 0 ingress-address a/0 --format yaml' '10.0.0.1'
	row 0 'relation-get -r 0 --format=json none a/0' null
	row 0 'relation-get -r 0 none a/0' ''
	row 0 'relation-get -r 0 --app --format json - b' '{}'
	row 0 'relation-get -r 0 --app --format json - b/0' '{}'
	row 0 'relation-get -r 0 --app - b' '{}'
	row 0 'relation-get -r 0 --format json ingress-address a/1' '"10.0.0.2"'
	row 2 'relation-get -r 0 -' '' 'ERROR no unit or application specified'
	row 2 'relation-get - b/0' '' 'ERROR no relation id specified'
	row 2 'relation-get -r 0 - mysql' '' 'ERROR expected unit name, got application name "mysql"'
	row 2 'relation-get -r 0 - unit//0' '' 'ERROR invalid unit name "unit//0"'
	row 2 'relation-get -r 0 - b/0 args' '' 'ERROR unrecognized args: ["args"]'
	row 1 'relation-get -r 0 - b/9' '' 'ERROR permission denied'
	row 1 'relation-get -r 0 - c/0' '' 'ERROR permission denied'

	row 0 'relation-set -r 0' ''
	row 0 'relation-set -r 0 foo=bar=baz; relation-get -r 0 foo a/0' 'bar=baz'
	row 0 'relation-set -r 0 foo=; relation-get -r 0 foo a/0 --format json' 'null'
	row 2 'relation-set -r 0 =x' '' 'ERROR expected "key=value", got "=x"'
	row 2 'relation-set -r 0 foo' '' 'ERROR expected "key=value", got "foo"'
	row 2 'relation-set -r 0 foo=1 foo=2' '' 'ERROR key "foo" specified more than once'
	row 2 'relation-set foo=1' '' 'ERROR no relation id specified'

	row 2 'status-set' '' 'ERROR invalid args, require <status> [message]'
	row 2 'status-set x' '' \
	    'ERROR invalid status "x", expected one of [maintenance blocked waiting active]'
	row 2 'status-set active two words' '' 'ERROR unrecognized args: ["words"]'
	row 2 'juju-log' '' 'ERROR no message specified'

	row 0 'state-get --format json' '{}'
	row 0 'state-get k --format json' '""'
	row 0 'state-get k' ''
	row 1 'state-get --strict k' '' 'ERROR "k" not found'
	row 0 'state-set k=v e=; state-get --format json' '{"e":"","k":"v"}'
	row 0 'state-get k' v
	row 0 'state-delete k; state-get - --format json' '{"e":""}'
	row 0 'state-delete' ''
	row 1 "state-set $(printf %0257d 0)=v" '' 'ERROR max allowed key length (256) exceeded'
	row 1 "printf '{\"k\":\"%065537d\"}' 0 | state-set --file -" '' \
	    'ERROR max allowed value length (65536) exceeded'
	row 0 'uname -n' a-0
}

@test "outside a hook, and after it, the hook commands do not work" {
	pair
	in_hook a/0 <<<'env >"$MODEL_DIR/do/env"'
	for command in is-leader relation-ids relation-list relation-get relation-set status-set \
	    juju-log state-get state-set state-delete status-get config-get network-get goal-state \
	    unit-get relation-model-get application-version-set; do
		run -1 --separate-stderr env -u JUJU_CONTEXT_ID "$BUILD/test/juju/bin/$command" x
		assert_output ''
		assert_equal "$stderr" 'ERROR JUJU_CONTEXT_ID not set'
	done
	run -1 env MODEL_DIR="$MODEL" JUJU_CONTEXT_ID="$(sed -n 's/^JUJU_CONTEXT_ID=//p' "$MODEL/do/env")" \
	    "$BUILD/test/juju/bin/is-leader"
	assert_output --partial 'ERROR unknown context id'
	run -0 env -u MACHINE_NAME "$BUILD/test/juju/bin/uname" -n
	assert_output "$(uname -n)"
}

# file STATUS TEXT WHAT: relation-set --file - of TEXT; then the bag's keys but Juju's, or the error
file() {
	printf -- "$2" >"$BATS_TEST_TMPDIR/text"
	if [ "$1" = 0 ]; then
		row 0 "relation-set -r 0 --file - <'$BATS_TEST_TMPDIR/text' && relation-get -r 0 - a/0 --format json >'$BATS_TEST_TMPDIR/got'" ''
		run -0 jq -c 'del(.["egress-subnets", "ingress-address", "private-address"])' "$BATS_TEST_TMPDIR/got"
		assert_output "$3"
	else
		row "$1" "relation-set -r 0 good=1 --file - <'$BATS_TEST_TMPDIR/text'" '' "ERROR yaml: $3"
		row 0 'relation-get -r 0 good a/0 --format json' null
	fi
	in_hook a/0 <<<"relation-set -r 0 a= b= good="
}

@test "relation-set --file reads JSON as Juju's YAML reader does" {
	pair
	file 0 '{"a":"x","b":"y"}\n' '{"a":"x","b":"y"}'
	file 0 '' '{}'
	file 0 '{}' '{}'
	file 0 '\n {\n\t"a" : "x" ,\n "b": "y"}' '{"a":"x","b":"y"}'
	file 0 '{"a": 1.50, "b": true}' '{"a":"1.50","b":"true"}'
	file 0 '{"a": 1e3, "b": -0}' '{"a":"1e3","b":"-0"}'
	file 0 '{"a": "1", "a": "2"}' '{"a":"2"}'
	file 0 '{"a":"x"}\n{"b":"y"}\n' '{"a":"x"}'
	file 0 '{"a":"\\u00e9\\n\\"\\\\"}' '{"a":"é\n\"\\"}'
	file 0 '{"a":"\xf0\x9f\x98\x80"}' '{"a":"😀"}'
	file 0 '{"a":"x\ny"}' '{"a":"x y"}'
	file 0 '{"a":"x\xe2\x80\xa8y"}' "$(printf '{"a":"x\xe2\x80\xa8y"}')"
	file 0 '{"a":"x\xc2\x85y"}' '{"a":"x y"}'
	file 0 '{"a":"x\\0y","b":"\\u0000\\x00"}' '{"a":"x\u0000y","b":"\u0000\u0000"}'
	file 1 '{"a":"\\ud83d\\ude00"}' 'found invalid Unicode character escape code'
	file 1 '{"a":"x\\/y"}' 'found unknown escape character'
	file 1 '{"a":"x\x01y"}' 'control characters are not allowed'
	file 1 '{"a":"x\x7fy"}' 'control characters are not allowed'
	file 1 '{"a":"x\xc2\x9fy"}' 'control characters are not allowed'
	file 0 '{"a":"x\xef\xbb\xbfy"}' "$(printf '{"a":"x\xef\xbb\xbfy"}')"
	file 1 '{"a":"x\xef\xbf\xbfy"}' 'control characters are not allowed'
	file 1 '{"a":"x\xffy"}' 'invalid leading UTF-8 octet'
	file 1 '{"a":"x","b":{"c":"d"}}' $'unmarshal errors:\n  line 1: cannot unmarshal !!map into string'
	file 1 '{"a":"x",\n"b":["c"]}' $'unmarshal errors:\n  line 2: cannot unmarshal !!seq into string'
	file 1 '{"a":{"b":["c"]},\n"d":[]}' \
	    $'unmarshal errors:\n  line 1: cannot unmarshal !!map into string\n  line 2: cannot unmarshal !!seq into string'
	file 1 '{"a":"x",\n"b":"y\\/z"}' 'line 2: found unknown escape character'
	file 0 '{"a":"\xc3\xa9 \\\\/", "b": \047\\/\047}' '{"a":"é \\/","b":"\\/"}'
	file 0 '\xef\xbb\xbf{"a":"x"}' '{"a":"x"}'
	file 1 '["a"]' $'unmarshal errors:\n  line 1: cannot unmarshal !!seq into map[string]string'
	file 1 'word' $'unmarshal errors:\n  line 1: cannot unmarshal !!str `word` into map[string]string'
	file 1 '{"a":"x"' "line 1: did not find expected ',' or '}'"
	file 1 '{"a":"x' 'found unexpected end of stream'
	file 1 "{\"$(printf %01030d 0)\":\"x\"}" "did not find expected ',' or '}'"

	row 0 'echo "{\"a\":\"1\",\"b\":\"1\"}" | relation-set -r 0 --file - b=2' ''
	row 0 'relation-get -r 0 b a/0' 2
	row 0 'echo "{\"a\":null,\"b\":\"\"}" | relation-set -r 0 --file -' ''
	row 0 'relation-get -r 0 - a/0 --format json' "{$own}"
}

@test "relation-set --file reads block mappings, and block scalars as ops writes them" {
	pair
	file 0 'a: x\nb:   y # not\n' '{"a":"x","b":"y"}'
	file 0 '---\n"a": "x"\n\047b\047 : \047y\047\n...\nc: d\n' '{"a":"x","b":"y"}'
	file 0 '"a": |\n  one\n  two\n"b": |\n  y\n' '{"a":"one\ntwo\n","b":"y\n"}'
	file 0 'a: |-\n  one\n  two\n\nb: |+\n  y\n\n' '{"a":"one\ntwo","b":"y\n\n"}'
	file 0 'a: |\n  one\n\n   two: [x]\n\n\nb: y' '{"a":"one\n\n two: [x]\n","b":"y"}'
	file 0 'a: |2-\n   x\nb: |1\n  y\n' '{"a":" x","b":" y\n"}'
	file 0 'a: >\n  one\n  two\n\n  three\n   four\n  five\nb: >-\n  x\n  y\n' \
	    '{"a":"one two\nthree\n four\nfive\n","b":"x y"}'
	file 0 'a: >+ # folded\n x\n y\n\nb: "one\\\n  \\ two"\n' '{"a":"x y\n\n","b":"one two"}'
	file 0 'a: |\n  x' '{"a":"x"}'
	file 0 'a: |\n\nb: y\n' '{"b":"y"}'
	file 0 'a: one\n  two\n\n  three\nb: a,b]\n' '{"a":"one two\nthree","b":"a,b]"}'
	file 0 '  a: http://x\n  b: y#z\n' '{"a":"http://x","b":"y#z"}'
	file 0 'a: 1.50\nb: null\n' '{"a":"1.50"}'
	file 0 'a:\nb: ~\n' '{}'
	file 1 'a: |x\n  y\n' 'did not find expected comment or line break'
	file 1 'a: |0\n  y\n' 'found an indentation indicator equal to 0'
	file 1 'a: |\n\ty\n' 'line 2: found a tab character where an indentation space is expected'
	file 1 'a: x\n  b: y\n' 'line 2: mapping values are not allowed in this context'
	file 1 'a: x\n b\nc\n' "line 4: could not find expected ':'"
	file 1 'a:\n- x\n' $'unmarshal errors:\n  line 2: cannot unmarshal !!seq into string'
	file 1 'a: {b: c}\n' $'unmarshal errors:\n  line 1: cannot unmarshal !!map into string'
	file 0 'a: !!str 1\nb: &x y\nc: *x\n' '{"a":"1","b":"y","c":"y"}'
	file 1 'a: !!binary eA==\n' 'line 1: this reader knows no tags'
	file 1 '<<: {a: b}\n' 'line 1: this reader knows no merge keys'
	file 1 '- a\n' $'unmarshal errors:\n  line 1: cannot unmarshal !!seq into map[string]string'
	row 0 "printf '%s\n' '\"#x\": |' '  - - a/b' '    - c' | state-set --file -; state-get '#x'" \
	    $'- - a/b\n  - c'
}

@test "a NUL in a databag" {
	pair
	in_hook a/0 <<<"printf %s '{\"k\": \"a\\0b\"}' | relation-set -r 0 --file -; relation-set -r 0 other=c"
	juju settle
	AT=b/0 row 0 'relation-get -r 0 k a/0 --format json' '"a\u0000b"'
	AT=b/0 row 0 'relation-get -r 0 - a/0 --format json' '{"egress-subnets":"10.0.0.1/32","ingress-address":"10.0.0.1","k":"a\u0000b","other":"c","private-address":"10.0.0.1"}'
	AT=b/0 row 0 'relation-get -r 0 k a/0 | od -An -c | tr -d " "' 'a\0b\n'
	run -0 juju show-unit b/0
	assert_output --partial '"k":"a\u0000b"'
}

@test "in restricted hooks every command but juju-log is refused" {
	pair
	for hook in meter-status-changed collect-metrics; do
		on a/0 $hook <<-'SH'
			for command in is-leader 'relation-ids ca' 'relation-list -r 0' 'relation-get -r 0 - a/0' \
			    'relation-set -r 0 k=v' 'status-set active' state-get config-get; do
				$command >>"$MODEL_DIR/do/out" 2>>"$MODEL_DIR/do/err"
				echo $? >>"$MODEL_DIR/do/codes"
			done
			juju-log "version ${JUJU_VERSION-unset}"
		SH
		juju fire $hook a/0
		run -0 juju step --unit a/0
		assert_output "a/0 $hook 0"
	done
	assert_equal "$(cat "$MODEL/do/out")" ''
	assert_equal "$(sort "$MODEL/do/codes" | uniq -c | tr -d ' ')" 161
	assert_equal "$(sort "$MODEL/do/err" | uniq -c | sed 's/^ *//')" "$(
		echo '2 ERROR leadership status unknown: not implemented for restricted context'
		echo '14 ERROR not implemented for restricted context'
	)"
	run -0 juju log
	assert_line --partial 'unit.a/0.juju-log version unset'
}

@test "boolean options are read by Go's ParseBool" {
	pair
	for yes in =true =True =TRUE =t =T =1 ''; do
		row 0 "relation-list -r 0 --app$yes --format json" '"b"'
		AT=a/1 row 1 "status-set --application$yes active" '' 'ERROR this unit is not the leader'
	done
	for no in false False FALSE f F 0; do
		row 0 "relation-list -r 0 --app=$no --format json" '["b/0"]'
	done
	for bad in '' yes tRUE 2; do
		row 2 "relation-list -r 0 --app=$bad" '' \
		    "ERROR invalid value \"$bad\" for option --app: strconv.ParseBool: parsing \"$bad\": invalid syntax"
	done
	row 0 'status-set --application=True active all; status-set --application=False waiting one' ''
	assert_equal "$(cat "$MODEL/apps/a/status")" $'active\nall'
	assert_equal "$(cat "$MODEL/units/a-0/status")" $'waiting\none'
}

@test "what ops asks besides" {
	pair
	in_hook a/0 <<<'status-set active "all well"; status-set --application blocked'
	row 0 'status-get' active
	row 0 'status-get --format json' '{"status":"active"}'
	row 0 'status-get --include-data --format=json --application=false' \
	    '{"message":"all well","status":"active","status-data":{}}'
	row 0 'status-get --include-data' $'message: all well\nstatus: active\nstatus-data: {}'
	row 0 'status-get --application' blocked
	row 0 'status-get --include-data --format=json --application=true' \
	    '{"application-status":{"message":"","status":"blocked","status-data":{},"units":{"a/0":{"message":"all well","status":"active","status-data":{}},"a/1":{"message":"installing agent","status":"waiting","status-data":{}}}}}'
	AT=a/1 row 1 'status-get --include-data --application=True' '' \
	    'ERROR finding application status: this unit is not the leader'
	row 2 'status-get x' '' 'ERROR unrecognized args: ["x"]'

	row 0 'config-get --format=json' '{}'
	juju config a name=node debug=true size=3 'odd=a<b' gone=x
	juju config a gone=
	juju settle
	assert_equal "$(grep -c 'a/. config-changed' "$TRACE")" 2
	row 0 'config-get --format=json' '{"debug":true,"name":"node","odd":"a\u003cb","size":3}'
	row 0 'config-get' $'debug: true\nname: node\nodd: a<b\nsize: 3'
	row 0 'config-get --format=json name' '"node"'
	row 0 'config-get name' node
	row 0 'config-get debug' True
	row 0 'config-get --format=json none' null
	row 0 'config-get none' ''
	row 2 'config-get --all name' '' 'ERROR cannot use argument --all together with key "name"'
	AT=b/0 row 0 'config-get --format=json' '{}'

	row 0 'network-get ca --format=json' '{"bind-addresses":[{"mac-address":"00:16:3e:00:00:01","interface-name":"eth0","addresses":[{"hostname":"","value":"10.0.0.1","cidr":"10.0.0.0/8"}]}],"egress-subnets":["10.0.0.1/32"],"ingress-addresses":["10.0.0.1"]}'
	row 0 'network-get ca -r ca:0' "$(
		printf '%s\n' bind-addresses: '- mac-address: 00:16:3e:00:00:01' \
		    '  interface-name: eth0' '  addresses:' '  - hostname: ""' '    value: 10.0.0.1' \
		    '    cidr: 10.0.0.0/8' '    address: 10.0.0.1' '  macaddress: 00:16:3e:00:00:01' \
		    '  interfacename: eth0' egress-subnets: '- 10.0.0.1/32' ingress-addresses: '- 10.0.0.1'
	)"
	for flag in primary-address bind-address ingress-address; do
		AT=a/1 row 0 "network-get juju-info --$flag" 10.0.0.2
	done
	row 0 'network-get ca --egress-subnets' 10.0.0.1/32
	row 0 'network-get ca --egress-subnets --format json' '["10.0.0.1/32"]'
	row 0 'network-get ca --bind-address --ingress-address' $'bind-address: 10.0.0.1\ningress-address: 10.0.0.1'
	row 1 'network-get cluster' '' 'ERROR no network config found for binding "cluster"'
	printf 'provides:\n  cluster:\n    interface: x\n' >"$MODEL/units/a-0/charm/metadata.yaml"
	row 0 'network-get cluster --bind-address' 10.0.0.1
	row 2 'network-get' '' 'ERROR no arguments specified'
	row 2 'network-get ""' '' 'ERROR no binding name specified'
	row 2 'network-get ca -r 9' '' 'ERROR invalid value "9" for option -r: relation not found'

	row 0 "goal-state --format=json | jq -c 'del(..|.since?)'" \
	    '{"units":{"a/0":{"status":"active"},"a/1":{"status":"waiting"}},"relations":{"ca":{"b":{"status":"joined"},"b/0":{"status":"waiting"}}}}'
	row 0 "goal-state | sed 's/since: .*/since: now/' | head -n 3" $'units:\n  a/0:\n    status: active'
	row 0 "goal-state --format json | jq -r '.units.\"a/0\".since' | grep -Ec '^2[0-9-]{9} [0-9:]{8}Z\$'" 1

	row 0 'unit-get private-address' 10.0.0.1
	row 0 'unit-get public-address --format json' '"10.0.0.1"'
	row 2 'unit-get x' '' 'ERROR unknown setting "x"'
	row 2 'unit-get' '' 'ERROR no setting specified'

	row 0 'relation-model-get -r ca:0 --format=json' '{"uuid":"5ca1ab1e-0000-4000-8000-000000000000"}'
	row 2 'relation-model-get' '' 'ERROR no relation id specified'

	row 0 'application-version-set -- 24.03' ''
	row 2 'application-version-set' '' 'ERROR no version specified'
	run -0 juju show-unit a/0
	assert_output --partial '{"a/0":{"workload-version":"24.03","machine":"0",'
}

@test "relation-model-get names another model's" {
	landscape
	AT=ovn/0 row 0 'relation-model-get -r 1 --format json' '{"uuid":"0ddba11e-0000-4000-8000-000000000000"}'
}

@test "databags are escaped as Go escapes them" {
	pair
	in_hook a/0 <<<'relation-set -r 0 "k=<&>\"	"'
	run -0 bag 0 unit a/0
	assert_output --partial '"k":"\u003c\u0026\u003e\"\t"'
}

@test "a hook that fails leaves no databag and no state, but status and log; and it runs again" {
	pair
	on a/0 probe <<-'SH'
		relation-set -r 0 unit=1
		relation-set -r 0 --app app=1
		state-set state=1
		relation-get -r 0 unit a/0 >"$MODEL_DIR/do/own"
		status-set blocked 'half done'
		juju-log -l WARNING 'I was here'
		[ -f "$MODEL_DIR/do/good" ]
	SH
	juju fire probe a/0
	run -0 juju step --unit a/0
	assert_output 'a/0 probe 1'
	assert_equal "$(cat "$MODEL/do/own")" 1
	assert_equal "$(bag 0 unit a/0)" "{$own}"
	assert_equal "$(bag 0 app a)" '{}'
	assert [ ! -e "$MODEL/units/a-0/state-set" ]
	assert_equal "$(head -n 1 "$MODEL/units/a-0/status")" blocked
	run -0 juju log
	assert_line --regexp '^unit-a-0: [0-9:]{8} WARNING unit.a/0.juju-log I was here$'
	assert_line --regexp 'ERROR .* hook "probe" .* failed: exit status 1$'
	run -0 juju status
	assert_line --regexp '^a/0 .* error +yes +hook failed: "probe"$'

	: >"$MODEL/do/good"
	juju fire update-status a/0
	run -0 juju step --unit a/0
	assert_output 'a/0 probe 0'
	assert_equal "$(bag 0 unit a/0)" "{$own,\"unit\":\"1\"}"
	assert_equal "$(bag 0 app a)" '{"app":"1"}'
	run -0 juju status
	assert_line --regexp '^a/0 .* blocked +yes +half done$'
}

@test "the setup hooks come first, in Juju's order" {
	juju deploy a "$CHARM" -n 2
	juju deploy b "$CHARM"
	juju integrate a:ca b:cb
	juju integrate a:peers a:peers
	juju settle
	for unit in a/0 a/1; do
		run trace_of $unit
		assert_equal "$(grep -v -- '-joined\|-changed [ab]' <<<"$output")" "$(
			printf '%s\n' install ca-relation-created peers-relation-created
			[ $unit = a/1 ] || echo leader-elected
			printf '%s\n' config-changed start
		)"
	done
}

@test "start follows the first config-changed at once" {
	juju deploy a "$CHARM" -n 2
	juju deploy b "$CHARM"
	for hook in install config-changed; do
		run -0 juju step --unit a/1
		assert_output "a/1 $hook 0"
	done
	juju leader a/1
	juju integrate a:ca b:cb
	for hook in start ca-relation-created; do
		run -0 juju step --unit a/1
		assert_output "a/1 $hook 0"
	done
	juju fire probe a/1
	assert_equal "$(juju pending | grep ^a/1)" 'a/1 leader-elected'
}

@test "a failed hook is all that is due" {
	pair 2
	on a/1 probe <<<'exit 1'
	juju fire probe a/1
	juju step --unit a/1
	juju leader a/1
	assert_equal "$(juju pending | grep ^a/1)" 'a/1 probe'
}

@test "a unit that never started goes without stop" {
	juju deploy a "$CHARM" -n 2
	juju step --unit a/1
	juju remove-unit a/1
	run -0 juju step --unit a/1
	assert_output 'a/1 remove 0'
}

@test "changed follows joined, other units' joined come in the order of strings" {
	pair 11
	juju add-unit b
	juju settle
	run trace_of b/1
	assert_output "$(
		printf '%s\n' install cb-relation-created config-changed start
		for n in 0 1 10 2 3 4 5 6 7 8 9; do
			printf 'cb-relation-%s a/%d\n' joined $n changed $n
		done
	)"
}

@test "an application's change comes before the first joined, with no unit" {
	juju deploy a "$CHARM"
	juju deploy b "$CHARM"
	on a/0 leader-elected <<<'relation-set -r 0 --app k=v'
	on b/0 cb-relation-changed <<-'SH'
		echo "${JUJU_REMOTE_UNIT-unset} $JUJU_REMOTE_APP $(relation-get k)" >>"$MODEL_DIR/do/saw"
	SH
	juju integrate a:ca b:cb
	juju settle
	run trace_of b/0
	assert_line --index 5 cb-relation-changed
	assert_line --index 6 'cb-relation-joined a/0'
	assert_equal "$(head -n 1 "$MODEL/do/saw")" ' a v'
}

@test "changes of one unit coalesce, and nobody is told of his own" {
	pair
	for n in 1 2 3; do
		in_hook a/0 <<<"relation-set -r 0 n=$n; relation-set -r 0 m=$n"
	done
	in_hook a/1 <<<'relation-set -r 0 n=1'
	in_hook a/1 <<<'relation-set -r 0 n=1'
	: >"$TRACE"
	juju settle
	run cat "$TRACE"
	assert_output $'b/0 cb-relation-changed a/0\nb/0 cb-relation-changed a/1'
	in_hook a/1 <<<'relation-set -r 0 n=1'
	run -0 juju pending
	assert_output ''
}

@test "of a peer application's bag all are told but who wrote it" {
	juju deploy a "$CHARM" -n 3
	juju integrate a:peers a:peers
	juju settle
	: >"$TRACE"
	in_hook a/0 <<<'relation-set -r 0 --app k=v'
	: >"$TRACE"
	juju settle
	run sort "$TRACE"
	assert_output $'a/1 peers-relation-changed\na/2 peers-relation-changed'
	AT=a/1 row 0 'relation-get -r 0 --app k a' v
	AT=a/1 row 0 'relation-list -r 0 --format json' '["a/0","a/2"]'
	AT=a/1 row 0 'relation-list -r 0 --app' a
}

@test "a member's bag is as it was in its last hook; other bags are as they are" {
	pair
	AT=b/0 row 0 'relation-get -r 0 --format json k a/0' null
	in_hook a/0 <<<'relation-set -r 0 k=1; relation-set -r 0 --app k=1'
	in_hook a/1 <<<'relation-set -r 0 k=1'
	AT=b/0 row 0 'relation-get -r 0 --format json k a/0' null
	AT=b/0 row 0 'relation-get -r 0 --format json --app k a' '"1"'
	AT=a/0 row 0 'relation-get -r 0 --format json k a/1' '"1"'
	on b/0 cb-relation-changed <<-'SH'
		echo "$JUJU_REMOTE_UNIT $(relation-get -r 0 k a/0)" >>"$MODEL_DIR/do/saw"
	SH
	juju settle
	assert_equal "$(cat "$MODEL/do/saw")" $' \na/0 1\na/1 1'
	AT=b/0 row 0 'relation-get -r 0 k a/0' 1
}

@test "what a hook has read it reads again, whatever others commit meanwhile" {
	pair
	in_hook a/0 <<<'relation-set -r 0 --app k=old'
	on b/0 slow <<-'SH'
		relation-get -r 0 --app k a
		: >"$MODEL_DIR/do/read"
		wait_for "$MODEL_DIR/do/written"
		relation-get -r 0 --app k a
		relation-get -r 0 --app none a
	SH
	on a/0 second <<-'SH'
		wait_for "$MODEL_DIR/do/read"
		relation-set -r 0 --app k=new
	SH
	on a/0 third <<<': >"$MODEL_DIR/do/written"'
	juju settle
	juju fire slow b/0
	juju fire second a/0
	juju fire third a/0
	juju settle -j 2
	run -0 juju log
	run grep -c 'b/0.slow old' <<<"$output"
	assert_output 2
	AT=b/0 row 0 'relation-get -r 0 --app k a' new
}

@test "who does not lead can neither read nor write his application's bag" {
	pair
	AT=a/1 row 1 'relation-set -r 0 --app k=v' '' 'ERROR cannot write relation settings'
	AT=a/1 row 1 'relation-get -r 0 --app - a' '' 'ERROR permission denied'
	AT=a/0 row 0 'relation-get -r 0 --app - a --format json' '{}'
}

@test "leadership that is lost in a hook fails its commit, if it wrote the application's bag" {
	pair
	in_hook a/0 <<-SH
		relation-set -r 0 --app k=v
		relation-set -r 0 unit=1
		$BUILD/test/juju/juju -m "$MODEL" leader a/1
	SH
	assert_equal "$(cat "$MODEL/do/step")" 'a/0 probe 1'
	run -0 juju log
	assert_line --partial 'cannot apply changes: updating unit and application settings for "a/0": permission denied'
	assert_equal "$(bag 0 app a)" '{}'
	assert_equal "$(bag 0 unit a/0)" "{$own}"
	: >"$TRACE"
	juju step --unit a/1
	assert_equal "$(cat "$TRACE")" 'a/1 leader-elected'
	AT=a/1 row 0 'is-leader' True
}

@test "a unit that is removed says good-bye" {
	pair 2 2
	echo 'echo "$JUJU_UNIT_NAME $JUJU_HOOK_NAME ${JUJU_DEPARTING_UNIT-none} $(relation-list -r 0 --format json)" >>"$MODEL_DIR/do/saw"' >"$MODEL/do/any"
	juju remove-unit a/0
	juju settle
	run grep ^a/0 "$MODEL/do/saw"
	assert_output "$(
		echo 'a/0 ca-relation-departed a/0 ["b/1"]'
		echo 'a/0 ca-relation-departed a/0 []'
		echo 'a/0 ca-relation-broken none []'
		echo 'a/0 stop none '
		echo 'a/0 remove none '
	)"
	run grep ^b "$MODEL/do/saw"
	assert_line 'b/0 cb-relation-departed a/0 ["a/1"]'
	assert_line 'b/1 cb-relation-departed a/0 ["a/1"]'
	run grep ^a/1 "$MODEL/do/saw"
	assert_output 'a/1 leader-elected none ["b/0","b/1"]'
	rm "$MODEL/do/any"
	AT=b/0 row 0 'relation-get -r 0 --format json - a/0' "{$own}"
	assert [ ! -e "$MODEL/units/a-0" ]
	run -1 --separate-stderr juju show-unit a/0
	assert_equal "$stderr" 'ERROR unit "a/0" not found'
	juju add-unit a
	juju settle
	run -0 juju show-unit a/2
}

@test "a unit that is removed by force is just gone" {
	pair 2 1
	juju remove-unit a/0 --force
	juju settle
	run sort "$TRACE"
	assert_output $'a/1 leader-elected\nb/0 cb-relation-departed a/0'
}

@test "a relation that is removed is left by everybody, then it is no more" {
	pair 2 1
	juju remove-relation a:ca b:cb
	run -0 juju pending
	assert_output $'a/0 ca-relation-departed 0 b/0\na/1 ca-relation-departed 0 b/0\nb/0 cb-relation-departed 0 a/0'
	juju settle
	run sort "$TRACE"
	assert_output "$(
		for u in a/0 a/1; do printf "$u ca-relation-%s\n" broken 'departed b/0'; done
		printf 'b/0 cb-relation-%s\n' broken 'departed a/0' 'departed a/1'
	)"
	assert [ ! -e "$MODEL/relations/0" ]
	AT=a/0 row 0 'relation-ids ca --format json' '[]'
	run -0 juju integrate a:ca b:cb
	assert_output 1
}

@test "a relation that is removed by force is known still, but not to be read" {
	pair
	juju integrate a:other b:other
	juju settle
	juju remove-relation 0 --force
	cat >"$MODEL/do/any" <<-'SH'
		[ "$JUJU_UNIT_NAME" != a/1 ] || [ "$JUJU_HOOK_NAME" != ca-relation-departed ] || {
			relation-ids ca
			relation-list -r 0
			relation-get -r 0 - a/1 || :
		}
	SH
	juju settle
	run -0 juju log
	assert_line --regexp 'a/1.ca-relation-departed ca:0$'
	assert_line --regexp 'a/1.ca-relation-departed ERROR permission denied$'
	assert [ ! -e "$MODEL/relations/0" ]
}

@test "several relations on one endpoint; their ids are sorted as strings" {
	juju deploy a "$CHARM"
	juju deploy b "$CHARM"
	for _ in 0 1 2 3 4 5 6 7 8 9 10; do
		juju integrate a:ca b:cb
	done
	juju settle
	row 0 'relation-ids ca --format json' \
	    '["ca:0","ca:1","ca:10","ca:2","ca:3","ca:4","ca:5","ca:6","ca:7","ca:8","ca:9"]'
}

@test "a hook that keeps failing ends settle, with its name" {
	pair
	on a/1 probe <<<'exit 7'
	juju fire probe a/1
	run -1 --separate-stderr juju settle --max-retries 3
	assert_equal "$stderr" 'juju: a/1: hook probe failed 4 times, last with 7'
	assert_equal "$(grep -c 'a/1 probe' "$TRACE")" 4
	juju fire other a/0
	run -1 juju settle --max-retries 0 --keep-going
	assert_equal "$(grep -c 'a/0 other' "$TRACE")" 1
	juju resolved a/1 --no-retry
	run -0 juju settle
	run -2 juju resolved a/1
	assert_output --partial 'not in an error state'
}

@test "a hook that fails twice and then does well settles" {
	pair
	on a/1 probe <<-'SH'
		echo >>"$MODEL_DIR/do/tries"
		relation-set -r 0 k=v
		[ "$(wc -l <"$MODEL_DIR/do/tries")" -eq 3 ]
	SH
	juju fire probe a/1
	run -0 juju settle
	assert_equal "$(grep -c 'a/1 probe' "$TRACE")" 3
	run bag 0 unit a/1
	assert_output --partial '"k":"v"'
}

@test "a failed joined hook is run again before its changed" {
	juju deploy a "$CHARM"
	juju deploy b "$CHARM"
	on a/0 ca-relation-joined <<-'SH'
		relation-list >>"$MODEL_DIR/do/saw"
		[ "$(wc -l <"$MODEL_DIR/do/saw")" -eq 2 ]
	SH
	juju integrate a:ca b:cb
	juju settle
	run trace_of a/0
	assert_equal "${lines[*]: -3}" 'ca-relation-joined b/0 ca-relation-joined b/0 ca-relation-changed b/0'
	assert_equal "$(cat "$MODEL/do/saw")" $'b/0\nb/0'
}

@test "faults strike the command they name, as often as they say" {
	pair
	printf '%s\n' 'relation-set a/1 2' 'is-leader *' 'status-set a/0 1 no route to host' \
	    >"$MODEL/faults"
	row 0 'relation-set -r 0 k=v' ''
	AT=a/1 row 1 'relation-set -r 0 k=v' '' 'ERROR connection is shut down'
	AT=a/1 row 1 'relation-set -r 0 k=v' '' 'ERROR connection is shut down'
	AT=a/1 row 0 'relation-set -r 0 k=v' ''
	AT=b/0 row 1 'is-leader' '' 'ERROR leadership status unknown: connection is shut down'
	AT=b/0 row 0 'is-leader' True
	row 1 'status-set active' '' 'ERROR no route to host'
	row 0 'status-set active' ''
	assert_equal "$(cat "$MODEL/faults")" ''
}

@test "a commit that is made to fail drops the hook" {
	pair
	echo 'commit a/0' >"$MODEL/faults"
	in_hook a/0 <<<'relation-set -r 0 k=v'
	assert_equal "$(cat "$MODEL/do/step")" 'a/0 probe 1'
	assert_equal "$(bag 0 unit a/0)" "{$own}"
	run -0 juju log
	assert_line --partial 'ERROR juju.worker.uniter.context cannot apply changes: updating unit and application settings for "a/0": permission denied'
	juju settle
	run bag 0 unit a/0
	assert_output --partial '"k":"v"'
}

@test "a hook that is killed takes its children with it and counts as failed" {
	pair
	echo 'kill a/0 probe relation-get' >"$MODEL/faults"
	on a/0 probe <<-'SH'
		[ ! -f "$MODEL_DIR/do/child" ] || exit 0
		relation-set -r 0 k=v
		sleep 600 &
		echo $! >"$MODEL_DIR/do/child"
		relation-get -r 0 - a/0
		: >"$MODEL_DIR/do/survived"
	SH
	juju fire probe a/0
	run -0 juju step --unit a/0
	assert_output 'a/0 probe 137'
	assert [ ! -e "$MODEL/do/survived" ]
	for _ in $(seq 100); do
		kill -0 "$(cat "$MODEL/do/child")" 2>/dev/null || break
		grep -q '^State:.Z' "/proc/$(cat "$MODEL/do/child")/status" && break
		sleep 0.05
	done
	run ! grep -s '^State:.[RS]' "/proc/$(cat "$MODEL/do/child")/status"
	assert_equal "$(bag 0 unit a/0)" "{$own}"
	run -0 juju settle
}

@test "a bag of more than 16 MiB is refused at the commit" {
	pair
	in_hook a/0 <<-'SH'
		{ printf '{"k":"'; head -c 16777216 /dev/zero | tr '\0' x; printf '"}'; } |
		    relation-set -r 0 --file -
	SH
	assert_equal "$(cat "$MODEL/do/step")" 'a/0 probe 1'
	run -0 juju log
	assert_line --partial 'max relation settings size (16777216) exceeded'
	assert_equal "$(bag 0 unit a/0)" "{$own}"
}

@test "a hook has Juju's environment, folder and no input" {
	juju deploy a "$CHARM" --machine node-7
	juju deploy b "$CHARM"
	juju integrate a:ca b:cb
	on a/0 ca-relation-joined <<-'SH'
		{ env; echo "cwd=$(pwd)"; echo "stdin=$(cat)"; echo "group=$(cut -d' ' -f5 /proc/$$/stat)"; } >"$MODEL_DIR/do/env"
	SH
	JUJU_LEFTOVER=1 juju settle
	run cat "$MODEL/do/env"
	for line in JUJU_UNIT_NAME=a/0 JUJU_HOOK_NAME=ca-relation-joined \
	    JUJU_DISPATCH_PATH=hooks/ca-relation-joined JUJU_RELATION=ca JUJU_RELATION_ID=ca:0 \
	    JUJU_REMOTE_UNIT=b/0 JUJU_REMOTE_APP=b JUJU_MODEL_NAME=model MACHINE_NAME=node-7 \
	    JUJU_PRINCIPAL_UNIT= JUJU_MACHINE_ID=0 "MODEL_DIR=$MODEL" \
	    "JUJU_CHARM_DIR=$MODEL/units/a-0/charm" "cwd=$MODEL/units/a-0/charm" stdin=; do
		assert_line "$line"
	done
	assert_line --regexp '^JUJU_VERSION=3\.6\.'
	assert_line --regexp '^JUJU_CONTEXT_ID=.'
	assert_line "group=$(sed -n s/HOOK_PGID=//p "$MODEL/do/env")"
	refute_line --partial JUJU_DEPARTING_UNIT
	refute_line --partial JUJU_LEFTOVER
}

@test "show-unit has the shapes of Juju 3 and Juju 4" {
	pair 1 1
	juju integrate a:peers a:peers
	juju settle
	in_hook a/0 <<<'relation-set -r 0 --app side=a'
	in_hook b/0 <<<'relation-set -r 0 --app side=b'
	run -0 juju show-unit b/0 a/0 a/0
	assert_equal "${#lines[@]}" 1
	run jq -c 'keys_unsorted, (.["a/0"] | keys_unsorted), [.["a/0"]["relation-info"][] | [.["relation-id"], .endpoint, .["related-endpoint"], .["application-data"], .["local-unit"], (.["related-units"] // {} | keys)]]' <<<"$output"
	assert_output "$(
		echo '["a/0","b/0"]'
		echo '["machine","opened-ports","public-address","charm","leader","life","relation-info"]'
		echo "[[0,\"ca\",\"cb\",{\"side\":\"b\"},{\"in-scope\":false,\"data\":null},[\"b/0\"]],[1,\"peers\",\"peers\",{},{\"in-scope\":true,\"data\":{$own}},[]]]"
	)"
	run -0 juju show-unit --juju 4 --endpoint ca a/0
	run jq -c '.["a/0"]["relation-info"][] | [.["application-data"], .["local-unit"]["in-scope"], .["related-units"]["b/0"]["in-scope"]]' <<<"$output"
	assert_output '[{"side":"a"},true,true]'

	juju add-unit b
	run -0 juju show-unit a/0
	run jq -c '.["a/0"]["relation-info"][0]["related-units"]["b/1"]' <<<"$output"
	assert_output '{"in-scope":false,"data":{}}'
	run -1 --separate-stderr juju show-unit a/0 a/9
	assert_output ''
	assert_equal "$stderr" 'ERROR unit "a/9" not found'
	run -1 --separate-stderr juju show-unit
	assert_equal "$stderr" 'ERROR an unit name must be supplied'
	run -1 --separate-stderr juju show-unit far-not-good
	assert_equal "$stderr" 'ERROR unit name far-not-good not valid'
}

# Applications of every kind: of its own, subordinate, another model's; related and not.
landscape() {
	mkdir "$BATS_TEST_TMPDIR/microovn"
	cp "$CHARM/dispatch" "$BATS_TEST_TMPDIR/microovn"
	juju deploy ovn "$BATS_TEST_TMPDIR/microovn" -n 2
	juju deploy td "$CHARM"
	juju deploy far "$CHARM" --url admin/other.far
	juju deploy none "$CHARM"
	juju deploy sub "$CHARM" --subordinate-to ovn
	juju integrate ovn:cluster td:mc
	juju integrate ovn:other far:mc
	juju integrate sub:cluster td:mc
	juju integrate none:db td:db --interface mysql
	juju integrate ovn:peers ovn:peers
	juju remove-unit none/0
	juju add-unit ovn
	juju settle
}

# status VERSION FILTER WANTED: what jq makes of status of that version of Juju
status() {
	run -0 juju status --format json ${1:+--juju "$1"}
	run -0 jq -cS "$2" <<<"$output"
	assert_output "$3"
}

@test "status --format json has the shapes of Juju 2.9, 3 and 4" {
	landscape
	status '' '.model | [.name, .version]' '["model","3.6.9"]'
	status 4.0.5 '.model | [.name, .version]' '["model","4.0.5"]'
	status '' '.machines | keys' '["0","1","2","5"]'
	status '' '.applications | keys' '["none","ovn","sub","td"]'
	status '' '.applications.ovn | [.charm, ."charm-name"]' '["microovn","microovn"]'
	for version in 3 4; do
		status $version '.applications.ovn.relations' "$(
			entry='{"interface":"%s","related-application":"%s","scope":"global"}'
			printf "{\"cluster\":[$entry],\"other\":[$entry],\"peers\":[$entry]}" \
			    worker-cluster td worker-cluster far ovn-peers ovn
		)"
	done
	status '' '[.applications.td.relations.mc[]["related-application"]], .applications.none.relations.db[0].interface' \
	    $'["ovn","sub"]\n"mysql"'
	status 2.9 '.applications.ovn.relations' '{"cluster":["td"],"other":["far"],"peers":["ovn"]}'
	status 2.9 '.applications | [.td.series, .td.base]' '["noble",null]'
	status '' '.applications.ovn.units | keys, [.[] | .subordinates | keys[0]], [.[] | .leader]' \
	    $'["ovn/0","ovn/1","ovn/2"]\n["sub/0","sub/1","sub/2"]\n[true,null,null]'
	status '' '.applications.sub | [."subordinate-to", has("units")], (.relations.cluster[0]."related-application")' \
	    $'[["ovn"],false]\n"td"'
	status '' '.applications.none | has("units")' false
	status '' '."application-endpoints" | keys, (.far | [.url, .relations, .endpoints.mc.interface])' \
	    $'["far"]\n["admin/other.far",{"mc":["ovn"]},"worker-cluster"]'
}

@test "status --format json tells what units and applications say of themselves" {
	pair
	in_hook a/0 <<<'status-set blocked "not \"well\""; status-set --application active all'
	status '' '.applications.a."application-status" | [.current, .message]' '["active","all"]'
	status '' '.applications.a.units."a/0"."workload-status" | [.current, .message]' '["blocked","not \"well\""]'
	in_hook b/0 <<<'exit 1'
	status '' '.applications.b | ."application-status".current, .units."b/0"."workload-status".message' \
	    $'"error"\n"hook failed: \\"probe\\""'
}

@test "subordinates share their principal's machine, and go with it" {
	landscape
	run -0 juju show-unit sub/2 ovn/2
	run jq -c '[.[].machine]' <<<"$output"
	assert_output '["5","5"]'
	run -0 juju exec --unit sub/2 -- sh -c 'echo $JUJU_PRINCIPAL_UNIT $MACHINE_NAME'
	assert_output 'ovn/2 ovn-2'
	run -2 juju add-unit sub
	juju remove-unit ovn/2
	juju settle
	run -0 juju status
	refute_line --regexp '^(ovn|sub)/2 '
}

@test "another model's units are hidden" {
	landscape
	run -1 juju show-unit far/0
	assert_output 'ERROR unit "far/0" not found'
	run -2 juju exec --unit far/0 -- true
	run -0 juju show-unit ovn/0
	run jq -c '.[]["relation-info"][] | select(.endpoint == "other") | [."cross-model", (."related-units" | keys)]' <<<"$output"
	assert_output '[true,["far/0"]]'
}

@test "exec runs a command in a unit's context, and commits what it leaves" {
	pair
	run -0 juju exec --unit a/0 -- relation-ids ca --format json
	assert_output '["ca:0"]'
	run -0 juju exec -u a/1 'relation-set -r 0 k=v; echo "[$JUJU_HOOK_NAME]"; echo no >&2'
	assert_output $'[]\nno'
	run -0 juju settle --verbose
	assert_output 'hook b/0 cb-relation-changed 0'
	run -0 juju exec --unit b/0 --format json -- relation-get -r 0 k a/1
	run jq -cS 'map_values(del(.id))' <<<"$output"
	assert_output '{"b/0":{"results":{"return-code":0,"stdout":"v\n"},"status":"completed","unit":"b/0"}}'
	run -1 --separate-stderr juju exec --unit a/0 -- sh -c 'relation-set -r 0 k=v; printf out; echo err >&2; exit 3'
	assert_output $'out\nerr'
	assert_equal "$stderr" $'ERROR the following task failed:\n - id "1" with return code 3\n\nuse \'juju show-task\' to inspect the failure'
	assert_equal "$(bag 0 unit a/0)" "{$own}"
	run -0 juju exec --unit a/0,b/0 -- sh -c 'echo $JUJU_UNIT_NAME'
	assert_equal "$output" $'a/0:\na/0\n\nb/0:\nb/0'
	run -1 juju exec --unit a/1 -- relation-set -r 0 --app k=v
	run -2 juju exec --unit a/0
	run -2 juju exec -- true
	run -0 ls "$MODEL/hooks"
	assert_output ''
}

@test "exec may be run from a hook of another unit, and by --between" {
	pair
	in_hook a/0 <<<"$BUILD/test/juju/juju -m '$MODEL' exec --unit a/1 -- relation-set -r 0 from=hook"
	juju settle --between "'$BUILD/test/juju/juju' exec -m '$MODEL' --unit a/0 -- relation-set -r 0 from=between"
	run -0 juju exec --unit b/0 -- sh -c 'relation-get -r 0 from a/0; relation-get -r 0 from a/1'
	assert_output $'between\nhook'
}

@test "the model's version of Juju" {
	run -0 env JUJU_MODEL="$MODEL" "$BUILD/test/juju/juju" version 4.0.5
	pair 1 1
	assert_equal "$(bag 0 unit a/0)" "{${own%,*}}"
	in_hook a/0 <<<'echo $JUJU_VERSION >"$MODEL_DIR/do/version"'
	assert_equal "$(cat "$MODEL/do/version")" 4.0.5
	juju integrate a:peers a:peers
	juju add-unit a
	juju settle
	run -0 juju show-unit a/0
	run jq -c '.["a/0"]["relation-info"][] | [.endpoint, has("related-units"), ."local-unit"."in-scope", (."local-unit".data | has("ingress-address"))]' <<<"$output"
	assert_output $'["ca",false,true,true]\n["peers",true,true,true]'
	for version in 3 4 4.0.6; do
		run -0 juju show-unit a/0 --juju $version
		run jq -c '[.["a/0"]["relation-info"][] | has("related-units")]' <<<"$output"
		assert_output '[true,true]'
	done
	for version in 1 5 4.x 4.0.5.1 ''; do
		run -2 juju version "$version"
		run -2 juju show-unit a/0 --juju "$version"
	done
}

@test "the same seed gives the same history, another seed another" {
	n=0
	for seed in 1 1 2; do
		rm -rf "$MODEL"
		mkdir -p "$MODEL/do"
		: >"$TRACE"
		juju deploy a "$CHARM" -n 4
		juju deploy b "$CHARM" -n 2
		juju integrate a:ca b:cb
		juju settle --seed "$seed"
		cp "$TRACE" "$TRACE.$n"
		n=$((n + 1))
	done
	assert_equal "$(cat "$TRACE.0")" "$(cat "$TRACE.1")"
	run ! cmp -s "$TRACE.0" "$TRACE.2"
	assert_equal "$(sort "$TRACE.0")" "$(sort "$TRACE.2")"
}

@test "hooks run two at a time, but never two on one machine" {
	cat >"$MODEL/do/any" <<-'SH'
		mkdir "$MODEL_DIR/do/busy-$MACHINE_NAME" || echo both >>"$MODEL_DIR/do/overlap"
		: >"$MODEL_DIR/do/seen-$MACHINE_NAME"
		wait_for "$MODEL_DIR/do/seen-one"
		wait_for "$MODEL_DIR/do/seen-two"
		rmdir "$MODEL_DIR/do/busy-$MACHINE_NAME"
	SH
	juju deploy a "$CHARM" --machine one --machine two
	juju deploy b "$CHARM" --machine one --machine two
	juju settle -j 4
	assert [ ! -e "$MODEL/do/overlap" ]
}

@test "update-status runs when nothing else is due; --between after each round" {
	pair
	juju fire update-status a/0 a/1 a/1
	in_hook b/0 <<<'relation-set -r 0 k=v'
	juju settle --between 'echo between >>"$TRACE"' --update-status-when-idle
	run cat "$TRACE"
	assert_output "$(
		echo b/0 probe
		for u in a/0 a/1; do printf "$u %s\n" 'ca-relation-changed b/0' update-status; done
		echo between
		for u in b/0 a/0 a/1; do echo $u update-status; done
		echo between
	)"
	run -2 juju settle --between false --update-status-when-idle
	assert_output --partial '--between failed'
}

@test "--between and hooks may change the model" {
	pair
	on b/0 probe <<<"$BUILD/test/juju/juju -m '$MODEL' add-unit a"
	juju fire probe b/0
	juju settle --between "[ -f '$MODEL/do/once' ] || { : >'$MODEL/do/once'; '$BUILD/test/juju/juju' -m '$MODEL' remove-unit --force a/0; }"
	run -0 juju status
	refute_line --regexp '^a/0 '
	assert_line --regexp '^a/2 '
	AT=b/0 row 0 'relation-list -r 0 --format json' '["a/1","a/2"]'
}

@test "progress, --max-hooks and the count of commands" {
	juju deploy a "$CHARM"
	on a/0 install <<<'status-set maintenance "in two
lines"; juju-log -l debug one two; is-leader'
	run -0 juju settle --progress "$BATS_TEST_TMPDIR/progress" --verbose
	assert_output "$(
		printf '%s\n' 'status a/0 maintenance in two lines' 'log a/0 DEBUG one two'
		printf 'hook a/0 %s 0\n' install leader-elected config-changed start
	)"
	assert_equal "$(cat "$BATS_TEST_TMPDIR/progress")" "$output"
	assert_equal "$(cat "$MODEL/commands")" "$(printf 'a/0 install %s\n' status-set juju-log is-leader)"
	juju fire x a/0
	juju fire y a/0
	run -1 juju settle --max-hooks 1 --progress 1
	assert_line 'hook a/0 x 0'
	assert_line 'juju: not settled after 1 hooks'
}

@test "wrong calls are refused" {
	pair
	for call in '' bogus 'deploy a' 'leader' 'fire x' 'fire x a/0 --all' 'integrate a b:cb' 'step x'; do
		# shellcheck disable=SC2086
		run -2 juju $call
	done
	for call in "deploy a $CHARM" 'deploy c /nowhere' 'add-unit c' 'remove-unit a/9' 'leader a/9' \
	    'integrate a:ca c:cc' 'remove-relation 9' 'remove-relation a:x b:y' 'settle -j 0'; do
		# shellcheck disable=SC2086
		run -2 juju $call
		assert_output --regexp '^juju: '
	done
	run -1 juju step
}
