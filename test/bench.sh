#!/bin/bash
# bench: how long the tools take and how much memory they need, beside what bounds them. Prints tables, writes them to
# $BUILD/bench.json too, and fails nothing. QUICK=1: a rough look; NODES="10 50": clusters of these sizes alone.
# shellcheck disable=SC2016 # jq's variables
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
BENCH=$BUILD/test
PATH=$BUILD:$BENCH:$BENCH/cluster:$PATH
T=$(mktemp -d) || exit 4
trap 'rm -rf "$T"' EXIT
QUICK=${QUICK-}
FULL=1 SECONDS_EACH=10
[ -z "$QUICK" ] || FULL='' SECONDS_EACH=1
[ -n "${NODES-}" ] || NODES="10 50${FULL:+ 200}"
exec 3>"$T/json"

json() {
	printf '%s\n' "$1" >&3
}

# document NAME KIND N [M]: an input, the same for the same arguments. Documents are a distributor's unit's, whose related
# units are mirrors that are up, so that every tool has something to do with each of them.
#   tokens N M   M mirrors, in each a token for each of N hosts: as long as in a cluster that grows to N
#   units N      N units of a few short keys
#   keys N       a mirror and an own databag with N keys
#   relations N  N relations of one unit each
#   strings N M  an array of N strings, M of them distinct
document() {
	awk -v kind="$2" -v n="$3" -v m="${4:-1}" '
	# what comes after i when 0 to n - 1 are sorted as text, which is how Juju sorts names
	function after(i, n) {
		if (i == 0) return 1
		if (i * 10 < n) return i * 10
		while (i % 10 == 9 || i + 1 >= n) i = int(i / 10)
		return i + 1
	}
	function text(k, size) {
		return substr(pool, 1 + k * 61 % (length(pool) - size), size)
	}
	function value(of, k) {
		if (of == "own") return "empty"
		if (of == "units") return "eyJzZWNyZXQiOiJmYWtlIn0="
		if (of == "keys") return text(k, 24)
		# of a member that joins as the k-th: a secret, a fingerprint, and the addresses of all others
		return text(k, int((180 + k * 19) * 4 / 3))
	}
	function put_hosts(of, host, n,   k) {
		for (k = 0; k < n; k++) {
			if (k) host = after(host, n)
			print ",\"mirror-node-" host "\":\"" value(of, k) "\""
		}
	}
	function put_unit(i, hosts,   address) {
		address = "10.0." int(i / 256) "." i % 256
		print (i ? "," : "") "\"microovn/" i "\":{\"in-scope\":true,\"data\":{\"egress-subnets\":\"" address "/32\","
		print "\"hostname\":\"node-" i "\",\"ingress-address\":\"" address "\",\"mirror\":\"up\""
		put_hosts(kind, kind == "units", hosts)
		print "}}"
	}
	function put_relation(id, units, hosts,   k, i) {
		print (id ? "," : "") "{\"relation-id\":" id ",\"endpoint\":\"microcluster-cluster\",\"related-endpoint\":\"cluster\","
		print "\"related-application\":\"microovn\",\"application-data\":{},"
		print "\"local-application-data\":{\"bootstrap-app\":\"microovn\",\"mirror-unit\":\"td/0\"},"
		print "\"local-unit\":{\"in-scope\":true,\"data\":{\"mirror\":\"up\""
		put_hosts("own", 0, kind == "keys" ? n : 0)
		print "}},\"related-units\":{"
		for (k = i = 0; k < units; k++) {
			put_unit(i, hosts)
			i = after(i, units)
		}
		print "}}"
	}
	BEGIN {
		ORS = ""
		srand(1)
		digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		for (k = 0; k < 30000; k++) pool = pool substr(digits, 1 + int(rand() * 64), 1)
		if (kind == "strings") {
			for (k = 0; k < n; k++) print (k ? "," : "[") "\"value-" (m < n ? int(rand() * m) : k) "\""
			print "]\n"
			exit
		}
		print "{\"td/0\":{\"leader\":true,\"relation-info\":["
		for (k = 0; k < (kind == "relations" ? n : 1); k++)
			put_relation(k, kind == "units" ? n : kind == "tokens" ? m : 1, kind == "units" ? 1 : kind == "relations" ? 0 : n)
		print "]}}\n"
	}' >"$T/$1"
}

# race NAME [SECONDS]: the commands in $T/race (one a line: label, tab, words) with $T/NAME as input; their lines
# "label wall cpu memory" in $T/times
race() {
	local label words args=()
	: >"$T/labels"
	while IFS=$'\t' read -r label words; do
		[ ${#args[@]} = 0 ] || args+=(+)
		# shellcheck disable=SC2206 # the words are none but ours
		case $words in
		jq) args+=(jq -r "$JQ") ;;
		python) args+=("$PYTHON" -c "$PY") ;;
		*) args+=($words) ;;
		esac
		echo "$label" >>"$T/labels"
	done <"$T/race"
	bench "${2:-$SECONDS_EACH}" "$T/$1" "${args[@]}" >"$T/numbers" || return
	paste -d ' ' "$T/labels" "$T/numbers" >"$T/times"
}

