"""What `AksCluster` needs to know, in groups that are each one decision.

Owns the arguments' shape. Refuses defaults for what is fixed at creation: whoever makes a cluster has decided it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi

from components.azure.cluster_identities import ControlPlaneIdentity, KubeletIdentity
from components.azure.pool_profile import PoolProfile
from components.azure.scope import AzureScope

Outbound = Literal["nat-gateway", "user-defined-routing", "load-balancer"]


@dataclass(frozen=True, kw_only=True)
class ClusterNetwork:
    """Addresses and ways of the cluster. All of it is fixed at creation."""

    outbound: Outbound
    """`nat-gateway` is one that the nodes' subnets have already."""
    pods: str
    """Overlay network of pods."""
    services: str
    """Addresses of services; the tenth is DNS."""
    engine: Literal["calico", "cilium"]
    """Who enforces NetworkPolicies; with `cilium` the dataplane is its own too, which has no Windows."""


@dataclass(frozen=True, kw_only=True)
class PublicApi:
    """An API server with a public address."""

    authorized_ranges: Sequence[pulumi.Input[str]] = ()
    """Networks that may reach it, in the order that Azure is told; empty for everybody. The nodes' own egress addresses
    must be among them."""


@dataclass(frozen=True, kw_only=True)
class PrivateApi:
    """An API server with an address of the virtual network only."""

    dns_zone: str = "system"
    """`system`, `none`, or the ARM id of a private DNS zone that the control plane's identity may write."""


@dataclass(frozen=True, kw_only=True)
class Gmsa:
    """Group managed service accounts. Both `None` where the network's own DNS knows the domain."""

    dns_server: str | None
    root_domain: str | None


@dataclass(frozen=True, kw_only=True)
class ClusterWindows:
    """What a cluster must have from birth to ever have a Windows pool."""

    admin_username: str
    admin_password: pulumi.Input[str]
    """A secret. Used at creation only."""
    hybrid_benefit: bool = False
    gmsa: Gmsa | None = None


@dataclass(frozen=True, kw_only=True)
class UpgradeChannels:
    """What AKS upgrades by itself."""

    kubernetes: Literal["none", "patch", "node-image"]
    node_images: Literal["NodeImage", "SecurityPatch", "Unmanaged", "None"]


@dataclass(frozen=True, kw_only=True)
class ClusterAddOns:
    """Parts of the cluster that AKS runs itself."""

    keda: bool = False
    key_vault_secrets: bool = True
    azure_policy: bool = False
    defender_workspace: pulumi.Input[str] | None = None
    """ARM id of the Log Analytics workspace that Defender reports to; `None` leaves Defender off."""
    image_cleaner_hours: int | None = None
    prometheus: bool = False
    """The agents of managed Prometheus. Where their metrics go is `prometheus.ManagedPrometheus`."""


@dataclass(frozen=True, kw_only=True)
class AksClusterArgs:
    """What `AksCluster` needs."""

    scope: AzureScope
    name: str
    """Of the cluster in Azure, and first part of its DNS name."""
    node_resource_group: str
    """Resource group that AKS makes for the nodes, and closes to everybody else."""
    kubernetes_version: str
    tier: Literal["Free", "Standard", "Premium"]
    system_pool_name: str
    """Of the inline pool, for life."""
    system_pool: PoolProfile
    """Linux, mode `System`."""
    control_plane: ControlPlaneIdentity
    kubelet: KubeletIdentity
    network: ClusterNetwork
    api_server: PublicApi | PrivateApi
    admin_groups: Sequence[str]
    """Ids of Entra groups whose members administer the cluster. At least one: there are no local accounts."""
    windows: ClusterWindows
    upgrades: UpgradeChannels
    add_ons: ClusterAddOns
    longest_drain_minutes: int
    """How long the autoscaler gives the pods of a node that it removes."""
    wait_for: Sequence[pulumi.Resource] = ()
    """What must be there first, beside the roles of the control plane: the network."""
    protect: bool = False
    """Keep the cluster from being deleted or replaced."""
