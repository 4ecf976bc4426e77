# The state file is locked, private and replaced as a whole. If it is damaged, or somebody else could have written it, it
# is refused and left as it is. The files beside it are removed.

# shellcheck disable=SC2016
load helpers

setup() {
	export CALLS=$T/calls
	mkdir "$T/bin" "$T/work"
	cd "$T/work" || return
	: >"$CALLS"
	cluster 'case $1 in
	list) cat ../list ;;
	add) echo "eyJuYW1lIjoi-$2-0123456789abcdefghijklmnopqrstuvwxyz" ;;
	esac'
	echo '[{"name":"n1","role":"voter","status":"ONLINE"}]' >../list
	PATH=$T/bin:$PATH
	readonly TOKEN2=eyJuYW1lIjoi-n2-0123456789abcdefghijklmnopqrstuvwxyz
}

# cluster TEXT: the cluster's command is a script that notes its arguments and goes on with TEXT.
cluster() {
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho "$*" >>"$CALLS"\n%s\n' "$1" >"$T/bin/cluster"
	chmod 755 "$T/bin/cluster"
}

# document: of a unit in whose mirror n2 asks for a token.
document() {
	printf '{"app/0":{"relation-info":[{"relation-id":4,"application-data":{"mirror-unit":"td/0"},'
	printf '"local-unit":{"data":{"hostname":"n1"}},"related-units":{"td/0":{"data":{"mirror":"up",'
	printf '"mirror-n2":"empty"}}}}]}}'
}

step() {
	document | td-consumer-step -s state -H n1 "$@" cluster
}

# refused STATUS MESSAGE: the step ends so in each event, runs nothing, and leaves every file as it is.
refused() {
	local event before status said
	before=$(look)
	document >../doc
	for event in install relation-joined relation-changed remove reconcile; do
		status=0
		timeout 20 td-consumer-step -s state -H n1 "$event" cluster <../doc >../out 2>"$T/check-err" || status=$?
		assert_equal "$status" "$1"
		[ ! -s ../out ]
		said=$(<"$T/check-err")
		[[ $said =~ ^td-consumer-step:\ $2 ]]
	done
	assert_equal "$(look)" "$before"
	assert_equal "$(cat "$CALLS")" ''
}

# look: every file but the lock: its name, mode, and what is in it.
look() {
	local file
	for file in *; do
		[ "$file" = state.lock ] || [ ! -e "$file" ] || {
			stat -c '%N %a %F %h' "$file"
			[ ! -f "$file" ] || cksum <"$file"
		}
	done
}

@test "a file that somebody else could have written" {
	echo '{"in-cluster":true}' >../elsewhere
	ln -s ../elsewhere state
	refused 4 'cannot use state: it is a symbolic link$'
	ln -sf nowhere state
	refused 4 'cannot use state: it is a symbolic link$'
	rm state
	mkdir state
	refused 4 'cannot use state: it is no regular file$'
	rmdir state
	mkfifo state
	refused 4 'cannot use state: it is no regular file$'
	rm state
	for mode in 620 602 666; do
		echo '{"in-cluster":true}' >state
		chmod "$mode" state
		refused 4 'cannot use state: others may write to it$'
	done
	chmod 644 state
	step relation-changed
	assert_equal "$(stat -c %a state)" 600
	# also where nothing else changes; but a dry run changes nothing
	chmod 640 state
	step -n relation-changed
	assert_equal "$(stat -c %a state)" 640
	cp state before
	step relation-changed
	assert_equal "$(stat -c %a state)" 600
	cmp state before
}

@test "another user's file" {
	[ "$(id -u)" = 0 ] || skip 'only root can give files away'
	echo '{}' >state
	chmod 600 state
	chown 65534 state
	refused 4 'cannot use state: it belongs to another user$'
	rm state
	: >state.lock
	chown 65534 state.lock
	refused 4 'cannot use state.lock: it belongs to another user$'
}

@test "a lock that is none of ours" {
	: >../elsewhere
	ln -s ../elsewhere state.lock
	refused 4 'cannot use state.lock: it is a symbolic link$'
	rm state.lock
	mkdir state.lock
	refused 4 'cannot .* state.lock: '
	rmdir state.lock
	: >state.lock
	chmod 666 state.lock
	refused 4 'cannot use state.lock: others may write to it$'
}

