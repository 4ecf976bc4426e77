# The consumer's turn, rule by rule: what it prints, what it runs and in which order, and what its state file has then;
# kills, observers, the lock, timeouts and refusals. step.bash explains the lines.

# shellcheck disable=SC2016,SC2030,SC2031,SC2153
load helpers
load step

readonly TOKEN=eyJzZWNyZXQiOiI0ZjJhOTFjMGQ3ZTM1YjY4In0= # of 40 characters
readonly SHORT=tok-node-1 ID=710278f8ea935ad6           # a token that isn't known by its looks, and its ID
readonly IN='{"in-cluster":true,"seen":4}' OUT='{"in-cluster":false}'

setup() {
	consumer
	export TOKEN SHORT
}

teardown() {
	compare
}

# up WORDS: the words of a mirror that is up, for the unit that the application's data names
up() {
	given "$1" "$2" "mirror=up $3"
}

@test "install: says that it waits where no relation is" {
	local state
	had ''
	given_none
	step install
	expect <<-'END'
		status maintenance Waiting for token distributor relation
		done install
		state none
	END
	for state in "$OUT" ''; do
		given '' 'hostname=node-1' 'mirror=up mirror-node-1=tok-a'
		had "$state"
		step install
		expect <<-END
			done install
			state ${state:-none}
		END
	done
}

@test "no relation: done, and what was deferred stays" {
	local event
	given_none
	for event in relation-joined relation-changed reconcile install; do
		had '{"deferred":["relation-changed","relation-joined"]}'
		step $event
		expect '' '{"done' <<-END
			done $event
			state {"deferred":["relation-changed","relation-joined"]}
		END
	done
}

@test "hostname: relation-joined and reconcile write it, with mirror-unit every event" {
	local event app own state wanted
	lists_none
	while IFS='|' read -r event app own state wanted; do
		had "$state"
		given "$app" "$own" 'mirror=down'
		step "$event"
		expect '' '[^{]*relation-set' <<<"$wanted"
	done <<-'END'
		relation-joined|||{}|set hostname=node-1
		relation-joined||hostname=node-1|{}|
		relation-joined||hostname=node-2|{}|set hostname=node-1
		relation-joined|||{"in-cluster":true}|set hostname=node-1 member=true
		relation-joined||hostname=node-1|{"in-cluster":true}|set member=true
		relation-joined||hostname=node-1 member=true|{"in-cluster":true}|
		relation-changed|||{}|
		reconcile|||{}|set hostname=node-1
		reconcile||hostname=node-2|{}|
		relation-changed|mirror-unit=td/0||{}|set hostname=node-1
		reconcile|mirror-unit=td/0||{}|set hostname=node-1
		install|mirror-unit=td/0||{}|set hostname=node-1
		relation-changed|mirror-unit=td/0||{"in-cluster":true}|set hostname=node-1 member=true
		install|||{}|
	END
}

@test "relation-joined without mirror-unit: the five conditions" {
	local leader app mirror wanted option
	lists_none
	on bootstrap <<<':'
	while IFS='|' read -r leader app mirror option wanted; do
		had '{"left":true}'
		# shellcheck disable=SC2086
		given $leader "$app" 'hostname=node-1' "$mirror"
		# shellcheck disable=SC2086
		step relation-joined $option
		expect '*' 'run bootstrap\|^{"defer' <<<"$wanted"
	done <<-'END'
		leader|bootstrap-app=microovn|mirror=up||run bootstrap
		leader|bootstrap-app=microovn|mirror=up mirror-node-1=empty||run bootstrap
		leader|bootstrap-app=microovn|mirror=down||defer relation-joined: no mirror is up
		leader||mirror=down||defer relation-joined: no mirror is up
		leader||mirror=up||defer relation-joined: no bootstrap-app is set
		leader||mirror=up|-a|run bootstrap
		leader||mirror=up|--any-app|run bootstrap
		leader|bootstrap-app=other|mirror=up|-a|
		leader|bootstrap-app=other|mirror=up||
		leader|bootstrap-app=microov|mirror=up||
		leader|bootstrap-app=microovn/0|mirror=up||
		|bootstrap-app=microovn|mirror=up||
		||mirror=up||defer relation-joined: no bootstrap-app is set
		|bootstrap-app=microovn|||defer relation-joined: no mirror is up
		leader|bootstrap-app=microovn|mirror=up mirror-node-2=tok-node-2||
		leader|bootstrap-app=microovn|mirror=up mirror-node-2=member||
	END
	# a unit that is leader later doesn't
	local event
	for event in relation-changed reconcile; do
		had '{}'
		given leader 'bootstrap-app=microovn' 'hostname=node-1' 'mirror=up'
		step $event
		expect '*' 'run bootstrap' <<<''
	done
}

@test "bootstrap, and after it the mirror part" {
	local leader app own event
	observers
	on bootstrap <<<'echo made; echo "careful with '"$TOKEN"'" >&2'
	while IFS='|' read -r event leader app own; do
		lists_none
		on list.2 < <(list_of node-1)
		had '{}'
		# shellcheck disable=SC2086
		given $leader "$app" "hostname=node-1 $own" 'mirror=up mirror-node-1=empty'
		step "$event" -o "$T/observers" -B --net -B '10.0.0.0/8 x' -J other
		expect 'made' <<-END
			run list -f json
			event prebootstrap
			observe {"name":"prebootstrap"}
			run bootstrap --net 10.0.0.0/8 x
			status active Cluster bootstrapped
			event bootstrapped
			observe {"name":"bootstrapped"}
			event joined bootstrapper=true
			observe {"name":"joined","bootstrapper":true}
			set ${own:+bootstrap= }member=true
			run list -f json
			set mirror=up$([[ $app == *-unit* ]] || echo ' mirror-node-1=member')
			done $event
			state {"in-cluster":true}
		END
		grep -q 'careful with \[token\]' "$T/err"
	done <<-'END'
		relation-joined|leader|bootstrap-app=microovn|
		relation-joined||mirror-unit=td/0 bootstrap-unit=microovn/0|bootstrap=ready
		relation-changed||mirror-unit=td/0 bootstrap-unit=microovn/0|bootstrap=ready
		reconcile|leader|mirror-unit=td/0 bootstrap-unit=microovn/0|bootstrap=ready
	END
}

@test "with mirror-unit: the one unit that may bootstrap" {
	local app mirror state wanted
	lists_none
	on bootstrap <<<'exit 1'
	while IFS='|' read -r app mirror state wanted; do
		had "$state"
		given leader "mirror-unit=td/0 bootstrap-app=microovn $app" 'hostname=node-1' "$mirror"
		step reconcile
		expect '*' 'run bootstrap' <<<"$wanted"
	done <<-'END'
		bootstrap-unit=microovn/0|mirror=up|{}|run bootstrap
		bootstrap-unit=microovn/0 bootstrap-app=x bootstrap-host=node-1|mirror=up|{}|run bootstrap
		bootstrap-unit=microovn/0 bootstrap-host=node-2|mirror=up|{}|
		bootstrap-unit=microovn/0|mirror=up|{"seen":3}|run bootstrap
		bootstrap-unit=microovn/0|mirror=up|{"left":true}|
		bootstrap-unit=microovn/0|mirror=down|{}|
		bootstrap-unit=microovn/0|mirror=up mirror-node-2=member|{}|
		bootstrap-unit=microovn/0|mirror=up mirror-node-2=tok-a|{}|
		bootstrap-unit=microovn/0|mirror=up mirror-node-2=empty|{}|run bootstrap
		bootstrap-unit=microovn/1|mirror=up|{}|
		bootstrap-unit=microovn|mirror=up|{}|
		|mirror=up|{}|
		bootstrap-unit=remote-0a1b/0 bootstrap-host=node-1|mirror=up|{}|run bootstrap
		bootstrap-unit=remote-0a1b/0 bootstrap-host=node-2|mirror=up|{}|
		bootstrap-unit=remote-0a1b/0|mirror=up|{}|
		bootstrap-unit=other/0 bootstrap-host=node-1|mirror=up|{}|
	END
	# a distributor of another model, which consumes this application's offer, has its own name for it
	while IFS='|' read -r app wanted; do
		had '{}'
		given "mirror-unit=td/0 $app" 'hostname=node-1' mirror=up
		DOCUMENT=${DOCUMENT//\"td\/0\":/\"remote-0a1b\/0\":}
		step reconcile
		expect '*' 'run bootstrap' <<<"$wanted"
	done <<-'END'
		bootstrap-unit=saas/0 bootstrap-host=node-1|run bootstrap
		bootstrap-unit=saas/0 bootstrap-host=node-2|
		bootstrap-unit=saas/1 bootstrap-host=node-1|
		bootstrap-unit=saas/0|
	END
}

@test "a machine that is renamed" {
	lists_none
	# before it has joined it publishes its new name, and the permission to bootstrap follows
	had '{}'
	given 'mirror-unit=td/0 bootstrap-unit=microovn/0 bootstrap-host=node-0' 'hostname=node-0' 'mirror=up mirror-node-0=empty'
	step relation-changed
	expect '' <<-'END'
		set hostname=node-1
		status maintenance Token not in mirror
		done relation-changed
		state {}
	END
	# in the cluster it keeps the name that the others know
	lists node-0, node-2
	member
	up 'mirror-unit=td/0' 'hostname=node-0 member=true' 'mirror-node-0=member mirror-node-3=empty'
	on add <<<'echo tok-node-3'
	step reconcile
	expect '' '[^s]' <<-'END'
		run list -f json
		log WARNING this machine is called node-1 now; the cluster knows it as node-0
		set mirror=up
		run add node-3
		set mirror-node-3=tok-node-3
		event token-generated host=node-3
		log INFO added token for node-3
		done reconcile
	END
	# and one that has joined anew has the new one
	lists node-1, node-2
	member
	up 'mirror-unit=td/0' 'hostname=node-0 member=true mirror=up' 'mirror-node-0=member mirror-node-1=member mirror-node-3=empty'
	step reconcile
	expect '' '[^s]' <<-'END'
		run list -f json
		set hostname=node-1
		run add node-3
		set mirror-node-3=tok-node-3
		event token-generated host=node-3
		log INFO added token for node-3
		done reconcile
	END
}

@test "a date in the future is taken for now, once: the clock was set back" {
	local later=$(($(date +%s) + 9999))
	lists node-1, node-3 voter UNREACHABLE
	had "{\"in-cluster\":true,\"seen\":4,\"out\":{\"node-2\":$later},\"stranded\":{\"node-3\":$later}}"
	up 'mirror-unit=td/0' 'hostname=node-1 member=true mirror=up' 'mirror-node-1=member mirror-node-2=tok-a mirror-node-3=empty'
	step reconcile -c
	expect '' state <<<'state {"in-cluster":true,"seen":4,"stranded":{"node-3":"0"}}'
	had "{\"joining\":$later}"
	step install
	expect '' state <<<'state {"joining":"0"}'
}

@test "whoever finds itself alone in the cluster has bootstrapped it" {
	local list event
	while IFS='|' read -r list event; do
		lists "$list"
		had '{"unsure":true,"deferred":["relation-changed"]}'
		up 'mirror-unit=td/0' 'hostname=node-1' ''
		step relation-changed
		expect '' '{"event' <<<"$event"
	done <<-'END'
		node-1|event bootstrapped@event joined bootstrapper=true
		node-0, node-1|event joined bootstrapper=false
	END
}

@test "a unit that has left, and whose state file is moved away, starts anew" {
	lists_none
	had ''
	given leader 'mirror-unit=td/0 bootstrap-app=microovn' 'hostname=node-1 member=left' 'mirror=up mirror-node-1=empty'
	step reconcile
	expect '*' <<-'END'
		run list -f json
		set member=
		status maintenance Token not in mirror
		set bootstrap=ready
		done reconcile
		state {}
	END
}

@test "asking for the permission" {
	local leader app own mirror state event wanted
	lists_none
	while IFS='|' read -r event leader app own mirror state wanted; do
		had "$state"
		# shellcheck disable=SC2086
		given $leader "$app" "hostname=node-1 $own" "$mirror"
		step "$event"
		expect '*' '{*[^{]*relation-set.*bootstrap' <<<"$wanted"
	done <<-'END'
		reconcile|leader|mirror-unit=td/0||mirror=up|{}|set bootstrap=ready
		relation-joined|leader|mirror-unit=td/0||mirror=up|{}|set bootstrap=ready
		relation-changed|leader|mirror-unit=td/0||mirror=down|{}|set bootstrap=ready
		reconcile|leader|mirror-unit=td/0|bootstrap=ready|mirror=up|{}|
		reconcile|leader|mirror-unit=td/0|bootstrap=x|mirror=up|{}|set bootstrap=ready
		reconcile|leader|||mirror=up|{}|
		reconcile|leader||bootstrap=ready|mirror=up|{}|set bootstrap=
		reconcile||mirror-unit=td/0||mirror=up|{}|
		reconcile||mirror-unit=td/0|bootstrap=ready|mirror=up|{}|set bootstrap=
		reconcile|leader|mirror-unit=td/0|bootstrap=ready|mirror=up mirror-node-2=member|{}|set bootstrap=
		reconcile|leader|mirror-unit=td/0||mirror=up mirror-node-2=empty|{}|set bootstrap=ready
		reconcile|leader|mirror-unit=td/0|bootstrap=ready|mirror=up|{"seen":3}|set bootstrap=
		reconcile|leader|mirror-unit=td/0||mirror=up|{"seen":4}|set bootstrap=ready
		reconcile|leader|mirror-unit=td/0|bootstrap=ready|mirror=up|{"left":true}|set bootstrap=
		relation-joined|leader|mirror-unit=td/0|bootstrap=ready|mirror=up|{"in-cluster":true}|set bootstrap=
	END
	# what it has seen is remembered
	had '{"seen":3}'
	given 'bootstrap-app=other' 'hostname=node-1' 'mirror=up mirror-node-2=member'
	step relation-joined
	expect <<-'END'
		done relation-joined
		state {"seen":4}
	END
}

@test "a bootstrap that fails" {
	local event deferred
	on bootstrap <<<'echo "trying '"$TOKEN"'"; echo "no leader" >&2; echo >&2; exit 3'
	for event in relation-joined relation-changed reconcile; do
		deferred=relation-changed
		[ $event != relation-joined ] || deferred=$event
		lists_none
		had '{"failed":1}'
		up 'mirror-unit=td/0 bootstrap-unit=microovn/0' hostname=node-1
		step $event
		expect 'trying \[token\]' <<-END
			run list -f json
			run list -f json
			event prebootstrap
			run bootstrap
			log WARNING bootstrap failed: no leader
			run list -f json
			status blocked Unable to bootstrap cluster: no leader
			defer $deferred: bootstrap failed
			done $event
			state {"failed":1,"deferred":["$deferred"]}
		END
	done
	# it is tried again before the next event's work, and when it fails again that isn't reached
	had '{"deferred":["relation-joined"]}'
	given leader 'bootstrap-app=microovn' hostname=node-1 mirror=up
	step relation-changed
	expect '*' <<-'END'
		run list -f json
		event prebootstrap
		run bootstrap
		log WARNING bootstrap failed: no leader
		run list -f json
		status blocked Unable to bootstrap cluster: no leader
		defer relation-joined: bootstrap failed
		done relation-changed
		state {"deferred":["relation-joined"]}
	END
}

@test "join, and after it the mirror part" {
	local event own shown
	observers
	on join <<<'echo "joining with $2" >&2'
	while IFS='|' read -r event own shown; do
		lists_none
		on list.3 < <(list_of node-0, node-1 stand-by)
		had '{"failed":1}'
		up 'mirror-unit=td/0' "hostname=node-1 $own" "mirror-node-0=member mirror-node-1=$SHORT"
		step "$event" -o "$T/observers" -J --ip -J '10.0.0.1' -B other
		expect 'joining with \[token\]' <<-END
			run list -f json
			run list -f json
			event prejoin
			observe {"name":"prejoin"}
			status maintenance Joining cluster
			run join $SHORT --ip 10.0.0.1
			status active Joined cluster
			event joined bootstrapper=false
			observe {"name":"joined","bootstrapper":false}
			set $shown
			$([ "$event" = relation-changed ] || echo 'run list -f json')
			done $event
			state {"in-cluster":true,"seen":4}
		END
	done <<-'END'
		relation-changed||member=true
		reconcile||member=true
		relation-changed|rejected=1234567890abcdef|member=true rejected=
		relation-changed|bootstrap=ready|bootstrap= member=true
		reconcile|bootstrap=ready|bootstrap= member=true
	END
	# in relation-joined nothing is joined
	had '{}'
	up 'mirror-unit=td/0' 'hostname=node-1 bootstrap=ready' "mirror-node-1=$SHORT"
	step relation-joined
	expect <<-'END'
		set bootstrap=
		done relation-joined
		state {"seen":4}
	END
}

@test "the token: what most mirrors hold, tokens alone" {
	local app mirror0 mirror1 mirror2 wanted
	lists_none
	on join <<<'exit 1'
	while IFS='|' read -r app mirror0 mirror1 mirror2 wanted; do
		had '{}'
		given "$app" "hostname=node-1 $own" "$mirror0" "$mirror1" "$mirror2"
		step relation-changed
		expect '*' 'run join\|{"status-set":{"status":"maint' <<<"${wanted:+status maintenance Joining cluster
run join }${wanted:-status maintenance Token not in mirror}"
	done <<-'END'
		|mirror=up mirror-node-1=tok-a||mirror=up|tok-a
		|mirror=up mirror-node-1=tok-a|mirror=up mirror-node-1=tok-b|mirror=up mirror-node-1=tok-b|tok-b
		|mirror=up mirror-node-1=tok-a|mirror=up mirror-node-1=tok-b|mirror=down mirror-node-1=tok-b|tok-a
		|mirror=up mirror-node-1=empty|mirror=up mirror-node-1=tok-b|mirror=up mirror-node-1=empty|tok-b
		mirror-unit=td/2|mirror=up mirror-node-1=tok-a|mirror=up mirror-node-1=tok-a|mirror=up mirror-node-1=tok-b|tok-b
		mirror-unit=td/2|mirror=up mirror-node-1=tok-a|mirror=up mirror-node-1=tok-a|mirror=down mirror-node-1=tok-b|tok-a
		|mirror=up mirror-node-1=empty|mirror=up|mirror=up mirror-node-2=tok-b|
		|mirror=up mirror-node-1=|mirror=up mirror-node-1=--help|mirror=up mirror-node-1=tok~|
		|mirror=down mirror-node-1=tok-a|||
	END
}

