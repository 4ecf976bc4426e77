# The distributor's turn, rule by rule: the merge, what a token's life adds to it, who may bootstrap, and which changes a
# partial document delays. A second turn over the result prints nothing.

# shellcheck disable=SC2030,SC2031
load helpers
load step

readonly ID=25cfc47d4fe37623 # of the token tok-a
readonly mine='mirror-unit=td/0 bootstrap-app=ovn'

setup() {
	distributor
}

teardown() {
	compare && compare_again
}

# before: a distributor whose relation 4 is as the last turn left it
before() {
	distributor
	related 4 "mirror=up $1" "$mine $2" "${@:3}"
}

@test "a leader: mirror, mirror-unit, bootstrap-app, and empty for each host name" {
	related 4 '' '' ovn/0 hostname=a ovn/1 hostname=b ovn/2 'other=c'
	local event
	for event in relation-changed leader-elected update-status reconcile; do
		provide $event
		expect <<-END
			app bootstrap-app=ovn mirror-unit=td/0
			set mirror=up mirror-a=empty mirror-b=empty
			done $event
		END
	done
	turn 0 td-provider-step -E reconcile
	expect <<-'END'
		app bootstrap-app=ovn mirror-unit=td/0
		set mirror=up mirror-a=empty mirror-b=empty
		done reconcile
	END
}

@test "no relation, and not leader" {
	provide reconcile
	expect <<<'done reconcile'
	DOCUMENT='{"td/0":{}}'
	provide update-status
	expect <<<'done update-status'

	local event
	for event in relation-changed update-status reconcile; do
		distributor follower
		related 4 'mirror=up mirror-a=tok-a' '' ovn/0 hostname=b
		provide $event
		expect <<<"done $event"
	done
	distributor follower
	related 4 'mirror=up mirror-a=tok-a' '' ovn/0 hostname=b
	related 5 '' '' ovn/0 'hostname=b mirror=up'
	related 6 'mirror=down' ''
	related 7 'mirror=x' ''
	provide leader-elected
	expect <<-'END'
		set mirror=down
		set 7 mirror=down
		done leader-elected
	END
}

@test "the merge" {
	local own units data wanted
	while IFS='|' read -r own units wanted; do
		distributor
		# shellcheck disable=SC2086
		related 4 "mirror=up $own" "$mine" ovn/0 "${units%%;*}" ovn/1 "${units#*;}"
		provide reconcile
		expect <<<"${wanted:+set $wanted
}done reconcile"
	done <<-'END'
		|mirror=up mirror-a=tok-a;hostname=a|mirror-a=tok-a
		|hostname=a;mirror=up mirror-a=tok-a|mirror-a=tok-a
		|mirror=up mirror-a=tok-a;mirror=up mirror-a=tok-b|mirror-a=tok-a
		|mirror=up mirror-a=empty;mirror=up mirror-a=tok-b|mirror-a=tok-b
		|mirror=up mirror-a=empty;|mirror-a=empty
		|mirror=down mirror-a=tok-a;mirror-b=tok-b|
		|mirror=UP mirror-a=tok-a;mirror=up mirror-b=tok-b|mirror-b=tok-b
		mirror-a=tok-a|mirror=up mirror-a=tok-b;mirror=up mirror-a=empty|
		mirror-a=empty|mirror=up mirror-a=tok-b;|mirror-a=tok-b
		mirror-a=tok-a|hostname=a;|
		|hostname=;hostname=b|mirror-b=empty
		|mirror=up mirror-a=member;|mirror-a=member
		|mirror=up mirror-a=;hostname=b|mirror-b=empty
	END
	# over all relations, in their order, the own databag of one before the units of the next
	distributor
	related 4 'mirror=up' "$mine" ovn/0 'mirror=up mirror-a=tok-a'
	related 5 'mirror=up mirror-a=tok-b mirror-b=tok-c' "$mine" ovn-arm/0 'hostname=c mirror=up mirror-b=tok-d'
	provide reconcile
	expect <<-'END'
		set mirror-a=tok-a mirror-b=tok-c mirror-c=empty
		set 5 mirror-a=tok-a mirror-c=empty
		done reconcile
	END
	# a unit out of scope takes no part
	DOCUMENT='{"td/0":{"leader":true,"relation-info":[{"relation-id":4,"local-unit":{"data":{}},"related-units":{
		"ovn/0":{"in-scope":false,"data":{"hostname":"a","mirror":"up","mirror-b":"tok-b"}},
		"ovn/1":{"in-scope":true,"data":{"hostname":"c"}}}}]}}'
	turn 0 td-provider-step reconcile
	expect <<-'END'
		app bootstrap-app=ovn mirror-unit=td/0
		set mirror=up mirror-c=empty
		done reconcile
	END
}

