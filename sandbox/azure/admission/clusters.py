"""Clusters and pools of AKS, each in sight of the other.

Sources: azure-aks-docs create-node-pools (windowsProfile at birth; Windows SKUs by version), upgrade-aks-cluster (one
minor at a time, pools not newer than the cluster and at most three minors older), egress-outboundtype,
use-managed-identity (a kubelet identity of one's own), quotas-skus-regions; read 2026-08-21.
"""

from __future__ import annotations

from typing import Final

from rules.tables.windows import WINDOWS_SKUS
from sandbox.azure import ids, quotas
from sandbox.azure.admission.request import Put
from sandbox.azure.records import World, pools
from sandbox.azure.refusals import versions
from sandbox.azure.refusals.cluster import windows_network
from sandbox.azure.types import CLUSTER, POOL
from sandbox.azure.values import Object, flag_at, is_absent, list_at, text_at, value_at

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity, read 2026-08-21.
IDENTITY_OPERATOR: Final = "f1a07417-d97a-45cb-824c-7a7467783830"
OWN_EGRESS: Final = ("userAssignedNATGateway", "managedNATGateway", "userDefinedRouting")
MINORS_BEHIND: Final = 3


def put(world: World, put: Put) -> None:
    """All rules of clusters and pools."""
    if put.token == CLUSTER:
        _version(put, put.found, put.inputs, "kubernetesVersion")
        _node_group(world, put)
        _kubelet_identity(world, put)
        for profile in list_at(put.inputs, "agentPoolProfiles") or []:
            _version(put, world.find(f"{put.id}/agentPools/{profile['name']}"), profile, "orchestratorVersion")
            _pool(put, put.properties, profile, text_at(put.properties, "kubernetesVersion") or "")
        if put.found is not None:
            _not_behind_pools(world, put)
        _quota(world, put, put.id, put.properties)
    elif put.token == POOL:
        cluster = world.find(ids.parent(put.id) or "") or {"properties": {}, "facts": {}, "seeded": True}
        _cluster_is_well(put, cluster)
        _version(put, put.found, put.inputs, "orchestratorVersion")
        _pool(put, cluster["properties"], put.properties, cluster["facts"].get("version", ""))
        _quota(world, put, ids.parent(put.id) or "", cluster["properties"])


def _cluster_is_well(put: Put, cluster: Object) -> None:
    if cluster.get("state") == "Failed" and not cluster["seeded"]:
        raise put.error(
            409,
            "OperationNotAllowed",
            "the cluster's provisioning state is Failed. Repeat the operation on the cluster that failed first.",
        )


def _version(put: Put, found: Object | None, wanted: Object, path: str) -> None:
    """One minor at a time, never back: of a cluster, or of a pool in it."""
    new = text_at(wanted, path)
    old = None if found is None else found["facts"].get("version")
    if new is None or old is None:
        return
    before, after = versions.order(old), versions.order(new)
    # Without a patch the version means whatever patch of it there is.
    if (versions.parse(new) or (0, 0, None))[2] is None and before[:2] == after[:2]:
        return
    if after < before:
        raise put.error(
            400, "OperationNotAllowed", f"{path} is {new}; downgrade from {old} is not allowed. Write {old} or newer."
        )
    if path == "kubernetesVersion" and after[1] > before[1] + 1:
        raise put.error(
            400,
            "OperationNotAllowed",
            f"{path} is {new}; upgrading from {old} has to go one minor version at a time. "
            f"Write 1.{before[1] + 1} first.",
        )


def _not_behind_pools(world: World, put: Put) -> None:
    new = text_at(put.inputs, "kubernetesVersion")
    for pool in pools(world, put.id):
        version = pool["facts"].get("version")
        if new is not None and version and (versions.minor(new) or 0) - (versions.minor(version) or 0) > MINORS_BEHIND:
            raise put.error(
                400,
                "NodePoolMcVersionIncompatible",
                f"kubernetesVersion is {new}, and pool {ids.name(pool['id'])} is at {version}, more than "
                f"{MINORS_BEHIND} minor versions older. Upgrade the pool first.",
            )