# stands WHAT: that is what stands in the place of what add prints for n2
stands() {
	local file=state.add-n2
	rm -rf "$file"
	case $1 in
	link) ln -s ../elsewhere $file ;;
	dangling) ln -s nowhere $file ;;
	folder) mkdir $file ;;
	fifo) mkfifo $file ;;
	socket) perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "state.add-n2", Listen => 1) or die' ;;
	mode) echo "$TOKEN2" >$file && chmod 666 $file ;;
	owner) echo "$TOKEN2" >$file && chmod 600 $file && chown 65534 $file ;;
	esac
}

@test "what stands in the place of what an add prints, and is none of ours: its host alone is left alone" {
	local what why before
	echo "$TOKEN2" >../elsewhere
	while read -r what why; do
		if [ "$what" = owner ] && [ "$(id -u)" != 0 ]; then continue; fi
		echo '{"in-cluster":true}' >state
		chmod 600 state
		stands "$what"
		before=$(stat -c '%N %a %F %h %u %s' state.add-n2)
		: >"$CALLS"
		document | sed 's/"mirror-n2"/"mirror-n3":"empty",&/' >../document
		timeout -s KILL 20 td-consumer-step -s state -H n1 relation-changed cluster <../document >../out 2>../err
		assert_equal "$(grep -c n2 ../out) $(cat ../err)" '1 '
		grep -F "\"cannot add n2: cannot use state.add-n2: $why; remove it\"" ../out
		assert_equal "$(grep ^add "$CALLS")" 'add n3'
		assert_equal "$(jq -r '.tokens | keys[]' state)" n3
		assert_equal "$(stat -c '%N %a %F %h %u %s' state.add-n2)" "$before"
		# where its host asks for no token it is in nobody's way
		document | sed 's/"mirror-n2":"empty"/"x":""/' >../document
		timeout -s KILL 20 td-consumer-step -s state -H n1 relation-changed cluster <../document >../out 2>../err
		assert_equal "$(grep -c n2 ../out) $(cat ../err)" '0 '
		rm -rf state.add-n2
		step relation-changed >../out
		assert_equal "$(jq -r .tokens.n2 state)" "$TOKEN2"
	done <<-'END'
		link it is a symbolic link
		dangling it is a symbolic link
		folder it is no regular file
		fifo it is no regular file
		socket it is no regular file
		mode others may write to it
		owner it belongs to another user
	END
	assert_equal "$(cat ../elsewhere)" "$TOKEN2"
}

@test "a damaged file" {
	local text
	for text in '' ' ' '{' '{"in-cluster":true' '[]' '"x"' 'in-cluster: true' '{"in-cluster":1}' '{"in-cluster":null}' \
		'{"tokens":[]}' '{"tokens":{"n2":1}}' '{"tokens":{"n2":""}}' '{"tokens":{"n2":"-rf"}}' \
		'{"tokens":{"n2":"a b"}}' '{"tokens":{"n2":"empty"}}' '{"deferred":{}}' '{"deferred":["install"]}' \
		'{"deferred":[1]}' '{"failed":-1}' '{"failed":1.5}' '{"failed":"1"}' '{"seen":1e99}' '{"left":0}' \
		'{"left":true,"left":true}' $'{"a":"\001"}' $'{"a":"\xff"}' '{}{}'; do
		printf %s "$text" >state
		chmod 600 state
		refused 3 'cannot use state file state: .*; repair it, or move it away: the next step then asks the cluster'
	done
	head -c 100000 /dev/zero >state
	refused 3 'cannot use state file state: '
	run ! grep -q "$(printf '\033')" "$T/check-err"
}

@test "no token of a damaged file is in the message" {
	printf '{"tokens":{"n2":"%s","%s":7}}' "$TOKEN2" "$(printf '\\u001b[2J')" >state
	chmod 600 state
	refused 3 'cannot use state file state: tokens: [?]\[2J: expected a token'
	run ! grep "$TOKEN2" "$T/check-err"
	printf '{"tokens":{"n2":"%s"' "$TOKEN2" >state
	refused 3 'cannot use state file state: '
	run ! grep "$TOKEN2" "$T/check-err"
}

@test "a folder that isn't there" {
	check 4 '' '^td-consumer-step: cannot open no/state.lock: No such file or directory$' "$(document)" \
		td-consumer-step -s no/state -H n1 install cluster
	assert_equal "$(cat "$CALLS")" ''
}

# locked: in the first step's list, until it is let go by a line to ../go.
first_step() {
	mkfifo ../go ../in
	cluster 'case $1 in
	list) [ -e ../second ] || { echo >../in; read -r line <../go; }; cat ../list ;;
	add) echo "eyJuYW1lIjoi-$2-0123456789abcdefghijklmnopqrstuvwxyz" ;;
	esac'
	echo '{"in-cluster":true}' >state
	chmod 600 state
	step relation-changed >../first.out 2>&1 3>&- &
	first=$!
	read -r <../in
	: >../second
}

