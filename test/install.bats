# make install puts every tool and page where PREFIX and DESTDIR say, and make uninstall takes all of them away.

load helpers

files() {
	(cd "$T/root" && find . -type f | sort)
}

make_quietly() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TOP" BUILD="$BUILD" DESTDIR="$T/root" "$@"
}

@test "install and uninstall" {
	# whoever installs them, all can run and read them
	(umask 077 && make_quietly PREFIX=/usr install)
	run find "$T/root/usr" ! -perm -a+rX
	assert_output ''
	local name
	for name in "$TOP"/cmd/*td-*; do
		name=$(basename "${name%.*}")
		[ -x "$T/root/usr/bin/$name" ] || fail "no $name"
		[ -s "$T/root/usr/share/man/man1/$name.1" ] || fail "no page of $name"
		run --separate-stderr -0 "$T/root/usr/bin/$name" --version
		assert_output --regexp "^$name [0-9]+\.[0-9]+$"
	done
	[ -s "$T/root/usr/share/man/man7/td.7" ]
	[ -s "$T/root/usr/share/man/man5/td-document.5" ]
	make_quietly PREFIX=/usr uninstall
	[ -z "$(files)" ] || fail "left behind: $(files)"
}

@test "the hooks find the tools that are installed beside them" {
	make_quietly PREFIX=/opt/td install
	run -3 env PATH=/usr/bin:/bin JUJU_HOOK_NAME=start "$T/root/opt/td/bin/td-provider-hook" cluster </dev/null
	assert_output --partial 'td-snapshot: '
	refute_output --partial 'not found'
}
