#!/usr/bin/env bats
# A hook runs as few commands as it can: a distributor's relation hook a constant number of them, however many units
# there are; a consumer's one list at most, if it neither joins nor bootstraps and nobody is PENDING.

load helpers

# charm NAME COMMAND...: a charm whose hooks run that and write down what it cost: a line "NAME HOOK JUJU LIST ADD JOIN"
# with the number of Juju's commands and of each of the cluster's, in the file that $T/phase names
charm() {
	mkdir -p "$T/charms/$1"
	cat >"$T/charms/$1/dispatch" <<-SH
		#!/bin/sh
		new() { tail -n +\$((\$1 + 1)) "\$2" 2>/dev/null; }
		lines() { cat "\$1" 2>/dev/null | wc -l; }
		juju=\$(lines "\$MODEL_DIR/commands") cluster=\$(lines "\$CLUSTER_DIR/history")
		${*:2} || exit
		new "\$cluster" "\$CLUSTER_DIR/history" >"$T/new"
		echo "$1 \${JUJU_HOOK_NAME##*cluster-} \$(new "\$juju" "\$MODEL_DIR/commands" | grep -vc ' uname$')" \\
			"\$(grep -c ' list ' "$T/new") \$(grep -c ' add ' "$T/new") \$(grep -Ec ' (join|bootstrap) ' "$T/new")" \\
			>>"\$(cat "$T/phase")"
	SH
	chmod +x "$T/charms/$1/dispatch"
}

juju() {
	"$BUILD/test/juju/juju" -m "$T/model" "$@"
}

settle() {
	juju settle --between 'clusterctl heartbeat' "$@" >"$T/settle" || { cat "$T/settle" && return 1; }
}

# model N: a cluster of N nodes forms (phase forming), two more join (joining), and then every hook runs once (rest)
model() {
	export CLUSTER_DIR=$T/cluster PATH=$BUILD:$BUILD/test/cluster:$PATH
	rm -rf "$T/model" "$CLUSTER_DIR" "$T/forming" "$T/joining" "$T/rest"
	mkdir "$CLUSTER_DIR"
	charm td td-provider-hook microcluster-cluster
	# shellcheck disable=SC2016 # for the hook's shell
	charm microovn td-consumer-hook cluster -H '"$(uname -n)"' microovn cluster
	echo "$T/forming" >"$T/phase"
	juju deploy td "$T/charms/td" -n 2
	juju deploy microovn "$T/charms/microovn" -n "$1"
	juju integrate microovn:cluster td:microcluster-cluster
	settle --update-status-when-idle
	echo "$T/joining" >"$T/phase"
	juju add-unit microovn -n 2
	settle --update-status-when-idle
	[ "$(clusterctl members | wc -l)" = $(($1 + 2)) ]
	echo "$T/rest" >"$T/phase"
	for hook in config-changed update-status leader-elected; do
		juju fire $hook --all
		settle
	done
}

# most COLUMN CHARM HOOK FILE: the largest number of that column (3 Juju's commands, 4 list) in that hook, ERE
most() {
	awk -v column="$1" -v charm="$2" -v hook="^($3)\$" '$1 == charm && $2 ~ hook && $column > max { max = $column }
		END { print max + 0 }' "$4"
}

# lists_alone FILE...: hooks that ran list more than once and neither joined nor bootstrapped
lists_alone() {
	awk '$1 == "microovn" && $4 > 1 && $6 == 0' "$@"
}

@test "the number of units changes nothing in a relation hook of the distributor, and little in others" {
	model 3
	cp "$T/joining" "$T/joining-3"
	cp "$T/rest" "$T/rest-3"
	run -0 lists_alone "$T/forming" "$T/joining" "$T/rest"
	assert_output ''
	model 20
	run -0 lists_alone "$T/forming" "$T/joining" "$T/rest"
	assert_output ''
	for hook in relation-joined relation-changed; do
		few=$(most 3 td $hook "$T/joining-3") many=$(most 3 td $hook "$T/joining")
		echo "distributor's $hook: $few with 3 units, $many with 20"
		[ "$few" -gt 0 ]
		[ "$few" = "$many" ]
		few=$(most 3 microovn $hook "$T/joining-3") many=$(most 3 microovn $hook "$T/joining")
		echo "consumer's $hook: $few with 3 units, $many with 20"
		[ "$few" = "$many" ]
	done
	for hook in config-changed update-status leader-elected; do
		few=$(most 3 microovn $hook "$T/rest-3") many=$(most 3 microovn $hook "$T/rest")
		echo "consumer's $hook: $few with 3 units, $many with 20"
		[ "$few" -gt 0 ]
		[ "$few" = "$many" ]
		few=$(most 3 td $hook "$T/rest-3") many=$(most 3 td $hook "$T/rest")
		echo "distributor's $hook: $few with 3 units, $many with 20"
		# the leader reads each unit's databag here
		[ "$many" -le $((few + 17)) ]
	done
}