@test "a join that fails" {
	local event
	on join <<<'echo "joining with $2"; echo "Error: bad '"$SHORT $TOKEN"'" >&2; exit 1'
	for event in relation-changed reconcile; do
		lists_none
		had "$OUT"
		up 'mirror-unit=td/0' hostname=node-1 "mirror-node-1=$SHORT"
		step $event
		expect 'joining with \[token\]' <<-END
			run list -f json
			$([ $event = relation-changed ] || echo run list -f json)
			event prejoin
			status maintenance Joining cluster
			run join $SHORT
			log WARNING join failed: Error: bad [token] [token]
			run list -f json
			status blocked Joining cluster failed: Error: bad [token] [token]
			set rejected=$ID
			defer relation-changed: join failed
			done $event
			state {"failed":1,"seen":4,"deferred":["relation-changed"]}
		END
		run ! grep -q -e tok- -e eyJ "$T/err"
	done
	# it keeps what else it has, and the same token rejected again is nothing new
	had '{"failed":1,"seen":4,"left":true,"tokens":{"node-2":"tok-node-2"},"ours":[1.50,{"a":null}]}'
	up 'mirror-unit=td/0' "hostname=node-1 rejected=$ID" "mirror-node-1=$SHORT"
	step relation-changed
	expect '*' <<-END
		run list -f json
		set member=left
		run list -f json
		event prejoin
		status maintenance Joining cluster
		run join $SHORT
		log WARNING join failed: Error: bad [token] [token]
		run list -f json
		status blocked Joining cluster failed: Error: bad [token] [token]
		defer relation-changed: join failed
		done relation-changed
		state {"failed":2,"seen":4,"left":true,"tokens":{"node-2":"tok-node-2"},"deferred":["relation-changed"],"ours":[1.50,{"a":null}]}
	END
	grep -q '"ours":\[1.50,{"a":null}\]' "$STATE"
}

@test "after two failures in a row, reconcile alone tries" {
	local event failed wanted
	lists_none
	on join <<<'exit 1'
	while IFS='|' read -r event failed wanted; do
		had "{\"failed\":$failed}"
		up 'mirror-unit=td/0' "hostname=node-1 rejected=$ID" "mirror-node-1=tok-node-2"
		step "$event"
		expect '*' 'run join' <<<"$wanted"
	done <<-'END'
		relation-changed|0|run join tok-node-2
		relation-changed|1|run join tok-node-2
		relation-changed|2|
		relation-changed|3|
		reconcile|2|run join tok-node-2
		reconcile|7|run join tok-node-2
	END
	# but that there is none is said
	had '{"failed":2}'
	up 'mirror-unit=td/0' "hostname=node-1 rejected=$ID" 'mirror-node-1=empty'
	step relation-changed
	expect '*' 'run join\|{"status' <<<'status maintenance Token not in mirror'
	had '{"failed":7}'
	on join <<<':'
	on list.3 < <(list_of node-0, node-1)
	up '' "hostname=node-1 rejected=$ID" "mirror-node-1=tok-node-2"
	step reconcile
	expect '*' '[^{]*relation-set' <<-'END'
		set member=true rejected=
		state {"in-cluster":true,"seen":4}
	END
}

@test "a token that this host has rejected is tried where there is no other" {
	local own mirror0 mirror1 mirror2 wanted
	lists_none
	on join <<<'exit 1'
	while IFS='|' read -r own mirror0 mirror1 mirror2 wanted; do
		had '{}'
		given '' "hostname=node-1 $own" "mirror=up $mirror0" "mirror=up $mirror1" "mirror=up $mirror2"
		step relation-changed
		expect '*' 'run join' <<<"${wanted:+run join $wanted}"
	done <<-END
		rejected=$ID|mirror-node-1=$SHORT|||$SHORT
		rejected=$ID|mirror-node-1=$SHORT|mirror-node-1=$SHORT|mirror-node-1=tok-b|tok-b
		rejected=$ID|mirror-node-1=$SHORT|mirror-node-1=tok-b|mirror-node-1=tok-c|tok-b
		rejected=$ID|mirror-node-1=$SHORT|mirror-node-1=empty|mirror-node-1=member|$SHORT
		rejected=$ID|mirror-node-1=tok-b|mirror-node-1=tok-b|mirror-node-1=$SHORT|tok-b
		rejected=x|mirror-node-1=$SHORT|||$SHORT
	END
	# of mirrors: one that is down has no say
	had '{}'
	given '' "hostname=node-1 rejected=$ID" "mirror=up mirror-node-1=$SHORT" 'mirror=down mirror-node-1=tok-b'
	step relation-changed
	expect '*' 'run join' <<<"run join $SHORT"
}

# member [STATE-MEMBERS]: a unit in the cluster
member() {
	had "{\"in-cluster\":true,\"seen\":4${1:+,$1}}"
}

@test "in the cluster: member is shown, rejected and bootstrap are removed" {
	local own wanted
	lists node-0, node-1
	while IFS='|' read -r own wanted; do
		member
		given '' "hostname=node-1 $own" 'mirror=up'
		step relation-changed
		expect '' '[^{]*relation-set' <<<"$wanted"
	done <<-'END'
		|set member=true
		member=true|
		member=|set member=true
		member=true rejected=x|set rejected=
		bootstrap=ready rejected=x|set bootstrap= member=true rejected=
	END
}

@test "in the cluster: tokens of the state file" {
	local own mirrors wanted after
	lists node-0, node-1
	while IFS='|' read -r own mirrors wanted after; do
		member '"tokens":{"node-2":"tok-node-2","node-3":"tok-node-3"}'
		up 'mirror-unit=td/0' "hostname=node-1 member=true $own" "mirror-node-0=member $mirrors"
		step relation-changed
		expect '' '[^{]*relation-set' <<-END
			$wanted
			state {"in-cluster":true,"seen":4,"tokens":{$after}}
		END
	done <<-'END'
		||set mirror-node-2=tok-node-2 mirror-node-3=tok-node-3|"node-2":"tok-node-2","node-3":"tok-node-3"
		mirror-node-2=tok-node-2||set mirror-node-3=tok-node-3|"node-2":"tok-node-2","node-3":"tok-node-3"
		mirror-node-2=tok-old mirror-node-3=tok-node-3||set mirror-node-2=tok-node-2|"node-2":"tok-node-2","node-3":"tok-node-3"
		mirror-node-2=tok-node-2|mirror-node-2=member mirror-node-3=tok-node-3|set mirror-node-3=tok-node-3@set mirror-node-2=|"node-3":"tok-node-3"
		|mirror-node-2=empty mirror-node-3=member|set mirror-node-2=tok-node-2|"node-2":"tok-node-2"
		mirror-node-2=tok-node-2 mirror-node-3=tok-node-3|rejected-node-2=710277f8ea935923|@|"node-3":"tok-node-3"
		mirror-node-3=tok-node-3|mirror-node-2=tok-node-2 rejected-node-2=710277f8ea935923|@|"node-3":"tok-node-3"
		mirror-node-3=tok-node-3|rejected-node-2=1234567890123456|set mirror-node-2=tok-node-2|"node-2":"tok-node-2","node-3":"tok-node-3"
	END
}

@test "in the cluster: when the list is asked for" {
	local event app own mirrors wanted
	lists node-0, node-1
	while IFS='|' read -r event app own mirrors wanted; do
		member
		up "$app" "hostname=node-1 member=true $own" "mirror-node-0=member $mirrors"
		step "$event"
		expect '' 'run ' <<<"${wanted:+run $wanted}"
	done <<-'END'
		relation-changed|||mirror-node-2=member|list -f json
		reconcile|||mirror-node-2=member|list -f json
		relation-joined|||mirror-node-2=empty|
		relation-changed|mirror-unit=td/0||mirror-node-2=member mirror-node-3=tok-node-3|
		relation-changed|mirror-unit=td/0|||
		relation-changed|mirror-unit=td/0||mirror-node-2=empty|list -f json
		relation-changed|mirror-unit=td/0|mirror=up|mirror-node-2=member|list -f json
		relation-changed|mirror-unit=td/0|mirror=down|mirror-node-2=member|list -f json
		relation-changed|mirror-unit=td/0||mirror-node-2=tok-node-2 rejected-node-2=710277f8ea935923|list -f json
		relation-changed|mirror-unit=td/0||mirror-node-2=tok-node-3 rejected-node-2=710277f8ea935923|
		relation-changed|mirror-unit=td/0||mirror-node-2=member rejected-node-2=710277f8ea935923|
		reconcile|mirror-unit=td/0||mirror-node-2=member|list -f json
	END
	# where it isn't, keys of members go all the same, and rejected tokens stay
	member
	up mirror-unit=td/0 'hostname=node-1 member=true mirror-node-2=tok-a mirror-node-3=tok-b' \
		'mirror-node-2=member mirror-node-3=tok-c rejected-node-3=25cfc57d4fe377d6'
	step relation-changed
	expect <<-'END'
		set mirror-node-2=
		done relation-changed
	END
}

@test "the communicator" {
	local app mirrors list wanted
	while IFS='|' read -r app mirrors list wanted; do
		member
		up "$app" "hostname=node-1 member=true" "$mirrors"
		lists "$list"
		step reconcile
		expect '' '[^{]*relation-set' <<<"${wanted:+set $wanted}"
	done <<-'END'
		|mirror-node-1=member|node-1|mirror=up
		|mirror-node-1=member|node-1, node-2|mirror=up
		|mirror-node-1=member|node-0, node-1|
		|mirror-node-1=member|node-0 voter UNREACHABLE, node-1|mirror=up
		|mirror-node-1=member|node-0 voter online, node-1|mirror=up
		|mirror-node-1=member|node-0 stand-by, node-1|mirror=up
		|mirror-node-1=member|node-0 spare, node-1 stand-by|
		|mirror-node-1=member|node-0 vote, node-1|mirror=up
		|mirror-node-1=member|node-1, node-10|mirror=up
		|mirror-node-1=member|node-1, NODE-2|
		|mirror-node-1=member|node-2|
		mirror-unit=td/0||node-0, node-1|mirror=up
		mirror-unit=td/0|mirror-node-0=member|node-0, node-1|
		mirror-unit=td/0|mirror-node-0=empty|node-0, node-1|mirror=up
		mirror-unit=td/0|mirror-node-0=member|node-0 voter UNREACHABLE, node-1|mirror=up
		mirror-unit=td/0||node-0, node-1 stand-by|mirror=up
		mirror-unit=td/0|mirror-node-0=member|node-0 spare, node-1 stand-by|
		mirror-unit=td/0||node-0 spare, node-1 stand-by|mirror=up
		mirror-unit=td/0|mirror-node-0=member|node-0 voter UNREACHABLE, node-1 stand-by|mirror=up
		mirror-unit=td/0|mirror-node-2=member|node-1 stand-by, node-2|
		mirror-unit=td/0||node-0, node-1 stand-by UNREACHABLE|
		mirror-unit=td/0||node-0 spare|
	END
	# a role that is "" is no role
	on list <<<"echo '[{\"name\":\"node-1\",\"role\":\"\",\"status\":\"ONLINE\"},{\"name\":\"node-0\",\"status\":\"ONLINE\"}]'"
	for app in '' mirror-unit=td/0; do
		member
		up "$app" 'hostname=node-1 member=true'
		step reconcile
		expect <<-'END'
			run list -f json
			done reconcile
		END
	done
}

@test "the mirror of a unit that isn't communicator, or has become it" {
	local app own mirrors list wanted
	while IFS='|' read -r app own mirrors list wanted; do
		member
		up "$app" "hostname=node-1 member=true $own" "$mirrors"
		lists "$list"
		step reconcile
		expect '' '[^{]*relation-set' <<<"${wanted:+set $wanted}"
	done <<-'END'
		|mirror=up|mirror-node-1=member|node-0, node-1|mirror=down
		|mirror=down|mirror-node-1=member|node-0, node-1|
		||mirror-node-1=member|node-0, node-1|
		|mirror=up mirror-node-2=tok-a|mirror-node-2=empty|node-0, node-1|
		|mirror=down mirror-node-2=tok-a|mirror-node-2=empty|node-0, node-1|mirror=up
		|mirror=up mirror-node-2=tok-a|mirror-node-2=tok-b|node-0, node-1|mirror=down
		|mirror=up mirror-node-2=tok-a|mirror-node-2=tok-b rejected-node-2=25cfc57d4fe377d6|node-0, node-1|mirror=down
		|mirror=up mirror-node-2=empty|mirror-node-2=empty|node-0, node-1|mirror=down
		|mirror=up mirror-node-2=tok-a|mirror-node-2=empty rejected-node-2=25cfc47d4fe37623|node-0, node-1|mirror=down@set mirror-node-2=
		|mirror=up mirror-node-2=tok-a|mirror-node-2=member|node-0, node-1|mirror=down@set mirror-node-2=
		|mirror=down|mirror-node-1=member|node-1|mirror=up
		|mirror=up||node-1|mirror-node-1=member
		|mirror=up|mirror-node-1=empty|node-1|mirror-node-1=member
		|mirror=up|mirror-node-1=tok-a|node-1|
		mirror-unit=td/0|mirror=up|mirror-node-1=empty|node-1|
		|mirror=up mirror-node-2=tok-a mirror-node-3=tok-c|mirror-node-1=member mirror-node-2=member mirror-node-3=empty rejected-node-3=25cfc67d4fe37989|node-1, node-3|mirror-node-2=
	END
}

@test "tokens that the communicator makes" {
	local own mirrors list wanted
	on add <<<'echo "making a token for $2" >&2; echo "  tok-$2 "'
	while IFS='|' read -r own mirrors list wanted; do
		member
		up mirror-unit=td/0 "hostname=node-1 member=true mirror=up $own" "mirror-node-1=member $mirrors"
		lists "node-1${list:+, $list}"
		step relation-changed
		expect '*' 'run add' <<<"${wanted:+run add $wanted}"
	done <<-'END'
		|mirror-node-2=empty||node-2
		|mirror-node-2=tok-b||
		|mirror-node-2=member||
		|mirror-node-2=empty|node-2|
		|mirror-node-2=empty|node-2 spare UNREACHABLE|
		|mirror-node-2=empty|node-20|node-2
		mirror-node-2=tok-a|mirror-node-2=empty||
		mirror-node-2=tok-a|mirror-node-2=empty rejected-node-2=25cfc47d4fe37623||node-2
		mirror-node-2=tok-b|mirror-node-2=tok-a rejected-node-2=25cfc47d4fe37623||
		|mirror-node-2=tok-a rejected-node-2=25cfc47d4fe37623||node-2
		mirror-node-2=tok-a|mirror-node-2=tok-a rejected-node-2=25cfc47d4fe37623||node-2
		|mirror-node-2=tok-a rejected-node-2=25cfc47d4fe37623|node-2|
		|mirror-node-2=tok-b rejected-node-2=25cfc47d4fe37623||
		|mirror-node-20=tok-b||
	END
	observers
	member
	lists node-1, node-9
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' \
		'mirror-node-2=empty mirror-9.x=empty mirror-a_b=empty mirror-node-9=empty mirror-node-3.local=empty mirror--f=empty'
	step relation-changed -o "$T/observers"
	expect '^making a token for node-2
making a token for node-3.local
$' <<-'END'
		run list -f json
		run add node-2
		set mirror-node-2=tok-node-2
		event token-generated host=node-2
		observe {"name":"token-generated","host":"node-2"}
		log INFO added token for node-2
		log WARNING 9.x is not a name the cluster accepts: Name cannot be a number
		log WARNING a_b is not a name the cluster accepts: Name can only contain alphanumeric and hyphen characters
		log WARNING node-9 asks for a token, but is an ONLINE member
		run add node-3.local
		set mirror-node-3.local=tok-node-3.local
		event token-generated host=node-3.local
		observe {"name":"token-generated","host":"node-3.local"}
		log INFO added token for node-3.local
		log WARNING -f is not a name the cluster accepts: Name must not start with "-" character
		done relation-changed
		state {"in-cluster":true,"seen":4,"tokens":{"node-2":"tok-node-2","node-3.local":"tok-node-3.local"}}
	END
	[ "$(find "$T" -name 'state*' -printf '%f %m\n' | sort)" = $'state 600\nstate.lock 600' ]
}

