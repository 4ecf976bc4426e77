#!/usr/bin/env bats
# The stand-in for a cluster answers as real clusters did. vectors/cluster has the transcripts of two: A is microcluster 2,
# B is 3; m1, m2 and m3 are one run. Their commands are run again. Exit statuses and texts must be the same, except
# addresses, times, fingerprints, certificates and tokens.

# shellcheck disable=SC2030,SC2031
load helpers

# What can't be compared: a line of a transcript (FILE REGEX), what is put in place of it (a sed script; - is nothing at
# all), and why. Each must be of use.
NOT_COMPARED='
m1 ^node-2 alive$|-|the process of the daemon, seen from outside
m1 ^[+|][-+| ]|-|a look into the database, which the stand-in has none of
m1 ^[{]"secret"|-|a token, decoded
m1 ^26[0-9]$|-|the length of a token, which depends on the address
m2 ^  sql[|] |-|a look into the database
m2 ^(certificates|cluster[.](crt|key)|daemon[.]yaml|database|server[.](crt|key)|truststore)$|-|files in the state folder
m3 ^  list on node-1: 3[.]09 s: .*node-5:stand-by:UNREACHABLE$|s/node-5:stand-by/node-5:spare/|when a spare becomes a stand-by is unknown; here only voters that are too many do
m3 ^  list on node-1: 0[.]05 s: .*node-5:stand-by:ONLINE$|s/node-5:stand-by/node-5:spare/|the same
m3 ^node-5 dead$|-|the process of the daemon, seen from outside
m3 ^(time=|Error: Daemon stopped)|-|what the daemon logged at its end
m4 ^(hostname:.*|a_b)$|-|what hostname(1) said to that name
m4 ^  sql[|] |-|a look into the database
m4 /cluster/n-2": dial unix .* connection refused$|s/connection refused/no such file or directory/|that daemon died and left its socket behind
m4 ^Error: |-|standard error of commands that the transcript has no line of
m4 ^Failed to create "core_token_records"|-|the same
'

# on NODE ARG...: the command, over pipes; STATUS, and $T/out and $T/err
on() {
	STATUS=0
	(
		set -o pipefail
		{ MACHINE_NAME=$1 microovn cluster "${@:2}" 2>&1 >&4 4>&- | cat >"$T/err" 4>&-; } 4>&1 | cat >"$T/out"
	) || STATUS=$?
}

# plain: what differs each time gets the same words; the columns of a table have the width of their longest word
plain() {
	sed -E '/^      -----BEGIN/,/-----END CERTIFICATE-----$/d
		s/"certificate":"[^"]*"/CERTIFICATE/g
		s/0001-01-01T/never/g
		s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g
		s/\b10[.][0-9]+[.][0-9]+[.][0-9]+:6686/ADDRESS/g
		s/\b[0-9a-f]{64}\b/FINGERPRINT/g
		s/^eyJ[A-Za-z0-9+=.\/]*$/TOKEN/
		/^[+|]/ { s/ +/ /g; s/-+/-/g; }'
}

# rows NODE: as the transcripts sum a list up
rows() {
	on "$1" list -f json
	if [ "$STATUS" = 0 ]; then
		jq -r 'map("\(.name):\(.role):\(.status)") | join(" ")' "$T/out"
	else
		cat "$T/err"
	fi
}

# pass SECONDS
pass() {
	clusterctl clock "+$1"
}

# made HOST NODE [ARG...]: NODE makes a token for HOST, which the next join has
made() {
	on "$2" add "$1" "${@:3}"
	TOKEN=$(cat "$T/out")
	[ "$STATUS" = 0 ]
}

