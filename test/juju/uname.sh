#!/bin/sh
# uname - in a hook, uname -n is the name of the unit's machine ($MACHINE_NAME)
case "$# ${MACHINE_NAME+set} $1" in
'1 set -n' | '1 set --nodename') printf '%s\n' "$MACHINE_NAME" ;;
*) PATH=/usr/bin:/bin exec uname "$@" ;;
esac