@test "bootstrap-app: what is set stays, else the first known application" {
	related 4 '' ''
	related 5 '' '' ovn-arm/0 ''
	related 6 '' '' application other ovn/0 ''
	provide reconcile
	expect <<-'END'
		app bootstrap-app=ovn-arm mirror-unit=td/0
		set mirror=up
		app 5 bootstrap-app=ovn-arm mirror-unit=td/0
		set 5 mirror=up
		app 6 bootstrap-app=ovn-arm mirror-unit=td/0
		set 6 mirror=up
		done reconcile
	END
	distributor
	related 4 'mirror=up' 'mirror-unit=td/0' application ovn
	related 5 'mirror=up' 'mirror-unit=td/0 bootstrap-app=ovn-arm' application ovn-arm
	provide reconcile
	expect <<-'END'
		app bootstrap-app=ovn-arm
		done reconcile
	END
	# nobody is known yet
	distributor
	related 4 '' ''
	provide reconcile
	expect <<-'END'
		app mirror-unit=td/0
		set mirror=up
		done reconcile
	END
}

@test "bootstrap-app is chosen anew where its application is gone and no cluster is" {
	local data wanted what
	while IFS='|' read -r data what wanted; do
		# shellcheck disable=SC2086
		before 'mirror-x=empty' 'bootstrap-app=gone' ovn/0 "$data" $what
		provide relation-changed
		expect '' 'relation-set":{"relation-id":4,"app"' <<<"$wanted"
	done <<-'END'
		mirror=down||app bootstrap-app=ovn
		mirror-a=empty||app bootstrap-app=ovn
		member=true||app bootstrap-unit=ovn/0
		member=no||app bootstrap-app=ovn
		mirror-a=tok-a||
		mirror-a=member||
		|partial yes|
	END
	before 'mirror-x=tok-x' 'bootstrap-app=gone' ovn/0 ''
	provide relation-changed
	expect <<<'done relation-changed'
	# a relation without units is one
	before '' 'bootstrap-app=gone' application gone
	related 5 'mirror=up' "$mine" ovn/0 ''
	provide relation-changed
	expect <<-'END'
		app 5 bootstrap-app=gone
		done relation-changed
	END
}

@test "a unit that publishes member: its host needs no token" {
	local own unit other wanted event=reconcile
	while IFS='|' read -r own unit other wanted; do
		before "$own" 'bootstrap-unit=ovn/0 bootstrap-host=a' ovn/0 "$unit" ovn/1 "$other"
		provide $event
		expect <<<"${wanted:+set $wanted
}done $event"
	done <<-'END'
		|hostname=a member=true||mirror-a=member
		mirror-a=empty|hostname=a member=true||mirror-a=member
		mirror-a=tok-a|hostname=a member=true|mirror=up mirror-a=tok-b|mirror-a=member
		mirror-a=tok-a|hostname=a member=true|hostname=a|mirror-a=member
		mirror-a=tok-a|hostname=a|hostname=a|
		mirror-a=member|hostname=a member=true||
		mirror-a=member|hostname=a||mirror-a=empty
		mirror-a=member|hostname=a|mirror=up mirror-a=member|mirror-a=empty
		mirror-a=member|hostname=a|mirror=up mirror-a=tok-b|mirror-a=tok-b
		mirror-a=member|hostname=a member=yes||mirror-a=empty
		mirror-a=member|hostname=a member=left||mirror-a=empty
		mirror-a=tok-a|hostname=a member=left||
		|hostname=a member=left|mirror=up mirror-a=member|mirror-a=empty
		mirror-a=tok-a|hostname=a member=true|hostname=a member=left|mirror-a=member
		mirror-a=member|hostname=a member=left|hostname=a|mirror-a=empty
		mirror-a=member|||
		|mirror=up mirror-a=member||mirror-a=member
	END
}

@test "in update-status, with all units, member goes with its units" {
	local event
	before 'mirror-a=member mirror-b=tok-b mirror-c=member mirror-d=empty' '' ovn/0 'hostname=c member=true' \
		ovn/1 'mirror=up mirror-e=member mirror-a=member'
	related 5 'mirror=up mirror-a=member mirror-b=tok-b mirror-c=member mirror-d=empty' "$mine"
	for event in relation-changed leader-elected reconcile; do
		turn 0 td-provider-step $event
		run ! grep -q '"mirror-a"' "$T/transcript"
	done
	provide update-status
	expect <<-'END'
		app bootstrap-host=c bootstrap-unit=ovn/0
		set mirror-a=
		app 5 bootstrap-host=c bootstrap-unit=ovn/0
		set 5 mirror-a=
		done update-status
	END
	before 'mirror-a=member' '' partial yes
	provide update-status
	expect <<<'done update-status'
	# one relation that is partial is enough
	before 'mirror-a=member' ''
	related 5 'mirror=up mirror-a=member' "$mine" partial yes
	provide update-status
	expect <<<'done update-status'
}