@test "few at a time: hosts that hold a token and aren't in yet" {
	local options own mirrors list wanted
	on add <<<'echo "tok-$2"'
	while IFS='|' read -r options own mirrors list wanted; do
		member
		lists "node-1${list:+, $list}"
		up mirror-unit=td/0 "hostname=node-1 member=true mirror=up $own" "mirror-node-1=member $mirrors"
		# shellcheck disable=SC2086
		step relation-changed $options
		expect '' 'run add' <<<"${wanted:+run add ${wanted// /@run add }}"
	done <<-'END'
		||mirror-a=empty mirror-b=empty mirror-c=empty mirror-d=empty mirror-e=empty mirror-f=empty||a b c d
		-p 2||mirror-a=empty mirror-b=empty mirror-c=empty||a b
		-p 0||mirror-a=empty mirror-b=empty mirror-c=empty mirror-d=empty mirror-e=empty mirror-f=empty||a b c d e f
		-p 2||mirror-a=tok-a mirror-b=empty mirror-c=empty||b
		-p 2|mirror-x=tok-x|mirror-b=empty mirror-c=empty||b
		-p 2|mirror-a=tok-a|mirror-a=empty mirror-b=empty mirror-c=empty||b
		-p 2||mirror-z=member mirror-b=empty mirror-c=empty|z|b c
		-p 2||mirror-a=tok-a mirror-b=empty mirror-c=empty|a spare|b c
		-p 2||mirror-a=tok-a mirror-b=empty mirror-c=empty|a PENDING|b
		-p 2||mirror-a=tok-a rejected-a=25cfc47d4fe37623 mirror-b=empty mirror-c=empty||a b
		-p 2||mirror-a_b=tok-a mirror-b=empty mirror-c=empty||b c
		||mirror-a=empty mirror-b=empty|z spare UNREACHABLE|a
		||mirror-a=tok-a mirror-b=empty|z spare UNREACHABLE|
		-p 0||mirror-a=empty mirror-b=empty|z spare UNREACHABLE|a b
	END
	# beside the library's distributor, which tells nobody that a node is in, ten
	member
	lists node-1
	up '' 'hostname=node-1 member=true mirror=up mirror-node-1=member' \
		'mirror-a=empty mirror-b=empty mirror-c=empty mirror-d=empty mirror-e=empty mirror-f=empty mirror-g=empty mirror-h=empty mirror-i=empty mirror-j=empty mirror-k=empty'
	step relation-changed
	[ "$(grep -c '^run add' "$T/transcript")" = 10 ]
	grep -q '"10 hosts have a token and aren.t in yet; 1 wait for theirs"' "$T/transcript"
	# one that doesn't come holds nobody up for longer than --parallel-timeout; how long is kept, while it counts
	local now=$EPOCHSECONDS
	member "\"out\":{\"a\":$((now - 119 + 5)),\"gone\":$((now - 50)),\"c\":$((now - 50))}"
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' 'mirror-a=tok-a mirror-b=empty mirror-c=member'
	step relation-changed -p 1
	expect '' 'run add\|state\|{"juju' <<-'END'
		log INFO 1 hosts have a token and aren't in yet; 1 wait for theirs
		state {"in-cluster":true,"out":{"a":"110"},"seen":4}
	END
	member "\"out\":{\"a\":$((now - 120))}"
	step relation-changed -p 1
	expect '' 'run add\|state' <<-'END'
		run add b
		state {"in-cluster":true,"out":{"a":"120"},"seen":4,"tokens":{"b":"tok-b"}}
	END
	member "\"out\":{\"a\":$((now - 30))}"
	step relation-changed -p 1 --parallel-timeout 20
	expect '' 'run add' <<<'run add b'
	jq -e --argjson now "$now" '.out.b >= $now and .out.b < $now + 60' "$STATE"
	# however many there are, what saving them costs is linear: each save comes when there is as much again
	member
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' "$(printf 'mirror-h%d=empty ' {1..9})"
	step relation-changed -p 0
	expect '' 'run add\|set' <<-'END'
		run add h1
		set mirror-h1=tok-h1
		run add h2
		set mirror-h2=tok-h2
		run add h3
		run add h4
		set mirror-h3=tok-h3
		set mirror-h4=tok-h4
		run add h5
		run add h6
		run add h7
		run add h8
		set mirror-h5=tok-h5
		set mirror-h6=tok-h6
		set mirror-h7=tok-h7
		set mirror-h8=tok-h8
		run add h9
		set mirror-h9=tok-h9
	END
}

