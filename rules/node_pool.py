"""Node pools: what each platform takes, and what keeps a build pool apart.

Owns names, sizes, counts, operating systems, labels and taints of pools. Who may run on a pool is in `placement`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules import labels, names
from rules.given import ABSENT, Absent
from rules.paths import at
from rules.platform import PlatformFacts
from rules.problem import Problem
from rules.tables import azure
from rules.tables.windows import WINDOWS_SKUS
from rules.words import NOTHING, given, listed, meant

_KEEPS_OFF = ("NoSchedule", "NoExecute")
_MADE = ("aks", "azure-local")
"""The platforms that make the pools. On others `taints` only states what the nodes have."""
_OS_LABEL = "kubernetes.io/os"


@dataclass(frozen=True, kw_only=True)
class TaintFacts:
    """One taint."""

    path: str
    key: str | None = None
    value: str | None = None
    effect: str | None = None


@dataclass(frozen=True, kw_only=True)
class PoolFacts:
    """What is known of a node pool. `path` is where it stands, for example `nodePools[2]`."""

    path: str
    name: str | None = None
    os: str | None = None
    purpose: str | None = None
    trust: str | None = None
    vm_size: str | Absent | None = None
    os_sku: str | Absent | None = None
    min_count: int | None = None
    max_count: int | None = None
    max_pods: int | Absent | None = None
    os_disk_gb: int | Absent | None = None
    labels: Mapping[str, str] | None = None
    node_selector: Mapping[str, str] | None = None
    taints: tuple[TaintFacts, ...] | Absent | None = None


def pool_name(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """Azure takes the name. On a cluster that is not ours any label value will do."""
    limits = {
        "aks": names.AKS_WINDOWS_POOL if pool.os == "windows" else names.AKS_POOL,
        "azure-local": names.AZURE_LOCAL_POOL,
    }
    limit = limits.get(platform.kind or "")
    if pool.name is None or limit is None or limit.allows(pool.name):
        return
    verb = "shorten it" if len(pool.name) > limit.longest else "rename it"
    yield Problem(
        rule="pool-name",
        path=at(pool.path, "name"),
        given=given(pool.name),
        allowed=limit.words,
        fix=f'{verb}, for example "{names.suggestion(limit, pool.name)}"',
    )


def system_pool_is_linux(pool: PoolFacts) -> Iterator[Problem]:
    """What keeps a cluster going runs on Linux only."""
    if pool.os == "windows" and pool.purpose == "system":
        yield Problem(
            rule="system-pool-os",
            path=at(pool.path, "purpose"),
            given='"system" on a Windows pool',
            allowed='"build" for Windows pools: what keeps a cluster going runs on Linux',
            fix='write "build"',
        )


def linux_system_pool(platform: PlatformFacts, pools: Sequence[PoolFacts], path: str) -> Iterator[Problem]:
    """An AKS cluster begins with a Linux system pool."""
    if platform.kind != "aks":
        return
    # A pool whose purpose or operating system is unknown may be the one; so may a Windows pool called "system".
    if any(pool.purpose in ("system", None) or pool.os is None for pool in pools):
        return
    yield Problem(
        rule="system-pool-missing",
        path=path,
        given="no pool for the system",
        allowed="at least one pool with os: linux and purpose: system (AKS)",
        fix="add one, for example {name: system, os: linux, purpose: system, vmSize: Standard_D4ds_v5, minCount: 2, "
        "maxCount: 3}",
    )


def os_sku(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """`osSku` is for Windows, needed there, and fits the Kubernetes version and the platform."""
    path = at(pool.path, "osSku")
    if pool.os_sku is None or pool.os is None:
        return
    fitting = [sku.name for sku in WINDOWS_SKUS.values() if _sku_fits(platform, sku.name)]
    if pool.os == "linux":
        if pool.os_sku is not ABSENT:
            yield Problem(
                rule="os-sku-windows-only",
                path=path,
                given=given(pool.os_sku),
                allowed="nothing on a Linux pool",
                fix="remove osSku, or write os: windows",
            )
    elif pool.os_sku is ABSENT:
        yield Problem(
            rule="os-sku-missing",
            path=path,
            given=NOTHING,
            allowed=f"{listed(fitting)}: container images must fit the nodes' Windows Server",
            fix=f"add osSku: {fitting[-1]}" if len(fitting) == 1 else "name the nodes' Windows Server",
        )
    elif isinstance(pool.os_sku, str) and pool.os_sku in WINDOWS_SKUS and not _sku_fits(platform, pool.os_sku):
        where = "AKS on Azure Local" if platform.kind == "azure-local" else f"Kubernetes {platform.kubernetes_version}"
        if platform.kind == "azure-local" and WINDOWS_SKUS[pool.os_sku].azure_local:
            where = f"AKS on Azure Local with Kubernetes {platform.kubernetes_version}"
        yield Problem(
            rule="os-sku-version",
            path=path,
            given=given(pool.os_sku),
            allowed=f"{listed(fitting) or 'no Windows Server'} on {where}",
            fix=f"write {fitting[-1]} and rebuild images on its base, {WINDOWS_SKUS[fitting[-1]].container_tags[0]}"
            if fitting
            else f"use Kubernetes 1.{(WINDOWS_SKUS[pool.os_sku].gone_from_minor or 0) - 1} or older",
        )


def _sku_fits(platform: PlatformFacts, name: str) -> bool:
    sku = WINDOWS_SKUS[name]
    if platform.kind == "azure-local" and not sku.azure_local:
        return False
    if platform.minor is None:
        return True
    return sku.first_minor <= platform.minor and not (sku.gone_from_minor and platform.minor >= sku.gone_from_minor)


def counts(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """As many nodes as the platform takes, and no fewer at most than at least."""
    low, high = pool.min_count, pool.max_count
    if low is not None and high is not None and low > high:
        yield Problem(
            rule="pool-count",
            path=at(pool.path, "minCount"),
            given=str(low),
            allowed=f"at most maxCount, which is {high}",
            fix=f"raise maxCount to {low}, or lower minCount",
        )
    if low == 0 and pool.purpose == "system" and platform.kind in _MADE:
        yield Problem(
            rule="pool-count-system",
            path=at(pool.path, "minCount"),
            given="0",
            allowed="1 or more for a system pool",
            fix="add minCount: 1, or 2 to survive the loss of a node",
        )
    elif low == 0 and platform.kind == "azure-local":
        yield Problem(
            rule="pool-count-azure-local",
            path=at(pool.path, "minCount"),
            given="0",
            allowed=f"1 to {azure.AZURE_LOCAL_NODES}: Azure Local has no empty pools",
            fix="add minCount: 1",
        )
    if high is not None and high > azure.AZURE_LOCAL_NODES and platform.kind == "azure-local":
        yield Problem(
            rule="pool-count-azure-local",
            path=at(pool.path, "maxCount"),
            given=str(high),
            allowed=f"1 to {azure.AZURE_LOCAL_NODES} (AKS on Azure Local)",
            fix="lower maxCount, or make a second pool",
        )


def vm_size(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """A size that the platform has and that the pool's operating system runs on."""
    path = at(pool.path, "vmSize")
    size = pool.vm_size
    if platform.kind not in _MADE or size is None:
        return
    if isinstance(size, Absent):
        example = "Standard_D8ds_v5" if platform.kind == "aks" else "Standard_D8s_v3"
        yield Problem(
            rule="vm-size-missing",
            path=path,
            given=NOTHING,
            allowed=f"an Azure VM size ({platform.kind})",
            fix=f"add vmSize, for example {example}",
        )
    elif platform.kind == "azure-local":
        if size not in azure.AZURE_LOCAL_VM_SIZES and not azure.GPU_SIZE.match(size):
            yield Problem(
                rule="vm-size-azure-local",
                path=path,
                given=given(size),
                allowed=f"{listed(azure.AZURE_LOCAL_VM_SIZES)} (AKS on Azure Local)",
                fix=meant(size, azure.AZURE_LOCAL_VM_SIZES, "choose one of them; builds need Standard_D8s_v3 or more"),
            )
    elif not azure.VM_SIZE.match(size):
        yield Problem(
            rule="vm-size",
            path=path,
            given=given(size),
            allowed="the name of an Azure VM size, as `az vm list-sizes` writes it",
            fix="write it like Standard_D8ds_v5",
        )
    elif pool.os == "windows" and azure.ARM64_SIZE.match(size):
        yield Problem(
            rule="vm-size-arm",
            path=path,
            given=given(size),
            allowed="sizes with Intel or AMD processors for Windows pools",
            fix="choose a size without the letter p behind the number, for example Standard_D8ds_v5",
        )
    elif pool.os_sku == "Windows2022" and azure.GENERATION_2_SIZE.search(size):
        yield Problem(
            rule="vm-size-generation",
            path=path,
            given=given(size),
            allowed="sizes up to _v5 for Windows2022, whose pools boot generation 1 images",
            fix="choose a _v5 size, or osSku: Windows2025",
        )


