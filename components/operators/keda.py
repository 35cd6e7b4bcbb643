"""KEDA, by its chart: it makes the agents' pods from the queues of Azure Pipelines.

Owns the values of the chart. KEDA can take on an Entra identity, with which it asks for the queues of agents that have
no token; the identity needs a federated credential for `SERVICE_ACCOUNT` in `NAMESPACE`, of whoever owns the identity.

Its definitions are among the chart's templates, so an upgrade of the chart upgrades them and the removal of the release
removes them, with every ScaledJob of the cluster. What KEDA serves must therefore be deleted before it, which also its
finalizers need: take `KedaOperator.release` as what others wait for, since a dependency on a component does not reach
the children of components that depend on it.

Runs in a namespace of level restricted: the chart's own security contexts pass it.
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
from rules.tables.charts import KEDA

NAMESPACE: Final = "keda"
SERVICE_ACCOUNT: Final = "keda-operator"
"""The chart's default, and set here all the same: federated credentials name it."""


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentity:
    """The Entra identity that the operator takes on."""

    client_id: pulumi.Input[str]
    tenant_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class KedaOperatorArgs:
    """What `KedaOperator` needs."""

    stack: str
    version: str
    """Of the chart, and with it of KEDA, for example `2.19.0`."""
    replicas: int = 2
    """Of each of its three programs. One works, the others take its place when its node goes away."""
    identity: WorkloadIdentity | None = None
    """`None`: agents' own tokens are all that it uses."""
    previewer: Previewer | None = None
    """Who reads the release to preview the stack; nobody, where the program does not know them."""


class KedaOperator(pulumi.ComponentResource):
    """Namespace and release."""

    release: pulumi.Resource
    """What is made after it finds KEDA's definitions, and is deleted while KEDA still runs."""
    version: str

    def __init__(self, name: str, args: KedaOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "buildfleet:index:KedaOperator",
            name,
            {
                "stack": args.stack,
                "version": args.version,
                "namespace": NAMESPACE,
                "replicas": args.replicas,
                "workloadIdentity": args.identity is not None,
            },
            opts,
        )
        namespace = operator_namespace(
            f"{name}-namespace",
            NAMESPACE,
            stack=args.stack,
            level="restricted",
            parent=self,
            previewer=args.previewer,
        )
        self.version = args.version
        self.release = release(
            f"{name}-release",
            KEDA,
            release_name="keda",
            version=args.version,
            namespace=namespace,
            values=keda_values(args),
            parent=self,
        )
        self.register_outputs({"version": self.version})


def keda_values(args: KedaOperatorArgs) -> dict[str, Any]:
    """The chart's values. Source: kedacore/charts keda/README.md, read 2026-08-20."""
    programs = ("operator", "metricsServer", "webhooks")
    # The chart spells one of them in two ways.
    sizes = {"operator": ("100m", "512Mi"), "metricServer": ("100m", "256Mi"), "webhooks": ("50m", "128Mi")}
    values: dict[str, Any] = {
        "crds": {"install": True},
        "serviceAccount": {"operator": {"create": True, "name": SERVICE_ACCOUNT}},
        "nodeSelector": dict(NODE_SELECTOR),
        "tolerations": [dict(toleration) for toleration in TOLERATIONS],
        "resources": {program: container_resources(cpu=cpu, memory=memory) for program, (cpu, memory) in sizes.items()},
        "logging": {"operator": {"format": "json"}, "webhooks": {"format": "json"}},
    }
    values |= {program: {"replicaCount": args.replicas} for program in programs}
    if args.replicas > 1:
        values["podDisruptionBudget"] = {program: {"maxUnavailable": 1} for program in sizes}
    if args.identity is not None:
        values["podIdentity"] = {
            "azureWorkload": {
                "enabled": True,
                "clientId": args.identity.client_id,
                "tenantId": args.identity.tenant_id,
            }
        }
    return values
