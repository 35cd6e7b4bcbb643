"""What a resource needs to exist: its parent, and the resources whose ids it names.

What was never made here must have been seeded, or it is refused, as Azure refuses what is not there. Codes: ARM's
`ResourceGroupNotFound`, `ParentResourceNotFound` and `InvalidResourceReference`
(azure-resource-manager/troubleshooting, read 2026-08-21).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sandbox.azure import ids
from sandbox.azure.admission.request import Put
from sandbox.azure.records import World
from sandbox.azure.types import CLUSTER, GENERIC, POOL
from sandbox.azure.values import Object, value_at, values_at

# Paths of ids, by type. A place may hold another word than an id, such as `system`; only ids are looked up.
_REFERENCES: Final[dict[str, tuple[str, ...]]] = {
    "azure-native:network:VirtualNetwork": (
        "subnets[*].natGateway.id",
        "subnets[*].networkSecurityGroup.id",
        "subnets[*].routeTable.id",
    ),
    "azure-native:network:Subnet": ("natGateway.id", "networkSecurityGroup.id", "routeTable.id"),
    "azure-native:network:NatGateway": ("publicIpAddresses[*].id", "publicIpPrefixes[*].id"),
    CLUSTER: (
        "addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID",
        "agentPoolProfiles[*].podSubnetID",
        "agentPoolProfiles[*].vnetSubnetID",
        "apiServerAccessProfile.privateDNSZone",
        "apiServerAccessProfile.subnetId",
        "diskEncryptionSetID",
        "identityProfile.kubeletidentity.resourceId",
        "networkProfile.loadBalancerProfile.outboundIPs.publicIPs[*].id",
        "securityProfile.defender.logAnalyticsWorkspaceResourceId",
    ),
    POOL: ("podSubnetID", "proximityPlacementGroupID", "vnetSubnetID"),
    "azure-native:containerregistry:CacheRule": ("credentialSetResourceId",),
    "azure-native:authorization:PolicyExemption": ("policyAssignmentId",),
    "azure-native:monitor:DiagnosticSetting": ("storageAccountId", "workspaceId"),
    "azure-native:monitor:DataCollectionRule": (
        "dataCollectionEndpointId",
        "destinations.logAnalytics[*].workspaceResourceId",
        "destinations.monitoringAccounts[*].accountResourceId",
    ),
    "azure-native:monitor:DataCollectionRuleAssociation": ("dataCollectionEndpointId", "dataCollectionRuleId"),
    "azure-native:kubernetes:ConnectedCluster": ("privateLinkScopeResourceId",),
    GENERIC: (
        "extendedLocation.name",
        "properties.cloudProviderProfile.infraNetworkProfile.vnetSubnetIds[*]",
    ),
}


def found_in(token: str, properties: Object) -> Iterator[tuple[str, str]]:
    """The ids that a resource names, with the path of each."""
    for path in _REFERENCES.get(token, ()):
        for where, value in values_at(properties, path):
            if isinstance(value, str) and value.startswith("/subscriptions/"):
                yield where, value
    yield from identities(properties)


def identities(properties: Object) -> Iterator[tuple[str, str]]:
    """User-assigned identities, which are a list in inputs and keys of a map in outputs."""
    path = "identity.userAssignedIdentities"
    for value in value_at(properties, path) or ():
        if isinstance(value, str):
            yield path, value


def parent(world: World, put: Put) -> None:
    """The resource group, the parent or the resource that is extended exists."""
    above = ids.parent(put.id)
    if above is None or world.exists(above):
        return
    if ids.arm_name(above) == "Microsoft.Resources/resourceGroups":
        group = ids.name(above)
        raise put.error(
            404,
            "ResourceGroupNotFound",
            f"Resource group '{group}' could not be found. Make it first; one that is brought has to exist.",
        )
    raise put.error(
        404,
        "ParentResourceNotFound",
        f"the resource it belongs to does not exist: {above}. Make that first, or correct the id.",
    )


def put(world: World, put: Put) -> None:
    """Every resource that is named exists, in the same subscription."""
    mine = ids.place(put.id).subscription.lower()
    for path, value in found_in(put.token, put.inputs):
        theirs = ids.place(value).subscription.lower()
        if mine and theirs != mine and path.split(".")[-1] in ("vnetSubnetID", "podSubnetID", "id"):
            raise put.error(
                400,
                "LinkedInvalidPropertyId" if put.token not in (CLUSTER, POOL) else "InvalidParameter",
                f"{path} is of subscription {theirs}; allowed: {mine}, that of the resource. Correct the id.",
            )
        if not world.exists(value):
            raise put.error(
                400 if put.token in (CLUSTER, POOL) else 404,
                "InvalidResourceReference",
                f"{path} names {value}, which does not exist. Make it first and depend on it, or correct the id.",
            )
        state = (world.find(value) or {}).get("state")
        if state in ("Deleting", "Failed") and path != "identity.userAssignedIdentities":
            raise put.error(
                409,
                "ReferencedResourceNotProvisioned",
                f"{path} names {value}, whose state is {state}. Wait for it, or make it anew.",
            )
