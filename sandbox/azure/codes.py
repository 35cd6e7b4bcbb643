"""The codes of all refusals: which are Azure's, which are guesses, and which no Azure ever answers.

Azure publishes no list. That a request is refused rests on the sources that each rule names; the code it is refused
with is a detail that a program should not decide by, unless it is in `SEEN`. A test holds every code that is used to
exactly one of the three tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SEEN: Final[Mapping[str, tuple[str, ...]]] = {
    "Azure Resource Manager: azure-resource-manager/troubleshooting/common-errors, and answers quoted in issues": (
        "AnotherOperationInProgress",
        "AuthorizationFailed",
        "BadRequest",
        "InvalidResourceReference",
        "InvalidTagNameCharacters",
        "InvalidTagValueLength",
        "LocationNotAvailableForResourceType",
        "LocationRequired",
        "NoRegisteredProviderFound",
        "ParentResourceNotFound",
        "ReferencedResourceNotProvisioned",
        "ResourceGroupNotFound",
        "ResourceNotFound",
        "RoleAssignmentExists",
        "ServiceUnavailable",
        "TooManyRequests",
    ),
    "AKS: azure-aks-docs and the error code pages of its troubleshooting, and answers quoted in issues": (
        "AvailabilityZoneNotSupported",
        "CustomKubeletIdentityMissingPermissionError",
        "CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster",
        "ErrCode_InsufficientVCPUQuota",
        "InvalidOSSKU",
        "InvalidParameter",
        "K8sVersionNotSupported",
        "NodePoolMcVersionIncompatible",
        "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged",
        "OperationNotAllowed",
        "PropertyChangeNotAllowed",
        "ReconcileVMSSAgentPoolFailed",
        "SystemPoolSkuTooLow",
        "VMCacheSizeTooSmall",
        "VMSizeNotSupported",
    ),
    "Microsoft.Network: answers quoted in issues": (
        "InUseNatGatewayCannotBeDeleted",
        "InUseNetworkSecurityGroupCannotBeDeleted",
        "InUseSubnetCannotBeDeleted",
        "InvalidCIDRNotation",
        "NetcfgInvalidSubnet",
        "NetcfgSubnetRangesOverlap",
        "PublicIPAddressCannotBeDeleted",
        "PublicIPAddressInUse",
        "SecurityRuleConflict",
    ),
    "Key Vault: key-vault/general, error codes": (
        "ConflictError",
        "MethodNotAllowed",
        "VaultAlreadyExists",
        "VaultNameNotValid",
    ),
    "others: container-registry, role-based-access-control and workload-identity-federation troubleshooting": (
        "AlreadyInUse",
        "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
        "InvalidRoleAssignmentId",
    ),
}
"""Codes by where they were seen, 2026-11. AKS answers `InvalidParameter` to most of what is wrong with a property; it
stands here for everything of which no better code is known, also with other providers, and also where the message is
known without its code, as of a count of a pool that scales itself."""

GUESSED: Final[Mapping[str, str]] = {
    "BasicSkuPublicIpRetired": "a public address of SKU Basic",
    "ConflictingFederatedIdentityCredential": "a second credential of one issuer and subject",
    "FederatedIdentityCredentialLimitExceeded": "the 21st credential of an identity",
    "InvalidDNSPrefix": "a dnsPrefix that is no label",
    "InvalidDNSServiceIP": "a dnsServiceIP outside of serviceCidr, or its first address",
    "InvalidExtendedLocation": "a cluster on Azure Local outside of any custom location",
    "InvalidPodCIDR": "a podCidr across serviceCidr or too small",
    "InvalidPolicyDefinitionId": "the id of something that is no policy",
    "InvalidRegistryName": "a registry's name",
    "InvalidResourceGroupName": "a resource group's name",
    "InvalidRoleDefinitionId": "the id of something that is no role",
    "InvalidTagCount": "more than 50 tags",
    "InvalidUserAssignedNATGateway": "a NAT gateway of one's own without a subnet of one's own",
    "InvalidVMSize": "a size that Azure Local does not have",
    "InvalidZones": "a NAT gateway in two zones",
    "LinkedInvalidPropertyId": "an id of another subscription; Azure Resource Manager's, but not known for this",
    "MaxNodePoolsExceeded": "too many pools on Azure Local",
    "MaxNodesExceeded": "too many nodes on Azure Local",
    "PublicIpSkuNotSupportedByNatGateway": "a NAT gateway with an address of SKU Basic",
    "ReservedTagName": "a tag that begins with microsoft, azure or windows",
    "SkuNotSupported": "what only a Premium registry has",
    "StandardSkuPublicIPAddressesMustBeStatic": "a dynamic address of SKU Standard",
    "WindowsNodePoolDisabled": "a Windows pool where Azure Local has them off; the message is documented",
}
"""Codes that read like Azure's and were made up for want of a source, with what is refused by them."""

OURS: Final[Mapping[str, str]] = {
    "IdentityInUse": "Azure lets an identity in use go, and the cluster fails later",
    "InlinePoolLeftOut": "Azure keeps the pool, silently (pulumi-azure-native#1686); the program takes it for gone",
    "InvalidType": "form, by the SDK's types; Azure Resource Manager answers InvalidRequestContent, or nothing",
    "InvalidValue": "form, by the SDK's enumerations",
    "MissingProperty": "form, by the SDK's required properties",
    "ResourceAlreadyExists": "Azure's PUT would change what is there; it is azure-native that refuses",
    "SandboxStateUnusable": "the sandbox's own file",
    "UnknownProperty": "form; Azure drops most of what it does not know without a word",
}
"""Refusals of this sandbox that are stricter than Azure, or not about Azure, and why."""
