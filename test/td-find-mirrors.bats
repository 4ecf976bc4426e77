#!/usr/bin/env bats
# td-find-mirrors prints the mirrors of a relation: the units that are up, or only mirror-unit.

load helpers
load documents

UP='"mirror":"up"'

@test "units whose mirror is exactly up, in document order" {
	check 0 '["td/2","td/0"]' '' "$(relation "$(unit td/2 "$UP"),$(unit td/1 '"mirror":"down"'),$(unit td/0 "$UP")")" \
		td-find-mirrors
	check 0 '["b/0"]' '' "$(relation "$(unit a/0 '"mirror":"UP"'),$(unit b/0 "$UP"),$(unit c/0 '"mirror":"up "')")" \
		td-find-mirrors
	check 0 $'td/0\ntd/1' '' "$(relation "$(unit td/0 "$UP"),$(unit td/1 "$UP")")" td-find-mirrors -R
	check 0 '["td/0"]' '' "$(relation "$(unit td/0 '"x":null,"mirror":"up"')")" td-find-mirrors
}

@test "in-scope false takes no part; absent, it is true" {
	check 0 '["td/1"]' '' "$(relation "$(unit td/0 "$UP" false),$(unit td/1 "$UP")")" td-find-mirrors
	check 0 '["td/0"]' '' "$(relation '"td/0":{"data":{"mirror":"up"}}')" td-find-mirrors
}

@test "mirror-unit counts alone while it is up and in scope" {
	local both named='{"mirror-unit":"td/1"}'
	both=$(unit td/0 "$UP"),$(unit td/1 "$UP")
	check 0 '["td/1"]' '' "$(relation "$both" "$named")" td-find-mirrors
	check 0 '["td/0"]' '' "$(relation "$(unit td/0 "$UP"),$(unit td/1 '"mirror":"down"')" "$named")" td-find-mirrors
	check 0 '["td/0"]' '' "$(relation "$(unit td/0 "$UP"),$(unit td/1 "$UP" false)" "$named")" td-find-mirrors
	check 0 '["td/0","td/1"]' '' "$(relation "$both" '{"mirror-unit":"td/7"}')" td-find-mirrors
	check 0 '["td/0","td/1"]' '' "$(relation "$both" '{"mirror-unit":null}')" td-find-mirrors
	# the distributor is of another model, and has another name there: its units have the same numbers
	check 0 '["td/1"]' '' "$(relation "$both" '{"mirror-unit":"tokens/1"}')" td-find-mirrors
	check 0 '["td/0","td/1"]' '' "$(relation "$both" '{"mirror-unit":"tokens/7"}')" td-find-mirrors
	check 0 '["td/0","td/1"]' '' "$(relation "$both" '{"mirror-unit":"tokens"}')" td-find-mirrors
	check 0 '["remote-0a/1"]' '' "$(relation "${both//td/remote-0a}" "$named")" td-find-mirrors
}

@test "none: [] and 1" {
	check 1 '[]' '' "$(relation "$(unit td/0 '"mirror":"down"')")" td-find-mirrors
	check 1 '' '' "$(relation "$(unit td/0 '')")" td-find-mirrors -R
	check 1 '[]' '' "$(relation '"td/0":{"in-scope":true,"data":null}')" td-find-mirrors
	check 1 '[]' '' "$(relation '')" td-find-mirrors
	check 1 '[]' '' "$(document '')" td-find-mirrors
	check 1 '[]' '' '{"app/0":{}}' td-find-mirrors
}

@test "-u, -e and -r choose" {
	chooses '["td/0"]' td-find-mirrors
}

@test "faults" {
	faults td-find-mirrors
}
