"""What cannot be deleted because it is in use.

Codes: Microsoft.Network's `InUse...CannotBeDeleted` (virtual-network troubleshooting), AKS's refusal to delete the
last system pool (use-system-pools). Azure would let a cluster's identity go and the cluster fail later: here it is
refused, so that a rehearsal shows the wrong order.
"""

from __future__ import annotations

from typing import Final

from sandbox.azure import ids
from sandbox.azure.admission import references
from sandbox.azure.admission.request import label
from sandbox.azure.errors import AzureError
from sandbox.azure.records import World, is_cluster
from sandbox.azure.types import POOL
from sandbox.azure.values import Object

_CODES: Final = {
    "microsoft.network/virtualnetworks/subnets": "InUseSubnetCannotBeDeleted",
    "microsoft.network/networksecuritygroups": "InUseNetworkSecurityGroupCannotBeDeleted",
    "microsoft.network/natgateways": "InUseNatGatewayCannotBeDeleted",
    "microsoft.network/publicipaddresses": "PublicIPAddressCannotBeDeleted",
    "microsoft.managedidentity/userassignedidentities": "IdentityInUse",
}


def delete(world: World, resource_id: str) -> None:
    """Refuse to delete what others use, unless they go with it."""
    record = world.find(resource_id)
    if record is None:
        return
    if record["token"] == POOL:
        _last_system_pool(world, record)
    going = [record, *world.below(resource_id)]
    gone = {ids.key(item["id"]) for item in going}
    for item in going:
        code = _CODES.get(item["arm"].lower())
        if code is not None:
            _in_use(world, item, code, gone)


def _in_use(world: World, item: Object, code: str, gone: set[str]) -> None:
    for user in world.all():
        if ids.key(user["id"]) in gone or user["seeded"]:
            continue
        if code == "IdentityInUse" and not is_cluster(user):
            continue
        for path, value in references.found_in(user["token"], user["properties"]):
            if ids.key(value) == ids.key(item["id"]):
                raise AzureError(
                    400,
                    code,
                    f"{label(item['token'], item['id'])} is in use by {label(user['token'], user['id'])} ({path}) and "
                    "cannot be deleted. Delete or change that first.",
                )


def _last_system_pool(world: World, record: Object) -> None:
    cluster = ids.key(ids.parent(record["id"]) or "")
    system = [
        pool
        for pool in world.of(POOL)
        if ids.key(ids.parent(pool["id"]) or "") == cluster and pool["properties"].get("mode") == "System"
    ]
    if record["properties"].get("mode") == "System" and len(system) == 1:
        raise AzureError(
            400,
            "OperationNotAllowed",
            f"{label(POOL, record['id'])}: There has to be at least one system agent pool. Make another one first.",
        )
