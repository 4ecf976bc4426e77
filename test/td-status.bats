# td-status finds what holds a node up, says what to do, keeps tokens to itself, and says healthy only when no node is
# missing. Each finding has a document that shows it and one, nearly the same, that doesn't.

# shellcheck disable=SC2016,SC2030,SC2031,SC2094
load helpers

setup() {
	unset NO_COLOR COLUMNS
	export LC_ALL=C.UTF-8
	formed=$TOP/test/status/formed.json
	list=$TOP/test/status/list.json
}

# edit FILTER [FILE]: the document changed
edit() {
	jq -c -L "$TOP/test/status" "include \"edit\"; $1" "${2:-$formed}"
}

# verdict FILTER [OPTION...]: of the changed document, "VERDICT" and a line "LEVEL CODE SUBJECT ..." for each finding
verdict() {
	local filter=$1
	shift
	edit "$filter" >"$T/document"
	td-status -j "$@" "$T/document" >"$T/json" || [ $? = 1 ]
	jq -r '.verdict, (.findings[] | [.level, .code, .subjects[].name] | join(" "))' "$T/json"
}

# finds "LEVEL CODE SUBJECT ..." SHOWS NEARLY [OPTION...]: the first filter's document has the finding and is as bad as
# that; of the second's, no finding has that code.
finds() {
	local line=$1 shows=$2 nearly=$3 level=${1%% *} code
	code=$(cut -d ' ' -f 2 <<<"$1")
	shift 3
	run -0 verdict "$shows" "$@"
	assert_line "$line"
	case "$level ${lines[0]}" in
	note* | 'stuck stuck' | 'waiting stuck' | 'waiting waiting') ;;
	*) fail "$level finding, and the verdict is ${lines[0]}" ;;
	esac
	run -0 verdict "$nearly" "$@"
	refute_line --partial " $code"
}

# is VERDICT FILTER [OPTION...]: the verdict alone
is() {
	run -0 verdict "${@:2}"
	assert_line --index 0 "$1"
}

@test "a formed cluster is healthy, for Juju 3 and 4, with and without the list" {
	local file
	for file in formed formed-juju4; do
		formed=$TOP/test/status/$file.json
		for options in '' "-l $list"; do
			# shellcheck disable=SC2086
			run -0 verdict . $options
			assert_output healthy
		done
		run -0 td-status "$formed"
		assert_line --index 0 'healthy: 3 hosts, all in the cluster'
	done
}

@test "a consumer's document alone: what it can't know is unknown" {
	edit '{"microovn/1"}' >"$T/one"
	run -0 td-status "$T/one"
	assert_line --index 0 'healthy: 3 hosts, all in the cluster, as far as the mirrors know'
	assert_line --regexp '^node-2 +\? +member +1/1 +yes$'
	edit '{"microovn/1"}' "$TOP/test/status/formed-juju4.json" >"$T/one"
	run -0 td-status "$T/one"
	assert_line --regexp '^node-2 +microovn/1 +member +1/1 +yes$'
	assert_line 'bootstrap: unknown'
	# nor is bootstrap-app missing where nobody can see it
	formed=$TOP/test/status/formed-juju4.json
	run -0 verdict 'del(.[td]) | fresh'
	refute_line --partial bootstrap-app
}

@test "of a unit's relations the distributor's is taken, at whichever end" {
	# nobody has published anything there yet; the other one has hostnames
	edit '{"microovn/1"} | ."microovn/1"."relation-info"[1] |= (."application-data" = {} |
		."related-units"[td].data = {})' >"$T/one"
	run -1 td-status "$T/one"
	assert_line --index 0 'waiting: no mirror is up yet: microcluster-token-distributor/0'
	refute_output --partial ovn-central
	# another endpoint's name: the distributor's document tells which it is
	edit '(.. | strings | select(. == "microcluster-cluster")) = "tokens" | ."microovn/1"."relation-info"[1] |=
		(."application-data" = {} | ."related-units"[td].data = {})' >"$T/both"
	run td-status "$T/both"
	refute_output --partial ovn-central
	# a distributor's unit that publishes a hostname is still one
	is healthy 'mirror(.hostname = "dist-0")'
	# and a consumer that lost its hostname is still one
	run -0 verdict '{(td): .[td]} | .[td]."relation-info"[0] |= (."local-unit".data = {"mirror": "up"} |
		."local-application-data" = {"bootstrap-app": "microovn"}) | bag("microovn/0"; del(.hostname)) |
		bag("microovn/1"; del(.hostname)) | bag("microovn/2"; del(.hostname))'
	assert_line 'waiting no-hostname microovn/0 microovn/1 microovn/2'
}

# sides FILTER: of the changed document, "UNIT SIDE" for each relation that is judged
sides() {
	edit "$1" | td-status -j | jq -r '.documents[] | "\(.unit) \(.side)"'
}

@test "a document that tells little is understood by the other end's" {
	local consumer distributor change
	while IFS='|' read -r consumer distributor change; do
		run -0 sides "unit(\"a/0\"; \"cluster\"; \"tokens\"; $consumer) + unit(\"d/0\"; \"tokens\"; \"cluster\"; $distributor)$change"
		assert_output $'a/0 consumer\nd/0 distributor'
	done <<-'END'
		{}; {"d/0": {"mirror": "up"}}|null; {"a/0": {}}|
		{"hostname": "a"}; {"d/0": {}}|null; {"a/0": {}}|
		{}; {"d/0": {}}|{"hostname": "d"}; {"a/0": {}}| | ."a/0"[][] |= (del(."related-endpoint") | ."application-data" = {"bootstrap-app": "a"})
	END
	# of a new unit's relations it is the one with the hostname
	run -0 sides 'unit("a/0"; "cluster"; "tokens"; {"hostname": "a"}; {"d/0": {}}) |
		."a/0"."relation-info" += [."a/0"."relation-info"[0] | .endpoint = "other" | ."local-unit".data = {}]'
	assert_output 'a/0 consumer'
	# or the one whose application databag only a distributor writes, though it says nothing of this application
	run -0 sides 'unit("a/0"; "cluster"; "tokens"; {}; {}) | ."a/0"."relation-info" |= (map(."application-data" = {"bootstrap-app": "b"}) +
		[.[0] | .endpoint = "other" | ."related-units" = {"y/0": {"data": {"hostname": "z"}}}])'
	assert_output 'a/0 consumer'
}

@test "the distributor's document alone: Juju 3 doesn't show its mirror" {
	edit '{(td): .[td]}' >"$T/one"
	run -0 td-status "$T/one"
	assert_line --index 0 'healthy: 3 hosts, all in the cluster'
	assert_line --regexp '^microcluster-token-distributor/0\* +distributor +unknown +\? +\? +\?$'
	assert_line --regexp '^node-10 +microovn/2 +\? +\? +yes$'
	assert_line 'bootstrap: unknown'
	run -0 verdict '{(td): .[td]} | bag("microovn/2"; del(.member))'
	assert_output $'waiting\nwaiting unknown-mirrors node-10'
}

@test "mirrors" {
	# a new leader sets its mirror to up in its next hook, as a first one does
	finds "waiting no-mirror microcluster-token-distributor/0" 'mirror(.mirror = "down")' .
	finds "waiting no-mirror microcluster-token-distributor/0" 'mirror({})' .
	finds "waiting no-mirror microcluster-token-distributor/0 microcluster-token-distributor/1" \
		'mirror(.mirror = "down") | second({"mirror": "down"})' \
		'mirror(.mirror = "down") | second({"mirror": "up"})'
	finds "waiting no-mirror" \
		'del(.[td]) | relation(."related-units" = {(td): {"in-scope": false, "data": {}}})' .
	finds "waiting unknown-mirrors" '{(td): .[td]} | .[td]."relation-info"[0]."related-units" = {}' '{(td): .[td]}'
	finds "note two-mirrors microcluster-token-distributor/0 microcluster-token-distributor/1" \
		'second({"mirror": "up"})' 'second({"mirror": "down"})'
	finds "note two-mirrors microcluster-token-distributor/0 microcluster-token-distributor/1" \
		'app(del(."mirror-unit")) | second({"mirror": "up"})' 'app(del(."mirror-unit")) | second({})'
	finds "waiting mirrors-disagree node-10" \
		'app(del(."mirror-unit")) | holds("tokenA") | second({"mirror": "up", "mirror-node-10": "tokenB"})' \
		'app(del(."mirror-unit")) | holds("tokenA") | second({"mirror": "up", "mirror-node-10": "tokenA"})'
	finds "note mirrors-disagree node-10" \
		'app(del(."mirror-unit")) | second({"mirror": "up", "mirror-node-10": "tokenB"})' \
		'second({"mirror": "up", "mirror-node-10": "tokenB"})'
	finds "note mirror-unit-gone microcluster-token-distributor/9" \
		'app(."mirror-unit" = "microcluster-token-distributor/9")' .
	# the distributor is of another model, and has another name there
	is healthy '{"microovn/1"} | app(."mirror-unit" = "tokens/0")'
	refute_output --partial mirror-unit-gone
	# a new leader names itself in its next hook
	finds "waiting mirror-unit-gone microcluster-token-distributor/1" \
		'fresh | second({"mirror": "down"}) | app(."mirror-unit" = td1)' \
		'fresh | second({"mirror": "up"}) | app(."mirror-unit" = td1)'
}

