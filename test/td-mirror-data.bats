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

@test "-u, -e and -r choose" {
	chooses '{"a":"tok"}' td-mirror-data
}

@test "faults" {
	faults td-mirror-data
}
