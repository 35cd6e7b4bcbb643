"""The Actions Runner Controller for runner scale sets, by its chart.

Owns the values of the chart. The controller watches all namespaces, since the runners of one stack are in two;
`flags.watchSingleNamespace` would take one. It has no rights in them until a scale set grants them.

Its definitions are in the chart's folder `crds`, which Helm never changes: before a new minor version is named, apply
that version's definitions by hand (server-side; they are longer than a client's annotation may be), see the runbook of
upgrades. The controller deletes scale sets of another minor version than its own, so runners pause for such an upgrade.

Refuses the account `default`, which the chart refuses too, though in the middle of an update.

Its namespace is of level baseline, not restricted: the controller puts a listener pod for each scale set beside itself.
Ours pass restricted, as its own pod does; those of the scale sets of others on the cluster mostly say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.kubernetes.preview_access import Previewer
from components.operators.chart import (
    NODE_SELECTOR,
    TOLERATIONS,
    container_resources,
    operator_namespace,
    release,
)
from rules.tables.charts import ARC

_NONROOT: Final = 65532
"""User of the image. Source: Dockerfile of actions-runner-controller 0.14.2."""


@dataclass(frozen=True, kw_only=True)
class RunnerControllerArgs:
    """What `RunnerController` needs."""

    stack: str
    version: str
    """Of the chart, which is the controller's, for example `0.14.2`."""
    namespace: str
    service_account: str
    """The name that scale sets know the controller by: each lets this account into its namespace."""
    replicas: int = 1
    """More than one elects a leader. One is enough: listeners go on without it, and runners start again with it."""
    previewer: Previewer | None = None
    """Who reads the release to preview the stack; nobody, where the program does not know them. They read all Secrets
    of the namespace, and with them what the controller tells its listeners: the credentials for GitHub."""


class RunnerController(pulumi.ComponentResource):
    """Namespace and release."""

    release: pulumi.Resource
    """What is made after it finds the controller's definitions, and is deleted while the controller still runs: without
    it the finalizers of scale sets are never taken off."""
    version: str

    def __init__(self, name: str, args: RunnerControllerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if args.service_account == "default":
            raise ValueError(
                "the controller's service account: 'default' is the namespace's own; "
                "give another name, for example 'arc-gha-rs-controller'"
            )
        super().__init__(
            "buildfleet:index:RunnerController",
            name,
            {
                "stack": args.stack,
                "version": args.version,
                "namespace": args.namespace,
                "serviceAccount": args.service_account,
                "replicas": args.replicas,
            },
            opts,
        )
        namespace = operator_namespace(
            f"{name}-namespace",
            args.namespace,
            stack=args.stack,
            level="baseline",
            parent=self,
            previewer=args.previewer,
        )
        self.version = args.version
        self.release = release(
            f"{name}-release",
            ARC,
            release_name="arc",
            version=args.version,
            namespace=namespace,
            values=controller_values(args),
            parent=self,
        )
        self.register_outputs({"version": self.version})


def controller_values(args: RunnerControllerArgs) -> dict[str, Any]:
    """The chart's values. Source: values.yaml of gha-runner-scale-set-controller 0.14.2."""
    return {
        "replicaCount": args.replicas,
        "serviceAccount": {"create": True, "name": args.service_account},
        "nodeSelector": dict(NODE_SELECTOR),
        "tolerations": [dict(toleration) for toleration in TOLERATIONS],
        "resources": container_resources(cpu="100m", memory="256Mi"),
        "podSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": _NONROOT,
            "runAsGroup": _NONROOT,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            # The chart mounts an emptyDir at /tmp.
            "readOnlyRootFilesystem": True,
        },
        "flags": {
            "logLevel": "info",
            "logFormat": "json",
            # A changed scale set starts new runners when the old ones' jobs are done, not beside them: nodes are sized
            # for maxRunners. Versions after 0.14.2 do so always and do not read it.
            "updateStrategy": "eventual",
        },
    }
