# Unit documents for the tests of the tools that read them.

# relation UNITS [APPLICATION-DATA]: a document of one unit with one relation
relation() {
	document "$(entry 4 cluster "$1" "${2:-null}")"
}

# document RELATIONS [UNIT]
document() {
	printf '{"%s":{"leader":false,"relation-info":[%s]}}' "${2:-app/0}" "$1"
}

# entry ID ENDPOINT UNITS [APPLICATION-DATA]: a relation
entry() {
	printf '{"relation-id":%s,"endpoint":"%s","related-endpoint":"mc","application-data":%s,' "$1" "$2" "${4:-null}"
	printf '"local-unit":{"in-scope":false,"data":null},"related-units":{%s}}' "$3"
}

# unit NAME DATA [IN-SCOPE]: a related unit; DATA without its braces
unit() {
	printf '"%s":{"in-scope":%s,"data":{%s}}' "$1" "${3:-true}" "$2"
}

# faults TOOL [OPERAND ...]: every tool that reads a relation refuses this
faults() {
	local tool=$1 two yaml
	local up='"mirror":"up","mirror-a":"tok"'
	two=$(entry 4 cluster "$(unit td/0 "$up")"),$(entry 5 other "$(unit td/0 "$up")")

	check 3 '' "^$tool: cannot choose a relation: app/0 has cluster:4, other:5" "$(document "$two")" "$@"
	check 3 '' "^$tool: cannot choose a unit: the document has a/0, b/0" '{"a/0":{},"b/0":{}}' "$@"
	check 3 '' "^$tool: cannot find unit b/0: " '{"a/0":{}}' "$tool" -u b/0 "${@:2}"
	check 3 '' "^$tool: cannot find a unit" '{}' "$@"
	# too many to name
	check 3 '' "^$tool: cannot choose a unit: the document has u/0, u/1, (u/[0-9]+, )*[.]{3}; name one with -u$" \
		"$(jq -nc '[range(200) | {"u/\(.)": {}}] | add')" "$@"
	check 3 '' "^$tool: cannot choose a relation: app/0 has c:1, c, (c:[0-9]+, )*[.]{3}; name one with -r or -e$" \
		"$(jq -nc '{"app/0": {"relation-info": ([{"relation-id": 1, "endpoint": "c"}, {"endpoint": "c"}] +
			[range(200) | {"relation-id": (. + 10), "endpoint": "c"}])}}')" "$@"
	# YAML instead of JSON
	for yaml in 'app/0: {}' $'app/0:\n  leader: true' $'---\na: 1' $'- a\n- b' $'# a\nb: c' '%YAML 1.1' "'a/0': {}" $'0a:\n  b: c'; do
		check 3 '' "^$tool: <stdin>:1:1: this looks like YAML: ask for JSON with --format json$" "$yaml" "$@"
	done
	# the message about a wrong call is one line, and says what is wrong
	check 2 '' "^$tool: cannot take option -[?]: there is none of that name" '' "$tool" $'-\n' "${@:2}"
	check 2 '' "^$tool: cannot take option -q: there is none of that name" '' "$tool" --unit=a/0 -qu x "${@:2}"
	check 3 '' "^$tool: .*got an array$" '[]' "$@"
	check 3 '' "^$tool: app/0: relation 4: related unit td/0: mirror-a: expected a string, got a number$" \
		"$(relation "$(unit td/0 '"mirror-a":1')")" "$@"
	check 3 '' "related unit td/9: mirror-a: expected a string, got an object$" \
		"$(relation "$(unit td/9 '"mirror-a":{}' false)")" "$@"
	check 3 '' "relation 4: application-data: x: expected a string, got a boolean$" \
		"$(relation '' '{"x":true}')" "$@"
	check 3 '' "^$tool: <stdin>:1:1: .*empty" '' "$@"
	check 3 '' "YAML.*--format json" $'app/0:\n  leader: true' "$@"
	check 3 '' "^$tool: <stdin>:1:13: .*already" '{"a/0": {}, "a/0": {}}' "$@"
	check 3 '' "^$tool: <stdin>:2:1: the text ends" $'{"a/0":\n' "$@"
	check 2 '' "^$tool: cannot take node-1 for -r: .*-R" '{}' "$tool" -r node-1 "${@:2}"
	check 2 '' '^[^ ]*: cannot take operand -e: options go first' '{}' "$@" x -e cluster
	# -- is the value of -u here, and doesn't end the options
	check 2 '' '^[^ ]*: cannot take operand -e: options go first' '{}' "$tool" -u -- "${@:2}" x -e cluster
	check 2 '' 'one too many' '{}' "$@" x
	# a misspelt relation isn't taken for a missing one
	check 3 '' "^$tool: cannot find a relation of endpoint othr: the document has cluster:4, other:5$" \
		"$(document "$two")" "$tool" -e othr "${@:2}"
	check 3 '' "^$tool: cannot find relation 9: the document has cluster:4, other:5$" \
		"$(document "$two")" "$tool" -r 9 "${@:2}"
	check 3 '' "^$tool: cannot find relation other:4: the document has cluster:4, other:5$" \
		"$(document "$two")" "$tool" -r other:4 "${@:2}"
	check 3 '' "^$tool: cannot find relation 4 of endpoint other: the document has cluster:4, other:5$" \
		"$(document "$two")" "$tool" -r 4 -e other "${@:2}"
	check 3 '' "^$tool: cannot find a relation of endpoint x: the document has none$" '{"a/0":{}}' "$tool" -e x "${@:2}"
	check 3 '' "^$tool: cannot find unit b/0: the document has app/0$" "$(document "$two")" "$tool" -e x -u b/0 "${@:2}"
	# in td-snapshot's document, an endpoint without a relation has an empty list
	check 0,1 '*' '' '{"a/0":{"leader":true,"relation-info":[]}}' "$tool" -e cluster "${@:2}"
	# show-unit of Juju 4.0.0 to 4.0.5 doesn't print the related units
	check 3 '' "^$tool: app/0: relation 2147483647: related-units: .*Juju 4.0.0 to 4.0.5.*td-snapshot" \
		"$(juju405 '"relation-id":2147483647,')" "$tool" -r 2147483647 "${@:2}"
	check 3 '' "^$tool: app/0: relation-info\[1\]: related-units: .*Juju 4.0.0 to 4.0.5.*td-snapshot" \
		"$(juju405)" "$@"
	check 0,1 '*' '' "$(juju405 '"relation-id":4,"related-units":{},')" "$@"
	check 0,1 '*' '' "$(juju405)" "$tool" -e p "${@:2}"
	# no message has text that may be a token
	check 2 '' "^$tool: cannot take operand [12]: there is one too many$" '{}' "$tool" -- "${@:2}" $TOKEN $TOKEN
	check 2 '' "^$tool: cannot take argument 1: there is no option of that name$" '{}' "$tool" --node-7=$TOKEN "${@:2}"
	check 2 '' "^$tool: cannot take argument 1: there is no option of that name$" '{}' "$tool" --$TOKEN "${@:2}"
	check 2 '' "^$tool: cannot take option --help: it takes no value$" '{}' "$tool" --help=$TOKEN "${@:2}"
	check 2 '' "^$tool: cannot take \[token\] for -r: " '{}' "$tool" -r $TOKEN "${@:2}"
	check 3 '' "^$tool: cannot find unit \[token\]: " '{}' "$tool" -u $TOKEN "${@:2}"
	check 3 '' "^$tool: cannot find a relation of endpoint \[token\]: " '{"a/0":{}}' "$tool" -e $TOKEN "${@:2}"
	check 2 '' "^usage: $tool " '{}' "$tool" -Z "${@:2}"
	check 4 '' "^$tool: cannot read standard input: " '' from_folder "$@"
	check 4 '' "^$tool: cannot write standard output: " "$(relation "$(unit td/0 "$up")")" to_full "$@"
}

