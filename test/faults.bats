# Faults of Juju, machines and clusters, with real processes. After each there is one cluster with all nodes in it, and no
# token was lost for good, made twice or shown.

# shellcheck disable=SC2016,SC2030,SC2031
load helpers
load faults

@test "nothing strikes" {
	deploy 2 3
	settled
	in_the_end microovn-0 microovn-1 microovn-2
	ran 'microovn-0 add microovn-[12] 0' 2
	run ! grep -qE '^hook .* [^0]$' "$T/model/events"
}

@test "the hook is killed before, during and after bootstrap, add and join" {
	local command node unit moment
	while read -r command node; do
		for moment in before during after; do
			echo "--- kill-$moment $command"
			prepare ready 1 3
			[ "$moment" != before ] || late
			unit=${node/%-*/}/${node##*-}
			clusterctl fault "kill-$moment" "$command" "$node"
			settled
			ran "$node $command.* kill-$moment" 1
			assert_equal "$(hooks "$unit" 137)" 1
			if [ "$command $moment" = 'add during' ]; then
				# made, and printed nowhere: the cluster makes another when that has expired
				ran "$node add microovn-1 1"
				assert_equal "$(clusterctl members | grep -c microovn-1)" 0
				clusterctl clock +10800
				settled
				LOST=microovn-1 in_the_end microovn-0 microovn-1 microovn-2
			else
				in_the_end microovn-0 microovn-1 microovn-2
			fi
		done
	done <<-'END'
		bootstrap microovn-0
		add microovn-0
		join microovn-1
	END
}

@test "what a hook has set is dropped: relation-set or the commit fails" {
	local fault command node unit
	while read -r fault command node; do
		echo "--- $fault fails at $command"
		prepare ready 1 2
		unit=${node/%-*/}/${node##*-}
		when "$command" "$node" before <<<"echo '$fault $unit 1 ERROR no connection' >>\"\$MODEL_DIR/faults\""
		settled
		struck "$command" "$node" before
		assert_equal "$(cat "$T/model/faults")" ''
		assert_equal "$(hooks "$unit" '[14]')" 1
		in_the_end microovn-0 microovn-1
	done <<-'END'
		relation-set bootstrap microovn-0
		relation-set add microovn-0
		relation-set join microovn-1
		commit bootstrap microovn-0
		commit add microovn-0
		commit join microovn-1
	END
	for fault in relation-set commit; do
		echo "--- $fault fails at the distributor"
		deploy 1 2
		echo "$fault $DISTRIBUTOR/0 4 ERROR no connection" >"$T/model/faults"
		settled
		assert_equal "$(hooks "$DISTRIBUTOR/0" '[14]')" 4
		in_the_end microovn-0 microovn-1
	done
}

@test "the leader of the nodes changes before it is permitted to bootstrap, and after" {
	deploy 1 2
	step_until is ready bag microovn/0 bootstrap
	is '' app_data bootstrap-unit
	juju leader microovn/1
	settled
	in_the_end microovn-0 microovn-1

	prepare ready 1 2
	run ! is_tried '.* bootstrap .*'
	juju leader microovn/1
	settled
	ran 'microovn-0 bootstrap 0' 1
	in_the_end microovn-0 microovn-1

	# nobody leads while the permission is on its way
	prepare ready 2 2
	juju leader microovn
	juju leader "$DISTRIBUTOR"
	settled
	juju leader microovn/1
	juju leader "$DISTRIBUTOR/1"
	in_the_end microovn-0 microovn-1
}

@test "the leader of the distributor changes once its mirror has the tokens" {
	prepare ready 2 3
	step_until has_token "$DISTRIBUTOR/0" microovn-2
	run ! is_tried '.* join .*'
	juju leader "$DISTRIBUTOR/1"
	settled
	assert_equal "$(hooks "$DISTRIBUTOR/1" 0 leader-elected)" 1
	assert_equal "$(app_data mirror-unit)" "$DISTRIBUTOR/1"
	in_the_end microovn-0 microovn-1 microovn-2
}

@test "the leaders change all the time" {
	local n changes=0
	deploy 2 4
	: >"$CLUSTER_DIR/auto-heartbeat"
	for ((n = 0; n < 100; n++)); do
		! settle --max-hooks 7 --seed $n || break
		# a failed settle must be for want of hooks alone
		assert_equal "$(cat "$T/settled")" 'juju: not settled after 7 hooks'
		if [ $changes -lt 14 ]; then
			juju leader "$DISTRIBUTOR/$((n % 2))"
			juju leader "microovn/$((n / 2 % 4))"
			changes=$((changes + 1))
		fi
	done
	assert_equal $changes 14
	in_the_end microovn-0 microovn-1 microovn-2 microovn-3
}

@test "a unit of the distributor goes away for good" {
	echo "--- its mirror has the tokens"
	prepare ready 2 2
	step_until has_token "$DISTRIBUTOR/0" microovn-1
	run ! is_tried '.* join .*'
	juju remove-unit "$DISTRIBUTOR/0" --force
	settled
	assert_equal "$(app_data mirror-unit)" "$DISTRIBUTOR/1"
	in_the_end microovn-0 microovn-1

	echo "--- it has given the permission to bootstrap"
	prepare ready 2 2
	run ! is_tried '.* bootstrap .*'
	juju remove-unit "$DISTRIBUTOR/0" --force
	settled
	in_the_end microovn-0 microovn-1

	local how
	for how in '' --force; do
		echo "--- the only one, replaced, removed ${how:-in order}"
		prepare ready 1 3
		step_until is_tried 'microovn-1 join .*'
		juju remove-unit "$DISTRIBUTOR/0" ${how:+"$how"}
		settled
		run ! is_tried 'microovn-2 join .*'
		juju add-unit "$DISTRIBUTOR"
		settled
		assert_equal "$(app_data mirror-unit)" "$DISTRIBUTOR/1"
		in_the_end microovn-0 microovn-1 microovn-2
	done
}

@test "add prints what is no token, and ends in 0" {
	local text
	prepare ready 1 3
	clusterctl fault help add microovn-0
	for text in --help member empty 'two words' ''; do
		clusterctl fault print add microovn-0 "$text"
	done
	settled
	settled
	settled
	ran 'microovn-0 add microovn-[12] 0' 8
	assert_equal "$(cat "$CLUSTER_DIR/faults")" ''
	logged 'WARNING .*cannot add microovn-1: what it printed is no token'
	logged 'WARNING .*cannot add microovn-2: what it printed is no token'
	# those made nothing
	assert_equal "$(clusterctl secrets | wc -l)" 2
	PRINTED=6 in_the_end microovn-0 microovn-1 microovn-2
}

@test "hosts call themselves what no host is called" {
	deploy 1 2
	charm rogue <<-'SH'
		case $JUJU_HOOK_NAME in
		*-relation-joined) relation-set "hostname=$NAME" ;;
		esac
	SH
	local name n=0 app
	for name in -f --help '-- x' "\$(touch $T/owned)" '../../x' 10.0.0.1; do
		n=$((n + 1))
		app=rogue$(tr 0-9 a-j <<<$n)
		sed -i "2i NAME='$name'" "$T/charms/rogue/dispatch"
		juju deploy "$app" "$T/charms/rogue"
		sed -i 2d "$T/charms/rogue/dispatch"
		juju integrate "$app:cluster" "$DISTRIBUTOR:microcluster-cluster" >/dev/null
	done
	settled
	run ! is_tried '[^ ]+ (add|join|bootstrap|remove) .*(-f|help|x|touch|10).*'
	for name in -f --help 10.0.0.1; do
		assert_equal "$(bag "$DISTRIBUTOR/0" "mirror-$name")" empty
		logged "WARNING .*: $name is not a name the cluster accepts"
	done
	assert_equal "$(clusterctl members | cut -d ' ' -f 1)" $'microovn-0\nmicroovn-1'
	[ ! -e "$T/owned" ]
	# and when they are gone so is what they left
	for ((n = 1; n <= 6; n++)); do
		juju remove-unit "rogue$(tr 0-9 a-j <<<$n)/0"
	done
	settled
}

@test "the step is killed where it saves and ends, while add is quick, slow, loud, late, or never ends" {
	run env CALLS=clone,rename,unlink "$TOP/test/torture-add.sh"
	[[ $output != *skipped* ]] || skip "$output"
	assert_line --regexp '^[0-9]{2,} kills, [0-9]+ of them not reached, 0 failed$'
	assert_equal "$status" 0
	# it notices a token that is lost
	run env CALLS=rename FORGET=1 "$TOP/test/torture-add.sh" quick
	assert_line '2 kills, 0 of them not reached, 2 failed'
	assert_line "# the token for n2 isn't in the state file"
	assert_equal "$status" 1
}

# The disk of the nodes, but not their cluster's, is full for as long as $T/full is there: a write to a file fails.
disk_may_be_full() {
	# the processes that read what add prints: each holds the lock of its file
	cat >"$T/bin/keepers" <<-SH
		#!/bin/sh
		find "$T/model" -name '*.add-*' -printf ':%i \\n' | grep -Ff - /proc/locks | awk '{ print \$5 }'
	SH
	cat >"$T/bin/td-consumer-step" <<-SH
		#!/bin/sh
		[ ! -e "$T/full" ] || ulimit -S -f 0
		exec "$BUILD/td-consumer-step" "\$@"
	SH
	mv "$T/bin/microovn" "$T/bin/strikes"
	cat >"$T/bin/microovn" <<-SH
		#!/bin/sh
		out=\$(ulimit -S -f unlimited; exec "$T/bin/strikes" "\$@")
		status=\$?
		[ ! -e "$T/full" ] || {
			for pid in \$PPID \$(keepers); do
				prlimit --pid \$pid --fsize=0:unlimited
			done
		}
		[ -z "\$out" ] || printf '%s\n' "\$out" || status=1
		exit \$status
	SH
	sed -i 's,^program=.*,program=$CLUSTER_COMMANDS/microovn,' "$T/bin/strikes"
	chmod 755 "$T"/bin/*
}

@test "the disk is full" {
	local command node pid i
	command -v prlimit >/dev/null || skip 'there is no prlimit'
	while read -r command node; do
		echo "--- when $command runs"
		prepare ready 1 2
		disk_may_be_full
		when "$command" "$node" before <<<": >$T/full"
		settle --max-retries 1 --keep-going || true
		struck "$command" "$node" before
		logged '(File too large|write error)'
		[ "$(mirrored)" != $'microovn-0 member\nmicroovn-1 member' ]
		rm "$T/full"
		# what add printed is still there, and is written once there is room
		pid=$(keepers)
		if [ "$command" = add ]; then
			[ "$pid" ]
			logged "cannot add microovn-1: what it printed can't be written beside the state file for now"
			prlimit --pid "$pid" --fsize=unlimited
			for ((i = 0; i < 1000; i++)); do
				[ "$(keepers)" ] || break
				sleep 0.01
			done
		fi
		is '' keepers
		settled
		in_the_end microovn-0 microovn-1
		ran 'microovn-0 add microovn-1 0' 1
	done <<-'END'
		list microovn-0
		bootstrap microovn-0
		add microovn-0
		join microovn-1
	END
}

@test "the disk is full: a file system without room" {
	unshare -rm mount -t tmpfs tmpfs /mnt 2>/dev/null || skip 'no file system can be mounted here'
	prepare ready 1 2
	# the file for what add prints is there already, and has the room for a token
	when add microovn-0 before <<-'SH'
		cat /dev/zero >"$JUJU_CHARM_DIR/ballast" 2>/dev/null
		df --output=avail "$JUJU_CHARM_DIR" | tail -n 1 >"$T/room"
	SH
	export T
	export -f juju settle
	unshare -rm bash -ec '
		cp -a "$1" "$T/charm"
		mount -t tmpfs -o size=512k tmpfs "$1"
		cp -a "$T/charm/." "$1"
		settle --max-retries 1 --keep-going || true
		ls -A "$1" >"$T/files"
		rm "$1/ballast"
		settle
		cp -a "$1/." "$T/charm"
	' - "$T/model/units/microovn-0/charm"
	cp -a "$T/charm/." "$T/model/units/microovn-0/charm"
	struck add microovn-0 before
	assert_equal "$(tr -d ' ' <"$T/room")" 0
	# nothing of it waits beside the state file: there was room for the state, too
	run ! grep add "$T/files"
	ran 'microovn-0 add microovn-1 0' 1
	in_the_end microovn-0 microovn-1
}

@test "a token expires before it is used" {
	local moment
	for moment in 'add microovn-0 after' 'join microovn-1 before'; do
		prepare ready 1 3
		# shellcheck disable=SC2086
		when $moment <<<'clusterctl clock +10801'
		settled
		# shellcheck disable=SC2086
		struck $moment
		ran 'microovn-1 join microovn-1 1'
		ran 'microovn-0 add microovn-1 0' 2
		logged 'WARNING .*join failed: .*(Token expired|CoreTokenRecord not found)'
		in_the_end microovn-0 microovn-1 microovn-2
	done
}

@test "a token is used up by a join that fails" {
	prepare ready 1 3
	clusterctl fault consume microovn-1
	settled
	ran 'microovn-1 join microovn-1 1'
	ran 'microovn-0 add microovn-1 0' 2
	BURNT=microovn-1 in_the_end microovn-0 microovn-1 microovn-2

	# three in a row: after the second the unit waits for Juju's regular hooks
	prepare ready 1 2
	clusterctl fault consume microovn-1
	clusterctl fault consume microovn-1
	clusterctl fault consume microovn-1
	settled
	settled
	settled
	assert_equal "$(cat "$CLUSTER_DIR/faults")" ''
	BURNT=microovn-1 in_the_end microovn-0 microovn-1

	# and a row of the cluster's stays: somebody has to take it away
	prepare ready 1 2
	clusterctl fault strand microovn-1
	settled
	ran 'microovn-1 join microovn-1 1'
	ran 'microovn-0 add microovn-1 .*' 1
	assert_equal "$(juju status | awk '$2 == "microovn-1" { print $3 }')" blocked
	MACHINE_NAME=microovn-0 microovn cluster remove microovn-1 --force
	settled
	settled
	BURNT=microovn-1 in_the_end microovn-0 microovn-1
}

@test "a machine comes back under its old name" {
	echo '--- its unit is removed, and one added'
	prepare formed 1 3
	juju remove-unit microovn/1
	settled
	ran 'microovn-1 remove microovn-1 0'
	juju add-unit microovn --machine microovn-1
	settled
	ran 'microovn-1 join microovn-1 0' 2
	in_the_end microovn-0 microovn-1 microovn-2

	echo '--- at once'
	prepare formed 1 3
	juju remove-unit microovn/1
	juju add-unit microovn --machine microovn-1
	settled
	in_the_end microovn-0 microovn-1 microovn-2

	echo '--- it is installed anew, its unit removed by force'
	prepare formed 1 3
	clusterctl wipe microovn-1
	juju remove-unit microovn/1 --force
	juju add-unit microovn --machine microovn-1
	settled
	logged 'WARNING .*microovn-1 can.t join: .* as UNREACHABLE; .* run: microovn cluster remove microovn-1 --force'
	MACHINE_NAME=microovn-0 microovn cluster remove microovn-1 --force
	settled
	in_the_end microovn-0 microovn-1 microovn-2

	echo '--- it is installed anew under its unit'
	prepare formed 1 3
	clusterctl wipe microovn-2
	rm "$T/model/units/microovn-2/charm/.td-consumer.json"
	settled
	MACHINE_NAME=microovn-0 microovn cluster remove microovn-2 --force
	settled
	in_the_end microovn-0 microovn-1 microovn-2

	echo '--- its daemon has lost the cluster, and it is the communicator'
	prepare formed 1 3
	clusterctl wipe microovn-0
	settled
	MACHINE_NAME=microovn-1 microovn cluster remove microovn-0 --force
	settled
	ran 'microovn-0 join microovn-0 0'
	in_the_end microovn-0 microovn-1 microovn-2
}

@test "the leader that was to bootstrap is removed first" {
	local how
	for how in '' --force; do
		deploy 1 3
		step_until is ready bag microovn/0 bootstrap
		is '' app_data bootstrap-unit
		juju remove-unit microovn/0 ${how:+"$how"}
		settled
		run ! is_tried 'microovn-0 bootstrap.*'
		GONE=microovn-0 in_the_end microovn-1 microovn-2

		prepare ready 1 3
		run ! is_tried '.* bootstrap .*'
		juju remove-unit microovn/0 ${how:+"$how"}
		settled
		run ! is_tried 'microovn-0 bootstrap.*'
		GONE=microovn-0 in_the_end microovn-1 microovn-2
	done
}

@test "the hook is told to end: SIGTERM" {
	local command node moment lost
	while read -r command node; do
		for moment in before after; do
			echo "--- $moment $command"
			prepare ready 1 2
			late
			# its whole group, as Juju's agent does; the command is in one of its own
			when "$command" "$node" $moment <<<'kill -TERM -- "-$HOOK_PGID"; kill -TERM $PPID'
			settled
			struck "$command" "$node" $moment
			[ "$(hooks "${node/%-*/}/${node##*-}" '(143|[1-9])')" -ge 1 ]
			lost=''
			if [ "$command" = add ] && ! clusterctl members | grep -q '^microovn-1 '; then
				# it was ended after it had made the token and before it had printed it
				lost=microovn-1
				clusterctl clock +10800
				settled
			fi
			LOST=$lost in_the_end microovn-0 microovn-1
		done
	done <<-'END'
		bootstrap microovn-0
		add microovn-0
		join microovn-1
	END
}

# gone PID ...: waits until they have ended; 10 s at most
gone() {
	local pid n=0
	for pid; do
		while kill -0 "$pid" 2>/dev/null && [ "$(cut -d" " -f3 "/proc/$pid/stat" 2>/dev/null)" != Z ]; do
			((++n < 1000)) || return 1
			sleep 0.01
		done
	done
}

@test "join hangs" {
	new_model
	charm impatient <<<'exec td-consumer-hook cluster -H "$(uname -n)" -t 1 -w 2 --poll 0.01 microovn cluster'
	juju deploy "$DISTRIBUTOR" "$TOP/test/charms/$DISTRIBUTOR"
	juju deploy microovn "$T/charms/impatient" -n 2
	juju integrate microovn:cluster "$DISTRIBUTOR:microcluster-cluster" >/dev/null
	clusterctl fault hang join microovn-1
	settled
	ran 'microovn-1 join microovn-1 hang' 1
	logged 'WARNING .*join failed: timed out after 1 s'
	assert_equal "$(wc -l <"$CLUSTER_DIR/hanging")" 2
	# shellcheck disable=SC2046
	gone $(cat "$CLUSTER_DIR/hanging")
	# the token was rejected, but the cluster has it still and makes no other: it was tried again
	ran 'microovn-0 add microovn-1 0' 1
	LOST=microovn-1 in_the_end microovn-0 microovn-1
}

@test "two applications at one distributor, hooks two at a time, killed" {
	deploy 2 2
	late
	juju deploy microovn-arm "$NODE_CHARM" -n 2
	juju integrate microovn-arm:cluster "$DISTRIBUTOR:microcluster-cluster" >/dev/null
	clusterctl fault kill-after bootstrap '*'
	clusterctl fault kill-after add '*'
	clusterctl fault kill-during join '*'
	clusterctl fault kill-before join '*'
	settled -j 2
	assert_equal "$(cat "$CLUSTER_DIR/faults")" ''
	assert_equal "$(hooks 'microovn(-arm)?/[0-9]' 137)" 4
	in_the_end microovn-0 microovn-1 microovn-arm-0 microovn-arm-1
}

@test "two endpoints of one charm: two clusters, each with its distributor, killed" {
	new_model
	charm both <<-'SH'
		td-consumer-hook ovn -H "$(uname -n)" -s "$JUJU_CHARM_DIR/.td-ovn.json" -w 2 --poll 0.01 microovn cluster || exit
		export CLUSTER_DIR="$CLUSTER_DIR/ceph"
		exec td-consumer-hook ceph -H "$(uname -n)" -s "$JUJU_CHARM_DIR/.td-ceph.json" -w 2 --poll 0.01 microceph cluster
	SH
	charm distributes-both <<-'SH'
		td-provider-hook for-ovn && exec td-provider-hook for-ceph
	SH
	mkdir "$CLUSTER_DIR/ceph"
	ln -s microovn "$T/bin/microceph"
	juju deploy "$DISTRIBUTOR" "$T/charms/distributes-both"
	juju deploy node "$T/charms/both" -n 3
	juju integrate node:ovn "$DISTRIBUTOR:for-ovn" >/dev/null
	juju integrate node:ceph "$DISTRIBUTOR:for-ceph" >/dev/null
	# the second one fails when the first has done its part, whose databag is dropped with it
	clusterctl fault kill-after add node-0
	CLUSTER_DIR=$CLUSTER_DIR/ceph clusterctl fault kill-after bootstrap node-0
	CLUSTER_DIR=$CLUSTER_DIR/ceph clusterctl fault kill-after join node-1
	: >"$CLUSTER_DIR/auto-heartbeat"
	: >"$CLUSTER_DIR/ceph/auto-heartbeat"
	settled
	assert_equal "$(hooks 'node/[01]' 137)" 3
	in_the_end node-0 node-1 node-2
	ran 'node-0 bootstrap .*' 1
	CLUSTER_DIR=$CLUSTER_DIR/ceph
	in_the_end node-0 node-1 node-2
	ran 'node-0 bootstrap .*' 1
}
