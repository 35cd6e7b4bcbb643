"""What a platform hands on to the workloads, and all that they may know of it.

Owns `Platform` and the plain facts about its node pools. A component that makes or adopts a cluster ends in one
`Platform`; agents, runners and the Docker Engine start from one. So the same workloads run on AKS, on AKS on Azure
Local and on any other cluster.

Refuses everything that only one kind of platform has: resource groups, ARM ids, kubeconfigs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pulumi

if TYPE_CHECKING:  # it loads Kubernetes' classes
    from components.kubernetes.preview_access import Previewer

OperatingSystem = Literal["linux", "windows"]
Purpose = Literal["system", "build"]
Trust = Literal["trusted", "untrusted"]
Operator = Literal["arc", "keda"]


@dataclass(frozen=True, kw_only=True)
class Taint:
    """One taint of a pool's nodes."""

    key: str
    value: str
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


@dataclass(frozen=True, kw_only=True)
class NodePool:
    """The facts of one node pool that decide what may be placed on it, and how."""

    name: str
    os: OperatingSystem
    purpose: Purpose
    trust: Trust
    node_selector: Mapping[str, str]
    """Labels that each node of the pool carries, `kubernetes.io/os` among them."""
    taints: tuple[Taint, ...]
    os_sku: str | None = None
    """Windows only: `Windows2022` or `Windows2025`."""


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What runs on the cluster already or is put there by the platform; `None` means absent or not known."""

    keda: str | None = None
    """KEDA's version, for example `2.19.0`: some trigger fields exist only from a version on."""
    arc: str | None = None
    """The version of the Actions Runner Controller: runner sets must carry its major and minor."""
    network_policy_engine: str | None = None
    """`calico`, `cilium`, `azure`, ...: without one, NetworkPolicies are accepted and enforced by nobody."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A cluster, as the workloads see it."""

    provider: pulumi.ProviderResource
    """The Kubernetes provider, of `pulumi_kubernetes`, that reaches the cluster."""
    node_pools: Mapping[str, NodePool]
    installed: Installed = field(default_factory=Installed)
    storage_class: str | None = None
    """For claims that name none; `None` leaves it to the cluster's default class."""
    oidc_issuer: pulumi.Input[str] | None = None
    """The cluster's token issuer, for workload identity; `None` where there is none."""
    registry: str | None = None
    """The login server of the registry that the nodes can pull from without a pull secret, for example
    `contoso.azurecr.io`."""
    agents_identity: pulumi.Input[str] | None = None
    """Client id of the Entra identity that the service accounts of Azure DevOps agents can take on."""
    runners_identity: pulumi.Input[str] | None = None
    """The same for trusted GitHub runners."""
    operators: Mapping[Operator, pulumi.Resource] = field(default_factory=dict)
    """What the platform installed itself: what they serve is made after them and deleted before them."""
    previewer: Previewer | None = None
    """Who previews the stack by an identity of the platform's, and may read what the stack has in the cluster."""
    outputs: Mapping[str, pulumi.Input[Any]] = field(default_factory=dict)
    """What the platform tells the stack's users, by the output's name. Nothing in it is secret."""
