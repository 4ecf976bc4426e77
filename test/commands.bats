#!/usr/bin/env bats
# Hooks run few commands. A distributor's relation hook runs the same number with any number of units. A consumer's hook
# runs at most one list, unless it joins or bootstraps, or a member is PENDING.

load helpers

# charm NAME COMMAND...: a charm whose hooks run that and write down what it cost: a line "NAME HOOK JUJU LIST ADD JOIN"
# with the number of Juju's commands and of each of the cluster's, in the file that $T/phase names
charm() {
	mkdir -p "$T/charms/$1"
	cat >"$T/charms/$1/dispatch" <<-SH
		#!/bin/sh
		juju=\$(wc -l <"\$MODEL_DIR/commands") cluster=\$(wc -l <"\$CLUSTER_DIR/history")
		${*:2} || exit
		awk -v hook="$1 \${JUJU_HOOK_NAME##*cluster-}" -v juju="\$juju" -v cluster="\$cluster" '
			FNR == 1 { file++ }
			FNR <= (file == 1 ? juju : cluster) { next }
			file == 1 { n["juju"] += !/ uname\$/; next }
			{ n["list"] += / list /; n["add"] += / add /; n["join"] += / (join|bootstrap) / }
			END { print hook, n["juju"] + 0, n["list"] + 0, n["add"] + 0, n["join"] + 0 }
		' "\$MODEL_DIR/commands" "\$CLUSTER_DIR/history" >>"\$(cat "$T/phase")"
	SH
	chmod +x "$T/charms/$1/dispatch"
}

juju() {
	"$BUILD/test/juju/juju" -m "$T/model" "$@"
}

settle() {
	juju settle --between 'clusterctl heartbeat' "$@" >"$T/settle" || { cat "$T/settle" && return 1; }
}

# grow NAME N: so many more join (phase joining-NAME)
grow() {
	echo "$T/joining-$1" >"$T/phase"
	juju add-unit microovn -n "$2"
	settle --update-status-when-idle
}

# rest NAME: every hook runs once (phase rest-NAME)
rest() {
	echo "$T/rest-$1" >"$T/phase"
	for hook in config-changed update-status leader-elected; do
		juju fire $hook --all
		settle
	done
}

# most COLUMN CHARM HOOK FILE: the largest number of that column (3 Juju's commands, 4 list) in that hook
most() {
	awk -v column="$1" -v charm="$2" -v hook="$3" '$1 == charm && $2 == hook && $column > max { max = $column }
		END { print max + 0 }' "$4"
}

# lists_alone FILE...: hooks that ran list more than once and neither joined nor bootstrapped
lists_alone() {
	awk '$1 == "microovn" && $4 > 1 && $6 == 0' "$@"
}

@test "the number of units changes nothing in a relation hook of the distributor, and little in others" {
	export CLUSTER_DIR=$T/cluster PATH=$BUILD:$BUILD/test/cluster:$PATH
	mkdir "$T/model" "$CLUSTER_DIR"
	: >"$CLUSTER_DIR/auto-wait"
	echo none | tee "$T/model/commands" >"$CLUSTER_DIR/history"
	charm td td-provider-hook microcluster-cluster
	# shellcheck disable=SC2016 # for the hook's shell
	charm microovn td-consumer-hook cluster -H '"$(uname -n)"' -w 2 --poll 0.01 microovn cluster
	echo "$T/forming" >"$T/phase"
	juju deploy td "$T/charms/td" -n 2
	juju deploy microovn "$T/charms/microovn" -n 2
	juju integrate microovn:cluster td:microcluster-cluster
	settle --update-status-when-idle
	grow few 1
	rest few
	grow between 4
	grow many 1
	rest many
	[ "$(clusterctl members | wc -l)" = 8 ]

	run -0 lists_alone "$T/forming" "$T"/joining-* "$T"/rest-*
	assert_output ''
	for hook in relation-joined relation-changed; do
		for charm in td microovn; do
			few=$(most 3 $charm $hook "$T/joining-few") many=$(most 3 $charm $hook "$T/joining-many")
			echo "$charm's $hook: $few with 3 nodes, $many with 8"
			[ "$few" -gt 0 ]
			[ "$few" = "$many" ]
		done
	done
	for hook in config-changed update-status leader-elected; do
		few=$(most 3 microovn $hook "$T/rest-few") many=$(most 3 microovn $hook "$T/rest-many")
		echo "microovn's $hook: $few with 3 nodes, $many with 8"
		[ "$few" -gt 0 ]
		[ "$few" = "$many" ]
		few=$(most 3 td $hook "$T/rest-few") many=$(most 3 td $hook "$T/rest-many")
		echo "td's $hook: $few with 3 nodes, $many with 8"
		# the leader reads each unit's databag here
		[ "$few" -gt 0 ]
		[ "$many" -le $((few + 5)) ]
	done
}
