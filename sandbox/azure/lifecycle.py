"""The life of an operation: accepted, ended after its time, and what its end does to the state.

Ends are lazy: whoever looks after an operation's time is over ends it. So an operation ends although its caller was
killed, as Azure's do.
"""

from __future__ import annotations

import os
from typing import Final

from sandbox.azure import birth, ids
from sandbox.azure.admission.request import label
from sandbox.azure.operations import Kind
from sandbox.azure.records import World, is_cluster, pools
from sandbox.azure.refusals import versions
from sandbox.azure.types import CLUSTER, POOL, arm_type
from sandbox.azure.values import Object, flag_at, is_absent, list_at, number_at, text_at

KEPT: Final = 500
"""Operations that have ended and are still remembered, for whoever waits for them."""
_DOING: Final = {"create": "Creating", "update": "Updating", "delete": "Deleting"}
_DAY: Final = 86400.0


def begin(world: World, kind: Kind, record: Object, *, seconds: float, error: Object | None, nodes: bool) -> Object:
    """Note an operation on a record that is in the state; `error` is how it will fail."""
    number = world.state["next"]
    world.state["next"] = number + 1
    record["state"] = _DOING[kind]
    operation: Object = {
        "number": number,
        "kind": kind,
        "token": record["token"],
        "id": record["id"],
        "ends": world.now + seconds,
        "status": "running",
        "error": error,
        "nodes": nodes,
        "pid": os.getpid(),
        "versions": _versions(world, kind, record),
    }
    world.state["operations"][str(number)] = operation
    for old in sorted(world.state["operations"], key=int)[:-KEPT]:
        if world.state["operations"][old]["status"] != "running":
            del world.state["operations"][old]
    return operation


def end(world: World, operation: Object, error: Object | None = None) -> None:
    """End an operation: by its own failure, by `error`, or well."""
    failure = error or operation["error"]
    operation.update(status="failed" if failure else "succeeded", error=failure)
    record = world.find(operation["id"])
    if record is None:
        return
    if failure:
        record["state"] = "Failed"
        return
    if operation["kind"] == "delete":
        for going in [record, *world.below(record["id"])]:
            _bury(world, going)
        world.remove(record["id"])
        return
    for key, version in operation["versions"].items():
        if key in world.state["resources"]:
            world.state["resources"][key]["facts"]["version"] = version
    record["state"] = "Succeeded"
    record["born"] = True
    for part in world.below(record["id"]):
        if part.get("owner") and ids.key(part["owner"]) == ids.key(record["id"]):
            part.update(state="Succeeded", born=True)


def end_due(world: World) -> None:
    """End all whose time is over and whose end changes no nodes."""
    for operation in world.running():
        if operation["ends"] <= world.now and (not operation["nodes"] or operation["error"]):
            end(world, operation)


def _versions(world: World, kind: Kind, record: Object) -> Object:
    """The Kubernetes versions that this operation brings, by key: of the cluster, and of pools that follow it."""
    if kind == "delete":
        return {}
    version = birth.version_of(world, arm_type(record["token"]), record["id"], record["properties"])
    if version is None:
        return {}
    brought = {ids.key(record["id"]): version}
    if record["token"] == POOL and is_absent(record["properties"], "orchestratorVersion"):
        # Without a version a pool gets its cluster's at birth, and stays at it.
        return brought if record["facts"].get("version") is None else {}
    if is_cluster(record):
        profiles = list_at(record["properties"], "agentPoolProfiles") or []
        stated = [item["name"] for item in profiles if text_at(item, "orchestratorVersion")]
        for pool in pools(world, record["id"]):
            own = text_at(pool["properties"], "orchestratorVersion")
            # After its birth an AKS cluster takes along only the pools whose versions its PUT states (Azure/AKS#3087);
            # on Azure Local all follow.
            if record["token"] == CLUSTER and ids.name(pool["id"]) not in stated:
                continue
            chosen = versions.chosen(own, pool["facts"].get("version")) if own else version
            brought[ids.key(pool["id"])] = chosen
    return brought


def _bury(world: World, record: Object) -> None:
    """Keep the name of a deleted vault."""
    if record["arm"].lower() != "microsoft.keyvault/vaults" or record["seeded"]:
        return
    days = number_at(record["properties"], "properties.softDeleteRetentionInDays") or 90
    world.state["deleted"][ids.name(record["id"]).lower()] = {
        "id": record["id"],
        "until": world.now + days * _DAY,
        "purge_protection": flag_at(record["properties"], "properties.enablePurgeProtection") is True,
        "label": label(record["token"], record["id"]),
    }


def forget_deleted(world: World) -> None:
    """Free the names of vaults whose time is over."""
    deleted = world.state["deleted"]
    for name in [name for name, vault in deleted.items() if vault["until"] <= world.now]:
        del deleted[name]


def is_orphan(operation: Object) -> bool:
    """Whether the process that began an operation is gone, so that nobody will wait for it."""
    try:
        os.kill(operation["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
