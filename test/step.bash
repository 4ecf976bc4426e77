# Turns of the two steps, in short lines. Documents are made from databags written as words ("mirror=up
# mirror-node-2=empty"). The cluster's command and the observers are scripts of the test. One transcript has what a step
# prints and what it runs, in order:
#
#     set KEY=VALUE ...       relation-set in relation 4, keys sorted; "set 5 ..." in relation 5
#     app KEY=VALUE ...       relation-set --app
#     status STATUS MESSAGE
#     log LEVEL MESSAGE
#     event NAME [bootstrapper=BOOL] [host=HOST]
#     defer EVENT: REASON
#     run ARG ...             the cluster's command
#     observe JSON            an observer, with its standard input
#     done EVENT
#
# Functions that are called often switch bats's tracing off, because it is slow.

# bag WORDS: sets $BAG to the databag as JSON; if two words have the same key, the last one counts
bag() {
	local - && set +T
	local word json='' seen=' ' i
	# shellcheck disable=SC2206
	local words=($1)
	for ((i = ${#words[@]} - 1; i >= 0; i--)); do
		word=${words[i]}
		case $seen in *" ${word%%=*} "*) continue ;; esac
		seen+="${word%%=*} "
		json=,\"${word%%=*}\":\"${word#*=}\"$json
	done
	BAG="{${json#,}}"
}

# short: turns lines of JSON on standard input into short lines; other lines stay
short() {
	jq -Rr '
		def words: to_entries | sort_by(.key) | map(" \(.key)=\(.value)") | add;
		if startswith("{") then
			fromjson | to_entries[] | .key as $action | .value |
			if $action == "relation-set" then
				(if .app then "app" else "set" end) +
					(if .["relation-id"] == 4 then "" else " \(.["relation-id"])" end) + (.data | words)
			elif $action == "status-set" then "status \(.status) \(.message)"
			elif $action == "juju-log" then "log \(.level) \(.message)"
			elif $action == "event" then "event \(.name)" + (del(.name) | words)
			elif $action == "defer" then "defer \(.event): \(.reason)"
			elif $action == "done" then "done \(.event)"
			else error("unknown action") end
		elif startswith("state {") then
			.[6:] | fromjson |
			# dates become ages, in tens of seconds; new ones in "out" are removed
			def age: if type == "string" then . else "\((now - .) / 10 | floor * 10)" end;
			if .out then .out |= (map_values(age) | with_entries(select(.value != "0"))) else . end |
			if .stranded then .stranded |= map_values(age) else . end |
			if .joining then .joining |= age else . end |
			del(.[] | select(. == false or . == 0 or . == [] or . == {})) |
			"state " + (walk(if type == "object" then to_entries | sort_by(.key) | from_entries else . end) | tojson)
		else . end'
}

# expect [STDERR [WORD]]: the transcript of the last turn equals standard input; with WORD, only its lines that begin with
# WORD. A last line "state JSON" is the state file without members that are false, 0 or empty; "state none" means that
# there is no state file. A date in it is written as its age in seconds, a multiple of 10; in `out`, 0 is left out.
# Standard error must match the extended regular expression STDERR; "" or none: it is empty; *: anything.
# @ in standard input stands for a newline, for tables. Transcripts are compared when the test ends, all at once, for speed.
expect() {
	local - && set +T
	local wanted title
	IFS= read -rd '' wanted || wanted=${wanted%$'\n'}
	wanted=${wanted//@/$'\n'}
	title="--- turn $((++TURNS)): ${LAST[*]}"
	printf '%s\n' "$title" "$wanted" >>"$T/wanted"
	{
		printf '%s\n' "$title"
		if [ "${2-}" ]; then
			grep "^{\"$2\|^$2" "$T/transcript" || :
		else
			cat "$T/transcript"
		fi
		case $wanted in
		*'state none') [ -e "$STATE" ] && echo 'there is one' || echo 'state none' ;;
		*'state {'*) printf 'state %s\n' "$(cat "$STATE")" ;;
		esac
	} >>"$T/got"
	same_err "${1-}"
}

same_err() {
	local - && set +T
	if [ "$1" = '*' ]; then
		return 0
	elif [ -z "$1" ]; then
		[ ! -s "$T/err" ]
	else
		grep -Eqz -- "$1" "$T/err"
	fi || {
		printf '%s\nstderr: %s\nwanted: /%s/\n' "${LAST[*]}" "$(cat "$T/err")" "$1"
		return 1
	}
}

# compare: all transcripts so far are as expected
compare() {
	local - && set +T
	[ -e "$T/wanted" ] || return 0
	{ grep . "$T/wanted"; echo '--- end'; cat "$T/got"; } | short >"$T/both"
	diff -U 100 <(sed '/^--- end$/,$d' "$T/both") <(sed '1,/^--- end$/d' "$T/both") >"$T/diff" || {
		echo "- is wanted, + is what came:"
		# prints the turns that differ
		awk '/^ ?--- turn/ { if (differs) printf "%s", text; text = ""; differs = 0 }
			NR > 3 { text = text $0 "\n"; differs = differs || /^[-+]/ }
			END { if (differs) printf "%s", text }' "$T/diff"
		return 1
	}
	rm "$T/wanted" "$T/got"
}

# same WANTED GOT
same() {
	[ "$1" = "$2" ] || {
		printf 'wanted: %s\ngot:    %s\n' "$1" "$2"
		return 1
	}
}

# turn WANTED-STATUS COMMAND [ARG ...]: runs the command with $DOCUMENT on standard input
turn() {
	local - && set +T
	local wanted=$1 status=0
	shift
	LAST=("$@")
	: >"$T/transcript"
	"$@" <<<"$DOCUMENT" >>"$T/transcript" 2>"$T/err" 3>&- || status=$?
	[ "$status" = "$wanted" ] || {
		printf 'status: %s, wanted %s\n' "$status" "$wanted"
		cat "$T/transcript" "$T/err"
		return 1
	}
}

# For the consumer: unit microovn/0 on node-1.

# consumer: makes what the consumer's tests need
consumer() {
	mkdir -p "$T/bin" "$T/on" "$T/observers"
	STATE=$T/state
	export T STATE
	cat >"$T/bin/cluster" <<-'END'
		#!/bin/sh
		# Answers by a script in $T/on: VERB.N for its N-th call in this turn, else VERB-HOST, else VERB.
		[ "$1" = cluster ] || exit 99
		shift
		echo "run $*" >>"$T/transcript"
		for script in "$T/on/$1".[0-9] "$T/on/$1-$2" "$T/on/$1"; do
			[ -e "$script" ] || continue
			case $script in *.[0-9])
				[ "${script##*.}" = "$(grep -c "^run $1\b" "$T/transcript")" ] || continue ;;
			esac
			. "$script"
			exit
		done
		echo "Error: $1 is in no script" >&2
		exit 1
	END
	chmod 755 "$T/bin/cluster"
	given
}

