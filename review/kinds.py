"""The kinds of resources that may not go unasked, with their reasons.

Owns the one table, and how a kind is found in it: by its type in any version, and by Azure's own name of it, since a
generic resource and a template make the same thing. Clusters and node pools are not here: `rules.policies.azure` finds
them in every form.

Not in it: what a program makes anew without a loss, such as role assignments and workloads. A test holds that every
kind that our components make is here or is named there as one of those.

Source of Azure's names: https://learn.microsoft.com/azure/templates/, read 2026-11.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from rules.policies.arm import ANY_PARENT, OPAQUE, arm_resources
from rules.policies.resource import Resource

_API_VERSION: Final = re.compile(r"(?<=/)v\d+((alpha|beta)\d+)?(?=:)")
_ON_IT: Final = "what is on it may be lost"
_ADMITTED: Final = "what it refuses is admitted from then on"
_ADDRESSES: Final = "addresses and ranges that firewalls elsewhere know are lost"
_USED: Final = "everything with an address in it has to go first"

_AZURE: Final[Mapping[str, tuple[str, str]]] = {
    "authorization:PolicyAssignment": ("Microsoft.Authorization/policyAssignments", _ADMITTED),
    "compute:Disk": ("Microsoft.Compute/disks", _ON_IT),
    "compute:Gallery": ("Microsoft.Compute/galleries", "every image in it is lost"),
    "compute:GalleryImage": ("Microsoft.Compute/galleries/images", "every version of it is lost"),
    "compute:GalleryImageVersion": (
        "Microsoft.Compute/galleries/images/versions",
        "nodes and machines that name it cannot be made any more",
    ),
    "compute:Snapshot": ("Microsoft.Compute/snapshots", _ON_IT),
    "containerregistry:Registry": ("Microsoft.ContainerRegistry/registries", "every image in it is lost"),
    "keyvault:Key": ("Microsoft.KeyVault/vaults/keys", "what is encrypted with it cannot be read any more"),
    "keyvault:Vault": ("Microsoft.KeyVault/vaults", "every secret in it goes, and its name stays taken"),
    "kubernetes:ConnectedCluster": (
        "Microsoft.Kubernetes/connectedClusters",
        "the cluster on Azure Local is an extension of it and goes, with its nodes and running jobs",
    ),
    "managedidentity:UserAssignedIdentity": (
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "roles and federated credentials elsewhere name its ids",
    ),
    "monitor:AzureMonitorWorkspace": ("Microsoft.Monitor/accounts", "every metric in it is lost"),
    "network:NatGateway": ("Microsoft.Network/natGateways", _ADDRESSES),
    "network:PublicIPAddress": ("Microsoft.Network/publicIPAddresses", _ADDRESSES),
    "network:PublicIPPrefix": ("Microsoft.Network/publicIPPrefixes", _ADDRESSES),
    "network:Subnet": ("Microsoft.Network/virtualNetworks/subnets", _USED),
    "network:VirtualNetwork": ("Microsoft.Network/virtualNetworks", _USED),
    "network:VirtualNetworkGateway": (
        "Microsoft.Network/virtualNetworkGateways",
        "its tunnels break, and another takes most of an hour to make",
    ),
    "operationalinsights:Workspace": ("Microsoft.OperationalInsights/workspaces", "every log in it is lost"),
    "resources:ResourceGroup": (
        "Microsoft.Resources/resourceGroups",
        "everything in it goes, also what this stack did not make",
    ),
    "storage:BlobContainer": (
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        "every blob in it is lost",
    ),
    "storage:FileShare": ("Microsoft.Storage/storageAccounts/fileServices/shares", "every file in it is lost"),
    "storage:StorageAccount": ("Microsoft.Storage/storageAccounts", "everything in it is lost"),
}
"""By the end of the type: Azure's own name, and the reason."""

_KUBERNETES: Final[Mapping[str, str]] = {
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy": _ADMITTED,
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding": _ADMITTED,
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": "every object of the kind goes, of every stack",
    "kubernetes:core/v1:Namespace": "everything in it goes, also what this stack did not make",
    "kubernetes:core/v1:PersistentVolume": _ON_IT,
    "kubernetes:core/v1:PersistentVolumeClaim": _ON_IT,
    "kubernetes:helm.sh/v3:Release": "all that the chart made goes, and every object of the kinds that it brought",
}
"""By type; other versions of an API are found, too."""

PROTECTED: Final[Mapping[str, str]] = {
    **{f"azure-native:{kind}": reason for kind, (_, reason) in _AZURE.items()},
    **_KUBERNETES,
}
"""Reasons by type, without versions of Azure's API."""

ARM: Final[Mapping[str, str]] = {arm.lower(): reason for arm, reason in _AZURE.values()}
"""Reasons by Azure's own name of a type, in lower case."""


def reason(found: Resource) -> str | None:
    """Why a resource may not go; `None`: it may, or it is a cluster or a pool."""
    kind = found.kind
    typed = PROTECTED.get(kind) or PROTECTED.get(_API_VERSION.sub("v1", kind))
    return typed or next((why for _, why, _ in sorted(inside(found))), None)


def inside(found: Resource) -> Counter[tuple[str, str, str]]:
    """What a generic resource or a template makes of these kinds: Azure's name of the type, the reason, the name."""
    made: Counter[tuple[str, str, str]] = Counter()
    for one in arm_resources(found):
        if (why := _of_arm(one.type)) is not None:
            name = one.body.get("resourceName" if one.typed else "name").value
            made[one.type, why, name.casefold() if isinstance(name, str) else "?"] += 1
    return made


def is_opaque(found: Resource) -> bool:
    """Whether it cannot be known what a generic resource or a template makes."""
    return any(one.type == OPAQUE for one in arm_resources(found))


def _of_arm(arm: str) -> str | None:
    namespace, any_parent, kind = arm.partition(f"/{ANY_PARENT}/")
    if not any_parent:
        return ARM.get(arm)
    # The parent's path is not known yet: namespace and end of the type tell enough.
    return next(
        (why for known, why in ARM.items() if known.startswith(f"{namespace}/") and known.endswith(f"/{kind}")), None
    )
