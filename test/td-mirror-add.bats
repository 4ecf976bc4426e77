#!/usr/bin/env bats
# td-mirror-add makes what relation-set reads, from operands, an object or a command's output, and refuses anything else.

load helpers

@test "operands: one object, in their order" {
	check 0 '{"mirror-b":"1","mirror-a":"2"}' '' '' td-mirror-add b=1 a=2
	check 0 '{"mirror-a":"b=c=="}' '' '' td-mirror-add a=b=c==
	check 0 '{"mirror-a":""}' '' '' td-mirror-add a=
	check 0 '{"mirror-a":"x y"}' '' '{"not":"read"}' td-mirror-add 'a=x y'
	check 0 '{"mirror-é\"":"\u007f\\\u000a"}' '' '' td-mirror-add $'é"=\u007f\\\n'
	check 0 '{"mirror--x":"1"}' '' '' td-mirror-add -- -x=1
	check 0 '{"mirror-mirror-a":"1"}' '' '' td-mirror-add mirror-a=1
}

@test "standard input: an object of strings, each key prefixed" {
	check 0 '{"mirror-b":"1","mirror-a":""}' '' ' { "b" : "1", "a":"" } ' td-mirror-add
	check 0 '{}' '' '{}' td-mirror-add
	check 0 '{"mirror-é":"🔑"}' '' '{"\u00e9":"\ud83d\udd11"}' td-mirror-add
}

@test "names that are one by U+FFFD alone are no duplicates, and the first stays" {
	local nul=$'{"mirror-\xef\xbf\xbd":"1"}'
	check 0 "$nul" '' '{"\u0000":"1","\ufffd":"2"}' td-mirror-add
	check 0 "$nul" '' '{"\ufffd":"1","\u0000":"2"}' td-mirror-add
	check 3 '' 'already' '{"\ufffd":"1","\ufffd":"2"}' td-mirror-add
}

@test "KEY=-: what a command printed, without its last newline" {
	check 0 '{"mirror-node-7":"eyJz="}' '' $'eyJz=\n' td-mirror-add node-7=-
	check 0 '{"mirror-node-7":"eyJz="}' '' 'eyJz=' td-mirror-add node-7=-
	check 0 '{"mirror-a":"1","mirror-b":"tok","mirror-c":"3"}' '' $'tok\n' td-mirror-add a=1 b=- c=3
	check 0 '{"mirror-a":"--"}' '' '' td-mirror-add a=--
}

@test "KEY=-: nothing, or more than one word, is no value" {
	check 3 '' '^td-mirror-add: cannot take the value of a: there is nothing on standard input$' '' td-mirror-add a=-
	check 3 '' 'nothing on standard input' $'\n' td-mirror-add a=-
	check 3 '' '^td-mirror-add: cannot take the value of a: it has a blank or newline in it$' $'x\n\n' td-mirror-add a=-
	check 3 '' 'it has a blank or newline in it' $'x\ny\n' td-mirror-add a=-
	check 3 '' 'it has a blank or newline in it' $'add [flags] NAME\n' td-mirror-add a=-
	check 3 '' 'it has a blank or newline in it' $'x\r\n' td-mirror-add a=-
	check 3 '' 'it has a blank or newline in it' $'\tx\n' td-mirror-add a=-
	check 3 '' "it isn't UTF-8" $'\xff\n' td-mirror-add a=-
	printf 'a\0b\n' >"$T/nul"
	status=0 && td-mirror-add a=- <"$T/nul" >"$T/out" 2>"$T/err" || status=$?
	assert_equal "$status" 3
	[ ! -s "$T/out" ]
	grep -q 'it has a NUL in it' "$T/err"
}

@test "a token isn't in any message" {
	local token=eyJzZWNyZXQiOiJmYWtlIn0
	check 2 '' '^[^J]*operand 1: expected KEY=VALUE$' '' td-mirror-add $token
	check 2 '' '^[^J]*operand 2: its key was given before$' '' td-mirror-add $token= $token==
	check 3 '' '^[^J]*it has a blank or newline in it$' "$token x" td-mirror-add a=-
	check 2 '' '^td-mirror-add: cannot take argument 1: there is no option' '' td-mirror-add --node-7=$token
	run ! grep J "$T/check-err"
	check 2 '' '^td-mirror-add: cannot take option --help: it takes no value$' '' td-mirror-add --help=$token
	check 2 '' '^td-mirror-add: cannot take option --vers: it takes no value$' '' td-mirror-add --vers=$token
	check 2 '' '^td-mirror-add: cannot take option -e: there is none of that name$' '' td-mirror-add -$token
	check 2 '' '^td-mirror-add: cannot take argument 1: ' '' td-mirror-add --$token
	check 3 '' '^[^J]*value of \[token\]: there is nothing' '' td-mirror-add $token$token=-
	check 3 '' '^[^J]*<stdin>:1:[0-9]+: [^J]*$' "{\"a\":\"$token\" x}" td-mirror-add
}

@test "wrong operands" {
	check 2 '' '^td-mirror-add: cannot take operand 2: expected KEY=VALUE$' '' td-mirror-add a=1 b
	check 2 '' 'operand 1: expected KEY=VALUE' '' td-mirror-add -
	check 2 '' 'operand 1: the key is empty' '' td-mirror-add =1
	check 2 '' 'operand 3: its key was given before' '' td-mirror-add a=1 b=2 a=3
	check 2 '' "operand 2: another operand takes standard input" 'tok' td-mirror-add a=- b=-
	check 2 '' 'operand 2: its key was given before' 'tok' td-mirror-add a=- a=-
	check 2 '' 'operand --help: options go first' '' td-mirror-add a=1 --help
	check 2 '' 'operand 2: options go first' '' td-mirror-add a=1 -x=2
	check 2 '' "operand 1: it isn't UTF-8" '' td-mirror-add $'a=\xff'
	check 2 '' '^usage: td-mirror-add \[KEY=VALUE' '' td-mirror-add -R a=1
}

@test "input that is no object of strings" {
	check 3 '' '^td-mirror-add: cannot read <stdin>: expected an object, got an array$' '[]' td-mirror-add
	check 3 '' '^td-mirror-add: member b: expected a string, got a number$' '{"a":"1","b":2}' td-mirror-add
	check 3 '' 'member a: expected a string, got null$' '{"a":null}' td-mirror-add
	check 3 '' 'member \?\?: expected a string, got an object$' '{"é":{}}' td-mirror-add
	check 3 '' 'cannot take a member of <stdin>: its name is empty$' '{"":"1"}' td-mirror-add
	check 3 '' '<stdin>:1:10: .*already' '{"a":"1","a":"1"}' td-mirror-add
	check 3 '' '<stdin>:1:10: .*already' '{"a":"1","\u0061":"2"}' td-mirror-add
	check 3 '' '<stdin>:1:1: .*empty' '' td-mirror-add
	check 3 '' '<stdin>:1:4: the text ends' '{"a' td-mirror-add
}

@test "a read or write that fails is no success" {
	status=0 && td-mirror-add a=1 >/dev/full 2>"$T/err" || status=$?
	assert_equal "$status" 4
	grep -q '^td-mirror-add: cannot write standard output: ' "$T/err"
	status=0 && td-mirror-add a=- <"$T" >"$T/out" 2>"$T/err" || status=$?
	assert_equal "$status" 4
	[ ! -s "$T/out" ]
	grep -q '^td-mirror-add: cannot read standard input: ' "$T/err"
	status=0 && td-mirror-add <&- 2>"$T/err" || status=$?
	assert_equal "$status" 4
}
