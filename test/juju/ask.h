#ifndef JUJU_ASK_H
#define JUJU_ASK_H

/*
 * The hook commands that ask about everything but relations' databags and the unit's store, and
 * application-version-set. What a charm's config.yaml and bindings say isn't known here: config-get
 * knows what juju config has set; bindings are the endpoints of the unit's relations, juju-info,
 * and what metadata.yaml or charmcraft.yaml name.
 */
int ask_status_get(char **arg);
int ask_config_get(char **arg);
int ask_network_get(char **arg);
int ask_goal_state(char **arg);
int ask_unit_get(char **arg);
int ask_relation_model_get(char **arg);
int ask_application_version_set(char **arg);

#endif