@test "two mirrors with different tokens get letters, and how many hold each" {
	edit 'app(del(."mirror-unit")) | holds("tokenA") | second({"mirror": "up", "mirror-node-10": "tokenB"})' >"$T/d"
	run -1 td-status "$T/d"
	assert_line --regexp '^node-10 +microovn/2 +token A, token B +1\+1/2 +no$'
	assert_line --regexp '^node-2 +microovn/1 +member +1/2 +yes$'
	# six of them
	edit 'app(del(."mirror-unit")) | holds("token0") | reduce range(1; 8) as $i (.; relation(if .endpoint == "cluster" then
		."related-units"["td/\($i)"] = {"data": {"mirror": "up", "mirror-node-10": "token\($i)"}} else . end))' >"$T/d"
	run -1 td-status "$T/d"
	assert_line --regexp '^node-10 +microovn/2 +token A, token B, token C, token D, token E, token F, [.]{3} +1[+]1[+]1[+]1[+]1[+]1/8 +no$'
}

@test "who may bootstrap" {
	finds "stuck no-bootstrap-app" 'fresh | app({})' fresh
	finds "note no-bootstrap-app" 'app({})' .
	finds "waiting bootstrap-app-not-related microceph" 'fresh | app(."bootstrap-app" = "microceph")' fresh
	finds "stuck bootstrap-app-not-related microceph" 'reference | fresh | app(."bootstrap-app" = "microceph")' \
		'reference | fresh'
	# a consumer doesn't know who else is related
	finds "waiting bootstrap" 'del(.[td]) | fresh | app(."bootstrap-app" = "microceph")' .
	refute_line --partial bootstrap-app
	finds "waiting bootstrap-unused microovn/0" \
		'fresh | bag("microovn/0"; .bootstrap = "ready") | app(."bootstrap-unit" = "microovn/0")' .
	finds "waiting bootstrap-unit-gone microovn/8" 'fresh | app(."bootstrap-unit" = "microovn/8")' \
		'fresh | app(."bootstrap-unit" = "microovn/1")'
	finds "waiting no-hostname microovn/1" 'fresh | bag("microovn/1"; del(.hostname))' fresh
	[[ $(td-status "$T/document") != *holds\ up* ]]
	edit 'fresh | bag("microovn/1"; del(.hostname))' >"$T/d"
	run -1 td-status "$T/d"
	assert_output --partial "publishes no hostname, and holds up the first unit's bootstrap: microovn/1"
}

@test "tokens that nobody makes, or not yet" {
	# another member takes over from a communicator that is gone; where no unit is a member, nobody does
	finds "waiting nobody-fills node-10" 'waits | bag("microovn/0"; .mirror = "down")' waits
	finds "stuck nobody-fills node-2 node-10" 'gone("microovn/0") | waits | asks("microovn/1"; "node-2"; "empty") |
		mirror(."mirror-node-1" = "tokenA")' .
	finds "waiting not-filled node-10" waits .
	# a consumer can't tell whether anybody has its mirror up
	finds "waiting not-filled node-10" '{"microovn/1"} | waits' '{"microovn/1"}'
	# by the list there is one who will, or none
	jq 'map(select(.name != "node-10"))' "$list" >"$T/two"
	finds "waiting not-filled node-10" 'waits | bag("microovn/0"; del(.mirror))' . -l "$T/two"
	jq 'map(select(.name != "node-10") | .status = "UNREACHABLE")' "$list" >"$T/off"
	finds "stuck no-communicator node-10" waits . -l "$T/off"
	# the first one is that in its own eyes, whatever the mirrors say
	jq 'map(select(.name == "node-1"))' "$list" >"$T/first"
	finds "waiting not-filled node-2 node-10" 'asks("microovn/1"; "node-2"; "empty") | waits |
		mirror(."mirror-node-1" = "empty")' . -l "$T/first"
	jq 'map(select(.name != "node-10") | .status = "UPGRADING")' "$list" >"$T/upgrading"
	finds "waiting no-communicator node-10" waits . -l "$T/upgrading"
	finds "waiting not-copied node-10" 'waits | bag("microovn/0"; ."mirror-node-10" = "tokenA")' waits
	# of a unit that isn't in the cluster the distributor takes no token
	local stray='waits | bag("microovn/1"; del(.member) | ."mirror-node-10" = "tokenA")'
	finds "waiting stray-token node-10" "$stray" \
		'waits | bag("microovn/1"; del(.member) | ."mirror-node-10" = "" | ."mirror-node-2" = "tokenA") |
			bag("microovn/2"; ."mirror-node-10" = "empty")'
	[[ $(edit "$stray" | td-status) == *"(microovn/1) -> "*": juju exec -u microovn/1 -- 'relation-set -r 4 mirror=up'" ]]
	# and the library's takes none of one whose mirror isn't up
	finds "waiting stray-token node-10" \
		'reference | asks("microovn/2"; "node-10"; "empty") | bag("microovn/1"; ."mirror-node-10" = "tokenA")' reference
	finds "waiting not-copied node-10" 'waits | bag("microovn/1"; .mirror = "up" | ."mirror-node-10" = "tokenA")' waits
	finds "waiting not-mirrored node-10" 'bag("microovn/2"; del(.member)) | mirror(del(."mirror-node-10"))' waits
	finds "waiting unit-not-mirrored" 'del(.[td]) | mirror(del(."mirror-node-10"))' 'del(.[td])'
	finds "waiting no-hosts" '.[td]."relation-info"[0]."related-units" = {} | {(td): .[td]} |
		.[td]."relation-info"[0]."local-unit".data = {"mirror": "up"}' .
	finds "waiting no-hostname microovn/3" 'fourth("microovn/3"; {})' 'fourth("microovn/3"; {"hostname": "node-3"})'
	finds "waiting not-in-scope microovn/2" \
		'relation(if .endpoint != "cluster" then ."related-units"."microovn/2" |=
			{"in-scope": false, "data": {}} else . end)' .
}

@test "tokens that aren't used" {
	finds "waiting unused-token node-10" 'holds("tokenA")' .
	finds "waiting unused-token node-10" 'holds(good)' 'bag("microovn/2"; .) | mirror(."mirror-node-10" = good)'
	# a token that is left over of a member is nothing to tell
	is healthy 'mirror(."mirror-node-10" = good)'
	jq 'map(select(.name != "node-10"))' "$list" >"$T/two"
	finds "waiting unused-token node-10" reference 'reference | gone("microovn/2")' -l "$T/two"
	finds "waiting joined-unknown node-2 node-10" reference .
	is healthy reference -l "$list"
	finds "waiting rejected node-10" 'holds("tokenA") | bag("microovn/2"; .rejected = "93faaaf021711349") |
		mirror(."rejected-node-10" = "93faaaf021711349")' 'holds("tokenA")'
}

