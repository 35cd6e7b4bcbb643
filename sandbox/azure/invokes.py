"""azure-native's functions: kubeconfigs, who is logged in, and reads of resources.

Refuses what Azure refuses: the administrator's kubeconfig of a cluster without local accounts, and that of a cluster
that is not there. A kubeconfig comes from the sandbox's file alone and is never kept.
"""

from __future__ import annotations

import base64
from pathlib import Path

from sandbox.azure import ids, shapes
from sandbox.azure.errors import AzureError, UnsupportedType
from sandbox.azure.records import World
from sandbox.azure.types import CLUSTER, TYPES
from sandbox.azure.values import Object, flag_at, text_at

_USER = "azure-native:containerservice:listManagedClusterUserCredentials"
_ADMIN = "azure-native:containerservice:listManagedClusterAdminCredentials"
_LOCAL = "azure-native:hybridcontainerservice:listProvisionedClusterInstanceAdminKubeconfig"
_LOCAL_USER = "azure-native:hybridcontainerservice:listProvisionedClusterInstanceUserKubeconfig"
_CLIENT = "azure-native:authorization:getClientConfig"


def answer(
    world: World, token: str, args: Object, *, kubeconfig: Path | None, subscription: str, tenant: str
) -> Object:
    """The result of a function. Raises `AzureError`, and `UnsupportedType` for a function that is not here."""
    if token == _CLIENT:
        client = world.generated("/client", "client")
        return {
            "clientId": client,
            "objectId": world.generated("/client", "object"),
            "subscriptionId": subscription,
            "tenantId": tenant,
        }
    if token in (_USER, _ADMIN):
        cluster = _resource(world, CLUSTER, TYPES[CLUSTER].id(subscription, args))
        if token == _ADMIN and flag_at(cluster["properties"], "disableLocalAccounts"):
            raise AzureError(
                400,
                "BadRequest",
                f"Getting static credential of {ids.name(cluster['id'])} is not allowed because this cluster is set to "
                "disable local accounts. Use listManagedClusterUserCredentials.",
            )
        name = "clusterUser" if token == _USER else "clusterAdmin"
        return {"kubeconfigs": [{"name": name, "value": _content(kubeconfig)}]}
    if token in (_LOCAL, _LOCAL_USER):
        return _azure_local(world, token, args, kubeconfig)
    module, _, function = token.rpartition(":")
    for kind in TYPES.values():
        if function.lower() == f"get{kind.token.rpartition(':')[2]}".lower() and kind.token.startswith(f"{module}:"):
            record = _resource(world, kind.token, kind.id(subscription, args))
            return {**shapes.outputs(world, record), "id": record["id"]}
    raise UnsupportedType(
        f"The simulated Azure has no function {token}. It has {', '.join(sorted((_USER, _ADMIN, _LOCAL, _CLIENT)))} "
        "and a get for each of its types. Add it to sandbox/azure/invokes.py."
    )


def _azure_local(world: World, token: str, args: Object, kubeconfig: Path | None) -> Object:
    uri = text_at(args, "connectedClusterResourceUri") or ""
    connected = world.find(uri)
    path = "/providers/Microsoft.HybridContainerService/provisionedClusterInstances/default"
    instance = world.find(f"/{uri.strip('/')}{path}")
    if connected is None or (instance is None and not connected["seeded"]):
        raise AzureError(
            404,
            "ResourceNotFound",
            f"{uri or 'connectedClusterResourceUri'} has no provisionedClusterInstances/default. Make it first.",
        )
    resource_id = f"/{uri.strip('/')}{path}"
    return {
        "id": resource_id,
        "name": "default",
        "resourceId": resource_id,
        "status": "Succeeded",
        "properties": {
            "kubeconfigs": [{"name": "admin" if token == _LOCAL else "user", "value": _content(kubeconfig)}]
        },
    }


def _resource(world: World, token: str, resource_id: str) -> Object:
    record = world.find(resource_id)
    if record is None:
        kind = TYPES[token].name
        raise AzureError(404, "ResourceNotFound", f"The Resource '{kind}' {resource_id} was not found. Make it first.")
    if record["state"] in ("Creating", "Deleting"):
        raise AzureError(
            409, "OperationNotAllowed", f"{ids.name(resource_id)} is {record['state']}; wait for it to be there."
        )
    return record


def _content(kubeconfig: Path | None) -> str:
    try:
        if kubeconfig is not None:
            return base64.b64encode(kubeconfig.read_bytes()).decode()
    except FileNotFoundError:
        pass
    raise AzureError(
        503, "ServiceUnavailable", "the sandbox's cluster is not there, so there is no kubeconfig. Run `make up`."
    )
