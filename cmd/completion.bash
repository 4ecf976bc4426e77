# Completion of the td tools' command lines in bash: options, as the tool's --help has them; events; and units,
# endpoints, relations and hosts of the document that the line names as an operand or after <.

# _td_add WORD...: those that begin with what is typed. Not by compgen -W, which would run what a name says.
_td_add() {
	local word
	for word; do
		case $word in
		"$cur"*) COMPREPLY+=("$word") ;;
		esac
	done
}

# _td_options TOOL: its options, one a line: short, long, and its value's name or nothing
_td_options() {
	"$1" --help 2>/dev/null |
		sed -nE 's/^ +(-[A-Za-z]), (--[a-z-]+) ?([A-Z]*)( .*)?$/\1 \2 \3/p
			s/^ +(--[a-z-]+) ?([A-Z]*)( .*)?$/- \1 \2/p'
}

# _td_document MEMBER: what td-status finds under that name in the documents at hand; units, endpoints and relations
# of the documents alone. Only names that a shell leaves alone come out.
_td_document() {
	local file part='p'
	[ "$1" = host ] || part='s/.*"documents":\[([^]]*)\].*/\1/p'
	for file in "${words[@]:1}"; do
		file=${file/#\~\//$HOME/}
		[[ $file != -* && -f $file && -r $file ]] || continue
		td-status -j "$file" 2>/dev/null
	done | sed -nE "$part" | grep -oE "\"$1\":(\"[A-Za-z0-9][A-Za-z0-9._/-]*\"|[0-9]+)" |
		sed 's/^[^:]*://; s/"//g' | sort -u
}

# _td_known MEMBER: adds them
_td_known() {
	local -a known
	mapfile -t known < <(_td_document "$1")
	_td_add "${known[@]}"
}

_td_files() {
	compopt -o filenames 2>/dev/null || :
	mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

# _td_events TOOL
_td_events() {
	case $1 in
	td-provider-*) _td_add relation-changed leader-elected update-status reconcile ;;
	td-consumer-*) _td_add install relation-joined relation-changed remove reconcile ;;
	esac
}

# _td_value TOOL OPTION: the value of that long option
_td_value() {
	case $2 in
	--unit) _td_known unit ;;
	--endpoint) _td_known endpoint ;;
	--relation) _td_known relation-id ;;
	--color) _td_add auto always never ;;
	--command) _td_add 'microovn cluster' 'microceph cluster' ;;
	--event) _td_events "$1" ;;
	--hostname) _td_known host ;;
	--list | --state) _td_files -f ;;
	--observers) _td_files -d ;;
	esac
}

# _td_operand TOOL N: the N-th, from 0
_td_operand() {
	case $1:$2 in
	td-status:*) _td_files -f ;;
	td-find-value:0 | td-mirror-id:*) _td_known host ;;
	td-mirror-add:*)
		_td_known host
		COMPREPLY=("${COMPREPLY[@]/%/=}")
		compopt -o nospace 2>/dev/null || :
		;;
	td-provider-step:0 | td-consumer-step:0) _td_events "$1" ;;
	td-consumer-step:1) mapfile -t COMPREPLY < <(compgen -c -- "$cur" | sort -u) ;;
	td-snapshot:0) _td_add cluster microcluster-cluster ;;
	td-consumer-hook:0) _td_add cluster ;;
	td-provider-hook:0) _td_add microcluster-cluster ;;
	td-consumer-hook:1) mapfile -t COMPREPLY < <(compgen -c -- "$cur" | sort -u) ;;
	esac
}

# What comes before the cursor: which option waits for its value, how many operands there are. A hook command's
# options, its step's, come after the first operand; elsewhere there are none after one.
_td() {
	local tool=${1##*/} helper=$1 cur word waits='' long short value i operands=0 options=yes hook=''
	local -a words=("${COMP_WORDS[@]}")
	local -A takes=() name=()
	COMPREPLY=()
	cur=${COMP_WORDS[COMP_CWORD]}
	[ "$cur" != '=' ] || cur=''
	case $tool in
	td-*-hook)
		hook=yes
		helper=${helper%-hook}-step
		;;
	esac
	while read -r short long value; do
		name[$short]=$long
		name[$long]=$long
		takes[$long]=$value
	done < <(_td_options "$helper")
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		'=') continue ;;
		'<') waits='<'; continue ;;
		esac
		if [ -n "$waits" ]; then
			waits=''
		elif [ -n "$options" ] && [ "$word" = -- ]; then
			options=''
		elif [ -n "$options" ] && [[ $word == -?* ]]; then
			# of short options in one word the last may take a value
			[[ $word == --* ]] || word=-${word: -1}
			long=${name[$word]-}
			[ -z "$long" ] || [ -z "${takes[$long]}" ] || waits=$long
			# with the event as an option there is no operand for it
			[ "$long" != --event ] || operands=$((operands + 1))
		else
			operands=$((operands + 1))
			[ "$hook$operands" = yes1 ] || options=''
		fi
	done
	if [ "$waits" = '<' ] || [ "$cur" = '<' ]; then
		[ "$cur" != '<' ] || cur=''
		_td_files -f
	elif [ -n "$waits" ]; then
		_td_value "$tool" "$waits"
	elif [ -n "$options" ] && [[ $cur == -* ]]; then
		if [ "$hook$operands" = yes0 ]; then
			_td_add --help --version
		else
			_td_add "${!takes[@]}"
		fi
	else
		_td_operand "$tool" "$operands"
	fi
}

complete -F _td juju-td-status td-any-data td-apply td-consumer-hook td-consumer-step td-corroborate td-find-mirrors \
	td-find-value td-in-cluster td-mirror-add td-mirror-data td-mirror-id td-provider-hook td-provider-step \
	td-snapshot td-status td-units
