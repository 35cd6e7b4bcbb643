"""What Azure refuses because of what else exists: parents, references, names, immutable properties, busy clusters.

Each rule looks at a request and the world and raises `AzureError`, in the order in which Azure would get to it.
"""

from __future__ import annotations

from sandbox.azure.admission import (
    access,
    busy,
    clusters,
    immutable,
    live_pools,
    local,
    networks,
    references,
    unique,
    usage,
)
from sandbox.azure.admission.request import Put
from sandbox.azure.records import World

__all__ = ["Put", "admit_delete", "admit_put"]

_PUTS = (
    references.parent,
    busy.put,
    immutable.put,
    references.put,
    unique.put,
    networks.put,
    access.put,
    live_pools.put,
    clusters.put,
    local.put,
)


def admit_put(world: World, put: Put) -> None:
    """Raise `AzureError` if Azure would refuse this create or update."""
    for rule in _PUTS:
        rule(world, put)


def admit_delete(world: World, resource_id: str) -> None:
    """Raise `AzureError` if Azure would refuse this delete."""
    busy.delete(world, resource_id)
    usage.delete(world, resource_id)
