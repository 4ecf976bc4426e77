#!/bin/sh
# The whole flow of a consumer's hook: the step's options and command are passed on unchanged.

name=${0##*/}
usage="usage: $name ENDPOINT [OPTION ...] COMMAND [ARG ...]
  -h, --help      print this
  -V, --version   print the version
  OPTIONs are those of td-consumer-step"

wrong() {
	printf '%s: %s\n%s\n' "$name" "$1" "$usage" >&2
	exit 2
}

case ${1-} in
-h | --help) printf '%s\n' "$usage" || exit 4; exit 0 ;;
-V | --version) echo "$name @VERSION@" || exit 4; exit 0 ;;
'') wrong 'cannot go on: no endpoint is given' ;;
# the message doesn't show the option, because it may be a token
-*) wrong 'cannot take an option there: the endpoint goes first' ;;
esac
[ $# -ge 2 ] || wrong 'cannot go on: no cluster command is given'
endpoint=$1
shift

case ${JUJU_HOOK_NAME-} in
'') wrong "cannot tell the event: JUJU_HOOK_NAME isn't set, this isn't a hook" ;;
# Juju refuses the relation commands in these two
meter-status-changed | collect-metrics) exit 0 ;;
install | remove) event=$JUJU_HOOK_NAME ;;
"$endpoint-relation-joined") event=relation-joined ;;
"$endpoint-relation-changed") event=relation-changed ;;
*-relation-departed)
	[ "${JUJU_DEPARTING_UNIT:-none}" != "${JUJU_UNIT_NAME-}" ] || exit 0
	event=reconcile
	;;
*) event=reconcile ;;
esac

# the tools may be only beside this file
case $0 in
*/*) export PATH="${PATH:-/usr/bin:/bin}:${0%/*}/" ;;
esac

td-snapshot "$endpoint" | td-consumer-step -E "$event" "$@" | td-apply
