#!/bin/sh
# deb.sh: builds the Debian package of this tree, from a copy of it in the build folder, without network; names the file.
# DEBFULLNAME and DEBEMAIL are the maintainer.
set -eu
cd "$(dirname "$0")/.."

name=token-distributor-tools
build=${BUILD:-build}
version=$(sed -n 's/^VERSION = //p' Makefile)
maintainer="${DEBFULLNAME:-$name} <${DEBEMAIL:-maintainers@token-distributor-tools.invalid}>"
lacks=$(dpkg-checkbuilddeps test/debian/control 2>&1) || {
	lacks=$(printf '%s\n' "$lacks" | sed -n 's/.*[Uu]nmet build dependencies: //p')
	echo "deb.sh: cannot build a package: these are missing: ${lacks:-dpkg-dev}" >&2
	exit 1
}

# Files of the tree, one a line: what git knows or would add, else all but what was built.
files() {
	git ls-files --cached --others --exclude-standard 2>/dev/null | grep . ||
		find . -path ./build -prune -o -path ./.git -prune -o -type f -print
}

rm -rf "$build/deb"
copy=$build/deb/$name-$version
mkdir -p "$copy"
files | while IFS= read -r file; do
	[ ! -e "$file" ] || printf '%s\n' "$file"
done | tar -cf - -T - | tar -xf - -C "$copy"
cp -R test/debian "$copy/debian"
date=$(LC_ALL=C date -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}" '+%a, %d %b %Y %H:%M:%S +0000')
for file in changelog control; do
	sed -e "s|@VERSION@|$version|" -e "s|@MAINTAINER@|$maintainer|" -e "s|@DATE@|$date|" "test/debian/$file" \
		>"$copy/debian/$file"
done

(
	cd "$copy"
	# a make that runs this has options of its own
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u BUILD dpkg-buildpackage -us -uc -b
) >"$build/deb/log" 2>&1 || {
	tail -n 30 "$build/deb/log" >&2
	exit 1
}
ls "$build/deb/${name}_$version"_*.deb
