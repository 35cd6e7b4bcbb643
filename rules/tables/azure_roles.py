"""The built-in roles of Azure that this project grants or names, and their ids.

Ids are the same in every tenant. Source: MicrosoftDocs/azure-docs, articles/role-based-access-control/built-in-roles.md
of 2026-04-09, read 2026-11-22. Each id below was found there, but the one whose comment says where else.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Privileged: whoever has one of these can give himself more.
CONTRIBUTOR: Final = "Contributor"
RBAC_ADMINISTRATOR: Final = "Role Based Access Control Administrator"

READER: Final = "Reader"

ACR_PULL: Final = "AcrPull"
ACR_PUSH: Final = "AcrPush"
NETWORK_CONTRIBUTOR: Final = "Network Contributor"
PRIVATE_DNS_ZONE_CONTRIBUTOR: Final = "Private DNS Zone Contributor"
MANAGED_IDENTITY_OPERATOR: Final = "Managed Identity Operator"

AKS_CLUSTER_USER: Final = "Azure Kubernetes Service Cluster User Role"
AKS_RBAC_CLUSTER_ADMIN: Final = "Azure Kubernetes Service RBAC Cluster Admin"
AKS_RBAC_READER: Final = "Azure Kubernetes Service RBAC Reader"
ARC_CLUSTER_USER: Final = "Azure Arc Enabled Kubernetes Cluster User Role"
ARC_VIEWER: Final = "Azure Arc Kubernetes Viewer"
ARC_CLUSTER_ADMIN: Final = "Azure Arc Kubernetes Cluster Admin"

KEY_VAULT_ADMINISTRATOR: Final = "Key Vault Administrator"
KEY_VAULT_SECRETS_OFFICER: Final = "Key Vault Secrets Officer"
KEY_VAULT_SECRETS_USER: Final = "Key Vault Secrets User"

MONITORING_METRICS_PUBLISHER: Final = "Monitoring Metrics Publisher"
MONITORING_READER: Final = "Monitoring Reader"
LOG_ANALYTICS_CONTRIBUTOR: Final = "Log Analytics Contributor"

RESOURCE_POLICY_CONTRIBUTOR: Final = "Resource Policy Contributor"
COST_MANAGEMENT_CONTRIBUTOR: Final = "Cost Management Contributor"
COST_MANAGEMENT_READER: Final = "Cost Management Reader"

ROLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ACR_PULL: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        ACR_PUSH: "8311e382-0749-4cb8-b61a-304f252e45ec",
        AKS_CLUSTER_USER: "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
        AKS_RBAC_CLUSTER_ADMIN: "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
        AKS_RBAC_READER: "7f6c6a51-bcf8-42ba-9220-52d62157d7db",
        ARC_CLUSTER_ADMIN: "8393591c-06b9-48a2-a542-1bd6b377f6a2",
        ARC_CLUSTER_USER: "00493d72-78f6-4148-b6c5-d3ce8e4799dd",
        ARC_VIEWER: "63f0a09d-1495-4db4-a681-037d84835eb4",
        CONTRIBUTOR: "b24988ac-6180-42a0-ab88-20f7382dd24c",
        COST_MANAGEMENT_CONTRIBUTOR: "434105ed-43f6-45c7-a02f-909b2ba83430",
        COST_MANAGEMENT_READER: "72fafb9e-0641-4937-9268-a91bfd8191a3",
        # In an older edition of that page, and in templates of others.
        KEY_VAULT_ADMINISTRATOR: "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        KEY_VAULT_SECRETS_OFFICER: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        KEY_VAULT_SECRETS_USER: "4633458b-17de-408a-b874-0445c86b69e6",
        LOG_ANALYTICS_CONTRIBUTOR: "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
        MANAGED_IDENTITY_OPERATOR: "f1a07417-d97a-45cb-824c-7a7467783830",
        MONITORING_METRICS_PUBLISHER: "3913510d-42f4-4e42-8a64-420c390055eb",
        MONITORING_READER: "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
        NETWORK_CONTRIBUTOR: "4d97b98b-1d4f-4787-a291-c67834d212e7",
        PRIVATE_DNS_ZONE_CONTRIBUTOR: "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
        RBAC_ADMINISTRATOR: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        READER: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        RESOURCE_POLICY_CONTRIBUTOR: "36243c78-bf99-498c-9df9-86d9f8d28608",
    }
)
"""Role to id, sorted by constant."""

DELEGABLE: Final = (
    ACR_PULL,
    ACR_PUSH,
    KEY_VAULT_SECRETS_USER,
    MANAGED_IDENTITY_OPERATOR,
    MONITORING_METRICS_PUBLISHER,
    NETWORK_CONTRIBUTOR,
    PRIVATE_DNS_ZONE_CONTRIBUTOR,
)
"""What the identity that deploys a stack may grant: the roles that the stack's own identities get, and none that would
make it, or anybody else, more powerful than it is. Its own roles and those of the preview are granted by a person."""

# Roles that no stack of ours gives. In others' programs rules know them.
AKS_CLUSTER_ADMIN: Final = "Azure Kubernetes Service Cluster Admin Role"
AKS_CONTRIBUTOR: Final = "Azure Kubernetes Service Contributor Role"
AKS_RBAC_ADMIN: Final = "Azure Kubernetes Service RBAC Admin"
ARC_ADMIN: Final = "Azure Arc Kubernetes Admin"
DNS_ZONE_CONTRIBUTOR: Final = "DNS Zone Contributor"
MANAGED_IDENTITY_CONTRIBUTOR: Final = "Managed Identity Contributor"
OWNER: Final = "Owner"
STORAGE_BLOB_DATA_CONTRIBUTOR: Final = "Storage Blob Data Contributor"
STORAGE_BLOB_DATA_READER: Final = "Storage Blob Data Reader"
USER_ACCESS_ADMINISTRATOR: Final = "User Access Administrator"

NEVER_GRANTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        AKS_CLUSTER_ADMIN: "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",
        AKS_CONTRIBUTOR: "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8",
        AKS_RBAC_ADMIN: "3498e952-d568-435e-9b2c-8d77e338d7f7",
        ARC_ADMIN: "dffb1e0c-446f-4dde-a09f-99eb5cc68b96",
        DNS_ZONE_CONTRIBUTOR: "befefa01-2a29-4197-83a8-272ff33ce314",
        MANAGED_IDENTITY_CONTRIBUTOR: "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
        OWNER: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        STORAGE_BLOB_DATA_CONTRIBUTOR: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        STORAGE_BLOB_DATA_READER: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        USER_ACCESS_ADMINISTRATOR: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    }
)
"""Role to id of those: the same page, read 2026-11-22, or editions of it in other languages and years."""

NAMES: Final[Mapping[str, str]] = MappingProxyType({id_: role for role, id_ in {**ROLES, **NEVER_GRANTED}.items()})
"""Id to role, of all roles above."""

PRIVILEGED: Final = (CONTRIBUTOR, OWNER, RBAC_ADMINISTRATOR, USER_ACCESS_ADMINISTRATOR)
"""Whoever has one of these can give himself more."""
GRANTING: Final = (RBAC_ADMINISTRATOR, USER_ACCESS_ADMINISTRATOR)
"""Those of them that a condition limits wholly: they do nothing but grant."""
WIDELY_PRIVILEGED: Final = (
    *PRIVILEGED,
    AKS_CLUSTER_ADMIN,
    AKS_RBAC_ADMIN,
    AKS_RBAC_CLUSTER_ADMIN,
    ARC_ADMIN,
    ARC_CLUSTER_ADMIN,
    KEY_VAULT_ADMINISTRATOR,
)
"""Those, and the roles with which one has everything in every cluster or every key vault of where they are given."""
FOR_KUBELETS: Final = (ACR_PULL,)
"""What the identity of nodes needs: whoever gets a pod to the metadata service has it."""
FOR_CONTROL_PLANES: Final = (ACR_PULL, MANAGED_IDENTITY_OPERATOR, NETWORK_CONTRIBUTOR, PRIVATE_DNS_ZONE_CONTRIBUTOR)
"""What AKS itself needs at what a cluster is made of: the kubelet's identity, subnets, a private zone."""
NOT_FOR_PODS: Final = (
    *WIDELY_PRIVILEGED,
    AKS_CONTRIBUTOR,
    MANAGED_IDENTITY_CONTRIBUTOR,
    RESOURCE_POLICY_CONTRIBUTOR,
)
"""What no work of a pod needs: power over clusters, other identities, whole vaults, and over who may do what. A policy
can do what its own identity may."""
READING: Final = (
    ACR_PULL,
    AKS_CLUSTER_USER,
    AKS_RBAC_READER,
    ARC_CLUSTER_USER,
    ARC_VIEWER,
    COST_MANAGEMENT_READER,
    MONITORING_READER,
    READER,
    STORAGE_BLOB_DATA_READER,
)
"""Roles that change nothing and read no secret."""
