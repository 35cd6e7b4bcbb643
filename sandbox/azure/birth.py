"""What Azure adds to a resource: values generated at its birth, and parts that it makes itself.

The defaults that it adds at every write stand in `defaults`.
"""

from __future__ import annotations

import copy
from typing import Any, Final

from sandbox.azure import defaults, ids
from sandbox.azure.records import World
from sandbox.azure.refusals import versions
from sandbox.azure.refusals.common import normal_region
from sandbox.azure.types import CLUSTER, GENERIC, LOCAL_CLUSTER, LOCAL_POOL, POOL, ArmType, arm_type
from sandbox.azure.values import Object, list_at, object_at, text_at, value_at

WORKSPACE: Final = "azure-native:monitor:AzureMonitorWorkspace"
NETWORK: Final = "azure-native:network:VirtualNetwork"
GROUP: Final = "azure-native:resources:ResourceGroup"
SUBNET: Final = "azure-native:network:Subnet"

REPLACED: Final = ("nodeLabels", "nodeTaints", "tags")
"""All others stay as they are in an AKS resource when an update leaves them out."""


def properties(world: World, kind: ArmType, resource_id: str, inputs: Object, found: Object | None) -> Object:
    """What the resource will be: the inputs without path and secrets, with Azure's defaults and what stays."""
    made = copy.deepcopy(inputs)
    for name in kind.path_inputs:
        if name not in kind.echoed:
            made.pop(name, None)
    for path in kind.secrets:
        _drop(made, path)
    if isinstance(made.get("location"), str):
        made["location"] = normal_region(made["location"])
    if found is not None and kind.token in (CLUSTER, POOL):
        before = {key: value for key, value in found["properties"].items() if key not in REPLACED}
        made = {**copy.deepcopy(before), **{key: value for key, value in made.items() if value is not None}}
    if kind.token == POOL:
        cluster = (world.find(ids.parent(resource_id) or "") or {"properties": {}})["properties"]
        made = defaults.pool(made, cluster, found)
    elif kind.token == GENERIC:
        _local_counts(world, resource_id, made, found)
    elif kind.token == CLUSTER:
        made = defaults.cluster(made, found)
        made["agentPoolProfiles"] = [
            defaults.pool(item, made, world.find(f"{resource_id}/agentPools/{item['name']}"))
            for item in list_at(made, "agentPoolProfiles") or []
        ]
        made.setdefault("kubernetesVersion", f"1.{max(set(versions.NEWEST_PATCH) - versions.LONG_TERM_ONLY) - 1}")
        group = ids.place(resource_id).resource_group
        made.setdefault("nodeResourceGroup", f"MC_{group}_{ids.name(resource_id)}_{made.get('location', '')}"[:80])
    return made


def _local_counts(world: World, resource_id: str, made: Object, found: Object | None) -> None:
    """Numbers of nodes on Azure Local: of a pool, and of those that a cluster is born with."""
    if ids.arm_name(resource_id).lower() == LOCAL_POOL:
        before = None if found is None else object_at(found["properties"], "properties")
        defaults.count(object_at(made, "properties"), before)
    for profile in list_at(made, "properties.agentPoolProfiles") or []:
        part = world.find(f"{resource_id}/agentPools/{profile['name']}")
        defaults.count(profile, None if part is None else object_at(part["properties"], "properties"))


def facts(world: World, kind: ArmType, resource_id: str, made: Object, tenant: str) -> Object:
    """What is generated when a resource is born."""
    found: Object = {"guid": world.generated(resource_id, "guid"), "tenantId": tenant}
    if kind.token.endswith(":UserAssignedIdentity"):
        found.update(
            clientId=world.generated(resource_id, "client"), principalId=world.generated(resource_id, "principal")
        )
    if "SystemAssigned" in (text_at(made, "identity.type") or ""):
        found["identityPrincipalId"] = world.generated(resource_id, "identity")
    if kind.token == CLUSTER:
        found["kubelet"] = {key: world.generated(resource_id, key) for key in ("clientId", "objectId")}
    if kind.token.endswith(":PublicIPAddress"):
        digits = int(found["guid"][:8], 16)
        # Documentation addresses, RFC 5737: nobody is ever reached by them.
        found["ipAddress"] = f"203.0.113.{1 + digits % 254}"
    version = version_of(world, kind, resource_id, made)
    return {**found, "version": version} if version else found


