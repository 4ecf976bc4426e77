# What td-status tells an operator is true: where it says "waiting", nobody has to do anything, and where a remedy is a
# command, that command, as it is printed, lets all nodes join. Each case is brought about with real hooks.

# shellcheck disable=SC2016,SC2030,SC2031
load helpers
load faults

D=$DISTRIBUTOR/0

setup() {
	new_model
	# no node waits long for the cluster, whose clock moves on without that
	sed -i 's/ -w 2 / -w 0.1 /' "$NODE_CHARM/dispatch"
}

# seen: LEVEL CODE of each finding now, without the cluster's list ($T/none) and with that of a node that has it ($T/with)
seen() {
	local node
	# shellcheck disable=SC2046
	juju show-unit --format json $(juju status --format json | td-units) >"$T/units"
	td-status -j "$T/units" >"$T/none" || [ $? = 1 ]
	cp "$T/none" "$T/with"
	for node in $(clusterctl members | awk '$3 == "ONLINE" { print $1 }'); do
		MACHINE_NAME=$node microovn cluster list -f json 2>"$T/err" | cat >"$T/list"
		[ -s "$T/list" ] || continue
		td-status -j -l "$T/list" "$T/units" >"$T/with" || [ $? = 1 ]
		break
	done
	jq -r '.findings[] | "\(.level) \(.code)"' "$T/none" "$T/with" | sort -u
}

# finds LEVEL CODE [none]: there is that finding; with "none" without the list. Sets TODO to its remedy, HOST to its first
# subject.
finds() {
	seen >"$T/seen"
	jq -r --arg level "$1" --arg code "$2" '.findings[] | select(.level == $level and .code == $code) |
		.subjects[0].name // "-", .todo' "$T/${3-with}" >"$T/found"
	[ -s "$T/found" ] || fail "it isn't said: $*; but: $(cat "$T/seen")"
	{ read -r HOST; read -r TODO; } <"$T/found"
}

# obey [SED-SCRIPT]: runs the commands in the remedy in their order, as an operator who copies them, and the distributor's
# hooks after each. The script does what the remedy leaves to the operator.
obey() {
	local line
	grep -oE "juju exec -u [^ ]+ -- ('[^']+'|rm [^ ]+)|juju add-unit [a-z-]+( --to [^ ]+)?|juju remove-unit [^,]+, with --force|remove HOST --force" <<<"$TODO" |
		sed -e "s;HOST;$HOST;g" -e 's; --to ; --machine ;' -e 's;^remove .*;MACHINE_NAME=microovn-0 microovn cluster &;' \
			-e 's;, with --force; --force;' -e "${1-}" >"$T/commands"
	[ -s "$T/commands" ] || fail "no command in: $TODO"
	while IFS= read -r line; do
		echo "$line"
		eval "$line" </dev/null
		[[ $line != *relation-set* ]] || juju fire update-status "$D"
		only "$D"
	done <"$T/commands"
}

# healed HOSTS: after hooks of all units there is one cluster, of these nodes, and no finding but notes
healed() {
	local n
	# after two failed joins a node tries again in update-status alone
	for n in 1 2 3; do
		settled
		seen >"$T/seen"
		grep -qv '^note' "$T/seen" || break
	done
	# shellcheck disable=SC2086
	assert_equal "$(clusterctl members | awk '$3 == "ONLINE" { print $1, $4 }' | sort)" \
		"$(printf "microovn-%s ${CLUSTER:-1}\n" $1 | sort)"
	run ! grep -v '^note' "$T/seen"
}

# heals "LEVEL CODE [none]" SED-SCRIPT HOSTS SITUATION: brings the situation about, finds the finding, obeys, and all is well
heals() {
	eval "$4"
	# shellcheck disable=SC2086
	finds $1
	obey "$2"
	healed "$3"
	run ! grep -x "${1% none}" "$T/seen"
}

# only UNIT ...: runs the hooks of these units until none of them has one
only() {
	local unit n
	for n in 1 2 3 4; do
		for unit; do
			while juju step --unit "$unit" >"$T/stepped" 2>&1; do clusterctl heartbeat; done
		done
	done
}

