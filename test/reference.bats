# The reference, the charms' Python library, can be on the other side: nodes form a cluster with its distributor, and the
# distributor serves its nodes. The other side here knows only the keys that the library reads and writes.

# shellcheck disable=SC2016,SC2030,SC2031
load helpers
load faults

# Its node: all that is due whenever a hook of the relation runs, which stands in for the deferred events.
their_node() {
	charm their-node <<-'SH'
		set -eu
		id=$(relation-ids cluster)
		host=$(uname -n)
		[ "$id" ] || exit 0
		case $JUJU_HOOK_NAME in
		cluster-relation-joined) relation-set -r "$id" hostname="$host" ;;
		cluster-relation-changed | update-status) ;;
		*) exit 0 ;;
		esac
		joined=$JUJU_CHARM_DIR/joined
		app=$(relation-get -r "$id" --app bootstrap-app "$(relation-list -r "$id" --app)")
		bags=$(for unit in $(relation-list -r "$id"); do
			relation-get -r "$id" --format json - "$unit"
		done | jq -cs '.')
		if [ ! -e "$joined" ] && [ "$(is-leader --format json)" = true ] && [ "$app" = "${JUJU_UNIT_NAME%/*}" ] &&
			jq -e 'any(.mirror == "up") and all(.[] | to_entries[]; (.key | startswith("mirror-") | not) or .value == "empty")' \
				<<END >/dev/null
		$bags
		END
		then
			microovn cluster bootstrap
			: >"$joined"
			status-set active bootstrapped
		fi
		token=$(jq -r --arg key "mirror-$host" \
			'map(select(.mirror == "up")[$key] // "empty" | select(. != "empty"))[0] // ""' <<END
		$bags
		END
		)
		if [ ! -e "$joined" ] && [ "$token" ]; then
			microovn cluster join "$token"
			: >"$joined"
			status-set active joined
		fi
		[ -e "$joined" ] || exit 0
		first=$(microovn cluster list -f json |
			jq -r 'map(select(.role == "voter" and .status == "ONLINE").name) | min // ""')
		own=$(relation-get -r "$id" --format json - "$JUJU_UNIT_NAME")
		if [ "$first" != "$host" ]; then
			case $own in *'"mirror":'*) relation-set -r "$id" mirror=down ;; esac
			exit 0
		fi
		relation-set -r "$id" mirror=up
		for name in $(jq -r --argjson own "$own" 'map(select(.mirror == "up")) | add // {} | to_entries[]
			| select((.key | startswith("mirror-")) and .value == "empty" and $own[.key] == null).key[7:]' <<END
		$bags
		END
		); do
			new=$(microovn cluster add "$name") && relation-set -r "$id" "mirror-$name=$new"
		done
	SH
}

# relate APP ...: each to the distributor
relate() {
	local app
	for app; do
		juju integrate "$app:cluster" "$DISTRIBUTOR:microcluster-cluster" >/dev/null
	done
}

@test "our nodes, their distributor" {
	new_model
	their_distributor
	juju deploy "$DISTRIBUTOR" "$T/charms/their-distributor" -n 2
	juju deploy microovn "$NODE_CHARM" -n 4
	relate microovn
	clusterctl fault kill-after add microovn-0
	settled
	assert_equal "$(hooks microovn/0 137)" 1
	assert_equal "$(app_data mirror-unit)" ''
	one_cluster microovn-0 microovn-1 microovn-2 microovn-3
	ran '[^ ]+ bootstrap 0' 1
	ran '[^ ]+ add .* (0|kill-after)' 3
	# what their mirror holds stays; nobody is asked for a token any more
	run ! grep -w empty <<<"$(mirrored)"

	juju add-unit microovn
	settled
	one_cluster microovn-{0..4}
}

@test "our nodes, their distributor whose leader changes, two applications" {
	new_model
	their_distributor
	juju deploy "$DISTRIBUTOR" "$T/charms/their-distributor" -n 2
	juju deploy microovn "$NODE_CHARM" -n 2
	juju deploy microovn-arm "$NODE_CHARM" -n 1
	relate microovn microovn-arm
	step_until is_tried '.* add microovn-arm-0 0'
	juju leader "$DISTRIBUTOR/1"
	settled
	one_cluster microovn-0 microovn-1 microovn-arm-0
	ran '[^ ]+ bootstrap 0' 1
}

@test "a lone node of ours leaves a trace with their distributor" {
	new_model
	their_distributor
	juju deploy "$DISTRIBUTOR" "$T/charms/their-distributor"
	juju deploy microovn "$NODE_CHARM" -n 1
	relate microovn
	settled
	one_cluster microovn-0
	juju add-unit microovn
	juju leader microovn/1
	settled
	ran '[^ ]+ bootstrap 0' 1
	one_cluster microovn-0 microovn-1
}

@test "their nodes, our distributor" {
	new_model
	their_node
	juju deploy "$DISTRIBUTOR" "$TOP/test/charms/$DISTRIBUTOR" -n 2
	juju deploy microovn "$T/charms/their-node" -n 4
	relate microovn
	settled
	settled
	assert_equal "$(app_data mirror-unit) $(app_data bootstrap-app)" "$DISTRIBUTOR/0 microovn"
	ran '[^ ]+ bootstrap 0' 1
	one_cluster microovn-{0..3}
}

@test "their nodes and ours, our distributor" {
	new_model
	their_node
	juju deploy "$DISTRIBUTOR" "$TOP/test/charms/$DISTRIBUTOR" -n 2
	juju deploy microovn "$NODE_CHARM" -n 2
	juju deploy old "$T/charms/their-node" -n 2
	relate microovn old
	settled
	settled
	ran '[^ ]+ bootstrap 0' 1
	one_cluster microovn-0 microovn-1 old-0 old-1
}