def _pool(put: Put, cluster: Object, pool: Object, version: str) -> None:
    own = text_at(pool, "orchestratorVersion")
    if own is not None and version and versions.order(own)[:2] > versions.order(version)[:2]:
        raise put.error(
            400,
            "NodePoolMcVersionIncompatible",
            f"orchestratorVersion is {own}, newer than the cluster's {version}. Upgrade the cluster first.",
        )
    if text_at(pool, "osType") != "Windows":
        return
    # A cluster that was brought may have anything.
    if cluster and put.token == POOL and is_absent(cluster, "windowsProfile"):
        raise put.error(
            400,
            "InvalidParameter",
            "osType is Windows, and the cluster was made without windowsProfile, which cannot be added later. Make a "
            "new cluster with windowsProfile.",
        )
    for refusal in windows_network(cluster, "osType"):
        raise put.error(400, refusal.code, str(refusal))
    sku, minor = WINDOWS_SKUS.get(text_at(pool, "osSKU") or ""), versions.minor(own or version)
    if sku is not None and minor is not None:
        last = sku.gone_from_minor
        if minor < sku.first_minor or (last is not None and minor >= last):
            ends = f" to 1.{last - 1}" if last is not None else " and newer"
            raise put.error(
                400,
                "InvalidOSSKU",
                f"osSKU is {sku.name}; allowed with Kubernetes 1.{sku.first_minor}{ends}, and the pool's is 1.{minor}. "
                "Choose another Windows Server.",
            )
    outbound = text_at(cluster, "networkProfile.outboundType")
    if flag_at(pool, "windowsProfile.disableOutboundNat") and outbound not in OWN_EGRESS and cluster:
        raise put.error(
            400,
            "InvalidParameter",
            f"windowsProfile.disableOutboundNat is true; allowed with outboundType {', '.join(OWN_EGRESS)}, and the "
            f"cluster's is {outbound or 'loadBalancer'}. Leave it out.",
        )


def _node_group(world: World, put: Put) -> None:
    name = text_at(put.inputs, "nodeResourceGroup")
    if put.found is not None or name is None:
        return
    subscription = ids.place(put.id).subscription
    if world.exists(f"/subscriptions/{subscription}/resourceGroups/{name}"):
        raise put.error(
            400,
            "InvalidParameter",
            f"nodeResourceGroup is {name}, a resource group that exists. AKS makes its own: choose another name.",
        )


def _kubelet_identity(world: World, put: Put) -> None:
    """A kubelet identity of one's own needs a cluster identity that may hand it to nodes."""
    kubelet = text_at(put.inputs, "identityProfile.kubeletidentity.resourceId")
    if kubelet is None:
        return
    identities = list(value_at(put.inputs, "identity.userAssignedIdentities") or ())
    identity = world.find(identities[0]) if identities else None
    if identity is None:
        raise put.error(
            400,
            "CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster",
            "identityProfile.kubeletidentity needs a cluster with a UserAssigned identity. Give it one.",
        )
    target = world.find(kubelet)
    if identity["seeded"] or target is None or target["seeded"]:
        return
    principal = identity["facts"].get("principalId")
    for record in world.of("azure-native:authorization:RoleAssignment"):
        facts = record["properties"]
        role = (text_at(facts, "roleDefinitionId") or "").rsplit("/", 1)[-1].lower()
        above = ids.key(text_at(facts, "scope") or "")
        reaches = ids.key(kubelet) == above or ids.is_below(kubelet, above)
        if facts.get("principalId") == principal and role == IDENTITY_OPERATOR and reaches:
            return
    raise put.error(
        400,
        "CustomKubeletIdentityMissingPermissionError",
        f"the cluster's identity {ids.name(identity['id'])} lacks the role Managed Identity Operator on "
        f"{ids.name(kubelet)}. Assign it, and let the cluster depend on the assignment.",
    )


def _quota(world: World, put: Put, cluster: str, properties: Object) -> None:
    """vCPUs of all clusters of the subscription and region, with the nodes that this request starts."""
    region = text_at(properties, "location") or ""
    used: dict[str, int] = {}
    for record in world.of(POOL):
        owner = world.find(ids.parent(record["id"]) or "") or {"properties": {}}
        same_place = ids.place(record["id"]).subscription == ids.place(put.id).subscription
        if (
            not same_place
            or text_at(owner["properties"], "location") != region
            or ids.key(record["id"]) == ids.key(put.id)
        ):
            continue
        for family, cpus in quotas.demand(
            {record["properties"].get("vmSize") or "": nodes(record["properties"])}
        ).items():
            used[family] = used.get(family, 0) + cpus
    if put.token == POOL:
        mine = [put.properties]
    else:
        mine = list(list_at(put.properties, "agentPoolProfiles") or []) if put.found is None else []
    wanted: dict[str, int] = {}
    for pool in mine:
        for family, cpus in quotas.demand({text_at(pool, "vmSize") or "": nodes(pool)}).items():
            wanted[family] = wanted.get(family, 0) + cpus
    quotas.refuse(world.state["quotas"], region, used, wanted)


def nodes(pool: Object) -> int:
    """How many nodes a pool has now; a pool that says nothing gets one."""
    count = pool.get("count")
    return 1 if count is None else int(count)