# library DISTRIBUTORS NODES: as deploy, with the library's distributor
library() {
	new_model
	their_distributor
	juju deploy "$DISTRIBUTOR" "$T/charms/their-distributor" -n "$1"
	juju deploy microovn "$NODE_CHARM" -n "$2"
	juju integrate microovn:cluster "$DISTRIBUTOR:microcluster-cluster" >"$T/relation"
}

# watch: runs all hooks, one by one. td-status never says "stuck". $T/all gets all that it says.
watch() {
	local n
	for ((n = 0; n < 200; n++)); do
		juju step >"$T/stepped" 2>&1 || break
		clusterctl heartbeat
		seen >>"$T/all"
	done
	run ! grep stuck "$T/all"
}

@test "waiting: a cluster forms, its communicator goes, the distributor's leader goes" {
	local code
	deploy 1 2
	watch
	healed '0 1'
	juju remove-unit microovn/0
	juju add-unit microovn
	watch
	healed '1 2'
	deploy 2 2
	only "$D" "$DISTRIBUTOR/1"
	juju leader "$DISTRIBUTOR/1"
	only "$DISTRIBUTOR/1"
	juju remove-unit "$DISTRIBUTOR/1" --force
	watch
	healed '0 1'
	for code in no-mirror not-in-scope no-hostname bootstrap bootstrap-unused not-mirrored not-filled not-copied \
		unused-token nobody-fills mirror-unit-gone; do
		grep -q "waiting $code" "$T/all" || fail "not seen: $code; but: $(sort "$T/all" | uniq -c)"
	done
}

@test "waiting: a token whose addresses are gone is renewed when it has expired" {
	local n
	prepare ready 1 4
	for n in 1 2 3; do
		juju fire update-status microovn/0 microovn/1 microovn/2
		only microovn/0 microovn/1 microovn/2 "$D"
	done
	clusterctl down microovn-0
	for n in 1 2 3; do clusterctl heartbeat; done
	finds waiting dead-token
	[[ $TODO == *'in three hours at most'* ]]
	settled
	run ! is_tried 'microovn-3 join .* 0'
	clusterctl clock +10800
	settled
	clusterctl up microovn-0
	healed '0 1 2 3'
}

@test "a machine is gone for good" {
	heals 'waiting bootstrap-unused none' 's;-unit it;-unit microovn/0;' '1 2' 'prepare ready 1 3'
	heals 'waiting not-online' 's;the unit;microovn/2;' '0 1' 'prepare formed 1 3; clusterctl down microovn-2; settled; settled'
	heals 'stuck gone-member' '' '0 1' 'prepare formed 1 3; clusterctl down microovn-2; juju remove-unit microovn/2 --force
		settled; settled'
	CLUSTER=2 heals 'stuck has-left' 's;UNIT;microovn/0,microovn/1,microovn/2;' '0 1 2' \
		"prepare formed 1 3; clusterctl wipe '*'; settled"
}

@test "the cluster has what it should not: the row of a failed join, a member without unit, a second cluster" {
	heals 'stuck stranded' '' '0 1 2' 'prepare ready 1 3; clusterctl fault strand microovn-1; settled; finds waiting rejected none
		[[ $TODO == *"-l LIST.json" ]]'
	heals 'stuck no-communicator' 's;MACHINE;microovn-0;' '0 1' 'deploy 1 1; settled; juju remove-unit microovn/0 --force
		juju add-unit microovn; settled'
	# a member that was removed by force is back
	prepare formed 1 3
	clusterctl down microovn-2
	MACHINE_NAME=microovn-0 microovn cluster remove microovn-2 --force
	clusterctl up microovn-2
	settled
	finds waiting not-on-list
	[[ $TODO == *'install it anew, without its old data'* ]]
	clusterctl wipe microovn-2
	healed '0 1 2'
	# a second cluster
	prepare formed 1 2
	MACHINE_NAME=microovn-2 microovn cluster bootstrap
	juju add-unit microovn
	settled
	finds waiting not-on-list
	[[ $TODO == *'take one of the two down' ]]
	clusterctl wipe microovn-2
	healed '0 1 2'
}