def os_disk(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """The node image fits on the disk."""
    path = at(pool.path, "osDiskSizeGB")
    if not isinstance(pool.os_disk_gb, int) or platform.kind not in _MADE:
        return
    if platform.kind == "azure-local":
        yield Problem(
            rule="os-disk-azure-local",
            path=path,
            given=str(pool.os_disk_gb),
            allowed="nothing: AKS on Azure Local has no such setting",
            fix="remove osDiskSizeGB",
        )
    elif isinstance(pool.os_sku, str) and pool.os_sku in WINDOWS_SKUS:
        floor = WINDOWS_SKUS[pool.os_sku].disk_floor_gb
        if pool.os_disk_gb < floor:
            yield Problem(
                rule="os-disk",
                path=path,
                given=str(pool.os_disk_gb),
                allowed=f"{floor} or more: the node image of {pool.os_sku} has {floor} GB",
                fix="write 256: images of Windows take 5 to 20 GB each, and Docker keeps them on this disk",
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


def fields_unused(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """What only the maker of a pool can set is not set on pools that are found."""
    if platform.kind != "existing-cluster":
        return
    for key, value in (("labels", pool.labels), ("maxPods", pool.max_pods), ("osDiskSizeGB", pool.os_disk_gb)):
        if value is None or value is ABSENT or value == {}:
            continue
        yield Problem(
            rule="pool-field-unused",
            path=at(pool.path, key),
            given=given(value),
            allowed="nothing on existing-cluster, where pools are found and not made",
            fix=f"remove {key}"
            + ("; labels that the nodes have and that tell the pool belong in nodeSelector" if key == "labels" else ""),
        )


def pool_labels(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """Labels are legal and not somebody else's; the selector does not contradict the operating system."""
    if pool.labels is not None and platform.kind in _MADE:
        yield from labels.label_syntax(at(pool.path, "labels"), pool.labels)
        yield from labels.reserved_labels(at(pool.path, "labels"), pool.labels)
    if pool.node_selector is None:
        return
    path = at(pool.path, "nodeSelector")
    yield from labels.label_syntax(path, pool.node_selector)
    selected = pool.node_selector.get(_OS_LABEL, pool.os)
    if pool.os is not None and selected != pool.os:
        yield Problem(
            rule="selector-os",
            path=at(path, _OS_LABEL),
            given=given(selected),
            allowed=f"{pool.os}, the pool's os",
            fix=f"leave {_OS_LABEL} out, as it is added by itself, or correct os",
        )


def taints(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """Taints are legal, those to make are not somebody else's, and those of Windows build pools keep other pods off.

    Each start of Docker Engine on a Windows node cuts the network of the pods that are on it (moby/moby#45462), so a
    pod that strays there is a pod that breaks.
    """
    if pool.taints is None or isinstance(pool.taints, Absent):
        return
    for taint in pool.taints:
        if taint.key is not None:
            yield from labels.taint_key(taint.path, taint.key)
        if taint.key is not None and platform.kind in _MADE:
            yield from labels.reserved_taint(taint.path, taint.key)
        if taint.value is not None:
            yield from labels.taint_value(taint.path, taint.value)
    if pool.os != "windows" or pool.purpose != "build":
        return
    if all(taint.effect is not None and taint.effect not in _KEEPS_OFF for taint in pool.taints):
        yield Problem(
            rule="taint-windows",
            path=at(pool.path, "taints"),
            given=listed([f"{taint.key} with {taint.effect}" for taint in pool.taints], "and") or "an empty list",
            allowed="on Windows build pools at least one taint with NoSchedule or NoExecute: a start of Docker Engine "
            "cuts the network of every other pod on the node",
            fix="leave taints out for the default, sku=Windows:NoSchedule, or add it; on a cluster that is not ours, "
            "taint the nodes too",
        )


def windows_enabled(platform: PlatformFacts, pools: Sequence[PoolFacts]) -> Iterator[Problem]:
    """On Azure Local somebody must have enabled Windows pools, which Azure's API cannot do."""
    if platform.kind != "azure-local" or platform.windows_node_pools is not False:
        return
    windows = [pool for pool in pools if pool.os == "windows"]
    if windows:
        yield Problem(
            rule="windows-pools-disabled",
            path=at(platform.path, "windowsNodePools"),
            given="false",
            allowed=f"true, as {listed([f'{pool.path}' for pool in windows], 'and')} "
            f"{'is' if len(windows) == 1 else 'are'} for Windows",
            fix="enable the feature on a machine of the instance (module Support.AksArc, "
            "Invoke-SupportAksArcRemediation_EnableWindowsNodepool), then write windowsNodePools: true",
        )


def pool_count(platform: PlatformFacts, pools: Sequence[PoolFacts], path: str) -> Iterator[Problem]:
    """No more pools than a cluster takes."""
    if platform.kind == "azure-local" and len(pools) > azure.AZURE_LOCAL_POOLS:
        yield Problem(
            rule="pool-number",
            path=path,
            given=f"{len(pools)} pools",
            allowed=f"at most {azure.AZURE_LOCAL_POOLS} (AKS on Azure Local)",
            fix="merge pools of the same size",
        )


def check(platform: PlatformFacts, pools: Sequence[PoolFacts], path: str = "nodePools") -> Iterator[Problem]:
    """All rules of node pools."""
    for pool in pools:
        yield from pool_name(platform, pool)
        yield from system_pool_is_linux(pool)
        yield from os_sku(platform, pool)
        yield from counts(platform, pool)
        yield from vm_size(platform, pool)
        yield from os_disk(platform, pool)
        yield from max_pods(platform, pool)
        yield from fields_unused(platform, pool)
        yield from pool_labels(platform, pool)
        yield from taints(platform, pool)
    yield from linux_system_pool(platform, pools, path)
    yield from windows_enabled(platform, pools)
    yield from pool_count(platform, pools, path)
