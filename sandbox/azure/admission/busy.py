"""One operation at a time: on a cluster and its pools, on the subnets of a network, on the credentials of an identity.

Sources: azure-aks-docs, troubleshooting `aka.ms/aks-pending-operation` (the wording); azure-resource-manager
`AnotherOperationInProgress`; entra workload-identity-federation-considerations (concurrent writes under one identity);
read 2026-08-21.
"""

from __future__ import annotations

from sandbox.azure import ids
from sandbox.azure.admission.request import Put, label
from sandbox.azure.errors import AzureError
from sandbox.azure.records import World
from sandbox.azure.types import CLUSTER, LOCAL_CLUSTER, LOCAL_POOL, POOL
from sandbox.azure.values import Object

_DOING = {"create": "Creating", "update": "Updating", "delete": "Deleting"}
_CREDENTIAL = "azure-native:managedidentity:FederatedIdentityCredential"
_SUBNET = "azure-native:network:Subnet"
_NETWORK = {_SUBNET, "azure-native:network:VirtualNetwork"}


def put(world: World, put: Put) -> None:
    """Refuse a write beside another one."""
    _refuse(world, put.token, put.id)


def delete(world: World, resource_id: str) -> None:
    """Refuse a delete beside a write."""
    record = world.find(resource_id)
    if record is not None:
        _refuse(world, record["token"], resource_id)


def _refuse(world: World, token: str, resource_id: str) -> None:
    for operation in world.running():
        other = operation["id"]
        if ids.key(other) == ids.key(resource_id):
            _same(token, resource_id, operation)
        cluster = _cluster(resource_id)
        if cluster is not None and cluster == _cluster(other):
            _cluster_is_busy(token, resource_id, operation)
        if _SUBNET in (token, operation["token"]) and {token, operation["token"]} <= _NETWORK:
            network = ids.key(resource_id).split("/subnets/")[0]
            if "/virtualnetworks/" in network and network == ids.key(other).split("/subnets/")[0]:
                raise AzureError(
                    409,
                    "AnotherOperationInProgress",
                    f"{label(token, resource_id)}: Another operation on this or dependent resource is in progress: "
                    f"{_DOING[operation['kind']]} {ids.name(other)}. Write the subnets of a network one after another.",
                )
        if token == _CREDENTIAL == operation["token"] and ids.parent(resource_id) == ids.parent(other):
            raise AzureError(
                409,
                "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
                f"{label(token, resource_id)}: Too many Federated Identity Credentials are written concurrently for "
                f"the managed identity: {ids.name(other)} is under way. Concurrent Federated Identity Credentials "
                "writes under the same managed identity are not supported; chain them by depends_on.",
            )


def _same(token: str, resource_id: str, operation: Object) -> None:
    if token in (CLUSTER, POOL):
        return
    raise AzureError(
        409,
        "AnotherOperationInProgress",
        f"{label(token, resource_id)}: Another operation on this resource is in progress "
        f"({_DOING[operation['kind']]}). Wait for it.",
    )


def _cluster_is_busy(token: str, resource_id: str, operation: Object) -> None:
    what = "agentpool" if operation["token"] == POOL else "managed cluster"
    raise AzureError(
        409,
        "OperationNotAllowed",
        f"{label(token, resource_id)}: Operation is not allowed: Another {what} operation "
        f"({_DOING[operation['kind']]}, {ids.name(operation['id'])}) is in progress, please wait for it to finish "
        "before starting a new operation. See https://aka.ms/aks-pending-operation for more details. Chain the pools "
        "of a cluster by depends_on.",
    )


def _cluster(resource_id: str) -> str | None:
    """The cluster that this id writes to, with or through a pool."""
    key, name = ids.key(resource_id), ids.arm_name(resource_id).lower()
    if name in ("microsoft.containerservice/managedclusters", LOCAL_CLUSTER):
        return key
    if name in ("microsoft.containerservice/managedclusters/agentpools", LOCAL_POOL):
        return key.rsplit("/", 2)[0]
    return None
