# A model with its cluster in the test's folder, faults that strike while a certain command of the cluster runs, and
# what must hold in the end, whatever struck.

DISTRIBUTOR=microcluster-token-distributor

# new_model: an empty model, an empty cluster, and a cluster command that strikes. One that was there goes.
new_model() {
	rm -rf "${T:?}"/{model,cluster,on,bin,full}
	mkdir "$T/cluster" "$T/on" "$T/bin"
	# a node that waits asks again at once, and the cluster's clock moves on
	: >"$T/cluster/auto-wait"
	NODE_CHARM=${BATS_FILE_TMPDIR:-$T}/charms/node
	[ -e "$NODE_CHARM" ] || node_charm
	export CLUSTER_DIR=$T/cluster ON=$T/on JUJU=$BUILD/test/juju/juju CLUSTER_COMMANDS=$BUILD/test/cluster
	case :$PATH: in
	*":$T/bin:"*) ;;
	*) PATH=$T/bin:$PATH:$CLUSTER_COMMANDS ;;
	esac
	cat >"$T/bin/microovn" <<-'SH'
		#!/bin/sh
		# Before or after the real command, once: what was asked for with `when`.
		strike() {
			[ -e "$ON/$1" ] && mv "$ON/$1" "$ON/$1.struck" 2>/dev/null && . "$ON/$1.struck" >/dev/null
		}
		program=$CLUSTER_COMMANDS/${0##*/}
		strike "$2.$MACHINE_NAME.before"
		[ -e "$ON/$2.$MACHINE_NAME.after" ] || exec "$program" "$@"
		"$program" "$@"
		status=$?
		strike "$2.$MACHINE_NAME.after"
		exit $status
	SH
	chmod 755 "$T/bin/microovn"
}

# node_charm: $NODE_CHARM is the charm of the nodes, as it is but for its patience
node_charm() {
	mkdir -p "$NODE_CHARM"
	cp -R "$TOP/test/charms/microovn/." "$NODE_CHARM"
	sed 's/ microovn cluster$/ -w 2 --poll 0.01&/' "$TOP/test/charms/microovn/dispatch" >"$NODE_CHARM/dispatch"
	chmod 755 "$NODE_CHARM/dispatch"
	grep -q poll "$NODE_CHARM/dispatch"
}

juju() {
	"$JUJU" -m "$T/model" "$@"
}

# deploy DISTRIBUTORS NODES: microovn/0 is on the machine microovn-0
deploy() {
	new_model
	juju deploy "$DISTRIBUTOR" "$TOP/test/charms/$DISTRIBUTOR" -n "$1"
	juju deploy microovn "$NODE_CHARM" -n "$2"
	juju integrate microovn:cluster "$DISTRIBUTOR:microcluster-cluster" >/dev/null
}

# prepare ready|formed DISTRIBUTORS NODES: as deploy, up to where microovn/0 may bootstrap, or to a formed cluster. Made
# once in a test file.
prepare() {
	local kept=$BATS_FILE_TMPDIR/$1-$2-$3
	if [ -d "$kept" ]; then
		new_model
		cp -a "$kept/." "$T"
		return
	fi
	deploy "$2" "$3"
	case $1 in
	ready) step_until is microovn/0 app_data bootstrap-unit ;;
	formed) settled ;;
	esac
	mkdir "$kept"
	cp -a "$T/model" "$T/cluster" "$kept"
}

# when COMMAND NODE before|after: standard input, a shell script, is run in the hook at that moment, once
when() {
	cat >"$ON/$1.$2.$3"
}

# settle [OPTION ...]: hooks run until none is due; ends as juju does
settle() {
	juju settle --between 'clusterctl heartbeat' --update-status-when-idle "$@" >"$T/settled" 2>&1
}

# settled [OPTION ...]: as settle, and it must go well
# shellcheck disable=SC2120
settled() {
	settle "$@" || {
		echo "it didn't settle:"
		cat "$T/settled"
		tail -n 30 "$T/model/log"
		return 1
	}
}

# step_until COMMAND [ARG ...]: hooks run one by one until the command does well
step_until() {
	local n
	for ((n = 0; n < 300; n++)); do
		"$@" && return 0
		juju step >/dev/null 2>"$T/stepped" || break
		clusterctl heartbeat
	done
	echo "this never came true: $*"
	cat "$T/stepped"
	return 1
}

# struck COMMAND NODE before|after: what was asked for with `when` was run
struck() {
	[ -e "$ON/$1.$2.$3.struck" ] || {
		echo "what was to happen $3 $1 on $2 didn't"
		return 1
	}
}

# hooks UNIT STATUS [HOOK]: how many hooks of the unit ended so
hooks() {
	grep -cE "^hook $1 ${3:-[a-z-]+} $2\$" "$T/model/events" || true
}

# ran LINE [COUNT]: the cluster's history has a line that matches, COUNT times if that is told
ran() {
	local n
	n=$(clusterctl history | grep -cE "^$1\$") || true
	[ "$n" = "${2:-$n}" ] && [ "$n" -gt 0 ] || [ "$n" = "${2-x}" ] || {
		echo "history has $n lines of: $1${2:+, not $2}"
		clusterctl history
		return 1
	}
}

