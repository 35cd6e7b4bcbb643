"""KEDA and the Actions Runner Controller, where the stack brings them.

Owns which of them a stack needs at all: KEDA for agents that it scales, the controller for runner sets. Who installs
KEDA is the rules' to say (`rules.keda`). On a cluster that is not made here nothing is installed unless the stack file
asks for it: there may be only one of each in a cluster, and others may use it.

With `azureDevOps.auth.clientId` the identity is somebody else's, and so are the tokens that it takes: its owner adds a
federated credential for KEDA's own account (`components.operators.keda`), beside those of the agents' accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.kubernetes.preview_access import Previewer
from components.platform import Installed, Operator
from infra.settings.azure_devops import KedaScaling, WorkloadIdentityAuth
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
    previewer: Previewer | None = None,
) -> Operators:
    """Register what the stack needs and the cluster has not.

    Args:
        settings: of the stack.
        provider: the Kubernetes provider of the cluster.
        stack: whose they are.
        made: whether this stack makes the cluster; one that is adopted has operators of its own.
        keda_identity: client id of the Entra identity that the platform makes for agents that have no token, and that
            KEDA takes on; with `tenant`. One that the stack file names comes before it.
        tenant: of the identities, where the stack file says no other.
        network_policy_engine: who enforces NetworkPolicies; handed on.
        previewer: who reads the releases to preview the stack, where the platform knows them.
    """
    keda, arc = keda_from(settings, made=made), arc_from(settings, made=made)
    resources: dict[Operator, pulumi.Resource] = {}
    if keda == "chart":
        takes_on = _keda_identity(settings, keda_identity, tenant)
        resources["keda"] = _keda(settings, provider, stack=stack, identity=takes_on, previewer=previewer)
    if arc == "chart":
        resources["arc"] = _arc(settings, provider, stack=stack, previewer=previewer)
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


def _keda_identity(
    settings: StackSettings, made: pulumi.Input[str] | None, tenant: pulumi.Input[str] | None
) -> tuple[pulumi.Input[str], pulumi.Input[str]] | None:
    """Client and tenant of the identity with which KEDA asks for queues: the agents' own, where they sign in by one."""
    auth = settings.azure_devops.auth if settings.azure_devops else None
    if isinstance(auth, WorkloadIdentityAuth) and auth.client_id is not None:
        identity: pulumi.Input[str] | None = auth.client_id
        tenant = auth.tenant_id or tenant
    else:
        identity = made
    return None if identity is None or tenant is None else (identity, tenant)


def _keda(
    settings: StackSettings,
    provider: pulumi.ProviderResource,
    *,
    stack: str,
    identity: tuple[pulumi.Input[str], pulumi.Input[str]] | None,
    previewer: Previewer | None,
) -> pulumi.Resource:
    # Here and below: a stack that installs none does not load them.
    from components.operators.keda import KedaOperator, KedaOperatorArgs, WorkloadIdentity

    return KedaOperator(
        "keda",
        KedaOperatorArgs(
            stack=stack,
            version=settings.keda.version,
            replicas=2 if settings.environment.production else 1,
            identity=None if identity is None else WorkloadIdentity(client_id=identity[0], tenant_id=identity[1]),
            previewer=previewer,
        ),
        opts=pulumi.ResourceOptions(provider=provider),
    ).release


def _arc(
    settings: StackSettings, provider: pulumi.ProviderResource, *, stack: str, previewer: Previewer | None
) -> pulumi.Resource:
    from components.operators.runner_controller import RunnerController, RunnerControllerArgs

    return RunnerController(
        "arc",
        RunnerControllerArgs(
            stack=stack,
            version=settings.arc.version,
            namespace=settings.arc.namespace,
            service_account=settings.arc.service_account,
            previewer=previewer,
        ),
        opts=pulumi.ResourceOptions(provider=provider),
    ).release
