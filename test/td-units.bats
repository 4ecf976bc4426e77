#!/usr/bin/env bats
# td-units finds the units that td-status needs, in the status of each Juju version, and prints only valid names.

load helpers

# status APPLICATIONS [OTHERS]: what juju status --format json prints of them
status() {
	printf '{"model":{"name":"m","controller":"c","version":"3.6.9"},"machines":{},"storage":{},"applications":{%s}' "$1"
	printf '%s,"controller":{"timestamp":"10:00:00Z"}}\n' "${2:+,$2}"
}

# app NAME CHARM RELATIONS UNITS: an application; the last two without their braces, "" for none
app() {
	printf '"%s":{"charm":"%s","base":{"name":"ubuntu","channel":"24.04"},"charm-origin":"charmhub",' "$1" "$2"
	printf '"charm-name":"%s","charm-rev":1,"exposed":false,"application-status":{"current":"active"}' "$2"
	[ -z "$3" ] || printf ',"relations":{%s}' "$3"
	[ -z "$4" ] || printf ',"units":{%s}' "$4"
	printf '}'
}

# units [-s SUBORDINATES] NAME ...: the last one with the subordinates
units() {
	local comma='' last='' name
	if [ "$1" = -s ]; then
		last=$2
		shift 2
	fi
	for name; do
		printf '%s"%s":{"workload-status":{"current":"active"},"juju-status":{"current":"idle"},"machine":"0"' \
			"$comma" "$name"
		comma=,
		[ -z "$last" ] || [ "$name" != "${!#}" ] || printf ',"subordinates":{%s}' "$last"
		printf '}'
	done
}

# link ENDPOINT INTERFACE APPLICATION ...: a relation in Juju 3's shape
link() {
	local comma='' endpoint=$1 interface=$2 name
	shift 2
	printf '"%s":[' "$endpoint"
	for name; do
		printf '%s{"related-application":"%s","interface":"%s","scope":"global"}' "$comma" "$name" "$interface"
		comma=,
	done
	printf ']'
}

model3() {
	status "$(app microovn microovn "$(link cluster worker-cluster td),$(link ovsdb ovsdb neutron)" \
		"$(units microovn/0 microovn/1 microovn/10)"),$(app neutron neutron "$(link ovsdb ovsdb microovn)" \
		"$(units neutron/0)"),$(app td microcluster-token-distributor "$(link microcluster-cluster worker-cluster microovn)" \
		"$(units td/0)"),$(app ubuntu ubuntu '' "$(units ubuntu/3)")"
}

@test "those that are related over worker-cluster, as Juju 3 and 4 print it" {
	check 0 $'microovn/0\nmicroovn/1\nmicroovn/10\ntd/0' '' "$(model3)" td-units
	check 0 $'microovn/0\ntd/0' '' "$(status "$(app microovn x "$(link join worker-cluster td)" "$(units microovn/0)"),$(
		app td y "$(link members worker-cluster microovn)" "$(units td/0)"),$(app z z "$(link p p z)" "$(units z/0)")")" td-units
	# one side alone shows it
	check 0 $'a/0\nb/0' '' "$(status "$(app a x "$(link e worker-cluster b)" "$(units a/0)"),$(
		app b y '' "$(units b/0)")")" td-units
}

@test "relations as names alone, as Juju 2.9 prints them: by the distributor's charm or endpoint" {
	# by the endpoint
	check 0 $'mo/0\nmo-dpu/0\ntd/0\ntd/1' '' "$(status "$(app mo microovn '"cluster":["td"],"ovsdb":["neutron"],"peers":["mo"]' \
		"$(units mo/0)"),$(app mo-dpu microovn '"cluster":["td"]' "$(units mo-dpu/0)"),$(
		app neutron neutron '"ovsdb":["mo"]' "$(units neutron/0)"),$(
		app td mine '"microcluster-cluster":["mo","mo-dpu"]' "$(units td/0 td/1)")")" td-units
	# by the charm
	check 0 $'mo/0\ntd/0' '' "$(status "$(app mo microovn '"cluster":["td"],"ovsdb":["neutron"]' "$(units mo/0)"),$(
		app neutron neutron '"ovsdb":["mo"]' "$(units neutron/0)"),$(
		app td microcluster-token-distributor '"tokens":["mo"]' "$(units td/0)")")" td-units
	# by neither: all but peers
	check 0 $'mo/0\ntd/0' '' "$(status "$(app mo microovn '"cluster":["td"]' "$(units mo/0)"),$(
		app alone alone '"peers":["alone"]' "$(units alone/0)"),$(
		app td mine '"tokens":["mo"]' "$(units td/0)")")" td-units
	# where an interface is told, names alone say no more
	check 0 $'mo/0\ntd/0' '' "$(status "$(app mo microovn "$(link cluster worker-cluster td),\"x\":[\"neutron\"]" \
		"$(units mo/0)"),$(app neutron neutron '"x":["mo"]' "$(units neutron/0)"),$(app td mine '' "$(units td/0)")")" td-units
}