@test "rejected tokens" {
	local own units wanted app='bootstrap-unit=ovn/0 bootstrap-host=a'
	while IFS='|' read -r own units wanted; do
		before "$own" "$app" ovn/0 "${units%%;*}" ovn/1 "${units#*;}"
		provide reconcile
		expect <<<"${wanted:+set $wanted
}done reconcile"
	done <<-END
		mirror-a=tok-a|hostname=a rejected=$ID;|rejected-a=$ID
		mirror-a=tok-a rejected-a=$ID|hostname=a rejected=$ID;|
		mirror-a=tok-a rejected-a=$ID|hostname=a rejected=$ID;mirror=up mirror-a=tok-b|mirror-a=tok-b
		mirror-a=tok-a rejected-a=$ID|hostname=a rejected=$ID;mirror=up mirror-a=empty|
		mirror-a=tok-a rejected-a=$ID|hostname=a rejected=$ID;mirror=down mirror-a=tok-b|
		mirror-a=tok-b rejected-a=$ID|hostname=a rejected=$ID;mirror=up mirror-a=tok-a|
		rejected-a=$ID mirror-a=empty|hostname=a rejected=$ID;mirror=up mirror-a=tok-a|mirror-a=tok-a
		mirror-a=tok-a rejected-a=$ID|hostname=a;|rejected-a=
		mirror-a=tok-a rejected-a=$ID|hostname=a member=true rejected=$ID;|mirror-a=member rejected-a=
		mirror-a=tok-a rejected-a=0123456789abcdef|hostname=a rejected=$ID;|rejected-a=$ID
		mirror-a=tok-a rejected-a=$ID|;|
		mirror-a=tok-a rejected-a=$ID|;mirror=up mirror-a=tok-b|mirror-a=tok-b
		mirror-a=tok-a rejected-a=$ID|hostname=a rejected=tok-a;|rejected-a=
		mirror-a=tok-a|hostname=a rejected=nonsense;|
		mirror-a=tok-a|hostname=a rejected=tok-of-16-bytes-;|
		mirror-a=tok-a|hostname=a rejected=${ID^^};|
		mirror-a=tok-a|rejected=$ID;|
	END
	# over all relations
	before "mirror-a=tok-a rejected-a=$ID" "$app"
	related 5 'mirror=up' "$mine $app" arm/0 'mirror=up mirror-a=tok-b'
	provide reconcile
	expect <<-END
		set mirror-a=tok-b
		set 5 mirror-a=tok-b rejected-a=$ID
		done reconcile
	END
}

@test "a token that a host waits for, of a member whose mirror isn't up" {
	local own unit wanted app='bootstrap-unit=ovn/1 bootstrap-host=b'
	while IFS='|' read -r own unit wanted; do
		before "$own" "$app" ovn/0 "hostname=a rejected=$ID" ovn/1 "hostname=b $unit"
		provide reconcile
		expect '' '{' <<<"${wanted:+set $wanted@}done reconcile"
	done <<-END
		mirror-a=tok-a rejected-a=$ID mirror-b=member|member=true mirror=down mirror-a=tok-b|mirror-a=tok-b
		mirror-a=empty rejected-a=$ID mirror-b=member|member=true mirror-a=tok-b|mirror-a=tok-b
		mirror-a=tok-a rejected-a=$ID mirror-b=member|member=true mirror=down mirror-a=tok-a|
		mirror-a=tok-c rejected-a=$ID mirror-b=member|member=true mirror=down mirror-a=tok-b|
		mirror-a=tok-a rejected-a=$ID mirror-b=member|member=true mirror=down mirror-a=member mirror-c=tok-c|
		mirror-a=tok-a rejected-a=$ID mirror-b=empty|member=left mirror=down mirror-a=tok-b|
		mirror-a=tok-a rejected-a=$ID mirror-b=empty|mirror=down mirror-a=tok-b|
	END
	# that of a mirror that is up comes first
	before "mirror-a=tok-a rejected-a=$ID mirror-b=member" "$app" ovn/0 "hostname=a rejected=$ID" \
		ovn/1 'hostname=b member=true mirror=down mirror-a=tok-b' ovn/2 'mirror=up mirror-a=tok-c'
	provide reconcile
	expect '' '{' <<<'set mirror-a=tok-c@done reconcile'
}

