/*
 * The keys of databags and their values, each named once. What they mean is in td-document(5).
 */
#ifndef TD_KEYS_H
#define TD_KEYS_H

/* A consumer unit's databag. */
#define KEY_HOSTNAME "hostname"
#define KEY_MEMBER "member"
#define KEY_REJECTED "rejected"
#define KEY_BOOTSTRAP "bootstrap"

#define MEMBER_TRUE "true"
#define MEMBER_LEFT "left"
#define BOOTSTRAP_READY "ready"

/* A distributor unit's databag. A communicator's has the same keys, except rejected-HOST. */
#define KEY_MIRROR "mirror"
#define MIRROR_PREFIX "mirror-"
#define REJECTED_PREFIX "rejected-"

#define MIRROR_UP "up"
#define MIRROR_DOWN "down"
#define MIRROR_EMPTY "empty"
#define MIRROR_MEMBER "member"

/* The distributor application's databag. */
#define KEY_BOOTSTRAP_APP "bootstrap-app"
#define KEY_BOOTSTRAP_UNIT "bootstrap-unit"
#define KEY_BOOTSTRAP_HOST "bootstrap-host"
#define KEY_MIRROR_UNIT "mirror-unit"

#endif
