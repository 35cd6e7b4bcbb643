"""Where the parts of a cluster on Azure Local are in Azure Resource Manager, and what may be written to them.

Owns ids and paths, which are told in plain text before anything exists: an id that is unknown in a preview could be
another one, and another one is another resource.
Source: Azure/azure-resource-manager-schemas 2024-01-01 Microsoft.HybridContainerService.json, read 2026-11.
"""

from __future__ import annotations

from typing import Any, Final

import pulumi
from pulumi_azure_native import resources

API_VERSION: Final = "2024-01-01"
"""Of `Microsoft.HybridContainerService`: the newest that is not a preview."""
INSTANCE: Final = "default"
"""The name that the one instance of a connected cluster has."""

_CONNECTED: Final = "Microsoft.Kubernetes"
_HYBRID: Final = "Microsoft.HybridContainerService"


def connected_cluster_id(*, resource_group_id: str, cluster: str) -> str:
    """The ARM id that a connected cluster has."""
    return f"{resource_group_id}/providers/{_CONNECTED}/connectedClusters/{cluster}"


def instance(
    name: str,
    *,
    resource_group: pulumi.Input[str],
    cluster: str,
    custom_location: str,
    properties: dict[str, Any],
    opts: pulumi.ResourceOptions,
) -> resources.Resource:
    """The provisioned cluster instance of a connected cluster."""
    return resources.Resource(
        name,
        resource_group_name=resource_group,
        resource_provider_namespace=_CONNECTED,
        parent_resource_path=f"connectedClusters/{cluster}/providers/{_HYBRID}",
        resource_type="provisionedClusterInstances",
        resource_name_=INSTANCE,
        api_version=API_VERSION,
        extended_location=resources.ExtendedLocationArgs(name=custom_location, type="CustomLocation"),
        properties=properties,
        opts=opts,
    )


def agent_pool(
    name: str,
    *,
    resource_group: pulumi.Input[str],
    cluster: str,
    pool: str,
    properties: dict[str, Any],
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> resources.Resource:
    """A node pool of the instance."""
    return resources.Resource(
        name,
        resource_group_name=resource_group,
        resource_provider_namespace=_CONNECTED,
        parent_resource_path=(
            f"connectedClusters/{cluster}/providers/{_HYBRID}/provisionedClusterInstances/{INSTANCE}"
        ),
        resource_type="agentPools",
        resource_name_=pool,
        api_version=API_VERSION,
        properties=properties,
        tags=tags,
        opts=opts,
    )
