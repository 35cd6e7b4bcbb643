"""What the nodes of a pool on Azure Local are: the part that a cluster's first pool and every other share.

Owns `PoolProfile`, how it is said to Azure, and which of its properties Azure cannot change. There is no disk, no zone
and no upgrade setting here, and no pool without nodes: `min_count` is 1 or more.
Source: Azure/azure-resource-manager-schemas 2024-01-01 Microsoft.HybridContainerService.json, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.platform import OperatingSystem, Taint

LINUX_SKU: Final = "CBLMariner"
IMMUTABLE: Final = ("maxPods", "osSKU", "osType", "vmSize")
"""Properties that need another pool. MicrosoftDocs/azure-stack-docs aks-arc manage-node-pools, read 2026-08-21: counts,
labels and taints are what can be changed."""


@dataclass(frozen=True, kw_only=True)
class PoolProfile:
    """The nodes of one pool."""

    os: OperatingSystem
    vm_size: str
    min_count: int
    max_count: int
    """As many as `min_count`: the pool has that many nodes. More: the autoscaler decides between the two."""
    labels: Mapping[str, str]
    taints: Sequence[Taint]
    os_sku: str | None = None
    """Needed on Windows: left out, Azure Local takes Windows Server 2019."""
    max_pods: int
    """Pods a node. Said even where it is the default: what Azure cannot change would else come back from an import as
    a property that the program removes."""

    @property
    def autoscaled(self) -> bool:
        """Whether the number of nodes is the autoscaler's."""
        return self.max_count > self.min_count


def check_profile(pool: str, profile: PoolProfile) -> None:
    """Refuse nodes that Azure Local does not have.

    Raises:
        ValueError: with the value, what is allowed, and the fix.
    """
    if not 1 <= profile.min_count <= profile.max_count:
        raise ValueError(
            f"node pool {pool}: {profile.min_count} to {profile.max_count} nodes; allowed is 1 <= min_count <= "
            "max_count, as Azure Local has no pools without nodes; set min_count to 1"
        )
    if profile.os == "windows" and profile.os_sku is None:
        raise ValueError(f"node pool {pool}: no os_sku; allowed is 'Windows2022'; give it")


def properties(profile: PoolProfile) -> dict[str, Any]:
    """The profile as Azure spells it."""
    # Said for a pool that scales itself, too: left out, the API has a default of 1, which may be less than `minCount`.
    counts: dict[str, Any] = {"count": profile.min_count, "enableAutoScaling": profile.autoscaled}
    if profile.autoscaled:
        counts |= {"minCount": profile.min_count, "maxCount": profile.max_count}
    said: dict[str, Any] = {
        **counts,
        "maxPods": profile.max_pods,
        "nodeLabels": dict(sorted(profile.labels.items())),
        "nodeTaints": sorted(f"{taint.key}={taint.value}:{taint.effect}" for taint in profile.taints),
        "osSKU": profile.os_sku or LINUX_SKU,
        "osType": "Windows" if profile.os == "windows" else "Linux",
        "vmSize": profile.vm_size,
    }
    return {key: value for key, value in said.items() if value is not None}
