"""The engine and the nodes it is on: drives, disks, ports, pools, and who counts its agents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules import windows_images
from rules.duplicates import duplicates
from rules.engine_daemon import data_roots, ports_of
from rules.engine_facts import EngineFacts, PruneFacts
from rules.given import Absent
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from rules.tables.docker_engine import (
    DRIVE_OF_SYSTEM,
    DRIVE_OF_TEMPORARY_DISK,
    NODE_PORT_RANGE,
    NODE_PORTS,
)
from rules.tables.vm_sizes import TEMPORARY_DISK_IS_RAW_FROM
from rules.tables.windows import WINDOWS_SKUS
from rules.vm_size import parse
from rules.words import given, listed, meant

LONGEST_NAME_MADE: Final = "engine-smoke-test-NAME-0123456789"
"""Of a Job, which Kubernetes puts into a label of its pods. No other object's name and label is longer."""
LONGEST_POOL_NAME: Final = 63 - len(LONGEST_NAME_MADE.replace("NAME", ""))


def drives(engine: EngineFacts, platform: PlatformFacts, pools: Sequence[PoolFacts]) -> Iterator[Problem]:
    """The drive of the data root exists on the nodes of pools that are made here.

    C: always does. D: is a machine's temporary disk in Azure, which its size tells; a size that cannot be read says
    nothing. Nodes of AKS on Azure Local have no second drive. On a cluster that is found, the supervisor tells.
    """
    if not platform.makes_pools:
        return
    for path, folder, one in data_roots(engine):
        drive = folder[0].upper()
        if drive == DRIVE_OF_SYSTEM:
            continue
        for pool in pools:
            own = engine.of(pool.name)
            if one is not None and pool.name != one:
                continue
            if one is None and own is not None and own.data_root is not None and not isinstance(own.data_root, Absent):
                continue
            if not _may_have_drive(platform, pool, drive):
                yield Problem(
                    rule="engine-data-root-drive",
                    path=path,
                    given=f"{given(folder)}, for pool {given(pool.name)}",
                    allowed=f"drive {DRIVE_OF_SYSTEM}:"
                    + (
                        f", or {DRIVE_OF_TEMPORARY_DISK}: where the size of the pool's machines has a temporary disk; "
                        f"from version {TEMPORARY_DISK_IS_RAW_FROM} on that comes raw, without a drive"
                        if platform.kind == "aks"
                        else ", the only one of nodes that AKS on Azure Local makes"
                    ),
                    fix=r"write C:\ProgramData\docker"
                    + (
                        ", or choose a size with the letter d and a version before it, for example Standard_D8ds_v5"
                        if platform.kind == "aks" and drive == DRIVE_OF_TEMPORARY_DISK
                        else ""
                    ),
                )
                break


def _may_have_drive(platform: PlatformFacts, pool: PoolFacts, drive: str) -> bool:
    if platform.kind != "aks" or drive != DRIVE_OF_TEMPORARY_DISK:
        return False
    size = parse(pool.vm_size) if isinstance(pool.vm_size, str) else None
    return size is None or size.temporary_drive


def prune(engine: EngineFacts, platform: PlatformFacts, pools: Sequence[PoolFacts]) -> Iterator[Problem]:
    """Cleaning begins before the node is full, and can reach what it is for."""
    every = [engine.prune, *(one.prune for one in engine.pools or () if isinstance(one.prune, PruneFacts))]
    for facts in every:
        if facts.below_gib is not None and facts.floor_gib is not None and facts.floor_gib >= facts.below_gib:
            yield Problem(
                rule="engine-prune-floor",
                path=at(facts.path, "floorGiB"),
                given=given(facts.floor_gib),
                allowed=f"less than belowGiB, which is {facts.below_gib}: below that a node is cleaned, and below the "
                "floor it is out of service",
                fix=f"write {facts.below_gib // 2}, or raise belowGiB",
            )
    if platform.kind != "aks":
        return
    for pool in pools:
        own = engine.of(pool.name)
        facts = own.prune if own is not None and isinstance(own.prune, PruneFacts) else engine.prune
        root = own.data_root if own is not None and isinstance(own.data_root, str) else engine.data_root
        most = _most_free_gib(pool)
        on_system = root is not None and root[:1].upper() == DRIVE_OF_SYSTEM
        if on_system and most is not None and facts.below_gib is not None and facts.below_gib >= most > 0:
            yield Problem(
                rule="engine-prune-disk",
                path=at(facts.path, "belowGiB"),
                given=f"{facts.below_gib}, for pool {given(pool.name)}",
                allowed=f"less than {most}: the pool's disk, without what the node image takes of it; else it would be "
                "cleaned all the time",
                fix=f"give the pool a larger osDiskSizeGB, or write {max(most // 4, 1)}",
            )


def _most_free_gib(pool: PoolFacts) -> int | None:
    """What a node's disk can have free, at most; `None` where that is not known."""
    sku = WINDOWS_SKUS.get(pool.os_sku) if isinstance(pool.os_sku, str) else None
    size = parse(pool.vm_size) if isinstance(pool.vm_size, str) else None
    disk = pool.os_disk_gb if isinstance(pool.os_disk_gb, int) else None
    if disk is None and isinstance(pool.os_disk_gb, Absent) and size is not None:
        disk = size.os_disk_gb
    return None if sku is None or disk is None else disk - sku.disk_floor_gb