# scene SECTION N: what was done to the machines, or only took time, before the section's Nth command. The transcripts have
# the commands alone.
scene() {
	case "$FILE $1:$2" in
	'm2.A join with a good token:1' | 'm2.B join with a good token:1')
		clusterctl revoke '*'
		made node-2 node-1
		;;
	m2.?' join with used token:2') [ "$FILE" = m2.A ] || pass 0.1 ;;
	m2.?' with a token made for another name:1') pass 0.1; made node-4 node-1 ;;
	m2.?' expired, record there:1') made node-3 node-1 --timeout 1; pass 1 ;;
	m2.?' expired, record deleted by heartbeat:1') pass 10 ;;
	m2.?' no address answers:1')
		clusterctl revoke '*'
		made node-3 node-1
		clusterctl down node-1
		clusterctl down node-2
		;;
	'm2.A after restart of both:1') clusterctl up node-2; pass 2; clusterctl up node-1; pass 0.1 ;;
	'm2.B after restart of both:1') clusterctl up node-1; pass 2; clusterctl up node-2 ;;
	m2.?' after restart of both:2') pass 2 ;;
	m2.?" second node of the token's addresses, first dead:1")
		clusterctl revoke '*'
		made node-3 node-1
		clusterctl down node-1
		;;
	m2.?" second node of the token's addresses, first dead:settled") clusterctl up node-1; pass 1 ;;
	m2.?' token with a member that is already on the list:1') made node-4 node-1 ;;
	m2.?' join 5:1') made node-5 node-1 ;;

	'm3.A all up:1') pass 30 ;;
	'm3.A a daemon stopped (machine up: refused):1') clusterctl down node-5 ;;
	'm3.A a daemon stopped (machine up: refused):5') pass 20 ;;
	'm3.A a daemon stopped (machine up: refused):8') clusterctl up node-5; pass 1 ;;
	'm3.A a daemon killed:1') clusterctl down node-5 ;;
	'm3.A a daemon killed:2') clusterctl up node-5; pass 1 ;;
	'm3.A a daemon frozen (SIGSTOP):1') clusterctl freeze node-5 ;;
	'm3.A a daemon frozen (SIGSTOP):3') clusterctl up node-5 ;;
	'm3.A a machine without network (packets lost):1') clusterctl unplug node-5 ;;
	'm3.A a machine without network (packets lost):4') clusterctl up node-5 ;;
	'm3.A remove a member whose daemon runs:2') pass 0.1 ;;
	'm3.A rejoin under its old name:1') made node-5 node-1 ;;
	'm3.A remove of self:1') pass 10 ;;
	'm3.A remove of self:2')
		clusterctl fault fail-after remove node-5 'Error: Delete "http://control.socket/core/1.0/cluster/node-5": EOF'
		;;
	'm3.A remove a dead member, without and with force:1') made node-5 node-1 ;;
	'm3.A remove a dead member, without and with force:2') pass 10; clusterctl down node-5 ;;
	'm3.A it comes back with its old state:1') clusterctl up node-5; pass 0.1 ;;
	'm3.A it comes back with its old state:2') pass 30 ;;

	'm4.A upper case:2') made n-2 N-1 ;;
	'm4.A remove of self, the only one, PENDING and voter:2') pass 10 ;;
	'm4.A wiped, same name and address:1') pass 10; clusterctl wipe n-2; made n-2 N-1 ;;
	'm4.A wiped, same name, another address:1') pass 1; clusterctl move n-2 ;;
	'm4.A remove it:3') pass 0.1 ;;
	'm4.A remove of self 6 times: exit status:1')
		clusterctl fault fail-after remove n-2 'Error: Delete "http://control.socket/core/1.0/cluster/n-2": EOF'
		;;
	'm4.A remove of self 6 times: exit status:2') clusterctl down n-2 ;;
	esac
}

# read_table: FILES, REGEXES, SCRIPTS. A | of a regular expression is in brackets or parentheses.
read_table() {
	local line
	FILES=() REGEXES=() SCRIPTS=() USED=()
	while read -r line; do
		[[ $line =~ ^(m[0-9])\ (.*)\|(-|s/[^|]*)\|([^|]+)$ ]] || [ ! "$line" ] || return
		[ "$line" ] || continue
		FILES+=("${BASH_REMATCH[1]}") REGEXES+=("${BASH_REMATCH[2]}") SCRIPTS+=("${BASH_REMATCH[3]}")
	done <<<"$NOT_COMPARED"
}

# instead LINE: what stands in the table for it, in INSTEAD; fails when the line is to be compared as it is
instead() {
	local i
	for i in "${!FILES[@]}"; do
		if [ "${FILES[i]}" = "${FILE%.*}" ] && [[ $1 =~ ${REGEXES[i]} ]]; then
			USED[i]=1
			INSTEAD=${SCRIPTS[i]}
			return 0
		fi
	done
	return 1
}

# differ WHAT WANTED GOT
differ() {
	[ "$2" = "$3" ] || {
		printf '%s:%d: %s\n  wanted: %s\n  got:    %s\n' "$FILE" $((AT + 1)) "$1" "${2//$'\n'/$'\n'          }" \
			"${3//$'\n'/$'\n'          }"
		FAILED=$((FAILED + 1))
	}
}

# arguments TEXT: ARGS, the words of a command as the transcript has it: an empty one is a space, a long one is cut
arguments() {
	local token word
	read -ra ARGS <<<"$1"
	[[ $1 != *' ' ]] || ARGS+=('')
	for word in "${!ARGS[@]}"; do
		case ${ARGS[word]} in
		aaaaaaaaaaaaaaaaaaaaaaaa) ARGS[word]=$(printf '%064d' 0 | tr 0 a) ;;
		eyJ*)
			token=${ARGS[word]}
			[ "${TOKENS[$token]-}" ] || TOKENS[$token]=$TOKEN
			ARGS[word]=${TOKENS[$token]}
			;;
		esac
	done
}