def version_of(world: World, kind: ArmType, resource_id: str, made: Object) -> str | None:
    """The Kubernetes version, with its patch, that a cluster or pool is made or changed to."""
    name = ids.arm_name(resource_id).lower()
    wanted = {
        CLUSTER: text_at(made, "kubernetesVersion"),
        POOL: text_at(made, "orchestratorVersion"),
        GENERIC: text_at(made, "properties.kubernetesVersion") if name == LOCAL_CLUSTER else None,
    }.get(kind.token)
    if wanted is not None:
        current = (world.find(resource_id) or {"facts": {}})["facts"].get("version")
        return versions.chosen(wanted, current)
    if kind.token == POOL or (kind.token == GENERIC and name == LOCAL_POOL):
        above = world.find(ids.parent(resource_id) or "") or {"facts": {}}
        version = above["facts"].get("version")
        return str(version) if version else None
    return None


def parts(world: World, record: Object) -> list[Object]:
    """The records of what a resource brings with it: inline subnets and pools, groups and rules of Azure's own."""
    own, made = record["id"], record["properties"]
    if record["token"] == NETWORK:
        return [
            _part(record, SUBNET, f"{own}/subnets/{item['name']}", {k: v for k, v in item.items() if k != "name"})
            for item in list_at(made, "subnets") or []
        ]
    subscription = ids.place(own).subscription
    location = made.get("location", "")
    if record["token"] == CLUSTER:
        group = f"/subscriptions/{subscription}/resourceGroups/{made['nodeResourceGroup']}"
        return [
            _part(record, GROUP, group, {"location": location, "managedBy": own}),
            *(
                _part(record, POOL, f"{own}/agentPools/{item['name']}", {k: v for k, v in item.items() if k != "name"})
                for item in list_at(made, "agentPoolProfiles") or []
            ),
        ]
    if record["token"] == GENERIC and record["arm"].lower() == LOCAL_CLUSTER:
        return [
            _part(
                record,
                GENERIC,
                f"{own}/agentPools/{item['name']}",
                {"properties": {key: value for key, value in item.items() if key != "name"}},
            )
            for item in list_at(made, "properties.agentPoolProfiles") or []
        ]
    if record["token"] == WORKSPACE:
        name = ids.name(own)
        group = f"/subscriptions/{subscription}/resourceGroups/MA_{name}_{location}_managed"
        insights = f"{group}/providers/Microsoft.Insights"
        monitor = "azure-native:monitor:"
        return [
            _part(record, GROUP, group, {"location": location, "managedBy": own}),
            _part(record, f"{monitor}DataCollectionEndpoint", f"{insights}/dataCollectionEndpoints/{name}", {}),
            _part(record, f"{monitor}DataCollectionRule", f"{insights}/dataCollectionRules/{name}", {}),
        ]
    return []


def _part(owner: Object, token: str, resource_id: str, made: Object) -> Object:
    return {
        "id": resource_id,
        "token": token,
        "arm": ids.arm_name(resource_id) if token == GENERIC else arm_type(token).name,
        "state": owner["state"],
        "properties": copy.deepcopy(made),
        "facts": {},
        "digests": {},
        "seeded": False,
        "owner": owner["id"],
        "born": owner["born"],
    }


def _drop(value: Any, path: str) -> None:
    above, _, key = path.rpartition(".")
    holder = value_at(value, above) if above else value
    if isinstance(holder, dict):
        holder.pop(key, None)