@test "subordinates under their principals" {
	local sub ubuntu
	sub=$(app ovn microovn "$(link cluster worker-cluster td),$(link juju-info juju-info ubuntu)" '')
	ubuntu=$(app ubuntu ubuntu "$(link juju-info juju-info ovn)" \
		"$(units -s "$(units nrpe/1 ovn/0)" ubuntu/0),$(units -s "$(units ovn/1)" ubuntu/1)")
	check 0 $'td/0\novn/0\novn/1' '' "$(status "$sub,$(app td td "$(link mc worker-cluster ovn)" "$(units td/0)"),$ubuntu")" td-units
	check 0 $'td/0\nubuntu/0\nnrpe/1\novn/0\nubuntu/1\novn/1' '' \
		"$(status "$sub,$(app td td "$(link mc worker-cluster ovn)" "$(units td/0)"),$ubuntu")" td-units -a
	check 0 $'ubuntu/0\novn/0\nubuntu/1\novn/1' '' "$(status "$sub,$ubuntu")" td-units ubuntu
}

# remote NAME INTERFACE APPLICATION: of another model
remote() {
	printf '"%s":{"url":"c:admin/other.%s","endpoints":{"microcluster-cluster":{"interface":"%s","role":"provider"}},' \
		"$1" "$1" "$2"
	printf '"relations":{"microcluster-cluster":["%s"]},"application-status":{"current":"active"}}' "$3"
}

@test "the distributor is in another model" {
	local holder
	for holder in application-endpoints remote-application; do
		check 0 microovn/0 '' "$(status "$(app microovn microovn "$(link cluster worker-cluster far)" "$(units microovn/0)")" \
			"\"$holder\":{$(remote far worker-cluster microovn)}")" td-units
		check 0 microovn/0 '' "$(status "$(app microovn microovn '"x":["far"],"y":["z"]' "$(units microovn/0)"),$(
			app z z '"y":["microovn"]' "$(units z/0)")" "\"$holder\":{$(remote far worker-cluster microovn)}")" td-units
		check 0 microovn/0 '' "$(status "$(app microovn microovn '"x":["far"]' "$(units microovn/0)"),$(app z z '' "$(units z/0)")" \
			"\"$holder\":{$(remote far other microovn)}")" td-units far
		check 1 '' '' "$(status "$(app microovn microovn "$(link x other far)" "$(units microovn/0)")" \
			"\"$holder\":{$(remote far other microovn)}")" td-units
	done
}

# offer COUNT INTERFACE
offer() {
	printf '"offers":{"far":{"application":"td","charm":"td","total-connected-count":%s,"active-connected-count":0,' "$1"
	printf '"endpoints":{"microcluster-cluster":{"interface":"%s","role":"provider"}}}}' "$2"
}

@test "the consumers are in another model" {
	local td
	td=$(app td td '' "$(units td/0 td/1)")
	check 0 $'td/0\ntd/1' '' "$(status "$td" "$(offer 1 worker-cluster)")" td-units
	check 1 '' '' "$(status "$td" "$(offer 0 worker-cluster)")" td-units
	check 1 '' '' "$(status "$td" "$(offer 1 other)")" td-units
}

@test "applications that are named, and what they are related to" {
	check 0 $'microovn/0\nmicroovn/1\nmicroovn/10\nneutron/0' '' "$(model3)" td-units neutron
	check 0 $'microovn/0\nmicroovn/1\nmicroovn/10\nneutron/0\ntd/0' '' "$(model3)" td-units td neutron
	check 0 ubuntu/3 '' "$(model3)" td-units ubuntu
	check 3 '' '^td-units: cannot find application micro: the model has microovn, neutron, td, ubuntu$' "$(model3)" td-units td micro
	check 3 '' '^td-units: cannot find application a: the model has none$' "$(status '')" td-units a
}

@test "every unit" {
	check 0 $'microovn/0\nmicroovn/1\nmicroovn/10\nneutron/0\ntd/0\nubuntu/3' '' "$(model3)" td-units -a
	check 0 $'microovn/0\nmicroovn/1' '' "$(status "$(app microovn microovn '' "$(units microovn/0 microovn/1)")")" td-units --all
}

@test "with their charms" {
	check 0 $'microovn/0 microovn\nmicroovn/1 microovn\nmicroovn/10 microovn\ntd/0 microcluster-token-distributor' '' \
		"$(model3)" td-units -c
	check 0 $'u/0 ubuntu\no/0 microovn\na/0 -\nb/0 c\nd/0 -' '' '{"applications":{
		"u":{"charm-name":"ubuntu","units":{"u/0":{"subordinates":{"o/0":{}}}}},"o":{"charm-name":"microovn"},
		"a":{"units":{"a/0":{}}},"b":{"charm":"c","units":{"b/0":{}}},
		"d":{"charm-name":"x; rm","units":{"d/0":{}}}}}' td-units -ac
}