@test "a second step waits for the lock, and not for ever" {
	first_step
	check 4 '' '^td-consumer-step: cannot lock state.lock: another step holds it after 0.2 s$' "$(document)" \
		timeout 20 td-consumer-step -s state -H n1 -t 0.2 relation-changed cluster
	check 0 '' '' "$(document)" sh -c 'timeout 20 td-consumer-step -n -s state -H n1 relation-changed cluster >/dev/null'
	step -t 60 relation-changed >../second.out 2>&1 3>&- &
	second=$!
	# it is at the lock once it has the file open; but only root can look into a tool's /proc
	for ((i = 0; i < 1000 && $(id -u) == 0; i++)); do
		readlink /proc/*/fd/* 2>/dev/null | grep -cx "$T/work/state.lock" >../holders || true
		[ "$(cat ../holders)" -lt 2 ] || break
		sleep 0.01
	done
	kill -0 "$second"
	echo >../go
	wait "$first"
	wait "$second"
	grep -F '"done"' ../first.out
	grep -F '"done"' ../second.out
	assert_equal "$(grep -c '^add n2$' "$CALLS")" 1
	assert_equal "$(jq -r .tokens.n2 state)" "$TOKEN2"
}

@test "what runs meanwhile has no file of ours, and what lies beside is private" {
	cluster 'case $1 in
	list) cat ../list ;;
	add) ls -l /proc/self/fd | grep -c "$PWD" >../held
		stat -c "%a %n" state* >../modes
		echo "eyJuYW1lIjoi-$2-0123456789abcdefghijklmnopqrstuvwxyz" ;;
	esac
	for fd in 3 4 5 6 7 8 9; do (: >&$fd) 2>/dev/null && echo "$fd" >>../open; done; :'
	echo '{"in-cluster":true}' >state
	chmod 600 state
	(umask 0 && step relation-changed 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-)
	assert_equal "$(cat ../modes)" '600 state
600 state.add-n2
600 state.lock'
	[ ! -e ../open ]
	assert_equal "$(ls)" 'state
state.lock'
}

@test "no space: the file stays whole, and nothing stays beside it" {
	local how
	document >../document
	# with the signal of a file that is too large at its default, too
	for how in '' -; do
		echo '{"in-cluster":true,"kept":"x"}' >state
		chmod 600 state
		run -0 bash -c 'trap -- "$1" XFSZ; ulimit -f 0; td-consumer-step -s state -H n1 relation-changed cluster <../document \
			2>&1 | cat; exit "${PIPESTATUS[0]/4/0}"' - "$how"
		assert_line 'td-consumer-step: cannot write state.new: File too large'
		assert_equal "$(cat state)" '{"in-cluster":true,"kept":"x"}'
		[ ! -e state.new ]
	done
	step relation-changed
	assert_equal "$(jq -r '.tokens.n2, .kept' state)" "$TOKEN2
x"
	assert_equal "$(ls)" 'state
state.lock'
}

@test "a file may be so large: enough for the state and not for a token, and enough for both" {
	document >../document
	echo '{"in-cluster":true}' >state
	chmod 600 state
	(ulimit -f 4 && td-consumer-step -s state -H n1 relation-changed cluster <../document 2>../err | cat >../out)
	grep -F '"cannot add n2: cannot write state.add-n2: File too large"' ../out
	assert_equal "$(tail -n 1 ../out)$(cat ../err)" '{"done":{"event":"relation-changed"}}'
	run ! grep ^add "$CALLS"
	assert_equal "$(ls)" 'state
state.lock'
	(ulimit -f 80 && td-consumer-step -s state -H n1 relation-changed cluster <../document 2>../err | cat >../out)
	assert_equal "$(jq -r .tokens.n2 state)" "$TOKEN2"
	assert_equal "$(ls)" 'state
state.lock'
}

@test "what a step that was cut off left" {
	echo '{"in-cluster":true}' >state
	printf '{"in-clu' >state.new
	printf '%s\n' "$TOKEN2" >state.add-n2
	printf 'half a token' >state.add-n3
	printf 'tok' >'state.add-not a host'
	: >state.add-n4
	touch -d '1 hour ago' state.add-n4
	chmod 600 state*
	run -0 --separate-stderr step relation-changed
	assert_line --partial "\"mirror-n2\":\"$TOKEN2\""
	run ! grep -q '^add' "$CALLS"
	assert_equal "$(jq -c .tokens state)" "{\"n2\":\"$TOKEN2\"}"
	assert_equal "$(ls)" 'state
state.lock'
}

# closed CLOSED STATUS: the step with those of its standard files closed ends so, and puts nothing into its files
closed() {
	local status=0
	rm -f state*
	(umask 077 && echo '{"in-cluster":true,"kept":"x"}' >state)
	eval "td-consumer-step -s state -H n1 -w 0 relation-changed cluster <../document >../out 2>../err $1" || status=$?
	if [ "$status" != "$2" ] || [ -s state.lock ] || [[ ! $(echo state*) =~ ^state(\ state\.lock)?$ ]] ||
		[ "$(jq -c '[.["in-cluster"], .kept]' state)" != '[true,"x"]' ]; then
		echo "closed: $1, status $status"
		head state* ../err
		return 1
	fi
}

@test "what is meant for a standard file that is closed goes into no other file" {
	document >../document
	sed -i '2aecho "on standard error" >&2' "$T/bin/cluster"
	closed '>&-' 4
	grep -x 'td-consumer-step: cannot write standard output: Bad file descriptor' ../err
	closed '<&-' 4
	grep -x 'td-consumer-step: cannot read standard input: Bad file descriptor' ../err
	closed '2>&-' 0
	closed '<&- >&- 2>&-' 4
	closed '>&- 2>&-' 4
	closed '<&- 2>&-' 4
}

@test "the same without /dev/null" {
	unshare -rm mount -t tmpfs tmpfs /mnt 2>/dev/null || skip 'no file system can be mounted here'
	document >../document
	export -f closed
	# no command can be run, for their standard input is to be that
	unshare -rm bash -ec '
		mount -t tmpfs tmpfs /dev
		[ ! -e /dev/null ]
		closed "" 0
		grep -F "list failed: cannot run cluster: /dev/null: No such file or directory" ../out
		closed ">&-" 4
		closed "<&-" 4
		closed "2>&-" 0
		closed "<&- >&- 2>&-" 4
		closed ">&- 2>&-" 4
		closed "<&- 2>&-" 4'
	assert_equal "$(cat "$CALLS")" ''
}

# calls: what the step did to files beside the state and which programs it ran, as strace saw it
calls() {
	sed -nE -e 's/^[0-9]+ +//' -e 's,"[^" ]*/work/,",g' -e "s,<$T/work>,<.>,g; s,<$T/work/,<,g" \
		-e 's/^fsync\([0-9]+<([^>]*)>(\) += 0$| <unfinished).*/sync \1/p' \
		-e 's/^rename\("(.*)", "(.*)"\) += 0$/rename \1 \2/p' \
		-e 's/^unlink\("(.*)"\) += 0$/remove \1/p' \
		-e 's/^open(at)?\((AT_FDCWD[^,]*, )?"([^"]*)", [A-Z_|]*O_CREAT\|O_EXCL.*/create \3/p' \
		-e 's/^execve\(.*\["cluster", "([a-z]*)".*= 0$/run \1/p' \
		-e 's/^write\(1<.*relation-set.*/print/p' "$T/strace" | uniq
}

# a step whose calls are written down; what looks for leaks can't while strace does
traced() {
	run -0 env ASAN_OPTIONS=detect_leaks=0 strace -f -y -qq -s 300 -o "$T/strace" \
		-e trace=fsync,rename,unlink,open,openat,execve,write \
		td-consumer-step -s "$T/work/state" -H n1 relation-changed cluster <../doc
}

@test "on disk before it matters: the order of syncs" {
	command -v strace >/dev/null || skip 'no strace'
	[ "$(id -u)" = 0 ] || skip 'only root can look into a tool, of which no core is dumped'
	echo '{"in-cluster":true}' >state
	chmod 600 state
	document >../doc
	traced
	run calls
	assert_output 'print
run list
print
create state.add-n2
sync state.add-n2
sync .
run add
sync state.add-n2
create state.new
sync state.new
rename state.new state
sync .
remove state.add-n2
print'
	# what a step that was cut off left goes only once it is saved
	echo "$TOKEN2" >state.add-n2
	echo '{"in-cluster":true}' >state
	traced
	run calls
	assert_line --index 0 'create state.new'
	assert_line --index 3 'sync .'
	assert_line --index 4 'remove state.add-n2'
	assert_line --index 5 'print'
}
