"""The facts of node pools, from settings: default selectors and taints are decided here and nowhere else."""

from __future__ import annotations

from typing import Final, Literal

from components import contract
from components.platform import NodePool, Taint
from infra.settings import node_pool as settings

Maker = Literal["aks", "azure-local"]
"""Who makes a pool; `None` beside it: it is found."""

_SYSTEM_TAINT: Final = Taint(key="CriticalAddonsOnly", value="true", effect="NoSchedule")
"""Keeps a system pool of AKS for what keeps the cluster going, which tolerates it: AKS's own pods and the operators
that a stack installs. https://learn.microsoft.com/azure/aks/use-system-pools, read 2026-08-21"""


def facts(pool: settings.NodePool, maker: Maker | None = None) -> NodePool:
    """The pool as the workloads see it."""
    return NodePool(
        name=pool.name,
        os=pool.os,
        purpose=pool.purpose,
        trust=pool.trust,
        node_selector={contract.LABEL_OS: pool.os, **own_labels(pool, maker)},
        taints=taints(pool, maker),
        os_sku=pool.os_sku,
    )


def own_labels(pool: settings.NodePool, maker: Maker | None = None) -> dict[str, str]:
    """The labels that tell this pool's nodes from all others.

    A pool that is made carries its name of the stack file: Azure's may be another one after each replacement.
    """
    if maker is not None:
        return {contract.LABEL_POOL: pool.name}
    return dict(pool.node_selector) or {contract.LABEL_AGENTPOOL: pool.name}


def made_labels(pool: settings.NodePool, *, stack: str) -> dict[str, str]:
    """All labels that the nodes of a made pool carry, sorted. Ours win over those of the stack file."""
    ours = {
        contract.LABEL_POOL: pool.name,
        contract.LABEL_PURPOSE: pool.purpose,
        contract.LABEL_STACK: stack,
        contract.LABEL_TRUST: pool.trust,
    }
    return dict(sorted({**pool.labels, **ours}.items()))


def taints(pool: settings.NodePool, maker: Maker | None = None) -> tuple[Taint, ...]:
    """The pool's taints as given, else the default of its purpose and operating system."""
    if pool.taints is not None:
        return tuple(Taint(key=taint.key, value=taint.value, effect=taint.effect) for taint in pool.taints)
    if pool.purpose == contract.PURPOSE_SYSTEM:
        return (_SYSTEM_TAINT,) if maker == "aks" else ()
    if pool.os == "windows":
        return (
            Taint(key=contract.TAINT_WINDOWS_KEY, value=contract.TAINT_WINDOWS_VALUE, effect=contract.TAINT_EFFECT),
        )
    return (
        Taint(key=contract.TAINT_LINUX_BUILD_KEY, value=contract.TAINT_LINUX_BUILD_VALUE, effect=contract.TAINT_EFFECT),
    )