# the FIELD-th number (1 wall, 2 cpu, 3 memory) of LABEL
number() {
	awk -v label="$1" -v field="$2" '$1 == label { print $(field + 1) }' "$T/times"
}

# calc EXPRESSION FORMAT
calc() {
	awk "BEGIN { printf \"${2:-%.2f}\", $1 }"
}

contenders() {
	JQ=$1 PY=$2
	! command -v jq >/dev/null || printf 'jq\tjq\n'
	[ -z "$PYTHON" ] || printf 'python\tpython\n'
}

# not a script that looks for it
PYTHON=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null)

JQ_FIND='[.[]["relation-info"][]["related-units"][].data | select(.mirror == "up")["mirror-node-1"] // empty
	| select(. != "" and . != "empty")] | group_by(.) | max_by(length)[0]'
PY_FIND='import json, sys
from collections import Counter
c = Counter()
for unit in json.load(sys.stdin).values():
    for r in unit.get("relation-info", []):
        for u in r.get("related-units", {}).values():
            d = u["data"]
            if d.get("mirror") == "up" and d.get("mirror-node-1", "empty") not in ("", "empty"):
                c[d["mirror-node-1"]] += 1
print(c.most_common(1)[0][0] if c else "false")'
JQ_MOST='group_by(.) | max_by(length)[0]'
PY_MOST='import json, sys
from collections import Counter
print(Counter(json.load(sys.stdin)).most_common(1)[0][0])'

machine() {
	local cpu
	cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
	echo "${cpu:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) processors, $(uname -sr)"
}

# find_value NAME TITLE FLOOR
find_value() {
	local size label wall
	size=$(wc -c <"$T/$1")
	{
		printf 'true\t/bin/true\nfloor\tbench-floor\ntd-find-value\ttd-find-value node-1\ntd-mirror-data\ttd-mirror-data\n'
		contenders "$JQ_FIND" "$PY_FIND"
	} >"$T/race"
	race "$1" || return
	printf '%-22s %10d %10.2f' "$2" "$size" "$(calc "$(number "$3" 1) / 1000")"
	for label in td-find-value td-mirror-data jq python; do
		wall=$(number "$label" 1)
		[ -n "$wall" ] || { printf ' %14s' -; continue; }
		printf ' %14.2f' "$(calc "$wall / $(number "$3" 1)")"
		json "{\"table\":\"find-value\",\"input\":\"$2\",\"bytes\":$size,\"command\":\"$label\",\"floor\":\"$3\",
			\"floor_us\":$(number "$3" 1),\"wall_us\":$wall,\"ratio\":$(calc "$wall / $(number "$3" 1)" %.3f),
			\"cpu_ratio\":$(calc "$(number "$label" 2) / $(number "$3" 2)" %.3f),
			\"peak_bytes\":$(number "$label" 3),\"peak_ratio\":$(calc "$(number "$label" 3) / $size")}"
	done
	printf ' %9.2f %9.2f\n' "$(calc "$(number td-find-value 3) / $size")" "$(calc "$(number td-mirror-data 3) / $size")"
}

find_values() {
	echo 'Time as a multiple of the floor, which is /bin/true for tiny, else parsing with libcjson alone; peak memory of'
	echo 'td-find-value (find) and td-mirror-data (mirror) as a multiple of the input'
	printf '%-22s %10s %10s %14s %14s %14s %14s %9s %9s\n' '' bytes 'floor, ms' td-find-value td-mirror-data jq Python find mirror
	document tiny tokens 16 1
	document medium tokens 161 3
	document large tokens 977 3
	document units units 10000
	find_value tiny 'tiny' true
	find_value medium 'medium' floor
	find_value large 'large' floor
	find_value units '10,000 small units' floor
}

# corroborate NAME TITLE
corroborate() {
	local label wall
	{
		printf 'floor\tbench-floor\ntd-corroborate\ttd-corroborate\n'
		contenders "$JQ_MOST" "$PY_MOST"
	} >"$T/race"
	race "$1" || return
	printf '%-33s %10.2f' "$2" "$(calc "$(number floor 1) / 1000")"
	for label in td-corroborate jq python; do
		wall=$(number "$label" 1)
		[ -n "$wall" ] || { printf ' %14s' -; continue; }
		printf ' %14.2f' "$(calc "$wall / $(number floor 1)")"
		json "{\"table\":\"corroborate\",\"input\":\"$2\",\"command\":\"$label\",\"floor_us\":$(number floor 1),
			\"wall_us\":$wall,\"ratio\":$(calc "$wall / $(number floor 1)" %.3f),
			\"cpu_ratio\":$(calc "$(number "$label" 2) / $(number floor 2)" %.3f),\"peak_bytes\":$(number "$label" 3)}"
	done
	echo
}

corroborates() {
	local n
	echo 'td-corroborate: time as a multiple of parsing with libcjson alone'
	printf '%-33s %10s %14s %14s %14s\n' '' 'floor, ms' td-corroborate jq Python
	for n in 1000 100000 1000000; do
		[ -z "$QUICK" ] || [ $n -lt 1000000 ] || break
		document few strings $n 3
		document distinct strings $n $n
		corroborate few "$n strings, 3 distinct"
		corroborate distinct "$n strings, all distinct"
	done
}