from_folder() {
	"$@" <"$T"
}

to_full() {
	"$@" >/dev/full
}

# a token as microcluster makes it, without "=", which would end an option or a key
readonly TOKEN=eyJzZWNyZXQiOiJmYWtlIiwiam9pbl9hZGRyZXNzZXMiOlsiMTAuMC4wLjE6NjQ0MyJdfQ

# juju405 [MEMBERS]: a document as show-unit of Juju 4.0.5 prints it: only the peer relation is complete
juju405() {
	document '{"relation-id":1,"endpoint":"p","related-endpoint":"p","local-unit":{"in-scope":true,"data":{"a":"b"}}},
		{'"$1"'"endpoint":"cluster","related-endpoint":"mc","application-data":{},
		"local-unit":{"in-scope":true,"data":{"hostname":"a"}}}'
}

# chooses OUTPUT TOOL [OPERAND ...]: -u, -e and -r find the relation in which td/0's mirror has a = tok
chooses() {
	local up='"mirror":"up","mirror-a":"tok"' none='"mirror":"down"' good other
	good=$(entry 4 cluster "$(unit td/0 "$up")")
	other=$(entry 5 other "$(unit td/1 "$none")")
	local two
	two=$(document "$good,$other")
	local peers='{"relation-id":1,"endpoint":"p","related-endpoint":"p","related-units":{"app/1":{"data":{"mirror":"up"}}}}'
	local units
	units="{\"app/0\":{\"relation-info\":[$good]},\"app/1\":{\"relation-info\":[$other]}}"

	check 0 "$1" '' "$two" "$2" -r 4 "${@:3}"
	check 0 "$1" '' "$two" "$2" --relation cluster:4 "${@:3}"
	check 0 "$1" '' "$two" "$2" -e cluster "${@:3}"
	check 0 "$1" '' "$units" "$2" --unit app/0 "${@:3}"
	check 0 "$1" '' "$units" "$2" -u app/0 --endpoint cluster -r 4 "${@:3}"
	check 0 "$1" '' "$(document "$peers,$good")" "${@:2}"
}
