"""KEDA and the Actions Runner Controller, where the stack brings them.

Owns which of them a stack needs at all: KEDA for agents that it scales, the controller for runner sets. Who installs
KEDA is the rules' to say (`rules.keda`). On a cluster that is not made here nothing is installed unless the stack file
asks for it: there may be only one of each in a cluster, and others may use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.platform import Installed, Operator
from infra.settings.azure_devops import KedaScaling
from infra.settings.stack import StackSettings
from rules.keda import Install, keda_install, keda_version


@dataclass(frozen=True, kw_only=True)
class Operators:
    """What a platform hands on of them."""

    installed: Installed
    resources: Mapping[Operator, pulumi.Resource] = field(default_factory=dict)
    """What others wait for. Of an add-on there is none: it comes and goes with the cluster."""


def install(
    settings: StackSettings,
    provider: pulumi.ProviderResource,
    *,
    stack: str,
    made: bool,
    keda_identity: pulumi.Input[str] | None = None,
    tenant: pulumi.Input[str] | None = None,
    network_policy_engine: str | None = None,
) -> Operators:
    """Register what the stack needs and the cluster has not.

    Args:
        settings: of the stack.
        provider: the Kubernetes provider of the cluster.
        stack: whose they are.
        made: whether this stack makes the cluster; one that is adopted has operators of its own.
        keda_identity: client id of the Entra identity that KEDA takes on where agents have no token; with `tenant`.
        tenant: of that identity.
        network_policy_engine: who enforces NetworkPolicies; handed on.
    """
    keda, arc = keda_from(settings, made=made), arc_from(settings, made=made)
    resources: dict[Operator, pulumi.Resource] = {}
    if keda == "chart":
        resources["keda"] = _keda(settings, provider, stack=stack, identity=keda_identity, tenant=tenant)
    if arc == "chart":
        resources["arc"] = _arc(settings, provider, stack=stack)
    # What is needed and not installed here is there by other means, in the version that the stack file says.
    has_keda = keda != "none" or scales_by_keda(settings)
    has_arc = arc != "none" or settings.github is not None
    return Operators(
        installed=Installed(
            keda=keda_version(keda, settings.keda.version, minor(settings)) if has_keda else None,
            arc=settings.arc.version if has_arc else None,
            network_policy_engine=network_policy_engine,
        ),
        resources=resources,
    )


def keda_from(settings: StackSettings, *, made: bool) -> Install:
    """Who installs KEDA. A chart that nothing would use is left out, unless the stack file names it."""
    setting = settings.keda.install
    found = keda_install(settings.platform.kind, not made, setting, minor(settings))
    return "none" if found == "chart" and setting is None and not scales_by_keda(settings) else found


def arc_from(settings: StackSettings, *, made: bool) -> Install:
    """Who installs the Actions Runner Controller."""
    if settings.arc.install is not None:
        return settings.arc.install
    return "chart" if made and settings.github is not None else "none"


def scales_by_keda(settings: StackSettings) -> bool:
    """Whether any agents are KEDA's to make."""
    pools = settings.azure_devops.agent_pools if settings.azure_devops else ()
    return any(isinstance(pool.scaling, KedaScaling) for pool in pools)


def minor(settings: StackSettings) -> int | None:
    """Kubernetes' minor version, where the stack file says it."""
    version: str | None = getattr(settings.platform, "kubernetes_version", None)
    return None if version is None else int(version.split(".")[1])


def _keda(
    settings: StackSettings,
    provider: pulumi.ProviderResource,
    *,
    stack: str,
    identity: pulumi.Input[str] | None,
    tenant: pulumi.Input[str] | None,
) -> pulumi.Resource:
    # Here and below: a stack that installs none does not load them.
    from components.operators.keda import KedaOperator, KedaOperatorArgs, WorkloadIdentity

    takes_on = None if identity is None or tenant is None else WorkloadIdentity(client_id=identity, tenant_id=tenant)
    return KedaOperator(
        "keda",
        KedaOperatorArgs(
            stack=stack,
            version=settings.keda.version,
            replicas=2 if settings.environment.production else 1,
            identity=takes_on,
        ),
        opts=pulumi.ResourceOptions(provider=provider),
    ).release


def _arc(settings: StackSettings, provider: pulumi.ProviderResource, *, stack: str) -> pulumi.Resource:
    from components.operators.runner_controller import RunnerController, RunnerControllerArgs

    return RunnerController(
        "arc",
        RunnerControllerArgs(
            stack=stack,
            version=settings.arc.version,
            namespace=settings.arc.namespace,
            service_account=settings.arc.service_account,
        ),
        opts=pulumi.ResourceOptions(provider=provider),
    ).release