# two: the third unit, and so its host, is another application's
two() {
	edit "(.. | strings | select(. == \"microovn/2\")) = \"arm/0\" | walk(if type == \"object\" and has(\"microovn/2\")
		then with_entries(.key |= sub(\"microovn/2\"; \"arm/0\")) else . end) | $1"
}

@test "advice names who is to be looked at" {
	# every application there is: a finding may be of units of several
	run -1 td-status <(two 'mirror(."mirror-node-10" = "tokenA") | bag("arm/0"; del(.member))')
	assert_line --partial 'node-10 (arm/0) -> its unit joins in its next hook; if not, its status says why: juju status microovn arm'
	run -1 td-status <(edit 'holds("tokenA")')
	assert_line --regexp 'juju status microovn$'
	# the communicator by the list, not whoever has its mirror up
	local waiting='bag("microovn/1"; .mirror = "up") | bag("microovn/0"; del(.mirror)) | waits'
	jq 'map(select(.name != "node-10"))' "$list" >"$T/two"
	run -1 td-status -l "$T/two" <(edit "$waiting")
	assert_line --partial "microovn/0 makes it in its next hook; if not: juju status microovn/0; juju debug-log --replay --include microovn/0 | grep"
	run -1 td-status <(edit "$waiting")
	assert_line --partial 'microovn/1 makes it in its next hook'
	# where the text is that is no token, relation by relation
	run -1 td-status <(edit 'holds("Usage: x") | bag("microovn/0"; ."mirror-node-10" = "Usage: x")')
	assert_line --partial \
		'node-10 (in microcluster-token-distributor/0 in relation 4, microovn/0 in relation 4) -> remove mirror-HOST from'
	assert_line --partial 'in this order: juju exec -u microovn/0 -- '\''relation-set -r 4 mirror-HOST='\'', then juju exec -u microcluster-token-distributor/0 -- '\''relation-set -r 4 mirror-HOST='\'''
	# of eight hosts
	run -0 verdict 'reduce range(9) as $i (.; fourth("microovn/1\($i)"; {"hostname": "n-\($i)"}) | mirror(."mirror-n-\($i)" = "-"))'
	assert_equal "$(jq '[.findings[].subjects[] | select(.detail)] | length' "$T/json")" 8
}

@test "commands are whole: each unit that it is for, and each of its relations" {
	# the communicator a/0 made one token for a host that is gone; those of hosts that are in don't count
	jq -n '{"d/0": {"leader": true, "relation-info": [(4, 5) as $id | {"relation-id": $id, "endpoint": "m", "related-endpoint": "c",
		"application-data": {"bootstrap-app": "a"}, "local-unit": {"data": {"mirror": "up", "mirror-h9": "tokenA", "mirror-a": "tokenC"}},
		"related-units": (if $id == 4 then {"a/0": {"data": {"hostname": "a", "member": "true", "mirror": "up", "mirror-h9": "tokenA"}}}
			else {"b/0": {"data": {"hostname": "b", "member": "true", "mirror-a": "tokenC"}}} end)}]}}' >"$T/removal"
	run -0 td-status "$T/removal"
	assert_line --partial "in this order: juju exec -u a/0 -- 'relation-set -r 4 mirror-HOST= && rm -f .td-consumer.json', then juju exec -u d/0 -- 'relation-set -r 4 mirror-HOST=; relation-set -r 5 mirror-HOST='"
	# in more than four relations, in all of the endpoint
	run -1 td-status <(jq '."d/0"."relation-info" |= (. + (.[1] as $r | [range(6; 9) as $id | $r | ."relation-id" = $id]))' "$T/removal")
	assert_line --partial "d/0 -- 'for ID in \$(relation-ids ENDPOINT); do relation-set -r \$ID mirror-HOST=; done'"
	# of six units that have it, four commands
	run -0 td-status <(jq '."d/0"."relation-info"[0]."related-units" += ([range(1; 5) | {"a/\(.)": {"data":
		{"hostname": "a\(.)", "member": "true", "mirror-h9": "tokenA"}}}] | add)' "$T/removal")
	assert_line --regexp "u a/3 -- '[^']*', and so on in 2 more$"
	# without the distributor's document it isn't known who was its leader
	run -0 td-status <(edit 'del(.[td]) | app(del(."mirror-unit")) | second({"mirror": "up"})')
	assert_line --partial 'set its mirror to down: juju exec -u UNIT -- '\''relation-set -r ID mirror=down'\'''
	run -0 td-status <(edit 'app(del(."mirror-unit")) | second({"mirror": "up"}) | .[td1] = (.[td] | .leader = false)')
	assert_line --partial 'juju exec -u microcluster-token-distributor/1 -- '\''relation-set -r 4 mirror=down'\'''
	run -1 td-status <(edit 'reference | fresh | app(."bootstrap-app" = "microceph")')
	assert_line --partial 'juju exec -u microcluster-token-distributor/0 -- '\''relation-set -r 4 --app bootstrap-app=APPLICATION'\''; juju add-unit microcluster-token-distributor'
}

@test "no command where it would do harm, or where it isn't known" {
	# the only mirror that counts isn't taken down: its unit holds two values in two relations
	jq -n '{"d/0": {"leader": false, "relation-info": [({"4": "tokenA", "5": "tokenB"} | to_entries[]) as $e | {
		"relation-id": ($e.key | tonumber), "endpoint": "m", "related-endpoint": "c", "application-data": {},
		"local-application-data": {"bootstrap-app": "a", "mirror-unit": "d/0"},
		"local-unit": {"data": {"mirror": "up", "mirror-h9": $e.value}},
		"related-units": {"a/\($e.key)": {"data": {"hostname": "h9"}}}}]}}' >"$T/differ"
	run -1 td-status "$T/differ"
	assert_line --partial 'the mirrors hold different values: h9 -> its unit takes the one that most hold'
	refute_output --partial 'mirror=down'
	# a document that doesn't show all databags: a value comes back from the others
	run -1 td-status <(edit '{"microovn/1"} | holds("Usage: x")')
	assert_line --partial "in this order: juju exec -u UNIT -- 'relation-set -r ID mirror-HOST='"
	# units of another model
	run -1 td-status <(edit 'holds("Usage: x") | bag("microovn/0"; ."mirror-node-10" = "Usage: x")' | sed 's;microovn/;remote-0123/;g')
	assert_line --partial "juju exec -u UNIT -- 'relation-set"
	refute_output --partial '-u remote-'
	# two units hold tokens that nobody reads
	run -1 td-status <(edit 'reference | bag("microovn/0"; del(.mirror)) | asks("microovn/1"; "node-2"; "empty") |
		asks("microovn/2"; "node-10"; "empty") | bag("microovn/0"; ."mirror-node-2" = "tokenB") |
		bag("microovn/1"; ."mirror-node-10" = "tokenA")')
	assert_line --regexp "node-2 \(microovn/0\), node-10 \(microovn/1\) -> .*: juju exec -u UNIT -- 'relation-set -r ID mirror=up'"
	# a token for a host that the mirrors have none for isn't in the way
	run -1 td-status <(edit 'reference | holds("tokenA") | bag("microovn/2"; .rejected = "93faaaf021711349") | bag("microovn/1"; ."mirror-node-7" = "tokenB")')
	refute_output --partial '-u microovn/1'
}

