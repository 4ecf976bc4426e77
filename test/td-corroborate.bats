#!/usr/bin/env bats
# td-corroborate prints the most frequent element of an array: votes, ties, kinds, numbers, refusals.

load helpers

# votes INPUT RESULT [OPTION...]
votes() {
	check 0 "$2" '' "$1" td-corroborate "${@:3}"
}

# refused INPUT MESSAGE
refused() {
	check 3 '' "^td-corroborate: $2" "$1" td-corroborate
}

@test "the most frequent wins, of equals the first" {
	votes '["a","b","b"]' '"b"'
	votes '["a","b","b","a"]' '"a"'
	votes '["b","a","a","b","c"]' '"b"'
	votes '["a"]' '"a"'
	votes '["c","c","a","b","b","a","a"]' '"a"'
}

@test "the default has no vote, and is the result where nothing has" {
	votes '["","","a"]' '"a"'
	votes '["empty","empty","tok"]' '"tok"' -d empty
	votes '["empty","empty"]' '"empty"' --default empty
	votes '["",""]' '""'
	votes '[]' '""'
	votes '[]' '"é"' -d é
	votes '[]' '' -R
	votes '[]' 'x y' -R -d 'x y'
	votes '["",""]' '""' -d x
	votes '[1,1,"1"]' '1' -d 1
}

@test "kinds are never equal" {
	votes '["1",1,"1",1,"1"]' '"1"'
	votes '["1",1,1]' '1'
	votes '[true,"true","true"]' '"true"'
	votes '["null",null,null]' 'null'
	votes '[true,false,false]' 'false'
	votes '[null,false,true,true]' 'true'
	votes '["a","A","a "]' '"a"'
	votes '["\u0061","b","b","a","a"]' '"a"'
}

@test "numbers are equal when their values are, and printed as first written" {
	votes '[2,1.0,1e0,1]' '1.0'
	votes '[5,-0,0,0.00,0e9]' '-0'
	votes '[3,10,1e1,0.1e2,100e-1]' '10'
	votes '[3,0.001,1E-3]' '0.001'
	votes '[1,-1,-1.0]' '-1'
	votes '[3,1e400,10e399]' '1e400'
	votes '[3,1e-400,0.1e-399]' '1e-400'
	votes '[1e400,1e401,1e401]' '1e401'
	votes '[12345678901234567890,12345678901234567891,12345678901234567891]' 12345678901234567891
	votes '[0.1,0.10000000000000000001,0.10000000000000000001]' 0.10000000000000000001
	votes '[7,1e999999999999999999,10e999999999999999998]' 1e999999999999999999
	votes '[7,1e1000000000000000000,10e999999999999999999]' 1e1000000000000000000
	votes '[7,10e99999999999999999999999,1e100000000000000000000000]' 10e99999999999999999999999
	votes '[7,1e-100000000000000000000000,10e-100000000000000000000001]' 1e-100000000000000000000000
	votes '[1e100000000000000000000000,1e99999999999999999999999,1e99999999999999999999999]' \
		1e99999999999999999999999
	votes '[7,0.1e1000000000000000000,1e999999999999999999]' 0.1e1000000000000000000
	votes '[7,0.1e10000000000000000000,1e9999999999999999999]' 0.1e10000000000000000000
	votes '[7,10e-10000000000000000000,1e-9999999999999999999]' 10e-10000000000000000000
}

@test "a number of hundreds of digits" {
	local long
	long=$(printf '%0*d' 500 0 | tr 0 7)
	votes "[1,$long,${long}.0,2]" "$long"
	votes "[${long}1,${long}2,${long}2]" "${long}2"
}

@test "-R prints a string without quotes, and others as JSON" {
	votes '["a\"b"]' 'a"b' -R
	votes '[1.50]' '1.50' --raw
	votes '[null]' 'null' -R
	votes '["a\nb"]' '"a\u000ab"'
}

@test "many elements: each is counted" {
	local list
	list=$(printf '"k%d",' {1..20000})
	votes "[${list}\"k17777\"]" '"k17777"'
	votes "[${list}${list}\"x\"]" '"k1"'
	votes "[${list%,}]" '"k2"' -d k1
}

@test "input that is no array of such" {
	refused '{}' 'cannot read <stdin>: expected an array, got an object$'
	refused '"a"' 'cannot read <stdin>: expected an array, got a string$'
	refused '-1' '.* got a number$'
	refused 'true' '.* got a boolean$'
	refused 'null' '.* got null$'
	refused '["a",[]]' 'element 2: expected a string, a number, a boolean or null, got an array$'
	refused '[{}]' 'element 1: .* got an object$'
	refused '' '<stdin>:1:1: .*empty'
	refused '["a",]' '<stdin>:1:6: '
	refused '[01]' '<stdin>:1:2: '
	refused '[1.]' '<stdin>:1:4: '
	refused '[NaN]' '<stdin>:1:2: '
	refused '["a"]x' '<stdin>:1:6: '
	refused '[-]' "<stdin>:1:3: unexpected ']' where a digit was due$"
	refused '[1e+]' "<stdin>:1:5: unexpected ']' where a digit was due$"
	refused '{"a"' "<stdin>:1:5: the text ends where ':' is due$"
	refused '{"a" 1}' "<stdin>:1:6: unexpected '1' where ':' was due$"
	refused '- a' '<stdin>:1:'
	local names
	names=$(printf '"k%d":0,' {40..20})
	refused "{$names\"k30\":0}" '<stdin>:1:170: a member name that the object has already$'
}

@test "strings that are none" {
	local string
	refused $'["a",\n "\xc3"]' '<stdin>:2:3: not UTF-8$'
	# overlong, a surrogate, beyond U+10FFFF
	for string in $'\xe0\x80\x80' $'\xed\xa0\x80' $'\xf0\x80\x80\x80' $'\xf4\x90\x80\x80'; do
		refused "[\"$string\"]" '<stdin>:1:3: not UTF-8$'
	done
	for string in '\udc00' '\ud800' '\ud800\u0041'; do
		refused "[\"$string\"]" '<stdin>:1:3: lone surrogate$'
	done
	refused '["\x"]' '<stdin>:1:3: unknown escape in a string$'
	refused '["\u12g4"]' '<stdin>:1:3: \\u without four hexadecimal digits$'
	refused '["\u12' '<stdin>:1:3: \\u without four hexadecimal digits$'
	refused "[\"a\\" '<stdin>:1:5: the text ends within a string$'
}

@test "wrong calls" {
	check 2 '' '^usage: td-corroborate \[-R\] \[-d DEFAULT\]' '[]' td-corroborate -d
	check 2 '' 'one too many' '[]' td-corroborate x
	check 2 '' 'operand -R: options go first' '[]' td-corroborate -R x -R
	check 2 '' "the value of -d: it isn't UTF-8" '[]' td-corroborate -d $'\xff'
}

@test "a write or read that fails is no success" {
	status=0 && echo '["a"]' | td-corroborate >/dev/full 2>"$T/err" || status=$?
	assert_equal "$status" 4
	grep -q '^td-corroborate: cannot write standard output: ' "$T/err"
	status=0 && td-corroborate <"$T" 2>"$T/err" || status=$?
	assert_equal "$status" 4
	grep -q '^td-corroborate: cannot read standard input: ' "$T/err"
}
