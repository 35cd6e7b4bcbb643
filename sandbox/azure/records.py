"""What the store knows of one resource, and how the resources of a state are found.

A record is a JSON object:

- `id`, `token`, `arm` (Azure's name of the type), `state` (Azure's `provisioningState`)
- `properties`: what the resource is now: inputs with Azure's defaults and whatever changed since, without the inputs
  that form the id and without secrets
- `facts`: what Azure generated at its birth
- `digests`: of secrets, salted, to tell whether they changed
- `seeded`: whether somebody else made it; `owner`: id of the resource that made it as a part of itself
- `born`: whether its creation has ended
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.azure import ids
from sandbox.azure.types import CLUSTER, GENERIC, LOCAL_CLUSTER, LOCAL_POOL, POOL
from sandbox.azure.values import Object

_SPACE: Final = uuid.UUID("6f3a8a52-6c7e-5c1e-9f6d-0a2b8f0c1d11")


@dataclass(frozen=True)
class World:
    """A state, and when it is looked at. Changes of records are changes of the state."""

    state: Object
    now: float

    def find(self, resource_id: str) -> Object | None:
        """The record of an id."""
        found: Object | None = self.state["resources"].get(ids.key(resource_id))
        return found

    def exists(self, resource_id: str) -> bool:
        """Whether there is such a resource. A subscription always is."""
        return resource_id.strip("/").count("/") == 1 or self.find(resource_id) is not None

    def add(self, record: Object) -> None:
        """Keep a record."""
        self.state["resources"][ids.key(record["id"])] = record

    def all(self) -> list[Object]:
        """All records, by id."""
        return [self.state["resources"][key] for key in sorted(self.state["resources"])]

    def of(self, *tokens: str) -> list[Object]:
        """The records of some types."""
        return [record for record in self.all() if record["token"] in tokens]

    def below(self, resource_id: str) -> list[Object]:
        """All that lives in or under a resource, and what it made as a part of itself."""
        above = [resource_id]
        found: dict[str, Object] = {}
        while above:
            ancestor = above.pop()
            for record in self.all():
                mine = ids.is_below(record["id"], ancestor) or ids.key(record.get("owner") or "") == ids.key(ancestor)
                if mine and ids.key(record["id"]) not in found:
                    found[ids.key(record["id"])] = record
                    above.append(record["id"])
        return [found[key] for key in sorted(found)]

    def remove(self, resource_id: str) -> None:
        """Forget a resource and all below it."""
        for record in self.below(resource_id):
            self.state["resources"].pop(ids.key(record["id"]), None)
        self.state["resources"].pop(ids.key(resource_id), None)

    def running(self) -> list[Object]:
        """Operations that have not ended, the oldest first."""
        every = self.state["operations"]
        return [every[number] for number in sorted(every, key=int) if every[number]["status"] == "running"]

    def generated(self, resource_id: str, what: str) -> str:
        """A GUID for one incarnation of a resource: the next one of the same id gets another."""
        key = ids.key(resource_id)
        return str(uuid.uuid5(_SPACE, f"{key}#{self.state['births'].get(key, 0)}#{what}"))


def is_cluster(record: Object) -> bool:
    """Whether this is a cluster that has nodes, in Azure or on Azure Local."""
    return bool(record["token"] == CLUSTER or (record["token"] == GENERIC and record["arm"].lower() == LOCAL_CLUSTER))


def is_pool(record: Object) -> bool:
    """Whether this is a node pool."""
    return bool(record["token"] == POOL or (record["token"] == GENERIC and record["arm"].lower() == LOCAL_POOL))


def cluster_id(record: Object) -> str | None:
    """The cluster that a cluster or pool is or belongs to."""
    if is_cluster(record):
        return str(record["id"])
    return ids.parent(record["id"]) if is_pool(record) else None


def pools(world: World, cluster: str) -> Iterator[Object]:
    """The pools of a cluster, inline ones included."""
    for record in world.all():
        if is_pool(record) and ids.key(ids.parent(record["id"]) or "") == ids.key(cluster):
            yield record