@test "joins that fail" {
	# tokenA's ID, and another's
	local a=93faaaf021711349 b=93faa7f021710e30
	finds "waiting rejected node-10" "holds(\"tokenA\") | bag(\"microovn/2\"; .rejected = \"$a\")" 'holds("tokenA")'
	run -1 td-status "$T/document"
	finds "waiting rejected node-10" "holds(\"tokenA\") | bag(\"microovn/2\"; .rejected = \"$b\")" 'holds("tokenA")'
	assert_equal "$(edit "holds(\"tokenA\") | bag(\"microovn/2\"; .rejected = \"$b\")" | td-status - |
		grep -c '^waiting  .*a new token is there: node-10')" 1
	# what the mirrors show is as good as the unit's word
	finds "waiting rejected node-10" "{\"microovn/1\"} | holds(\"tokenA\") | mirror(.\"rejected-node-10\" = \"$a\")" \
		'{"microovn/1"} | holds("tokenA")'
	# nobody makes another
	finds "waiting rejected node-10" "holds(\"tokenA\") | bag(\"microovn/2\"; .rejected = \"$a\") |
		bag(\"microovn/0\"; .mirror = \"down\")" .
	run -1 td-status <(edit "holds(\"tokenA\") | bag(\"microovn/2\"; .rejected = \"$a\") | bag(\"microovn/0\"; .mirror = \"down\")")
	assert_line --partial "fails to join with its token, and nobody makes another: node-10 (microovn/2) -> the unit on the cluster's first"
	finds "stuck not-a-token node-10" 'holds("Usage: cluster add NAME")' 'holds("tokenA")'
	finds "stuck not-a-token node-10" 'holds(" ")' 'holds("tokenA")'
	finds "stuck not-a-token node-10" 'holds("-h")' 'holds("h")'
	is healthy 'mirror(."mirror-node-10" = "Usage: cluster add NAME")'
	finds "waiting left node-10" 'bag("microovn/2"; del(.member))' .
}

# third DATA: a filter that adds a third distributor unit
third() {
	printf 'relation(if .endpoint == "cluster" then ."related-units"["microcluster-token-distributor/2"] = {"data": %s} else . end)' "$1"
}

@test "the steps' rules: what is rejected" {
	# the IDs of tokenA and of another
	local a=93faaaf021711349 b=93faa7f021710e30
	# only an ID counts
	run -0 verdict 'holds("tokenA") | bag("microovn/2"; .rejected = "x")'
	assert_output $'waiting\nwaiting unused-token node-10'
	# of mirrors that differ the first counts, as for the communicator
	local two='{"microovn/1"} | app(del(."mirror-unit")) | holds("tokenA") | second({"mirror": "up", "mirror-node-10": "tokenA"})'
	run -1 td-status <(edit "$two | mirror(.\"rejected-node-10\" = \"$a\") | bag(td1; .\"rejected-node-10\" = \"$b\")")
	assert_line --regexp '^stuck +fails to join with its token: node-10'
	run -1 td-status <(edit "$two | mirror(.\"rejected-node-10\" = \"$b\") | bag(td1; .\"rejected-node-10\" = \"$a\")")
	assert_line --partial 'failed to join; a new token is there: node-10'
	# of units that publish one host, the first's counts, as for the distributor
	run -1 td-status <(edit "holds(\"tokenA\") | bag(\"microovn/2\"; .rejected = \"$a\") |
		fourth(\"microovn/3\"; {\"hostname\": \"node-10\", \"rejected\": \"$b\"})")
	assert_line --partial 'fails to join with its token: node-10'
	# a unit joins with another token than the one it rejected, though most mirrors hold that
	two='app(del(."mirror-unit")) | holds("tokenA") | second({"mirror": "up", "mirror-node-10": "tokenA"})'
	run -1 td-status <(edit "$two | $(third '{"mirror": "up", "mirror-node-10": "tokenB"}') | bag(\"microovn/2\"; .rejected = \"$a\")")
	assert_line --partial 'failed to join; a new token is there: node-10'
	run -1 td-status <(edit "$two | $(third '{"mirror": "up", "mirror-node-10": "tokenA"}') | bag(\"microovn/2\"; .rejected = \"$a\")")
	refute_line --partial 'a new token is there'
	# what the communicator made, and the host rejected, is made anew
	finds 'waiting not-filled node-10' \
		"waits | bag(\"microovn/0\"; .\"mirror-node-10\" = \"tokenA\") | bag(\"microovn/2\"; .rejected = \"$a\")" \
		"waits | bag(\"microovn/0\"; .\"mirror-node-10\" = \"tokenA\") | bag(\"microovn/2\"; .rejected = \"$b\")"
}

@test "the steps' rules: which token a unit finds" {
	# what is no token has no vote in td-find-value -n, which is what a unit joins with
	local filter
	filter="app(del(.\"mirror-unit\")) | holds(\"Usage: x\") | second({\"mirror\": \"up\", \"mirror-node-10\": \"Usage: x\"}) |
		$(third '{"mirror": "up", "mirror-node-10": "tokenB"}')"
	run -0 td-find-value -e cluster -n node-10 < <(edit "{\"microovn/1\"} | $filter")
	assert_output '"tokenB"'
	run -0 verdict "$filter"
	assert_line 'waiting unused-token node-10'
	refute_line --partial not-a-token
	# mirror-unit is each relation's own
	filter='{"microovn/1"} | app(."mirror-unit" = td) | holds("tokenA") | second({"mirror": "up", "mirror-node-10": "empty"}) |
		."microceph/0" = (."microovn/1" | ."relation-info" = [."relation-info"[1] | ."relation-id" = 5 |
			."application-data"."mirror-unit" = td1])'
	run -1 td-find-value -e cluster -n -u microceph/0 node-10 < <(edit "$filter")
	edit "$filter" >"$T/d"
	run td-status -j "$T/d"
	assert_equal "$(jq -r '.distributors[].mirrors[] | select(.counts) | "\(."relation-id") \(.unit)"' <<<"$output")" \
		$'4 microcluster-token-distributor/0\n5 microcluster-token-distributor/1'
}

@test "the steps' rules: what the distributor takes" {
	# a member whose mirror isn't up lends its token to a host that a unit publishes: td-provider-step takes it
	local filter mirror
	for mirror in 'del(.mirror)' '.mirror = "down"'; do
		filter="waits | bag(\"microovn/1\"; $mirror | .\"mirror-node-10\" = \"tokenA\")"
		finds 'waiting not-copied node-10' "$filter" waits
		run -0 td-provider-step update-status < <(edit "$filter | {(td): .[td]} | .[td] |= (.leader = true |
			.\"relation-info\"[0].\"local-unit\" = {\"data\": {\"mirror\": \"up\", \"mirror-node-10\": \"empty\"}})")
		assert_line --partial '"mirror-node-10":"tokenA"'
	done
}

@test "the steps' rules: who waits for others, and is there a cluster" {
	# a host whose name the cluster refuses doesn't join, and keeps nobody waiting
	local with='4 as $n | reduce range($n) as $i (waits; fourth("microovn/1\($i)"; {"hostname": "n_\($i)"}) | mirror(."mirror-n_\($i)" = "tokenA"))'
	run -0 verdict "$with"
	assert_line 'waiting not-filled node-10'
	refute_line --partial held-back
	# anything mirrored, by whichever unit, keeps all from bootstrapping, as td-any-data says
	local filter='fresh | second({"mirror": "down", "mirror-node-9": "Usage: x"})'
	run -0 td-any-data -e cluster < <(edit "{\"microovn/1\"} | $filter")
	run -0 verdict "$filter"
	refute_line --partial bootstrap
	assert_line 'stuck nobody-fills node-1 node-2 node-10'
}

@test "the steps' rules: which application is related" {
	# one that has no unit yet is related all the same, and td-provider-step lets it have the permission
	local filter='unit("td/0"; "microcluster-cluster"; "cluster"; {"mirror": "up", "mirror-a": "empty"}; {"arm/0": {"hostname": "a"}}) |
		."td/0" |= (.leader = true | ."relation-info" |= map(."local-application-data" = {"bootstrap-app": "microovn", "mirror-unit": "td/0"}) |
			."relation-info" += [."relation-info"[0] | ."relation-id" = 5 | ."related-application" = "microovn" | ."related-units" = {}])'
	run -0 td-provider-step update-status < <(edit "$filter")
	assert_output '{"done":{"event":"update-status"}}'
	run -0 verdict "$filter"
	refute_line --partial bootstrap-app-not-related
	run -0 verdict "$filter | .\"td/0\".\"relation-info\"[1].\"related-application\" = \"other\""
	assert_line 'waiting bootstrap-app-not-related microovn'
}

@test "the steps' rules: which relation is known" {
	# a peer relation has no related units to be seen, as for td-find-mirrors
	edit '{"microovn/1"} | ."microovn/1"."relation-info" = [{"relation-id": 1, "endpoint": "p", "related-endpoint": "p",
		"local-unit": {"data": {"hostname": "x"}}}]' >"$T/d"
	run -1 td-find-mirrors -e p <"$T/d"
	run -1 td-status -j -e p "$T/d"
	refute_output --partial hidden-relation
}

@test "names" {
	finds "stuck same-host node-2" 'bag("microovn/2"; .hostname = "node-2")' .
	finds "stuck same-host node-10" 'fourth("microovn/3"; {"hostname": "node-10"})' 'fourth("microovn/3"; {"hostname": "node-3"})'
	local name
	for name in node_3 3 -x node- 10.0.0.3 ''"$(printf '%064d' 0)"; do
		finds "stuck bad-name $name" "fourth(\"microovn/3\"; {\"hostname\": \"$name\"}) | mirror(.\"mirror-$name\" = \"empty\")" \
			'fourth("microovn/3"; {"hostname": "node-3"})'
	done
	# one machine, seen from here and from the offering model
	is healthy 'fourth("remote-0123abcd/0"; {"hostname": "node-2", "member": "true"})'
	finds "note stale node-9" 'mirror(."mirror-node-9" = "member")' 'fourth("microovn/3"; {"hostname": "node-9", "member": "true"}) |
		mirror(."mirror-node-9" = "member")'
	# a token that is left over from a cluster that is gone bars the next one
	run -1 td-status <<-'END'
		{"td/0": {"relation-info": [{"relation-id": 4, "endpoint": "microcluster-cluster", "related-application": "a",
			"local-application-data": {"bootstrap-app": "a", "mirror-unit": "td/0"},
			"local-unit": {"data": {"mirror": "up", "mirror-b": "token", "mirror-c": "empty"}},
			"related-units": {"a/9": {"data": {"hostname": "c"}}}}]}}
	END
	assert_line --partial "if there is no cluster any more, this keeps a new one from being bootstrapped: remove mirror-HOST"
	finds "note stale node-9" 'mirror(."mirror-node-9" = "empty")' 'del(.[td]) | mirror(."mirror-node-9" = "empty")'
	assert_line --index 0 waiting
	# a key without a name is no host's
	run -0 verdict 'mirror(."mirror-" = "empty" | ."rejected-" = "93faaaf021711349") | bag("microovn/0"; ."mirror-" = "tokenA")'
	assert_output healthy
	run -0 verdict 'mirror(.mirror = "down" | ."mirror-" = "tokenA")'
	[ "$(jq -c '[.distributors[0].hosts[].host]' "$T/json")" = '["node-1","node-2","node-10"]' ]
	# nobody can say whether that one is still in the cluster
	edit 'mirror(."mirror-node-9" = "member")' >"$T/d"
	run -0 td-status "$T/d"
	assert_line --index 0 'healthy: 3 hosts, all in the cluster'
	assert_line --regexp '^node-9 +- +member +1/1 +\?$'
}

# by_list "LINE" LIST-FILTER FILTER: the finding is there with the changed list, and not with the list as it is
by_list() {
	jq -c "$2" "$list" >"$T/changed"
	run -0 verdict "$3" -l "$T/changed"
	assert_line "$1"
	run -0 verdict "$3" -l "$list"
	refute_line "$1"
}

# one NAME FILTER: the list's filter that changes that member
one() {
	printf 'map(if .name == "%s" then %s else . end)' "$@"
}

