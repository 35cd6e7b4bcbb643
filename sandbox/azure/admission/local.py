"""AKS on Azure Local, in sight of its custom location and of its other pools.

Sources: MicrosoftDocs/azure-stack-docs AKS-Arc (scale-requirements; Windows pools disabled since release 2509), read
2026-08-21; Azure/azure-resource-manager-schemas hybridContainerService 2024-01-01, read 2026-08-16.
"""

from __future__ import annotations

from typing import Final

from rules.tables import azure
from sandbox.azure import ids
from sandbox.azure.admission.request import Put
from sandbox.azure.records import World, pools
from sandbox.azure.refusals import versions
from sandbox.azure.types import GENERIC, LOCAL_CLUSTER, LOCAL_POOL
from sandbox.azure.values import Object, list_at, object_at, same, text_at, value_at

_FIXED_POOL: Final = ("maxPods", "osSKU", "osType", "vmSize")
_FIXED_CLUSTER: Final = (
    "cloudProviderProfile.infraNetworkProfile",
    "controlPlane.controlPlaneEndpoint",
    "linuxProfile",
    "networkProfile.networkPolicy",
    "networkProfile.podCidr",
)
"""And, by create-clusters, Azure RBAC and workload identity, which are the connected cluster's and the issuer's."""
_DEFAULTS: Final = {"maxPods": 110}
"""What a property that was never stated is."""


def put(world: World, put: Put) -> None:
    """Rules of the cluster instance and its pools."""
    kind = ids.arm_name(put.id).lower()
    if put.token != GENERIC or kind not in (LOCAL_CLUSTER, LOCAL_POOL):
        return
    before, after = (object_at(of, "properties") for of in (put.found and put.found["properties"], put.inputs))
    if put.found is not None:
        _compare(put, _FIXED_POOL if kind == LOCAL_POOL else _FIXED_CLUSTER, before, after, "properties")
        old = {profile["name"]: profile for profile in list_at(before, "agentPoolProfiles") or []}
        for index, profile in enumerate(list_at(after, "agentPoolProfiles") or []):
            if profile["name"] in old:
                where = f"properties.agentPoolProfiles[{index}]"
                _compare(put, _FIXED_POOL, old[profile["name"]], profile, where)
    if kind == LOCAL_CLUSTER:
        _location(world, put)
        _version(put)
        for profile in list_at(put.inputs, "properties.agentPoolProfiles") or []:
            _windows(world, put, put.inputs, profile)
        _room(world, put, put.id, {profile["name"]: profile for profile in list_at(after, "agentPoolProfiles") or []})
    else:
        instance = world.find(ids.parent(put.id) or "") or {"properties": {}}
        _windows(world, put, instance["properties"], after)
        _room(world, put, ids.parent(put.id) or "", {ids.name(put.id): after})


def _compare(put: Put, fixed: tuple[str, ...], before: Object, after: Object, where: str) -> None:
    for path in fixed:
        new, old = value_at(after, path), value_at(before, path)
        if new is not None and not same(_DEFAULTS.get(path) if old is None else old, new):
            raise put.error(
                400,
                "PropertyChangeNotAllowed",
                f"Changing property '{where}.{path}' is not allowed. Replace it, or write the old value.",
            )


def _location(world: World, put: Put) -> None:
    name = text_at(put.inputs, "extendedLocation.name") or ""
    if ids.arm_name(name).lower() != "microsoft.extendedlocation/customlocations":
        raise put.error(400, "InvalidExtendedLocation", "extendedLocation.name is not the id of a custom location.")
    connected = world.find(ids.parent(put.id) or "")
    if (
        connected is not None
        and not connected["seeded"]
        and connected["properties"].get("kind") != "ProvisionedCluster"
    ):
        raise put.error(
            400,
            "InvalidParameter",
            "the connected cluster's kind is not ProvisionedCluster. Write that, and replace it.",
        )


def _version(put: Put) -> None:
    new = text_at(put.inputs, "properties.kubernetesVersion")
    old = None if put.found is None else put.found["facts"].get("version")
    if new is None or old is None:
        return
    if versions.order(new)[:2] < versions.order(old)[:2]:
        raise put.error(400, "OperationNotAllowed", f"kubernetesVersion is {new}; downgrade from {old} is not allowed.")
    if versions.order(new)[1] > versions.order(old)[1] + 1:
        raise put.error(
            400, "OperationNotAllowed", f"kubernetesVersion is {new}; go one minor version at a time from {old}."
        )


def _room(world: World, put: Put, cluster: str, mine: dict[str, Object]) -> None:
    """No more pools and nodes than a cluster takes, with the pools of this request."""
    others = [pool for pool in pools(world, cluster) if ids.name(pool["id"]) not in mine]
    if len(others) + len(mine) > azure.AZURE_LOCAL_POOLS:
        allowed = azure.AZURE_LOCAL_POOLS
        raise put.error(
            400,
            "MaxNodePoolsExceeded",
            f"the cluster would have {len(others) + len(mine)} pools; allowed: {allowed}. Merge some.",
        )
    total = sum(_count(pool["properties"].get("properties", {})) for pool in others)
    total += sum(_count(pool) for pool in mine.values())
    if total > azure.AZURE_LOCAL_CLUSTER_NODES:
        allowed = azure.AZURE_LOCAL_CLUSTER_NODES
        raise put.error(
            400, "MaxNodesExceeded", f"the cluster would have {total} nodes; allowed: {allowed}. Lower counts."
        )


def _windows(world: World, put: Put, instance: Object, pool: Object) -> None:
    if text_at(pool, "osType") != "Windows":
        return
    location = world.find(text_at(instance, "extendedLocation.name") or "")
    if location is not None and location["properties"].get("windowsNodePools") is not True:
        raise put.error(
            400,
            "WindowsNodePoolDisabled",
            "The Windows node pool feature is disabled. On a machine of the Azure Local instance run "
            "Invoke-SupportAksArcRemediation_EnableWindowsNodepool of the module Support.AksArc, then try again.",
        )


def _count(properties: Object) -> int:
    return int(properties.get("count") or 1)
