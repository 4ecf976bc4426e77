# A model and its cluster in the test's folder, faults that happen during a certain command of the cluster, and what must
# hold in the end after any fault.

DISTRIBUTOR=microcluster-token-distributor

# new_model: an empty model, an empty cluster, and a cluster command that runs the scripts of `when`. Removes an old model.
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
		# Runs the script of `when`, once, before or after the real command.
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

# node_charm: makes $NODE_CHARM, the sample charm of the nodes, but with shorter waits; see late
node_charm() {
	local dispatch=$NODE_CHARM/dispatch
	mkdir -p "$NODE_CHARM"
	cp -R "$TOP/test/charms/microovn/." "$NODE_CHARM"
	{
		head -n 1 "$TOP/test/charms/microovn/dispatch"
		cat <<-'SH'
			state=$JUJU_CHARM_DIR/.td-consumer.json
			[ ! -e "$MODEL_DIR/late" ] || ! grep -qs '"joining":[1-9]' "$state" || {
				clusterctl clock +35
				sed -i 's/"joining":[0-9]*/"joining":1/' "$state"
			}
		SH
		sed '1d; s/ microovn cluster$/ -w 2 --poll 0.01&/' "$TOP/test/charms/microovn/dispatch"
	} >"$dispatch"
	chmod 755 "$dispatch"
	grep -q poll "$dispatch"
}