@test "the list: members" {
	by_list 'waiting pending node-10' "$(one node-10 '.role = "PENDING"')" 'holds("tokenA")'
	# ONLINE it is on its way, whatever failed before
	by_list 'waiting pending node-10' "$(one node-10 '.role = "PENDING"')" \
		'holds("tokenA") | bag("microovn/2"; .rejected = "93faaaf021711349")'
	by_list 'waiting pending node-10' "$(one node-10 '.role = "PENDING" | .status = "UNREACHABLE"')" 'holds("tokenA")'
	by_list 'waiting not-online node-10' "$(one node-10 '.status = "UNREACHABLE"')" .
	by_list 'waiting not-online node-10' "$(one node-10 '.status = "NEEDS UPGRADE"')" .
	by_list 'stuck not-trusted node-10' "$(one node-10 '.status = "NOT TRUSTED"')" .
	by_list 'waiting not-on-list node-10' 'map(select(.name != "node-10"))' .
	# a unit that says member while its daemon can't be asked
	local text
	for text in 'map(select(.name != "node-10"))' "$(one node-10 '.status = "UNREACHABLE"')"; do
		run -1 td-status -l <(jq "$text" "$list") "$formed"
		assert_line --regexp "^waiting .*node-10 .*status is Waiting for the cluster's daemon"
	done
	by_list 'note unpublished-member node-7' '. + [.[0] | .name = "node-7"]' .
	by_list 'stuck gone-member node-7' '. + [.[0] | .name = "node-7" | .status = "UNREACHABLE"]' .
	by_list 'note unpublished-member node-7' '. + [.[0] | .name = "node-7"]' '{"microovn/1"}'
	by_list 'waiting pending node-7' '. + [.[0] | .name = "node-7" | .role = "PENDING"]' .
	by_list 'waiting unused-token node-10' 'map(select(.name != "node-10"))' 'holds("tokenA")'
	# a unit that doesn't know yet what the list does
	finds 'waiting is-member node-10' 'holds("tokenA")' 'mirror(."mirror-node-10" = "tokenA")' -l "$list"
	run -0 td-status -l <(jq "$(one node-1 '.role = "spare"')" "$list") "$formed"
	assert_line --regexp '^node-1 .* spare +ONLINE$'
	assert_line 'communicator: node-10'
	run -0 td-status -l "$list" "$formed"
	assert_line 'communicator: node-1'
}

@test "the list: a row that keeps its host out" {
	local row
	for row in '.status = "UNREACHABLE"' '.status = "UNREACHABLE" | .role = "PENDING"' '.status = "NOT TRUSTED"'; do
		by_list 'stuck stranded node-10' "$(one node-10 "$row")" waits
	done
	by_list 'stuck stranded node-10' "$(one node-10 '.status = "UNREACHABLE" | .role = "PENDING"')" \
		'holds("tokenA") | bag("microovn/2"; .rejected = "93faaaf021711349")'
	run -1 td-status -l "$T/changed" "$T/document"
	assert_line --regexp "^stuck .* the cluster's list has it, and not ONLINE: node-10 \(UNREACHABLE\) -> .*: remove HOST --force"
	# an upgrade isn't mended by that
	by_list 'waiting not-online node-10' "$(one node-10 '.status = "NEEDS UPGRADE"')" waits
	refute_line --partial stranded
}

@test "no member that is ONLINE is to be removed, and no other without --force" {
	local change role status
	for change in waits 'holds("tokenA")' 'gone("microovn/2")' . 'holds("tokenA") | bag("microovn/2"; .rejected = "93faaaf021711349")' \
		'{"microovn/1"} | waits' 'gone("microovn/2") | mirror(del(."mirror-node-10"))'; do
		for status in ONLINE UNREACHABLE 'NOT TRUSTED' 'NEEDS UPGRADE'; do
			for role in voter PENDING; do
				jq -c "$(one node-10 ".role = \"$role\" | .status = \"$status\"")" "$list" >"$T/changed"
				verdict "$change" -l "$T/changed" >"$T/lines"
				jq -r '.findings[] | select(.subjects[].name == "node-10").todo' "$T/json" >"$T/todo"
				run ! grep -E 'remove HOST( *[^ -]|$)' "$T/todo"
				# PENDING's text says itself that ONLINE isn't to be
				[ "$status $role" != 'ONLINE voter' ] || run ! grep 'remove HOST' "$T/todo"
			done
		done
	done
	# and a host that asks is told so
	finds 'waiting is-member node-10' waits . -l "$list"
	run -1 td-status -l "$list" <(edit waits)
	assert_line --partial 'asks for a token, but is an ONLINE member: node-10'
	finds 'waiting is-member node-10' '{"microovn/1"} | waits' . -l "$list"
}

