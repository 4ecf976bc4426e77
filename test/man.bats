#!/usr/bin/env bats
# Every page is lint-clean, has all exit statuses, and its examples print what it says.

load helpers

setup() {
	mkdir "$T/bin" "$T/work"
	cd "$T/work" || return
	export JUJU_CHARM_DIR=$T/work
	document >"$T/unit.json"
	model >"$T/status.json"
	stand_in juju "case \$1 in status) cat '$T/status.json' ;; *) cat '$T/unit.json' ;; esac"
	# shellcheck disable=SC2016
	stand_in microovn 'case $2 in
		add) echo eyJzZWNyZXQiOiJmYWtlIn0= ;;
		*) echo "Error: Database is not yet initialized" >&2; exit 1 ;;
		esac'
	PATH=$T/bin:$PATH
}

stand_in() {
	printf '#!/bin/sh\n%s\n' "$2" >"$T/bin/$1"
	chmod +x "$T/bin/$1"
}

pages() {
	ls "$TOP"/man/*.[157]
}

# literal PAGE: its literal blocks, each followed by an empty line
literal() {
	sed -n '/^\.Bd -literal/,/^\.Ed/p' "$1" |
		sed -e '/^\.Bd/d' -e 's/^\.Ed$//' -e "s/\\\\(aq/'/g" -e 's/\\e/\\/g' -e 's/\\&//g'
}

# document: the sample of td-document(5) on one line, as juju prints it
document() {
	literal "$TOP/man/td-document.5" | sed -n '/^{"microovn\/1"/,/^$/p' | tr -d '\n'
}

# model: the sample of td-units(1), likewise
model() {
	literal "$TOP/man/td-units.1" | sed -n '/^{"model"/,/^$/p' | tr -d '\n'
}

# examples PAGE: runs each command that a literal block has after "$ ", and compares the lines that follow with what
# it prints. A command goes on over lines until it is whole.
examples() {
	local line command='' expected='' n=0
	while IFS= read -r line; do
		case $line in
		'$ '*)
			compare "$command" "$expected" || return
			command=${line#??} expected='' n=$((n + 1))
			;;
		'')
			compare "$command" "$expected" || return
			command='' expected=''
			;;
		*)
			[ -n "$command" ] || continue
			if [ -z "$(bash -n -c "$command" 2>&1)" ] && [ "${command%\\}" = "$command" ]; then
				expected+=$line$'\n'
			else
				command+=$'\n'$line
			fi
			;;
		esac
	done < <(literal "$1" && echo)
	[ "$n" -gt 0 ] || ! grep -q '^\$ ' "$1"
}

compare() {
	[ -n "$1" ] || return 0
	local got
	got=$(bash -c "$1" 2>"$T/err"; echo end)
	if [ "$got" != "$2end" ]; then
		printf 'command: %s\nprinted: %s\npromised: %s\nstderr: %s\n' "$1" "${got%end}" "$2" "$(cat "$T/err")"
		return 1
	fi
}

@test "pages are lint-clean" {
	command -v mandoc >/dev/null || skip "no mandoc"
	local page
	for page in $(pages); do
		run -0 mandoc -T lint -W warning "$page"
		assert_output ''
	done
}

@test "each tool has a page that names its source and all exit statuses" {
	local source name page status
	for source in "$TOP"/cmd/*td-*.*; do
		name=$(basename "${source%.*}")
		page=$TOP/man/$name.1
		grep -Fq "$(basename "$source")" "$page" || fail "$page doesn't name its source"
		sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/p' "$page" >"$T/statuses"
		for status in 0 1 2 3 4; do
			grep -Eq "^\.It $status$|^Status(es)? .*\b$status .*used" "$T/statuses" ||
				fail "$page says nothing of status $status"
		done
	done
}

@test "a tool's usage and its page have the same options" {
	local source name
	for source in "$TOP"/cmd/td-*.c "$TOP/cmd/juju-td-status.sh"; do
		name=$(basename "${source%.*}")
		"$name" --help | sed -n 's/^ *\(-[A-Za-z], \)\{0,1\}--\([a-z-]*\).*/\2/p' | sort >"$T/usage"
		sed -n 's/^\.It Fl \([A-Za-z] , \)\{0,1\}-\([a-z-]*\).*/\2/p' "$TOP/man/$name.1" | sort >"$T/page"
		[ -s "$T/usage" ] || fail "$name --help prints no options"
		diff "$T/usage" "$T/page" || fail "$name.1 has other options than $name --help"
	done
}

@test "examples print what the pages promise" {
	local page
	for page in $(pages); do
		examples "$page" || fail "$page"
	done
}

@test "an example that prints something else is found" {
	printf '%s\n' '.Bd -literal' '$ td-mirror-id a' '"mirror-b"' .Ed >"$T/page"
	run examples "$T/page"
	assert_failure
	printf '%s\n' '.Bd -literal' '$ td-mirror-id a' '"mirror-a"' .Ed >"$T/page"
	run -0 examples "$T/page"
}

@test "README's layout has a line for each module" {
	local file name
	for file in "$TOP"/common/*.[ch]; do
		name=$(basename "${file%.*}")
		grep -Eq "^    $name +[a-zA-Z]" "$TOP/README" || fail "README doesn't say what common/$name is for"
	done
}
