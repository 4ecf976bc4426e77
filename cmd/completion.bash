# Bash completion for the td tools: options, from the tool's --help; events; and the units, endpoints, relations and hosts
# of a document that is on the command line as an operand or after <.

# _td_add WORD...: offers the words that begin with what is typed. compgen -W would run commands in a word.
_td_add() {
	local word
	for word; do
		case $word in
		"$cur"*) COMPREPLY+=("$word") ;;
		esac
	done
}

# _td_options TOOL: prints its options, one a line: short, long, and the name of the value, if it takes one
_td_options() {
	"$1" --help 2>/dev/null |
		sed -nE 's/^ +(-[A-Za-z]), (--[a-z-]+) ?([A-Z]*)( .*)?$/\1 \2 \3/p
			s/^ +(--[a-z-]+) ?([A-Z]*)( .*)?$/- \1 \2/p'
}

# _td_document MEMBER: prints the values of that member that td-status -j finds in the documents on the line; except for
# host, only those of its documents array. Prints only names that are safe in a shell.
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

# _td_known MEMBER: offers the names that _td_document prints
_td_known() {
	local -a known
	mapfile -t known < <(_td_document "$1")
	_td_add "${known[@]}"
}

_td_files() {
	compopt -o filenames 2>/dev/null || :
	mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

# _td_events TOOL: offers its events
_td_events() {
	case $1 in
	td-provider-*) _td_add relation-changed leader-elected update-status reconcile ;;
	td-consumer-*) _td_add install relation-joined relation-changed remove reconcile ;;
	esac
}

# _td_value TOOL OPTION: offers values of that long option
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

# _td_operand TOOL N: offers the operand number N, from 0
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

# _td TOOL: looks at the words before the cursor, to find an option that waits for its value and to count the operands. A
# hook command's options are those of its step and come after its first operand; other tools take none after an operand.
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
			# several short options in one word: the last one may take a value
			[[ $word == --* ]] || word=-${word: -1}
			long=${name[$word]-}
			[ -z "$long" ] || [ -z "${takes[$long]}" ] || waits=$long
			# the event is no operand then
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