@test "few at a time: who waits for others" {
	# so many hosts have a token, and node-10 waits
	local with='reduce range($n) as $i (waits; fourth("microovn/1\($i)"; {"hostname": "n-\($i)"}) | mirror(."mirror-n-\($i)" = "tokenA"))'
	finds 'waiting held-back node-10' "4 as \$n | $with" "3 as \$n | $with"
	run -1 td-status <(edit "4 as \$n | $with")
	assert_line --partial 'waits for its turn: 4 hosts have a token and aren'\''t in yet: node-10 -> 4 join at a time'
	# the library's distributor tells nobody that a node is in
	finds 'waiting held-back node-10' "10 as \$n | $with | app({\"bootstrap-app\"})" "9 as \$n | $with | app({\"bootstrap-app\"})"
	# one that failed to join, or is in, doesn't count
	finds 'waiting not-filled node-10' "4 as \$n | $with | bag(\"microovn/10\"; .rejected = \"93faaaf021711349\")" .
	finds 'waiting not-filled node-10' "4 as \$n | $with | bag(\"microovn/10\"; .member = \"true\")" .
	# a token that isn't copied yet does
	finds 'waiting held-back node-10' "3 as \$n | $with | fourth(\"microovn/9\"; {\"hostname\": \"n-9\"}) |
		mirror(.\"mirror-n-9\" = \"empty\") | bag(\"microovn/0\"; .\"mirror-n-9\" = \"tokenA\")" "3 as \$n | $with"
	# beside a member that isn't ONLINE, one
	jq 'map(select(.name != "node-10") | if .name == "node-2" then .status = "UNREACHABLE" else . end)' "$list" >"$T/down"
	finds 'waiting held-back node-10' "1 as \$n | $with" "0 as \$n | $with" -l "$T/down"
	finds 'waiting not-filled node-10' "1 as \$n | $with" . -l <(jq 'map(.status = "ONLINE")' "$T/down")
}

@test "a unit that has been in a cluster" {
	# it is no member, and asks anew
	finds 'note has-left microovn/2' 'bag("microovn/2"; .member = "left")' .
	finds 'waiting left node-10' 'bag("microovn/2"; .member = "left")' .
	finds 'waiting not-filled node-10' 'waits | bag("microovn/2"; .member = "left")' .
	run verdict 'waits | bag("microovn/2"; .member = "left")'
	[ "$(jq -c '.distributors[0].hosts[] | select(.host == "node-10").member' "$T/json")" = false ]
	# while it says so nobody gets the permission, nor uses it who has left
	finds 'stuck has-left microovn/2' 'fresh | bag("microovn/2"; .member = "left")' fresh
	run verdict 'fresh | bag("microovn/2"; .member = "left")'
	assert_output $'stuck\nstuck has-left microovn/2'
	finds 'stuck has-left microovn/0' 'fresh | bag("microovn/0"; .member = "left") | app(."bootstrap-unit" = "microovn/0")' \
		'fresh | app(."bootstrap-unit" = "microovn/0")'
	finds 'stuck has-left microovn/2' 'fresh | bag("microovn/2"; .member = "left") | app(."bootstrap-unit" = "microovn/8")' fresh
	finds 'note has-left microovn/2' 'fresh | bag("microovn/2"; .member = "left") | app(."bootstrap-unit" = "microovn/0")' fresh
}

@test "who has the permission to bootstrap, and is gone for good" {
	run -1 td-status <(edit 'fresh | bag("microovn/0"; .bootstrap = "ready") | app(."bootstrap-unit" = "microovn/0")')
	assert_line --regexp '^waiting  may bootstrap, and hasn.t: microovn/0 -> .*juju status microovn/0[.] If its machine is gone for good, juju remove-unit it, with --force'
	# nobody asks: units of another application than the chosen don't count
	run -1 td-status <(edit 'fresh | bag("microovn/0"; .bootstrap = "ready")')
	assert_line --partial 'no unit has the permission to bootstrap'
	run -1 td-status <(two 'fresh | bag("arm/0"; .bootstrap = "ready" | del(.member))')
	assert_line --regexp '^waiting  no cluster yet, and no unit asks.* Waiting for the cluster.s daemon'
}

# hidden: as Juju 4.0.0 to 4.0.5 shows it
hidden() {
	edit "$1" <(edit "map_values(.\"relation-info\" |= map(if .endpoint != \"cluster-peers\" then del(.\"related-units\") else . end))" \
		"$TOP/test/status/formed-juju4.json")
}

@test "a relation that Juju 4.0.5 doesn't show is unknown" {
	run -1 td-status <(hidden '{"microovn/1"}')
	assert_line --index 0 "waiting: unknown: Juju doesn't show the units at the relation's other end: microovn/1"
	assert_line --partial "document with juju exec -u UNIT -- 'PATH=\$PATH:\$JUJU_CHARM_DIR/usr/bin; td-snapshot ENDPOINT'"
	refute_output --partial 'no cluster'
	refute_output --partial 'no mirror is up'
	refute_output --partial 'no unit has published'
	run -1 td-status -j <(hidden '{"microovn/1"}')
	assert_equal "$(jq -r '.findings[] | "\(.level) \(.code)"' <<<"$output")" 'waiting hidden-relation'
	# an empty object is another thing
	run -1 td-status -j <(hidden '{"microovn/1"} | map_values(."relation-info"[]."related-units" = {})')
	refute_output --partial hidden-relation
	# with what the units' own databags tell, all is known but who else is there
	run -0 td-status <(hidden .)
	assert_line --index 0 'healthy: 3 hosts, all in the cluster, as far as the mirrors know'
	assert_line --regexp "^note +Juju doesn't show .*: microcluster-token-distributor/0, microovn/0, microovn/1, microovn/2 ->"
	run -1 td-status <(hidden waits)
	assert_line --index 0 'waiting: waits for a token: node-10'
}

@test "Juju 4 shows a consumer its own application's databag: who may bootstrap isn't known" {
	formed=$TOP/test/status/formed-juju4.json
	run -1 td-status <(edit '{"microovn/1"} | fresh')
	assert_line --index 0 'waiting: no cluster yet'
	assert_line --regexp 'the leader of microovn bootstraps it, if it may: juju show-unit of a unit of microcluster-token-distributor tells'
	assert_line 'bootstrap: unknown'
	# nor is it known that nobody renews a token
	finds 'waiting rejected node-10' '{"microovn/1"} | holds("tokenA") | mirror(."rejected-node-10" = "93faaaf021711349")' .
}

@test "the library's distributor, and units of both kinds" {
	# its leader's joined alone bootstraps: another leader doesn't
	run -1 td-status <(edit 'reference | fresh')
	assert_line --index 0 'waiting: no cluster yet'
	assert_line --regexp 'the unit that led microovn when it joined .* juju add-unit microcluster-token-distributor has all join anew'
	finds 'waiting bootstrap' 'reference | fresh' reference
	run -1 td-status <(edit fresh)
	refute_output --partial 'add-unit'
	# from a consumer's document of Juju 3 alone
	run -1 td-status <(edit '{"microovn/1"} | reference | fresh')
	assert_output --partial 'juju add-unit microcluster-token-distributor'
	# who waits, and who makes tokens
	finds 'waiting not-filled node-10' 'reference | asks("microovn/2"; "node-10"; "empty") | bag("microovn/0"; .mirror = "up")' reference
	run -1 td-status <(edit 'reference | asks("microovn/2"; "node-10"; "empty")')
	assert_line --partial 'microovn/0 makes it in its next hook'
	finds 'stuck nobody-fills node-10' 'reference | asks("microovn/2"; "node-10"; "empty") | bag("microovn/0"; .mirror = "down")' reference
	# the library's leader sets it in few hooks alone
	finds 'stuck no-mirror microcluster-token-distributor/0' 'reference | mirror(.mirror = "down")' reference
	finds 'note two-mirrors microcluster-token-distributor/0 microcluster-token-distributor/1' \
		'reference | second({"mirror": "up", "mirror-node-1": "tokenA"})' reference
	finds 'waiting not-mirrored node-3' 'reference | fourth("microovn/3"; {"hostname": "node-3"})' reference
	finds 'stuck same-host node-2' 'reference | bag("microovn/2"; .hostname = "node-2")' reference
	# with the list all is known
	is healthy reference -l "$list"
	finds 'waiting pending node-10' reference . -l <(jq "$(one node-10 '.status = "UNREACHABLE" | .role = "PENDING"')" "$list")
	finds 'stuck dead-token node-10' 'reference | holds(token("f1" * 32; ["10.0.0.20:6686"]))' reference \
		-l <(jq 'map(select(.name != "node-10"))' "$list")
	# who makes no other token
	run -1 td-status -l <(jq 'map(select(.name != "node-10"))' "$list") <(edit reference)
	assert_line --regexp "^waiting  has a token and isn't in the cluster: node-10 .* never renews .* for another token, remove mirror-HOST from all databags"
	run -1 td-status -l <(jq 'map(select(.name != "node-10"))' "$list") <(edit 'holds("tokenA")')
	refute_output --partial 'never renews'
	# td-consumer-step beside it says itself who is in
	is healthy 'app({"bootstrap-app"})'
	finds 'waiting unused-token node-10' 'app({"bootstrap-app"}) | holds("tokenA")' 'app({"bootstrap-app"})'
}

@test "a former leader's mirror doesn't tell who is in" {
	local former='{"microovn/1"} | app(."mirror-unit" = td1)'
	finds 'waiting joined-unknown node-1 node-2 node-10' "$former" '{"microovn/1"}'
	is healthy "$former" -l "$list"
	is healthy "$former | second({\"mirror\": \"up\", \"mirror-node-1\": \"member\"})"
}

@test "the list: addresses in tokens" {
	local two
	two=$(jq -c 'map(select(.name != "node-10"))' "$list")
	printf %s "$two" >"$T/two"
	finds 'waiting dead-token node-10' 'holds(token("f1" * 32; ["10.0.0.20:6686"]))' 'holds(good)' -l "$T/two"
	jq -c 'map(.status = "UNREACHABLE")' "$T/two" >"$T/off"
	finds 'waiting dead-token node-10' 'holds(good)' 'holds("tokenA")' -l "$T/off"
	# nobody renews it
	finds 'stuck dead-token node-10' 'reference | holds(token("f1" * 32; ["10.0.0.20:6686"]))' 'reference | holds(good)' -l "$T/two"
	# a list without addresses tells nothing of them
	jq -c 'map(del(.address))' "$T/two" >"$T/none"
	run -0 verdict 'holds(token("f1" * 32; ["10.0.0.20:6686"]))' -l "$T/none"
	refute_line --partial dead-token
}

@test "a token that isn't microcluster's has no addresses" {
	edit 'mirror(. + ([good, "abcd", (("{", "[]", {"fingerprint": "f", "join_addresses": []}, {"secret": "s", "join_addresses": []},
		{"secret": "s", "fingerprint": "f"}, {"secret": "s", "fingerprint": "f", "join_addresses": {}},
		{"secret": "s", "fingerprint": "f", "join_addresses": ["10.0.0.11:6686", 6686]}) | tostring | @base64)] |
		to_entries | map({"key": "mirror-t\(.key)", value}) | from_entries))' >"$T/d"
	run -0 td-status -j "$T/d"
	assert_equal "$(jq -c '[.distributors[0].hosts[].values[] | select(.value == "token") | ."join-addresses"]' <<<"$output")" \
		'[2,null,null,null,null,null,null,null,null]'
}

@test "two clusters" {
	local other='token("e2" * 32; ["10.0.0.20:6686"])'
	finds 'stuck two-clusters node-2 node-10' "mirror(.\"mirror-node-2\" = good) | holds($other)" \
		'mirror(."mirror-node-2" = good) | holds(token("f1" * 32; ["10.0.0.20:6686"]))'
	finds 'stuck two-clusters node-2 node-10' "{\"microovn/1\"} | mirror(.\"mirror-node-2\" = good | .\"mirror-node-10\" = $other)" \
		'{"microovn/1"} | mirror(."mirror-node-2" = good | ."mirror-node-10" = good)'
}

@test "documents of different relations" {
	finds 'stuck several-relations microceph-distributor microcluster-token-distributor' \
		'."microceph/0" = (."microovn/0" | ."relation-info" = [."relation-info"[1] | ."related-units" = {
			"microceph-distributor/0": {"data": {"mirror": "up", "mirror-node-1": "member"}}}])' .
	# of several units in the other one, the first
	finds 'stuck several-relations microovn/1' \
		'."microovn/1"."relation-info"[1]."relation-id" = 9 | ."microovn/2"."relation-info"[1]."relation-id" = 9' .
	# two applications of one distributor, each in a relation of its own
	is healthy '."microceph/0" = (."microovn/0" | ."relation-info" = [."relation-info"[1] | ."relation-id" = 5]) |
		.[td]."relation-info" += [.[td]."relation-info"[0] | ."relation-id" = 5 | ."related-units" = {
			"microceph/0": {"in-scope": true, "data": {"hostname": "node-5", "member": "true"}}}] |
		mirror(."mirror-node-5" = "member") | ."microceph/0"."relation-info"[0]."related-units"[td].data."mirror-node-5" = "member"'
	# -u, -r and -e choose
	edit '."microovn/1"."relation-info"[1]."relation-id" = 9' >"$T/d"
	for options in '-u microovn/1' '-r 4' '-r cluster:9'; do
		# shellcheck disable=SC2086
		run -0 td-status $options "$T/d"
		assert_line --index 0 --partial healthy
	done
	check 3 '' '^td-status: cannot find relation 99: the document has ' '' td-status -r 99 "$T/d"
	run -0 verdict '{"microovn/0"} | map_values(del(."relation-info"))'
	assert_output $'stuck\nstuck no-relation'
	finds 'note different-times microcluster-token-distributor/0' \
		'."microovn/1"."relation-info"[1]."related-units"[td].data."mirror-node-5" = "member"' .
}

