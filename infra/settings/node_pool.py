"""Node pools: what the nodes are, and who may run on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from infra.settings.model import Example, Gone, Means, Settings, Text
from rules.tables.windows import RETIRED_SKUS


class Taint(Settings):
    """A taint of the pool's nodes."""

    key: Annotated[Text, Example("sku")]
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"


class PoolUpgrade(Settings):
    """How the nodes of a pool are replaced by newer ones."""

    max_surge: Annotated[
        str, Field(pattern=r"^([0-9]{1,3}|[0-9]{1,3}%)$"), Means("a number of nodes or a share of them, quoted", "33%")
    ] = "33%"
    """Nodes that are added for the upgrade. `"0"` adds none, and takes `maxUnavailable` away instead."""
    max_unavailable: (
        Annotated[
            str,
            Field(pattern=r"^([0-9]{1,3}|[0-9]{1,3}%)$"),
            Means("a number of nodes or a share of them, quoted", "1"),
        ]
        | None
    ) = None
    """Only with `maxSurge: "0"`, and not on `system` pools."""
    drain_minutes: Annotated[int, Field(ge=5, le=1440)] | None = None
    """A node is given this long to finish its jobs. Default: the longest `jobTimeoutMinutes` on the pool and half an
    hour."""
    soak_minutes: Annotated[int, Field(ge=0, le=30)] = 0
    """Wait after each node. Windows pools of production: 5 or more is wise."""
    undrainable: Literal["Schedule", "Cordon"] = "Cordon"
    """What becomes of a node that cannot be drained: `Cordon` keeps it, closed, for somebody to look at."""


_WINDOWS_2019 = (
    f'write "Windows2022" or "Windows2025", and rebuild images on its base: AKS ended Windows Server 2019 on '
    f"{RETIRED_SKUS['Windows2019']}"
)


class NodePool(Settings):
    """One node pool, made on `aks` and `azure-local`, found on `existing-cluster`."""

    name: Annotated[
        str,
        Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63),
        Means(
            "lower-case letters and digits, as many as the platform takes; on existing-cluster hyphens, too", "pool1"
        ),
    ]
    """On `aks`: 1 to 12 lower-case letters and digits, 1 to 6 for Windows. On `azure-local`: 3 to 12."""
    os: Literal["linux", "windows"]
    purpose: Literal["system", "build"]
    """`system` for what keeps the cluster going (Linux only), `build` for agents and runners."""
    trust: Literal["trusted", "untrusted"] = "trusted"
    """Whose code runs here. Work of another level is refused on the pool; `untrusted` pools take no privileged work."""
    vm_size: str | None = None
    """Azure VM size. Needed on `aks` and for a cluster that is made on `azure-local`; a rehearsal takes the nodes'
    capacity from it."""
    os_sku: Annotated[Literal["Windows2022", "Windows2025"], Gone("Windows2019", _WINDOWS_2019)] | None = None
    """Windows only, and needed there: the nodes' Windows Server, which the container images must fit."""
    min_count: Annotated[int, Field(ge=0, le=1000)] = 0
    """Fewest nodes. 1 or more for `system` pools and on `azure-local`."""
    max_count: Annotated[int, Field(ge=1, le=1000)] = 1
    """Most nodes."""
    max_pods: Annotated[int, Field(ge=10, le=250)] | None = None
    """Pods a node, on `aks` and `azure-local`. Default: 110."""
    os_disk_size_gb: Annotated[int, Field(ge=30, le=2048)] | None = None
    """Disk of the operating system and of Docker's images, in GB; on `aks` only. Default: 128, 256 from 8 vCPUs on, 512
    from 16, 1024 from 64."""
    os_disk_type: Literal["Managed", "Ephemeral"] | None = None
    """On `aks`. `Ephemeral` is a disk of the machine itself: fast, free, and lost with it. Default: `Managed`."""
    zones: tuple[Literal["1", "2", "3"], ...] | None = None
    """Availability zones, on `aks`. Default: the platform's."""
    outbound_nat: bool | None = None
    """Windows on `aks`: translate addresses of pods once more on the node. Default: off where the network has a NAT
    gateway or routes of its own, as it costs ports."""
    encryption_at_host: bool = False
    """Encrypt the machine's caches and temporary disks too, on `aks`; the subscription must have the feature."""
    upgrade: PoolUpgrade = PoolUpgrade()
    """On `aks`."""
    replacement: Literal["create-before-delete", "delete-before-create"] | None = None
    """What happens on `aks` when a property changes that Azure cannot change. `create-before-delete` gives the pool a
    name of Azure's with a few characters more, so it needs a short one: 8 for Linux, 4 for Windows. Default: that where
    the name is short enough, else `delete-before-create`."""
    node_selector: Mapping[str, str] = {}
    """Labels that find the pool's nodes on a cluster that is not made here. Default: `agentpool: NAME`."""
    taints: tuple[Taint, ...] | None = None
    """Default: `sku=Windows:NoSchedule` on Windows build pools, `buildfleet.dev/purpose=build:NoSchedule` on Linux
    ones. Those of a Windows build pool must keep other pods off."""
    labels: Mapping[str, str] = {}
    """Further labels of the nodes, on `aks` and `azure-local`."""
