#!/usr/bin/env bats
# td-mirror-data prints every host of the mirrors with the most frequent value, in document order; {} for none.

load helpers
load documents

@test "every key, the prefix off, in document order" {
	check 0 '{"b":"1","a":"empty","c":"member"}' '' \
		"$(relation "$(unit td/0 '"mirror-b":"1","mirror":"up","mirror-a":"empty","x":"y","mirror-c":"member"')")" \
		td-mirror-data
	check 0 '{"a":"1","z":"2","b":"3"}' '' \
		"$(relation "$(unit td/0 '"mirror":"up","mirror-a":"1"'),$(unit td/1 \
			'"mirror":"up","mirror-z":"2","mirror-a":"1","mirror-b":"3"')")" td-mirror-data
	check 0 '{"é\"":"\u0085"}' '' "$(relation "$(unit td/0 $'"mirror":"up","mirror-é\\"":"\u0085"')")" td-mirror-data
}

@test "the value that most mirrors hold" {
	local three
	three=$(unit td/0 '"mirror":"up","mirror-a":"x","mirror-b":"empty"')
	three+=,$(unit td/1 '"mirror":"up","mirror-a":"y","mirror-b":"t"')
	three+=,$(unit td/2 '"mirror":"up","mirror-a":"y","mirror-b":"empty"')
	check 0 '{"a":"y","b":"t"}' '' "$(relation "$three")" td-mirror-data
	check 0 '{"a":"x","b":"empty"}' '' "$(relation "$three" '{"mirror-unit":"td/0"}')" td-mirror-data
}

@test "-n: tokens alone" {
	local data='"mirror":"up","mirror-a":"empty","mirror-b":"member","mirror-c":"tok","mirror-d":"","mirror-e":"no token"'
	check 0 '{"c":"tok"}' '' "$(relation "$(unit td/0 "$data")")" td-mirror-data -n
	check 0 '{"a":"empty","b":"member","c":"tok","e":"no token"}' '' "$(relation "$(unit td/0 "$data")")" td-mirror-data
}

@test "none: {} and 0" {
	check 0 '{}' '' "$(relation '')" td-mirror-data
	check 0 '{}' '' '{"app/0":{}}' td-mirror-data
	check 0 '{}' '' "$(relation "$(unit td/0 '"mirror":"up"')")" td-mirror-data
	check 0 '{}' '' "$(relation "$(unit td/0 '"mirror":"down","mirror-a":"t"')")" td-mirror-data
	check 0 '{}' '' "$(relation "$(unit td/0 '"mirror":"up","mirror-a":"empty"')")" td-mirror-data --no-empty
	check 0 '{}' '' "$(relation "$(unit td/0 '"mirror":"up","mirror-a":""')")" td-mirror-data
}

# large: a document whose mirrored values are some 300,000 bytes, of all kinds of characters, one of them 100,000
large() {
	jq -nc '[range(500) | {"mirror-n\(.)": "\(. * 7919)\t\"\\\u007f\u0085é\u2028\("x" * (. * 7919 % 900))"}] | add +
		{mirror: "up", "mirror-z": ("\u0001" * 100000)} | {"app/0": {"relation-info": [{"relation-id": 4,
		"endpoint": "c", "related-endpoint": "d", "related-units": {"td/0": {"in-scope": true, data: .}}}]}}'
}

@test "more than is printed at a time" {
	large >"$T/doc"
	td-mirror-data <"$T/doc" >"$T/out"
	[ "$(wc -l <"$T/out")" = 1 ]
	[ "$(jq -c . "$T/out")" = "$(jq -c '.[]["relation-info"][]["related-units"][].data | del(.mirror) |
		with_entries(.key |= ltrimstr("mirror-"))' "$T/doc")" ]
	# nothing that a reader of YAML refuses is there as it is
	LC_ALL=C run -1 grep -qP '[\x01-\x09\x7f]|\xc2\x85|\xe2\x80\xa8' "$T/out"
}

@test "a reader that goes away in the middle" {
	large >"$T/doc"
	local status
	td-mirror-data <"$T/doc" 2>"$T/err" | head -c 100000 >"$T/out"; status=${PIPESTATUS[0]}
	[ "$status" = 4 ]
	grep -q '^td-mirror-data: cannot write standard output' "$T/err"
}

@test "-u, -e and -r choose" {
	chooses '{"a":"tok"}' td-mirror-data
}

@test "faults" {
	faults td-mirror-data
}