@test "the permission to bootstrap" {
	local event app units wanted extra
	while IFS='|' read -r event app units extra wanted; do
		distributor
		# shellcheck disable=SC2046,SC2086
		related 4 "mirror=up ${extra//partial yes/}" "$mine $app" ovn/0 "${units%%;*}" ovn/1 "${units#*;}" \
			$(grep -o 'partial yes' <<<"$extra")
		provide "$event"
		expect '' 'relation-set":{"relation-id":4,"app"' <<<"${wanted:+app $wanted}"
	done <<-'END'
		reconcile||hostname=a bootstrap=ready;hostname=b||bootstrap-host=a bootstrap-unit=ovn/0
		relation-changed||hostname=a bootstrap=ready;hostname=b bootstrap=ready||bootstrap-host=a bootstrap-unit=ovn/0
		leader-elected||hostname=a;hostname=b bootstrap=ready||bootstrap-host=b bootstrap-unit=ovn/1
		reconcile||hostname=a;hostname=b||
		reconcile||hostname=a bootstrap=yes;hostname=b||
		reconcile||hostname=a bootstrap=ready;||
		update-status||hostname=a bootstrap=ready;||bootstrap-host=a bootstrap-unit=ovn/0
		reconcile||hostname=a bootstrap=ready;hostname=b member=left||
		update-status||hostname=a bootstrap=ready;hostname=b member=left||
		update-status|bootstrap-unit=ovn/9 bootstrap-host=b|hostname=a bootstrap=ready;hostname=b member=left||
		update-status||hostname=a bootstrap=ready;member=left||
		reconcile||hostname=a bootstrap=ready;hostname=b member=no||bootstrap-host=a bootstrap-unit=ovn/0
		update-status||bootstrap=ready;hostname=b||
		update-status||bootstrap=ready;hostname=b bootstrap=ready||bootstrap-host=b bootstrap-unit=ovn/1
		update-status||hostname=a bootstrap=ready;hostname=b|partial yes|
		reconcile||hostname=a bootstrap=ready;hostname=b|partial yes|
		reconcile||hostname=a bootstrap=ready;hostname=b mirror-c=tok-c||
		reconcile||hostname=a bootstrap=ready;hostname=b mirror-c=empty||bootstrap-host=a bootstrap-unit=ovn/0
		reconcile||hostname=a bootstrap=ready;hostname=b|mirror-c=tok-c|
		update-status||hostname=a bootstrap=ready;hostname=b mirror-c=tok-c||
		reconcile|bootstrap-unit=ovn/1 bootstrap-host=b|hostname=a bootstrap=ready;hostname=b||
		update-status|bootstrap-unit=ovn/1 bootstrap-host=b|hostname=a bootstrap=ready;hostname=b||
		reconcile|bootstrap-unit=ovn/1 bootstrap-host=b|hostname=a bootstrap=ready;hostname=c||bootstrap-host=c
		reconcile|bootstrap-unit=ovn/9 bootstrap-host=b|hostname=a bootstrap=ready;hostname=b||
		update-status|bootstrap-unit=ovn/9 bootstrap-host=b|hostname=a bootstrap=ready;hostname=b||bootstrap-host=a bootstrap-unit=ovn/0
		update-status|bootstrap-unit=ovn/9 bootstrap-host=b|hostname=a;hostname=b||
		reconcile|bootstrap-app=arm|hostname=a bootstrap=ready;hostname=b|mirror-c=empty|bootstrap-app=ovn bootstrap-host=a bootstrap-unit=ovn/0
	END
	# nobody can have the permission under a name that is left out
	before '' '' ovn/0 "hostname=$(printf '%0256d' 0) bootstrap=ready" ovn/1 'hostname=b bootstrap=ready'
	provide update-status
	expect '' 'relation-set":{"relation-id":4,"app"' <<<'app bootstrap-host=b bootstrap-unit=ovn/1'
	# where -r leaves nothing out it is all of the units
	before '' '' ovn/0 'hostname=a bootstrap=ready'
	turn 0 td-provider-step -r 4 reconcile
	expect '' 'relation-set":{"relation-id":4,"app"' <<<'app bootstrap-host=a bootstrap-unit=ovn/0'
	related 5 'mirror=up' 'mirror-unit=td/0' arm/0 'hostname=b'
	turn 0 td-provider-step -r 4 reconcile
	expect '' 'relation-set":{"relation-id":4,"app"' <<<''
	# across models a unit is known by its host alone
	before '' 'bootstrap-app=remote-0a' remote-0a/0 'hostname=a bootstrap=ready' remote-0a/1 'hostname=a'
	provide update-status
	expect '' 'relation-set":{"relation-id":4,"app"' <<<''
	before '' 'bootstrap-app=remote-0a' remote-0a/0 'hostname=a bootstrap=ready' remote-0a/1 'hostname=b'
	provide update-status
	expect '' 'relation-set":{"relation-id":4,"app"' <<<'app bootstrap-host=a bootstrap-unit=remote-0a/0'
	# what goes in the same turn is no cluster's trace
	before 'mirror-a=member' '' ovn/0 'hostname=a bootstrap=ready'
	provide reconcile
	expect <<-'END'
		app bootstrap-host=a bootstrap-unit=ovn/0
		set mirror-a=empty
		done reconcile
	END
	# a unit of bootstrap-app, whatever relation it is in
	distributor
	related 4 'mirror=up' 'mirror-unit=td/0 bootstrap-app=arm' ovn/0 'hostname=a bootstrap=ready'
	related 5 'mirror=up' 'mirror-unit=td/0 bootstrap-app=arm' arm/0 'hostname=b bootstrap=ready'
	provide reconcile
	expect <<-'END'
		app bootstrap-host=b bootstrap-unit=arm/0
		set mirror-a=empty mirror-b=empty
		app 5 bootstrap-host=b bootstrap-unit=arm/0
		set 5 mirror-a=empty mirror-b=empty
		done reconcile
	END
}

