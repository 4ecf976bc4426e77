#!/bin/sh
# td-status of a whole model: finds the units, asks Juju for their documents and a member for the cluster's list. The
# output of show-unit has tokens in it. So it stays in this shell's memory and in pipes, never in a file or an argument
# list.

name=${0##*/}
usage="usage: juju td-status [-j] [-C WHEN] [-m MODEL] [-c COMMAND] [-l LIST] [-u UNIT] [-e NAME] [-r ID]
       [APPLICATION ...]
  -m, --model MODEL      the model, as Juju calls it
  -c, --command COMMAND  the cluster's command, such as 'microovn cluster'; '' asks for no list
  -l, --list LIST        use this list, and don't ask the cluster
  -j, --json             print one JSON object
  -C, --color WHEN       colours: auto, always, never
  -u, --unit UNIT        use only the document of this unit
  -e, --endpoint NAME    use only the relations of this endpoint
  -r, --relation ID      use only this relation: 4 or cluster:4
      --description      print what this is, for juju help plugins
  -h, --help             print this
  -V, --version          print the version"

batch=200 # units in one call of show-unit; an argument list has a limit
tries=2   # so many members are asked for the list: the first may be down, and juju waits minutes for it
set -f
# what the environment has of these names would be handed on, with tokens in it
unset IFS list_file unit docs shown list some left said status units names report each err why asks charm words
# a standard input that came closed becomes one that can't be read
{ true 3<&0; } 2>/dev/null || exec 0>/dev/null

say() {
	printf '%s: %s\n' "$name" "$1" >&2
}

end() {
	say "$2"
	exit "$1"
}

# redacted: standard input without tokens
redacted() {
	LC_ALL=C sed 's/[A-Za-z0-9+/=_-]\{40,\}/[token]/g'
}

wrong() {
	printf '%s: %s\n%s\n' "$name" "$(printf %s "$1" | LC_ALL=C tr -c ' -~' '?' | redacted)" "$usage" >&2
	exit 2
}

print() {
	printf '%s\n' "$1" 2>/dev/null || end 4 'cannot write standard output: the write failed'
	exit 0
}

# take OPTION VALUE: takes an option with a value, unless it goes to td-status as it is
take() {
	case $1 in
	-m | --model) model=$2 ;;
	-l | --list) list_file=$2 ;;
	-u | --unit) unit=$2 ;;
	-c | --command)
		command=$2
		asked=yes
		# Juju 4 takes a plugin's -c for a controller
		[ "${JUJU_CONTROLLER-}" != "$2" ] || unset JUJU_CONTROLLER
		;;
	*) return 1 ;;
	esac
}

# Reads n arguments. Options for td-status are moved to the end of the list.
model='' command='' asked='' list='' apps=''
n=$#
while [ "$n" -gt 0 ]; do
	case $1 in
	-h | --help) print "$usage" ;;
	-V | --version) print "$name @VERSION@" ;;
	--description) print "Tell why a node hasn't joined its cluster, and what to do" ;;
	--)
		shift
		n=$((n - 1))
		break
		;;
	-j | --json)
		set -- "$@" -j
		shift
		n=$((n - 1))
		;;
	--model=* | --command=* | --list=* | --color=* | --unit=* | --endpoint=* | --relation=*)
		take "${1%%=*}" "${1#*=}" || set -- "$@" "$1"
		shift
		n=$((n - 1))
		;;
	--model | --command | --list | --color | --unit | --endpoint | --relation | -[mclCuer])
		[ "$n" -ge 2 ] || wrong "cannot take option $1: it needs a value"
		take "$1" "$2" || set -- "$@" "$1" "$2"
		shift 2
		n=$((n - 2))
		;;
	--*) wrong "cannot take option $1: there is none of that name" ;;
	-[mclCuer]*)
		rest=${1#-?}
		option=${1%"$rest"}
		shift
		set -- "$option" "$rest" "$@"
		n=$((n + 1))
		;;
	-[jhV]*)
		rest=${1#-?}
		option=${1%"$rest"}
		shift
		set -- "$option" "-$rest" "$@"
		n=$((n + 1))
		;;
	-?*) wrong "cannot take option $1: there is none of that name" ;;
	*) break ;;
	esac
done
while [ "$n" -gt 0 ]; do
	case $1 in
	-*) wrong "cannot take operand $1: options go first, before the operands" ;;
	*[!a-z0-9-]* | '') wrong "cannot take operand $1: it isn't an application's name" ;;
	esac
	apps="$apps $1"
	shift
	n=$((n - 1))
done

