"""What the nodes of an AKS pool are: the part that the inline pool of a cluster and an agent pool share.

Owns `PoolProfile`, how it is said to Azure, and which of its properties Azure cannot change. Refuses the names: the
inline pool keeps its own for life, and that of an agent pool may follow from its properties.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi
from pulumi_azure_native import containerservice

from components.platform import OperatingSystem, Taint
from rules.pool_upgrade import surge

IMMUTABLE: Final = (
    "availabilityZones",
    "enableEncryptionAtHost",
    "enableFIPS",
    "maxPods",
    "osDiskSizeGB",
    "osDiskType",
    "osSKU",
    "osType",
    "vmSize",
    "vnetSubnetID",
    "windowsProfile",
)
"""Properties of ours that need another pool. azure-native 3.29 knows `vmSize` alone and sends the others to Azure,
which refuses them: provider/pkg/gen/replacement.go; MicrosoftDocs/azure-aks-docs create-node-pools, read 2026-08-21."""

_NODE_MINUTES: Final = 15
"""For a node to come or go, beside its drain: Windows nodes take ten."""
_OPERATION_MINUTES: Final = 60
"""For an operation on a pool or cluster, beside its drains."""


@dataclass(frozen=True, kw_only=True)
class PoolUpgrade:
    """How nodes are replaced by newer ones. Either `max_surge` is `"0"` or `max_unavailable` is `None`."""

    max_surge: str
    """Nodes that are added: a number, or a share as `33%`."""
    max_unavailable: str | None
    """Nodes that are taken away instead, with `max_surge="0"`."""
    drain_minutes: int
    """A node is given this long to finish its jobs."""
    soak_minutes: int
    """Wait after each node."""
    undrainable: Literal["Schedule", "Cordon"]


@dataclass(frozen=True, kw_only=True)
class PoolProfile:
    """The nodes of one pool."""

    mode: Literal["System", "User"]
    os: OperatingSystem
    os_sku: str
    """`Ubuntu`, `Windows2022`, `Windows2025`."""
    vm_size: str
    min_count: int
    max_count: int
    kubernetes_version: str
    subnet: pulumi.Input[str]
    """Id of the nodes' subnet. Plain text keeps previews calm: an id that is not known yet could be another one, and
    another one means another pool."""
    labels: Mapping[str, str]
    taints: Sequence[Taint]
    upgrade: PoolUpgrade
    fips: bool = False
    """Use the FIPS image, which some Windows versions need."""
    zones: Sequence[str] = ()
    max_pods: int
    """Pods a node."""
    os_disk_gb: int | None
    """`None` is as large as Azure makes it."""
    os_disk_type: Literal["Managed", "Ephemeral"] = "Managed"
    encryption_at_host: bool = False
    outbound_nat: bool = True
    """Windows only: translate addresses of pods once more on the node."""


def properties(profile: PoolProfile, *, tags: Mapping[str, str]) -> dict[str, Any]:
    """The profile as keyword arguments, for `AgentPool` and for `ManagedClusterAgentPoolProfileArgs`. Kubernetes'
    version is not among them: an inline pool must not say it (see `cluster`).

    There is no `count` either: every pool of ours scales itself, and Azure takes none where `enableAutoScaling` is on
    (Azure/AKS#1627). A number in an update that is not the one at that moment is refused: "Cannot manually scale"
    (hashicorp/terraform-provider-azurerm#4543).

    What Azure cannot change is said even where it is Azure's default. Left out, it would come back from an import or
    from a run that was killed as a property that the program removes, and the pool would be replaced for it.
    """
    return {
        "type": "VirtualMachineScaleSets",
        "mode": profile.mode,
        "os_type": "Windows" if profile.os == "windows" else "Linux",
        "os_sku": profile.os_sku,
        "vm_size": profile.vm_size,
        "enable_auto_scaling": True,
        "min_count": profile.min_count,
        "max_count": profile.max_count,
        "max_pods": profile.max_pods,
        "vnet_subnet_id": profile.subnet,
        "availability_zones": sorted(profile.zones) or None,
        "os_disk_size_gb": profile.os_disk_gb,
        "os_disk_type": profile.os_disk_type,
        "enable_fips": profile.fips,
        "enable_encryption_at_host": profile.encryption_at_host,
        "node_labels": dict(sorted(profile.labels.items())),
        "node_taints": sorted(taint_text(taint) for taint in profile.taints) or None,
        "upgrade_settings": _upgrade_settings(profile.upgrade),
        "tags": dict(sorted(tags.items())),
    }


def immutable(profile: PoolProfile) -> dict[str, Any]:
    """What of the profile Azure cannot change, by `IMMUTABLE`, in plain data; `None` is Azure's default.

    Raises `ValueError` for a subnet that is not plain text: a name cannot be made of what is not known yet.
    """
    if not isinstance(profile.subnet, str):
        raise ValueError("the subnet of a pool whose name follows from it must be an id in plain text, not an output")
    return {
        "availabilityZones": sorted(profile.zones) or None,
        "enableEncryptionAtHost": profile.encryption_at_host,
        "enableFIPS": profile.fips,
        "maxPods": profile.max_pods,
        "osDiskSizeGB": profile.os_disk_gb,
        "osDiskType": profile.os_disk_type,
        "osSKU": profile.os_sku,
        "osType": profile.os,
        "vmSize": profile.vm_size,
        "vnetSubnetID": profile.subnet,
        "windowsProfile": {"disableOutboundNat": outbound_nat_disabled(profile)} if profile.os == "windows" else None,
    }


def outbound_nat_disabled(profile: PoolProfile) -> bool:
    """Only Windows nodes have such a thing."""
    return profile.os == "windows" and not profile.outbound_nat


def facts(profile: PoolProfile) -> dict[str, Any]:
    """The profile in plain data, for a component's inputs."""
    return {
        "mode": profile.mode,
        "os": profile.os,
        "osSku": profile.os_sku,
        "vmSize": profile.vm_size,
        "minCount": profile.min_count,
        "maxCount": profile.max_count,
        "kubernetesVersion": profile.kubernetes_version,
        "labels": dict(sorted(profile.labels.items())),
        "taints": sorted(taint_text(taint) for taint in profile.taints),
        "zones": sorted(profile.zones),
        "maxPods": profile.max_pods,
        "osDiskSizeGB": profile.os_disk_gb,
    }


def taint_text(taint: Taint) -> str:
    """A taint as Azure writes it, `key=value:Effect`."""
    return f"{taint.key}={taint.value}:{taint.effect}"


def timeouts(profile: PoolProfile) -> pulumi.CustomTimeouts:
    """As long as the drains of all nodes may take: a job that runs is no reason to give an upgrade up."""
    drain = profile.upgrade.drain_minutes
    rounds = math.ceil(profile.max_count / _at_once(profile))
    update = rounds * (drain + profile.upgrade.soak_minutes + _NODE_MINUTES) + _OPERATION_MINUTES
    return pulumi.CustomTimeouts(
        create=f"{_OPERATION_MINUTES}m", update=f"{update}m", delete=f"{drain + _OPERATION_MINUTES}m"
    )


def _at_once(profile: PoolProfile) -> int:
    """How many nodes an upgrade replaces at a time."""
    return max(surge(_unavailable(profile.upgrade) or profile.upgrade.max_surge, profile.max_count), 1)


def _unavailable(upgrade: PoolUpgrade) -> str | None:
    """Without a node more there has to be one less."""
    return (upgrade.max_unavailable or "1") if upgrade.max_surge in ("0", "0%") else None


def _upgrade_settings(upgrade: PoolUpgrade) -> containerservice.AgentPoolUpgradeSettingsArgs:
    return containerservice.AgentPoolUpgradeSettingsArgs(
        max_surge=upgrade.max_surge,
        max_unavailable=_unavailable(upgrade),
        drain_timeout_in_minutes=upgrade.drain_minutes,
        node_soak_duration_in_minutes=upgrade.soak_minutes,
        undrainable_node_behavior=upgrade.undrainable,
    )
