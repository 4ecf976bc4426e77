#!/bin/sh
# The whole flow of a hook. make builds two commands from this file: td-consumer-hook and td-provider-hook. The step's
# options and, for a consumer, the cluster's command are passed on unchanged.

side=@SIDE@
name=${0##*/}
[ "$side" = provider ] && command='' || command=' COMMAND [ARG ...]'
usage="usage: $name ENDPOINT [OPTION ...]$command
  -h, --help      print this
  -V, --version   print the version
  OPTIONs are those of td-$side-step"

wrong() {
	printf '%s: %s\n%s\n' "$name" "$1" "$usage" >&2
	exit 2
}

print() {
	printf '%s\n' "$1" 2>/dev/null && exit 0
	printf '%s: cannot write standard output: the write failed\n' "$name" >&2
	exit 4
}

case ${1-} in
-h | --help) print "$usage" ;;
-V | --version) print "$name @VERSION@" ;;
'') wrong 'cannot go on: no endpoint is given' ;;
# the message doesn't show the option, because it may be a token
-*) wrong 'cannot take an option there: the endpoint goes first' ;;
esac
endpoint=$1
shift
[ "$side" = provider ] || [ $# -ge 1 ] || wrong 'cannot go on: no cluster command is given'

hook=${JUJU_HOOK_NAME-} event=reconcile changed=''
case $side:$hook in
"$side:") wrong "cannot tell the event: JUJU_HOOK_NAME isn't set, this isn't a hook" ;;
# Juju refuses the relation commands in these two
*:meter-status-changed | *:collect-metrics) exit 0 ;;
consumer:install | consumer:remove | provider:leader-elected | provider:update-status) event=$hook ;;
"consumer:$endpoint-relation-joined") event=relation-joined ;;
"$side:$endpoint-relation-changed") event=relation-changed ;;
*-relation-departed) [ "${JUJU_DEPARTING_UNIT:-none}" != "${JUJU_UNIT_NAME-}" ] || exit 0 ;;
esac
case $side:$hook in
"provider:$endpoint-relation-joined" | "provider:$endpoint-relation-changed") changed=${JUJU_REMOTE_UNIT:+--changed} ;;
esac

# the tools may be only beside this file
case $0 in
*/*) export PATH="${PATH:-/usr/bin:/bin}:${0%/*}/" ;;
esac

td-snapshot ${changed:+"$changed"} "$endpoint" | "td-$side-step" -E "$event" "$@" | td-apply