@test "several distributors, each with what is its own" {
	local three='."microceph/0" = (."microovn/0" | ."relation-info" = [."relation-info"[1] | ."application-data" = {} |
		."related-units" = {"ceph-td/0": {"data": {"mirror": "down", "mirror-node-5": "member"}}}]) |
		."lxd/0" = (."microceph/0" | ."relation-info"[0]."related-units" = {}) | mirror(.mirror = "down")'
	edit "$three" >"$T/d"
	run -1 td-status "$T/d"
	assert_equal "$(grep -oE '^(distributor [^ ]+$|node-[0-9]+|.* is known$)' <<<"$output")" \
		$'distributor microcluster-token-distributor\nnode-1\nnode-2\nnode-10\ndistributor ceph-td\nnode-5\ndistributor ?\nno mirror is known\nno host is known'
	run -0 verdict "$three"
	assert_equal "$(jq -c '[.findings[] | select(.code == "no-mirror" and .subjects != []) | .distributor, .subjects[].name]' "$T/json")" \
		'["ceph-td","ceph-td/0","microcluster-token-distributor","microcluster-token-distributor/0"]'
	# a consumer that names none belongs to the only one
	run -0 verdict '{"microovn/1", (td): .[td]} | ."microovn/1"."relation-info"[1]."related-units" = {}'
	assert_equal "$(jq -c '[.distributors[].application]' "$T/json")" '["microcluster-token-distributor"]'
}

@test "several files are one document" {
	edit '{"microovn/0", "microovn/1"}' >"$T/1"
	edit '{"microovn/2", "microovn/1", (td): .[td]}' >"$T/2"
	run -0 td-status -j "$T/1" "$T/2"
	assert_equal "$(jq -cS 'del(.documents)' <<<"$output")" "$(td-status -j "$formed" | jq -cS 'del(.documents)')"
	assert_equal "$(jq -c '[.documents[].unit]' <<<"$output")" \
		'["microovn/0","microovn/1","microovn/2","microovn/1","microcluster-token-distributor/0"]'
	run -0 td-status "$T/1" - <"$T/2"
	assert_line --index 0 'healthy: 3 hosts, all in the cluster'
	run -0 td-status -u microovn/2 "$T/1" "$T/2"
	# all documents' units are named
	check 3 '' '^td-status: cannot find unit microovn/7: .* microovn/0, .*microovn/2, ' '' td-status -u microovn/7 "$T/1" "$T/2"
	# a unit that isn't in scope isn't so either if its document is there twice
	edit 'relation(if .endpoint != "cluster" then ."related-units"."microovn/2" |= {"in-scope": false, "data": {}} else . end)' >"$T/1"
	run -1 td-status "$T/1"
	assert_line --index 0 'waiting: not in the relation: microovn/2'
	run -1 td-status "$T/1" "$T/1"
	assert_line --index 0 'waiting: not in the relation: microovn/2'
}

@test "what td-snapshot prints" {
	edit '{(td): .[td]} | .[td]."relation-info"[0] |= (."related-application" = "microovn" |
		."local-application-data" = {"bootstrap-app": "microovn", "mirror-unit": td} |
		."local-unit" = {"in-scope": true, "data": {"mirror": "up", "mirror-node-1": "member", "mirror-node-2": "member",
			"mirror-node-10": "empty"}}) | bag("microovn/2"; del(.member))' >"$T/d"
	run -1 td-status "$T/d"
	assert_line --index 0 'waiting: waits for a token: node-10'
	assert_line 'bootstrap: microovn'
	# of units that it doesn't list nothing is known
	run -1 td-status -j <(jq '.[]."relation-info"[].partial = true' "$T/d")
	assert_equal "$(jq .distributors[0].complete <<<"$output")" false
}

@test "across models" {
	# the consumer knows the distributor as dist, and the distributor the consumer as remote-...
	local cross
	for cross in true null; do
		edit '{"microovn/1", (td): .[td]} | ."microovn/1"."relation-info"[1] |= (."cross-model" = '$cross' | ."relation-id" = 2 |
				."related-units" = {"dist/0": ."related-units"[td]}) |
			.[td]."relation-info"[0]."related-units" |= with_entries(.key |= sub("microovn"; "remote-0123"))' >"$T/d"
		run -0 td-status "$T/d"
		assert_line --index 0 'healthy: 3 hosts, all in the cluster'
	done
}

@test "no token and no key of Juju's is shown" {
	local options
	edit 'holds(good) | mirror(."mirror-node-2" = "short.secret") | bag("microovn/0"; ."mirror-node-10" = good) |
		app(."bootstrap-app" = "microovn")' >"$T/d"
	for options in '' -j "-l $list" "-j -l $list"; do
		# shellcheck disable=SC2086
		run -1 td-status $options "$T/d"
		refute_output --regexp '[A-Za-z0-9+/=_-]{40}|short.secret|5555|f1f1|10\.0\.0|-address"|egress|ingress|private'
	done
	run -1 td-status "$T/d"
	assert_line --regexp '^node-10 +microovn/2 +token +2 +1/1 +no$'
}

@test "names from others: cut, and without escapes" {
	edit 'mirror(."mirror-x\u001b[31mred\n\u202ey" = "empty") | mirror(."mirror-\("n" * 200)" = "empty")' >"$T/d"
	run -0 td-status -C always "$T/d"
	refute_output --partial $'\033[31mred'
	assert_output --partial 'x?[31mred??y'
	refute_output --partial "$(printf 'n%.0s' {1..65})"
	run -0 td-status -j "$T/d"
	[ "$(jq -r '.distributors[0].hosts[].host | select(length == 200)' <<<"$output" | wc -l)" = 1 ]
	# what the locale can't print
	edit 'fourth("microovn/3"; {"hostname": "nöde-日本"})' >"$T/d"
	run -1 td-status "$T/d"
	assert_output --partial 'nöde-日本'
	LC_ALL=C run -1 td-status "$T/d"
	assert_output --partial 'n??de-??????'
}

@test "a command is never broken: what is copied from a terminal has no newline in it" {
	local columns command="juju exec -u microovn/0 -- 'relation-set -r 4 mirror-HOST='"
	for columns in 20 40 60 80 100; do
		run -1 env COLUMNS=$columns td-status <(edit 'holds("Usage: x") | bag("microovn/0"; ."mirror-node-10" = "Usage: x")')
		assert_output --partial "$command"
		# other text is
		refute_output --partial 'node-10 (in microcluster-token-distributor/0 in relation 4, microovn/0 in relation 4) -> remove'
	done
	# and no name that has what stands for a blank there
	run -1 td-status <(edit "fourth(\"microovn/3\"; {\"hostname\": \"n\\u001fx\"})")
	assert_output --partial 'n?x'
	refute_output --partial 'n x'
}

@test "the screen's width" {
	edit 'waits | fourth("microovn/3"; {"hostname": "\("日本" * 10)"})' >"$T/d"
	local columns
	for columns in 40 60 80; do
		COLUMNS=$columns run -1 td-status -l "$list" "$T/d"
		[ "$(wc -L <<<"$output")" -le "$columns" ] || fail "$columns: $output"
		assert_line --regexp '^[日本]+~'
		# what is cut off is more than blanks
		refute_line --regexp '^日.* no +~$'
	done
	# what tells units of one application apart is kept
	COLUMNS=60 run -0 td-status -l "$list" "$formed"
	assert_line --regexp '^microcl[a-z-]*~[a-z]*/0\* +distributor '
	# elsewhere nothing is cut, and a finding is one line
	run -1 td-status "$T/d"
	assert_line --regexp "^stuck .*$(printf '日本%.0s' {1..10}).* -> "
}