# logged REGEX: Juju's log has a line that matches
logged() {
	grep -qE -- "$1" "$T/model/log" || {
		echo "not logged: $1"
		cat "$T/model/log"
		return 1
	}
}

# app_data KEY: what the distributor's application databag has
app_data() {
	sed -s 1d "$T"/model/relations/*/app/$DISTRIBUTOR | jq -rs --arg key "$1" 'map(.[$key] // empty)[0] // ""'
}

# The lines of the cluster's history that made a token of a host whose last one was good still, or had its maker ask
# for another; that a communicator asks anew when it took over from its maker is the protocol's way.
# $PRINTED: so many `add`s made nothing, whatever their status. $LOST: hosts whose token nobody has seen, or was
# rejected for nothing, so that another is asked for. $BURNT: hosts whose failed joins used theirs up.
tokens_too_many() {
	clusterctl history | awk -v printed="${PRINTED:-0}" -v lost=" ${LOST-} " -v burnt=" ${BURNT-} " '
		function made(line) { return line ~ / (0|kill-during|kill-after)$/ }
		function among(hosts, host) { return index(hosts, " " host " ") }
		$1 == "-" && $2 == "clock" { clock += $3 }
		$1 == "-" && $2 == "heartbeat" { clock += 10 }
		$2 == "add" && $NF == "0" && printed > 0 { printed--; next }
		$2 == "add" && good[$3] > clock && (made($0) || (maker[$3] == $1 && !among(lost, $3))) { print }
		$2 == "add" && made($0) { good[$3] = clock + 3 * 60 * 60; maker[$3] = $1 }
		$2 == "join" && (made($0) || among(burnt, $3)) { good[$3] = 0 }
	'
}

# The files of the model, but for databags and state files, that hold a good part of a token.
tokens_in_files() {
	clusterctl secrets | cut -c 1-48 >"$T/parts"
	clusterctl secrets | grep -o '.\{48\}$' >>"$T/parts"
	[ ! -s "$T/parts" ] || grep -rlF -f "$T/parts" "$T/model" | grep -vE \
		'/relations/[0-9]+/(unit|app)/[^/]+$|/units/[^/]+/cache/[0-9]+/[^/]+$|/charm/\.td-consumer\.json[^/]*$' || true
}

# What each relation's databag of the distributor's leader mirrors: HOST VALUE, sorted
mirrored() {
	local leader
	leader=$(cat "$T/model/apps/$DISTRIBUTOR/leader")
	sed -s 1d "$T"/model/relations/*/unit/"${leader/\//-}" | jq -rc '
		to_entries | map(select(.key | startswith("mirror-")) |
		"\(.key[7:]) \(.value)")[]' | sort -u
}

# one_cluster HOST ...: there is one, all these nodes are in it and no others, nobody is in error, no token was made
# twice while the first was good, and none is in any log or status. $ANY_STATUS: whatever the units say of themselves.
one_cluster() {
	local hosts
	hosts=$(printf '%s\n' "$@" | sort)
	assert_equal "$(clusterctl clusters | head -n 1) cluster" '1 cluster'
	assert_equal "$(clusterctl members | awk '{ print $1, $2 == "PENDING" ? $2 : "member", $3 }' | sort)" \
		"$(printf '%s member ONLINE\n' "$@" | sort)"
	assert_equal "$(juju status | awk -v any="${ANY_STATUS-}" \
		'NR > 1 && $1 !~ /distributor/ { print $2, any ? "active" : $3 }' | sort)" "${hosts//$'\n'/ active$'\n'} active"
	assert_equal "$(juju status | grep ' error ')" ''
	assert_equal "$(juju pending)" ''
	assert_equal "$(tokens_too_many)" ''
	assert_equal "$(tokens_in_files)" ''
}

# in_the_end HOST ...: one_cluster, `member` in the mirror for each, and no tokens with which anybody could still come
# in.
# $GONE: a host whose unit asked for a token and went before it was there; what was made for it stays.
in_the_end() {
	# what can wait for update-status, which comes again and again, waits
	# shellcheck disable=SC2119
	settled
	one_cluster "$@"
	assert_equal "$(mirrored | grep -v "^${GONE:- } ")" "$(printf '%s member\n' "$@" | sort)"
	assert_equal "$(clusterctl tokens | grep ' good$' | grep -v "^${GONE:- } ")" ''
}

# bag UNIT KEY: what the unit has set in its databag, of any relation
bag() {
	local file
	for file in "$T"/model/relations/*/unit/"${1/\//-}"; do
		[ ! -e "$file" ] || sed 1d "$file"
	done | jq -rs --arg key "$2" 'map(.[$key] // empty)[0] // ""'
}

# is VALUE COMMAND [ARG ...]: the command prints that value
is() {
	[ "$("${@:2}")" = "$1" ]
}

# has_token UNIT HOST: the unit's databag has a token for the host
has_token() {
	[ "$(bag "$1" "mirror-$2" | wc -c)" -gt 40 ]
}

# is_tried LINE: the cluster's history has a line that matches
is_tried() {
	clusterctl history | grep -qE "^$1\$"
}

# charm NAME [FILE]: a charm folder whose dispatch is standard input
charm() {
	mkdir -p "$T/charms/$1"
	{ echo '#!/bin/sh'; cat; } >"$T/charms/$1/dispatch"
	chmod 755 "$T/charms/$1/dispatch"
}
