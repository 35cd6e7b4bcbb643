"""Resources that exist without having been made here: what a stack brings by id."""

from __future__ import annotations

from sandbox.azure import ids
from sandbox.azure.records import World
from sandbox.azure.types import TYPES
from sandbox.azure.values import Object


def add(world: World, resource_id: str, properties: Object) -> None:
    """Let a resource exist, and all above it. What exists stays as it is, but for the properties of a seed."""
    for seeded in [resource_id, *ids.ancestors(resource_id)]:
        own = properties if seeded == resource_id else {}
        found = world.find(seeded)
        if found is None:
            world.add(_record(world, seeded, own))
        elif found["seeded"]:
            found["properties"].update(own)


def _record(world: World, resource_id: str, properties: Object) -> Object:
    arm = ids.arm_name(resource_id)
    token = next((kind.token for kind in TYPES.values() if kind.name.lower() == arm.lower()), "")
    kept = dict(properties)
    return {
        "id": resource_id,
        "token": token,
        "arm": arm,
        "state": "Succeeded",
        "properties": kept,
        "facts": {"guid": world.generated(resource_id, "guid"), "principalId": kept.get("principalId")},
        "digests": {},
        "seeded": True,
        "owner": None,
        "born": True,
    }
