#!/usr/bin/env bats
# td-find-value finds what most mirrors hold for a host, or prints false and ends with 1; and refuses bad input.

load helpers
load documents

# mirrors VALUE...: a document in which td/0, td/1, ... are up and hold that for node-1; - is no key
mirrors() {
	local i=0 v all=
	for v; do
		if [ "$v" = - ]; then
			all+=,$(unit "td/$i" '"mirror":"up"')
		else
			all+=,$(unit "td/$i" "\"mirror\":\"up\",\"mirror-node-1\":\"$v\"")
		fi
		i=$((i + 1))
	done
	relation "${all#,}"
}

@test "the value that most mirrors hold, of equals the first" {
	check 0 '"tok"' '' "$(mirrors tok)" td-find-value node-1
	check 0 '"b"' '' "$(mirrors a b b)" td-find-value node-1
	check 0 '"a"' '' "$(mirrors a b b a)" td-find-value node-1
	check 0 '"b"' '' "$(mirrors b a)" td-find-value node-1
	check 0 'tok' '' "$(mirrors tok)" td-find-value -R node-1
	check 0 '"member"' '' "$(mirrors - member)" td-find-value node-1
}

@test "empty has no vote against anything, and is the result where nothing else is" {
	check 0 '"tok"' '' "$(mirrors empty tok empty)" td-find-value node-1
	check 0 '"empty"' '' "$(mirrors empty -)" td-find-value node-1
	check 0 '"empty"' '' "$(mirrors '' empty)" td-find-value node-1
}

@test "-n: a token or nothing" {
	check 1 false '' "$(mirrors empty)" td-find-value -n node-1
	check 1 false '' "$(mirrors member member)" td-find-value --no-empty node-1
	check 0 '"tok"' '' "$(mirrors member member tok)" td-find-value -n node-1
	check 0 tok '' "$(mirrors empty tok)" td-find-value -nR node-1
	check 1 false '' "$(mirrors 'help text')" td-find-value -n node-1
	check 1 false '' "$(mirrors -token)" td-find-value -n node-1
	# of 65,536 bytes at most
	local long
	long=$(printf '%065536d' 0)
	check 0 "$long" '' "$(mirrors "$long" "x$long")" td-find-value -nR node-1
}

@test "none: false and 1, nothing with -R" {
	check 1 false '' "$(mirrors tok)" td-find-value node-2
	check 1 '' '' "$(mirrors tok)" td-find-value -R node-2
	check 1 false '' "$(mirrors '' '')" td-find-value node-1
	check 1 false '' "$(mirrors -)" td-find-value node-1
	check 1 false '' "$(mirrors)" td-find-value node-1
	check 1 false '' '{"app/0":{"leader":true}}' td-find-value node-1
	check 1 false '' "$(mirrors tok)" td-find-value mirror-node-1
	check 1 false '' "$(mirrors tok)" td-find-value ''
	check 1 false '' "$(mirrors tok)" td-find-value NODE-1
	check 1 false '' "$(mirrors tok)" td-find-value node
}

@test "units that are no mirrors aren't asked" {
	check 1 false '' "$(relation "$(unit td/0 '"mirror":"down","mirror-node-1":"tok"')")" td-find-value node-1
	check 1 false '' "$(relation "$(unit td/0 '"mirror":"up","mirror-node-1":"tok"' false)")" td-find-value node-1
	check 0 '"a"' '' "$(relation "$(unit td/0 '"mirror":"up","mirror-n":"b"'),$(unit td/1 \
		'"mirror":"up","mirror-n":"a"')" '{"mirror-unit":"td/1"}')" td-find-value n
	check 1 false '' "$(relation "$(unit td/0 '"mirror":"up","mirror-n":"b"'),$(unit td/1 '"mirror":"up"')" \
		'{"mirror-unit":"td/1"}')" td-find-value n
}

@test "what show-unit prints" {
	check 0 '"eyJz"' '' '{"microovn/1":{"workload-version":"24.03","machine":"1","opened-ports":[],"leader":false,
		"life":"alive","relation-info":[{"relation-id":4,"endpoint":"cluster","cross-model":true,
		"related-endpoint":"microcluster-cluster","application-data":{"bootstrap-app":"microovn"},
		"local-unit":{"in-scope":false,"data":null},"related-units":{"microcluster-token-distributor/0":
		{"in-scope":true,"data":{"egress-subnets":"10.0.0.9/32","mirror":"up","mirror-node-1":"eyJz"}}}}]}}' \
		td-find-value node-1
}

@test "KEY is asked for, once" {
	check 2 '' '^td-find-value: .*no operand' '{}' td-find-value
	check 2 '' '^td-find-value: cannot take node-1 for -r: .*-R' '{}' td-find-value -r node-1
	check 0 '"empty"' '' "$(relation "$(unit td/0 '"mirror":"up","mirror--n":"empty"')")" td-find-value -- -n
}

@test "-u, -e and -r choose" {
	chooses '"tok"' td-find-value a
}

@test "faults" {
	faults td-find-value a
}
