"""Node pools: what each platform takes, and what keeps a build pool apart.

Owns names, counts, operating systems, labels and taints of pools. Their machines are in `pool_size`, their upgrades and
replacements in `pool_upgrade`, settings that a platform does not have in `pool_fields`, and who may run on a pool in
`placement`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules import labels, names, pool_fields, pool_size, pool_upgrade
from rules.given import ABSENT, Absent
from rules.kubernetes_support import minor_there
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.pool_upgrade import Jobs
from rules.problem import Problem
from rules.tables import azure
from rules.tables.windows import WINDOWS_SKUS, WindowsSku
from rules.words import NOTHING, given, listed

_KEEPS_OFF = ("NoSchedule", "NoExecute")
_OS_LABEL = "kubernetes.io/os"
LEAST_SYSTEM_NODES = 2
"""In production. MicrosoftDocs/azure-aks-docs, use-system-pools, read 2026-08-21: at least two, three advised."""


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
    there = [sku for sku in WINDOWS_SKUS.values() if platform.kind != "azure-local" or sku.azure_local]
    fitting = [sku.name for sku in there if _sku_fits(platform, sku)]
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
        choices = fitting or [sku.name for sku in there]
        yield Problem(
            rule="os-sku-missing",
            path=path,
            given=NOTHING,
            allowed=f"{listed(choices)}: container images must fit the nodes' Windows Server",
            fix=f"add osSku: {choices[0]}" if len(choices) == 1 else "name the nodes' Windows Server",
        )
    elif isinstance(pool.os_sku, str) and pool.os_sku in WINDOWS_SKUS and pool.os_sku not in fitting:
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
            else _version_for(platform, there, pool.os_sku),
        )


def _version_for(platform: PlatformFacts, there: Sequence[WindowsSku], wanted: str) -> str:
    """The fix where no Windows Server of the platform fits its Kubernetes: the nearest version that has one."""
    usable = [sku for sku in there if sku.name == wanted] or there
    oldest = min(usable, key=lambda sku: sku.first_minor)
    if platform.minor is not None and platform.minor < oldest.first_minor:
        sku, version = oldest, f"1.{oldest.first_minor} or newer"
    else:
        sku = max(usable, key=lambda sku: sku.gone_from_minor or 0)
        version = f"1.{(sku.gone_from_minor or 0) - 1} or older"
    return f"use Kubernetes {version}" + ("" if sku.name == wanted else f", and osSku: {sku.name}")


def _sku_fits(platform: PlatformFacts, sku: WindowsSku) -> bool:
    # A Kubernetes that is not there is a mistake of its own, and says nothing about Windows.
    if platform.minor is None or not minor_there(platform.kind, platform.minor):
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
    if low == 0 and pool.purpose == "system" and platform.makes_pools:
        yield Problem(
            rule="pool-count-system",
            path=at(pool.path, "minCount"),
            given="0",
            allowed="1 or more for a system pool",
            fix="add minCount: 1, or 2 to survive the loss of a node",
        )
    elif low == 1 and pool.purpose == "system" and platform.makes_pools and platform.production:
        yield Problem(
            rule="pool-count-production",
            path=at(pool.path, "minCount"),
            given="1",
            allowed=f"{LEAST_SYSTEM_NODES} or more for a system pool in production: with one, its loss or upgrade "
            "takes the cluster's own parts down",
            fix=f"write minCount: {LEAST_SYSTEM_NODES}, or 3 with availability zones",
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


def pool_labels(platform: PlatformFacts, pool: PoolFacts) -> Iterator[Problem]:
    """Labels are legal and not somebody else's; the selector does not contradict the operating system."""
    if pool.labels is not None and platform.makes_pools:
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
        if taint.key is not None and platform.makes_pools:
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


def check(
    platform: PlatformFacts,
    pools: Sequence[PoolFacts],
    path: str = "nodePools",
    *,
    jobs: Jobs | None = None,
    outbound: str | None = None,
) -> Iterator[Problem]:
    """All rules of node pools.

    `jobs` maps a pool's name to its longest job; `outbound` is how the nodes reach the internet, the default included.
    """
    for pool in pools:
        yield from pool_name(platform, pool)
        yield from system_pool_is_linux(pool)
        yield from os_sku(platform, pool)
        yield from counts(platform, pool)
        yield from pool_labels(platform, pool)
        yield from taints(platform, pool)
        yield from pool_size.check(platform, pool)
        yield from pool_upgrade.check(platform, pool, jobs or {})
        yield from pool_fields.check(platform, pool, outbound)
    yield from linux_system_pool(platform, pools, path)
