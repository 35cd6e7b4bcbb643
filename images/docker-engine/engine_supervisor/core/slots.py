"""Slots of the rollout: Leases that bound how many nodes are out of service for a change.

A slot that is held without an operation belongs to the wish that took it, or is given back.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine_supervisor.world import Cluster, Slot


def held(cluster: Cluster) -> tuple[Slot, ...]:
    """Those of this node. One that has expired is ours until another takes it."""
    return tuple(sorted((slot for slot in cluster.slots if slot.holder == cluster.node), key=_name))


def free(cluster: Cluster) -> Slot | None:
    """One that can be taken."""
    for slot in sorted(cluster.slots, key=_name):
        if slot.holder is None or slot.expired:
            return slot
    return None


def stopped(cluster: Cluster | None, target: str) -> bool:
    """Whether the rollout of a target was stopped: on any slot it counts for all."""
    return cluster is not None and any(slot.stopped == target for slot in cluster.slots)


def holders(cluster: Cluster) -> Sequence[str]:
    """Nodes that the others wait for."""
    return sorted(slot.holder for slot in cluster.slots if slot.holder is not None and not slot.expired)


def _name(slot: Slot) -> str:
    return slot.name