@test "where members are, the permission is given to one of them" {
	local app units wanted event extra
	while IFS='|' read -r event app units extra wanted; do
		# shellcheck disable=SC2086
		before 'mirror-a=tok-a' "$app" ovn/1 "${units%%;*}" ovn/0 "${units#*;}" $extra
		provide "$event"
		expect '' 'relation-set":{"relation-id":4,"app"' <<<"${wanted:+app $wanted}"
	done <<-'END'
		reconcile||hostname=b member=true;hostname=a member=true||bootstrap-host=a bootstrap-unit=ovn/0
		reconcile||hostname=b member=true;hostname=a||bootstrap-host=b bootstrap-unit=ovn/1
		relation-changed|bootstrap-unit=ovn/0 bootstrap-host=a|hostname=b member=true;hostname=a bootstrap=ready||bootstrap-host=b bootstrap-unit=ovn/1
		reconcile|bootstrap-unit=ovn/1 bootstrap-host=b|hostname=b member=true;hostname=a member=true||
		update-status|bootstrap-unit=ovn/9 bootstrap-host=x|hostname=b member=true;hostname=a member=true||bootstrap-host=a bootstrap-unit=ovn/0
		reconcile|bootstrap-unit=ovn/9 bootstrap-host=x|hostname=b member=true;hostname=a member=true|partial yes|
		reconcile|bootstrap-unit=ovn/9 bootstrap-host=x|member=true;hostname=a||bootstrap-host= bootstrap-unit=ovn/1
		reconcile||hostname=b member=left;hostname=a||
		reconcile|bootstrap-unit=ovn/1 bootstrap-host=b|hostname=b member=left;hostname=a||
		reconcile|bootstrap-unit=ovn/1 bootstrap-host=b|hostname=b member=left;hostname=a member=true||bootstrap-host=a bootstrap-unit=ovn/0
	END
	# a unit in two relations is a member if one of them says so
	before 'mirror-a=member mirror-b=member' 'bootstrap-unit=ovn/1 bootstrap-host=b' ovn/0 'hostname=a member=true' ovn/1 'hostname=b member=true'
	related 5 'mirror=up mirror-a=member mirror-b=member' "$mine bootstrap-unit=ovn/1 bootstrap-host=b" ovn/1 ''
	provide reconcile
	expect <<<'done reconcile'
}

@test "from a partial document, what nobody waits for is left for later" {
	local own unit app wanted
	while IFS='|' read -r own unit app wanted; do
		distributor
		related 4 "$own" "${app:-$mine}" ovn/0 "$unit" partial yes
		provide relation-changed
		expect '' 'relation-set' <<<"$wanted"
	done <<-END
		mirror=up mirror-a=tok-a|hostname=a member=true||
		mirror=up mirror-a=empty|hostname=a member=true||set mirror-a=member
		mirror=up mirror-a=tok-b rejected-a=$ID|hostname=a||
		mirror=up mirror-a=tok-b rejected-a=$ID|hostname=a member=true||
		mirror=up mirror-a=tok-b mirror-c=tok-a rejected-a=$ID|hostname=a member=true||
		mirror=up rejected-a=$ID|hostname=a||set mirror-a=empty rejected-a=
		mirror=up mirror-a=tok-a rejected-b=$ID|hostname=b||set mirror-b=empty rejected-b=
		mirror=up mirror-a=tok-a mirror-b=empty|hostname=b member=true mirror=up mirror-c=tok-c||set mirror-b=member mirror-c=tok-c
		mirror=up mirror-a=tok-a|hostname=a rejected=$ID||set rejected-a=$ID
		mirror-a=tok-a|hostname=a member=true||set mirror=up mirror-a=member
		mirror=up mirror-a=tok-a|hostname=a member=true|mirror-unit=td/1|app bootstrap-app=ovn mirror-unit=td/0@set mirror-a=member
		mirror=up mirror-a=member mirror-b=tok-b|hostname=a||set mirror-a=empty
	END
	# each relation for itself, and with all units nothing is left
	before 'mirror-a=tok-a' '' ovn/0 'hostname=a member=true' partial yes
	related 5 'mirror=up' "$mine" partial yes
	provide relation-changed
	expect <<-'END'
		set 5 mirror-a=member
		done relation-changed
	END
	before 'mirror-a=tok-a' 'bootstrap-unit=ovn/0 bootstrap-host=a' ovn/0 'hostname=a member=true'
	provide relation-changed
	expect <<-'END'
		set mirror-a=member
		done relation-changed
	END
}

