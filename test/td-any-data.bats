#!/usr/bin/env bats
# td-any-data tells whether there is a cluster already: true and 0, or false and 1.

load helpers
load documents

# answer STATUS TEXT DATA [IN-SCOPE]
answer() {
	check "$1" "$2" '' "$(relation "$(unit td/0 "$3" "${4:-true}")")" td-any-data
}

@test "any value but empty, mirror or not" {
	answer 0 true '"mirror":"up","mirror-a":"tok"'
	answer 0 true '"mirror":"down","mirror-a":"tok"'
	answer 0 true '"mirror-a":"member"'
	answer 0 true '"mirror-a":""'
	answer 0 true '"mirror-a":"empty","mirror-b":"x"'
	check 0 true '' "$(relation "$(unit td/0 '"mirror":"up"'),$(unit td/1 '"mirror-a":"t"')" \
		'{"mirror-unit":"td/0"}')" td-any-data
}

@test "nothing of the kind" {
	answer 1 false '"mirror":"up","mirror-a":"empty"'
	answer 1 false '"mirror":"up"'
	answer 1 false '"mirrorless":"x","rejected-a":"0123456789abcdef"'
	answer 1 false '"mirror-a":null'
	answer 1 false ''
	answer 1 false '"mirror-a":"tok"' false
	check 1 false '' "$(relation '' '{"mirror-a":"tok"}')" td-any-data
	check 1 false '' '{"app/0":{}}' td-any-data
	check 1 false '' '{"app/0":{"relation-info":null}}' td-any-data
}

@test "the own databag isn't asked" {
	check 1 false '' '{"app/0":{"relation-info":[{"relation-id":4,"endpoint":"cluster",
		"local-unit":{"data":{"mirror-a":"tok"}},"related-units":{}}]}}' td-any-data
}

@test "-u, -e and -r choose" {
	chooses true td-any-data
}

@test "faults" {
	faults td-any-data
}
