"""vCPU quotas, by family and region.

A request that needs more than is left is refused before anything is made: azure-aks-docs, quotas-skus-regions; the
wording is of the error code `ErrCode_InsufficientVCPUQuota`, read 2026-08-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rules.vm_size import parse
from sandbox.azure.errors import AzureError

GENEROUS: Final = 2000
"""vCPUs of each family and of the region where a test says nothing else."""
CORES: Final = "cores"
"""The quota of a region over all families."""


def limit(limits: Mapping[str, int], region: str, family: str) -> int:
    """The quota of a family in a region."""
    return limits.get(f"{region}/{family}", limits.get(family, GENEROUS))


def demand(nodes: Mapping[str, int]) -> dict[str, int]:
    """vCPUs by family, and over all under `cores`, of so many nodes of each size."""
    found: dict[str, int] = {}
    for name, count in nodes.items():
        about = parse(name)
        if about is not None and count:
            for family in (about.quota, CORES):
                found[family] = found.get(family, 0) + about.whole_vcpus * count
    return found


def refuse(limits: Mapping[str, int], region: str, used: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    """Raise `AzureError` where `wanted` vCPUs do not fit beside those that are `used`."""
    for family, cpus in sorted(wanted.items()):
        left = limit(limits, region, family) - used.get(family, 0)
        if cpus > left:
            raise AzureError(
                400,
                "ErrCode_InsufficientVCPUQuota",
                f"Insufficient vcpu quota requested {cpus}, remaining {left} for family {family} for region {region}. "
                "Lower counts, choose a size of another family, or ask for more quota.",
            )