@test "from a partial document, while a host waits everything is told" {
	local own unit wanted
	while IFS='|' read -r own unit wanted; do
		distributor
		related 4 "mirror=up $own" "$mine" ovn/0 "$unit" partial yes
		provide relation-changed
		expect '' 'relation-set' <<<"$wanted"
	done <<-END
		mirror-a=tok-a mirror-b=empty|hostname=a member=true|set mirror-a=member
		mirror-a=tok-a mirror-b=empty|hostname=b member=true|set mirror-b=member
		mirror-a=tok-b rejected-a=$ID mirror-b=empty|hostname=a|set rejected-a=
		mirror-a=tok-b mirror-b=tok-a rejected-b=$ID|hostname=a member=true|set mirror-a=member
		mirror-a=tok-a rejected-a=$ID|hostname=a|set rejected-a=
		mirror-a=tok-a rejected-a=$ID|hostname=a member=true|set mirror-a=member rejected-a=
	END
	# each relation for itself
	before 'mirror-a=tok-a mirror-b=member' '' ovn/0 'hostname=a member=true' partial yes
	related 5 'mirror=up mirror-a=tok-a mirror-b=empty' "$mine" partial yes
	provide relation-changed
	expect <<-'END'
		set 5 mirror-a=member mirror-b=member
		done relation-changed
	END
}

# The machine of the running cluster speaks last: its relation is there before its units are. Nobody may take that for a
# model without a cluster.
@test "a distributor deployed anew beside a running cluster waits for a unit in every relation" {
	local event running relations='mirror-a=empty' shared="$mine"
	for event in relation-changed leader-elected reconcile; do
		for running in 'application ovn-old' ''; do
			distributor
			related 4 "mirror=up $relations" "$shared" ovn/0 'hostname=a bootstrap=ready'
			# shellcheck disable=SC2086
			related 5 "mirror=up $relations" "$shared" $running
			provide $event
			expect <<<"done $event"
		done
	done
	# a unit that isn't in scope is none
	distributor
	related 4 "mirror=up $relations" "$shared" ovn/0 'hostname=a bootstrap=ready'
	related 5 "mirror=up $relations" "$shared" ovn-old/0 'hostname=b'
	DOCUMENT=${DOCUMENT/\"ovn-old\/0\":\{/\"ovn-old\/0\":\{\"in-scope\":false,}
	provide reconcile
	expect <<<'done reconcile'
	# nor does one tell that hasn't said who it is
	distributor
	related 4 "mirror=up $relations" "$shared" ovn/0 'hostname=a bootstrap=ready'
	related 5 "mirror=up $relations" "$shared" ovn-old/0 ''
	provide relation-changed
	expect <<<'done relation-changed'
	# it is a member: the permission goes where nobody uses it
	distributor
	related 4 "mirror=up $relations" "$shared" ovn/0 'hostname=a bootstrap=ready'
	related 5 "mirror=up $relations" "$shared" ovn-old/0 'hostname=b member=true'
	provide relation-changed
	expect <<-'END'
		app bootstrap-host=b bootstrap-unit=ovn-old/0
		set mirror-b=member
		app 5 bootstrap-host=b bootstrap-unit=ovn-old/0
		set 5 mirror-b=member
		done relation-changed
	END
	# in update-status all units have been met: a relation that still has none never gets any by waiting
	distributor
	related 4 "mirror=up $relations" "$shared" ovn/0 'hostname=a bootstrap=ready'
	related 5 "mirror=up $relations" "$shared"
	provide update-status
	expect <<-'END'
		app bootstrap-host=a bootstrap-unit=ovn/0
		app 5 bootstrap-host=a bootstrap-unit=ovn/0
		done update-status
	END
}

@test "hosts that no databag can have a key for are left out, with a warning" {
	local long what name text
	long=$(printf 'h%.0s' {1..255})
	related 4 '' '' ovn/0 "hostname=$long" ovn/1 "hostname=${long}x" ovn/2 "hostname=${long}x" ovn/3 "mirror=up mirror-${long}x=empty"
	provide reconcile
	expect <<-END
		log WARNING ${long:0:64} is left out: a host name has at most 255 bytes and no control characters
		app bootstrap-app=ovn mirror-unit=td/0
		set mirror=up mirror-$long=empty
		done reconcile
	END
	while IFS='|' read -r what name; do
		before '' '' ovn/0 "hostname=$what" ovn/1 'mirror=up'
		DOCUMENT=${DOCUMENT/\"mirror\":\"up\"\}\}\}/\"mirror\":\"up\",\"mirror-m$what\":\"tok-a\"\}\}\}}
		provide reconcile
		expect <<-END
			log WARNING $name is left out: a host name has at most 255 bytes and no control characters
			log WARNING m$name is left out: a host name has at most 255 bytes and no control characters
			done reconcile
		END
	done <<-'END'
		a\u001fb|a?b
		a\nb|a?b
		a\u007fb|a?b
		a\u0080b|a??b
		a\u009fb|a??b
	END
	# some are named, the others counted
	local units=() i
	for i in {0..9}; do
		units+=("ovn/$i" "hostname=${long}$i")
	done
	before '' '' "${units[@]}"
	provide reconcile
	[ "$(grep -c 'is left out' "$T/transcript")" = 8 ]
	expect '' '{"juju-log":{"level":"WARNING","message":"[0-9]' <<<'log WARNING 2 more host names are left out'
	# what is no control character is a name like another; what YAML readers trip over is escaped
	for what in 'a b' 'a\"\\b' 'ü' '\u2028' '\ufeff' '\ud83d\ude00' '-x' '../x'; do
		distributor
		DOCUMENT='{"td/0":{"leader":true,"relation-info":[{"relation-id":4,"local-unit":{"data":{}},"related-units":{
			"ovn/0":{"data":{"hostname":"'$what'"}}}}]}}'
		turn 0 td-provider-step reconcile
		expect <<-END
			app bootstrap-app=ovn mirror-unit=td/0
			set mirror=up mirror-$(jq -r . <<<"\"$what\"")=empty
			done reconcile
		END
		run ! grep -q -e $'\xe2\x80\xa8' -e $'\xef\xbb\xbf' -e ud83d "$T/transcript"
	done
}

