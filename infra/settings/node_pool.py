"""Node pools: what the nodes are, and who may run on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from infra.settings.model import Means, Settings, Text


class Taint(Settings):
    """A taint of the pool's nodes."""

    key: Text
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"


class NodePool(Settings):
    """One node pool, made on `aks` and `azure-local`, found on `existing-cluster`."""

    name: Annotated[
        str,
        Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63),
        Means("lower-case letters, digits and hyphens, and no more than the platform takes", "win22"),
    ]
    """On `aks`: 1 to 12 lower-case letters and digits, 1 to 6 for Windows. On `azure-local`: 3 to 12."""
    os: Literal["linux", "windows"]
    purpose: Literal["system", "build"]
    """`system` for what keeps the cluster going (Linux only), `build` for agents and runners."""
    trust: Literal["trusted", "untrusted"] = "trusted"
    """Whose code runs here. Work of another level is refused on the pool; `untrusted` pools take no privileged work."""
    vm_size: str | None = None
    """Azure VM size. Needed on `aks` and `azure-local`; a rehearsal takes the nodes' capacity from it."""
    os_sku: Literal["Windows2022", "Windows2025"] | None = None
    """Windows only, and needed there: the nodes' Windows Server, which the container images must fit."""
    min_count: Annotated[int, Field(ge=0, le=1000)] = 0
    """Fewest nodes. 1 or more for `system` pools and on `azure-local`."""
    max_count: Annotated[int, Field(ge=1, le=1000)] = 1
    """Most nodes."""
    max_pods: Annotated[int, Field(ge=10, le=250)] | None = None
    """Pods a node, on `aks` and `azure-local`. Default: the platform's."""
    os_disk_size_gb: Annotated[int, Field(ge=30, le=2048)] | None = None
    """Disk of the operating system and of Docker's images, in GB; on `aks` only."""
    node_selector: Mapping[str, str] = {}
    """Labels that find the pool's nodes. Default: `agentpool: NAME`."""
    taints: tuple[Taint, ...] | None = None
    """Default: `sku=Windows:NoSchedule` on Windows build pools, `buildfleet.dev/purpose=build:NoSchedule` on Linux
    ones. Those of a Windows build pool must keep other pods off."""
    labels: Mapping[str, str] = {}
    """Further labels of the nodes, on `aks` and `azure-local`."""
