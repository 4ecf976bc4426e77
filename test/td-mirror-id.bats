#!/usr/bin/env bats
# td-mirror-id turns a host into its key and back, from operands and from JSON, and refuses anything else.

load helpers

@test "operands: a JSON string a line" {
	check 0 '"mirror-node-1"' '' '' td-mirror-id node-1
	check 0 $'"mirror-a"\n"mirror-b.maas"' '' '' td-mirror-id a b.maas
	check 0 $'mirror-a\nmirror-b' '' '' td-mirror-id -R a b
	check 0 '"mirror-a"' '' '["not read"]' td-mirror-id a
	check 0 '"mirror-"' '' '' td-mirror-id ''
	check 0 '"mirror-é\""' '' '' td-mirror-id 'é"'
	check 0 '"mirror-\u0085\u2028\u007f\u000a"' '' '' td-mirror-id $'\xc2\x85\xe2\x80\xa8\x7f\n'
	check 0 '"mirror-\ufeff\ufffe\uffff"' '' '' td-mirror-id $'\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf'
	check 0 '"mirror-mirror-a"' '' '' td-mirror-id mirror-a
}

@test "standard input: a string or an array, and the same shape out" {
	check 0 '"mirror-a"' '' '"a"' td-mirror-id
	check 0 '["mirror-a","mirror-b"]' '' ' [ "a",
		"b" ] ' td-mirror-id
	check 0 '[]' '' '[]' td-mirror-id
	check 0 'mirror-a' '' '"a"' td-mirror-id -R
	check 0 $'mirror-a\nmirror-b' '' '["a","b"]' td-mirror-id --raw
	check 0 '' '' '[]' td-mirror-id -R
	check 0 '["mirror-é🔑"]' '' '["\u00e9\ud83d\udd11"]' td-mirror-id
}

@test "-x: the host of an id, and 3 for what is none" {
	check 0 $'"a"\n"mirror-b"' '' '' td-mirror-id -x mirror-a mirror-mirror-b
	check 0 '["a",""]' '' '["mirror-a","mirror-"]' td-mirror-id --host
	check 0 'a' '' '"mirror-a"' td-mirror-id -xR
	check 3 '' "^td-mirror-id: cannot take the host from value 2: it doesn't begin with mirror-$" '' \
		td-mirror-id -x mirror-a b
	check 3 '' 'from value 1' '' td-mirror-id -x mirror
	check 3 '' 'from value 1' '' td-mirror-id -x Mirror-a
	check 3 '' 'from value 2' '["mirror-a","b"]' td-mirror-id -x
	check 3 '' 'from value 1' '"b"' td-mirror-id -xR
	check 3 '' 'from value 1' '' td-mirror-id -x ''
}

@test "what isn't an id doesn't get into the message" {
	check 3 '' "^[^J]*from value 1: [^J]*$" '' td-mirror-id -x eyJzZWNyZXQ
}

@test "-H: this host, alone" {
	check 0 "\"mirror-$(uname -n)\"" '' '' td-mirror-id -H
	check 0 "mirror-$(uname -n)" '' '' td-mirror-id --this-host --raw
	check 2 '' 'operand 1: there is one too many' '' td-mirror-id -H a
	check 2 '' 'cannot take -x with -H' '' td-mirror-id -xH
}

@test "options go first; -- ends them, and - is a host" {
	check 0 $'"mirror-a"\n"mirror--"' '' '' td-mirror-id a -
	check 0 '"mirror--"' '' '' td-mirror-id -
	check 0 $'mirror--R\nmirror-a\nmirror--x' '' '' td-mirror-id -R -- -R a -x
	check 2 '' '^td-mirror-id: cannot take operand -R: options go first' '' td-mirror-id a -R
	check 2 '' 'operand --raw: options go first' '' td-mirror-id a b --raw
	check 2 '' 'operand --: options go first' '' td-mirror-id a -- -R
	check 2 '' 'operand 2: options go first' '' td-mirror-id a -zz
}

@test "input that is no string and no array of strings" {
	check 3 '' 'expected a string or an array of strings, got an object$' '{}' td-mirror-id
	check 3 '' 'got a number$' '1' td-mirror-id
	check 3 '' 'got null$' 'null' td-mirror-id
	check 3 '' '^td-mirror-id: element 2: expected a string, got a boolean$' '["a",true]' td-mirror-id
	check 3 '' 'element 1: expected a string, got an array$' '[["a"]]' td-mirror-id -R
	check 3 '' '^td-mirror-id: <stdin>:1:1: .*empty' '' td-mirror-id
	check 3 '' '<stdin>:1:6: ' '["a" "b"]' td-mirror-id
	check 3 '' '<stdin>:1:5: ' '"a" "b"' td-mirror-id
	check 3 '' '<stdin>:1:3: not UTF-8' $'"a\xff"' td-mirror-id
}

@test "an escaped NUL is read as U+FFFD" {
	check 0 $'"mirror-\xef\xbf\xbd"' '' '"\u0000"' td-mirror-id
	check 0 $'["mirror-a\xef\xbf\xbdb","mirror-\\\\u0000"]' '' '["a\u0000b","\\u0000"]' td-mirror-id
	check 3 '' '<stdin>:1:3: raw control character' $'"a\x01"' td-mirror-id
}

@test "wrong calls" {
	check 2 '' '^usage: td-mirror-id \[-HRx\] \[HOST' '' td-mirror-id -q
	check 2 '' 'none of that name' '' td-mirror-id --nonsense
	check 2 '' "cannot take value 2: it isn't UTF-8" '' td-mirror-id a $'\xff'
}

@test "--help and --version end in 0" {
	run -0 --separate-stderr td-mirror-id --help
	assert_line --index 0 'usage: td-mirror-id [-HRx] [HOST ...]'
	assert_line --partial -- '-x, --host'
	run -0 --separate-stderr td-mirror-id -V
	assert_output --regexp '^td-mirror-id [0-9]'
}

@test "a write or read that fails is no success" {
	status=0 && td-mirror-id a >/dev/full 2>"$T/err" || status=$?
	assert_equal "$status" 4
	grep -q '^td-mirror-id: cannot write standard output: ' "$T/err"
	status=0 && td-mirror-id a >&- 2>"$T/err" || status=$?
	assert_equal "$status" 4
	status=0 && td-mirror-id <"$T" 2>"$T/err" || status=$?
	assert_equal "$status" 4
	grep -q '^td-mirror-id: cannot read standard input: ' "$T/err"
}

@test "standard input and output that don't block are waited for" {
	assert_equal "$({ sleep 0.1; echo '["a",'; sleep 0.1; echo '"b"]'; } | unblocked 0 td-mirror-id)" '["mirror-a","mirror-b"]'
	# shellcheck disable=SC2046
	cmp <(unblocked 1 td-mirror-id -R $(seq 20000) | { sleep 0.1; cat; }) <(seq -f 'mirror-%.0f' 20000)
}