@test "stranded rows: said, and with --clear-stranded removed" {
	local row status now=$EPOCHSECONDS asks
	on add <<<'echo "tok-$2"'
	for asks in mirror-node-2=empty 'mirror-node-2=tok-a rejected-node-2=25cfc47d4fe37623'; do
		for row in 'spare UNREACHABLE' 'PENDING UNREACHABLE' 'voter NOT-FOUND'; do
			member
			lists "node-1, node-2 $row"
			up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' "mirror-node-1=member $asks"
			step relation-changed
			expect '' 'run [^l]\|{"juju\|state' <<-END
				log WARNING node-2 can't join: the cluster's list has it, as ${row#* }; if that machine is gone, run: $(printf %.64s "$T/bin/cluster") cluster remove node-2 --force
				state {"in-cluster":true,"seen":4}
			END
		done
	done
	# it is left alone for 60 seconds, which the state file counts
	member
	lists node-1, 'node-2 spare UNREACHABLE'
	step relation-changed -c
	expect '' 'run [^l]\|{"juju\|state' <<<'state {"in-cluster":true,"seen":4,"stranded":{"node-2":"0"}}'
	member "\"stranded\":{\"node-2\":$((now - 55))}"
	step relation-changed -c
	expect '' 'run [^l]\|{"juju\|state' <<<'state {"in-cluster":true,"seen":4,"stranded":{"node-2":"50"}}'
	# then it goes, and its host gets a token
	on remove <<<'echo "removing $3"'
	member "\"stranded\":{\"node-2\":$((now - 60)),\"node-7\":$((now - 60))}"
	step relation-changed --clear-stranded
	expect 'removing --force' 'run [^l]\|{"juju\|state' <<-'END'
		run remove node-2 --force
		log WARNING node-2 couldn't join: its row on the cluster's list was removed by force
		run add node-2
		log INFO added token for node-2
		state {"in-cluster":true,"seen":4,"tokens":{"node-2":"tok-node-2"}}
	END
	# with a second dead member it reports failure, though the row is gone; the list tells
	on remove <<<'echo "Error: connection refused" >&2; exit 1'
	on list.3 < <(list_of node-1)
	member "\"stranded\":{\"node-2\":$((now - 60))}"
	step relation-changed -c
	expect 'refused' 'run\|{"juju\|state' <<-'END'
		run list -f json
		run list -f json
		run remove node-2 --force
		log WARNING remove node-2 --force failed: Error: connection refused
		run list -f json
		run add node-2
		log INFO added token for node-2
		state {"in-cluster":true,"seen":4,"tokens":{"node-2":"tok-node-2"}}
	END
	rm "$T/on/list.3"
	member "\"stranded\":{\"node-2\":$((now - 60))}"
	step relation-changed -c
	expect 'refused' 'run add\|state' <<<'state {"in-cluster":true,"seen":4}'
	# a row that is ONLINE is never removed, whatever the state file has
	lists node-1, node-2 spare
	member "\"stranded\":{\"node-2\":$((now - 99))}"
	step relation-changed -c
	expect '' 'run [^l]\|{"juju\|state' <<-'END'
		log WARNING node-2 asks for a token, but is an ONLINE member
		state {"in-cluster":true,"seen":4}
	END
	# nor one that has come back while tokens were made
	lists node-1, 'node-2 spare UNREACHABLE'
	on list.2 < <(list_of node-1, node-2 spare)
	member "\"stranded\":{\"node-2\":$((now - 99))}"
	step relation-changed -c
	expect '' 'run [^l]\|{"juju' <<<''
	rm "$T/on/list.2"
	# how long begins anew for a host that was in meanwhile
	lists node-1, node-2 spare
	member "\"stranded\":{\"node-2\":$((now - 99))}"
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' 'mirror-node-1=member mirror-node-2=member'
	step relation-changed -c
	expect '' 'run [^l]\|{"juju\|state' <<<'state {"in-cluster":true,"seen":4}'
	# nor that of a host that doesn't ask
	lists node-1, 'node-2 spare UNREACHABLE'
	member "\"stranded\":{\"node-2\":$((now - 99))}"
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' "mirror-node-1=member mirror-node-2=tok-b"
	step relation-changed -c
	expect '' 'run [^l]\|{"juju' <<<''
}

@test "a state file whose name isn't UTF-8: action lines are" {
	local name=$T/$'st\xff'
	echo '{"in-cluster":true}' >"$name"
	printf '#!/bin/sh\n%s\n' "$(list_of node-1)" >"$T/bin/cluster"
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' 'mirror-node-1=member mirror-node-2=empty'
	printf '%s' "$DOCUMENT" >"$T/document"
	(
		trap '' XFSZ
		ulimit -S -f 0
		exec td-consumer-step -s "$name" -H node-1 relation-changed "$T/bin/cluster" cluster <"$T/document"
	) | cat >"$T/out" || true
	grep 'cannot add node-2: cannot write .*/st?.add-node-2: File too large' "$T/out"
	run ! env LC_ALL=C grep $'\xff' "$T/out"
}

@test "what is cut to a length is cut between characters" {
	local character before part
	utf8() {
		iconv -f UTF-8 -t UTF-8 "$1" >"$T/utf8"
		run ! grep -qF '?' "$1"
	}
	for character in é € 😀; do
		for before in '' a aa aaa; do
			# the message's end
			part=$before$(printf "$character%.0s" {1..60})
			check 4 '' '^td-consumer-step: cannot open .*: No such file or directory$' "$DOCUMENT" \
				td-consumer-step -s "$T/no/$part$part$part$part$part" -H node-1 install "$T/bin/cluster" cluster
			utf8 "$T/check-err"
			# what an observer said
			observer prejoin <<<"echo '$part$part$part' >&2; exit 1"
			lists_none
			up mirror-unit=td/0 'hostname=node-1' "mirror=up mirror-node-1=$TOKEN"
			had "$OUT"
			fails 4 relation-changed -o "$T/observers"
			utf8 "$T/err"
			# a reason in an action line
			mkdir -p "$T/$part/$part/$part/$part"
			STATE=$T/$part/$part/$part/$part/state
			asked node-2
			ln -s nowhere "$STATE.add-node-2"
			step relation-changed
			grep -q 'cannot add node-2: cannot use ' "$T/transcript"
			utf8 "$T/transcript"
		done
	done
}

@test "of what an add says without end, the last part is passed on" {
	member
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' 'mirror-node-1=member mirror-node-2=empty'
	lists node-1
	on add <<<'yes "$(printf "%10000s" said)" | head -n 110 >&2; echo "made tok-node-2" >&2; echo tok-node-2'
	step relation-changed
	expect '*' '{"relation' <<<'set mirror-node-2=tok-node-2'
	assert_equal "$(tail -n 1 "$T/err")" 'made [token]'
	[ "$(wc -l <"$T/err")" -lt 110 ]
}

@test "names that others wrote: cut, and what isn't printable as ?" {
	local long
	long=$(printf 'n%.0s' {1..100})
	member
	lists node-1
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' "mirror-$long=empty mirror-é\\u0007\\n=empty mirror-\$(id)=empty"
	step relation-changed
	expect <<-END
		run list -f json
		log WARNING ${long:0:64} is not a name the cluster accepts: Name must be 1-63 characters long
		log WARNING ???? is not a name the cluster accepts: Name can only contain alphanumeric and hyphen characters
		log WARNING \$(id) is not a name the cluster accepts: Name can only contain alphanumeric and hyphen characters
		done relation-changed
	END
}

@test "an add that fails, and the next key" {
	local script reason
	while IFS='|' read -r reason script; do
		on add-node-2 <<<"$script"
		on add <<<'echo tok-node-3'
		member
		lists node-1
		up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' 'mirror-node-2=empty mirror-node-3=empty'
		step relation-changed -t 0.4
		expect '*' <<-END
			run list -f json
			run add node-2
			log WARNING cannot add node-2: $reason
			run add node-3
			set mirror-node-3=tok-node-3
			event token-generated host=node-3
			log INFO added token for node-3
			done relation-changed
			state {"in-cluster":true,"seen":4,"tokens":{"node-3":"tok-node-3"}}
		END
		run ! grep -q -e tok- -e eyJ "$T/err"
		[ "$(find "$T" -name 'state*' -printf '%f\n' | sort)" = $'state\nstate.lock' ]
	done <<-'END'
		Error: no such [token]|echo "Error: no such $TOKEN" >&2; echo tok; exit 1
		exit status 3|exit 3
		killed by signal 9: a|echo a >&2; kill -9 $$
		timed out after 0.4 s|exec sleep 60
		what it printed is no token|:
		what it printed is no token|echo
		what it printed is no token|echo empty
		what it printed is no token|echo member
		what it printed is no token|echo --help
		what it printed is no token|echo "Usage: add NAME"
		what it printed is no token|echo tok-a; echo tok-b
		what it printed is no token|printf "tok\\0a"
		what it printed is no token|echo "it says" >&2; echo "tok a"
		what it printed is no token|head -c 65537 /dev/zero | tr "\\0" a
	END
}

@test "adds that time out hold up the hook twice at most" {
	on add-node-3 <<<'echo tok-node-3'
	on add <<<'exec sleep 60'
	member
	lists node-1
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' \
		'mirror-node-2=empty mirror-node-3=empty mirror-node-4=empty mirror-node-5=empty'
	step relation-changed -t 0.4
	expect '' 'run add\|{"juju' <<-'END'
		run add node-2
		log WARNING cannot add node-2: timed out after 0.4 s
		run add node-3
		log INFO added token for node-3
		run add node-4
		log WARNING cannot add node-4: timed out after 0.4 s
		log WARNING the cluster is slow; other hosts are left to the next hook
	END
}

@test "a list that fails" {
	local script reason
	while IFS='|' read -r reason script; do
		on list <<<"$script"
		member '"tokens":{"node-3":"tok-node-3"}'
		up '' 'hostname=node-1 mirror=up mirror-node-4=tok-d' 'mirror-node-2=empty mirror-node-4=member'
		step relation-changed -t 0.4
		expect '*' <<-END
			set member=true
			set mirror-node-3=tok-node-3
			run list -f json
			log WARNING list failed: $reason
			done relation-changed
			state {"in-cluster":true,"seen":4,"tokens":{"node-3":"tok-node-3"}}
		END
		run ! grep -q -e tok- -e eyJ "$T/err"
	done <<-'END'
		exit status 1|exit 1
		Error: Database is offline [token]|echo "[]"; echo "Error: Database is offline $TOKEN" >&2; exit 1
		timed out after 0.4 s|exec sleep 60
		cannot read <list>: expected an array of members, got an object|echo '{}'
		cannot read <list>: member 1 has no name|echo '[{"name":"a"},{"role":"voter"}]'
		<list>:1:1: no JSON: the input is empty|:
		<list>:2:1: the text ends where a value is due|echo '['
	END
	on list <<<'echo "[]"; echo "not yet initialized" >&2'
	member
	up '' 'hostname=node-1 member=true' ''
	step relation-changed
	expect 'not yet initialized' <<-'END'
		run list -f json
		done relation-changed
		state {"in-cluster":true,"seen":4}
	END
}

@test "a daemon that is in no cluster any more" {
	local event app
	lists_none
	for event in relation-changed reconcile; do
		for app in '' mirror-unit=td/0; do
			member '"tokens":{"node-2":"tok-node-2"},"failed":1,"deferred":["relation-joined"]'
			up "$app" 'hostname=node-1 member=true mirror=up mirror-node-2=tok-node-2 mirror-node-3=x' 'mirror-node-1=member'
			step $event
			expect 'not yet init' <<-END
				run list -f json
				set member=left mirror= mirror-node-2= mirror-node-3=
				status maintenance Token not in mirror
				done $event
				state {"failed":1,"seen":4,"left":true,"tokens":{"node-2":"tok-node-2"}}
			END
		done
	done
	# it has been in one: it joins again, and never asks for the permission, nor takes it
	on join <<<':'
	on list.3 < <(list_of node-0, node-1)
	given leader 'mirror-unit=td/0 bootstrap-unit=microovn/0' 'hostname=node-1' 'mirror=up mirror-node-1=tok-a'
	step relation-changed
	expect '*' <<-'END'
		run list -f json
		set member=left
		run list -f json
		event prejoin
		status maintenance Joining cluster
		run join tok-a
		status active Joined cluster
		event joined bootstrapper=false
		set member=true
		set mirror-node-2=tok-node-2
		done relation-changed
		state {"in-cluster":true,"seen":4,"left":true,"tokens":{"node-2":"tok-node-2"}}
	END
	# older daemons' words, over two lines of standard error
	on list <<<'echo "Error: Daemon not yet initialized" >&2; echo "try later" >&2; exit 1'
	member
	up '' 'hostname=node-1 member=true' ''
	step relation-changed
	expect '*' <<-'END'
		run list -f json
		set member=left
		status maintenance Token not in mirror
		done relation-changed
		state {"seen":4,"left":true}
	END
	# one that has only just been started says so, too: it is asked again, up to --pending-timeout
	lists node-0, node-1
	on list.1 <<<'echo "Error: Database is not yet initialized" >&2; exit 1'
	on list.2 <<<'echo "Error: Database is not yet initialized" >&2; exit 1'
	member
	up 'mirror-unit=td/0' 'hostname=node-1 member=true mirror=down' 'mirror-node-0=member mirror-node-1=member'
	step relation-changed -w 60 --poll 0.01
	expect 'not yet init' <<-'END'
		run list -f json
		run list -f json
		run list -f json
		done relation-changed
		state {"in-cluster":true,"seen":4}
	END
	# and if it then can't be asked, that says nothing
	rm "$T/on/list.2"
	on list <<<'echo "Error: Database is still starting" >&2; exit 1'
	member
	step relation-changed -w 60 --poll 0.01
	expect 'not yet init' <<-'END'
		run list -f json
		run list -f json
		log WARNING list failed: Error: Database is still starting
		done relation-changed
		state {"in-cluster":true,"seen":4}
	END
}

@test "what a unit that has left showed of its cluster goes, if the hook in which it left was cut off" {
	had '{"in-cluster":false,"left":true}'
	up 'mirror-unit=td/0' 'hostname=node-1 mirror=up mirror-node-2=tok-node-2' 'mirror-node-1=empty'
	step relation-changed
	expect <<-'END'
		set member=left mirror= mirror-node-2=
		status maintenance Token not in mirror
		done relation-changed
		state {"left":true}
	END
}

@test "a unit that lost its state file, and is on the list, takes the tokens that it shows and nobody has used" {
	lists node-0, node-1, node-3
	had ''
	up 'mirror-unit=td/0' 'hostname=node-1 member=true mirror-node-2=tok-node-2 mirror-node-3=tok-node-3' ''
	step relation-changed
	expect '' state <<<'state {"in-cluster":true,"tokens":{"node-2":"tok-node-2"}}'
}

@test "a unit that lost its state file keeps the tokens that it showed, when it leaves" {
	local rejected token
	while IFS='|' read -r rejected token; do
		lists_none
		had ''
		up 'mirror-unit=td/0' 'hostname=node-1 member=true mirror=up mirror-node-2=tok-node-2' "mirror-node-1=empty $rejected"
		step relation-changed
		expect 'not yet init' <<-END
			run list -f json
			set member=left
			set mirror= mirror-node-2=
			status maintenance Token not in mirror
			done relation-changed
			state {"left":true$token}
		END
	# what its host has rejected is of no use to anybody
	done <<-'END'
		|,"tokens":{"node-2":"tok-node-2"}
		rejected-node-2=710277f8ea935923|
	END
}

@test "a daemon that says so on its way, and is cut off, has not said that it is in no cluster" {
	local script
	for script in 'exec sleep 60' 'kill -9 $$'; do
		on list <<<'echo "Error: Database is not yet initialized, retrying" >&2; '"$script"
		member '"tokens":{"node-2":"tok-node-2"}'
		up 'mirror-unit=td/0' 'hostname=node-1 member=true mirror=up mirror-node-2=tok-node-2' 'mirror-node-3=empty'
		step relation-changed -t 0.4
		expect 'not yet' '{"\(relation\|status\)' <<<'state {"in-cluster":true,"seen":4,"tokens":{"node-2":"tok-node-2"}}'
	done
}

@test "is this unit in the cluster? When the list is asked at the start" {
	local event state own mirrors wanted
	lists node-0, node-1
	while IFS='|' read -r event state own mirrors wanted; do
		had "$state"
		given 'mirror-unit=td/0' "hostname=node-1 $own" "mirror=up mirror-node-0=member $mirrors"
		step "$event"
		expect '' 'run list\|{"event":{' <<<"$wanted"
	done <<-'END'
		relation-changed|{}|||
		relation-joined|{}|||
		relation-changed||||run list -f json@event joined bootstrapper=false
		relation-joined||||run list -f json@event joined bootstrapper=false
		relation-changed|{}|member=true||run list -f json@event joined bootstrapper=false
		relation-joined|{}|member=true||run list -f json@event joined bootstrapper=false
		relation-changed|{}||mirror-node-1=member|run list -f json@event joined bootstrapper=false
		relation-changed|{}|member=true|mirror-node-1=empty|run list -f json@event joined bootstrapper=false
		reconcile|{}|||run list -f json@event joined bootstrapper=false
		relation-changed|{"unsure":true}|||run list -f json@event joined bootstrapper=false
		relation-joined|{"failed":1}|||run list -f json@event joined bootstrapper=false
		relation-changed|{"joining":5}|||run list -f json@event joined bootstrapper=false
		relation-changed|{"left":true}|||
		relation-changed|{}|member=left||
	END
	for event in relation-changed reconcile; do
		had "$OUT"
		given '' 'hostname=node-1' 'mirror=up mirror-node-2=empty'
		step $event
		expect '' 'run ' <<<''
	done
	# with its name on the list it has joined, and goes on as such
	had ''
	up 'mirror-unit=td/0' 'hostname=node-1 rejected=x' 'mirror-node-0=member mirror-node-1=tok-a'
	observers
	step relation-changed -o "$T/observers"
	expect <<-'END'
		run list -f json
		status active Joined cluster
		event joined bootstrapper=false
		observe {"name":"joined","bootstrapper":false}
		set member=true rejected=
		done relation-changed
		state {"in-cluster":true,"seen":4}
	END
	# without its name, or in no cluster, it isn't in; its member goes, or says that it has been in one
	local script was wanted
	while IFS='|' read -r was wanted script; do
		on list <<<"$script"
		had "{\"unsure\":true$was}"
		up 'mirror-unit=td/0' 'hostname=node-1 member=true' ''
		step relation-changed
		expect '*' <<-END
			run list -f json
			set member=$wanted
			status maintenance Token not in mirror
			done relation-changed
			state {${was#,}}
		END
	done <<-'END'
		||echo '[{"name":"node-0","role":"voter","status":"ONLINE"}]'
		||echo 'Error: Database is not yet initialized' >&2; exit 1
		,"left":true|left|echo 'Error: Database is not yet initialized' >&2; exit 1
	END
	# a daemon that has only just been started says that it is in none: where there is evidence it is asked again
	lists node-0, node-1
	on list.1 <<<'echo "Error: Database is not yet initialized" >&2; exit 1'
	had '{}'
	up 'mirror-unit=td/0' 'hostname=node-1 member=true' ''
	step relation-changed -w 60 --poll 0.01
	expect '*' 'run list\|{"event":{' <<-'END'
		run list -f json
		run list -f json
		event joined bootstrapper=false
	END
}

@test "a daemon that can't be asked: the unit stays what it was, and neither bootstraps nor joins" {
	local event had own wanted deferred script reason
	on join <<<':'
	on bootstrap <<<':'
	while IFS='|' read -r reason script; do
		on list <<<"$script"
		while IFS='|' read -r event had own wanted deferred; do
			had "$had"
			given leader 'mirror-unit=td/0 bootstrap-unit=microovn/0' "$own" 'mirror=up'
			step "$event" -t 0.4
			expect '*' <<-END
				$wanted
				log WARNING list failed: $reason
				status waiting Waiting for the cluster's daemon
				defer $deferred: the cluster's daemon can't be asked
				done $event
				state {"unsure":true,"deferred":["$deferred"]}
			END
		done <<-'END2'
			relation-changed|||set hostname=node-1@run list -f json|relation-changed
			relation-joined||hostname=node-1 bootstrap=ready|run list -f json@set bootstrap=|relation-joined
			reconcile|{"unsure":true}|hostname=node-1|run list -f json|relation-changed
			relation-changed|{}|hostname=node-1 member=true bootstrap=ready|run list -f json@set bootstrap=|relation-changed
		END2
	done <<-'END'
		Error: Database is still starting|echo 'Error: Database is still starting' >&2; exit 1
		Error: Database is offline|echo 'Error: Database is offline' >&2; exit 1
		Error: context deadline exceeded|echo 'Error: context deadline exceeded' >&2; exit 1
		no available dqlite leader server found|echo 'no available dqlite leader server found' >&2; exit 1
		control.socket: no such file or directory|echo 'control.socket: no such file or directory' >&2; exit 1
		<list>:1:1: unexpected 'n' where a value was due|echo nonsense
		timed out after 0.4 s|exec sleep 60
	END
	# a command that can't be run is named
	had ''
	given leader 'mirror-unit=td/0' hostname=node-1 'mirror=up'
	turn 0 td-consumer-step -s "$STATE" -H node-1 -E reconcile "$T/bin/mistyped" cluster
	expect '' '{"juju-log' <<<"log WARNING list failed: cannot run $T/bin/mistyped: No such file or directory"
	# what was deferred earlier and isn't reached stays so
	had '{"unsure":true,"deferred":["relation-joined"]}'
	step relation-changed -t 0.4
	expect '*' 'state' <<<'state {"unsure":true,"deferred":["relation-joined","relation-changed"]}'
	# without evidence, and with a state file, it goes on: its token is tried
	on list <<<'echo "Error: Database is offline" >&2; exit 1'
	had '{"failed":1}'
	up 'mirror-unit=td/0' 'hostname=node-1' 'mirror-node-1=tok-a'
	step relation-changed
	expect '*' 'run' <<-'END'
		run list -f json
		run list -f json
		run join tok-a
	END
}

@test "a command that failed and yet did its part" {
	# with its name on the list it counts as success
	on bootstrap <<<'echo "Error: context deadline exceeded" >&2; exit 1'
	on join <<<'echo "Error: context deadline exceeded" >&2; exit 1'
	lists_none
	on list.2 < <(list_of node-1)
	had '{}'
	up 'mirror-unit=td/0 bootstrap-unit=microovn/0' hostname=node-1 mirror-node-1=empty
	step relation-joined
	expect '*' <<-'END'
		run list -f json
		event prebootstrap
		run bootstrap
		log WARNING bootstrap failed: Error: context deadline exceeded
		run list -f json
		status active Cluster bootstrapped
		event bootstrapped
		event joined bootstrapper=true
		set member=true
		set mirror=up
		done relation-joined
		state {"in-cluster":true}
	END
	had '{}'
	up 'mirror-unit=td/0' hostname=node-1 'mirror-node-1=tok-a'
	step relation-changed
	expect '*' '{"\(status\|event\)\|state' <<-'END'
		event prejoin
		status maintenance Joining cluster
		status active Joined cluster
		event joined bootstrapper=false
		state {"in-cluster":true,"seen":4}
	END
	# where the list can't tell, the unit is unsure
	on list.2 <<<'echo "Error: Database is still starting" >&2; exit 1'
	had '{}'
	step relation-changed
	expect '*' '{"\(status\|event\)\|state' <<-'END'
		event prejoin
		status maintenance Joining cluster
		status blocked Joining cluster failed: Error: context deadline exceeded
		state {"deferred":["relation-changed"],"failed":1,"seen":4,"unsure":true}
	END
}

@test "a join that was cut off is waited for: a second one beside it would wreck the node" {
	local began
	# what a step leaves that is killed in its join
	lists_none
	on join <<<'kill -9 "$PPID"; exec sleep 0.1'
	had '{}'
	up 'mirror-unit=td/0' hostname=node-1 'mirror-node-1=tok-a'
	fails 137 relation-changed
	jq -e '.joining <= now and .joining > now - 60 and .["in-cluster"] == false' "$STATE"
	# and one whose client alone is killed: the daemon may go on
	on join <<<'kill -9 $$'
	had '{}'
	step relation-changed
	expect '*' 'state' <<<'state {"deferred":["relation-changed"],"failed":1,"joining":"0","seen":4}'
	# the next one asks until the name is there
	had "{\"joining\":$(date +%s)}"
	lists node-0, node-1
	on list.1 <<<'echo "Error: Database is not yet initialized" >&2; exit 1'
	on list.2 <<<'echo "Error: Database is still starting" >&2; exit 1'
	step relation-changed --poll 0.01
	expect '*' <<-'END'
		run list -f json
		run list -f json
		run list -f json
		status active Joined cluster
		event joined bootstrapper=false
		set member=true
		done relation-changed
		state {"in-cluster":true,"seen":4}
	END
	# where the list can't tell until then, the unit may be in the cluster
	rm "$T"/on/list.*
	on list <<<'echo "Error: Database is still starting" >&2; exit 1'
	had "{\"joining\":$(($(date +%s) - 35))}"
	step relation-changed
	expect '*' 'run join\|{"status' <<<"status waiting Waiting for the cluster's daemon"
	# or until 35 seconds have passed since it began; a time in the future counts as now
	lists_none
	on join <<<'exit 1'
	for began in $(($(date +%s) - 34)) $(($(date +%s) - 35)) 1; do
		had "{\"joining\":$began}"
		step relation-changed --poll 0.3
		[ "$(grep -c '^run list' "$T/transcript")" -ge 3 ]
		expect '*' 'run join\|state' <<-'END'
			run join tok-a
			state {"deferred":["relation-changed"],"failed":1,"seen":4}
		END
	done
	[ "$(grep -c '^run list' "$T/transcript")" = 3 ]
	had "{\"joining\":$(($(date +%s) + 1000))}"
	turn 137 timeout -s KILL 0.7 td-consumer-step -s "$STATE" -H node-1 --poll 0.1 reconcile "$T/bin/cluster" cluster
	expect '*' 'run join' <<<''
}

@test "before bootstrap and join the list is asked" {
	lists node-1, node-2
	observers
	had "$OUT"
	up 'mirror-unit=td/0 bootstrap-unit=microovn/0' 'hostname=node-1 bootstrap=ready' 'mirror-node-1=empty'
	step relation-joined -o "$T/observers"
	expect <<-'END'
		run list -f json
		status active Cluster bootstrapped
		event bootstrapped
		observe {"name":"bootstrapped"}
		event joined bootstrapper=true
		observe {"name":"joined","bootstrapper":true}
		set bootstrap= member=true
		set mirror=up
		done relation-joined
		state {"in-cluster":true}
	END
	had "$OUT"
	up 'mirror-unit=td/0' 'hostname=node-1' 'mirror-node-1=tok-a mirror-node-3=empty'
	on add <<<'echo tok-node-3'
	step relation-changed -o "$T/observers"
	expect <<-'END'
		run list -f json
		status active Joined cluster
		event joined bootstrapper=false
		observe {"name":"joined","bootstrapper":false}
		set member=true
		set mirror=up
		run add node-3
		set mirror-node-3=tok-node-3
		event token-generated host=node-3
		observe {"name":"token-generated","host":"node-3"}
		log INFO added token for node-3
		done relation-changed
		state {"in-cluster":true,"seen":4,"tokens":{"node-3":"tok-node-3"}}
	END
	# also where it was asked at the start: a daemon may be back at any moment; and after a failure
	lists_none
	on join <<<'exit 1'
	had ''
	up '' 'hostname=node-1' 'mirror-node-1=tok-a'
	step reconcile
	expect '*' 'run ' <<-'END'
		run list -f json
		run list -f json
		run join tok-a
		run list -f json
	END
}

@test "a new unit's bootstrapped is observed, whatever is cut off" {
	lists_none
	on bootstrap <<<':'
	on list.3 < <(list_of node-1)
	observers
	observer bootstrapped <<<'exit 1'
	had ''
	up 'mirror-unit=td/0 bootstrap-unit=microovn/0' hostname=node-1 ''
	fails 4 relation-joined -o "$T/observers"
	expect '*' <<-'END'
		run list -f json
		run list -f json
		event prebootstrap
		observe {"name":"prebootstrap"}
		run bootstrap
		status active Cluster bootstrapped
		event bootstrapped
	END
	observers
	lists node-1
	step relation-joined -o "$T/observers"
	expect '' 'observe' <<-'END'
		observe {"name":"bootstrapped"}
		observe {"name":"joined","bootstrapper":true}
	END
}

@test "waiting for members that are PENDING" {
	local list app wanted
	# whether there is anything to wait for
	while IFS='|' read -r app list wanted; do
		lists "$list"
		member
		up "$app" 'hostname=node-1 member=true' ''
		step relation-changed
		expect '' 'defer' <<<"${wanted:+defer relation-changed: members are pending}"
		member
		step reconcile
		expect '' 'defer' <<<"${wanted:+defer relation-changed: members are pending}"
	done <<-'END'
		|node-1 PENDING|waits
		|node-1 PENDING, node-0 PENDING|waits
		|node-1 PENDING, node-2|waits
		|node-1 PENDING, node-0|
		|node-1, node-2 PENDING|
		|node-2, node-0 PENDING|
		|node-1 stand-by, node-2 PENDING|waits
		|node-1 stand-by|
		|node-2 PENDING|waits
	END
	# after a bootstrap it is the event's own work that is left for later
	lists_none
	on bootstrap <<<':'
	on list.2 < <(list_of node-1 PENDING)
	had "$OUT"
	up 'mirror-unit=td/0 bootstrap-unit=microovn/0' 'hostname=node-1 bootstrap=ready' 'mirror-node-1=empty'
	step relation-joined
	expect '*' 'defer' <<<'defer relation-joined: members are pending'
	# it asks again, after a while, and the status comes back
	lists_none
	on join <<<':'
	on list.2 < <(list_of node-1 PENDING, node-2)
	on list.3 < <(list_of node-1 PENDING, node-2)
	on list.4 < <(list_of node-1, node-2)
	had "$OUT"
	up '' hostname=node-1 'mirror-node-1=tok-a'
	step relation-changed -w 60 --poll 0.01
	expect '*' <<-'END'
		run list -f json
		event prejoin
		status maintenance Joining cluster
		run join tok-a
		status active Joined cluster
		event joined bootstrapper=false
		set member=true
		run list -f json
		status waiting Waiting on pending nodes
		run list -f json
		run list -f json
		status active Joined cluster
		set mirror=up
		done relation-changed
		state {"in-cluster":true,"seen":4}
	END
	# it comes back, once, even if the step is killed meanwhile
	on list.3 <<<'kill -9 $PPID'
	had "$OUT"
	fails 137 relation-changed -w 60 --poll 0.01
	expect '*' '{"status' <<-'END'
		status maintenance Joining cluster
		status active Joined cluster
		status waiting Waiting on pending nodes
	END
	rm "$T"/on/list.*
	lists node-1
	up '' 'hostname=node-1 member=true mirror=up' 'mirror-node-1=member'
	step reconcile
	expect <<-'END'
		status active Joined cluster
		run list -f json
		done reconcile
		state {"in-cluster":true,"seen":4}
	END
	step reconcile
	expect <<-'END'
		run list -f json
		done reconcile
		state {"in-cluster":true,"seen":4}
	END
	# without a status of this step there is none to come back to; in time it goes on with the last list
	on list < <(list_of node-1 PENDING, node-0 stand-by)
	member
	up '' 'hostname=node-1 member=true mirror=up' 'mirror-node-2=empty'
	step reconcile -w 0.05 --poll 0.2
	expect <<-'END'
		run list -f json
		run list -f json
		defer relation-changed: members are pending
		set mirror=down
		done reconcile
		state {"in-cluster":true,"seen":4,"deferred":["relation-changed"]}
	END
	# one that fails ends the wait
	on list.2 <<<'echo no >&2; exit 1'
	member
	step reconcile -w 60 --poll 0.01
	expect no <<-'END'
		run list -f json
		run list -f json
		log WARNING list failed: no
		done reconcile
		state {"in-cluster":true,"seen":4}
	END
}

@test "a unit that isn't communicator any more forgets since when rows are dead, and tokens of members" {
	lists node-0, node-1
	member '"stranded":{"node-9":1},"out":{"node-0":1,"node-8":1}'
	up 'mirror-unit=td/0' 'hostname=node-1 member=true mirror=up' 'mirror-node-8=tok-8 mirror-node-9=empty'
	step reconcile
	[ "$(jq -c '[.stranded, (.out | keys)]' "$STATE")" = '[null,["node-8"]]' ]
}

@test "the wait for PENDING members ends in its time, however long a pause is asked for" {
	lists node-1 PENDING
	member
	up '' 'hostname=node-1 member=true' ''
	turn 0 timeout 5 td-consumer-step -s "$STATE" -H node-1 -w 0.1 --poll 100 -E reconcile "$T/bin/cluster" cluster
	expect '' '' <<-'END'
		run list -f json
		run list -f json
		defer relation-changed: members are pending
		done reconcile
	END
}

@test "deferred events: before the event's own work, each once" {
	local event deferred wanted after
	lists_none
	on join <<<'exit 1'
	while IFS='|' read -r event deferred wanted after; do
		had "{\"deferred\":[$deferred],\"failed\":1}"
		given '' '' 'mirror=down mirror-node-1=tok-a'
		step "$event"
		expect '*' '{"defer\|{"status\|{"relation-set' <<-END
			$wanted
			state {"failed":1,"seen":4,"deferred":[$after]}
		END
	done <<-'END'
		relation-changed|"relation-joined"|set hostname=node-1@defer relation-joined: no mirror is up@status maintenance Token not in mirror|"relation-joined"
		relation-joined|"relation-changed"|status maintenance Token not in mirror@set hostname=node-1@defer relation-joined: no mirror is up|"relation-joined"
		relation-joined|"relation-joined"|set hostname=node-1@defer relation-joined: no mirror is up|"relation-joined"
		relation-changed|"relation-changed"|status maintenance Token not in mirror|
		relation-changed|"relation-changed","relation-joined"|set hostname=node-1@defer relation-joined: no mirror is up@status maintenance Token not in mirror|"relation-joined"
	END
	for event in install remove; do
		had '{"deferred":["relation-changed","relation-joined"]}'
		given '' hostname=node-1 'mirror=down'
		step $event
		expect <<-END
			done $event
			state {"deferred":["relation-changed","relation-joined"]}
		END
	done
	# reconcile does relation-changed's work; what isn't reached stays
	had '{"deferred":["relation-changed","relation-joined"]}'
	given leader bootstrap-app=microovn hostname=node-1 'mirror=up'
	on bootstrap <<<'exit 1'
	step reconcile
	expect '*' '{"defer\|{"status' <<-'END'
		status blocked Unable to bootstrap cluster: exit status 1
		defer relation-joined: bootstrap failed
		state {"deferred":["relation-changed","relation-joined"]}
	END
	# twice in the file; and what the first work does with the tokens of the state file, the second one doesn't again
	had '{"tokens":{"node-2":"tok-node-2","node-3":"tok-node-3"},"deferred":["relation-joined","relation-joined"]}'
	given leader bootstrap-app=microovn hostname=node-1 'mirror=up rejected-node-2=710277f8ea935923'
	on list.2 <<<"$(list_of node-1)"
	on bootstrap <<<:
	step relation-changed
	expect '*' '{"relation-set' <<-'END'
		set member=true
		set mirror-node-3=tok-node-3
		set mirror=up mirror-node-1=member
		state {"in-cluster":true,"tokens":{"node-3":"tok-node-3"}}
	END
	rm "$T/on/list.2"
	had '{"deferred":["relation-changed","relation-joined"]}'
	given '' hostname=node-1 'mirror=up mirror-node-1=tok-a'
	step relation-joined
	expect '*' '{"defer\|run join' <<-'END'
		run join tok-a
		defer relation-changed: join failed
		state {"failed":1,"seen":4,"deferred":["relation-joined","relation-changed"]}
	END
}

@test "remove" {
	local state document wanted
	lists node-0, node-1
	on remove <<<'echo "removing $2"; echo "Error: no '"$TOKEN"' left" >&2; exit 1'
	while IFS='|' read -r state document wanted; do
		had "$state"
		given '' 'hostname=node-1' 'mirror=up mirror-node-1=member'
		[ "$document" ] || given_none
		step remove
		expect '*' 'run \|{"juju\|{"status' <<<"$wanted"
	done <<-'END'
		{"in-cluster":true}||run remove node-1@log WARNING remove failed: Error: no [token] left
		{"in-cluster":true}|yes|run remove node-1@log WARNING remove failed: Error: no [token] left
		{"in-cluster":false}||
		||run list -f json@run remove node-1@log WARNING remove failed: Error: no [token] left
	END
	run ! grep -q eyJ "$T/err"
	on remove <<<':'
	had "$IN"
	step remove
	expect <<-'END'
		run remove node-1
		done remove
		state {"in-cluster":true,"seen":4}
	END
}

@test "a unit that isn't in the cluster by its state asks in remove, too, where its databag says that it is" {
	lists node-0, node-1
	on remove <<<':'
	had "$OUT"
	given '' 'hostname=node-1 member=true' 'mirror=up'
	step remove
	expect '' 'run ' <<-'END'
		run list -f json
		run remove node-1
	END
}

@test "the state file: unknown members are kept, new ones are 0600" {
	lists node-0, node-1
	had '{"z":[1,2.50,-0,1e400],"in-cluster":false,"a":{"b":null},"failed":0,"":"\u2028"}'
	up '' 'hostname=node-1' 'mirror-node-2=member'
	chmod 644 "$STATE"
	step relation-changed
	expect '*' '{"done' <<<'done relation-changed'
	assert_equal "$(sed 's/.*"left":false,//' "$STATE")" '"z":[1,2.50,-0,1e400],"a":{"b":null},"":"\u2028"}'
	assert_equal "$(stat -c %a "$STATE")" 600
	# where nothing changes it isn't written
	local inode
	inode=$(stat -c %i.%Y "$STATE")
	touch -d '1 hour ago' "$STATE"
	inode=$(stat -c %i.%Y "$STATE")
	step relation-changed
	assert_equal "$(stat -c %i.%Y "$STATE")" "$inode"
	# by default it is in the charm's folder
	mkdir "$T/charm"
	given '' '' ''
	turn 0 env JUJU_CHARM_DIR="$T/charm" td-consumer-step -H node-1 relation-changed "$T/bin/cluster" cluster
	[ -s "$T/charm/.td-consumer.json" ]
	(cd "$T/charm" && rm .td* && turn 0 td-consumer-step -s here -H node-1 relation-changed "$T/bin/cluster" cluster)
	[ -s "$T/charm/here" ]
}

@test "a state file that is damaged is refused, and not touched" {
	local state text
	lists node-1
	given 'mirror-unit=td/0' '' 'mirror=up mirror-node-1=tok-a'
	while IFS='|' read -r text state; do
		had "$state"
		[ "$state" ] || : >"$STATE"
		fails 3 reconcile
		expect "^td-consumer-step: cannot use state file $STATE: ${text}; repair it" <<<''
		assert_equal "$(cat "$STATE")" "$state"
	done <<-'END'
		.*: not the JSON that was written|
		the whole: expected an object|not JSON
		the whole: expected an object|in-cluster: true
		.*:1:2: .*: not the JSON that was written| 
		.*:1:20: .*: not the JSON that was written|{"in-cluster":true,} 
		.*: not the JSON that was written|{"in-cluster":true,"in-cluster":true}
		the whole: expected an object|[]
		the whole: expected an object|null
		in-cluster: expected a boolean, got a string|{"in-cluster":"true"}
		in-cluster: expected a boolean, got null|{"in-cluster":null}
		left: expected a boolean, got a number|{"left":1}
		waiting: expected a string, got a number|{"waiting":1}
		tokens: expected an object, got an array|{"tokens":[]}
		tokens: node-2: expected a token|{"tokens":{"node-2":null}}
		tokens: node-2: expected a token|{"tokens":{"node-2":"empty"}}
		tokens: node-2: expected a token|{"tokens":{"node-2":"-f"}}
		tokens: n\?\?: expected a token|{"tokens":{"nü":"a b"}}
		out: node-2: expected seconds since 1970|{"out":{"node-2":"x"}}
		stranded: node-2: expected seconds since 1970|{"stranded":{"node-2":-1}}
		stranded: expected an object, got a number|{"stranded":1}
		deferred: expected an array, got a string|{"deferred":"relation-joined"}
		deferred: expected relation-joined or relation-changed|{"deferred":["reconcile"]}
		deferred: expected relation-joined or relation-changed|{"deferred":[1]}
		failed: expected a whole number|{"failed":-1}
		failed: expected a whole number|{"failed":1.5}
		failed: expected a whole number|{"failed":"1"}
		seen: expected a whole number|{"seen":"cluster:4"}
		seen: expected a whole number|{"seen":1e99}
	END
	# of a token in it nothing is said
	had "{\"tokens\":{\"node-2\":\"$TOKEN\"},\"failed\":\"$SHORT\"} $TOKEN"
	fails 3 reconcile
	run ! grep -q -e eyJ -e tok- "$T/err"
}

@test "a state file or a lock that others could have made is refused, and not touched" {
	local name mode
	lists node-1
	given 'mirror-unit=td/0' '' 'mirror=up mirror-node-1=tok-a'
	for name in state state.lock; do
		rm -rf "$T"/state*
		echo '{}' >"$T/target"
		ln -s target "$T/$name"
		fails 4 reconcile
		expect "^td-consumer-step: cannot use $T/$name: it is a symbolic link" <<<''
		[ -L "$T/$name" ]
		assert_equal "$(cat "$T/target")" '{}'
		for mode in 620 602 666; do
			rm -rf "$T"/state*
			echo '{}' >"$T/$name"
			chmod $mode "$T/$name"
			fails 4 reconcile
			expect "^td-consumer-step: cannot use $T/$name: others may write to it" <<<''
			assert_equal "$(cat "$T/$name"; stat -c %a "$T/$name")" "{}
$mode"
		done
		rm -rf "$T"/state*
		mkdir "$T/$name"
		fails 4 reconcile
		expect "^td-consumer-step: cannot (use|open) $T/$name: " <<<''
		rmdir "$T/$name"
		mkfifo "$T/$name"
		fails 4 reconcile
		expect "^td-consumer-step: cannot use $T/$name: it is no regular file" <<<''
	done
	rm -rf "$T"/state*
	fails 4 reconcile -s "$T/none/state"
	expect "^td-consumer-step: cannot open $T/none/state.lock: No such file" <<<''
}

@test "a state file of another user is refused" {
	[ "$(id -u)" = 0 ] || skip 'root alone can give files away'
	given '' '' ''
	had '{}'
	chown 1 "$STATE"
	fails 4 reconcile
	expect "cannot use $STATE: it belongs to another user" <<<''
}

# running NAME: waits until a script that begins with `reached NAME` got there; go NAME lets it go on
running() {
	timeout 10 cat "$T/at-$1" >/dev/null
}

go() {
	echo >"$T/go-$1"
}

# stops NAME: the beginning of a script that waits in the middle
stops() {
	mkfifo "$T/at-$1" "$T/go-$1"
	echo "echo >'$T/at-$1'; read -r _ <'$T/go-$1'"
}

@test "one step at a time" {
	on list < <(stops list; list_of node-0, node-1)
	had "$IN"
	given '' 'hostname=node-1 member=true' 'mirror=up'
	td-consumer-step -s "$STATE" -H node-1 relation-changed "$T/bin/cluster" cluster <<<"$DOCUMENT" >"$T/first" 2>&1 3>&- &
	local first=$!
	running list
	fails 4 relation-joined -t 0.2
	expect "^td-consumer-step: cannot lock $STATE.lock: another step holds it after 0.2 s" <<<''
	# 0 is no limit, for the lock as well
	run timeout 1 td-consumer-step -s "$STATE" -H node-1 -t 0 relation-joined "$T/bin/cluster" cluster <<<"$DOCUMENT"
	assert_equal "$status" 124
	# a dry run takes none
	step relation-joined -n
	expect <<<'done relation-joined'
	# one that waits long enough comes to its turn
	td-consumer-step -s "$STATE" -H node-1 relation-joined "$T/bin/cluster" cluster <<<"$DOCUMENT" >"$T/second" 2>&1 3>&- &
	local second=$!
	go list
	wait $first
	wait $second
	assert_equal "$(tail -n 1 "$T/first")" '{"done":{"event":"relation-changed"}}'
	assert_equal "$(cat "$T/second")" '{"done":{"event":"relation-joined"}}'
	# and the cluster's command holds nothing of ours
	rm "$T/on/list"
	on list <<<"ls -l /proc/self/fd >'$T/fds' 2>&1; echo '[]'"
	if [ -e /proc/self/fd ]; then
		step reconcile
		run ! grep -q state "$T/fds"
	fi
	assert_equal "$(stat -c %a "$STATE.lock")" 600
}

@test "a standard error that nobody reads keeps no step from its timeout, SIGTERM or the end of its lock" {
	local verb first i
	for verb in list add; do
		asked node-2
		printf '%s' "$DOCUMENT" >"$T/document"
		on $verb <<<'yes is loud | head -c 1048576 >&2; echo >"$T/printed"; exec sleep 60'
		rm -f "$T/printed"
		unread timeout -s KILL 30 td-consumer-step -s "$STATE" -H node-1 -t 3 -w 0 relation-changed "$T/bin/cluster" cluster \
			<"$T/document" >"$T/out" || [ $verb = list ]
		[ -s "$T/printed" ]
		grep -q 'timed out after 3 s' "$T/out"
		on $verb <<<'yes is loud | head -c 1048576 >&2; echo $PPID >"$T/printed"; exec sleep 60'
		rm "$T/printed"
		had "$IN"
		unread timeout -s KILL 30 td-consumer-step -s "$STATE" -H node-1 -w 0 relation-changed "$T/bin/cluster" cluster \
			<"$T/document" >"$T/out" 3>&- &
		first=$!
		for ((i = 0; i < 1000; i++)); do
			[ ! -s "$T/printed" ] || break
			sleep 0.01
		done
		kill "$(cat "$T/printed")"
		status=0
		wait $first || status=$?
		assert_equal "$status" 143
		rm "$T/on/$verb"
		# the lock is free at once
		given_none
		had "$IN"
		step reconcile -t 1
		expect <<<'done reconcile'
	done
}

@test "nobody reads what an observer says: its timeout and SIGTERM hold all the same" {
	local loud='yes is loud | head -c 1048576 >&2; yes is loud | head -c 1048576' status=0
	asked node-2
	on add <<<'echo tok-node-2'
	printf '%s' "$DOCUMENT" >"$T/document"
	observer token-generated <<<"$loud; exec sleep 60"
	unread timeout -s KILL 30 td-consumer-step -s "$STATE" -H node-1 -t 2 -w 0 -o "$T/observers" relation-changed \
		"$T/bin/cluster" cluster <"$T/document" >"$T/out" || status=$?
	assert_equal "$status" 4
	grep -q '"mirror-node-2":"tok-node-2"' "$T/out"
	observer token-generated <<<"$loud; echo \$PPID >'$T/parent'; exec sleep 60"
	had "$IN"
	ends_at_sigterm td-consumer-step -s "$STATE" -H node-1 -w 0 -o "$T/observers" relation-changed "$T/bin/cluster" cluster \
		<"$T/document" >"$T/out"
	# the lock is free at once
	given_none
	had "$IN"
	step reconcile -t 1
	expect <<<'done reconcile'
}

# token HOST: one that is long enough to be a cluster's
token() {
	printf 'eyJuYW1lIjoi-%s-0123456789abcdefghijklmnopqrstuvwxyz' "$1"
}

# locked HOST: has FILE.add-HOST a keeper?
locked() {
	local - && set +T
	local file=$STATE.add-$1
	[ -e "$file" ] && grep -q "^[0-9]*: POSIX .*:$(stat -c %i "$file") " /proc/locks
}

# kept HOST: waits, a few seconds at most, until FILE.add-HOST isn't locked any more
kept() {
	local - && set +T
	local i
	for ((i = 0; i < 500; i++)); do
		locked "$1" || return 0
		sleep 0.01
	done
	return 1
}

# asked HOST: the communicator's document in which that host asks for a token
asked() {
	local - && set +T
	lists node-1
	given 'mirror-unit=td/0' 'hostname=node-1 member=true mirror=up' "mirror=up mirror-$1=empty"
	had "$IN"
}

# taken HOST: the next step takes the token in FILE.add-HOST and runs no add
taken() {
	local - && set +T
	on add <<<'echo "it is taken already" >&2; exit 1'
	step relation-changed
	expect '' '{"relation-set\|run add' <<-END
		set mirror-$1=$(token "$1")
		state {"in-cluster":true,"seen":4,"tokens":{"$1":"$(token "$1")"}}
	END
	[ ! -e "$STATE.add-$1" ]
}

@test "a token is on disk from the moment that it is printed" {
	asked node-2
	# while add runs, its file is there, and its own output is a pipe
	on add <<<'stat -c "%n %a" "$STATE".add-* >>"$T/transcript"; grep -c . "$STATE".add-* >>"$T/transcript"
		for fd in 1 2; do [ -p /dev/fd/$fd ] && echo "pipe $fd" >>"$T/transcript"; done; echo tok-node-2'
	step relation-changed
	expect <<-END
		run list -f json
		run add node-2
		$STATE.add-node-2 600
		0
		pipe 1
		pipe 2
		set mirror-node-2=tok-node-2
		event token-generated host=node-2
		log INFO added token for node-2
		done relation-changed
		state {"in-cluster":true,"seen":4,"tokens":{"node-2":"tok-node-2"}}
	END
	[ ! -e "$STATE.add-node-2" ]
	# a kill after the token is printed, and before or after it is in the state
	on add <<<"echo $(token node-2); kill -9 \$PPID"
	had "$IN"
	fails 137 relation-changed
	expect '' <<-'END'
		run list -f json
		run add node-2
		state {"in-cluster":true,"seen":4}
	END
	kept node-2
	assert_equal "$(cat "$STATE.add-node-2")" "$(token node-2)"
	taken node-2
	# what it prints is thrown away with a hook that fails: the token is printed again
	step relation-changed
	expect <<-END
		set mirror-node-2=$(token node-2)
		run list -f json
		done relation-changed
		state {"in-cluster":true,"seen":4,"tokens":{"node-2":"$(token node-2)"}}
	END
	# a step with no relation, or of a unit that isn't in the cluster, takes it all the same
	token node-3 >"$STATE.add-node-3"
	had "$OUT"
	given_none
	step reconcile
	expect <<-END
		done reconcile
		state {"tokens":{"node-3":"$(token node-3)"}}
	END
	[ ! -e "$STATE.add-node-3" ]
}

@test "files that an add left: what is no token, or no host, goes" {
	local word
	given 'mirror-unit=td/0' 'hostname=node-1 member=true' 'mirror=up'
	had '{"in-cluster":true,"seen":4,"tokens":{"node-4":"tok-old"}}'
	echo 'Usage: add NAME' >"$STATE.add-node-2"
	printf ' %s \r\n\n' "$(token node-3)" >"$STATE.add-node-3"
	token node-4 >"$STATE.add-node-4"
	token x >"$STATE.add-a_b"
	head -c 65537 /dev/zero | tr '\0' '\n' >"$STATE.add-node-5"
	: >"$STATE.add-node-6"
	printf '%s\0' "$(token node-7)" >"$STATE.add-node-7"
	for word in yes error tok-node-8; do
		echo $word >"$STATE.add-$word"
	done
	echo mine >"$T/state2.add-node-2"
	echo mine >"$T/state.add"
	# no age decides
	touch -d '1 year ago' "$STATE.add-node-3"
	touch -d 'next year' "$STATE.add-node-4"
	step relation-changed
	expect <<-END
		set mirror-node-3=$(token node-3) mirror-node-4=$(token node-4)
		done relation-changed
		state {"in-cluster":true,"seen":4,"tokens":{"node-3":"$(token node-3)","node-4":"$(token node-4)"}}
	END
	assert_equal "$(cd "$T" && echo state*)" 'state state.add state.lock state2.add-node-2'
	# a link is another's work, and stays
	ln -s target "$STATE.add-node-5"
	token node-5 >"$T/target"
	step relation-changed
	expect '' '{"relation-set\|state' <<-END
		set mirror-node-3=$(token node-3) mirror-node-4=$(token node-4)
		state {"in-cluster":true,"seen":4,"tokens":{"node-3":"$(token node-3)","node-4":"$(token node-4)"}}
	END
	assert_equal "$(readlink "$STATE.add-node-5") $(cat "$T/target")" "target $(token node-5)"
}

@test "an add that goes on after its step was killed" {
	local signal
	for signal in KILL TERM HUP; do
		rm -f "$T"/at-add "$T"/go-add
		asked node-2
		on add < <(
			# it says something on standard error before and after
			# what ends the group of the step has no say over what is in another session
			stops add >"$T/stops"
			echo "echo before >&2; setsid sh -c 'kill -$signal \$0; . $T/stops; echo after >&2; echo after >&2
				echo $(token node-2)' \$PPID & wait \$!"
		)
		run fails 0 relation-changed
		running add
		locked node-2
		# the next hook leaves that host alone
		on add-node-3 <<<"echo $(token node-3)"
		given 'mirror-unit=td/0' 'hostname=node-1 member=true mirror=up' 'mirror=up mirror-node-2=empty mirror-node-3=empty'
		had "$IN"
		step relation-changed
		expect '' 'run add\|{"juju' <<-'END'
			log WARNING cannot add node-2: an earlier add for it still runs
			run add node-3
			log INFO added token for node-3
		END
		locked node-2
		touch -d '1 year ago' "$STATE.add-node-2"
		go add
		kept node-2
		asked node-2
		taken node-2
	done
}

@test "an add that outlives its timeout in another session" {
	local add
	for add in setsid 'timeout 60'; do
		rm -f "$T"/at-add "$T"/go-add
		asked node-2
		on add < <(
			stops add >"$T/stops"
			echo "$add sh -c '. $T/stops; echo late >&2; echo $(token node-2)'"
		)
		step relation-changed -t 0.5
		expect '' '{"juju' <<<'log WARNING cannot add node-2: timed out after 0.5 s'
		running add
		locked node-2
		go add
		kept node-2
		taken node-2
	done
}

@test "an add that prints when the next step is about to add" {
	asked node-2
	on add < <(
		stops add >"$T/stops"
		echo "setsid sh -c '. $T/stops; echo $(token node-2)'"
	)
	step relation-changed -t 0.5
	running add
	# at the beginning of the next step it is locked
	on list < <(
		echo "echo >'$T/go-add'; while grep -q \"^[0-9]*: POSIX .*:\$(stat -c %i '$STATE.add-node-2') \" /proc/locks; do sleep 0.01; done"
		list_of node-1
	)
	on add <<<'echo "it is taken" >&2; exit 1'
	step relation-changed
	expect <<-END
		run list -f json
		set mirror-node-2=$(token node-2)
		event token-generated host=node-2
		log INFO added token for node-2
		done relation-changed
		state {"in-cluster":true,"seen":4,"tokens":{"node-2":"$(token node-2)"}}
	END
	[ ! -e "$STATE.add-node-2" ]
	# what was printed meanwhile is no token: add is run
	rm "$T/at-add" "$T/go-add"
	asked node-2
	on add < <(
		stops add >"$T/stops"
		echo "setsid sh -c '. $T/stops; echo no'"
	)
	step relation-changed -t 0.5
	running add
	on list < <(
		echo "echo >'$T/go-add'; while grep -q \"^[0-9]*: POSIX .*:\$(stat -c %i '$STATE.add-node-2') \" /proc/locks; do sleep 0.01; done"
		list_of node-1
	)
	on add <<<"echo $(token node-2)"
	step relation-changed
	expect '' '{"juju' <<<'log INFO added token for node-2'
}

@test "an add that prints without end is read, and no more kept than a token" {
	asked node-2
	on add <<<'head -c 1073741824 /dev/zero | tr "\0" a; echo at the end >&2; exit 1'
	step relation-changed -t 60
	expect 'at the end' '{"juju' <<<'log WARNING cannot add node-2: at the end'
	[ ! -e "$STATE.add-node-2" ]
	# the same with its step killed
	on add <<<'kill -9 $PPID; head -c 104857600 /dev/zero | tr "\0" a'
	fails 137 relation-changed
	kept node-2
	for ((i = 0; i < 1000; i++)); do kept node-2 && break; done
	[ "$(stat -c %s "$STATE.add-node-2")" -le 65537 ]
	on add <<<"echo $(token node-2)"
	step relation-changed
	expect '' '{"juju' <<<'log INFO added token for node-2'
	# never an end: the timeout
	asked node-2
	on add <<<'exec yes'
	step relation-changed -t 0.5
	expect '' '{"juju' <<<'log WARNING cannot add node-2: timed out after 0.5 s'
	[ ! -e "$STATE.add-node-2" ]
	# blanks before and after a token are none of it
	on add <<<"head -c 1000000 /dev/zero | tr '\\0' ' '; echo $(token node-2); head -c 1000000 /dev/zero | tr '\\0' '\\n'"
	step relation-changed
	expect '' '{"juju' <<<'log INFO added token for node-2'
}

@test "a child that an add left with its output open" {
	asked node-2
	on add <<<'setsid sleep 60 & echo $! >"$T/child"; echo tok-node-2'
	step relation-changed
	expect '' '{"juju' <<<'log INFO added token for node-2'
	[ ! -e "$STATE.add-node-2" ]
	kill "$(cat "$T/child")"
	# which hasn't printed all of the token yet: nothing of it is published
	asked node-2
	on add < <(
		stops add >"$T/stops"
		echo "setsid sh -c '. $T/stops; echo $(token node-2 | tail -c +50)' & printf %s $(token node-2 | head -c 49)"
	)
	step relation-changed
	expect '' '{"juju' <<<"log WARNING cannot add node-2: what it prints hasn't ended yet"
	running add
	locked node-2
	go add
	kept node-2
	taken node-2
}

@test "a host whose name makes too long a file name" {
	local host
	host=$(printf 'a%.0s' {1..63})
	host=$host.$host.$host.$host
	[ ${#host} = 255 ]
	asked "$host"
	on add <<<'echo tok-long'
	step relation-changed
	expect '' '{"relation-set\|state' <<-END
		set mirror-$host=tok-long
		state {"in-cluster":true,"seen":4,"tokens":{"$host":"tok-long"}}
	END
	assert_equal "$(cd "$T" && echo state*)" 'state state.lock'
	had "$IN"
	on add <<<"kill -9 \$PPID; echo $(token long)"
	fails 137 relation-changed
	kept '#'*
	assert_equal "$(cat "$STATE.add-#"*)" "$host
$(token long)"
	on add <<<'exit 1'
	step relation-changed
	expect '' '{"relation-set\|run add' <<-END
		set mirror-$host=$(token long)
		state {"in-cluster":true,"seen":4,"tokens":{"$host":"$(token long)"}}
	END
	assert_equal "$(cd "$T" && echo state*)" 'state state.lock'
	# one that isn't its host's is no token
	printf 'other\n%s\n' "$(token long)" >"$STATE.add-#0123456789abcdef"
	had "$IN"
	given_none
	step reconcile
	expect <<-'END'
		done reconcile
		state {"in-cluster":true,"seen":4}
	END
	assert_equal "$(cd "$T" && echo state*)" 'state state.lock'
}

@test "a token after blank lines is taken at once" {
	given 'mirror-unit=td/0' 'hostname=node-1 member=true' 'mirror=up'
	had "$IN"
	printf '\n\n%s\n' "$(token node-2)" >"$STATE.add-node-2"
	step relation-changed
	expect '' '{"relation-set' <<<"set mirror-node-2=$(token node-2)"
	asked node-3
	on add <<<"echo; echo $(token node-3); kill -9 \$PPID"
	fails 137 relation-changed
	kept node-3
	taken node-3
}

@test "add isn't run where its file can't be made" {
	on list <<<'mkdir -p "$STATE.add-node-2/x"; '"$(list_of node-1)"
	on add <<<'echo tok'
	given 'mirror-unit=td/0' 'hostname=node-1 member=true mirror=up' 'mirror=up mirror-node-2=empty'
	had "$IN"
	step relation-changed
	expect '' 'run add\|{"juju' <<-END
		log WARNING cannot add node-2: cannot use $STATE.add-node-2: it is no regular file; remove it
	END
}

@test "a keeper that hangs, or is gone, isn't waited for" {
	cat >"$T/bin/keeper" <<-'END'
		#!/bin/sh
		# keeper SIGNAL: sends it to what reads the output of node-2's add
		inode=$(stat -c %i "$STATE.add-node-2")
		kill "-$1" "$(awk -v inode=":$inode" 'substr($6, length($6) - length(inode) + 1) == inode { print $5 }' /proc/locks)"
	END
	chmod 755 "$T/bin/keeper"
	asked node-2
	on add <<<'"$T/bin/keeper" STOP; echo '"$(token node-2)"
	turn 0 timeout -s KILL 20 td-consumer-step -s "$STATE" -H node-1 -t 1 relation-changed "$T/bin/cluster" cluster
	expect '' '{"juju' <<<"log WARNING cannot add node-2: what it prints hasn't ended yet"
	on add <<<'exit 1'
	step relation-changed
	expect '' '{"juju' <<<'log WARNING cannot add node-2: an earlier add for it still runs'
	"$T/bin/keeper" CONT
	kept node-2
	taken node-2
	asked node-2
	on add <<<'"$T/bin/keeper" KILL; exit 3'
	step relation-changed
	expect '' '{"juju' <<<'log WARNING cannot add node-2: exit status 3'
	[ ! -e "$STATE.add-node-2" ]
}

@test "the last bytes of a disk: what is reserved for an add that outlives its step keeps no later one from saving" {
	unshare -rm mount -t tmpfs tmpfs /mnt 2>/dev/null || skip 'no file system can be mounted here'
	mkdir "$T/disk"
	asked node-2
	on add < <(
		stops add >"$T/stops"
		echo "cat /dev/zero >>'$T/disk/ballast' 2>/dev/null; kill -9 \$PPID; . '$T/stops'; echo $(token node-2)"
	)
	export DOCUMENT
	unshare -rm bash -c '
		step() {
			td-consumer-step -s "$T/disk/state" -H node-1 -w 0 relation-changed "$T/bin/cluster" cluster 2>&1
		}
		mount -t tmpfs -o size=256k tmpfs "$T/disk"
		printf %s "{\"in-cluster\":true}" >"$T/disk/state"
		step <<<"$DOCUMENT"
		echo "status $?"
		timeout 10 cat "$T/at-add"
		for ((i = 0; i < 500; i++)); do
			[ "$(stat -c %s "$T/disk/state.add-node-2")" -gt 4096 ] || break
			sleep 0.01
		done
		# the state changes with the ID of the relation
		step <<<"${DOCUMENT/\"relation-id\":4/\"relation-id\":5}"
		echo "status $?"
		cat "$T/disk/state"
		echo >"$T/go-add"
		for ((i = 0; i < 1000; i++)); do
			grep -q "^[0-9]*: POSIX .*:$(stat -c %i "$T/disk/state.add-node-2") " /proc/locks || break
			sleep 0.01
		done
		step <<<"$DOCUMENT"
		echo "status $?"
		cat "$T/disk/state"' >"$T/steps"
	assert_equal "$(grep '^status' "$T/steps")" $'status 137\nstatus 0\nstatus 0'
	assert_equal "$(grep -c '"seen":5' "$T/steps")" 1
	grep -F "cannot add node-2: an earlier add for it still runs" "$T/steps"
	assert_equal "$(tail -n 1 "$T/steps" | jq -r '.tokens["node-2"]')" "$(token node-2)"
}

@test "the last bytes of a disk: what was reserved for a token keeps no state from being saved" {
	local room status added lines
	unshare -rm mount -t tmpfs tmpfs /mnt 2>/dev/null || skip 'no file system can be mounted here'
	mkdir "$T/disk"
	asked node-2
	on add <<<"cat /dev/zero >>'$T/disk/ballast' 2>/dev/null; echo $(token node-2)"
	export DOCUMENT
	unshare -rm bash -c '
		mount -t tmpfs -o size=256k tmpfs "$T/disk"
		for room in 0 4 8 32 60 64 68 72 76 100; do
			rm -f "$T"/disk/*
			printf %s "$2" >"$T/disk/state"
			: >"$T/disk/state.lock"
			cat /dev/zero >"$T/disk/ballast" 2>/dev/null
			truncate -s "-${room}K" "$T/disk/ballast"
			: >"$T/transcript"
			td-consumer-step -s "$T/disk/state" -H node-1 -t 10 -w 0 relation-changed "$T/bin/cluster" cluster \
				<<<"$DOCUMENT" >"$T/out" 2>"$T/err"
			echo "$room $? $(grep -c "^run add" "$T/transcript") $(cat "$T"/disk/state* "$T/out" | grep -c "$1") $(du -k "$T/disk" | cut -f 1)"
		done' - "$(token node-2)" "$IN" >"$T/rooms"
	while read -r room status added lines _; do
		: "$room $status $added $lines"
		if [ "$room" -gt 0 ]; then assert_equal "$status" 0; fi
		# it is in the state and was printed
		if [ "$added" = 1 ]; then assert_equal "$room $lines" "$room 2"; fi
		if [ "$room" -ge 76 ]; then assert_equal "$added" 1; fi
	done <"$T/rooms"
	assert_equal "$(wc -l <"$T/rooms")" 10
}

@test "an add that fails and yet prints a long token has made it" {
	on add <<<'echo '"$TOKEN"'; echo "no answer" >&2; exit 1'
	lists node-1
	given 'mirror-unit=td/0' 'hostname=node-1 member=true mirror=up' 'mirror=up mirror-node-2=empty'
	had "$IN"
	step relation-changed
	expect 'no answer' '{"relation-set\|{"juju' <<-END
		set mirror-node-2=$TOKEN
		log INFO added token for node-2
		state {"in-cluster":true,"seen":4,"tokens":{"node-2":"$TOKEN"}}
	END
}

@test "an add, an observer that asks on a terminal gets none" {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip 'no terminal can be had here'
	asked node-2
	on add <<<'read -r answer </dev/tty || echo "no terminal for add" >>"$T/transcript"; echo tok-node-2'
	observer token-generated <<<'read -r answer </dev/tty || echo "no terminal for $0" >>"$T/transcript"'
	printf '%s' "$DOCUMENT" >"$T/document"
	: >"$T/transcript"
	timeout -s KILL 20 script -qec "td-consumer-step -s '$STATE' -H node-1 -o '$T/observers' relation-changed '$T/bin/cluster' \
		cluster <'$T/document' >'$T/out' 2>'$T/err'" /dev/null </dev/null
	assert_equal "$(cat "$T/transcript")" "run list -f json
run add node-2
no terminal for add
no terminal for $T/observers/token-generated"
	assert_equal "$(tail -n 1 "$T/out")" '{"done":{"event":"relation-changed"}}'
}

@test "no descriptor above 2 reaches what is run" {
	[ -d /proc/self/fd ] || skip 'there is no /proc'
	local open name
	open='perl -e '"'"'print join(" ", $ARGV[0], grep { -e "/proc/self/fd/$_" } 3..255), "\n"'"'"' "$NAME" >>"$T/open"'
	for name in prebootstrap bootstrapped prejoin joined token-generated join-args bootstrap-args; do
		observer $name <<<"NAME=$name; $open"
	done
	for name in add bootstrap join remove; do
		on $name <<<"NAME=$name; $open; echo tok-node-2"
	done
	turn_with_more() {
		exec 5>"$T/5" 77<"$T/on/add" 200>&1
		step "$@" -o "$T/observers"
	}
	lists_none() {
		on list <<<"NAME=list; $open; echo 'Error: Database is not yet initialized' >&2; exit 1"
	}
	lists_none
	had "$OUT"
	given 'mirror-unit=td/0 bootstrap-unit=microovn/0' 'hostname=node-1' 'mirror=up'
	(turn_with_more relation-changed)
	had "$OUT"
	up mirror-unit=td/0 'hostname=node-1' "mirror=up mirror-node-1=$TOKEN"
	(turn_with_more relation-changed)
	on list <<<"NAME=list; $open; $(list_of node-1)"
	had "$IN"
	up mirror-unit=td/0 'hostname=node-1 member=true mirror=up' 'mirror=up mirror-node-1=member mirror-node-2=empty'
	(turn_with_more relation-changed)
	(turn_with_more remove)
	assert_equal "$(sort -u "$T/open")" "$(printf '%s\n' add bootstrap bootstrap-args bootstrapped join join-args joined list \
		prebootstrap prejoin remove token-generated)"
}

@test "observers that fail" {
	local name reason script line
	on join <<<':'
	on list.2 < <(list_of node-0, node-1)
	while IFS='|' read -r name line reason script; do
		lists_none
		observers
		if [ "$script" = none ]; then
			chmod 644 "$T/observers/$name"
		else
			observer "$name" <<<"$script"
		fi
		had "$OUT"
		given '' 'hostname=node-1' 'mirror=up mirror-node-1=tok-a'
		fails 4 relation-changed -o "$T/observers" -t 0.3
		expect "td-consumer-step: cannot run $T/observers/$name: $reason" 'run join' <<-END
			$line
			state {${line:+\"joining\":\"0\",\"seen\":4}}
		END
		run ! grep -q -e tok- -e eyJ "$T/err"
	done <<-'END'
		prejoin||exit status 1: no|echo no; exit 1
		prejoin||Permission denied|none
		prejoin||timed out after 0.3 s|exec sleep 60
		prejoin||killed by signal 15: it is \[token\]|echo "it is $TOKEN"; kill $$
		joined|run join tok-a|exit status 3|exit 3
		joined|run join tok-a|Permission denied|none
		joined|run join tok-a|timed out after 0.3 s|exec sleep 60
	END
	# one that can't be looked at isn't one that isn't there
	lists_none
	observers
	ln -sf joined "$T/observers/joined"
	had "$OUT"
	fails 4 relation-changed -o "$T/observers"
	expect '*' 'run join' <<<'run join tok-a'
	rm "$T/observers/joined"
	# the next step goes on as joined, and observes it again
	observers
	lists node-0, node-1
	step relation-changed -o "$T/observers"
	expect <<-'END'
		run list -f json
		status active Joined cluster
		event joined bootstrapper=false
		observe {"name":"joined","bootstrapper":false}
		set member=true
		done relation-changed
		state {"in-cluster":true,"seen":4}
	END
	# a token is kept, whatever its observer does
	on add <<<'echo tok-node-2'
	lists node-1
	observer token-generated <<<'exit 1'
	given '' 'hostname=node-1 member=true mirror=up' 'mirror=up mirror-node-1=member mirror-node-2=empty mirror-node-3=empty'
	fails 4 relation-changed -o "$T/observers"
	expect '*' <<-'END'
		run list -f json
		run add node-2
		set mirror-node-2=tok-node-2
		event token-generated host=node-2
		state {"in-cluster":true,"seen":4,"tokens":{"node-2":"tok-node-2"}}
	END
}

@test "what observers print, and one that isn't there" {
	local name
	observer prejoin <<<'cat; echo; echo "$# arguments"; echo "'"$TOKEN $SHORT"'" >&2'
	ln -s nowhere "$T/observers/joined"
	echo 'a file of no event' >"$T/observers/README"
	lists_none
	on join <<<':'
	on list.2 < <(list_of node-0, node-1)
	given '' 'hostname=node-1' "mirror=up mirror-node-1=$SHORT"
	had "$OUT"
	step relation-changed -o "$T/observers"
	grep -qx '{"name":"prejoin"}' "$T/err"
	grep -qx '0 arguments' "$T/err"
	grep -qx '\[token\] \[token\]' "$T/err"
	for name in none file; do
		echo >"$T/file"
		fails 4 relation-changed -o "$T/$name"
		expect "^td-consumer-step: cannot use observers $T/$name: it is no folder" <<<''
	done
}

@test "join-args and bootstrap-args: one argument a line, after those of the options" {
	local script wanted event command
	on join <<<'shift; for a; do printf "<%s>" "$a"; done >>"$T/transcript"; echo >>"$T/transcript"; exit 1'
	cp "$T/on/join" "$T/on/bootstrap"
	lists_none
	while read -r event command; do
		while IFS='|' read -r wanted script; do
			observer "$command-args" <<<"$script"
			had '{}'
			given 'mirror-unit=td/0 bootstrap-unit=microovn/0' 'hostname=node-1' 'mirror=up'
			[ "$command" = bootstrap ] || given '' 'hostname=node-1' 'mirror=up mirror-node-1=tok-a'
			step "$event" -o "$T/observers" -J a -J '' --join-arg b -B a -B '' --bootstrap-arg b
			expect '*' '<' <<<"$([ "$command" = bootstrap ] || echo '<tok-a>')<a><><b>$wanted"
		done <<-'END'
			|:
			<x>|echo x
			<x>|printf x
			<x><y z>|echo x; echo "y z"
			<x><><y>|echo x; echo; echo y
			<>|echo
			<  -ü $(id) '">|echo "  -ü \$(id) '\""
		END
		while IFS='|' read -r wanted script; do
			observer "$command-args" <<<"$script"
			had '{}'
			fails 4 "$event" -o "$T/observers" -t 0.3
			expect "td-consumer-step: cannot $wanted" 'run \(join\|boot\)' <<<''
		done <<-END
			use what $command-args printed: a control character is in it|printf 'a\tb\n'
			use what $command-args printed: a control character is in it|printf 'x\na\r\n'
			use what $command-args printed: a control character is in it|printf 'a\0b\n'
			use what $command-args printed: a control character is in it|printf 'a\033b'
			use what $command-args printed: a control character is in it|printf 'a\177b'
			use what $command-args printed: a control character is in it|printf 'a\302\205b'
			run $T/observers/$command-args: exit status 1|echo x; exit 1
			run $T/observers/$command-args: timed out|exec sleep 60
		END
		chmod 644 "$T/observers/$command-args"
		fails 4 "$event" -o "$T/observers"
		expect "cannot run $T/observers/$command-args: Permission denied" 'run \(join\|boot\)' <<<''
		rm "$T/observers/$command-args"
	done <<-'END'
		relation-changed join
		relation-joined bootstrap
	END
}

@test "a command that can't be started, or that hangs with its children" {
	local command reason
	given '' 'hostname=node-1' 'mirror=up mirror-node-1=tok-a'
	echo >"$T/plain"
	# no shell is started for what has no #!
	echo 'echo ran >>"$T/transcript"' >"$T/script"
	chmod 755 "$T/script"
	while IFS='|' read -r command reason; do
		had "$OUT"
		turn 0 env PATH=/usr/bin:/bin "$BUILD/td-consumer-step" -s "$STATE" -H node-1 relation-changed "$command"
		expect '' <<-END
			event prejoin
			status maintenance Joining cluster
			log WARNING join failed: $reason
			status blocked Joining cluster failed: $reason
			set rejected=25cfc47d4fe37623
			defer relation-changed: join failed
			done relation-changed
			state {"failed":1,"seen":4,"unsure":true,"deferred":["relation-changed"]}
		END
	done <<-END
		$T/none|cannot run $T/none: No such file or directory
		no-such-command-anywhere|cannot run no-such-command-anywhere: No such file or directory
		$T/plain|cannot run $T/plain: Permission denied
		$T/script|cannot run $T/script: Exec format error
		$T|cannot run $T: Permission denied
	END
	on join <<<'sleep 600 & echo "$! $$" >"$T/pids"; echo "waiting" >&2; wait'
	lists_none
	had "$OUT"
	step relation-changed -t 0.5
	expect 'waiting' '{"status' <<-'END'
		status maintenance Joining cluster
		status blocked Joining cluster failed: timed out after 0.5 s: waiting
	END
	# the cluster's daemon may go on: the next step waits for that
	jq -e '.joining > now - 60' "$STATE"
	local pid n
	# shellcheck disable=SC2013
	for pid in $(cat "$T/pids"); do
		# a zombie is nobody
		for ((n = 0; n < 500; n++)); do
			grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$pid/status" || break
			sleep 0.01
		done
		[ "$n" -lt 500 ]
	done
}

@test "tokens that are known are cut out, others by their looks" {
	local long=eyJzZWNyZXQiOiJhYmNkZWZnaGlqa2xtbm9wcXJz line
	had '{"in-cluster":true,"seen":4,"tokens":{"node-3":"in.state.1"}}'
	given '' 'hostname=node-1 member=true mirror=up mirror-node-4=in.own.bag' \
		'mirror=up mirror-node-1=member mirror-node-2=empty mirror-node-5=in-mirror mirror-node-6=short-7' 'mirror=down mirror-node-7=in.other'
	on list <<<"echo 'a in.state.1 in.own.bag in-mirror short-7 in.other' >&2; $(list_of node-1)"
	on add <<<'echo "making from.add.1 and '"${long:0:39} $long"'x=" >&2; echo " from.add.1"'
	step relation-changed
	expect '^a \[token\] \[token\] \[token\] short-7 \[token\]
making \[token\] and [a-zA-Z]* \[token\]
$' 'run add' <<<'run add node-2'
	# wherever in the document they are
	local document=$DOCUMENT
	on list <<<"echo 'b in.other.rel out.of.scope' >&2; $(list_of node-1)"
	DOCUMENT=${DOCUMENT/\"relation-info\":\[/'"relation-info":[{"relation-id":9,"endpoint":"other","related-units":{
		"x/0":{"data":{"mirror-a":"in.other.rel"}},"x/1":{"in-scope":false,"data":{"mirror-a":"out.of.scope"}}}},'}
	step relation-changed -r 4
	expect '^b \[token\] \[token\]
$' 'run add' <<<''
	DOCUMENT=$document
	# of the communicator's own, in logs and statuses
	on list <<<'echo "in.state.1 '"$long"'x" >&2; exit 1'
	step relation-changed
	expect '^\[token\] \[token\]
$' '{"juju' <<<'log WARNING list failed: [token] [token]'
}

@test "what a command says goes to standard error line by line, its last line to statuses and logs" {
	local script reason
	given '' 'hostname=node-1' 'mirror=up mirror-node-1=tok-a'
	lists_none
	while IFS='|' read -r reason script; do
		on join <<<"$script"
		had "$OUT"
		step relation-changed
		expect '*' '{"status-set":{"status":"blocked\|{"juju' <<-END
			log WARNING join failed: $reason
			status blocked Joining cluster failed: $reason
		END
	done <<-'END'
		exit status 7|exit 7
		two|echo one >&2; echo two >&2; exit 1
		one|echo one >&2; echo >&2; echo "  " >&2; exit 1
		no newline|printf "no newline" >&2; exit 1
		on stdout|echo on stdout; exit 1
		the error|echo "the error" >&2; echo "Usage: join TOKEN"; exit 1
		the error|echo "the error" >&2; sleep 0.1; echo "Usage: join TOKEN"; exit 1
		a?b?c|printf 'a\tb\033c\n' >&2; exit 1
		?|printf '\377\n' >&2; exit 1
		killed by signal 9: last|echo last >&2; kill -9 $$
	END
}

@test "a standard output that fails: no further command" {
	lists node-0, node-1
	on join <<<':'
	full() { "$@" >/dev/full; }
	given '' '' 'mirror=up mirror-node-1=tok-a mirror-node-2=empty'
	had "$OUT"
	lists_none
	turn 4 full td-consumer-step -s "$STATE" -H node-1 reconcile "$T/bin/cluster" cluster
	expect '^td-consumer-step: cannot write standard output: No space' '' <<<''
	# a pipe whose reader has gone
	mkfifo "$T/pipe"
	gone() {
		: <"$T/pipe" &
		exec 7>"$T/pipe"
		wait $!
		"$@" >&7
	}
	turn 4 gone td-consumer-step -s "$STATE" -H node-1 reconcile "$T/bin/cluster" cluster
	expect '^td-consumer-step: cannot write standard output: Broken pipe' <<<''
	exec 7>&-
	given '' 'hostname=node-1' 'mirror=up mirror-node-1=tok-a'
	turn 4 gone td-consumer-step -s "$STATE" -H node-1 relation-changed "$T/bin/cluster" cluster
	expect '*' <<-'END'
		run list -f json
		state {}
	END
	exec 7>&-
	# in the middle: what the cluster has made is kept
	lists node-1
	on add <<<'echo tok-node-2'
	had "$IN"
	given mirror-unit=td/0 'hostname=node-1 member=true mirror=up' 'mirror=up mirror-node-2=empty mirror-node-3=empty'
	turn 4 gone td-consumer-step -s "$STATE" -H node-1 relation-changed "$T/bin/cluster" cluster
	expect '*' <<-'END'
		run list -f json
		run add node-2
		state {"in-cluster":true,"seen":4,"tokens":{"node-2":"tok-node-2"}}
	END
	exec 7>&-
	# and nothing but done is no success either
	given_none
	turn 4 full td-consumer-step -s "$STATE" -H node-1 reconcile "$T/bin/cluster" cluster
	expect 'cannot write standard output' <<<''
}

@test "a dry run: list alone is run, nothing is written" {
	local files
	observers
	observer join-args <<<'echo x'
	lists_none
	given '' '' 'mirror=up mirror-node-1=tok-a'
	had ''
	step reconcile -n -o "$T/observers"
	expect 'not yet' <<-'END'
		set hostname=node-1
		run list -f json
		run list -f json
		event prejoin
		status maintenance Joining cluster
		log INFO would run join
		done reconcile
		state none
	END
	[ "$(cd "$T" && echo state*)" = 'state*' ]
	given 'mirror-unit=td/0 bootstrap-unit=microovn/0' 'hostname=node-1' 'mirror=up'
	had '{}'
	step relation-joined --dry-run -o "$T/observers"
	expect 'not yet' <<-'END'
		run list -f json
		event prebootstrap
		log INFO would run bootstrap
		done relation-joined
		state {}
	END
	lists node-1, node-4 PENDING
	token node-9 >"$STATE.add-node-9"
	given mirror-unit=td/0 'hostname=node-1' 'mirror=up mirror-node-2=empty mirror-node-3=empty'
	had "$IN"
	touch -d '1 hour ago' "$STATE"
	files=$(ls -l --time-style=full-iso "$T"/state*)
	step reconcile -n -o "$T/observers"
	expect <<-'END'
		set member=true
		run list -f json
		set mirror=up
		log INFO would run add node-2
		log INFO would run add node-3
		done reconcile
	END
	step remove -n
	expect <<-'END'
		log INFO would run remove
		done remove
	END
	assert_equal "$(ls -l --time-style=full-iso "$T"/state*)" "$files"
	lists node-4 PENDING
	step reconcile -n -w 60
	expect <<-'END'
		set member=true
		run list -f json
		defer relation-changed: members are pending
		done reconcile
	END
}

@test "an own host name that the cluster doesn't accept" {
	local name
	for name in '' a_b 10.0.0.1 -f node. .x "$(printf 'n%.0s' {1..64})"; do
		check 2 '' "^td-consumer-step: cannot take .{0,64} for -H: Name " '{}' td-consumer-step -s "$STATE" -H "$name" reconcile x
	done
	grep -q '^usage: td-consumer-step ' "$T/check-err"
	[ "$(cd "$T" && echo state*)" = 'state*' ]
	# 255 characters are a name, 256 none
	name=$(printf '%061d.' 0 0 0 0 | tr 0 n)
	check 0 '{"done":{"event":"reconcile"}}' '' '{"a/0":{}}' td-consumer-step -s "$STATE" -H "${name}abcdefg" reconcile x
	check 2 '' 'for -H: Name must be 1-255 characters long' '{"a/0":{}}' \
		td-consumer-step -s "$STATE" -H "${name}abcdefgh" reconcile x
	# the machine's own, where it can be changed for one command
	local separate=(unshare -u)
	[ "$(id -u)" = 0 ] || separate=(unshare -Ur -u)
	local named=("${separate[@]}" sh -c 'echo "$0" >/proc/sys/kernel/hostname && exec "$@"')
	[ "$("${named[@]}" a_b uname -n 2>/dev/null)" = a_b ] || skip 'the host name of one command cannot be changed'
	local event own state document
	lists node-1
	while IFS='|' read -r event document own state wanted; do
		had "$state"
		given '' "$own" 'mirror=up mirror-a_b=tok-a mirror-node-2=empty'
		[ "$document" ] || given_none
		turn 0 "${named[@]}" a_b td-consumer-step -s "$STATE" "$event" "$T/bin/cluster" cluster
		expect <<-END
			$wanted
			done $event
		END
	done <<-'END'
		relation-changed|yes|||status blocked a_b is not a name the cluster accepts
		reconcile|yes|||set hostname=a_b@status blocked a_b is not a name the cluster accepts
		relation-joined|yes|||set hostname=a_b@status blocked a_b is not a name the cluster accepts
		relation-joined|yes|hostname=a_b||status blocked a_b is not a name the cluster accepts
		reconcile|yes|hostname=a_b|{"in-cluster":true}|status blocked a_b is not a name the cluster accepts
		remove||hostname=a_b|{"in-cluster":true}|
	END
	# what isn't text goes into no databag
	given '' '' 'mirror=up'
	turn 0 "${separate[@]}" sh -c 'printf "a\\377" >/proc/sys/kernel/hostname && exec "$@"' sh \
		td-consumer-step -s "$STATE" relation-joined "$T/bin/cluster" cluster
	expect <<-'END'
		status blocked a? is not a name the cluster accepts
		done relation-joined
	END
	# and one that it does
	had ''
	lists node-0
	turn 0 "${named[@]}" node-7.local td-consumer-step -s "$STATE" relation-joined "$T/bin/cluster" cluster
	expect '' '{"relation' <<<'set hostname=node-7.local'
}

@test "refusals: calls" {
	local arguments text
	while IFS='|' read -r arguments text; do
		# shellcheck disable=SC2086
		check 2 '' "^td-consumer-step: $text" '' td-consumer-step $arguments
		grep -q '^usage: td-consumer-step \[-acn\] \[-s FILE\]' "$T/check-err"
	done <<-'END'
		-s x|cannot go on: no operand is given
		-s x reconcile|cannot go on: an operand is missing
		-s x -E reconcile|cannot go on: no operand is given
		-s x changed ovn|cannot take event changed: there is no such event
		-s x update-status ovn|cannot take event update-status: there is no such event
		-s x -E leader-elected ovn|cannot take event leader-elected
		-s x reconcile -n ovn|cannot take command -n: options go first
		-s x reconcile --dry-run|cannot take command --dry-run: options go first
		-s x -E reconcile -- -n ovn|cannot take command -n: options go first
		reconcile ovn|cannot find the state file: neither -s nor JUJU_CHARM_DIR is given
		-s|cannot take option -s: it needs a value
		--state|cannot take option --state: it needs a value
		-s x -Z reconcile ovn|cannot take option -Z: there is none of that name
		-s x --dry reconcile|cannot go on: an operand is missing
		-s x --pol reconcile ovn|cannot take reconcile for --poll: it isn't a number of seconds
		-s x --p 1 reconcile ovn|cannot take option --p: there is none of that name, or more than one
		-s x --any-app=x reconcile ovn|cannot take option --any-app: it takes no value
		-s x -t x reconcile ovn|cannot take x for -t: it isn't a number of seconds
		-s x -p eyJuYW1lIjoibm9kZS0yIiwic2VjcmV0IjoiYWJjZGVmIn0= reconcile ovn|cannot take \[token\] for -p: it isn't a whole number
		-s x -t eyJuYW1lIjoibm9kZS0yIiwic2VjcmV0IjoiYWJjZGVmIn0= reconcile ovn|cannot take \[token\] for -t: it isn't a number of seconds
		-s x -t -1 reconcile ovn|cannot take -1 for -t: it isn't a number of seconds
		-s x -t 1e3 reconcile ovn|cannot take 1e3 for -t: it isn't a number of seconds
		-s x -t 1.2.3 reconcile ovn|cannot take 1.2.3 for -t: it isn't a number of seconds
		-s x -t . reconcile ovn|cannot take . for -t: it isn't a number of seconds
		-s x -t 1s reconcile ovn|cannot take 1s for -t: it isn't a number of seconds
		-s x -t inf reconcile ovn|cannot take inf for -t: it isn't a number of seconds
		-s x -t 0x10 reconcile ovn|cannot take 0x10 for -t: it isn't a number of seconds
		-s x --timeout=1,5 reconcile ovn|cannot take 1,5 for -t: it isn't a number of seconds
		-s x -w nan reconcile ovn|cannot take nan for -w: it isn't a number of seconds
		-s x --poll 9999999999999999 reconcile ovn|cannot take 9999999999999999 for --poll: it isn't a number of seconds
		-s x -r x reconcile ovn|cannot take x for -r: it is no relation's ID
		-s x -r cluster: reconcile ovn|cannot take cluster: for -r: it is no relation's ID
	END
	for text in -t -w --poll; do
		check 2 '' "^td-consumer-step: cannot take  for $text: it isn't a number of seconds" '' td-consumer-step -s x $text '' reconcile ovn
	done
	check 2 '' "^td-consumer-step: cannot take event : there is no such event" '' td-consumer-step -s x '' ovn
	JUJU_CHARM_DIR='' check 2 '' "^td-consumer-step: cannot find the state file" '' td-consumer-step reconcile ovn
	for text in -E -s -H -J -B -o -t -w --poll -u -e -r; do
		check 2 '' "^td-consumer-step: cannot take option $text: it needs a value" '' td-consumer-step $text
	done
	run -0 td-consumer-step -h
	assert_line --index 0 --partial 'usage: td-consumer-step [-acn] [-s FILE]'
	run -0 td-consumer-step --version
	assert_output --regexp '^td-consumer-step [0-9.]+$'
	run -4 sh -c 'td-consumer-step -V >/dev/full'
}

@test "a state file without a name is a wrong call" {
	cd "$T"
	check 2 '' '^td-consumer-step: ' '{"a/0":{}}' td-consumer-step -s '' -H node-1 reconcile ovn
	[ ! -e .lock ]
}

@test "decimals of seconds" {
	local seconds
	given_none
	for seconds in 1 0.5 .5 5. 000 100000; do
		step reconcile -t "$seconds" -w "$seconds" --poll "$seconds"
	done
}

@test "refusals: documents" {
	local text document two
	while IFS='|' read -r text document; do
		check 3 '' "^td-consumer-step: $text" "$document" td-consumer-step -s "$STATE" -H node-1 reconcile "$T/bin/cluster"
	done <<-'END'
		<stdin>:1:1: .*empty|
		microovn/0: relation-info\[0\]: relation-id: expected a number, got nothing$|{"microovn/0":{"relation-info":[{"local-unit":{"data":{}}}]}}
		microovn/0: relation 4: local-unit: expected .* got none|{"microovn/0":{"relation-info":[{"relation-id":4}]}}
		microovn/0: relation 4: local-unit: data: expected an object, got a number$|{"microovn/0":{"relation-info":[{"relation-id":4,"local-unit":{"data":5}}]}}
		microovn/0: relation 4: local-unit: expected .* got none|{"microovn/0":{"relation-info":[{"relation-id":4,"local-unit":{"in-scope":false,"data":null}}]}}
		cannot choose a unit: the document has a/0, b/0; name one with -u$|{"a/0":{},"b/0":{}}
		cannot choose a relation: a/0 has mc:4, 5; name one with -r or -e$|{"a/0":{"relation-info":[{"relation-id":4,"endpoint":"mc"},{"relation-id":5}]}}
		cannot choose a relation: a/0 has mc, one without a name; name one with -r or -e$|{"a/0":{"relation-info":[{"endpoint":"mc"},{}]}}
		cannot find a unit: the document has none$|{}
		a/0: relation 4: related unit td/0: mirror: expected a string, got a number$|{"a/0":{"relation-info":[{"relation-id":4,"related-units":{"td/0":{"data":{"mirror":1}}}}]}}
		a/0: leader: expected a boolean, got a string$|{"a/0":{"leader":"yes"}}
		<stdin>:1:2: |{1}
	END
	check 3 '' 'YAML.*--format json' 'microovn/0: {}' td-consumer-step -s "$STATE" -H node-1 reconcile ovn
	check 4 '' 'cannot read standard input' '' sh -c "exec td-consumer-step -s '$STATE' -H node-1 reconcile ovn <'$T'"
	[ "$(find "$T" -name 'state*' ! -name state.lock)" = '' ]
	[ ! -e "$T/transcript" ]
	# and chosen from them
	two='{"a/0":{"relation-info":[{"relation-id":4,"endpoint":"mc","local-unit":{"data":{}}},
		{"relation-id":5,"endpoint":"x","local-unit":{"data":{}}},
		{"relation-id":6,"endpoint":"p","related-endpoint":"p"}]},"b/0":{"relation-info":[{"relation-id":7,"local-unit":{"data":{}}}]}}'
	DOCUMENT=$two
	lists node-0
	while IFS='|' read -r options wanted; do
		# shellcheck disable=SC2086
		step relation-joined $options
		expect '' '{"relation-set' <<<"$wanted"
	done <<-'END'
		-u a/0 -r 4|set hostname=node-1
		-u a/0 -r mc:4|set hostname=node-1
		-u a/0 -e x|set 5 hostname=node-1
		--unit b/0|set 7 hostname=node-1
	END
	check 3 '' '^td-consumer-step: cannot find relation mc:5: the document has mc:4, x:5, p:6$' "$two" \
		td-consumer-step -u a/0 -r mc:5 -s "$STATE" -H node-1 relation-joined "$T/bin/cluster"
	check 0 '{"done":{"event":"relation-joined"}}' '' '{"a/0":{"relation-info":[]}}' \
		td-consumer-step -e mc -s "$STATE" -H node-1 relation-joined "$T/bin/cluster"
}
