# Completion offers each tool's options, their values, events, and the names in a document on the command line. It never
# runs a name that others wrote.

# shellcheck disable=SC2016
load helpers

setup() {
	# shellcheck source=cmd/completion.bash
	. "$TOP/cmd/completion.bash"
	cd "$TOP/test/status" || return
}

# completes "WORD..." WORD...: what is offered for the last of the words, in any order
completes() {
	local wanted=$1
	COMP_WORDS=("${@:2}")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_td "$2"
	assert_equal "$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | paste -sd ' ')" "$wanted"
}

@test "every tool has a completion, and offers each option that its help names" {
	local source name
	for source in "$TOP"/cmd/*td-*; do
		name=$(basename "${source%.*}")
		[[ $(complete -p "$name") == *'-F _td '* ]] || fail "$name"
		case $name in
		td-*-hook) completes '--help --version' "$name" --; continue ;;
		esac
		completes "$("$name" --help | grep -oE '^ +(-[A-Za-z], )?--[a-z-]+' | grep -oE -- '--.*' | sort | paste -sd ' ')" \
			"$name" --
	done
}

@test "options" {
	completes '--json' td-status --j
	completes '--no-empty' td-find-value -r 4 --no
	# after the first operand there are none
	completes '' td-find-value node-1 --no
	completes '' td-find-value -- --no
	# a hook command's are its step's, after the endpoint
	completes '--parallel --parallel-timeout --pending-timeout --poll' td-consumer-hook cluster --p
	completes '' td-consumer-hook cluster microovn --p
	completes '--unit' td-provider-hook cluster --u
}

@test "values" {
	completes 'always auto never' td-status -C ''
	completes 'always auto' td-status --color = a
	completes 'always auto never' td-status --color =
	completes 'always auto never' td-status -jC ''
	completes 'always auto never' juju-td-status -m other -C ''
	completes 'microceph cluster microovn cluster' juju-td-status -c ''
	completes 'list.json' juju-td-status -jl l
	completes 'relation-changed' td-provider-step -E relation-
	completes 'list.json' td-status -l l
}

@test "events" {
	completes 'leader-elected reconcile relation-changed update-status' td-provider-step ''
	completes 'install reconcile relation-changed relation-joined remove' td-consumer-step ''
	completes 'reconcile relation-changed relation-joined remove' td-consumer-step --dry-run re
	completes 'td-mirror-data' td-consumer-step reconcile td-mirror-d
	completes 'td-mirror-data' td-consumer-step -E reconcile td-mirror-d
	completes 'td-mirror-data' td-consumer-hook cluster td-mirror-d
	completes 'cluster microcluster-cluster' td-snapshot ''
}

@test "of a document on the line" {
	completes 'microcluster-token-distributor/0 microovn/0 microovn/1 microovn/2' td-find-value '<' formed.json -u ''
	completes 'microovn/0 microovn/1 microovn/2' td-find-value '<' formed.json --unit microo
	completes 'cluster microcluster-cluster' td-any-data '<' formed.json -e ''
	completes '4' td-any-data '<' formed.json -r ''
	completes 'node-1 node-10 node-2' td-find-value '<' formed.json -u microovn/1 n
	completes 'node-10= node-1= node-2=' td-mirror-add '<' formed.json n
	completes '' td-find-value n
	# after the cursor as before it
	COMP_WORDS=(td-find-value -u microovn/2 '<' formed.json)
	COMP_CWORD=2
	_td td-find-value
	assert_equal "${COMPREPLY[*]}" microovn/2
}

@test "a name that would be a command isn't offered, nor run" {
	jq '.[]."relation-info"[]."related-units"[].data."mirror-$(touch pwned)" = "empty" |
		.[]."relation-info"[]."related-units"[].data."mirror-n;touch pwned" = "empty"' formed.json >"$T/d"
	cd "$T"
	completes 'node-1 node-10 node-2' td-find-value '<' d n
	completes '' td-find-value '<' d '$'
	[ ! -e pwned ]
}

@test "in a shell that someone types in" {
	script -qec true /dev/null >/dev/null 2>&1 || skip 'no terminal can be had here'
	printf '%s\n' "PATH=$PATH" "cd $TOP/test/status" ". $TOP/cmd/completion.bash" \
		$'td-status --js\tformed.js\t' $'td-find-value <formed.json -e cluster -u microovn/\t1 node-2\t' exit |
		TERM=dumb HISTFILE='' script -qec 'bash --norc --noprofile -i' /dev/null >"$T/typed"
	grep -q '^{"verdict":"healthy"' "$T/typed"
	grep -q '^"member"' "$T/typed"
}

@test "files" {
	completes 'formed-juju4.json formed.json' td-status f
	completes 'formed-juju4.json formed.json' td-status formed.json f
	completes 'formed-juju4.json formed.json' td-find-value node-1 '<' f
}
