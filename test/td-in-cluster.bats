#!/usr/bin/env bats
# td-in-cluster tells from the state file whether the unit is in the cluster: true and 0, or false and 1. If it can't
# trust the file, it fails and gives no answer.

load helpers

setup() {
	cd "$T" || return
}

# answer STATUS TEXT STATE: of a state file with that text
answer() {
	printf '%s\n' "$3" >state
	chmod 600 state
	check "$1" "$2" '' '' td-in-cluster -s state
}

@test "the state file's answer" {
	answer 0 true '{"in-cluster":true,"tokens":{},"deferred":[],"failed":0,"left":false}'
	answer 0 true '{"in-cluster":true}'
	answer 0 true '{"in-cluster":true,"unsure":false,"tokens":{"n2":"eyJzZWNyZXQiOiJmYWtlIn0="},"other":1}'
	answer 1 false '{"in-cluster":false}'
	answer 1 false '{}'
	answer 1 false '{"in-cluster":false,"left":true}'
}

@test "false while the unit is unsure" {
	answer 1 false '{"in-cluster":true,"unsure":true}'
	answer 1 false '{"in-cluster":false,"unsure":true}'
}

@test "false without a file, which isn't made, nor a lock" {
	check 1 false '' '' td-in-cluster -s none
	check 1 false '' '' td-in-cluster --state=none/none
	answer 0 true '{"in-cluster":true}'
	run ls -A
	refute_output --partial none
	refute_output --partial lock
}

@test "the file is .td-consumer.json of the charm's folder" {
	mkdir charm
	printf '{"in-cluster":true}' >charm/.td-consumer.json
	chmod 600 charm/.td-consumer.json
	JUJU_CHARM_DIR=$T/charm check 0 true '' '' td-in-cluster
	JUJU_CHARM_DIR=$T/charm check 1 false '' '' td-in-cluster -s none
	JUJU_CHARM_DIR=$T check 1 false '' '' td-in-cluster
	check 2 '' '^td-in-cluster: cannot find the state file: neither -s nor JUJU_CHARM_DIR is given$' '' td-in-cluster
	JUJU_CHARM_DIR='' check 2 '' '^td-in-cluster: cannot find the state file: ' '' td-in-cluster
}

@test "what the step writes is what it reads" {
	mkdir bin
	# shellcheck disable=SC2016
	printf '#!/bin/sh\n[ "$1" != list ] || cat list\n' >bin/cluster
	chmod +x bin/cluster
	echo '[{"name":"n1","role":"voter","status":"ONLINE"}]' >list
	echo '{"app/0":{"relation-info":[{"relation-id":4,"local-unit":{"data":{"hostname":"n1"}},
		"related-units":{"td/0":{"data":{"mirror":"up","mirror-n1":"member"}}}}]}}' >document
	check 1 false '' '' td-in-cluster -s state
	PATH=$T/bin:$PATH run --separate-stderr -0 td-consumer-step -s state -H n1 reconcile cluster <document
	check 0 true '' '' td-in-cluster -s state
}

@test "a step that holds the lock isn't waited for" {
	answer 0 true '{"in-cluster":true}'
	: >state.lock
	chmod 600 state.lock
	perl -MFcntl -e 'open my $f, "+<", "state.lock" or die; my $lock = pack "s s l! l! i", F_WRLCK, 0, 0, 0, 0;
		fcntl $f, F_SETLK, $lock or die; exec @ARGV' timeout 20 td-in-cluster -s state >answer
	assert_equal "$(cat answer)" true
}

@test "a damaged file" {
	local text
	umask 077
	for text in '' '{"in-cluster":tr' '[]' '{"in-cluster":"yes"}' '{"in-cluster":true,"unsure":1}' \
		'{"in-cluster":true,"tokens":[]}' '{"in-cluster":true,"in-cluster":false}' 'true'; do
		printf '%s' "$text" >state
		check 3 '' '^td-in-cluster: cannot use state file state: ' '' td-in-cluster -s state
	done
}

@test "a file that somebody else may have written" {
	printf '{"in-cluster":true}' >state
	chmod 620 state
	check 4 '' '^td-in-cluster: cannot use state: others may write to it$' '' td-in-cluster -s state
	chmod 602 state
	check 4 '' '^td-in-cluster: cannot use state: others may write to it$' '' td-in-cluster -s state
	chmod 600 state
	ln -s state link
	check 4 '' '^td-in-cluster: cannot use link: it is a symbolic link$' '' td-in-cluster -s link
	check 4 '' '^td-in-cluster: cannot use [.]: it is no regular file$' '' td-in-cluster -s .
	mkfifo pipe
	check 4 '' '^td-in-cluster: cannot use pipe: it is no regular file$' '' timeout 20 td-in-cluster -s pipe
}

@test "another user's file" {
	[ "$(id -u)" = 0 ] || skip 'files are given away by root alone'
	printf '{"in-cluster":true}' >state
	chown 12345 state
	check 4 '' '^td-in-cluster: cannot use state: it belongs to another user$' '' td-in-cluster -s state
}

@test "wrong calls" {
	check 2 '' '^td-in-cluster: cannot take operand 1: there is one too many$' '' td-in-cluster state
	check 2 '' '^td-in-cluster: cannot take option -s: it needs a value$' '' td-in-cluster -s
	check 2 '' '^usage: td-in-cluster \[-s FILE\]' '' td-in-cluster -x
}

@test "the end" {
	printf '{"in-cluster":true}' >state
	chmod 600 state
	[ -w /dev/full ] || skip 'no /dev/full'
	run -4 bash -c 'td-in-cluster -s state >/dev/full'
	assert_output --partial 'cannot write standard output'
}