# growth FROM TO: how many times; less than half a millisecond can't be told from start-up
growth() {
	if [ "$1" -lt 500 ]; then echo -; else calc "$2 / $1" %.1f; fi
}

# line KIND LABEL COMMAND...: for three sizes, each ten times the one before, net of what a document of size 1 costs
line() {
	local kind=$1 label=$2 n net=() nets=''
	shift 2
	command -v "$1" >/dev/null || return 0
	for n in 1 $SIZES; do
		printf '%s\t<%s %s\n' "$n" "$T/$kind-$n" "$*"
	done >"$T/race"
	race "$kind-1" || return 0
	for n in $SIZES; do
		net+=("$(calc "$(number "$n" 2) - $(number 1 2)" %.0f)")
	done
	printf '%-32s %-10s %9d' "$label" "$kind" "${SIZES##* }"
	for n in "${net[@]}"; do
		printf ' %10.2f' "$(calc "$n / 1000")"
		nets+=,$n
	done
	printf ' %10s %10s\n' "$(growth "${net[0]}" "${net[1]}")" "$(growth "${net[1]}" "${net[2]}")"
	json "{\"table\":\"linear\",\"command\":\"$label\",\"of\":\"$kind\",\"largest\":${SIZES##* },\"net_cpu_us\":[${nets#,}],
		\"growth\":$(calc "${net[2]} / ${net[1]}")}"
}

lines() {
	local kind n
	echo 'Growth: processor time in ms, net of start-up, for a hundredth, a tenth and all of so many; how many times the one before'
	printf '%-32s %-10s %9s %10s %10s %10s %10s %10s\n' '' '' largest /100 /10 /1 /10 /1
	for kind in keys units relations; do
		case $kind in
		keys) SIZES='1000 10000 100000' ;;
		*) SIZES='100 1000 10000' ;;
		esac
		for n in 1 $SIZES; do document $kind-"$n" $kind "$n"; done
		line $kind td-provider-step td-provider-step update-status
		line $kind td-status td-status
		[ $kind != relations ] || break
		line $kind td-find-value td-find-value node-1
		line $kind td-mirror-data td-mirror-data
		line $kind td-any-data td-any-data
	done
}

# join N: a cluster of N nodes forms
join() {
	local n=$1 start=$SECONDS peak=0 now
	export CLUSTER_DIR=$T/cluster-$n MODEL=$T/model-$n
	mkdir "$CLUSTER_DIR" || return
	: >"$CLUSTER_DIR/auto-wait"
	cat >"$T/between" <<-'SH'
		#!/bin/sh
		clusterctl heartbeat >/dev/null
		find "$MODEL/relations" -type f -exec cat {} + | wc -c >>"$MODEL.sizes"
	SH
	chmod +x "$T/between"
	{
		juju -m "$MODEL" deploy microcluster-token-distributor test/charms/microcluster-token-distributor -n 2 &&
			juju -m "$MODEL" deploy microovn test/charms/microovn -n "$n" &&
			juju -m "$MODEL" integrate microovn:cluster microcluster-token-distributor:microcluster-cluster &&
			juju -m "$MODEL" settle --update-status-when-idle --between "$T/between"
	} >"$T/join" 2>&1 || { tail -n 5 "$T/join"; return; }
	now=$(tail -n 1 "$MODEL.sizes")
	peak=$(sort -n "$MODEL.sizes" | tail -n 1)
	set -- "$(clusterctl members | wc -l)" "$(grep -c '^hook ' "$MODEL/events")" "$(wc -l <"$MODEL/commands")" \
		"$(grep -vc ' heartbeat' "$CLUSTER_DIR/history")" "$peak" "$now"
	printf '%5d %8d %8d %15d %18d %14d %14d %8d\n' "$n" "$@" $((SECONDS - start))
	json "{\"table\":\"join\",\"nodes\":$n,\"members\":$1,\"hooks\":$2,\"juju_commands\":$3,\"cluster_commands\":$4,
		\"databag_bytes_peak\":$5,\"databag_bytes_end\":$6}"
	rm -rf "$MODEL" "$CLUSTER_DIR"
}

joins() {
	local n
	echo 'A cluster that forms, over stand-ins for Juju and microcluster; bytes in all databags, at most and in the end'
	printf '%5s %8s %8s %15s %18s %14s %14s %8s\n' nodes members hooks 'Juju commands' 'cluster commands' 'bytes, most' \
		'bytes, end' seconds
	for n in $NODES; do
		[ -z "$n" ] || join "$n"
	done
}

machine
echo
find_values
echo
corroborates
echo
lines
echo
PATH=$BENCH/juju:$PATH
joins
exec 3>&-
{
	printf '{"machine":"%s","quick":%s,"results":[\n' "$(machine)" "$([ -n "$QUICK" ] && echo true || echo false)"
	tr -d '\n\t' <"$T/json" | sed 's/}{/},\n{/g'
	printf '\n]}\n'
} >"$BUILD/bench.json"