# given [leader] [APPLICATION-DATA [OWN-DATA [MIRROR-DATA [MIRROR-DATA]]]]: sets the document of the next turn. The mirrors
# are td/0 and td/1.
given() {
	local - && set +T
	local leader=false units='' n=0 words relation
	if [ "${1-}" = leader ]; then
		leader=true
		shift
	fi
	for words in "${@:3}"; do
		bag "$words"
		units+=",\"td/$n\":{\"data\":$BAG}"
		n=$((n + 1))
	done
	bag "${1-}"
	relation="{\"relation-id\":4,\"endpoint\":\"cluster\",\"application-data\":$BAG,"
	bag "${2-}"
	relation+="\"local-unit\":{\"data\":$BAG},\"related-units\":{${units#,}}}"
	DOCUMENT="{\"microovn/0\":{\"leader\":$leader,\"relation-info\":[$relation]}}"
}

# given_none: sets a document without relations
given_none() {
	DOCUMENT='{"microovn/0":{"leader":true}}'
}

# had JSON: sets the state file for the next turn; "": none
had() {
	local - && set +T
	if [ "$1" ]; then
		printf '%s' "$1" >"$STATE"
	else
		rm -f "$STATE"
	fi
}

# on NAME: standard input becomes the script for calls of that name
on() {
	local - && set +T
	cat >"$T/on/$1"
}

