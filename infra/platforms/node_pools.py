"""The facts of node pools, from settings: default selectors and taints are decided here and nowhere else."""

from __future__ import annotations

from components import contract
from components.platform import NodePool, Taint
from infra.settings import node_pool as settings


def facts(pool: settings.NodePool) -> NodePool:
    """The pool as the workloads see it."""
    return NodePool(
        name=pool.name,
        os=pool.os,
        purpose=pool.purpose,
        trust=pool.trust,
        node_selector={contract.LABEL_OS: pool.os, **own_labels(pool)},
        taints=taints(pool),
        os_sku=pool.os_sku,
    )


def own_labels(pool: settings.NodePool) -> dict[str, str]:
    """The labels that tell this pool's nodes from all others."""
    return dict(pool.node_selector) or {contract.LABEL_AGENTPOOL: pool.name}


def taints(pool: settings.NodePool) -> tuple[Taint, ...]:
    """The pool's taints as given, else the default of its purpose and operating system."""
    if pool.taints is not None:
        return tuple(Taint(key=taint.key, value=taint.value, effect=taint.effect) for taint in pool.taints)
    if pool.purpose == contract.PURPOSE_SYSTEM:
        return ()
    if pool.os == "windows":
        return (
            Taint(key=contract.TAINT_WINDOWS_KEY, value=contract.TAINT_WINDOWS_VALUE, effect=contract.TAINT_EFFECT),
        )
    return (
        Taint(key=contract.TAINT_LINUX_BUILD_KEY, value=contract.TAINT_LINUX_BUILD_VALUE, effect=contract.TAINT_EFFECT),
    )
