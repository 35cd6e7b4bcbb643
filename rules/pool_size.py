"""The machines of a node pool: a size that the platform has and the work needs, and a disk that holds the image."""

from __future__ import annotations

from collections.abc import Iterator

from rules.given import Absent
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.tables import azure
from rules.tables.vm_sizes import (
    CONFIDENTIAL_FAMILIES,
    LEAST_SYSTEM_VCPUS,
    LEAST_VCPUS,
    LEAST_WINDOWS_BUILD_VCPUS,
)
from rules.tables.windows import WINDOWS_SKUS
from rules.vm_size import VmSize, parse
from rules.words import NOTHING, given, listed, meant

_GOOD = "Standard_D8ds_v5"


def vm_size(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """A size that the platform has, where the pool is made."""
    path = at(pool.path, "vmSize")
    if not platform.makes_pools or pool.vm_size is None:
        return
    if isinstance(pool.vm_size, Absent):
        yield Problem(
            rule="vm-size-missing",
            path=path,
            given=NOTHING,
            allowed=f"an Azure VM size ({platform.kind})",
            fix=f"add vmSize, for example {_GOOD if platform.kind == 'aks' else 'Standard_D8s_v3'}",
        )
    elif platform.kind == "azure-local":
        if pool.vm_size not in azure.AZURE_LOCAL_VM_SIZES and not azure.GPU_SIZE.match(pool.vm_size):
            yield Problem(
                rule="vm-size-azure-local",
                path=path,
                given=given(pool.vm_size),
                allowed=f"{listed(azure.AZURE_LOCAL_VM_SIZES)} (AKS on Azure Local)",
                fix=meant(
                    pool.vm_size, azure.AZURE_LOCAL_VM_SIZES, "choose one of them; builds need Standard_D8s_v3 or more"
                ),
            )
    else:
        size = parse(pool.vm_size)
        if size is None:
            yield Problem(
                rule="vm-size",
                path=path,
                given=given(pool.vm_size),
                allowed="the name of an Azure VM size, as `az vm list-sizes` writes it",
                fix=f"write it like {_GOOD}",
            )
        else:
            yield from _fits_system(pool, size)
            yield from _fits_work(platform, pool, size)


def _fits_system(pool: PoolFacts, size: VmSize) -> Iterator[Problem]:
    """The pool's operating system runs on such a machine."""
    path = at(pool.path, "vmSize")
    if pool.os == "windows" and size.arm:
        yield Problem(
            rule="vm-size-arm",
            path=path,
            given=given(size.name),
            allowed="sizes with Intel or AMD processors for Windows pools",
            fix=f"choose a size without the letter p behind the number, for example {_GOOD}",
        )
    elif pool.os == "windows" and size.confidential:
        yield Problem(
            rule="vm-size-confidential",
            path=path,
            given=given(size.name),
            allowed=f"sizes of other families than {listed(CONFIDENTIAL_FAMILIES, 'and')} for Windows pools: "
            "confidential machines run Linux on AKS",
            fix=f"choose a size of family D, for example {_GOOD}",
        )
    elif pool.os_sku == "Windows2022" and size.second_generation_only:
        # A Windows2022 pool gets a generation 1 image unless a header is sent that ARM has no property for:
        # Azure/AKS#5566, Azure/bicep#16812.
        yield Problem(
            rule="vm-size-generation",
            path=path,
            given=given(size.name),
            allowed="sizes up to _v5 for Windows2022, whose pools boot generation 1 images",
            fix="choose a _v5 size, or osSku: Windows2025",
        )


def _fits_work(platform: PlatformFacts, pool: PoolFacts, size: VmSize) -> Iterator[Problem]:
    """The machine is large enough for what runs on it, and for the platform's own part."""
    path = at(pool.path, "vmSize")
    if pool.purpose == "system" and size.burstable:
        yield Problem(
            rule="vm-size-burstable",
            path=path,
            given=given(size.name),
            allowed="sizes of other families than B for system pools (AKS)",
            fix="choose Standard_D4ds_v5 or larger",
        )
        return
    if pool.purpose is None or pool.os is None:
        return
    least, why = LEAST_VCPUS, "a pool of AKS"
    if pool.purpose == "system":
        least, why = LEAST_SYSTEM_VCPUS, "a system pool of AKS"
    elif pool.os == "windows" and platform.production:
        least, why = LEAST_WINDOWS_BUILD_VCPUS, "a Windows build pool in production"
    if size.vcpus < least:
        yield Problem(
            rule="vm-size-small",
            path=path,
            given=f"{given(size.name)}, which has {size.vcpus} vCPU{'' if size.vcpus == 1 else 's'}",
            allowed=f"{least} vCPUs or more for {why}",
            fix="choose Standard_D4ds_v5 or larger",
        )


def os_disk(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """The node's image fits on the disk."""
    if not isinstance(pool.os_disk_gb, int) or platform.kind != "aks":
        return
    if isinstance(pool.os_sku, str) and pool.os_sku in WINDOWS_SKUS:
        floor = WINDOWS_SKUS[pool.os_sku].disk_floor_gb
        if pool.os_disk_gb < floor:
            yield Problem(
                rule="os-disk",
                path=at(pool.path, "osDiskSizeGB"),
                given=str(pool.os_disk_gb),
                allowed=f"{floor} or more: the node image of {pool.os_sku} has {floor} GB",
                fix="write 256: images of Windows take 5 to 20 GB each, and Docker keeps them on this disk",
            )


def ephemeral_disk(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """An ephemeral disk is one of the machine's own, and no larger."""
    if platform.kind != "aks" or pool.os_disk_type != "Ephemeral" or not isinstance(pool.vm_size, str):
        return
    size = parse(pool.vm_size)
    if size is None:
        return
    if not size.local_disk:
        yield Problem(
            rule="os-disk-ephemeral",
            path=at(pool.path, "osDiskType"),
            given=f"{given('Ephemeral')} on {size.name}, which has no disk of its own",
            allowed="Managed, or Ephemeral on a size with the letter d behind the number",
            fix=f"choose a size such as {_GOOD}, or write osDiskType: Managed",
        )
    elif isinstance(pool.os_disk_gb, int) and size.ephemeral_gb is not None and pool.os_disk_gb > size.ephemeral_gb:
        yield Problem(
            rule="os-disk-ephemeral-size",
            path=at(pool.path, "osDiskSizeGB"),
            given=str(pool.os_disk_gb),
            allowed=f"at most {size.ephemeral_gb} with osDiskType: Ephemeral on {size.name}",
            fix=f"write {size.ephemeral_gb} or less, choose a larger size, or write osDiskType: Managed",
        )


def max_pods(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """A system pool's node takes the cluster's own pods."""
    if platform.kind != "aks" or pool.purpose != "system" or not isinstance(pool.max_pods, int):
        return
    if pool.max_pods < azure.AKS_SYSTEM_MAX_PODS:
        yield Problem(
            rule="max-pods-system",
            path=at(pool.path, "maxPods"),
            given=str(pool.max_pods),
            allowed=f"{azure.AKS_SYSTEM_MAX_PODS} or more on a system pool (AKS)",
            fix=f"write {azure.AKS_SYSTEM_MAX_PODS}, or leave maxPods out",
        )


def check(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """All rules of a pool's machines."""
    yield from vm_size(platform, pool)
    yield from os_disk(platform, pool)
    yield from ephemeral_disk(platform, pool)
    yield from max_pods(platform, pool)