# lists NAME [ROLE [STATUS]], ...: list prints these members from now on
lists() {
	local - && set +T
	list_of "$@" >"$T/on/list"
}

list_of() {
	local - && set +T
	local row json='' name role status
	while IFS= read -r -d , row; do
		read -r name role status <<<"$row"
		json+=",{\"name\":\"$name\",\"role\":\"${role:-voter}\",\"status\":\"${status:-ONLINE}\"}"
	done <<<"$*,"
	printf "echo '[%s]'\n" "${json#,}"
}

# lists_none: from now on the daemon is in no cluster
lists_none() {
	on list <<<"echo 'Error: Database is not yet initialized' >&2; exit 1"
}

# observer NAME: makes an observer, or join-args or bootstrap-args; standard input is its script
observer() {
	local - && set +T
	{ echo '#!/bin/sh'; cat; } >"$T/observers/$1"
	chmod 755 "$T/observers/$1"
}

# observers: makes an observer for each event; it adds a line to the transcript
observers() {
	local - && set +T
	local name
	for name in prebootstrap bootstrapped prejoin joined token-generated; do
		observer "$name" <<-'END'
			echo "observe $(cat)" >>"$T/transcript"
		END
	done
}

# step EVENT [OPTION ...]: a turn that ends with 0
step() {
	local - && set +T
	fails 0 "$@"
}

# fails STATUS EVENT [OPTION ...]: a turn that ends with STATUS
fails() {
	local - && set +T
	turn "$1" td-consumer-step -s "$STATE" -H node-1 -t 10 -w 0 "${@:3}" "$2" "$T/bin/cluster" cluster
}

# For the distributor: unit td/0.

# distributor [follower]: sets a document without relations; related adds them
distributor() {
	local - && set +T
	RELATIONS=''
	LEADER=true
	[ "${1-}" != follower ] || LEADER=false
	made_document
}

made_document() {
	local - && set +T
	DOCUMENT="{\"td/0\":{\"leader\":$LEADER,\"relation-info\":[${RELATIONS#,}]}}"
}

# related ID OWN-DATA APPLICATION-DATA [UNIT DATA] ...: adds a relation. APPLICATION-DATA is the distributor's own. Special
# UNITs: "partial yes": not all units are listed; "application NAME": the related application
related() {
	local - && set +T
	local id=$1 units='' more
	bag "$2"
	more="\"local-unit\":{\"data\":$BAG},"
	bag "$3"
	more+="\"local-application-data\":$BAG"
	shift 3
	for (( ; $#; )); do
		case $1 in
		partial) more+=',"partial":true' ;;
		application) more+=",\"related-application\":\"$2\"" ;;
		*)
			bag "$2"
			units+=",\"$1\":{\"data\":$BAG}"
			;;
		esac
		shift 2
	done
	RELATIONS+=",{\"relation-id\":$id,$more,\"related-units\":{${units#,}}}"
	made_document
}

# provide EVENT: a turn that ends with 0
provide() {
	local - && set +T
	turn 0 td-provider-step "$1"
	printf '{"document":%s,"lines":[%s]}\n' "$DOCUMENT" "$(paste -sd , "$T/transcript")" >>"$T/provided"
}

# compare_again: for each turn of provide, a second turn over the result prints nothing new
compare_again() {
	local - && set +T
	local document event again
	[ -e "$T/provided" ] || return 0
	jq -c '(.lines | last | .done.event), reduce (.lines[] | .["relation-set"] // empty) as $set (.document;
		(.["td/0"]["relation-info"][]? | select(.["relation-id"] == $set["relation-id"]) |
			if $set.app then .["local-application-data"] else .["local-unit"].data end) |=
			(. + $set.data | with_entries(select(.value != ""))))' "$T/provided" >"$T/applied"
	while read -r event && read -r document; do
		again=$(td-provider-step "${event//\"/}" <<<"$document" | grep -v '^{"juju-log":')
		same "{\"done\":{\"event\":$event}}" "$again" || return 1
	done <"$T/applied"
	rm "$T/provided"
}