def ports(engine: EngineFacts) -> Iterator[Problem]:
    """Nothing else on a node listens there."""
    taken: dict[int, str] = {}
    for path, port in ports_of(engine).items():
        by = NODE_PORTS.get(port) or taken.get(port)
        if by is None and port in NODE_PORT_RANGE:
            by = "services of type NodePort"
        if by is not None:
            yield Problem(
                rule="engine-port",
                path=path,
                given=given(port),
                allowed=f"a port that nothing else on a node listens on; this one is for {by}",
                fix="leave it out, or choose another one below 30000",
            )
        taken[port] = "the other of the two"


def any_pool(engine: EngineFacts, pools: Sequence[PoolFacts]) -> Iterator[Problem]:
    """There is a pool that the engine is for."""
    if not pools:
        yield Problem(
            rule="engine-no-pool",
            path=engine.path,
            given="no Windows build pool",
            allowed="dockerEngine with a node pool of os: windows and purpose: build, as only these have the engine",
            fix="add such a pool to nodePools, or remove dockerEngine",
        )


def own_pools(engine: EngineFacts, pools: Sequence[PoolFacts]) -> Iterator[Problem]:
    """Pools that something is said about have the engine, and each is named once."""
    names = [pool.name for pool in pools if pool.name is not None]
    for one in engine.pools or ():
        if one.name is not None and one.name not in names and len(names) == len(pools):
            allowed = f"Windows build pools: {listed(sorted(names))}" if names else "Windows build pools; there is none"
            yield Problem(
                rule="engine-pool",
                path=at(one.path, "name"),
                given=given(one.name),
                allowed=allowed,
                fix=meant(one.name, names, "remove the entry"),
            )
    yield from duplicates(
        "engine-pool-duplicate",
        "pool of dockerEngine.nodePools",
        [(at(one.path, "name"), one.name) for one in engine.pools or ()],
    )


def pool_names(pools: Sequence[PoolFacts]) -> Iterator[Problem]:
    """The engine's objects are called after their pool, and names of them are values of labels."""
    for pool in pools:
        if pool.name is not None and len(pool.name) > LONGEST_POOL_NAME:
            yield Problem(
                rule="engine-pool-name",
                path=at(pool.path, "name"),
                given=f"{len(pool.name)} characters",
                allowed=f"at most {LONGEST_POOL_NAME} with dockerEngine: `{LONGEST_NAME_MADE}` is the value of a label",
                fix="shorten it; nodeSelector finds the nodes, whatever the name is here",
            )


def images(engine: EngineFacts) -> Iterator[Problem]:
    """One image holds one version: with an image of its own, the stack names one for each."""
    if not isinstance(engine.image, str):
        return
    for one in engine.pools or ():
        if isinstance(one.version, str) and one.version != engine.version and isinstance(one.image, Absent):
            yield Problem(
                rule="engine-pool-image",
                path=at(one.path, "version"),
                given=given(one.version),
                allowed=f"the version of images.dockerEngine, which is {engine.version or 'that of dockerEngine'}: an "
                "image has the binaries of one",
                fix=f"add image beside it, with an image of {one.version}, or remove images.dockerEngine",
            )


def agents_per_node(engine: EngineFacts, pools: Sequence[PoolFacts]) -> Iterator[Problem]:
    """More than one a node is counted by a resource that only nodes have which are there."""
    most = engine.agents_per_node
    empty = [pool.name or pool.path for pool in pools if pool.min_count == 0]
    if isinstance(most, int) and most > 1 and empty:
        yield Problem(
            rule="engine-agents-per-node",
            path=at(engine.path, "agentsPerNode"),
            given=f"{most}, with minCount 0 on {listed(sorted(empty), 'and')}",
            allowed="1, or more where each Windows build pool has a minCount of 1 or more: nodes offer the places "
            "themselves, so an autoscaler does not know that a first node of an empty pool would",
            fix=f"set minCount to 1 on {listed(sorted(empty), 'and')}, or write 1",
        )


def smoke_images(engine: EngineFacts) -> Iterator[Problem]:
    """Each is for a Windows Server, and runs on it."""
    for name, image in sorted((engine.smoke_images or {}).items()):
        path = at(engine.path, "smoke", "images", name)
        if name not in WINDOWS_SKUS:
            yield Problem(
                rule="engine-smoke-image",
                path=path,
                given=given(name),
                allowed=listed(WINDOWS_SKUS),
                fix=meant(name, WINDOWS_SKUS, "write one of them, as osSku has it"),
            )
        else:
            yield from windows_images.fits(path, image, name, "any")


def alerts(engine: EngineFacts) -> Iterator[Problem]:
    """Rules for metrics that somebody collects, and that reads such rules."""
    if engine.alerts and engine.pod_monitor is not None and engine.pod_monitor != "prometheus-operator":
        yield Problem(
            rule="engine-alerts",
            path=at(engine.path, "monitoring", "alerts"),
            given="true",
            allowed="true with podMonitor: prometheus-operator; Azure's managed Prometheus has its rules in Azure",
            fix="set podMonitor: prometheus-operator, or remove alerts",
        )


def check(engine: EngineFacts, platform: PlatformFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """All of them. `pools` are all pools of the stack; `None`: not known."""
    yield from ports(engine)
    yield from images(engine)
    yield from smoke_images(engine)
    yield from alerts(engine)
    own = [pool for pool in pools or () if pool.os == "windows" and pool.purpose == "build"]
    if pools is not None and all(pool.os is not None and pool.purpose is not None for pool in pools):
        yield from any_pool(engine, own)
        yield from own_pools(engine, own)
    yield from pool_names(own)
    yield from drives(engine, platform, own)
    yield from prune(engine, platform, own)
    yield from agents_per_node(engine, own)
