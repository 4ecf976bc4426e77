# The Debian package has the files of make install, depends only on libcjson1 and libc6, passes lintian, can be
# installed, and leaves nothing behind when it is removed.

load helpers

setup_file() {
	export DEB=''
	dpkg-checkbuilddeps "$TOP/test/debian/control" >"$BATS_FILE_TMPDIR/lacks" 2>&1 || return 0
	DEB=$(BUILD=$BATS_FILE_TMPDIR "$TOP/test/deb.sh")
}

setup() {
	[ -n "$DEB" ] || skip "what builds a package isn't there: make deb installs it"
}

@test "one package, named as it is" {
	[[ $DEB == */token-distributor-tools_*.deb ]]
	run -0 dpkg-deb -f "$DEB" Package Depends
	assert_line 'Package: token-distributor-tools'
	assert_line --regexp '^Depends: libc6 \([^,]*\), libcjson1 \([^,]*\)$'
}

@test "it holds what make install installs" {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TOP" BUILD="$BUILD" DESTDIR="$T/root" PREFIX=/usr install
	dpkg-deb -x "$DEB" "$T/deb"
	find "$T/deb" -name '*.gz' -exec gunzip {} +
	rm -r "$T/deb/usr/share/doc"
	run -0 diff <(cd "$T/root" && find . ! -type d | sort) <(cd "$T/deb" && find . ! -type d | sort)
	local tool
	for tool in "$T"/deb/usr/bin/*; do
		run --separate-stderr -0 "$tool" --version
		assert_output --regexp "^${tool##*/} [0-9.]+$"
	done
}

@test "lintian finds no error" {
	command -v lintian >/dev/null || skip 'no lintian'
	local root=''
	[ "$(id -u)" != 0 ] || root=--allow-root
	run lintian $root --fail-on error "$DEB"
	assert_success
	refute_output --regexp '^E: '
}

@test "it installs, and is removed without a trace" {
	# as another user files can't be given to root
	[ "$(id -u)" = 0 ] || command -v fakeroot >/dev/null || skip 'neither root nor fakeroot'
	mkdir -p "$T/root/var/lib/dpkg/info" "$T/root/var/lib/dpkg/updates"
	: >"$T/root/var/lib/dpkg/status"
	local dpkg=(dpkg --root="$T/root" --force-depends --force-not-root --force-bad-path
		--force-script-chrootless --log=/dev/null)
	[ "$(id -u)" = 0 ] || dpkg=(fakeroot "${dpkg[@]}")
	run -0 "${dpkg[@]}" -i "$DEB"
	run -0 "$T/root/usr/bin/td-mirror-id" node-1
	assert_output '"mirror-node-1"'
	run -0 "${dpkg[@]}" -P token-distributor-tools
	run find "$T/root" -path "$T/root/var" -prune -o ! -type d -print
	assert_output ''
	run -1 dpkg-query --admindir="$T/root/var/lib/dpkg" -W token-distributor-tools
}

@test "the tree is left as it was" {
	[ ! -e "$TOP/debian" ]
}