# the tools may be only beside this file
case $0 in
*/*) export PATH="${PATH:-/usr/bin:/bin}:${0%/*}/" ;;
esac

# td-status looks at its options before it reads anything
said=$(td-status "$@" </dev/null 2>&1)
[ $? != 2 ] || wrong "$(printf '%s\n' "$said" | sed 's/^[^:]*: //; q')"
command -v juju >/dev/null || end 4 "cannot run juju: it isn't on PATH"

# try ARG...: prints what juju prints; if it fails, also its error output. Both are pipes, because in some containers a
# juju from a snap can't print to a file.
try() {
	subcommand=$1
	shift
	{
		err=$(juju "$subcommand" ${model:+-m "$model"} "$@" 2>&1 >&3 3>&-)
	} 3>&1 && return
	printf '%s\n' "$err"
	return 1
}

# reason TEXT: the line of a failed juju's output that says why: its error, or the output of the command on the unit
reason() {
	printf '%s\n' "$1" | LC_ALL=C tr -c '\n -~' '?' | redacted | LC_ALL=C awk '
		/^[[{]/ || /^ *$/ || /the following task/ || /^ *- (id|task) / || /^use .juju/ || /^Running operation/ ||
			/^Waiting for/ { next }
		!line || !error && /^ERROR/ { line = $0 }
		/^ERROR/ { error = 1 }
		END { print line ? substr(line, 1, 300) : "it failed" }'
}

# said_of UNIT TEXT: prints the lines that name the unit
said_of() {
	printf '%s\n' "$2" | grep -E "(^|[^a-z0-9-])$1([^0-9]|\$)"
}

# show UNIT...: adds their documents to docs. If a unit is gone, juju prints nothing for any; then that one is left out.
show() {
	while [ $# -gt 0 ]; do
		if shown=$(try show-unit --format json "$@"); then
			case $shown in
			'{}') ;;
			'{'*'}')
				shown=${shown#?}
				docs="$docs,${shown%?}"
				;;
			*) say "cannot use what juju show-unit printed: it isn't a JSON object" ;;
			esac
			return
		fi
		words=" $(printf '%s\n' "$shown" | LC_ALL=C tr -c 'a-z0-9/-' ' ') "
		left=''
		for unit; do
			case $words in
			*" $unit "*) say "cannot show $unit: $(reason "$(said_of "$unit" "$shown")")" ;;
			*) left="$left $unit" ;;
			esac
		done
		# shellcheck disable=SC2086
		[ "$left" != " $*" ] || {
			say "cannot show units: $(reason "$shown")"
			return
		}
		# shellcheck disable=SC2086
		set -- $left
	done
}

show_all() {
	some='' count=0
	for each in $names; do
		some="$some $each"
		count=$((count + 1))
		if [ "$count" = "$batch" ]; then
			# shellcheck disable=SC2086
			show $some
			some='' count=0
		fi
	done
	# shellcheck disable=SC2086
	show $some
}

# members OPTION...: prints units that are in the cluster, according to the documents; fails if td-status does
members() {
	known=" $(printf '%s\n' "$names" | tr '\n' ' ')"
	report=$(printf '%s\n' "$docs" | td-status -j "$@" 2>/dev/null)
	[ $? -le 1 ] || return
	printf '%s\n' "$report" | sed 's/{"host":/\
&/g' | sed -n '/"code":"several-relations"/s/.*/several/p
		/"member":true/s/.*"units":\[{"unit":"\([a-z0-9/-]*\)".*/\1/p' | {
		found='' count=0
		while read -r candidate; do
			[ "$candidate" != several ] || { found=several; break; }
			[ "$count" -lt "$tries" ] || continue
			case $known in
			*" $candidate "*) found="$found $candidate" count=$((count + 1)) ;;
			esac
		done
		printf '%s\n' "${found# }"
	}
}

# command_of UNIT: sets command from the name of the unit's charm
command_of() {
	charm=$(printf '%s\n' "$units" | sed -n "s|^$1 ||p")
	case $charm in
	*microovn*) command='microovn cluster' ;;
	*microceph*) command='microceph cluster' ;;
	*) return 1 ;;
	esac
}

# list_of UNIT: asks that member for the cluster's list, and sets list; or why, which says that it can't be had
list_of() {
	# shellcheck disable=SC2086
	said=$(try exec --unit "$1" -- $command list -f json) || case $said in
	# Juju 2.9 calls it run
	*'is not a juju command'*) said=$(try run --unit "$1" -- $command list -f json) ;;
	*) false ;;
	esac || {
		why="cannot get the cluster's list from $1: $(reason "$said")"
		return
	}
	# the command's error output may come before and after the list
	list=$(printf '%s\n' "$said" | awk '
		!on && /^\[/ { on = 1; print; if (/\][ \t\r]*$/) exit; next }
		on { print; if (/^\]/) exit }')
	[ -n "$list" ] || why="cannot use the cluster's list from $1: $(reason "$said")"
}

# ask_list OPTION...: asks for the cluster's list, and sets list. The first member may be the one that is down.
ask_list() {
	# td-status says itself why it fails
	asks=$(members "$@" ${unit+-u "$unit"}) || return
	# a unit's own document may not tell of a member
	[ -n "$asks" ] || asks=$(members "$@")
	case $asks in
	several) say "cannot ask for a cluster's list: there are several clusters; name an APPLICATION"; return ;;
	'') say "cannot ask for the cluster's list: no unit is known to be a member"; return ;;
	esac
	[ -n "$command" ] || command_of "${asks%% *}" || {
		say "cannot ask for the cluster's list: the command of charm ${charm:--} isn't known; name it with -c"
		return
	}
	for each in $asks; do
		list_of "$each"
		[ -z "$list" ] || return
	done
	say "$why"
}

status=$(try status --format json) || end 4 "cannot get the model's status: $(reason "$status")"
# shellcheck disable=SC2086
units=$(printf '%s\n' "$status" | td-units -c $apps)
case $? in
0) ;;
1)
	[ -z "$apps" ] || end 3 "cannot find a unit to look at:$apps has none"
	end 3 'cannot find a unit to look at: no application is related over worker-cluster; name an APPLICATION'
	;;
2) exit 2 ;;
3) exit 3 ;;
*) exit 4 ;;
esac
names=$(printf '%s\n' "$units" | sed 's/ .*//')
docs=''
show_all
[ -n "$docs" ] || end 4 "cannot look at the model: juju shows no unit"
docs="{${docs#,}}"

# report OPTION...: td-status of the documents. It has our standard input, for a list.
report() {
	{ printf '%s\n' "$docs" | td-status ${unit+-u "$unit"} "$@" /dev/fd/3 3<&0 <&4 4<&-; } 4<&0
}

[ "${list_file+given}" ] || [ "$asked$command" = yes ] || ask_list "$@"
if [ -n "$list" ]; then
	printf '%s\n' "$list" | report -l - "$@"
else
	report ${list_file+-l "$list_file"} "$@"
fi
