# make install puts every tool and page under PREFIX and DESTDIR, and make uninstall removes all of them.

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

@test "uninstall takes the folders that install made, and no other" {
	local prefix
	for prefix in /usr/local /opt/td; do
		make_quietly PREFIX=$prefix install
		make_quietly PREFIX=$prefix uninstall
		run find "$T/root" -mindepth 1
		assert_output ''
	done
	mkdir -p "$T/root/opt/td/share/bash-completion/completions"
	: >"$T/root/opt/td/share/bash-completion/completions/other"
	make_quietly PREFIX=/opt/td install
	make_quietly PREFIX=/opt/td uninstall
	run find "$T/root" ! -type d
	assert_output "$T/root/opt/td/share/bash-completion/completions/other"
	# of an own prefix what is beside it stays
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TOP" BUILD="$BUILD" PREFIX="$T/own" install
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TOP" BUILD="$BUILD" PREFIX="$T/own" uninstall
	[ ! -e "$T/own" ]
}

@test "the hooks find the tools that are installed beside them" {
	make_quietly PREFIX=/opt/td install
	run -3 env PATH=/usr/bin:/bin JUJU_HOOK_NAME=start "$T/root/opt/td/bin/td-provider-hook" cluster </dev/null
	assert_output --partial 'td-snapshot: '
	refute_output --partial 'not found'
}

# deps SCRIPT: what test/deps demo does where nothing is, with that as apt-get
deps() {
	local name
	mkdir -p "$T/bin"
	for name in id env grep head tail sed; do
		ln -sf "$(command -v "$name")" "$T/bin/$name"
	done
	printf '#!/bin/sh\nexec "$@"\n' >"$T/bin/sudo"
	printf '#!/bin/sh\n%s\n' "$1" >"$T/bin/apt-get"
	chmod +x "$T/bin/sudo" "$T/bin/apt-get"
	run --separate-stderr env CC=no-cc PATH="$T/bin" /bin/sh "$TOP/test/deps" demo
}

@test "what apt-get can't install is said in a line" {
	grep -qE '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release || skip 'neither Debian nor Ubuntu'
	# shellcheck disable=SC2016,SC2154
	{
		deps 'case $* in *update*) echo "Err:1 http://mirror.invalid x"
			echo "E: Failed to fetch http://mirror.invalid/x  Temporary failure resolving \"mirror.invalid\""
			echo "E: Some index files failed to download."; esac; exit 100'
		assert_failure 1
		assert_equal "$stderr" 'deps: cannot fetch the package lists: no package server can be reached: Failed to fetch http://mirror.invalid/x  Temporary failure resolving "mirror.invalid"'
		deps 'case $* in *update*) ;; *) echo "E: Unable to locate package make"; exit 100; esac'
		assert_failure 1
		assert_equal "${#stderr_lines[@]}" 1
		[[ $stderr == 'deps: cannot install'*': E: Unable to locate package make' ]]
		deps 'case $* in *update*) : >"${0%/*}/lists" ;; *) echo noise; [ -e "${0%/*}/lists" ]; esac'
		assert_success
		assert_equal "$stderr" ''
	}
}

@test "RUNPATH=auto is libcjson's folder on this architecture" {
	local triplet
	triplet=$(cc -print-multiarch)
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$TOP" BUILD="$T/build" RUNPATH=auto CFLAGS=-O0 "$T/build/td-mirror-id"
	run -0 grep -ac "\$ORIGIN/../lib/$triplet" "$T/build/td-mirror-id"
}