# late: from now on Juju runs the hook after one that was cut off in a join only when that join is over. Without this the
# hook itself waits for that, for 35 s if the daemon never began it.
late() {
	: >"$T/model/late"
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

# prepare ready|formed DISTRIBUTORS NODES: as deploy, and runs hooks until microovn/0 may bootstrap, or until the cluster
# is formed. This is done once in a test file.
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

# when COMMAND NODE before|after: runs the shell script on standard input, once, in the hook at that moment
when() {
	cat >"$ON/$1.$2.$3"
}

# settle [OPTION ...]: runs hooks until none is due; the exit status is that of juju
settle() {
	juju settle --between 'clusterctl heartbeat' --update-status-when-idle "$@" >"$T/settled" 2>&1
}

# settled [OPTION ...]: as settle, and it must succeed
# shellcheck disable=SC2120
settled() {
	settle "$@" || {
		echo "it didn't settle:"
		cat "$T/settled"
		tail -n 30 "$T/model/log"
		return 1
	}
}

# step_until COMMAND [ARG ...]: runs hooks one by one until the command succeeds
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

# struck COMMAND NODE before|after: the script of `when` was run
struck() {
	[ -e "$ON/$1.$2.$3.struck" ] || {
		echo "what was to happen $3 $1 on $2 didn't"
		return 1
	}
}

# hooks UNIT STATUS [HOOK]: how many hooks of the unit ended with that status
hooks() {
	grep -cE "^hook $1 ${3:-[a-z-]+} $2\$" "$T/model/events" || true
}

# ran LINE [COUNT]: a line of the cluster's history matches; COUNT lines, if that is given
ran() {
	local n
	n=$(clusterctl history | grep -cE "^$1\$") || true
	[ "$n" = "${2:-$n}" ] && [ "$n" -gt 0 ] || [ "$n" = "${2-x}" ] || {
		echo "history has $n lines of: $1${2:+, not $2}"
		clusterctl history
		return 1
	}
}

# logged REGEX: a line of Juju's log matches
logged() {
	grep -qE -- "$1" "$T/model/log" || {
		echo "not logged: $1"
		cat "$T/model/log"
		return 1
	}
}

# app_data KEY: the value in the distributor's application databag
app_data() {
	sed -s 1d "$T"/model/relations/*/app/$DISTRIBUTOR | jq -rs --arg key "$1" 'map(.[$key] // empty)[0] // ""'
}

# Prints the lines of the cluster's history that are wrong: a token was made although the host's last one was still good,
# or the unit that made the last one asked for another. A communicator that took over may ask.
# $PRINTED: so many `add`s made no token, whatever their status. $LOST: hosts whose token was lost, or rejected without
# reason, so that another is needed. $BURNT: hosts whose failed joins used their token up.
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

# Prints the files of the model, except databags and state files, that have a large part of a token.
tokens_in_files() {
	clusterctl secrets | cut -c 1-48 >"$T/parts"
	clusterctl secrets | grep -o '.\{48\}$' >>"$T/parts"
	[ ! -s "$T/parts" ] || grep -rlF -f "$T/parts" "$T/model" | grep -vE \
		'/relations/[0-9]+/(unit|app)/[^/]+$|/units/[^/]+/cache/[0-9]+/[^/]+$|/charm/\.td-consumer\.json[^/]*$' || true
}

# Prints what the databags of the distributor's leader mirror: HOST VALUE, sorted
mirrored() {
	local leader
	leader=$(cat "$T/model/apps/$DISTRIBUTOR/leader")
	sed -s 1d "$T"/model/relations/*/unit/"${leader/\//-}" | jq -rc '
		to_entries | map(select(.key | startswith("mirror-")) |
		"\(.key[7:]) \(.value)")[]' | sort -u
}

# one_cluster HOST ...: there is one cluster with exactly these nodes, no unit is in error, no second token was made while
# the first was good, and no token is in a log or a status. $ANY_STATUS: units may have any status.
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

# in_the_end HOST ...: one_cluster, `member` in the mirror for each, and no token that is still good.
# $GONE: a host whose unit was removed before its token was made; that token stays.
in_the_end() {
	# some changes wait for update-status, which runs again and again
	# shellcheck disable=SC2119
	settled
	one_cluster "$@"
	assert_equal "$(mirrored | grep -v "^${GONE:- } ")" "$(printf '%s member\n' "$@" | sort)"
	assert_equal "$(clusterctl tokens | grep ' good$' | grep -v "^${GONE:- } ")" ''
}

# bag UNIT KEY: the value in the unit's databag, in any relation
bag() {
	local file
	for file in "$T"/model/relations/*/unit/"${1/\//-}"; do
		[ ! -e "$file" ] || sed 1d "$file"
	done | jq -rs --arg key "$2" 'map(.[$key] // empty)[0] // ""'
}

# is VALUE COMMAND [ARG ...]: the command prints VALUE
is() {
	[ "$("${@:2}")" = "$1" ]
}

# has_token UNIT HOST: the unit's databag has a token for the host
has_token() {
	[ "$(bag "$1" "mirror-$2" | wc -c)" -gt 40 ]
}

# is_tried LINE: a line of the cluster's history matches
is_tried() {
	clusterctl history | grep -qE "^$1\$"
}

# charm NAME [FILE]: makes a charm folder; standard input is its dispatch
charm() {
	mkdir -p "$T/charms/$1"
	{ echo '#!/bin/sh'; cat; } >"$T/charms/$1/dispatch"
	chmod 755 "$T/charms/$1/dispatch"
}

# their_distributor: makes the charm of the library's distributor. The leader's mirror is up, and holds each host name and
# what other mirrors have. The first related application may bootstrap. A leader no more takes its mirror down.
their_distributor() {
	charm their-distributor <<-'SH'
		set -eu
		leader=$(is-leader --format json)
		endpoint=microcluster-cluster
		if [ "$JUJU_HOOK_NAME" = leader-elected ] && [ "$leader" = false ]; then
			for id in $(relation-ids $endpoint); do relation-set -r "$id" mirror=down; done
		fi
		[ "$leader" = true ] || exit 0
		bags() {
			for id in $(relation-ids $endpoint); do
				relation-get -r "$id" --format json - "$JUJU_UNIT_NAME"
				for unit in $(relation-list -r "$id"); do
					relation-get -r "$id" --format json - "$unit"
				done
			done
		}
		merged=$(bags | jq -cs --arg own "$JUJU_UNIT_NAME" '
			(map(select(.hostname) | {key: ("mirror-" + .hostname), value: "empty"}) | from_entries) as $hosts
			| map(select(.mirror == "up") | with_entries(select((.key | startswith("mirror-")) and .value != "empty")))
			| reduce .[] as $bag ($hosts; . + $bag) | .mirror = "up"')
		for id in $(relation-ids $endpoint); do
			printf '%s\n' "$merged" | relation-set -r "$id" --file -
			app=$(relation-get -r "$id" --app bootstrap-app "${JUJU_UNIT_NAME%/*}")
			[ "$app" ] || relation-set -r "$id" --app bootstrap-app="${first:=$(relation-list -r "$id" --app)}"
		done
	SH
}

# begin_kills NAME: for the scripts that kill with strace. Makes their folder $T, which goes in the end. Ends a script if
# strace isn't here or may not trace.
begin_kills() {
	T=$(mktemp -d "${TMPDIR:-/tmp}/$1.XXXXXX") || exit 1
	trap 'rm -rf "$T"' EXIT
	unset "${!JUJU_@}"
	(strace -qq -o "$T/trace" -e trace=exit_group -e inject=exit_group:signal=KILL true; :) >"$T/tried" 2>&1
	grep -qs SIGKILL "$T/trace" || {
		echo "$1: skipped, for strace is not here or may not trace"
		exit 0
	}
}

# numbered_calls FILE: the system calls of strace's file, each with its number among those of its name: NAME N. The tool's
# own start is over when strace can interfere. restart_syscall is the kernel going on with a call that was interrupted:
# how often varies.
numbered_calls() {
	awk -F '(' '/^[a-z0-9_]+\(/ && $1 !~ /^(execve|restart_syscall)$/ { print $1, ++n[$1] }' "$1"
}