# wanted KIND SCRIPT: WANTED, the lines of that kind that follow the command
wanted() {
	local i line
	WANTED=''
	for ((i = AT + 1; i < ${#LINES_OF[@]}; i++)); do
		line=${LINES_OF[i]}
		[[ $line =~ ^\ \ (out|err)\|\ ?(.*)$ ]] || break
		[ "${BASH_REMATCH[1]}" != "$1" ] || WANTED+=${WANTED:+$'\n'}${BASH_REMATCH[2]}
	done
	[ ! "$2" ] || WANTED=$(sed "$2" <<<"$WANTED")
}

# same WHAT FILE: WANTED is what the file has
same() {
	local got
	got=$(<"$2")
	[ "$got" = "$WANTED" ] || differ "$1" "$(plain <<<"$WANTED")" "$(plain <<<"$got")"
}

# command NODE TEXT STATUS
command_again() {
	local script=''
	COUNT=$((COUNT + 1))
	scene "$SECTION" "$COUNT"
	arguments "$2"
	! instead "${LINES_OF[AT + 1]-}" || script=$INSTEAD
	on "$1" "${ARGS[@]}"
	differ "[$1] $2: exit status" "$3" "$STATUS"
	wanted out "$script"
	same "[$1] $2: standard output" "$T/out"
	wanted err "$script"
	same "[$1] $2: standard error" "$T/err"
	COMPARED=$((COMPARED + 1))
}

# list_again NODE ROWS
list_again() {
	local rows=$2
	COUNT=$((COUNT + 1))
	scene "$SECTION" "$COUNT"
	! instead "${LINES_OF[AT]}" || rows=$(sed "$INSTEAD" <<<"$2")
	differ "list on $1" "$rows" "$(rows "$1")"
	COMPARED=$((COMPARED + 1))
}

# settles ROWS: in half a minute at most
settles() {
	local tries
	scene "$SECTION" settled
	for tries in 1 2 3; do
		[ "$(rows node-1)" != "$1" ] || break
		pass 10
	done
	differ "after $tries heartbeats" "$1" "$(rows node-1)"
	COMPARED=$((COMPARED + 1))
}

# replay FILE: COMPARED commands, FAILED differences
replay() {
	local line SECTION='' COUNT=0 AT
	FILE=$1
	mapfile -t LINES_OF <"$TOP/test/vectors/cluster/$FILE.txt"
	for ((AT = 0; AT < ${#LINES_OF[@]}; AT++)); do
		line=${LINES_OF[AT]}
		if [[ $line =~ ^'### '(.*)$ ]]; then
			SECTION=${BASH_REMATCH[1]}
			COUNT=0
		elif [[ $line =~ ^'$ ['([^]]*)'] microovn cluster '(.*)'   => rc '([0-9]+), ]]; then
			command_again "${BASH_REMATCH[@]:1:3}"
		elif [[ $line =~ ^'  list on '([^:]*)': '[0-9.]+' s: '(.*)$ ]]; then
			list_again "${BASH_REMATCH[@]:1:2}"
		elif [[ $line =~ ^'  '('settled after '[0-9.]+' s:'|'('[0-9]+' tries)')' '(.*)$ ]]; then
			settles "${BASH_REMATCH[2]}"
		elif [[ -n $line && ! $line =~ ^'  '(out|err)'|' ]] && ! { instead "$line" && [ "$INSTEAD" = - ]; }; then
			differ 'what line is this?' "$line" ''
		fi
	done
}

setup() {
	export CLUSTER_DIR=$T/cluster PATH=$BUILD/test/cluster:$PATH
	read_table
}

# begin VERSION: of microcluster; nothing is there
begin() {
	rm -rf "${CLUSTER_DIR:?}"
	mkdir "$CLUSTER_DIR"
	clusterctl version "$1"
	declare -gA TOKENS=()
}

@test "microcluster 2 and 3: all their commands, again" {
	local i
	COMPARED=0 FAILED=0
	begin 2
	replay m1.A
	replay m2.A
	replay m3.A
	begin 2
	replay m4.A
	begin 3
	replay m1.B
	replay m2.B
	echo "$COMPARED compared, $FAILED differences"
	[ "$FAILED" = 0 ]
	# nothing was overlooked: each command is a line, and so is each sum of a list
	assert_equal "$COMPARED" \
		"$(cat "$TOP"/test/vectors/cluster/*.txt | grep -cE '^(\$ |  list on |  settled |  \()')"
	for i in "${!FILES[@]}"; do
		echo "of no use? ${FILES[i]} ${REGEXES[i]}"
		[ "${USED[i]-}" ]
	done
	assert_equal "${#FILES[@]}" "$(grep -c . <<<"$NOT_COMPARED")"
}

@test "another text, another exit status, another row: each is told" {
	mkdir "$T/bin"
	cat >"$T/bin/microovn" <<-'SH'
		#!/bin/bash
		set -o pipefail
		{ "$REAL" "$@" 2>&1 >&4 4>&- | sed 's/not yet/yet/' >&2 4>&-; } 4>&1 | sed s/voter/stand-by/
		status=$?
		[ "$2 $3" != 'add 3.x' ] || exit 0
		exit $status
	SH
	chmod 755 "$T/bin/microovn"
	COMPARED=0 FAILED=0
	begin 2
	REAL=$(command -v microovn) PATH=$T/bin:$PATH replay m1.A >"$T/told"
	assert_equal "$(grep -c '^  got: .*Database is yet initialized' "$T/told")" \
		"$(grep -c '^  err| Error: Database is not yet initialized' "$TOP/test/vectors/cluster/m1.A.txt")"
	grep -q '^  got: .*"role":"stand-by"' "$T/told"
	grep -A 2 'add 3.x: exit status' "$T/told" | grep -qx '  got:    0'
}
