"""What a node pool is for, as far as the program of somebody else tells it.

Owns the purposes and how a taint of a pool is read. Our label says it. Where there is none, a system pool is one by its
mode, and a build pool is a user pool that keeps ordinary pods away: one of Windows, or one with a taint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rules.policies.azure import Pool
from rules.policies.fleet import PURPOSE_LABEL
from rules.policies.node import Node, Verdict, each_known
from rules.policies.rule import Context

Purpose = Literal["system", "build", "user"]
Check = Callable[[Pool, Context], Iterator[Verdict]]

CRITICAL_KEY: Final = "CriticalAddonsOnly"
"""Key of the taint that AKS's own parts tolerate."""
SPOT_KEY: Final = "kubernetes.azure.com/scalesetpriority"
SPOT_TAINT: Final = f"{SPOT_KEY}=spot:NoSchedule"
"""Put by AKS on the nodes of each Spot pool. MicrosoftDocs/azure-aks-docs spot-node-pool, read 2026-08-21."""
RESERVED_PREFIX: Final = "kubernetes.azure.com/"
KEEPS_OFF: Final = ("NoSchedule", "NoExecute")

_TAINT: Final = re.compile(r"(?P<key>[^=:]+)(=(?P<value>[^=:]*))?:(?P<effect>NoSchedule|NoExecute|PreferNoSchedule)")


@dataclass(frozen=True)
class PoolTaint:
    """One of `nodeTaints`. What is no taint has an empty key."""

    node: Node
    key: str = ""
    value: str = ""
    effect: str = ""


def parsed(node: Node) -> PoolTaint:
    """A taint. Raises `NotKnown`."""
    match = _TAINT.fullmatch(node.text() or "")
    return PoolTaint(node, match["key"], match["value"] or "", match["effect"]) if match else PoolTaint(node)


def has_taint(pool: Pool, wanted: Callable[[PoolTaint], bool]) -> bool:
    """Whether one of the pool's taints is as wanted. Raises `NotKnown` where only one that is unknown may be."""
    nodes = pool.taints()
    if any(wanted(parsed(node)) for node in nodes if node.is_known):
        return True
    for node in nodes:
        node.known()
    return False


def purpose(pool: Pool) -> Purpose:
    """What the pool is for. Raises `NotKnown` where that cannot be told."""
    label = pool.label(PURPOSE_LABEL)
    if label == "build":
        return "build"
    if pool.is_system():
        return "system"
    if label is not None or (pool.body.get("mode").text("User") or "").casefold() != "user":
        return "user"
    if pool.is_windows():
        return "build"
    return "build" if has_taint(pool, lambda taint: taint.key != SPOT_KEY) else "user"


def each(pool: Pool, context: Context, checks: Sequence[Check]) -> Iterator[Verdict]:
    """All checks of a pool: what one of them cannot know hides nothing that another finds."""
    yield from each_known(list(checks), lambda check: check(pool, context))


def spot(pool: Pool) -> bool:
    """Whether Azure may take the nodes away at any time. Raises `NotKnown`."""
    return (pool.body.get("scaleSetPriority").text("Regular") or "").casefold() == "spot"
