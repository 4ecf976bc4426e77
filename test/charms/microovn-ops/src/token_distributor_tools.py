"""The library's TokenConsumer, done by td-consumer-step."""

import json
import logging
import os
import subprocess
import tempfile

import ops

logger = logging.getLogger(__name__)
STEP_EVENTS = {
    ops.RelationJoinedEvent: "relation-joined",
    ops.RelationChangedEvent: "relation-changed",
    ops.RemoveEvent: "remove",
}


class JoinedEvent(ops.EventBase):
    def __init__(self, handle, bootstrapper=False):
        super().__init__(handle)
        self.bootstrapper = bootstrapper

    def snapshot(self):
        return {"bootstrapper": self.bootstrapper}

    def restore(self, snapshot):
        self.bootstrapper = snapshot["bootstrapper"]


class TokenConsumerEvents(ops.ObjectEvents):
    prebootstrap = ops.EventSource(ops.EventBase)
    bootstrapped = ops.EventSource(ops.EventBase)
    prejoin = ops.EventSource(ops.EventBase)
    joined = ops.EventSource(JoinedEvent)
    token_generated = ops.EventSource(ops.EventBase)


class TokenConsumer(ops.Object):
    # The names are the library's, so that ops finds what the library stored.
    on = TokenConsumerEvents()
    _stored = ops.StoredState()

    def __init__(self, charm, relation_name, command_name, options=()):
        super().__init__(charm, relation_name)
        self.charm = charm
        self.relation_name = relation_name
        self.command_name = list(command_name)
        self.options = list(options)
        self.join_args_func = self.bootstrap_args_func = list
        self._stored.set_default(in_cluster=False)
        on, relation = charm.on, charm.on[relation_name]
        for event in (
            on.install, on.start, on.config_changed, on.leader_elected,
            on.upgrade_charm, on.update_status, on.remove,
            relation.relation_joined, relation.relation_changed,
        ):
            self.framework.observe(event, self._on_hook)

    def add_to_mirror(self, relation, data):
        for key, value in data.items():
            relation.data[self.charm.unit]["mirror-" + key] = value

    def _on_hook(self, event):
        if isinstance(event, ops.RemoveEvent):
            if not self._stored.in_cluster:
                return
        elif not self.model.relations[self.relation_name]:
            if isinstance(event, ops.InstallEvent):
                self.charm.unit.status = ops.MaintenanceStatus(
                    "Waiting for token distributor relation"
                )
            return
        self._step(STEP_EVENTS.get(type(event), "reconcile"))

    def _document(self):
        def relation_info(r):
            return {
                "relation-id": r.id,
                "endpoint": r.name,
                "related-application": r.app.name,
                "application-data": dict(r.data[r.app]),
                "local-unit": {"data": dict(r.data[self.charm.unit])},
                "related-units": {
                    u.name: {"data": dict(r.data[u])}
                    for u in sorted(r.units, key=lambda unit: unit.name)
                },
            }

        relations = self.model.relations[self.relation_name]
        return json.dumps({self.charm.unit.name: {
            "leader": self.charm.unit.is_leader(),
            "relation-info": [relation_info(r) for r in relations if r.app],
        }})

    def _step(self, name):
        folder = str(self.charm.charm_dir)
        state = folder + "/.td-consumer.json"
        if self._stored.in_cluster and not os.path.exists(state):
            # The unit joined with the library. This is its first hook with the
            # tools.
            with open(state, "w") as file:
                file.write('{"in-cluster":true}')
        env = dict(os.environ)
        env["PATH"] = env.get("PATH", "/usr/bin:/bin") + f":{folder}/usr/bin"
        argv = ["td-consumer-step", "-E", name, "-s", state]
        argv += ["-o", folder + "/src/observers"]
        for option, args in (
            ("-J", self.join_args_func()), ("-B", self.bootstrap_args_func()),
        ):
            for arg in args:
                argv += [option, arg]
        argv += self.options + self.command_name
        document, done = self._document(), False
        # The step runs an observer for each event. The observer waits for a
        # line in this pipe before it lets the step go on.
        with tempfile.TemporaryDirectory() as private:
            env["TD_GO"] = private + "/go"
            os.mkfifo(env["TD_GO"])
            with open(env["TD_GO"], "r+b", buffering=0) as go, subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                encoding="utf-8", env=env,
            ) as step:
                try:
                    with step.stdin:
                        step.stdin.write(document)
                    for line in step.stdout:
                        ((action, value),) = json.loads(line).items()
                        done = action == "done"
                        self._carry_out(action, value)
                        if action == "event":
                            go.write(b"go\n")
                except BaseException:
                    # A handler has failed. So the observer and the step fail.
                    go.write(b"no\n")
                    raise
        if step.returncode != 0 or not done:
            # The hook fails. Juju drops what it has set, and runs it again.
            raise RuntimeError(f"td-consumer-step ended: {step.returncode}")
        self._stored.in_cluster = subprocess.run(
            ["td-in-cluster", "-s", state], env=env, stdout=subprocess.DEVNULL
        ).returncode == 0

    def _carry_out(self, action, value):
        if action == "relation-set":
            relation = self.model.get_relation(
                self.relation_name, value["relation-id"]
            )
            relation.data[self.charm.unit].update(value["data"])
        elif action == "status-set":
            self.charm.unit.status = ops.StatusBase.from_name(
                value["status"], value["message"]
            )
        elif action == "juju-log":
            level = getattr(logging, value["level"])
            logger.log(level, "%s", value["message"])
        elif action == "event":
            if value["name"] in ("bootstrapped", "joined"):
                self._stored.in_cluster = True
            args = {k: v for k, v in value.items() if k == "bootstrapper"}
            getattr(self.on, value["name"].replace("-", "_")).emit(**args)
