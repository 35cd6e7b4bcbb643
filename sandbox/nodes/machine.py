"""How much a VM size holds, and how much of that AKS leaves to pods.

Approximate on purpose: the sandbox wants pods to fit and not to fit where they would on Azure, give or take a little.
It runs none of the system pods that take their share on a real node.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# The name holds the number of vCPUs (the second number where some are switched off), the family the memory for each.
# https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions, and the series' pages below
# https://learn.microsoft.com/azure/virtual-machines/sizes/overview, both 2026-08.
_SIZE: Final = re.compile(r"^Standard_(?P<family>[A-Z]+)(?P<cpus>\d+)(?:-(?P<active>\d+))?[a-z]*(?:_v\d+)?$")
GIB_PER_CPU: Final = {"A": 2, "B": 4, "D": 4, "DC": 4, "E": 8, "EC": 8, "F": 2, "L": 8}

# Those that do not follow it. AKS on Azure Local: https://learn.microsoft.com/azure/aks/aksarc/scale-requirements
# (2026-08), where a control plane or Windows node defaults to Standard_K8S3_v1.
EXCEPTIONS: Final = {
    "Standard_B2s": (2, 4),
    "Standard_K8S_v1": (4, 2),
    "Standard_K8S2_v1": (2, 2),
    "Standard_K8S3_v1": (4, 6),
}

DEFAULT: Final = (4, 16)

# https://learn.microsoft.com/azure/aks/node-resource-reservations (2026-08)
CPU_RESERVED_MILLIS: Final = ((1, 60), (2, 100), (4, 140), (8, 180), (16, 260), (32, 420), (64, 740))
MEMORY_RESERVED_MIB_PER_POD: Final = 20
MEMORY_RESERVED_MIB: Final = 50
MEMORY_RESERVED_SHARE: Final = 0.25
EVICTION_MIB: Final = 100
WINDOWS_SYSTEM_MIB: Final = 2048
DISK_SHARE_OF_PODS: Final = 0.9
"""The kubelet evicts at 10 % free."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A node's resources, in Kubernetes' notation."""

    capacity: dict[str, str]
    allocatable: dict[str, str]


def machine(vm_size: str | None, *, windows: bool, max_pods: int, os_disk_gib: int) -> Machine:
    """The resources of a node of this size. A size of an unknown family counts as 4 GiB for each vCPU."""
    cpus, gib = _size(vm_size)
    memory = gib * 1024
    reserved = min(MEMORY_RESERVED_MIB_PER_POD * max_pods + MEMORY_RESERVED_MIB, int(memory * MEMORY_RESERVED_SHARE))
    reserved += EVICTION_MIB + (WINDOWS_SYSTEM_MIB if windows else 0)
    return Machine(
        capacity=_resources(f"{cpus}", memory, f"{os_disk_gib}Gi", max_pods),
        allocatable=_resources(
            f"{cpus * 1000 - _cpu_reserved(cpus)}m",
            # The smallest Windows sizes of Azure Local would be left with nothing.
            max(memory - reserved, memory // 4),
            f"{int(os_disk_gib * 1024 * DISK_SHARE_OF_PODS)}Mi",
            max_pods,
        ),
    )


def _resources(cpu: str, memory_mib: int, disk: str, pods: int) -> dict[str, str]:
    return {"cpu": cpu, "ephemeral-storage": disk, "memory": f"{memory_mib}Mi", "pods": f"{pods}"}


def _size(vm_size: str | None) -> tuple[int, int]:
    """vCPUs and GiB."""
    if vm_size is None:
        return DEFAULT
    if vm_size in EXCEPTIONS:
        return EXCEPTIONS[vm_size]
    match = _SIZE.match(vm_size)
    if match is None:
        return DEFAULT
    # Memory goes by the full number: constrained sizes keep it.
    return int(match["active"] or match["cpus"]), int(match["cpus"]) * GIB_PER_CPU.get(match["family"], 4)


def _cpu_reserved(cpus: int) -> int:
    return next((millis for cores, millis in CPU_RESERVED_MILLIS if cpus <= cores), CPU_RESERVED_MILLIS[-1][1])