@test "a NUL in one unit's databag doesn't stop the others" {
	before '' '' ovn/0 'hostname=a\u0000b' ovn/1 'hostname=c member=tr\u0000ue' ovn/2 'hostname=d member=true'
	provide relation-changed
	expect <<-'END'
		app bootstrap-host=d bootstrap-unit=ovn/2
		set mirror-a�b=empty mirror-c=empty mirror-d=member
		done relation-changed
	END
}

@test "units that Juju 4.0.0 to 4.0.5 doesn't show are not gone" {
	before 'mirror-a=member' '' ovn/0 'hostname=b'
	DOCUMENT=$(jq -c 'del(.["td/0"]["relation-info"][]["related-units"])' <<<"$DOCUMENT")
	provide update-status
	expect <<<'done update-status'
}

@test "the unit and the relations that take part" {
	local one='{"relation-id":4,"endpoint":"mc","related-endpoint":"cluster","local-unit":{"data":{}}}'
	local two=${one//4/5} peers='{"relation-id":1,"endpoint":"p","related-endpoint":"p"}' options ids id
	two=${two//mc/other}
	DOCUMENT="{\"td/0\":{\"leader\":true,\"relation-info\":[$one,$peers,$two]},\"td/1\":{}}"
	while IFS='|' read -r options ids; do
		# shellcheck disable=SC2086
		turn 0 td-provider-step $options reconcile
		{
			for id in $ids; do
				echo "app ${id/4/}${id:+ }mirror-unit=td/0" | sed 's/  / /'
				echo "set ${id/4/} mirror=up" | sed 's/  / /'
			done
			echo 'done reconcile'
		} | expect
	done <<-'END'
		-u td/0|4 5
		--unit td/0 -e mc|4
		-u td/0 --endpoint other|5
		-u td/0 -r 4|4
		-u td/0 --relation other:5|5
		-u td/1|
	END
	check 3 '' '^td-provider-step: cannot find relation 6: the document has mc:4, p:1, other:5$' "$DOCUMENT" \
		td-provider-step -u td/0 -r 6 reconcile
	check 3 '' '^td-provider-step: cannot find relation 4 of endpoint p: ' "$DOCUMENT" \
		td-provider-step -u td/0 -e p -r 4 reconcile
	# the list of an endpoint without a relation
	check 0 '{"done":{"event":"reconcile"}}' '' '{"td/0":{"leader":true,"relation-info":[]}}' \
		td-provider-step -e mc reconcile
}

@test "refusals: calls" {
	local text
	while IFS='|' read -r arguments text; do
		# shellcheck disable=SC2086
		check 2 '' "^td-provider-step: $text" '' td-provider-step $arguments
		grep -q '^usage: td-provider-step \[-u UNIT\]' "$T/check-err"
	done <<-'END'
		|cannot go on: no operand is given
		changed|cannot take event changed: there is no such event
		relation-joined|cannot take event relation-joined
		-E remove|cannot take event remove
		-E reconcile reconcile|cannot take operand 1: there is one too many
		reconcile update-status|cannot take operand 2: there is one too many
		reconcile -u td/0|cannot take operand -u: options go first
		-E|cannot take option -E: it needs a value
		--event|cannot take option --event: it needs a value
		-u|cannot take option -u: it needs a value
		-n reconcile|cannot take option -n: there is none of that name
		--nothing reconcile|cannot take option --nothing: there is none of that name
		--help=x|cannot take option --help: it takes no value
		-r x reconcile|cannot take x for -r: it is no relation's ID
		-r 4: reconcile|cannot take 4: for -r: it is no relation's ID
		-r -1 reconcile|cannot take -1 for -r: it is no relation's ID
	END
	check 2 '' 'cannot take event : there is no such event' '' td-provider-step ''
	run -0 td-provider-step --help
	assert_line --index 0 'usage: td-provider-step [-u UNIT] [-e NAME] [-r ID] EVENT'
	run -0 td-provider-step -V
	assert_output --regexp '^td-provider-step [0-9.]+$'
	run -4 sh -c 'td-provider-step -h >/dev/full'
}

@test "refusals: documents" {
	local document text
	while IFS='|' read -r text document; do
		check 3 '' "^td-provider-step: $text" "$document" td-provider-step reconcile
	done <<-'END'
		<stdin>:1:1: .*empty|
		td/0: relation-info\[0\]: relation-id: expected a number, got nothing$|{"td/0":{"relation-info":[{"local-unit":{"data":{}}}]}}
		td/0: relation 4: local-unit: expected .* got none|{"td/0":{"relation-info":[{"relation-id":4}]}}
		td/0: relation 4: local-unit: expected .* got none|{"td/0":{"relation-info":[{"relation-id":4,"local-unit":null}]}}
		td/0: relation 4: local-unit: expected .* got none|{"td/0":{"leader":true,"relation-info":[{"relation-id":4,"local-unit":{"in-scope":false,"data":null}}]}}
		td/0: relation 5: local-unit: |{"td/0":{"relation-info":[{"relation-id":4,"local-unit":{"data":{}}},{"relation-id":5}]}}
		td/0: relation 4: local-unit: mirror: expected a string, got a boolean|{"td/0":{"relation-info":[{"relation-id":4,"local-unit":{"data":{"mirror":true}}}]}}
		td/0: relation 4: local-application-data: x: expected a string|{"td/0":{"relation-info":[{"relation-id":4,"local-application-data":{"x":1},"local-unit":{"data":{}}}]}}
		td/0: relation 4: partial: expected a boolean, got a string|{"td/0":{"relation-info":[{"relation-id":4,"partial":"no"}]}}
		td/0: relation 4: related-application: expected a string, got an array|{"td/0":{"relation-info":[{"relation-id":4,"related-application":[]}]}}
		td/0: relation-info\[0\]: relation-id: no relation has this number|{"td/0":{"relation-info":[{"relation-id":4.5}]}}
		td/0: relation-info\[0\]: relation-id: expected a number, got a string|{"td/0":{"relation-info":[{"relation-id":"4"}]}}
		cannot choose a unit: the document has td/0, td/1|{"td/0":{},"td/1":{}}
		cannot find a unit|{}
		td/0: the unit: expected an object, got a number$|{"td/0":1}
		td/0: relation-info: expected an array, got an object$|{"td/0":{"relation-info":{}}}
		td/0: relation-info\[1\]: expected an object, got a string$|{"td/0":{"relation-info":[{},"x"]}}
		td/0: relation 4: related-units: ovn/0: expected an object, got a boolean$|{"td/0":{"relation-info":[{"relation-id":4,"related-units":{"ovn/0":true}}]}}
		<stdin>:1:15: lone surrogate|{"td/0":{"a":"\ud800"}}
		<stdin>:1:14: .*already|{"td/0": {}, "td/0": {}}
	END
	check 3 '' 'YAML.*--format json' 'td/0: {}' td-provider-step reconcile
	check 3 '' 'cannot find unit td/9: the document has td/0$' '{"td/0":{}}' td-provider-step -u td/9 reconcile
	# a name that somebody chose is shown in part
	local long
	long=$(printf 'n%.0s' {1..100})
	check 3 '' "mirror-n{57}: expected a string, got a number$" \
		'{"td/0":{"relation-info":[{"relation-id":4,"related-units":{"a/0":{"data":{"mirror-'"$long"'":1}}}}]}}' \
		td-provider-step reconcile
	check 3 '' 'mirror-a\?b\?: expected' \
		'{"td/0":{"relation-info":[{"relation-id":4,"related-units":{"a/0":{"data":{"mirror-a\u0007b\n":1}}}}]}}' \
		td-provider-step reconcile
}

@test "what can't be written is no success" {
	related 4 '' '' ovn/0 hostname=a
	full() { "$@" >/dev/full; }
	closed() { "$@" >&-; }
	check 4 '' 'td-provider-step: cannot write standard output: ' "$DOCUMENT" full td-provider-step reconcile
	check 4 '' 'td-provider-step: cannot write standard output: ' '{"td/0":{}}' full td-provider-step reconcile
	check 4 '' 'td-provider-step: cannot write standard output: ' "$DOCUMENT" closed td-provider-step reconcile
	check 4 '' 'td-provider-step: cannot read standard input: ' '' sh -c "exec td-provider-step reconcile <'$T'"
	mkfifo "$T/pipe"
	: <"$T/pipe" &
	exec 7>"$T/pipe"
	wait $!
	gone() { "$@" >&7; }
	check 4 '' 'td-provider-step: cannot write standard output: Broken pipe' "$DOCUMENT" gone td-provider-step reconcile
	exec 7>&-
}
