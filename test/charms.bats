#!/usr/bin/env bats
# The sample charms, which maintainers copy, do what their comments say.

load helpers

setup() {
	export CLUSTER_DIR=$T/cluster JUJU_MODEL=$T/model
	mkdir "$CLUSTER_DIR"
	# the cluster has its heartbeat while a hook waits for it, too
	: >"$CLUSTER_DIR/auto-heartbeat"
	PATH=$BUILD/test/juju:$BUILD/test/cluster:$PATH
}

# form CHARM: a distributor and three nodes of that charm, until nothing is left to do
form() {
	juju deploy td "$TOP/test/charms/microcluster-token-distributor" -n 2
	juju deploy microovn "$1" -n 3
	juju integrate microovn:cluster td:microcluster-cluster
	juju settle --update-status-when-idle >"$T/settled"
}

action() {
	run --separate-stderr juju exec --unit "$1" -- "JUJU_ACTION_NAME=td-status ./dispatch"
}

@test "observers see each event once, and where it should be" {
	form "$TOP/test/charms/microovn"
	local unit
	juju debug-log >"$T/log"
	local said='about to.*|bootstrapped|in the cluster.*|made a token for .*'
	run -0 sed -nE "s/.*unit\.microovn\/0\.[a-z-]+-relation-[a-z]+ ($said)$/\1/p" "$T/log"
	assert_output "$(printf '%s\n' 'about to bootstrap' bootstrapped 'in the cluster that it has bootstrapped' \
		'made a token for microovn-1' 'made a token for microovn-2')"
	for unit in 1 2; do
		run -0 sed -nE "s/.*unit\.microovn\/$unit\.[a-z-]+-relation-[a-z]+ ($said)$/\1/p" "$T/log"
		assert_output $'about to join\nin the cluster'
	done
}

@test "the action td-status: of the unit, with the cluster's list, or without it" {
	form "$TOP/test/charms/microovn"
	action microovn/1
	assert_success
	assert_line --regexp '^microovn-1 +microovn/1 +member .* ONLINE$'
	# what is missing is an answer
	clusterctl fault fail list microovn-1 'Error: no such daemon'
	action microovn/1
	assert_success
	assert_line --regexp '^microovn-1 +microovn/1 +member '
	refute_line --partial ONLINE
}

@test "the distributor's own status" {
	form "$TOP/test/charms/microovn"
	run -0 jq -r '.applications.td.units[]["workload-status"].current' <(juju status --format json)
	assert_output $'active\nactive'
}

# block PAGE FIRST: the page's literal block whose first line that is
block() {
	awk -v first="$2" '/^\.Bd -literal/ { getline; on = $0 == first } /^\.Ed/ { on = 0 } on' "$1" |
		sed -e "s/\\\\(aq/'/g" -e 's/\\e/\\/g' -e 's/^\\&//'
}

@test "td-migrate(7) has the samples as they are" {
	local page=$TOP/man/td-migrate.7 ops=$TOP/test/charms/microovn-ops/src event
	diff <(block "$page" '"""The library\(aqs TokenConsumer, done by td-consumer-step."""') "$ops/token_distributor_tools.py"
	for event in prebootstrap bootstrapped prejoin joined token-generated; do
		[ -x "$ops/observers/$event" ]
		block "$page" '#!/bin/sh' | grep -Fqx -f "$ops/observers/$event"
		cmp "$ops/observers/joined" "$ops/observers/$event"
	done
	block "$page" '#!/bin/sh' >"$T/blocks"
	cat "$TOP/test/charms/microovn/dispatch" <(printf '#!/bin/sh\ntd-snapshot cluster | td-status || [ $? -eq 1 ]\n') \
		"$TOP/test/charms/microovn/observers/joined" "$ops/observers/joined" | diff - "$T/blocks"
}

@test "the sample in Python is Python" {
	command -v python3 >/dev/null || skip 'no python3'
	PYTHONPYCACHEPREFIX=$T/cache run -0 python3 -m py_compile "$TOP/test/charms/microovn-ops/src/token_distributor_tools.py"
}
