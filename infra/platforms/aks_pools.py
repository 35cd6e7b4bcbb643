"""The node pools of an AKS cluster, from settings.

The first system pool of the stack file is the cluster's inline pool. All others are resources of their own, chained one
after another: a cluster takes one operation at a time, and would refuse the rest in the middle of an `up`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi

from components.azure.node_pool import AksNodePool, AksNodePoolArgs
from components.azure.pool_profile import PoolProfile, PoolUpgrade, immutable
from infra.platforms import node_pools
from infra.platforms.azure_network import NodeNetwork
from infra.platforms.azure_scope import Azure
from infra.settings.aks import AksPlatform
from infra.settings.node_pool import NodePool
from infra.settings.stack import StackSettings
from rules.names import pool_name
from rules.pool_upgrade import drain_minutes, name_limit, replacement
from rules.tables.azure import MAX_PODS
from rules.tables.windows import WINDOWS_SKUS
from rules.vm_size import parse

LINUX: Final = "Ubuntu"
"""The `osSKU` of Linux pools. AKS chooses the release by Kubernetes' version."""


def inline(settings: StackSettings) -> NodePool:
    """The pool that is part of the cluster; that there is one has been checked with the settings."""
    return next(pool for pool in settings.node_pools if pool.purpose == "system" and pool.os == "linux")


def longest_drain(settings: StackSettings) -> int:
    """Minutes that the slowest pool's nodes may take to get empty."""
    return max(_drain(settings, pool) for pool in settings.node_pools)


def profile(
    settings: StackSettings, platform: AksPlatform, pool: NodePool, network: NodeNetwork, *, stack: str
) -> PoolProfile:
    """The pool's nodes, with every default decided."""
    sku = WINDOWS_SKUS[pool.os_sku] if pool.os_sku is not None else None
    # Ports of the way out are counted by address of the node, and translating twice only costs more of them.
    nat = network.outbound == "load-balancer" if pool.outbound_nat is None else pool.outbound_nat
    if pool.vm_size is None:
        raise ValueError(f"node pool {pool.name} has no vmSize; settings have been checked for one")
    return PoolProfile(
        mode="System" if pool.purpose == "system" else "User",
        os=pool.os,
        os_sku=LINUX if sku is None else sku.name,
        vm_size=pool.vm_size,
        min_count=pool.min_count,
        max_count=pool.max_count,
        kubernetes_version=platform.kubernetes_version,
        subnet=network.subnet_of(pool),
        labels=node_pools.made_labels(pool, stack=stack),
        taints=node_pools.taints(pool, "aks"),
        upgrade=PoolUpgrade(
            max_surge=pool.upgrade.max_surge,
            max_unavailable=pool.upgrade.max_unavailable,
            drain_minutes=_drain(settings, pool),
            soak_minutes=pool.upgrade.soak_minutes,
            undrainable=pool.upgrade.undrainable,
        ),
        fips=sku is not None and sku.needs_fips,
        zones=sorted(platform.zones if pool.zones is None else pool.zones),
        max_pods=pool.max_pods or MAX_PODS,
        os_disk_gb=_disk(pool),
        os_disk_type=pool.os_disk_type or "Managed",
        encryption_at_host=pool.encryption_at_host,
        outbound_nat=nat,
    )


def _disk(pool: NodePool) -> int | None:
    if pool.os_disk_size_gb is not None or pool.os_disk_type == "Ephemeral" or pool.vm_size is None:
        return pool.os_disk_size_gb
    size = parse(pool.vm_size)
    return size.os_disk_gb if size else None


def azure_name(pool: NodePool, made: PoolProfile) -> str:
    """What the pool is called in Azure: by its own name, or one that tells it from its predecessor."""
    if replacement(pool.name, pool.os, pool.replacement) == "delete-before-create":
        return pool.name
    return pool_name(name_limit(pool.os), pool.name, immutable(made))


def make(
    settings: StackSettings,
    platform: AksPlatform,
    azure: Azure,
    network: NodeNetwork,
    *,
    stack: str,
    cluster: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
) -> Sequence[pulumi.Resource]:
    """Register every pool but the inline one; returns them in the order in which Azure makes them."""
    made: list[pulumi.Resource] = []
    own = inline(settings)
    # By name, so that the order of the stack file changes nothing.
    for pool in sorted(settings.node_pools, key=lambda pool: pool.name):
        if pool is own:
            continue
        nodes = profile(settings, platform, pool, network, stack=stack)
        made.append(
            AksNodePool(
                f"pool-{pool.name}",
                AksNodePoolArgs(
                    scope=azure.scope,
                    cluster=cluster,
                    name=azure_name(pool, nodes),
                    pool=pool.name,
                    profile=nodes,
                    replacement=replacement(pool.name, pool.os, pool.replacement),
                    wait_for=made[-1:] or after,
                ),
                opts=azure.opts,
            ).agent_pool
        )
    return made


def _drain(settings: StackSettings, pool: NodePool) -> int:
    agents = settings.azure_devops.agent_pools if settings.azure_devops else ()
    runners = settings.github.runner_sets if settings.github else ()
    jobs = [
        *(one.job_timeout_minutes for one in agents if one.node_pool == pool.name),
        *(one.job_timeout_minutes for one in runners if one.node_pool == pool.name),
    ]
    return drain_minutes(pool.upgrade.drain_minutes, max(jobs, default=None))