@test "colour: on a terminal, always, never, and not with NO_COLOR" {
	local escape=$'\033['
	run -0 td-status "$formed"
	refute_output --partial "$escape"
	run -0 td-status -C always "$formed"
	assert_line --index 0 --partial "${escape}32mhealthy${escape}0m: 3"
	NO_COLOR=1 run -0 td-status -C always "$formed"
	refute_output --partial "$escape"
	run -0 td-status -j -C always "$formed"
	refute_output --partial "$escape"
	script -qec true /dev/null >/dev/null 2>&1 || skip "no terminal can be had here"
	TERM=xterm run -0 script -qec "td-status $formed" /dev/null
	assert_output --partial "$escape"
	TERM=xterm run -0 script -qec "td-status --color never $formed" /dev/null
	refute_output --partial "$escape"
	TERM=xterm NO_COLOR='' run -0 script -qec "td-status $formed" /dev/null
	refute_output --partial "$escape"
}

@test "nodes are counted as people do" {
	edit 'reduce (range(12) | tostring) as $i (.; fourth("microovn/\($i)"; {"hostname": "n-\($i)", "member": "true"}))' >"$T/d"
	run -0 td-status "$T/d"
	[ "$(grep -o '^n-[0-9]*' <<<"$output" | tr '\n' ' ')" = "$(printf 'n-%d ' {0..11})" ]
}

# thousands N: N nodes in a cluster but for the last, in 20 consumers' documents and the distributor's
thousands() {
	jq -cn --argjson n "$1" '[range($n)] | (map({"mirror-node-\(.)": "member"}) + [{"mirror": "up"}] | add) as $mirror |
		{"td/0": {"relation-info": [{"relation-id": 4, "endpoint": "m", "related-endpoint": "c",
			"related-units": (map({"o/\(.)": {"data": ({"hostname": "node-\(.)"} +
				(if . < $n - 1 then {"member": "true"} else {} end))}}) | add)}]}} +
		([range(20)] | map({"o/\(.)": {"relation-info": [{"relation-id": 4, "endpoint": "c", "related-endpoint": "m",
			"application-data": {"bootstrap-app": "o"}, "related-units": {"td/0": {"data": $mirror}}}]}}) | add)'
}

@test "5,000 hosts and 100,000 keys" {
	thousands 5000 >"$T/d"
	SECONDS=0
	run -1 td-status -j "$T/d"
	[ "$SECONDS" -le 5 ]
	[ "$(jq '.distributors[0].hosts | length' <<<"$output")" = 5000 ]
	[ "$(jq -c '.findings | map([.code, .subjects[].name])' <<<"$output")" = '[["left","node-4999"]]' ]
	# and nobody has a token: one line for all of them
	thousands 200 | jq -c 'map_values(."relation-info"[]."related-units"[].data |=
		with_entries(select(.key != "member") | if .value == "member" then .value = "empty" else . end))' >"$T/d"
	run -1 td-status "$T/d"
	[ "${#lines[@]}" -lt 215 ]
	assert_line --index 0 'waiting: no cluster yet'
}

@test "what is printed grows with the documents, and no faster" {
	# one host of 5,000 units beside 5,000 hosts: no line is as wide as that one would be
	jq -cn '{"d/0": {"relation-info": [{"relation-id": 1, "endpoint": "m", "related-endpoint": "c", "local-unit": {"data": {"mirror": "up"}},
		"related-units": ([range(5000) | {"a/\(.)": {"data": {"hostname": "x"}}, "b/\(.)": {"data": {"hostname": "h\(.)"}}}] | add)}]}}' >"$T/d"
	td-status "$T/d" >"$T/out" || [ $? = 1 ]
	[ "$(wc -c <"$T/out")" -lt "$((2 * $(wc -c <"$T/d")))" ]
	run -0 grep -E '^x  ' "$T/out"
	assert_output --regexp '^x +a/0, a/1, a/2, a/3, a/4, a/5, [.]{3}  '
	run -0 grep -F 'several units publish' "$T/out"
	assert_output --partial 'x (a/0, a/1, a/2, a/3, a/4, a/5 and 4994 more)'
}

@test "20,000 distributors" {
	jq -cn '[range(20000) | {"c/\(.)": {"relation-info": [{"relation-id": ., "endpoint": "c", "related-endpoint": "m",
		"application-data": {"bootstrap-app": "c"}, "local-unit": {"data": {"hostname": "h\(.)", "member": "true"}},
		"related-units": {"td\(.)/0": {"data": {"mirror": "up", "mirror-h\(.)": "member"}}}}]}}] | add' >"$T/d"
	# in seconds of CPU: a walk over all hosts for each distributor takes ten times as long
	(ulimit -t 3 && td-status "$T/d" >"$T/out") || [ $? = 1 ]
	[ "$(grep -c '^distributor td' "$T/out")" = 20000 ]
	[ "$(grep -c '^h[0-9]* ' "$T/out")" = 20000 ]
	(ulimit -t 3 && td-status -j "$T/d" >"$T/out") || [ $? = 1 ]
	[ "$(jq -c '[.distributors[] | [.mirrors, .hosts] | map(length)] | unique' "$T/out")" = '[[1,1]]' ]
	# nor is the cluster's list walked over for each of them
	jq -cn '[range(60000) | {"name": "h\(.)", "address": "10.0.0.1:1", "role": "voter", "status": "ONLINE"}]' >"$T/list"
	(ulimit -t 3 && td-status -l "$T/list" "$T/d" >"$T/out") || [ $? = 1 ]
	[ "$(grep -c '^communicator: h[0-9]*$' "$T/out")" = 20000 ]
}

@test "refusals" {
	check 2 '' '^td-status: cannot take red for -C: ' '' td-status -C red
	check 2 '' '^td-status: cannot take operand -j: options go first' '' td-status "$formed" -j
	check 2 '' '^td-status: cannot read standard input: it is named twice' '' td-status - -
	check 2 '' '^td-status: cannot read standard input: it is named twice' '' td-status -l -
	check 2 '' '^td-status: cannot take node-1 for -r: ' '' td-status -r node-1
	check 3 '' '^td-status: <stdin>:1:1: .*empty' '' td-status
	check 3 '' '^td-status: cannot find a unit: ' '{}' td-status
	check 3 '' 'YAML.*--format json' $'app/0:\n  leader: true' td-status
	# of several documents one has to have what is asked for
	check 3 '' '^td-status: cannot find a relation of endpoint x: the document has ' '' td-status -e x "$formed"
	check 3 '' '^td-status: cannot find relation 99: the document has ' '{"a/0":{}}' td-status -r 99 "$formed" -
	check 0,1 '*' '' '{"a/0":{}}' td-status -e cluster "$formed" -
	check 0,1 '*' '' '{"a/0":{}}' td-status -e cluster - "$formed"
	check 2 '' '^td-status: cannot take \[token\] for -C: ' '' td-status -C "$(printf '%040d' 0)"
	printf '{ 1' >"$T/broken"
	check 3 '' "^td-status: $T/broken:1:3: " '' td-status "$T/broken"
	check 4 '' "^td-status: cannot .*$T/none" '' td-status "$T/none"
	check 4 '' "^td-status: cannot open $T/no[?]ne: No such file" '' td-status "$T/no"$'\n'ne
	# the reason is kept, however long the name
	check 4 '' '^td-status: cannot open ([.]/){300,}[.]?: No such file or directory$' '' td-status "$(printf './%.0s' {1..600})none"
	check 4 '' "^td-status: cannot .*$T/none" '{}' td-status -l "$T/none"
	check 4 '' '^td-status: cannot write standard output: ' '' td_status_full
	check 3 '' 'related unit td/0: mirror-a: expected a string, got a number$' \
		'{"a/0":{"relation-info":[{"related-units":{"td/0":{"data":{"mirror-a":1}}}}]}}' td-status
	check 3 '' 'expected an array of members, got an object$' '{}' td-status -l - "$formed"
}

td_status_full() {
	td-status "$formed" >/dev/full
}

@test "the page has every code" {
	local code
	grep -oE '(STUCK|WAITING|NOTE),[ ]*"[a-z-]+"' "$TOP/common/findings-list.h" | cut -d '"' -f 2 | sort -u >"$T/codes"
	[ "$(wc -l <"$T/codes")" -gt 30 ]
	while read -r code; do
		sed -n '/^\.Sh FINDINGS/,/^\.Sh IMPL/p' "$TOP/man/td-status.1" | grep '^\.It Li ' | grep -qE "[ ]$code( |$)" ||
			fail "$code isn't on the page"
	done <"$T/codes"
}

@test "the page's outputs are real" {
	local line n=0
	while IFS= read -r line; do
		case $line in
		'.\" prints: '*)
			line=${line#*: }
			case $line in
			*' | -l list.json') edit "${line% | -l *}" | COLUMNS=78 td-status -l "$list" >"$T/real" || : ;;
			*) edit "$line" | COLUMNS=78 td-status >"$T/real" || : ;;
			esac
			sed "1,$((n + 2))d" "$TOP/man/td-status.1" | sed '/^\.Ed$/,$d' >"$T/page"
			[ -s "$T/page" ]
			diff "$T/page" "$T/real"
			;;
		esac
		n=$((n + 1))
	done <"$TOP/man/td-status.1"
	[ -s "$T/page" ]
}
