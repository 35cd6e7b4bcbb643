"""What the simulation has to know of a node pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sandbox.nodes.systems import system


@dataclass(frozen=True, kw_only=True)
class SimulatedPool:
    """One pool of equal nodes. Raises `ValueError` for what no such pool could be."""

    name: str
    os: Literal["linux", "windows"]
    os_sku: str | None = None
    """`Windows2022` or `Windows2025`, needed on Windows; `Ubuntu` (default), `AzureLinux` or `CBLMariner` on Linux."""
    count: int
    vm_size: str | None = None
    """Azure VM size, from which capacity follows. Default: 4 vCPUs, 16 GiB."""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[tuple[str, str, str]] = ()
    """Key, value, effect."""
    max_pods: int = 110
    os_disk_gib: int = 128
    version: str | None = None
    """The kubelets', for example `1.36.2`. Default: the API server's."""
    zones: Sequence[str] = ()
    """Values of `topology.kubernetes.io/zone`, on which the nodes are spread. Default: no such label."""

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"node pool {self.name!r}: count is {self.count}, must be 0 or more")
        system(self.os, self.os_sku)