@test "none" {
	check 1 '' '' "$(status '')" td-units
	check 1 '' '' "$(status '')" td-units -a
	check 1 '' '' "$(status "$(app ubuntu ubuntu "$(link p p ubuntu)" "$(units ubuntu/0)")")" td-units
	check 1 '' '' "$(status "$(app td td "$(link mc worker-cluster mo)" '')")" td-units
	check 1 '' '' '{"applications":null}' td-units
	check 1 '' '' '{"applications":{"a":{"relations":null,"units":null}}}' td-units -a
	# what Juju prints of an application that it can't tell of
	check 1 '' '' '{"applications":{"a":{"status-error":"cannot get status"}}}' td-units
}

@test "a name that is none isn't printed" {
	local name
	# shellcheck disable=SC2016
	for name in 'a' 'a/' 'a/x' '/0' 'a/0/1' 'a b/0' 'a/0\nb/0' '-a/0' 'A/0' 'a/0 ' '$(touch pwned)/0' '\u001b[31m/0' \
		'9/0' '../0'; do
		check 3 '' "^td-units: <stdin>: .* isn't a unit's name$" "{\"applications\":{\"a\":{\"units\":{\"$name\":{}}}}}" td-units -a
		[ "$(tr -d '\n' <"$T/check-err" | LC_ALL=C tr -d ' -~')" = '' ]
		check 3 '' "isn't a unit's name" \
			"{\"applications\":{\"a\":{\"units\":{\"a/0\":{\"subordinates\":{\"$name\":{}}}}}}}" td-units -a
	done
	[ ! -e pwned ]
}

@test "what isn't a status" {
	check 3 '' '^td-units: cannot read <stdin>: it has no applications; expected what juju status --format json prints$' \
		'{"microovn/0":{"leader":true}}' td-units
	check 3 '' 'it has no applications' '[]' td-units
	check 3 '' '^td-units: <stdin>:1:1: this looks like YAML: ask for JSON with --format json$' 'model:
  name: m' td-units
	check 3 '' '^td-units: <stdin>:1:1: no JSON: the input is empty$' '' td-units
	check 3 '' '^td-units: <stdin>: the status: applications: expected an object, got an array$' '{"applications":[]}' td-units
	check 3 '' '^td-units: <stdin>: applications: a: expected an object, got a string$' '{"applications":{"a":"b"}}' td-units
	check 3 '' '^td-units: <stdin>: a: relations: expected an object, got an array$' '{"applications":{"a":{"relations":[]}}}' td-units
	check 3 '' '^td-units: <stdin>: a: e: expected an array, got a string$' '{"applications":{"a":{"relations":{"e":"b"}}}}' td-units
	check 3 '' "^td-units: <stdin>: a: e: expected an application's name or an object, got null$" \
		'{"applications":{"a":{"relations":{"e":[null]}}}}' td-units
	check 3 '' '^td-units: <stdin>: a: e: related-application is missing$' '{"applications":{"a":{"relations":{"e":[{}]}}}}' td-units
	check 3 '' '^td-units: <stdin>: a: units: expected an object, got an array$' '{"applications":{"a":{"units":[]}}}' td-units
	check 3 '' '^td-units: <stdin>: a: a/0: expected an object, got null$' '{"applications":{"a":{"units":{"a/0":null}}}}' td-units
	check 3 '' '^td-units: <stdin>: a/0: subordinates: expected an object' \
		'{"applications":{"a":{"units":{"a/0":{"subordinates":[]}}}}}' td-units
	check 3 '' '^td-units: <stdin>: the status: offers: expected an object' '{"applications":{},"offers":[]}' td-units
}

@test "wrong calls" {
	check 2 '' '^td-units: cannot take both -a and an application$' '' td-units -a td
	check 2 '' '^td-units: cannot take operand -a: options go first, before the operands$' '' td-units td -a
	check 2 '' '^usage: td-units \[-ac\] \[APPLICATION ...\]$' '' td-units -x
	# no message has a token that was given by mistake
	check 3 '' '^td-units: cannot find application \[token\]: the model has none$' '{"applications":{}}' td-units "$(printf 'T%.0s' {1..50})"
}

@test "many units" {
	jq -nc '{applications: {mo: {relations: {c: [{"related-application": "td", interface: "worker-cluster"}]},
		units: ([range(20000) | {"mo/\(.)": {"workload-status": {current: "active"}}}] | add)}, td: {}}}' >"$T/many"
	timeout 20 td-units <"$T/many" >"$T/names"
	assert_equal "$(wc -l <"$T/names") $(sort -u "$T/names" | wc -l)" '20000 20000'
}
