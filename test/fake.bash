# Fake hook commands and stages of the flow. They give prepared answers and log how they were called.

# fake_hook_commands: makes the hook commands and puts them first on PATH.
fake_hook_commands() {
	export FAKE=$T/fake
	mkdir -p "$FAKE/bin" "$FAKE/answers"
	: >"$FAKE/calls"
	cat >"$FAKE/bin/is-leader" <<-'END'
		#!/bin/sh
		name=${0##*/}
		echo "$name $*" >>"$FAKE/calls"
		answer=$FAKE/answers/$(echo "$name $*" | tr / _)
		case $name in
		relation-set) cat >>"$FAKE/calls"; echo >>"$FAKE/calls" ;;
		esac
		[ ! -e "$answer.out" ] || cat "$answer.out"
		[ ! -e "$answer.err" ] || { cat "$answer.err" >&2; exit "$(cat "$answer.status")"; }
		[ -e "$answer.out" ] && exit 0
		case $name in
		relation-set | status-set | juju-log) exit 0 ;;
		esac
		echo "ERROR no answer for: $name $*" >&2
		exit 1
	END
	chmod 755 "$FAKE/bin/is-leader"
	local name
	for name in relation-ids relation-list relation-get relation-set status-set juju-log; do
		ln -f "$FAKE/bin/is-leader" "$FAKE/bin/$name"
	done
	PATH=$FAKE/bin:$PATH
}

# fake NAME: the hook command NAME is the script on standard input.
fake() {
	rm -f "$FAKE/bin/$1"
	{ echo '#!/bin/sh'; cat; } >"$FAKE/bin/$1"
	chmod 755 "$FAKE/bin/$1"
}

# answer CALL OUTPUT: that call prints OUTPUT.
answer() {
	local file
	file=$FAKE/answers/$(echo "$1" | tr / _)
	rm -f "$file".*
	printf '%s\n' "$2" >"$file.out"
}

# refuse CALL STATUS TEXT: that call fails.
refuse() {
	local file
	file=$FAKE/answers/$(echo "$1" | tr / _)
	rm -f "$file".*
	echo "$3" >"$file.err"
	echo "$2" >"$file.status"
}

# relation ID OTHER-APP UNIT...: a relation of $JUJU_UNIT_NAME, with empty databags.
relation() {
	local id=$1 app=$2 units='' unit
	shift 2
	for unit; do
		answer "relation-get -r $id - $unit --format json" "{\"of\":\"$unit\"}"
		units=$units,\"$unit\"
	done
	answer "relation-list -r $id --format json" "[${units#,}]"
	answer "relation-list -r $id --app --format json" "\"$app\""
	answer "relation-get -r $id - $JUJU_UNIT_NAME --format json" '{"own":"1"}'
	answer "relation-get -r $id --app - $app --format json" '{"of":"other app"}'
	answer "relation-get -r $id --app - ${JUJU_UNIT_NAME%/*} --format json" '{}'
}

# calls: prints the calls since the last time, one a line.
calls() {
	cat "$FAKE/calls"
	: >"$FAKE/calls"
}

# fake_stages STEP: makes td-snapshot, that step and td-apply, which log how they are called, first on PATH.
fake_stages() {
	step=$1
	mkdir -p "$T/stages"
	cat >"$T/stages/td-snapshot" <<-'END'
		#!/bin/sh
		{ printf '%s' "${0##*/}"; printf ' <%s>' "$@"; } >"$T/stages/snapshot.calls"
		echo document
		exit "${SNAPSHOT_STATUS:-0}"
	END
	cat >"$T/stages/$1" <<-'END'
		#!/bin/sh
		{ printf '%s' "${0##*/}"; printf ' <%s>' "$@"; } >"$T/stages/step.calls"
		cat >"$T/stages/step.in"
		echo lines
		exit "${STEP_STATUS:-0}"
	END
	cat >"$T/stages/td-apply" <<-'END'
		#!/bin/sh
		printf '%s\n' "$#" >"$T/stages/apply.calls"
		cat >"$T/stages/apply.in"
		exit "${APPLY_STATUS:-0}"
	END
	chmod 755 "$T"/stages/*
	export T
	PATH=$T/stages:$PATH
}

# flow SNAPSHOT-ARGUMENTS STEP-ARGUMENTS: the stages were called like this.
flow() {
	assert_equal "$(cat "$T/stages/snapshot.calls")" "td-snapshot $1"
	assert_equal "$(cat "$T/stages/step.calls")" "$step $2"
	assert_equal "$(cat "$T/stages/step.in" "$T/stages/apply.in" "$T/stages/apply.calls")" 'document
lines
0'
	rm "$T"/stages/*.calls "$T"/stages/*.in
}