@test "names" {
	prepare formed 1 2
	charm named <<-'SH'
		[ ! -e name ] || exec td-consumer-hook cluster -H "$(cat name)" -w 0.1 --poll 0.01 microovn cluster
		case $JUJU_HOOK_NAME in *-relation-joined) relation-set hostname=bad_2 ;; esac
	SH
	juju deploy named "$T/charms/named" --machine bad_2
	juju integrate named:cluster "$DISTRIBUTOR:microcluster-cluster" >"$T/relation"
	settled
	finds stuck bad-name
	[[ $TODO == 'rename the machine: '* ]]
	# -H alone doesn't do
	echo microovn-2 >"$T/model/units/named-0/charm/name"
	settled
	finds waiting rejected
	sed -i s/bad_2/microovn-2/ "$T/model/model"
	# the old name is in two relations of the distributor's
	heals 'note stale' '' '0 1 2' settled
	juju add-unit microovn --machine microovn-1
	settled
	finds stuck same-host
	juju remove-unit microovn/2
	healed '0 1 2'
}

@test "the mirrors hold what doesn't help: text that is no token, a token of a host that is gone" {
	charm rogue <<-'SH'
		case $JUJU_HOOK_NAME in *-relation-joined) relation-set hostname=rogue mirror=up 'mirror-microovn-2=Usage: x' ;; esac
	SH
	prepare formed 1 2
	juju deploy rogue "$T/charms/rogue"
	juju integrate rogue:cluster "$DISTRIBUTOR:microcluster-cluster" >"$T/relation"
	settled
	juju add-unit microovn
	settled
	finds stuck not-a-token
	obey
	juju remove-unit rogue/0
	healed '0 1 2'
	heals 'note stale' '' '0 1' 'prepare ready 1 3; step_until has_token "$D" microovn-2
		juju remove-unit microovn/2 --force; settled'
}

@test "the library's distributor: tokens" {
	heals 'stuck rejected' '' '0 1 2' 'library 1 3; clusterctl fault consume microovn-1; settled; settled'
	heals 'waiting stray-token' '' '0 1 2 3' 'juju exec -u microovn/1 -- "microovn cluster add microovn-3 |
		td-mirror-add microovn-3=- | relation-set -r 0 --file -"; juju add-unit microovn; settled'
	heals 'note two-mirrors' '' '0 1' 'library 2 2; settled
		juju exec -u "$DISTRIBUTOR/1" -- relation-set -r 0 mirror=up mirror-microovn-1=old'
	assert_equal "$(bag "$DISTRIBUTOR/1" mirror)" down
}

@test "the library's distributor: nobody may bootstrap" {
	heals 'waiting bootstrap none' '' '0 1' 'library 1 2; only "$D"; only microovn/1; only "$D"; juju leader microovn/1; settled'
	heals 'stuck bootstrap-app-not-related none' s/APPLICATION/microovn/ '0 1' 'new_model; their_distributor
		juju deploy "$DISTRIBUTOR" "$T/charms/their-distributor"
		juju deploy arm "$NODE_CHARM"
		juju deploy microovn "$NODE_CHARM" -n 2
		juju integrate arm:cluster "$DISTRIBUTOR:microcluster-cluster"
		juju integrate microovn:cluster "$DISTRIBUTOR:microcluster-cluster"
		only "$D"
		juju remove-relation 0
		settled'
}

@test "documents that tell too little" {
	deploy 1 2
	juju remove-unit "$D"
	settled
	finds stuck no-relation none
	[[ $TODO == *'juju add-unit it' ]]
	juju add-unit "$DISTRIBUTOR"
	healed '0 1'
	juju version 4.0.5
	TODO=$(juju show-unit microovn/1 --format json | td-status -j | jq -r '.findings[] | select(.code == "hidden-relation").todo')
	obey 's;UNIT;microovn/1;; s;ENDPOINT;cluster;' >"$T/document"
	run -0 td-status <(sed 1d "$T/document")
	assert_line --index 0 --partial 'healthy: 2 hosts'
}
